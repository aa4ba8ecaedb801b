#!/usr/bin/env bash
# A box that is a wire: two cards, one bridge, between devices and their router. Nobody's addresses change. Run by gate.rs;
# prints `check WHAT: RESULT`, or `check skipped: WHY` where the kernel cannot filter bridges.
#
#   wire.sh LACHAN FOLDER PROJECT     FOLDER holds lachan.toml
set -euo pipefail
lachan=$1 folder=$2 project=$3
export LACHAN_CONFIG=$folder/lachan.toml LANG=en_US.UTF-8 PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=net.sh
source "$here/net.sh"
# shellcheck source=school.sh
source "$here/school.sh"

if ! nft add table bridge tried 2>/dev/null || ! ip link add br0 type bridge 2>/dev/null; then
    check skipped 'this kernel has no bridges, or no rules for them'
    exit
fi
nft delete table bridge tried
for name in inner outer net young staff; do namespace "$name"; done
ip link set lo up
the_switch "${inner:?}"
the_switch "${outer:?}"
plug "$inner" lan0
plug "$outer" wan0
ip link set lan0 master br0
ip link set wan0 master br0
ip link set br0 up
ip addr add 10.6.0.1/24 dev br0
ip -6 addr add fd00:6::1/64 dev br0 nodad
ip route add default via 10.6.0.254
ip -6 route add default via fd00:6::254
router "${net:?}" "$outer"
device "${young:?}" "$inner" 9 254
device "${staff:?}" "$inner" 8 254
routes
# As most kernels are set: it would tell devices of the router.
for file in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 1 >"$file"; done
the_proxy
[ "$(wait_for open reach "$net" 127.0.0.1 tcp 443)" = open ] || { cat "$folder/far"; exit 1; }
check 'before' "$(says "$young" "$FAR4" 2200), $(says "$young" "$FAR6" 2200), $(asks "$young" "$FAR4")"

"$lachan" groups add Young --tier thcs --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null
"$lachan" groups add Staff --tier staff --mac 3c:22:fb:00:00:08 >/dev/null
if grep -qx 1 /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null; then
    start
    answers thcs "$young" 10.6.0.1
    check 'packets would be seen twice' "$("$lachan" status | grep -o 'br_netfilter is on' || true)"
    kill -TERM "$box"
    wait "$box"
    for file in /proc/sys/net/bridge/bridge-nf-call-*; do echo 0 >"$file"; done
else
    check 'packets would be seen twice' 'br_netfilter is on'
fi
start
answers thcs "$young" 10.6.0.1 "$FAR4"
check 'DNS' "$(asks "$young" "$FAR4") $(asks "$young" "$FAR4" +tcp) $(asks "$young" "$FAR6") $(asks "$young" 10.6.0.254) $(wait_for staff asks "$staff" "$FAR4")"
check 'the web' "$(says "$young" "$FAR4" 80 443), $(says "$young" "$FAR6" 443), $(says "$staff" "$FAR4" 443)"
check "the router's own pages" "$(says "$young" 10.6.0.254 443)"
check 'QUIC, DNS over TLS, tunnels' "$(reach "$young" "$FAR4" udp 443 51820) $(reach "$young" "$FAR4" tcp 853) $(reach "$young" "$FAR6" udp 443)"
check 'staff, tunnels' "$(reach "$staff" "$FAR4" tcp 1194)"
check "another port, under the device's own address" "$(says "$young" "$FAR4" 2200), $(says "$young" "$FAR6" 2200)"
check 'frames of another kind' "$(in_ns "$net" python3 "$here/far.py" frames eth0 & sleep 0.5; in_ns "$young" python3 "$here/far.py" frame eth0; wait $!)"
check 'rules' "$("$lachan" firewall diff)"
"$lachan" firewall off --for 10m >/dev/null
check 'switched off' "$(asks "$young" "$FAR4") $(says "$young" "$FAR4" 443)"
"$lachan" firewall on >/dev/null
check 'switched on' "$(asks "$young" "$FAR4") $(says "$young" "$FAR4" 443)"
kill -KILL "$proxy" "$box"
wait "$proxy" "$box" 2>/dev/null || true
late() { for _ in 1 2; do asks "$staff" 10.6.0.1; done | sort -u | tail -n 1; }
check 'staff without filter and proxy' "$(says "$staff" "$FAR4" 443), $(wait_for "$UNFILTERED" late)"
check 'pupils without filter and proxy' "$(says "$young" "$FAR4" 443), $(asks "$young" "$FAR4")"
start
answers thcs "$young" 10.6.0.1
stop
