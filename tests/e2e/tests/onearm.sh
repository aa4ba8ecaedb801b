#!/usr/bin/env bash
# A gateway on one arm: box, devices and the way to the Internet hang at one switch, and devices have the box as their way
# out. Run by gate.rs; prints `check WHAT: RESULT`.
#
#   onearm.sh LACHAN FOLDER PROJECT     FOLDER holds lachan.toml
set -euo pipefail
lachan=$1 folder=$2 project=$3
export LACHAN_CONFIG=$folder/lachan.toml LANG=en_US.UTF-8 PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=net.sh
source "$here/net.sh"
# shellcheck source=school.sh
source "$here/school.sh"

for name in switch net young; do namespace "$name"; done
ip link set lo up
the_switch "${switch:?}"
plug "$switch" lan0
ip addr add 10.6.0.1/24 dev lan0
ip -6 addr add fd00:6::1/64 dev lan0 nodad
ip route add default via 10.6.0.254
ip -6 route add default via fd00:6::254
router "${net:?}" "$switch"
device "${young:?}" "$switch" 9 1
routes
# As most kernels are set: it would tell devices of the router.
for file in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 1 >"$file"; done
the_proxy
[ "$(wait_for open reach "$net" 127.0.0.1 tcp 443)" = open ] || { cat "$folder/far"; exit 1; }

"$lachan" groups add Young --tier thcs --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null
start
answers thcs "$young" 10.6.0.1 "$FAR4"
check 'DNS' "$(asks "$young" "$FAR4") $(asks "$young" "$FAR4" +tcp) $(asks "$young" "$FAR6")"
check 'the web' "$(says "$young" "$FAR4" 80 443), $(says "$young" "$FAR6" 443)"
check 'QUIC, DNS over TLS, tunnels' "$(reach "$young" "$FAR4" udp 443 51820) $(reach "$young" "$FAR4" tcp 853) $(reach "$young" "$FAR6" udp 443)"
check 'another port' "$(says "$young" "$FAR4" 2200), $(says "$young" "$FAR6" 2200)"
ways() { in_ns "$young" ip route get "$FAR4" | grep -o 'via [0-9.]*'; in_ns "$young" ip -6 route get "$FAR6" | grep -o 'via [0-9a-f:]*'; }
check 'told of no shorter way' "$(ways | xargs)"
check 'rules' "$("$lachan" firewall diff)"
stop
