//! The header of a gzip member (RFC 1952, 2.3), byte by byte, since it may come in any pieces.

/// Where in the header the reader is. Nothing in it is of use here; it only has to be passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    at: At,
    flags: u8,
    /// Of the extra field: its length, then what is left of it.
    extra: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The ten fixed bytes.
    Fixed(u8),
    ExtraLow,
    ExtraHigh,
    Extra,
    Name,
    Comment,
    Sum(u8),
    End,
}

/// FHCRC, FEXTRA, FNAME, FCOMMENT; the upper three must be 0.
const SUM: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const RESERVED: u8 = 0xE0;

/// A byte that no header has there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoHeader;

impl Header {
    pub(crate) const fn new() -> Self {
        Self {
            at: At::Fixed(0),
            flags: 0,
            extra: 0,
        }
    }

    /// Whether all of it was read.
    pub(crate) fn is_over(&self) -> bool {
        self.at == At::End
    }

    /// Takes bytes as long as they belong to the header; tells how many.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<usize, NoHeader> {
        let mut taken = 0;
        while let (Some(byte), false) = (bytes.get(taken), self.is_over()) {
            self.at = self.next(*byte)?;
            taken += 1;
        }
        Ok(taken)
    }

    fn next(&mut self, byte: u8) -> Result<At, NoHeader> {
        Ok(match self.at {
            At::Fixed(at) => {
                let fits = match at {
                    0 => byte == 0x1F,
                    1 => byte == 0x8B,
                    2 => byte == 8,
                    3 => byte & RESERVED == 0,
                    _ => true,
                };
                if !fits {
                    return Err(NoHeader);
                }
                if at == 3 {
                    self.flags = byte;
                }
                match at {
                    9 => self.after(0),
                    _ => At::Fixed(at + 1),
                }
            }
            At::ExtraLow => {
                self.extra = u16::from(byte);
                At::ExtraHigh
            }
            At::ExtraHigh => {
                self.extra |= u16::from(byte) << 8;
                match self.extra {
                    0 => self.after(EXTRA),
                    _ => At::Extra,
                }
            }
            At::Extra => {
                self.extra -= 1;
                match self.extra {
                    0 => self.after(EXTRA),
                    _ => At::Extra,
                }
            }
            At::Name if byte == 0 => self.after(NAME),
            At::Comment if byte == 0 => self.after(COMMENT),
            At::Sum(0) => At::Sum(1),
            At::Sum(_) | At::End => At::End,
            same => same,
        })
    }

    /// What follows the field of a flag: the fields stand in the order below.
    fn after(&self, field: u8) -> At {
        let fields = [
            (EXTRA, At::ExtraLow),
            (NAME, At::Name),
            (COMMENT, At::Comment),
            (SUM, At::Sum(0)),
        ];
        let from = fields.iter().position(|(flag, _)| *flag == field);
        let rest = &fields[from.map_or(0, |at| at + 1)..];
        let next = rest.iter().find(|(flag, _)| self.flags & flag != 0);
        next.map_or(At::End, |(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_end_where_they_end() {
        let plain = [0x1F, 0x8B, 8, 0, 1, 2, 3, 4, 0, 3, 99];
        assert_eq!(Header::new().take(&plain), Ok(10));
        let mut all = vec![0x1F, 0x8B, 8, 0x1E, 0, 0, 0, 0, 0, 3, 2, 0, 7, 7];
        all.extend(*b"name\0comment\0ss");
        let length = all.len();
        all.push(99);
        assert_eq!(Header::new().take(&all), Ok(length));
        let mut header = Header::new();
        for byte in &all[..length] {
            assert!(!header.is_over());
            assert_eq!(header.take(&[*byte]), Ok(1));
        }
        assert!(header.is_over());
        assert_eq!(Header::new().take(b"<html>"), Err(NoHeader));
    }
}
