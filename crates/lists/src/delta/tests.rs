//! Deltas: there and back, and nothing that hostile bytes can do.

use super::*;
use crate::canonical::Info;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use std::io::Write as _;

fn hash(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn info(text: &[u8]) -> Info {
    Info {
        entries: text.iter().filter(|byte| **byte == b'\n').count() as u64,
        length: text.len() as u64,
        sha256: hash(text),
    }
}

fn applied(base: &[u8], delta: &[u8], wanted: &[u8]) -> Result<Vec<u8>, ApplyError> {
    let mut out = Vec::new();
    let expected = Expected {
        from: info(base),
        to: info(wanted),
    };
    let done = apply(base, delta, &mut out, &expected)?;
    assert_eq!((done.length, done.sha256), (out.len() as u64, hash(&out)));
    Ok(out)
}

fn list(lines: &[&str]) -> Vec<u8> {
    lines
        .iter()
        .flat_map(|line| format!("{line}\n").into_bytes())
        .collect()
}

#[test]
fn a_delta_leads_from_one_version_to_the_next() {
    let (a, b) = (
        list(&["a.vn", "b.vn", "d.vn"]),
        list(&["a.vn", "c.vn", "d.vn", "e.vn"]),
    );
    for (from, to) in [
        (&a, &b),
        (&b, &a),
        (&a, &a),
        (&a, &Vec::new()),
        (&Vec::new(), &b),
    ] {
        let delta = make(from, to).unwrap();
        assert_eq!(applied(from, &delta, to).unwrap(), *to);
    }
    let header = Header::read(&mut make(&a, &b).unwrap().as_slice()).unwrap();
    assert_eq!(
        (
            header.removed,
            header.added,
            header.from_entries,
            header.to_entries
        ),
        (1, 2, 3, 4)
    );
}

#[test]
fn one_name_costs_little_more_than_itself() {
    let names: Vec<String> = (0..50_000)
        .map(|n| format!("host{n:05}.example.vn"))
        .collect();
    let from = list(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut to = from.clone();
    to.extend_from_slice(b"zalo-gia-mao.vn\n");
    let delta = make(&from, &to).unwrap();
    assert!(delta.len() < 125, "{}", delta.len());
}

#[test]
fn what_is_not_canonical_has_no_delta() {
    let good = list(&["a.vn"]);
    for wrong in ["b.vn\na.vn\n", "a.vn\na.vn\n", "a.vn", "\n", "a.vn\n\n"] {
        assert!(
            matches!(make(wrong.as_bytes(), &good), Err(MakeError::NotCanonical)),
            "{wrong:?}"
        );
        assert!(
            matches!(make(&good, wrong.as_bytes()), Err(MakeError::NotCanonical)),
            "{wrong:?}"
        );
    }
}

#[test]
fn another_base_or_another_result_is_refused() {
    let (a, b, c) = (
        list(&["a.vn", "b.vn"]),
        list(&["a.vn", "c.vn"]),
        list(&["a.vn", "b.vx"]),
    );
    let delta = make(&a, &b).unwrap();
    assert!(matches!(
        applied(&a, &delta, &c),
        Err(ApplyError::OtherResult)
    ));
    assert!(matches!(
        applied(&c, &delta, &b),
        Err(ApplyError::OtherBase)
    ));
    assert!(matches!(
        applied(&b"a.vn\n"[..], &delta, &b),
        Err(ApplyError::OtherBase)
    ));
    assert!(matches!(
        applied(&list(&["a.vn", "b.vn", "c.vn"]), &delta, &b),
        Err(ApplyError::OtherBase)
    ));
    let mut more = delta.clone();
    more.push(0);
    assert!(matches!(applied(&a, &more, &b), Err(ApplyError::Damaged)));
}

#[test]
fn every_cut_and_every_turned_byte_is_noticed() {
    let (a, b) = (
        list(&["a.vn", "b.vn", "d.vn"]),
        list(&["a.vn", "c.vn", "d.vn", "e.vn"]),
    );
    let delta = make(&a, &b).unwrap();
    for end in 0..delta.len() {
        assert!(applied(&a, &delta[..end], &b).is_err(), "cut at {end}");
    }
    for at in 0..delta.len() {
        let mut turned = delta.clone();
        turned[at] ^= 0x41;
        // Some bits of a zstd frame mean nothing; whatever comes out must be the signed list.
        if let Ok(out) = applied(&a, &turned, &b) {
            assert_eq!(out, b, "byte {at}");
        }
    }
}

#[test]
fn a_delta_that_blows_up_is_stopped_at_the_signed_length() {
    // Honest header for a short list, behind it a gigabyte of one long line.
    let (a, b) = (list(&["a.vn"]), list(&["a.vn", "b.vn"]));
    let mut delta = Vec::new();
    Header::read(&mut make(&a, &b).unwrap().as_slice())
        .unwrap()
        .write(&mut delta);
    let mut bomb = zstd::Encoder::new(delta, 1).unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..64 {
        bomb.write_all(&piece).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 20_000);
    assert!(matches!(applied(&a, &bomb, &b), Err(ApplyError::Damaged)));
}

/// A writer that counts what comes.
struct Counting(u64);

impl io::Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_delta_whose_numbers_nobody_signed_writes_nothing() {
    // It leads to the signed hash by its own word, but to a list a thousand times as long.
    let (a, b) = (list(&["a.vn"]), list(&["a.vn", "b.vn"]));
    let names: Vec<String> = (0..50_000).map(|n| format!("b{n:05}.vn")).collect();
    let long = list(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let honest = make(&a, &long).unwrap();
    let mut header = Header::read(&mut honest.as_slice()).unwrap();
    let body = {
        let mut bytes = Vec::new();
        header.write(&mut bytes);
        honest[bytes.len()..].to_vec()
    };
    header.to = hash(&b);
    let expected = Expected {
        from: info(&a),
        to: info(&b),
    };
    let check = |header: &Header| {
        let mut delta = Vec::new();
        header.write(&mut delta);
        delta.extend_from_slice(&body);
        let mut out = Counting(0);
        let error = apply(a.as_slice(), delta.as_slice(), &mut out, &expected).unwrap_err();
        assert_eq!(out.0, 0, "{error:?}");
        error
    };
    assert!(matches!(check(&header), ApplyError::OtherNumbers));
    header.from = hash(&b);
    assert!(matches!(check(&header), ApplyError::OtherBase));
    header.to = hash(&long);
    assert!(matches!(check(&header), ApplyError::OtherResult));
}

#[test]
fn numbers_that_cannot_be_true_are_refused() {
    let a = list(&["a.vn"]);
    let good = Header::read(&mut make(&a, &a).unwrap().as_slice()).unwrap();
    let check = |change: fn(&mut Header)| {
        let mut header = good.clone();
        change(&mut header);
        let mut bytes = Vec::new();
        header.write(&mut bytes);
        assert!(
            matches!(
                Header::read(&mut bytes.as_slice()),
                Err(HeaderError::Numbers)
            ),
            "{header:?}"
        );
    };
    check(|h| h.to_length = MOST_LENGTH + 1);
    check(|h| h.from_length = u64::MAX);
    check(|h| h.removed = 2);
    check(|h| h.added = 2);
    check(|h| h.to_entries = 2);
    check(|h| {
        (h.from_entries, h.to_entries) = (3, 3);
    });
}

proptest! {
    #[test]
    fn apply_undoes_make(
        a in proptest::collection::btree_set("[a-d]{1,4}", 0..60),
        b in proptest::collection::btree_set("[a-d]{1,4}", 0..60),
    ) {
        let text = |set: &std::collections::BTreeSet<String>| {
            // In the order of bytes with the line feed, as a canonical file has it.
            list(&set.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let (a, b) = (text(&a), text(&b));
        let delta = make(&a, &b).unwrap();
        prop_assert_eq!(applied(&a, &delta, &b).unwrap(), b);
    }

    #[test]
    fn hostile_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), head: bool) {
        let a = list(&["a.vn", "b.vn"]);
        let b = list(&["a.vn", "c.vn"]);
        let mut delta = if head { make(&a, &b).unwrap()[..78].to_vec() } else { Vec::new() };
        delta.extend(bytes);
        if let Ok(out) = applied(&a, &delta, &b) {
            prop_assert_eq!(out, b);
        }
    }
}
