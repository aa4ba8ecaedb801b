#!/usr/bin/env bash
# Three segments of a school with a group each, over IPv4 and IPv6, and the clients that people really have: dig, kdig, curl,
# getent, and Chromium where the caller names it. Run by segments.rs as network.sh is by network.rs; prints `check WHAT: RESULT`.
#
#   segments.sh LACHAN FOLDER PROJECT [CHROMIUM]     FOLDER holds lachan.toml
set -euo pipefail
lachan=$1 folder=$2 project=$3 chromium=${4:-}
export LACHAN_CONFIG=$folder/lachan.toml LANG=en_US.UTF-8

# shellcheck source=net.sh
source "$(dirname "$0")/net.sh"

# A page that everybody may see, at every address of the Internet's there is here.
readonly PAGE='Xin chao, day la trang hoc.'
readonly BOX=dns.truong.test

# The Internet: its DNS, and a page at all the addresses that this gives.
internet() {
    ip link set lo up
    ip route add local 192.0.2.0/24 dev lo
    ip -6 route add local 2001:db8::/32 dev lo
    mkdir "$folder/www"
    printf '<!doctype html><title>Hoc</title><p>%s\n' "$PAGE" >"$folder/www/index.html"
    (cd "$folder/www" && exec python3 -m http.server 80 --bind :: >/dev/null 2>&1) &
    python3 "$project/scripts/lib/demo_upstream.py" 5300 >"$folder/upstream" &
    until [ -s "$folder/upstream" ]; do sleep 0.02; done
}

# wire INTERFACE NAMESPACE NET: a segment; the box has two addresses of each family on it, and is the way out.
wire() {
    segment "$1" "$2" "3c:22:fb:00:0$3:09" "$3"
    ip addr add "10.$3.0.2/24" dev "$1"
    ip addr add "fd00:$3::2/64" dev "$1" nodad
    in_ns "$2" ip route add default via "10.$3.0.1"
    in_ns "$2" ip -6 route add default via "fd00:$3::1"
}

# The box's certificate, by an authority of the school's own.
certificate() {
    local names=DNS:$BOX net
    for net in 6 7 8; do names+=",IP:10.$net.0.1,IP:fd00:$net::1"; done
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=Truong \
        -keyout "$folder/ca.key" -out "$folder/ca.pem" -addext basicConstraints=critical,CA:TRUE 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$BOX" -keyout "$folder/box.key" \
        -out "$folder/box.csr" 2>/dev/null
    printf 'subjectAltName=%s\n' "$names" >"$folder/names"
    openssl x509 -req -in "$folder/box.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 20 \
        -extfile "$folder/names" -out "$folder/box.pem" 2>/dev/null
    chmod 600 "$folder/box.key"
}

# kdig_tier NAMESPACE SERVER OPTION…: the tier that answers over an encrypted way that is verified.
kdig_tier() {
    in_ns "$1" kdig "@$2" +tls-ca="$folder/ca.pem" +tls-hostname="$BOX" "${@:3}" fb88.com +time=5 +retry=0 | tier_in
}

# page NAMESPACE BOX NAME: what curl gets of a site whose name it asks by DoH: the page's sentence, or curl's exit code.
page() {
    local code=0 text
    text=$(in_ns "$1" curl --silent --max-time 20 --cacert "$folder/ca.pem" --doh-url "https://$2/dns-query" "http://$3/") || code=$?
    if [ "$code" -eq 0 ]; then grep -o "$PAGE" <<<"$text" || echo another page; else echo "curl $code"; fi
}

# by_system NAMESPACE BOX COMMAND…: with the box as the system's resolver.
by_system() {
    printf 'nameserver %s\noptions timeout:5 attempts:1\n' "$2" >"$folder/resolv.$1"
    # shellcheck disable=SC2016
    in_ns "$1" unshare --mount sh -c 'mount --bind "$0" "$(realpath /etc/resolv.conf)" && exec "$@"' "$folder/resolv.$1" "${@:3}"
}

# hosts NAMESPACE BOX NAME: the address by the system's own library; its exit code where there is none.
hosts() {
    local code=0 text
    text=$(by_system "$1" "$2" getent ahostsv4 "$3") || code=$?
    if [ "$code" -eq 0 ]; then head -n 1 <<<"$text" | cut -d. -f1-3; else echo "getent $code"; fi
}

# browse NAMESPACE BOX NAME: what Chromium, whose secure DNS is on "automatic", shows of a site: the sentence, or the error.
browse() {
    local profile=$folder/chromium.$1
    mkdir -p "$profile"
    printf '{"dns_over_https":{"mode":"automatic","templates":""}}' >"$profile/Local State"
    by_system "$1" "$2" env HOME="$profile" timeout --kill-after=5 90 "$chromium" --headless=new --no-sandbox --disable-gpu \
        --disable-dev-shm-usage --no-first-run --disable-background-networking --disable-component-update \
        --user-data-dir="$profile" --dump-dom "http://$3/" 2>&1 |
        sed -nE "s/.*($PAGE).*/\1/p; s/.*Page load failed: net::(ERR_[A-Z_]+).*/\1/p"
}

internet
for name in young middle staff; do namespace "$name"; done
wire lan0 "${young:?}" 6
wire lan1 "${middle:?}" 7
wire lan2 "${staff:?}" 8
certificate
"$lachan" groups add Young --tier tieu-hoc --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null
"$lachan" groups add Middle --tier thcs --interface lan1 >/dev/null
"$lachan" groups add Staff --tier staff --subnet 10.8.0.0/24 fd00:8::/64 >/dev/null
"$lachan" run >"$folder/out" 2>"$folder/err" &
box=$!
[ "$(wait_for tieu-hoc tier_of "$young" 10.6.0.1 10.6.0.9)" = tieu-hoc ] || { echo 'the box does not answer'; exit 1; }

if [ -n "$chromium" ]; then
    check 'Chromium, a learning site' "$(browse "$young" 10.6.0.1 vnedu.vn)"
    check 'Chromium, a closed site' "$(browse "$young" 10.6.0.1 fb88.com)"
    check 'Chromium, closed for the young' "$(browse "$young" 10.6.0.1 www.tiktok.com)"
    check 'Chromium, open for staff' "$(browse "$staff" 10.8.0.1 www.tiktok.com)"
    exit
fi

# tiers WHAT NAMESPACE NET: by every address of the box, also those of other segments; dig passes over an answer that comes
# from another address than it asked.
tiers() {
    local server from all=''
    for server in "10.$3.0.1" "10.$3.0.2" 10.6.0.1 10.7.0.2 10.8.0.1; do all+=" $(tier_of "$2" "$server" "10.$3.0.9")"; done
    check "$1 over IPv4" "$(xargs -n 1 <<<"$all" | sort | uniq -c | xargs)"
    all=''
    for server in "fd00:$3::1" "fd00:$3::2" fd00:6::1 fd00:7::2 fd00:8::1; do all+=" $(tier_of "$2" "$server" "fd00:$3::9")"; done
    check "$1 over IPv6" "$(xargs -n 1 <<<"$all" | sort | uniq -c | xargs)"
    check "$1 over TCP" "$(tier_of "$2" "10.$3.0.2" "10.$3.0.9" +tcp) $(tier_of "$2" "fd00:$3::1" "fd00:$3::9" +tcp)"
}

[ "$(wait_for thcs tier_of "$middle" 10.7.0.1 10.7.0.9)" = thcs ] || echo 'the interface is not known'
tiers young "$young" 6
tiers middle "$middle" 7
tiers staff "$staff" 8

# Over QUIC the net that the device is in tells the interface, whichever address of the box it asks.
check 'middle over QUIC' "$(kdig_tier "$middle" 10.7.0.1 +quic) $(kdig_tier "$middle" fd00:7::1 +quic) $(kdig_tier "$middle" 10.6.0.1 +quic)"
check 'middle by a listener of one address' "$(tier_of "$middle" 10.7.0.1 10.7.0.9 -p 5353) $(tier_of "$young" 10.7.0.1 10.6.0.9 -p 5353)"

# told NAMESPACE FROM: whether a device of no group, with an address of the Internet's, is told why a name is closed.
told() {
    if in_ns "$1" dig @3fff:6::1 -b "$2" TXT why.fb88.com +short +tries=1 +time=5 | grep -q fb88; then echo told; else echo refused; fi
}
in_ns "$young" ip addr add 3fff:6::9/64 dev eth0 nodad
in_ns "$young" ip addr add 3fff:7::9/64 dev eth0 nodad
ip -6 route add 3fff:7::/64 via fd00:6::9 dev lan0
# Added while the box runs, and heard of.
ip addr add 3fff:6::1/64 dev lan0 nodad
check 'why, on the link' "$(wait_for told told "$young" 3fff:6::9)"
check 'why, from beyond a router' "$(told "$young" 3fff:7::9)"

"$lachan" groups set Middle --add --subnet 10.7.0.0/24 fd00:7::/64 >/dev/null
check 'middle by its subnet' "$(wait_for thcs tier_of "$middle" 10.7.0.1 10.7.0.9 +tcp)"

check 'DoT' "$(kdig_tier "$young" 10.6.0.1 +tls) $(kdig_tier "$middle" fd00:7::1 +tls) $(kdig_tier "$staff" 10.8.0.1 +tls)"
check 'DoH' "$(kdig_tier "$young" fd00:6::1 +https) $(kdig_tier "$middle" 10.7.0.1 +https) $(kdig_tier "$staff" fd00:8::1 +https)"
check 'DoH by GET' "$(kdig_tier "$middle" 10.7.0.1 +https +https-get)"
check 'DoQ' "$(kdig_tier "$young" 10.6.0.1 +quic) $(kdig_tier "$middle" 10.7.0.1 +quic) $(kdig_tier "$staff" fd00:8::1 +quic)"
check 'from an address of another segment' "$(kdig_tier "$young" 10.8.0.1 +tls) $(kdig_tier "$staff" 10.6.0.1 +quic)"
token=$("$lachan" groups token Staff --new 2>/dev/null)
check 'a token is known' "$(wait_for staff kdig_tier "$young" 10.6.0.1 "+https=/dns-query/$token")"
check 'nobody else has it' "$(kdig_tier "$young" 10.6.0.1 +https)"

check 'curl, a learning site' "$(page "$young" 10.6.0.1 vnedu.vn)"
check 'curl over IPv6' "$(page "$young" '[fd00:6::1]' vnedu.vn)"
check 'curl, a closed site' "$(page "$young" 10.6.0.1 fb88.com)"
check 'curl, closed for the young' "$(page "$young" 10.6.0.1 www.tiktok.com)"
check 'curl, open for staff' "$(page "$staff" 10.8.0.1 www.tiktok.com)"

check 'getent, a learning site' "$(hosts "$young" 10.6.0.1 vnedu.vn)"
check 'getent over IPv6' "$(hosts "$young" fd00:6::1 vnedu.vn)"
check 'getent, a closed site' "$(hosts "$young" 10.6.0.1 fb88.com)"
check 'getent, closed for the young' "$(hosts "$young" 10.6.0.1 www.tiktok.com)"
check 'getent, open for staff' "$(hosts "$staff" 10.8.0.1 www.tiktok.com)"

# Discovery names the address that was asked, and only one the certificate holds.
offers() { in_ns "$1" dig "@$2" _dns.resolver.arpa TYPE64 +short +tries=1 +time=5 | wc -l; }
check 'discovery' "$(offers "$young" 10.6.0.1) $(offers "$young" fd00:6::1) $(offers "$young" 10.6.0.2)"

kill -TERM "$box"
code=0
wait "$box" || code=$?
check 'the box stopped with' "$code"
