//! Reading an upstream's answer, checking that it answers what was asked, and keeping it in the
//! form the cache holds and clients are served from.
//!
//! The bytes stay as the upstream wrote them: compression, unknown types, the CNAME chain of a
//! negative answer. Only the additional section goes, and TTLs are patched in place.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};

use lachan_policy::Name;

use super::query::{Query, Transport};
use super::svcb;
use super::write::{answer_flags, close, set_u16, set_u32};
use super::{CLASS_IN, Ede, HEADER, Rcode, flag, name_at, rtype, skip_name, u16_at, u32_at};

/// Longest chain of CNAMEs followed; the longest seen in the wild have about ten links.
const MAX_CHAIN: usize = 16;
/// Most names behind the service bindings of an answer; most have none, a few have one or two.
const MAX_SERVICES: usize = 16;
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
    /// More names behind service bindings than any real name has.
    #[error("the answer leads to more than {MAX_SERVICES} services")]
    ManyServices,
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
pub(super) struct Record {
    pub(super) owner_at: usize,
    pub(super) rtype: u16,
    pub(super) class: u16,
    ttl_at: usize,
    pub(super) ttl: u32,
    pub(super) data_at: usize,
    pub(super) end: usize,
}

/// The records of a message.
#[derive(Debug)]
pub(super) struct Sections {
    /// The name asked for.
    asked: Name,
    /// Where the question ends.
    pub(super) question_end: usize,
    /// Answer, authority and additional section, one behind the other. Of the last as much as can
    /// be read: nothing of it is kept.
    pub(super) records: Vec<Record>,
    answers: usize,
    authorities: usize,
}

impl Sections {
    /// Finds the records; `None` when the message cannot be read to the end of its authority
    /// section.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (asked, question_end) = Reply::question(bytes)?;
        let [answers, authorities, additional] =
            [6, 8, 10].map(|at| u16_at(bytes, at).map_or(0, usize::from));
        let mut records = Vec::new();
        let mut at = question_end;
        for index in 0..answers + authorities + additional {
            let Some(record) = read_record(bytes, at) else {
                if index < answers + authorities {
                    return None;
                }
                break;
            };
            at = record.end;
            records.push(record);
        }
        Some(Self {
            asked,
            question_end,
            records,
            answers,
            authorities,
        })
    }

    /// The answer section.
    pub(super) fn answers(&self) -> &[Record] {
        &self.records[..self.answers]
    }

    /// The authority section.
    pub(super) fn authorities(&self) -> &[Record] {
        &self.records[self.answers..self.answers + self.authorities]
    }

    /// The section of the record at a position: 0 answer, 1 authority, 2 additional.
    pub(super) fn section_of(&self, index: usize) -> usize {
        usize::from(index >= self.answers) + usize::from(index >= self.answers + self.authorities)
    }
}

/// An upstream's answer, ready to be kept and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Header, question (lower case), answer and authority section.
    wire: Box<[u8]>,
    /// Where the TTLs stand.
    ttls_at: Box<[u16]>,
    /// The names the chain of CNAMEs leads through, the name asked for left out; then those that
    /// service bindings lead to.
    targets: Box<[Name]>,
    /// How many of them are of the chain.
    chained: usize,
    /// Where the addresses stand that it leads to.
    addresses_at: Box<[AddressAt]>,
    /// Seconds it may be kept; 0 for not at all.
    lifetime: u32,
    /// The same answer with the keys of Encrypted Client Hello, where some tier keeps them.
    with_ech: Option<Box<Self>>,
    /// What was found out about its addresses.
    clear: ClearIn,
}

/// Where an address stands in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AddressAt {
    at: u16,
    is_v6: bool,
}

/// The ruleset in which no list names an address of an answer: what is served again and again need
/// not be looked up again and again.
#[derive(Debug, Default)]
struct ClearIn(AtomicU64);

impl Clone for ClearIn {
    fn clone(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}

impl PartialEq for ClearIn {
    /// A note about an answer is no part of it.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ClearIn {}

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
        let sections = Sections::read(bytes).ok_or(ReplyError::Malformed)?;
        let (answers, authorities) = (sections.answers(), sections.authorities());
        let records = || answers.iter().chain(authorities);
        let end = records()
            .next_back()
            .map_or(sections.question_end, |record| record.end);
        let wire = bytes.get(..end).ok_or(ReplyError::Malformed)?;
        let chain = chain(bytes, &sections.asked, answers)?;
        let mut reply = Self {
            chained: chain.len(),
            targets: with_services(bytes, &sections, chain)?.into(),
            addresses_at: addresses_at(bytes, answers),
            lifetime: lifetime(bytes, answers, authorities, max_ttl),
            ttls_at: records()
                .filter_map(|record| u16::try_from(record.ttl_at).ok())
                .collect(),
            wire: wire.into(),
            with_ech: None,
            clear: ClearIn::default(),
        };
        let negative = !has_data(bytes, answers);
        reply.tidy(sections.question_end);
        for record in records() {
            let soa = negative.then(|| negative_ttl(bytes, record)).flatten();
            let most = soa.unwrap_or(max_ttl).min(max_ttl);
            set_u32(&mut reply.wire, record.ttl_at, record.ttl.min(most));
        }
        Ok(reply)
    }

    fn question(bytes: &[u8]) -> Option<(Name, usize)> {
        let (name, length) = Name::from_wire(bytes.get(HEADER..)?).ok()?;
        let end = HEADER + length + 4;
        (end <= bytes.len()).then_some((name, end))
    }

    /// Takes out what belongs to one exchange only: id, flags, 0x20 case.
    fn tidy(&mut self, question_end: usize) {
        let rcode = rcode_of(&self.wire);
        set_u16(&mut self.wire, 0, 0);
        set_u16(&mut self.wire, 2, rcode);
        set_u16(&mut self.wire, 10, 0);
        if let Some(name) = self.wire.get_mut(HEADER..question_end - 4) {
            name.make_ascii_lowercase();
        }
    }

    /// Seconds it may be kept; 0 for not at all.
    pub(crate) fn lifetime(&self) -> u32 {
        self.lifetime
    }

    /// How many bytes it holds, its own fields left out.
    pub(crate) fn size(&self) -> usize {
        self.wire.len()
            + 2 * self.ttls_at.len()
            + size_of::<Name>() * self.targets.len()
            + size_of_val(&*self.addresses_at)
            + self
                .with_ech
                .as_ref()
                .map_or(0, |other| size_of::<Self>() + other.size())
    }

    /// The same answer, with another form beside it: the one with the keys of Encrypted Client
    /// Hello.
    pub(super) fn beside(self, with_ech: Self) -> Self {
        Self {
            with_ech: Some(Box::new(with_ech)),
            ..self
        }
    }

    /// The form for a tier that keeps the keys of Encrypted Client Hello, or for one that does not.
    pub(crate) fn form(&self, keeps_ech: bool) -> &Self {
        match &self.with_ech {
            Some(other) if keeps_ech => other,
            _ => self,
        }
    }

    /// The names the answer leads to: through its chain of CNAMEs, and by service bindings.
    pub(crate) fn targets(&self) -> &[Name] {
        &self.targets
    }

    /// Those of the chain of CNAMEs: they stand behind the name whatever type is asked for.
    pub(crate) fn chain(&self) -> &[Name] {
        &self.targets[..self.chained]
    }

    /// Those of service bindings: they stand behind this answer only.
    pub(crate) fn services(&self) -> &[Name] {
        &self.targets[self.chained..]
    }

    /// The addresses the answer leads to: A and AAAA records, and the hints of service bindings.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.addresses_at.iter().filter_map(|place| {
            let at = usize::from(place.at);
            if place.is_v6 {
                let raw: [u8; 16] = self.wire.get(at..at + 16)?.try_into().ok()?;
                return Some(Ipv6Addr::from(raw).into());
            }
            let raw: [u8; 4] = self.wire.get(at..at + 4)?.try_into().ok()?;
            Some(Ipv4Addr::from(raw).into())
        })
    }

    /// Whether it was noted that no list of this ruleset names an address of the answer. `ruleset`
    /// is a number that no other ruleset has, and not 0.
    pub(crate) fn is_clear_in(&self, ruleset: u64) -> bool {
        self.clear.0.load(Ordering::Relaxed) == ruleset
    }

    /// Notes that no list of this ruleset names an address of the answer.
    pub(crate) fn note_clear_in(&self, ruleset: u64) {
        self.clear.0.store(ruleset, Ordering::Relaxed);
    }

    /// The response code.
    pub(crate) fn rcode(&self) -> u16 {
        rcode_of(&self.wire)
    }

    /// Whether the upstream failed on the question.
    pub(crate) fn is_failure(&self) -> bool {
        !is_answer(self.rcode())
    }

    /// The answer for one client: its id, its question with its case, TTLs less the `age` in
    /// seconds, and nothing longer than it takes.
    pub(crate) fn render(
        &self,
        query: &Query<'_>,
        age: u32,
        transport: Transport,
        ede: Option<&Ede>,
        bytes: &mut Vec<u8>,
    ) {
        bytes.clear();
        bytes.extend_from_slice(&self.wire);
        set_u16(bytes, 0, query.id);
        set_u16(bytes, 2, answer_flags(query.flags) | self.rcode());
        let asked = query.question_bytes();
        if let Some(question) = bytes.get_mut(HEADER..HEADER + asked.len()) {
            question.copy_from_slice(asked);
        }
        for at in &self.ttls_at {
            let at = usize::from(*at);
            let ttl = u32_at(bytes, at).unwrap_or_default();
            set_u32(bytes, at, ttl.saturating_sub(age));
        }
        close(bytes, query, 0, transport, ede);
    }

    /// The data of the answer's records of one type, whoever owns them, with the lowest TTL. For
    /// addresses of a name that another name's answer is made of.
    pub(crate) fn data_of(&self, rtype: u16) -> Vec<(u32, &[u8])> {
        let answers = usize::from(u16_at(&self.wire, 6).unwrap_or_default());
        let start = Self::question(&self.wire).map_or(HEADER, |(_, end)| end);
        let records = read_records(&self.wire, start, answers).unwrap_or_default();
        let wanted = records.iter().filter(|record| record.rtype == rtype);
        wanted
            .map(|record| (record.ttl, &self.wire[record.data_at..record.end]))
            .collect()
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
        let record = read_record(bytes, at)?;
        at = record.end;
        records.push(record);
    }
    Some(records)
}

/// The record at `at`.
fn read_record(bytes: &[u8], at: usize) -> Option<Record> {
    let fixed = skip_name(bytes, at)?;
    let data_at = fixed + 10;
    let end = data_at + usize::from(u16_at(bytes, fixed + 8)?);
    bytes.get(..end)?;
    Some(Record {
        owner_at: at,
        rtype: u16_at(bytes, fixed)?,
        class: u16_at(bytes, fixed + 2)?,
        ttl_at: fixed + 4,
        ttl: sane_ttl(u32_at(bytes, fixed + 4)?),
        data_at,
        end,
    })
}

/// Adds to the names of the chain those that service bindings lead to.
///
/// # Errors
/// [`ReplyError::ManyServices`]: what is not looked at was not decided about.
fn with_services(
    bytes: &[u8],
    sections: &Sections,
    mut names: Vec<Name>,
) -> Result<Vec<Name>, ReplyError> {
    let most = names.len() + MAX_SERVICES;
    for target in svcb::targets(bytes, sections.answers()) {
        if target == sections.asked || names.contains(&target) {
            continue;
        }
        if names.len() == most {
            return Err(ReplyError::ManyServices);
        }
        names.push(target);
    }
    Ok(names)
}

/// Where the addresses stand that answers lead to.
fn addresses_at(bytes: &[u8], answers: &[Record]) -> Box<[AddressAt]> {
    let place = |(at, is_v6): (usize, bool)| {
        let at = u16::try_from(at).ok()?;
        Some(AddressAt { at, is_v6 })
    };
    let own = |record: &Record| {
        let whole = match record.rtype {
            rtype::A => 4,
            rtype::AAAA => 16,
            _ => return None,
        };
        let fits = record.class == CLASS_IN && record.end - record.data_at == whole;
        fits.then_some((record.data_at, whole == 16))
    };
    answers
        .iter()
        .flat_map(|record| own(record).into_iter().chain(svcb::hints(bytes, record)))
        .filter_map(place)
        .collect()
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
