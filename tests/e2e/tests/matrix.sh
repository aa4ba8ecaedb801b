#!/usr/bin/env bash
# Tries every known way round the filter, one row of web/matrix.txt after the other, by clients that are not ours where there
# are some. Run by web.rs; prints a line for each, `TECHNIQUE <tab> WHO <tab> WHAT HAPPENED`, and judges nothing.
#
#   matrix.sh LACHAN FOLDER PROJECT TABLE MODE [WORD]     FOLDER holds lachan.toml; only rows with this word
set -euo pipefail
lachan=$1 folder=$2 project=$3 table=$4 mode=$5 only=${6:-}
export LACHAN_CONFIG=$folder/lachan.toml LANG=en_US.UTF-8 PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=net.sh
source "$here/net.sh"
# shellcheck source=school.sh
source "$here/school.sh"
# shellcheck source=street.sh
source "$here/street.sh"

if [ "$mode" = bridge ] && ! (nft add table bridge tried && nft delete table bridge tried) 2>/dev/null; then
    echo skipped: this kernel has no rules for bridges
    exit
fi
street "$mode"
# Addresses of names, for rows to use: the true one of a name is far from that of another.
# shellcheck disable=SC2034
open4=$(where $OPEN) open6=$(where $OPEN v6) closed4=$(where $CLOSED) closed6=$(where $CLOSED v6)
# shellcheck disable=SC2034
pupils4=$(where $PUPILS_CLOSED)
readonly LAPTOP=3c:22:fb:00:08:77

# ---- What rows are written with; each runs at the device `dev`. ----

tricks() { in_ns "$dev" timeout 60 python3 "$here/tricks.py" "$@"; }

# resolver SERVER OPTION…: who answers a question to it.
resolver() {
    local told
    told=$(asks "$dev" "$@")
    case $told in
        "$UNFILTERED") echo another resolver ;;
        '') echo no answer ;;
        *) echo the box ;;
    esac
}

# rcode NAME TYPE OPTION…: how the box answers, with the count of answers.
rcode() {
    in_ns "$dev" dig @10.6.0.1 "$@" +tries=1 +time=3 |
        sed -nE 's/.*status: ([A-Z]+).*/\1/p; s/.*ANSWER: ([0-9]+),.*/\1/p' | paste -sd' '
}

# web URL OPTION…: what curl gets: `open`, the status of another answer, or curl's error.
web() {
    local code=0 text
    text=$(in_ns "$dev" curl --silent --insecure --max-time 8 --write-out '\n%{http_code}' "${@:2}" "$1") || code=$?
    if [ "$code" -ne 0 ]; then
        case $code in
            7) echo refused ;;
            28) echo silent ;;
            35) echo TLS alert ;;
            *) echo "curl $code" ;;
        esac
    elif [[ $text == *"$PAGE"* ]]; then
        echo open
    else tail -n 1 <<<"$text"; fi
}

# from URL OPTION…: where curl's page came from.
from() { in_ns "$dev" curl --silent --max-time 8 "${@:2}" "$1" | sed -nE 's/.* (address) ([^ ]+) .*/at \2 host/p'; }

# at NAME ADDRESS: that curl takes a name to be there, as a hosts file says.
at() { echo "--resolve $1:443:$2 --resolve $1:80:$2 --resolve $1:8443:$2"; }

# handshake ADDRESS OPTION…: what openssl hears.
handshake() {
    in_ns "$dev" timeout 10 openssl s_client -connect "$1:443" "${@:2}" </dev/null 2>&1 |
        sed -nE 's/.*SSL alert number ([0-9]+).*/alert \1/p; s/^New, (TLSv[0-9.]+), .*/hello/p' | head -n 1
}

# shell ADDRESS PORT OPTION…: whether an SSH client reaches a server.
shell() {
    local told
    told=$(in_ns "$dev" timeout 8 ssh -v -p "$2" -o BatchMode=yes -o ConnectTimeout=5 -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null "${@:3}" "nobody@$1" true 2>&1 || true)
    case $told in
        *'Remote protocol version 2.0'*) echo open ;;
        *refused*) echo refused ;;
        *) echo closed ;;
    esac
}

# within MOST COMMAND…: whether a number is at most that.
within() {
    local got
    got=$("${@:2}")
    if [ "$got" -le "$1" ]; then echo "at most $1"; else echo "$got"; fi
}

# landed ADDRESS COMMAND…: whether a page came from there.
landed() {
    local got
    got=$("${@:2}")
    if [[ $got == "at $1 "* ]]; then echo at the named site; else echo "$got"; fi
}

# saw WORD: whether the site was asked anything with this word; each word is a row's own.
saw() { if grep -q -- "$1" "$folder/seen"; then echo seen; else echo unseen; fi; }

# as_address ADDRESS COMMAND…: with this address, and no other of its family, on the pupils' segment.
as_address() {
    in_ns "$dev" ip addr add "$1" dev eth0
    in_ns "$dev" ip addr del 10.6.0.9/24 dev eth0
    in_ns "$dev" ip route replace default via "$way4" dev eth0 onlink
    "${@:2}" || true
    in_ns "$dev" ip addr add 10.6.0.9/24 dev eth0
    in_ns "$dev" ip addr del "$1" dev eth0
    in_ns "$dev" ip route replace default via "$way4" dev eth0
}

# as_mac MAC TIER COMMAND…: with this hardware address, by which the box gives it this tier.
as_mac() {
    mac "$1" "$2"
    "${@:3}" || true
    mac "$young_mac" thcs
}

# mac MAC TIER: takes it, and waits until the box has heard of it.
mac() {
    in_ns "$dev" ip link set eth0 address "$1"
    in_ns "$dev" ip neigh flush dev eth0
    ip neigh flush dev "$card"
    in_ns "$dev" ip route replace default via "$way4"
    in_ns "$dev" ip -6 route replace default via "$way6"
    wait_for "$2" asks "$dev" 10.6.0.1 >/dev/null
}

# only_v6 COMMAND…: a device without IPv4.
only_v6() {
    in_ns "$dev" ip addr del 10.6.0.9/24 dev eth0
    "$@" || true
    in_ns "$dev" ip addr add 10.6.0.9/24 dev eth0
    in_ns "$dev" ip route replace default via "$way4"
}

# link_local: the box's address on the pupils' link.
link_local() { ip -6 addr show dev "$card" scope link | sed -nE 's/.*inet6 ([^/]+).*/\1%eth0/p'; }

# carrier PROTOCOL: whether a packet of another protocol than TCP and UDP gets out.
carrier() {
    in_ns "$dev" python3 - "$open4" "$1" <<'PYTHON'
import socket, sys
there = socket.socket(socket.AF_INET, socket.SOCK_RAW, int(sys.argv[2]))
there.settimeout(2)
there.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
there.connect((sys.argv[1], 0))
there.send(b"x" * 40)
try:
    there.recv(64)
    print("open")
except TimeoutError:
    print("silent")
except OSError:
    print("refused")
PYTHON
}

# ---- How the box stands. ----

# is_for MODE: whether the rows of this mode are tried at this school. Where everybody is in one network, those of the
# gateway are tried again.
is_for() {
    case $mode/$1 in
        gateway/gateway* | gateway/proxy | one-arm/gateway | bridge/gateway | resolver/resolver) ;;
        *) return 1 ;;
    esac
}

# stand MODE: as the table names it.
stand() {
    case $1 in
        gateway | resolver) ;;
        'gateway, few ports')
            settings 's/^direct-addresses-refused-for.*/direct-addresses-refused-for = ["thcs"]/'
            wait_for refused tricks udp "$open4" 2200 x >/dev/null
            ;;
        proxy)
            settings 's/^direct-addresses-refused-for.*/direct-addresses-refused-for = []/; s/^mode = .*/mode = "proxy"/
                s/^transparent = .*/transparent = "off"/'
            wait_for refused web "https://$OPEN/" --resolve "$OPEN:443:$open4" >/dev/null
            wait_for open web "https://$OPEN/" --proxy 10.6.0.1:3128 >/dev/null
            ;;
        *) echo "no mode $1" >&2; return 1 ;;
    esac
}

# A staff laptop and the office's addresses, both on the pupils' wire.
"$lachan" groups add Laptops --tier staff --mac $LAPTOP >/dev/null
"$lachan" groups add Office --tier staff --subnet 10.6.0.240/28 >/dev/null
# Somebody inside who helps.
in_ns "$staff" python3 -m http.server 8888 --directory "$here/web" >/dev/null 2>&1 &
dev=$staff
wait_for 200 tricks first "$staff4" 8888 'GET / HTTP/1.0\r\n\r\n' >/dev/null
while IFS= read -r line; do
    case $line in
        '' | '#'*) continue ;;
        'mode '*)
            dev=$young is_tried=
            if is_for "${line#mode }"; then stand "${line#mode }"; is_tried=1; fi
            continue
            ;;
    esac
    # shellcheck disable=SC2034
    IFS=$'\t' read -r technique who how must why <<<"${line// | /$'\t'}"
    [[ -n $is_tried && $technique == *"$only"* ]] || continue
    if [ "$who" = staff ]; then dev=$staff; else dev=$young; fi
    began=$SECONDS
    printf '%s\t%s\t%s\n' "$technique" "$who" "$(eval "$how" 2>>"$folder/err" | paste -sd, | sed 's/,/, /g' || true)"
    [ $((SECONDS - began)) -lt 3 ] || echo "$technique took $((SECONDS - began)) s" >&2
done <"$table"
stop >/dev/null
