//! What the resolver asks of the daemon (the time) and tells it (what was decided).
//!
//! The traits keep this crate apart from the store: it does not know where events go. Both are
//! called on the path of every query, so implementations must neither wait nor do much.

use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Instant;

use lachan_policy::{Group, Moment, Name, Policy, Verdict};

/// The time, as the daemon knows it.
pub trait Clock: Send + Sync + 'static {
    /// The school's local time; `None` while the box does not know it. Called for every query:
    /// give a stored moment, refreshed now and then, rather than ask the system.
    fn moment(&self) -> Option<Moment>;

    /// Seconds since some start, never going back; cached answers age by it.
    fn seconds(&self) -> u32 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        u32::try_from(START.elapsed().as_secs()).unwrap_or(u32::MAX)
    }
}

/// Takes note of decisions.
pub trait Events: Send + Sync + 'static {
    /// A query was decided, open or closed: for the counters. Says nothing of who asked for what,
    /// so an allowed name cannot be recorded. Help lines are not told.
    fn decided(&self, group: &Group, verdict: &Verdict);

    /// A query was closed: for the log of blocked attempts. Comes after [`Self::decided`].
    fn blocked(&self, blocked: &Blocked<'_>);
}

/// What stands behind a harmless name and closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind<'b> {
    /// A name that the answer leads to, by a CNAME or a service binding.
    Name(&'b Name),
    /// What may not be named: an address of the answer, or a name that the log keeps not.
    Unnamed,
}

/// A blocked query.
#[derive(Debug, Clone, Copy)]
pub struct Blocked<'b> {
    /// The snapshot it was decided on, for the texts of the verdict's rule.
    pub policy: &'b Policy,
    /// The client's group.
    pub group: &'b Group,
    /// The verdict; for a cloaked name the verdict on the name behind it.
    pub verdict: &'b Verdict,
    /// The name asked for; `None` where the verdict wants none kept.
    pub name: Option<&'b Name>,
    /// What the verdict is on, where that is not the queried name itself.
    pub behind: Option<Behind<'b>>,
    /// Who asked. To be turned into the day's pseudonym and forgotten.
    pub client: IpAddr,
    /// When.
    pub at: Option<Moment>,
}
