//! Streams: what the proxy reads from, dials and hands over. Tests bring streams of their own.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use lachan_policy::Name;
use lachan_web::CertificateFault;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use super::host::Host;
use crate::outside::Coming;

/// Where streams come from and where tunnels go.
pub trait Net: Send + Sync + 'static {
    /// A stream, of a client or to an upstream.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Connects.
    fn dial(&self, address: SocketAddr) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Connects to a host at one of its addresses: where streams are encrypted, it has to prove that
    /// it is this one. Where it cannot, the error is one around [`NotProven`].
    fn dial_for(
        &self,
        address: SocketAddr,
        host: &Host,
    ) -> impl Future<Output = io::Result<Self::Stream>> + Send {
        let _ = host;
        self.dial(address)
    }

    /// Carries a tunnel that CONNECT opened, until it ends. The client was told 200 already.
    fn tunnel(&self, tunnel: Tunnel<Self::Stream>) -> impl Future<Output = ()> + Send;

    /// Carries bytes both ways after a connection became a `WebSocket`, until it ends.
    fn relay(&self, relay: Relay<Self::Stream>) -> impl Future<Output = ()> + Send {
        copy(relay)
    }
}

/// A site that could not prove who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the certificate of the site is not accepted")]
pub struct NotProven(pub CertificateFault);

impl NotProven {
    /// What is wrong, if that is why a dial failed.
    pub(crate) fn of(error: &io::Error) -> Option<CertificateFault> {
        let inner = error.get_ref()?.downcast_ref::<Self>()?;
        Some(inner.0)
    }
}

/// A tunnel that was asked for and allowed.
#[derive(Debug)]
pub struct Tunnel<S> {
    /// The client.
    pub client: S,
    /// What the client sent right behind its CONNECT: to be read before the stream.
    pub early: Vec<u8>,
    /// The site.
    pub upstream: S,
    /// The host it was allowed for: the name in the tunnel's first message must be this one.
    pub host: Host,
    /// The port.
    pub port: u16,
    /// Who asked.
    pub device: IpAddr,
}

/// A connection that became something else than HTTP.
#[derive(Debug)]
pub struct Relay<S> {
    /// The client.
    pub client: S,
    /// The site.
    pub upstream: S,
    /// The site's name, by which it may be closed later; `None` for a bare address.
    pub name: Option<Name>,
    /// Who asked.
    pub device: IpAddr,
}

/// Carries bytes both ways until both sides have ended.
async fn copy<S: AsyncRead + AsyncWrite + Unpin + Send>(mut relay: Relay<S>) {
    let Relay {
        client, upstream, ..
    } = &mut relay;
    let _ = copy_bidirectional(client, upstream).await;
    let _ = (client.shutdown().await, upstream.shutdown().await);
}

/// Who reads the first bytes of tunnels: the filter of TLS.
pub trait Tunnels: Send + Sync + 'static {
    /// Carries it, if what comes in it is what was allowed.
    fn carry(&self, tunnel: Tunnel<TcpStream>) -> Coming<'static, ()>;

    /// Carries bytes both ways, as long as the name stays open and anybody speaks.
    fn relay(&self, relay: Relay<TcpStream>) -> Coming<'static, ()> {
        Box::pin(copy(relay))
    }
}

/// TCP.
#[derive(Clone)]
pub struct Tcp {
    tunnels: Arc<dyn Tunnels>,
}

impl Tcp {
    /// Hands tunnels to this filter.
    #[must_use]
    pub fn new(tunnels: Arc<dyn Tunnels>) -> Self {
        Self { tunnels }
    }
}

impl Net for Tcp {
    type Stream = TcpStream;

    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        // Messages are written whole.
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    async fn tunnel(&self, tunnel: Tunnel<TcpStream>) {
        self.tunnels.carry(tunnel).await;
    }

    async fn relay(&self, relay: Relay<TcpStream>) {
        self.tunnels.relay(relay).await;
    }
}
