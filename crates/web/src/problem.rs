//! What is wrong, for programs and people (RFC 9457): a status, a code that outlives versions, a title
//! in the reader's language. Details of the machine stand in the log, never here.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::words::{Language, Words};

/// The media type.
pub const PROBLEM_JSON: &str = "application/problem+json";

macro_rules! problems {
    ($($(#[doc = $doc:literal])* $name:ident { $status:literal, $code:literal, $vi:literal, $en:literal })*) => {
        /// A kind of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $doc])* $name,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The status it goes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The code used in the API.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What people read.
            #[must_use]
            pub const fn title(self) -> Words<'static> {
                match self { $(Self::$name => Words::new($vi, $en),)* }
            }
        }
    };
}

problems! {
    /// The request's form: no JSON, an unknown field, a wrong type.
    BadRequest { 400, "bad-request", "Yêu cầu không đọc được", "The request cannot be read" }
    /// A field whose value cannot be; see `fields`.
    BadField { 422, "bad-field", "Có mục chưa hợp lệ", "Some fields are not valid" }
    /// Name, password or code is wrong; which of them is not told.
    WrongCredentials { 401, "wrong-credentials", "Tên hoặc mật khẩu không đúng", "The name or password is wrong" }
    /// The account asks for a one-time code.
    TotpRequired { 401, "totp-required", "Hãy nhập mã sáu số từ điện thoại", "Enter the six-digit code of your phone" }
    /// Nobody is signed in.
    SignedOut { 401, "signed-out", "Hãy đăng nhập", "Sign in first" }
    /// The role may not do this.
    NotAllowed { 403, "not-allowed", "Tài khoản này không có quyền làm việc đó", "This account may not do that" }
    /// Not from this network.
    WrongSide { 403, "wrong-side", "Không làm được việc này từ mạng này", "This cannot be done from this network" }
    /// The request comes from another site, or without the header of our pages.
    WrongOrigin { 403, "wrong-origin", "Yêu cầu đến từ một trang khác nên bị từ chối", "The request comes from another site and was refused" }
    /// The first-run code is wrong.
    WrongCode { 403, "wrong-code", "Mã cài đặt không đúng", "The first-run code is wrong" }
    /// The password must be changed first.
    PasswordChangeRequired { 403, "password-change-required", "Hãy đổi mật khẩu trước", "Change your password first" }
    /// One-time codes must be set up first.
    TotpSetupRequired { 403, "totp-setup-required", "Hãy bật xác thực hai bước trước", "Set up one-time codes first" }
    /// A cell's lock does not admit the role.
    Locked { 403, "locked", "Mục này bị khóa ở cấp cao hơn", "This is locked at a higher level" }
    /// Nothing stands here.
    NotFound { 404, "not-found", "Không tìm thấy", "Not found" }
    /// The path knows another method.
    MethodNotAllowed { 405, "method-not-allowed", "Không dùng được cách này ở đây", "This method is not served here" }
    /// There is an account already.
    SetUpAlready { 409, "set-up-already", "Đã có tài khoản đầu tiên rồi", "The first account has been made already" }
    /// The name is taken.
    NameTaken { 409, "name-taken", "Tên này đã có người dùng", "This name is taken" }
    /// Two groups claim the same devices.
    Clash { 409, "clash", "Trùng với một nhóm khác", "This clashes with another group" }
    /// The last administrator stays.
    LastAdmin { 409, "last-admin", "Đây là quản trị viên cuối cùng; hãy tạo thêm một người nữa trước", "This is the last administrator; make another one first" }
    /// It has ended already.
    AlreadyEnded { 409, "already-ended", "Mục này đã kết thúc rồi", "This has ended already" }
    /// Nothing is to be opened.
    OpenAlready { 409, "open-already", "Trang này đang mở rồi", "This is open already" }
    /// A device of no group asks.
    NoGroup { 409, "no-group", "Máy này chưa thuộc nhóm nào; hãy xếp máy vào một nhóm, hoặc thêm ngoại lệ cho cả trường", "This device is in no group; put it into one, or make an exception for the whole school" }
    /// One-time codes are asked for already.
    TotpOn { 409, "totp-on", "Xác thực hai bước đang bật; muốn đổi điện thoại, hãy tắt bằng mật khẩu trước", "One-time codes are on; to change the phone, switch them off by your password first" }
    /// The administrator was asked for it, and has not answered yet.
    AskedAlready { 409, "asked-already", "Đã có người nhờ quản trị viên mở trang này cho nhóm", "The administrator was asked to open this for the group already" }
    /// She may open it herself.
    NothingToAsk { 409, "nothing-to-ask", "Thầy cô tự mở được trang này, không cần nhờ", "You may open this yourself; nobody has to be asked" }
    /// The request has an answer.
    AnsweredAlready { 409, "answered-already", "Đã có người trả lời rồi", "Somebody has answered already" }
    /// Reports wait that only the key in use opens.
    KeyInUse { 409, "key-in-use", "Hòm thư đã có khóa; chỉ gỡ được ngay trên hộp (lachan accounts inbox-key-off)", "The inbox has a key already; it is taken away on the box itself only (lachan accounts inbox-key-off)" }
    /// As many as there may be.
    TooMany { 409, "too-many", "Đã đủ số lượng cho phép", "There are as many as there may be" }
    /// The settings file, or its folder, may not be written by the program.
    SettingsReadOnly { 409, "settings-read-only", "Hộp không được phép ghi tệp cài đặt", "The box may not write its settings file" }
    /// A change waits for its confirmation.
    SettingsPending { 409, "settings-pending", "Đang có một thay đổi chờ xác nhận; hãy giữ hoặc bỏ thay đổi đó trước", "A change waits to be confirmed; keep it or take it back first" }
    /// No change waits for a confirmation.
    NothingPending { 409, "nothing-pending", "Không có thay đổi nào đang chờ xác nhận; có thể đã hết giờ và cài đặt cũ đã trở lại", "No change waits to be confirmed; its time may be over and the settings before be back" }
    /// There are no settings before the present ones.
    NothingBefore { 409, "nothing-before", "Không có bản cài đặt nào trước bản này", "There are no settings before these" }
    /// A part of the box cannot run so: a port is taken, an address is not there.
    PartRefused { 409, "part-refused", "Hộp không chạy được với cài đặt này", "The box cannot run with these settings" }
    /// Somebody changed it meanwhile; `current` is what it is now.
    ChangedMeanwhile { 412, "changed-meanwhile", "Có người vừa sửa mục này; hãy xem lại", "Somebody changed this meanwhile; look again" }
    /// The body is too long.
    TooLong { 413, "too-long", "Yêu cầu quá dài", "The request is too long" }
    /// The body is no JSON.
    WrongMediaType { 415, "wrong-media-type", "Chỉ nhận JSON", "Only JSON is taken" }
    /// An edit without `If-Match`.
    IfMatchRequired { 428, "if-match-required", "Thiếu phiên bản đang sửa (If-Match)", "The version that is edited is missing (If-Match)" }
    /// The passphrase opens no such file.
    WrongPassphrase { 422, "wrong-passphrase", "Mật khẩu không mở được tệp này", "The passphrase does not open this file" }
    /// The file is something else.
    NotABackup { 422, "not-a-backup", "Tệp này không phải bản sao lưu của Lá Chắn", "This file is no backup of Lá Chắn" }
    /// The file is cut or was changed.
    BackupDamaged { 422, "backup-damaged", "Tệp bị hỏng hoặc chưa đủ", "The file is damaged or cut" }
    /// The file was made by a newer program.
    BackupTooNew { 422, "backup-too-new", "Bản sao lưu do Lá Chắn mới hơn tạo", "The backup was made by a newer Lá Chắn" }
    /// What is in the file does not fit this box.
    BackupUnfit { 422, "backup-unfit", "Bản sao lưu này không dùng được trên hộp này", "This backup cannot be used on this box" }
    /// The unit is not below the account's.
    OutOfScope { 403, "out-of-scope", "Đơn vị này nằm ngoài phạm vi của tài khoản", "This unit is outside the account's part of the tree" }
    /// A unit's code is another one's.
    CodeTaken { 409, "code-taken", "Mã này đã có đơn vị khác dùng", "Another unit has this code" }
    /// The unit was merged into another one, or ended.
    UnitEnded { 409, "unit-ended", "Đơn vị này đã được sáp nhập", "This unit was merged into another one" }
    /// The tree would not be a tree, or a commune would stand below a school.
    NoSuchPlace { 409, "no-such-place", "Không đặt được đơn vị vào chỗ đó trong cây", "The unit cannot stand at that place of the tree" }
    /// A box does not prove who it is: its code, its key or its signature.
    NotProved { 401, "not-proved", "Chữ ký hoặc mã không đúng", "The signature or code is wrong" }
    /// The number of an upload was used with another body.
    NumberTaken { 409, "number-taken", "Số thứ tự này đã dùng cho nội dung khác", "This number was used for another body" }
    /// The number of an upload is so old that it is not known any more.
    NumberTooOld { 409, "number-too-old", "Số thứ tự này đã quá cũ", "This number is too old" }
    /// The hub has no signed metadata yet that a box could begin with.
    NotPublished { 503, "not-published", "Sở chưa phát hành danh sách nào; hãy thử lại sau", "The department has not published anything yet; try again later" }
    /// No file was sent, or what is in it was not looked at yet.
    NoUpload { 409, "no-upload", "Hộp không còn giữ tệp; hãy gửi lại bản sao lưu", "The box has no file any more; send the backup again" }
    /// No restore was made in the last days.
    NothingToUndo { 409, "nothing-to-undo", "Không có lần khôi phục nào để quay lại", "There is no restore to take back" }
    /// Too many tries; see `Retry-After`.
    TooManyAttempts { 429, "too-many-attempts", "Thử quá nhiều lần; hãy đợi một lát", "Too many attempts; wait a while" }
    /// The account has as many live views open as it may.
    TooManyLive { 429, "too-many-live", "Tài khoản này đang mở quá nhiều trang Lá Chắn; trang này không tự cập nhật", "This account has too many pages of Lá Chắn open; this one does not refresh by itself" }
    /// Too many requests.
    TooManyRequests { 429, "too-many-requests", "Quá nhiều yêu cầu; hãy đợi một lát", "Too many requests; wait a while" }
    /// Our fault; the log has more.
    Internal { 500, "internal", "Lá Chắn gặp lỗi; nhật ký của máy có chi tiết", "Lá Chắn failed; the log of the machine has details" }
    /// Too much is under way.
    Busy { 503, "busy", "Lá Chắn đang bận; hãy thử lại", "Lá Chắn is busy; try again" }
    /// The box does not know the time yet.
    ClockUnknown { 503, "clock-unknown", "Hộp chưa biết giờ; hãy đợi hộp hỏi được máy chủ giờ", "The box does not know the time yet; wait until it has reached a time server" }
    /// The disk is full or fails.
    DiskFailed { 503, "disk-failed", "Không lưu được: đĩa đầy hoặc hỏng", "It cannot be saved: the disk is full or failing" }
    /// The disk has no room for it.
    NoRoom { 507, "no-room", "Hộp không đủ chỗ trống trên đĩa", "The box has not enough free space" }
    /// It took too long.
    TimedOut { 503, "timed-out", "Yêu cầu mất quá nhiều thời gian", "The request took too long" }
}

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Which: its name in the request.
    pub field: Cow<'static, str>,
    /// What is wrong with it; outlives versions.
    pub code: &'static str,
    /// What people read.
    pub message: (String, String),
}

impl FieldFault {
    /// A fault with its message in both languages, Vietnamese first.
    #[must_use]
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        vi: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            code,
            message: (vi.into(), en.into()),
        }
    }
}

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its kind.
    pub code: Code,
    /// More about it, in both languages, Vietnamese first.
    pub detail: Option<(String, String)>,
    /// Fields that are wrong.
    pub fields: Vec<FieldFault>,
    /// Members beside those of the standard, such as `current`.
    pub more: Vec<(&'static str, Value)>,
    /// Seconds after which to try again.
    pub retry_after: Option<u64>,
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self {
            code,
            detail: None,
            fields: Vec::new(),
            more: Vec::new(),
            retry_after: None,
        }
    }
}

impl Problem {
    /// Fields that are wrong.
    #[must_use]
    pub fn fields(fields: Vec<FieldFault>) -> Self {
        Self {
            fields,
            ..Code::BadField.into()
        }
    }

    /// One field that is wrong.
    #[must_use]
    pub fn field(fault: FieldFault) -> Self {
        Self::fields(vec![fault])
    }

    /// With more about it, in both languages, Vietnamese first.
    #[must_use]
    pub fn with_detail(mut self, vi: impl Into<String>, en: impl Into<String>) -> Self {
        self.detail = Some((vi.into(), en.into()));
        self
    }

    /// With a member of its own.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more.push((name, value));
        self
    }

    /// With the seconds after which to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The document in a language.
    #[must_use]
    pub fn document(&self, language: Language) -> Value {
        let of = |words: &(String, String)| match language {
            Language::Vietnamese => words.0.clone(),
            Language::English => words.1.clone(),
        };
        let mut document = json!({
            "type": "about:blank",
            "title": self.code.title().of(language),
            "status": self.code.status(),
            "code": self.code.id(),
        });
        if let Some(detail) = &self.detail {
            document["detail"] = of(detail).into();
        }
        if !self.fields.is_empty() {
            let fields = self.fields.iter().map(|fault| {
                json!({
                    "field": fault.field,
                    "code": fault.code,
                    "message": of(&fault.message),
                })
            });
            document["fields"] = fields.collect();
        }
        for (name, value) in &self.more {
            document[*name] = value.clone();
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_code_is_its_own_in_both_languages() {
        let ids: HashSet<_> = Code::ALL.iter().map(|code| code.id()).collect();
        assert_eq!(ids.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!((400..600).contains(&code.status()), "{code:?}");
            let title = code.title();
            assert!(!title.vi.is_empty() && !title.en.is_empty() && title.vi != title.en);
            let is_kebab = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(code.id().chars().all(is_kebab), "{code:?}");
        }
    }

    #[test]
    fn the_document_says_all_in_the_reader_s_language() {
        let fault = FieldFault::new("name", "too-long", "dài quá", "too long");
        let problem = Problem::field(fault)
            .with_detail("xem lại", "look again")
            .with("current", json!({"version": 2}));
        let document = problem.document(Language::English);
        assert_eq!(
            document,
            json!({
                "type": "about:blank",
                "title": "Some fields are not valid",
                "status": 422,
                "code": "bad-field",
                "detail": "look again",
                "fields": [{"field": "name", "code": "too-long", "message": "too long"}],
                "current": {"version": 2},
            })
        );
        let document = problem.document(Language::Vietnamese);
        assert_eq!(document["fields"][0]["message"], "dài quá");
    }
}
