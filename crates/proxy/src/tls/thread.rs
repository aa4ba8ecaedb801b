//! A thread: its sockets, its connections, one wait for all of them.
//!
//! Written over epoll rather than over tokio, because a relay does so little: a connection costs
//! some twenty system calls, and every microsecond beside them counts double on a small box.
//! Edge-triggered: each socket is registered once, and read and written until the kernel has no
//! more.

mod opening;
mod relaying;

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lachan_policy::Tier;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use rustix::net::{
    RecvFlags, SendFlags, SocketFlags, acceptfrom_with, getpeername, getsockname, recv, send,
};

use super::conn::{Asking, Conn, Opened, Side, State, Strictness, Tick, Ways, discard};
use super::hello::{HelloReader, Progress};
use super::places::Places;
use super::ruling::{Fate, First, Ruling, Speaker};
use super::server::{Settings, Shared};
use crate::counters::{Counters, Evasion};
use crate::inspect::Opening;
use crate::mailbox::{Later, Letter, Mailbox};
use crate::outside::{Addresses, Blocked, Found, Question};
use crate::relay::Tools;
use crate::wheel::Wheel;

/// A tick.
const TICK: Duration = Duration::from_millis(250);
/// Connections that are taken before the others have their turn.
const ACCEPTED_AT_ONCE: usize = 64;
/// Events that are asked for at once.
const EVENTS: usize = 256;
/// How long a listener rests when there are no files left.
const REST: Tick = 2;
/// How long no files have to be left before that is told again.
const TOLD_AGAIN: Tick = 4 * 60;
/// TLS 1.2 record of a fatal alert (RFC 8446 §6.2): `access_denied`, the filter's word.
const ACCESS_DENIED: [u8; 7] = [21, 3, 3, 0, 2, 2, 49];
/// `unrecognized_name`: our resolver knows no such host.
const UNRECOGNIZED_NAME: [u8; 7] = [21, 3, 3, 0, 2, 2, 112];
/// `internal_error`: it could not be reached.
const INTERNAL_ERROR: [u8; 7] = [21, 3, 3, 0, 2, 2, 80];

/// Key of the mailbox among the events; those of listeners follow, then those of connections.
const MAILBOX: u64 = u64::MAX;
const LISTENERS: u64 = 1 << 62;

/// The most bytes that a thread holds for connections that are not connected yet: some 4,000 ordinary
/// hellos at once. Beyond that whoever sends more is given up.
const MOST_HELD: usize = 8 * 1024 * 1024;

const READABLE: epoll::EventFlags = epoll::EventFlags::IN
    .union(epoll::EventFlags::RDHUP)
    .union(epoll::EventFlags::ET);
const BOTH_WAYS: epoll::EventFlags = READABLE.union(epoll::EventFlags::OUT);

/// A listening socket.
pub(crate) struct Door {
    pub(crate) socket: OwnedFd,
    pub(crate) strict: Strictness,
}

/// A tunnel that the explicit proxy opened, with what was read of it.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) client: OwnedFd,
    pub(crate) peer: IpAddr,
    /// What was read of it; `None` where nothing more is to be read, but bytes are to be carried.
    pub(crate) early: Option<Vec<u8>>,
    pub(crate) end: Opened,
}

pub(crate) struct Thread {
    epoll: OwnedFd,
    doors: Vec<Door>,
    /// Whether listeners are left alone for want of files, and until when.
    resting: Option<Tick>,
    /// When it may be told again that there are no files left.
    told_until: Tick,
    mailbox: Arc<Mailbox<Parcel>>,
    shared: Shared,
    counters: Arc<Counters>,
    settings: Settings,
    places: Places,
    wheel: Wheel<u64>,
    /// Connections with more to do.
    again: Vec<u64>,
    /// Bytes held for connections that are not connected yet.
    held: usize,
    tools: Tools,
    buffer: Box<[u8]>,
    start: Instant,
    now: Tick,
}

/// Whatever ends a thread, what is brought to it afterwards is not kept.
impl Drop for Thread {
    fn drop(&mut self) {
        self.mailbox.close();
    }
}

impl Thread {
    pub(crate) fn new(
        doors: Vec<Door>,
        mailbox: Arc<Mailbox<Parcel>>,
        shared: Shared,
        counters: Arc<Counters>,
        settings: Settings,
    ) -> std::io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let key = epoll::EventData::new_u64(MAILBOX);
        epoll::add(&epoll, mailbox.bell(), key, epoll::EventFlags::IN)?;
        let thread = Self {
            epoll,
            doors,
            resting: None,
            told_until: 0,
            mailbox,
            shared,
            counters,
            settings,
            places: Places::default(),
            wheel: Wheel::new(),
            again: Vec::new(),
            held: 0,
            tools: Tools::new(),
            buffer: vec![0; 16 * 1024].into_boxed_slice(),
            start: Instant::now(),
            now: 0,
        };
        thread.listen()?;
        Ok(thread)
    }

    /// Watches every door; one that cannot be watched is told, after all others were tried.
    fn listen(&self) -> Result<(), Errno> {
        let mut outcome = Ok(());
        for (key, door) in (LISTENERS..).zip(&self.doors) {
            let key = epoll::EventData::new_u64(key);
            match epoll::add(&self.epoll, &door.socket, key, epoll::EventFlags::IN) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    }

    /// Runs until it is told to stop.
    pub(crate) fn run(mut self) {
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            let timeout = self.timeout();
            events.clear();
            let waited = epoll::wait(&self.epoll, spare_capacity(&mut events), timeout.as_ref());
            if let Err(error) = waited
                && error != Errno::INTR
            {
                tracing::error!(%error, "waiting for connections failed; this thread ends");
                return;
            }
            self.tick();
            for event in events.drain(..) {
                match event.data.u64() {
                    MAILBOX => {
                        if !self.letters() {
                            return;
                        }
                    }
                    key @ LISTENERS.. => {
                        self.accept(usize::try_from(key - LISTENERS).unwrap_or(usize::MAX))
                    }
                    key => self.event(key, event.flags),
                }
            }
            for key in std::mem::take(&mut self.again) {
                if let Some(index) = self.places.index_of(key) {
                    self.relay(index, Ways::BOTH);
                }
            }
            self.places.reuse();
        }
    }

    /// How long to wait at most.
    fn timeout(&self) -> Option<Timespec> {
        let wait = if self.again.is_empty() {
            TICK
        } else {
            Duration::ZERO
        };
        let is_idle = self.again.is_empty() && self.wheel.is_empty() && self.resting.is_none();
        (!is_idle).then(|| Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(wait.subsec_nanos()),
        })
    }

    /// Looks at the time, and at what is due.
    fn tick(&mut self) {
        let now = self.start.elapsed().as_millis() / TICK.as_millis();
        let now = Tick::try_from(now).unwrap_or(Tick::MAX);
        if now == self.now {
            return;
        }
        self.now = now;
        if self.resting.is_some_and(|until| until <= now) {
            self.resting = self.listen().err().map(|_| now + REST);
        }
        let (places, mut due, mut open) = (&self.places, Vec::new(), Vec::new());
        self.wheel.advance(now, |&key| {
            let conn = places.get(places.index_of(key)?)?;
            if conn.deadline > now {
                if let State::Relaying(_) = conn.state {
                    open.push(key);
                }
                return Some(conn.deadline);
            }
            due.push(key);
            // It may live on with another deadline.
            Some(now + 1)
        });
        for key in due {
            self.overdue(key);
        }
        self.decide_again(&open);
    }

    /// The deadline of a connection came.
    fn overdue(&mut self, key: u64) {
        let Some(index) = self.places.index_of(key) else {
            return;
        };
        let Some(conn) = self.places.get(index) else {
            return;
        };
        match &conn.state {
            State::Reading(reader, until) if *until > self.now && reader.is_empty() => {
                self.silence(index);
            }
            State::Reading(reader, _) if reader.is_empty() => {
                self.give_up(index, Some(Evasion::Silent));
            }
            State::Reading(..) => self.give_up(index, Some(Evasion::Malformed)),
            State::Asking(_) => {
                self.counters.failed();
                self.part(index, &INTERNAL_ERROR);
            }
            State::Dialling(_) => self.dial_failed(index),
            State::Relaying(_) | State::Parting => self.close(index),
        }
    }

    /// A client said nothing for a second. Where that may pass, it waits for the server.
    fn silence(&mut self, index: usize) {
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        let State::Reading(_, until) = conn.state else {
            return;
        };
        let policy = self.shared.policy.load_full();
        let group = self.shared.group(&policy, conn.peer);
        let is_strict = self.settings.is_strict(policy.groups().all()[group].tier)
            || conn.strict == Strictness::NothingPasses;
        if is_strict {
            // Its packet may be late, so it has the whole time.
            conn.deadline = until;
        } else {
            self.rule(index, &First::Nothing);
        }
    }

    /// Reads the messages. Whether to go on.
    fn letters(&mut self) -> bool {
        for letter in self.mailbox.empty() {
            match letter {
                Letter::Stop => return false,
                Letter::Parcel(parcel) => self.take_over(parcel),
                // Whoever asked may have given up.
                Letter::Ping(answer) => drop(answer.try_send(())),
                Letter::Addresses(key, addresses) => {
                    if let Some(index) = self.places.index_of(key) {
                        self.resolved(index, addresses);
                    }
                }
            }
        }
        true
    }

    /// Takes connections that wait at a door.
    fn accept(&mut self, door: usize) {
        for _ in 0..ACCEPTED_AT_ONCE {
            let Some(door) = self.doors.get(door) else {
                return;
            };
            let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
            match acceptfrom_with(&door.socket, flags) {
                Ok((client, peer)) => {
                    let strict = door.strict;
                    let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
                    let Some(peer) = peer else { continue };
                    self.admit(client, peer.ip().to_canonical(), strict);
                }
                Err(Errno::AGAIN) => return,
                Err(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                    return self.rest();
                }
                // The client went away again, or the like.
                Err(_) => {}
            }
        }
    }

    /// Leaves the doors alone for a while: there are no files left.
    fn rest(&mut self) {
        self.counters.turned_away();
        // Told once a spell: a line each half second would wear the card.
        if self.now >= self.told_until {
            tracing::warn!("no files left for connections; new ones wait");
        }
        self.told_until = self.now + TOLD_AGAIN;
        for door in &self.doors {
            let _ = epoll::delete(&self.epoll, &door.socket);
        }
        self.resting = Some(self.now + REST);
    }

    fn admit(&mut self, client: OwnedFd, peer: IpAddr, strict: Strictness) {
        self.counters.accepted();
        let until = self.now + ticks(self.settings.hello);
        let state = State::Reading(Box::default(), until);
        let deadline = self.now + ticks(self.settings.silence.min(self.settings.hello));
        let conn = Conn {
            client,
            peer,
            state,
            deadline,
            strict,
            unread: true,
            ended: false,
            tells_room: false,
            tunnel: None,
            held: 0,
        };
        let _ = self.place(conn);
    }

    /// Finds a place for a connection and registers it; `None` when there is no room for it.
    fn place(&mut self, conn: Conn) -> Option<usize> {
        let deadline = conn.deadline;
        let (most, most_of_one) = (self.settings.max_open, self.settings.max_per_client);
        let Some(index) = self.places.put(conn, most, most_of_one) else {
            self.counters.turned_away();
            self.counters.ended();
            return None;
        };
        let client = self.places.get(index)?.client.as_fd();
        if self.watch_client(index, client).is_err() {
            self.close(index);
            return None;
        }
        self.wheel.add(deadline, self.places.key(index));
        Some(index)
    }

    /// Watches a client. That it can be written to needs no telling: it nearly always can.
    fn watch_client(&self, index: usize, socket: BorrowedFd<'_>) -> Result<(), Errno> {
        let key = event_key(index, Side::Client);
        epoll::add(&self.epoll, socket, key, READABLE)
    }

    /// Watches a server.
    fn watch_server(&self, index: usize, socket: BorrowedFd<'_>) -> Result<(), Errno> {
        let key = event_key(index, Side::Server);
        epoll::add(&self.epoll, socket, key, BOTH_WAYS)
    }

    /// Has the kernel tell when the client takes more, from the first time that it did not.
    fn watch_room(&mut self, index: usize) -> Result<(), Errno> {
        let Some(conn) = self.places.get_mut(index) else {
            return Ok(());
        };
        if conn.tells_room {
            return Ok(());
        }
        conn.tells_room = true;
        let key = event_key(index, Side::Client);
        epoll::modify(&self.epoll, &conn.client, key, BOTH_WAYS)
    }

    /// The kernel says that something changed at a socket.
    fn event(&mut self, key: u64, flags: epoll::EventFlags) {
        let index = (key >> 1) as usize;
        let side = if key & 1 == 0 {
            Side::Client
        } else {
            Side::Server
        };
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        let ended = flags.intersects(epoll::EventFlags::RDHUP | epoll::EventFlags::HUP);
        let failed = flags.contains(epoll::EventFlags::ERR);
        let is_readable = ended || flags.contains(epoll::EventFlags::IN);
        let is_writable = flags.contains(epoll::EventFlags::OUT);
        match (&mut conn.state, side) {
            // What came before the reset can still be read.
            (State::Relaying(_), _) if failed => {
                self.relay(index, Ways::BOTH);
                self.close(index);
            }
            (State::Relaying(relay), _) => {
                if ended {
                    relay.ended(side);
                }
                let ways = relay.ways(side, is_readable, is_writable);
                self.relay(index, ways);
            }
            (State::Reading(..), Side::Client) => {
                conn.ended |= ended;
                self.read(index);
            }
            (State::Dialling(_), Side::Server) if failed => self.dial_failed(index),
            (State::Dialling(_), Side::Server) if is_writable => self.connected(index, ended),
            // A client that left before we had a server for it.
            (State::Asking(_) | State::Dialling(_), Side::Client) => {
                if failed || flags.contains(epoll::EventFlags::HUP) {
                    return self.close(index);
                }
                conn.unread |= is_readable;
                conn.ended |= ended;
            }
            (State::Parting, Side::Client) if ended || discard(conn.client.as_fd()) => {
                self.close(index);
            }
            _ => {}
        }
    }

    /// Reads what a client says first.
    fn read(&mut self, index: usize) {
        loop {
            let Some(conn) = self.places.get_mut(index) else {
                return;
            };
            let State::Reading(reader, until) = &mut conn.state else {
                return;
            };
            match recv(&conn.client, &mut *self.buffer, RecvFlags::empty()) {
                Ok((0, _)) => return self.close(index),
                Ok((count, _)) => {
                    conn.deadline = *until;
                    // Less than there was room for: nothing is left, and what comes is told.
                    conn.unread = conn.ended || count == self.buffer.len();
                    conn.held += count;
                    self.held += count;
                    if self.held > MOST_HELD {
                        self.counters.turned_away();
                        return self.part(index, &INTERNAL_ERROR);
                    }
                    if let Some(first) = first(reader, &self.buffer[..count]) {
                        return self.rule(index, &first);
                    }
                }
                Err(Errno::AGAIN) => return,
                Err(Errno::INTR) => {}
                Err(_) => return self.close(index),
            }
        }
    }

    /// Takes what was read of a client elsewhere.
    fn take(&mut self, index: usize, bytes: &[u8]) {
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        let State::Reading(reader, until) = &mut conn.state else {
            return;
        };
        conn.deadline = *until;
        if let Some(first) = first(reader, bytes) {
            self.rule(index, &first);
        }
    }

    /// Decides, by what a client said first.
    fn rule(&mut self, index: usize, first: &First) {
        let Some(conn) = self.places.get(index) else {
            return;
        };
        if conn.strict == Strictness::NothingPasses {
            return self.close_at_block_address(index, first);
        }
        let Some(target) = target(conn) else {
            return self.close(index);
        };
        let policy = self.shared.policy.load_full();
        let group = self.shared.group(&policy, conn.peer);
        let at = self.shared.clock.moment();
        let the_group = &policy.groups().all()[group];
        let is_strict = self.settings.is_strict(the_group.tier);
        let speaker = Speaker {
            policy: &policy,
            group,
            at,
            is_strict,
            target: target.ip(),
        };
        let mut ruling = speaker.rule(first);
        if let Some(tunnel) = &conn.tunnel {
            ruling.hold_to(tunnel.host.as_ref());
        }
        let opening = self.opening(&policy, group, at, first, &ruling);
        // What is read inside is counted there.
        // What is closed for another reason than its verdict was not decided by it.
        let is_closed = matches!(ruling.fate, Fate::Closed(_));
        if let Some(verdict) = &ruling.verdict
            && !verdict.no_log
            && opening != Some(Opening::Pages)
            && verdict.is_block() == is_closed
        {
            self.shared.record.decided(the_group, verdict);
            if let Fate::Closed(name) = &ruling.fate {
                self.shared.record.blocked(&Blocked {
                    policy: &policy,
                    group: the_group,
                    verdict,
                    name: name.as_ref().filter(|_| !verdict.no_name),
                    client: conn.peer,
                    at,
                });
            }
        }
        self.count(ruling.evasion, &ruling, &policy);
        if let (Some(opening), Some(name)) = (opening, ruling.name()) {
            return self.hand_over(index, opening, name, target);
        }
        self.follow(index, &ruling, target);
    }

    /// Counts an evasion, and what a verdict closed as a way round.
    fn count(&self, evasion: Option<Evasion>, ruling: &Ruling, policy: &lachan_policy::Policy) {
        if let Some(evasion) = evasion {
            self.counters.evaded(evasion);
            if let Some(kind) = evasion.bypass() {
                return self.shared.record.bypass(kind);
            }
        }
        if let (Fate::Closed(Some(name)), Some(verdict)) = (&ruling.fate, &ruling.verdict)
            && let Some(kind) = policy.bypass_of(name, verdict)
        {
            self.shared.record.bypass(kind);
        }
    }

    /// Does what was decided.
    fn follow(&mut self, index: usize, ruling: &Ruling, target: SocketAddr) {
        let is_open = !matches!(ruling.fate, Fate::Closed(_));
        let tunnel = self
            .places
            .get_mut(index)
            .and_then(|conn| conn.tunnel.take());
        if let Some(tunnel) = tunnel.filter(|_| is_open) {
            return self.open_tunnel(index, tunnel.server, ruling.name());
        }
        match ruling.fate {
            Fate::Closed(_) => {
                self.counters.blocked();
                self.part(index, &ACCESS_DENIED);
            }
            Fate::Address => {
                let wire = self.wire(index);
                let found = Found::new([target.ip()]).filter(|_| self.admits(target.ip()));
                match found {
                    Some(found) => self.dial(index, wire, None, found, 0, target.port()),
                    None => self.give_up(index, Some(Evasion::PrivateTarget)),
                }
            }
            Fate::Name(name) => {
                let wire = self.wire(index);
                let key = self.places.key(index);
                let Some(conn) = self.places.get_mut(index) else {
                    return;
                };
                let question = Question {
                    name,
                    client: conn.peer,
                    wants_v6: target.is_ipv6(),
                };
                conn.deadline = self.now + ticks(self.settings.resolve);
                conn.state = State::Asking(Box::new(Asking { wire, name, target }));
                let later = Later::new(&self.mailbox, key);
                if let Some(addresses) = self.shared.resolve.resolve_now(&question, later) {
                    self.resolved(index, addresses);
                }
            }
        }
    }

    /// Takes what was read of a connection.
    fn wire(&mut self, index: usize) -> Vec<u8> {
        let Some(conn) = self.places.get_mut(index) else {
            return Vec::new();
        };
        match &mut conn.state {
            State::Reading(reader, _) => std::mem::take(reader.as_mut()).into_wire(),
            _ => Vec::new(),
        }
    }

    fn admits(&self, address: IpAddr) -> bool {
        self.shared.targets.load().may_dial(address)
    }

    /// Our resolver has answered.
    fn resolved(&mut self, index: usize, addresses: Addresses) {
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        let State::Asking(asking) = &mut conn.state else {
            return;
        };
        let found = match addresses {
            Addresses::Found(found) => found,
            Addresses::Closed => {
                self.counters.blocked();
                return self.part(index, &ACCESS_DENIED);
            }
            Addresses::None => {
                self.counters.evaded(Evasion::Unknown);
                self.counters.failed();
                return self.part(index, &UNRECOGNIZED_NAME);
            }
            Addresses::Failed => {
                self.counters.failed();
                return self.part(index, &INTERNAL_ERROR);
            }
        };
        let wire = std::mem::take(&mut asking.wire);
        let (name, target) = (asking.name, asking.target);
        let targets = self.shared.targets.load();
        let open = found.as_slice().iter().copied();
        let Some(open) = Found::new(open.filter(|&to| targets.may_dial(to))) else {
            return self.give_up(index, Some(Evasion::PrivateTarget));
        };
        // Where the client dialled, if that is one of them: it may have chosen the nearest.
        let dialled = target.ip().to_canonical();
        let found = match open.as_slice().iter().position(|&one| one == dialled) {
            Some(_) => Found::new(
                std::iter::once(dialled).chain(
                    open.as_slice()
                        .iter()
                        .copied()
                        .filter(|&one| one != dialled),
                ),
            ),
            None => {
                self.counters.evaded(Evasion::Elsewhere);
                Some(open)
            }
        };
        if let Some(found) = found {
            self.dial(index, wire, Some(name), found, 0, target.port());
        }
    }

    /// Closes a connection for what it is, or for what came of it.
    fn give_up(&mut self, index: usize, evasion: Option<Evasion>) {
        if let Some(evasion) = evasion {
            self.counters.evaded(evasion);
            self.counters.blocked();
            if let Some(kind) = evasion.bypass() {
                self.shared.record.bypass(kind);
            }
        }
        self.part(index, &ACCESS_DENIED);
    }

    /// Sends an alert, and waits a little until the client has it. Closed at once, a socket that
    /// holds unread bytes sends a reset, which overtakes the alert, and browsers try again.
    fn part(&mut self, index: usize, alert: &[u8]) {
        let Some(conn) = self.places.get_mut(index) else {
            return;
        };
        let sent = send(&conn.client, alert, SendFlags::NOSIGNAL);
        let _ = rustix::net::shutdown(&conn.client, rustix::net::Shutdown::Write);
        conn.state = State::Parting;
        conn.deadline = self.now + ticks(self.settings.parting);
        if sent.is_err() || discard(conn.client.as_fd()) {
            self.close(index);
        }
    }

    /// Takes a connection off its place, and what it held off the thread's account.
    fn leave(&mut self, index: usize) -> Option<Conn> {
        let conn = self.places.take(index)?;
        self.held -= conn.held;
        Some(conn)
    }

    fn close(&mut self, index: usize) {
        let Some(conn) = self.leave(index) else {
            return;
        };
        if let State::Relaying(mut relay) = conn.state {
            relay.release(&mut self.tools);
        }
        self.counters.ended();
    }
}

/// What an event of a connection's socket is known by.
fn event_key(index: usize, side: Side) -> epoll::EventData {
    epoll::EventData::new_u64((index as u64) << 1 | u64::from(side == Side::Server))
}

/// A time in ticks.
fn ticks(time: Duration) -> Tick {
    Tick::try_from(time.as_millis() / TICK.as_millis()).unwrap_or(Tick::MAX)
}

/// Where a client wants to go: caught on its way, its socket has that as its own address; of a tunnel
/// it is where that ends.
fn target(conn: &Conn) -> Option<SocketAddr> {
    let address = match &conn.tunnel {
        Some(tunnel) => getpeername(&tunnel.server).ok()??,
        None => getsockname(&conn.client).ok()?,
    };
    let address = SocketAddr::try_from(address).ok()?;
    Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

/// What a client said first, once that can be told.
fn first(reader: &mut HelloReader, bytes: &[u8]) -> Option<First> {
    match reader.push(bytes) {
        Ok(Progress::More) => None,
        Ok(Progress::Done(hello)) => Some(First::Hello(hello)),
        Err(malformed) => Some(First::Malformed(malformed)),
    }
}

/// How strict a tier is, for [`Settings`].
pub(crate) fn strict_by_default(tier: Tier) -> bool {
    tier != Tier::Staff
}
