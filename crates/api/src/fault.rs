//! What the store and the password hash refuse, as problems: a stable code, words in both languages.
//! What is the machine's fault goes to the log with its causes, and to nobody else.

use lachan_store::{AccountError, AccountNameError, DbError};
use lachan_web::password::{self, HashError, WeakPassword};
use lachan_web::{Code, FieldFault, Problem};
use serde_json::json;

use crate::routes::accounts::AccountView;

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
