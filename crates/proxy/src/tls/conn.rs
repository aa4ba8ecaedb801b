//! One connection, and the ways it can go.
//!
//! ```text
//!  Reading ─► Asking ─► Dialling ─► Relaying ─► over
//!     └──────────┴─────────┴──► Parting (an alert was sent) ─► over
//! ```

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;

use super::hello::HelloReader;
use crate::relay::{Direction, Tools, Turn};
use crate::world::Found;

/// Time in quarters of a second since the thread began.
pub(crate) type Tick = u32;

/// Which socket of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// One connection.
pub(crate) struct Conn {
    pub(crate) client: OwnedFd,
    pub(crate) peer: IpAddr,
    pub(crate) state: State,
    /// When it is over unless something happens.
    pub(crate) deadline: Tick,
    pub(crate) strict: Strictness,
}

/// How strict we are with what a client says first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// As its group is treated.
    ByGroup,
    /// It came to the address of closed names: nothing passes.
    NothingPasses,
}

/// How far a connection is.
pub(crate) enum State {
    /// Its ClientHello is being read, until this tick.
    Reading(Box<HelloReader>, Tick),
    /// Our resolver looks for its name.
    Asking(Box<Asking>),
    /// A server is being dialled.
    Dialling(Box<Dialling>),
    /// Both sides talk.
    Relaying(Relaying),
    /// An alert was sent; what still comes is thrown away until the client has seen it.
    Parting,
}

/// What is known while the resolver looks.
pub(crate) struct Asking {
    pub(crate) wire: Vec<u8>,
    /// Where the client dialled.
    pub(crate) target: SocketAddr,
}

/// What is known while a server is dialled.
pub(crate) struct Dialling {
    pub(crate) wire: Vec<u8>,
    pub(crate) server: OwnedFd,
    pub(crate) found: Found,
    /// How many of them were tried.
    pub(crate) tried: usize,
    pub(crate) port: u16,
}

/// Two sockets and what is between them.
pub(crate) struct Relaying {
    pub(crate) server: OwnedFd,
    /// From client to server, and back.
    there: Direction,
    back: Direction,
}

/// How a relay goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Going {
    /// It waits for the kernel. Whether bytes moved.
    On { moved: bool },
    /// It has more to do, after the others.
    Again,
    /// It is over.
    Over,
}

impl Relaying {
    /// A relay that begins with what the client said.
    pub(crate) fn new(server: OwnedFd, wire: Vec<u8>) -> Self {
        Self {
            server,
            there: Direction::with(wire),
            back: Direction::default(),
        }
    }

    /// Notes that one side will say no more.
    pub(crate) fn ended(&mut self, side: Side) {
        match side {
            Side::Client => self.there.will_end(),
            Side::Server => self.back.will_end(),
        }
    }

    /// Moves what can be moved, both ways.
    pub(crate) fn run(&mut self, client: BorrowedFd<'_>, tools: &mut Tools) -> Going {
        let server = self.server.as_fd();
        let turns = [
            self.there.run(client, server, tools),
            self.back.run(server, client, tools),
        ];
        let is_over = self.there.is_over() && self.back.is_over();
        if is_over || turns.contains(&Turn::Broken) {
            return Going::Over;
        }
        if turns.contains(&Turn::Again) {
            return Going::Again;
        }
        let moved = turns
            .iter()
            .any(|turn| !matches!(turn, Turn::Wait { moved: false }));
        Going::On { moved }
    }

    /// Gives back what it borrowed.
    pub(crate) fn release(&mut self, tools: &mut Tools) {
        self.there.release(tools);
        self.back.release(tools);
    }
}

/// Reads what a client sends into nowhere. Whether it has said all, or is gone.
pub(crate) fn discard(client: BorrowedFd<'_>) -> bool {
    let mut nowhere = [0; 4096];
    for _ in 0..16 {
        match rustix::net::recv(client, &mut nowhere, rustix::net::RecvFlags::empty()) {
            Ok((0, _)) => return true,
            Ok(_) => {}
            Err(Errno::AGAIN | Errno::INTR) => return false,
            Err(_) => return true,
        }
    }
    false
}
