//! What the web asks of the rest of the box. The daemon implements it; the tests have stand-ins.
//! Calls may read files or wait for a thread: they are made off the threads that serve.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::IpAddr;
use std::sync::Arc;

use lachan_config::{Config, Language, Mistakes};
use lachan_policy::{Bells, Moment, Policy, Token};
use lachan_store::{Act, UnlockKey};
use lachan_web::{Problem, Side, TypedCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The time.
pub trait Clock: Send + Sync {
    /// The school's local time; `None` while the box does not know it.
    fn now(&self) -> Option<Moment>;

    /// The local day (since 1970-01-01) and hour of a Unix second, where it has one.
    fn local(&self, unix: i64) -> Option<(i64, u8)>;
}

/// Where somebody sits.
pub trait Place: Send + Sync {
    /// The side of an address.
    fn side(&self, address: IpAddr) -> Side;

    /// Whether nothing parts the management side from pupils' networks.
    fn is_flat(&self) -> bool;

    /// Whether people reach the box by this name, which a browser put into `Host`.
    fn is_own_name(&self, name: &str) -> bool;
}

/// Who the school is.
pub trait School: Send + Sync {
    /// Its name.
    fn name(&self) -> String;

    /// The language that stands first where nobody chose one.
    fn language(&self) -> Language;

    /// When lessons begin and end.
    fn bells(&self) -> Bells;

    /// Fewest devices of a group for its blocks to be shown with names.
    fn names_from_devices(&self) -> u32;
}

/// The policy in use.
pub trait Rules: Send + Sync {
    /// The policy as it decides now.
    fn policy(&self) -> Arc<Policy>;

    /// People's changes were saved: have them decide now. Returns when they do, or soon after.
    fn changed(&self);
}

/// What lets the first person in.
pub trait FirstRun: Send + Sync {
    /// The first-run code; `None` once it was used.
    fn code(&self) -> Option<TypedCode>;

    /// It was used: it holds no longer, and the file it stood in goes.
    fn done(&self);
}

/// A question to the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyQuestion {
    /// The name, or a URL whose host is meant.
    pub name: String,
    /// For a group of this number.
    pub group: Option<u32>,
    /// For the device at this address.
    pub address: Option<IpAddr>,
    /// Unix seconds; `None` for now.
    pub at: Option<i64>,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyFault {
    /// The text is no name.
    Name(String),
    /// There is no such group.
    Group,
    /// The time cannot be.
    Time,
    /// The box could not look; the log says why.
    Failed,
}

/// The "why?" tool.
pub trait Explain: Send + Sync {
    /// The verdict with all that leads to it, as `lachan why --json` prints it.
    ///
    /// # Errors
    /// [`WhyFault`].
    fn why(&self, question: &WhyQuestion) -> Result<Value, WhyFault>;
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be, or only worth knowing.
    Info,
    /// It works, and something is not as it should be.
    Warning,
    /// It does not work, or devices go round the filter.
    Error,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// Which check: an id that outlives versions.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it could be checked at all.
    pub checked: bool,
    /// What was found.
    pub title: String,
    /// What to do.
    pub remedy: Option<String>,
}

/// What happened in the last second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Sample {
    /// Queries a second.
    pub qps: f64,
    /// Of them blocked.
    pub blocked_per_s: f64,
    /// Of those that were neither blocked nor local, how many the cache knew: 0 to 1.
    pub cached_share: Option<f64>,
    /// What 99 of 100 answers that need nobody else stay within, microseconds.
    pub p99_us: Option<u64>,
}

/// Blocked attempts of one minute that agree in all that is told here: no name, no device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LiveBlock {
    /// Minutes since 1970; absent while the box does not know the time.
    pub minute: Option<i64>,
    /// The group's number; 0 is that of unknown devices.
    pub group: u32,
    /// The category's id.
    pub category: Option<String>,
    /// Attempts.
    pub count: u64,
}

/// Samples, one after the other.
pub trait Series: Send {
    /// What happened since the one before, or since the series began.
    fn next(&mut self) -> Sample;
}

/// How the box fares.
pub trait Vitals: Send + Sync {
    /// What `lachan status --json` prints.
    fn status(&self) -> Value;

    /// What `lachan doctor` finds, without sending anything off this machine.
    fn doctor(&self, language: Language) -> Vec<Finding>;

    /// What stands in the way of the school's protection just now: lists that are old, parts that
    /// fail, a clock that is not known. Looks at what is known already and asks nobody.
    fn protection(&self, language: Language) -> Vec<Finding>;

    /// Begins a series of samples.
    fn series(&self) -> Box<dyn Series>;

    /// Attempts to get round the filter by kind, today and in the last seven days; `None` while the
    /// box does not know the time.
    fn bypasses(&self) -> Option<Bypasses>;

    /// What is recorded, and how long, by the settings in use, in plain sentences.
    fn recorded(&self, language: Language) -> Vec<Recorded>;
}

/// Attempts to get round the filter, by the kind's id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bypasses {
    /// Today.
    pub today: BTreeMap<String, u64>,
    /// In the last seven days.
    pub week: BTreeMap<String, u64>,
}

/// One thing that the box records, or does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recorded {
    /// An id that outlives versions.
    pub code: String,
    /// Whether it is recorded.
    pub recorded: bool,
    /// For how many days it is kept.
    pub days: Option<u32>,
    /// In plain words.
    pub text: String,
}

/// The settings file as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsText {
    /// Where it is, for people.
    pub path: String,
    /// What is in it; of what is not UTF-8 nothing.
    pub text: String,
    /// Tells this text from every other.
    pub tag: String,
    /// Why the program may not write it, as the system says it.
    pub read_only: Option<String>,
    /// Whether the settings before it are kept.
    pub has_before: bool,
    /// The change that waits to be confirmed.
    pub pending: Option<Pending>,
    /// What the box put back by itself, until somebody dismisses it.
    pub went_back: Option<WentBack>,
}

/// Why the box put something back by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhyBack {
    /// Nobody confirmed the change in time.
    Unconfirmed,
    /// The box could not start with it.
    NoStart,
    /// Twice the box started with it and did not live for a minute.
    Died,
    /// The box could not start with what a backup had brought.
    Restore,
}

/// What the box put back by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WentBack {
    /// Unix seconds; `None` where the box did not know the time.
    pub at: Option<i64>,
    /// Why.
    pub why: WhyBack,
    /// Who had made the change, where that is known.
    pub by: Option<String>,
    /// Key paths of the settings that are as before; none of a restore.
    pub changed: Vec<String>,
    /// What kept the box from starting, in Vietnamese and in English.
    pub reason: Option<(String, String)>,
}

/// A change that goes back by itself unless somebody confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pending {
    /// In so many seconds.
    pub seconds: u32,
    /// Who made it.
    pub by: String,
}

/// What became of a change of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    /// Whether the filter starts anew for it, in a moment, for about a second.
    pub restarts: bool,
    /// Parts that do not work now.
    pub troubles: Vec<Finding>,
}

/// Why the settings were not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsFault {
    /// The file is another one than the caller saw.
    Changed,
    /// It may not be written; what the system says.
    ReadOnly(String),
    /// A change waits to be confirmed.
    Pending,
    /// None does.
    NothingPending,
    /// There are no settings before these.
    NothingBefore,
    /// The text has mistakes.
    Mistakes(Mistakes),
    /// The box cannot listen there.
    Listen {
        /// Where.
        address: String,
        /// What the system says.
        why: String,
    },
    /// The disk; the log has more.
    Disk,
}

/// An interface of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Whether a cable or a network is on it, where the system tells.
    pub is_up: Option<bool>,
    /// Its addresses, each with the length of its network: `10.6.0.1/24`.
    pub addresses: Vec<String>,
    /// Whether the machine's way to the Internet goes by it.
    pub leads_out: bool,
}

/// The settings file, and what becomes of a change.
pub trait SettingsFile: Send + Sync {
    /// The file as it is.
    ///
    /// # Errors
    /// [`SettingsFault::Disk`].
    fn read(&self) -> Result<SettingsText, SettingsFault>;

    /// The settings in use, which a wrong file leaves as they are.
    fn in_use(&self) -> Arc<Config>;

    /// Puts a text in the place of the one with this tag and has the box go by it. The one before is
    /// kept. A change that may cut people off from the pages goes back unless it is confirmed.
    ///
    /// # Errors
    /// [`SettingsFault`]; nothing is changed then.
    fn save(&self, seen: &str, text: &str, by: &str) -> Result<Saved, SettingsFault>;

    /// Puts the settings before in the place of these, which are kept in their turn. Takes a change
    /// back that waits.
    ///
    /// # Errors
    /// [`SettingsFault`].
    fn undo(&self, seen: &str, by: &str) -> Result<Saved, SettingsFault>;

    /// The change that waits is to stay.
    ///
    /// # Errors
    /// [`SettingsFault::NothingPending`].
    fn confirm(&self) -> Result<(), SettingsFault>;

    /// Somebody has read what the box put back by itself. Whether there was anything.
    ///
    /// # Errors
    /// [`SettingsFault::Disk`], [`SettingsFault::ReadOnly`].
    fn dismiss(&self) -> Result<bool, SettingsFault>;

    /// The interfaces of the machine.
    fn interfaces(&self) -> Vec<Interface>;

    /// Asks the upstreams of these settings, and tells how that went.
    fn try_upstreams(&self, config: &Config, language: Language) -> Vec<Finding>;
}

/// By which ways devices may ask the box over encrypted DNS, wherever they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DnsWays {
    /// The name devices know the box by; `null` where neither settings nor certificate have one.
    pub host: Option<String>,
    /// Whether DNS over HTTPS listens.
    pub has_doh: bool,
    /// Whether DNS over TLS listens where devices look for it, and the certificate holds for a token in
    /// the server name.
    pub has_dot: bool,
    /// Whether a public authority vouches for the certificate: others Android's Private DNS trusts not.
    pub is_public: bool,
}

/// What devices are given so that they use a token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenUse {
    /// The URL of DNS over HTTPS.
    pub doh_url: Option<String>,
    /// The server name of DNS over TLS, and of Android's Private DNS.
    pub dot_name: Option<String>,
    /// A profile for Apple's systems.
    pub apple: Option<String>,
    /// A script for Windows.
    pub windows: Option<String>,
}

/// Encrypted DNS for devices.
pub trait EncryptedDns: Send + Sync {
    /// The ways there are. Reads the certificate.
    fn ways(&self) -> DnsWays;

    /// How devices use a token of a group.
    fn token_use(&self, group: &str, token: Token, language: Language) -> TokenUse;
}

/// A backup that lies on the box until it is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ready {
    /// What to call it.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Unix seconds; absent where the box did not know the time.
    pub made_at: Option<i64>,
}

/// The box as a whole. Each of these may take minutes; one is done at a time, and who comes meanwhile
/// hears [`Code::Busy`](lachan_web::Code::Busy).
pub trait Machine: Send + Sync {
    /// The fewest characters of a passphrase that a person chose.
    fn shortest_passphrase(&self) -> usize;

    /// Makes a passphrase that nobody guesses.
    ///
    /// # Errors
    /// A problem of the machine.
    fn passphrase(&self) -> Result<String, Problem>;

    /// Makes a backup, in the place of one that lies there.
    ///
    /// # Errors
    /// What kept it from being made; nothing is left then.
    fn back_up(&self, passphrase: String, has_lists: bool) -> Result<Ready, Problem>;

    /// The backup that lies there; after half an hour it is gone.
    fn ready(&self) -> Option<Ready>;

    /// The same, to be read from its beginning.
    ///
    /// # Errors
    /// [`Code::NotFound`](lachan_web::Code::NotFound): it is gone; a problem of the machine.
    fn open_ready(&self) -> Result<(Ready, File), Problem>;

    /// Begins to take a backup in, in the place of one that was taken in before. `bytes` is how long it is
    /// said to be.
    ///
    /// # Errors
    /// [`Code::Busy`](lachan_web::Code::Busy) while another comes in, [`Code::NoRoom`](lachan_web::Code::NoRoom),
    /// [`Code::TooLong`](lachan_web::Code::TooLong); a problem of the machine.
    fn take_in(&self, bytes: Option<u64>) -> Result<Box<dyn Intake>, Problem>;

    /// Opens the backup that was taken in, checks all of it, and tells what is in it. Nothing of the box
    /// changes.
    ///
    /// # Errors
    /// [`Code::Busy`](lachan_web::Code::Busy) while it is looked into already; what is wrong with the
    /// passphrase or the file.
    fn look_into(&self, passphrase: String) -> Result<Preview, Problem>;

    /// Removes what was taken in.
    ///
    /// # Errors
    /// [`Code::Busy`](lachan_web::Code::Busy) while it is looked into.
    fn give_up(&self) -> Result<(), Problem>;

    /// The box becomes what was looked into, and begins again at once. With `own_network` it keeps its
    /// place in the network.
    ///
    /// # Errors
    /// [`Code::NoUpload`](lachan_web::Code::NoUpload): nothing was looked into, or too long ago;
    /// [`Code::SettingsPending`](lachan_web::Code::SettingsPending): they may still go back by themselves;
    /// what keeps it from being placed. Nothing changed then.
    fn restore(&self, act: &Act, own_network: bool) -> Result<(), Problem>;

    /// Until when the last restore can be taken back, in unix seconds.
    fn undo_until(&self) -> Option<i64>;

    /// The box becomes what it was before the last restore, and begins again at once.
    ///
    /// # Errors
    /// [`Code::NothingToUndo`](lachan_web::Code::NothingToUndo); as of [`Machine::restore`].
    fn undo(&self, act: &Act) -> Result<(), Problem>;

    /// The box becomes as it was before anybody used it, and begins again at once. There is no way back.
    ///
    /// # Errors
    /// [`Code::SettingsPending`](lachan_web::Code::SettingsPending); what keeps it from being done. Nothing
    /// changed then.
    fn reset(&self, keeps_network: bool) -> Result<(), Problem>;
}

/// A backup on its way in. Dropped before [`Intake::keep`] it leaves nothing.
pub trait Intake: Send {
    /// Takes a piece of it.
    ///
    /// # Errors
    /// [`Code::TooLong`](lachan_web::Code::TooLong); a problem of the machine.
    fn write(&mut self, piece: &[u8]) -> Result<(), Problem>;

    /// That was all of it. Its length in bytes.
    ///
    /// # Errors
    /// A problem of the machine.
    fn keep(self: Box<Self>) -> Result<u64, Problem>;
}

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preview {
    /// The school's name; may be empty.
    pub school: String,
    /// Unix seconds; absent where the box did not know the time.
    pub made_at: Option<i64>,
    /// The version of the program that made it.
    pub program: String,
    /// Whether the compiled lists are in it.
    pub lists: bool,
    /// Its groups.
    pub groups: Vec<PreviewGroup>,
    /// Its accounts.
    pub accounts: Vec<PreviewAccount>,
    /// Settings that differ from those of this box.
    pub settings: Vec<PreviewSetting>,
    /// Whether its settings can be used here; where not, the box has to keep its own place.
    pub fits: bool,
}

/// A group in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewGroup {
    /// Its name.
    pub name: String,
    /// Its tier's id.
    pub tier: String,
}

/// An account in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewAccount {
    /// The name people know.
    pub display_name: String,
    /// The role's id.
    pub role: String,
}

/// A setting in which a backup differs from this box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreviewSetting {
    /// Its key in `lachan.toml`.
    pub key: String,
    /// What it is here; absent where it is the default.
    pub here: Option<String>,
    /// What it is in the backup.
    pub there: Option<String>,
}

/// A certificate that the box shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CertificateView {
    /// The names and addresses it is for.
    pub names: Vec<String>,
    /// The SHA-256, as people compare it.
    pub fingerprint: String,
    /// Unix seconds of its beginning.
    pub from: i64,
    /// Unix seconds of its end.
    pub until: i64,
    /// Whether somebody else made it.
    pub is_uploaded: bool,
    /// Whether a public authority vouches for it, so that every device trusts it.
    pub is_public: bool,
}

/// The authority of inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InspectionView {
    /// The SHA-256 of its certificate.
    pub fingerprint: String,
    /// Unix seconds of its beginning.
    pub from: i64,
    /// Unix seconds of its end.
    pub until: i64,
    /// Whether anything is inspected.
    pub is_on: bool,
}

/// All certificates of the box.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Certificates {
    /// Of the box's own pages.
    pub web: Option<CertificateView>,
    /// Of encrypted DNS.
    pub dns: Option<CertificateView>,
    /// Whether encrypted DNS listens at all.
    pub dns_listens: bool,
    /// Of inspection, where one was made.
    pub inspection: Option<InspectionView>,
}

/// Where a certificate is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificatePlace {
    /// The box's own pages.
    Web,
    /// Encrypted DNS.
    Dns,
}

/// Why a certificate is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFault {
    /// What was given cannot be used.
    Field {
        /// `certificate` or `key`.
        field: &'static str,
        /// What is wrong; outlives versions.
        code: &'static str,
        /// In Vietnamese.
        vi: String,
        /// In English.
        en: String,
    },
    /// The settings could not be made to name it.
    Settings(SettingsFault),
    /// There is none.
    None,
    /// The disk; the log has more.
    Disk,
}

/// A file for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFile {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The certificates of the box.
pub trait CertificateDesk: Send + Sync {
    /// All of them.
    fn all(&self) -> Certificates;

    /// Makes another one of the box's own for its pages.
    ///
    /// # Errors
    /// [`CertificateFault::Disk`].
    fn renew_web(&self) -> Result<(), CertificateFault>;

    /// Shows a certificate that somebody else made; PEM, with the key of it.
    ///
    /// # Errors
    /// [`CertificateFault`]; what was shown is shown still.
    fn put(
        &self,
        place: CertificatePlace,
        certificate: &str,
        key: &str,
        by: &str,
    ) -> Result<(), CertificateFault>;

    /// Has the pages show the box's own certificate again.
    ///
    /// # Errors
    /// [`CertificateFault::None`] when they do.
    fn remove_web(&self) -> Result<(), CertificateFault>;

    /// What machines need to trust the authority of inspection; `None` while nothing is inspected, and
    /// for a kind that there is not.
    fn export(&self, kind: &str, language: Language) -> Option<CertificateFile>;
}

/// A list that somebody wants to try before it is enabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialWish {
    /// The category's id.
    pub category: String,
    /// The list's format, by its word.
    pub format: String,
    /// The list.
    pub text: String,
    /// Whether it is counted from now on what it would have hit.
    pub counts: bool,
    /// What people call it.
    pub label: String,
}

/// What a list would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrialEffect {
    /// Entries that came in.
    pub entries: u64,
    /// Of these, entries whose name has the category nowhere yet.
    pub new: u64,
    /// Entries that reach less far than they say, because many share the name they are of.
    pub narrowed: u64,
    /// Lines that did not come in.
    pub refused: u64,
    /// The first of them.
    pub refused_lines: Vec<TrialRefused>,
    /// Lists in use that have some of the names already, the one with most first.
    pub overlaps: Vec<TrialOverlap>,
    /// How many well-known names it would newly close.
    pub closes_in_all: usize,
    /// The first of them, Vietnamese ones first.
    pub closes: Vec<TrialClosed>,
    /// How many well-known names it has that stay open whatever it says: help lines, always-open and
    /// protected ones.
    pub spared_in_all: usize,
    /// The first of them.
    pub spared: Vec<String>,
}

/// A line that did not come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrialRefused {
    /// Its number, from 1.
    pub line: u64,
    /// Why: an id that outlives versions.
    pub reason: String,
    /// How it begins, safe to show.
    pub text: String,
}

/// A list that has names of another one already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrialOverlap {
    /// Its id.
    pub list: String,
    /// How many.
    pub entries: u64,
}

/// A well-known name that a list would close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrialClosed {
    /// The name.
    pub name: String,
    /// The list's entry: the name or one above it.
    pub entry: String,
    /// Whether it is a Vietnamese name.
    pub is_vietnamese: bool,
    /// The ids of the tiers for which it would be closed.
    pub tiers: Vec<String>,
}

/// A count that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrialCount {
    /// What people call the list.
    pub label: String,
    /// The category's id.
    pub category: String,
    /// How many entries are counted.
    pub entries: u64,
    /// For how many seconds it has been counted.
    pub seconds: u64,
    /// In how many seconds it ends by itself.
    pub left: u64,
    /// The least number of devices that an entry is told from.
    pub fewest: u32,
    /// Entries that so many devices would have been hit by.
    pub hit: u64,
    /// Devices of these entries together, at least; 0 where there is no such entry.
    pub devices: u32,
    /// Whether there may be more devices than can be told apart.
    pub is_full: bool,
}

/// Why a list cannot be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrialFault {
    /// There is no such category.
    Category,
    /// There is no such format.
    Format,
    /// Nothing in it can be used.
    Empty,
    /// It has more entries than can be counted: so many.
    TooMany(usize),
    /// Another one is looked at just now.
    Busy,
    /// The disk, or the rules; the log has more.
    Failed,
}

/// Lists before they are enabled.
pub trait ListTrials: Send + Sync {
    /// Looks at a list, and counts from now on what it would have hit, where that is wanted: in the place of
    /// one that is counted already. Nothing of the filter changes.
    ///
    /// # Errors
    /// [`TrialFault`]; a count that is under way goes on.
    fn try_list(&self, wish: &TrialWish) -> Result<TrialEffect, TrialFault>;

    /// The count that is under way.
    fn count(&self) -> Option<TrialCount>;

    /// Ends the count, and forgets it. Whether there was one.
    fn end(&self) -> bool;
}

/// How the answers about an engine's names look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SafeState {
    /// The group's tier gets the open form.
    Off,
    /// The names are closed for the group.
    Closed,
    /// They lead to the safe form, and nowhere else.
    Safe,
    /// No answer came, so that nothing can be said.
    Unanswered,
    /// They lead past the safe form.
    Unsafe,
}

/// What was found of one kind of record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SafeRecord {
    /// `A`, `AAAA` or `HTTPS`.
    pub kind: String,
    /// The worst that was found.
    pub state: SafeState,
    /// Of how many names that is so.
    pub names: usize,
    /// One of them.
    pub example: Option<String>,
}

/// What was found of one engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SafeCheck {
    /// The engine's id.
    pub engine: String,
    /// The worst that was found.
    pub state: SafeState,
    /// How many names it has.
    pub names: usize,
    /// By kind of record.
    pub records: Vec<SafeRecord>,
}

/// Whether engines answer in their safe form.
pub trait SafeSearch: Send + Sync {
    /// Asks the box's own resolver for the names of every engine, as a group of this number would (0: devices
    /// in no group). Nobody is told, and nothing of it is counted. `None`: no such group.
    fn check(&self, group: u32) -> Option<Vec<SafeCheck>>;
}

/// All of them.
#[derive(Clone)]
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where somebody sits.
    pub place: Arc<dyn Place>,
    /// Who the school is.
    pub school: Arc<dyn School>,
    /// The policy in use.
    pub rules: Arc<dyn Rules>,
    /// What lets the first person in.
    pub first_run: Arc<dyn FirstRun>,
    /// The "why?" tool.
    pub explain: Arc<dyn Explain>,
    /// How the box fares.
    pub vitals: Arc<dyn Vitals>,
    /// The settings file.
    pub settings: Arc<dyn SettingsFile>,
    /// Encrypted DNS for devices.
    pub encrypted: Arc<dyn EncryptedDns>,
    /// The box as a whole.
    pub machine: Arc<dyn Machine>,
    /// The certificates of the box.
    pub certificates: Arc<dyn CertificateDesk>,
    /// Lists before they are enabled.
    pub trials: Arc<dyn ListTrials>,
    /// Whether engines answer in their safe form.
    pub safe_search: Arc<dyn SafeSearch>,
    /// The secret of unlock codes; `None` where it cannot be kept, and none are made then.
    pub unlock: Option<Arc<UnlockKey>>,
}
