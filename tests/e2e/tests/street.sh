# shellcheck shell=bash
# Schools whose web goes through the real proxy, and an Internet that takes whatever comes (internet.py), for web.sh and
# matrix.sh. Sourced by them after net.sh and school.sh; wants `lachan`, `folder`, `project` and `here`.
#
#   gateway     young 10.6.0.9 fd00:6::9 ── lan0 ┐
#                                                ├ box ── wan0 ── net: 192.0.2.0/24, 2001:db8::/32 and more, all one machine
#               staff 10.8.0.9 fd00:8::9 ── lan1 ┘
#
#   one arm     young 10.6.0.9, staff 10.6.0.8, box 10.6.0.1 and the router net 10.6.0.254 at one switch; the box is the way out
#   resolver    the same, and the router is the way out
#   bridge      young and staff at a switch ── lan0 box wan0 ── a switch with the router, who is the way out

: "${lachan:?}" "${folder:?}" "${project:?}" "${here:?}"

readonly PAGE='Xin chao, day la trang hoc.'
# Open to all; closed to pupils, open to staff; closed to all.
readonly OPEN=vnedu.vn PUPILS_CLOSED=www.tiktok.com CLOSED=fb88.com
readonly FAR=203.0.113.53 FAR_V6=3fff:f::53

# where NAME [v6]: the address that the Internet's DNS has for a name.
where() {
    python3 - "$project/scripts/lib" "$1" "${2:-}" <<'PYTHON'
import ipaddress, sys
sys.path.insert(0, sys.argv[1])
import demo_upstream as dns
name = b"".join(bytes([len(label)]) + label for label in sys.argv[2].encode().split(b".")) + b"\0"
print(ipaddress.ip_address(dns.address(name, dns.TYPE_AAAA if sys.argv[3] else dns.TYPE_A)))
PYTHON
}

# The site's certificate, by an authority that the devices trust. The box has none of it.
site_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=Root \
        -keyout "$folder/root.key" -out "$folder/root.pem" -addext basicConstraints=critical,CA:TRUE 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=site -keyout "$folder/site.key" \
        -out "$folder/site.csr" 2>/dev/null
    printf 'subjectAltName=DNS:%s,DNS:%s,DNS:%s\n' "$OPEN" "$PUPILS_CLOSED" "$CLOSED" >"$folder/site.names"
    openssl x509 -req -in "$folder/site.csr" -CA "$folder/root.pem" -CAkey "$folder/root.key" -CAcreateserial -days 20 \
        -extfile "$folder/site.names" -out "$folder/site.pem" 2>/dev/null
}

# Nets that end at the Internet: the sites, a resolver's address (rules/bypass/addresses.txt), one that serves DNS beside
# sites, a private server; a site's over IPv6, and one of 6to4.
readonly NETS4='192.0.2.0/24 8.8.8.8/32 104.16.248.249/32 10.99.0.1/32' NETS6='2001:db8::/32 2002:cb00:7135::1/128'

# internet NAMESPACE: has these nets, and serves them.
internet() {
    local net
    in_ns "$1" ip link set lo up
    for net in $NETS4; do in_ns "$1" ip route add local "$net" dev lo; done
    for net in $NETS6; do in_ns "$1" ip -6 route add local "$net" dev lo; done
    in_ns "$1" python3 "$here/internet.py" "$folder" >"$folder/far" 2>&1 &
    until grep -qx ready "$folder/far" 2>/dev/null; do sleep 0.05; done
}

# beyond_wan0 NAMESPACE: the Internet at the box's own card.
beyond_wan0() {
    local net
    ip link add wan0 type veth peer name eth0 netns "$1"
    ip addr add 203.0.113.1/24 dev wan0
    ip -6 addr add 3fff:f::1/64 dev wan0 nodad
    ip link set wan0 up
    in_ns "$1" ip link set eth0 up
    in_ns "$1" ip addr add "$FAR/24" dev eth0
    in_ns "$1" ip -6 addr add "$FAR_V6/64" dev eth0 nodad
    for net in $NETS4; do ip route add "$net" via "$FAR"; done
    for net in $NETS6; do ip -6 route add "$net" via "$FAR_V6"; done
    internet "$1"
}

# beyond_router NAMESPACE SWITCH: the Internet behind the school's router, at a switch.
beyond_router() {
    cable "$1" "$2"
    in_ns "$1" ip addr add 10.6.0.254/24 dev eth0
    in_ns "$1" ip -6 addr add fd00:6::254/64 dev eth0 nodad
    in_ns "$1" ip addr add "$FAR/32" dev lo
    in_ns "$1" ip -6 addr add "$FAR_V6/128" dev lo nodad
    ip route add default via 10.6.0.254
    ip -6 route add default via fd00:6::254
    internet "$1"
}

# at_switches INSIDE OUTSIDE CARD WAY: everybody in one network; the box's card, and the last number of who leads out.
at_switches() {
    ip addr add 10.6.0.1/24 dev "$3"
    ip -6 addr add fd00:6::1/64 dev "$3" nodad
    beyond_router "${net:?}" "$2"
    device "${young:?}" "$1" 9 "$4"
    device "${staff:?}" "$1" 8 "$4"
    # As most kernels are set: it would tell devices of the router.
    local file
    for file in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 1 >"$file"; done
}

# street [MODE]: the whole of it, with a box that answers and filters; says by variables how things are called there.
# shellcheck disable=SC2034
street() {
    local name mode=${1:-gateway}
    for name in net young staff inner outer; do namespace "$name"; done
    ip link set lo up
    site_certificate
    card=lan0 way4=10.6.0.1 way6=fd00:6::1 young_mac=3c:22:fb:00:00:09 staff4=10.6.0.8
    case $mode in
        gateway)
            young_mac=3c:22:fb:00:06:09 staff4=10.8.0.9
            beyond_wan0 "${net:?}"
            wire lan0 "${young:?}" 6
            wire lan1 "${staff:?}" 8
            ;;
        one-arm)
            the_switch "${inner:?}"
            plug "$inner" lan0
            at_switches "$inner" "$inner" lan0 1
            ;;
        resolver)
            way4=10.6.0.254 way6=fd00:6::254
            the_switch "${inner:?}"
            plug "$inner" lan0
            at_switches "$inner" "$inner" lan0 254
            ;;
        bridge)
            card=br0 way4=10.6.0.254 way6=fd00:6::254
            the_switch "${inner:?}"
            the_switch "${outer:?}"
            plug "$inner" lan0
            plug "$outer" wan0
            ip link add br0 type bridge
            ip link set lan0 master br0
            ip link set wan0 master br0
            ip link set br0 up
            at_switches "$inner" "$outer" br0 254
            for name in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$name" ] || echo 0 >"$name"; done
            ;;
        *) echo "no mode $mode" >&2; return 1 ;;
    esac
    # The block page's own.
    ip addr add 10.6.0.2/24 dev "$card"
    ip -6 addr add fd00:6::2/64 dev "$card" nodad
    routes
    "$lachan" groups add Young --tier thcs --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null
    if [ "$mode" = gateway ]; then
        "$lachan" groups add Staff --tier staff --interface lan1 >/dev/null
    else
        "$lachan" groups add Staff --tier staff --mac 3c:22:fb:00:00:08 >/dev/null
    fi
    start
    if [ "$mode" = resolver ]; then answers thcs "$young" 10.6.0.1; else answers thcs "$young" 10.6.0.1 "$FAR"; fi
    # A device known by its MAC address is one of its subnet until the kernel has heard of it.
    answers staff "$staff" 10.6.0.1
}

# browse NAMESPACE URL OPTION…: what Chromium shows of a page: the sentence, or the error.
browse() {
    local profile=$folder/chromium.$1
    mkdir -p "$profile"
    printf 'nameserver 10.6.0.1\noptions timeout:5 attempts:1\n' >"$folder/resolv"
    # shellcheck disable=SC2016
    in_ns "$1" unshare --mount sh -c 'mount --bind "$0" "$(realpath /etc/resolv.conf)" && exec "$@"' "$folder/resolv" \
        env HOME="$profile" timeout --kill-after=5 90 "${chromium:?}" --headless=new --no-sandbox --disable-gpu \
        --disable-dev-shm-usage --no-first-run --disable-background-networking --disable-component-update \
        --ignore-certificate-errors --user-data-dir="$profile" --dump-dom "${@:3}" "$2" 2>&1 |
        sed -nE "s/.*($PAGE).*/\1/p; s/.*Page load failed: net::(ERR_[A-Z_0-9]+).*/\1/p; s/.*<html lang=\"(vi)\".*/block page \1/p" |
        head -n 1
}
