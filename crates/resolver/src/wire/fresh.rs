//! How long an answer may be kept by whoever gets it as a whole, as an HTTP cache does.

use super::response::is_answer;
use super::{HEADER, rtype, skip_name, u16_at, u32_at};

/// Seconds an answer of ours stays fresh (RFC 8484 §5.1): the lowest TTL of its answer section; for
/// one without records what its SOA record says (RFC 2308 §5); 0 for anything that is no answer.
pub(crate) fn freshness(answer: &[u8]) -> u32 {
    read(answer).unwrap_or(0)
}

fn read(answer: &[u8]) -> Option<u32> {
    let flags = u16_at(answer, 2)?;
    if !is_answer(flags & super::flag::RCODE) {
        return None;
    }
    let mut at = HEADER;
    for _ in 0..u16_at(answer, 4)? {
        at = skip_name(answer, at)? + 4;
    }
    let records = u16_at(answer, 6)?;
    let mut lowest = None;
    for _ in 0..records {
        let record = Record::read(answer, at)?;
        lowest = Some(lowest.map_or(record.ttl, |lowest: u32| lowest.min(record.ttl)));
        at = record.end;
    }
    if lowest.is_some() {
        return lowest;
    }
    for _ in 0..u16_at(answer, 8)? {
        let record = Record::read(answer, at)?;
        if record.rtype == rtype::SOA {
            let minimum = u32_at(answer, record.end.checked_sub(4)?)?;
            return Some(record.ttl.min(minimum));
        }
        at = record.end;
    }
    None
}

/// What of a record matters here.
struct Record {
    rtype: u16,
    ttl: u32,
    end: usize,
}

impl Record {
    fn read(bytes: &[u8], at: usize) -> Option<Self> {
        let fixed = skip_name(bytes, at)?;
        Some(Self {
            rtype: u16_at(bytes, fixed)?,
            ttl: u32_at(bytes, fixed + 4)?,
            end: fixed + 10 + usize::from(u16_at(bytes, fixed + 8)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Rcode;
    use crate::wire::query::tests::{query, with_edns};
    use crate::wire::query::{Query, Transport};
    use crate::wire::write::{Answer, Owner, soa_data};
    use proptest::prelude::*;

    fn of(rcode: Rcode, ttls: &[u32], soa: Option<(u32, u32)>) -> u32 {
        let asked = with_edns(query("hoc.vn", 1), 1232, 0, false);
        let query = Query::parse(&asked).unwrap();
        let mut bytes = Vec::new();
        let mut answer = Answer::new(&query, rcode, &mut bytes);
        for ttl in ttls {
            answer.answer(Owner::Question, rtype::A, *ttl, &[10, 0, 0, 1]);
        }
        if let Some((ttl, minimum)) = soa {
            answer.authority(Owner::Question, rtype::SOA, ttl, &soa_data(minimum));
        }
        answer.finish(Transport::Stream, None);
        freshness(&bytes)
    }

    #[test]
    fn the_lowest_ttl_counts() {
        assert_eq!(of(Rcode::NoError, &[300, 60, 3600], None), 60);
        assert_eq!(of(Rcode::NoError, &[300], Some((5, 5))), 300);
        assert_eq!(of(Rcode::NoError, &[0], None), 0);
    }

    #[test]
    fn an_answer_without_records_is_as_fresh_as_its_soa_says() {
        assert_eq!(of(Rcode::NxDomain, &[], Some((30, 60))), 30);
        assert_eq!(of(Rcode::NoError, &[], Some((60, 30))), 30);
        assert_eq!(of(Rcode::NxDomain, &[], None), 0);
    }

    #[test]
    fn failures_are_not_kept() {
        for rcode in [
            Rcode::ServFail,
            Rcode::Refused,
            Rcode::FormErr,
            Rcode::NotImp,
        ] {
            assert_eq!(of(rcode, &[], Some((60, 60))), 0, "{rcode:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail_hard(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = freshness(&bytes);
        }
    }
}
