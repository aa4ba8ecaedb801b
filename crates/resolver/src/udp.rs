//! Plain DNS over UDP: threads of our own, each with a socket of its own on every address.
//!
//! ```text
//!  recvmmsg ─► read each ─► touch all ─► serve each ─► sendmmsg
//!   (batch)                                  │ waits for an upstream
//!                                            ▼
//!                         bounded queue ─► tokio task ─► Engine::finish ─► sendmsg
//! ```
//!
//! The kernel spreads clients over the sockets (SO_REUSEPORT), so threads share nothing but the
//! engine. A thread blocks in the kernel alone: it never waits for an upstream, a lock or a disk.
//! What has to wait goes over a bounded queue; when that is full its client is told at once.
//!
//! Batches form by themselves: under load the next queries are there when the last ones are
//! answered. Alone, a query is answered as soon as it comes.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lachan_policy::ruleset::Probe;
use lachan_sys::answer_at_once;
use lachan_sys::udp::{Batch, Outgoing, Received, Route, send_one};
use tokio::sync::mpsc;

use crate::client::Client;
use crate::engine::{Engine, Lane, Step, Waiting};
use crate::wire::query::Transport;

/// Messages taken at once. More gain nothing (16, 32 and 64 were tried) and delay the first answer.
const BATCH: usize = 32;
/// Bytes read of a message. A query is a name and a few options; the longest that any resolver we
/// know sends has under 600. What is longer is cut by the kernel and answered FORMERR.
const MESSAGE: usize = 1280;
/// How often a thread that has nothing to do looks whether it should end.
pub(crate) const LOOK: Duration = Duration::from_millis(250);
/// Queries that may wait for a task to take them up.
const QUEUE: usize = 1024;
/// Bytes of an answer buffer at the start; it grows to the longest answer.
const ANSWER: usize = 512;

/// The threads of one address.
pub(crate) struct UdpThreads {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<io::Result<()>>>,
}

/// A query on its way to the slow path, and the way back to its client.
struct Miss {
    waiting: Box<Waiting>,
    socket: Arc<UdpSocket>,
    peer: SocketAddr,
    route: Route,
}

impl UdpThreads {
    /// Begins to answer on sockets of one address. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(sockets: Vec<UdpSocket>, engine: &Arc<Engine>) -> io::Result<Self> {
        let (misses, queue) = mpsc::channel(QUEUE);
        tokio::spawn(finish_misses(queue, Arc::clone(engine)));
        let mut threads = Self {
            stop: Arc::default(),
            threads: Vec::new(),
        };
        for socket in sockets {
            let server = Server::new(socket, engine, &misses);
            let stop = Arc::clone(&threads.stop);
            let thread = thread::Builder::new()
                .name("lachan-udp".into())
                .spawn(move || server.run(&stop))?;
            threads.threads.push(thread);
        }
        Ok(threads)
    }

    /// Whether one of the threads has ended, which none does unless it is told to or its socket fails.
    pub(crate) fn has_ended(&self) -> bool {
        self.threads.iter().any(JoinHandle::is_finished)
    }

    /// Tells the threads to end, and waits until they have: at most [`LOOK`].
    ///
    /// # Errors
    /// How the first of them failed.
    pub(crate) fn stop(&mut self) -> io::Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.threads.drain(..).map(|thread| {
            let failed = |_| io::Error::other("a thread that answers DNS over UDP has failed");
            thread.join().map_err(failed).flatten()
        });
        ended.collect()
    }
}

impl Drop for UdpThreads {
    fn drop(&mut self) {
        // Whoever wants to know how they ended calls `stop`.
        let _ = self.stop();
    }
}

/// One thread's socket and everything it uses again and again.
struct Server {
    socket: Arc<UdpSocket>,
    /// The one address of ours that the socket is bound to.
    here: Option<IpAddr>,
    engine: Arc<Engine>,
    misses: mpsc::Sender<Miss>,
    batch: Batch,
    lanes: Box<[Lane]>,
    probes: [Probe; BATCH],
    answers: Vec<Vec<u8>>,
    /// Where the answers go, as many as there are.
    ways: Vec<(SocketAddr, Route)>,
    outgoing: Outgoing,
}

impl Server {
    fn new(socket: UdpSocket, engine: &Arc<Engine>, misses: &mpsc::Sender<Miss>) -> Self {
        let here = socket.local_addr().ok().map(|address| address.ip());
        let here = here.filter(|address| !address.is_unspecified());
        Self {
            here,
            socket: Arc::new(socket),
            engine: Arc::clone(engine),
            misses: misses.clone(),
            // Answers leave from the one address anyway, and cost less without a word about it.
            batch: match here {
                Some(_) => Batch::new(BATCH, MESSAGE).without_local(),
                None => Batch::new(BATCH, MESSAGE),
            },
            lanes: [const { Lane::new() }; BATCH].into(),
            probes: [Probe::default(); BATCH],
            answers: (0..BATCH).map(|_| Vec::with_capacity(ANSWER)).collect(),
            ways: Vec::with_capacity(BATCH),
            outgoing: Outgoing::new(BATCH),
        }
    }

    fn run(mut self, stop: &AtomicBool) -> io::Result<()> {
        if let Err(error) = answer_at_once() {
            tracing::debug!(%error, "the thread's turns stay as long as others'");
        }
        while !stop.load(Ordering::Relaxed) {
            if self.batch.receive(self.socket.as_fd())? > 0 {
                self.answer();
                self.send()?;
            }
        }
        Ok(())
    }

    /// Answers what was received, as far as it needs nobody else.
    fn answer(&mut self) {
        let snapshot = self.engine.snapshot();
        self.ways.clear();
        let mut count = 0;
        let places = self.lanes.iter_mut().zip(&mut self.probes);
        for (message, (lane, probe)) in self.batch.messages().zip(places) {
            let client = client(&message, self.here);
            let bytes = message.bytes;
            self.engine.read(&snapshot, bytes, client, lane, probe);
            count += 1;
        }
        let (lanes, probes) = (&self.lanes[..count], &mut self.probes[..count]);
        snapshot.touch(probes);
        lanes.iter().for_each(|lane| self.engine.prefetch(lane));
        let lanes = lanes.iter().zip(&*probes);
        for (message, (lane, probe)) in self.batch.messages().zip(lanes) {
            let way = (message.peer, message.route);
            let out = &mut self.answers[self.ways.len()];
            match self
                .engine
                .serve(&snapshot, message.bytes, lane, probe, out)
            {
                Step::Answered => self.ways.push(way),
                Step::Silence => {}
                Step::Ask(waiting) => {
                    let miss = Miss {
                        waiting,
                        socket: Arc::clone(&self.socket),
                        peer: way.0,
                        route: way.1,
                    };
                    if let Err(refused) = self.misses.try_send(miss) {
                        let waiting = refused.into_inner().waiting;
                        self.engine.turn_away(&waiting, out);
                        self.ways.push(way);
                    }
                }
            }
        }
    }

    fn send(&mut self) -> io::Result<()> {
        let answers = self.answers.iter().zip(&self.ways);
        let answers = answers.map(|(answer, (peer, route))| (&answer[..], *peer, *route));
        let sent = self.outgoing.send(self.socket.as_fd(), answers)?;
        self.engine.counters().unsent(sent.refused);
        Ok(())
    }
}

/// Who sent a message.
#[inline]
fn client(message: &Received<'_>, here: Option<IpAddr>) -> Client {
    let client = Client::new(message.peer.ip(), Transport::Udp);
    let client = client.on_interface(message.route.interface);
    message
        .route
        .local
        .or(here)
        .map_or(client, |here| client.at(here))
}

/// Takes up the queries that wait for an upstream, each as a task of its own.
async fn finish_misses(mut queue: mpsc::Receiver<Miss>, engine: Arc<Engine>) {
    while let Some(miss) = queue.recv().await {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move {
            let mut answer = Vec::with_capacity(ANSWER);
            engine.finish(&miss.waiting, &mut answer).await;
            // An answer that cannot be sent is asked for again.
            if send_one(miss.socket.as_fd(), &answer, miss.peer, miss.route).is_err() {
                engine.counters().unsent(1);
            }
        });
    }
}
