#!/usr/bin/env bash
# Installs what building and testing Stoker needs (Debian; only what is missing), checks the format, builds, and runs every
# test. Needs Swift on PATH, and root or sudo for apt. The last line is the test runner's own; so is the exit code.
#
#   Tests/run.sh                     everything
#   Tests/run.sh --filter Pushes     arguments go to `swift test`
#
# Two Prometheus versions, and this Debian's Alertmanager, exporters and VictoriaMetrics, are unpacked beside the machine (never installed: a service would be started) into
# $STOKER_TEST_PROGRAMS, by default .build/test-programs: this Debian's own, and Prometheus of the next release. Debian's
# Alertmanager reads its default templates from /usr/share, so those two files are put there where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."

PROGRAMS=${STOKER_TEST_PROGRAMS:-$PWD/.build/test-programs}
PACKAGES=(
    libgit2-dev libcurl4-openssl-dev libyaml-dev libsqlite3-dev libssl-dev pkg-config
    git nginx-light fcgiwrap docker.io containerd runc openssh-server openssh-client gpg gpg-agent gpgv openssl python3 strace e2fsprogs patch procps util-linux acl curl ca-certificates
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

# unpack_prometheus FOLDER [apt options…]: downloads the packages and unpacks prometheus and promtool into FOLDER.
# promtool became a package of its own after Debian 12.
unpack_prometheus() {
    local folder=$PROGRAMS/$1 work package code=0
    shift
    work=$(mktemp -d "$PROGRAMS/unpack.XXXXXX")
    chmod 755 "$work"
    for package in prometheus promtool; do
        [ ! -x "$work/tree/usr/bin/$package" ] || continue
        { (cd "$work" && apt-get -q "$@" -o APT::Sandbox::User=root download "$package") \
            && dpkg -x "$work/$package"_*.deb "$work/tree"; } >>"$work/log" 2>&1 || { code=1; break; }
    done
    if [ "$code" = 0 ]; then
        mkdir -p "$folder"
        mv -f "$work/tree/usr/bin/prometheus" "$work/tree/usr/bin/promtool" "$folder/" || code=1
    else
        sed 's/^/   /' "$work/log" >&2
    fi
    rm -rf "$work"
    return "$code"
}

FAMILY=(prometheus-alertmanager prometheus-blackbox-exporter prometheus-snmp-exporter victoria-metrics)
FAMILY_PROGRAMS=(prometheus-alertmanager amtool prometheus-blackbox-exporter prometheus-snmp-exporter vmagent vmalert)
TEMPLATES=/usr/share/prometheus/alertmanager

family_is_there() {
    local program
    for program in "${FAMILY_PROGRAMS[@]}"; do [ -x "$PROGRAMS/family/$program" ] || return 1; done
    [ -e "$TEMPLATES/default.tmpl" ] && [ -e "$TEMPLATES/email.tmpl" ]
}

# The relatives of Prometheus into $PROGRAMS/family.
unpack_family() {
    local work package program code=0
    work=$(mktemp -d "$PROGRAMS/unpack.XXXXXX")
    chmod 755 "$work"
    for package in "${FAMILY[@]}"; do
        { (cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$package") \
            && dpkg -x "$work/$package"_*.deb "$work/tree"; } >>"$work/log" 2>&1 || { code=1; break; }
    done
    if [ "$code" = 0 ]; then
        mkdir -p "$PROGRAMS/family"
        for program in "${FAMILY_PROGRAMS[@]}"; do
            mv -f "$work/tree/usr/bin/$program" "$PROGRAMS/family/" || code=1
        done
        as_root mkdir -p "$TEMPLATES"
        for program in default email; do
            [ -e "$TEMPLATES/$program.tmpl" ] || as_root cp "$work/tree$TEMPLATES/$program.tmpl" "$TEMPLATES/" || code=1
        done
    else
        sed 's/^/   /' "$work/log" >&2
    fi
    rm -rf "$work"
    return "$code"
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

# The next release through a configuration of its own: the machine's apt never hears of it.
unpack_newer_prometheus() {
    local mirror root=$PROGRAMS/apt next=trixie
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || { say "no Debian mirror found in /etc/apt"; return 1; }
    mkdir -p "$root/lists/partial" "$root/cache/archives/partial" "$root/etc"
    printf 'deb [signed-by=%s] %s %s main\n' \
        /usr/share/keyrings/debian-archive-keyring.gpg "$mirror" "$next" >"$root/sources.list"
    local options=(
        -o "Dir::Etc::sourcelist=$root/sources.list" -o "Dir::Etc::sourceparts=$root/etc"
        -o "Dir::Etc::preferencesparts=$root/etc" -o "Dir::Etc::preferences=$root/none"
        -o "Dir::State::lists=$root/lists" -o "Dir::Cache=$root/cache"
        -o "Acquire::Languages=none" -o "APT::Sandbox::User=root" -o "APT::Default-Release="
    )
    apt-get -q "${options[@]}" update >"$root/log" 2>&1 || { sed 's/^/   /' "$root/log" >&2; return 1; }
    unpack_prometheus prometheus-2.53 "${options[@]}" || return 1
    rm -rf "$root"
}

unpack_programs() {
    mkdir -p "$PROGRAMS"
    if [ ! -x "$PROGRAMS/prometheus-2.42/promtool" ]; then
        say "unpacking this Debian's Prometheus into $PROGRAMS"
        apt_lists_are_fresh || apt_update_once
        unpack_prometheus prometheus-2.42 || { apt_update_once; unpack_prometheus prometheus-2.42; } \
            || fail "the package prometheus could not be downloaded: see above, then run again"
    fi
    if ! family_is_there; then
        say "unpacking Alertmanager, the exporters and VictoriaMetrics into $PROGRAMS"
        apt_lists_are_fresh || apt_update_once
        unpack_family || { apt_update_once; unpack_family; } \
            || fail "the packages ${FAMILY[*]} could not be downloaded: see above, then run again"
    fi
    if [ ! -x "$PROGRAMS/prometheus-2.53/promtool" ]; then
        say "unpacking the next Debian's Prometheus into $PROGRAMS"
        unpack_newer_prometheus || say "Prometheus 2.53 could not be unpacked: its tests run with 2.42 only"
    fi
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
