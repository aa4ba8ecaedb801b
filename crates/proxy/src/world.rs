//! What the proxy asks of the daemon and tells it.
//!
//! The trait keeps this crate apart from the resolver and the store. Everything is called on the way
//! of every connection, so implementations must neither wait nor do much.

use std::net::IpAddr;
use std::sync::Arc;

use lachan_policy::{BypassKind, Group, Moment, Name, Policy, Verdict};

use crate::mailbox::Later;

/// The daemon, as the proxy sees it.
pub trait World: Send + Sync + 'static {
    /// The snapshot that decisions rest on.
    fn policy(&self) -> Arc<Policy>;

    /// Position of the client's group, by the same rules as for DNS.
    fn group(&self, policy: &Policy, client: IpAddr) -> usize;

    /// The school's local time; `None` while the box does not know it.
    fn moment(&self) -> Option<Moment>;

    /// Asks our own resolver for the addresses of a name, as this client would get them: in their
    /// safe form, and none where what is behind the name is closed. Gives them at once, or `None`
    /// and then to `later`.
    fn resolve(&self, question: &Question, later: Later) -> Option<Addresses>;

    /// A connection was decided, open or closed: for the counters. Help lines are not told.
    fn decided(&self, group: &Group, verdict: &Verdict);

    /// A connection was closed by a verdict: for the log of blocked attempts.
    fn blocked(&self, blocked: &Blocked<'_>);

    /// A way round the filter was tried.
    fn evaded(&self, kind: BypassKind);
}

/// Whose addresses are wanted, by whom.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The name.
    pub name: Name,
    /// Who wants to go there.
    pub client: IpAddr,
    /// Position of the client's group.
    pub group: usize,
    /// Which addresses are wanted: IPv6 ones, or IPv4 ones. Where there are none of these, the others
    /// are as good.
    pub wants_v6: bool,
}

/// A connection that a verdict closed.
#[derive(Debug, Clone, Copy)]
pub struct Blocked<'b> {
    /// The snapshot it was decided on.
    pub policy: &'b Policy,
    /// The client's group.
    pub group: &'b Group,
    /// The verdict.
    pub verdict: &'b Verdict,
    /// The name.
    pub name: &'b Name,
    /// Who wanted to go there. To be turned into the day's pseudonym and forgotten.
    pub client: IpAddr,
    /// When.
    pub at: Option<Moment>,
}

/// The most addresses of one name that are tried.
pub const MAX_ADDRESSES: usize = 8;

/// What the resolver says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addresses {
    /// It has these.
    Found(Found),
    /// It does not exist, or has none.
    None,
    /// What is behind it is closed for this client.
    Closed,
    /// Nobody could tell.
    Failed,
}

/// A few addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    addresses: [IpAddr; MAX_ADDRESSES],
    count: usize,
}

impl Found {
    /// The first of these; `None` if there are none.
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Option<Self> {
        let mut addresses = addresses.into_iter();
        let first = addresses.next()?;
        let mut found = Self {
            addresses: [first; MAX_ADDRESSES],
            count: 1,
        };
        for address in addresses.take(MAX_ADDRESSES - 1) {
            found.addresses[found.count] = address;
            found.count += 1;
        }
        Some(found)
    }

    /// The addresses.
    #[must_use]
    pub fn as_slice(&self) -> &[IpAddr] {
        &self.addresses[..self.count]
    }
}

impl Addresses {
    /// These; [`Self::None`] if there are none.
    pub fn of(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Found::new(addresses).map_or(Self::None, Self::Found)
    }
}
