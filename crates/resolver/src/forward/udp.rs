//! Questions over UDP: a pool of connected sockets whose ports change all the time.
//!
//! ```text
//!  question ─► one of the pool's places, by chance ─► its socket: fresh, or used a few times
//!                                                      │ id by chance, letters in mixed case
//!  answer ◄─ id, question and case fit ◄─ the socket's reader ◄┘
//! ```
//!
//! A socket for each question, as it was here once, costs eight system calls. A socket in the pool
//! serves [`USES`] questions or [`LIFE`], whichever ends first, and is then replaced by one with
//! another port of the kernel's choosing. At a school's usual pace nearly every question still gets
//! a port of its own; at a flood's a new one comes with every 64th.
//!
//! Against forged answers (RFC 5452): whoever forges one must name the upstream's address (the
//! socket is connected), hit the one socket of the pool that asked, one in 28,000 ports by default,
//! with the right id, one in 65,536, and the letters' case, one in two for each. Which ports are
//! open can be found out from outside only slowly (the side channels known probe a thousand ports
//! a second), and within seconds they are others. How many sockets the pool has does not help: a
//! name has one question under way at a time, on one of them.
//!
//! What comes in and does not fit is counted, and passed over, so that a forger cannot even make a
//! question fail. A question that more than [`NEAR_MISSES`] such messages were about is taken off
//! UDP: its caller asks over TCP, where nobody can forge.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, sleep_until};

use super::question::{Match, Outgoing, Style};
use crate::cache::Key;
use crate::wire::u16_at;

/// Places of the pool, each with at most one socket that takes questions.
const PLACES: usize = 16;
/// Questions a socket is used for.
const USES: u32 = 64;
/// How long a socket takes questions.
const LIFE: Duration = Duration::from_secs(5);
/// How long a socket that takes no more questions waits for the last answers.
const GRACE: Duration = Duration::from_secs(10);
/// The largest datagram read: more than we advertise, for upstreams that do not listen.
const BUFFER: usize = 4096;
/// Messages that nearly fit a question before it is no more asked over UDP. A late answer to the
/// same question, asked before, may look like one; four do not come.
const NEAR_MISSES: u8 = 3;
/// Ids drawn by chance before the next free one is looked for: while half of them are free, all
/// these miss once in 65,536 times.
const DRAWS: usize = 16;

/// What became of a question.
#[derive(Debug)]
pub(super) enum Arrival {
    /// Its answer.
    Answer(Vec<u8>),
    /// An answer with the letters in another case: the upstream does not keep it, or a forger
    /// guessed all the rest.
    OtherCase,
    /// Somebody is guessing at its answer.
    Besieged,
}

/// Numbers all pools of a forwarder share.
#[derive(Debug)]
pub(super) struct Limits {
    sockets: Arc<Semaphore>,
    /// Messages that fit no question as they should.
    stray: AtomicU64,
}

impl Limits {
    pub(super) fn new(sockets: usize) -> Self {
        Self {
            sockets: Arc::new(Semaphore::new(sockets.min(Semaphore::MAX_PERMITS))),
            stray: AtomicU64::new(0),
        }
    }

    /// Messages that came from upstreams' addresses and fitted no question.
    pub(super) fn stray(&self) -> u64 {
        self.stray.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn free_sockets(&self) -> usize {
        self.sockets.available_permits()
    }
}

/// The sockets towards one upstream.
#[derive(Debug)]
pub(super) struct Pool {
    upstream: SocketAddr,
    places: Box<[Mutex<Weak<Socket>>]>,
    limits: Arc<Limits>,
}

impl Pool {
    pub(super) fn new(upstream: SocketAddr, limits: Arc<Limits>) -> Self {
        Self {
            upstream,
            places: (0..PLACES).map(|_| Mutex::default()).collect(),
            limits,
        }
    }

    /// Asks, and waits until something decides; for how long is the caller's affair.
    ///
    /// # Errors
    /// What the system says: no socket to be had, the network unreachable, nobody at the port.
    pub(super) async fn ask(&self, key: &Key, style: Style) -> io::Result<Arrival> {
        let socket = self.socket()?;
        let outgoing = Outgoing::new(key, rand::random(), style);
        let entered = socket.enter(outgoing);
        let (ticket, outgoing, arrival) = entered.ok_or(io::ErrorKind::QuotaExceeded)?;
        send(&ticket.socket.udp, outgoing.bytes()).await?;
        // A sender gone without a word means that the socket's reader died.
        arrival
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// A socket that may be used once more: that of a place taken by chance, or a new one there.
    /// When no more may be opened, a used one must do.
    fn socket(&self) -> io::Result<Arc<Socket>> {
        let index = usize::from(rand::random::<u8>()) % PLACES;
        let mut place = lock(&self.places[index]);
        let present = place.upgrade();
        if let Some(socket) = &present
            && socket.take_use()
        {
            return Ok(Arc::clone(socket));
        }
        match self.open() {
            Ok(socket) => {
                if let Some(old) = present {
                    old.retire();
                }
                *place = Arc::downgrade(&socket);
                Ok(socket)
            }
            Err(error) => {
                drop(place);
                present.or_else(|| self.any_socket()).ok_or(error)
            }
        }
    }

    fn any_socket(&self) -> Option<Arc<Socket>> {
        self.places.iter().find_map(|place| lock(place).upgrade())
    }

    fn open(&self) -> io::Result<Arc<Socket>> {
        let permit = Arc::clone(&self.limits.sockets)
            .try_acquire_owned()
            .map_err(|_| io::ErrorKind::QuotaExceeded)?;
        let any = match self.upstream.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let udp = std::net::UdpSocket::bind(SocketAddr::new(any, 0))?;
        udp.connect(self.upstream)?;
        udp.set_nonblocking(true)?;
        let socket = Arc::new(Socket {
            udp: UdpSocket::from_std(udp)?,
            until: Instant::now() + LIFE,
            used: AtomicU32::new(1),
            retired: AtomicBool::new(false),
            waiting: Mutex::default(),
            wake: Notify::new(),
            limits: Arc::clone(&self.limits),
            _permit: permit,
        });
        tokio::spawn(read(Arc::clone(&socket)));
        Ok(socket)
    }
}

/// Sends at once where the kernel takes it; tokio would first wait to be told that a fresh socket
/// can be written to.
async fn send(udp: &UdpSocket, bytes: &[u8]) -> io::Result<()> {
    let mut sent = SockRef::from(udp).send(bytes);
    if matches!(&sent, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused) {
        // What an earlier datagram met is told to the next one, which then is not sent.
        sent = SockRef::from(udp).send(bytes);
    }
    match sent {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => udp.send(bytes).await.map(drop),
        sent => sent.map(drop),
    }
}

/// One socket and the questions that wait on it.
#[derive(Debug)]
struct Socket {
    udp: UdpSocket,
    until: Instant,
    used: AtomicU32,
    /// Takes no more questions.
    retired: AtomicBool,
    waiting: Mutex<Waiting>,
    wake: Notify,
    limits: Arc<Limits>,
    _permit: OwnedSemaphorePermit,
}

/// The questions on a socket by id. One that nobody waits for any more stays, so that its late
/// answer is not taken for a forger's.
#[derive(Debug, Default)]
struct Waiting {
    questions: HashMap<u16, Question>,
    awaited: usize,
}

#[derive(Debug)]
struct Question {
    outgoing: Arc<Outgoing>,
    done: Option<oneshot::Sender<io::Result<Arrival>>>,
    near_misses: u8,
}

/// A question among those that wait: its place, what is sent, and where its answer comes.
type Entered = (
    Ticket,
    Arc<Outgoing>,
    oneshot::Receiver<io::Result<Arrival>>,
);

impl Waiting {
    /// An id that no other question has: the one drawn, else one of [`DRAWS`] more, else the next
    /// behind them that is free or that nobody awaits. Where a socket serves tens of thousands of
    /// questions, because no more may be opened, drawing alone would hardly come to an end.
    fn free_id(&self, drawn: u16) -> Option<u16> {
        let is_free = |id: &u16| !self.questions.contains_key(id);
        let draws = std::iter::repeat_with(rand::random).take(DRAWS);
        if let Some(id) = std::iter::once(drawn).chain(draws).find(is_free) {
            return Some(id);
        }
        let start: u16 = rand::random();
        let around = || (0..=u16::MAX).map(|step| start.wrapping_add(step));
        let is_given_up = |id: &u16| {
            let question = self.questions.get(id);
            question.is_none_or(|question| question.done.is_none())
        };
        around()
            .find(is_free)
            .or_else(|| around().find(is_given_up))
    }

    /// Tells the one who waits, if anybody does.
    fn conclude(&mut self, id: u16, arrival: io::Result<Arrival>) {
        let question = self.questions.remove(&id);
        if let Some(done) = question.and_then(|question| question.done) {
            self.awaited -= 1;
            // Whoever left meanwhile needs no answer.
            let _ = done.send(arrival);
        }
    }

    /// A message was about this question and is not its answer.
    fn near_miss(&mut self, id: u16) {
        let Some(question) = self.questions.get_mut(&id) else {
            return;
        };
        question.near_misses += 1;
        if question.near_misses > NEAR_MISSES {
            self.conclude(id, Ok(Arrival::Besieged));
        }
    }
}

impl Socket {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }

    /// Counts one more use; false when the socket has served its time.
    fn take_use(&self) -> bool {
        !self.retired.load(Ordering::Relaxed)
            && self.used.fetch_add(1, Ordering::Relaxed) < USES
            && Instant::now() < self.until
    }

    fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    fn is_done(&self) -> bool {
        self.retired.load(Ordering::Relaxed) && self.waiting().awaited == 0
    }

    /// Puts a question among those that wait, its id changed where another has it; `None` where
    /// all ids are awaited.
    fn enter(self: Arc<Self>, mut outgoing: Outgoing) -> Option<Entered> {
        let (done, arrival) = oneshot::channel();
        let mut waiting = self.waiting();
        let id = waiting.free_id(outgoing.id())?;
        outgoing.set_id(id);
        let outgoing = Arc::new(outgoing);
        waiting.awaited += 1;
        waiting.questions.insert(
            id,
            Question {
                outgoing: Arc::clone(&outgoing),
                done: Some(done),
                near_misses: 0,
            },
        );
        drop(waiting);
        Some((Ticket { socket: self, id }, outgoing, arrival))
    }

    fn arrived(&self, message: &[u8]) {
        let mut waiting = self.waiting();
        let id = u16_at(message, 0).unwrap_or_default();
        let found = waiting.questions.get(&id);
        let fits = found.map(|question| question.outgoing.compare(message));
        match fits {
            Some(Match::Answer) => {
                return waiting.conclude(id, Ok(Arrival::Answer(message.to_vec())));
            }
            Some(Match::OtherCase) => waiting.conclude(id, Ok(Arrival::OtherCase)),
            Some(Match::Foreign) => waiting.near_miss(id),
            None => {
                let about = |(id, question): (&u16, &Question)| {
                    question.outgoing.is_about(message).then_some(*id)
                };
                if let Some(id) = waiting.questions.iter().find_map(about) {
                    waiting.near_miss(id);
                }
            }
        }
        self.limits.stray.fetch_add(1, Ordering::Relaxed);
    }

    /// What the network says of the upstream (nobody listens there, no way) it says to all.
    fn failed(&self, error: &io::Error) {
        let mut waiting = self.waiting();
        let ids: Vec<u16> = waiting.questions.keys().copied().collect();
        for id in ids {
            waiting.conclude(id, Err(error.kind().into()));
        }
    }
}

/// The place of a question on its socket. Given back when nobody waits any more.
struct Ticket {
    socket: Arc<Socket>,
    id: u16,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut waiting = self.socket.waiting();
        let question = waiting.questions.get_mut(&self.id);
        if question.and_then(|question| question.done.take()).is_some() {
            waiting.awaited -= 1;
        }
        drop(waiting);
        if self.socket.is_done() {
            self.socket.wake.notify_one();
        }
    }
}

/// Reads a socket to its end: until it takes no more questions and none waits, at the latest some
/// seconds after that. Holding the socket open is this task's part; the pool only knows of it.
async fn read(socket: Arc<Socket>) {
    let mut buffer = vec![0; BUFFER];
    let mut closing = false;
    let end = sleep_until(socket.until);
    tokio::pin!(end);
    while !socket.is_done() {
        if socket.retired.load(Ordering::Relaxed) && !closing {
            closing = true;
            end.as_mut().reset(Instant::now() + GRACE);
        }
        tokio::select! {
            received = socket.udp.recv(&mut buffer) => match received {
                Ok(length) => socket.arrived(&buffer[..length]),
                Err(error) => socket.failed(&error),
            },
            () = socket.wake.notified() => {}
            () = &mut end => {
                if closing {
                    return;
                }
                socket.retired.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while one of these is held, and what they hold is whole either way.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::Name;

    /// A socket's book in which all ids but these are taken, each awaited or not.
    fn book(free: &[u16], awaited: bool) -> (Waiting, Vec<oneshot::Receiver<io::Result<Arrival>>>) {
        let key = Key {
            name: Name::from_text("hoc.vn").unwrap(),
            qtype: 1,
            dnssec_ok: false,
            checking_disabled: false,
            keeps_ech: false,
        };
        let outgoing = Arc::new(Outgoing::new(&key, 0, Style::DATAGRAM));
        let (mut waiting, mut kept) = (Waiting::default(), Vec::new());
        for id in (0..=u16::MAX).filter(|id| !free.contains(id)) {
            let (done, arrival) = oneshot::channel();
            kept.push(arrival);
            let question = Question {
                outgoing: Arc::clone(&outgoing),
                done: awaited.then_some(done),
                near_misses: 0,
            };
            waiting.questions.insert(id, question);
        }
        (waiting, kept)
    }

    #[test]
    fn the_last_free_id_is_found_and_a_full_socket_takes_no_more() {
        let (waiting, _kept) = book(&[40_123], true);
        assert_eq!(waiting.free_id(7), Some(40_123));
        assert_eq!(waiting.free_id(40_123), Some(40_123));
        let (full, _kept) = book(&[], true);
        assert_eq!(full.free_id(7), None);
    }

    #[test]
    fn a_free_id_goes_before_one_that_nobody_awaits_any_more() {
        let (waiting, _) = book(&[9], false);
        assert_eq!(waiting.free_id(7), Some(9));
        let (given_up, _) = book(&[], false);
        assert!(given_up.free_id(7).is_some());
    }
}
