#!/usr/bin/env bash
# A school whose box is the gateway: pupils on one segment, staff on another, and an Internet with a resolver that filters
# nothing. Run by gate.rs as network.sh is by network.rs; prints `check WHAT: RESULT`.
#
#   gate.sh LACHAN FOLDER PROJECT     FOLDER holds lachan.toml
set -euo pipefail
lachan=$1 folder=$2 project=$3
export LACHAN_CONFIG=$folder/lachan.toml LANG=en_US.UTF-8 PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=net.sh
source "$here/net.sh"
# shellcheck source=school.sh
source "$here/school.sh"

for name in net young staff; do namespace "$name"; done
ip link set lo up
far "${net:?}"
wire lan0 "${young:?}" 6
wire lan1 "${staff:?}" 8
routes
python3 -m http.server 2222 --bind :: >/dev/null 2>&1 &
nft add table ip theirs '{ chain c { type filter hook input priority 5; tcp dport 9 drop; }; }'
before=$(nft list table ip theirs)
[ "$(wait_for open reach "$net" "$FAR4" tcp 443)" = open ] || { cat "$folder/far"; exit 1; }

"$lachan" groups add Young --tier tieu-hoc --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null
"$lachan" groups add Staff --tier staff --interface lan1 >/dev/null
start
answers tieu-hoc "$young" 10.6.0.1 "$FAR4"

check 'pupils ask another resolver' "$(asks "$young" "$FAR4") $(asks "$young" "$FAR4" +tcp) $(asks "$young" "$FAR6") $(asks "$young" "$FAR6" +tcp)"
check 'staff ask another resolver' "$(asks "$staff" "$FAR4") $(asks "$staff" "$FAR6" +tcp)"
check 'pupils, the web' "$(reach "$young" "$FAR4" tcp 443) $(reach "$young" "$FAR6" tcp 443)"
check 'pupils, QUIC' "$(reach "$young" "$FAR4" udp 80 443) $(reach "$young" "$FAR6" udp 443)"
check 'pupils, DNS over TLS and QUIC' "$(reach "$young" "$FAR4" tcp 853 8853) $(reach "$young" "$FAR6" udp 853 8853)"
check 'pupils, tunnels' "$(reach "$young" "$FAR4" udp 500 1194 51820 3544) $(reach "$young" "$FAR4" tcp 1194 1723 9001)"
check "pupils, a resolver's address" "$(reach "$young" 8.8.8.8 tcp 443)"
check 'staff, QUIC, DNS over TLS, tunnels' "$(reach "$staff" "$FAR4" udp 443 51820) $(reach "$staff" "$FAR4" tcp 853 1194)"
check "staff, a resolver's address" "$(reach "$staff" 8.8.8.8 tcp 443)"
check 'a management port' "$(reach "$young" 10.6.0.1 tcp 2222) $(reach "$staff" 10.8.0.1 tcp 2222)"
check 'rules' "$("$lachan" firewall diff)"
nft insert rule inet lachan names accept comment '"mine"'
check 'changed by hand' "$("$lachan" firewall diff | tail -n 1 || true)"

"$lachan" firewall off --for 10m >/dev/null
check 'switched off' "$(asks "$young" "$FAR4") $(reach "$young" "$FAR4" udp 443)"
check 'its status' "$("$lachan" status | grep -o 'filters nothing' || true)"
"$lachan" firewall on >/dev/null
check 'switched on' "$(asks "$young" "$FAR4") $(reach "$young" "$FAR4" udp 443)"

# In Middle from one moment to the next.
"$lachan" groups set Young --tier thcs >/dev/null
check 'another tier' "$(wait_for thcs asks "$young" "$FAR4")"

kill -KILL "$box"
wait "$box" 2>/dev/null || true
check 'pupils without the filter' "$(asks "$young" "$FAR4") $(asks "$young" "$FAR6" +tcp) $(reach "$young" "$FAR4" udp 443)"
late() { for _ in 1 2; do asks "$staff" "$FAR4"; done | sort -u | tail -n 1; }
check 'staff without the filter' "$(wait_for "$UNFILTERED" late)"
start
check 'pupils, the filter is back' "$(wait_for thcs asks "$young" "$FAR4")"
check 'staff, the filter is back' "$(wait_for staff asks "$staff" "$FAR4")"
[ "$(nft list table ip theirs)" = "$before" ] && check "another program's table" untouched
kill -TERM "$box"
code=0
wait "$box" || code=$?
check 'the box stopped with' "$code"
