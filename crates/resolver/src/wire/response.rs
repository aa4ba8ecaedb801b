//! Reading an upstream's answer, checking that it answers what was asked, and keeping it in the
//! form the cache holds and clients are served from.
//!
//! The bytes stay as the upstream wrote them: compression, unknown types, the CNAME chain of a
//! negative answer. Only the additional section goes, and TTLs are patched in place.

use lachan_policy::Name;

use super::flat::{Parts, View};
use super::write::{set_u16, set_u32};
use super::{CLASS_IN, Ede, HEADER, Rcode, flag, name_at, rtype, skip_name, u16_at, u32_at};

/// Longest chain of CNAMEs followed; the longest seen in the wild have about ten links.
const MAX_CHAIN: usize = 16;
/// Most seconds a negative answer is kept (RFC 2308 §5 suggests one to three hours).
const MAX_NEGATIVE: u32 = 3600;
/// Seconds a failure is kept, so that a broken zone is not asked for by every device at once
/// (RFC 9520 §3.2: at least one).
const FAILURE: u32 = 2;

/// Why bytes from an upstream are no answer to our question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReplyError {
    /// The message cannot be read to the end of its authority section.
    #[error("the answer cannot be read")]
    Malformed,
    /// More CNAMEs one behind the other than any real name has.
    #[error("the answer leads through more than {MAX_CHAIN} CNAMEs")]
    LongChain,
    /// A query, or another opcode.
    #[error("the message is not an answer to a query")]
    NotAnAnswer,
    /// Another id.
    #[error("the answer has another id")]
    Id,
    /// Another question, or its letters in another case.
    #[error("the answer is to another question")]
    Question,
}

/// What an answer must match.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'e> {
    /// The query's id.
    pub(crate) id: u16,
    /// The question's bytes as they were sent.
    pub(crate) question: &'e [u8],
    /// Whether the case of the name must match, too (0x20): over UDP, where anybody may answer.
    pub(crate) same_case: bool,
}

/// A record's place in a message.
#[derive(Debug, Clone, Copy)]
struct Record {
    owner_at: usize,
    rtype: u16,
    class: u16,
    ttl_at: usize,
    ttl: u32,
    data_at: usize,
    end: usize,
}

/// An upstream's answer, ready to be kept and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    flat: Box<[u8]>,
}

/// Checks the parts of a header and question that forgers have to guess (RFC 5452 §9.1).
///
/// # Errors
/// [`ReplyError`]; over UDP the caller drops the message and goes on waiting.
pub(crate) fn check(bytes: &[u8], expected: &Expected<'_>) -> Result<(), ReplyError> {
    let flags = u16_at(bytes, 2).ok_or(ReplyError::Malformed)?;
    if u16_at(bytes, 0) != Some(expected.id) {
        return Err(ReplyError::Id);
    }
    if flags & (flag::QR | flag::OPCODE) != flag::QR {
        return Err(ReplyError::NotAnAnswer);
    }
    let question = bytes.get(HEADER..HEADER + expected.question.len());
    let question = question
        .filter(|_| u16_at(bytes, 4) == Some(1))
        .ok_or(ReplyError::Question)?;
    let same = if expected.same_case {
        question == expected.question
    } else {
        question.eq_ignore_ascii_case(expected.question)
    };
    if same {
        Ok(())
    } else {
        Err(ReplyError::Question)
    }
}

/// Whether the answer was cut to fit (TC).
pub(crate) fn is_truncated(bytes: &[u8]) -> bool {
    u16_at(bytes, 2).is_some_and(|flags| flags & flag::TC != 0)
}

/// The response code of a message, its lower four bits.
pub(crate) fn rcode_of(bytes: &[u8]) -> u16 {
    u16_at(bytes, 2).unwrap_or_default() & flag::RCODE
}

impl Reply {
    /// Keeps an answer that [`check`] passed. `max_ttl` caps every TTL, seconds.
    ///
    /// # Errors
    /// [`ReplyError::Malformed`] when its sections cannot be read.
    pub(crate) fn keep(bytes: &[u8], max_ttl: u32) -> Result<Self, ReplyError> {
        let asked = Self::question(bytes).ok_or(ReplyError::Malformed)?;
        let (name, question_end) = asked;
        let answers = usize::from(u16_at(bytes, 6).ok_or(ReplyError::Malformed)?);
        let count = answers + usize::from(u16_at(bytes, 8).ok_or(ReplyError::Malformed)?);
        let records = read_records(bytes, question_end, count).ok_or(ReplyError::Malformed)?;
        let end = records.last().map_or(question_end, |record| record.end);
        // No way brings more bytes, and the flat form has room for no more.
        let wire = bytes.get(..end.min(usize::from(u16::MAX)));
        let wire = wire
            .filter(|wire| wire.len() == end)
            .ok_or(ReplyError::Malformed)?;
        let (answers, authorities) = records.split_at(answers.min(records.len()));
        let targets = chain(bytes, &name, answers)?;
        let ttls_at: Vec<u16> = records
            .iter()
            .filter_map(|record| u16::try_from(record.ttl_at).ok())
            .collect();
        let mut wire = wire.to_vec();
        tidy(&mut wire, question_end);
        let negative = !has_data(bytes, answers);
        for record in &records {
            let soa = negative.then(|| negative_ttl(bytes, record)).flatten();
            let most = soa.unwrap_or(max_ttl).min(max_ttl);
            set_u32(&mut wire, record.ttl_at, record.ttl.min(most));
        }
        Ok(Self::made(&Parts {
            wire: &wire,
            question_end,
            ttls_at: &ttls_at,
            targets: &targets,
            lifetime: lifetime(bytes, answers, authorities, max_ttl),
            ede: None,
            authentic: false,
        }))
    }

    /// A failure of our own, kept for a moment like one of an upstream.
    pub(crate) fn failure(name: &Name, qtype: u16, ede: &Ede) -> Self {
        let wire = bare(name, qtype, Rcode::ServFail);
        Self::made(&Parts {
            question_end: wire.len(),
            wire: &wire,
            ttls_at: &[],
            targets: &[],
            lifetime: FAILURE,
            ede: Some(ede),
            authentic: false,
        })
    }

    fn made(parts: &Parts<'_>) -> Self {
        Self {
            flat: parts.flatten(),
        }
    }

    /// The same, its records being proven or not.
    pub(crate) fn with_authentic(mut self, authentic: bool) -> Self {
        super::flat::set_authentic(&mut self.flat, authentic);
        self
    }

    /// The same, to be kept for so many seconds.
    pub(crate) fn with_lifetime(mut self, lifetime: u32) -> Self {
        super::flat::set_lifetime(&mut self.flat, lifetime);
        self
    }

    fn question(bytes: &[u8]) -> Option<(Name, usize)> {
        let (name, length) = Name::from_wire(bytes.get(HEADER..)?).ok()?;
        let end = HEADER + length + 4;
        (end <= bytes.len()).then_some((name, end))
    }

    /// The string of bytes it is.
    pub(crate) fn as_flat(&self) -> &[u8] {
        &self.flat
    }

    /// What it says.
    pub(crate) fn view(&self) -> View<'_> {
        View::new(&self.flat).unwrap_or(View::NOTHING)
    }

    /// Seconds it may be kept; 0 for not at all.
    pub(crate) fn lifetime(&self) -> u32 {
        self.view().lifetime()
    }

    /// The response code.
    pub(crate) fn rcode(&self) -> u16 {
        self.view().rcode()
    }

    /// Whether the upstream failed on the question.
    pub(crate) fn is_failure(&self) -> bool {
        !is_answer(self.rcode())
    }
}

/// Header and question of a reply of our own.
fn bare(name: &Name, qtype: u16, rcode: Rcode) -> Vec<u8> {
    let mut wire = Vec::with_capacity(HEADER + name.as_wire().len() + 80);
    wire.extend([0, 0]);
    wire.extend(rcode.low().to_be_bytes());
    wire.extend([0, 1, 0, 0, 0, 0, 0, 0]);
    wire.extend_from_slice(name.as_wire());
    wire.push(0);
    wire.extend(qtype.to_be_bytes());
    wire.extend(CLASS_IN.to_be_bytes());
    wire
}

/// Takes out what belongs to one exchange only: id, flags, 0x20 case.
fn tidy(wire: &mut [u8], question_end: usize) {
    let rcode = rcode_of(wire);
    set_u16(wire, 0, 0);
    set_u16(wire, 2, rcode);
    set_u16(wire, 10, 0);
    if let Some(name) = wire.get_mut(HEADER..question_end - 4) {
        name.make_ascii_lowercase();
    }
}

/// Whether a response code answers the question: NOERROR and NXDOMAIN do.
pub(crate) fn is_answer(rcode: u16) -> bool {
    rcode == Rcode::NoError.low() || rcode == Rcode::NxDomain.low()
}

/// The `count` records from `at`, each checked against the end of the message.
fn read_records(bytes: &[u8], mut at: usize, count: usize) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    for _ in 0..count {
        let fixed = skip_name(bytes, at)?;
        let data_at = fixed + 10;
        let end = data_at + usize::from(u16_at(bytes, fixed + 8)?);
        bytes.get(..end)?;
        records.push(Record {
            owner_at: at,
            rtype: u16_at(bytes, fixed)?,
            class: u16_at(bytes, fixed + 2)?,
            ttl_at: fixed + 4,
            ttl: sane_ttl(u32_at(bytes, fixed + 4)?),
            data_at,
            end,
        });
        at = end;
    }
    Some(records)
}

/// RFC 2181 §8: a TTL with its highest bit set counts as 0.
fn sane_ttl(ttl: u32) -> u32 {
    if ttl > i32::MAX.unsigned_abs() {
        0
    } else {
        ttl
    }
}

/// Follows the CNAMEs from the name asked for, in whatever order they stand, and adds those of
/// DNAMEs, which stand beside their synthesised CNAMEs (RFC 6672 §3.1).
///
/// # Errors
/// [`ReplyError::LongChain`]: what lies behind the last link looked at was not decided about, so
/// the answer is not given.
fn chain(bytes: &[u8], asked: &Name, answers: &[Record]) -> Result<Vec<Name>, ReplyError> {
    let links: Vec<(Name, Name)> = answers
        .iter()
        .filter(|record| record.rtype == rtype::CNAME && record.class == CLASS_IN)
        .filter_map(|record| {
            let owner = name_at(bytes, record.owner_at).ok()?;
            Some((owner, name_at(bytes, record.data_at).ok()?))
        })
        .collect();
    let mut targets: Vec<Name> = Vec::new();
    let mut current = *asked;
    while let Some((_, next)) = links.iter().find(|(owner, _)| *owner == current) {
        if *next == *asked || targets.contains(next) {
            break;
        }
        if targets.len() == MAX_CHAIN {
            return Err(ReplyError::LongChain);
        }
        targets.push(*next);
        current = *next;
    }
    Ok(targets)
}

/// How long an answer may be kept, seconds.
fn lifetime(bytes: &[u8], answers: &[Record], authorities: &[Record], max_ttl: u32) -> u32 {
    if !is_answer(rcode_of(bytes)) {
        return FAILURE;
    }
    let lowest = |records: &[Record]| records.iter().map(|record| record.ttl).min();
    let limit = if has_data(bytes, answers) {
        lowest(authorities).unwrap_or(max_ttl)
    } else {
        // RFC 2308 §5: a negative answer without an SOA record is not kept.
        let soa = authorities
            .iter()
            .find_map(|record| negative_ttl(bytes, record));
        soa.map_or(0, |ttl| ttl.min(lowest(authorities).unwrap_or(0)))
    };
    limit.min(lowest(answers).unwrap_or(max_ttl)).min(max_ttl)
}

/// Whether the answer holds what was asked for, and not only CNAMEs that lead to nothing.
fn has_data(bytes: &[u8], answers: &[Record]) -> bool {
    let Some((_, end)) = Reply::question(bytes) else {
        return false;
    };
    let qtype = u16_at(bytes, end - 4).unwrap_or_default();
    rcode_of(bytes) == Rcode::NoError.low()
        && answers
            .iter()
            .any(|record| record.rtype == qtype || qtype == rtype::ANY)
}

/// How long an SOA record lets a negative answer live: the lower of its TTL and its MINIMUM field
/// (RFC 2308 §5), and our cap. `None` for other records.
fn negative_ttl(bytes: &[u8], record: &Record) -> Option<u32> {
    if record.rtype != rtype::SOA {
        return None;
    }
    let minimum_at = record
        .end
        .checked_sub(4)
        .filter(|at| *at >= record.data_at)?;
    let minimum = sane_ttl(u32_at(bytes, minimum_at)?);
    Some(minimum.min(record.ttl).min(MAX_NEGATIVE))
}

#[cfg(test)]
#[path = "response_tests.rs"]
pub(crate) mod tests;
