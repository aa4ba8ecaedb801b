//! Any bytes as the beginning of a TLS connection, in any pieces: no panic, the pieces make no
//! difference, and a name that is read is the one that rustls reads.

#![no_main]

use lachan_policy::Name;
use lachan_proxy::tls::{HelloReader, Progress, ServerName};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The first byte says how it is cut up.
    let Some((&cut, wire)) = bytes.split_first() else {
        return;
    };
    let whole = HelloReader::new().push(wire);
    let mut reader = HelloReader::new();
    let mut outcome = Ok(Progress::More);
    for piece in wire.chunks(usize::from(cut) + 1) {
        outcome = reader.push(piece);
        if outcome != Ok(Progress::More) {
            break;
        }
    }
    assert_eq!(outcome, whole);
    if let Ok(Progress::Done(hello)) = whole {
        compare(wire, &hello.server_name);
    }
});

/// Where rustls takes the hello, too, it must read the same name.
fn compare(wire: &[u8], ours: &ServerName) {
    let mut acceptor = rustls::server::Acceptor::default();
    let mut rest = wire;
    let accepted = loop {
        let Ok(read) = acceptor.read_tls(&mut rest) else {
            return;
        };
        match acceptor.accept() {
            Ok(Some(accepted)) => break accepted,
            Ok(None) if read > 0 => {}
            _ => return,
        }
    };
    let theirs = accepted.client_hello().server_name().map(str::to_owned);
    match (ours, theirs) {
        (ServerName::Name(ours), Some(theirs)) => {
            assert_eq!(Name::from_text(&theirs), Ok(*ours));
        }
        (ServerName::Name(_), None) | (ServerName::Absent, Some(_)) => {
            panic!("only one of us reads a name");
        }
        (ServerName::Odd(_), _) | (ServerName::Absent, None) => {}
    }
}
