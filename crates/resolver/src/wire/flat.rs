//! The flat form of an upstream's answer: one string of bytes that the cache stores, copies and
//! serves without taking it apart.
//!
//! ```text
//!  ┌────────────────────────────── head, 16 bytes ──────────────────────────────┐
//!  lifetime u32 │ wire length u16 │ TTLs u16 │ bytes of targets u16 │ flags u8 │
//!  bytes of text u8 │ EDE code u16 │ question's end u16
//!  wire: header, question (lower case), answer and authority section
//!  where each TTL stands in it, u16        the chain's names, each its length and its bytes;
//!                                          then, behind a byte of 255, those of service bindings
//!  the error's text
//! ```
//!
//! Numbers are little-endian; the form never leaves the process. [`Parts`] writes it, [`View`]
//! reads it. What an answer must be to be kept is `response`'s affair.

use std::net::IpAddr;

use lachan_policy::Name;

use super::query::{Query, Transport};
use super::svcb;
use super::write::{answer_flags, close, set_u32};
use super::{CLASS_IN, Ede, EdeRef, HEADER, Rcode, flag, rtype, skip_name, u16_at, u32_at};

/// Bytes of the head.
const HEAD: usize = 16;
/// Where the question's name begins.
pub(crate) const QUESTION_AT: usize = HEAD + HEADER;
/// What stands between the names of the chain and those of service bindings: no name is so long.
const MARK: u8 = 255;
/// Where the flags stand.
const FLAGS_AT: usize = 10;
/// Flag: the records were proven.
const AUTHENTIC: u8 = 1;
/// Flag: there is an Extended DNS Error.
const HAS_EDE: u8 = 1 << 1;
/// Seconds given for every record of an answer that outlived its own (RFC 8767 §4).
pub(crate) const STALE_TTL: u32 = 30;
/// The longest flat form: the longest message, a TTL for each of its records (the shortest has 11
/// bytes), 32 names and an error's text.
pub(crate) const MAX_FLAT: usize = HEAD + 65_535 + 2 * (65_535 / 11) + 32 * 256 + 256;

/// What an answer is made of before it is flat.
#[derive(Debug)]
pub(super) struct Parts<'p> {
    /// Header, question (lower case), answer and authority section.
    pub(super) wire: &'p [u8],
    /// Where the question ends.
    pub(super) question_end: usize,
    /// Where the TTLs stand.
    pub(super) ttls_at: &'p [u16],
    /// The names the chain of CNAMEs leads through, the name asked for left out.
    pub(super) chain: &'p [Name],
    /// The names that service bindings lead to.
    pub(super) services: &'p [Name],
    /// Seconds it may be kept; 0 for not at all.
    pub(super) lifetime: u32,
    /// Why the upstream, or we, answered so.
    pub(super) ede: Option<&'p Ede>,
    /// Whether its records were proven, here or by an upstream that is trusted to.
    pub(super) authentic: bool,
}

impl Parts<'_> {
    /// The flat form. A part that does not fit its field, which no message of at most 65,535 bytes
    /// has, is left out, and the answer is then not kept.
    pub(super) fn flatten(&self) -> Box<[u8]> {
        let text = self.ede.map_or(&[][..], |ede| ede.text.as_bytes());
        let bytes_of = |names: &[Name]| -> usize {
            let each = names.iter().map(|name| 1 + name.as_wire().len());
            each.sum()
        };
        let mark = usize::from(!self.services.is_empty());
        let names = bytes_of(self.chain) + mark + bytes_of(self.services);
        let length = HEAD + self.wire.len() + 2 * self.ttls_at.len() + names + text.len();
        let mut flat = Vec::with_capacity(length);
        flat.extend(self.lifetime.to_le_bytes());
        for number in [self.wire.len(), self.ttls_at.len(), names] {
            flat.extend(u16::try_from(number).unwrap_or_default().to_le_bytes());
        }
        let ede = if self.ede.is_some() { HAS_EDE } else { 0 };
        flat.push(ede | if self.authentic { AUTHENTIC } else { 0 });
        flat.push(u8::try_from(text.len()).unwrap_or_default());
        flat.extend(self.ede.map_or(0, |ede| ede.code).to_le_bytes());
        let end = u16::try_from(self.question_end).unwrap_or_default();
        flat.extend(end.to_le_bytes());
        flat.extend_from_slice(self.wire);
        for at in self.ttls_at {
            flat.extend(at.to_le_bytes());
        }
        put_names(&mut flat, self.chain);
        if !self.services.is_empty() {
            flat.push(MARK);
            put_names(&mut flat, self.services);
        }
        flat.extend_from_slice(text);
        flat.into()
    }
}

fn put_names(flat: &mut Vec<u8>, names: &[Name]) {
    for name in names {
        flat.push(u8::try_from(name.as_wire().len()).unwrap_or_default());
        flat.extend_from_slice(name.as_wire());
    }
}

/// Overwrites the lifetime of a flat answer.
pub(super) fn set_lifetime(flat: &mut [u8], lifetime: u32) {
    if let Some(field) = flat.first_chunk_mut::<4>() {
        *field = lifetime.to_le_bytes();
    }
}

/// Raises every TTL of a flat answer to at least so many seconds.
pub(super) fn raise_ttls(flat: &mut [u8], least: u32) {
    let field = |flat: &[u8], at: usize| {
        let field = flat.get(at..at + 2).and_then(|field| field.try_into().ok());
        field.map_or(0, |field| usize::from(u16::from_le_bytes(field)))
    };
    let (wire, count) = (field(flat, 4), field(flat, 6));
    for index in 0..count {
        let at = HEAD + field(flat, HEAD + wire + 2 * index);
        let ttl = u32_at(flat, at).unwrap_or_default();
        set_u32(flat, at, ttl.max(least));
    }
}

/// Says of a flat answer whether its records were proven.
pub(super) fn set_authentic(flat: &mut [u8], authentic: bool) {
    if let Some(flags) = flat.get_mut(FLAGS_AT) {
        *flags = *flags & !AUTHENTIC | if authentic { AUTHENTIC } else { 0 };
    }
}

/// How old an answer is, and so what its TTLs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Age {
    /// Seconds since it came.
    seconds: u32,
    /// Whether it outlived its TTLs.
    stale: bool,
}

impl Age {
    /// It came this moment.
    pub(crate) const NEW: Self = Self::fresh(0);

    /// An answer that still lives.
    pub(crate) const fn fresh(seconds: u32) -> Self {
        Self {
            seconds,
            stale: false,
        }
    }

    /// An answer past its life, served because no better one is to be had.
    pub(crate) const fn stale(seconds: u32) -> Self {
        Self {
            seconds,
            stale: true,
        }
    }

    /// Whether the answer outlived its TTLs.
    pub(crate) const fn is_stale(self) -> bool {
        self.stale
    }

    /// Seconds since the answer came.
    #[cfg(test)]
    pub(crate) const fn seconds(self) -> u32 {
        self.seconds
    }

    /// What is left of a TTL.
    pub(crate) const fn left(self, ttl: u32) -> u32 {
        if self.stale {
            STALE_TTL
        } else {
            ttl.saturating_sub(self.seconds)
        }
    }
}

/// A flat answer, borrowed. No bytes make its methods fail hard: what is missing counts as empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct View<'v> {
    wire: &'v [u8],
    ttls: &'v [u8],
    targets: &'v [u8],
    text: &'v [u8],
    lifetime: u32,
    question_end: usize,
    code: u16,
    flags: u8,
}

impl<'v> View<'v> {
    /// What no bytes say: an answer that is not kept and has no records.
    pub(crate) const NOTHING: Self = Self {
        wire: &[],
        ttls: &[],
        targets: &[],
        text: &[],
        lifetime: 0,
        question_end: 0,
        code: 0,
        flags: 0,
    };

    /// Reads the head; `None` when the bytes are shorter than it says. Bytes beyond are ignored.
    #[inline]
    pub(crate) fn new(flat: &'v [u8]) -> Option<Self> {
        let (head, rest) = flat.split_first_chunk::<HEAD>()?;
        let half = |at: usize| usize::from(u16::from_le_bytes([head[at], head[at + 1]]));
        let (wire, rest) = rest.split_at_checked(half(4))?;
        let (ttls, rest) = rest.split_at_checked(2 * half(6))?;
        let (targets, rest) = rest.split_at_checked(half(8))?;
        let text = rest.get(..usize::from(head[11]))?;
        Some(Self {
            wire,
            ttls,
            targets,
            text,
            lifetime: u32::from_le_bytes([head[0], head[1], head[2], head[3]]),
            question_end: half(14),
            code: u16::from_le_bytes([head[12], head[13]]),
            flags: head[FLAGS_AT],
        })
    }

    /// Seconds it may be kept; 0 for not at all.
    #[inline]
    pub(crate) const fn lifetime(&self) -> u32 {
        self.lifetime
    }

    /// The message: header, question in lower case, answer and authority section.
    pub(crate) const fn wire(&self) -> &'v [u8] {
        self.wire
    }

    /// The question: name in lower case, type, class.
    #[inline]
    pub(crate) fn question(&self) -> &'v [u8] {
        self.wire.get(HEADER..self.question_end).unwrap_or_default()
    }

    /// Whether it answers this question.
    #[inline]
    pub(crate) fn answers(&self, name: &[u8], qtype: u16) -> bool {
        let question = self.question();
        let rest = question.strip_prefix(name);
        rest.and_then(|rest| rest.first_chunk::<3>())
            .is_some_and(|[root, high, low]| {
                *root == 0 && u16::from_be_bytes([*high, *low]) == qtype
            })
    }

    /// The names the chain of CNAMEs leads through: they stand behind the name whatever type is
    /// asked for.
    #[inline]
    pub(crate) fn chain(&self) -> impl Iterator<Item = Name> + use<'v> {
        names(TargetBytes(self.targets))
    }

    /// The names that service bindings lead to: they stand behind this answer only.
    #[inline]
    pub(crate) fn services(&self) -> impl Iterator<Item = Name> + use<'v> {
        let mut bytes = TargetBytes(self.targets);
        while bytes.next().is_some() {}
        names(TargetBytes(bytes.0.get(1..).unwrap_or_default()))
    }

    /// The addresses the answer leads to: A and AAAA records, and the hints of service bindings.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> + use<'v> {
        let records = self.answer_records();
        records
            .filter(|record| record.class == CLASS_IN)
            .flat_map(|record| own_address(&record).into_iter().chain(hints(&record)))
    }

    /// Whether service bindings stand in the answer or authority section.
    pub(crate) fn has_services(&self) -> bool {
        let kept = [6, 8].map(|at| u16_at(self.wire, at).unwrap_or_default());
        let mut records = AnswerRecords {
            left: kept[0].saturating_add(kept[1]),
            ..self.answer_records()
        };
        records.any(|record| svcb::is_service(record.rtype))
    }

    /// The response code.
    #[inline]
    pub(crate) fn rcode(&self) -> u16 {
        u16_at(self.wire, 2).unwrap_or_default() & flag::RCODE
    }

    /// Whether the upstream failed on the question.
    #[inline]
    pub(crate) fn is_failure(&self) -> bool {
        let rcode = self.rcode();
        rcode != Rcode::NoError.low() && rcode != Rcode::NxDomain.low()
    }

    /// Whether its records were proven.
    pub(crate) const fn is_authentic(&self) -> bool {
        self.flags & AUTHENTIC != 0
    }

    /// Why it was answered so, where the upstream or we said it.
    pub(crate) fn ede(&self) -> Option<EdeRef<'v>> {
        (self.flags & HAS_EDE != 0).then_some(EdeRef {
            code: self.code,
            text: self.text,
        })
    }

    /// The answer for one client: its id, its question with its case, TTLs less the `age` (30 s
    /// each when stale), and nothing longer than it takes. The error given goes before the
    /// answer's own. Allocates only while `bytes` is shorter than any answer before.
    ///
    /// AD is set when the records were proven and the client asked to be told, by AD or DO
    /// (RFC 6840 §5.7, §5.8).
    pub(crate) fn render(
        &self,
        query: &Query<'_>,
        age: Age,
        transport: Transport,
        ede: Option<EdeRef<'_>>,
        bytes: &mut Vec<u8>,
    ) {
        bytes.clear();
        bytes.extend_from_slice(self.wire);
        let told = self.is_authentic() && query.wants_authenticity();
        let authentic = if told { flag::AD } else { 0 };
        let flags = answer_flags(query.flags) | authentic | self.rcode();
        set_u32(bytes, 0, u32::from(query.id) << 16 | u32::from(flags));
        let asked = query.question_bytes();
        if let Some(question) = bytes.get_mut(HEADER..HEADER + asked.len()) {
            question.copy_from_slice(asked);
        }
        for at in self.ttls.as_chunks::<2>().0 {
            let at = usize::from(u16::from_le_bytes(*at));
            let ttl = u32_at(bytes, at).unwrap_or_default();
            set_u32(bytes, at, age.left(ttl));
        }
        close(bytes, query, 0, transport, ede.or_else(|| self.ede()));
    }

    /// The data of the answer's records of one type, whoever owns them, each with its TTL. For
    /// addresses of a name that another name's answer is made of.
    pub(crate) fn data_of(&self, rtype: u16) -> impl Iterator<Item = (u32, &'v [u8])> + use<'v> {
        self.answer_records()
            .filter(move |record| record.rtype == rtype)
            .map(|record| (record.ttl, record.data))
    }

    fn answer_records(&self) -> AnswerRecords<'v> {
        AnswerRecords {
            wire: self.wire,
            at: self.question_end,
            left: u16_at(self.wire, 6).unwrap_or_default(),
        }
    }
}

/// The names of a chain, as bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetBytes<'v>(&'v [u8]);

impl<'v> Iterator for TargetBytes<'v> {
    type Item = &'v [u8];

    fn next(&mut self) -> Option<&'v [u8]> {
        let (length, rest) = self
            .0
            .split_first()
            .filter(|(length, _)| **length != MARK)?;
        let (name, rest) = rest.split_at_checked(usize::from(*length))?;
        self.0 = rest;
        Some(name)
    }
}

fn names(bytes: TargetBytes<'_>) -> impl Iterator<Item = Name> + use<'_> {
    bytes.filter_map(|bytes| Name::from_normal(bytes).ok())
}

/// The address of an A or AAAA record.
fn own_address(record: &AnswerRecord<'_>) -> Option<IpAddr> {
    match record.rtype {
        rtype::A => <[u8; 4]>::try_from(record.data).ok().map(IpAddr::from),
        rtype::AAAA => <[u8; 16]>::try_from(record.data).ok().map(IpAddr::from),
        _ => None,
    }
}

/// The addresses that a service binding gives as hints.
fn hints<'v>(record: &AnswerRecord<'v>) -> impl Iterator<Item = IpAddr> + use<'v> {
    let data = svcb::is_service(record.rtype).then_some(record.data);
    data.into_iter().flat_map(svcb::hints)
}

struct AnswerRecord<'v> {
    rtype: u16,
    class: u16,
    ttl: u32,
    data: &'v [u8],
}

struct AnswerRecords<'v> {
    wire: &'v [u8],
    at: usize,
    left: u16,
}

impl<'v> Iterator for AnswerRecords<'v> {
    type Item = AnswerRecord<'v>;

    fn next(&mut self) -> Option<AnswerRecord<'v>> {
        self.left = self.left.checked_sub(1)?;
        let fixed = skip_name(self.wire, self.at)?;
        let data_at = fixed + 10;
        let end = data_at + usize::from(u16_at(self.wire, fixed + 8)?);
        self.at = end;
        Some(AnswerRecord {
            rtype: u16_at(self.wire, fixed)?,
            class: u16_at(self.wire, fixed + 2)?,
            ttl: u32_at(self.wire, fixed + 4)?,
            data: self.wire.get(data_at..end)?,
        })
    }
}
