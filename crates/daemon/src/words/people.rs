//! Groups, exceptions, events, settings.

use super::words;

words! {
    config_sound(path: &str) { vi: "{path}: tệp cấu hình đúng", en: "{path}: the settings are sound" }
    group() { vi: "Nhóm", en: "Group" }
    tier() { vi: "Cấp", en: "Tier" }
    subnets() { vi: "Dải mạng", en: "Subnets" }
    devices() { vi: "Thiết bị", en: "Devices" }
    device_count(count: usize) { vi: "{count} thiết bị", en: "{count} devices" }
    mode() { vi: "Chế độ", en: "Mode" }
    mode_of_timetable(group: &str) {
        vi: "Nhóm {group} theo thời khóa biểu, không bật chế độ nào",
        en: "The group {group} follows its timetable; no mode is switched on",
    }
    mode_until_ended(group: &str, mode: &str) {
        vi: "Nhóm {group} ở chế độ {mode} cho đến khi có người đổi",
        en: "The group {group} is in the mode {mode} until somebody changes it",
    }
    mode_until(group: &str, mode: &str, until: &str) {
        vi: "Nhóm {group} ở chế độ {mode} đến {until}",
        en: "The group {group} is in the mode {mode} until {until}",
    }
    device_is(name: &str, mac: &str) {
        vi: "{name} là thiết bị {mac}; nhóm giữ địa chỉ này, không giữ tên, vì tên do thiết bị tự đặt",
        en: "{name} is the device {mac}; the group keeps this address, not the name, which a device gives itself",
    }
    macs_are_random(macs: &str) {
        vi: "Lưu ý: {macs} là địa chỉ ngẫu nhiên do thiết bị tự đặt và có thể đổi, khi đó thiết bị không còn thuộc nhóm. Hãy tắt \"địa chỉ Wi-Fi riêng tư\" (\"MAC ngẫu nhiên\") cho mạng của trường trên thiết bị, hoặc cấp cho thiết bị một mã của nhóm.",
        en: "Note: {macs} was made up by the device and may change; then the device is no longer in the group. Switch off \"private Wi-Fi address\" (\"randomised MAC\") for the school's network on the device, or give it a token of the group.",
    }
    range_is_wide(range: &str, tier: &str) {
        vi: "CẢNH BÁO: dải {range} rất rộng: mọi thiết bị trong đó không thuộc nhóm khác, kể cả máy của học sinh, theo cấp {tier}. Hãy kiểm tra xem có đúng ý không.",
        en: "WARNING: the range {range} is very wide: every device in it that no other group claims, pupils' too, gets the tier {tier}. Check that this is meant.",
    }
    range_holds_others(range: &str, group: &str, theirs: &str, tier: &str) {
        vi: "CẢNH BÁO: dải {range} trùm lên dải của nhóm {group} ({theirs}). Nhóm ấy giữ dải của mình; mọi thiết bị khác trong {range} theo cấp {tier}.",
        en: "WARNING: the range {range} holds that of the group {group} ({theirs}). That group keeps its own; every other device in {range} gets the tier {tier}.",
    }
    interface_not_there(name: &str) {
        vi: "Lưu ý: máy này hiện không có cổng mạng {name}; nhóm có hiệu lực khi cổng xuất hiện.",
        en: "Note: this machine has no interface {name} now; it counts as soon as it is there.",
    }
    token_made(group: &str) {
        vi: "Trên đây là mã mới của nhóm {group}. Mã chỉ hiện lần này: hãy ghi vào cấu hình của thiết bị (DoH: /dns-query/MÃ; DoT: MÃ.tên-máy-chủ). Thiết bị nào có mã thì thuộc nhóm, ở đâu trong trường cũng vậy.",
        en: "Above is a new token of the group {group}. It is shown this once: put it into the device's settings (DoH: /dns-query/TOKEN; DoT: TOKEN.server-name). Whoever has it is in the group, anywhere in the school.",
    }
    tokens(group: &str, firsts: &str) {
        vi: "Các mã của nhóm {group} bắt đầu bằng: {firsts}",
        en: "The tokens of the group {group} begin with: {firsts}",
    }
    no_tokens(group: &str) {
        vi: "Nhóm {group} chưa có mã nào. Tạo mã: lachan groups token '{group}' --new",
        en: "The group {group} has no token. Make one: lachan groups token '{group}' --new",
    }
    tokens_revoked(group: &str, firsts: &str) {
        vi: "Mã của nhóm {group} không còn hiệu lực: {firsts}",
        en: "Tokens of the group {group} that no longer hold: {firsts}",
    }
    service() { vi: "Dịch vụ", en: "Service" }
    state() { vi: "Tình trạng", en: "State" }
    because_of() { vi: "Do", en: "Because of" }
    not_known() { vi: "(chưa rõ)", en: "(not known)" }
    services_for(whom: &str) { vi: "Các dịch vụ ở {whom}:", en: "Services for {whom}:" }
    already_switched(id: i64) {
        vi: "Không có gì thay đổi: ngoại lệ số {id} đã như vậy",
        en: "Nothing changed: exception number {id} says so already",
    }
    service_reset(service: &str, count: usize) {
        vi: "Đã bỏ công tắc của {service} ({count} ngoại lệ); dịch vụ theo bảng của cấp",
        en: "Took back the switch of {service} ({count} exceptions); it is as the tier's table says",
    }
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
    whole_school() { vi: "(cả trường)", en: "(whole school)" }
    removed_group(id: u32) { vi: "(nhóm {id}, đã xóa)", en: "(group {id}, removed)" }
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
    name_before(name: &str, behind: &str) {
        vi: "{name} (đứng sau là {behind})",
        en: "{name} (behind it stands {behind})",
    }
    name_before_address(name: &str) {
        vi: "{name} (dẫn tới địa chỉ bị chặn)",
        en: "{name} (leads to a closed address)",
    }
    name_not_kept() { vi: "(không lưu tên)", en: "(name not kept)" }
    time_unknown() { vi: "(chưa rõ giờ)", en: "(time unknown)" }
    unknown_device_group() { vi: "(không thuộc nhóm)", en: "(no group)" }
    no_events() {
        vi: "Không có lượt bị chặn nào ở đây. Lá Chắn chỉ ghi những lần bị chặn, mỗi phút một dòng, không bao giờ ghi học sinh xem gì; những lượt mới nhất được ghi xuống đĩa chậm nhất sau một phút.",
        en: "Nothing blocked is recorded here. Lá Chắn records blocked attempts only, a line a minute, never what pupils look at; the newest are written to disk within a minute.",
    }
}
