//! `lachan lists`.

use super::words;

words! {
    list() { vi: "Danh sách", en: "List" }
    class() { vi: "Loại", en: "Class" }
    entries() { vi: "Mục", en: "Entries" }
    refused_lines() { vi: "Bị từ chối", en: "Refused" }
    narrowed() { vi: "Thu hẹp", en: "Narrowed" }
    newly() { vi: "Mới chặn", en: "Newly closed" }
    shipped_rules(count: usize) {
        vi: "(bộ kiến thức đi kèm, {count} danh sách)",
        en: "(shipped rules, {count} lists)",
    }
    licence() { vi: "Giấy phép", en: "Licence" }
    added() { vi: "Thêm", en: "Added" }
    removed() { vi: "Bớt", en: "Removed" }
    rescoped() { vi: "Đổi phạm vi", en: "Rescoped" }
    converted(file: &str, written: u64, refused: u64) {
        vi: "{file}: {written} tên, {refused} mục bị từ chối",
        en: "{file}: {written} names, {refused} entries refused",
    }
    taken_off(count: u64) {
        vi: "{count} tên do chính danh sách bỏ ra",
        en: "{count} names that the list itself takes off",
    }
    no_names(count: u64) {
        vi: "{count} mục là địa chỉ, địa chỉ trang hoặc biểu thức, không phải tên",
        en: "{count} entries are addresses, URLs or expressions, not names",
    }
    names_before_and_after(old: u64, new: u64) {
        vi: "{old} tên trước, {new} tên sau",
        en: "{old} names before, {new} after",
    }
    no_difference() { vi: "Không có gì khác nhau.", en: "Nothing changed." }
    and_more(count: u64) {
        vi: "… và {count} mục nữa (xem thêm bằng --limit)",
        en: "… and {count} more (show them with --limit)",
    }
    ruleset_of(file: &str, names: u64) { vi: "{file}: {names} tên", en: "{file}: {names} names" }
    built(time: &str, days: i64) {
        vi: "biên dịch lúc {time}, cách đây {days} ngày",
        en: "compiled at {time}, {days} days ago",
    }
    built_unknown() {
        vi: "không rõ biên dịch lúc nào",
        en: "it is not known when it was compiled",
    }
    sizes(file: u64, hot: u64, cold: u64) {
        vi: "{file} byte: {hot} để tra, {cold} phần chữ",
        en: "{file} bytes: {hot} for look-ups, {cold} of text",
    }
    verified() { vi: "đã kiểm tra: tệp còn nguyên vẹn", en: "verified: the file is whole" }
    stage_sort() { vi: "Sắp xếp", en: "Sorting" }
    stage_write() { vi: "Ghi", en: "Writing" }
    stage_flush() { vi: "Ghi xuống đĩa", en: "Flushing to disk" }
    importing(id: &str) { vi: "Nhập {id}", en: "Importing {id}" }
    refused_of(list: &str, count: u64) {
        vi: "{list}: {count} dòng không được nhập, những dòng đầu là",
        en: "{list}: {count} lines did not come in, the first are",
    }
    all_refused_lines() {
        vi: "Ghi --refused TỆP để có mọi dòng bị từ chối.",
        en: "Give --refused FILE for every refused line.",
    }
    shared_parents(count: usize) {
        vi: "{count} tên có nhiều tên bị chặn bên dưới",
        en: "{count} names that many listed names lie below",
    }
    covers_below() { vi: "chặn cả bên dưới", en: "closed with all below" }
    covers_itself() { vi: "chỉ chặn từng tên", en: "only the single names are closed" }
    newly_blocked(count: usize, vietnamese: usize) {
        vi: "{count} tên phổ biến sẽ bị danh sách nhập về chặn, {vietnamese} tên Việt Nam",
        en: "{count} popular names would newly be closed by imported lists, {vietnamese} of them Vietnamese",
    }
    bytes_per_name(file: u64, hot: f64, cold: f64) {
        vi: "{file} byte; mỗi tên {hot} byte để tra, {cold} byte phần chữ",
        en: "{file} bytes; {hot} bytes a name for look-ups, {cold} of text",
    }
    compiled(file: &str, names: u64, seconds: &str) {
        vi: "Đã ghi {file}: {names} tên, trong {seconds} giây",
        en: "Wrote {file}: {names} names, in {seconds} s",
    }
    held(file: &str, count: usize) {
        vi: "{file} chưa được thay: bộ luật mới chặn {count} tên phải luôn mở hoặc được bảo vệ; hãy bỏ danh sách gây ra rồi biên dịch lại",
        en: "{file} was not replaced: the new ruleset closes {count} names that are always open or protected; leave out the list at fault and compile again",
    }
    covered_allows(count: usize) {
        vi: "{count} tên được chính danh sách cho phép nhưng vẫn bị chặn",
        en: "{count} names that a list allows stay closed",
    }
    covered_allow(name: &str, list: &str, above: &str) {
        vi: "{name} được danh sách {list} cho phép ở dưới {above}, nhưng {above} vẫn bị chặn cả bên dưới",
        en: "{name} is allowed by the list {list} below {above}, which stays closed",
    }
    held_for_mass_change(file: &str, count: usize) {
        vi: "{file} chưa được thay: {count} danh sách thay đổi quá nhiều trong một lần",
        en: "{file} was not replaced: {count} lists changed too much at once",
    }
    mass_change(list: &str, before: u64, after: u64) {
        vi: "{list}: trước có {before} mục, nay có {after} mục",
        en: "{list}: {before} entries before, {after} now",
    }
    accept_mass_change() {
        vi: "Nếu thay đổi này là đúng, hãy chạy lại với --accept-mass-change.",
        en: "If this change is meant, run it again with --accept-mass-change.",
    }
}
