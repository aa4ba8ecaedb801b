//! Why a command did not do what was asked: one list of all, with the exit code and the sentence
//! of each. Below the sentence stands the chain of causes as the parts tell it.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use lachan_config::LoadError;
use lachan_firewall::FirewallError;
use lachan_lists::compile::CompileError;
use lachan_lists::convert::ConvertError;
use lachan_lists::import::ImportError;
use lachan_lists::input::InputError;
use lachan_lists::open::OpenFileError;
use lachan_lists::rules::RulesError;
use lachan_lists::text::TextError;
use lachan_policy::{GroupClash, NameError, Tier};
use lachan_resolver::{BindError, ServeError};
use lachan_store::{
    AccountError, DbError, DeviceError, ExceptionError, GroupError, NoteError, OpenError,
    ReportError, TokenError,
};

use crate::authority::AuthorityFault;
use crate::backup::BackupError;
use crate::certificate::CertificateError;
use crate::commands::phrases::{FetchError, UnusablePhrases};
use crate::commands::profile::ProfileError;
use crate::control::{ClientError, SocketError};
use crate::exit::Exit;
use crate::service::PageError;
use crate::time::TimeError;
use crate::words::{Words, path};

/// Why a command did not do what was asked. `Display` is English and for the log; people get
/// [`Fault::report`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Nobody takes what is printed.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// The settings.
    #[error(transparent)]
    Config(#[from] LoadError),
    /// A ruleset file.
    #[error("the ruleset cannot be used")]
    Ruleset(#[source] Box<OpenFileError>),
    /// No ruleset at all: neither the one in use, nor the last good one, nor the rules.
    #[error("there is no usable ruleset at {}", .path.display())]
    NoRuleset {
        /// The one in use.
        path: PathBuf,
        /// Why it could not be made anew.
        #[source]
        source: Box<Self>,
    },
    /// The shipped rules.
    #[error("the rules in {} cannot be used", .folder.display())]
    Rules {
        /// Their folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: Box<RulesError>,
    },
    /// A list to import.
    #[error("the list {list} cannot be imported")]
    Import {
        /// Its id, or the manifest.
        list: String,
        /// Why.
        #[source]
        source: Box<ImportError>,
    },
    /// A manifest.
    #[error("the manifest {} cannot be used", .path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<ImportError>,
    },
    /// Compiling.
    #[error("the ruleset {} cannot be compiled", .path.display())]
    Compile {
        /// The ruleset.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<CompileError>,
    },
    /// An account.
    #[error("the account was not changed")]
    Account(#[from] AccountError),
    /// The kernel gave no randomness.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
    /// A password cannot be hashed.
    #[error("the password cannot be made")]
    Password(#[source] lachan_web::password::HashError),
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<OpenError>,
    },
    /// The database.
    #[error("the database cannot be used")]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: DbError,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A ruleset is to take the name of something that is no regular file.
    #[error("{} is no regular file and is not replaced", .0.display())]
    NotAFile(PathBuf),
    /// A text that is no name.
    #[error("{text:?} is no name")]
    Name {
        /// The text.
        text: String,
        /// Why.
        #[source]
        source: NameError,
    },
    /// A text that is no time.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// No such group.
    #[error("there is no group {0:?}")]
    UnknownGroup(String),
    /// Groups are asked for where none are read.
    #[error("the group {0:?} is not known without settings")]
    GroupNeedsConfig(String),
    /// No such category.
    #[error("there is no category {id:?}")]
    UnknownCategory {
        /// The text.
        id: String,
        /// Those there are.
        known: String,
    },
    /// No such service.
    #[error("there is no service {0:?}")]
    UnknownService(String),
    /// An end is given, and nothing that ends.
    #[error("an end is given without a mode")]
    EndWithoutMode,
    /// A group is to be changed, and nothing is given to change in it.
    #[error("nothing is given to change in the group {0:?}")]
    NothingToSet(String),
    /// Every address is to be of the tier that is filtered least.
    #[error("{range} is every address, for {}", .tier.id())]
    AllForStaff {
        /// The range.
        range: String,
        /// The tier.
        tier: Tier,
    },
    /// A group does not have what is to be taken from it.
    #[error("the group {group:?} does not have {one}")]
    NotClaimed {
        /// The group.
        group: String,
        /// What it was.
        one: String,
    },
    /// A name that gives no device.
    #[error("the device is not known")]
    Device(#[from] DeviceError),
    /// A service has no switch to take back.
    #[error("the service {0:?} has no switch")]
    NoSwitch(String),
    /// A token was not made or taken back.
    #[error("no token was changed")]
    Token(#[from] TokenError),
    /// A group was refused.
    #[error("the group was not saved")]
    Group(#[from] GroupError),
    /// A table of groups was refused.
    #[error("no group was imported")]
    GroupTable(#[from] lachan_store::ImportError),
    /// An exception was refused.
    #[error("the exception was not saved")]
    Exception(#[from] ExceptionError),
    /// Groups that cannot stand together.
    #[error("groups claim the same devices")]
    Clash(#[from] GroupClash),
    /// A listener.
    #[error("a listener cannot be opened")]
    Bind(#[from] BindError),
    /// The listeners ended.
    #[error("the listeners ended")]
    Serve(#[from] ServeError),
    /// Another filter answers at the control socket.
    #[error("another filter is running")]
    Socket(#[from] SocketError),
    /// The page of figures.
    #[error("the page of figures cannot be served")]
    Page(#[from] PageError),
    /// The running filter cannot be asked.
    #[error("the running filter cannot be asked at {}", .path.display())]
    Control {
        /// The control socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: ClientError,
    },
    /// A page that was to be fetched.
    #[error("{url} cannot be fetched")]
    Fetch {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: FetchError,
    },
    /// The phrase lists of a ruleset or of a folder of rules.
    #[error("the phrase lists cannot be used")]
    Phrases(#[from] UnusablePhrases),
    /// The kernel's rules.
    #[error("the firewall's rules cannot be read or changed")]
    Firewall(#[from] FirewallError),
    /// The certificate of encrypted DNS.
    #[error("the certificate cannot be used")]
    Certificate(#[from] CertificateError),
    /// A profile for devices.
    #[error("no profile can be made")]
    Profile(#[from] ProfileError),
    /// The authority for inspection.
    #[error("the authority for inspection cannot be used")]
    Authority(#[from] AuthorityFault),
    /// The inbox of reports.
    #[error("the inbox of reports cannot be changed")]
    Report(#[from] ReportError),
    /// A backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The log of changes, about the whole box.
    #[error(transparent)]
    Machine(#[from] NoteError),
    /// Threads or signals.
    #[error("the runtime cannot be started")]
    Runtime(#[source] io::Error),
    /// Converting.
    #[error("{} cannot be converted", .path.display())]
    Convert {
        /// The list.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<ConvertError>,
    },
    /// Comparing.
    #[error("the rulesets cannot be compared")]
    Diff(#[from] TextError),
}

impl From<OpenFileError> for Fault {
    fn from(error: OpenFileError) -> Self {
        Self::Ruleset(Box::new(error))
    }
}

impl Fault {
    /// The code the program ends with.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(LoadError::Mistakes(_)) => Exit::No,
            Self::Rules { source, .. } if matches!(**source, RulesError::Mistakes(_)) => Exit::No,
            Self::Import { source, .. } | Self::Manifest { source, .. } => of_import(source),
            Self::Group(GroupError::Db(_))
            | Self::Token(TokenError::Db(_) | TokenError::Random(_))
            | Self::GroupTable(lachan_store::ImportError::Db(_))
            | Self::Account(AccountError::Db(_))
            | Self::Exception(ExceptionError::Db(_)) => Exit::File,
            Self::Group(_)
            | Self::GroupTable(_)
            | Self::Exception(_)
            | Self::Account(_)
            | Self::Clash(_)
            | Self::Device(_)
            | Self::NoSwitch(_)
            | Self::NotClaimed { .. }
            | Self::AllForStaff { .. }
            | Self::Token(_) => Exit::No,
            Self::Name { .. }
            | Self::Time(_)
            | Self::UnknownGroup(_)
            | Self::EndWithoutMode
            | Self::NothingToSet(_)
            | Self::GroupNeedsConfig(_)
            | Self::UnknownCategory { .. }
            | Self::UnknownService(_) => Exit::Usage,
            Self::Control { source, .. } => of_client(source),
            Self::Bind(_) | Self::Socket(_) | Self::Page(_) => Exit::Port,
            Self::Certificate(CertificateError::Unusable { .. })
            | Self::Profile(_)
            | Self::Authority(AuthorityFault::NoLock)
            | Self::Backup(
                BackupError::Passphrase
                | BackupError::Short
                | BackupError::OtherFolder { .. }
                | BackupError::NoRoom { .. }
                | BackupError::NoBox(_)
                | BackupError::NothingBefore
                | BackupError::SettingsPending,
            ) => Exit::No,
            Self::Backup(BackupError::NoTerminal) => Exit::Usage,
            _ => Exit::File,
        }
    }

    /// Whether another filter runs with the same database or at the same control socket.
    pub(crate) fn is_another_running(&self) -> bool {
        match self {
            Self::Socket(error) => matches!(error, SocketError::Live(_)),
            Self::Open { source, .. } => matches!(**source, OpenError::InUse(_)),
            _ => false,
        }
    }

    /// Whether whoever read the output went away, which is no fault (`| head`).
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let source = match self {
            Self::Output(source) => source,
            Self::Convert { source, .. } => match &**source {
                ConvertError::Write(source) => source,
                _ => return false,
            },
            _ => return false,
        };
        source.kind() == io::ErrorKind::BrokenPipe
    }

    /// What people read: the sentence, then each cause on a line.
    pub(crate) fn report(&self, words: Words) -> String {
        let mut text = format!("lachan: {}: {}", words.error(), self.sentence(words));
        let mut cause = self.first_cause();
        while let Some(error) = cause {
            text.push_str(&format!("\n  {}: {error}", words.because()));
            cause = error.source();
        }
        for line in self.lines(words) {
            text.push_str(&format!("\n  {line}"));
        }
        text
    }

    /// The sentence with the first cause, in one line.
    pub(crate) fn explained(&self, words: Words) -> String {
        let sentence = self.sentence(words);
        match self.first_cause() {
            Some(cause) => format!("{sentence} ({cause})"),
            None => sentence,
        }
    }

    /// The cause below the sentence. Where the sentence is a part's own, its cause.
    fn first_cause(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Config(error @ LoadError::Read { .. }) => error.source(),
            // The sentence says why, in the reader's language.
            Self::Config(_)
            | Self::Time(_)
            | Self::Clash(_)
            | Self::Device(_)
            | Self::Certificate(_)
            | Self::Profile(_) => None,
            Self::Authority(AuthorityFault::File { source, .. }) => Some(source),
            Self::Authority(_) => None,
            Self::Backup(error) => error.source(),
            // The sentence says what; the database, why.
            Self::Machine(error) => Some(error),
            // The sentence says why, in the reader's language; what the database said follows.
            Self::Group(GroupError::Db(error))
            | Self::Token(TokenError::Db(error))
            | Self::GroupTable(lachan_store::ImportError::Db(error))
            | Self::Account(AccountError::Db(error))
            | Self::Exception(ExceptionError::Db(error)) => Some(error),
            Self::Token(error @ TokenError::Random(_)) => error.source(),
            Self::Group(_)
            | Self::GroupTable(_)
            | Self::Exception(_)
            | Self::Account(_)
            | Self::Password(_)
            | Self::Token(_) => None,
            // The sentence says it all.
            Self::Control {
                source: ClientError::NotRunning | ClientError::Denied,
                ..
            } => None,
            Self::Page(error) => error.source(),
            Self::Firewall(error) => error.source(),
            _ => self.source(),
        }
    }

    /// The mistakes of a table.
    fn lines(&self, words: Words) -> Vec<String> {
        match self {
            Self::GroupTable(lachan_store::ImportError::Lines(lines)) => {
                lines.iter().map(|line| words.line_mistake(line)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn sentence(&self, words: Words) -> String {
        match self {
            Self::Output(_) => words.output_failed(),
            Self::Config(error) => error.message(words.language()),
            Self::Ruleset(error) => of_ruleset(error, words),
            Self::NoRuleset { path: file, .. } => words.no_ruleset(&path(file)),
            Self::Rules { folder, .. } => words.rules_unusable(&path(folder)),
            Self::Import { list, source } if is_disk_full(source) => words.disk_full(list),
            Self::Import { list, .. } => words.import_failed(list),
            Self::Manifest { path: file, .. } => words.manifest_failed(&path(file)),
            Self::Compile { path: file, source } if source.is_disk_full() => {
                words.disk_full(&path(file))
            }
            Self::Compile { path: file, .. } => words.compile_failed(&path(file)),
            Self::Open { path: file, .. } | Self::Database { path: file, .. } => {
                words.database_failed(&path(file))
            }
            Self::Read { path: file, .. } => words.read_failed(&path(file)),
            Self::Write { path: file, .. } => words.write_failed(&path(file)),
            Self::NotAFile(file) => words.not_a_file(&path(file)),
            Self::Name { text, .. } => words.not_a_name(text),
            Self::Time(TimeError::Moment(text)) => words.not_a_time(text),
            Self::Time(TimeError::Span(text)) => words.not_a_span(text),
            Self::Time(TimeError::NoClock(text)) => words.no_clock(text),
            Self::Time(TimeError::Past(text)) => words.past(text),
            Self::EndWithoutMode => words.end_without_mode(),
            Self::NothingToSet(name) => words.nothing_to_set(name),
            Self::AllForStaff { range, tier } => words.all_for_staff(range, tier.id()),
            Self::NotClaimed { group, one } => words.not_claimed(group, one),
            Self::Device(error) => words.device_error(error),
            Self::NoSwitch(service) => words.no_switch(service),
            Self::Token(error) => words.token_refused(&words.token_error(error)),
            Self::UnknownGroup(name) => words.unknown_group(name),
            Self::GroupNeedsConfig(name) => words.group_needs_config(name),
            Self::UnknownCategory { id, known } => words.unknown_category(id, known),
            Self::UnknownService(id) => words.unknown_service(id),
            Self::Group(error) => words.group_refused(&words.group_error(error)),
            Self::GroupTable(error) => words.groups_refused(&words.table_error(error)),
            Self::Account(error) => words.account_error(error),
            Self::Random(_) => words.no_random_numbers(),
            Self::Password(error) => words.no_password_hash(&error.to_string()),
            Self::Exception(error) => words.exception_refused(&words.exception_error(error)),
            Self::Clash(error) => words.groups_clash(&words.clash(error)),
            Self::Bind(error) => {
                words.port_failed(&error.address.to_string(), key_of(error.transport))
            }
            Self::Serve(_) => words.serve_failed(),
            Self::Socket(_) => words.filter_runs_already(),
            Self::Page(error) => words.page_failed(&error.address.to_string()),
            Self::Control {
                path: socket,
                source,
            } => words.control_failed(&path(socket), source),
            Self::Firewall(error) => words.firewall_error(error),
            Self::Certificate(error) => words.certificate_error(error),
            Self::Profile(error) => words.profile_error(error),
            Self::Authority(error) => words.authority_fault(error),
            Self::Report(_) => words.inbox_key_failed(),
            Self::Backup(error) => words.backup_error(error),
            Self::Machine(_) => words.log_not_kept(),
            Self::Runtime(_) => words.runtime_failed(),
            Self::Convert { path: file, .. } => words.convert_failed(&path(file)),
            Self::Fetch { url, .. } => words.fetch_failed(url),
            Self::Phrases(_) => words.phrases_unusable(),
            Self::Diff(_) => words.diff_failed(),
        }
    }
}

/// The key of the settings that names the listeners of a transport.
fn key_of(transport: &str) -> &'static str {
    match transport {
        "DoT" => "resolver.listen-dot",
        "DoH" => "resolver.listen-doh",
        "DoQ" => "resolver.listen-doq",
        _ => "resolver.listen",
    }
}

/// A mistake in a manifest is the person's; all else is the files'.
fn of_import(error: &ImportError) -> Exit {
    match error {
        ImportError::Mistake { .. }
        | ImportError::NoSuchCategory { .. }
        | ImportError::Input(InputError::NoCategory(_))
        | ImportError::Compile(CompileError::DuplicateList(_)) => Exit::No,
        _ => Exit::File,
    }
}

/// A filter that does not run, or says no, is an answer; a socket that cannot be used is a file.
fn of_client(error: &ClientError) -> Exit {
    match error {
        ClientError::NotRunning | ClientError::Refused { .. } => Exit::No,
        ClientError::Denied
        | ClientError::Broken(_)
        | ClientError::Line(_)
        | ClientError::Unexpected => Exit::File,
    }
}

fn is_disk_full(error: &ImportError) -> bool {
    match error {
        ImportError::Sort { source, .. } => source.kind() == io::ErrorKind::StorageFull,
        ImportError::Compile(error) => error.is_disk_full(),
        _ => false,
    }
}

fn of_ruleset(error: &OpenFileError, words: Words) -> String {
    let (OpenFileError::Io { path: file, .. }
    | OpenFileError::Unusable { path: file, .. }
    | OpenFileError::Damaged { path: file, .. }) = error;
    if error.is_missing() {
        words.ruleset_missing(&path(file))
    } else {
        words.ruleset_damaged(&path(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_config::Language;

    fn report(fault: &Fault, language: Language) -> String {
        fault.report(Words::new(language))
    }

    #[test]
    fn a_report_says_what_and_why_in_both_languages() {
        let source = io::Error::from(io::ErrorKind::NotFound);
        let fault = Fault::Read {
            path: "/x/y".into(),
            source,
        };
        let english = report(&fault, Language::English);
        assert!(
            english.starts_with("lachan: error: /x/y: the file cannot be read"),
            "{english}"
        );
        assert!(english.contains("\n  because: "), "{english}");
        let vietnamese = report(&fault, Language::Vietnamese);
        assert!(
            vietnamese.starts_with("lachan: lỗi: /x/y: không đọc được tệp"),
            "{vietnamese}"
        );
        assert_eq!(fault.exit(), Exit::File);
    }

    #[test]
    fn a_reader_that_went_away_is_no_fault() {
        let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(Fault::Output(broken()).is_broken_pipe());
        assert!(
            !Fault::Read {
                path: "x".into(),
                source: broken()
            }
            .is_broken_pipe()
        );
    }

    #[test]
    fn wrong_words_on_the_command_line_are_wrong_usage() {
        assert_eq!(Fault::UnknownGroup("6a".into()).exit(), Exit::Usage);
        assert_eq!(Fault::from(TimeError::Span("x".into())).exit(), Exit::Usage);
    }

    #[test]
    fn paths_cannot_disturb_a_terminal() {
        assert_eq!(path("a\u{1b}[31m".as_ref()), "a\\u{1b}[31m");
    }
}
