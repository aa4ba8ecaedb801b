# shellcheck shell=bash
# Nets in namespaces, for the scripts beside this one. Sourced by them inside
# `unshare --user --map-root-user --net --pid --fork --mount-proc`.

# A namespace with a sleeper in it, by whose number it is called. It sleeps longer than the slowest machine needs; it ends
# with the script's own namespace.
namespace() {
    unshare --net sleep 3600 &
    local id=$!
    while [ "$(readlink "/proc/$id/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
    eval "$1=$id"
}

# segment INTERFACE NAMESPACE MAC NET: a wire from the box to a device.
segment() {
    ip link add "$1" type veth peer name eth0 netns "$2"
    ip addr add "10.$4.0.1/24" dev "$1"
    ip addr add "fd00:$4::1/64" dev "$1" nodad
    ip link set "$1" up
    in_ns "$2" ip link set lo up
    in_ns "$2" ip link set eth0 address "$3"
    in_ns "$2" ip link set eth0 up
    in_ns "$2" ip addr add "10.$4.0.9/24" dev eth0
    in_ns "$2" ip addr add "fd00:$4::9/64" dev eth0 nodad
}

# in_ns NAMESPACE COMMAND…: in a locale that every system has.
in_ns() { LANG=C.UTF-8 nsenter --net --target "$1" "${@:2}"; }

# The tier in a blocked answer as dig and kdig show it, out of the reason.
tier_in() { sed -n 's/.*EDE: [0-9]* .*(\([a-z-]*\)).*/\1/p'; }

# tier_of NAMESPACE SERVER FROM OPTION…: the tier that answers a device, for a name that every tier closes.
tier_of() { in_ns "$1" dig "@$2" -b "$3" fb88.com +tries=1 +time=5 "${@:4}" | tier_in; }

# wait_for EXPECTED COMMAND…: until the command prints that; what it printed last.
wait_for() {
    local expected=$1 got=''
    for _ in $(seq 200); do
        got=$("${@:2}" || true)
        [ "$got" = "$expected" ] && break
        sleep 0.05
    done
    printf '%s' "$got"
}

check() { printf 'check %s: %s\n' "$1" "$2"; }
