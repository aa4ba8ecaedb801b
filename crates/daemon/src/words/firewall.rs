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
        vi: "Cấu hình, nhóm hoặc danh sách đã đổi sau lần đặt luật gần nhất; bộ lọc đang chạy sẽ tự đặt lại trong một phút",
        en: "Settings, groups or lists changed since the rules were set; a running filter sets them anew within a minute",
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
        vi: "Tường lửa ngừng lọc trong {time}: lúc này mọi máy đi thẳng; lọc lại sớm hơn: lachan firewall on",
        en: "The firewall filters nothing for {time}: until then everything goes its way; to end it sooner: lachan firewall on",
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
    nft_failed() { vi: "không chạy được nft", en: "nft cannot be run" }
}

impl Words {
    /// How the firewall stands, in one line; `None` where there is nothing to tell.
    pub(crate) fn firewall_state(self, view: &FirewallView) -> Option<String> {
        match &view.state {
            FirewallState::Alone => None,
            FirewallState::On => Some(self.firewall_state_on(&view.mode)),
            FirewallState::Off { seconds } => Some(self.firewall_state_off(*seconds)),
            FirewallState::Failing { why } => Some(self.firewall_state_failing(why)),
        }
    }

    /// Why the kernel's rules could not be read or changed.
    pub(crate) fn firewall_error(self, error: &FirewallError) -> String {
        match error {
            FirewallError::Missing(program) => self.nft_missing(program),
            FirewallError::NotAllowed => self.nft_not_allowed(),
            FirewallError::Refused(said) => self.nft_refused(said),
            FirewallError::Unreadable(_) => self.nft_unreadable(),
            FirewallError::Run(_) => self.nft_failed(),
        }
    }
}
