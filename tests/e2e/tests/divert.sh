#!/usr/bin/env bash
# A gateway whose pupils' and staff's web goes through the proxy, for which a stand-in listens. Run by gate.rs; prints
# `check WHAT: RESULT`.
#
#   divert.sh LACHAN FOLDER PROJECT     FOLDER holds lachan.toml
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
# What a VLAN's interface is called; this kernel has none, and to rules it is an interface like others.
wire lan1.20 "${staff:?}" 8
routes
# A VPN's addresses, as a list of the department's may name them.
readonly VPN=198.18.0.1
in_ns "$net" ip addr add "$VPN/32" dev lo
ip route add "$VPN/32" via "$FAR4"
cp -r "$project/rules" "$folder/rules"
echo '198.18.0.0/15  # a VPN' >>"$folder/rules/bypass/vpn.txt"
sed -i "s#^rules = .*#rules = \"$folder/rules\"#" "$LACHAN_CONFIG"
python3 -m http.server 2222 --bind :: >/dev/null 2>&1 &
the_proxy
[ "$(wait_for open reach "$net" "$FAR4" tcp 443)" = open ] || { cat "$folder/far"; exit 1; }

"$lachan" groups add Young --tier thcs --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null
"$lachan" groups add Staff --tier staff --interface lan1.20 >/dev/null
start
answers thcs "$young" 10.6.0.1 "$FAR4"

check 'pupils, the web' "$(says "$young" "$FAR4" 80 443), $(says "$young" "$FAR6" 80 443)"
check 'staff, the web' "$(says "$staff" "$FAR4" 80 443), $(says "$staff" "$FAR6" 443)"
check 'pupils, another port' "$(says "$young" "$FAR4" 2200)"
check "pupils, a server of the school's own" "$(says "$young" "$OWN" 80 443)"
check "pupils, the proxy's own ports" "$(reach "$young" 10.6.0.1 tcp 8081 8443) $(reach "$young" fd00:6::1 tcp 8443)"
check 'pupils, the box itself' "$(reach "$young" 10.6.0.1 tcp 53)"
check 'pupils, a shared address' "$(says "$young" "$SHARED" 443) $(held 'shared resolvers')"
check 'pupils, 6to4' "$(reach "$young" "$SIX_TO_FOUR" tcp 2200) $(reach "$young" "$SIX_TO_FOUR" udp 2200)"
check 'staff, 6to4' "$(reach "$staff" "$SIX_TO_FOUR" tcp 2200)"
check "a VPN's addresses" "$(reach "$young" "$VPN" tcp 2200) $(reach "$young" "$VPN" udp 2200) $(reach "$staff" "$VPN" tcp 2200)"
check 'the routes' "$(ip rule | grep -c 0x4c43 || true) $(ip -6 rule | grep -c 0x4c43 || true)"

kill -KILL "$proxy"
wait "$proxy" 2>/dev/null || true
check 'pupils without the proxy' "$(says "$young" "$FAR4" 80 443), $(says "$young" "$FAR6" 443)"
check 'staff without the proxy' "$(says "$staff" "$FAR4" 80 443), $(says "$staff" "$FAR6" 443)"
the_proxy
check 'the proxy is back' "$(wait_for 'proxy 443' says "$young" "$FAR4" 443), $(wait_for 'proxy 443' says "$staff" "$FAR4" 443)"

settings 's/^direct-addresses-refused-for.*/direct-addresses-refused-for = ["thcs"]/'
check 'few ports, any other' "$(wait_for refused reach "$young" "$FAR4" tcp 2200) $(reach "$young" "$FAR4" udp 2200) $(reach "$young" "$FAR4" tcp 22)"
check 'few ports, those named' "$(reach "$young" "$FAR4" udp 123) $(reach "$young" "$FAR4" tcp 5228) $(says "$young" "$FAR4" 443)"
check 'few ports, staff' "$(reach "$staff" "$FAR4" tcp 2200)"
settings 's/^direct-addresses-refused-for.*/direct-addresses-refused-for = []/'
check 'all ports again' "$(wait_for open reach "$young" "$FAR4" tcp 2200)"

settings 's/^connections-per-device.*/connections-per-device = 20/'
check 'too many open' "$(wait_for '20 5' in_ns "$young" python3 "$here/far.py" many "$FAR4" 2300 25)"
# Who has closed them may open others.
check 'others after them' "$(wait_for '20 0' in_ns "$young" python3 "$here/far.py" many "$FAR4" 2300 20)"
settings 's/^connections-per-device.*/connections-per-device = 0/; s/^connections-per-second.*/connections-per-second = 1/'
begun() { in_ns "$young" python3 "$here/far.py" many "$FAR4" 2300 40 | awk '{ print ($1 >= 10 && $2 > 0 ? "some" : "all") }'; }
check 'too many begun' "$(wait_for some begun) $(held 'too many begun through the box')"

settings 's/^connections-per-second.*/connections-per-second = 0/; s/^transparent = .*/transparent = "off"/'
check 'without a proxy' "$(wait_for 'here 203.0.113.1' says "$young" "$FAR4" 443) $(ip rule | grep -c 0x4c43 || true)"
settings 's/^transparent = .*/transparent = "on"/'
check 'with one again' "$(wait_for 'proxy 443' says "$young" "$FAR4" 443) $(ip rule | grep -c 0x4c43 || true)"

kill -KILL "$box"
wait "$box" 2>/dev/null || true
late() { for _ in 1 2; do asks "$staff" 10.8.0.1; done | sort -u | tail -n 1; }
check 'staff ask the box without the filter' "$(wait_for "$UNFILTERED" late) $(asks "$staff" 10.8.0.1 +tcp)"
check 'pupils ask the box without the filter' "$(asks "$young" 10.6.0.1)"
check 'pupils, the web without the filter' "$(says "$young" "$FAR4" 443)"
start
answers thcs "$young" 10.6.0.1 "$FAR4"
check 'staff ask the box again' "$(wait_for staff asks "$staff" 10.8.0.1)"
settings 's/^mode = .*/mode = "off"/'
gone() { nft list tables | grep -c lachan || true; }
check 'the wall is gone' "$(wait_for 0 gone) $(ip rule | grep -c 0x4c43 || true)"
stop
