//! `lachan top` and `lachan status`.

use super::words;

words! {
    top_waiting() { vi: "Đang hỏi bộ lọc…  (q: thoát)", en: "Asking the filter…  (q: quit)" }
    top_lost() {
        vi: "Mất liên lạc với bộ lọc; đang thử lại mỗi giây  (q: thoát)",
        en: "The filter went away; trying again each second  (q: quit)",
    }
    top_keys() { vi: "q: thoát", en: "q: quit" }
    runs_since(time: &str, pid: u32) { vi: "chạy {time}, tiến trình {pid}", en: "up {time}, process {pid}" }
    days_and_hours(days: u64, hours: &str) { vi: "{days} ngày {hours}", en: "{days} d {hours}" }
    ruleset_in_use(built: &str, days: i64, names: &str, lists: usize) {
        vi: "Bộ luật {built}, cách đây {days} ngày: {names} tên trong {lists} danh sách",
        en: "Ruleset {built}, {days} days old: {names} names in {lists} lists",
    }
    ruleset_of_no_age(names: &str, lists: usize) {
        vi: "Bộ luật không rõ ngày: {names} tên trong {lists} danh sách",
        en: "Ruleset of unknown age: {names} names in {lists} lists",
    }
    memory(resident: &str, anonymous: &str) {
        vi: "Bộ nhớ {resident}, riêng {anonymous}",
        en: "Memory {resident}, own {anonymous}",
    }
    cache_holds(answers: &str, bytes: &str, most: &str) {
        vi: "đã nhớ {answers} câu trả lời, {bytes} trên {most}",
        en: "{answers} cached answers, {bytes} of {most}",
    }
    events_waiting(count: &str) {
        vi: "{count} lượt bị chặn chờ ghi",
        en: "{count} blocked attempts wait to be written",
    }
    events_lost(count: &str) { vi: "{count} lượt không ghi được", en: "{count} lost" }
    events_failing(why: &str) {
        vi: "KHÔNG GHI ĐƯỢC lượt bị chặn: {why}",
        en: "BLOCKED ATTEMPTS CANNOT BE WRITTEN: {why}",
    }
    status_people(groups: usize, exceptions: usize) {
        vi: "{groups} nhóm, {exceptions} ngoại lệ",
        en: "{groups} groups, {exceptions} exceptions",
    }
    queries_title() { vi: "Câu hỏi", en: "Queries" }
    a_second() { vi: "mỗi giây", en: "a second" }
    since_start() { vi: "từ lúc chạy", en: "since start" }
    bypasses_title() { vi: "Tìm cách vượt lọc", en: "Bypass attempts" }
    today() { vi: "hôm nay", en: "today" }
    last_days() { vi: "7 ngày", en: "7 days" }
    latency_title(time: &str) { vi: "Độ trễ, {time}", en: "Latency, {time}" }
    answered_here() { vi: "trả lời tại chỗ", en: "answered here" }
    upstream_title() { vi: "máy chủ cấp trên", en: "upstream" }
    upstreams_title() { vi: "Máy chủ cấp trên", en: "Upstreams" }
    cache_hits() { vi: "nhớ sẵn", en: "cache hits" }
    none() { vi: "không có", en: "none" }
    upstream_up() { vi: "tốt", en: "up" }
    upstream_untried() { vi: "chưa hỏi", en: "untried" }
    upstream_silent() { vi: "im lặng", en: "silent" }
    upstream_paused() { vi: "tạm nghỉ", en: "paused" }
    upstream_failures(count: &str) { vi: "lỗi {count}", en: "failed {count}" }
    blocked_title(minutes: i64, count: &str) {
        vi: "Bị chặn trong {minutes} phút: {count} lượt",
        en: "Blocked in {minutes} minutes: {count} attempts",
    }
}
