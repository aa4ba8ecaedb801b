#!/usr/bin/env bash
# A school's net in namespaces: the box on two segments, a phone on the one, a lab computer on the other. Run by
# network.rs inside `unshare --user --map-root-user --net --pid --fork --mount-proc`, so that nothing of it outlives the test.
# Prints `check WHAT: RESULT` lines; network.rs says what they have to be.
#
#   network.sh LACHAN FOLDER      FOLDER holds lachan.toml
set -euo pipefail
lachan=$1 folder=$2
readonly PHONE=3c:22:fb:0a:b1:9e LAB=3c:22:fb:00:00:07
export LACHAN_CONFIG=$folder/lachan.toml LANG=en_US.UTF-8

# shellcheck source=net.sh
source "$(dirname "$0")/net.sh"

ip link set lo up
namespace phone
namespace lab
segment lan0 "$phone" "$PHONE" 6
"$lachan" run >"$folder/out" 2>"$folder/err" &
box=$!

check 'a stranger' "$(wait_for tieu-hoc tier_of "$phone" 10.6.0.1 10.6.0.9)"
"$lachan" groups add GV --tier staff --mac "$PHONE" >/dev/null
check 'its MAC is named' "$(wait_for staff tier_of "$phone" 10.6.0.1 10.6.0.9)"
check 'over IPv6' "$(wait_for staff tier_of "$phone" fd00:6::1 fd00:6::9)"
in_ns "$phone" ip addr add fd00:6::abcd/64 dev eth0 nodad
check 'from a new privacy address' "$(wait_for staff tier_of "$phone" fd00:6::1 fd00:6::abcd)"
in_ns "$phone" ip addr add 10.6.0.77/24 dev eth0
check 'from a new IPv4 address' "$(wait_for staff tier_of "$phone" 10.6.0.1 10.6.0.77)"

# The kernel forgets a silent device; it does not lose its group.
ip neigh flush dev lan0
check 'forgotten by the kernel' "$(tier_of "$phone" 10.6.0.1 10.6.0.9)"

# Another device takes the address.
in_ns "$phone" ip link set eth0 down
in_ns "$phone" ip link set eth0 address 3c:22:fb:00:00:99
in_ns "$phone" ip link set eth0 up
ip neigh flush dev lan0
check 'its address is taken by another' "$(wait_for tieu-hoc tier_of "$phone" 10.6.0.1 10.6.0.9)"

"$lachan" why zalo.me --client 10.6.0.9 --json >"$folder/stranger.json"
"$lachan" groups add 'Phòng máy' --tier thpt --interface lan1 >/dev/null 2>"$folder/notes"
check 'an interface that is not there' "$(grep -c 'no interface lan1' "$folder/notes")"
segment lan1 "$lab" "$LAB" 7
check 'the other segment by its interface' "$(wait_for thpt tier_of "$lab" 10.7.0.1 10.7.0.9)"
check 'and over IPv6' "$(wait_for thpt tier_of "$lab" fd00:7::1 fd00:7::9)"
"$lachan" groups set GV --mac "$LAB" >/dev/null
check 'the lab computer by its MAC' "$(wait_for staff tier_of "$lab" 10.7.0.1 10.7.0.9)"
"$lachan" why zalo.me --client 10.7.0.9 --json >"$folder/lab.json"
"$lachan" groups remove GV >/dev/null
"$lachan" why zalo.me --client 10.7.0.9 --json >"$folder/wire.json"

kill -TERM "$box"
code=0
wait "$box" || code=$?
check 'the box stopped with' "$code"
# Addresses stand nowhere; a MAC only where a person wrote it, and that group is gone.
check 'files with an address' "$(grep -rlE '10\.[67]\.0\.(9|77)|fd00:[67]::' "$folder/data" "$folder/err" | wc -l)"
check 'files with an unwritten MAC' "$(grep -rl '3c:22:fb:00:00:99' "$folder/data" "$folder/err" | wc -l)"
