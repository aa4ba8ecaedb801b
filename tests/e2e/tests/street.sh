# shellcheck shell=bash
# A school whose web goes through the real proxy, and an Internet that takes whatever comes (internet.py), for web.sh and
# matrix.sh. Sourced by them after net.sh and school.sh; wants `lachan`, `folder`, `project` and `here`.
#
#   young 10.6.0.9 fd00:6::9 ── lan0 ┐
#                                    ├ box ── wan0 ── net: 192.0.2.0/24, 2001:db8::/32 and more, all one machine
#   staff 10.8.0.9 fd00:8::9 ── lan1 ┘

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

# internet NAMESPACE
internet() {
    ip link add wan0 type veth peer name eth0 netns "$1"
    ip addr add 203.0.113.1/24 dev wan0
    ip -6 addr add 3fff:f::1/64 dev wan0 nodad
    ip link set wan0 up
    in_ns "$1" ip link set lo up
    in_ns "$1" ip link set eth0 up
    in_ns "$1" ip addr add "$FAR/24" dev eth0
    in_ns "$1" ip -6 addr add "$FAR_V6/64" dev eth0 nodad
    local net
    # The sites, a resolver's address (rules/bypass/addresses.txt), one that serves DNS beside sites, a private server.
    for net in 192.0.2.0/24 8.8.8.8/32 104.16.248.249/32 10.99.0.1/32; do
        in_ns "$1" ip route add local "$net" dev lo
        ip route add "$net" via "$FAR"
    done
    for net in 2001:db8::/32 2002:cb00:7135::1/128; do
        in_ns "$1" ip -6 route add local "$net" dev lo
        ip -6 route add "$net" via "$FAR_V6"
    done
    in_ns "$1" python3 "$here/internet.py" "$folder" >"$folder/far" 2>&1 &
    until grep -qx ready "$folder/far" 2>/dev/null; do sleep 0.05; done
}

# street: the whole of it, with a box that answers and filters.
street() {
    local name
    for name in net young staff; do namespace "$name"; done
    ip link set lo up
    site_certificate
    internet "${net:?}"
    wire lan0 "${young:?}" 6
    wire lan1 "${staff:?}" 8
    # The block page's own.
    ip addr add 10.6.0.2/24 dev lan0
    ip -6 addr add fd00:6::2/64 dev lan0 nodad
    routes
    "$lachan" groups add Young --tier thcs --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null
    "$lachan" groups add Staff --tier staff --interface lan1 >/dev/null
    start
    answers thcs "$young" 10.6.0.1 "$FAR"
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
