//! The arguments of `lachan`: what they are called and what values they take. Their help stands
//! here in English and in [`vietnamese`] in Vietnamese; what commands do with them is elsewhere.

mod accounts;
mod backup;
mod ca;
mod firewall;
mod groups;
mod phrases;
mod services;
mod vietnamese;

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use clap::{
    ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
};
use lachan_lists::formats::Format;
use lachan_policy::{Role, Tier, Token};
use lachan_resolver::RequestCode;

use crate::words::Words;
pub(crate) use accounts::Accounts;
pub(crate) use backup::{Backup, Reset, Restore};
pub(crate) use ca::{Ca, Export};
pub(crate) use firewall::Firewall;
pub(crate) use groups::{Devices, Dropped, Groups, SetGroup};
pub(crate) use phrases::{Explain, Phrases};
pub(crate) use services::{Services, Switch};

/// Reads the command line.
///
/// # Errors
/// What clap makes of it, help and version included.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    words: Words,
) -> Result<Arguments, clap::Error> {
    let command = vietnamese::translated(Arguments::command(), words);
    Arguments::from_arg_matches(&command.try_get_matches_from(arguments)?)
}

/// Lá Chắn: a DNS filter for schools that decides by age tier
#[derive(Debug, Parser)]
#[command(name = "lachan", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The end of `lachan --help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the answer is no: mistakes found, a change refused or held
  2  the command line is wrong
  3  a file or the database cannot be read or written, or is damaged
  4  the port is taken, or this user may not have it";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the filter and answer until told to stop (SIGTERM, Ctrl-C; SIGHUP reloads)
    Run(Run),
    /// Say why a name is open or closed, for whom, and what the other tiers get
    Why(Why),
    /// Compile, inspect, compare and convert lists
    #[command(subcommand)]
    Lists(Lists),
    /// The phrases by which the text of pages is scored
    #[command(subcommand)]
    Phrases(Phrases),
    /// Live view of the running filter: rates, what is blocked most, latency, upstreams
    Top(Top),
    /// Show what is running and how it fares
    Status(Status),
    /// Check all the filter needs, and say what to do about what is wrong
    Doctor(Doctor),
    /// Have the running filter read settings, groups, exceptions and ruleset again
    Reload(Reload),
    /// The running filter's cache of answers
    #[command(subcommand)]
    Cache(Cache),
    /// The firewall that brings devices' DNS to the box: show it, or switch it off for a while
    #[command(subcommand)]
    Firewall(Firewall),
    /// Check the settings file without starting; tells every mistake
    CheckConfig(CheckConfig),
    /// Show what was blocked, newest first
    Events(Events),
    /// Groups of devices: who is in which age tier
    #[command(subcommand)]
    Groups(Groups),
    /// Open or close single names, services or categories
    #[command(subcommand)]
    Exceptions(Exceptions),
    /// Who can sign in to the box's pages; a new password for who lost hers
    #[command(subcommand)]
    Accounts(Accounts),
    /// Services and their switches: open or close one with all its names
    #[command(subcommand)]
    Services(Services),
    /// Make what puts a managed device into its group by encrypted DNS
    Profile(Profile),
    /// The certificate authority of the box, for inspection of machines of the school's
    #[command(subcommand)]
    Ca(Ca),
    /// Write everything that makes this box this school's into one encrypted file
    Backup(Backup),
    /// Put what a backup holds in the place of what this box has
    Restore(Restore),
    /// Have the box begin as new, to hand it on: all that is the school's is removed, for good
    Reset(Reset),
}

/// Where the settings are.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Settings {
    /// Settings file [default: $LACHAN_CONFIG, else /etc/lachan/lachan.toml]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// `lachan run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `lachan top`.
#[derive(Debug, Args)]
pub(crate) struct Top {
    /// Print one look and end
    #[arg(long)]
    pub(crate) once: bool,
    /// Print JSON: one document a look, on a line of its own
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `lachan status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Print the figures for Prometheus instead
    #[arg(long, conflicts_with = "json")]
    pub(crate) metrics: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `lachan doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Send nothing: look at this machine only
    #[arg(long)]
    pub(crate) offline: bool,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `lachan reload`.
#[derive(Debug, Args)]
pub(crate) struct Reload {
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `lachan cache`.
#[derive(Debug, Subcommand)]
pub(crate) enum Cache {
    /// Forget cached answers, so that they are asked for again
    Flush {
        /// Only of this name; without it, of all
        name: Option<String>,
        /// Also of all names below it
        #[arg(long, requires = "name")]
        below: bool,
        #[command(flatten)]
        settings: Settings,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// `lachan why`.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// A host name, in Unicode or punycode, or a URL, of which the host is taken
    #[arg(required_unless_present = "code")]
    pub(crate) name: Option<String>,
    /// The request code of a blocked answer, of today or yesterday: what was blocked, and why
    #[arg(long, value_name = "CODE", conflicts_with_all = ["name", "group", "tier", "at"])]
    pub(crate) code: Option<RequestCode>,
    /// Ask as a device of this group
    #[arg(long, conflicts_with = "tier")]
    pub(crate) group: Option<String>,
    /// Ask as the device that has this address now, and say by what it is recognised
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["tier", "group"])]
    pub(crate) client: Option<IpAddr>,
    /// Ask as this age tier: mam-non, tieu-hoc, thcs, thpt or staff
    #[arg(long)]
    pub(crate) tier: Option<Tier>,
    /// Ask as at this time: RFC 3339, "YYYY-MM-DD HH:MM", or HH:MM today [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Ask this ruleset; without --config no settings and no database are needed then
    #[arg(long, value_name = "FILE")]
    pub(crate) ruleset: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: Settings,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lachan lists`.
#[derive(Debug, Subcommand)]
pub(crate) enum Lists {
    /// Compile the shipped rules and any number of lists into one ruleset
    Compile(Compile),
    /// Say what a ruleset holds, and verify it
    Info(Info),
    /// Say which entries changed between two rulesets, by list
    Diff(Diff),
    /// Print the names a list really blocks; refused lines go to standard error
    Convert(Convert),
}

/// `lachan lists compile`.
#[derive(Debug, Args)]
pub(crate) struct Compile {
    /// Folder of the shipped rules [default: rules here, else /usr/share/lachan/rules]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) rules: Option<PathBuf>,
    /// TOML file that names lists to import; may be given again
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Vec<PathBuf>,
    /// One list to import; may be given again
    #[arg(long, value_name = "ID=FILE,FORMAT,CATEGORY", value_parser = one_list)]
    pub(crate) list: Vec<OneList>,
    /// The ruleset to write; the one that is there is kept as FILE.previous
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// The ruleset to compare with [default: the one that is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) previous: Option<PathBuf>,
    /// Take the new ruleset although a list in it lost or gained a great many entries
    #[arg(long)]
    pub(crate) accept_mass_change: bool,
    /// Write every refused line to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) refused: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress, no report
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// `--list ID=FILE,FORMAT,CATEGORY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OneList {
    /// Its id.
    pub(crate) id: String,
    /// The file.
    pub(crate) path: PathBuf,
    /// Its format.
    pub(crate) format: Format,
    /// The id of its category.
    pub(crate) category: String,
}

/// Why a `--list` cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OneListError {
    /// A part is missing.
    #[error("write ID=FILE,FORMAT,CATEGORY, for example ads=ads.txt,hosts,ads")]
    Form,
    /// The format.
    #[error(transparent)]
    Format(#[from] lachan_lists::formats::UnknownFormat),
}

/// Reads `ID=FILE,FORMAT,CATEGORY`; the file's name may hold commas and equal signs.
fn one_list(text: &str) -> Result<OneList, OneListError> {
    let (id, rest) = text.split_once('=').ok_or(OneListError::Form)?;
    let (rest, category) = rest.rsplit_once(',').ok_or(OneListError::Form)?;
    let (path, format) = rest.rsplit_once(',').ok_or(OneListError::Form)?;
    if [id, path, category].contains(&"") {
        return Err(OneListError::Form);
    }
    Ok(OneList {
        id: id.to_owned(),
        path: path.into(),
        format: format.parse()?,
        category: category.to_owned(),
    })
}

/// `lachan lists info`.
#[derive(Debug, Args)]
pub(crate) struct Info {
    /// The ruleset
    pub(crate) file: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// `lachan lists diff`.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The older ruleset
    pub(crate) old: PathBuf,
    /// The newer ruleset
    pub(crate) new: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    /// How many entries to show; all are counted
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
}

/// `lachan lists convert`.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// What the file is: hosts, domains, adblock, rpz, dnsmasq, unbound, ut1 or addresses
    #[arg(long, value_name = "FORMAT")]
    pub(crate) from: Format,
    /// What to print
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Target::Domains)]
    pub(crate) to: Target,
    /// The list, plain or compressed; - is standard input
    pub(crate) file: PathBuf,
}

/// What `convert` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// One name a line.
    #[value(help = None::<&str>)]
    Domains,
}

/// `lachan check-config`.
#[derive(Debug, Args)]
pub(crate) struct CheckConfig {
    /// Settings file; the same as --config
    #[arg(conflicts_with = "config")]
    pub(crate) file: Option<PathBuf>,
    /// Print the commented template instead
    #[arg(long, conflicts_with_all = ["file", "config"])]
    pub(crate) template: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `lachan events`.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Only since then: 45m, 2h, 3d, 1w ago, or a time
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Only this group's
    #[arg(long)]
    pub(crate) group: Option<String>,
    /// Only this tier's
    #[arg(long)]
    pub(crate) tier: Option<Tier>,
    /// Only this category's, by its id
    #[arg(long)]
    pub(crate) category: Option<String>,
    /// Only names that hold this text
    #[arg(long, value_name = "PART")]
    pub(crate) name: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// Go on and show new ones as they are written
    #[arg(long, conflicts_with = "top")]
    pub(crate) follow: bool,
    /// Show the names blocked most often instead
    #[arg(long, conflicts_with_all = ["group", "tier", "category", "name"])]
    pub(crate) top: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
    /// Print JSON: one document, with --follow one a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// What every change needs.
#[derive(Debug, Clone, Args)]
pub(crate) struct Person {
    /// Who makes the change, for the audit log [default: the user of this system]
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// When something ends.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct End {
    /// When it ends: RFC 3339, "YYYY-MM-DD HH:MM", or HH:MM today
    #[arg(long, value_name = "TIME", conflicts_with = "lasting")]
    pub(crate) until: Option<String>,
    /// How long it holds: 45m, 2h, 3d, 1w
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) lasting: Option<String>,
}

/// The system a profile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum System {
    /// iPhone, iPad and Mac.
    #[value(help = None::<&str>)]
    Apple,
    /// Windows.
    #[value(help = None::<&str>)]
    Windows,
    /// Android.
    #[value(help = None::<&str>)]
    Android,
}

/// `lachan profile`.
#[derive(Debug, Args)]
pub(crate) struct Profile {
    /// The devices' system: a .mobileconfig, a PowerShell script, or what to type in
    #[arg(value_enum)]
    pub(crate) system: System,
    /// The group the devices are to be in
    #[arg(long)]
    pub(crate) group: String,
    /// The group's token: 16 characters
    #[arg(long)]
    pub(crate) token: Token,
    /// The file to write, readable by you alone [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The name devices reach the box by [default: that of the settings or the certificate]
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// The certificate of the authority that issued the box's own, to be trusted by the devices
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// An address of the box, which Windows needs; may be given again
    #[arg(long, num_args = 1..)]
    pub(crate) address: Vec<IpAddr>,
    /// Use DNS over TLS instead of HTTPS (Apple)
    #[arg(long)]
    pub(crate) dot: bool,
    /// Only in the Wi-Fi network of this name (Apple); may be given again
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) wifi: Vec<String>,
    /// The user cannot switch it off (supervised Apple devices)
    #[arg(long)]
    pub(crate) locked: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// Opens or closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OpenOrClose {
    /// Opens.
    #[value(help = None::<&str>)]
    Allow,
    /// Closes.
    #[value(help = None::<&str>)]
    Block,
}

/// The role somebody at the school acts in. The department acts through the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchoolRole {
    /// The school's administrator.
    #[value(help = None::<&str>)]
    School,
    /// A teacher, for her group and lesson.
    #[value(help = None::<&str>)]
    Teacher,
}

impl From<SchoolRole> for Role {
    fn from(role: SchoolRole) -> Self {
        match role {
            SchoolRole::School => Self::School,
            SchoolRole::Teacher => Self::Teacher,
        }
    }
}

/// `lachan exceptions`.
#[derive(Debug, Subcommand)]
pub(crate) enum Exceptions {
    /// Open or close something
    Add(AddException),
    /// End an exception before its time
    End {
        /// Its number
        id: i64,
        /// The role it is ended in
        #[arg(long, value_enum, default_value_t = SchoolRole::School)]
        role: SchoolRole,
        #[command(flatten)]
        person: Person,
    },
    /// Show the exceptions that hold
    List {
        /// The ended ones too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        settings: Settings,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// `lachan exceptions add`.
#[derive(Debug, Args)]
pub(crate) struct AddException {
    /// name, =name (not what lies below), *.name (only below), service:ID or category:ID
    pub(crate) target: String,
    /// Open or close it
    #[arg(value_enum)]
    pub(crate) action: OpenOrClose,
    /// The role it is made in; it opens only what that role may open
    #[arg(long, value_enum, default_value_t = SchoolRole::School)]
    pub(crate) role: SchoolRole,
    /// Only for this group
    #[arg(long)]
    pub(crate) group: Option<String>,
    #[command(flatten)]
    pub(crate) end: End,
    /// Why, for those who ask later
    #[arg(long, value_name = "TEXT", action = ArgAction::Set)]
    pub(crate) reason: String,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) person: Person,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn one_list_is_read_with_commas_in_its_file() {
        let list = one_list("ads=a,b=c.txt,hosts,ads").unwrap();
        assert_eq!((list.id.as_str(), list.category.as_str()), ("ads", "ads"));
        assert_eq!(
            (list.path.to_str(), list.format),
            (Some("a,b=c.txt"), Format::Hosts)
        );
        for bad in [
            "",
            "x",
            "x=y",
            "x=y,hosts",
            "x=,hosts,ads",
            "=y,hosts,ads",
            "x=y,csv,ads",
        ] {
            assert!(one_list(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn group_and_tier_exclude_each_other() {
        let read = |text: &str| Arguments::try_parse_from(text.split(' '));
        assert!(read("lachan why a.vn --group 6a --tier thcs").is_err());
        assert!(read("lachan why a.vn --tier lop-6").is_err());
        assert!(read("lachan why a.vn --tier thcs --json").is_ok());
        assert!(read("lachan why").is_err());
        assert!(read("lachan why --code 000000 --json").is_ok());
        assert!(read("lachan why --code 000001").is_err());
        assert!(read("lachan why a.vn --code 000000").is_err());
        assert!(read("lachan groups add 6a --tier thcs --subnet 10.0.0.0/24 10.0.1.0/24").is_ok());
        assert!(read("lachan groups add 6a --tier thcs --subnet 10.0.0.1/24").is_err());
        assert!(read("lachan why a.vn --client 10.0.0.1 --group 6a").is_err());
    }
}
