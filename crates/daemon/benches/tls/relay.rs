//! The limit: a relay that looks at nothing. One thread, one epoll, two pipes a connection, splice(2)
//! both ways.

use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::net::{
    AddressFamily, SocketFlags, SocketType, accept_with, bind, connect, listen, socket_with,
    sockopt,
};
use rustix::pipe::{PipeFlags, SpliceFlags, pipe_with, splice};

/// Where it relays to: the port after its own, on the sites' address.
pub(crate) fn target(of: SocketAddr) -> SocketAddr {
    let port = std::env::var("LACHAN_BENCH_SITE").ok();
    let port = port
        .and_then(|port| port.parse().ok())
        .unwrap_or_else(|| of.port());
    SocketAddr::new(crate::sites::ADDRESS.into(), port)
}

struct Pair {
    ends: [OwnedFd; 2],
    pipes: [(OwnedFd, OwnedFd); 2],
    held: [usize; 2],
}

/// Relays until it is killed.
pub(crate) fn run(address: SocketAddr) {
    let target = target(address);
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let door = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
    sockopt::set_socket_reuseaddr(&door, true).unwrap();
    bind(&door, &address).unwrap();
    listen(&door, 1024).unwrap();
    let key = epoll::EventData::new_u64(u64::MAX);
    epoll::add(&epoll, &door, key, epoll::EventFlags::IN).unwrap();
    let mut pairs: Vec<Option<Pair>> = Vec::new();
    let mut events = Vec::with_capacity(256);
    loop {
        events.clear();
        let _ = epoll::wait(&epoll, spare_capacity(&mut events), None);
        for event in events.drain(..) {
            if event.data.u64() != u64::MAX {
                let index = event.data.u64() as usize;
                if let Some(pair) = &mut pairs[index]
                    && !pair.run()
                {
                    pairs[index] = None;
                }
                continue;
            }
            while let Ok(client) = accept_with(&door, flags) {
                let server =
                    socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap();
                let _ = connect(&server, &target);
                let pipe = || pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC).unwrap();
                let pair = Pair {
                    ends: [client, server],
                    pipes: [pipe(), pipe()],
                    held: [0; 2],
                };
                let index = pairs
                    .iter()
                    .position(Option::is_none)
                    .unwrap_or(pairs.len());
                if index == pairs.len() {
                    pairs.push(None);
                }
                for end in &pair.ends {
                    let flags =
                        epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
                    epoll::add(&epoll, end, epoll::EventData::new_u64(index as u64), flags)
                        .unwrap();
                }
                pairs[index] = Some(pair);
            }
        }
    }
}

impl Pair {
    /// Moves what can be moved. Whether it goes on.
    fn run(&mut self) -> bool {
        (0..2).all(|way| {
            let (from, to) = (self.ends[way].as_fd(), self.ends[1 - way].as_fd());
            let (out, into) = &self.pipes[way];
            move_all(from, to, out.as_fd(), into.as_fd(), &mut self.held[way])
        })
    }
}

fn move_all(
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    out: BorrowedFd<'_>,
    into: BorrowedFd<'_>,
    held: &mut usize,
) -> bool {
    use rustix::io::Errno;
    let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
    loop {
        if *held == 0 {
            match splice(from, None, into, None, 1 << 16, flags) {
                Ok(0) => return false,
                Ok(count) => *held = count,
                Err(Errno::AGAIN | Errno::NOTCONN) => return true,
                Err(_) => return false,
            }
        }
        match splice(out, None, to, None, *held, flags) {
            Ok(count) => *held -= count,
            Err(Errno::AGAIN) => return true,
            Err(_) => return false,
        }
    }
}
