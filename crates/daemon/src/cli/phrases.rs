//! The arguments of `lachan phrases`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use lachan_policy::Tier;

use super::Settings;

/// `lachan phrases`.
#[derive(Debug, Subcommand)]
pub(crate) enum Phrases {
    /// Say which phrases stand in a page, where, and what each tier gets and why
    Explain(Explain),
}

/// `lachan phrases explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A file, an http:// or https:// URL, or - for standard input
    #[arg(value_name = "FILE|URL|-")]
    pub(crate) source: String,
    /// Only this age tier: mam-non, tieu-hoc, thcs, thpt or staff
    #[arg(long)]
    pub(crate) tier: Option<Tier>,
    /// The file's Content-Type, for example "text/html; charset=viscii" [default: by its ending]
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// The file's Content-Encoding: gzip, deflate, br, zstd
    #[arg(long, value_name = "CODING")]
    pub(crate) content_encoding: Option<String>,
    /// Take the phrases of this folder of rules, to try a change; no ruleset is needed then
    #[arg(long, value_name = "FOLDER", conflicts_with = "ruleset")]
    pub(crate) rules: Option<PathBuf>,
    /// Take this ruleset; no settings are needed then
    #[arg(long, value_name = "FILE")]
    pub(crate) ruleset: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) settings: Settings,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
