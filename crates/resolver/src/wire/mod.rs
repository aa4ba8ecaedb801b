//! DNS messages as bytes: reading queries, reading upstream answers, writing our own.
//!
//! Only what a filtering forwarder needs, over the bytes themselves, so that an upstream answer
//! reaches the client as it came and the fast path of UDP shares this code with TCP, DoT and DoH.
//! Listeners, sockets and policy are elsewhere.

mod ede;
pub(crate) mod flat;
pub(crate) mod fresh;
pub(crate) mod options;
pub(crate) mod oracle;
pub(crate) mod query;
pub(crate) mod response;
mod rewrite;
pub(crate) mod svcb;
pub(crate) mod write;

use lachan_policy::{MAX_WIRE, Name, NameError};

pub(crate) use ede::{Ede, EdeRef, Json, Text};

/// Length of a header (RFC 1035 §4.1.1).
pub(crate) const HEADER: usize = 12;
/// The largest UDP answer we send and the size we advertise (DNS flag day 2020): it passes any
/// path with an MTU of 1280 unfragmented.
pub(crate) const UDP_PAYLOAD: u16 = 1232;
/// The largest UDP answer to a client without EDNS (RFC 1035 §4.2.1).
pub(crate) const PLAIN_PAYLOAD: u16 = 512;

/// The Internet class.
pub(crate) const CLASS_IN: u16 = 1;

/// Record types this crate knows by name.
pub(crate) mod rtype {
    pub(crate) const A: u16 = 1;
    pub(crate) const CNAME: u16 = 5;
    pub(crate) const SOA: u16 = 6;
    pub(crate) const PTR: u16 = 12;
    pub(crate) const HINFO: u16 = 13;
    pub(crate) const MX: u16 = 15;
    pub(crate) const TXT: u16 = 16;
    pub(crate) const AAAA: u16 = 28;
    pub(crate) const SRV: u16 = 33;
    pub(crate) const OPT: u16 = 41;
    pub(crate) const RRSIG: u16 = 46;
    pub(crate) const SVCB: u16 = 64;
    pub(crate) const HTTPS: u16 = 65;
    pub(crate) const TKEY: u16 = 249;
    pub(crate) const MAILA: u16 = 254;
    pub(crate) const ANY: u16 = 255;
}

/// Header bits (RFC 1035 §4.1.1, RFC 4035 §3.1.6 and §3.2).
pub(crate) mod flag {
    pub(crate) const QR: u16 = 1 << 15;
    pub(crate) const OPCODE: u16 = 0xF << 11;
    pub(crate) const TC: u16 = 1 << 9;
    pub(crate) const RD: u16 = 1 << 8;
    pub(crate) const RA: u16 = 1 << 7;
    pub(crate) const AD: u16 = 1 << 5;
    pub(crate) const CD: u16 = 1 << 4;
    pub(crate) const RCODE: u16 = 0xF;
}

/// Response codes this crate gives (RFC 1035 §4.1.1, RFC 6891 §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Rcode {
    NoError = 0,
    FormErr = 1,
    ServFail = 2,
    NxDomain = 3,
    NotImp = 4,
    Refused = 5,
    /// Needs an OPT record for its upper bits.
    BadVers = 16,
}

impl Rcode {
    /// The four bits that stand in the header.
    pub(crate) const fn low(self) -> u16 {
        self as u16 & flag::RCODE
    }

    /// The eight bits that stand in the OPT record.
    pub(crate) const fn high(self) -> u8 {
        ((self as u16) >> 4).to_le_bytes()[0]
    }
}

/// A big-endian 16-bit number; `None` past the end.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let raw = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes([raw[0], raw[1]]))
}

/// A big-endian 32-bit number; `None` past the end.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let raw = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes([raw[0], raw[1], raw[2], raw[3]]))
}

/// Skips the name at `at`, compressed or not, and says where the next field begins. Does not
/// follow pointers.
pub(crate) fn skip_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        match length {
            0 => return Some(at + 1),
            1..=0x3F => at += 1 + length,
            0xC0.. => return bytes.get(at + 1).map(|_| at + 2),
            _ => return None,
        }
    }
}

/// Reads the name at `at`, following compression pointers (RFC 1035 §4.1.4).
///
/// A pointer must go back before the stretch of labels it ends, so a loop is impossible and the
/// work is bounded by the length of the message.
pub(crate) fn name_at(bytes: &[u8], mut at: usize) -> Result<Name, NameError> {
    let mut wire = [0; MAX_WIRE];
    let mut length = 0;
    let mut floor = at;
    loop {
        let first = *bytes.get(at).ok_or(NameError::Truncated)?;
        match first {
            0 => return Name::from_normal(&wire[..length]),
            1..=0x3F => {
                let end = at + 1 + usize::from(first);
                let label = bytes.get(at..end).ok_or(NameError::Truncated)?;
                let room = wire
                    .get_mut(length..length + label.len())
                    .ok_or(NameError::TooLong)?;
                // The length byte is below `A`, so lowering it changes nothing.
                for (to, from) in room.iter_mut().zip(label) {
                    *to = from.to_ascii_lowercase();
                }
                length += label.len();
                at = end;
            }
            0xC0.. => {
                let pointer = u16_at(bytes, at).ok_or(NameError::Truncated)?;
                let target = usize::from(pointer & 0x3FFF);
                if target >= floor {
                    return Err(NameError::LabelType);
                }
                (at, floor) = (target, target);
            }
            _ => return Err(NameError::LabelType),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Name {
        Name::from_text(text).unwrap()
    }

    #[test]
    fn compressed_names_are_followed_and_lowered() {
        let mut bytes = vec![0; HEADER];
        bytes.extend(b"\x05VnEdu\x02vN\x00\x03WWW\xC0\x0C");
        assert_eq!(name_at(&bytes, 12), Ok(name("vnedu.vn")));
        assert_eq!(name_at(&bytes, 22), Ok(name("www.vnedu.vn")));
        assert_eq!(skip_name(&bytes, 12), Some(22));
        assert_eq!(skip_name(&bytes, 22), Some(28));
    }

    #[test]
    fn a_length_byte_that_is_a_capital_letter_is_not_lowered() {
        // 0x41..=0x5A is above 63, so no length byte is a letter; the longest is `?`.
        let mut bytes = vec![63];
        bytes.extend([b'A'; 63]);
        bytes.push(0);
        assert_eq!(name_at(&bytes, 0), Ok(name(&"a".repeat(63))));
    }

    #[test]
    fn pointer_loops_and_forward_pointers_are_refused() {
        for bytes in [
            &b"\xC0\x00"[..],
            b"\xC0\x02\x01a\x00",
            b"\x01a\xC0\x00",
            b"\x01a\xC0\x04\xC0\x00",
            b"\x40a\x00",
            b"\x80\x00",
        ] {
            assert!(name_at(bytes, 0).is_err(), "{bytes:x?}");
        }
    }

    #[test]
    fn a_name_that_grows_too_long_through_pointers_is_refused() {
        let mut bytes = Vec::new();
        let mut last = 0;
        for _ in 0..6 {
            let here = bytes.len();
            bytes.push(50);
            bytes.extend([b'x'; 50]);
            if here == 0 {
                bytes.push(0);
            } else {
                bytes.extend(u16::try_from(0xC000 | last).unwrap().to_be_bytes());
            }
            last = here;
        }
        assert_eq!(name_at(&bytes, last), Err(NameError::TooLong));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_name_reader_fail_hard(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            at in 0usize..700,
        ) {
            let _ = name_at(&bytes, at);
            let _ = skip_name(&bytes, at);
        }

        #[test]
        fn many_pointers_end_quickly(pointers in proptest::collection::vec(any::<u16>(), 0..300)) {
            let bytes: Vec<u8> =
                pointers.iter().flat_map(|pointer| (0xC000 | pointer).to_be_bytes()).collect();
            for at in 0..bytes.len() {
                let _ = name_at(&bytes, at);
            }
        }
    }
}
