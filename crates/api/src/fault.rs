//! What the store and the password hash refuse, as problems: a stable code, words in both languages.
//! What is the machine's fault goes to the log with its causes, and to nobody else.

use lachan_policy::Selector;
use lachan_policy::book::Book;
use lachan_store::{
    AccountError, AccountNameError, CodeError, DbError, ExceptionError, GroupError, GroupNameError,
    MAX_NOTE, ReportError, RequestError, TokenError,
};
use lachan_web::password::{self, HashError, WeakPassword};
use lachan_web::{Code, FieldFault, Problem};
use serde_json::json;

use crate::routes::accounts::AccountView;
use crate::routes::group_form::GroupView;

/// The database.
pub(crate) fn of_database(error: &DbError) -> Problem {
    log(error);
    let code = match error {
        DbError::Full(_) | DbError::Io(_) | DbError::Denied(_) => Code::DiskFailed,
        DbError::Locked(_) | DbError::Closed => Code::Busy,
        DbError::ClockUnknown => Code::ClockUnknown,
        DbError::Corrupt(_) | DbError::Unreadable { .. } | DbError::Statement(_) => Code::Internal,
    };
    code.into()
}

/// An error with its causes, in the log.
pub(crate) fn log(error: &dyn std::error::Error) {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    tracing::error!(error = %text, "a request could not be carried out");
}

/// The hash of a password.
pub(crate) fn of_hash(error: HashError) -> Problem {
    match error {
        HashError::Busy => Problem::from(Code::Busy).retry_after(5),
        HashError::Memory | HashError::Stored => {
            log(&error);
            Code::Internal.into()
        }
    }
}

/// The kernel gave no randomness.
pub(crate) fn of_random(error: &getrandom::Error) -> Problem {
    tracing::error!(%error, "the system gives no random numbers");
    Code::Internal.into()
}

/// A password that somebody chose.
pub(crate) fn of_password(field: &'static str, weak: WeakPassword) -> Problem {
    let shortest = password::SHORTEST;
    let (code, vi, en) = match weak {
        WeakPassword::Short => (
            "too-short",
            format!("mật khẩu cần ít nhất {shortest} ký tự; một câu ngắn dễ nhớ là tốt nhất"),
            format!("a password has at least {shortest} characters; a short sentence is best"),
        ),
        WeakPassword::Long => (
            "too-long",
            "mật khẩu dài quá".to_owned(),
            "the password is too long".to_owned(),
        ),
        WeakPassword::Common => (
            "too-common",
            "mật khẩu này quá dễ đoán; hãy dùng một câu của riêng mình".to_owned(),
            "this password is among the first that are tried; use a sentence of your own"
                .to_owned(),
        ),
        WeakPassword::Name => (
            "has-name",
            "mật khẩu không được chứa tên đăng nhập".to_owned(),
            "the password must not hold the name you sign in by".to_owned(),
        ),
    };
    Problem::field(FieldFault::new(field, code, vi, en))
}

/// An account.
pub(crate) fn of_account(error: AccountError) -> Problem {
    match error {
        AccountError::Name(AccountNameError::Name(_)) => Problem::field(FieldFault::new(
            "name",
            "bad-name",
            "tên đăng nhập gồm 2 đến 32 chữ thường không dấu, chữ số, dấu chấm, gạch nối hoặc gạch dưới",
            "a name to sign in by has 2 to 32 small letters without marks, digits, dots, hyphens or underscores",
        )),
        AccountError::Name(AccountNameError::DisplayName) => Problem::field(FieldFault::new(
            "display_name",
            "bad-name",
            "tên hiển thị có từ 1 đến 60 ký tự",
            "the name for people has 1 to 60 characters",
        )),
        AccountError::Taken(_) => Code::NameTaken.into(),
        AccountError::Unknown(_) => Code::NotFound.into(),
        AccountError::NotFirst => Code::SetUpAlready.into(),
        AccountError::LastAdmin => Code::LastAdmin.into(),
        AccountError::TooMany => Code::TooMany.into(),
        AccountError::Group(number) => Problem::field(FieldFault::new(
            "groups",
            "unknown-group",
            format!("không có nhóm số {number}"),
            format!("there is no group number {number}"),
        )),
        AccountError::Changed(now) => {
            Problem::from(Code::ChangedMeanwhile).with("current", json!(AccountView::of(&now)))
        }
        AccountError::Author(error) => {
            log(&error);
            Code::Internal.into()
        }
        AccountError::Db(error) => of_database(&error),
    }
}

/// A group.
pub(crate) fn of_group(error: GroupError, book: &Book) -> Problem {
    match error {
        GroupError::Name(error) => {
            let vi = match &error {
                GroupNameError::Empty | GroupNameError::TooLong(_) => {
                    "tên nhóm có từ 1 đến 64 ký tự"
                }
                GroupNameError::Character(_) => {
                    "tên nhóm không có ký tự điều khiển, cũng không có dấu cách ở đầu hay cuối"
                }
            };
            Problem::field(FieldFault::new("name", "bad-name", vi, error.to_string()))
        }
        GroupError::Taken(_) => Code::NameTaken.into(),
        GroupError::Unknown(_) => Code::NotFound.into(),
        GroupError::Changed(now) => {
            Problem::from(Code::ChangedMeanwhile).with("current", json!(GroupView::of(&now, book)))
        }
        GroupError::Clash(clash) => {
            let claimed = match &clash.selector {
                Selector::Subnet(subnet) => format!("dải mạng {subnet}"),
                Selector::Mac(mac) => format!("thiết bị {mac}"),
                Selector::Interface(name) => format!("cổng mạng {name}"),
                Selector::Token(first) => format!("mã {first}…"),
            };
            let (first, second) = (&clash.first, &clash.second);
            let vi =
                format!("hai nhóm {first:?} và {second:?} cùng có {claimed}; chỉ để ở một nhóm");
            Problem::from(Code::Clash)
                .with_detail(vi, clash.to_string())
                .with("groups", json!([first, second]))
        }
        GroupError::Many(mac) => Problem::field(FieldFault::new(
            "macs",
            "not-one-device",
            format!("{mac} không phải địa chỉ của riêng một thiết bị"),
            format!("{mac} is the address of no single device"),
        )),
        GroupError::Period(name) => Problem::field(FieldFault::new(
            "periods",
            "bad-time",
            format!("tiết {name:?}: giờ từ 0 đến 1440 phút"),
            format!("the period {name:?}: times are 0 to 1440 minutes"),
        )),
        GroupError::Author(error) => {
            log(&error);
            Code::Internal.into()
        }
        GroupError::Db(error) => of_database(&error),
    }
}

/// An exception.
pub(crate) fn of_exception(error: ExceptionError) -> Problem {
    let (field, code, vi) = match &error {
        ExceptionError::Reason | ExceptionError::ReasonCharacter(_) => (
            "reason",
            "bad-reason",
            "hãy ghi lý do từ 1 đến 500 ký tự, trên một dòng",
        ),
        ExceptionError::TeacherWithoutEnd | ExceptionError::TeacherTooLong => (
            "until",
            "teacher-end",
            "giáo viên mở trong một buổi, nhiều nhất 24 giờ",
        ),
        ExceptionError::TeacherWithoutGroup => ("group", "teacher-group", "hãy chọn nhóm"),
        ExceptionError::EndsInPast => ("until", "past", "giờ kết thúc đã qua"),
        ExceptionError::Name(_) => ("about", "bad-name", "đây không phải tên miền"),
        ExceptionError::PublicSuffix(_) => (
            "about",
            "public-suffix",
            "đây là đuôi tên miền chung của nhiều người; hãy ghi tên của chính trang",
        ),
        ExceptionError::UnknownGroup(_) => ("group", "unknown-group", "không có nhóm này"),
        ExceptionError::Unknown(_) => return Code::NotFound.into(),
        ExceptionError::AlreadyEnded(_) => return Code::AlreadyEnded.into(),
        ExceptionError::TeacherWithoutClock => return Code::ClockUnknown.into(),
        ExceptionError::Author(error) => {
            log(error);
            return Code::Internal.into();
        }
        ExceptionError::Db(error) => return of_database(error),
    };
    Problem::field(FieldFault::new(field, code, vi, error.to_string()))
}

/// An unlock code.
pub(crate) fn of_code(error: CodeError) -> Problem {
    match error {
        CodeError::Group(number) => Problem::field(FieldFault::new(
            "group",
            "unknown-group",
            format!("không có nhóm số {number}"),
            format!("there is no group number {number}"),
        )),
        CodeError::TooMany => Code::TooMany.into(),
        CodeError::NoClock => Code::ClockUnknown.into(),
        CodeError::Random(error) => of_random(&error),
        CodeError::Db(error) => of_database(&error),
        CodeError::End | CodeError::Author(_) => {
            log(&error);
            Code::Internal.into()
        }
    }
}

/// A token of a group.
pub(crate) fn of_token(error: TokenError) -> Problem {
    match error {
        TokenError::Group(_) | TokenError::Unknown { .. } => Code::NotFound.into(),
        TokenError::TooMany(_) => Code::TooMany.into(),
        TokenError::Random(error) => of_random(&error),
        TokenError::Db(error) => of_database(&error),
        TokenError::Author(error) => {
            log(&error);
            Code::Internal.into()
        }
    }
}

/// A pupil's request.
pub(crate) fn of_request(error: RequestError) -> Problem {
    match error {
        RequestError::Unknown(_) => Code::NotFound.into(),
        RequestError::Answered(_) => Code::AnsweredAlready.into(),
        RequestError::NoGroup(_) => Code::NoGroup.into(),
        RequestError::TooMany => Code::TooMany.into(),
        RequestError::Asked => Code::AskedAlready.into(),
        RequestError::Reason => Problem::field(FieldFault::new(
            "reason",
            "bad-reason",
            format!("hãy ghi lý do từ 1 đến {MAX_NOTE} ký tự, trên một dòng"),
            error.to_string(),
        )),
        RequestError::Note => Problem::field(FieldFault::new(
            "note",
            "bad-note",
            format!("lời nhắn có nhiều nhất {MAX_NOTE} ký tự"),
            error.to_string(),
        )),
        RequestError::Exception(error) => of_exception(error),
        RequestError::Db(error) => of_database(&error),
        RequestError::Author(error) => {
            log(&error);
            Code::Internal.into()
        }
    }
}

/// A report, or the key of reports.
pub(crate) fn of_report(error: ReportError) -> Problem {
    match error {
        ReportError::Unknown(_) => Code::NotFound.into(),
        ReportError::Closed(_) => Code::AlreadyEnded.into(),
        ReportError::TooMany | ReportError::TooManyNotes => Code::TooMany.into(),
        ReportError::KeyInUse => Code::KeyInUse.into(),
        ReportError::Key => Problem::field(FieldFault::new(
            "recipient",
            "bad-key",
            "đây không phải khóa age (age1…)",
            error.to_string(),
        )),
        ReportError::Db(error) => of_database(&error),
        ReportError::NoKey | ReportError::Author(_) => {
            log(&error);
            Code::Internal.into()
        }
    }
}
