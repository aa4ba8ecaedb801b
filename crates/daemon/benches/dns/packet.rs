//! DNS messages as far as a load generator needs them: queries built ahead, answers looked at
//! where it counts (RFC 1035, section 4.1; RFC 6891, section 6.1.2).

/// Types that devices ask for.
pub(crate) const A: u16 = 1;
pub(crate) const AAAA: u16 = 28;
pub(crate) const HTTPS: u16 = 65;
/// The bit of a header's third byte that makes it an answer.
pub(crate) const RESPONSE: u8 = 0x80;
/// Codes of answers.
pub(crate) const NOERROR: u8 = 0;
pub(crate) const SERVFAIL: u8 = 2;
pub(crate) const NXDOMAIN: u8 = 3;
/// Room for any query of the bench.
pub(crate) const MOST_QUERY: usize = 320;
/// Room for any answer: what the queries' OPT record allows.
pub(crate) const MOST_ANSWER: usize = 1232;
/// Bytes of a header.
pub(crate) const HEADER: usize = 12;

/// Writes a query with id 0, recursion desired, and an OPT record that allows [`MOST_ANSWER`]
/// bytes and so lets the answer say why it is what it is.
pub(crate) fn write_query(name: &str, kind: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    for label in name.split('.') {
        out.push(u8::try_from(label.len()).unwrap());
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&[0, 1]);
    let size = u16::try_from(MOST_ANSWER).unwrap().to_be_bytes();
    out.extend_from_slice(&[0, 0, 41, size[0], size[1], 0, 0, 0, 0, 0, 0]);
}

/// What an answer's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) id: u16,
    pub(crate) code: u8,
    /// Whether it has records in its answer section.
    pub(crate) has_records: bool,
}

impl Answer {
    /// The header of a message that is an answer.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..HEADER)?;
        (header[2] & RESPONSE != 0).then(|| Self {
            id: u16::from_be_bytes([header[0], header[1]]),
            code: header[3] & 15,
            has_records: header[6..8] != [0, 0],
        })
    }
}

/// The end of the one question behind a header.
pub(crate) fn question_end(bytes: &[u8]) -> Option<usize> {
    let mut at = HEADER;
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        match length {
            0 => break,
            1..64 => {}
            // A question has no compression.
            _ => return None,
        }
    }
    (at + 4 <= bytes.len()).then_some(at + 4)
}
