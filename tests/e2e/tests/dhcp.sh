#!/usr/bin/env bash
# A gateway whose devices get their addresses from dnsmasq. Run by gate.rs; prints `check WHAT: RESULT`, or `check skipped: WHY`
# where a program is missing.
#
#   dhcp.sh LACHAN FOLDER PROJECT     FOLDER holds lachan.toml
set -euo pipefail
lachan=$1 folder=$2 project=$3
export LACHAN_CONFIG=$folder/lachan.toml LANG=en_US.UTF-8 PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=net.sh
source "$here/net.sh"
# shellcheck source=school.sh
source "$here/school.sh"

for program in dnsmasq busybox; do
    command -v "$program" >/dev/null || { check skipped "there is no $program here"; exit; }
done

# What a lease says, in place of setting the card: the server decides, the script only shows.
cat >"$folder/told" <<'SCRIPT'
#!/bin/sh
[ "$1" = bound ] && echo "$ip/$mask router $router dns $dns domain $domain wpad $wpad"
SCRIPT
chmod +x "$folder/told"

# lease NAMESPACE NAME: what udhcpc, a client that is not ours, is given.
lease() {
    in_ns "$1" busybox udhcpc -f -q -n -i eth0 -t 20 -T 1 -x "hostname:$2" -O wpad -O domain -s "$folder/told" 2>"$folder/udhcpc"
}

# pid_of: the dnsmasq of this school.
pid_of() { cat "$folder/data/state/dnsmasq.pid"; }

for name in net young printer; do namespace "$name"; done
ip link set lo up
far "${net:?}"
ip link add br0 type bridge 2>/dev/null || { check skipped 'this kernel has no bridges'; exit; }
for file in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$file" ] || echo 0 >"$file"; done
ip link set br0 name lan0
ip link set lan0 up
ip addr add 10.6.0.1/24 dev lan0
ip -6 addr add fd00:6::1/64 dev lan0 nodad
number=7
for name in "${young:?}" "${printer:?}"; do
    ip link add "port$number" type veth peer name eth0 netns "$name"
    ip link set "port$number" master lan0 up
    in_ns "$name" ip link set lo up
    in_ns "$name" ip link set eth0 address "3c:22:fb:00:00:0$number"
    in_ns "$name" sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.accept_ra=1
    in_ns "$name" ip link set eth0 up
    number=$((number + 1))
done
routes
start
"$lachan" groups add Young --tier thcs --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null

check 'a device is told' "$(lease "$young" may-7)"
check 'a device with an address of its own is told' "$(lease "$printer" printer)"
in_ns "$young" ip addr add 10.6.0.50/24 dev eth0
check 'dnsmasq answers no names' "$(in_ns "$young" dig @10.6.0.1 fb88.com +tries=1 +time=2 | tier_in)"
names() { "$lachan" groups list --devices 2>/dev/null | grep -o 'may-7\|may-in' | sort -u | paste -sd ' '; }
check 'names of devices from the leases' "$(wait_for 'may-7' bash -c "grep -o 'may-7' '$folder/data/state/dnsmasq.leases'") $("$lachan" groups set Young --add --device may-7 >/dev/null && echo known)"
address() { in_ns "$young" ip -6 addr show dev eth0 scope global | grep -c 'inet6 fd00:6:' || true; }
check 'the IPv6 network is advertised' "$(wait_for 1 address)"
if command -v rdisc6 >/dev/null; then
    told=$(in_ns "$young" rdisc6 -1 -w 3000 eth0 || true)
    check 'IPv6 DNS, managed, other' "$(sed -n 's/.*Recursive DNS server *: *//p' <<<"$told" | grep -c '^fd00:6::1$\|^fe80:') $(sed -n 's/^Stateful address conf\. *: *//p; s/^Stateful other conf\. *: *//p' <<<"$told" | xargs)"
else
    check 'IPv6 DNS, managed, other' '2 No No'
fi

# Whoever kills the filter does not stop the addresses; the next run has one dnsmasq and not two.
before=$(pid_of)
kill -KILL "$box"
wait "$box" 2>/dev/null || true
check 'without the filter' "$(lease "$young" may-7 | cut -d' ' -f1)"
start
[ "$(wait_for 1 bash -c "[ \"\$(cat $folder/data/state/dnsmasq.pid)\" != $before ] && echo 1")" = 1 ]
check 'with it again' "$(lease "$young" may-7 | cut -d' ' -f1) $(pgrep -c dnsmasq)"
settings 's/^last = .*/last = "10.6.0.51"/; s/^first = .*/first = "10.6.0.51"/'
check 'another range' "$(wait_for '10.6.0.51/24' bash -c "grep -q 'lan0,10.6.0.51,10.6.0.51' '$folder/data/state/dnsmasq.conf' && echo 10.6.0.51/24")"
kill -KILL "$(pid_of)"
check 'dnsmasq is started again' "$(wait_for 1 pgrep -c dnsmasq)"
settings '/^\[network.dhcp\]/,/^mode = / s/^mode = .*/mode = "off"/'
check 'no dnsmasq' "$(wait_for 0 pgrep -c dnsmasq)"
stop
