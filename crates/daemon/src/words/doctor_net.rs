//! `lachan doctor`: upstreams, and who else is on the net.

use super::words;

words! {
    no_upstream_remedy() {
        vi: "ghi máy chủ vào resolver.upstreams trong tệp cấu hình, ví dụ [\"9.9.9.9\", \"1.1.1.1\"]",
        en: "name servers in resolver.upstreams of the settings, such as [\"9.9.9.9\", \"1.1.1.1\"]",
    }
    upstream_answers(label: &str, udp: u128, tcp: u128) {
        vi: "{label}: trả lời sau {udp} ms (UDP), {tcp} ms (TCP)",
        en: "{label}: answers after {udp} ms (UDP), {tcp} ms (TCP)",
    }
    upstream_slow(label: &str, udp: u128, tcp: u128) {
        vi: "{label}: trả lời chậm, sau {udp} ms (UDP), {tcp} ms (TCP)",
        en: "{label}: answers slowly, after {udp} ms (UDP), {tcp} ms (TCP)",
    }
    upstream_slow_remedy() {
        vi: "đường truyền đang đầy, hoặc máy chủ ở xa: thử máy chủ DNS của nhà mạng, hoặc một máy chủ gần hơn",
        en: "the line is full, or the server far away: try the provider's server, or a nearer one",
    }
    upstream_no_tcp(label: &str, udp: u128) {
        vi: "{label}: trả lời sau {udp} ms (UDP), nhưng không qua TCP: câu trả lời dài sẽ thất bại",
        en: "{label}: answers after {udp} ms (UDP), but not over TCP: long answers will fail",
    }
    upstream_no_tcp_remedy() {
        vi: "mở TCP cổng 53 đi ra ở bộ định tuyến, hoặc dùng máy chủ khác",
        en: "open TCP port 53 to the outside in the router, or use another server",
    }
    upstream_no_udp(label: &str) {
        vi: "{label}: chỉ trả lời qua TCP, không qua UDP",
        en: "{label}: answers over TCP only, not over UDP",
    }
    upstream_no_udp_remedy() {
        vi: "mở UDP cổng 53 đi ra ở bộ định tuyến, hoặc dùng máy chủ khác",
        en: "open UDP port 53 to the outside in the router, or use another server",
    }
    private_upstream_answers(label: &str, taken: u128) {
        vi: "{label}: trả lời sau {taken} ms, đường truyền được mã hoá, chứng chỉ hợp lệ",
        en: "{label}: answers after {taken} ms, encrypted, with a good certificate",
    }
    private_upstream_slow(label: &str, taken: u128) {
        vi: "{label}: trả lời chậm, sau {taken} ms",
        en: "{label}: answers slowly, after {taken} ms",
    }
    private_upstream_lax(label: &str) {
        vi: "{label}: không kiểm DNSSEC: tên có chữ ký sai vẫn được trả lời",
        en: "{label}: does not validate DNSSEC: it answers for a name with wrong signatures",
    }
    upstream_failed(label: &str, why: &str) {
        vi: "{label}: không hỏi được ({why})",
        en: "{label}: could not be asked ({why})",
    }
    upstream_no_answer(label: &str) { vi: "{label}: không trả lời", en: "{label}: does not answer" }
    upstream_no_answer_remedy() {
        vi: "máy chủ khác vẫn trả lời; sửa hoặc bỏ địa chỉ này trong resolver.upstreams",
        en: "another one answers; correct or remove this address in resolver.upstreams",
    }
    line_down_remedy() {
        vi: "không máy chủ nào trả lời: xem dây mạng, bộ định tuyến và đường truyền; thử: ping -c 3 1.1.1.1",
        en: "none answers: look at the cable, the router and the line; try: ping -c 3 1.1.1.1",
    }
    upstream_invents(label: &str) {
        vi: "{label}: bịa địa chỉ cho tên không tồn tại (nhà mạng chèn quảng cáo hay chuyển hướng)",
        en: "{label}: invents addresses for names that do not exist (a provider's advertising or redirection)",
    }
    upstream_changes_case(label: &str) {
        vi: "{label}: không giữ chữ hoa chữ thường của câu hỏi, nên chống giả mạo kém hơn",
        en: "{label}: does not keep the case of a question, so forged answers are easier",
    }
    upstream_other_remedy() {
        vi: "dùng máy chủ khác trong resolver.upstreams, ví dụ 9.9.9.9",
        en: "use another server in resolver.upstreams, such as 9.9.9.9",
    }
    upstream_validates(label: &str) {
        vi: "{label}: kiểm tra chữ ký DNSSEC và từ chối chữ ký sai",
        en: "{label}: validates DNSSEC and refuses wrong signatures",
    }
    upstream_signs_only(label: &str) {
        vi: "{label}: chuyển chữ ký DNSSEC nhưng không tự kiểm tra",
        en: "{label}: passes DNSSEC signatures on, but does not validate",
    }
    upstream_signs_only_remedy() {
        vi: "dùng máy chủ có kiểm tra (như 9.9.9.9 hay 1.1.1.1)",
        en: "use a server that validates (such as 9.9.9.9 or 1.1.1.1)",
    }
    upstream_strips(label: &str) {
        vi: "{label}: bỏ mất chữ ký DNSSEC, nên không ai kiểm tra được câu trả lời",
        en: "{label}: takes DNSSEC signatures off, so nobody can validate its answers",
    }
    upstream_dnssec_unknown(label: &str) {
        vi: "{label}: chưa rõ có kiểm tra DNSSEC không (không trả lời đủ câu hỏi thử)",
        en: "{label}: whether it validates DNSSEC is not known (not all test questions were answered)",
    }

    no_interface() {
        vi: "máy không có giao diện mạng nào đang nối",
        en: "no network interface of this machine is connected",
    }
    gateway_is_silent(gateway: &str) {
        vi: "bộ định tuyến {gateway} không tự trả lời DNS",
        en: "the router {gateway} does not answer DNS itself",
    }
    gateway_behind_us(gateway: &str) {
        vi: "bộ định tuyến {gateway} trả lời DNS, nhưng nằm phía nhà mạng, sau máy này",
        en: "the router {gateway} answers DNS, but stands on the provider's side, behind this box",
    }
    gateway_is_upstream(gateway: &str) {
        vi: "bộ định tuyến {gateway} là máy chủ cấp trên, và thiết bị cũng hỏi thẳng nó được, không qua bộ lọc",
        en: "the router {gateway} is an upstream, and devices can ask it directly, past the filter",
    }
    gateway_answers(gateway: &str) {
        vi: "bộ định tuyến {gateway} tự trả lời DNS: thiết bị đặt DNS bằng tay là đi vòng qua bộ lọc",
        en: "the router {gateway} answers DNS itself: a device set by hand goes round the filter",
    }
    gateway_remedy(gateway: &str) {
        vi: "ở bộ định tuyến {gateway}: tắt DNS cho mạng trong, và chặn cổng 53, 853 đi ra trừ máy này",
        en: "in the router {gateway}: switch DNS off for the inside, and close ports 53 and 853 to the outside except for this box",
    }

    dhcp_needs_root(interface: &str) {
        vi: "{interface}: chưa hỏi được ai cấp địa chỉ (DHCP), vì cần quyền root",
        en: "{interface}: who gives addresses (DHCP) was not asked, because that needs root",
    }
    dhcp_not_asked(interface: &str, why: &str) {
        vi: "{interface}: chưa hỏi được ai cấp địa chỉ (DHCP): {why}",
        en: "{interface}: who gives addresses (DHCP) could not be asked: {why}",
    }
    dhcp_nobody(interface: &str) {
        vi: "{interface}: không có máy nào cấp địa chỉ (DHCP) trả lời trong 4 giây",
        en: "{interface}: no DHCP server answered within 4 seconds",
    }
    dhcp_of_provider(interface: &str, servers: &str) {
        vi: "{interface}: DHCP của nhà mạng ({servers}), phía ngoài máy này",
        en: "{interface}: the provider's DHCP ({servers}), on the outside of this box",
    }
    dhcp_tells_us(interface: &str, server: &str) {
        vi: "{interface}: DHCP {server} bảo thiết bị hỏi máy này",
        en: "{interface}: the DHCP server {server} has devices ask this box",
    }
    dhcp_tells_nothing(interface: &str, server: &str) {
        vi: "{interface}: DHCP {server} không cho biết máy chủ DNS nào",
        en: "{interface}: the DHCP server {server} names no name server",
    }
    dhcp_tells_others(interface: &str, server: &str, others: &str) {
        vi: "{interface}: DHCP {server} bảo thiết bị hỏi {others}, không phải máy này: các thiết bị ấy không được lọc",
        en: "{interface}: the DHCP server {server} has devices ask {others}, not this box: those devices are not filtered",
    }
    dhcp_remedy(server: &str) {
        vi: "ở {server}: đặt máy chủ DNS của DHCP là địa chỉ của máy này, và chỉ địa chỉ ấy",
        en: "in {server}: set the DHCP's name server to this box's address, and to that alone",
    }
    dhcp_several(interface: &str, servers: &str) {
        vi: "{interface}: có nhiều máy cấp địa chỉ ({servers}): thiết bị nhận của máy nào trả lời trước",
        en: "{interface}: several DHCP servers answer ({servers}): a device takes whichever is first",
    }
    dhcp_several_remedy() {
        vi: "chỉ để một máy cấp địa chỉ; máy lạ thường là bộ phát Wi-Fi cắm nhầm cổng LAN",
        en: "keep one; a stranger is mostly a Wi-Fi router plugged in by its LAN port",
    }

    no_router_speaks(interface: &str) {
        vi: "{interface}: không có bộ định tuyến IPv6 nào trả lời",
        en: "{interface}: no IPv6 router answered",
    }
    provider_router_speaks(interface: &str) {
        vi: "{interface}: có IPv6 của nhà mạng, phía ngoài máy này",
        en: "{interface}: there is the provider's IPv6, on the outside of this box",
    }
    we_are_router(interface: &str) {
        vi: "{interface}: máy này là bộ định tuyến IPv6",
        en: "{interface}: this box is the IPv6 router",
    }
    router_tells_others(interface: &str, router: &str, others: &str) {
        vi: "{interface}: bộ định tuyến IPv6 {router} bảo thiết bị hỏi {others}, không phải máy này: các thiết bị ấy đi vòng qua bộ lọc",
        en: "{interface}: the IPv6 router {router} has devices ask {others}, not this box: those devices go round the filter",
    }
    router_sends_to_dhcp(interface: &str, router: &str) {
        vi: "{interface}: bộ định tuyến IPv6 {router} bảo thiết bị hỏi thêm DHCPv6, nơi có thể chỉ một máy chủ DNS khác",
        en: "{interface}: the IPv6 router {router} has devices ask DHCPv6 for more, which may name another name server",
    }
    router_remedy(router: &str) {
        vi: "ở bộ định tuyến {router}: đặt DNS của IPv6 (RDNSS, DHCPv6) là địa chỉ IPv6 của máy này, hoặc tắt IPv6 cho mạng trong",
        en: "in the router {router}: set the name server of IPv6 (RDNSS, DHCPv6) to this box's IPv6 address, or switch IPv6 off for the inside",
    }
    router_tells_nothing(interface: &str, router: &str) {
        vi: "{interface}: bộ định tuyến IPv6 {router} không chỉ máy chủ DNS nào",
        en: "{interface}: the IPv6 router {router} names no name server",
    }
    router_tells_us(interface: &str, router: &str) {
        vi: "{interface}: bộ định tuyến IPv6 {router} không chỉ máy chủ DNS nào khác máy này",
        en: "{interface}: the IPv6 router {router} names no other name server than this box",
    }
    no_ipv6_here(interface: &str) { vi: "{interface}: không dùng IPv6", en: "{interface}: IPv6 is not used" }
    ipv6_not_asked(interface: &str) {
        vi: "{interface}: chưa hỏi được bộ định tuyến IPv6, vì cần quyền root; máy này chưa có địa chỉ IPv6 ngoài",
        en: "{interface}: IPv6 routers were not asked, because that needs root; this box has no outside IPv6 address",
    }
    ipv6_not_asked_and_there(interface: &str) {
        vi: "{interface}: có IPv6 trên mạng, nhưng chưa hỏi được bộ định tuyến bảo thiết bị hỏi DNS ở đâu",
        en: "{interface}: there is IPv6 on the net, but where its routers send devices for DNS could not be asked",
    }
    ipv6_cannot_ask(interface: &str, why: &str) {
        vi: "{interface}: không hỏi được bộ định tuyến IPv6: {why}",
        en: "{interface}: IPv6 routers cannot be asked: {why}",
    }
}
