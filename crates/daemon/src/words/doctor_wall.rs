//! What `lachan doctor` says of the firewall's surroundings.

use super::words;

words! {
    wall_title() { vi: "Tường lửa", en: "Firewall" }
    nft_there(version: &str) { vi: "nft {version}", en: "nft {version}" }
    nft_old(version: &str) {
        vi: "nft {version} quá cũ cho luật của Lá Chắn",
        en: "nft {version} is too old for Lá Chắn's rules",
    }
    nft_old_remedy() {
        vi: "nâng cấp lên Debian 12 trở lên: nft 1.0.6",
        en: "upgrade to Debian 12 or later: nft 1.0.6",
    }
    nft_remedy() {
        vi: "sudo apt install nftables iproute2",
        en: "sudo apt install nftables iproute2",
    }
    bridge_is_there(name: &str) {
        vi: "cầu mạng {name} có đủ hai phía và lọc được",
        en: "the bridge {name} has both sides and can be filtered",
    }
    bridge_remedy() {
        vi: "sửa như trên rồi: lachan reload",
        en: "mend that, then: lachan reload",
    }
    forwards(key: &str) { vi: "hộp chuyển tiếp gói tin ({key})", en: "the box forwards packets ({key})" }
    forwards_nothing(key: &str) {
        vi: "hộp không chuyển tiếp gói tin ({key} = 0): thiết bị sẽ không có Internet",
        en: "the box forwards no packets ({key} = 0): devices have no Internet",
    }
    set_kernel(key: &str, value: u32) {
        vi: "echo '{key} = {value}' | sudo tee -a /etc/sysctl.d/90-lachan.conf && sudo sysctl --system",
        en: "echo '{key} = {value}' | sudo tee -a /etc/sysctl.d/90-lachan.conf && sudo sysctl --system",
    }
    refuses_slowly(key: &str, value: u32) {
        vi: "nhân chỉ báo từ chối cho mỗi thiết bị {value} ms một lần ({key}): trình duyệt phải chờ trước khi bỏ QUIC",
        en: "the kernel tells a device of a refusal only every {value} ms ({key}): browsers wait before they give QUIC up",
    }
    localnet_is_routed(interface: &str) {
        vi: "thiết bị sau {interface} có thể gọi các dịch vụ chỉ dành cho chính hộp (route_localnet)",
        en: "devices behind {interface} may reach services that are for the box alone (route_localnet)",
    }
    marks_are_forged() {
        vi: "src_valid_mark và rp_filter cùng bật: nhân sẽ bỏ các gói được đưa về proxy, web của thiết bị sẽ treo",
        en: "src_valid_mark and rp_filter are both on: the kernel drops what goes to the proxy, and devices' web hangs",
    }
    proxy_routes_there() {
        vi: "tuyến đưa web về proxy đã có",
        en: "the routes that keep the web here for the proxy are there",
    }
    proxy_routes_lack() {
        vi: "thiếu tuyến đưa web về proxy: web của thiết bị sẽ treo",
        en: "the routes that keep the web here for the proxy are missing: devices' web hangs",
    }
    proxy_routes_remedy() {
        vi: "bộ lọc đang chạy sẽ tự đặt lại trong một phút; nếu không: sudo systemctl restart lachan",
        en: "a running filter sets them within a minute; else: sudo systemctl restart lachan",
    }
    other_firewalls_unknown() {
        vi: "không xem được luật tường lửa của chương trình khác",
        en: "other programs' firewall rules cannot be seen",
    }
    no_other_firewalls() {
        vi: "không có tường lửa nào khác chặn trước Lá Chắn",
        en: "no other firewall decides before Lá Chắn",
    }
    other_drops(chain: &str) {
        vi: "tường lửa khác bỏ những gì nó không biết: {chain}",
        en: "another firewall drops what it does not know: {chain}",
    }
    other_drops_remedy(family: &str, table: &str) {
        vi: "xem: sudo nft list table {family} {table}; cho các mạng của trường đi qua ở đó, hoặc gỡ chương trình đã tạo ra nó",
        en: "look: sudo nft list table {family} {table}; let the school's networks pass there, or remove the program it is of",
    }
    other_leads(chain: &str) {
        vi: "chương trình khác có thể chuyển DNS đi trước Lá Chắn: {chain}",
        en: "another program may lead DNS elsewhere before Lá Chắn: {chain}",
    }
    other_leads_remedy(family: &str, table: &str) {
        vi: "xem: sudo nft list table {family} {table}; bỏ các luật cho cổng 53, 80, 443 ở đó",
        en: "look: sudo nft list table {family} {table}; remove rules for the ports 53, 80 and 443 there",
    }
    old_firewall(tables: &str) {
        vi: "có luật iptables kiểu cũ bên cạnh ({tables}); nft không xem được",
        en: "there are rules of the older iptables beside ours ({tables}), which nft does not show",
    }
    old_firewall_remedy() {
        vi: "xem: sudo iptables-legacy-save; nên bỏ, mọi luật cần thiết đều có trong Lá Chắn",
        en: "look: sudo iptables-legacy-save; better remove them, Lá Chắn has all that is needed",
    }
    dnsmasq_missing() {
        vi: "không có dnsmasq nên thiết bị không được cấp địa chỉ",
        en: "dnsmasq is not there, so devices get no addresses",
    }
    dnsmasq_remedy() { vi: "sudo apt install dnsmasq-base", en: "sudo apt install dnsmasq-base" }
    dnsmasq_has_its_file(path: &str) {
        vi: "dnsmasq cấp địa chỉ, DNS của nó tắt ({path})",
        en: "dnsmasq gives addresses, its DNS is off ({path})",
    }
    dnsmasq_file_differs(path: &str) {
        vi: "tệp cho dnsmasq không như cấu hình: {path}",
        en: "the file for dnsmasq is not as the settings say: {path}",
    }
    reload_remedy() {
        vi: "lachan reload, hoặc khởi động bộ lọc: sudo systemctl start lachan",
        en: "lachan reload, or start the filter: sudo systemctl start lachan",
    }
}
