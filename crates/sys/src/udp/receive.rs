//! Receiving many datagrams by one call.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::ptr;

use super::Route;
use super::address::RawAddress;
use super::control::Control;

/// Slots that datagrams are received into, set up once and used again and again.
///
/// `headers` and `vectors` hold pointers into the other fields. Those are vectors that are never
/// resized, so what is pointed at stays where it is when the `Batch` moves.
pub struct Batch {
    headers: Vec<libc::mmsghdr>,
    /// Read by the kernel through `headers`.
    _vectors: Vec<libc::iovec>,
    addresses: Vec<RawAddress>,
    controls: Vec<Control>,
    buffers: Vec<u8>,
    /// Bytes of a slot.
    size: usize,
    /// Slots that the last call filled.
    filled: usize,
    /// Whether routes tell the address of ours that was asked.
    tells_local: bool,
}

// SAFETY: the pointers in `headers` and `vectors` lead only to memory that the `Batch` itself owns,
// and only `receive`, which has it to itself, lets anybody follow them.
unsafe impl Send for Batch {}

/// A datagram.
#[derive(Debug, Clone, Copy)]
pub struct Received<'b> {
    /// Its payload, as much of it as a slot holds.
    pub bytes: &'b [u8],
    /// Who sent it.
    pub peer: SocketAddr,
    /// The way it came.
    pub route: Route,
    /// Whether it was longer than a slot, so that its end is lost.
    pub truncated: bool,
}

/// A datagram in its slot, so that the answer can be written over it.
#[derive(Debug)]
pub struct Slot<'b> {
    /// The whole slot: the datagram, then what an earlier one left.
    pub buffer: &'b mut [u8],
    /// Bytes of the datagram.
    pub length: usize,
    /// Who sent it.
    pub peer: SocketAddr,
    /// The way it came.
    pub route: Route,
    /// Whether it was longer than a slot, so that its end is lost.
    pub truncated: bool,
}

impl Batch {
    /// Room for so many datagrams of at most `size` bytes each.
    #[must_use]
    pub fn new(messages: usize, size: usize) -> Self {
        let mut addresses = vec![RawAddress::default(); messages];
        let mut controls = vec![Control::default(); messages];
        let mut buffers = vec![0; messages * size];
        let base = buffers.as_mut_ptr();
        let mut vectors: Vec<_> = (0..messages)
            .map(|index| libc::iovec {
                iov_base: base.wrapping_add(index * size).cast(),
                iov_len: size,
            })
            .collect();
        let (names, infos) = (addresses.as_mut_ptr(), controls.as_mut_ptr());
        let parts = vectors.as_mut_ptr();
        let headers = (0..messages).map(|index| {
            let mut header = empty_header();
            header.msg_hdr.msg_name = names.wrapping_add(index).cast();
            header.msg_hdr.msg_namelen = RawAddress::LENGTH;
            header.msg_hdr.msg_iov = parts.wrapping_add(index);
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = infos.wrapping_add(index).cast();
            header.msg_hdr.msg_controllen = Control::LENGTH as _;
            header
        });
        Self {
            headers: headers.collect(),
            _vectors: vectors,
            addresses,
            controls,
            buffers,
            size,
            filled: 0,
            tells_local: true,
        }
    }

    /// The same for a socket that is bound to one address: routes tell the interface only, so that
    /// answers go without a word about their source, which the kernel knows.
    #[must_use]
    pub fn without_local(self) -> Self {
        Self {
            tells_local: false,
            ..self
        }
    }

    /// Waits for a datagram, at most as long as the socket's receive timeout allows, then takes
    /// those that are there already, as many as there is room for. Those of the call before are
    /// gone.
    ///
    /// Gives how many there are: 0 when none came in time, when a signal came first, and when the
    /// network had only a complaint about an earlier answer (a peer that is gone).
    ///
    /// # Errors
    /// What is wrong with the socket itself.
    pub fn receive(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        // The kernel wrote these lengths, and reads them again as the room there is.
        for header in &mut self.headers[..self.filled] {
            header.msg_hdr.msg_namelen = RawAddress::LENGTH;
            header.msg_hdr.msg_controllen = Control::LENGTH as _;
        }
        self.filled = 0;
        // SAFETY: the vector holds as many valid headers as is said. Each points at one `iovec`
        // and with it at `size` bytes of `buffers`, at one address and at one control message, of
        // the lengths it says; all of them live in `self`, which nobody else uses during the call.
        // There is no timeout, which may be null; the descriptor is open as long as it is borrowed.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                self.headers.len() as libc::c_uint,
                libc::MSG_WAITFORONE as _,
                ptr::null_mut(),
            )
        };
        match usize::try_from(count) {
            Ok(count) => self.filled = count.min(self.headers.len()),
            Err(_) => none_came(io::Error::last_os_error())?,
        }
        Ok(self.filled)
    }

    /// How many datagrams the last call brought.
    #[must_use]
    pub fn len(&self) -> usize {
        self.filled
    }

    /// Whether it brought none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// The datagrams of the last call.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = Received<'_>> {
        (0..self.filled).map(|index| self.message(index))
    }

    /// One of them.
    ///
    /// # Panics
    /// When there are not so many; see [`Batch::len`].
    #[must_use]
    pub fn message(&self, index: usize) -> Received<'_> {
        let about = self.about(index);
        Received {
            bytes: &self.buffer(index)[..about.length],
            peer: about.peer,
            route: about.route,
            truncated: about.truncated,
        }
    }

    /// One of them in its slot, to be answered in place.
    ///
    /// # Panics
    /// When there are not so many; see [`Batch::len`].
    #[must_use]
    pub fn slot(&mut self, index: usize) -> Slot<'_> {
        let about = self.about(index);
        let start = index * self.size;
        Slot {
            buffer: &mut self.buffers[start..start + self.size],
            length: about.length,
            peer: about.peer,
            route: about.route,
            truncated: about.truncated,
        }
    }

    /// The whole slot of a datagram, for example with an answer in it.
    ///
    /// # Panics
    /// When there is no such slot.
    #[must_use]
    pub fn buffer(&self, index: usize) -> &[u8] {
        let start = index * self.size;
        &self.buffers[start..start + self.size]
    }

    fn about(&self, index: usize) -> About {
        let header = &self.headers[..self.filled][index];
        #[allow(
            clippy::unnecessary_cast,
            reason = "its type is another on musl and 32 bits"
        )]
        let route = self.controls[index].get(header.msg_hdr.msg_controllen as usize);
        About {
            length: (header.msg_len as usize).min(self.size),
            peer: self.addresses[index].get(),
            route: Route {
                local: route.local.filter(|_| self.tells_local),
                ..route
            },
            truncated: header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0,
        }
    }
}

/// What a header says of its datagram.
struct About {
    length: usize,
    peer: SocketAddr,
    route: Route,
    truncated: bool,
}

/// A header with nothing in it.
pub(super) fn empty_header() -> libc::mmsghdr {
    // SAFETY: zeros are a valid `mmsghdr`: null pointers with lengths of 0.
    unsafe { std::mem::zeroed() }
}

/// Whether an error only says that there was nothing to receive. Errors that ICMP messages left
/// at the socket belong to a peer, not to the socket: anybody can send those.
fn none_came(error: io::Error) -> io::Result<()> {
    let harmless = [
        libc::EAGAIN,
        libc::EINTR,
        libc::ECONNREFUSED,
        libc::EHOSTUNREACH,
        libc::EHOSTDOWN,
        libc::ENETUNREACH,
        libc::ENETDOWN,
        libc::ENOPROTOOPT,
        libc::EPROTO,
        libc::EACCES,
        libc::EMSGSIZE,
        libc::ENONET,
        libc::EOPNOTSUPP,
    ];
    match error.raw_os_error() {
        Some(code) if harmless.contains(&code) => Ok(()),
        _ => Err(error),
    }
}
