//! A question as it goes out to an upstream, and whether what comes back answers it.
//!
//! The message is rebuilt from the key alone: no option, flag or spelling of the client's leaves
//! the school.

use crate::cache::Key;
use crate::wire::response::{Expected, ReplyError, check};
use crate::wire::write::set_u16;
use crate::wire::{CLASS_IN, HEADER, UDP_PAYLOAD, flag, rtype, u16_at};

/// Queries over encrypted ways are padded to a multiple of this (RFC 8467 §4.1), so that their
/// length does not tell the name.
const BLOCK: usize = 128;
/// The option code of padding (RFC 7830 §3).
const OPTION_PADDING: u16 = 12;

/// How a question is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// With an OPT record (RFC 6891). Off for upstreams that do not know it.
    pub(super) edns: bool,
    /// With the name's letters in random case (draft-vixie-dnsext-dns0x20).
    pub(super) mixed_case: bool,
    /// Padded, and with AD set: over an encrypted way the upstream's word on authenticity counts
    /// (RFC 6840 §5.7).
    pub(super) private: bool,
}

impl Style {
    /// For datagrams, which anybody may forge.
    pub(super) const DATAGRAM: Self = Self {
        edns: true,
        mixed_case: true,
        private: false,
    };
    /// For connections in the clear.
    pub(super) const STREAM: Self = Self {
        edns: true,
        mixed_case: false,
        private: false,
    };
    /// For encrypted connections.
    pub(super) const PRIVATE: Self = Self {
        edns: true,
        mixed_case: false,
        private: true,
    };
}

/// A question written out.
#[derive(Debug)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    question_end: usize,
    style: Style,
}

/// What a message is to a question under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// Its answer.
    Answer,
    /// Its answer, were it not for the case of the letters.
    OtherCase,
    /// Something else.
    Foreign,
}

impl Outgoing {
    pub(super) fn new(key: &Key, id: u16, style: Style) -> Self {
        let cd = if key.checking_disabled { flag::CD } else { 0 };
        let ad = if style.private { flag::AD } else { 0 };
        let mut bytes = Vec::with_capacity(if style.private { BLOCK } else { 64 });
        bytes.extend(id.to_be_bytes());
        bytes.extend((flag::RD | cd | ad).to_be_bytes());
        bytes.extend([0, 1, 0, 0, 0, 0, 0, u8::from(style.edns)]);
        let wire = key.name.as_wire();
        if style.mixed_case {
            bytes.extend(random_case(wire));
        } else {
            bytes.extend_from_slice(wire);
        }
        bytes.push(0);
        bytes.extend(key.qtype.to_be_bytes());
        bytes.extend(CLASS_IN.to_be_bytes());
        let question_end = bytes.len();
        if style.edns {
            put_opt(&mut bytes, key.dnssec_ok, style.private);
        }
        Self {
            bytes,
            question_end,
            style,
        }
    }

    /// The message.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its id.
    pub(super) fn id(&self) -> u16 {
        u16_at(&self.bytes, 0).unwrap_or_default()
    }

    pub(super) fn set_id(&mut self, id: u16) {
        set_u16(&mut self.bytes, 0, id);
    }

    fn question(&self) -> &[u8] {
        &self.bytes[HEADER..self.question_end]
    }

    /// What a message with the same id is to this question.
    pub(super) fn compare(&self, message: &[u8]) -> Match {
        let matches = |same_case| {
            let expected = Expected {
                id: self.id(),
                question: self.question(),
                same_case,
            };
            check(message, &expected)
        };
        match matches(self.style.mixed_case) {
            Ok(()) => Match::Answer,
            Err(ReplyError::Question) if matches(false).is_ok() => Match::OtherCase,
            Err(_) => Match::Foreign,
        }
    }

    /// Whether a message is about the same question, whatever its id: what a forger sends who
    /// knows the name but has to guess the rest.
    pub(super) fn is_about(&self, message: &[u8]) -> bool {
        let end = HEADER + self.question().len();
        message
            .get(HEADER..end)
            .is_some_and(|question| question.eq_ignore_ascii_case(self.question()))
    }
}

/// The OPT record. No client subnet and no option of the client's goes out.
fn put_opt(bytes: &mut Vec<u8>, dnssec_ok: bool, padded: bool) {
    bytes.push(0);
    bytes.extend(rtype::OPT.to_be_bytes());
    bytes.extend(UDP_PAYLOAD.to_be_bytes());
    bytes.extend([0, 0, if dnssec_ok { 0x80 } else { 0 }, 0]);
    if !padded {
        bytes.extend([0, 0]);
        return;
    }
    // The length of the options, and the option's own code and length, come before the padding.
    let head = bytes.len() + 2 + 4;
    let padding = head.next_multiple_of(BLOCK) - head;
    let length = u16::try_from(padding).unwrap_or_default();
    bytes.extend((length + 4).to_be_bytes());
    bytes.extend(OPTION_PADDING.to_be_bytes());
    bytes.extend(length.to_be_bytes());
    bytes.resize(bytes.len() + padding, 0);
}

/// A name's bytes with each letter in random case. Length bytes are below 64, so no letter.
fn random_case(wire: &[u8]) -> impl Iterator<Item = u8> {
    let mut bits = 0u64;
    wire.iter().enumerate().map(move |(index, byte)| {
        if index % 64 == 0 {
            bits = rand::random();
        }
        let upper = bits >> (index % 64) & 1 == 1;
        if upper {
            byte.to_ascii_uppercase()
        } else {
            *byte
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::Message;
    use lachan_policy::Name;
    use proptest::prelude::*;

    fn key(name: &str) -> Key {
        let name = Name::from_text(name).unwrap();
        Key {
            name,
            qtype: 28,
            dnssec_ok: true,
            checking_disabled: true,
            keeps_ech: false,
        }
    }

    fn message(style: Style) -> Message {
        let query = Outgoing::new(&key("www.vnedu.vn"), 7, style);
        Message::from_vec(query.bytes()).unwrap()
    }

    #[test]
    fn what_goes_out_is_rebuilt_from_the_question_alone() {
        let sent = message(Style::DATAGRAM);
        assert!(sent.metadata.recursion_desired && sent.metadata.checking_disabled);
        assert!(!sent.metadata.authentic_data && sent.metadata.id == 7);
        assert_eq!(
            sent.queries[0].name().to_lowercase().to_ascii(),
            "www.vnedu.vn."
        );
        let edns = sent.edns.unwrap();
        assert_eq!(edns.max_payload(), 1232);
        assert!(edns.flags().dnssec_ok && edns.options().as_ref().is_empty());
        let style = Style {
            edns: false,
            ..Style::DATAGRAM
        };
        assert!(message(style).edns.is_none());
    }

    #[test]
    fn over_encrypted_ways_the_length_tells_nothing() {
        let sent = message(Style::PRIVATE);
        assert!(sent.metadata.authentic_data);
        assert_eq!(sent.edns.unwrap().options().as_ref().len(), 1);
    }

    #[test]
    fn ids_and_case_vary() {
        let name = "abcdefghijkl.vn";
        let questions: std::collections::HashSet<_> = (0..50)
            .map(|_| Outgoing::new(&key(name), 7, Style::DATAGRAM).bytes)
            .collect();
        assert!(questions.len() > 40);
        let stream = Outgoing::new(&key(name), 7, Style::STREAM);
        assert_eq!(&stream.question()[..16], b"\x0cabcdefghijkl\x02vn");
    }

    #[test]
    fn an_answer_is_told_from_what_only_looks_like_one() {
        let mut query = Outgoing::new(&key("www.vnedu.vn"), 7, Style::DATAGRAM);
        query.bytes[14] = b'W';
        let mut answer = query.bytes.clone();
        answer[2] |= 0x80;
        assert_eq!(query.compare(&answer), Match::Answer);
        answer[14] ^= 0x20;
        assert_eq!(query.compare(&answer), Match::OtherCase);
        answer[1] = 8;
        assert_eq!(query.compare(&answer), Match::Foreign);
        assert!(query.is_about(&answer));
        answer[14] = b'x';
        assert!(!query.is_about(&answer));
        assert_eq!(query.compare(&[0, 7]), Match::Foreign);
        let plain = Outgoing::new(&key("www.vnedu.vn"), 8, Style::STREAM);
        answer[14] = b'W';
        assert_eq!(plain.compare(&answer), Match::Answer);
    }

    proptest! {
        #[test]
        fn random_case_changes_case_only(name in "[a-z0-9-]{1,60}(\\.[a-z]{1,60}){1,3}") {
            let name = Name::from_text(&name).unwrap();
            let cased: Vec<u8> = random_case(name.as_wire()).collect();
            prop_assert_eq!(Name::from_wire(&[&cased[..], &[0]].concat()).unwrap().0, name);
        }

        #[test]
        fn every_private_question_fills_whole_blocks(name in "[a-z]{1,60}(\\.[a-z]{1,60}){1,3}") {
            let query = Outgoing::new(&key(&name), 0, Style::PRIVATE);
            prop_assert_eq!(query.bytes().len() % BLOCK, 0);
            prop_assert!(Message::from_vec(query.bytes()).is_ok());
        }
    }
}
