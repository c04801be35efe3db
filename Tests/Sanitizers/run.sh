#!/usr/bin/env bash
# Runs the tests of every boundary (libgit2, libcurl, libyaml, SQLite, libcrypto) under the address and the thread sanitizer.
# Any report of a sanitizer fails the run, also one in a test that passes.
#
#   Tests/Sanitizers/run.sh                 both; about three minutes on two cores
#   Tests/Sanitizers/run.sh thread          one of them
#
# The checkout is not touched: sources are copied to a folder of their own. STOKER_SANITIZER_SCRATCH names one that is kept,
# so that the next build is short. Needs what Tests/run.sh installs.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
PACKAGE=$(cd "$HERE/../.." && pwd)

SCRATCH=${STOKER_SANITIZER_SCRATCH:-}
if [ -z "$SCRATCH" ]; then
    SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/stoker-sanitizers.XXXXXX")
    trap 'rm -rf "$SCRATCH"' EXIT
fi

mkdir -p "$SCRATCH/Sources" "$SCRATCH/Tests"
cp "$HERE/Package.swift.in" "$SCRATCH/Package.swift"
for target in StokerCore CLibgit2 CCurl CYAML CSQLite CCrypto CPlatform Git HTTP YAML SQLite Digests; do
    rm -rf "$SCRATCH/Sources/$target"
    cp -Rp "$PACKAGE/Sources/$target" "$SCRATCH/Sources/"
done
for target in TestSupport GitTests HTTPTests YAMLTests SQLiteTests DigestsTests; do
    rm -rf "$SCRATCH/Tests/$target"
    cp -Rp "$PACKAGE/Tests/$target" "$SCRATCH/Tests/"
done

failed=0
for sanitizer in "${@:-address thread}"; do
    for one in $sanitizer; do
        build=$SCRATCH/.build-$one
        log=$SCRATCH/$one.log
        printf '== %s sanitizer: build\n' "$one" >&2
        swift build --package-path "$SCRATCH" --scratch-path "$build" --build-tests --sanitize "$one" </dev/null >"$log" 2>&1 \
            || { cat "$log" >&2; exit 1; }
        printf '== %s sanitizer: tests\n' "$one" >&2
        code=0
        # XCTest and the test runner leak by design: only what is reported while running counts.
        ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1 TSAN_OPTIONS=halt_on_error=0:exitcode=66 \
            swift test --package-path "$SCRATCH" --scratch-path "$build" --skip-build --disable-xctest --sanitize "$one" \
            </dev/null >"$log" 2>&1 || code=$?
        if [ "$code" != 0 ] || grep -qE 'ERROR: AddressSanitizer|WARNING: ThreadSanitizer' "$log"; then
            failed=1
            printf '== %s sanitizer: failed\n' "$one" >&2
            grep -nE -A 40 'Sanitizer|recorded an issue' "$log" | grep -v '✔\|◇' | head -n 200 >&2 || true
        fi
        grep -E 'Test run with' "$log" | tail -n 1 | sed "s/^/$one: /"
    done
done
exit "$failed"
