//! The arguments of `lachan services`.

use clap::{ArgAction, Args, Subcommand};
use lachan_policy::Tier;

use super::{End, Person, SchoolRole, Settings};

/// `lachan services`.
#[derive(Debug, Subcommand)]
pub(crate) enum Services {
    /// Show all services and whether they are open
    List {
        /// For this group
        #[arg(long, conflicts_with = "tier")]
        group: Option<String>,
        /// For this age tier by itself: mam-non, tieu-hoc, thcs, thpt or staff
        #[arg(long)]
        tier: Option<Tier>,
        #[command(flatten)]
        settings: Settings,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Open a service
    Open(Switch),
    /// Close a service
    Close(Switch),
    /// Take a switch back: the service is as the tier's table says
    Reset {
        /// Its id, as `lachan services list` shows it
        service: String,
        /// Only the switch of this group; else that of the whole school
        #[arg(long)]
        group: Option<String>,
        /// The role in which the switch was made
        #[arg(long, value_enum, default_value_t = SchoolRole::School)]
        role: SchoolRole,
        #[command(flatten)]
        person: Person,
    },
}

/// `lachan services open` and `close`.
#[derive(Debug, Args)]
pub(crate) struct Switch {
    /// Its id, as `lachan services list` shows it
    pub(crate) service: String,
    /// Only for this group; else for the whole school
    #[arg(long)]
    pub(crate) group: Option<String>,
    /// The role it is made in; it opens only what that role may open
    #[arg(long, value_enum, default_value_t = SchoolRole::School)]
    pub(crate) role: SchoolRole,
    #[command(flatten)]
    pub(crate) end: End,
    /// Why, for those who ask later
    #[arg(long, value_name = "TEXT", action = ArgAction::Set)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) person: Person,
}
