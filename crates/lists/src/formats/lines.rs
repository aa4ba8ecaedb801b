//! Lines of bounded length from any reader.
//!
//! Splits at LF, drops CR before it and a byte order mark at the start (of any line, since lists are
//! often made by joining files). A line of more than [`MAX_LINE`] bytes is skipped without being
//! held. What the bytes mean is the formats' affair.

use std::io::{self, BufRead, Read as _};

/// Longest line in bytes, the line end not counted. No real entry comes near; a longer line is a
/// wrong file or an attempt to fill the memory.
pub const MAX_LINE: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How much of a line that is too long is kept, to show it.
const SHOWN: usize = 512;

/// One line.
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: u64,
    /// Its bytes without the line end; of a line that is too long, the first few.
    pub(super) bytes: &'a [u8],
    /// Whether it was longer than [`MAX_LINE`].
    pub(super) too_long: bool,
}

/// Cuts a reader into lines.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            number: 0,
        }
    }

    /// The next line; `None` at the end of the input.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        // The line, its CR LF, and one byte more to know that it is too long.
        let most = MAX_LINE as u64 + 3;
        let read = (&mut self.input)
            .take(most)
            .read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let ended = self.buffer.ends_with(b"\n");
        if !ended && read as u64 == most {
            self.input.skip_until(b'\n')?;
        }
        let bytes = without_line_end(&self.buffer);
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        let too_long = bytes.len() > MAX_LINE;
        let bytes = if too_long { &bytes[..SHOWN] } else { bytes };
        Ok(Some(Line {
            number: self.number,
            bytes,
            too_long,
        }))
    }
}

/// Without LF, and without the CRs before it (files converted twice end in CR CR LF).
fn without_line_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, Vec<u8>, bool)> {
        let mut lines = Lines::new(bytes);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.number, line.bytes.to_vec(), line.too_long));
        }
        found
    }

    #[test]
    fn every_line_end_is_dropped() {
        let found = lines(b"\xef\xbb\xbfa\r\nb\nc\r\r\n\xef\xbb\xbfd");
        let texts = found
            .iter()
            .map(|line| line.1.as_slice())
            .collect::<Vec<_>>();
        assert_eq!(texts, [b"a", b"b", b"c", b"d"]);
        assert_eq!(found.last().unwrap().0, 4);
    }

    #[test]
    fn a_gigantic_line_is_skipped_and_the_next_one_found() {
        for length in [
            MAX_LINE + 1,
            MAX_LINE + 2,
            MAX_LINE + 3,
            MAX_LINE + 4,
            10_000_000,
        ] {
            let mut bytes = vec![b'x'; length];
            bytes.extend(b"\r\nnext.vn\n");
            let found = lines(&bytes);
            assert_eq!(found.len(), 2, "{length}");
            assert!(found[0].2 && found[0].1.len() == SHOWN);
            assert_eq!(found[1], (2, b"next.vn".to_vec(), false));
        }
    }

    #[test]
    fn a_line_of_just_the_limit_is_read() {
        for end in ["", "\n", "\r\n"] {
            let mut bytes = vec![b'x'; MAX_LINE];
            bytes.extend(end.bytes());
            let found = lines(&bytes);
            assert_eq!(
                (found.len(), found[0].1.len(), found[0].2),
                (1, MAX_LINE, false)
            );
        }
    }

    #[test]
    fn the_buffer_does_not_grow_with_the_line() {
        let endless = io::BufReader::new(io::repeat(b'x').take(50_000_000));
        let mut lines = Lines::new(endless);
        assert!(lines.next().unwrap().unwrap().too_long);
        assert!(lines.buffer.capacity() <= 4 * MAX_LINE);
        assert!(lines.next().unwrap().is_none());
    }
}
