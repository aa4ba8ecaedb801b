//! The head of a message, line by line as it arrives: the first line and where the fields stand.
//!
//! Nothing is copied: a [`Head`] holds positions in the bytes it was read from. Each byte is looked at
//! once, however many pieces the head comes in, and the outcome does not depend on the pieces.

use super::field::Known;
use super::grammar::{is_token, is_value, trim};
use super::refusal::Refusal;

/// Longest head, its empty line included.
pub const MAX_HEAD: usize = 64 * 1024;
/// Most fields of a head.
pub const MAX_FIELDS: usize = 100;

/// A stretch of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    from: u32,
    to: u32,
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    /// Which of the names that matter to us.
    pub(crate) known: Known,
    pub(crate) name: Span,
    /// The value without spaces around it.
    pub(crate) value: Span,
}

/// A head that is being read, or was.
#[derive(Debug, Default, Clone)]
pub(crate) struct Head {
    /// Bytes whose lines were read.
    read: usize,
    /// Bytes looked through for the end of a line.
    searched: usize,
    /// The first line; empty until it was read.
    start: Span,
    has_start: bool,
    fields: Vec<Field>,
}

impl Span {
    pub(crate) fn new(from: usize, to: usize) -> Self {
        // Heads are at most 64 KiB.
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            from: place(from),
            to: place(to),
        }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.from == self.to
    }

    /// The bytes it stands for.
    pub(crate) fn of(self, head: &[u8]) -> &[u8] {
        head.get(self.from as usize..self.to as usize)
            .unwrap_or_default()
    }

    /// A part of it, by offsets within it.
    pub(crate) fn part(self, from: usize, to: usize) -> Self {
        let start = self.from as usize;
        Self::new(start + from, start + to)
    }
}

impl Head {
    /// Forgets everything, to read the next head with the same memory.
    pub(crate) fn clear(&mut self) {
        self.fields.clear();
        (self.read, self.searched) = (0, 0);
        (self.start, self.has_start) = (Span::default(), false);
    }

    /// Reads on. `bytes` is all that there is of the message so far, from its first byte. `Some` is
    /// the length of the whole head, its empty line included.
    ///
    /// # Errors
    /// [`Refusal`] at the first line that is no line of a head.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        let within = &bytes[..bytes.len().min(MAX_HEAD)];
        while let Some(found) =
            memchr::memchr(b'\n', within.get(self.searched..).unwrap_or_default())
        {
            let end = self.searched + found;
            let line = line(&within[self.read..end])?;
            let from = self.read;
            self.read = end + 1;
            self.searched = self.read;
            if line.is_empty() && self.has_start {
                return Ok(Some(self.read));
            }
            self.take(line, from)?;
        }
        self.searched = within.len();
        // A tail that can only be wrong is refused before its line ends: what a client sends to a
        // port that does not speak HTTP may have no line at all.
        if bytes.len() >= MAX_HEAD {
            return Err(Refusal::HeadTooLong);
        }
        Ok(None)
    }

    fn take(&mut self, line: &[u8], from: usize) -> Result<(), Refusal> {
        if self.has_start {
            return self.field(line, from);
        }
        // RFC 9112 §2.2: one empty line before the first is what some clients send after a body.
        if line.is_empty() {
            return if from == 0 {
                Ok(())
            } else {
                Err(Refusal::StartLine)
            };
        }
        if !is_value(line) {
            return Err(Refusal::Control);
        }
        self.start = Span::new(from, from + line.len());
        self.has_start = true;
        Ok(())
    }

    fn field(&mut self, line: &[u8], from: usize) -> Result<(), Refusal> {
        if matches!(line[0], b' ' | b'\t') {
            return Err(Refusal::Folded);
        }
        if !is_value(line) {
            return Err(Refusal::Control);
        }
        let colon = memchr::memchr(b':', line).ok_or(Refusal::Field)?;
        let (name, value) = (&line[..colon], trim(&line[colon + 1..]));
        if name.last().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(Refusal::SpaceBeforeColon);
        }
        if !is_token(name) {
            return Err(Refusal::Field);
        }
        if self.fields.len() == MAX_FIELDS {
            return Err(Refusal::TooManyFields);
        }
        let before = line[colon + 1..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'));
        let at = from + colon + 1 + before.count();
        self.fields.push(Field {
            known: Known::of(name),
            name: Span::new(from, from + colon),
            value: Span::new(at, at + value.len()),
        });
        Ok(())
    }

    /// The first line.
    pub(crate) const fn start(&self) -> Span {
        self.start
    }

    /// The fields, in order.
    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The values of a field, in order.
    pub(crate) fn values<'h>(
        &'h self,
        bytes: &'h [u8],
        known: Known,
    ) -> impl Iterator<Item = &'h [u8]> {
        let wanted = self.fields.iter().filter(move |field| field.known == known);
        wanted.map(|field| field.value.of(bytes))
    }

    /// The value of a field that stands once; `None` where there is none, or more than one.
    pub(crate) fn single<'h>(&'h self, bytes: &'h [u8], known: Known) -> Option<&'h [u8]> {
        let mut values = self.values(bytes, known);
        let first = values.next();
        first.filter(|_| values.next().is_none())
    }

    /// Whether a list-valued field has this part, in any case.
    pub(crate) fn lists(&self, bytes: &[u8], known: Known, part: &[u8]) -> bool {
        let mut parts = self.values(bytes, known).flat_map(super::grammar::list);
        parts.any(|other| other.eq_ignore_ascii_case(part))
    }
}

/// A line without its end.
fn line(bytes: &[u8]) -> Result<&[u8], Refusal> {
    let Some((b'\r', line)) = bytes.split_last() else {
        return Err(Refusal::BareLineFeed);
    };
    if memchr::memchr(b'\r', line).is_some() {
        return Err(Refusal::BareCarriageReturn);
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outcome(bytes: &[u8]) -> Result<Option<usize>, Refusal> {
        Head::default().read(bytes)
    }

    #[test]
    fn what_is_no_line_of_a_head_is_refused() {
        use Refusal as R;
        for (head, expected) in [
            ("GET / HTTP/1.1\r\nA: 1\n\r\n", R::BareLineFeed),
            ("GET / HTTP/1.1\nA: 1\r\n\r\n", R::BareLineFeed),
            ("\nGET", R::BareLineFeed),
            (
                "GET / HTTP/1.1\r\nA: 1\rB: 2\r\n\r\n",
                R::BareCarriageReturn,
            ),
            ("GET / HTTP/1.1\r\nA: 1\r\n b\r\n\r\n", R::Folded),
            ("GET / HTTP/1.1\r\n\tA: 1\r\n\r\n", R::Folded),
            ("GET / HTTP/1.1\r\nA : 1\r\n\r\n", R::SpaceBeforeColon),
            ("GET / HTTP/1.1\r\nA\t: 1\r\n\r\n", R::SpaceBeforeColon),
            ("GET / HTTP/1.1\r\nA: \x001\r\n\r\n", R::Control),
            ("GET /\x00 HTTP/1.1\r\nA: 1\r\n\r\n", R::Control),
            ("GET / HTTP/1.1\r\nA: \x7f\r\n\r\n", R::Control),
            ("GET / HTTP/1.1\r\nA\r\n\r\n", R::Field),
            ("GET / HTTP/1.1\r\n: 1\r\n\r\n", R::Field),
            ("GET / HTTP/1.1\r\nA(b): 1\r\n\r\n", R::Field),
            ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", R::StartLine),
        ] {
            assert_eq!(outcome(head.as_bytes()), Err(expected), "{head:?}");
        }
    }

    #[test]
    fn fields_are_found_where_they_stand() {
        let bytes = b"\r\nGET / HTTP/1.1\r\nHost:  a.vn \t\r\nX:\r\nCookie: a=b:c\r\n\r\nrest";
        let mut head = Head::default();
        assert_eq!(head.read(bytes), Ok(Some(bytes.len() - 4)));
        assert_eq!(head.start().of(bytes), b"GET / HTTP/1.1");
        let fields: Vec<_> = head
            .fields()
            .iter()
            .map(|field| (field.name.of(bytes), field.value.of(bytes)))
            .collect();
        assert_eq!(
            fields,
            [
                (&b"Host"[..], &b"a.vn"[..]),
                (b"X", b""),
                (b"Cookie", b"a=b:c")
            ]
        );
        assert_eq!(head.single(bytes, Known::Host), Some(&b"a.vn"[..]));
    }

    #[test]
    fn heads_have_a_most_of_bytes_and_fields() {
        let mut long = b"GET / HTTP/1.1\r\nA: ".to_vec();
        long.resize(MAX_HEAD - 4, b'a');
        long.extend_from_slice(b"\r\n\r\n");
        assert_eq!(outcome(&long), Ok(Some(MAX_HEAD)));
        long.insert(20, b'a');
        assert_eq!(outcome(&long), Err(Refusal::HeadTooLong));
        let fields = |count| format!("GET / HTTP/1.1\r\n{}\r\n", "A: 1\r\n".repeat(count));
        assert!(outcome(fields(MAX_FIELDS).as_bytes()).is_ok());
        let many = fields(MAX_FIELDS + 1);
        assert_eq!(outcome(many.as_bytes()), Err(Refusal::TooManyFields));
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            parts in proptest::collection::vec("[ -~]{0,12}|\r|\n|\r\n|\r\n\r\n|A: b\r\n|\t|\0", 0..20),
            cuts in proptest::collection::vec(1usize..9, 0..200),
        ) {
            let text = format!("GET / HTTP/1.1\r\n{}", parts.concat());
            let bytes = text.as_bytes();
            let mut whole = Head::default();
            let expected = whole.read(bytes);
            let mut head = Head::default();
            let mut at = 0;
            let mut cuts = cuts.into_iter();
            let got = loop {
                at = (at + cuts.next().unwrap_or(bytes.len())).min(bytes.len());
                match head.read(&bytes[..at]) {
                    Ok(None) if at < bytes.len() => {}
                    other => break other,
                }
            };
            prop_assert_eq!(got, expected);
            prop_assert_eq!(head.fields(), whole.fields());
        }
    }
}
