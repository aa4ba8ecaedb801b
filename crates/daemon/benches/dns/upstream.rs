//! The Internet's stand-in: an upstream that answers any A, AAAA and HTTPS question at once with a
//! TTL of an hour, or, told to be silent, nothing at all.
//!
//! The generator serves it between its own packets, so that both share a core without waiting for
//! the scheduler; whenever no generator runs, a thread does. What comes over TCP, as dnsdist passes on
//! what came over DoT, is answered by a thread a connection: only caches are filled that way.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use lachan_sys::udp::{Batch, Options, Outgoing, bind};

use crate::packet::{A, AAAA, HEADER, HTTPS, MOST_ANSWER, question_end};

/// How often the thread looks while no generator runs.
const LOOK: Duration = Duration::from_micros(500);
/// TTL of every answer: an hour.
const TTL: [u8; 4] = 3600_u32.to_be_bytes();
/// The addresses of everything (RFC 5737, RFC 3849).
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 7);
const ADDRESS6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xDB8, 0, 0, 0, 0, 0, 7);

/// The stand-in, and the thread that serves it.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// Where questions are answered.
pub(crate) struct Desk {
    socket: UdpSocket,
    batch: Batch,
    outgoing: Outgoing,
    answers: Vec<Vec<u8>>,
    /// Questions that came.
    asked: u64,
    streams: Arc<Streams>,
}

/// What the threads of the connections share with the desk.
#[derive(Default)]
struct Streams {
    silent: AtomicBool,
    asked: AtomicU64,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let options = Options {
            receive_buffer: 4 << 20,
            ..Options::default()
        };
        // A port that is free over TCP, too.
        let (socket, listener) = (0..16)
            .find_map(|_| {
                let socket = bind((Ipv4Addr::LOCALHOST, 0).into(), &options).unwrap();
                let listener = TcpListener::bind(socket.local_addr().unwrap()).ok()?;
                Some((socket, listener))
            })
            .unwrap();
        socket.set_nonblocking(true).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = socket.local_addr().unwrap();
        let streams = Arc::new(Streams::default());
        let desk = Arc::new(Mutex::new(Desk {
            socket,
            batch: Batch::new(64, MOST_ANSWER),
            outgoing: Outgoing::new(64),
            answers: vec![Vec::new(); 64],
            asked: 0,
            streams: Arc::clone(&streams),
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (desk, stop) = (Arc::clone(&desk), Arc::clone(&stop));
            move || {
                while !stop.load(Ordering::Relaxed) {
                    lock(&desk).serve();
                    thread::sleep(LOOK);
                }
            }
        });
        let accepting = thread::spawn({
            let stop = Arc::clone(&stop);
            move || {
                while !stop.load(Ordering::Relaxed) {
                    while let Ok((stream, _)) = listener.accept() {
                        let streams = Arc::clone(&streams);
                        // It ends with its connection.
                        thread::spawn(move || streams.serve(stream));
                    }
                    thread::sleep(LOOK);
                }
            }
        });
        Self {
            address,
            desk,
            stop,
            threads: vec![thread, accepting],
        }
    }

    /// Takes over the desk from the thread.
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        lock(&self.desk)
    }

    /// Black-holes every question from now on, or no longer.
    pub(crate) fn set_silent(&self, silent: bool) {
        self.desk().streams.silent.store(silent, Ordering::Relaxed);
    }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    // Only a panic of the bench itself poisons it.
    desk.lock().unwrap()
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| {
            let _ = thread.join();
        });
    }
}

impl Streams {
    /// Answers the questions of a connection until it ends.
    fn serve(&self, mut stream: TcpStream) -> Option<()> {
        loop {
            let mut length = [0; 2];
            stream.read_exact(&mut length).ok()?;
            let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut query).ok()?;
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.silent.load(Ordering::Relaxed) {
                continue;
            }
            let mut answer = vec![0; 2];
            write_answer(&query, &mut answer);
            let length = u16::try_from(answer.len() - 2).ok()?;
            answer[..2].copy_from_slice(&length.to_be_bytes());
            stream.write_all(&answer).ok()?;
        }
    }
}

impl Desk {
    /// Questions that came until now.
    pub(crate) fn asked(&self) -> u64 {
        self.asked + self.streams.asked.load(Ordering::Relaxed)
    }

    /// Answers what is there.
    pub(crate) fn serve(&mut self) {
        let count = self.batch.receive(self.socket.as_fd()).unwrap();
        self.asked += count as u64;
        if count == 0 || self.streams.silent.load(Ordering::Relaxed) {
            return;
        }
        for (message, answer) in self.batch.messages().zip(&mut self.answers) {
            answer.clear();
            write_answer(message.bytes, answer);
        }
        let answers = self.batch.messages().zip(&self.answers);
        let answers = answers
            .filter(|(_, answer)| !answer.is_empty())
            .map(|(message, answer)| (&answer[..], message.peer, message.route));
        self.outgoing.send(self.socket.as_fd(), answers).unwrap();
    }
}

/// Writes the answer to a query; nothing for what is none.
fn write_answer(query: &[u8], out: &mut Vec<u8>) {
    let Some(end) = question_end(query) else {
        return;
    };
    let kind = u16::from_be_bytes([query[end - 4], query[end - 3]]);
    let (has_opt, start) = (query[11] != 0, out.len());
    out.extend_from_slice(&query[..2]);
    // An answer, recursion desired and available.
    out.extend_from_slice(&[0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, u8::from(has_opt)]);
    out.extend_from_slice(&query[HEADER..end]);
    match kind {
        A => record(kind, &ADDRESS.octets(), out),
        AAAA => record(kind, &ADDRESS6.octets(), out),
        // 1 . alpn="h2"
        HTTPS => record(kind, &[0, 1, 0, 0, 1, 0, 3, 2, b'h', b'2'], out),
        // No such record; without a SOA, as many real servers say it.
        _ => out[start + 7] = 0,
    }
    if has_opt {
        out.extend_from_slice(&[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    }
}

fn record(kind: u16, data: &[u8], out: &mut Vec<u8>) {
    // The name of the question, by a pointer.
    out.extend_from_slice(&[0xC0, 12]);
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&[0, 1]);
    out.extend_from_slice(&TTL);
    out.extend_from_slice(&[0, u8::try_from(data.len()).unwrap()]);
    out.extend_from_slice(data);
}
