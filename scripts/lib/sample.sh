# shellcheck shell=bash
# The sample school of scripts/run: its folder, its settings, its ruleset, whom it asks, and its two processes.
# Sourced after say.sh; `root` is the project's folder.

: "${root:?}"

# Where the box keeps everything; below var/, which Git ignores.
home=$root/var/run-sample
# Set when the box's user cannot reach the project (a clone below /root): the folder is then one of its own.
home_is_temporary=
box_pid=
upstream_pid=
# Where its pages and its proxy listen.
web_port=8444
proxy_port=3128

# ---- the ordinary user ----

# The user the box runs as when root starts it: the one behind sudo, else nobody.
box_uid() { if [ "${SUDO_UID:-0}" -ne 0 ]; then echo "$SUDO_UID"; else id -u nobody; fi; }
box_gid() { if [ "${SUDO_GID:-0}" -ne 0 ]; then echo "$SUDO_GID"; else id -g nobody; fi; }

# as_box COMMAND…: replaces this (sub)shell by the command, run without any of root's rights.
as_box() {
    if [ "$(id -u)" -eq 0 ]; then
        exec setpriv --reuid="$(box_uid)" --regid="$(box_gid)" --clear-groups --no-new-privs -- "$@"
    fi
    exec "$@"
}

# ---- folder and settings ----

make_home() {
    mkdir -p "$home"
    [ -w "$home" ] || fail "$home belongs to somebody else" "Remove it (sudo rm -r $home), then try again."
    hand_over
    if ! (as_box test -x "$home"); then
        home=$(mktemp -d /tmp/lachan-run-sample.XXXXXX)
        chmod 755 "$home"
        home_is_temporary=1
    fi
    mkdir -p "$home/lists"
    # Copies, so that the box can read them whoever may read the project.
    install -m 755 "$root/target/release/lachan" "$home/lachan"
    rm -rf "$home/rules"
    cp -r "$root/rules" "$home/rules"
}

# Everything to the user the box runs as.
hand_over() {
    [ "$(id -u)" -ne 0 ] || chown -R "$(box_uid):$(box_gid)" "$home"
}

# write_settings PORT UPSTREAM…; the pages are at `web_port`, the proxy at `proxy_port`.
write_settings() {
    local port=$1 upstreams
    shift
    upstreams=$(printf '"%s", ' "$@")
    cat >"$home/lachan.toml" <<TOML
# Written anew by scripts/run at every start.
version = "v1"

[school]
name = "Trường mẫu Lá Chắn"
language = "$(say vi en)"

[paths]
data = "$home"
rules = "$home/rules"

[resolver]
# Loopback only: a sample must not become an open resolver.
listen = ["127.0.0.1:$port"]
upstreams = [${upstreams%, }]

[web]
# The pages of teachers and IT.
listen = ["127.0.0.1:$web_port"]

[proxy]
# For browsers that are told to use it; pupils' pages (http://lachan.lan) are behind it.
explicit = ["127.0.0.1:$proxy_port"]

[store]
# So that \`lachan events\` shows a blocked name soon after it was asked for.
flush = "2s"
TOML
}

# ---- the ruleset ----

# The lists of ../shared/lists, where that folder is.
manifest() { [ ! -d "$root/../shared/lists" ] || printf '%s\n' "$root/scripts/data/shared-lists.toml"; }

# A digest of names, sizes and times of all that goes into the ruleset.
inputs_digest() {
    local lists=()
    [ -z "$(manifest)" ] || lists=("$(manifest)" "$root/../shared/lists")
    find "$root/target/release/lachan" "$root/rules" "${lists[@]}" -type f -printf '%p %s %T@\n' |
        sort | sha256sum | cut -d' ' -f1
}

compile_ruleset() {
    local ruleset=$home/lists/current.ruleset stamp=$home/lists/inputs report=$home/lists/report.txt digest from=()
    digest=$(inputs_digest)
    if [ -e "$ruleset" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$digest" ]; then return; fi
    mapfile -t from < <(manifest)
    # The report has a line a list and the first refused lines of each: for reading, not for scrolling by.
    if ! "$home/lachan" lists compile --rules "$root/rules" ${from[0]:+--manifest "${from[0]}"} \
        --out "$ruleset" --refused "$home/lists/refused.txt" >"$report" 2>&1; then
        cat "$report" >&2
        fail "the lists could not be compiled" "What is wrong stands above."
    fi
    tail -n 2 "$report"
    printf '%s\n' "$digest" >"$stamp"
}

import_groups() {
    "$home/lachan" groups import "$root/scripts/data/sample-groups.csv" --config "$home/lachan.toml"
}

# ---- whom the box asks ----

# The computer's own resolvers; what stands on loopback only passes questions on, systemd tells to whom.
system_resolvers() {
    { cat /run/systemd/resolve/resolv.conf /etc/resolv.conf 2>/dev/null || true; } |
        awk '$1 == "nameserver" && $2 !~ /^(127\.|::1$|0\.0\.0\.0$)|%/ && !seen[$2]++ { print $2 }' | head -n 3
}

# Whether a resolver gives an address of the wide Internet within two seconds.
reaches_internet() {
    dig +short +time=2 +tries=1 "@$1" example.com A 2>/dev/null | grep -qE '^[0-9]+(\.[0-9]+){3}$'
}

# Prints the resolvers to ask, one a line; nothing where there is no Internet.
find_upstreams() {
    local address found=
    for address in $(system_resolvers); do
        if reaches_internet "$address"; then printf '%s\n' "$address"; found=1; fi
    done
    if [ -z "$found" ] && reaches_internet 9.9.9.9; then printf '9.9.9.9\n'; fi
}

# The system's Python: one of root's own (pyenv) lies where the box's user cannot go.
python_of_box() { if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else command -v python3; fi; }

# Starts the stand-in for the Internet; its address goes to `demo_upstream`.
start_demo_upstream() {
    local said=$home/demo-upstream
    install -m 755 "$root/scripts/lib/demo_upstream.py" "$home/demo_upstream.py"
    : >"$said"
    as_box "$(python_of_box)" -I "$home/demo_upstream.py" >"$said" &
    upstream_pid=$!
    wait_for "$upstream_pid" test -s "$said" || fail "the demo upstream did not start"
    # shellcheck disable=SC2034 # read by scripts/run
    demo_upstream=127.0.0.1:$(cat "$said")
}

# ---- the box ----

# wait_for PID COMMAND…: until the command succeeds; fails when the process ends first, or after 20 s.
wait_for() {
    local pid=$1 tries=200
    shift
    until "$@" >/dev/null 2>&1; do
        kill -0 "$pid" 2>/dev/null || return 1
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.1
    done
}

# start_box PORT
start_box() {
    as_box "$home/lachan" run --config "$home/lachan.toml" &
    box_pid=$!
    if ! wait_for "$box_pid" dig +time=1 +tries=1 @127.0.0.1 -p "$1" fb88.com ||
        ! wait_for "$box_pid" curl -sko /dev/null --max-time 2 "https://127.0.0.1:$web_port/api/v1/session"; then
        fail "Lá Chắn did not start" "What it said stands above; the settings are in $home/lachan.toml"
    fi
}

# Ends what was started here, the box first so that it can write what it holds.
stop_sample() {
    local pid
    for pid in $box_pid $upstream_pid; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    [ -z "$home_is_temporary" ] || rm -rf "$home"
}
