//! The box's own pages and accounts.

use lachan_api::ports::Recorded;
use lachan_config::Config;
use lachan_store::{AccountError, AccountNameError};

use super::{Words, words};

words! {
    shows_pages(address: &str) {
        vi: "  Trang quản trị: https://{address}/",
        en: "  Pages: https://{address}/",
    }
    pages_fingerprint(fingerprint: &str) {
        vi: "  Dấu vân tay chứng chỉ của trang (SHA-256): {fingerprint}",
        en: "  Fingerprint of the pages' certificate (SHA-256): {fingerprint}",
    }
    pages_failing(why: &str) {
        vi: "Trang quản trị không mở được: {why}",
        en: "The pages are not served: {why}",
    }
    pages_not_served(why: &str) {
        vi: "CẢNH BÁO: không mở được trang quản trị ({why}); bộ lọc vẫn chạy; xem [web] trong tệp cấu hình",
        en: "WARNING: the pages are not served ({why}); the filter runs all the same; see [web] in the settings",
    }
    first_run_code(code: &str, file: &str) {
        vi: "  Mã cài đặt: {code} (chỉ dùng một lần; cũng có trong {file})",
        en: "  First-run code: {code} (good once; also in {file})",
    }
    account() { vi: "Tài khoản", en: "Account" }
    name_for_people() { vi: "Họ tên", en: "Name" }
    account_role() { vi: "Vai trò", en: "Role" }
    last_seen() { vi: "Lần cuối", en: "Last seen" }
    one_time_codes() { vi: "Mã hai bước", en: "One-time codes" }
    yes_word() { vi: "có", en: "yes" }
    no_word() { vi: "không", en: "no" }
    no_accounts() {
        vi: "Chưa có tài khoản nào; mã cài đặt hiện khi khởi động bộ lọc",
        en: "There is no account yet; the first-run code is shown when the filter starts",
    }
    no_such_account(name: &str) {
        vi: "không có tài khoản {name:?}; xem bằng `lachan accounts list`",
        en: "there is no account {name:?}; `lachan accounts list` shows them all",
    }
    account_password(name: &str) {
        vi: "Trên đây là mật khẩu dùng một lần của {name}; hãy đăng nhập và đổi ngay. Mọi phiên đang mở của tài khoản đã kết thúc.",
        en: "Above is a one-time password of {name}; sign in and change it at once. All open sessions of the account have ended.",
    }
    inbox_key_off() {
        vi: "Đã gỡ khóa hòm thư; người tư vấn đăng nhập để tạo khóa mới. Tin cũ chỉ mở được bằng khóa cũ.",
        en: "The key of the inbox is off; the counsellor signs in to make a new one. What was sent before opens with the old key only.",
    }
    inbox_no_key() { vi: "Hòm thư chưa có khóa nào", en: "The inbox has no key" }
    inbox_key_failed() { vi: "không gỡ được khóa hòm thư", en: "the key of the inbox cannot be taken away" }
    account_totp_off(name: &str) {
        vi: "{name} không còn cần mã hai bước; hãy bật lại trong trang quản trị",
        en: "{name} needs no one-time codes any more; set them up again in the pages",
    }
    no_random_numbers() {
        vi: "hệ thống không cho số ngẫu nhiên; hãy thử lại",
        en: "the system gives no random numbers; try again",
    }
    no_password_hash(why: &str) {
        vi: "không tạo được mật khẩu: {why}",
        en: "the password cannot be made: {why}",
    }
    lists_are_old(days: i64) {
        vi: "Danh sách chặn đã {days} ngày chưa được cập nhật",
        en: "The block lists are {days} days old",
    }
    lists_remedy() {
        vi: "Tải danh sách mới rồi chạy: lachan lists compile",
        en: "Fetch new lists, then run: lachan lists compile",
    }
    list_trial_counts() {
        vi: "Số máy mà một danh sách trường đang thử sẽ chạm đến: chỉ đếm trong bộ nhớ, không kèm tên trang nào, không biết là máy nào",
        en: "How many devices a list would hit that the school tries: counted in memory only, with no name of a site, and nobody knows which devices",
    }
    settings_went_back_unconfirmed() {
        vi: "Hộp đã tự trở về cài đặt trước, vì không ai xác nhận thay đổi",
        en: "The box put the settings before back, because nobody confirmed the change",
    }
    settings_went_back_no_start() {
        vi: "Hộp đã tự trở về cài đặt trước, vì không khởi động được với cài đặt mới",
        en: "The box put the settings before back, because it could not start with the new ones",
    }
    settings_went_back_died() {
        vi: "Hộp đã tự trở về cài đặt trước, vì hai lần khởi động với cài đặt mới đều dừng đột ngột",
        en: "The box put the settings before back, because two starts with the new ones ended at once",
    }
    restore_went_back() {
        vi: "Hộp đã tự quay lại trước khi khôi phục, vì không chạy được với bản sao lưu",
        en: "The box took the restore back, because it could not run with the backup",
    }
    went_back_remedy() {
        vi: "Quản trị viên xem chi tiết và đánh dấu đã đọc ở trang Mạng hoặc Tệp cài đặt",
        en: "The administrator reads more of it, and marks it as read, on the page of the network or of the settings file",
    }
    clock_not_known() {
        vi: "Hộp chưa biết giờ: mọi giờ đóng đều có hiệu lực, mọi lượt mở có hạn coi như đã hết",
        en: "The box does not know the time: every closing period holds, every opening with an end has ended",
    }
    clock_remedy_short() {
        vi: "Kiểm tra đường truyền và máy chủ giờ (timedatectl)",
        en: "Check the line and the time server (timedatectl)",
    }
    no_upstream_answers() {
        vi: "Không máy chủ DNS cấp trên nào trả lời: trang mới không mở được",
        en: "No upstream resolver answers: new sites do not open",
    }
    some_upstreams_answer(up: usize, all: usize) {
        vi: "{up} trên {all} máy chủ DNS cấp trên trả lời",
        en: "{up} of {all} upstream resolvers answer",
    }
    upstreams_remedy_short() {
        vi: "Kiểm tra đường truyền Internet, rồi upstreams trong tệp cấu hình",
        en: "Check the Internet line, then upstreams in the settings",
    }
    firewall_on_remedy() {
        vi: "Bật lại: lachan firewall on",
        en: "Switch it on again: lachan firewall on",
    }
    doctor_remedy() {
        vi: "Xem cách sửa bằng: lachan doctor",
        en: "See what to do with: lachan doctor",
    }
    log_not_written() {
        vi: "Không ghi được nhật ký chặn; việc lọc vẫn chạy",
        en: "The log of blocks cannot be written; filtering goes on",
    }
    log_remedy() {
        vi: "Kiểm tra thẻ nhớ hoặc đĩa: có thể đã đầy hoặc hỏng",
        en: "Check the card or disk: it may be full or failing",
    }
    recorded_blocks(days: u64) {
        vi: "Mỗi lượt bị chặn: phút, nhóm, cấp, thể loại, tên miền (nơi nào không phải giữ kín) và một biệt danh của máy mà khóa bị hủy mỗi ngày; giữ {days} ngày",
        en: "Each blocked attempt: the minute, group, tier, category, the name (where it need not stay unnamed) and a pseudonym of the device whose key is destroyed each day; kept {days} days",
    }
    recorded_counters(days: u64) {
        vi: "Số lượt theo giờ, cấp và thể loại, không kèm tên miền hay máy; giữ {days} ngày",
        en: "Numbers by hour, tier and category, with no name and no device; kept {days} days",
    }
    recorded_changes(days: u64) {
        vi: "Thay đổi của người quản trị và giáo viên, kèm tên người thay đổi; giữ {days} ngày",
        en: "What administrators and teachers change, with who did; kept {days} days",
    }
    recorded_open() {
        vi: "Những trang được mở: không bao giờ ghi, chỉ đếm",
        en: "What was open: never recorded, only counted",
    }
    recorded_urls() {
        vi: "Địa chỉ trang đầy đủ, từ khóa tìm kiếm, và máy nào đã mở hay gặp chặn (IP, MAC): không bao giờ ghi; địa chỉ máy chỉ có ở nhóm mà quản trị viên tự xếp, và nhật ký thay đổi nhóm",
        en: "Whole addresses of pages, what is searched for, and which device (IP, MAC) opened or met a block: never recorded; a device's address stands only in a group that the administrator put it into, and in the log of changes of groups",
    }
}

/// What is recorded, and how long, by the settings in use.
pub(crate) fn recorded(config: &Config, words: Words) -> Vec<Recorded> {
    let days = |kept: std::time::Duration| kept.as_secs() / 86_400;
    let store = &config.store;
    let (events, counters) = (days(store.events_kept), days(store.counters_kept));
    let audit = u64::from(lachan_store::Retention::default().audit());
    let kept = |code: &str, days: u64, text: String| Recorded {
        code: code.to_owned(),
        recorded: true,
        days: u32::try_from(days).ok(),
        text,
    };
    let never = |code: &str, text: String| Recorded {
        code: code.to_owned(),
        recorded: false,
        days: None,
        text,
    };
    vec![
        kept("blocks", events, words.recorded_blocks(events)),
        kept("counters", counters, words.recorded_counters(counters)),
        kept("changes", audit, words.recorded_changes(audit)),
        never("open", words.recorded_open()),
        never("urls", words.recorded_urls()),
    ]
}

impl Words {
    /// Why an account was refused.
    pub(crate) fn account_error(self, error: &AccountError) -> String {
        match error {
            AccountError::Db(_) => self.database_refused(),
            AccountError::Unknown(name) => self.no_such_account(name),
            _ if self.is_vietnamese() => vietnamese(error),
            _ => error.to_string(),
        }
    }
}

fn vietnamese(error: &AccountError) -> String {
    match error {
        AccountError::Name(AccountNameError::Name(name)) => format!(
            "{name:?} không dùng làm tên đăng nhập được; hãy viết 2 đến 32 chữ thường không dấu, chữ số, \
             dấu chấm, gạch nối hoặc gạch dưới"
        ),
        AccountError::Name(AccountNameError::DisplayName) => {
            "họ tên có từ 1 đến 60 ký tự, không có ký tự điều khiển".to_owned()
        }
        AccountError::Taken(name) => format!("đã có tài khoản {name:?}"),
        AccountError::NotFirst => "đã có tài khoản rồi; hãy nhờ chủ tài khoản tạo thêm".to_owned(),
        AccountError::LastAdmin => {
            "đây là quản trị viên cuối cùng; hãy tạo thêm một người nữa trước".to_owned()
        }
        AccountError::TooMany => "đã đủ số tài khoản; hãy xóa bớt tài khoản không dùng".to_owned(),
        AccountError::Group(number) => format!("không có nhóm số {number}"),
        AccountError::Changed(now) => {
            format!(
                "tài khoản {:?} vừa có người khác sửa; hãy xem lại",
                now.name
            )
        }
        AccountError::Author(error) => super::refusals::author(error),
        // Said above in either language.
        AccountError::Unknown(_) | AccountError::Db(_) => error.to_string(),
    }
}
