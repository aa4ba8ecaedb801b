//! Domain names in one normal form.
//!
//! A [`Name`] holds the wire labels of RFC 1035 §3.1 in lower case, without the root byte:
//! `www.vnedu.vn` is `3www5vnedu2vn`. Every suffix of a name is then a suffix of its bytes, so a
//! rule for `vnedu.vn` and a query for `www.vnedu.vn` compare (and hash) without any parsing.
//!
//! Rules name hosts with a [`Scope`]: the name and everything below it (the default), the name
//! only, or only what is below (`*.name`, as in RPZ and RFC 4592).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use psl::Psl as _;

/// Longest name in wire form without the root byte (RFC 1035 §2.3.4: 255 with it).
pub const MAX_WIRE: usize = 254;
/// Longest label (RFC 1035 §2.3.4).
pub const MAX_LABEL: usize = 63;
/// Most labels a name can have: 127 of one byte each.
pub const MAX_LABELS: usize = 127;

/// A normalised domain name: wire labels, lower case, no root byte, held inline.
///
/// Compares and hashes by its bytes. Parsing from text applies UTS 46 to names that are not ASCII.
#[derive(Clone, Copy)]
pub struct Name {
    len: u8,
    wire: [u8; MAX_WIRE],
}

/// Why some text or bytes are no domain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing there.
    #[error("the name is empty")]
    Empty,
    /// More than 253 characters.
    #[error("the name is longer than 253 characters")]
    TooLong,
    /// Two dots in a row, or one at the start.
    #[error("the name has an empty label (two dots in a row, or a dot at the start)")]
    EmptyLabel,
    /// A label of more than 63 bytes.
    #[error("a label is longer than 63 characters")]
    LabelTooLong,
    /// A character that no host name has.
    #[error("the character {0:?} cannot stand in a host name")]
    Character(char),
    /// UTS 46 refused the Unicode form.
    #[error("the name is not a valid internationalised name (UTS 46)")]
    Idna,
    /// An IP address where a name was expected.
    #[error("this is an IP address, not a name")]
    Address,
    /// The last label is all digits, as in no real top-level domain (RFC 3696 §2).
    #[error("the last label is only digits, so this is no domain name")]
    NumericTld,
    /// Wire form: a compression pointer or reserved label type where none may be.
    #[error("the name has a compressed or reserved label")]
    LabelType,
    /// Wire form: the bytes end inside the name.
    #[error("the bytes end inside the name")]
    Truncated,
}

impl Name {
    /// The root, `.`.
    pub const ROOT: Self = Self {
        len: 0,
        wire: [0; MAX_WIRE],
    };

    /// Reads a host name as people and lists write it.
    ///
    /// One dot at the end is dropped, letters are lowered, Unicode goes through UTS 46 to
    /// A-labels. Allowed are letters, digits, `-` and `_` (service names and many real hosts).
    ///
    /// # Errors
    /// [`NameError`] says what is wrong; addresses are refused, they are rules of another kind.
    pub fn from_text(text: &str) -> Result<Self, NameError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.is_ascii() {
            return Self::from_ascii(text);
        }
        let ascii = idna::domain_to_ascii(text).map_err(|_| NameError::Idna)?;
        Self::from_ascii(ascii.strip_suffix('.').unwrap_or(&ascii))
    }

    fn from_ascii(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > MAX_WIRE - 1 {
            return Err(NameError::TooLong);
        }
        let mut name = Self::ROOT;
        let mut start = 0; // where the length byte of the current label stands
        let mut at = 1;
        for &byte in text.as_bytes() {
            if byte == b'.' {
                name.close_label(start, at)?;
                start = at;
            } else if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
                name.wire[at] = byte.to_ascii_lowercase();
            } else {
                return Err(Self::bad_character(text, byte));
            }
            at += 1;
        }
        name.close_label(start, at)?;
        name.len = u8::try_from(at).map_err(|_| NameError::TooLong)?;
        if name.wire[start + 1..at].iter().all(u8::is_ascii_digit) {
            let address = text.parse::<IpAddr>().is_ok();
            return Err(if address {
                NameError::Address
            } else {
                NameError::NumericTld
            });
        }
        Ok(name)
    }

    fn bad_character(text: &str, byte: u8) -> NameError {
        if byte == b':' && text.parse::<IpAddr>().is_ok() {
            return NameError::Address;
        }
        NameError::Character(char::from(byte))
    }

    /// Writes the length byte of the label that stands in `start + 1..end`.
    fn close_label(&mut self, start: usize, end: usize) -> Result<(), NameError> {
        match end - start - 1 {
            0 => Err(NameError::EmptyLabel),
            length @ 1..=MAX_LABEL => {
                self.wire[start] = u8::try_from(length).map_err(|_| NameError::LabelTooLong)?;
                Ok(())
            }
            _ => Err(NameError::LabelTooLong),
        }
    }

    /// Reads the uncompressed name at the start of `bytes`, as it stands in a question, and says
    /// how many bytes it took, the root byte included. Any byte may stand in a label (RFC 2181 §11).
    ///
    /// # Errors
    /// [`NameError::Truncated`], [`NameError::LabelType`] for pointers, [`NameError::TooLong`].
    pub fn from_wire(bytes: &[u8]) -> Result<(Self, usize), NameError> {
        let mut name = Self::ROOT;
        let taken = name.read_wire(bytes)?;
        Ok((name, taken))
    }

    /// [`Self::from_wire`] into a name that is there already: 255 bytes that need not be cleared
    /// and carried. What it was before is lost, even when this fails.
    ///
    /// # Errors
    /// As [`Self::from_wire`].
    #[inline]
    pub fn read_wire(&mut self, bytes: &[u8]) -> Result<usize, NameError> {
        let mut at = 0;
        loop {
            match usize::from(*bytes.get(at).ok_or(NameError::Truncated)?) {
                0 => break,
                length @ 1..=MAX_LABEL => at += 1 + length,
                _ => return Err(NameError::LabelType),
            }
            if at > MAX_WIRE {
                return Err(NameError::TooLong);
            }
        }
        // Length bytes are below `A`, so lowering them with the rest changes nothing.
        self.copy(bytes, at, u8::to_ascii_lowercase)?;
        Ok(at + 1)
    }

    /// Takes the first `length` bytes, which are whole labels, each changed by `each`.
    ///
    /// Copied in blocks of a fixed size where there are enough bytes: a loop of unknown length is
    /// mispredicted once a name, and names of at most 32 bytes are nearly all there are.
    #[inline]
    fn copy(
        &mut self,
        bytes: &[u8],
        length: usize,
        each: impl Fn(&u8) -> u8,
    ) -> Result<(), NameError> {
        const SHORT: usize = 32;
        self.len = u8::try_from(length).map_err(|_| NameError::TooLong)?;
        let short = bytes.get(..SHORT).filter(|_| length <= SHORT);
        let from = short.or_else(|| bytes.get(..length));
        let from = from.ok_or(NameError::Truncated)?;
        let to = self.wire.get_mut(..from.len()).ok_or(NameError::TooLong)?;
        if let (Some(from), Some(to)) = (from.first_chunk::<SHORT>(), to.first_chunk_mut::<SHORT>())
        {
            for (to, from) in to.iter_mut().zip(from) {
                *to = each(from);
            }
        }
        if from.len() != SHORT {
            to.iter_mut()
                .zip(from)
                .for_each(|(to, from)| *to = each(from));
        }
        Ok(())
    }

    /// The name whose normal form these bytes already are (a suffix of another name's bytes, or
    /// text read back from a ruleset).
    ///
    /// # Errors
    /// As [`Self::from_wire`]; `bytes` must not hold the root byte.
    #[inline]
    pub fn from_normal(bytes: &[u8]) -> Result<Self, NameError> {
        let mut at = 0;
        while at < bytes.len() {
            match usize::from(bytes[at]) {
                0 => return Err(NameError::EmptyLabel),
                length @ 1..=MAX_LABEL => at += 1 + length,
                _ => return Err(NameError::LabelType),
            }
        }
        if at != bytes.len() {
            return Err(NameError::Truncated);
        }
        if at > MAX_WIRE {
            return Err(NameError::TooLong);
        }
        let mut name = Self::ROOT;
        name.copy(bytes, at, |byte| *byte)?;
        Ok(name)
    }

    /// The normal form: wire labels in lower case without the root byte.
    #[must_use]
    #[inline]
    pub fn as_wire(&self) -> &[u8] {
        &self.wire[..usize::from(self.len)]
    }

    /// The normal form with whatever stands behind it, so that blocks of a fixed length can be
    /// read out of it.
    #[inline]
    pub(crate) fn padded(&self) -> &[u8; MAX_WIRE] {
        &self.wire
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.len == 0
    }

    /// How many labels the name has; the root has none.
    #[must_use]
    pub fn label_count(&self) -> usize {
        self.suffixes().count()
    }

    /// The offsets of every suffix, the whole name first, the top-level domain last.
    #[inline]
    pub fn suffixes(&self) -> impl Iterator<Item = usize> + '_ {
        let wire = self.as_wire();
        let mut at = 0;
        std::iter::from_fn(move || {
            let here = at;
            at += 1 + usize::from(*wire.get(at)?);
            Some(here)
        })
    }

    /// The suffix that begins at the label offset `start` (from [`Self::suffixes`]).
    #[must_use]
    pub fn suffix(&self, start: usize) -> Self {
        Self::from_normal(self.as_wire().get(start..).unwrap_or_default()).unwrap_or(Self::ROOT)
    }

    /// Where the name one label up begins; `None` at a top-level domain and at the root.
    #[must_use]
    #[inline]
    pub fn parent_start(&self) -> Option<usize> {
        let wire = self.as_wire();
        let start = 1 + usize::from(*wire.first()?);
        (start < wire.len()).then_some(start)
    }

    /// The name one label up; `None` at a top-level domain and at the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.parent_start().map(|start| self.suffix(start))
    }

    /// Whether `self` is `other` or lies below it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let cut = self.as_wire().len().checked_sub(other.as_wire().len());
        cut.is_some_and(|cut| {
            self.as_wire()[cut..] == *other.as_wire()
                && (cut == self.as_wire().len() || self.suffixes().any(|start| start == cut))
        })
    }

    /// The labels, leftmost first, as raw bytes.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let wire = self.as_wire();
        self.suffixes()
            .map(move |at| &wire[at + 1..=at + usize::from(wire[at])])
    }

    /// Whether the name is part of DNS itself rather than anybody's site: the root, a top-level
    /// domain, or a reverse name under `arpa`. That no list knows it says nothing about it.
    #[must_use]
    pub fn is_infrastructure(&self) -> bool {
        self.label_count() < 2 || self.as_wire().ends_with(b"\x04arpa")
    }

    /// Whether the name is a public suffix of either section of the list (ICANN or private): a
    /// name under which unrelated people register names, such as `edu.vn` or `blogspot.com`.
    #[must_use]
    pub fn is_public_suffix(&self) -> bool {
        self.public_suffix_labels()
            .is_some_and(|labels| labels == self.label_count())
    }

    /// Labels of the listed public suffix this name ends in; `None` when no listed rule matches
    /// (the implicit rule `*` of an unknown top-level domain does not count).
    fn public_suffix_labels(&self) -> Option<usize> {
        self.public_suffix_among(self.starts(&mut [0; MAX_LABELS]))
    }

    /// [`Self::public_suffix_labels`] of a name whose label starts are at hand.
    fn public_suffix_among(&self, starts: &[u8]) -> Option<usize> {
        let wire = self.as_wire();
        let label = |start: u8| {
            let start = usize::from(start);
            &wire[start + 1..=start + usize::from(wire[start])]
        };
        let info = psl::List.find(starts.iter().rev().map(|start| label(*start)));
        info.typ?;
        // `len` counts the suffix as text, that is one byte less than its wire labels.
        let from = wire.len().checked_sub(info.len + 1)?;
        let labels = starts.iter().rev();
        let labels = labels.take_while(|start| usize::from(**start) >= from);
        Some(labels.count())
    }

    /// The name a blocked event is logged under: the registrable domain (one label below the
    /// public suffix), but the full host under `edu.vn`, where one registrable name such as
    /// `hcm.edu.vn` stands for all the schools of a province (DESIGN.md, What always holds 6).
    #[must_use]
    pub fn registrable(&self) -> Self {
        self.suffix(self.registrable_start())
    }

    /// Where the registrable name begins: [`Self::registrable`] without a copy.
    #[must_use]
    pub fn registrable_start(&self) -> usize {
        const EDU_VN: &[u8] = b"\x03edu\x02vn";
        if self.as_wire().ends_with(EDU_VN) {
            return 0;
        }
        let mut starts = [0; MAX_LABELS];
        let starts = self.starts(&mut starts);
        let suffix = self.public_suffix_among(starts).unwrap_or(1);
        let skip = starts.len().saturating_sub(suffix + 1);
        starts.get(skip).map_or(0, |start| usize::from(*start))
    }

    /// The text form with A-labels turned back to Unicode where that is safe to read.
    #[must_use]
    pub fn to_unicode(&self) -> String {
        let text = self.to_string();
        let (unicode, outcome) = idna::domain_to_unicode(&text);
        if outcome.is_ok() { unicode } else { text }
    }
}

impl fmt::Display for Name {
    /// Presentation form without a dot at the end; bytes that no host name has are escaped as
    /// `\DDD` (RFC 1035 §5.1), so that a log line cannot be forged by a query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        for (index, label) in self.labels().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            // Run by run: the log's writer makes a text of every attempt.
            let mut rest = label;
            while let Some(&byte) = rest.first() {
                let plain = rest.iter().take_while(|byte| is_plain(**byte)).count();
                if plain == 0 {
                    write!(f, "\\{byte:03}")?;
                }
                // ASCII, so always a text.
                f.write_str(str::from_utf8(&rest[..plain]).unwrap_or_default())?;
                rest = &rest[plain.max(1)..];
            }
        }
        Ok(())
    }
}

/// What stands in a text as it is.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*')
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::from_text(text)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_wire() == other.as_wire()
    }
}
impl Eq for Name {}
impl std::hash::Hash for Name {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_wire().hash(state);
    }
}
impl Ord for Name {
    /// Canonical order (RFC 4034 §6.1): by labels from the right, so that a name sorts right
    /// before everything below it.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let mut mine = [0u8; MAX_LABELS];
        let mut theirs = [0u8; MAX_LABELS];
        let mine = self.starts(&mut mine);
        let theirs = other.starts(&mut theirs);
        let label = |name: &'_ Self, start: u8| {
            let start = usize::from(start);
            start + 1..=start + usize::from(name.wire[start])
        };
        for (a, b) in mine.iter().rev().zip(theirs.iter().rev()) {
            let order = self.wire[label(self, *a)].cmp(&other.wire[label(other, *b)]);
            if order.is_ne() {
                return order;
            }
        }
        mine.len().cmp(&theirs.len())
    }
}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Name {
    /// The label offsets of [`Self::suffixes`], into a buffer of the caller's.
    #[inline]
    pub fn starts<'b>(&self, buffer: &'b mut [u8; MAX_LABELS]) -> &'b [u8] {
        let mut count = 0;
        for (slot, start) in buffer.iter_mut().zip(self.suffixes()) {
            // A wire name has at most 254 bytes, so every offset fits a byte.
            *slot = u8::try_from(start).unwrap_or(u8::MAX);
            count += 1;
        }
        &buffer[..count]
    }
}

/// What a rule that names a host covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The name and everything below it: `name`.
    Suffix,
    /// The name only: `=name`.
    Exact,
    /// Everything below the name, but not itself: `*.name`.
    Below,
}

impl Scope {
    /// Reads the project's own entry syntax: `name`, `=name` or `*.name`.
    ///
    /// # Errors
    /// As [`Name::from_text`].
    pub fn parse_entry(text: &str) -> Result<(Name, Self), NameError> {
        if let Some(name) = text.strip_prefix("*.") {
            return Ok((Name::from_text(name)?, Self::Below));
        }
        if let Some(name) = text.strip_prefix('=') {
            return Ok((Name::from_text(name)?, Self::Exact));
        }
        Ok((Name::from_text(text)?, Self::Suffix))
    }

    /// Whether the rule covers the name it is written with.
    #[must_use]
    pub fn covers_itself(self) -> bool {
        self != Self::Below
    }

    /// Whether the rule covers what lies below its name.
    #[must_use]
    pub fn covers_below(self) -> bool {
        self != Self::Exact
    }

    /// Whether the rule covers its own name (`below` false) or what lies below it.
    #[must_use]
    pub fn covers(self, below: bool) -> bool {
        if below {
            self.covers_below()
        } else {
            self.covers_itself()
        }
    }

    /// The entry in the project's own syntax.
    #[must_use]
    pub fn entry(self, name: &Name) -> String {
        match self {
            Self::Suffix => name.to_string(),
            Self::Exact => format!("={name}"),
            Self::Below => format!("*.{name}"),
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
    fn text_is_normalised() {
        for (text, expected) in [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("2bánh.vn", "xn--2bnh-6na.vn"),
            ("2ba\u{301}nh.vn", "xn--2bnh-6na.vn"), // NFD of the same name
            ("XN--2BNH-6NA.vn", "xn--2bnh-6na.vn"),
            ("ｅｘａｍｐｌｅ。com", "example.com"),
            ("_dmarc.x-.vn", "_dmarc.x-.vn"),
            ("com", "com"),
        ] {
            assert_eq!(name(text).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_reason() {
        use NameError as E;
        let long_label = format!("{}.vn", "a".repeat(64));
        let long_name = vec!["abcdefg"; 32].join(".");
        for (text, expected) in [
            ("", E::Empty),
            (".", E::Empty),
            ("..", E::EmptyLabel),
            (".a.vn", E::EmptyLabel),
            ("a..vn", E::EmptyLabel),
            ("a b.vn", E::Character(' ')),
            ("a/b", E::Character('/')),
            ("*.vn", E::Character('*')),
            ("1.2.3.4", E::Address),
            ("2001:db8::1", E::Address),
            ("foo.123", E::NumericTld),
            (long_label.as_str(), E::LabelTooLong),
            (long_name.as_str(), E::TooLong),
        ] {
            assert_eq!(Name::from_text(text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn wire_names_are_lowered_and_bounded() {
        let (got, used) = Name::from_wire(b"\x03WwW\x02vN\x00rest").unwrap();
        assert_eq!((got, used), (name("www.vn"), 8));
        assert_eq!(Name::from_wire(b"\x00").unwrap(), (Name::ROOT, 1));
        assert_eq!(
            Name::from_wire(b"\xc0\x0c").unwrap_err(),
            NameError::LabelType
        );
        assert_eq!(
            Name::from_wire(b"\x05ab").unwrap_err(),
            NameError::Truncated
        );
        let mut long = b"\x3f"
            .iter()
            .chain([b'a'; 63].iter())
            .copied()
            .collect::<Vec<_>>()
            .repeat(4);
        long.push(0);
        assert_eq!(Name::from_wire(&long).unwrap_err(), NameError::TooLong);
    }

    #[test]
    fn odd_bytes_are_escaped_in_text() {
        let (odd, _) = Name::from_wire(b"\x03a.\n\x02vn\x00").unwrap();
        assert_eq!(odd.to_string(), "a\\046\\010.vn");
        assert_ne!(odd.as_wire(), name("a.vn").as_wire());
    }

    #[test]
    fn within_respects_label_borders() {
        assert!(name("a.vnedu.vn").is_within(&name("vnedu.vn")));
        assert!(name("vnedu.vn").is_within(&name("vnedu.vn")));
        assert!(!name("xvnedu.vn").is_within(&name("vnedu.vn")));
        assert!(!name("vn").is_within(&name("vnedu.vn")));
        assert!(name("vn").is_within(&Name::ROOT));
    }

    #[test]
    fn registrable_keeps_schools_apart_under_edu_vn() {
        for (full, expected) in [
            ("a.b.example.com", "example.com"),
            ("example.com", "example.com"),
            ("www.bbc.co.uk", "bbc.co.uk"),
            ("x.y.blogspot.com", "y.blogspot.com"),
            ("thcsabc.hcm.edu.vn", "thcsabc.hcm.edu.vn"),
            ("www.x.thanhhoa.vn", "x.thanhhoa.vn"),
            ("com", "com"),
            ("host.unknown-tld", "host.unknown-tld"),
        ] {
            assert_eq!(name(full).registrable(), name(expected), "{full}");
        }
    }

    #[test]
    fn public_suffixes_of_both_sections_are_known() {
        for suffix in [
            "com",
            "vn",
            "edu.vn",
            "co.uk",
            "blogspot.com",
            "github.io",
            "thanhhoa.vn",
        ] {
            assert!(name(suffix).is_public_suffix(), "{suffix}");
        }
        for other in ["google.com", "hcm.edu.vn", "free.fr", "a.github.io"] {
            assert!(!name(other).is_public_suffix(), "{other}");
        }
    }

    #[test]
    fn canonical_order_keeps_a_zone_together() {
        let mut names = ["b.com", "a.b.com", "com", "a.com", "z.a.com", "b-a.com"]
            .map(name)
            .to_vec();
        names.sort();
        let texts = names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            texts,
            ["com", "a.com", "z.a.com", "b.com", "a.b.com", "b-a.com"]
        );
    }

    #[test]
    fn entry_syntax_round_trips() {
        for entry in ["a.vn", "=a.vn", "*.a.vn"] {
            let (name, scope) = Scope::parse_entry(entry).unwrap();
            assert_eq!(scope.entry(&name), entry);
        }
        assert!(Scope::parse_entry("*.").is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics_and_names_round_trip(text in "\\PC{0,80}") {
            if let Ok(parsed) = Name::from_text(&text) {
                prop_assert_eq!(Name::from_text(&parsed.to_string()), Ok(parsed));
                prop_assert_eq!(Name::from_normal(parsed.as_wire()), Ok(parsed));
                let mut wire = parsed.as_wire().to_vec();
                wire.push(0);
                prop_assert_eq!(Name::from_wire(&wire), Ok((parsed, wire.len())));
            }
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok((name, used)) = Name::from_wire(&bytes) {
                prop_assert!(used <= bytes.len());
                prop_assert!(!name.to_string().is_empty());
                prop_assert!(name.is_within(&name.registrable()));
                prop_assert_eq!(name.suffixes().count(), name.label_count());
            }
            let _ = Name::from_normal(&bytes);
        }
    }
}
