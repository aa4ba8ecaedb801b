//! `lachan run`.

use super::words;

words! {
    ruleset_cut() {
        vi: "lachan: lỗi: tệp bộ luật bị cắt hoặc ghi đè trong khi đang dùng; dừng lại để không mở mọi thứ. Hãy chạy lại: Lá Chắn sẽ dùng bộ luật tốt gần nhất",
        en: "lachan: error: the ruleset file was cut or written over while in use; stopping rather than opening everything. Start again: the last good ruleset will serve"
    }
    started() { vi: "Lá Chắn đang chạy", en: "Lá Chắn is running" }
    listens(address: &str) { vi: "  DNS: {address} (UDP, TCP)", en: "  DNS: {address} (UDP, TCP)" }
    shows_figures(address: &str) {
        vi: "  Số liệu: http://{address}/metrics",
        en: "  Figures: http://{address}/metrics",
    }
    status_line(names: u64, up: usize, upstreams: usize) {
        vi: "Đang lọc {names} tên; máy chủ cấp trên hoạt động: {up} trên {upstreams}",
        en: "Filtering {names} names; upstreams in use: {up} of {upstreams}",
    }
    serves_ruleset(built: &str, days: i64, names: u64, lists: usize) {
        vi: "  Bộ luật {built}, cách đây {days} ngày: {names} tên trong {lists} danh sách",
        en: "  Ruleset {built}, {days} days old: {names} names in {lists} lists",
    }
    serves_ruleset_of_unknown_age(names: u64, lists: usize) {
        vi: "  Bộ luật không rõ ngày: {names} tên trong {lists} danh sách",
        en: "  Ruleset of unknown age: {names} names in {lists} lists",
    }
    serves_group(name: &str, tier: &str, subnets: &str) {
        vi: "  Nhóm {name} ({tier}): {subnets}",
        en: "  Group {name} ({tier}): {subnets}",
    }
    serves_unknown(tier: &str) {
        vi: "  Thiết bị không thuộc nhóm ({tier})",
        en: "  Devices in no group ({tier})",
    }
    no_upstream() {
        vi: "  Không có máy chủ cấp trên: chỉ trả lời tên bị chặn, tên nội bộ và tên đã nhớ",
        en: "  No upstream: only blocked, local and cached names are answered",
    }
    recurses() {
        vi: "  Tự tra tên miền từ máy chủ gốc, không hỏi máy chủ cấp trên",
        en: "  Names are looked up from the root servers; upstreams are not asked",
    }
    ca_file_unreadable(file: &str, why: &str) {
        vi: "CẢNH BÁO: không đọc được chứng chỉ nào trong {file} ({why}); máy chủ cấp trên dùng tổ chức chứng thực này sẽ không được tin",
        en: "WARNING: no certificate can be read from {file} ({why}); upstreams of that authority will not be believed",
    }
    no_roots() {
        vi: "CẢNH BÁO: máy này không có chứng chỉ gốc nào, nên không hỏi được máy chủ cấp trên có mã hóa; hãy cài gói ca-certificates, hoặc ghi tệp vào ca-files",
        en: "WARNING: this machine has no root certificates, so encrypted upstreams cannot be asked; install ca-certificates, or name a file in ca-files",
    }
    no_request_codes(file: &str, why: &str) {
        vi: "CẢNH BÁO: không đọc hay tạo được {file} ({why}); câu trả lời chặn sẽ không có mã yêu cầu",
        en: "WARNING: {file} can neither be read nor made ({why}); blocked answers carry no request codes",
    }
    few_descriptors(have: u64, want: u64) {
        vi: "CẢNH BÁO: hệ thống chỉ cho mở {have} tệp và kết nối, cấu hình cần {want}; hãy tăng giới hạn (LimitNOFILE của dịch vụ, hoặc ulimit -n), hoặc giảm max-tcp-connections",
        en: "WARNING: the system lets this process open only {have} files and connections, and the settings want {want}; raise the limit (LimitNOFILE of the service, or ulimit -n), or lower max-tcp-connections",
    }
    database_set_aside(file: &str, aside: &str) {
        vi: "CẢNH BÁO: {file} bị hỏng nên đã được cất sang {aside}, và một cơ sở dữ liệu mới được tạo: các nhóm và ngoại lệ cần được nhập lại",
        en: "WARNING: {file} was damaged; it was set aside as {aside} and a new database was begun: groups and exceptions have to be entered again",
    }
    serves_previous(why: &str) {
        vi: "CẢNH BÁO: không dùng được bộ luật ({why}); đang dùng bộ luật tốt gần nhất; hãy biên dịch lại danh sách",
        en: "WARNING: the ruleset cannot be used ({why}); the last good one serves; compile the lists again",
    }
    serves_compiled(why: &str) {
        vi: "CẢNH BÁO: không dùng được bộ luật ({why}); đang dùng bộ luật chỉ gồm bộ kiến thức đi kèm; hãy biên dịch lại danh sách",
        en: "WARNING: the ruleset cannot be used ({why}); one of the shipped rules alone serves; compile the lists again",
    }
}
