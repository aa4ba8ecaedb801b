//! Plain DNS over UDP: one datagram, one answer.
//!
//! A simple loop over one socket. What needs nobody else is answered in it, in two buffers that live
//! as long as it does; only a question that waits for an upstream gets a task and a copy.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::UdpSocket;

use super::frame::MAX_QUERY;
use super::stop::Stop;
use crate::engine::{Client, Engine, Step};
use crate::wire::query::Transport;

/// Answers until the word is said.
pub(crate) async fn serve(socket: UdpSocket, engine: Arc<Engine>, mut stop: Stop) {
    let socket = Arc::new(socket);
    let here = socket.local_addr().ok().map(|address| address.ip());
    let here = here.filter(|address| !address.is_unspecified());
    let mut message = [0; MAX_QUERY];
    let mut answer = Vec::new();
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut message) => received,
            () = stop.heard() => return,
        };
        // An error is that of an earlier answer, which a client was not there to take any more.
        let Ok((length, from)) = received else {
            continue;
        };
        let client = Client::new(from.ip(), Transport::Udp);
        let client = here.map_or(client, |here| client.at(here));
        match engine.begin(&message[..length], client, &mut answer) {
            Step::Silence => {}
            Step::Answered => send(&socket, &answer, from).await,
            Step::Ask(asked) => {
                let asked = Box::new(asked.over(&[]));
                let message = message[..length].to_vec();
                let (socket, engine) = (Arc::clone(&socket), Arc::clone(&engine));
                tokio::spawn(async move {
                    let mut answer = Vec::new();
                    engine.finish(&asked.over(&message), &mut answer).await;
                    send(&socket, &answer, from).await;
                });
            }
        }
    }
}

/// Sends; a client that cannot be reached asks again.
async fn send(socket: &UdpSocket, answer: &[u8], to: SocketAddr) {
    let _ = socket.send_to(answer, to).await;
}
