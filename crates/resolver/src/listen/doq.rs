//! DNS over QUIC (RFC 9250): a stream for every query, on quinn's QUIC. No early data: it can be
//! replayed, and tells who asks again.

use std::net::UdpSocket;
use std::sync::Arc;

use quinn::crypto::rustls::{HandshakeData, NoInitialCipherSuite, QuicServerConfig};
use quinn::{
    Connection, Endpoint, EndpointConfig, IdleTimeout, Incoming, ReadToEndError, RecvStream,
    SendStream, ServerConfig, TokioRuntime, TransportConfig, VarInt,
};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::accept::client;
use super::doors::{Doors, Pass};
use super::dot::HANDSHAKE;
use super::frame::MAX_QUERY;
use super::stop::{STOP_LIMIT, Stop};
use super::stream::Terms;
use super::tls::Presented;
use crate::client::Client;
use crate::engine::{Engine, Step};
use crate::wire::options::{Extras, Wishes};

/// The protocol in ALPN (RFC 9250 §4.1).
pub(crate) const PROTOCOL: &[u8] = b"doq";
/// Queries of one connection at once.
const STREAMS: u32 = 128;
/// The length in front of a message.
const PREFIX: usize = 2;

/// Error codes (RFC 9250 §4.3).
mod code {
    use quinn::VarInt;

    pub(super) const NO_ERROR: VarInt = VarInt::from_u32(0);
    pub(super) const PROTOCOL_ERROR: VarInt = VarInt::from_u32(2);
    pub(super) const EXCESSIVE_LOAD: VarInt = VarInt::from_u32(4);
}

/// What answers over QUIC.
pub(crate) struct Quic {
    pub(crate) engine: Arc<Engine>,
    pub(crate) presented: Arc<Presented>,
    pub(crate) doors: Arc<Doors>,
    pub(crate) terms: Terms,
}

/// What a client did that the protocol forbids; the connection is closed for it (RFC 9250 §4.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Breach {
    /// Not one whole message, or more.
    #[error("a stream holds one whole message")]
    Framing,
    /// A message id other than 0 (RFC 9250 §4.2.1).
    #[error("the message id is 0")]
    Id,
    /// The option of TCP (RFC 9250 §5.5.2).
    #[error("no edns-tcp-keepalive")]
    Keepalive,
    /// What is no query at all.
    #[error("a message is a query")]
    NoQuery,
}

/// Opens an endpoint on a bound socket. Must be called in a tokio runtime.
///
/// # Errors
/// What the system says of the socket.
pub(crate) fn open(socket: UdpSocket, quic: &Quic) -> std::io::Result<Endpoint> {
    let config = config(quic).map_err(std::io::Error::other)?;
    let endpoint = EndpointConfig::default();
    Endpoint::new(endpoint, Some(config), socket, Arc::new(TokioRuntime))
}

fn config(quic: &Quic) -> Result<ServerConfig, NoInitialCipherSuite> {
    let tls = super::tls::config(&quic.presented, &[PROTOCOL]);
    let crypto = QuicServerConfig::try_from(tls)?;
    let mut transport = TransportConfig::default();
    let stream = u32::try_from(MAX_QUERY + PREFIX).unwrap_or(u32::MAX);
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(STREAMS))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(VarInt::from_u32(stream))
        // A thirty-second of the streams may send their most at once; queries are far smaller.
        .receive_window(VarInt::from_u32(stream * (STREAMS / 32)))
        .send_window(4 * u64::from(u16::MAX))
        .datagram_receive_buffer_size(None)
        .max_idle_timeout(IdleTimeout::try_from(quic.terms.idle).ok());
    let mut config = ServerConfig::with_crypto(Arc::new(crypto));
    config
        .transport_config(Arc::new(transport))
        // A device that changes its address may change its group, so it begins anew.
        .migration(false);
    Ok(config)
}

impl Quic {
    /// Serves until the word is said, then lets what is under way end within [`STOP_LIMIT`].
    pub(crate) async fn serve(self: Arc<Self>, endpoint: Endpoint, stop: Stop) {
        let mut connections = JoinSet::new();
        let mut word = stop.clone();
        loop {
            tokio::select! {
                () = word.heard() => break,
                incoming = endpoint.accept() => {
                    let Some(incoming) = incoming else { break };
                    if let Some((incoming, pass)) = self.admit(incoming) {
                        let quic = Arc::clone(&self);
                        connections.spawn(quic.connection(incoming, pass, stop.clone()));
                    }
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
            }
        }
        endpoint.set_server_config(None);
        let all = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(STOP_LIMIT, all).await;
        endpoint.close(code::NO_ERROR, b"");
        let _ = timeout(super::stream::CLOSING, endpoint.wait_idle()).await;
    }

    /// Lets a client in. When many are in, it first has to show that its address is its own
    /// (RFC 9000 §8.1.2): else anybody could fill the doors in the name of others.
    fn admit(&self, incoming: Incoming) -> Option<(Incoming, Pass)> {
        if self.doors.is_busy() && !incoming.remote_address_validated() {
            // It fails only for one that was asked before.
            let _ = incoming.retry();
            return None;
        }
        match self.doors.enter(incoming.remote_address().ip()) {
            Ok(pass) => Some((incoming, pass)),
            Err(_) => {
                incoming.refuse();
                None
            }
        }
    }

    async fn connection(self: Arc<Self>, incoming: Incoming, pass: Pass, mut stop: Stop) {
        let here = incoming.local_ip();
        let handshake = async { incoming.accept()?.await };
        let done = tokio::select! {
            done = timeout(HANDSHAKE, handshake) => done,
            () = stop.heard() => return,
        };
        let Ok(Ok(connection)) = done else {
            pass.doors().counters.handshake_failed();
            return;
        };
        let data = connection.handshake_data();
        let data = data.and_then(|data| data.downcast::<HandshakeData>().ok());
        let server_name = data.and_then(|data| data.server_name);
        // Where quinn hears a datagram it does not tell by which interface.
        let client = self
            .engine
            .placed(client(connection.remote_address(), here));
        let client = self.presented.client(client, server_name.as_deref());
        self.queries(&connection, client, &pass, &mut stop).await;
    }

    /// Answers the streams of a connection until it ends, is idle, or the word is said.
    async fn queries(
        self: &Arc<Self>,
        connection: &Connection,
        client: Client,
        pass: &Pass,
        stop: &mut Stop,
    ) {
        let mut streams = JoinSet::new();
        let idle = pass.doors().patience(self.terms.idle);
        let end = loop {
            tokio::select! {
                () = stop.heard() => break code::NO_ERROR,
                accepted = timeout(idle, connection.accept_bi()) => match accepted {
                    Ok(Ok((send, receive))) if self.engine.admits(&client) => {
                        let quic = Arc::clone(self);
                        streams.spawn(async move { quic.stream(send, receive, client).await });
                    }
                    Ok(Ok(_)) => {
                        pass.doors().counters.unknown_token();
                        break code::EXCESSIVE_LOAD;
                    }
                    Ok(Err(_)) => return,
                    Err(_) if streams.is_empty() => break code::NO_ERROR,
                    Err(_) => {}
                },
                Some(done) = streams.join_next(), if !streams.is_empty() => {
                    if let Ok(Err(breach)) = done {
                        let reason = breach.to_string();
                        connection.close(code::PROTOCOL_ERROR, reason.as_bytes());
                        return;
                    }
                }
            }
        };
        let all = async { while streams.join_next().await.is_some() {} };
        let _ = timeout(STOP_LIMIT, all).await;
        connection.close(end, b"");
    }

    /// Answers the query of a stream.
    async fn stream(
        &self,
        mut send: SendStream,
        mut receive: RecvStream,
        client: Client,
    ) -> Result<(), Breach> {
        let most = PREFIX + MAX_QUERY;
        let bytes = match timeout(self.terms.slow, receive.read_to_end(most)).await {
            Ok(Ok(bytes)) => bytes,
            // The client took its query back, or the connection is gone.
            Ok(Err(ReadToEndError::Read(_))) => return Ok(()),
            Ok(Err(ReadToEndError::TooLong)) | Err(_) => {
                self.doors.counters.slow();
                let _ = receive.stop(code::EXCESSIVE_LOAD);
                let _ = send.reset(code::EXCESSIVE_LOAD);
                return Ok(());
            }
        };
        let answer = match unframed(&bytes) {
            Ok(message) => self.answer(message, client).await,
            Err(breach) => Err(breach),
        };
        // An answer that is cut off must not look like one that is whole and empty.
        let answer = answer.inspect_err(|_| drop(send.reset(code::PROTOCOL_ERROR)))?;
        // A client that is gone needs no answer.
        if send.write_all(&answer).await.is_ok() {
            let _ = send.finish();
            let _ = timeout(self.terms.slow, send.stopped()).await;
        }
        Ok(())
    }

    /// The framed answer to a message.
    async fn answer(&self, message: &[u8], client: Client) -> Result<Vec<u8>, Breach> {
        let wishes = Wishes::of(message);
        if wishes.keepalive {
            return Err(Breach::Keepalive);
        }
        let mut answer = Vec::new();
        match self.engine.begin(message, client, &mut answer) {
            Step::Answered => {}
            Step::Silence => return Err(Breach::NoQuery),
            Step::Ask(waiting) => self.engine.finish(&waiting, &mut answer).await,
        }
        let extras = Extras {
            keepalive: None,
            padding: wishes.padding,
        };
        extras.add(&mut answer);
        let length = u16::try_from(answer.len()).unwrap_or(u16::MAX);
        Ok([&length.to_be_bytes()[..], &answer].concat())
    }
}

/// The message of a stream: one, whole, with the id 0.
pub(crate) fn unframed(bytes: &[u8]) -> Result<&[u8], Breach> {
    let (prefix, message) = bytes.split_at_checked(PREFIX).ok_or(Breach::Framing)?;
    if usize::from(u16::from_be_bytes([prefix[0], prefix[1]])) != message.len() {
        return Err(Breach::Framing);
    }
    match message {
        [0, 0, ..] => Ok(message),
        [_, _, ..] => Err(Breach::Id),
        _ => Err(Breach::Framing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_holds_one_message_with_the_id_0() {
        for (bytes, expected) in [
            (&b"\0\x03\0\0x"[..], Ok(&b"\0\0x"[..])),
            (b"\0\x02\0\0", Ok(b"\0\0")),
            (b"\0\x03\0\x01x", Err(Breach::Id)),
            (b"\0\x04\0\0x", Err(Breach::Framing)),
            (b"\0\x02\0\0x", Err(Breach::Framing)),
            (b"\0\x01x", Err(Breach::Framing)),
            (b"\0\0", Err(Breach::Framing)),
            (b"\0", Err(Breach::Framing)),
            (b"", Err(Breach::Framing)),
        ] {
            assert_eq!(unframed(bytes), expected, "{bytes:x?}");
        }
    }
}
