//! Clients: many at once, each saying a hello and waiting for its answer.

use std::io::Read as _;
use std::net::TcpStream;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
    sockopt,
};

use crate::peers::Peer;
use crate::sites::{ANSWER, NAME_AT, Sites};

/// Connections at a time.
const PARALLEL: usize = 32;
/// Open relays of one device.
const OF_ONE_DEVICE: usize = 250;
/// Different names.
const NAMES: usize = 1000;
/// Bytes of a hello, as browsers send them.
const HELLO: usize = 519;

/// What clients do.
pub(crate) struct Clients;

struct Visit {
    socket: OwnedFd,
    said: bool,
    heard: usize,
}

impl Clients {
    /// Connects, one after another in each of the places, for so long. Says how often.
    pub(crate) fn connect_for(peer: &Peer, time: Duration, _: &mut Sites) -> usize {
        let hellos: Vec<_> = (0..NAMES)
            .map(|n| hello(&format!("d{n:03}.sites.example.net")))
            .collect();
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        let mut visits: Vec<Option<Visit>> = (0..PARALLEL).map(|_| None).collect();
        let mut done = 0;
        let end = Instant::now() + time;
        let mut next = 0;
        for (index, place) in visits.iter_mut().enumerate() {
            *place = Some(begin(peer, &epoll, index));
        }
        let mut events = Vec::with_capacity(PARALLEL * 2);
        while Instant::now() < end {
            events.clear();
            let wait = Timespec {
                tv_sec: 1,
                tv_nsec: 0,
            };
            epoll::wait(&epoll, spare_capacity(&mut events), Some(&wait)).unwrap();
            assert!(!events.is_empty(), "{} does not answer", peer.kind.name());
            for event in events.drain(..) {
                let index = event.data.u64() as usize;
                let Some(visit) = &mut visits[index] else {
                    continue;
                };
                if !visit.said {
                    let flags = event.flags;
                    if flags.contains(epoll::EventFlags::OUT) {
                        peer.greet(&visit.socket);
                        send(&visit.socket, &hellos[next % NAMES], SendFlags::NOSIGNAL).unwrap();
                        next += 1;
                        visit.said = true;
                    }
                    continue;
                }
                let mut buffer = [0; 1024];
                match recv(&visit.socket, &mut buffer, RecvFlags::empty()) {
                    Ok((0, _)) => panic!("{} closed a connection", peer.kind.name()),
                    Ok((count, _)) => visit.heard += count,
                    Err(rustix::io::Errno::AGAIN) => continue,
                    Err(error) => panic!("{}: {error}", peer.kind.name()),
                }
                if visit.heard >= ANSWER + peer.greeting() {
                    done += 1;
                    reset(visits[index].take().unwrap().socket);
                    visits[index] = Some(begin(peer, &epoll, index));
                }
            }
        }
        for visit in visits.into_iter().flatten() {
            reset(visit.socket);
        }
        done
    }

    /// Takes bytes over so many connections for so long. Says how many.
    pub(crate) fn load_for(peer: &Peer, time: Duration, _: &mut Sites, count: usize) -> u64 {
        let hello = hello("bulk.sites.example.net");
        let mut streams: Vec<_> = (0..count).map(|_| peer.open(&hello)).collect();
        for stream in &streams {
            stream.set_nonblocking(true).unwrap();
        }
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        for (index, stream) in streams.iter().enumerate() {
            let key = epoll::EventData::new_u64(index as u64);
            epoll::add(&epoll, stream, key, epoll::EventFlags::IN).unwrap();
        }
        let mut total = 0;
        let mut buffer = vec![0; 256 * 1024];
        let mut events = Vec::with_capacity(count);
        let end = Instant::now() + time;
        while Instant::now() < end {
            events.clear();
            epoll::wait(&epoll, spare_capacity(&mut events), None).unwrap();
            for event in events.drain(..) {
                if let Ok(count) = streams[event.data.u64() as usize].read(&mut buffer) {
                    total += count as u64;
                }
            }
        }
        total
    }

    /// Connects so often a second; gives the 99th percentile of the time to the answer, in ms.
    pub(crate) fn paced(peer: &Peer, time: Duration, _: &mut Sites, rate: f64) -> f64 {
        let hello = hello("d000.sites.example.net");
        let begun = Instant::now();
        let mut taken = Vec::new();
        let mut number = 0.0;
        while begun.elapsed() < time {
            let due = Duration::from_secs_f64(number / rate);
            number += 1.0;
            if let Some(wait) = due.checked_sub(begun.elapsed()) {
                std::thread::sleep(wait);
            }
            let start = Instant::now();
            let mut stream = peer.open(&hello);
            let mut heard = 0;
            let mut buffer = [0; 1024];
            while heard < ANSWER {
                heard += stream.read(&mut buffer).unwrap();
            }
            taken.push(start.elapsed().as_secs_f64() * 1e3);
            reset(stream.into());
        }
        taken.sort_by(f64::total_cmp);
        taken[taken.len() * 99 / 100]
    }

    /// Opens so many relays and keeps them.
    pub(crate) fn hold(peer: &Peer, count: usize, _: &mut Sites) -> Vec<TcpStream> {
        let hello = hello("held.sites.example.net");
        (0..count)
            .map(|number| {
                // Of many devices: none may have more than its share.
                let device = u8::try_from(number / OF_ONE_DEVICE % 200).unwrap();
                let mut stream = peer.open_from([127, 1, 0, device + 1].into(), &hello);
                stream.read_exact(&mut [0]).unwrap();
                stream
            })
            .collect()
    }
}

fn begin(peer: &Peer, epoll: &OwnedFd, index: usize) -> Visit {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
    let _ = connect(&socket, &peer.address);
    let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
    epoll::add(
        epoll,
        &socket,
        epoll::EventData::new_u64(index as u64),
        flags,
    )
    .unwrap();
    Visit {
        socket,
        said: false,
        heard: 0,
    }
}

/// Closes without leaving the kernel anything to remember.
fn reset(socket: OwnedFd) {
    let _ = sockopt::set_socket_linger(socket.as_fd(), Some(Duration::ZERO));
}

/// A ClientHello with the sizes that a browser's has.
fn hello(name: &str) -> Vec<u8> {
    let name = name.as_bytes();
    let mut body = vec![3, 3];
    body.extend([9; 32]);
    body.push(32);
    body.extend([7; 32]);
    body.extend([0, 32]);
    body.extend((0..16).flat_map(|n| [0x13, n]));
    body.extend([1, 0]);
    let mut sni = vec![0, 0];
    sni.extend((name.len() as u16 + 5).to_be_bytes());
    sni.extend((name.len() as u16 + 3).to_be_bytes());
    sni.push(0);
    sni.extend((name.len() as u16).to_be_bytes());
    sni.extend(name);
    let alpn = [
        0, 16, 0, 14, 0, 12, 2, b'h', b'2', 8, b'h', b't', b't', b'p', b'/', b'1', b'.', b'1',
    ];
    // Everything else as one padding extension (RFC 7685).
    let so_far = 9 + body.len() + 2 + sni.len() + alpn.len() + 4;
    let padding = HELLO - so_far;
    let mut extensions = sni;
    extensions.extend(alpn);
    extensions.extend([0, 21]);
    extensions.extend((padding as u16).to_be_bytes());
    extensions.extend(std::iter::repeat_n(0, padding));
    body.extend((extensions.len() as u16).to_be_bytes());
    body.extend(extensions);
    let mut wire = vec![22, 3, 1];
    wire.extend((body.len() as u16 + 4).to_be_bytes());
    wire.push(1);
    wire.extend(&(body.len() as u32).to_be_bytes()[1..]);
    wire.extend(body);
    assert_eq!(wire.len(), HELLO);
    assert_eq!(wire[NAME_AT], name[0], "the name stands elsewhere");
    wire
}
