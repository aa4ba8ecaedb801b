//! What is said of the firewall.

use lachan_firewall::{Difference, FirewallError};

use super::{Words, words};
use crate::control::{FirewallState, FirewallView, RuleCount};

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
        vi: "Nhóm, danh sách hoặc cấu hình đã đổi sau lần đặt luật gần nhất; bộ lọc đang chạy sẽ tự đặt lại trong một phút, riêng tệp cấu hình thì sau khi đọc lại: lachan reload",
        en: "Groups, lists or settings changed since the rules were set; a running filter sets them anew within a minute, for settings after: lachan reload",
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
    no_time_off(text: &str) {
        vi: "{text:?} không dùng được; hãy viết như 10m hoặc 2h, dài nhất 24h",
        en: "{text:?} is no time; write 10m or 2h, at most 24h",
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
        vi: "không có chương trình {program}; hãy cài: apt install nftables iproute2",
        en: "the program {program} is not there; install it: apt install nftables iproute2",
    }
    firewall_unsound(said: &str) {
        vi: "cấu hình không thành luật tường lửa được: {said}",
        en: "the settings make no firewall: {said}",
    }
    firewall_no_bridge(name: &str) {
        vi: "không có cầu mạng {name}; hãy tạo: ip link add {name} type bridge, rồi đưa hai cổng vào: ip link set CỔNG master {name}",
        en: "there is no bridge {name}; make it: ip link add {name} type bridge, then put both cards into it: ip link set CARD master {name}",
    }
    firewall_no_port(name: &str) {
        vi: "cổng {name} chưa nằm trong cầu mạng (network.bridge); hãy đưa vào: ip link set {name} master CẦU",
        en: "{name} is no port of the bridge (network.bridge); put it there: ip link set {name} master BRIDGE",
    }
    firewall_seen_twice(file: &str) {
        vi: "br_netfilter đang bật nên luật sẽ thấy mỗi gói hai lần; hãy tắt: echo 0 > {file}",
        en: "br_netfilter is on, so rules would see each packet twice; switch it off: echo 0 > {file}",
    }
    firewall_no_bridges() {
        vi: "nhân hệ điều hành này không lọc được cầu mạng (thiếu nftables họ bridge); hãy dùng network.mode = \"gateway\"",
        en: "this kernel cannot filter a bridge (it lacks nftables' family bridge); use network.mode = \"gateway\"",
    }
    firewall_refused(packets: u64) {
        vi: "  Tường lửa đã từ chối {packets} gói tin",
        en: "  The firewall refused {packets} packets",
    }
    firewall_shared(packets: u64) {
        vi: "  {packets} kết nối tới địa chỉ dùng chung của DNS qua HTTPS (chỉ đếm, không chặn)",
        en: "  {packets} connections to addresses that serve DNS over HTTPS beside web sites (counted, not blocked)",
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
        vi: "không đọc được kết quả của nft hoặc ip",
        en: "what nft or ip tells cannot be read",
    }
    nft_slow() {
        vi: "nft hoặc ip chạy quá lâu nên đã bị dừng; hãy thử lại",
        en: "nft or ip took too long and was ended; try again",
    }
    nft_failed() { vi: "không chạy được nft hoặc ip", en: "nft or ip cannot be run" }
}

/// How the rules begin that count and do nothing else.
const SHARED: &str = "shared resolvers";

/// What rules are for, as their comments in the kernel say it, without [`ENDINGS`], and in Vietnamese.
const RULES: [(&str, &str); 71] = [
    ("not from devices", "không đến từ máy của trường"),
    ("to the box", "gửi tới hộp"),
    ("not to the box", "không gửi tới hộp"),
    ("no DNS over udp", "không phải DNS qua UDP"),
    ("no DNS over tcp", "không phải DNS qua TCP"),
    ("neither", "không phải UDP hay TCP"),
    ("not the web", "không phải web"),
    ("not TCP", "không phải TCP"),
    ("by device", "theo thiết bị (MAC)"),
    ("by subnet", "theo mạng con IPv4"),
    ("by IPv6 subnet", "theo mạng con IPv6"),
    ("by interface", "theo cổng mạng"),
    ("unknown devices", "thiết bị chưa thuộc nhóm nào"),
    ("DNS comes to the box", "DNS được đưa về hộp"),
    ("somebody answers", "bộ lọc đang trả lời"),
    ("DNS goes upstream", "DNS được chuyển lên máy chủ cấp trên"),
    ("HTTP comes to the proxy", "web (HTTP) được đưa về proxy"),
    ("TLS comes to the proxy", "web (TLS) được đưa về proxy"),
    ("under way through the proxy", "kết nối đang qua proxy"),
    ("the web past the proxy", "web không qua proxy"),
    ("the proxy's own ports", "gọi thẳng cổng riêng của proxy"),
    (
        "shared resolvers",
        "địa chỉ dùng chung của DNS qua HTTPS (chỉ đếm)",
    ),
    ("to networks of our own", "gửi tới mạng nội bộ"),
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
    (
        "too many open through the box",
        "giữ quá nhiều kết nối qua hộp",
    ),
    (
        "too many open with the box",
        "giữ quá nhiều kết nối tới hộp",
    ),
    (
        "DNS over UDP while nobody answers",
        "DNS qua UDP khi bộ lọc ngừng chạy",
    ),
    (
        "DNS over TCP while nobody answers",
        "DNS qua TCP khi bộ lọc ngừng chạy",
    ),
    ("DNS over odd ports over UDP", "DNS ở cổng lạ qua UDP"),
    ("DNS over odd ports over TCP", "DNS ở cổng lạ qua TCP"),
    ("ICMP but pings", "ICMP không phải ping"),
    ("large pings", "ping quá lớn"),
    ("too many pings", "ping quá nhiều"),
    ("DNS over UDP", "DNS qua UDP"),
    ("DNS over TCP", "DNS qua TCP"),
    ("QUIC", "QUIC"),
    ("DNS over QUIC", "DNS qua QUIC"),
    ("DNS over TLS", "DNS qua TLS"),
    ("tunnels over UDP", "VPN qua UDP"),
    ("tunnels over TCP", "VPN qua TCP"),
    ("tunnels over IP", "giao thức khác TCP, UDP, ICMP"),
    ("resolvers over TCP", "máy chủ DNS công cộng, TCP"),
    ("resolvers", "máy chủ DNS công cộng"),
    ("tunnels' addresses over TCP", "địa chỉ của VPN, TCP"),
    ("tunnels' addresses", "địa chỉ của VPN"),
    ("to networks that stay open", "gửi tới mạng vẫn mở"),
    ("ports that stay open", "cổng vẫn mở"),
    ("ICMP", "ICMP"),
    (
        "addresses of one's own choice, TCP",
        "tự chọn địa chỉ IP, TCP",
    ),
    ("addresses of one's own choice", "tự chọn địa chỉ IP"),
    ("the box's services", "dịch vụ của hộp"),
    ("the box's other ports, TCP", "cổng khác của hộp, TCP"),
    ("the box's other ports", "cổng khác của hộp"),
    ("under the box's address", "đi ra bằng địa chỉ của hộp"),
    ("the box itself", "chính hộp này"),
    ("management", "cổng quản trị"),
    ("management ports are shut", "đóng cổng quản trị"),
    ("a shorter way past the box", "chỉ đường tắt không qua hộp"),
    ("to many", "gửi cho nhiều máy"),
    ("to this wire only", "chỉ gửi trong đoạn mạng này"),
    ("neighbour discovery", "tìm máy lân cận (IPv6)"),
    ("DHCP", "DHCP"),
    (
        "lifted out of the bridge",
        "được lấy ra khỏi cầu mạng để lọc",
    ),
    ("other protocols", "giao thức khác IP"),
    ("table", "bảng"),
    ("chain", "chuỗi"),
    ("set", "tập hợp"),
];

/// How the same rule for another family or transport ends, for programs and for people.
const ENDINGS: [(&str, &str); 4] = [
    (" (ip)", " (IPv4)"),
    (" (ip6)", " (IPv6)"),
    (" (tcp)", " (TCP)"),
    (" (udp)", " (UDP)"),
];

impl Words {
    /// What a rule is for, by its comment; a comment of somebody else's as it stands.
    pub(crate) fn firewall_purpose(self, comment: &str) -> String {
        let mut endings = ENDINGS.into_iter();
        let found =
            endings.find_map(|(ending, shown)| Some((comment.strip_suffix(ending)?, shown)));
        let (base, ending) = found.unwrap_or((comment, ""));
        let mut all = RULES.into_iter();
        let Some((english, vietnamese)) = all.find(|(english, _)| *english == base) else {
            return comment.to_owned();
        };
        let text = if self.is_vietnamese() {
            vietnamese
        } else {
            english
        };
        format!("{text}{ending}")
    }

    /// What became of a rule, after the mark that the sentence above explains.
    pub(crate) fn firewall_change(self, change: &Difference) -> String {
        let (mark, name) = match change {
            Difference::Missing(name) => ('-', name),
            Difference::Foreign(name) => ('+', name),
            Difference::Changed(name) => ('!', name),
            Difference::Reordered => return "~".to_owned(),
        };
        let Some((chain, comment)) = name.split_once(": ") else {
            return format!("{mark} {name}");
        };
        let kind = self.firewall_purpose(chain);
        let purpose = self.firewall_purpose(comment);
        format!("{mark} {kind}: {purpose}")
    }

    /// What the rules have held, where they have; a line each.
    pub(crate) fn firewall_counts(self, view: &FirewallView) -> Vec<String> {
        let sum = |wanted: &dyn Fn(&RuleCount) -> bool| {
            let counts = view.counts.iter().filter(|count| wanted(count));
            counts.map(|count| count.packets).sum::<u64>()
        };
        let refused = sum(&|count| count.refuses);
        let shared = sum(&|count| count.rule.starts_with(SHARED));
        let refused = (refused > 0).then(|| self.firewall_refused(refused));
        let shared = (shared > 0).then(|| self.firewall_shared(shared));
        refused.into_iter().chain(shared).collect()
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
            "unsound" => self.firewall_unsound(detail),
            "no-bridge" => self.firewall_no_bridge(detail),
            "no-port" => self.firewall_no_port(detail),
            "seen-twice" => self.firewall_seen_twice(detail),
            "no-bridges" => self.firewall_no_bridges(),
            _ => self.nft_failed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_config::Language;

    const VI: Words = Words::new(Language::Vietnamese);
    /// The rules of schools that together have all of them.
    const GOLDEN: [&str; 4] = [
        include_str!("../../../firewall/tests/it/golden/gateway.jsonl"),
        include_str!("../../../firewall/tests/it/golden/proxied.jsonl"),
        include_str!("../../../firewall/tests/it/golden/explicit.jsonl"),
        include_str!("../../../firewall/tests/it/golden/bridge.jsonl"),
    ];

    fn comments() -> Vec<String> {
        let lines = GOLDEN.into_iter().flat_map(str::lines);
        let commands = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let comment = |command: serde_json::Value| {
            let comment = command["add"]["rule"]["comment"].as_str();
            comment.map(str::to_owned)
        };
        commands.filter_map(comment).collect()
    }

    #[test]
    fn every_rule_is_told_in_vietnamese() {
        let comments = comments();
        for comment in &comments {
            let same = ["QUIC", "ICMP", "DHCP"].contains(&comment.as_str());
            assert!(
                VI.firewall_purpose(comment) != *comment || same,
                "{comment}"
            );
        }
        for (english, _) in RULES {
            let is_used = |comment: &String| comment.starts_with(english);
            let is_kind = ["table", "chain", "set"].contains(&english);
            assert!(
                is_kind || comments.iter().any(is_used),
                "{english} is no rule"
            );
        }
        assert_eq!(VI.firewall_purpose("mine"), "mine");
        assert_eq!(
            VI.firewall_purpose("resolvers (ip6)"),
            "máy chủ DNS công cộng (IPv6)"
        );
    }

    #[test]
    fn what_somebody_changed_is_told_in_the_reader_s_language() {
        let told = |change: Difference| VI.firewall_change(&change);
        assert_eq!(
            told(Difference::Missing(
                "names-thcs: DNS comes to the box".into()
            )),
            "- names-thcs: DNS được đưa về hộp"
        );
        assert_eq!(
            told(Difference::Changed("table: lachan".into())),
            "! bảng: lachan"
        );
        assert_eq!(
            told(Difference::Foreign("names: mine".into())),
            "+ names: mine"
        );
        let english = Words::new(Language::English);
        let change = Difference::Foreign("names: mine".into());
        assert_eq!(english.firewall_change(&change), "+ names: mine");
    }

    #[test]
    fn what_was_refused_and_what_was_only_counted_are_two_figures() {
        let count = |rule: &str, refuses, packets| RuleCount {
            rule: rule.to_owned(),
            refuses,
            packets,
        };
        let view = FirewallView {
            counts: vec![
                count("QUIC", true, 7),
                count("DNS over TLS", true, 2),
                count("shared resolvers (ip)", false, 5),
                count("DNS comes to the box", false, 99),
            ],
            ..FirewallView::default()
        };
        let told = VI.firewall_counts(&view);
        assert!(
            told[0].contains(" 9 ") && told[1].contains("5 "),
            "{told:?}"
        );
        assert!(VI.firewall_counts(&FirewallView::default()).is_empty());
    }
}
