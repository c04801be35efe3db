#!/usr/bin/env bash
# The long version of the crash tests and the simulation, for a night or a weekend; needs what Tests/run.sh needs, and root.
#
#   Tests/Soak/run.sh                the real binary: every system call of every deployment killed and failed, 5,000 turns;
#                                    then one hour of simulation
#   Tests/Soak/run.sh 8              the same with eight hours of simulation
#   Tests/Soak/run.sh --minutes 30   … thirty minutes
#   Tests/Soak/run.sh --only crash   the real binary alone; `--only simulation` the simulation alone
#
# The logs stay in $STOKER_SOAK_LOGS, by default .build/soak; the summary is printed at the end, and the exit code says
# whether anything failed. $STOKER_TEST_PACKAGE is the package to build, by default this one.
set -euo pipefail
cd "$(dirname "$0")/../.."

MINUTES=60
ONLY=
while [ $# -gt 0 ]; do
    case $1 in
        --minutes) MINUTES=${2:?--minutes needs a number}; shift 2 ;;
        --only) ONLY=${2:?--only needs crash or simulation}; shift 2 ;;
        *[!0-9]* | '') printf 'Tests/Soak/run.sh: what is "%s"? see the head of this script\n' "$1" >&2; exit 2 ;;
        *) MINUTES=$(($1 * 60)); shift ;;
    esac
done

PACKAGE=${STOKER_TEST_PACKAGE:-$PWD}
LOGS=${STOKER_SOAK_LOGS:-$PWD/.build/soak}
export STOKER_TEST_PROGRAMS=${STOKER_TEST_PROGRAMS:-$PWD/.build/test-programs}
export PATH=$STOKER_TEST_PROGRAMS/prometheus-2.42:$PATH
mkdir -p "$LOGS"
[ -x "$STOKER_TEST_PROGRAMS/prometheus-2.42/prometheus" ] \
    || { echo 'Tests/Soak/run.sh: run Tests/run.sh once, it unpacks what tests need' >&2; exit 1; }

swift build --package-path "$PACKAGE" --build-tests </dev/null || exit 1

FAILED=0
# part NAME FILTER: runs one part of the tests, and keeps its log.
part() {
    local name=$1 filter=$2 start code=0
    start=$(date +%s)
    printf '== %s, %s\n' "$name" "$(date '+%F %T')" >&2
    swift test --package-path "$PACKAGE" --skip-build --disable-xctest --filter "$filter" \
        >"$LOGS/$name.log" 2>&1 </dev/null || code=$?
    printf '%s: %s after %s s\n' "$name" "$([ "$code" = 0 ] && echo passed || echo FAILED)" \
        "$(($(date +%s) - start))" >>"$LOGS/summary"
    # The tests print their counts as lines of their own.
    grep -E '^(killed|failed|Prometheus killed|turns|simulation|crash walk|long life)' "$LOGS/$name.log" \
        | sed 's/^/   /' >>"$LOGS/summary" || true
    # A filter that matches nothing must not look like success.
    grep -q 'Test run with [1-9]' "$LOGS/$name.log" || { echo "   no test ran" >>"$LOGS/summary"; code=1; }
    grep -E '^↳ (killed|failed|Prometheus)|^✘ Test "' "$LOGS/$name.log" | cut -c1-300 | head -n 40 \
        | sed 's/^/   ! /' >>"$LOGS/summary" || true
    if [ "$code" != 0 ]; then FAILED=1; fi
}

: >"$LOGS/summary"
if [ "$ONLY" != simulation ]; then
    export STOKER_CRASH_ALL=1 STOKER_TURNS=${STOKER_TURNS:-5000}
    part kills 'CrashTests\.KillTests/'
    part errors 'CrashTests\.ErrorTests/'
    part process 'CrashTests\.ProcessKillTests/'
    part disks 'CrashTests\.DiskTroubleTests/'
    part turns 'CrashTests\.TurnsTests/'
fi
if [ "$ONLY" != crash ]; then
    # About a thousand schedules a second; the tests print the seed of a failure.
    export STOKER_SCHEDULES=${STOKER_SCHEDULES:-$((MINUTES * 60000))} STOKER_WALKS=${STOKER_WALKS:-$((MINUTES * 60))}
    # Other lives each time; the summary says which, so that they can be drawn again.
    export STOKER_FIRST_SEED=${STOKER_FIRST_SEED:-$(date +%s)000}
    part simulation 'SimulationTests'
fi

echo "== summary ($LOGS)"
cat "$LOGS/summary"
exit "$FAILED"
