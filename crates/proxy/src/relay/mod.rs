//! Bytes from one socket to another and back, without looking at them.
//!
//! ```text
//!  socket ─► buffer of the thread ─► socket     little at a time: two calls
//!  socket ─► pipe of the pool ─────► socket     much: splice(2), nothing is copied to us
//! ```
//!
//! What a socket does not take waits in a box or in the pipe, and the other side is not read
//! meanwhile. An idle relay holds neither, so ten thousand of them cost little.

mod pipes;

use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};
use rustix::pipe::{SpliceFlags, splice};

pub(crate) use pipes::{Pipe, Pipes};

/// What is read at once without a pipe. A read that fills it shows that there is more.
const BUFFER: usize = 16 * 1024;
/// A splice of less is as well done by reading and writing.
const WORTH_SPLICING: usize = 8 * 1024;
/// How much one side may move before the others have their turn.
const TURN: usize = 1024 * 1024;

/// What the relays of a thread share.
pub(crate) struct Tools {
    buffer: Box<[u8]>,
    pipes: Pipes,
}

impl Tools {
    pub(crate) fn new() -> Self {
        Self {
            buffer: vec![0; BUFFER].into_boxed_slice(),
            pipes: Pipes::default(),
        }
    }
}

/// One direction of a relay.
#[derive(Debug, Default)]
pub(crate) struct Direction {
    /// Bytes that were read and are not yet written, and how many of them are.
    pending: Option<(Box<[u8]>, usize)>,
    /// The same in a pipe.
    pipe: Option<Pipe>,
    /// Much is coming: use a pipe.
    is_bulk: bool,
    /// The kernel said that the sender has said all, so reading goes on until that is seen.
    will_end: bool,
    /// The sender has said all.
    is_read_out: bool,
    /// The receiver was told.
    is_closed: bool,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Nothing more to do until the kernel says that something changed. Whether bytes moved.
    Wait { moved: bool },
    /// There is more to do, but it is the turn of others.
    Again,
    /// This direction is over.
    Over,
    /// The connection is broken.
    Broken,
}

impl Direction {
    /// A direction that begins with bytes that were read already.
    pub(crate) fn with(bytes: Vec<u8>) -> Self {
        let pending = (!bytes.is_empty()).then(|| (bytes.into_boxed_slice(), 0));
        Self {
            pending,
            ..Self::default()
        }
    }

    /// Whether nothing more will come this way.
    pub(crate) fn is_over(&self) -> bool {
        self.is_closed
    }

    /// Notes that the sender has said all, though not all of it was read.
    pub(crate) fn will_end(&mut self) {
        self.will_end = true;
    }

    /// Moves what can be moved.
    pub(crate) fn run(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        tools: &mut Tools,
    ) -> Turn {
        if self.is_closed {
            return Turn::Wait { moved: false };
        }
        match self.moves(from, to, tools) {
            Ok(turn) => turn,
            Err(_) => Turn::Broken,
        }
    }

    /// Writes what waits, and reads nothing: for who knows that there is nothing.
    pub(crate) fn flush(&mut self, to: BorrowedFd<'_>, tools: &mut Tools) -> Turn {
        match self.write_out(to, tools) {
            Ok(count) => Turn::Wait { moved: count > 0 },
            Err(_) => Turn::Broken,
        }
    }

    /// Whether it waits for the receiver to take more.
    pub(crate) fn holds(&self) -> bool {
        self.pending.is_some() || self.pipe.is_some()
    }

    /// Gives what it holds back.
    pub(crate) fn release(&mut self, tools: &mut Tools) {
        if let Some(pipe) = self.pipe.take() {
            tools.pipes.give_back(pipe);
        }
    }

    fn moves(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        tools: &mut Tools,
    ) -> Result<Turn, Errno> {
        let mut moved = 0;
        loop {
            // What was read is written first.
            moved += self.write_out(to, tools)?;
            if self.holds() {
                return Ok(Turn::Wait { moved: moved > 0 });
            }
            if self.is_read_out {
                self.is_closed = true;
                let _ = shutdown(to, Shutdown::Write);
                return Ok(Turn::Over);
            }
            if moved >= TURN {
                return Ok(Turn::Again);
            }
            match self.read(from, to, tools)? {
                Read::Some(count) => moved += count,
                Read::Last(count) => {
                    moved += count;
                    if !self.is_read_out {
                        return Ok(Turn::Wait { moved: moved > 0 });
                    }
                }
            }
            if self.holds() {
                return Ok(Turn::Wait { moved: moved > 0 });
            }
        }
    }

    /// Writes what waits. Says how much it wrote.
    fn write_out(&mut self, to: BorrowedFd<'_>, tools: &mut Tools) -> Result<usize, Errno> {
        let mut moved = 0;
        if let Some((bytes, written)) = &mut self.pending {
            moved = write(to, &bytes[*written..])?;
            *written += moved;
            if *written == bytes.len() {
                self.pending = None;
            }
        }
        if let Some(mut pipe) = self.pipe.take() {
            moved += drain(&mut pipe, to)?;
            if pipe.held > 0 {
                self.pipe = Some(pipe);
            } else {
                tools.pipes.give_back(pipe);
            }
        }
        Ok(moved)
    }

    fn read(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        tools: &mut Tools,
    ) -> Result<Read, Errno> {
        if self.is_bulk
            && let Some(pipe) = tools.pipes.take()
        {
            return self.splice(from, to, pipe, tools);
        }
        self.copy(from, to, &mut tools.buffer)
    }

    fn copy(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        buffer: &mut [u8],
    ) -> Result<Read, Errno> {
        let Some(count) = receive(from, buffer)? else {
            return Ok(Read::Last(0));
        };
        if count == 0 {
            self.is_read_out = true;
            return Ok(Read::Last(0));
        }
        let written = write(to, &buffer[..count])?;
        if written < count {
            self.pending = Some((buffer[written..count].into(), 0));
        }
        self.is_bulk = count == buffer.len();
        // A socket that gave less than there was room for has no more; what comes next, and its end,
        // is told.
        Ok(if self.is_bulk || self.will_end {
            Read::Some(count)
        } else {
            Read::Last(count)
        })
    }

    fn splice(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        mut pipe: Pipe,
        tools: &mut Tools,
    ) -> Result<Read, Errno> {
        let count = match splice(from, None, &pipe.into, None, pipe.room, FLAGS) {
            Ok(count) => count,
            Err(Errno::AGAIN | Errno::INTR) => {
                tools.pipes.give_back(pipe);
                self.is_bulk = false;
                return Ok(Read::Last(0));
            }
            Err(error) => {
                tools.pipes.give_back(pipe);
                return Err(error);
            }
        };
        if count == 0 {
            tools.pipes.give_back(pipe);
            self.is_read_out = true;
            return Ok(Read::Last(0));
        }
        pipe.held = count;
        self.is_bulk = count >= WORTH_SPLICING;
        drain(&mut pipe, to)?;
        if pipe.held > 0 {
            self.pipe = Some(pipe);
        } else {
            tools.pipes.give_back(pipe);
        }
        Ok(Read::Some(count))
    }
}

/// What reading gave.
enum Read {
    /// This many bytes, and perhaps more.
    Some(usize),
    /// This many bytes, and no more by now.
    Last(usize),
}

const FLAGS: SpliceFlags = SpliceFlags::MOVE.union(SpliceFlags::NONBLOCK);

/// Reads; `None` when there is nothing by now.
fn receive(from: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<Option<usize>, Errno> {
    match recv(from, buffer, RecvFlags::empty()) {
        Ok((count, _)) => Ok(Some(count)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes what the socket takes.
fn write(to: BorrowedFd<'_>, bytes: &[u8]) -> Result<usize, Errno> {
    match send(to, bytes, SendFlags::NOSIGNAL) {
        Ok(count) => Ok(count),
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        Err(error) => Err(error),
    }
}

/// Moves what the socket takes out of a pipe.
fn drain(pipe: &mut Pipe, to: BorrowedFd<'_>) -> Result<usize, Errno> {
    let mut moved = 0;
    while pipe.held > 0 {
        match splice(pipe.out.as_fd(), None, to, None, pipe.held, FLAGS) {
            Ok(0) => return Err(Errno::PIPE),
            Ok(count) => {
                pipe.held -= count;
                moved += count;
            }
            Err(Errno::AGAIN | Errno::INTR) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(moved)
}
