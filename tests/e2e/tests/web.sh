#!/usr/bin/env bash
# A gateway with the real proxy behind it: open sites pass, closed ones get the alert or the page, over both families; and
# what happens when the box dies under load. Run by web.rs; prints `check WHAT: RESULT`.
#
#   web.sh LACHAN FOLDER PROJECT [CHROMIUM]     FOLDER holds lachan.toml
set -euo pipefail
lachan=$1 folder=$2 project=$3 chromium=${4:-}
export LACHAN_CONFIG=$folder/lachan.toml LANG=en_US.UTF-8 PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=net.sh
source "$here/net.sh"
# shellcheck source=school.sh
source "$here/school.sh"
# shellcheck source=street.sh
source "$here/street.sh"

street
open4=$(where $OPEN) open6=$(where $OPEN v6) closed4=$(where $CLOSED) closed6=$(where $CLOSED v6)
pupils4=$(where $PUPILS_CLOSED)

if [ -n "$chromium" ]; then
    check 'Chromium, an open site' "$(browse "$young" "https://$OPEN/")"
    check 'Chromium, a closed site' "$(browse "$young" "http://$CLOSED/")"
    check 'Chromium, a closed site over TLS' "$(browse "$young" "https://$CLOSED/")"
    check 'Chromium with an address of its own' "$(browse "$young" "https://$CLOSED/" --host-resolver-rules="MAP $CLOSED $closed4")"
    check 'Chromium by the proxy, an open site' "$(browse "$young" "https://$OPEN/" --proxy-server=10.6.0.1:3128)"
    check 'Chromium by the proxy, a closed site' "$(browse "$young" "https://$CLOSED/" --proxy-server=10.6.0.1:3128)"
    check 'Chromium by the proxy, a closed page' "$(browse "$young" "http://$CLOSED/" --proxy-server=10.6.0.1:3128)"
    check 'Chromium, staff' "$(browse "$staff" "https://$PUPILS_CLOSED/")"
    stop
    exit
fi

# get NAMESPACE URL OPTION…: the address and name that a page was fetched by, what a block page is, or curl's error.
get() {
    local code=0 text
    text=$(in_ns "$1" curl --silent --max-time 10 --cacert "$folder/root.pem" --header 'Accept: text/html' \
        --write-out '\n%{http_code}' "${@:3}" "$2") || code=$?
    if [ "$code" -ne 0 ]; then echo "curl $code"; return; fi
    case $text in
        *"$PAGE"*) sed -nE 's/.*address ([^ ]+) host ([^ ]+).*/\2 at \1/p' <<<"$text" ;;
        *'<html lang="vi"'*'111'*) echo "page $(tail -n 1 <<<"$text") vi$(code_of "$text")" ;;
        *) tail -n 1 <<<"$text" ;;
    esac
}

# code_of PAGE: whether the box knows the attempt by the page's request code.
code_of() {
    local code
    code=$(sed -nE 's/.*class="code"[^\n]*<b>([0-9A-Z]+)<.*/\1/p' <<<"$1" | head -n 1)
    [ -n "$code" ] || return 0
    wait_for " $CLOSED" known "$code"
}
known() { "$lachan" why --code "$1" 2>/dev/null | grep -o " $CLOSED" | head -n 1; }

# to NAME ADDRESS: that curl takes a name to be there.
to() { echo "--resolve $1:443:$2 --resolve $1:80:$2"; }

# alert NAMESPACE ADDRESS NAME OPTION…: what openssl hears.
alert() {
    in_ns "$1" timeout 10 openssl s_client -connect "$2:443" -servername "$3" "${@:4}" </dev/null 2>&1 |
        sed -nE 's/.*SSL alert number ([0-9]+).*/alert \1/p; s/^New, (TLSv[0-9.]+), .*/\1/p' | head -n 1
}

# same EXPECTED GOT: yes, or what else.
same() { if [ "$1" = "$2" ]; then echo yes; else echo "$2"; fi; }

# shellcheck disable=SC2046
{
    check 'TLS, an open site' "$(same "$OPEN at $open4" "$(get "$young" https://$OPEN/ $(to $OPEN "$open4"))")"
    check 'TLS, an open site over IPv6' "$(same "$OPEN at $open6" "$(get "$young" https://$OPEN/ $(to $OPEN "[$open6]"))")"
    check 'TLS versions' "$(alert "$young" "$open4" $OPEN -tls1_2) $(alert "$young" "$open4" $OPEN -tls1_3)"
    check 'HTTP, an open site' "$(same "$OPEN at $open4" "$(get "$young" http://$OPEN/ $(to $OPEN "$open4"))")"
    check 'HTTP, an open site over IPv6' "$(same "$OPEN at $open6" "$(get "$young" http://$OPEN/ $(to $OPEN "[$open6]"))")"
    check 'TLS, a closed site' "$(alert "$young" "$closed4" $CLOSED -tls1_2) $(alert "$young" "$closed4" $CLOSED -tls1_3)"
    check 'TLS, a closed site over IPv6' "$(alert "$young" "[$closed6]" $CLOSED)"
    check 'HTTP, a closed site' "$(get "$young" http://$CLOSED/ $(to $CLOSED "$closed4"))"
    check 'HTTP, a closed site over IPv6' "$(get "$young" http://$CLOSED/ $(to $CLOSED "[$closed6]"))"
    check 'TLS, closed to pupils' "$(alert "$young" "$pupils4" $PUPILS_CLOSED) $(alert "$staff" "$pupils4" $PUPILS_CLOSED)"
    check "the block page's address" "$(get "$young" http://$CLOSED/ $(to $CLOSED 10.6.0.2)) $(alert "$young" 10.6.0.2 $CLOSED) $(alert "$young" '[fd00:6::2]' $CLOSED)"
    check 'a false name lands at the true site' "$(same "$OPEN at $open4" "$(get "$young" https://$OPEN/ $(to $OPEN "$closed4"))")"
    check 'a false host lands at the true site' "$(same "$OPEN at $open4" "$(get "$young" http://$OPEN/ $(to $OPEN "$closed4"))")"
    check 'by the proxy, an open site' "$(get "$young" https://$OPEN/ --proxy 10.6.0.1:3128 | cut -d' ' -f1) $(get "$young" http://$OPEN/ --proxy '[fd00:6::1]:3128' | cut -d' ' -f1)"
    check 'by the proxy, a closed site' "$(get "$young" https://$CLOSED/ --proxy 10.6.0.1:3128) $(get "$young" http://$CLOSED/ --proxy 10.6.0.1:3128)"
    check 'the proxy configuration' "$(in_ns "$young" curl --silent http://10.6.0.1:3128/proxy.pac | grep -o 'PROXY [0-9.]*:[0-9]*' | head -n 1)"
}

# What was blocked is told by channel, with the name; what passed is not told.
logged() { "$lachan" events --json | python3 -c '
import json, sys
all = json.load(sys.stdin)
all = all.get("events", all) if isinstance(all, dict) else all
print(*sorted({(one["channel"] + " " + one["name"]) for one in all if one["channel"] != "dns"}), sep=", ")'; }
check 'events' "$(wait_for "http $CLOSED, tls $CLOSED, tls tiktok.com" logged)"
check 'status' "$("$lachan" status | grep -o 'Proxy filters the web' || true)"

# Whoever changes the proxy's settings has it listen again at once.
settings 's/^transparent = .*/&\nnever-diverted = ["198.51.100.0\/24"]/'
# shellcheck disable=SC2046
pupils_http() { get "$young" http://$OPEN/ $(to $OPEN "$open4"); }
check 'other settings' "$(same "$OPEN at $open4" "$(wait_for "$OPEN at $open4" pupils_http)") $(grep -c 'cannot listen' "$folder/err" || true)"

# While something is always on its way, the box is killed.
pour() {
    while :; do
        in_ns "$1" curl --silent --max-time 5 --output /dev/null --insecure --resolve "$OPEN:443:$open4" "https://$OPEN/" || true
    done
}
pour "$young" & pourer=$!
pour "$staff" & other=$!
in_ns "$young" curl --silent --max-time 20 --output "$folder/slow" --insecure --resolve "$OPEN:443:$open4" "https://$OPEN/slow" & download=$!
sleep 1
kill -KILL "$box"
wait "$box" 2>/dev/null || true
cut=0
wait "$download" || cut=$?
check 'a download when the box is killed' "curl $cut"
# shellcheck disable=SC2046
check 'pupils without the box' "$(get "$young" https://$OPEN/ $(to $OPEN "$open4")) $(get "$young" http://$OPEN/ $(to $OPEN "$open4")) $(get "$young" https://$OPEN/ $(to $OPEN "[$open6]"))"
# shellcheck disable=SC2046
staff_web() { get "$staff" https://$OPEN/ $(to $OPEN "$open4"); }
check 'staff without the box' "$(same "$OPEN at $open4" "$(wait_for "$OPEN at $open4" staff_web)")"
late() { for _ in 1 2; do asks "$staff" "$FAR"; done | sort -u | tail -n 1; }
check "staff's DNS without the box" "$(wait_for "$UNFILTERED" late)"
began=$(date +%s%N)
start
# shellcheck disable=SC2046
pupils_web() { get "$young" https://$OPEN/ $(to $OPEN "$open4"); }
check 'pupils, the box is back' "$(same "$OPEN at $open4" "$(wait_for "$OPEN at $open4" pupils_web)")"
echo "back after $((($(date +%s%N) - began) / 1000000)) ms" >&2
check 'closed again' "$(alert "$young" "$closed4" $CLOSED)"
kill "$pourer" "$other"
stop
