//! The ClientHello reader (RFC 8446 §4.1.2, RFC 6066 §3; `reference/proxy.md` 4.2).
//!
//! ```text
//!  bytes as they come ─► records ─► handshake message ─► body ─► Hello { name, ALPN, ECH … }
//!       └── kept as they came, to be sent on
//! ```
//!
//! It takes the bytes in whatever pieces the network gives them, across any number of segments and
//! records, and stops as soon as the ClientHello is complete: what follows (a dummy
//! ChangeCipherSpec, early data) is the server's affair. Everything that it is not sure of it
//! refuses: a hello that we and the server read differently would be a hole.

use lachan_policy::Name;

/// The most bytes of records that are read for one ClientHello.
const MAX_WIRE: usize = 64 * 1024;
/// The most bytes of the ClientHello itself. The largest seen in captures has 11,414.
const MAX_HANDSHAKE: usize = 32 * 1024;
/// The most extensions; browsers send about 20.
const MAX_EXTENSIONS: usize = 128;
/// More records than this for one ClientHello are taken for an attempt to hide it.
const USUAL_RECORDS: usize = 4;

const HANDSHAKE_RECORD: u8 = 22;
const RECORD_HEADER: usize = 5;
/// RFC 8446 §5.1: 2^14 bytes.
const MAX_RECORD: usize = 16_384;
const CLIENT_HELLO: u8 = 1;
const HANDSHAKE_HEADER: usize = 4;

const SERVER_NAME: u16 = 0;
const APPLICATION_PROTOCOLS: u16 = 16;
const PRE_SHARED_KEY: u16 = 41;
/// RFC 9849 §10.1.
const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
/// draft-ietf-tls-esni-02: what came before Encrypted Client Hello.
const ENCRYPTED_SERVER_NAME: u16 = 0xffce;

/// What a client says before anything is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// The server it names.
    pub server_name: ServerName,
    /// The protocols it offers that matter here.
    pub alpn: Alpn,
    /// Whether there is an `encrypted_client_hello` extension. Browsers send one that means nothing
    /// (GREASE) beside a true name, so this alone proves nothing.
    pub has_ech: bool,
    /// Whether there is an `encrypted_server_name` extension.
    pub has_esni: bool,
    /// Whether it came cut up as no browser cuts it: into more than four records, or with a border
    /// between records inside the server's name.
    pub is_cut_up: bool,
}

/// The server that a ClientHello names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives for a moment; a box would cost each connection an allocation"
)]
pub enum ServerName {
    /// None.
    Absent,
    /// A domain name.
    Name(Name),
    /// Something that is no domain name.
    Odd(Odd),
}

/// What stands where a server's name should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// An address, which RFC 6066 §3 forbids.
    Address,
    /// Bytes that no host name has.
    NotAName,
}

/// Protocols offered by ALPN (RFC 7301).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Alpn {
    /// `h2`.
    pub h2: bool,
    /// `http/1.1`.
    pub http1: bool,
    /// DNS over TLS or QUIC: `dot`, `doq` and its drafts.
    pub dns: bool,
    /// Something else.
    pub other: bool,
}

/// How far a reader has come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives for a moment; a box would cost each connection an allocation"
)]
pub enum Progress {
    /// More bytes are needed.
    More,
    /// The ClientHello is complete.
    Done(Hello),
}

/// Why what came is no ClientHello that can be let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The first byte is not that of a TLS handshake record.
    #[error("this is not TLS")]
    NotTls,
    /// A record's header cannot be (another type, version or length).
    #[error("a TLS record is malformed")]
    Record,
    /// The first handshake message is another.
    #[error("the first handshake message is no ClientHello")]
    NotClientHello,
    /// More bytes than any ClientHello has.
    #[error("the ClientHello is too large")]
    TooLarge,
    /// The message does not hold what it says it holds.
    #[error("the ClientHello is malformed")]
    Body,
    /// An extension stands there twice.
    #[error("the ClientHello has an extension twice")]
    Duplicate,
}

/// Reads one ClientHello from bytes as they come, and keeps them.
#[derive(Debug, Default)]
pub struct HelloReader {
    wire: Vec<u8>,
    /// How much of `wire` was taken apart.
    taken: usize,
    /// Bytes of the current record that are still to come or to be taken.
    left: usize,
    handshake: Vec<u8>,
    /// Where in `handshake` each record but the first begins, as far as they are of interest.
    borders: Vec<usize>,
    records: usize,
}

impl HelloReader {
    /// A reader that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Malformed`] says what is wrong; the reader is of no use afterwards, but for its bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Progress, Malformed> {
        self.wire.extend_from_slice(bytes);
        while self.take()? {
            if self.taken > MAX_WIRE {
                return Err(Malformed::TooLarge);
            }
            if let Some(message) = self.complete()? {
                let (start, end) = message;
                let mut hello = read(&self.handshake[start..end], start)?;
                let within = |&border: &usize| hello.1.contains(&border);
                hello.0.is_cut_up = self.records > USUAL_RECORDS || self.borders.iter().any(within);
                return Ok(Progress::Done(hello.0));
            }
        }
        Ok(Progress::More)
    }

    /// Everything that was read, as it came.
    #[must_use]
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// [`Self::wire`], for who keeps it.
    #[must_use]
    pub fn into_wire(self) -> Vec<u8> {
        self.wire
    }

    /// Whether nothing came yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wire.is_empty()
    }

    /// Takes a record's header, or what is there of its payload. Says whether it took anything.
    fn take(&mut self) -> Result<bool, Malformed> {
        let rest = &self.wire[self.taken..];
        if self.left == 0 {
            let Some(length) = record_length(rest, self.taken == 0)? else {
                return Ok(false);
            };
            self.left = length;
            self.taken += RECORD_HEADER;
            self.records += 1;
            if self.records > 1 && self.records <= USUAL_RECORDS {
                self.borders.push(self.handshake.len());
            }
            return Ok(true);
        }
        let length = rest.len().min(self.left);
        if length == 0 {
            return Ok(false);
        }
        self.handshake.extend_from_slice(&rest[..length]);
        self.taken += length;
        self.left -= length;
        Ok(true)
    }

    /// Where the ClientHello's body stands in `handshake`, once all of it is there.
    fn complete(&self) -> Result<Option<(usize, usize)>, Malformed> {
        match *self.handshake.as_slice() {
            [] => return Ok(None),
            [CLIENT_HELLO, ..] => {}
            _ => return Err(Malformed::NotClientHello),
        }
        let [_, a, b, c, ..] = *self.handshake.as_slice() else {
            return Ok(None);
        };
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        if length > MAX_HANDSHAKE {
            return Err(Malformed::TooLarge);
        }
        let end = HANDSHAKE_HEADER + length;
        Ok((self.handshake.len() >= end).then_some((HANDSHAKE_HEADER, end)))
    }
}

/// The length of the record that begins here; `None` while its header is not complete. What can be
/// judged of an incomplete header is judged at once, so that nobody waits for what cannot come.
fn record_length(bytes: &[u8], is_first: bool) -> Result<Option<usize>, Malformed> {
    match *bytes {
        [] => return Ok(None),
        [HANDSHAKE_RECORD, ..] => {}
        _ if is_first => return Err(Malformed::NotTls),
        _ => return Err(Malformed::Record),
    }
    match *bytes {
        [_, 3, 0..=4, high, low, ..] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            // An empty handshake record is forbidden (RFC 8446 §5.1).
            let is_sound = (1..=MAX_RECORD).contains(&length);
            is_sound.then_some(Some(length)).ok_or(Malformed::Record)
        }
        [_] | [_, 3] | [_, 3, 0..=4] | [_, 3, 0..=4, _] => Ok(None),
        _ if is_first => Err(Malformed::NotTls),
        _ => Err(Malformed::Record),
    }
}

/// Bytes of which parts are cut off at the front.
#[derive(Clone, Copy)]
struct Cursor<'b> {
    bytes: &'b [u8],
}

impl<'b> Cursor<'b> {
    fn take(&mut self, length: usize) -> Result<&'b [u8], Malformed> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(Malformed::Body)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// A vector with one byte of length.
    fn short(&mut self) -> Result<&'b [u8], Malformed> {
        let length = usize::from(self.u8()?);
        self.take(length)
    }

    /// A vector with two bytes of length.
    fn long(&mut self) -> Result<&'b [u8], Malformed> {
        let length = usize::from(self.u16()?);
        self.take(length)
    }

    /// Nothing may be left.
    fn end(self) -> Result<(), Malformed> {
        let is_empty = self.bytes.is_empty();
        is_empty.then_some(()).ok_or(Malformed::Body)
    }
}

/// Reads the body of a ClientHello that stands at `base` of its handshake bytes. Gives with it where
/// the bytes of the server's name stand there.
fn read(body: &[u8], base: usize) -> Result<(Hello, std::ops::Range<usize>), Malformed> {
    let mut cursor = Cursor { bytes: body };
    // legacy_version: SSL 3.0 to TLS 1.2, which TLS 1.3 says, too.
    if !matches!(cursor.u16()?, 0x0300..=0x0303) {
        return Err(Malformed::Body);
    }
    cursor.take(32)?;
    if cursor.short()?.len() > 32 {
        return Err(Malformed::Body);
    }
    let suites = cursor.long()?;
    if suites.is_empty() || suites.len() % 2 != 0 {
        return Err(Malformed::Body);
    }
    if cursor.short()?.is_empty() {
        return Err(Malformed::Body);
    }
    let mut hello = Hello {
        server_name: ServerName::Absent,
        alpn: Alpn::default(),
        has_ech: false,
        has_esni: false,
        is_cut_up: false,
    };
    // Before TLS 1.2 a ClientHello could end here.
    if cursor.bytes.is_empty() {
        return Ok((hello, 0..0));
    }
    let extensions = cursor.long()?;
    cursor.end()?;
    let mut place = 0..0;
    let mut seen = Seen::new();
    let mut cursor = Cursor { bytes: extensions };
    while !cursor.bytes.is_empty() {
        let kind = cursor.u16()?;
        let data = cursor.long()?;
        seen.add(kind)?;
        // RFC 8446 §4.2.11: it must be the last.
        if kind == PRE_SHARED_KEY {
            cursor.end()?;
        }
        let end = base + body.len() - cursor.bytes.len();
        match kind {
            SERVER_NAME => {
                hello.server_name = server_name(data)?;
                place = end - data.len()..end;
            }
            APPLICATION_PROTOCOLS => hello.alpn = alpn(data)?,
            ENCRYPTED_CLIENT_HELLO => hello.has_ech = true,
            ENCRYPTED_SERVER_NAME => hello.has_esni = true,
            _ => {}
        }
    }
    Ok((hello, place))
}

/// Extensions that were seen.
struct Seen {
    kinds: [u16; MAX_EXTENSIONS],
    count: usize,
}

impl Seen {
    const fn new() -> Self {
        Self {
            kinds: [0; MAX_EXTENSIONS],
            count: 0,
        }
    }

    fn add(&mut self, kind: u16) -> Result<(), Malformed> {
        if self.kinds[..self.count].contains(&kind) {
            return Err(Malformed::Duplicate);
        }
        let place = self.kinds.get_mut(self.count).ok_or(Malformed::TooLarge)?;
        *place = kind;
        self.count += 1;
        Ok(())
    }
}

/// RFC 6066 §3: a list of names, of which only one of the only type there is may stand there.
fn server_name(data: &[u8]) -> Result<ServerName, Malformed> {
    let mut cursor = Cursor { bytes: data };
    let mut list = Cursor {
        bytes: cursor.long()?,
    };
    cursor.end()?;
    const HOST_NAME: u8 = 0;
    if list.u8()? != HOST_NAME {
        return Err(Malformed::Body);
    }
    let name = list.long()?;
    list.end()?;
    if name.is_empty() {
        return Err(Malformed::Body);
    }
    Ok(named(name))
}

/// What the bytes of a server's name say. Only ASCII is a name here: on the wire names stand in
/// their A-label form (RFC 6066 §3).
fn named(bytes: &[u8]) -> ServerName {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => text,
        _ => return ServerName::Odd(Odd::NotAName),
    };
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return ServerName::Odd(Odd::Address);
    }
    match Name::from_text(text) {
        Ok(name) => ServerName::Name(name),
        Err(_) => ServerName::Odd(Odd::NotAName),
    }
}

/// RFC 7301 §3.1.
fn alpn(data: &[u8]) -> Result<Alpn, Malformed> {
    let mut cursor = Cursor { bytes: data };
    let mut list = Cursor {
        bytes: cursor.long()?,
    };
    cursor.end()?;
    let mut alpn = Alpn::default();
    if list.bytes.is_empty() {
        return Err(Malformed::Body);
    }
    while !list.bytes.is_empty() {
        match list.short()? {
            b"" => return Err(Malformed::Body),
            b"h2" => alpn.h2 = true,
            b"http/1.1" => alpn.http1 = true,
            b"dot" | b"doq" => alpn.dns = true,
            other if other.starts_with(b"doq-") => alpn.dns = true,
            _ => alpn.other = true,
        }
    }
    Ok(alpn)
}

#[cfg(test)]
#[path = "hello_tests.rs"]
mod tests;
