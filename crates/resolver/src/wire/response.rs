//! Reading an upstream's answer, checking that it answers what was asked, and keeping it in the
//! form the cache holds and clients are served from.
//!
//! The bytes stay as the upstream wrote them: compression, unknown types, the CNAME chain of a
//! negative answer. Of the additional section only the Extended DNS Error stays, beside the bytes;
//! TTLs are patched in place.

use lachan_policy::Name;

use super::ede::{MAX_TEXT, shortened};
use super::flat::{Parts, View};
use super::svcb;
use super::write::{OPTION_EDE, set_u16, set_u32, soa_data};
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
    /// A response code that an OPT record extends (RFC 6891 §6.1.3): BADVERS, BADCOOKIE. None of
    /// them answers a question.
    #[error("the answer has the extended response code {0}")]
    Extended(u16),
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
    /// be read: nothing of it is kept but its OPT record's error.
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

    /// Answer and authority section, one behind the other.
    fn kept(&self) -> &[Record] {
        &self.records[..self.answers + self.authorities]
    }

    /// The answer section.
    pub(super) fn answers(&self) -> &[Record] {
        &self.records[..self.answers]
    }

    /// The authority section.
    pub(super) fn authorities(&self) -> &[Record] {
        &self.records[self.answers..self.answers + self.authorities]
    }

    /// The additional section, as much of it as can be read.
    fn additional(&self) -> &[Record] {
        &self.records[self.answers + self.authorities..]
    }

    /// The section of the record at a position: 0 answer, 1 authority, 2 additional.
    pub(super) fn section_of(&self, index: usize) -> usize {
        usize::from(index >= self.answers) + usize::from(index >= self.answers + self.authorities)
    }
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
        let sections = Sections::read(bytes).ok_or(ReplyError::Malformed)?;
        let (question_end, records) = (sections.question_end, sections.kept());
        let (answers, authorities) = (sections.answers(), sections.authorities());
        let end = records.last().map_or(question_end, |record| record.end);
        // No way brings more bytes, and the flat form has room for no more.
        let wire = bytes.get(..end.min(usize::from(u16::MAX)));
        let wire = wire
            .filter(|wire| wire.len() == end)
            .ok_or(ReplyError::Malformed)?;
        let opt = Opt::find(bytes, sections.additional()).unwrap_or_default();
        if opt.rcode_high != 0 {
            let high = u16::from(opt.rcode_high) << 4;
            return Err(ReplyError::Extended(high | rcode_of(bytes)));
        }
        let chain = chain(bytes, &sections.asked, answers)?;
        let services = services(bytes, &sections, &chain)?;
        let ttls_at: Vec<u16> = records
            .iter()
            .filter_map(|record| u16::try_from(record.ttl_at).ok())
            .collect();
        let mut wire = wire.to_vec();
        tidy(&mut wire, question_end);
        let negative = !has_data(bytes, answers);
        for record in records {
            let soa = negative.then(|| negative_ttl(bytes, record)).flatten();
            let most = soa.unwrap_or(max_ttl).min(max_ttl);
            set_u32(&mut wire, record.ttl_at, record.ttl.min(most));
        }
        Ok(Self::made(&Parts {
            wire: &wire,
            question_end,
            ttls_at: &ttls_at,
            chain: &chain,
            services: &services,
            lifetime: lifetime(bytes, answers, authorities, max_ttl),
            ede: opt.ede.as_ref(),
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
            chain: &[],
            services: &[],
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

    /// What an upstream that refused, or could not, is told as: our failure (RFC 9520 §2.2), for a
    /// client that hears REFUSED or NOTIMP takes it for our word about itself and may leave us.
    /// YXDOMAIN is an answer (RFC 6672 §2.2). The upstream's own reason goes before `ede`.
    pub(crate) fn refusal_as_failure(self, ede: Ede) -> Self {
        const YXDOMAIN: u16 = 6;
        let rcode = self.rcode();
        if is_answer(rcode) || [Rcode::ServFail.low(), YXDOMAIN].contains(&rcode) {
            return self;
        }
        let view = self.view();
        let Some((name, end)) = Self::question(view.wire()) else {
            return self;
        };
        let qtype = u16_at(view.wire(), end - 4).unwrap_or_default();
        let given = view
            .ede()
            .map(|given| Ede::new(given.code, String::from_utf8_lossy(given.text)));
        Self::failure(&name, qtype, &given.unwrap_or(ede))
    }

    /// The same, no TTL below `least` seconds, where it may be lengthened: what a name has not, a
    /// failure, and what was signed or proven (RFC 4035 §5.3.3) keep their own.
    pub(crate) fn at_least(mut self, least: u32) -> Self {
        let view = self.view();
        let Some((_, end)) = Self::question(view.wire()) else {
            return self;
        };
        let qtype = u16_at(view.wire(), end - 4).unwrap_or_default();
        let has_data =
            !view.is_failure() && self.any_answer(|rtype, _| rtype == qtype || qtype == rtype::ANY);
        if least > 0 && has_data && !view.is_authentic() && !self.has_record(rtype::RRSIG) {
            let lifetime = view.lifetime().max(least);
            super::flat::raise_ttls(&mut self.flat, least);
            super::flat::set_lifetime(&mut self.flat, lifetime);
        }
        self
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

    /// That the name has no such record, said by us for `ttl` seconds.
    pub(crate) fn no_data(name: &Name, qtype: u16, ttl: u32, ede: &Ede) -> Self {
        let mut wire = bare(name, qtype, Rcode::NoError);
        let question_end = wire.len();
        set_u16(&mut wire, 8, 1);
        // Owned by the name asked for, which stands behind the header.
        wire.extend([0xC0, 12]);
        wire.extend(rtype::SOA.to_be_bytes());
        wire.extend(CLASS_IN.to_be_bytes());
        let ttl_at = u16::try_from(wire.len()).unwrap_or_default();
        wire.extend(ttl.to_be_bytes());
        let data = soa_data(ttl);
        wire.extend(u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
        wire.extend(data);
        Self::made(&Parts {
            question_end,
            wire: &wire,
            ttls_at: &[ttl_at],
            chain: &[],
            services: &[],
            lifetime: ttl,
            ede: Some(ede),
            authentic: false,
        })
    }

    fn question(bytes: &[u8]) -> Option<(Name, usize)> {
        let (name, length) = Name::from_wire(bytes.get(HEADER..)?).ok()?;
        let end = HEADER + length + 4;
        (end <= bytes.len()).then_some((name, end))
    }

    /// The same without the keys of Encrypted Client Hello (`svcb`), whose absence nobody proved;
    /// `None` when it has none.
    ///
    /// # Errors
    /// [`ReplyError::Malformed`] for an answer with keys in it that cannot be written anew.
    pub(crate) fn without_ech(&self, max_ttl: u32) -> Result<Option<Self>, ReplyError> {
        let view = self.view();
        if !view.has_services() {
            return Ok(None);
        }
        let Some(stripped) = svcb::strip(view.wire())? else {
            return Ok(None);
        };
        let kept = Self::keep(&stripped, max_ttl)?;
        let lifetime = kept.lifetime().min(self.lifetime());
        Ok(Some(kept.with_lifetime(lifetime)))
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

    /// Whether any record of the answer section, given by type and data, is such a one.
    pub(crate) fn any_answer(&self, such: impl Fn(u16, &[u8]) -> bool) -> bool {
        let answers = self.records(1).unwrap_or_default();
        let mut all = answers.iter();
        all.any(|record| {
            such(
                record.rtype,
                &self.view().wire()[record.data_at..record.end],
            )
        })
    }

    /// Whether a record of this type stands in the answer or authority section.
    pub(crate) fn has_record(&self, rtype: u16) -> bool {
        let records = self.records(2).unwrap_or_default();
        records.iter().any(|record| record.rtype == rtype)
    }

    /// The records of the first sections: 1 for answers, 2 with authorities.
    fn records(&self, sections: usize) -> Option<Vec<Record>> {
        let counts = [6, 8].into_iter().take(sections);
        let wire = self.view().wire();
        let counts = counts.map(|at| u16_at(wire, at).map_or(0, usize::from));
        let (_, start) = Self::question(wire)?;
        read_records(wire, start, counts.sum())
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

/// What tests ask of a reply, as values of their own.
#[cfg(test)]
impl Reply {
    pub(crate) fn is_authentic(&self) -> bool {
        self.view().is_authentic()
    }

    pub(crate) fn ede(&self) -> Option<Ede> {
        let ede = self.view().ede()?;
        Some(Ede::new(ede.code, str::from_utf8(ede.text).unwrap()))
    }

    pub(crate) fn data_of(&self, rtype: u16) -> Vec<(u32, &[u8])> {
        self.view().data_of(rtype).collect()
    }

    pub(crate) fn chain(&self) -> Vec<Name> {
        self.view().chain().collect()
    }

    pub(crate) fn services(&self) -> Vec<Name> {
        self.view().services().collect()
    }

    /// The names of both.
    pub(crate) fn targets(&self) -> Vec<Name> {
        [self.chain(), self.services()].concat()
    }

    pub(crate) fn addresses(&self) -> Vec<std::net::IpAddr> {
        self.view().addresses().collect()
    }
}

/// What the upstream's OPT record says that matters to a client.
#[derive(Debug, Default)]
struct Opt {
    rcode_high: u8,
    ede: Option<Ede>,
}

impl Opt {
    /// The OPT record among those of the additional section. What cannot be read there spoils no
    /// answer.
    fn find(bytes: &[u8], additional: &[Record]) -> Option<Self> {
        let record = additional
            .iter()
            .find(|record| record.rtype == rtype::OPT)?;
        let options = bytes.get(record.data_at..record.end)?;
        Some(Self {
            rcode_high: *bytes.get(record.ttl_at)?,
            ede: read_ede(options),
        })
    }
}

/// The first Extended DNS Error among EDNS options, its text cut to what we would send.
fn read_ede(mut options: &[u8]) -> Option<Ede> {
    loop {
        let (code, length) = (u16_at(options, 0)?, u16_at(options, 2)?);
        let end = 4 + usize::from(length);
        let data = options.get(4..end)?;
        if code == OPTION_EDE {
            // A text that is cut may end inside a character.
            let text = data.get(2..)?;
            let text = text.get(..MAX_TEXT + 3).unwrap_or(text);
            let text = String::from_utf8_lossy(text);
            let clean: String = text.chars().filter(|c| !c.is_control()).collect();
            return Some(Ede::new(u16_at(data, 0)?, shortened(&clean)));
        }
        options = &options[end..];
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

/// The names that service bindings lead to and the chain does not.
///
/// # Errors
/// [`ReplyError::ManyServices`]: what is not looked at was not decided about.
fn services(bytes: &[u8], sections: &Sections, chain: &[Name]) -> Result<Vec<Name>, ReplyError> {
    let mut names = Vec::new();
    for target in svcb::targets(bytes, sections.answers()) {
        if target == sections.asked || chain.contains(&target) || names.contains(&target) {
            continue;
        }
        if names.len() == MAX_SERVICES {
            return Err(ReplyError::ManyServices);
        }
        names.push(target);
    }
    Ok(names)
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
