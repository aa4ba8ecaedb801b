//! How commands talk to the running filter: a Unix socket, one JSON line asked, JSON lines answered.
//!
//! ```text
//!  lachan top, status, … ─► client ═══ control.sock ═══► server ─► Admin ◄── the running filter
//!                               protocol: lines, versions, bounds
//! ```
//!
//! Whoever may open the socket may ask everything; its mode is the lock. What the filter does about
//! a request is behind [`Admin`], which this knows nothing more of.

mod client;
mod protocol;
mod server;
mod socket;
mod view;
#[cfg(test)]
pub(crate) use view::tests;

use std::collections::BTreeMap;
use std::time::Duration;

use lachan_policy::Name;

pub(crate) use client::{Client, ClientError};
pub(crate) use protocol::fuzz as fuzz_lines;
pub(crate) use protocol::{Answer, ErrorCode, Request};
pub(crate) use server::{Controls, serve};
pub(crate) use socket::{ControlSocket, SocketError};
pub(crate) use view::{
    Blocked, BypassView, Cache, Events, FirewallState, FirewallView, GroupCount, HttpCounts,
    InspectionView, NameCount, Percentiles, ProxyState, ProxyView, RuleCount, RulesetView, Sample,
    Status, TlsCounts, TopCategory, UpstreamView, WebView,
};

/// What the control socket asks of the running filter. Every call may read files or wait for a
/// thread, so none is made where nothing may wait.
pub(crate) trait Admin: Send + Sync + 'static {
    /// What is running, and how it fares.
    fn status(&self) -> Status;

    /// Begins a series of samples for one live view.
    fn series(&self) -> Box<dyn Series>;

    /// The page of figures.
    fn metrics(&self) -> String;

    /// Reads the settings, groups, exceptions and the ruleset again, and waits until that is done.
    fn reload(&self) -> Reloaded;

    /// Forgets cached answers: of one name, with `below` also of all below it, or of all names.
    /// Gives how many.
    fn flush_cache(&self, name: Option<&Name>, below: bool) -> usize;

    /// Takes the firewall's rules away for so long, or puts them back; then how it stands.
    ///
    /// # Errors
    /// Why that could not be done, in English.
    fn firewall(&self, off_for: Option<Duration>) -> Result<FirewallView, String>;
}

/// Samples, one after the other.
pub(crate) trait Series: Send {
    /// What happened since the sample before, or since the series began.
    fn next(&mut self) -> Sample;
}

/// How a reload went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reloaded {
    /// Everything that can change while the filter runs is as in the files.
    Done {
        /// Whether settings changed that only a restart takes up.
        needs_restart: bool,
    },
    /// The settings have these mistakes; those in use stay. All else was read again.
    Mistakes(String),
    /// The filter is stopping.
    Stopping,
}

/// Values by the id of what they are of.
pub(crate) type ById<T> = BTreeMap<String, T>;
