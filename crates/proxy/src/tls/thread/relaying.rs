//! From a dialled server on: reaching it, joining both ends, and looking again whether that may go on.

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use lachan_policy::{Ask, CategorySet, Name};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with, sockopt};

use super::super::conn::{Conn, Dialling, Going, Relaying, Side, State, Strictness, Ways};
use super::{INTERNAL_ERROR, Parcel, Thread, ticks};
use crate::outside::Found;

impl Thread {
    /// Ends relays whose name is closed by now: a lesson ended, an exam began, a list came. Each is
    /// looked at when its entry comes round, once a minute or so.
    pub(super) fn decide_again(&mut self, open: &[u64]) {
        if open.is_empty() {
            return;
        }
        let policy = self.shared.policy.load_full();
        let at = self.shared.clock.moment();
        for key in open {
            let Some(index) = self.places.index_of(*key) else {
                continue;
            };
            let Some(conn) = self.places.get(index) else {
                continue;
            };
            let State::Relaying(Relaying {
                name: Some(name), ..
            }) = &conn.state
            else {
                continue;
            };
            let group = self.shared.group(&policy, conn.peer);
            let ask = Ask {
                name,
                group,
                at,
                found: CategorySet::EMPTY,
            };
            if policy.decide(&ask).is_block() {
                self.counters.blocked();
                self.close(index);
            }
        }
    }

    /// Dials the addresses from the `tried`th on.
    pub(super) fn dial(
        &mut self,
        index: usize,
        wire: Vec<u8>,
        name: Option<Name>,
        found: Found,
        tried: usize,
        port: u16,
    ) {
        for (at, &address) in found.as_slice().iter().enumerate().skip(tried) {
            let Ok(server) = self.begin(index, SocketAddr::new(address, port)) else {
                continue;
            };
            let Some(conn) = self.places.get_mut(index) else {
                return;
            };
            conn.deadline = self.now + ticks(self.settings.dial);
            conn.state = State::Dialling(Box::new(Dialling {
                wire,
                name,
                server,
                found,
                tried: at + 1,
                port,
            }));
            return;
        }
        self.counters.failed();
        self.part(index, &INTERNAL_ERROR);
    }

    /// Begins to connect to a server.
    pub(super) fn begin(&self, index: usize, to: SocketAddr) -> Result<OwnedFd, Errno> {
        let family = match to {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let server = socket_with(family, SocketType::STREAM, flags, None)?;
        sockopt::set_tcp_nodelay(&server, true)?;
        match connect(&server, &to) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(error),
        }
        self.watch_server(index, server.as_fd())?;
        Ok(server)
    }

    /// A server could not be reached: the next one is tried.
    pub(super) fn dial_failed(&mut self, index: usize) {
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        let State::Dialling(dialling) = &mut conn.state else {
            return;
        };
        let wire = std::mem::take(&mut dialling.wire);
        let (found, tried, port) = (dialling.found, dialling.tried, dialling.port);
        let name = dialling.name;
        self.dial(index, wire, name, found, tried, port);
    }

    /// A server was reached: what the client said goes there, and both talk. Or the server, which may
    /// have `ended` already, does.
    pub(super) fn connected(&mut self, index: usize, ended: bool) {
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        let State::Dialling(dialling) = std::mem::replace(&mut conn.state, State::Parting) else {
            return;
        };
        let Dialling {
            server, wire, name, ..
        } = *dialling;
        self.held -= std::mem::take(&mut conn.held);
        let mut relay = Relaying::new(server, wire, name);
        if ended {
            relay.ended(Side::Server);
        }
        if conn.ended {
            relay.ended(Side::Client);
        }
        let going = relay.begin(conn.client.as_fd(), conn.unread, &mut self.tools);
        conn.state = State::Relaying(relay);
        self.counters.passed();
        self.goes(index, going);
        if ended {
            self.relay(index, Ways::BACK);
        }
    }

    /// Takes over a tunnel that the explicit proxy opened: its client has to say the same name again.
    pub(super) fn take_over(&mut self, parcel: Parcel) {
        self.counters.accepted();
        let until = self.now + ticks(self.settings.hello);
        let conn = Conn {
            client: parcel.client,
            peer: parcel.peer,
            state: State::Reading(Box::default(), until),
            deadline: self.now + ticks(self.settings.silence.min(self.settings.hello)),
            strict: Strictness::ByGroup,
            unread: true,
            ended: false,
            tells_room: false,
            tunnel: Some(Box::new(parcel.end)),
            held: 0,
        };
        let Some(index) = self.place(conn) else {
            return;
        };
        match parcel.early {
            Some(early) if early.is_empty() => {}
            Some(early) => self.take(index, &early),
            None => {
                let tunnel = self
                    .places
                    .get_mut(index)
                    .and_then(|conn| conn.tunnel.take());
                if let Some(tunnel) = tunnel {
                    self.open_tunnel(index, tunnel.server, tunnel.host);
                }
            }
        }
    }

    /// Both ends of a tunnel talk.
    pub(super) fn open_tunnel(&mut self, index: usize, server: OwnedFd, name: Option<Name>) {
        let wire = self.wire(index);
        if self.watch_server(index, server.as_fd()).is_err() {
            return self.close(index);
        }
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        self.held -= std::mem::take(&mut conn.held);
        let mut relay = Relaying::new(server, wire, name);
        if conn.ended {
            relay.ended(Side::Client);
        }
        conn.state = State::Relaying(relay);
        conn.deadline = self.now + ticks(self.settings.idle);
        self.counters.passed();
        self.relay(index, Ways::BOTH);
    }

    /// Moves bytes.
    pub(super) fn relay(&mut self, index: usize, ways: Ways) {
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        let State::Relaying(relay) = &mut conn.state else {
            return;
        };
        let going = relay.run(ways, conn.client.as_fd(), &mut self.tools);
        self.goes(index, going);
    }

    /// Does what a relay needs to go on.
    pub(super) fn goes(&mut self, index: usize, going: Going) {
        let idle = self.now + ticks(self.settings.idle);
        let key = self.places.key(index);
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        match going {
            Going::On { moved } => {
                if moved {
                    conn.deadline = idle;
                }
                if let State::Relaying(relay) = &conn.state
                    && relay.waits_for_client()
                    && self.watch_room(index).is_err()
                {
                    self.close(index);
                }
            }
            Going::Again => {
                conn.deadline = idle;
                self.again.push(key);
            }
            Going::Over => self.close(index),
            Going::Broken => {
                if let State::Relaying(relay) = &conn.state {
                    relay.break_off();
                }
                self.close(index);
            }
        }
    }
}
