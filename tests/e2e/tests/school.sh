# shellcheck shell=bash
# A school's Internet and its box, for the scripts beside this one. Sourced by them after net.sh; wants the variables
# `lachan`, `folder`, `project` and `here`.

: "${lachan:?}" "${folder:?}" "${project:?}" "${here:?}"

readonly FAR4=203.0.113.53 FAR6=2001:db8:f::53 UNFILTERED=198.51.100.77
readonly SHARED=104.16.248.249 OWN=10.99.0.1 SIX_TO_FOUR=2002:cb00:7135::1

# The Internet: it knows no way back to the school's own addresses.
far() {
    ip link add wan0 type veth peer name eth0 netns "$1"
    ip addr add 203.0.113.1/24 dev wan0
    ip -6 addr add 2001:db8:f::1/64 dev wan0 nodad
    ip link set wan0 up
    in_ns "$1" ip link set lo up
    in_ns "$1" ip link set eth0 up
    in_ns "$1" ip addr add "$FAR4/24" dev eth0
    in_ns "$1" ip -6 addr add "$FAR6/64" dev eth0 nodad
    # A resolver's address that serves nothing else (rules/bypass/addresses.txt).
    in_ns "$1" ip addr add 8.8.8.8/32 dev lo
    ip route add 8.8.8.8/32 via "$FAR4"
    # An address that serves DNS beside web sites, a server of the school's own, and one of 6to4.
    in_ns "$1" ip addr add "$SHARED/32" dev lo
    in_ns "$1" ip addr add "$OWN/32" dev lo
    in_ns "$1" ip -6 addr add "$SIX_TO_FOUR/128" dev lo nodad
    ip route add "$SHARED/32" via "$FAR4"
    ip route add "$OWN/32" via "$FAR4"
    ip -6 route add "$SIX_TO_FOUR/128" via "$FAR6"
    in_ns "$1" python3 "$here/far.py" serve >"$folder/far" 2>&1 &
}

# wire INTERFACE NAMESPACE NET: a segment whose way out is the box.
wire() {
    segment "$1" "$2" "3c:22:fb:00:0$3:09" "$3"
    in_ns "$2" ip route add default via "10.$3.0.1"
    in_ns "$2" ip -6 route add default via "fd00:$3::1"
}

# reach NAMESPACE HOST KIND PORT…: open, refused or silent, each; a port whose server waits to be asked is silent.
reach() { in_ns "$1" python3 "$here/far.py" reach "${@:2}"; }

# asks NAMESPACE SERVER OPTION…: what a device that asks somebody else gets: a tier's reason, an address, or nothing.
asks() {
    local told
    told=$(in_ns "$1" dig "@$2" fb88.com +tries=1 +time=2 "${@:3}" || true)
    if grep -q "$UNFILTERED" <<<"$told"; then echo "$UNFILTERED"; else echo "$(tier_in <<<"$told")"; fi
}

# A kernel that routes, and an upstream for the box.
routes() {
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
    # Else the kernel keeps most of what it should say of refused datagrams to itself: one a second and device.
    echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
    echo 0 >/proc/sys/net/ipv6/icmp/ratelimit
    python3 "$project/scripts/lib/demo_upstream.py" 5300 >"$folder/upstream" &
}

start() {
    "$lachan" run >>"$folder/out" 2>>"$folder/err" &
    box=$!
}

# answers TIER NAMESPACE SERVER…: waits until the box does, under its own address and for others' (the rules come last).
answers() {
    local server
    for server in "${@:3}"; do
        # On one arm a kernel without our rules tells devices of the shorter way, and they keep it for minutes.
        [ "$server" = "$3" ] || [ "$(wait_for stand ruled)" = stand ] || { echo "no rules"; exit 1; }
        [ "$(wait_for "$1" asks "$2" "$server")" = "$1" ] || { echo "no answer from $server"; exit 1; }
    done
}

# ruled: whether the firewall's rules stand.
ruled() { ! "$lachan" firewall diff >/dev/null 2>&1 || echo stand; }

# says NAMESPACE HOST PORT…: what a server there greets with, or refused, or silent.
says() { in_ns "$1" python3 "$here/far.py" says "${@:2}"; }

# the_proxy: a stand-in for it, in place of the one before.
the_proxy() {
    python3 "$here/far.py" proxy 8081 8443 >>"$folder/proxy" 2>&1 &
    proxy=$!
}

# settings SED: changes the settings file and has it read.
settings() {
    sed -i "$1" "$LACHAN_CONFIG"
    "$lachan" reload >/dev/null
}

# held PURPOSE: whether rules that are for it held anything, over all chains.
held() { "$lachan" firewall show | awk -v rule="$1" 'index($0, rule) { sum += $NF } END { print (sum > 0 ? "counted" : "none") }'; }

stop() {
    kill -TERM "$box"
    local code=0
    wait "$box" || code=$?
    check 'the box stopped with' "$code"
}

# the_switch NAMESPACE: a switch, for `plug`, `router` and `device`.
the_switch() {
    in_ns "$1" ip link add br0 type bridge
    in_ns "$1" ip link set br0 up
    in_ns "$1" ip link set lo up
}

# plug SWITCH INTERFACE: a card of the box in it.
plug() {
    ip link add "$2" type veth peer name "$2" netns "$1"
    in_ns "$1" ip link set "$2" master br0 up
    ip link set "$2" up
}

# cable NAMESPACE SWITCH: a card of another machine in it.
cable() {
    nsenter --net --target "$1" ip link add eth0 type veth peer name "port$1" netns "$2"
    in_ns "$2" ip link set "port$1" master br0 up
    in_ns "$1" ip link set lo up
    in_ns "$1" ip link set eth0 up
}

# router NAMESPACE SWITCH: the school's router, with the Internet behind it: it knows the way back.
router() {
    cable "$1" "$2"
    in_ns "$1" ip addr add 10.6.0.254/24 dev eth0
    in_ns "$1" ip -6 addr add fd00:6::254/64 dev eth0 nodad
    in_ns "$1" ip addr add "$FAR4/32" dev lo
    in_ns "$1" ip -6 addr add "$FAR6/128" dev lo nodad
    in_ns "$1" python3 "$here/far.py" serve >"$folder/far" 2>&1 &
}

# device NAMESPACE SWITCH NUMBER ROUTER: a device of the school's one network.
device() {
    cable "$1" "$2"
    in_ns "$1" ip link set eth0 address "3c:22:fb:00:00:0$3"
    in_ns "$1" ip addr add "10.6.0.$3/24" dev eth0
    in_ns "$1" ip -6 addr add "fd00:6::$3/64" dev eth0 nodad
    in_ns "$1" ip route add default via "10.6.0.$4"
    in_ns "$1" ip -6 route add default via "fd00:6::$4"
}
