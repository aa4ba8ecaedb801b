//! What the storage, the tree and the accounts refuse, as problems: a stable code, words in both languages. What is the
//! machine's fault goes to the log with its causes, and to nobody else.

use lachan_web::password::{self, HashError, WeakPassword};
use lachan_web::{Code, FieldFault, Problem};
use serde_json::json;

use super::routes::accounts::AccountView;
use super::routes::units::UnitView;
use crate::accounts::AccountRefusal;
use crate::id::RandomError;
use crate::storage::{Failed, StorageError};
use crate::units::UnitRefusal;

/// The database.
pub(crate) fn of_storage(error: StorageError) -> Problem {
    if matches!(error, StorageError::Outdated) {
        // Asked again, the guard says what she may do now.
        return Problem::from(Code::Busy).retry_after(1);
    }
    log(&error);
    match error {
        StorageError::Unreachable(_) | StorageError::Busy(_) => {
            Problem::from(Code::Busy).retry_after(5)
        }
        _ => Code::Internal.into(),
    }
}

/// What was refused, or the database.
pub(crate) fn of<R>(failed: Failed<R>, refused: impl FnOnce(R) -> Problem) -> Problem {
    match failed {
        Failed::Refused(refusal) => refused(refusal),
        Failed::Storage(error) => of_storage(error),
        Failed::Statement(error) => of_storage(StorageError::Statement(error)),
    }
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

/// The kernel gave no randomness.
pub(crate) fn of_random(error: RandomError) -> Problem {
    log(&error);
    Code::Internal.into()
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

/// A password that somebody chose.
pub(crate) fn of_password(field: &'static str, weak: WeakPassword) -> Problem {
    let shortest = password::SHORTEST;
    let (code, vi, en) = match weak {
        WeakPassword::Short => (
            "too-short",
            format!("mật khẩu cần ít nhất {shortest} ký tự; một câu dài dễ nhớ là tốt nhất"),
            format!("a password has at least {shortest} characters; a long sentence is best"),
        ),
        WeakPassword::Long => (
            "too-long",
            "mật khẩu quá dài".to_owned(),
            "the password is too long".to_owned(),
        ),
        WeakPassword::Common => (
            "too-common",
            "mật khẩu này quá dễ đoán".to_owned(),
            "this password is too easy to guess".to_owned(),
        ),
        WeakPassword::Name => (
            "has-name",
            "mật khẩu không được chứa tên đăng nhập".to_owned(),
            "the password must not hold the name".to_owned(),
        ),
    };
    Problem::field(FieldFault::new(field, code, vi, en))
}

fn field(field: &'static str, code: &'static str, vi: &str, en: &str) -> Problem {
    Problem::field(FieldFault::new(field, code, vi, en))
}

/// A change of the tree.
pub(crate) fn of_unit(refusal: UnitRefusal) -> Problem {
    match refusal {
        UnitRefusal::Unknown(_) => Code::NotFound.into(),
        UnitRefusal::Kind(_) => field(
            "kind",
            "unknown-kind",
            "không có loại đơn vị này",
            "there is no such kind",
        ),
        UnitRefusal::Name => field(
            "name",
            "bad-name",
            "hãy ghi tên trên một dòng, không quá dài",
            "write a name on one line, not too long",
        ),
        UnitRefusal::Code => field(
            "code",
            "bad-code",
            "mã gồm 1 đến 40 chữ không dấu, số, dấu chấm hoặc gạch",
            "a code has 1 to 40 letters, digits, dots, hyphens or underscores",
        ),
        UnitRefusal::CodeTaken(_) => Code::CodeTaken.into(),
        UnitRefusal::Place => Code::NoSuchPlace.into(),
        UnitRefusal::Ended => Code::UnitEnded.into(),
        UnitRefusal::Changed(unit) => {
            Problem::from(Code::ChangedMeanwhile).with("current", json!(UnitView::of(&unit)))
        }
        UnitRefusal::From => field(
            "from",
            "bad-time",
            "thời điểm phải là hôm nay hoặc trước đó, và không trước lần thay đổi gần nhất",
            "the time has to have come, and may not lie before the last change",
        ),
        UnitRefusal::Rooted => Code::SetUpAlready.into(),
    }
}

/// A change of an account.
pub(crate) fn of_account(refusal: AccountRefusal) -> Problem {
    match refusal {
        AccountRefusal::Unknown => Code::NotFound.into(),
        AccountRefusal::Name => field(
            "name",
            "bad-name",
            "tên đăng nhập gồm 2 đến 40 chữ thường không dấu, số, dấu chấm hoặc gạch",
            "a name has 2 to 40 small letters without marks, digits, dots, hyphens or underscores",
        ),
        AccountRefusal::DisplayName => field(
            "display_name",
            "bad-name",
            "hãy ghi tên trên một dòng, nhiều nhất 80 ký tự",
            "write a name on one line, of 80 characters at most",
        ),
        AccountRefusal::NameTaken(_) => Code::NameTaken.into(),
        AccountRefusal::LastAdministrator => Code::LastAdmin.into(),
        AccountRefusal::Changed(account) => {
            Problem::from(Code::ChangedMeanwhile).with("current", json!(AccountView::of(&account)))
        }
        AccountRefusal::TotpOn => Code::TotpOn.into(),
        AccountRefusal::NotFirst => Code::SetUpAlready.into(),
        AccountRefusal::Roles(_) => field(
            "roles",
            "bad-roles",
            "hãy chọn ít nhất một vai trò; người quản lý tài khoản không giữ vai trò khác",
            "choose one role at least; an administrator of accounts has no other role",
        ),
        AccountRefusal::Unit(refusal) => of_unit(refusal),
    }
}
