//! The EDNS options that belong to a connection and not to a question: padding (RFC 7830), and the
//! idle time-out of a TCP session (RFC 7828).
//!
//! A listener that knows its connection adds them to an answer that is already written; everything
//! else in an OPT record is the affair of [`super::write`].

use super::write::set_u16;
use super::{HEADER, rtype, skip_name, u16_at};

/// The option code of edns-tcp-keepalive (RFC 7828 §3.1).
const TCP_KEEPALIVE: u16 = 11;
/// The option code of padding (RFC 7830 §3).
const PADDING: u16 = 12;
/// Answers are padded to a multiple of so many bytes (RFC 8467 §4.1).
const BLOCK: usize = 468;
/// Code and length of an option.
const OPTION_HEAD: usize = 4;
/// The fixed part of a record behind its owner: type, class, TTL, length.
const RECORD_HEAD: usize = 10;

/// What a query's OPT record says of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wishes {
    /// The query was padded, so the answer is to be (RFC 7830 §4).
    pub(crate) padding: bool,
    /// It asks how long the connection may be idle.
    pub(crate) keepalive: bool,
}

/// What is added to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extras {
    /// The idle time-out, in units of 100 ms.
    pub(crate) keepalive: Option<u16>,
    /// Whether to pad.
    pub(crate) padding: bool,
}

impl Wishes {
    /// Reads them; a query that cannot be read has none.
    pub(crate) fn of(query: &[u8]) -> Self {
        let mut wishes = Self::default();
        let Some((fixed, end)) = find_opt(query) else {
            return wishes;
        };
        let mut options = query.get(fixed + RECORD_HEAD..end).unwrap_or_default();
        while let (Some(code), Some(length)) = (u16_at(options, 0), u16_at(options, 2)) {
            wishes.padding |= code == PADDING;
            // RFC 7828 §3.2.1: a client names no time-out of its own.
            wishes.keepalive |= code == TCP_KEEPALIVE && length == 0;
            let next = OPTION_HEAD + usize::from(length);
            options = options.get(next..).unwrap_or_default();
        }
        wishes
    }
}

impl Extras {
    /// Adds them to an answer whose last record is its OPT record; one without is left alone.
    pub(crate) fn add(self, answer: &mut Vec<u8>) {
        if self == Self::default() {
            return;
        }
        let Some((fixed, end)) = find_opt(answer).filter(|(_, end)| *end == answer.len()) else {
            return;
        };
        if let Some(timeout) = self.keepalive {
            answer.extend(TCP_KEEPALIVE.to_be_bytes());
            answer.extend([0, 2]);
            answer.extend(timeout.to_be_bytes());
        }
        if self.padding {
            pad(answer);
        }
        let options = answer.len() - end;
        let before = u16_at(answer, fixed + 8).unwrap_or_default();
        let length = u16::try_from(options).unwrap_or_default();
        set_u16(answer, fixed + 8, before.saturating_add(length));
    }
}

/// Adds the padding option, which fills the message up to the next whole block; one that would then
/// be longer than a message can be is filled as far as it goes.
fn pad(answer: &mut Vec<u8>) {
    let bare = answer.len() + OPTION_HEAD;
    let Some(room) = usize::from(u16::MAX).checked_sub(bare) else {
        return;
    };
    let fill = bare.next_multiple_of(BLOCK) - bare;
    let fill = fill.min(room);
    answer.extend(PADDING.to_be_bytes());
    answer.extend(u16::try_from(fill).unwrap_or_default().to_be_bytes());
    answer.resize(answer.len() + fill, 0);
}

/// The OPT record of a message: where its fixed part begins behind the owner, and where it ends.
fn find_opt(message: &[u8]) -> Option<(usize, usize)> {
    let count = |at| u16_at(message, at).map(u32::from);
    let mut at = HEADER;
    for _ in 0..count(4)? {
        at = skip_name(message, at)? + 4;
    }
    for _ in 0..count(6)? + count(8)? + count(10)? {
        let fixed = skip_name(message, at)?;
        let end = fixed + RECORD_HEAD + usize::from(u16_at(message, fixed + 8)?);
        if end > message.len() {
            return None;
        }
        if u16_at(message, fixed) == Some(rtype::OPT) {
            return Some((fixed, end));
        }
        at = end;
    }
    None
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::wire::query::tests::{query, with_edns};
    use crate::wire::query::{Query, Transport};
    use crate::wire::write::{Answer, Owner};
    use crate::wire::{Ede, Rcode};
    use hickory_proto::op::Message;
    use hickory_proto::rr::rdata::opt::EdnsCode;
    use proptest::prelude::*;

    /// A query with an OPT record that holds one more option.
    pub(crate) fn with_option(mut bytes: Vec<u8>, code: u16, data: &[u8]) -> Vec<u8> {
        if bytes[11] == 0 {
            bytes = with_edns(bytes, 1232, 0, false);
        }
        let (fixed, _) = find_opt(&bytes).unwrap();
        let length = u16::try_from(data.len()).unwrap();
        let before = u16_at(&bytes, fixed + 8).unwrap();
        set_u16(&mut bytes, fixed + 8, before + 4 + length);
        bytes.extend(code.to_be_bytes());
        bytes.extend(length.to_be_bytes());
        bytes.extend(data);
        bytes
    }

    fn answer(asked: &[u8], records: u8, ede: Option<&Ede>) -> Vec<u8> {
        let query = Query::parse(asked).unwrap();
        let mut out = Vec::new();
        let mut answer = Answer::new(&query, Rcode::NoError, &mut out);
        for index in 0..records {
            answer.answer(Owner::Question, rtype::A, 60, &[10, 0, 0, index]);
        }
        answer.finish(Transport::Stream, ede);
        out
    }

    #[test]
    fn wishes_are_read_from_the_query() {
        let plain = query("hoc.vn", 1);
        let padded = with_option(plain.clone(), PADDING, &[0; 30]);
        let both = with_option(padded.clone(), TCP_KEEPALIVE, &[]);
        let named = with_option(plain.clone(), TCP_KEEPALIVE, &[0, 9]);
        for (message, padding, keepalive) in [
            (plain.clone(), false, false),
            (with_edns(plain, 1232, 0, true), false, false),
            (padded, true, false),
            (both, true, true),
            (named, false, false),
        ] {
            let wishes = Wishes { padding, keepalive };
            assert_eq!(Wishes::of(&message), wishes, "{message:x?}");
        }
    }

    #[test]
    fn a_padded_answer_fills_whole_blocks_and_stays_readable() {
        let asked = with_edns(query("hoc.vn", 1), 1232, 0, false);
        let ede = Ede::new(15, "Lá Chắn: cờ bạc");
        for (records, ede) in [(1, None), (26, None), (27, Some(&ede)), (200, None)] {
            let mut bytes = answer(&asked, records, ede);
            let extras = Extras {
                keepalive: Some(100),
                padding: true,
            };
            extras.add(&mut bytes);
            assert_eq!(bytes.len() % BLOCK, 0, "{records}");
            let message = Message::from_vec(&bytes).unwrap();
            assert_eq!(message.answers.len(), usize::from(records));
            let edns = message.edns.unwrap();
            assert!(edns.option(EdnsCode::Padding).is_some());
            assert!(edns.option(EdnsCode::Keepalive).is_some());
            assert_eq!(edns.option(EdnsCode::from(15)).is_some(), ede.is_some());
        }
    }

    #[test]
    fn an_answer_without_opt_stays_as_it_is() {
        let asked = query("hoc.vn", 1);
        let mut bytes = answer(&asked, 1, None);
        let before = bytes.clone();
        let extras = Extras {
            keepalive: Some(1),
            padding: true,
        };
        extras.add(&mut bytes);
        assert_eq!(bytes, before);
    }

    #[test]
    fn no_padded_answer_is_longer_than_a_message_can_be() {
        for length in [
            65_000, 65_519, 65_520, 65_521, 65_530, 65_531, 65_532, 65_535,
        ] {
            let mut bytes = vec![0; length];
            pad(&mut bytes);
            assert!(bytes.len() <= 65_535, "{length}");
            assert!(
                bytes.len() % BLOCK == 0 || bytes.len() >= 65_520,
                "{length}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail_hard(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Wishes::of(&bytes);
            let extras = Extras { keepalive: Some(5), padding: true };
            extras.add(&mut bytes);
        }
    }
}
