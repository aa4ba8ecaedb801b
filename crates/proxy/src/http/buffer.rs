//! Bytes that were read from a stream and not yet used. Holds no memory while it holds no bytes, so
//! that thousands of idle connections cost next to nothing.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use zeroize::Zeroize as _;

/// Room for an ordinary head, or a small page.
const SMALL: usize = 8 * 1024;
/// Room for what a busy connection brings at once.
const LARGE: usize = 64 * 1024;

/// The bytes.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    /// How many of them were used.
    used: usize,
}

impl Buffer {
    /// Of bytes that were read elsewhere.
    pub(crate) const fn of(bytes: Vec<u8>) -> Self {
        Self { bytes, used: 0 }
    }

    /// What is there.
    pub(crate) fn filled(&self) -> &[u8] {
        self.bytes.get(self.used..).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.used >= self.bytes.len()
    }

    /// So many bytes were used.
    pub(crate) fn consume(&mut self, count: usize) {
        self.used = (self.used + count).min(self.bytes.len());
        if self.is_empty() {
            self.bytes.clear();
            self.used = 0;
        }
    }

    /// So many bytes were used, and were somebody's words: they are wiped, and the room with them.
    pub(crate) fn wipe(&mut self, count: usize) {
        let end = (self.used + count).min(self.bytes.len());
        self.bytes[self.used..end].zeroize();
        self.consume(count);
    }

    /// Nothing of what was ever in the room there is stays there.
    pub(crate) fn wipe_all(&mut self) {
        // The whole room: what was moved or used left copies behind the end.
        self.bytes.zeroize();
        self.used = 0;
    }

    /// Takes all that is left.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let rest = self.filled().to_vec();
        *self = Self::default();
        rest
    }

    /// Gives memory back that holds nothing.
    pub(crate) fn release(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        }
    }

    /// Reads what the stream has, behind what is there. 0 is the end of the stream.
    ///
    /// # Errors
    /// The stream's.
    pub(crate) async fn fill<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> io::Result<usize> {
        if self.bytes.len() == self.bytes.capacity() {
            self.make_room();
        }
        stream.read_buf(&mut self.bytes).await
    }

    fn make_room(&mut self) {
        if self.used > 0 {
            self.bytes.drain(..self.used);
            self.used = 0;
        }
        let more = if self.bytes.capacity() < SMALL {
            SMALL
        } else {
            LARGE
        };
        if self.bytes.capacity() - self.bytes.len() < more / 2 {
            self.bytes.reserve_exact(more.max(self.bytes.len()));
        }
    }
}
