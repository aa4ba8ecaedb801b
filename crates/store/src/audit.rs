//! The audit log: who changed what, with what it was before and after. Rows are added in the same
//! transaction as the change and never altered; the deletion job takes them after 24 months.

use lachan_policy::Role;
use rusqlite::{Transaction, params};
use serde_json::Value;

use crate::Store;
use crate::error::DbError;

/// Who changes something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The person's account, or what stands for one (`cli:root`).
    pub author: String,
    /// The role the person acts in.
    pub role: Role,
    /// Unix seconds; `None` while the box does not know the time.
    pub at: Option<i64>,
}

/// Longest author, in characters: a person's name with the account it stands for.
const LONGEST_AUTHOR: usize = 100;

/// Why an act cannot stand in the log under its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorError {
    /// None, or one that is too long.
    #[error("the author has {0} characters; write 1 to 100, so that people know whom to ask")]
    Length(usize),
    /// Control characters, which could disturb a terminal or forge a line of a log.
    #[error("the author {0:?} has control characters, such as a line break; leave them out")]
    Character(String),
}

impl Act {
    /// Whether the author can stand in the log: every change asks first.
    pub(crate) fn check(&self) -> Result<(), AuthorError> {
        let length = self.author.trim().chars().count();
        if !(1..=LONGEST_AUTHOR).contains(&length) {
            return Err(AuthorError::Length(length));
        }
        if self.author.chars().any(char::is_control) {
            return Err(AuthorError::Character(self.author.clone()));
        }
        Ok(())
    }
}

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// A group was made.
    AddGroup,
    /// A group's name, tier, devices, week, mode or cells.
    ChangeGroup,
    /// A group was taken away.
    RemoveGroup,
    /// A group was given a token.
    AddToken,
    /// A token was taken back.
    RevokeToken,
    /// An exception was made.
    AddException,
    /// An exception was ended.
    EndException,
    /// A code was made that opens one site on a pupil's device.
    MakeCode,
    /// A teacher asked the administrator to open a site.
    AskAdmin,
    /// A request was answered.
    AnswerRequest,
    /// The key was set to which reports are encrypted.
    SetCounsellorKey,
    /// A report was seen, noted on or closed; never what it says.
    ChangeReport,
    /// An account was made.
    AddAccount,
    /// An account's name for people, role, groups, end or language.
    ChangeAccount,
    /// An account was taken away.
    RemoveAccount,
    /// An account was given another password.
    SetPassword,
    /// An account asks for one-time codes from now on.
    AddTotp,
    /// An account asks for one-time codes no longer.
    RemoveTotp,
    /// Settings of the box, in its file.
    ChangeSettings,
    /// A change of the settings was taken back: by somebody, or because nobody confirmed it.
    UndoSettings,
    /// The certificate of the pages or of encrypted DNS is another.
    ChangeCertificate,
    /// A backup of the box was made.
    MakeBackup,
    /// The box became what a backup holds.
    RestoreBackup,
    /// A restore was taken back.
    UndoRestore,
    /// Devices are counted that a list would hit, before it is enabled; or no longer.
    TryList,
}

impl Change {
    const ALL: [Self; 25] = [
        Self::AddGroup,
        Self::ChangeGroup,
        Self::RemoveGroup,
        Self::AddToken,
        Self::RevokeToken,
        Self::AddException,
        Self::EndException,
        Self::MakeCode,
        Self::AskAdmin,
        Self::AnswerRequest,
        Self::SetCounsellorKey,
        Self::ChangeReport,
        Self::AddAccount,
        Self::ChangeAccount,
        Self::RemoveAccount,
        Self::SetPassword,
        Self::AddTotp,
        Self::RemoveTotp,
        Self::ChangeSettings,
        Self::UndoSettings,
        Self::ChangeCertificate,
        Self::MakeBackup,
        Self::RestoreBackup,
        Self::UndoRestore,
        Self::TryList,
    ];

    /// The id used in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::AddGroup => "add-group",
            Self::ChangeGroup => "change-group",
            Self::RemoveGroup => "remove-group",
            Self::AddToken => "add-token",
            Self::RevokeToken => "revoke-token",
            Self::AddException => "add-exception",
            Self::EndException => "end-exception",
            Self::MakeCode => "make-code",
            Self::AskAdmin => "ask-admin",
            Self::AnswerRequest => "answer-request",
            Self::SetCounsellorKey => "set-counsellor-key",
            Self::ChangeReport => "change-report",
            Self::AddAccount => "add-account",
            Self::ChangeAccount => "change-account",
            Self::RemoveAccount => "remove-account",
            Self::SetPassword => "set-password",
            Self::AddTotp => "add-totp",
            Self::RemoveTotp => "remove-totp",
            Self::ChangeSettings => "change-settings",
            Self::UndoSettings => "undo-settings",
            Self::ChangeCertificate => "change-certificate",
            Self::MakeBackup => "make-backup",
            Self::RestoreBackup => "restore-backup",
            Self::UndoRestore => "undo-restore",
            Self::TryList => "try-list",
        }
    }

    pub(crate) fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.id() == id)
    }
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, which only grows.
    pub id: i64,
    /// Who and when.
    pub act: Act,
    /// What.
    pub change: Change,
    /// Of what: a group's name, an exception's number.
    pub subject: String,
    /// The JSON it was, where it was.
    pub before: Option<Value>,
    /// The JSON it became, where it still is.
    pub after: Option<Value>,
}

/// Why a change was not noted.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Store {
    /// Notes a change of something that stands elsewhere than in the database: the settings file, a
    /// certificate. Values that are secret, or name devices, the caller leaves out.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn note(
        &self,
        act: &Act,
        change: Change,
        subject: &str,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), NoteError> {
        act.check()?;
        let (act, subject) = (act.clone(), subject.to_owned());
        self.write(move |step| {
            let noted = record(
                step,
                &act,
                change,
                &subject,
                before.as_ref(),
                after.as_ref(),
            );
            noted.map_err(NoteError::from)
        })
    }
}

/// Adds an entry to the change that is under way.
pub(crate) fn record(
    step: &Transaction<'_>,
    act: &Act,
    change: Change,
    subject: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<(), DbError> {
    step.execute(
        "INSERT INTO audit (at, author, role, change, subject, before, after)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            act.at,
            act.author,
            act.role.id(),
            change.id(),
            subject,
            before.map(Value::to_string),
            after.map(Value::to_string),
        ],
    )?;
    Ok(())
}

/// The role of an id.
pub(crate) fn role_named(id: &str) -> Option<Role> {
    [Role::Teacher, Role::School, Role::Department]
        .into_iter()
        .find(|role| role.id() == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_is_a_short_text_of_one_line() {
        let check = |author: &str| {
            let act = Act {
                author: author.to_owned(),
                ..crate::testing::act()
            };
            act.check()
        };
        assert_eq!(check("cô Hoa"), Ok(()));
        assert_eq!(check(&"ư".repeat(100)), Ok(()));
        assert_eq!(check(&"ư".repeat(101)), Err(AuthorError::Length(101)));
        assert_eq!(check(" "), Err(AuthorError::Length(0)));
        for bad in ["a\nb", "a\u{1b}[2Jb", "a\0b", "a\u{85}b"] {
            assert_eq!(check(bad), Err(AuthorError::Character(bad.into())));
        }
    }

    #[test]
    fn what_stands_elsewhere_is_noted_by_somebody_and_not_by_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let settings = crate::Settings::default();
        let store = Store::open_tool(&folder.path().join("x"), settings).unwrap();
        let act = crate::testing::act();
        store
            .note(&act, Change::MakeBackup, "THCS Kim Đồng", None, None)
            .unwrap();
        let reader = store.reader().unwrap();
        let [entry] = reader.audit(None, 9).unwrap().try_into().unwrap();
        assert_eq!(
            (entry.change, entry.subject.as_str()),
            (Change::MakeBackup, "THCS Kim Đồng")
        );
        let nobody = Act {
            author: String::new(),
            ..act
        };
        let refused = store.note(&nobody, Change::MakeBackup, "x", None, None);
        assert!(matches!(refused, Err(NoteError::Author(_))));
    }

    #[test]
    fn ids_are_read_back() {
        for change in Change::ALL {
            assert_eq!(Change::named(change.id()), Some(change));
        }
        for role in [Role::Teacher, Role::School, Role::Department] {
            assert_eq!(role_named(role.id()), Some(role));
        }
        assert_eq!(Change::named("x"), None);
    }
}
