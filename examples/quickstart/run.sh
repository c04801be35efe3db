#!/usr/bin/env bash
# Stoker in one command: builds it, starts a throw-away Prometheus and a git repository, and makes three pushes: a good one,
# a bad one and a harmful one. Everything lives in a temporary directory and on loopback; no service of this machine is
# started, stopped or replaced. Installs what is missing with apt (needs root or sudo for that, and Swift on PATH).
#
#   examples/quickstart/run.sh            show it, clean up; exit code 0 when all three behaved
#   examples/quickstart/run.sh --keep     the same, and leave everything running to look at
#
# STOKER_BINARY=FILE uses a binary that is built already.
set -euo pipefail

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
CACHE=$ROOT/.build/quickstart
PACKAGES=(libgit2-dev libcurl4-openssl-dev libyaml-dev libsqlite3-dev libssl-dev pkg-config git curl ca-certificates)
KEEP=
case "${1:-}" in
    "") ;;
    --keep) KEEP=1 ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 1 ;;
esac

say() { printf '%s\n' "$*"; }
fail() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }

# --- What is needed -----------------------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; return; fi
    command -v sudo >/dev/null || fail "needs root or sudo for: $*"
    sudo "$@"
}

install_packages() {
    local missing=() package
    for package in "${PACKAGES[@]}"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Prometheus from PATH, else the package unpacked beside: installing it would start a service.
find_prometheus() {
    PROMETHEUS=${STOKER_QUICKSTART_PROMETHEUS:-$(command -v prometheus || true)}
    PROMTOOL=${STOKER_QUICKSTART_PROMTOOL:-$(command -v promtool || true)}
    [ -z "$PROMETHEUS" ] || [ -z "$PROMTOOL" ] || return 0
    PROMETHEUS=$CACHE/usr/bin/prometheus PROMTOOL=$CACHE/usr/bin/promtool
    [ -x "$PROMETHEUS" ] && [ -x "$PROMTOOL" ] && return 0
    say "unpacking Debian's prometheus into .build/quickstart"
    mkdir -p "$CACHE/deb"
    local package
    for package in prometheus promtool; do
        [ ! -x "$CACHE/usr/bin/$package" ] || continue
        (cd "$CACHE/deb" && { apt-get -q -o APT::Sandbox::User=root download "$package" \
            || { as_root apt-get update -qq && apt-get -q -o APT::Sandbox::User=root download "$package"; }; }) >/dev/null 2>&1 \
            || fail "the package $package could not be downloaded: check apt, then run again"
        dpkg -x "$CACHE/deb/$package"_*.deb "$CACHE"
    done
    rm -rf "$CACHE/deb"
}

build_stoker() {
    STOKER=${STOKER_BINARY:-}
    [ -z "$STOKER" ] || return 0
    command -v swift >/dev/null || fail "no swift on PATH: install a Swift 6.3 toolchain first"
    say "building stoker (release; the first time takes some minutes)"
    (cd "$ROOT" && swift build -c release --static-swift-stdlib --product stoker </dev/null)
    STOKER=$ROOT/.build/release/stoker
}

# --- A throw-away Prometheus, a repository and a daemon ------------------------------------------------------------------

free_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s' "$port"; return 0; }
    done
    fail "no free port was found"
}

# until_true SECONDS WHAT COMMAND…: waits for a command to succeed.
until_true() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            say "   !! gave up waiting for $what; the last lines of stoker's log:"
            tail -n 15 "$WORLD/stoker.log" 2>/dev/null || true
            fail "$what did not happen"
        fi
        sleep 0.2
    done
}

PIDS=()
WORLD=

clean_up() {
    local code=$? pid
    trap - EXIT INT TERM
    if [ -n "$KEEP" ] && [ "$code" = 0 ]; then exit 0; fi
    for ((i = ${#PIDS[@]} - 1; i >= 0; i--)); do
        pid=${PIDS[$i]}
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -9 "$pid" 2>/dev/null || true
    done
    if [ -n "$WORLD" ]; then
        rm -rf "$WORLD"
        say "cleaned up: nothing is left running."
    fi
    exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

git_in() { git -C "$WORLD/work" -c user.name=You -c user.email=you@example.com -c commit.gpgsign=false "$@"; }

push() {
    git_in add --all
    git_in commit -q -m "$1"
    git_in push -q origin HEAD:main
    COMMIT=$(git_in rev-parse HEAD)
    say "   pushed      ${COMMIT:0:12}  $1"
}

stoker() { "$STOKER" "$@" --config.file "$WORLD/stoker.yml" --storage.path "$WORLD/data"; }
status_json() { stoker status -o json | tr -d ' \n'; }
is_at() { local now; now=$(status_json) && [[ $now == *"\"outcome\":\"$1\""* && $now == *"\"desired_revision\":\"main@sha1:$2\""* ]]; }
api() { curl -fsS --max-time 5 "http://127.0.0.1:$PORT/api/v1/$1"; }
alerts() { api rules | grep -o '"name":"[^"]*","query"' | cut -d'"' -f4 | sort | xargs; }
jobs_served() { api scrape_pools | grep -o '\[[^]]*\]' | tr -d '[]"' | tr ',' '\n' | sort | xargs; }
targets() { api 'targets?state=active' | grep -o '"scrapeUrl"' | wc -l; }
serves() { say "   Prometheus  alerts: $(alerts) · jobs: $(jobs_served) · targets: $(targets)"; }
said() { stoker history -o json | tr '\n' ' ' | grep -o '"message" *: *"\([^"\\]\|\\.\)*"' | head -n "$1" | sed 's/^"message" *: *"//; s/"$//; s/\\"/"/g; s/^/   Stoker      /'; }

write_main() { # write_main RELABEL JOBS…
    local relabel=$1 job
    shift
    {
        printf 'global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files:\n  - rules/*.yml\nscrape_configs:\n'
        for job in "$@"; do
            printf '  - job_name: %s\n    static_configs:\n      - targets: ["127.0.0.1:%s"]\n' "$job" "$PORT"
            [ -z "$relabel" ] || printf '    relabel_configs:\n      - %s\n' "$relabel"
        done
    } >"$FILES/prometheus.yml"
}

write_alert() { # write_alert NAME EXPRESSION
    printf 'groups:\n  - name: %s\n    rules:\n      - alert: %s\n        expr: %s\n        for: 5m\n' "$1" "$1" "$2" \
        >"$FILES/rules/$1.yml"
}

start_everything() {
    WORLD=$(mktemp -d "${TMPDIR:-/tmp}/stoker-quickstart.XXXXXX")
    PORT=$(free_port)
    FILES=$WORLD/work/production
    git init -q --bare -b main "$WORLD/monitoring.git"
    git init -q -b main "$WORLD/work"
    git_in remote add origin "$WORLD/monitoring.git"
    mkdir -p "$FILES/rules" "$WORLD/etc"
    write_main "" prometheus
    write_alert TargetDown "up == 0"
    git_in add --all
    git_in commit -q -m "what runs today"
    git_in push -q origin HEAD:main
    cp -r "$FILES/." "$WORLD/etc/"

    setsid "$PROMETHEUS" --config.file="$WORLD/etc/prometheus.yml" --storage.tsdb.path="$WORLD/tsdb" \
        --web.listen-address="127.0.0.1:$PORT" --web.enable-lifecycle >"$WORLD/prometheus.log" 2>&1 </dev/null &
    PIDS+=($!)
    until_true 60 "Prometheus being ready" curl -fsS --max-time 2 "http://127.0.0.1:$PORT/-/ready"

    cat >"$WORLD/stoker.yml" <<YAML
global:
  poll_interval: 2s
source:
  url: $WORLD/monitoring.git
environments:
  - name: production
    path: production
    verify:
      for: 3s
      interval: 1s
      checks:
        - expr: up{job="prometheus"} == 1
    targets:
      - name: prometheus
        deploy_to: $WORLD/etc
        url: http://127.0.0.1:$PORT
        validate: { program: $PROMTOOL }
YAML
    setsid "$STOKER" run --web.listen-address "127.0.0.1:$(free_port)" --config.file "$WORLD/stoker.yml" \
        --storage.path "$WORLD/data" >"$WORLD/stoker.log" 2>&1 </dev/null &
    PIDS+=($!)
    until_true 60 "the first look" is_at verified "$(git_in rev-parse HEAD)"
}

# --- The three pushes -------------------------------------------------------------------------------------------------------

wrong() { say "   !! $*"; WRONG=1; }
WRONG=

good_push() {
    say "1. A good push: one more alert and one more scrape job."
    write_alert PrometheusRestarted 'changes(process_start_time_seconds[10m]) > 1'
    write_main "" prometheus second
    push "alert on restarts, scrape a second job"
    until_true 90 "the push being verified" is_at verified "$COMMIT"
    say "   Stoker      verified: written, reloaded, served, and its checks passed"
    serves
    [ "$(alerts)" = "PrometheusRestarted TargetDown" ] || wrong "the new alert is not served"
    [ "$(jobs_served)" = "prometheus second" ] || wrong "the new job is not served"
}

bad_push() {
    say "2. A bad push: PromQL with a missing parenthesis."
    local before
    before=$(find "$WORLD/etc" -type f -exec cksum {} + | sort)
    write_alert Broken 'sum by (job) (up'
    push "an alert nobody tried"
    until_true 60 "the push being rejected" is_at rejected "$COMMIT"
    say "   Stoker      rejected before anything was written:"
    said 2 | grep rules/
    serves
    [ "$(find "$WORLD/etc" -type f -exec cksum {} + | sort)" = "$before" ] || wrong "a file changed"
    [[ $(stoker history -o json) == *rules/Broken.yml* ]] || wrong "the file with the error was not named"
    [ "$(alerts)" = "PrometheusRestarted TargetDown" ] || wrong "the alerts changed"
}

harmful_push() {
    say "3. A harmful push: valid, loads without a word, and drops every target."
    rm "$FILES/rules/Broken.yml"
    write_main '{ source_labels: [__address__], regex: ".*", action: drop }' prometheus second
    push "tidy up relabelling"
    until_true 120 "the push being rolled back" is_at rolled_back "$COMMIT"
    say "   Stoker      rolled_back by a failing check:"
    said 1
    until_true 30 "the targets being back" eval '[ "$(targets)" = 2 ]'
    serves
    [[ $(api status/config) != *"action: drop"* ]] || wrong "the harmful configuration is still served"
    ! grep -q "action: drop" "$WORLD/etc/prometheus.yml" || wrong "the harmful configuration is still on disk"
}

install_packages
find_prometheus
build_stoker
start_everything
say
say "A Prometheus on port $PORT, a repository, and Stoker, which has taken over what was there:"
serves
say
good_push
say
bad_push
say
harmful_push
say
say "\$ stoker status"
stoker status | sed 's/^/   /'
say "\$ stoker history"
stoker history | cut -c1-160 | sed 's/^/   /'
say
[ -z "$WRONG" ] || fail "something above (marked !!) did not behave"
say "All three behaved."
if [ -n "$KEEP" ]; then
    say "Left running in $WORLD (Prometheus ${PIDS[0]}, stoker ${PIDS[1]}):"
    say "   push        cd $WORLD/work && edit production/… && git commit -a && git push origin HEAD:main"
    say "   look        $STOKER status --config.file $WORLD/stoker.yml --storage.path $WORLD/data"
    say "   Prometheus  http://127.0.0.1:$PORT   log of stoker: $WORLD/stoker.log"
    say "   stop        kill ${PIDS[1]} ${PIDS[0]}; rm -rf $WORLD"
fi
