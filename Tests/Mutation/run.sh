#!/usr/bin/env bash
# The mutation check: takes one fsync, journal write, stat check or clause of a decision away at a time, and wants some test
# to fail each time. A fsync is missed by the power cuts of the simulated disk: a killed process cannot see it.
#
#   Tests/Mutation/run.sh                  all mutants; prints a table: what was lost, which test noticed, seconds
#   Tests/Mutation/run.sh --only fsync     those whose name, kind or file matches a regular expression
#   Tests/Mutation/run.sh --list           what there is
#
# The mutants are in the file `mutants`, as text that is replaced in Sources/StokerCore; a text that is not found (any more)
# is an error. The checkout is not touched: core, simulator and their tests are copied to a folder of their own, with every
# mutant in place behind one switch (STOKER_MUTANT, a number), so that one build serves all of them. Then the tests run, two
# runs at a time, first without any mutant, then for each, and each run ends at the first failure. One that does not end is
# caught as well. The exit code is 1 where a mutant survives.
#
# STOKER_SCHEDULES (4000) and STOKER_PIPELINES (2000) are how many lives the simulators draw for each, STOKER_MUTANT_LIMIT (120)
# the seconds of one run.
# STOKER_MUTATION_SCRATCH names a folder that is kept, so that the next build is short; STOKER_MUTATION_SKIP suites that are
# left out, as in ScheduleTests,CrashWalkTests: what the other tests miss is then found in two minutes. Needs Swift and python3.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
PACKAGE=$(cd "$HERE/../.." && pwd)

ONLY=
while [ $# -gt 0 ]; do
    case $1 in
        --only) ONLY=${2:?--only needs a regular expression}; shift 2 ;;
        --list) exec python3 "$HERE/mutate.py" list "$PACKAGE" "$HERE/mutants" ;;
        *) printf 'Tests/Mutation/run.sh: what is "%s"? see the head of this script\n' "$1" >&2; exit 2 ;;
    esac
done

SCRATCH=${STOKER_MUTATION_SCRATCH:-}
if [ -z "$SCRATCH" ]; then
    SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/stoker-mutation.XXXXXX")
    trap 'rm -rf "$SCRATCH"' EXIT
fi

python3 "$HERE/mutate.py" copy "$PACKAGE" "$HERE/mutants" "$SCRATCH"
cp "$HERE/Package.swift.in" "$SCRATCH/Package.swift"
nice swift build --package-path "$SCRATCH" --build-tests -j 2 </dev/null >"$SCRATCH/build.log" 2>&1 \
    || { cat "$SCRATCH/build.log" >&2; exit 1; }
python3 "$HERE/mutate.py" run "$PACKAGE" "$HERE/mutants" "$SCRATCH" "$ONLY"
