//! The TLS handshake of DoT (RFC 7858) and DoH. DoT has nothing more of its own: behind the
//! handshake it is the stream of [`super::stream`].

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::accept::Arrived;
use super::doors::Pass;
use super::stop::Stop;
use super::tls::Presented;
use crate::client::Client;

/// The protocol of DoT in ALPN (RFC 7858 §3.2 asks for none; some clients offer it).
pub(crate) const PROTOCOL: &[u8] = b"dot";
/// How long a handshake may take: two round trips over a bad line, and a slow phone.
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(5);

/// A connection over TLS.
pub(crate) struct Secured {
    pub(crate) stream: TlsStream<TcpStream>,
    pub(crate) client: Client,
    pub(crate) pass: Pass,
    pub(crate) stop: Stop,
}

/// Shakes hands, in time. A handshake that fails is counted and gives nothing.
pub(crate) async fn secure(
    arrived: Arrived,
    acceptor: &TlsAcceptor,
    presented: &Presented,
) -> Option<Secured> {
    let Arrived {
        stream,
        client,
        pass,
        mut stop,
    } = arrived;
    let handshake = timeout(HANDSHAKE, acceptor.accept(stream));
    let done = tokio::select! {
        done = handshake => done,
        () = stop.heard() => return None,
    };
    let Ok(Ok(stream)) = done else {
        pass.doors().counters.handshake_failed();
        return None;
    };
    let client = presented.client(client, stream.get_ref().1.server_name());
    Some(Secured {
        stream,
        client,
        pass,
        stop,
    })
}
