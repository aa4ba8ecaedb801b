//! A netlink socket: asks, and hears of changes.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recvfrom, send,
    socket_with, sockopt,
};

use super::message::{self, Message};

/// Of which changes a socket hears (`RTMGRP_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hear {
    /// Of none: it is to ask with.
    Nothing,
    /// Of interfaces and their addresses.
    Links,
    /// Of these and the neighbour table.
    LinksAndNeighbours,
}

impl Hear {
    const fn groups(self) -> u32 {
        match self {
            Self::Nothing => 0,
            Self::Links => 1 | ADDRESSES,
            Self::LinksAndNeighbours => 1 | 4 | ADDRESSES,
        }
    }
}

/// `RTMGRP_IPV4_IFADDR` and `RTMGRP_IPV6_IFADDR`.
const ADDRESSES: u32 = 0x10 | 0x100;

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// All interfaces.
    Links,
    /// All addresses of this machine.
    Addresses,
    /// The whole neighbour table.
    Neighbours,
    /// The way to an address.
    Way(IpAddr),
}

/// The kernel's messages fit 32 KiB (`NLMSG_GOODSIZE` and what a dump uses).
const BUFFER: usize = 32 << 10;
/// Changes that may wait to be read. When more come, the kernel says so and all is asked again.
const WAITING: usize = 1 << 20;
/// How often an answer that changed under way is asked for again.
const TRIES: usize = 4;
/// How long an answer may take; the kernel's come at once.
const PATIENCE: Timespec = Timespec {
    tv_sec: 5,
    tv_nsec: 0,
};

/// A netlink socket.
pub(crate) struct Socket {
    socket: OwnedFd,
    buffer: Box<[u8]>,
}

impl Socket {
    /// Opens one.
    ///
    /// # Errors
    /// When the kernel gives none (a sandbox without `AF_NETLINK`).
    pub(crate) fn open(hear: Hear) -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        // No protocol is number 0, which is NETLINK_ROUTE.
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
        // A smaller buffer only means to ask again more often.
        let _ = sockopt::set_socket_recv_buffer_size(&socket, WAITING);
        bind(&socket, &SocketAddrNetlink::new(0, hear.groups()))?;
        Ok(Self {
            socket,
            buffer: vec![0; BUFFER].into(),
        })
    }

    /// Asks, and hands on what is answered, changes that are heard of meanwhile among it. An
    /// answer that was interrupted is given again from its beginning.
    ///
    /// # Errors
    /// When the kernel refuses, or answers nothing.
    pub(crate) fn ask(&mut self, ask: &Ask, take: &mut dyn FnMut(Message)) -> io::Result<()> {
        let (request, is_dump) = match ask {
            Ask::Links => (message::all_links(), true),
            Ask::Addresses => (message::all_addresses(), true),
            Ask::Neighbours => (message::all_neighbours(), true),
            Ask::Way(address) => (message::route_to(*address), false),
        };
        for _ in 0..TRIES {
            send(&self.socket, &request, SendFlags::empty())?;
            if self.answered(is_dump, take)? {
                return Ok(());
            }
        }
        // Always some change: what was read is as good as it gets, and changes are heard of.
        Ok(())
    }

    /// Reads to the end of an answer; whether it was consistent.
    fn answered(&mut self, is_dump: bool, take: &mut dyn FnMut(Message)) -> io::Result<bool> {
        let (mut is_done, mut is_whole, mut failed) = (false, true, None);
        while !is_done {
            self.wait()?;
            let read = self.read(&mut |message| match message {
                Message::Done => is_done = true,
                Message::Interrupted => is_whole = false,
                Message::Failed(code) => (is_done, failed) = (true, Some(code)),
                message => {
                    is_done |= !is_dump && matches!(message, Message::Route { .. });
                    take(message);
                }
            });
            match read {
                // Changes that came meanwhile are lost; the rest of the answer still comes.
                Err(error) if is_overrun(&error) => is_whole = false,
                read => read?,
            }
        }
        match failed.filter(|code| *code != 0) {
            Some(code) => Err(io::Error::from_raw_os_error(code)),
            None => Ok(is_whole),
        }
    }

    fn wait(&self) -> io::Result<()> {
        let mut waiting = [PollFd::new(&self.socket, PollFlags::IN)];
        match poll(&mut waiting, Some(&PATIENCE)) {
            Ok(0) => Err(io::ErrorKind::TimedOut.into()),
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Hands on all that waits, and does not wait itself.
    ///
    /// # Errors
    /// `ENOBUFS` when changes were lost, see [`is_overrun`]; else when the socket is broken.
    pub(crate) fn read(&mut self, take: &mut dyn FnMut(Message)) -> io::Result<()> {
        loop {
            let (length, from) =
                match recvfrom(&self.socket, &mut self.buffer[..], RecvFlags::empty()) {
                    Ok((length, _, from)) => (length, from),
                    Err(Errno::WOULDBLOCK) => return Ok(()),
                    Err(Errno::INTR) => continue,
                    Err(error) => return Err(error.into()),
                };
            // Only the kernel has the number 0; others may send, but are not heard.
            let from = from.and_then(|from| SocketAddrNetlink::try_from(from).ok());
            if from.is_some_and(|from| from.pid() == 0) {
                message::read(&self.buffer[..length], take);
            }
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Whether changes were lost because too many came at once: everything has to be asked again.
pub(crate) fn is_overrun(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error())
}
