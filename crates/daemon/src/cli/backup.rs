//! The arguments of `lachan backup`, `lachan restore` and `lachan reset`.

use std::path::PathBuf;

use clap::Args;

use super::Settings;

/// `lachan backup`.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to write [default: lachan-DATE.age in this folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Read the passphrase from the first line of this file [default: make one and print it]
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Leave the compiled lists out: small, but the new box has to compile them itself
    #[arg(long)]
    pub(crate) without_lists: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `lachan restore`.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "FILE", required_unless_present = "undo")]
    pub(crate) file: Option<PathBuf>,
    /// Read the passphrase from the first line of this file [default: ask on the terminal]
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Take the last restore back
    #[arg(long, conflicts_with = "file")]
    pub(crate) undo: bool,
    /// Replace what this box has; without it only what is in the file is shown
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// `lachan reset`.
#[derive(Debug, Args)]
pub(crate) struct Reset {
    /// Keep where the box stands in the network: listeners, interfaces, upstreams, the pages' address
    #[arg(long)]
    pub(crate) keep_network: bool,
    /// Do it; without it only what would be lost is told
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}
