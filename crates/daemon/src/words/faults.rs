//! What went wrong, and what to do.

use std::path::Path;

use super::words;

words! {
    error() { vi: "lỗi", en: "error" }
    because() { vi: "vì", en: "because" }
    output_failed() { vi: "không ghi được kết quả ra", en: "the output cannot be written" }
    no_ruleset(path: &str) {
        vi: "không có bộ luật nào dùng được, nên Lá Chắn không chạy: không bao giờ chạy mà không lọc; hãy chạy `lachan lists compile --out {path}`, hoặc sửa paths.rules trong tệp cấu hình",
        en: "there is no usable ruleset, so Lá Chắn does not start: it never runs without a filter; run `lachan lists compile --out {path}`, or correct paths.rules in the settings",
    }
    ruleset_missing(path: &str) {
        vi: "{path}: không có bộ luật này; hãy chạy `lachan lists compile --out {path}`",
        en: "{path}: there is no such ruleset; run `lachan lists compile --out {path}`",
    }
    ruleset_damaged(path: &str) {
        vi: "{path}: bộ luật bị hỏng hoặc không mở được; hãy biên dịch lại bằng `lachan lists compile`",
        en: "{path}: the ruleset is damaged or cannot be opened; compile it again with `lachan lists compile`",
    }
    rules_unusable(path: &str) {
        vi: "{path}: không dùng được bộ kiến thức (rules); hãy kiểm tra đường dẫn, hoặc cài lại Lá Chắn",
        en: "{path}: the shipped rules cannot be used; check the path, or install Lá Chắn again",
    }
    import_failed(list: &str) {
        vi: "không nhập được danh sách {list}; chưa ghi gì, bộ luật cũ vẫn còn nguyên",
        en: "the list {list} cannot be imported; nothing was written, the old ruleset stays",
    }
    manifest_failed(path: &str) {
        vi: "không dùng được tệp {path}; chưa ghi gì, bộ luật cũ vẫn còn nguyên",
        en: "{path} cannot be used; nothing was written, the old ruleset stays",
    }
    compile_failed(path: &str) {
        vi: "{path}: không ghi được bộ luật; bộ luật cũ vẫn còn nguyên",
        en: "{path}: the ruleset could not be written; the old one stays",
    }
    disk_full(path: &str) {
        vi: "{path}: đĩa đã đầy nên không ghi được bộ luật; bộ luật cũ vẫn còn nguyên; hãy xóa bớt tệp rồi thử lại",
        en: "{path}: the disk is full, so the ruleset was not written; the old one stays; free some space and try again",
    }
    database_failed(path: &str) {
        vi: "{path}: không dùng được cơ sở dữ liệu",
        en: "{path}: the database cannot be used",
    }
    read_failed(path: &str) {
        vi: "{path}: không đọc được tệp; hãy kiểm tra đường dẫn và quyền đọc",
        en: "{path}: the file cannot be read; check the path and its permissions",
    }
    write_failed(path: &str) {
        vi: "{path}: không ghi được tệp; hãy kiểm tra quyền ghi và chỗ trống trên đĩa",
        en: "{path}: the file cannot be written; check its permissions and the free space",
    }
    not_a_file(path: &str) {
        vi: "{path}: đã có và không phải là tệp thường (là thư mục, thiết bị hay đường ống), nên không được thay bằng bộ luật; hãy ghi --out một tên tệp khác",
        en: "{path}: this exists and is no regular file (a folder, a device or a pipe), so no ruleset takes its place; give --out another file name",
    }
    not_a_name(text: &str) {
        vi: "{text:?} không phải là tên miền; hãy viết ví dụ như vnexpress.net",
        en: "{text:?} is no domain name; write, for example, vnexpress.net",
    }
    not_a_time(text: &str) {
        vi: "không hiểu thời gian {text:?}; hãy viết 2026-11-22T10:09:00+07:00, \"2026-11-22 10:09\", hoặc 10:09 của hôm nay",
        en: "{text:?} is no time; write 2026-11-22T10:09:00+07:00, \"2026-11-22 10:09\", or 10:09 for today",
    }
    not_a_span(text: &str) {
        vi: "không hiểu khoảng thời gian {text:?}; hãy viết 45m (phút), 2h (giờ), 3d (ngày) hoặc 1w (tuần)",
        en: "{text:?} is no length of time; write 45m, 2h, 3d or 1w",
    }
    no_clock(text: &str) {
        vi: "đồng hồ của máy chưa đúng nên không biết {text:?} là ngày nào; hãy viết cả ngày",
        en: "the clock of this machine is not set, so {text:?} has no day; write the whole date",
    }
    past(text: &str) {
        vi: "{text:?} đã qua rồi; hãy viết một lúc sau bây giờ",
        en: "{text:?} is over already; write a time that is still to come",
    }
    end_without_mode() {
        vi: "--until và --for là hạn của chế độ; hãy ghi thêm --mode",
        en: "--until and --for are the end of a mode; give --mode as well",
    }
    nothing_to_set(name: &str) {
        vi: "chưa ghi gì để sửa ở nhóm {name:?}: hãy ghi --tier, --subnet, --mac, --interface, --device, --drop, --rename hoặc --mode",
        en: "nothing is given to change in the group {name:?}: give --tier, --subnet, --mac, --interface, --device, --drop, --rename or --mode",
    }
    all_for_staff(range: &str, tier: &str) {
        vi: "{range} là mọi địa chỉ: mọi thiết bị không thuộc nhóm khác, kể cả máy của học sinh, sẽ theo cấp {tier}, cấp ít bị lọc nhất. Nhóm chưa được lưu. Hãy ghi đúng dải mạng của nhóm; nếu thật sự muốn vậy, ghi thêm --yes",
        en: "{range} is every address: every device that no other group claims, pupils' too, would get {tier}, the tier that is filtered least. The group was not saved. Give the group's own range; if it is really meant, add --yes",
    }
    not_claimed(group: &str, one: &str) {
        vi: "nhóm {group:?} không có {one}; xem bằng `lachan groups list --json`",
        en: "the group {group:?} does not have {one}; see `lachan groups list --json`",
    }
    no_switch(service: &str) {
        vi: "dịch vụ {service:?} chưa được mở hay đóng riêng ở đây",
        en: "the service {service:?} has no switch here to take back",
    }
    token_refused(why: &str) { vi: "mã không thay đổi: {why}", en: "no token was changed: {why}" }
    unknown_group(name: &str) {
        vi: "không có nhóm {name:?}; xem các nhóm bằng `lachan groups list`",
        en: "there is no group {name:?}; `lachan groups list` shows them all",
    }
    group_needs_config(name: &str) {
        vi: "chưa biết nhóm {name:?}: hãy ghi thêm --config để đọc các nhóm, hoặc dùng --tier",
        en: "the group {name:?} is not known here: give --config as well, so that groups can be read, or use --tier",
    }
    unknown_category(id: &str, known: &str) {
        vi: "không có thể loại {id:?}; các thể loại là {known}",
        en: "there is no category {id:?}; the categories are {known}",
    }
    unknown_service(id: &str) {
        vi: "không có dịch vụ {id:?} trong bộ luật đang dùng",
        en: "there is no service {id:?} in the ruleset in use",
    }
    database_refused() {
        vi: "cơ sở dữ liệu không nhận",
        en: "the database did not take it",
    }
    group_refused(why: &str) { vi: "nhóm chưa được lưu: {why}", en: "the group was not saved: {why}" }
    groups_refused(why: &str) { vi: "chưa nhập nhóm nào: {why}", en: "no group was imported: {why}" }
    exception_refused(why: &str) { vi: "ngoại lệ chưa được lưu: {why}", en: "the exception was not saved: {why}" }
    groups_clash(why: &str) {
        vi: "các nhóm trong cơ sở dữ liệu trùng thiết bị: {why}",
        en: "groups in the database claim the same devices: {why}",
    }
    port_failed(address: &str, key: &str) {
        vi: "không nhận được câu hỏi ở {address}: cổng đã có chương trình khác dùng, hoặc người dùng này không được phép; hãy dừng chương trình kia (thường là systemd-resolved hoặc dnsmasq), hoặc đổi {key} trong tệp cấu hình",
        en: "cannot listen on {address}: another program has the port (often systemd-resolved or dnsmasq), or this user may not have it; stop that program, or change {key} in the settings",
    }
    serve_failed() {
        vi: "bộ lọc đã dừng vì lỗi; hãy khởi động lại",
        en: "the filter stopped because of an error; start it again",
    }
    runtime_failed() {
        vi: "hệ thống không cho bộ lọc khởi động",
        en: "the system did not let the filter start",
    }
    convert_failed(path: &str) {
        vi: "{path}: không chuyển đổi được danh sách",
        en: "{path}: the list cannot be converted",
    }
    diff_failed() {
        vi: "không so sánh được: phần tên của một bộ luật bị hỏng; hãy biên dịch lại",
        en: "the rulesets cannot be compared: the text of one is damaged; compile it again",
    }
}

/// A path as it is shown: control characters cannot disturb a terminal.
pub(crate) fn path(path: &Path) -> String {
    let shown = path.display().to_string();
    let escape = |c: char| {
        if c.is_control() {
            c.escape_debug().to_string()
        } else {
            c.into()
        }
    };
    shown.chars().map(escape).collect()
}
