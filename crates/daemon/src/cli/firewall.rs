//! The arguments of `lachan firewall`.

use std::time::Duration;

use clap::Subcommand;

use super::Settings;
use crate::words::Words;

/// Longest time the firewall is switched off: who needs more changes the settings.
const MOST: Duration = Duration::from_secs(24 * 3600);

/// `lachan firewall`.
#[derive(Debug, Subcommand)]
pub(crate) enum Firewall {
    /// Show the firewall's rules, and how many packets each has held
    Show {
        #[command(flatten)]
        settings: Settings,
        /// Print the rules as one JSON document, as `nft -j -f` takes it
        #[arg(long)]
        json: bool,
    },
    /// Show how the kernel's rules differ from what settings, groups and lists make
    Diff {
        #[command(flatten)]
        settings: Settings,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Filter nothing for a while, to rule the box out
    Off {
        /// For how long, such as 10m or 2h, at most a day
        #[arg(long = "for", value_name = "TIME", default_value = "10m", value_parser = time)]
        lasting: Duration,
        #[command(flatten)]
        settings: Settings,
    },
    /// Filter again now
    On {
        #[command(flatten)]
        settings: Settings,
    },
}

/// A time from one second to [`MOST`].
fn time(text: &str) -> Result<Duration, String> {
    let time = lachan_config::unit::parse_duration(text);
    let time = time.ok().filter(|time| !time.is_zero() && *time <= MOST);
    time.ok_or_else(|| Words::of_environment().no_time_off(text))
}
