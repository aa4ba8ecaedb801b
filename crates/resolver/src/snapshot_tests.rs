//! Tests of the snapshot as bytes, and of its arithmetic. What an engine makes of one is tested in
//! `crate::tests::snapshots`.

use super::*;
use crate::wire::query::tests::query;
use crate::wire::response::tests::Script;
use proptest::prelude::*;

const AT: Stamp = Stamp {
    unix: Some(1_795_342_140),
    boot: Some(Boot {
        id: 7,
        seconds: 100,
    }),
};

fn head(at: Stamp) -> Head {
    Head {
        terms: 42,
        source: 43,
        at,
    }
}

fn entry(name: &str, age: u32, ttl: u32, flags: u8) -> Entry<'static> {
    let bytes = Script::new(&query(name, 1), 0).a(name, ttl).bytes();
    let reply = Reply::keep(&bytes, u32::MAX).unwrap();
    Entry {
        age,
        lifetime: ttl,
        flags,
        message: reply.view().wire().to_vec().into(),
    }
}

fn written(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut writer = Writer::new();
    assert!(entries.iter().all(|entry| writer.add(entry)));
    writer.finish(head(AT))
}

/// A snapshot of bytes for entries, with a right head and checksum.
fn sealed(count: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; HEAD];
    bytes.extend_from_slice(body);
    let writer = Writer {
        bytes,
        entries: count,
    };
    writer.finish(head(AT))
}

fn check(bytes: &[u8], expected: SnapshotError) {
    assert_eq!(read(bytes).map(|_| ()), Err(expected));
}

#[test]
fn what_is_written_is_read() {
    let entries = [entry("a.vn", 3, 60, 0), entry("b.edu.vn", 0, 1, 7)];
    let bytes = written(&entries);
    let (said, read) = read(&bytes).unwrap();
    assert_eq!(said, head(AT));
    assert_eq!(read, entries);
    let (key, reply) = read[1].reply(3600).unwrap();
    assert!(key.dnssec_ok && key.checking_disabled && reply.is_authentic());
    assert_eq!((key.name.to_string().as_str(), key.qtype), ("b.edu.vn", 1));
}

#[test]
fn a_moment_that_is_not_known_stays_unknown() {
    let bytes = Writer::new().finish(head(Stamp::default()));
    assert_eq!(read(&bytes).unwrap().0.at, Stamp::default());
}

#[test]
fn a_snapshot_cut_anywhere_is_refused() {
    let whole = written(&[entry("a.vn", 3, 60, 0)]);
    for length in 0..whole.len() {
        check(&whole[..length], SnapshotError::Length);
    }
    check(&[&whole[..], b"x"].concat(), SnapshotError::Length);
}

#[test]
fn every_damaged_byte_is_noticed() {
    let whole = written(&[entry("a.vn", 3, 60, 0)]);
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            assert!(read(&bytes).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn something_else_is_no_snapshot() {
    for other in [&b"SQLite format 3\0"[..], b"\x7fELF", &[0; 4096]] {
        check(other, SnapshotError::Foreign);
    }
}

#[test]
fn a_later_version_is_refused_by_its_number() {
    let mut bytes = written(&[entry("a.vn", 3, 60, 0)]);
    bytes[8..12].copy_from_slice(&2u32.to_le_bytes());
    check(&bytes, SnapshotError::Newer(2));
    // Whatever its head looks like.
    check(&bytes[..12], SnapshotError::Newer(2));
}

#[test]
fn a_larger_one_than_any_is_not_even_looked_at() {
    check(&vec![0; MAX_SNAPSHOT + 1], SnapshotError::TooLarge);
}

#[test]
fn entries_that_no_cache_holds_are_refused() {
    let good = entry("a.vn", 3, 60, 0);
    let bad = |change: &dyn Fn(&mut Entry<'static>)| {
        let mut entry = good.clone();
        change(&mut entry);
        let mut body = Vec::new();
        good.write(&mut body);
        entry.write(&mut body);
        check(&sealed(2, &body), SnapshotError::Entry(1));
    };
    bad(&|entry| entry.flags = 8);
    bad(&|entry| entry.lifetime = 0);
    bad(&|entry| entry.message = Vec::new().into());
    // SERVFAIL, another class, an upper-case question, two questions, an id, a record too many.
    for (at, value) in [(3, 2), (21, 3), (13, b'A'), (5, 2), (0, 1), (7, 2)] {
        bad(&|entry| entry.message.to_mut()[at] = value);
    }
    check(&sealed(1, &[]), SnapshotError::Entry(0));
    let mut body = Vec::new();
    good.write(&mut body);
    check(&sealed(0, &body), SnapshotError::Length);
    check(&sealed(2, &body), SnapshotError::Entry(1));
}

#[test]
fn what_has_no_room_is_left_out() {
    let entry = entry("a.vn", 3, 60, 0);
    let mut writer = Writer::new();
    while writer.add(&entry) {}
    let bytes = writer.finish(head(AT));
    assert!(bytes.len() <= MAX_SNAPSHOT && bytes.len() > MAX_SNAPSHOT - 100);
    assert!(read(&bytes).is_ok());
}

#[test]
fn a_lower_highest_ttl_holds_for_old_answers_too() {
    let (_, reply) = entry("a.vn", 3, 60, 0).reply(20).unwrap();
    assert_eq!(reply.lifetime(), 20);
}

#[test]
fn time_gone_is_told_by_the_boot_else_by_the_wall_clock_else_by_nobody() {
    let boot = |id, seconds| Some(Boot { id, seconds });
    let stamp = |unix, boot| Stamp { unix, boot };
    for (then, now, expected) in [
        (
            stamp(Some(50), boot(1, 10)),
            stamp(Some(90), boot(1, 15)),
            Some(40),
        ),
        (
            stamp(Some(50), boot(1, 10)),
            stamp(Some(52), boot(1, 15)),
            Some(5),
        ),
        // The wall clock was set back meanwhile: the boot's clock was not.
        (
            stamp(Some(50), boot(1, 10)),
            stamp(Some(1), boot(1, 15)),
            Some(5),
        ),
        (stamp(None, boot(1, 10)), stamp(None, boot(1, 10)), Some(0)),
        (
            stamp(Some(50), boot(1, 10)),
            stamp(Some(90), boot(2, 1)),
            Some(40),
        ),
        (stamp(Some(50), None), stamp(Some(90), None), Some(40)),
        (stamp(Some(50), None), stamp(Some(50), None), Some(0)),
        // It went back, or is not known at one end.
        (
            stamp(Some(50), boot(1, 10)),
            stamp(Some(49), boot(2, 1)),
            None,
        ),
        (
            stamp(Some(50), boot(1, 10)),
            stamp(Some(90), boot(1, 9)),
            None,
        ),
        (stamp(None, boot(1, 10)), stamp(Some(90), boot(2, 1)), None),
        (stamp(Some(50), boot(1, 10)), stamp(None, boot(2, 1)), None),
        (stamp(None, None), stamp(None, None), None),
        (
            stamp(Some(1), None),
            stamp(Some(i64::MAX), None),
            Some(u32::MAX),
        ),
        (
            stamp(Some(i64::MIN), None),
            stamp(Some(i64::MAX), None),
            None,
        ),
    ] {
        assert_eq!(now.since(then), expected, "{then:?} {now:?}");
    }
}

fn nine() -> crate::Upstream {
    std::net::SocketAddr::from(([9, 9, 9, 9], 53)).into()
}

#[test]
fn other_terms_have_another_number_and_new_roots_have_not() {
    let plain = Settings::default();
    let changed = |change: &dyn Fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        terms(&settings) != terms(&plain)
    };
    assert!(changed(&|s| s.forwarding.rebind_protection = false));
    assert!(changed(&|s| s.forwarding.dnssec = crate::Dnssec::Validate));
    assert!(!changed(&|s| s.forwarding.tls_roots = vec![vec![1]]));
    assert!(!changed(&|s| s.cache_bytes = 1));
    assert!(!changed(&|s| s.upstreams = vec![nine()]));
    let other = Settings {
        upstreams: vec![nine()],
        ..Settings::default()
    };
    assert_ne!(source(&plain), source(&other));
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_again(
        entries in proptest::collection::vec(("[a-z]{1,20}", any::<u32>(), 1u32..=i32::MAX.unsigned_abs(), 0u8..8), 0..40),
        unix in 1i64..,
        boot in proptest::option::of((1u128.., any::<u64>())),
    ) {
        let entries: Vec<_> = entries
            .iter()
            .map(|(name, age, ttl, flags)| entry(&format!("{name}.vn"), *age, *ttl, *flags))
            .collect();
        let at = Stamp { unix: Some(unix), boot: boot.map(|(id, seconds)| Boot { id, seconds }) };
        let mut writer = Writer::new();
        prop_assert!(entries.iter().all(|entry| writer.add(entry)));
        let bytes = writer.finish(head(at));
        let (said, again) = read(&bytes).unwrap();
        prop_assert_eq!(said, head(at));
        prop_assert_eq!(again, entries);
    }

    #[test]
    fn no_bytes_upset_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400), has_magic: bool) {
        fuzz(&bytes);
        if has_magic {
            let _ = read(&[&MAGIC[..], &VERSION.to_le_bytes(), &bytes].concat());
        }
    }

    #[test]
    fn a_changed_snapshot_is_refused_or_read_without_harm(at in 0usize..200, value: u8) {
        let mut bytes = written(&[entry("a.vn", 3, 60, 0), entry("b.vn", 3, 60, 0)]);
        let at = at % bytes.len();
        bytes[at] = value;
        fuzz(&bytes);
        fuzz(&bytes[HEAD - 1..]);
    }

    #[test]
    fn no_answer_grows_younger(
        age: u32,
        lifetime: u32,
        gone in proptest::option::of(any::<u32>()),
        same_source: bool,
    ) {
        let later = age_after(age, lifetime, gone, same_source);
        let least = age.saturating_add(gone.unwrap_or(0));
        prop_assert!(later >= least);
        if gone.is_some() && same_source {
            prop_assert_eq!(later, least);
        } else {
            prop_assert!(later >= lifetime, "past its life");
        }
    }
}
