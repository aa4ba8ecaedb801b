//! The reader of ClientHellos: what it reads, what it refuses, and that rustls reads the same.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// A ClientHello's parts, to be put together right or wrong.
#[derive(Clone)]
struct Draft {
    version: [u8; 2],
    session: Vec<u8>,
    suites: Vec<u8>,
    compression: Vec<u8>,
    extensions: Vec<(u16, Vec<u8>)>,
}

impl Draft {
    fn new() -> Self {
        Self {
            version: [3, 3],
            session: vec![7; 32],
            suites: vec![0x13, 0x01],
            compression: vec![0],
            extensions: Vec::new(),
        }
    }

    fn named(name: &str) -> Self {
        Self::new().with(SERVER_NAME, sni(name.as_bytes()))
    }

    fn with(mut self, kind: u16, data: Vec<u8>) -> Self {
        self.extensions.push((kind, data));
        self
    }

    /// The handshake message.
    fn message(&self) -> Vec<u8> {
        let mut body = self.version.to_vec();
        body.extend([9; 32]);
        body.push(u8::try_from(self.session.len()).unwrap());
        body.extend(&self.session);
        body.extend(long(&self.suites));
        body.push(u8::try_from(self.compression.len()).unwrap());
        body.extend(&self.compression);
        let mut extensions = Vec::new();
        for (kind, data) in &self.extensions {
            extensions.extend(kind.to_be_bytes());
            extensions.extend(long(data));
        }
        body.extend(long(&extensions));
        message(&body)
    }

    fn wire(&self) -> Vec<u8> {
        record(&self.message())
    }
}

fn long(bytes: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(bytes.len()).unwrap().to_be_bytes().to_vec();
    out.extend(bytes);
    out
}

fn message(body: &[u8]) -> Vec<u8> {
    let mut out = vec![CLIENT_HELLO];
    out.extend(&u32::try_from(body.len()).unwrap().to_be_bytes()[1..]);
    out.extend(body);
    out
}

fn record(payload: &[u8]) -> Vec<u8> {
    let mut out = vec![HANDSHAKE_RECORD, 3, 1];
    out.extend(long(payload));
    out
}

/// The message in records that begin at these places of it.
fn records(message: &[u8], borders: &[usize]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut start = 0;
    for &border in borders.iter().chain([&message.len()]) {
        out.extend(record(&message[start..border]));
        start = border;
    }
    out
}

fn sni(name: &[u8]) -> Vec<u8> {
    let mut entry = vec![0];
    entry.extend(long(name));
    long(&entry)
}

fn all(wire: &[u8]) -> Result<Progress, Malformed> {
    HelloReader::new().push(wire)
}

fn hello(wire: &[u8]) -> Hello {
    match all(wire) {
        Ok(Progress::Done(hello)) => hello,
        other => panic!("{other:?}"),
    }
}

fn name(text: &str) -> ServerName {
    ServerName::Name(Name::from_text(text).unwrap())
}

/// What rustls sends for a name.
fn real(server: &str) -> Vec<u8> {
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let server = server.to_owned().try_into().unwrap();
    let mut client = rustls::ClientConnection::new(Arc::new(config), server).unwrap();
    let mut wire = Vec::new();
    client.write_tls(&mut wire).unwrap();
    wire
}

#[test]
fn the_name_of_a_real_client_is_read() {
    assert_eq!(
        hello(&real("hoc.vnedu.vn")).server_name,
        name("hoc.vnedu.vn")
    );
    assert_eq!(hello(&real("192.0.2.7")).server_name, ServerName::Absent);
}

#[test]
fn a_hello_cut_into_segments_at_any_byte_reads_the_same() {
    let wire = real("www.example.vn");
    let whole = hello(&wire);
    for cut in 1..wire.len() {
        let mut reader = HelloReader::new();
        assert_eq!(reader.push(&wire[..cut]), Ok(Progress::More), "{cut}");
        assert_eq!(
            reader.push(&wire[cut..]),
            Ok(Progress::Done(whole.clone())),
            "{cut}"
        );
        assert_eq!(reader.wire(), wire);
    }
    assert!(!whole.is_cut_up);
}

#[test]
fn a_hello_cut_into_records_at_any_byte_gives_the_same_name() {
    let message = Draft::named("www.example.vn").message();
    let place = message
        .windows(14)
        .position(|window| window == b"www.example.vn")
        .unwrap();
    for cut in 1..message.len() {
        let read = hello(&records(&message, &[cut]));
        assert_eq!(read.server_name, name("www.example.vn"), "{cut}");
        if (place + 1..place + 14).contains(&cut) {
            assert!(read.is_cut_up, "{cut}");
        }
        if cut < place - 9 {
            assert!(!read.is_cut_up, "{cut}");
        }
    }
    let bytes: Vec<usize> = (1..message.len()).collect();
    let read = hello(&records(&message, &bytes));
    assert_eq!(read.server_name, name("www.example.vn"));
    assert!(read.is_cut_up);
}

#[test]
fn what_follows_the_hello_is_ignored() {
    let mut wire = Draft::named("a.vn").wire();
    wire.extend([20, 3, 3, 0, 1, 1, 23, 3, 3, 0xff, 0xff]);
    assert_eq!(hello(&wire).server_name, name("a.vn"));
}

#[test]
fn a_name_is_brought_to_its_normal_form() {
    for (given, expected) in [
        ("WWW.Example.VN", "www.example.vn"),
        ("a.vn.", "a.vn"),
        ("xn--hc-iia.vn", "xn--hc-iia.vn"),
    ] {
        let read = hello(&Draft::named(given).wire());
        assert_eq!(read.server_name, name(expected), "{given}");
    }
}

#[test]
fn what_is_no_name_is_told_apart() {
    for (given, expected) in [
        (&b"192.0.2.1"[..], Odd::Address),
        (b"2001:db8::1", Odd::Address),
        (b"[2001:db8::1]", Odd::Address),
        (b"a\0b.vn", Odd::NotAName),
        (b"a b.vn", Odd::NotAName),
        (b"a..vn", Odd::NotAName),
        (b"127.1", Odd::NotAName),
        (b".", Odd::NotAName),
        ("học.vn".as_bytes(), Odd::NotAName),
        (b"\xff\xfe", Odd::NotAName),
        (&[b'a'; 300], Odd::NotAName),
    ] {
        let draft = Draft::new().with(SERVER_NAME, sni(given));
        assert_eq!(hello(&draft.wire()).server_name, ServerName::Odd(expected));
    }
}

#[test]
fn extensions_that_hide_a_name_are_seen() {
    let draft = Draft::new()
        .with(ENCRYPTED_SERVER_NAME, vec![1, 2])
        .with(ENCRYPTED_CLIENT_HELLO, vec![0]);
    let read = hello(&draft.wire());
    assert!(read.has_esni && read.has_ech);
    assert_eq!(read.server_name, ServerName::Absent);
}

#[test]
fn protocols_of_dns_are_recognised() {
    let offer = |protocols: &[&[u8]]| {
        let mut list = Vec::new();
        for protocol in protocols {
            list.push(u8::try_from(protocol.len()).unwrap());
            list.extend(*protocol);
        }
        let draft = Draft::named("a.vn").with(APPLICATION_PROTOCOLS, long(&list));
        hello(&draft.wire()).alpn
    };
    assert_eq!(
        offer(&[b"h2", b"http/1.1"]),
        Alpn {
            h2: true,
            http1: true,
            dns: false,
            other: false
        }
    );
    assert!(offer(&[b"dot"]).dns && offer(&[b"doq-i02"]).dns && offer(&[b"x", b"doq"]).dns);
    let other = Alpn {
        other: true,
        ..Alpn::default()
    };
    assert_eq!(offer(&[b"spdy/3"]), other);
}

#[test]
fn an_old_hello_without_extensions_has_no_name() {
    let mut body = vec![3, 1];
    body.extend([9; 32]);
    body.extend([0, 0, 2, 0, 47, 1, 0]);
    assert_eq!(
        hello(&record(&message(&body))).server_name,
        ServerName::Absent
    );
}

#[test]
fn a_large_hello_is_read_and_a_huge_one_refused() {
    let draft = |size| Draft::named("a.vn").with(0xaaaa, vec![0; size]);
    let message = draft(11_000).message();
    assert_eq!(hello(&records(&message, &[])).server_name, name("a.vn"));
    let message = draft(32_000).message();
    assert_eq!(
        hello(&records(&message, &[16_000])).server_name,
        name("a.vn")
    );
    let message = draft(33_000).message();
    assert_eq!(
        all(&records(&message, &[16_000, 32_000])),
        Err(Malformed::TooLarge)
    );
}

#[test]
fn a_hello_in_more_bytes_of_records_than_allowed_is_refused() {
    let message = Draft::named("a.vn").with(0xaaaa, vec![0; 20_000]).message();
    let borders: Vec<usize> = (1..message.len()).collect();
    assert_eq!(all(&records(&message, &borders)), Err(Malformed::TooLarge));
}

#[test]
fn what_is_not_tls_is_known_at_the_first_byte() {
    for first in (0..=255).filter(|&byte| byte != HANDSHAKE_RECORD) {
        assert_eq!(all(&[first]), Err(Malformed::NotTls));
    }
    assert_eq!(all(b"SSH-2.0-x"), Err(Malformed::NotTls));
    assert_eq!(all(&[22, 2]), Err(Malformed::NotTls));
    assert_eq!(all(&[22, 3, 5]), Err(Malformed::NotTls));
}

#[test]
fn malformed_records_are_refused() {
    let start = Draft::named("a.vn").message();
    let mut wire = record(&start[..10]);
    wire.extend([20, 3, 3, 0, 1, 1]); // a ChangeCipherSpec before the hello is complete
    wire.extend(record(&start[10..]));
    assert_eq!(all(&wire), Err(Malformed::Record));
    assert_eq!(all(&[22, 3, 1, 0, 0]), Err(Malformed::Record));
    assert_eq!(all(&[22, 3, 1, 0x40, 1]), Err(Malformed::Record));
    let mut wire = record(&start[..10]);
    wire.extend([22, 3, 3, 0, 0]);
    assert_eq!(all(&wire), Err(Malformed::Record));
    assert_eq!(all(&record(&[2, 0, 0])), Err(Malformed::NotClientHello));
}

#[test]
fn malformed_bodies_are_refused() {
    let damaged = |change: fn(&mut Draft)| {
        let mut draft = Draft::named("a.vn");
        change(&mut draft);
        all(&draft.wire())
    };
    assert_eq!(
        damaged(|draft| draft.version = [3, 4]),
        Err(Malformed::Body)
    );
    assert_eq!(
        damaged(|draft| draft.version = [2, 0]),
        Err(Malformed::Body)
    );
    assert_eq!(
        damaged(|draft| draft.session = vec![0; 33]),
        Err(Malformed::Body)
    );
    assert_eq!(
        damaged(|draft| draft.suites = vec![1]),
        Err(Malformed::Body)
    );
    assert_eq!(damaged(|draft| draft.suites.clear()), Err(Malformed::Body));
    assert_eq!(
        damaged(|draft| draft.compression.clear()),
        Err(Malformed::Body)
    );
    let twice = Draft::named("a.vn").with(SERVER_NAME, sni(b"b.vn"));
    assert_eq!(all(&twice.wire()), Err(Malformed::Duplicate));
    let not_last = Draft::new().with(PRE_SHARED_KEY, vec![0]).with(1, vec![]);
    assert_eq!(all(&not_last.wire()), Err(Malformed::Body));
    let many = (0..200).fold(Draft::new(), |draft, kind| draft.with(1000 + kind, vec![]));
    assert_eq!(all(&many.wire()), Err(Malformed::TooLarge));
}

#[test]
fn lists_of_names_other_than_one_host_are_refused() {
    let mut two = vec![0, 0, 1, b'a', 0, 0, 1, b'b'];
    for data in [
        long(&two),
        long(&[1, 0, 1, b'a']),
        long(&[0, 0, 0]),
        long(&[]),
        long(&[0, 0, 9, b'a']),
        vec![],
        {
            two.push(0);
            two.clone()
        },
    ] {
        let draft = Draft::new().with(SERVER_NAME, data.clone());
        assert_eq!(all(&draft.wire()), Err(Malformed::Body), "{data:?}");
    }
}

/// What rustls makes of a hello: its server name, or that it refuses it or waits for more.
fn by_rustls(wire: &[u8]) -> Result<Option<Option<String>>, ()> {
    let mut acceptor = rustls::server::Acceptor::default();
    let mut rest = wire;
    loop {
        let read = acceptor.read_tls(&mut rest).map_err(drop)?;
        match acceptor.accept() {
            Ok(Some(accepted)) => {
                return Ok(Some(
                    accepted.client_hello().server_name().map(str::to_owned),
                ));
            }
            Ok(None) if read == 0 => return Ok(None),
            Ok(None) => {}
            Err(_) => return Err(()),
        }
    }
}

/// Where both let a hello pass, both must read the same name; where we let one pass with a name,
/// rustls must not read another.
fn compare(wire: &[u8]) {
    let (Ok(Progress::Done(ours)), Ok(Some(theirs))) = (all(wire), by_rustls(wire)) else {
        return;
    };
    match (&ours.server_name, theirs) {
        (ServerName::Name(ours), Some(theirs)) => {
            assert_eq!(Name::from_text(&theirs), Ok(*ours));
        }
        (ServerName::Name(ours), None) => panic!("rustls sees no name where we see {ours}"),
        // What is odd to us is closed; what rustls makes of it matters to nobody.
        (ServerName::Odd(_), _) | (ServerName::Absent, None) => {}
        (ServerName::Absent, Some(theirs)) => panic!("we see no name where rustls sees {theirs}"),
    }
}

#[test]
fn rustls_reads_the_same_name_from_every_damaged_hello() {
    let wire = real("hoc.vnedu.vn");
    compare(&wire);
    for at in 0..wire.len() {
        for value in [
            0,
            1,
            2,
            3,
            22,
            0x7f,
            0xff,
            wire[at] ^ 1,
            wire[at].wrapping_add(1),
        ] {
            let mut damaged = wire.clone();
            damaged[at] = value;
            compare(&damaged);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = all(&bytes);
        let mut wire = record(&message(&bytes));
        let _ = all(&wire);
        wire.truncate(bytes.len() / 2);
        let _ = all(&wire);
    }

    #[test]
    fn pieces_make_no_difference(
        cuts in proptest::collection::vec(0usize..2000, 0..12),
        borders in proptest::collection::btree_set(1usize..90, 0..6),
        tail in proptest::collection::vec(any::<u8>(), 0..40),
        flips in proptest::collection::vec((0usize..300, any::<u8>()), 0..3),
    ) {
        let message = Draft::named("www.example.vn").message();
        let borders: Vec<usize> = borders.into_iter().filter(|&b| b < message.len()).collect();
        let mut wire = records(&message, &borders);
        for (at, value) in flips {
            if let Some(byte) = wire.get_mut(at) {
                *byte = value;
            }
        }
        wire.extend(tail);
        let whole = all(&wire);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % wire.len()).collect();
        cuts.extend([0, wire.len()]);
        cuts.sort_unstable();
        let mut reader = HelloReader::new();
        let mut outcome = Ok(Progress::More);
        for pair in cuts.windows(2) {
            outcome = reader.push(&wire[pair[0]..pair[1]]);
            if outcome != Ok(Progress::More) {
                break;
            }
        }
        prop_assert_eq!(outcome, whole);
    }

    #[test]
    fn a_name_that_is_let_pass_is_the_one_rustls_reads(
        flips in proptest::collection::vec((0usize..400, any::<u8>()), 1..6),
    ) {
        let mut wire = real("hoc.vnedu.vn");
        for (at, value) in flips {
            if let Some(byte) = wire.get_mut(at) {
                *byte = value;
            }
        }
        compare(&wire);
    }
}
