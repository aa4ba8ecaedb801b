//! The arguments of `lachan groups`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use lachan_policy::{InterfaceName, Mac, Mode, Subnet, Tier};

use super::{End, Person, Settings};

/// `lachan groups`.
#[derive(Debug, Subcommand)]
pub(crate) enum Groups {
    /// Make a group
    Add {
        /// Its name
        name: String,
        /// Its age tier: mam-non, tieu-hoc, thcs, thpt or staff
        #[arg(long)]
        tier: Tier,
        #[command(flatten)]
        devices: Devices,
        /// Take a range of all addresses for staff, the tier that is filtered least
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        person: Person,
    },
    /// Change a group; what is not given stays
    Set(Box<SetGroup>),
    /// Remove a group and end its exceptions
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        person: Person,
    },
    /// Show all groups
    List {
        #[command(flatten)]
        settings: Settings,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Take groups from a table: name,tier,subnets,macs,interfaces,devices; all lines or none
    Import {
        /// The table, as a spreadsheet saves it (CSV UTF-8); - is standard input
        file: PathBuf,
        #[command(flatten)]
        person: Person,
    },
    /// Print all groups as the table that `import` takes
    Export {
        #[command(flatten)]
        settings: Settings,
    },
    /// Show a group's tokens, make one, or take one back
    #[command(
        after_help = "A managed device that shows a token of its group by encrypted DNS keeps that \
                      group wherever it is."
    )]
    Token {
        /// The group's name
        name: String,
        /// Make a token and show it, this once only
        #[arg(long, conflicts_with = "revoke")]
        new: bool,
        /// Take back the token that begins so; without a value all of the group's
        #[arg(long, value_name = "FIRST", num_args = 0..=1)]
        revoke: Option<Option<String>>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        person: Person,
    },
}

/// By what a group's devices are known.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Devices {
    /// A subnet of its devices, such as 192.168.6.0/24; may be given again
    #[arg(long, value_name = "CIDR", num_args = 1..)]
    pub(crate) subnet: Vec<Subnet>,
    /// The MAC of one of its devices; may be given again
    #[arg(long, value_name = "MAC", num_args = 1..)]
    pub(crate) mac: Vec<Mac>,
    /// An interface or VLAN that is all its own, such as eth0.20; may be given again
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) interface: Vec<InterfaceName>,
    /// A device by the name it has from DHCP now; its MAC is stored; may be given again
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) device: Vec<String>,
}

/// `lachan groups set`.
#[derive(Debug, Args)]
pub(crate) struct SetGroup {
    /// Its name
    pub(crate) name: String,
    /// Its new age tier
    #[arg(long)]
    pub(crate) tier: Option<Tier>,
    #[command(flatten)]
    pub(crate) devices: Devices,
    /// Add the subnets and devices given to those it has, instead of putting them in their place
    #[arg(long)]
    pub(crate) add: bool,
    /// Take away a subnet, MAC or interface; may be given again
    #[arg(long, value_name = "ONE", num_args = 1..)]
    pub(crate) drop: Vec<Dropped>,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    pub(crate) rename: Option<String>,
    /// What it is doing just now; normal without an end is what its timetable says
    #[arg(long, value_enum)]
    pub(crate) mode: Option<GroupMode>,
    #[command(flatten)]
    pub(crate) end: End,
    /// Take a range of all addresses for staff, the tier that is filtered least
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) person: Person,
}

impl SetGroup {
    /// Whether it names a group and nothing to change in it.
    pub(crate) fn changes_nothing(&self) -> bool {
        let given = &self.devices;
        let claims = given.subnet.len() + given.mac.len() + given.interface.len();
        claims + given.device.len() + self.drop.len() == 0
            && self.tier.is_none()
            && self.rename.is_none()
            && self.mode.is_none()
            // An end without a mode has a fault of its own.
            && self.end.until.is_none()
            && self.end.lasting.is_none()
    }
}

/// Something that a group no longer claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// A device.
    Mac(Mac),
    /// A subnet.
    Subnet(Subnet),
    /// An interface.
    Interface(InterfaceName),
}

impl FromStr for Dropped {
    type Err = lachan_policy::BadInterface;
    /// What reads as a MAC is one, then what reads as a subnet; else it names an interface.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(mac) = text.parse() {
            return Ok(Self::Mac(mac));
        }
        text.parse().map_or_else(
            |_| text.parse().map(Self::Interface),
            |subnet| Ok(Self::Subnet(subnet)),
        )
    }
}

/// A mode that somebody switches on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupMode {
    /// The tier's table and the timetable.
    #[value(help = None::<&str>)]
    Normal,
    /// Only the learning ecosystem and what people opened.
    #[value(help = None::<&str>)]
    AllowlistOnly,
    /// An exam.
    #[value(help = None::<&str>)]
    Exam,
    /// A lesson over the net.
    #[value(help = None::<&str>)]
    OnlineClass,
}

impl From<GroupMode> for Mode {
    fn from(mode: GroupMode) -> Self {
        match mode {
            GroupMode::Normal => Self::Normal,
            GroupMode::AllowlistOnly => Self::AllowlistOnly,
            GroupMode::Exam => Self::Exam,
            GroupMode::OnlineClass => Self::OnlineClass,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_what_it_reads_as() {
        let read = |text: &str| text.parse::<Dropped>();
        assert!(matches!(read("3c:22:fb:0a:b1:9e"), Ok(Dropped::Mac(_))));
        assert!(matches!(read("10.6.0.0/24"), Ok(Dropped::Subnet(_))));
        assert!(matches!(read("fd00::/64"), Ok(Dropped::Subnet(_))));
        assert!(matches!(read("eth0.20"), Ok(Dropped::Interface(_))));
        assert!(read("10.6.0.1/24").is_err());
    }
}
