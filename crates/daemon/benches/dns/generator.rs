//! The load generator, lean enough that the server is the slower of the two: one thread that never
//! sleeps, sixteen sockets, many packets a call, and the upstream's stand-in served in between.
//!
//! It never sleeps so that a server does not pay for waking it, which on a real net nobody does.
//! Two ways to load: *closed*, as fast as the server answers, with a fixed number of queries under
//! way; *paced*, so many a second whatever becomes of them, as devices do, timed from the moment
//! each was due.

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use lachan_sys::udp::{Batch, Options, Outgoing, Route, bind, send_one};

use crate::packet::{Answer, MOST_ANSWER, MOST_QUERY};
use crate::queries::{Kind, Load, Queries};
use crate::secure::Fleet;
use crate::tally::Tally;
use crate::upstream::Upstream;

/// Devices that ask, each with its own address: 127.0.1.1, 127.0.2.1 and so on.
pub(crate) const CLIENTS: u8 = 16;
/// Queries that each has under way in a closed loop.
const OUTSTANDING: usize = 20;
/// The same where nothing may be lost: in all, fewer than an ordinary socket's buffer holds.
const GENTLE: usize = 8;
/// Bits of an id that name a slot of [`OUTSTANDING`]; the others count its uses.
const SLOT_BITS: u16 = 5;
/// When a query counts as lost.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long no other takes the place of a lost one: as a rule the first burst was more than the
/// server's socket holds, and so would the next be.
const REST: Duration = Duration::from_secs(2);
/// How long after the last answer nothing more is waited for at the end.
const SILENCE: Duration = Duration::from_millis(200);
/// When a paced query counts as lost: resolvers give up after 2 s.
const LONG_PATIENCE: Duration = Duration::from_millis(2500);
/// Queries of one device that a paced load may have under way.
const PENDING: usize = 8192;

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// After this time.
    Elapsed(Duration),
    /// After so many queries.
    Sent(u64),
    /// So long after the load beside was first refused something; at most after `most`.
    Refused { after: Duration, most: Duration },
}

/// A paced load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) load: Load,
    /// Queries a second.
    pub(crate) rate: u32,
    /// How many of the devices take part.
    pub(crate) clients: u8,
}

/// The generator.
pub(crate) struct Generator<'u> {
    upstream: &'u Upstream,
    pub(crate) queries: Queries,
}

impl<'u> Generator<'u> {
    pub(crate) fn new(upstream: &'u Upstream, queries: Queries) -> Self {
        Self { upstream, queries }
    }

    /// Loads a server as fast as it answers.
    pub(crate) fn closed(&mut self, server: SocketAddr, load: Load, until: Until) -> Tally {
        self.closed_with(server, load, until, Tally::default(), None)
    }

    /// The same into a tally of its own making, with a paced load beside it.
    pub(crate) fn closed_with(
        &mut self,
        server: SocketAddr,
        load: Load,
        until: Until,
        tally: Tally,
        beside: Option<&mut Paced>,
    ) -> Tally {
        let mut beside = beside;
        let mut desk = self.upstream.desk();
        let asked = desk.asked();
        let mut closed = Closed::new(server, tally);
        if load == Load::Warm {
            closed.most = GENTLE;
        }
        let started = Instant::now();
        loop {
            let now = nanoseconds(started.elapsed());
            let refusal = beside.as_ref().and_then(|paced| paced.tally.first_refusal);
            let wanted = match until {
                Until::Elapsed(time) => now < nanoseconds(time),
                Until::Sent(count) => closed.tally.all().sent < count,
                Until::Refused { after, most } => {
                    let end = refusal.map_or(most, |at| most.min(at + after));
                    now < nanoseconds(end)
                }
            };
            closed.step(now, wanted.then_some(load), &mut self.queries);
            if let Some(paced) = beside.as_deref_mut() {
                paced.step(now, &mut self.queries);
            }
            desk.serve();
            if !wanted && closed.is_done(now) {
                break;
            }
        }
        closed.tally.forwarded = desk.asked() - asked;
        closed.tally
    }

    /// Loads a server over its encrypted connections as fast as it answers.
    pub(crate) fn encrypted(&mut self, fleet: &mut Fleet, load: Load, until: Until) -> Tally {
        fleet.closed(self.upstream, &mut self.queries, load, until)
    }

    /// Loads a server at a fixed rate.
    pub(crate) fn paced(&mut self, server: SocketAddr, pace: Pace, time: Duration) -> Tally {
        let mut paced = Paced::new(server, pace);
        self.pace(&mut paced, Some(time));
        paced.tally
    }

    /// Goes on with a paced load until its time is over, or without sending any more.
    pub(crate) fn pace(&mut self, paced: &mut Paced, time: Option<Duration>) {
        let mut desk = self.upstream.desk();
        let asked = desk.asked();
        if let Some(time) = time {
            let started = Instant::now();
            while started.elapsed() < time {
                paced.step(nanoseconds(started.elapsed()), &mut self.queries);
                desk.serve();
            }
            paced.last = nanoseconds(time);
        }
        // What is still under way may come yet.
        let (started, begun) = (Instant::now(), paced.last);
        while paced.under_way > 0 && started.elapsed() < LONG_PATIENCE {
            paced.receive(begun + nanoseconds(started.elapsed()));
            desk.serve();
        }
        paced.give_up();
        paced.tally.forwarded = desk.asked() - asked;
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The sockets of the first devices.
fn sockets(count: u8) -> Vec<UdpSocket> {
    let options = Options {
        receive_buffer: 1 << 20,
        ..Options::default()
    };
    let open = |group| {
        let socket = bind(SocketAddr::from(([127, 0, group, 1], 0)), &options).unwrap();
        socket.set_nonblocking(true).unwrap();
        socket
    };
    (1..=count).map(open).collect()
}

/// A query under way in a closed loop.
struct Slot {
    packet: [u8; MOST_QUERY],
    length: usize,
    id: u16,
    sent: u64,
    kind: Kind,
    is_free: bool,
    /// Nothing is sent from here before.
    rests_until: u64,
}

struct Client {
    socket: UdpSocket,
    slots: Vec<Slot>,
    /// Slots to be filled next.
    fresh: Vec<usize>,
    under_way: usize,
}

/// A closed loop.
struct Closed {
    server: SocketAddr,
    clients: Vec<Client>,
    batch: Batch,
    outgoing: Outgoing,
    tally: Tally,
    /// Queries that each device may have under way: more with every step, so that no first burst
    /// overflows a socket's buffer.
    allowed: usize,
    most: usize,
    next_look: u64,
}

impl Closed {
    fn new(server: SocketAddr, tally: Tally) -> Self {
        let slot = |index| Slot {
            packet: [0; MOST_QUERY],
            length: 0,
            id: index,
            sent: 0,
            kind: Kind::Blocked,
            is_free: true,
            rests_until: 0,
        };
        let client = |socket| Client {
            socket,
            slots: (0..OUTSTANDING as u16).map(slot).collect(),
            fresh: Vec::with_capacity(OUTSTANDING),
            under_way: 0,
        };
        Self {
            server,
            clients: sockets(CLIENTS).into_iter().map(client).collect(),
            batch: Batch::new(2 * OUTSTANDING, MOST_ANSWER),
            outgoing: Outgoing::new(OUTSTANDING),
            tally,
            allowed: 0,
            most: OUTSTANDING,
            next_look: 0,
        }
    }

    /// Whether nothing more will come, once nothing more is asked.
    fn is_done(&mut self, now: u64) -> bool {
        if self.clients.iter().all(|client| client.under_way == 0) {
            return true;
        }
        let is_silent = now > nanoseconds(self.tally.elapsed + SILENCE);
        if is_silent {
            let tally = &mut self.tally;
            self.clients
                .iter_mut()
                .for_each(|client| client.give_up(u64::MAX, tally));
        }
        is_silent
    }

    /// Takes what came and, while a load is wanted, asks anew.
    fn step(&mut self, now: u64, load: Option<Load>, queries: &mut Queries) {
        self.allowed = (self.allowed + 1).min(self.most);
        let looks = now >= self.next_look;
        if looks {
            self.next_look = now + nanoseconds(PATIENCE) / 10;
        }
        for client in &mut self.clients {
            client.receive(&mut self.batch, now, &mut self.tally);
            if looks {
                client.give_up(now, &mut self.tally);
            }
            let Some(load) = load else { continue };
            if client.under_way < self.allowed {
                client.fill(self.allowed, now, load, queries, &mut self.tally);
                client.send(self.server, &mut self.outgoing);
            }
        }
    }
}

impl Client {
    fn receive(&mut self, batch: &mut Batch, now: u64, tally: &mut Tally) {
        batch.receive(self.socket.as_fd()).unwrap();
        for message in batch.messages() {
            let Some(answer) = Answer::of(message.bytes) else {
                continue;
            };
            let index = usize::from(answer.id & ((1 << SLOT_BITS) - 1));
            let Some(slot) = self.slots.get_mut(index) else {
                continue;
            };
            // One that was given up, or answered twice.
            if slot.is_free || slot.id != answer.id {
                continue;
            }
            slot.is_free = true;
            self.under_way -= 1;
            tally.answered(slot.kind, answer, slot.sent, now);
        }
    }

    fn give_up(&mut self, now: u64, tally: &mut Tally) {
        for slot in self.slots.iter_mut().filter(|slot| !slot.is_free) {
            if now.saturating_sub(slot.sent) > nanoseconds(PATIENCE) {
                slot.is_free = true;
                slot.rests_until = now.saturating_add(nanoseconds(REST));
                self.under_way -= 1;
                tally.lost(slot.kind);
            }
        }
    }

    fn fill(
        &mut self,
        allowed: usize,
        now: u64,
        load: Load,
        queries: &mut Queries,
        tally: &mut Tally,
    ) {
        let slots = self.slots[..allowed].iter_mut().enumerate();
        for (index, slot) in slots.filter(|(_, slot)| slot.is_free && slot.rests_until <= now) {
            (slot.length, slot.kind) = queries.next(load, &mut slot.packet);
            slot.id = slot.id.wrapping_add(1 << SLOT_BITS);
            slot.packet[..2].copy_from_slice(&slot.id.to_be_bytes());
            slot.sent = now;
            slot.is_free = false;
            self.under_way += 1;
            self.fresh.push(index);
            tally.sent(slot.kind);
        }
    }

    fn send(&mut self, server: SocketAddr, outgoing: &mut Outgoing) {
        let packet = |index: &usize| {
            let slot = &self.slots[*index];
            (&slot.packet[..slot.length], server, Route::default())
        };
        // What the kernel refuses is lost, and found so.
        let fresh = self.fresh.iter().map(packet);
        outgoing.send(self.socket.as_fd(), fresh).unwrap();
        self.fresh.clear();
    }
}

/// A query under way in a paced load.
#[derive(Clone, Copy, Default)]
struct Pending {
    due: u64,
    kind: Kind,
    is_waiting: bool,
}

/// A paced load that can be stepped on beside another.
pub(crate) struct Paced {
    server: SocketAddr,
    pace: Pace,
    sockets: Vec<UdpSocket>,
    pending: Vec<Vec<Pending>>,
    batch: Batch,
    /// Queries sent so far; the next one's number gives device and id.
    count: u64,
    under_way: usize,
    last: u64,
    pub(crate) tally: Tally,
}

impl Paced {
    pub(crate) fn new(server: SocketAddr, pace: Pace) -> Self {
        Self {
            server,
            pace,
            sockets: sockets(pace.clients),
            pending: vec![vec![Pending::default(); PENDING]; usize::from(pace.clients)],
            batch: Batch::new(64, MOST_ANSWER),
            count: 0,
            under_way: 0,
            last: 0,
            tally: Tally::default(),
        }
    }

    fn step(&mut self, now: u64, queries: &mut Queries) {
        let mut packet = [0; MOST_QUERY];
        loop {
            let due = self.count * 1_000_000_000 / u64::from(self.pace.rate);
            if due > now {
                break;
            }
            let (length, kind) = queries.next(self.pace.load, &mut packet);
            let client = (self.count % u64::from(self.pace.clients)) as usize;
            let id = (self.count / u64::from(self.pace.clients)) as u16;
            packet[..2].copy_from_slice(&id.to_be_bytes());
            let slot = &mut self.pending[client][usize::from(id) % PENDING];
            if slot.is_waiting {
                self.tally.lost(slot.kind);
                self.under_way -= 1;
            }
            *slot = Pending {
                due,
                kind,
                is_waiting: true,
            };
            self.under_way += 1;
            self.count += 1;
            self.tally.sent(kind);
            let socket = self.sockets[client].as_fd();
            // What the kernel refuses is lost, and found so.
            let _ = send_one(socket, &packet[..length], self.server, Route::default());
        }
        self.last = now;
        self.receive(now);
    }

    fn receive(&mut self, now: u64) {
        for (socket, pending) in self.sockets.iter().zip(&mut self.pending) {
            self.batch.receive(socket.as_fd()).unwrap();
            for message in self.batch.messages() {
                let Some(answer) = Answer::of(message.bytes) else {
                    continue;
                };
                let slot = &mut pending[usize::from(answer.id) % PENDING];
                if !slot.is_waiting {
                    continue;
                }
                slot.is_waiting = false;
                self.under_way -= 1;
                self.tally.answered(slot.kind, answer, slot.due, now);
            }
        }
    }

    fn give_up(&mut self) {
        for slot in self.pending.iter_mut().flatten() {
            if slot.is_waiting {
                slot.is_waiting = false;
                self.tally.lost(slot.kind);
            }
        }
        self.under_way = 0;
    }
}
