#!/usr/bin/env bash
# A school whose devices have a proxy set: pupils reach the box's DNS and proxy and nothing else. Run by gate.rs; prints
# `check WHAT: RESULT`.
#
#   explicit.sh LACHAN FOLDER PROJECT     FOLDER holds lachan.toml
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
python3 "$here/far.py" proxy 3128 2222 &
[ "$(wait_for open reach "$net" "$FAR4" tcp 443)" = open ] || { cat "$folder/far"; exit 1; }

"$lachan" groups add Young --tier thcs --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null
"$lachan" groups add Staff --tier staff --interface lan1 >/dev/null
start
answers thcs "$young" 10.6.0.1 "$FAR4"
check "pupils, the box's DNS and proxy" "$(says "$young" 10.6.0.1 3128), $(says "$young" fd00:6::1 3128), $(asks "$young" 10.6.0.1 +tcp)"
check "pupils, the box's other ports" "$(reach "$young" 10.6.0.1 tcp 2222) $(reach "$young" fd00:6::1 tcp 2222) $(reach "$young" 10.6.0.1 udp 999)"
check 'pupils, the Internet' "$(reach "$young" "$FAR4" tcp 80 443 2200) $(reach "$young" "$FAR4" udp 123 443) $(reach "$young" "$FAR6" tcp 443)"
check "pupils, a server of the school's own" "$(says "$young" "$OWN" 443)"
check 'staff' "$(says "$staff" "$FAR4" 443), $(says "$staff" 10.8.0.1 2222), $(asks "$staff" "$FAR4")"
settings '/^outside/d'
passing() { nft list table inet lachan | grep -c 'hook forward' || true; }
check 'beside the way out' "$(wait_for 0 passing), $(says "$young" 10.6.0.1 3128), $(reach "$young" 10.6.0.1 tcp 2222)"
stop
