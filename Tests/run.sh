#!/usr/bin/env bash
# Installs what building and testing Stoker needs (Debian; only what is missing), checks the format, builds, and runs every
# test. Needs Swift on PATH, and root or sudo for apt. The last line is the test runner's own; so is the exit code.
#
#   Tests/run.sh                     everything
#   Tests/run.sh --filter Pushes     arguments go to `swift test`
#
# Programs to test against are unpacked beside the machine (never installed: a service would be started) into
# $STOKER_TEST_PROGRAMS, by default .build/test-programs: this Debian's Prometheus (2.42), Alertmanager, exporters and
# VictoriaMetrics, Prometheus 2.53 of Debian trixie, and Prometheus 3, Alertmanager and exporters of Debian forky. Debian's
# Alertmanager reads its default templates from /usr/share, so those two files are put there where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

PROGRAMS=${STOKER_TEST_PROGRAMS:-$PWD/.build/test-programs}
PACKAGES=(
    libgit2-dev libcurl4-openssl-dev libyaml-dev libsqlite3-dev libssl-dev pkg-config
    git nginx-light fcgiwrap docker.io containerd runc openssh-server openssh-client gpg gpg-agent gpgv openssl python3 strace e2fsprogs patch procps util-linux acl curl ca-certificates tzdata
)

say() { printf '== %s\n' "$*" >&2; }
fail() { printf 'Tests/run.sh: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    command -v sudo >/dev/null || fail "needs root or sudo for: $*"
    sudo -n "$@" || fail "sudo refused: $*"
}

apt_lists_are_fresh() {
    [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mtime -7 -print -quit 2>/dev/null)" ]
}

apt_update_once() {
    [ -z "${APT_UPDATED:-}" ] || return 0
    say "apt-get update"
    as_root apt-get update -qq || say "apt-get update had errors; going on with the lists there are"
    APT_UPDATED=1
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

install_packages() {
    local missing=() package
    for package in "${PACKAGES[@]}"; do
        installed "$package" && continue
        # Any nginx serves; one that is there must not be replaced by its light sister.
        [ "$package" = nginx-light ] && command -v nginx >/dev/null && continue
        missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    apt_lists_are_fresh || apt_update_once
    say "installing ${missing[*]}"
    # A machine that starts services at installation would start nginx and sshd on their usual ports.
    local policy=/usr/sbin/policy-rc.d ours=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        ours=1
    fi
    local code=0
    install_now "${missing[@]}" || { APT_UPDATED=; apt_update_once; install_now "${missing[@]}" || code=$?; }
    [ -z "$ours" ] || as_root rm -f "$policy"
    [ "$code" = 0 ] || fail "apt-get could not install: ${missing[*]}"
}

install_now() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Options::=--force-confold "$@" </dev/null >&2
}

# unpack FOLDER "PACKAGES" "PROGRAMS" [apt options…]: downloads the packages and unpacks the programs into FOLDER, where all
# of them appear together. A package is left out where one before it brought its program: promtool became a package of its
# own after Debian 12. apt checks the archive's signature and with it each package's digest.
unpack() {
    local folder=$PROGRAMS/$1 packages=$2 programs=$3 work name code=0
    shift 3
    work=$(mktemp -d "$PROGRAMS/unpack.XXXXXX")
    chmod 755 "$work"
    for name in $packages; do
        [ ! -x "$work/tree/usr/bin/$name" ] || continue
        { (cd "$work" && apt-get -q "$@" -o APT::Sandbox::User=root download "$name") \
            && dpkg -x "$work/$name"_*.deb "$work/tree"; } >>"$work/log" 2>&1 || { code=1; break; }
    done
    mkdir -p "$work/programs"
    for name in $programs; do
        [ "$code" = 0 ] || break
        { "$work/tree/usr/bin/$name" --version || "$work/tree/usr/bin/$name" --help; } >>"$work/log" 2>&1 \
            && mv "$work/tree/usr/bin/$name" "$work/programs/" || code=1
    done
    if [ "$code" = 0 ]; then
        copy_templates "$work/tree$TEMPLATES" && rm -rf "$folder" && mv "$work/programs" "$folder" || code=1
    else
        sed 's/^/   /' "$work/log" >&2
    fi
    rm -rf "$work"
    return "$code"
}

TEMPLATES=/usr/share/prometheus/alertmanager

copy_templates() {
    local name
    for name in default email; do
        [ -e "$1/$name.tmpl" ] && [ ! -e "$TEMPLATES/$name.tmpl" ] || continue
        as_root mkdir -p "$TEMPLATES"
        as_root cp "$1/$name.tmpl" "$TEMPLATES/" || return 1
    done
}

# are_there FOLDER "PROGRAMS"
are_there() {
    local name
    for name in $2; do [ -x "$PROGRAMS/$1/$name" ] || return 1; done
}

this_release() { . /etc/os-release; printf '%s' "${VERSION_CODENAME:-}"; }

# The mirror this machine uses for its own release, from one-line and deb822 sources alike.
debian_mirror() {
    local release
    release=$(this_release)
    {
        { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } \
            | awk -v r="$release" '$1 == "deb" { sub(/\[[^]]*\]/, ""); if ($3 == r) print $2 }'
        { cat /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } | awk -v r="$release" '
            function flush() { if (uri != "" && suites ~ "(^| )" r "( |$)") print uri; uri = ""; suites = "" }
            /^[[:space:]]*$/ { flush() }
            tolower($1) == "uris:" { uri = $2 }
            tolower($1) == "suites:" { $1 = ""; suites = $0 }
            END { flush() }'
    } | head -n 1
}

# from_release RELEASE FOLDER "PACKAGES" "PROGRAMS": unpacks from another release of Debian through a configuration of its
# own: the machine's apt never hears of it.
from_release() {
    local release=$1 mirror root=$PROGRAMS/apt-$1
    shift
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || { say "no Debian mirror found in /etc/apt"; return 1; }
    local options=(
        -o "Dir::Etc::sourcelist=$root/sources.list" -o "Dir::Etc::sourceparts=$root/etc"
        -o "Dir::Etc::preferencesparts=$root/etc" -o "Dir::Etc::preferences=$root/none"
        -o "Dir::State::lists=$root/lists" -o "Dir::Cache=$root/cache"
        -o "Acquire::Languages=none" -o "APT::Sandbox::User=root" -o "APT::Default-Release="
    )
    if [ ! -e "$root/updated" ]; then
        mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/etc"
        printf 'deb [signed-by=%s] %s %s main\n' \
            /usr/share/keyrings/debian-archive-keyring.gpg "$mirror" "$release" >"$root/sources.list"
        apt-get -q "${options[@]}" -o APT::Update::Error-Mode=any update >"$root/log" 2>&1 \
            || { sed 's/^/   /' "$root/log" >&2; return 1; }
        : >"$root/updated"
    fi
    unpack "$@" "${options[@]}"
}

# this_debian FOLDER "PACKAGES" "PROGRAMS" and other_debian RELEASE FOLDER "PACKAGES" "PROGRAMS": unless they are there. A
# mirror that stumbles is asked once more.
this_debian() {
    ! are_there "$1" "$3" || return 0
    say "unpacking $2 of this Debian into $PROGRAMS/$1"
    apt_lists_are_fresh || apt_update_once
    unpack "$@" || { apt_update_once; unpack "$@"; } \
        || fail "$2 of this Debian could not be unpacked: see above, then run again"
}

other_debian() {
    ! are_there "$2" "$4" || return 0
    say "unpacking $3 of Debian $1 into $PROGRAMS/$2"
    from_release "$@" || { rm -rf "$PROGRAMS/apt-$1"; from_release "$@"; } \
        || fail "$3 of Debian $1 could not be unpacked, and the tests need it: see above, then run again"
}

# is_major PROGRAM EXPECTED: the archive goes on, and what the tests call 3 must be one.
is_major() {
    local told
    told=$("$PROGRAMS/$1" --version 2>&1 | sed -n '1s/.*, version \([^ ]*\).*/\1/p')
    [ "${told%%.*}" = "$2" ] || fail "$1 is version ${told:-unknown} and the tests are for $2.x: they have to be brought up to it"
}

RELATIVES="prometheus-alertmanager prometheus-blackbox-exporter prometheus-snmp-exporter"

unpack_programs() {
    mkdir -p "$PROGRAMS"
    this_debian prometheus-2.42 "prometheus promtool" "prometheus promtool"
    { [ -e "$TEMPLATES/default.tmpl" ] && [ -e "$TEMPLATES/email.tmpl" ]; } || rm -rf "$PROGRAMS/family"
    this_debian family "$RELATIVES victoria-metrics" "$RELATIVES amtool vmagent vmalert"
    other_debian trixie prometheus-2.53 "prometheus promtool" "prometheus promtool"
    # Testing, by its name, so that another release never comes in its place unseen.
    other_debian forky prometheus-3 "prometheus promtool" "prometheus promtool"
    is_major prometheus-3/prometheus 3
    other_debian forky family-3 "$RELATIVES" "$RELATIVES amtool"
    rm -rf "$PROGRAMS"/apt-*
}

command -v swift >/dev/null || fail "no swift on PATH: install a Swift 6.3 toolchain first"
install_packages
unpack_programs
export STOKER_TEST_PROGRAMS=$PROGRAMS
export PATH=$PROGRAMS/prometheus-2.42:$PATH

say "swift format lint"
swift format lint --strict --recursive --parallel Sources Tests Package.swift </dev/null

say "swift build"
swift build --build-tests </dev/null

if [ $# = 0 ]; then
    # Everything: then the boundaries, which hold all unsafe memory, under the sanitizers, too.
    mkdir -p .build/sanitizers
    STOKER_SANITIZER_SCRATCH=$PWD/.build/sanitizers bash Tests/Sanitizers/run.sh
fi

say "swift test"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
swift test --skip-build --disable-xctest "$@" </dev/null 2>&1 | tee "$log" || code=$?
if [ "$code" != 0 ]; then
    # Thousands of lines lie between a failure and the end of the run: what failed is said again, the closing line last.
    say "what failed:"
    grep -A 20 -E '^✘ Test .* recorded an issue|error: |Fatal error|\*\*\* ' "$log" | grep -v '^✔\|^◇' | head -n 300 || true
    grep -E '^.? ?Test run with' "$log" | tail -n 1 || true
fi
exit "$code"
