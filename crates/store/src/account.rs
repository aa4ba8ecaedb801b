//! An account of somebody who works with the box, as it is stored. What its role may do, and how its
//! password is proved, is the web's affair; here roles and languages are texts.

use lachan_policy::GroupId;
use serde_json::{Value, json};

use crate::audit::AuthorError;
use crate::error::DbError;

/// An account without what it proves itself by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number, which is never given twice.
    pub id: i64,
    /// By which she signs in: small letters, digits, `.`, `-` and `_`.
    pub name: String,
    /// What people call her.
    pub display_name: String,
    /// The id of her role.
    pub role: String,
    /// The groups she works with; some may be gone.
    pub groups: Vec<GroupId>,
    /// Unix seconds from which nobody signs in by it.
    pub until: Option<i64>,
    /// Whether it asks for one-time codes.
    pub has_totp: bool,
    /// Whether the password has to be changed before anything else.
    pub must_change_password: bool,
    /// The tag of the language she reads.
    pub language: String,
    /// Unix seconds when she was last seen; to some minutes.
    pub last_seen: Option<i64>,
    /// Grows with each change, from 1.
    pub version: i64,
}

/// What an account proves itself by. Neither shows in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The password's hash, a PHC string.
    pub password: String,
    /// The secret of one-time codes.
    pub totp: Option<Vec<u8>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// An account about to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// As [`Account::name`].
    pub name: String,
    /// As [`Account::display_name`].
    pub display_name: String,
    /// As [`Account::role`].
    pub role: String,
    /// As [`Account::groups`].
    pub groups: Vec<GroupId>,
    /// As [`Account::until`].
    pub until: Option<i64>,
    /// As [`Secrets::password`].
    pub password: String,
    /// As [`Account::must_change_password`].
    pub must_change_password: bool,
    /// As [`Account::language`].
    pub language: String,
}

impl std::fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewAccount({:?}, {:?})", self.name, self.role)
    }
}

/// Why an account was not made, changed or removed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A name, or a name for people.
    #[error(transparent)]
    Name(#[from] AccountNameError),
    /// Another account has the name.
    #[error("there is already an account {0:?}")]
    Taken(String),
    /// No account has the number or name.
    #[error("there is no account {0:?}")]
    Unknown(String),
    /// There is an account already, so this cannot be the first.
    #[error("there is an account already; ask its owner to make another")]
    NotFirst,
    /// Nobody could make an account any more.
    #[error("this is the last administrator; make another one first")]
    LastAdmin,
    /// As many as a box may have.
    #[error(
        "there are {} accounts already; remove one that is not used",
        crate::MAX_ACCOUNTS
    )]
    TooMany,
    /// A group that is not there.
    #[error("there is no group number {0}")]
    Group(u32),
    /// Somebody changed it meanwhile.
    #[error("the account {:?} was changed meanwhile; look at it again", .0.name)]
    Changed(Box<Account>),
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why a text is no name of an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountNameError {
    /// The name she signs in by.
    #[error(
        "{0:?} cannot be signed in by; write 2 to 32 small letters without marks, digits, dots, \
         hyphens or underscores, a letter or digit first"
    )]
    Name(String),
    /// The name for people.
    #[error("the name for people has 1 to 60 characters, none of them a control character")]
    DisplayName,
}

/// Checks the name somebody signs in by: what can be typed on every keyboard.
///
/// # Errors
/// [`AccountNameError::Name`].
pub fn check_account_name(name: &str) -> Result<(), AccountNameError> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = (2..=32).contains(&name.len())
        && name.bytes().next().is_some_and(is_plain)
        && name
            .bytes()
            .all(|byte| is_plain(byte) || b".-_".contains(&byte));
    fits.then_some(())
        .ok_or_else(|| AccountNameError::Name(name.chars().take(40).collect()))
}

/// Checks the name for people; with the name signed in by it makes an author of the audit log.
pub(crate) fn check_display_name(name: &str) -> Result<(), AccountNameError> {
    let fits = (1..=60).contains(&name.trim().chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control);
    fits.then_some(()).ok_or(AccountNameError::DisplayName)
}

impl Account {
    /// For the audit log: nothing that proves anything.
    pub(crate) fn to_audit(&self) -> Value {
        json!({
            "name": self.name,
            "display-name": self.display_name,
            "role": self.role,
            "groups": self.groups.iter().map(|group| group.0).collect::<Vec<_>>(),
            "until": self.until,
            "totp": self.has_totp,
            "must-change-password": self.must_change_password,
            "language": self.language,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_typed_on_every_keyboard() {
        for (name, good) in [
            ("lan", true),
            ("co.lan-6a_2", true),
            (&"a".repeat(32), true),
            (&"a".repeat(33), false),
            ("l", false),
            ("Lan", false),
            (".lan", false),
            ("cô.lan", false),
            ("lan ", false),
            ("lan\n", false),
        ] {
            assert_eq!(check_account_name(name).is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn a_name_for_people_is_one_line() {
        for (name, good) in [
            ("Nguyễn Thị Lan", true),
            ("", false),
            (" Lan", false),
            ("L\nan", false),
            (&"ă".repeat(61), false),
        ] {
            assert_eq!(check_display_name(name).is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn no_secret_is_printed_by_accident() {
        let secrets = Secrets {
            password: "$argon2id$secret".into(),
            totp: Some(vec![7; 20]),
        };
        assert_eq!(format!("{secrets:?}"), "Secrets(…)");
    }
}
