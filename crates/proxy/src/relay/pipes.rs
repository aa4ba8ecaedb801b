//! Pipes through which the kernel moves bytes from one socket to another.
//!
//! A user without privileges may hold about 16,384 pages of pipes (`pipe-user-pages-soft`); beyond
//! that new ones hold one or two pages. So pipes are lent only while bytes are in them, and the pool
//! keeps few.

use std::os::fd::OwnedFd;

use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};

/// How much a pipe is asked to hold: four times what it holds by itself, which saves calls.
const WANTED: usize = 256 * 1024;
/// The most empty pipes that are kept, by a thread.
const KEPT: usize = 16;

/// Two ends, with nothing in between while nobody has it.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) out: OwnedFd,
    pub(crate) into: OwnedFd,
    /// Bytes in it.
    pub(crate) held: usize,
    /// How much it takes.
    pub(crate) room: usize,
}

/// Empty pipes.
#[derive(Debug, Default)]
pub(crate) struct Pipes {
    empty: Vec<Pipe>,
}

impl Pipes {
    /// An empty pipe; `None` where the system gives none.
    pub(crate) fn take(&mut self) -> Option<Pipe> {
        if let Some(pipe) = self.empty.pop() {
            return Some(pipe);
        }
        let (out, into) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).ok()?;
        // What the limit of the user leaves is enough.
        let _ = fcntl_setpipe_size(&into, WANTED);
        let room = rustix::pipe::fcntl_getpipe_size(&into).ok()?;
        Some(Pipe {
            out,
            into,
            held: 0,
            room,
        })
    }

    /// Takes a pipe back. One that still holds bytes is closed with them.
    pub(crate) fn give_back(&mut self, pipe: Pipe) {
        if pipe.held == 0 && self.empty.len() < KEPT {
            self.empty.push(pipe);
        }
    }
}
