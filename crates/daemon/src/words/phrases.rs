//! `lachan phrases`.

use super::{Words, words};

words! {
    fetch_failed(url: &str) {
        vi: "{url}: không tải được trang; hãy kiểm tra địa chỉ và đường mạng",
        en: "{url}: the page cannot be fetched; check the address and the line",
    }
    phrases_unusable() {
        vi: "không dùng được các danh sách cụm từ",
        en: "the phrase lists cannot be used",
    }
    fetched_privately(url: &str, address: &str) {
        vi: "{url} ở địa chỉ mạng nội bộ {address}: lệnh này tải được, còn máy học sinh thì proxy từ chối",
        en: "{url} is at the private address {address}: this command fetches it, the proxy refuses it to pupils",
    }
    redirected(url: &str) { vi: "chuyển hướng tới {url}", en: "redirected to {url}" }
    packed_with(codings: &str) { vi: "nén bằng {codings}", en: "packed with {codings}" }
    charset_is(charset: &str, by: &str) { vi: "bảng mã {charset}: {by}", en: "character set {charset}: {by}" }
    charset_by_mark() { vi: "theo dấu ở đầu tệp (BOM)", en: "by its byte order mark" }
    charset_by_http() { vi: "theo Content-Type", en: "by its Content-Type" }
    charset_by_document() { vi: "trang tự khai", en: "the document says so" }
    charset_by_fonts() { vi: "theo phông chữ trang dùng", en: "by the fonts that it names" }
    charset_by_guess() { vi: "đoán theo nội dung", en: "by its bytes" }
    read_so_much(bytes: u64, syllables: u64, letters: u64, marked: u64) {
        vi: "{bytes} byte, {syllables} tiếng, {letters} chữ cái và chữ số, trong đó {marked} có dấu",
        en: "{bytes} bytes, {syllables} syllables, {letters} letters and digits, {marked} of them with Vietnamese marks",
    }
    folded_counts() {
        vi: "văn bản gần như không dấu: tính cả cụm từ viết không dấu",
        en: "the text has hardly any marks: phrases without marks count too",
    }
    not_a_scanned_type(content_type: &str) {
        vi: "proxy không chấm nội dung loại {content_type:?}; ở đây vẫn đọc như một trang",
        en: "the proxy does not scan {content_type:?}; here it is read as a page all the same",
    }
    not_scanned(reason: &str) {
        vi: "không chấm được ({reason}): trang được cho qua và đếm lại, không bao giờ vì thế mà chặn",
        en: "not scanned ({reason}): the page is let through and counted, never blocked for it",
    }
    only_the_start() { vi: "chỉ đọc 2 MiB đầu", en: "only the first 2 MiB were read" }
    searched_for(text: &str, found: &str) {
        vi: "từ khóa tìm kiếm “{text}”: {found}",
        en: "search words “{text}”: {found}",
    }
    no_phrase() { vi: "Không có cụm từ nào của các danh sách.", en: "No phrase of any list stands in it." }
    side() { vi: "Phía", en: "Side" }
    side_block() { vi: "chặn", en: "block" }
    side_allow() { vi: "mở", en: "allow" }
    score() { vi: "Điểm", en: "Score" }
    different() { vi: "Cụm khác nhau", en: "Different" }
    threshold() { vi: "Ngưỡng, từ mầm non đến giáo viên", en: "Thresholds, youngest tier to staff" }
    what_fired() { vi: "Cụm từ tìm thấy", en: "What fired" }
    fired(phrase: &str, list: &str, count: u16, points: u32) {
        vi: "  {phrase} ({list}): {count} lần, {points} điểm",
        en: "  {phrase} ({list}): {count} times, {points} points",
    }
    nothing_found() { vi: "cụm từ không nói lên gì", en: "the phrases say nothing" }
    phrases_found(categories: &str) { vi: "cụm từ cho thấy: {categories}", en: "the phrases say: {categories}" }
    phrases_near(categories: &str) {
        vi: "gần ngưỡng hoặc bị phía mở lấn át: {categories}",
        en: "near, or outweighed by the allow side: {categories}",
    }
}

impl Words {
    /// Who said which character set it is, by the id of `--json`.
    pub(crate) fn charset_by(self, id: &str) -> String {
        match id {
            "mark" => self.charset_by_mark(),
            "http" => self.charset_by_http(),
            "document" => self.charset_by_document(),
            "fonts" => self.charset_by_fonts(),
            _ => self.charset_by_guess(),
        }
    }
}
