//! What the proxy asks of the daemon (the time, who a device is, where a name leads) and tells it
//! (what was decided). The traits keep this crate apart from the resolver, the store and the firewall.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use lachan_policy::{BypassKind, Group, Moment, Name, Policy, Verdict, Who};

use crate::http::Refusal;
use crate::mailbox::Later;

/// Something that is still to come.
pub type Coming<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// The time, as the daemon knows it.
pub trait Clock: Send + Sync + 'static {
    /// The school's local time; `None` while the box does not know it. Called for every request.
    fn moment(&self) -> Option<Moment>;
}

/// Which device is behind an address.
pub trait Devices: Send + Sync + 'static {
    /// What is known of the device: its MAC address where a group names devices so, the interface it
    /// is behind. Called for every request, so it must not wait.
    fn who(&self, client: IpAddr) -> Who {
        Who::at(client)
    }
}

/// Where a name leads, by our own resolver and for the one who asks: its safe form where the asker
/// has one, nothing where it is closed behind.
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of a name, of both families; none where it has none.
    ///
    /// # Errors
    /// [`ResolveError`].
    fn resolve<'r>(
        &'r self,
        name: &'r Name,
        client: IpAddr,
    ) -> Coming<'r, Result<Vec<IpAddr>, ResolveError>>;
}

/// The same for threads that wait for many things at once.
pub trait ResolveNow: Send + Sync + 'static {
    /// The addresses of a name: at once where that needs nobody else; else `None`, and then to
    /// `later`.
    fn resolve_now(&self, question: &Question, later: Later) -> Option<Addresses>;
}

/// Whose addresses are wanted, by whom.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The name.
    pub name: Name,
    /// Who wants to go there.
    pub client: IpAddr,
    /// Which addresses are wanted: IPv6 ones, or IPv4 ones. Where there are none of these, the others
    /// are as good.
    pub wants_v6: bool,
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

/// Why a name leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// There is no such name.
    #[error("there is no such name")]
    NoSuchName,
    /// Nobody knows just now.
    #[error("no server knows the name just now")]
    Failed,
    /// What is behind the name is closed to the one who asks.
    #[error("what is behind the name is closed")]
    Closed,
}

/// A blocked request or connection.
#[derive(Debug, Clone, Copy)]
pub struct Blocked<'b> {
    /// The snapshot it was decided on, for the texts of the verdict's rule.
    pub policy: &'b Policy,
    /// The client's group.
    pub group: &'b Group,
    /// The verdict.
    pub verdict: &'b Verdict,
    /// The name asked for; `None` where the verdict wants none kept, or there is none.
    pub name: Option<&'b Name>,
    /// Who asked. To be turned into the day's pseudonym and forgotten.
    pub client: IpAddr,
    /// When.
    pub at: Option<Moment>,
}

/// Takes note of decisions. Called on the path of every request, so it must neither wait nor do much.
pub trait Record: Send + Sync + 'static {
    /// A request was decided, open or closed: for the counters. Says nothing of who asked for what.
    /// Help lines are not told.
    fn decided(&self, group: &Group, verdict: &Verdict);

    /// A request was closed: for the log of blocked attempts. Comes after [`Self::decided`].
    fn blocked(&self, blocked: &Blocked<'_>);

    /// A way round the filter was tried: counted for the whole box, never for a person.
    fn bypass(&self, kind: BypassKind);

    /// A message was refused for its form: counted by kind.
    fn refused(&self, refusal: Refusal);

    /// The request code of a block: six characters that a pupil can tell the teacher. `None` where
    /// the log could not find it by one.
    fn code(&self, blocked: &Blocked<'_>) -> Option<String>;
}
