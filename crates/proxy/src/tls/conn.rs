//! One connection, and the ways it can go.
//!
//! ```text
//!  Reading ─► Asking ─► Dialling ─► Relaying ─► over
//!     └──────────┴─────────┴──► Parting (an alert was sent) ─► over
//! ```

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use lachan_policy::Name;
use rustix::io::Errno;
use rustix::net::sockopt;

use super::hello::HelloReader;
use crate::outside::Found;
use crate::relay::{Direction, Tools, Turn};

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
    /// Whether the client may have said more than was read, and whether it has said all.
    pub(crate) unread: bool,
    pub(crate) ended: bool,
    /// Whether the kernel tells when the client takes more. It is asked only once that matters.
    pub(crate) tells_room: bool,
    pub(crate) strict: Strictness,
    /// Bytes held while it is not decided and connected.
    pub(crate) held: usize,
    /// Where it goes, if it is a tunnel that was opened already.
    pub(crate) tunnel: Option<Box<Opened>>,
}

/// The far end of a tunnel through the explicit proxy.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) server: OwnedFd,
    /// The name that the tunnel was asked for; `None` for a bare address.
    pub(crate) host: Option<Name>,
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
    pub(crate) name: Name,
    /// Where the client dialled.
    pub(crate) target: SocketAddr,
}

/// What is known while a server is dialled.
pub(crate) struct Dialling {
    pub(crate) wire: Vec<u8>,
    /// `None` for a bare address.
    pub(crate) name: Option<Name>,
    pub(crate) server: OwnedFd,
    pub(crate) found: Found,
    /// How many of them were tried.
    pub(crate) tried: usize,
    pub(crate) port: u16,
}

/// Two sockets and what is between them.
pub(crate) struct Relaying {
    pub(crate) server: OwnedFd,
    /// The name it was opened for, to be decided again; `None` for a bare address.
    pub(crate) name: Option<Box<Name>>,
    /// From client to server, and back.
    there: Direction,
    back: Direction,
}

/// Ways of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ways {
    /// From client to server.
    there: bool,
    /// From server to client.
    back: bool,
}

impl Ways {
    pub(crate) const THERE: Self = Self {
        there: true,
        back: false,
    };
    pub(crate) const BACK: Self = Self {
        there: false,
        back: true,
    };
    pub(crate) const BOTH: Self = Self {
        there: true,
        back: true,
    };
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
    /// One side broke it off, or cannot be reached any more.
    Broken,
}

impl Relaying {
    /// A relay that begins with what the client said.
    pub(crate) fn new(server: OwnedFd, wire: Vec<u8>, name: Option<Name>) -> Self {
        Self {
            server,
            name: name.map(Box::new),
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

    /// Sends the server what the client said so far; reads more only if there `is_more`.
    pub(crate) fn begin(
        &mut self,
        client: BorrowedFd<'_>,
        is_more: bool,
        tools: &mut Tools,
    ) -> Going {
        if is_more {
            return self.run(Ways::THERE, client, tools);
        }
        let turn = self.there.flush(self.server.as_fd(), tools);
        self.going(&[turn])
    }

    /// Moves what can be moved.
    pub(crate) fn run(&mut self, ways: Ways, client: BorrowedFd<'_>, tools: &mut Tools) -> Going {
        let server = self.server.as_fd();
        let idle = Turn::Wait { moved: false };
        let mut turns = [idle; 2];
        if ways.there {
            turns[0] = self.there.run(client, server, tools);
        }
        if ways.back {
            turns[1] = self.back.run(server, client, tools);
        }
        self.going(&turns)
    }

    fn going(&self, turns: &[Turn]) -> Going {
        let is_over = self.there.is_over() && self.back.is_over();
        if turns.contains(&Turn::Broken) {
            return Going::Broken;
        }
        if is_over {
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

    /// Whether it waits for the client to take more.
    pub(crate) fn waits_for_client(&self) -> bool {
        self.back.holds()
    }

    /// Which ways may go on when a socket can be read, or written.
    pub(crate) fn ways(&self, side: Side, is_readable: bool, is_writable: bool) -> Ways {
        let (from, to) = match side {
            Side::Client => (Ways::THERE, is_writable && self.back.holds()),
            Side::Server => (Ways::BACK, is_writable && self.there.holds()),
        };
        Ways {
            there: (from.there && is_readable) || (from.back && to),
            back: (from.back && is_readable) || (from.there && to),
        }
    }

    /// Has the kernel reset the connection to the server when it is closed. Closed in order, each one
    /// that a client broke off would keep a local port for the minute of TIME_WAIT; a busy site has
    /// 28,000 of them, and the search for a free one takes longer and longer.
    pub(crate) fn break_off(&self) {
        let _ = sockopt::set_socket_linger(&self.server, Some(Duration::ZERO));
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
