//! Connections to upstreams: dialled where our own resolver says, kept a moment for the next request
//! of the same client connection, never for anybody else's.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::Poll;

use lachan_web::{CertificateFault, Notice};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, timeout};

use super::buffer::Buffer;
use super::host::Host;
use super::net::{Net, NotProven};
use super::server::Core;
use super::settings::{MAX_IDLE_UPSTREAMS, UPSTREAM_IDLE};
use super::stages::Open;
use crate::outside::ResolveError;

/// Addresses of a name that are tried before giving up.
const MAX_TRIED: usize = 4;

/// A connection to an upstream.
pub(crate) struct Upstream<S> {
    pub(crate) stream: S,
    pub(crate) input: Buffer,
    /// Whether it served a request before.
    pub(crate) reused: bool,
    key: (Host, u16),
    since: Instant,
}

/// Idle connections of one client connection.
pub(crate) struct Pool<S> {
    idle: Vec<Upstream<S>>,
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreached {
    /// The one who asks may not go there, as the resolver says.
    Closed,
    /// What to say instead.
    Notice(u16, Notice),
    /// The site could not prove who it is.
    Certificate(CertificateFault),
}

impl<S: AsyncRead + Unpin> Pool<S> {
    pub(crate) const fn new() -> Self {
        Self { idle: Vec::new() }
    }

    /// A living connection to where a request goes.
    pub(crate) async fn take(&mut self, open: &Open) -> Option<Upstream<S>> {
        let key = (open.authority.host, open.port);
        self.idle
            .retain(|upstream| upstream.since.elapsed() < UPSTREAM_IDLE);
        let at = self.idle.iter().rposition(|upstream| upstream.key == key)?;
        let mut upstream = self.idle.swap_remove(at);
        is_quiet(&mut upstream.stream).await.then_some(upstream)
    }

    /// Keeps a connection on which nothing is under way.
    pub(crate) fn put(&mut self, mut upstream: Upstream<S>) {
        if self.idle.len() == MAX_IDLE_UPSTREAMS {
            self.idle.remove(0);
        }
        upstream.input.release();
        upstream.reused = true;
        upstream.since = Instant::now();
        self.idle.push(upstream);
    }
}

/// Whether a stream has neither ended nor brought bytes nobody asked for.
async fn is_quiet<S: AsyncRead + Unpin>(stream: &mut S) -> bool {
    let mut byte = [0];
    poll_fn(|context| {
        let mut buffer = ReadBuf::new(&mut byte);
        Poll::Ready(
            Pin::new(&mut *stream)
                .poll_read(context, &mut buffer)
                .is_pending(),
        )
    })
    .await
}

impl<N: Net> Core<N> {
    /// Dials where a request goes.
    ///
    /// # Errors
    /// What is said instead.
    pub(crate) async fn dial(
        &self,
        open: &Open,
        client: IpAddr,
    ) -> Result<Upstream<N::Stream>, Unreached> {
        let addresses = self.addresses(open, client).await?;
        let limit = self.gate.settings.dial_timeout;
        let mut slow = false;
        for address in addresses.into_iter().take(MAX_TRIED) {
            let target = SocketAddr::new(address, open.port);
            match timeout(limit, self.net.dial_for(target, &open.authority.host)).await {
                Ok(Ok(stream)) => {
                    return Ok(Upstream {
                        stream,
                        input: Buffer::default(),
                        reused: false,
                        key: (open.authority.host, open.port),
                        since: Instant::now(),
                    });
                }
                Ok(Err(error)) => {
                    // Another address of it would not make it better.
                    if let Some(fault) = NotProven::of(&error) {
                        return Err(Unreached::Certificate(fault));
                    }
                }
                Err(_) => slow = true,
            }
        }
        Err(if slow {
            Unreached::Notice(504, Notice::TooSlow)
        } else {
            Unreached::Notice(502, Notice::NoAnswer)
        })
    }

    /// The addresses that may be dialled; the one the client chose first, if the name has it.
    async fn addresses(&self, open: &Open, client: IpAddr) -> Result<Vec<IpAddr>, Unreached> {
        let mut all = match open.authority.host {
            Host::Address(address) => vec![address],
            Host::Name(_) => self.resolved(open, client).await?,
        };
        if all.is_empty() {
            return Err(Unreached::Notice(502, Notice::NoSuchSite));
        }
        let targets = self.gate.shared.targets.load();
        all.retain(|address| targets.may_dial(*address));
        if all.is_empty() {
            return Err(Unreached::Notice(403, Notice::Private));
        }
        if let Some(hint) = open.hint
            && let Some(at) = all.iter().position(|address| *address == hint)
        {
            all.swap(0, at);
        }
        Ok(all)
    }

    async fn resolved(&self, open: &Open, client: IpAddr) -> Result<Vec<IpAddr>, Unreached> {
        let found = self.gate.shared.resolve.resolve(&open.name, client).await;
        match found {
            Ok(all) => Ok(all
                .into_iter()
                .map(|address| address.to_canonical())
                .collect()),
            Err(ResolveError::Closed) => Err(Unreached::Closed),
            Err(ResolveError::NoSuchName) => Err(Unreached::Notice(502, Notice::NoSuchSite)),
            Err(ResolveError::Failed) => Err(Unreached::Notice(504, Notice::NoSuchSite)),
        }
    }
}
