//! Any bytes as a delta over a small list: it is applied to the signed list or refused. And two lists
//! made of the bytes: the delta between them leads from one to the other.

#![no_main]

use std::collections::BTreeSet;

use lachan_lists::canonical::Info;
use lachan_lists::delta::{Expected, Header, apply, make};
use libfuzzer_sys::fuzz_target;

fn list(bytes: &[u8]) -> Vec<u8> {
    let lines: BTreeSet<&[u8]> = bytes
        .split(|byte| *byte < b' ')
        .filter(|line| !line.is_empty() && line.len() < 1000)
        .collect();
    lines
        .into_iter()
        .flat_map(|line| [line, b"\n"].concat())
        .collect()
}

/// What the header says, as if it were signed.
fn told(header: &Header) -> Expected {
    let info = |entries, length, sha256| Info {
        entries,
        length,
        sha256,
    };
    Expected {
        from: info(header.from_entries, header.from_length, header.from),
        to: info(header.to_entries, header.to_length, header.to),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let base = b"a.vn\nb.vn\nd.vn\n";
    if let Ok(header) = Header::read(&mut &bytes[..]) {
        let mut out = Vec::new();
        if let Ok(done) = apply(&base[..], bytes, &mut out, &told(&header)) {
            assert_eq!((done.length, done.sha256), (out.len() as u64, header.to));
        }
        assert!(out.len() as u64 <= header.to_length);
    }
    let (left, right) = bytes.split_at(bytes.len() / 2);
    let (from, to) = (list(left), list(right));
    let Ok(delta) = make(&from, &to) else {
        panic!("sorted lists have a delta");
    };
    let Ok(header) = Header::read(&mut delta.as_slice()) else {
        panic!("a delta has a header");
    };
    let mut out = Vec::new();
    assert!(apply(from.as_slice(), delta.as_slice(), &mut out, &told(&header)).is_ok());
    assert_eq!(out, to);
});
