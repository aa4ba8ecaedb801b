//! How many connections may be open, in all and to one client, over every transport that has
//! connections; and what became of them, counted.
//!
//! Clients are told apart by their whole address. An IPv6 client can take as many addresses as it
//! likes, so against that only the bound on all of them helps; counting by /64 instead would make a
//! whole VLAN share what is meant for one device.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::settings::StreamLimits;

/// The doors of all listeners.
#[derive(Debug)]
pub(crate) struct Doors {
    limits: StreamLimits,
    open: Mutex<Open>,
    pub(crate) counters: ConnectionCounters,
}

/// Who is in.
#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_client: HashMap<IpAddr, usize>,
}

/// A client that was let in; dropping it lets it out.
#[derive(Debug)]
pub(crate) struct Pass {
    doors: Arc<Doors>,
    client: IpAddr,
}

/// Which bound is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// That of all connections.
    All,
    /// That of this client.
    Client,
}

/// What became of connections. Counts events, not who they were.
#[derive(Debug, Default)]
pub(crate) struct ConnectionCounters {
    opened: AtomicU64,
    refused: AtomicU64,
    refused_client: AtomicU64,
    handshakes_failed: AtomicU64,
    unknown_tokens: AtomicU64,
    slow: AtomicU64,
}

/// What became of connections, at one moment: TCP, DoT, DoH and DoQ together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnectionCounts {
    /// Open now.
    pub open: u64,
    /// Opened since the start.
    pub opened: u64,
    /// Refused because as many were open as may be.
    pub refused: u64,
    /// Refused because the client had as many open as one may have.
    pub refused_client: u64,
    /// TLS or QUIC handshakes that failed or took too long; a client that does not trust the
    /// certificate is among them.
    pub handshakes_failed: u64,
    /// Connections and requests refused because no group has the token they carried.
    pub unknown_tokens: u64,
    /// Closed because the client sent half a message, or did not read its answers.
    pub slow: u64,
}

impl Doors {
    /// Doors for so many.
    pub(crate) fn new(limits: StreamLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            open: Mutex::default(),
            counters: ConnectionCounters::default(),
        })
    }

    /// Lets a client in.
    ///
    /// # Errors
    /// [`Full`]: which bound keeps it out; counted.
    pub(crate) fn enter(self: &Arc<Self>, client: IpAddr) -> Result<Pass, Full> {
        let client = client.to_canonical();
        let full = self.open().enter(client, &self.limits);
        match full {
            None => {
                count(&self.counters.opened);
                Ok(Pass {
                    doors: Arc::clone(self),
                    client,
                })
            }
            Some(Full::All) => {
                count(&self.counters.refused);
                Err(Full::All)
            }
            Some(Full::Client) => {
                count(&self.counters.refused_client);
                Err(Full::Client)
            }
        }
    }

    /// How long a connection may be idle just now, of an ordinary time-out: the fuller the box, the
    /// shorter (RFC 7766 §6.2.3), so that those who only hold connections do not keep others out.
    pub(crate) fn patience(&self, idle: Duration) -> Duration {
        let (open, most) = (self.open().all, self.limits.connections);
        if open * 4 >= most * 3 {
            idle / 4
        } else if open * 2 >= most {
            idle / 2
        } else {
            idle
        }
    }

    /// Whether so many are open that a client should prove its address before it costs anything.
    pub(crate) fn is_busy(&self) -> bool {
        self.open().all * 4 >= self.limits.connections
    }

    /// The limits.
    pub(crate) fn limits(&self) -> &StreamLimits {
        &self.limits
    }

    /// The counters at this moment.
    pub(crate) fn counts(&self) -> ConnectionCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        ConnectionCounts {
            open: u64::try_from(self.open().all).unwrap_or(u64::MAX),
            opened: read(&counters.opened),
            refused: read(&counters.refused),
            refused_client: read(&counters.refused_client),
            handshakes_failed: read(&counters.handshakes_failed),
            unknown_tokens: read(&counters.unknown_tokens),
            slow: read(&counters.slow),
        }
    }

    /// Held for a look-up only, when a connection begins or ends; never for a query.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn enter(&mut self, client: IpAddr, limits: &StreamLimits) -> Option<Full> {
        if self.all >= limits.connections {
            return Some(Full::All);
        }
        let mine = self.by_client.entry(client).or_insert(0);
        if *mine >= limits.per_client {
            return Some(Full::Client);
        }
        *mine += 1;
        self.all += 1;
        None
    }

    fn leave(&mut self, client: IpAddr) {
        self.all = self.all.saturating_sub(1);
        let left = self.by_client.get_mut(&client).map(|mine| {
            *mine = mine.saturating_sub(1);
            *mine
        });
        if left == Some(0) {
            self.by_client.remove(&client);
        }
    }
}

impl Pass {
    /// The doors it came through.
    pub(crate) fn doors(&self) -> &Arc<Doors> {
        &self.doors
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.doors.open().leave(self.client);
    }
}

impl ConnectionCounters {
    pub(crate) fn handshake_failed(&self) {
        count(&self.handshakes_failed);
    }

    pub(crate) fn unknown_token(&self) {
        count(&self.unknown_tokens);
    }

    pub(crate) fn slow(&self) {
        count(&self.slow);
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doors(connections: usize, per_client: usize) -> Arc<Doors> {
        Doors::new(StreamLimits {
            connections,
            per_client,
            ..StreamLimits::default()
        })
    }

    fn client(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    #[test]
    fn no_client_takes_more_than_its_share() {
        let doors = doors(10, 2);
        let first = doors.enter(client(1)).unwrap();
        let _second = doors.enter(client(1)).unwrap();
        assert_eq!(doors.enter(client(1)).err(), Some(Full::Client));
        let mapped = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(doors.enter(mapped).err(), Some(Full::Client));
        assert!(doors.enter(client(2)).is_ok());
        drop(first);
        assert!(doors.enter(client(1)).is_ok());
        assert_eq!(doors.counts().refused_client, 2);
    }

    #[test]
    fn all_together_take_no_more_than_there_is() {
        let doors = doors(3, 3);
        let passes: Vec<Pass> = (1..=3)
            .map(|last| doors.enter(client(last)).unwrap())
            .collect();
        assert_eq!(doors.enter(client(4)).err(), Some(Full::All));
        assert_eq!(doors.counts().open, 3);
        drop(passes);
        assert_eq!(doors.counts().open, 0);
        assert!(doors.open().by_client.is_empty(), "nobody is remembered");
        assert!(doors.enter(client(4)).is_ok());
    }

    #[test]
    fn patience_shrinks_as_the_box_fills() {
        let doors = doors(8, 8);
        let idle = Duration::from_secs(8);
        let mut passes = Vec::new();
        for (open, expected) in [(0, 8), (4, 4), (6, 2), (8, 2)] {
            while passes.len() < open {
                passes.push(doors.enter(client(1)).unwrap());
            }
            assert_eq!(
                doors.patience(idle),
                Duration::from_secs(expected),
                "{open}"
            );
        }
    }
}
