#!/usr/bin/env bash
# A school that inspects one lab: its box is the gateway, its web goes through the proxy, and an Internet of HTTPS sites
# stands behind it. Run by inspect.rs; prints `check WHAT: RESULT`.
#
#   inspect.sh LACHAN FOLDER PROJECT     FOLDER holds lachan.toml
set -euo pipefail
lachan=$1 folder=$2 project=$3
export LACHAN_CONFIG=$folder/lachan.toml LANG=en_US.UTF-8 PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)

# shellcheck source=net.sh
source "$here/net.sh"
# shellcheck source=school.sh
source "$here/school.sh"

for tool in curl openssl; do
    command -v "$tool" >/dev/null || { check skipped "there is no $tool"; exit 0; }
done

# The Internet's authority, and one certificate of it for all sites but one.
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=Internet' \
        -keyout "$folder/internet.key" -out "$folder/internet.pem"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=site' \
        -keyout "$folder/site.key" -out "$folder/site.csr"
    openssl x509 -req -days 30 -in "$folder/site.csr" -CA "$folder/internet.pem" -CAkey "$folder/internet.key" \
        -extfile <(echo 'subjectAltName=DNS:imdb.com,DNS:vietcombank.com.vn,DNS:khac.example') -out "$folder/site.pem"
}

# Every address that the stand-in for DNS gives answers, over HTTP/1.1.
sites() {
    in_ns "$1" ip route add local 192.0.2.0/24 dev lo
    ip route add 192.0.2.0/24 via "$FAR4"
    in_ns "$1" python3 - "$folder/site.pem" "$folder/site.key" >"$folder/sites" 2>&1 <<'SITES' &
import http.server, ssl, sys

class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = f"{self.headers['Host']}{self.path} via {self.headers['Via'] or 'nobody'}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

server = http.server.ThreadingHTTPServer(("0.0.0.0", 443), Site)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
SITES
}

# get NAMESPACE AUTHORITY NAME ADDRESS OPTION…: status, version and who was between, of a machine that trusts an authority.
get() {
    local told
    told=$(in_ns "$1" curl -sS --max-time 10 --cacert "$folder/$2.pem" --resolve "$3:443:$4" "${@:5}" \
        -H 'Accept: text/html' -w '\n%{http_code} %{http_version}' "https://$3/a" 2>/dev/null) || true
    printf '%s' "$(tail -n 1 <<<"$told")"
    grep -qs ' via 1.1 lachan' <<<"$told" && printf ' read'
    grep -qs ' via nobody' <<<"$told" && printf ' untouched'
    grep -qs 'name">' <<<"$told" && printf ' page'
    true
}

for name in net young staff; do namespace "$name"; done
ip link set lo up
ip link add wan0 type veth peer name eth0 netns "${net:?}"
ip addr add 203.0.113.1/24 dev wan0
ip link set wan0 up
in_ns "$net" ip link set lo up
in_ns "$net" ip link set eth0 up
in_ns "$net" ip addr add "$FAR4/24" dev eth0
wire lan0 "${young:?}" 6
wire lan1 "${staff:?}" 8
# Where closed names lead to.
ip addr add 10.6.0.2/24 dev lan0
routes
authority >"$folder/openssl" 2>&1 || { cat "$folder/openssl"; exit 1; }
sites "$net"

"$lachan" groups add Lab --tier thpt --subnet 10.6.0.0/24 fd00:6::/64 >/dev/null
"$lachan" groups add Staff --tier staff --subnet 10.8.0.0/24 fd00:8::/64 >/dev/null
start
answers thpt "$young" 10.6.0.1
on() { "$lachan" status | grep -o 'Inspection is on' || true; }
check 'inspection' "$(wait_for 'Inspection is on' on)"
"$lachan" ca export --for pem --yes --out "$folder/school.pem" >/dev/null 2>&1

check 'the lab, a page of a category' "$(wait_for '200 1.1 read' get "$young" school imdb.com 192.0.2.1 --http1.1), $(get "$young" school imdb.com 192.0.2.1 --http2)"
through=(-x http://10.6.0.1:3128)
check 'the lab, through a set proxy' "$(get "$young" school imdb.com 192.0.2.1 "${through[@]}"), $(get "$young" internet khac.example 192.0.2.1 "${through[@]}")"
check 'the lab, a bank' "$(get "$young" internet vietcombank.com.vn 192.0.2.1)"
check 'the lab, another page' "$(get "$young" internet khac.example 192.0.2.1)"
check 'staff, the same page' "$(get "$staff" internet imdb.com 192.0.2.1)"
check 'the lab, a site with a wrong certificate' "$(get "$young" school odysee.com 192.0.2.1)"
check 'the lab, a closed name' "$(get "$young" school fb88.com 192.0.2.1), $(get "$young" school fb88.com 10.6.0.2)"
check 'staff, a closed name' "$(get "$staff" school fb88.com 192.0.2.1)"
check 'the lab, a machine without the authority' "$(get "$young" internet imdb.com 192.0.2.1)"

logged() { "$lachan" events --json | grep -c "$1" || true; }
some() { [ "$(logged fb88.com)" -gt 0 ] && echo logged; }
check 'what is logged' "$(wait_for logged some), $(logged imdb.com) of the page that was read"

"$lachan" ca renew --yes >/dev/null
fresh() { get "$young" school imdb.com 192.0.2.1; }
check 'a new authority, the old one trusted' "$(wait_for '000 0' fresh)"
"$lachan" ca export --for pem --yes --out "$folder/school.pem" >/dev/null 2>&1
check 'a new authority, itself trusted' "$(wait_for '200 2 read' fresh)"
settings 's/^categories = .*/categories = []/; s/^block-page-certificates = .*/block-page-certificates = "off"/'
alone() { get "$young" internet imdb.com 192.0.2.1; }
check 'switched off' "$(wait_for '200 1.1 untouched' alone), $(get "$young" school fb88.com 10.6.0.2)"
check 'the key' "$(stat -c %a "$folder/data/state/inspection-ca.pem")"
stop
