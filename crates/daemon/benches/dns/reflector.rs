//! The limit: a server that does nothing but receive, set the answer bit, and send. What it costs
//! is what the kernel costs; everything else is measured beside it.

use std::net::SocketAddr;
use std::os::fd::AsFd as _;

use lachan_sys::udp::{Batch, Options, Outgoing, bind};

use crate::packet::{MOST_ANSWER, RESPONSE};

/// Datagrams a call, as the resolver's fast path has it.
const BATCH: usize = 64;

/// Reflects until it is killed.
pub(crate) fn run(address: SocketAddr) {
    let options = Options {
        receive_buffer: 4 << 20,
        ..Options::default()
    };
    let socket = bind(address, &options).unwrap();
    let (mut batch, mut outgoing) = (Batch::new(BATCH, MOST_ANSWER), Outgoing::new(BATCH));
    loop {
        let count = batch.receive(socket.as_fd()).unwrap();
        for index in 0..count {
            if let Some(flags) = batch.slot(index).buffer.get_mut(2) {
                *flags |= RESPONSE;
            }
        }
        let answers = batch
            .messages()
            .map(|message| (message.bytes, message.peer, message.route));
        outgoing.send(socket.as_fd(), answers).unwrap();
    }
}
