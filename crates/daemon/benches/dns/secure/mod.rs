//! The load generator of the encrypted transports: one thread that never sleeps, as for UDP, with a
//! hundred long-lived connections on each of which some queries are under way at any time.
//!
//! ```text
//!  epoll ─► read ─► rustls ─► codec (`dot`, `doh`) ─► answers ─► as many new queries ─► rustls ─► write
//! ```
//!
//! Every query is a TLS record of its own, as a device sends it. No query asks for padding
//! (RFC 7830), so nobody pads. All servers are offered the one cipher suite that phones prefer.

mod codec;
mod doh;
mod dot;
mod line;
pub(crate) mod papers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::epoll;
use rustls::ClientConfig;

use crate::generator::Until;
use crate::queries::{Load, Queries};
use crate::tally::Tally;
use crate::upstream::Upstream;
use line::Line;

/// Connections, spread over the devices of the UDP load.
pub(crate) const CONNECTIONS: usize = 100;
/// Queries that each has under way.
pub(crate) const PIPELINED: usize = 8;
/// How long after the last answer nothing more is waited for at the end.
const SILENCE: Duration = Duration::from_millis(500);
/// When a query counts as lost.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many times connections are looked at before the upstream's questions are.
const TURNS: u64 = 16;
/// How long the handshakes of all connections may take.
const HANDSHAKES: Duration = Duration::from_secs(20);

/// How queries travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// DNS over TLS (RFC 7858).
    Dot,
    /// DNS over HTTPS (RFC 8484): POST over HTTP/2.
    Doh,
}

impl Protocol {
    pub(crate) const ALL: [Self; 2] = [Self::Dot, Self::Doh];

    /// As its figures are called.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Doh => "doh",
        }
    }

    /// As people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dot => "DoT",
            Self::Doh => "DoH",
        }
    }
}

/// The connections to one server.
pub(crate) struct Fleet {
    protocol: Protocol,
    address: SocketAddr,
    config: Arc<ClientConfig>,
    lines: Vec<Line>,
    poll: std::os::fd::OwnedFd,
}

impl Fleet {
    /// Opens all connections and shakes hands on each.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub(crate) fn open(
        protocol: Protocol,
        address: SocketAddr,
        config: &Arc<ClientConfig>,
    ) -> Result<Self, String> {
        let mut fleet = Self {
            protocol,
            address,
            config: Arc::clone(config),
            lines: Vec::with_capacity(CONNECTIONS),
            poll: epoll::create(epoll::CreateFlags::CLOEXEC).unwrap(),
        };
        for index in 0..CONNECTIONS {
            let line = fleet.connect(index)?;
            fleet.lines.push(line);
        }
        fleet.shake_hands()?;
        Ok(fleet)
    }

    /// Opens anew what the server has closed; gives how many those were, and why the last.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn revive(&mut self) -> Result<(usize, String), String> {
        let (mut count, mut why) = (0, String::new());
        for index in 0..self.lines.len() {
            // What was closed meanwhile is known only once it is read.
            self.lines[index].receive(0, &mut Tally::default());
            if self.lines[index].is_closed() {
                why = self.lines[index].fault().into();
                self.lines[index] = self.connect(index)?;
                count += 1;
            }
        }
        self.shake_hands()?;
        Ok((count, why))
    }

    fn connect(&self, index: usize) -> Result<Line, String> {
        let line = Line::open(self.protocol, self.address, index, &self.config);
        let line = line.map_err(|error| format!("connecting to {}: {error}", self.address))?;
        let number = epoll::EventData::new_u64(index as u64);
        epoll::add(&self.poll, line.stream(), number, epoll::EventFlags::IN).unwrap();
        Ok(line)
    }

    fn shake_hands(&mut self) -> Result<(), String> {
        let started = Instant::now();
        while self.lines.iter().any(|line| !line.is_ready()) {
            for line in &mut self.lines {
                line.send();
                line.receive(0, &mut Tally::default());
                if line.is_closed() {
                    return Err(format!("a handshake failed: {}", line.fault()));
                }
            }
            if started.elapsed() > HANDSHAKES {
                return Err("the handshakes took too long".into());
            }
        }
        Ok(())
    }

    /// Loads the server as fast as it answers.
    pub(crate) fn closed(
        &mut self,
        upstream: &Upstream,
        queries: &mut Queries,
        load: Load,
        until: Until,
    ) -> Tally {
        let mut desk = upstream.desk();
        let asked = desk.asked();
        let mut tally = Tally::default();
        let mut ready = Vec::with_capacity(CONNECTIONS);
        let mut turns = 0;
        let started = Instant::now();
        for line in &mut self.lines {
            line.fill(0, load, queries, &mut tally);
            line.send();
        }
        loop {
            ready.clear();
            let at_once = rustix::time::Timespec::default();
            let room = rustix::buffer::spare_capacity(&mut ready);
            epoll::wait(&self.poll, room, Some(&at_once)).unwrap();
            let now = started.elapsed();
            let wanted = match until {
                Until::Elapsed(time) => now < time,
                Until::Sent(count) => tally.all().sent < count,
                Until::Refused { most, .. } => now < most,
            };
            let now = u64::try_from(now.as_nanos()).unwrap();
            for event in &ready {
                let line = &mut self.lines[event.data.u64() as usize];
                line.receive(now, &mut tally);
                if wanted {
                    line.fill(now, load, queries, &mut tally);
                }
                line.send();
                if line.is_closed() {
                    // Else it would be ready for ever.
                    let _ = epoll::delete(&self.poll, line.stream());
                }
            }
            // Hardly ever is anything there: what is measured needs nobody else.
            turns += 1;
            if ready.is_empty() || turns % TURNS == 0 {
                desk.serve();
            }
            let is_silent = started.elapsed() > tally.elapsed + SILENCE;
            let is_over = if wanted {
                // A server that answers nothing at all ends the round, too.
                started.elapsed() > tally.elapsed + PATIENCE
            } else {
                is_silent || self.lines.iter().all(Line::is_idle)
            };
            if is_over {
                break;
            }
        }
        for line in &mut self.lines {
            line.give_up(&mut tally);
        }
        tally.forwarded = desk.asked() - asked;
        tally
    }
}
