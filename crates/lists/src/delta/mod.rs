//! What changed between two versions of a canonical list, in the fewest bytes: the positions of the
//! removed lines, and the added ones. Measured against other ways in `reference/lists.md`: half of
//! what `zstd --patch-from` needs, and it can be counted and read.
//!
//! ```text
//!  "LCDELTA\x01" │ SHA-256 from │ SHA-256 to │ six numbers │ zstd: gaps between removed, added lines
//! ```
//!
//! A delta is not signed and nobody trusts it: what [`apply()`] makes of it counts only when its hash
//! is the one that the target's metadata signed. It is applied as a stream; memory does not grow
//! with the list, and every length and count is bounded before anything is read by it.

mod apply;
mod make;

use std::io::{self, Read};

pub use apply::{Applied, ApplyError, Expected, apply};
pub use make::{MakeError, make};

/// First bytes: the name and the version of the form.
const MARK: &[u8; 8] = b"LCDELTA\x01";
/// Longest list, in bytes: twenty times all lists of today together.
pub const MOST_LENGTH: u64 = 1 << 30;
/// Most removed lines, whose positions are kept in memory: 16 MiB. Beyond that a full list is sent.
pub const MOST_REMOVED: u64 = 4 << 20;
/// log₂ of the window zstd may ask for: 8 MiB.
const WINDOW: u32 = 23;
/// zstd's level; the hub has the time.
const LEVEL: i32 = 19;

/// What a delta says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// SHA-256 of the list it starts from.
    pub from: [u8; 32],
    /// SHA-256 of the list it leads to.
    pub to: [u8; 32],
    /// Bytes of the list it starts from.
    pub from_length: u64,
    /// Lines of the list it starts from.
    pub from_entries: u64,
    /// Bytes of the list it leads to.
    pub to_length: u64,
    /// Lines of the list it leads to.
    pub to_entries: u64,
    /// Lines removed.
    pub removed: u64,
    /// Lines added.
    pub added: u64,
}

/// Why the first bytes are no header of a delta.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// The delta ends too early.
    #[error("the delta cannot be read")]
    Io(#[from] io::Error),
    /// Other bytes.
    #[error("this is no delta of a list, or of a later version")]
    Mark,
    /// Numbers that do not belong together, or are out of bounds.
    #[error("the delta's numbers do not agree or are too large")]
    Numbers,
}

impl Header {
    /// Reads the header.
    ///
    /// # Errors
    /// [`HeaderError`].
    pub fn read(input: &mut impl Read) -> Result<Self, HeaderError> {
        let mut mark = [0; 8];
        input.read_exact(&mut mark)?;
        if mark != *MARK {
            return Err(HeaderError::Mark);
        }
        let (mut from, mut to) = ([0; 32], [0; 32]);
        input.read_exact(&mut from)?;
        input.read_exact(&mut to)?;
        let mut number = || read_number(input);
        let header = Self {
            from,
            to,
            from_length: number()?,
            from_entries: number()?,
            to_length: number()?,
            to_entries: number()?,
            removed: number()?,
            added: number()?,
        };
        if header.is_sound() {
            Ok(header)
        } else {
            Err(HeaderError::Numbers)
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(MARK);
        out.extend_from_slice(&self.from);
        out.extend_from_slice(&self.to);
        for number in [
            self.from_length,
            self.from_entries,
            self.to_length,
            self.to_entries,
            self.removed,
            self.added,
        ] {
            write_number(number, out);
        }
    }

    /// Whether the numbers are within bounds and can all be true; each line has at least two bytes.
    fn is_sound(&self) -> bool {
        let fits = |length: u64, entries: u64| length <= MOST_LENGTH && entries <= length / 2;
        fits(self.from_length, self.from_entries)
            && fits(self.to_length, self.to_entries)
            && self.removed <= self.from_entries.min(MOST_REMOVED)
            && self.added <= self.to_entries
            && self.from_entries - self.removed == self.to_entries - self.added
    }
}

/// A number in groups of seven bits, the lowest first (LEB128), never longer than need be.
fn write_number(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn read_number(input: &mut impl Read) -> Result<u64, HeaderError> {
    let mut number = 0u64;
    for shift in (0..35).step_by(7) {
        let mut byte = [0];
        input.read_exact(&mut byte)?;
        number |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            let needless = byte[0] == 0 && shift > 0;
            return if needless {
                Err(HeaderError::Numbers)
            } else {
                Ok(number)
            };
        }
    }
    Err(HeaderError::Numbers)
}

#[cfg(test)]
mod tests;
