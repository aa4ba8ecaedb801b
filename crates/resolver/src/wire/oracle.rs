//! The query parser beside hickory's, which reads whole messages and knows every record type: what
//! fuzzing and tests compare.
//!
//! Whatever hickory reads as an ordinary query [`Head::read`] has to read equally, and whatever
//! `Head::read` accepts hickory has to accept. They differ on purpose in these points, and in no
//! other:
//!
//! - **Compressed questions** are refused here: nothing stands before the question that it could
//!   repeat, only the header, whose bytes hickory would read as labels.
//! - **An OPT record whose owner is a pointer** to a root is refused here; RFC 6891 §6.1.2 has the
//!   owner be the root itself.
//! - **Options that do not fill their record** are refused here; hickory drops them all and goes on
//!   (its options are read by steps that may run past the end of the record).
//! - **Types that are no data** (0, 249 to 254) are ordinary to hickory.
//! - **The inside of other records and options** is skipped here and read by hickory, which refuses
//!   the message when an address has three bytes or a client subnet is written wrongly. For what
//!   the two records are that a query needs, its question and its OPT, they agree.
//! - **Records of no data** in the additional section are refused by hickory, which takes them for
//!   those of dynamic updates, and so is any record behind a TSIG.
//! - **The payload** of an OPT record is 512 at least to hickory; here it is kept as it came and
//!   clamped when it is used.

use hickory_proto::op::{Edns, Message, MessageType, OpCode};
use hickory_proto::rr::DNSClass;
use lachan_policy::Name;

use super::query::{Head, Query};
use super::{HEADER, PLAIN_PAYLOAD, flag, rtype, skip_name, u16_at};

/// Compares the two over any bytes.
///
/// # Panics
/// When they differ where they should not.
pub(crate) fn compare(bytes: &[u8]) {
    let theirs = Message::from_vec(bytes).ok().filter(is_ordinary);
    let mut name = Name::ROOT;
    let head = Head::read(bytes, &mut name);
    match (head.map(|head| head.over(bytes, &name)), theirs) {
        (Ok(ours), Some(theirs)) => equal(&ours, &theirs),
        (Ok(ours), None) => {
            let bare = bare(&ours);
            let theirs = Message::from_vec(&bare).ok().filter(is_ordinary);
            assert!(theirs.is_some(), "accepted by us alone: {bare:x?}");
            if let Some(theirs) = theirs {
                equal(&ours, &theirs);
            }
        }
        (Err(odd), Some(_)) => {
            assert!(is_refused_on_purpose(bytes), "refused by us alone: {odd:?}");
        }
        (Err(_), None) => {}
    }
}

/// An opcode, a question, a class and an EDNS version that are served here.
fn is_ordinary(message: &Message) -> bool {
    let [query] = &message.queries[..] else {
        return false;
    };
    message.metadata.message_type == MessageType::Query
        && message.metadata.op_code == OpCode::Query
        && message.answers.is_empty()
        && message.authorities.is_empty()
        && query.query_class() == DNSClass::IN
        && message.edns.as_ref().is_none_or(|edns| edns.version() == 0)
}

fn equal(ours: &Query<'_>, theirs: &Message) {
    let query = &theirs.queries[0];
    let metadata = &theirs.metadata;
    assert_eq!(ours.id, metadata.id);
    for (bit, set) in [
        (flag::RD, metadata.recursion_desired),
        (flag::CD, metadata.checking_disabled),
        (flag::AD, metadata.authentic_data),
    ] {
        assert_eq!(ours.flags & bit != 0, set, "flag {bit:#x}");
    }
    let labels: Vec<Vec<u8>> = query
        .name()
        .iter()
        .map(<[u8]>::to_ascii_lowercase)
        .collect();
    assert!(
        ours.question
            .name
            .labels()
            .eq(labels.iter().map(Vec::as_slice)),
        "{} and {}",
        ours.question.name,
        query.name()
    );
    assert_eq!(ours.question.qtype, u16::from(query.query_type()));
    let told = |edns: &Edns| (edns.max_payload(), edns.flags().dnssec_ok);
    assert_eq!(
        ours.edns
            .map(|edns| (edns.payload.max(PLAIN_PAYLOAD), edns.dnssec_ok)),
        theirs.edns.as_ref().map(told)
    );
}

/// The query without what the parser skips: other records, and the options of its OPT record.
fn bare(ours: &Query<'_>) -> Vec<u8> {
    let mut bytes = ours.bytes[..ours.question.end].to_vec();
    bytes[10..HEADER].copy_from_slice(&u16::from(ours.edns.is_some()).to_be_bytes());
    if let Some(edns) = ours.edns {
        let dnssec_ok = if edns.dnssec_ok { 0x80 } else { 0 };
        bytes.extend([0, 0, 41]);
        bytes.extend(edns.payload.to_be_bytes());
        bytes.extend([0, 0, dnssec_ok, 0, 0, 0]);
    }
    bytes
}

/// Whether what hickory reads as ordinary is refused for one of the reasons above.
fn is_refused_on_purpose(bytes: &[u8]) -> bool {
    let Some((_, length)) = bytes
        .get(HEADER..)
        .and_then(|rest| Name::from_wire(rest).ok())
    else {
        return is_compressed(bytes);
    };
    let qtype = u16_at(bytes, HEADER + length);
    let is_meta =
        qtype.is_some_and(|qtype| matches!(qtype, 0 | rtype::OPT | rtype::TKEY..=rtype::MAILA));
    is_meta || has_odd_opt(bytes, HEADER + length + 4)
}

/// Whether the labels of the question come to a pointer.
fn is_compressed(bytes: &[u8]) -> bool {
    let mut at = HEADER;
    while let Some(&length @ 1..=0x3F) = bytes.get(at) {
        at += 1 + usize::from(length);
    }
    bytes.get(at).is_some_and(|byte| *byte >= 0xC0)
}

/// Whether there is an OPT record whose owner is a pointer, or whose options do not fill it.
fn has_odd_opt(bytes: &[u8], mut at: usize) -> bool {
    for _ in 0..u16_at(bytes, 10).unwrap_or(0) {
        let Some(fixed) = skip_name(bytes, at) else {
            return false;
        };
        let length = usize::from(u16_at(bytes, fixed + 8).unwrap_or(0));
        let (start, end) = (fixed + 10, fixed + 10 + length);
        if u16_at(bytes, fixed) == Some(rtype::OPT) {
            let fills = bytes.get(start..end).is_some_and(fills);
            return bytes.get(at).is_some_and(|byte| *byte >= 0xC0) || !fills;
        }
        at = end;
    }
    false
}

/// Whether options end where their record does.
fn fills(options: &[u8]) -> bool {
    let mut at = 0;
    while at < options.len() {
        let Some(length) = u16_at(options, at + 2) else {
            return false;
        };
        at += 4 + usize::from(length);
    }
    at == options.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::options::tests::with_option;
    use crate::wire::query::tests::{query, with_edns};
    use proptest::prelude::*;
    use std::path::Path;

    /// The fuzzer's seeds, each a query of its own kind.
    fn seeds() -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/query");
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            all.push(std::fs::read(entry.unwrap().path()).unwrap());
        }
        all
    }

    #[test]
    fn the_seeds_are_read_alike() {
        let seeds = seeds();
        assert!(seeds.len() >= 20, "{}", seeds.len());
        for seed in seeds {
            compare(&seed);
        }
    }

    #[test]
    fn what_is_refused_on_purpose_is_known() {
        let plain = query("hoc.vn", 1);
        let odd_opt = |change: fn(&mut Vec<u8>)| {
            let mut bytes = with_option(plain.clone(), 10, &[0; 8]);
            change(&mut bytes);
            bytes
        };
        let header = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0";
        for (what, bytes) in [
            (
                "a pointer into the header",
                [&header[..], b"\xC0\x06\0\x01\0\x01"].concat(),
            ),
            ("type 0", query("hoc.vn", 0)),
            ("a zone transfer", query("hoc.vn", 252)),
            (
                "options that do not fill",
                odd_opt(|bytes| {
                    let at = bytes.len() - 9;
                    bytes[at] = 9;
                }),
            ),
        ] {
            let theirs = Message::from_vec(&bytes).ok().filter(is_ordinary);
            let ours = Query::parse(&bytes);
            assert!(
                theirs.is_some() && ours.is_err(),
                "{what}: {theirs:?} {ours:?}"
            );
            assert!(is_refused_on_purpose(&bytes), "{what}");
        }
    }

    #[test]
    fn what_is_skipped_is_known() {
        let mut short = query("hoc.vn", 1);
        short[11] = 1;
        short.extend(b"\0\0\x01\0\x01\0\0\0\x3C\0\x03\xC0\0\x02");
        let subnet = with_option(query("hoc.vn", 1), 8, &[0, 9]);
        for bytes in [short, subnet] {
            assert!(Query::parse(&bytes).is_ok());
            assert!(Message::from_vec(&bytes).is_err());
            compare(&bytes);
        }
    }

    proptest! {
        #[test]
        fn changed_queries_are_read_alike(
            seed in any::<prop::sample::Index>(),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in 0usize..4,
        ) {
            let seeds = seeds();
            let mut bytes = seed.get(&seeds).clone();
            for (at, to) in changes {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = to;
                }
            }
            bytes.truncate(bytes.len().saturating_sub(cut));
            compare(&bytes);
        }

        #[test]
        fn any_bytes_are_read_alike(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            compare(&bytes);
        }

        #[test]
        fn sizes_and_flags_are_read_alike(
            flags in any::<u16>(),
            qtype in any::<u16>(),
            payload in any::<u16>(),
            version in 0u8..3,
            dnssec_ok in any::<bool>(),
        ) {
            let mut bytes = with_edns(query("Www.Hoc.vn", qtype), payload, version, dnssec_ok);
            bytes[2..4].copy_from_slice(&flags.to_be_bytes());
            compare(&bytes);
        }
    }
}
