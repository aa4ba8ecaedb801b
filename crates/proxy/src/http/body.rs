//! Bodies: where the next piece of one stands in the bytes at hand, whatever its framing.
//!
//! Chunks (RFC 9112 §7.1) are taken apart here and made anew by the writer: their extensions and
//! trailers go no further.

use std::ops::Range;

use super::grammar::is_value;
use super::lines::MAX_HEAD;
use super::refusal::Refusal;
use super::request::Framing;

/// Longest line that says a chunk's size, with its extensions.
const MAX_SIZE_LINE: usize = 256;
/// Most hexadecimal digits of a size.
const MAX_DIGITS: usize = 16;

/// Reads a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Body {
    state: State,
    /// Bytes of the trailers so far.
    trailers: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many bytes to come.
    Length(u64),
    /// All bytes to come.
    UntilClose,
    /// The size of a chunk comes.
    Size,
    /// So many bytes of a chunk to come.
    Chunk(u64),
    /// The end of a chunk comes.
    ChunkEnd,
    /// Trailers come.
    Trailers,
    Done,
}

/// What was found in some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// A piece of the body stands there; what lies before its end was read.
    Piece(Range<usize>),
    /// So many bytes were read, which are no body; what follows needs more bytes.
    More(usize),
    /// The body ends after so many bytes.
    End(usize),
}

impl Body {
    /// A body of this framing.
    pub(crate) const fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::Size,
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, trailers: 0 }
    }

    /// Whether all of it was read.
    pub(crate) const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Whether the end of the connection may end it here.
    pub(crate) const fn may_close(&self) -> bool {
        matches!(self.state, State::UntilClose | State::Done)
    }

    /// Looks for the next piece in bytes of which none was read before.
    ///
    /// # Errors
    /// [`Refusal`] where chunks are not well-formed.
    pub(crate) fn next(&mut self, bytes: &[u8]) -> Result<Found, Refusal> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            match self.state {
                State::Done => return Ok(Found::End(at)),
                State::UntilClose if rest.is_empty() => return Ok(Found::More(at)),
                State::UntilClose => return Ok(Found::Piece(at..bytes.len())),
                State::Length(left) | State::Chunk(left) => {
                    if rest.is_empty() {
                        return Ok(Found::More(at));
                    }
                    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    self.advance(left - taken as u64);
                    return Ok(Found::Piece(at..at + taken));
                }
                State::Size | State::ChunkEnd | State::Trailers => match self.line(rest)? {
                    Some(taken) => at += taken,
                    None => return Ok(Found::More(at)),
                },
            }
        }
    }

    /// So many bytes are left of what is being read.
    fn advance(&mut self, left: u64) {
        self.state = match (self.state, left) {
            (State::Length(_), 0) => State::Done,
            (State::Length(_), left) => State::Length(left),
            (_, 0) => State::ChunkEnd,
            (_, left) => State::Chunk(left),
        };
    }

    /// Reads a line between chunks, and says how long it was; `None` when it has not all come.
    fn line(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        if self.state == State::ChunkEnd {
            let end = &bytes[..bytes.len().min(2)];
            if !b"\r\n".starts_with(end) {
                return Err(Refusal::Chunk);
            }
            if end.len() < 2 {
                return Ok(None);
            }
            self.state = State::Size;
            return Ok(Some(2));
        }
        let most = if self.state == State::Size {
            MAX_SIZE_LINE
        } else {
            MAX_HEAD - self.trailers.min(MAX_HEAD)
        };
        let within = &bytes[..bytes.len().min(most)];
        let Some(end) = memchr::memchr(b'\n', within) else {
            return if bytes.len() >= most {
                Err(self.too_long())
            } else {
                Ok(None)
            };
        };
        let Some((b'\r', line)) = within[..end].split_last() else {
            return Err(Refusal::BareLineFeed);
        };
        if !is_value(line) {
            return Err(Refusal::Chunk);
        }
        self.take(line, end + 1)?;
        Ok(Some(end + 1))
    }

    const fn too_long(&self) -> Refusal {
        match self.state {
            State::Size => Refusal::ChunkSize,
            _ => Refusal::Trailers,
        }
    }

    fn take(&mut self, line: &[u8], length: usize) -> Result<(), Refusal> {
        self.state = match self.state {
            State::Trailers if line.is_empty() => State::Done,
            State::Trailers => {
                self.trailers += length;
                State::Trailers
            }
            _ => match size(line)? {
                0 => State::Trailers,
                size => State::Chunk(size),
            },
        };
        Ok(())
    }
}

/// `1A` or `1a;extension`.
fn size(line: &[u8]) -> Result<u64, Refusal> {
    let digits = line
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    // A space before an extension is bad whitespace of RFC 9112 §7.1.1, which nobody needs.
    let ends_well = line.get(digits).is_none_or(|byte| *byte == b';');
    if !(1..=MAX_DIGITS).contains(&digits) || !ends_well {
        return Err(Refusal::ChunkSize);
    }
    let text = str::from_utf8(&line[..digits]).map_err(|_| Refusal::ChunkSize)?;
    u64::from_str_radix(text, 16).map_err(|_| Refusal::ChunkSize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All pieces of a body that comes in these pieces, and how many bytes follow it; `None` when it
    /// did not end.
    fn read(
        framing: Framing,
        bytes: &[u8],
        cut: usize,
    ) -> Result<(Vec<u8>, Option<usize>), Refusal> {
        let mut body = Body::new(framing);
        let (mut out, mut at, mut seen) = (Vec::new(), 0, 0);
        loop {
            match body.next(&bytes[at..seen])? {
                Found::Piece(piece) => {
                    out.extend_from_slice(&bytes[at + piece.start..at + piece.end]);
                    at += piece.end;
                }
                Found::More(taken) => {
                    at += taken;
                    if seen == bytes.len() {
                        return Ok((out, None));
                    }
                    seen = (seen + cut).min(bytes.len());
                }
                Found::End(taken) => return Ok((out, Some(bytes.len() - at - taken))),
            }
        }
    }

    #[test]
    fn chunks_become_one_body_and_what_follows_stays() {
        let bytes = b"5;a=\"b\"\r\nxin c\r\n00A\r\nhao cac em\r\n0\r\nX: 1\r\n\r\nGET";
        for cut in 1..bytes.len() {
            let (out, _) = read(Framing::Chunked, bytes, cut).unwrap();
            assert_eq!(out, b"xin chao cac em", "{cut}");
        }
        let whole = read(Framing::Chunked, bytes, bytes.len()).unwrap();
        assert_eq!(whole.1, Some(3));
    }

    #[test]
    fn odd_chunks_are_refused() {
        use Refusal as R;
        let long = format!("5;{}", "a".repeat(300));
        for (text, expected) in [
            ("5\nhello\r\n", R::BareLineFeed),
            ("5\r\nhello0\r\n", R::Chunk),
            ("5\r\nhello\n0\r\n", R::Chunk),
            ("+5\r\nhello\r\n", R::ChunkSize),
            ("0x5\r\nhello\r\n", R::ChunkSize),
            (" 5\r\nhello\r\n", R::ChunkSize),
            ("5 \r\nhello\r\n", R::ChunkSize),
            ("\r\n5\r\nhello\r\n", R::ChunkSize),
            (";a\r\nhello\r\n", R::ChunkSize),
            ("-1\r\nhello\r\n", R::ChunkSize),
            ("10000000000000000\r\nhello\r\n", R::ChunkSize),
            ("5;\x00\r\nhello\r\n", R::Chunk),
            ("5\rx\r\nhello\r\n", R::Chunk),
            (&long, R::ChunkSize),
        ] {
            assert_eq!(
                read(Framing::Chunked, text.as_bytes(), 1),
                Err(expected),
                "{text:?}"
            );
            assert_eq!(
                read(Framing::Chunked, text.as_bytes(), 500),
                Err(expected),
                "{text:?}"
            );
        }
        let most = read(Framing::Chunked, b"ffffffffffffffff\r\nx", 9).unwrap();
        assert_eq!(most, (b"x".to_vec(), None));
    }

    #[test]
    fn trailers_are_bounded() {
        let text = format!("0\r\n{}", "A: b\r\n".repeat(MAX_HEAD / 6 + 1));
        assert_eq!(
            read(Framing::Chunked, text.as_bytes(), 1000),
            Err(Refusal::Trailers)
        );
    }

    #[test]
    fn a_length_ends_where_it_says() {
        assert_eq!(read(Framing::Length(3), b"abcd", 1).unwrap().0, b"abc");
        assert_eq!(
            read(Framing::Length(3), b"abcd", 4).unwrap(),
            (b"abc".to_vec(), Some(1))
        );
        assert_eq!(
            read(Framing::Length(3), b"ab", 4).unwrap(),
            (b"ab".to_vec(), None)
        );
        assert_eq!(
            read(Framing::UntilClose, b"ab", 1).unwrap(),
            (b"ab".to_vec(), None)
        );
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            text in "([0-9a-f]{1,2}(;x)?\r\n|[a-z]{0,20}|\r\n|0\r\n\r\n|\n){0,12}",
            cut in 1usize..40,
        ) {
            let whole = read(Framing::Chunked, text.as_bytes(), text.len().max(1));
            let cut = read(Framing::Chunked, text.as_bytes(), cut);
            // How much lies behind the end depends on how much was looked at.
            let end = |outcome: Result<(Vec<u8>, Option<usize>), Refusal>| {
                outcome.map(|(body, left)| (body, left.is_some()))
            };
            prop_assert_eq!(end(whole), end(cut));
        }

        #[test]
        fn what_is_chunked_reads_back(body in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..64) {
            let mut text = Vec::new();
            for chunk in body.chunks(size) {
                text.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
                text.extend_from_slice(chunk);
                text.extend_from_slice(b"\r\n");
            }
            text.extend_from_slice(b"0\r\n\r\n");
            prop_assert_eq!(read(Framing::Chunked, &text, 7).unwrap().0, body);
        }
    }
}
