//! What is said of the firewall.

use lachan_firewall::FirewallError;

use super::{Words, words};
use crate::control::{FirewallState, FirewallView};

words! {
    firewall_chain() { vi: "Chuỗi", en: "Chain" }
    firewall_rule() { vi: "Luật", en: "Rule" }
    firewall_packets() { vi: "Gói tin", en: "Packets" }
    firewall_alone() {
        vi: "Lá Chắn không đụng tới tường lửa (network.mode = \"off\" trong tệp cấu hình)",
        en: "The firewall is left alone (network.mode = \"off\" in the settings)",
    }
    firewall_absent() {
        vi: "Chưa có luật nào của Lá Chắn trong tường lửa; bộ lọc sẽ đặt luật khi chạy: systemctl start lachan",
        en: "None of Lá Chắn's rules are in the firewall; the filter sets them when it runs: systemctl start lachan",
    }
    firewall_current() {
        vi: "Luật tường lửa đúng như cấu hình, nhóm và danh sách",
        en: "The firewall's rules are as settings, groups and lists make them",
    }
    firewall_outdated() {
        vi: "Nhóm, danh sách hoặc cấu hình đã đổi sau lần đặt luật gần nhất; bộ lọc đang chạy sẽ tự đặt lại trong một phút, riêng mục [network] thì sau khi khởi động lại: systemctl restart lachan",
        en: "Groups, lists or settings changed since the rules were set; a running filter sets them anew within a minute, [network] after a restart: systemctl restart lachan",
    }
    firewall_touched() {
        vi: "Có người đã sửa luật của Lá Chắn bằng tay (- mất, + thêm, ! sửa, ~ đổi thứ tự); bộ lọc đang chạy sẽ đặt lại trong một phút",
        en: "Somebody changed Lá Chắn's rules by hand (- gone, + new, ! changed, ~ reordered); a running filter sets them anew within a minute",
    }
    firewall_left_over() {
        vi: "Tệp cấu hình nói không đụng tới tường lửa, nhưng luật cũ của Lá Chắn vẫn còn; hãy xóa: lachan firewall off khi bộ lọc đã dừng",
        en: "The settings say to leave the firewall alone, but old rules of Lá Chắn are there; remove them: lachan firewall off while the filter is stopped",
    }
    firewall_off(time: &str) {
        vi: "Tường lửa ngừng lọc trong {time}: DNS hỏi nơi khác và VPN đi thẳng (tên hỏi chính hộp này vẫn được lọc); lọc lại sớm hơn: lachan firewall on",
        en: "The firewall filters nothing for {time}: other DNS and VPNs go their way (names asked of this box are filtered still); to end it sooner: lachan firewall on",
    }
    firewall_on() { vi: "Đã đặt lại luật tường lửa", en: "The firewall's rules are back" }
    firewall_removed() {
        vi: "Tường lửa không lọc nữa",
        en: "The firewall filters nothing now",
    }
    firewall_comes_back() {
        vi: "Bộ lọc không chạy; khi khởi động, bộ lọc sẽ đặt lại luật",
        en: "The filter does not run; when it starts it sets them again",
    }
    firewall_line(state: &str) { vi: "Tường lửa {state}", en: "Firewall {state}" }
    firewall_state_on(mode: &str) { vi: "đang chặn ({mode})", en: "on ({mode})" }
    firewall_state_off(seconds: u64) {
        vi: "tạm ngừng lọc, còn {seconds} giây",
        en: "filters nothing for {seconds} s more",
    }
    firewall_state_failing(why: &str) {
        vi: "không đúng như cấu hình: {why}",
        en: "not as it should be: {why}",
    }
    nft_missing(program: &str) {
        vi: "không có chương trình {program}; hãy cài: apt install nftables",
        en: "the program {program} is not there; install it: apt install nftables",
    }
    nft_not_allowed() {
        vi: "hệ thống không cho đổi tường lửa (thiếu CAP_NET_ADMIN); hãy chạy với sudo, hoặc cấp quyền trong tệp dịch vụ",
        en: "the system does not let this user change the firewall (CAP_NET_ADMIN is missing); run with sudo, or grant it in the service file",
    }
    nft_refused(said: &str) {
        vi: "nhân hệ điều hành không nhận luật tường lửa: {said}",
        en: "the kernel refused the firewall's rules: {said}",
    }
    nft_unreadable() {
        vi: "không đọc được kết quả của nft",
        en: "what nft tells cannot be read",
    }
    nft_slow() {
        vi: "nft chạy quá lâu nên đã bị dừng; hãy thử lại",
        en: "nft took too long and was ended; try again",
    }
    nft_failed() { vi: "không chạy được nft", en: "nft cannot be run" }
}

/// What rules are for, as their comments in the kernel say it and in Vietnamese.
const RULES: [(&str, &str); 31] = [
    ("not from devices", "không đến từ máy của trường"),
    ("to the box", "gửi tới hộp"),
    ("no DNS over udp", "không phải DNS qua UDP"),
    ("no DNS over tcp", "không phải DNS qua TCP"),
    ("neither", "không phải UDP hay TCP"),
    ("by device", "theo thiết bị (MAC)"),
    ("by subnet", "theo mạng con IPv4"),
    ("by IPv6 subnet", "theo mạng con IPv6"),
    ("by interface", "theo cổng mạng"),
    ("unknown devices", "thiết bị chưa thuộc nhóm nào"),
    ("DNS comes to the box", "DNS được đưa về hộp"),
    ("begun outside", "kết nối do bên ngoài mở"),
    (
        "from interfaces nobody named",
        "đến từ cổng mạng chưa khai báo",
    ),
    ("answers", "gói trả lời"),
    (
        "too many begun through the box",
        "mở quá nhiều kết nối qua hộp",
    ),
    (
        "too many begun with the box",
        "mở quá nhiều kết nối tới hộp",
    ),
    ("DNS over UDP", "DNS qua UDP"),
    ("DNS over TCP", "DNS qua TCP"),
    ("QUIC", "QUIC"),
    ("DNS over QUIC", "DNS qua QUIC"),
    ("DNS over TLS", "DNS qua TLS"),
    ("tunnels over UDP", "VPN qua UDP"),
    ("tunnels over TCP", "VPN qua TCP"),
    ("tunnels over IP", "giao thức khác TCP, UDP, ICMP"),
    (
        "resolvers over TCP (ip)",
        "máy chủ DNS công cộng, TCP (IPv4)",
    ),
    ("resolvers (ip)", "máy chủ DNS công cộng (IPv4)"),
    (
        "resolvers over TCP (ip6)",
        "máy chủ DNS công cộng, TCP (IPv6)",
    ),
    ("resolvers (ip6)", "máy chủ DNS công cộng (IPv6)"),
    ("under the box's address", "đi ra bằng địa chỉ của hộp"),
    ("the box itself", "chính hộp này"),
    ("management ports are shut", "đóng cổng quản trị"),
];

impl Words {
    /// What a rule is for, by its comment; a comment of somebody else's as it stands.
    pub(crate) fn firewall_purpose(self, comment: &str) -> String {
        let managed = [
            ("management (ip)", "cổng quản trị (IPv4)"),
            ("management (ip6)", "cổng quản trị (IPv6)"),
        ];
        let mut all = RULES.into_iter().chain(managed);
        let known = all.find(|(english, _)| *english == comment);
        match known.filter(|_| self.is_vietnamese()) {
            Some((_, vietnamese)) => vietnamese.to_owned(),
            None => comment.to_owned(),
        }
    }

    /// How the firewall stands, in one line; `None` where there is nothing to tell.
    pub(crate) fn firewall_state(self, view: &FirewallView) -> Option<String> {
        match &view.state {
            FirewallState::Alone => None,
            FirewallState::On => Some(self.firewall_state_on(&view.mode)),
            FirewallState::Off { seconds } => Some(self.firewall_state_off(*seconds)),
            FirewallState::Failing { code, detail } => {
                let why = self.firewall_fault(code, detail);
                Some(self.firewall_state_failing(&why))
            }
        }
    }

    /// Why the kernel's rules could not be read or changed.
    pub(crate) fn firewall_error(self, error: &FirewallError) -> String {
        self.firewall_fault(error.id(), &error.detail())
    }

    /// The same of an error's id and what another program said.
    fn firewall_fault(self, code: &str, detail: &str) -> String {
        match code {
            "missing" => self.nft_missing(detail),
            "not-allowed" => self.nft_not_allowed(),
            "refused" => self.nft_refused(detail),
            "unreadable" => self.nft_unreadable(),
            "slow" => self.nft_slow(),
            _ => self.nft_failed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_config::{Config, Language};
    use lachan_policy::{Group, GroupId, Groups, Tier};

    /// Every comment of the rules of a school that has all of them.
    fn comments() -> Vec<String> {
        let settings = "version = \"v1\"\n[network]\nmode = \"gateway\"\ninside = [\"lan0\"]\noutside = \"OUTSIDE\"\n\
            connections-per-second = 9\nmanagement-ports = [22]\nmanagement-from = [\"10.0.0.0/8\", \"fd00::/8\"]";
        let mut group = Group::new(GroupId(1), "6A", Tier::Thcs);
        group.subnets = ["10.6.0.0/16", "fd00::/64"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        group.macs = vec!["3c:22:fb:0a:b1:9e".parse().unwrap()];
        group.interfaces = vec!["lan0".parse().unwrap()];
        let groups =
            Groups::new(Group::new(GroupId(0), "unknown", Tier::Thpt), vec![group]).unwrap();
        let mut comments = Vec::new();
        for outside in ["wan0", "lan0"] {
            let config = Config::parse(&settings.replace("OUTSIDE", outside), "x").unwrap();
            let rules =
                crate::firewall::rules(&config, &groups, &lachan_lists::testing::shipped_ruleset());
            let value = serde_json::to_value(rules.unwrap().unwrap()).unwrap();
            let commands = value["nftables"].as_array().unwrap();
            let rules = commands
                .iter()
                .filter_map(|command| command["add"]["rule"]["comment"].as_str());
            comments.extend(rules.map(str::to_owned));
        }
        comments
    }

    #[test]
    fn every_rule_is_told_in_vietnamese() {
        let words = Words::new(Language::Vietnamese);
        let comments = comments();
        for comment in &comments {
            let told = words.firewall_purpose(comment);
            assert!(told != *comment || comment == "QUIC", "{comment}");
        }
        for (english, _) in RULES {
            assert!(
                comments.iter().any(|comment| comment == english),
                "{english} is no rule"
            );
        }
        assert_eq!(words.firewall_purpose("mine"), "mine");
    }
}
