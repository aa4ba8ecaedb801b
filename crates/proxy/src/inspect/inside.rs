//! The network as decrypted HTTP sees it: every upstream is a site over verified TLS.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::site::Sites;
use super::stream::Stream;
use crate::http::{Host, Net, Tunnel};

/// Dials sites over TLS.
#[derive(Clone)]
pub struct Inside {
    pub(super) sites: Sites,
}

impl Net for Inside {
    type Stream = Stream;

    /// Without a name nobody can prove to be anybody.
    async fn dial(&self, _: SocketAddr) -> io::Result<Stream> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn dial_for(&self, address: SocketAddr, host: &Host) -> io::Result<Stream> {
        let name = host.name().ok_or(io::ErrorKind::Unsupported)?;
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        self.sites.connect(name, stream).await.map(Stream::site)
    }

    /// Nobody may ask for one inside TLS.
    async fn tunnel(&self, tunnel: Tunnel<Stream>) {
        drop(tunnel);
    }
}
