//! The arguments of `lachan ca`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::Settings;

/// `lachan ca`.
#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    /// Show the box's certificate authority: fingerprint, how long it holds, for whom it is used
    Show {
        #[command(flatten)]
        settings: Settings,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Write what a school's machines need: the certificate, scripts, profiles, guides, policies
    Export {
        /// What for
        #[arg(long = "for", value_enum, value_name = "WHAT")]
        kind: Export,
        /// The file to write [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// I have read what inspection means
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        settings: Settings,
    },
    /// Make a new authority in place of the old one, which machines then no longer need to trust
    Renew {
        /// I know that every machine has to be visited again
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        settings: Settings,
    },
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Export {
    /// The certificate as text (PEM).
    #[value(help = None::<&str>)]
    Pem,
    /// The certificate as Windows and Android like it (DER).
    #[value(help = None::<&str>)]
    Cer,
    /// A script for Windows, with notes on group policy.
    #[value(help = None::<&str>)]
    Windows,
    /// A profile for iPhone, iPad and Mac.
    #[value(help = None::<&str>)]
    Apple,
    /// What to do on Android.
    #[value(help = None::<&str>)]
    Android,
    /// What to do for Chromebooks.
    #[value(help = None::<&str>)]
    Chromebook,
    /// Policy of Chrome and Edge on Windows, for the registry.
    #[value(help = None::<&str>)]
    ChromeWindows,
    /// Policy of Chrome and Chromium on Linux.
    #[value(help = None::<&str>)]
    ChromeLinux,
    /// Policy of Firefox.
    #[value(help = None::<&str>)]
    Firefox,
}

impl Export {
    /// Whether it is about browsers' ways round the filter only, and says nothing of certificates.
    pub(crate) const fn is_policy(self) -> bool {
        matches!(
            self,
            Self::ChromeWindows | Self::ChromeLinux | Self::Firefox
        )
    }
}
