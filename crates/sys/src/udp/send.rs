//! Sending many datagrams by one call.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use super::Route;
use super::address::RawAddress;
use super::control::Control;
use super::receive::empty_header;

/// Headers that datagrams are sent by, set up once and used again and again.
///
/// `headers` hold pointers into the other fields. Those are vectors that are never resized, so what
/// is pointed at stays where it is when the `Outgoing` moves.
pub struct Outgoing {
    headers: Vec<libc::mmsghdr>,
    vectors: Vec<libc::iovec>,
    addresses: Vec<RawAddress>,
    controls: Vec<Control>,
}

// SAFETY: the pointers in `headers` lead only to memory that the `Outgoing` itself owns. Those in
// `vectors` lead to the caller's bytes, but are followed only in the call of `send` that put them.
unsafe impl Send for Outgoing {}

/// What became of the datagrams of one [`Outgoing::send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Those the kernel took.
    pub sent: usize,
    /// Those it did not: no way to the peer, forbidden by the firewall, too long, or no room just
    /// now. An answer over UDP is not worth waiting for: who misses it asks again.
    pub refused: usize,
}

impl Outgoing {
    /// Room for so many datagrams a call.
    #[must_use]
    pub fn new(messages: usize) -> Self {
        let nothing = libc::iovec {
            iov_base: std::ptr::null_mut(),
            iov_len: 0,
        };
        let messages = messages.max(1);
        let mut addresses = vec![RawAddress::default(); messages];
        let mut controls = vec![Control::default(); messages];
        let mut vectors = vec![nothing; messages];
        let (names, infos) = (addresses.as_mut_ptr(), controls.as_mut_ptr());
        let parts = vectors.as_mut_ptr();
        let headers = (0..messages).map(|index| {
            let mut header = empty_header();
            header.msg_hdr.msg_name = names.wrapping_add(index).cast();
            header.msg_hdr.msg_iov = parts.wrapping_add(index);
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = infos.wrapping_add(index).cast();
            header
        });
        Self {
            headers: headers.collect(),
            vectors,
            addresses,
            controls,
        }
    }

    /// Sends all of them, in as few calls as there is room for, and never waits. One that the
    /// kernel refuses is passed over.
    ///
    /// # Errors
    /// What is wrong with the socket itself.
    pub fn send<'a>(
        &mut self,
        socket: BorrowedFd<'_>,
        answers: impl IntoIterator<Item = (&'a [u8], SocketAddr, Route)>,
    ) -> io::Result<Sent> {
        let mut answers = answers.into_iter();
        let mut sent = Sent::default();
        loop {
            let mut count = 0;
            while count < self.headers.len() {
                let Some((bytes, peer, route)) = answers.next() else {
                    break;
                };
                self.put(count, bytes, peer, route);
                count += 1;
            }
            self.flush(socket, count, &mut sent)?;
            if count < self.headers.len() {
                return Ok(sent);
            }
        }
    }

    fn put(&mut self, index: usize, bytes: &[u8], peer: SocketAddr, route: Route) {
        let header = &mut self.headers[index].msg_hdr;
        header.msg_namelen = self.addresses[index].put(peer);
        header.msg_controllen = self.controls[index].put(route) as _;
        self.vectors[index] = vector(bytes);
    }

    /// Sends the first `count`, whose bytes the caller of `send` has lent for as long as that runs.
    fn flush(&mut self, socket: BorrowedFd<'_>, count: usize, sent: &mut Sent) -> io::Result<()> {
        let mut first = 0;
        while first < count {
            let some = &mut self.headers[first..count];
            // SAFETY: the slice holds as many valid headers as is said. Each points at one
            // address, one control message and one `iovec` in `self`, of the lengths it says,
            // and with the `iovec` at bytes that are borrowed until `send` returns. The kernel
            // writes nothing but `msg_len`; the descriptor is open as long as it is borrowed.
            let taken = unsafe {
                libc::sendmmsg(
                    socket.as_raw_fd(),
                    some.as_mut_ptr(),
                    some.len() as libc::c_uint,
                    libc::MSG_DONTWAIT as _,
                )
            };
            match usize::try_from(taken) {
                Ok(taken) if taken > 0 => {
                    sent.sent += taken;
                    first += taken;
                }
                // The call says what is wrong with the first; the next begins behind it.
                _ => {
                    refused(io::Error::last_os_error())?;
                    sent.refused += 1;
                    first += 1;
                }
            }
        }
        Ok(())
    }
}

/// Sends one datagram without waiting.
///
/// # Errors
/// What the kernel says; [`io::ErrorKind::WouldBlock`] when it has no room just now.
pub fn send_one(
    socket: BorrowedFd<'_>,
    bytes: &[u8],
    peer: SocketAddr,
    route: Route,
) -> io::Result<()> {
    let (mut address, mut control) = (RawAddress::default(), Control::default());
    let mut part = vector(bytes);
    let mut header = empty_header().msg_hdr;
    header.msg_namelen = address.put(peer);
    header.msg_name = (&raw mut address).cast();
    header.msg_controllen = control.put(route) as _;
    header.msg_control = (&raw mut control).cast();
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    // SAFETY: the header points at an address, a control message and one `iovec`, of the lengths
    // it says, and with the last at `bytes`; all live until the call is over, and the kernel only
    // reads them. The descriptor is open as long as it is borrowed.
    let taken = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, libc::MSG_DONTWAIT) };
    if taken < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// What to send; the kernel does not write to it, although the type would let it.
fn vector(bytes: &[u8]) -> libc::iovec {
    libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    }
}

/// Whether an error is the datagram's own affair. All others would befall the next one too, for
/// ever.
fn refused(error: io::Error) -> io::Result<()> {
    match error.raw_os_error() {
        Some(libc::EBADF | libc::ENOTSOCK | libc::EFAULT | libc::EPIPE) => Err(error),
        _ => Ok(()),
    }
}
