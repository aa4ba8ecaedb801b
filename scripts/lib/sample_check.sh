# shellcheck shell=bash
# Asks the sample school of scripts/run and compares the answers. Sourced after sample.sh.
#
# What may be expected of an answer:
#   open     an address, no rewrite          blocked  NXDOMAIN with an Extended DNS Error 15, 16 or 17
#   a name   a CNAME to that name: the safe form

: "${home:?}" "${web_port:?}" "${proxy_port:?}"

# Group of the asking address, name, expectation. Made for the demo upstream, which knows every name.
expectations() {
    cat <<'TABLE'
127.0.3.1 vnedu.vn              open
127.0.2.1 fb88.com              blocked
127.0.3.1 www.google.com.vn     forcesafesearch.google.com
127.0.5.1 www.tiktok.com        open
127.0.1.1 www.youtube.com       restrict.youtube.com
127.0.2.1 www.youtube.com       restrict.youtube.com
127.0.3.1 www.youtube.com       restrictmoderate.youtube.com
127.0.4.1 www.youtube.com       restrictmoderate.youtube.com
127.0.5.1 www.youtube.com       open
127.0.1.1 trang-chua-ai-biet.vn blocked
127.0.2.1 trang-chua-ai-biet.vn blocked
127.0.3.1 trang-chua-ai-biet.vn open
127.0.4.1 trang-chua-ai-biet.vn open
127.0.5.1 trang-chua-ai-biet.vn open
127.0.4.1 www.tiktok.com        blocked
127.0.5.1 fb88.com              blocked
127.0.1.1 tongdai111.vn         open
127.0.0.1 fb88.com              blocked
TABLE
}

# answer_to PORT ADDRESS NAME: one of the words above, or the response code.
answer_to() {
    local text status cname
    text=$(dig +time=3 +tries=2 +noall +comments +answer -b "$2" @127.0.0.1 -p "$1" "$3" A)
    status=$(sed -n 's/.*status: \([A-Z]*\).*/\1/p' <<<"$text")
    cname=$(awk '$4 == "CNAME" { sub(/\.$/, "", $5); print $5; exit }' <<<"$text")
    if [ "$status" = NXDOMAIN ] && grep -qE 'EDE: 1[567]|OPT=15:' <<<"$text"; then
        echo blocked
    elif [ "$status" = NOERROR ] && grep -qE '[[:space:]]A[[:space:]]' <<<"$text"; then
        echo "${cname:-open}"
    else
        echo "${status:-no answer}"
    fi
}

# why_says NAME TIER: what `lachan why` says is done with the name.
why_says() {
    "$home/lachan" why "$1" --tier "$2" --config "$home/lachan.toml" --json |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["action"])'
}

# report WHAT EXPECTED GOT; counts what differs in `wrong`.
report() {
    if [ "$2" = "$3" ]; then
        printf 'ok     %-52s %s\n' "$1" "$3"
    else
        printf 'WRONG  %-52s %s, expected %s\n' "$1" "$3" "$2"
        wrong=$((wrong + 1))
    fi
}

# page_says URL TEXT [CURL OPTION…]: whether a page holds a text.
page_says() {
    local url=$1 text=$2
    shift 2
    if curl -sk --max-time 10 "$@" "$url" | grep -qF -- "$text"; then echo shown; else echo missing; fi
}

# check_sample PORT: fails when any answer is another than it should be.
check_sample() {
    local port=$1 address name expected tier
    wrong=0
    while read -r address name expected; do
        report "dig -b $address $name" "$expected" "$(answer_to "$port" "$address" "$name")"
    done < <(expectations)
    for tier in mam-non tieu-hoc thcs thpt staff; do
        report "lachan why fb88.com --tier $tier" block "$(why_says fb88.com "$tier")"
    done
    report "the pages of teachers" shown "$(page_says "https://127.0.0.1:$web_port/" '<div id="root">')"
    report "the API, before there is an account" shown \
        "$(page_says "https://127.0.0.1:$web_port/api/v1/session" '"state":"setup"')"
    report "the page of pupils" shown \
        "$(page_says http://lachan.lan/ 111 -x "127.0.0.1:$proxy_port" --interface 127.0.3.1)"
    report "the block page" shown \
        "$(page_says http://fb88.com/ 111 -x "127.0.0.1:$proxy_port" --interface 127.0.3.1)"
    printf '%s\n' "$wrong answers wrong"
    [ "$wrong" -eq 0 ]
}
