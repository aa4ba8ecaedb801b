//! As much of HTTP/2 (RFC 9113) as a client of DoH needs that is never the slower of the two.
//!
//! Requests are POSTs like a browser's: the first puts its fields into the server's table (RFC 7541),
//! every later one names them by number. Fields of answers are not read, since a body that is the
//! right DNS answer says more than a status: anything else is a query without an answer.

/// What a connection begins with (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD: usize = 9;
/// Types of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
/// Flags of frames.
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
/// Settings.
const HEADER_TABLE_SIZE: u16 = 1;
const ENABLE_PUSH: u16 = 2;
/// Bytes that may be on their way at first (RFC 9113, section 6.9.2).
const WINDOW: u32 = 65_535;
/// What the server may send in all: as much as can be told. Answers of 80 bytes fill it after
/// 26 million, more than a connection of the bench ever gets.
const ALL: u32 = (1 << 31) - 1;
/// Bytes of the fields in the server's table (RFC 7541, section 4.1): 32 more than name and value each.
const TABLE: u32 = 300;

/// The method and scheme by their numbers in the static table: POST, https.
const BEGINNING: [u8; 2] = [0x83, 0x87];
/// Fields of every request: their names' numbers in the static table.
const FIELDS: [(u8, &[u8]); 4] = [
    (1, super::papers::NAME.as_bytes()),
    (4, b"/dns-query"),
    (19, b"application/dns-message"),
    (31, b"application/dns-message"),
];
/// The same where the server keeps them: the first of its own table is what came last.
const KNOWN: [u8; 4] = [0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62];
/// `content-length`, number 28 of the static table, as a field that is not to be kept.
const LENGTH: [u8; 2] = [0x0F, 28 - 15];

/// A connection.
pub(crate) struct Http {
    received: Vec<u8>,
    /// The next request's stream.
    stream: u32,
    /// Bytes that the server allows us to send.
    window: i64,
    /// Answers of which a part came.
    parts: Vec<(u32, Vec<u8>)>,
}

impl Http {
    pub(crate) fn new() -> Self {
        Self {
            received: Vec::new(),
            stream: 1,
            window: i64::from(WINDOW),
            parts: Vec::new(),
        }
    }

    pub(crate) fn greeting() -> Vec<u8> {
        let mut out = PREFACE.to_vec();
        let mut push = ENABLE_PUSH.to_be_bytes().to_vec();
        push.extend([0; 4]);
        frame(SETTINGS, 0, 0, &push, &mut out);
        frame(WINDOW_UPDATE, 0, 0, &(ALL - WINDOW).to_be_bytes(), &mut out);
        out
    }

    pub(crate) fn write(&mut self, message: &[u8], out: &mut Vec<u8>) -> bool {
        if self.window < message.len() as i64 {
            return false;
        }
        self.window -= message.len() as i64;
        let mut fields = BEGINNING.to_vec();
        if self.stream == 1 {
            for (name, value) in FIELDS {
                // To be kept, under a name of the static table (RFC 7541, section 6.2.1).
                fields.extend([0x40 | name, value.len() as u8]);
                fields.extend_from_slice(value);
            }
        } else {
            fields.extend(KNOWN);
        }
        let length = message.len().to_string();
        fields.extend(LENGTH);
        fields.push(length.len() as u8);
        fields.extend_from_slice(length.as_bytes());
        frame(HEADERS, END_HEADERS, self.stream, &fields, out);
        frame(DATA, END_STREAM, self.stream, message, out);
        self.stream += 2;
        true
    }

    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        replies: &mut Vec<u8>,
        message: &mut impl FnMut(&[u8]),
    ) -> bool {
        let mut received = std::mem::take(&mut self.received);
        received.extend_from_slice(bytes);
        let mut rest = &received[..];
        let mut goes_on = true;
        while let Some(head) = rest.first_chunk::<HEAD>() {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            let Some(payload) = rest.get(HEAD..HEAD + length) else {
                break;
            };
            goes_on &= self.frame(head, payload, replies, message);
            rest = &rest[HEAD + length..];
        }
        let taken = received.len() - rest.len();
        received.drain(..taken);
        self.received = received;
        goes_on
    }

    fn frame(
        &mut self,
        head: &[u8; HEAD],
        payload: &[u8],
        replies: &mut Vec<u8>,
        message: &mut impl FnMut(&[u8]),
    ) -> bool {
        let [.., kind, flags, a, b, c, d] = *head;
        let stream = u32::from_be_bytes([a, b, c, d]);
        match kind {
            DATA => self.data(stream, flags, unpadded(payload, flags), message),
            RST_STREAM => self.parts.retain(|(known, _)| *known != stream),
            SETTINGS if flags & ACK == 0 => {
                check_settings(payload);
                frame(SETTINGS, ACK, 0, &[], replies);
            }
            PING if flags & ACK == 0 => frame(PING, ACK, 0, payload, replies),
            WINDOW_UPDATE if stream == 0 => {
                let more = payload.try_into().map_or(0, u32::from_be_bytes);
                self.window += i64::from(more);
            }
            GOAWAY => return false,
            _ => {}
        }
        true
    }

    fn data(&mut self, stream: u32, flags: u8, bytes: &[u8], message: &mut impl FnMut(&[u8])) {
        let known = self.parts.iter().position(|(known, _)| *known == stream);
        match (known, flags & END_STREAM != 0) {
            (None, true) => message(bytes),
            (None, false) => self.parts.push((stream, bytes.to_vec())),
            (Some(index), is_last) => {
                self.parts[index].1.extend_from_slice(bytes);
                if is_last {
                    message(&self.parts.swap_remove(index).1);
                }
            }
        }
    }
}

/// Where a server keeps fewer fields than we count on, every request would be misread.
fn check_settings(payload: &[u8]) {
    for setting in payload.chunks_exact(6) {
        let number = u16::from_be_bytes([setting[0], setting[1]]);
        let value = u32::from_be_bytes([setting[2], setting[3], setting[4], setting[5]]);
        assert!(
            number != HEADER_TABLE_SIZE || value >= TABLE,
            "the server keeps {value} bytes of header fields, the bench counts on {TABLE}"
        );
    }
}

/// What stands in a DATA frame beside its padding (RFC 9113, section 6.1).
fn unpadded(payload: &[u8], flags: u8) -> &[u8] {
    if flags & PADDED == 0 {
        return payload;
    }
    let Some((padding, rest)) = payload.split_first() else {
        return payload;
    };
    let length = rest.len().saturating_sub(usize::from(*padding));
    &rest[..length]
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8], out: &mut Vec<u8>) {
    let [_, a, b, c] = (payload.len() as u32).to_be_bytes();
    out.extend([a, b, c, kind, flags]);
    out.extend(stream.to_be_bytes());
    out.extend_from_slice(payload);
}
