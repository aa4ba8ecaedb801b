//! The arguments of `lachan accounts`.

use clap::Subcommand;

use super::{Person, Settings};

/// `lachan accounts`.
#[derive(Debug, Subcommand)]
pub(crate) enum Accounts {
    /// Show who can sign in to the box's pages
    List {
        #[command(flatten)]
        settings: Settings,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Give an account a one-time password, for who lost hers; its sessions end
    Password {
        /// The name she signs in by
        name: String,
        #[command(flatten)]
        person: Person,
    },
    /// Take the counsellor's key away, so that the next one can set hers; what was sent before opens
    /// with the old key only
    InboxKeyOff {
        #[command(flatten)]
        person: Person,
    },
    /// Have an account ask for one-time codes no longer, for who lost her phone
    TotpOff {
        /// The name she signs in by
        name: String,
        #[command(flatten)]
        person: Person,
    },
}
