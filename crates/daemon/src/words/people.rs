//! Groups, exceptions, events, settings.

use super::words;

words! {
    config_sound(path: &str) { vi: "{path}: tệp cấu hình đúng", en: "{path}: the settings are sound" }
    group() { vi: "Nhóm", en: "Group" }
    tier() { vi: "Cấp", en: "Tier" }
    subnets() { vi: "Dải mạng", en: "Subnets" }
    mode() { vi: "Chế độ", en: "Mode" }
    group_added(group: &str) { vi: "Đã tạo nhóm {group}", en: "Added the group {group}" }
    group_changed(group: &str) { vi: "Nhóm bây giờ là {group}", en: "The group is now {group}" }
    group_removed(name: &str) {
        vi: "Đã xóa nhóm {name}; các ngoại lệ của nhóm đã kết thúc",
        en: "Removed the group {name}; its exceptions have ended",
    }
    groups_imported(added: usize, changed: usize, unchanged: usize) {
        vi: "Đã nhập: {added} nhóm mới, {changed} nhóm thay đổi, {unchanged} nhóm giữ nguyên",
        en: "Imported: {added} new groups, {changed} changed, {unchanged} as they were",
    }
    no_groups(tier: &str) {
        vi: "Chưa có nhóm nào: mọi thiết bị đều theo cấp {tier}. Tạo nhóm: lachan groups add TÊN --tier CẤP --subnet DẢI",
        en: "There is no group yet: every device gets the tier {tier}. Make one: lachan groups add NAME --tier TIER --subnet CIDR",
    }
    unknown_devices(tier: &str) {
        vi: "Thiết bị không thuộc nhóm nào theo cấp {tier}.",
        en: "Devices in no group get the tier {tier}.",
    }
    number() { vi: "Số", en: "No." }
    about() { vi: "Về", en: "About" }
    action() { vi: "Tác động", en: "Action" }
    author() { vi: "Người tạo", en: "Author" }
    until() { vi: "Đến", en: "Until" }
    reason() { vi: "Lý do", en: "Reason" }
    opens() { vi: "mở", en: "opens" }
    closes() { vi: "đóng", en: "closes" }
    exception_added(id: i64, about: &str) {
        vi: "Đã tạo ngoại lệ số {id}: {about}",
        en: "Made exception number {id}: {about}",
    }
    no_effect(id: i64) {
        vi: "Lưu ý: ngoại lệ số {id} hiện không có tác dụng:",
        en: "Note: exception {id} decides nothing for now:",
    }
    effect_in_part(id: i64) {
        vi: "Lưu ý: ngoại lệ số {id} không có tác dụng với một số cấp:",
        en: "Note: exception {id} decides nothing for some tiers:",
    }
    effect_unknown(id: i64) {
        vi: "Lưu ý: chưa biết ngoại lệ số {id} có tác dụng không, vì không đọc được bộ luật hay cơ sở dữ liệu; ngoại lệ đã được lưu",
        en: "Note: whether exception {id} has an effect is not known, because the ruleset or the database cannot be read; the exception is saved",
    }
    exception_ended(id: i64) { vi: "Đã kết thúc ngoại lệ số {id}", en: "Ended exception number {id}" }
    no_exceptions() { vi: "Không có ngoại lệ nào.", en: "There is no exception." }
    time() { vi: "Thời gian", en: "Time" }
    category() { vi: "Thể loại", en: "Category" }
    name() { vi: "Tên", en: "Name" }
    rule() { vi: "Luật", en: "Rule" }
    count() { vi: "Lượt", en: "Count" }
    name_not_kept() { vi: "(không lưu tên)", en: "(name not kept)" }
    time_unknown() { vi: "(chưa rõ giờ)", en: "(time unknown)" }
    unknown_device_group() { vi: "(không thuộc nhóm)", en: "(no group)" }
    no_events() {
        vi: "Không có lượt bị chặn nào ở đây. Lá Chắn chỉ ghi những lần bị chặn, mỗi phút một dòng, không bao giờ ghi học sinh xem gì; những lượt mới nhất được ghi xuống đĩa chậm nhất sau một phút.",
        en: "Nothing blocked is recorded here. Lá Chắn records blocked attempts only, a line a minute, never what pupils look at; the newest are written to disk within a minute.",
    }
}
