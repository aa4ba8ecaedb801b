//! Bytes to text: the size, the encoding, the byte order mark. What the text says is judged later.

use crate::fault::Fault;
use crate::mistake::{Mistakes, Sheet};

/// Longest settings file read, in bytes: 1 MiB, a hundred times the template. What is longer is
/// surely another file, and a box of 1 GiB should not read a disk image to find that out.
pub const MAX_BYTES: u64 = 1 << 20;

/// UTF-8's byte order mark, which Windows Notepad writes.
pub(crate) const BOM: &str = "\u{feff}";

/// A fault that makes reading on pointless, and the byte it stands at.
pub(crate) struct Alone {
    fault: Fault,
    at: Option<usize>,
}

impl Alone {
    /// The report that holds this fault only.
    pub(crate) fn into_mistakes(self, bytes: &[u8], file: &str) -> Mistakes {
        let readable = std::str::from_utf8(&bytes[..self.at.unwrap_or(0)]).unwrap_or_default();
        Sheet::new(readable, file).only(String::new(), self.fault, self.at)
    }
}

/// The text in the bytes, without a byte order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Alone> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > MAX_BYTES {
        return Err(Alone {
            fault: Fault::TooLarge { most: MAX_BYTES },
            at: None,
        });
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Alone {
            fault: Fault::Utf16,
            at: None,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| Alone {
        fault: Fault::NotUtf8,
        at: Some(error.valid_up_to()),
    })?;
    Ok(text.strip_prefix(BOM).unwrap_or(text))
}
