//! The servers that clients want: one thread, answering every hello with as much as its name says.
//!
//! `d….sites.example.net` is answered with 128 bytes, `bulk.sites.example.net` with bytes without end,
//! `held.sites.example.net` with one byte.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, accept_with, bind, getsockname,
    listen, recv, send, socket_with, sockopt,
};
use rustix::thread::set_thread_uid;

use crate::peers;

/// Where they are.
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 9, 0, 1);
/// What an ordinary hello is answered with.
pub(crate) const ANSWER: usize = 128;
/// Offset of the name's first letter in the clients' hello.
pub(crate) const NAME_AT: usize = 123;

/// The servers, in a thread of their own.
pub(crate) struct Sites {
    port: u16,
}

impl Sites {
    pub(crate) fn start() -> Self {
        // The gate listens on all addresses of the same port, which the kernel allows to sockets of one user
        // (socket(7), SO_REUSEPORT); who listens on one of the addresses goes first.
        let door = thread::spawn(|| {
            if let Some(user) = peers::service_user() {
                set_thread_uid(user).unwrap();
            }
            open_door()
        })
        .join()
        .unwrap();
        let port = SocketAddr::try_from(getsockname(&door).unwrap())
            .unwrap()
            .port();
        thread::spawn(move || serve(&door));
        Self { port }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn open_door() -> OwnedFd {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let door = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
    sockopt::set_socket_reuseaddr(&door, true).unwrap();
    sockopt::set_socket_reuseport(&door, true).unwrap();
    bind(&door, &SocketAddr::new(ADDRESS.into(), 0)).unwrap();
    listen(&door, 4096).unwrap();
    door
}

struct Visit {
    socket: OwnedFd,
    read: usize,
    is_bulk: bool,
}

fn serve(door: &OwnedFd) {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    let key = epoll::EventData::new_u64(u64::MAX);
    epoll::add(&epoll, door, key, epoll::EventFlags::IN).unwrap();
    let mut visits: Vec<Option<Visit>> = Vec::new();
    let mut free = Vec::new();
    let mut events = Vec::with_capacity(256);
    let block = vec![7_u8; 256 * 1024];
    loop {
        events.clear();
        let _ = epoll::wait(&epoll, spare_capacity(&mut events), None);
        for event in events.drain(..) {
            if event.data.u64() == u64::MAX {
                let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
                while let Ok(socket) = accept_with(door, flags) {
                    let index = free.pop().unwrap_or_else(|| {
                        visits.push(None);
                        visits.len() - 1
                    });
                    let flags = epoll::EventFlags::IN
                        | epoll::EventFlags::OUT
                        | epoll::EventFlags::RDHUP
                        | epoll::EventFlags::ET;
                    epoll::add(
                        &epoll,
                        &socket,
                        epoll::EventData::new_u64(index as u64),
                        flags,
                    )
                    .unwrap();
                    visits[index] = Some(Visit {
                        socket,
                        read: 0,
                        is_bulk: false,
                    });
                }
                continue;
            }
            let index = event.data.u64() as usize;
            let goes_on = visits[index]
                .as_mut()
                .is_some_and(|visit| visit.run(&block));
            if !goes_on && visits[index].take().is_some() {
                free.push(index);
            }
        }
    }
}

impl Visit {
    fn say(&self, bytes: &[u8]) {
        // A client that is gone is seen when it is read.
        let _ = send(&self.socket, bytes, SendFlags::NOSIGNAL);
    }

    /// Whether it goes on.
    fn run(&mut self, block: &[u8]) -> bool {
        let mut buffer = [0; 2048];
        loop {
            match recv(&self.socket, &mut buffer, RecvFlags::empty()) {
                Ok((0, _)) => return false,
                Ok((count, _)) => {
                    let had = self.read;
                    self.read += count;
                    if had == 0 && count > NAME_AT {
                        match buffer[NAME_AT] {
                            b'b' => self.is_bulk = true,
                            b'h' => self.say(b"!"),
                            _ => {
                                self.say(&block[..ANSWER]);
                            }
                        }
                    }
                }
                Err(rustix::io::Errno::AGAIN) => break,
                Err(_) => return false,
            }
        }
        if !self.is_bulk {
            return true;
        }
        loop {
            match send(&self.socket, block, SendFlags::NOSIGNAL) {
                Ok(_) => {}
                Err(rustix::io::Errno::AGAIN) => return true,
                Err(_) => return false,
            }
        }
    }
}
