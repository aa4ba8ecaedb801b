//! Accepting connections: the doors' bounds, one task a connection, and an orderly end.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Duration;

use lachan_sys::udp::interface_of;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::doors::{Doors, Pass};
use super::stop::{STOP_LIMIT, Stop};
use crate::client::Client;
use crate::wire::query::Transport;

/// How long nothing is accepted when the system has no descriptor or memory left: asking again at
/// once would only burn the processor that has to close some.
const BREATH: Duration = Duration::from_millis(100);

/// A connection that was let in.
pub(crate) struct Arrived {
    pub(crate) stream: TcpStream,
    pub(crate) client: Client,
    /// Counts it as open until it is dropped.
    pub(crate) pass: Pass,
    /// The word to stop.
    pub(crate) stop: Stop,
}

/// Accepts until the word is said, then lets what is under way end within [`STOP_LIMIT`]. Dropping
/// this ends every connection at once.
pub(crate) async fn accept<F, S>(listener: TcpListener, doors: Arc<Doors>, stop: Stop, serve: F)
where
    F: Fn(Arrived) -> S,
    S: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    let mut word = stop.clone();
    loop {
        tokio::select! {
            () = word.heard() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    if let Some(arrived) = admit(stream, from, &doors, &stop) {
                        connections.spawn(serve(arrived));
                    }
                }
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted just now");
                    sleep(BREATH).await;
                }
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // What is still open then is cut off by dropping the set.
    let _ = timeout(STOP_LIMIT, all).await;
}

fn admit(stream: TcpStream, from: SocketAddr, doors: &Arc<Doors>, stop: &Stop) -> Option<Arrived> {
    let pass = doors.enter(from.ip()).ok()?;
    // Answers are written whole, so waiting for more to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let here = stream.local_addr().ok().map(|address| address.ip());
    let interface = interface_of(stream.as_fd(), from);
    Some(Arrived {
        stream,
        client: client(from, here).on_interface(interface),
        pass,
        stop: stop.clone(),
    })
}

/// The client of a connection.
pub(crate) fn client(from: SocketAddr, here: Option<IpAddr>) -> Client {
    // Over QUIC only link-local addresses tell their interface by themselves.
    let interface = match from {
        SocketAddr::V6(from) => from.scope_id(),
        SocketAddr::V4(_) => 0,
    };
    let client = Client::new(from.ip(), Transport::Stream).on_interface(interface);
    match here {
        Some(here) => client.at(here),
        None => client,
    }
}

/// Errors of `accept` that say something of one connection and nothing of the listener (accept(2)).
fn is_of_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::TimedOut
    )
}
