//! `lachan why`.

use lachan_policy::book::Book;
use lachan_policy::{Action, Level, Role, Tier};

use super::{Words, words};

words! {
    code_stands_for(code: &str) {
        vi: "Mã {code}: đã chặn",
        en: "The code {code}: blocked",
    }
    code_unknown(code: &str) {
        vi: "Không có lượt chặn nào hôm nay hay hôm qua mang mã {code}. Lượt mới nhất được ghi chậm nhất sau một phút: hãy thử lại; nếu vẫn không có, mã thuộc về một máy khác",
        en: "No block of today or yesterday has the code {code}. The newest are written within a minute: try again; if it is still unknown, it is another box's",
    }
    behind_stands(name: &str, behind: &str) {
        vi: "{name} tự nó không bị chặn ở đây: câu trả lời của nó dẫn tới {behind} (CNAME), và {behind} bị chặn:",
        en: "it was not {name} itself that was blocked here: its answer leads to {behind} (CNAME), and {behind} is blocked:",
    }
    behind_stands_address(name: &str, source: &str) {
        vi: "{name} tự nó không bị chặn ở đây: câu trả lời của nó dẫn tới một địa chỉ nằm trong dải bị chặn ({source}). Lý do dưới đây là của riêng tên ấy",
        en: "it was not {name} itself that was blocked here: its answer leads to an address in a blocked range ({source}). What follows is about the name alone",
    }
    only_the_host(host: &str) {
        vi: "chỉ xét tên máy {host}: DNS không thấy phần còn lại của địa chỉ trang",
        en: "only the host {host} is looked at: DNS does not see the rest of a URL",
    }
    verdict_line(action: &str, whom: &str, name: &str) {
        vi: "{action} ở {whom}: {name}",
        en: "{action} for {whom}: {name}",
    }
    of_group(group: &str, tier: &str) { vi: "nhóm {group} ({tier})", en: "the group {group} ({tier})" }
    of_unknown_devices(tier: &str) {
        vi: "thiết bị không thuộc nhóm ({tier})",
        en: "devices in no group ({tier})",
    }
    allowed() { vi: "MỞ", en: "OPEN" }
    restricted() { vi: "HẠN CHẾ", en: "RESTRICTED" }
    blocked() { vi: "CHẶN", en: "BLOCKED" }
    made_by(author: &str, reason: &str) {
        vi: "do {author} đặt; lý do: {reason}",
        en: "made by {author}; reason: {reason}",
    }
    comes_from(source: &str) { vi: "nguồn: {source}", en: "source: {source}" }
    safe_form(form: &str) {
        vi: "trả lời bằng dạng an toàn: {form}",
        en: "answered in its safe form: {form}",
    }
    alerts() { vi: "báo cho tổ tư vấn học đường", en: "the counsellor is told" }
    keeps_no_name() {
        vi: "nhật ký chỉ giữ thể loại, không giữ tên",
        en: "the log keeps the category, not the name",
    }
    asked_at(time: &str) { vi: "xét lúc {time}", en: "as at {time}" }
    at_unknown() {
        vi: "máy chưa biết giờ: mọi giờ đóng đều có hiệu lực, mọi lượt mở có hạn coi như đã hết",
        en: "the time is not known: every closing period holds, every opening with an end has ended",
    }
    client_is(address: &str, about: &str, by: &str) {
        vi: "thiết bị {address} ({about}): {by}",
        en: "the device {address} ({about}): {by}",
    }
    on_interface(name: &str) { vi: "qua {name}", en: "on {name}" }
    mac_unknown() { vi: "hiện chưa rõ địa chỉ MAC", en: "its MAC is not known now" }
    known_by_mac(mac: &str) { vi: "nhận ra theo địa chỉ MAC {mac}", en: "recognised by the MAC {mac}" }
    known_by_subnet(subnet: &str) {
        vi: "nhận ra theo dải mạng {subnet}",
        en: "recognised by the subnet {subnet}",
    }
    known_by_interface(name: &str) {
        vi: "nhận ra theo cổng mạng {name}",
        en: "recognised by the interface {name}",
    }
    known_by_nothing() { vi: "không nhóm nào có thiết bị này", en: "no group has this device" }
    chain() { vi: "Vì sao", en: "Why" }
    in_no_list() { vi: "không danh sách nào có tên này", en: "no list knows the name" }
    listed_as(entry: &str, list: &str, category: &str) {
        vi: "{entry} có trong {list}: {category}",
        en: "{entry} stands in {list}: {category}",
    }
    listed(entry: &str, list: &str) {
        vi: "{entry} có trong {list}",
        en: "{entry} stands in {list}",
    }
    protected(name: &str, category: &str) {
        vi: "{name} được bảo vệ: danh sách nhập về ghi {category}, không tính",
        en: "{name} is protected: an imported list says {category}, which does not count",
    }
    corrected(category: &str) {
        vi: "Sở đã đính chính: bỏ thể loại {category}",
        en: "the department corrected it: {category} is struck off",
    }
    guessed_doorway(part: &str, role: &str) {
        vi: "tên mang dấu hiệu trang cờ bạc mới lập (“{part}”): đoán theo tên máy, {role} mở được",
        en: "the name is built like a new gambling door-way (“{part}”): a guess by the host name, {role} may open it",
    }
    guessed_impersonation(part: &str) {
        vi: "tên ghép thương hiệu với lời mời chào như trang lừa đảo (“{part}”): đoán theo tên máy, chỉ báo, không chặn",
        en: "the name puts a brand beside a lure, as scams do (“{part}”): a guess by the host name, told but not blocked",
    }
    guessed_look_alike(name: &str) {
        vi: "tên trông giống {name} nhưng không phải: đoán theo tên máy, chỉ báo, không chặn",
        en: "the name looks like {name} and is another: a guess by the host name, told but not blocked",
    }
    refused(id: i64, author: &str, reason: &str, needs: &str) {
        vi: "ngoại lệ số {id} của {author} ({reason}) không có hiệu lực: chỉ {needs} mới được mở",
        en: "exception {id} by {author} ({reason}) does not count: only {needs} may open this",
    }
    only_may_open(role: &str) {
        vi: "chỉ {role} mới được mở",
        en: "only {role} may open this",
    }
    department() { vi: "Sở", en: "the department" }
    school() { vi: "quản trị của trường", en: "the school's administrator" }
    teacher() { vi: "giáo viên", en: "a teacher" }
    decided(level: &str) { vi: "quyết định bởi {level}", en: "decided by {level}" }
    level() { vi: "Bậc", en: "Level" }
    level_help() { vi: "đường dây trợ giúp: luôn mở, không bao giờ ghi lại", en: "help lines: always open, never logged" }
    level_statutory() { vi: "quyết định của cơ quan nhà nước", en: "a statutory decision" }
    level_always_open() { vi: "danh sách luôn mở", en: "the names that are always open" }
    level_department_lock() { vi: "khóa của Sở cho cấp này", en: "the department's lock for this tier" }
    level_exam() { vi: "chế độ thi", en: "exam mode" }
    level_lesson_pass() { vi: "lượt mở của giáo viên cho tiết học", en: "a teacher's pass for the lesson" }
    level_local_exception() { vi: "ngoại lệ của trường", en: "the school's exception" }
    level_department_exception() { vi: "ngoại lệ của Sở", en: "the department's exception" }
    level_mode() { vi: "chế độ của nhóm", en: "the group's mode" }
    level_timetable() { vi: "thời khóa biểu của nhóm", en: "the group's timetable" }
    level_tier() { vi: "bảng của cấp học", en: "the tier's table" }
    level_default() { vi: "không gì ngăn lại", en: "nothing that objects" }
}

impl Words {
    /// The name of a tier, as the policy book has it.
    pub(crate) fn tier_named(self, book: &Book, tier: Tier) -> String {
        let info = book.tier(tier);
        info.map_or_else(
            || tier.id().to_owned(),
            |info| self.of(&info.name).to_owned(),
        )
    }

    /// What happens to a name.
    pub(crate) fn action_named(self, action: Action) -> String {
        match action {
            Action::Allow => self.allowed(),
            Action::Restrict => self.restricted(),
            Action::Block => self.blocked(),
        }
    }

    /// A role, as the one who may do something.
    pub(crate) fn role_named(self, role: Role) -> String {
        match role {
            Role::Department => self.department(),
            Role::School => self.school(),
            Role::Teacher => self.teacher(),
        }
    }

    /// A level, as what decided.
    pub(crate) fn level_named(self, level: Level) -> String {
        match level {
            Level::Help => self.level_help(),
            Level::Statutory => self.level_statutory(),
            Level::AlwaysOpen => self.level_always_open(),
            Level::DepartmentLock => self.level_department_lock(),
            Level::Exam => self.level_exam(),
            Level::LessonPass => self.level_lesson_pass(),
            Level::LocalException => self.level_local_exception(),
            Level::DepartmentException => self.level_department_exception(),
            Level::Mode => self.level_mode(),
            Level::Timetable => self.level_timetable(),
            Level::Tier => self.level_tier(),
            Level::Default => self.level_default(),
        }
    }
}
