//! Reading a client's query, and telling the odd ones apart.
//!
//! What is not an ordinary question gets the response code that RFC 6891 and RFC 8906 ask for, or
//! no answer where they ask for none. Whether a name is open is not asked here.

use lachan_policy::Name;

use super::{
    CLASS_IN, HEADER, PLAIN_PAYLOAD, Rcode, UDP_PAYLOAD, flag, rtype, skip_name, u16_at, u32_at,
};

/// How a query came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// UDP: the answer must fit what the client can take.
    Udp,
    /// TCP, or a stream above it.
    Stream,
}

/// The one question of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Question<'q> {
    /// The name, normalised.
    pub(crate) name: &'q Name,
    /// The type asked for.
    pub(crate) qtype: u16,
    /// Where the question ends in the message; it begins behind the header.
    pub(crate) end: usize,
}

/// What the client's OPT record says (RFC 6891 §6.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edns {
    /// The largest UDP answer it takes, bytes.
    pub(crate) payload: u16,
    /// Whether it wants DNSSEC records.
    pub(crate) dnssec_ok: bool,
    /// Whether it reads errors written for programs.
    pub(crate) structured_errors: bool,
}

/// What was read of an ordinary query, but for its name, which is long and stands in a place that
/// is used again and again: a query is handed on from stage to stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    id: u16,
    flags: u16,
    qtype: u16,
    /// Where the question ends.
    end: usize,
    edns: Option<Edns>,
}

/// An ordinary query: opcode QUERY, one question of class IN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'q> {
    /// The whole message.
    pub(crate) bytes: &'q [u8],
    /// The message id.
    pub(crate) id: u16,
    /// The header's flags.
    pub(crate) flags: u16,
    /// The question.
    pub(crate) question: Question<'q>,
    /// The OPT record, if there is one.
    pub(crate) edns: Option<Edns>,
}

/// Why a message gets no ordinary answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odd {
    /// No answer at all: no header, or itself an answer (RFC 8906 §3: never answer an answer).
    Drop,
    /// An answer of only a response code.
    Refuse(Refusal),
}

/// What a refusal is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The message id.
    pub(crate) id: u16,
    /// The query's flags.
    pub(crate) flags: u16,
    /// The response code.
    pub(crate) rcode: Rcode,
    /// Where the question ends, when it is echoed.
    pub(crate) question_end: Option<usize>,
    /// Whether the answer carries an OPT record.
    pub(crate) edns: bool,
}

impl Head {
    /// Reads a query, its name into `name`.
    ///
    /// # Errors
    /// [`Odd`] says what to answer instead, checked in the order of RFC 8906: header, opcode,
    /// number of questions, EDNS version, class, type.
    #[inline]
    pub(crate) fn read(bytes: &[u8], name: &mut Name) -> Result<Self, Odd> {
        let (Some(id), Some(flags)) = (u16_at(bytes, 0), u16_at(bytes, 2)) else {
            return Err(Odd::Drop);
        };
        if bytes.len() < HEADER || flags & flag::QR != 0 {
            return Err(Odd::Drop);
        }
        let mut refusal = Refusal {
            id,
            flags,
            rcode: Rcode::FormErr,
            question_end: None,
            edns: false,
        };
        if flags & flag::OPCODE != 0 {
            return Err(refusal.with(Rcode::NotImp));
        }
        let counts = [4, 6, 8, 10].map(|at| u16_at(bytes, at).unwrap_or(0));
        // RFC 9619: exactly one question; and a query answers nothing.
        let [1, 0, 0, additional] = counts else {
            return Err(refusal.with(Rcode::FormErr));
        };
        let Some([qtype, class, end]) = read_question(bytes, name) else {
            return Err(refusal.with(Rcode::FormErr));
        };
        let end = usize::from(end);
        refusal.question_end = Some(end);
        let Ok(opt) = find_opt(bytes, end, additional) else {
            return Err(refusal.with(Rcode::FormErr));
        };
        refusal.edns = opt.is_some();
        if opt.is_some_and(|opt| opt.version != 0) {
            return Err(refusal.with(Rcode::BadVers));
        }
        if let Some(rcode) = odd_class(class).or_else(|| odd_type(qtype)) {
            return Err(refusal.with(rcode));
        }
        Ok(Self {
            id,
            flags,
            qtype,
            end,
            edns: opt.map(|opt| opt.edns),
        })
    }

    /// The query whose message and name these are. With others it is of no use.
    #[inline]
    pub(crate) fn over<'q>(self, bytes: &'q [u8], name: &'q Name) -> Query<'q> {
        Query {
            bytes,
            id: self.id,
            flags: self.flags,
            question: Question {
                name,
                qtype: self.qtype,
                end: self.end,
            },
            edns: self.edns,
        }
    }
}

impl<'q> Query<'q> {
    /// What it is but for its message and its name.
    pub(crate) fn head(&self) -> Head {
        Head {
            id: self.id,
            flags: self.flags,
            qtype: self.question.qtype,
            end: self.question.end,
            edns: self.edns,
        }
    }

    /// The largest answer allowed, bytes.
    pub(crate) fn limit(&self, transport: Transport) -> usize {
        let payload = self.edns.map_or(PLAIN_PAYLOAD, |edns| {
            edns.payload.clamp(PLAIN_PAYLOAD, UDP_PAYLOAD)
        });
        match transport {
            Transport::Udp => usize::from(payload),
            Transport::Stream => usize::from(u16::MAX),
        }
    }

    /// The question as the client wrote it, its case included.
    pub(crate) fn question_bytes(&self) -> &'q [u8] {
        self.bytes
            .get(HEADER..self.question.end)
            .unwrap_or_default()
    }

    /// Whether recursion is desired.
    pub(crate) fn recursion_desired(&self) -> bool {
        self.flags & flag::RD != 0
    }

    /// Whether the client validates itself and wants answers that fail (RFC 4035 §3.2.2).
    pub(crate) fn checking_disabled(&self) -> bool {
        self.flags & flag::CD != 0
    }

    /// Whether DNSSEC records are wanted.
    pub(crate) fn dnssec_ok(&self) -> bool {
        self.edns.is_some_and(|edns| edns.dnssec_ok)
    }

    /// Whether the client wants to be told that an answer is authentic (RFC 6840 §5.7).
    pub(crate) fn wants_authenticity(&self) -> bool {
        self.dnssec_ok() || self.flags & flag::AD != 0
    }
}

impl Refusal {
    fn with(self, rcode: Rcode) -> Odd {
        Odd::Refuse(Self { rcode, ..self })
    }
}

#[cfg(test)]
impl<'q> Query<'q> {
    /// [`Head::read`] with a place for the name that is never given back.
    pub(crate) fn parse(bytes: &'q [u8]) -> Result<Self, Odd> {
        let name = Box::leak(Box::new(Name::ROOT));
        Ok(Head::read(bytes, name)?.over(bytes, name))
    }
}

/// Reads the question's name; gives its type, its class, and where it ends.
#[inline]
fn read_question(bytes: &[u8], name: &mut Name) -> Option<[u16; 3]> {
    let at = HEADER + name.read_wire(bytes.get(HEADER..)?).ok()?;
    let end = u16::try_from(at + 4).ok()?;
    Some([u16_at(bytes, at)?, u16_at(bytes, at + 2)?, end])
}

#[derive(Debug, Clone, Copy)]
struct Opt {
    edns: Edns,
    version: u8,
}

/// The message cannot be read to its end, or has two OPT records.
struct BadAdditional;

/// The OPT record among the additional ones. A second one is an error (RFC 6891 §6.1.1).
fn find_opt(bytes: &[u8], mut at: usize, count: u16) -> Result<Option<Opt>, BadAdditional> {
    let mut found = None;
    for _ in 0..count {
        let owner = at;
        let (fixed, end) = record_at(bytes, at).ok_or(BadAdditional)?;
        if u16_at(bytes, fixed) == Some(rtype::OPT) {
            // Its owner is the root, in one byte.
            if found.is_some() || fixed != owner + 1 {
                return Err(BadAdditional);
            }
            found = read_opt(bytes, fixed, end);
            found.ok_or(BadAdditional)?;
        }
        at = end;
    }
    Ok(found)
}

/// Where the fixed part of the record at `at` begins, and where the record ends.
fn record_at(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let fixed = skip_name(bytes, at)?;
    let end = fixed + 10 + usize::from(u16_at(bytes, fixed + 8)?);
    (end <= bytes.len()).then_some((fixed, end))
}

fn read_opt(bytes: &[u8], fixed: usize, end: usize) -> Option<Opt> {
    let payload = u16_at(bytes, fixed + 2)?;
    let [_, version, flags, _] = u32_at(bytes, fixed + 4)?.to_be_bytes();
    let structured_errors = read_options(bytes.get(fixed + 10..end)?)?;
    Some(Opt {
        edns: Edns {
            payload,
            dnssec_ok: flags & 0x80 != 0,
            structured_errors,
        },
        version,
    })
}

/// Reads the options, which must fill the record exactly (RFC 6891 §6.1.2): whether errors for
/// programs are asked for.
///
/// That is said by the option Structured DNS Error, empty (draft-ietf-dnsop-structured-dns-error,
/// from version 20 on); clients of earlier versions send an Extended DNS Error of code 0 without a
/// text.
fn read_options(mut options: &[u8]) -> Option<bool> {
    const STRUCTURED: u16 = 26;
    const EXTENDED: u16 = 15;
    let mut structured = false;
    while !options.is_empty() {
        let (code, length) = (u16_at(options, 0)?, u16_at(options, 2)?);
        let end = 4 + usize::from(length);
        let data = options.get(4..end)?;
        structured |= match code {
            STRUCTURED => data.is_empty(),
            EXTENDED => data == [0, 0],
            _ => false,
        };
        options = options.get(end..)?;
    }
    Some(structured)
}

/// Only the Internet's class is served; others exist (RFC 8906 §3.1.5), but not here.
fn odd_class(class: u16) -> Option<Rcode> {
    (class != CLASS_IN).then_some(Rcode::Refused)
}

/// Types that are no data: OPT and 0 cannot be asked for; the meta types 249 to 254 (keys, zone
/// transfers, the obsolete mail types) are refused. Unknown types are ordinary (RFC 8906 §3.1.2).
fn odd_type(qtype: u16) -> Option<Rcode> {
    match qtype {
        0 | rtype::OPT => Some(Rcode::FormErr),
        rtype::TKEY..=rtype::MAILA => Some(Rcode::Refused),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use hickory_proto::op::{
        Edns as HickoryEdns, Message, MessageType, OpCode, Query as HickoryQuery,
    };
    use hickory_proto::rr::{DNSClass, Name as HickoryName, RecordType};
    use proptest::prelude::*;

    /// A query as any client writes it.
    pub(crate) fn query(name: &str, qtype: u16) -> Vec<u8> {
        let mut bytes = vec![0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.').filter(|label| !label.is_empty()) {
            bytes.push(u8::try_from(label.len()).unwrap());
            bytes.extend(label.as_bytes());
        }
        bytes.push(0);
        bytes.extend(qtype.to_be_bytes());
        bytes.extend(CLASS_IN.to_be_bytes());
        bytes
    }

    /// The same with an OPT record.
    pub(crate) fn with_edns(
        mut bytes: Vec<u8>,
        payload: u16,
        version: u8,
        dnssec_ok: bool,
    ) -> Vec<u8> {
        bytes[11] += 1;
        bytes.extend([0, 0, 41]);
        bytes.extend(payload.to_be_bytes());
        bytes.extend([0, version, if dnssec_ok { 0x80 } else { 0 }, 0, 0, 0]);
        bytes
    }

    fn rcode(bytes: &[u8]) -> Option<Rcode> {
        match Query::parse(bytes) {
            Err(Odd::Refuse(refusal)) => Some(refusal.rcode),
            _ => None,
        }
    }

    #[test]
    fn an_ordinary_query_is_read() {
        let bytes = with_edns(query("wWw.vnEdu.vn", 28), 1400, 0, true);
        let read = Query::parse(&bytes).unwrap();
        assert_eq!(
            *read.question.name,
            Name::from_text("www.vnedu.vn").unwrap()
        );
        assert_eq!((read.id, read.question.qtype), (0x1234, 28));
        assert_eq!(
            read.edns,
            Some(Edns {
                payload: 1400,
                dnssec_ok: true,
                structured_errors: false,
            })
        );
        assert!(read.recursion_desired() && !read.checking_disabled() && read.dnssec_ok());
        assert!(read.question_bytes().starts_with(b"\x03wWw\x05vnEdu"));
    }

    #[test]
    fn a_client_says_that_it_reads_errors_for_programs() {
        for (option, expected) in [
            (&[0, 26, 0, 0][..], true),
            (&[0, 15, 0, 2, 0, 0], true),
            (&[0, 10, 0, 1, 7, 0, 26, 0, 0], true),
            (&[0, 26, 0, 1, 0], false),
            (&[0, 15, 0, 0], false),
            (&[0, 15, 0, 2, 0, 17], false),
            (&[0, 15, 0, 3, 0, 0, b'x'], false),
            (&[], false),
        ] {
            let mut bytes = with_edns(query("a.vn", 1), 1232, 0, false);
            let length = bytes.len() - 1;
            bytes[length] = u8::try_from(option.len()).unwrap();
            bytes.extend(option);
            let edns = Query::parse(&bytes).unwrap().edns.unwrap();
            assert_eq!(edns.structured_errors, expected, "{option:?}");
        }
    }

    #[test]
    fn answers_and_scraps_get_no_answer() {
        let mut answer = query("a.vn", 1);
        answer[2] |= 0x80;
        assert_eq!(Query::parse(&answer).unwrap_err(), Odd::Drop);
        let whole = query("a.vn", 1);
        for length in 0..HEADER {
            assert_eq!(
                Query::parse(&whole[..length]).unwrap_err(),
                Odd::Drop,
                "{length}"
            );
        }
    }

    #[test]
    fn a_truncated_query_is_a_format_error() {
        let whole = with_edns(query("www.vnedu.vn", 1), 1232, 0, false);
        for length in HEADER..whole.len() {
            assert_eq!(rcode(&whole[..length]), Some(Rcode::FormErr), "{length}");
        }
    }

    #[test]
    fn odd_opcodes_are_not_implemented() {
        for opcode in 1..16u8 {
            let mut bytes = query("a.vn", 1);
            bytes[2] |= opcode << 3;
            assert_eq!(rcode(&bytes), Some(Rcode::NotImp), "{opcode}");
        }
    }

    #[test]
    fn none_or_two_questions_are_a_format_error() {
        let mut none = query("a.vn", 1);
        none[5] = 0;
        assert_eq!(rcode(&none), Some(Rcode::FormErr));
        let mut two = query("a.vn", 1);
        let again = two[HEADER..].to_vec();
        two[5] = 2;
        two.extend(again);
        assert_eq!(rcode(&two), Some(Rcode::FormErr));
    }

    #[test]
    fn a_query_that_brings_answers_is_a_format_error() {
        for at in [7, 9] {
            let mut bytes = query("a.vn", 1);
            bytes[at] = 1;
            assert_eq!(rcode(&bytes), Some(Rcode::FormErr));
        }
    }

    #[test]
    fn other_classes_are_refused() {
        for class in [0u16, 2, 3, 4, 254, 255, 999] {
            let mut bytes = query("a.vn", 1);
            let end = bytes.len();
            bytes[end - 2..].copy_from_slice(&class.to_be_bytes());
            assert_eq!(rcode(&bytes), Some(Rcode::Refused), "{class}");
        }
    }

    #[test]
    fn zone_transfers_are_refused_and_unknown_types_are_ordinary() {
        for (qtype, expected) in [
            (252, Some(Rcode::Refused)),
            (251, Some(Rcode::Refused)),
            (249, Some(Rcode::Refused)),
            (0, Some(Rcode::FormErr)),
            (41, Some(Rcode::FormErr)),
            (255, None),
            (65, None),
            (1000, None),
            (65535, None),
        ] {
            assert_eq!(rcode(&query("a.vn", qtype)), expected, "{qtype}");
        }
    }

    #[test]
    fn an_unknown_edns_version_is_told() {
        let bytes = with_edns(query("a.vn", 1), 1232, 1, false);
        let Err(Odd::Refuse(refusal)) = Query::parse(&bytes) else {
            panic!("accepted")
        };
        assert_eq!(refusal.rcode, Rcode::BadVers);
        assert!(refusal.edns && refusal.question_end.is_some());
    }

    #[test]
    fn two_opt_records_or_a_named_one_are_a_format_error() {
        let two = with_edns(with_edns(query("a.vn", 1), 1232, 0, false), 1232, 0, false);
        assert_eq!(rcode(&two), Some(Rcode::FormErr));
        let mut named = query("a.vn", 1);
        named[11] = 1;
        named.extend(b"\xC0\x0C\x00\x29\x04\xD0\x00\x00\x00\x00\x00\x00");
        assert_eq!(rcode(&named), Some(Rcode::FormErr));
    }

    #[test]
    fn options_that_overrun_their_record_are_a_format_error() {
        let mut bytes = with_edns(query("a.vn", 1), 1232, 0, false);
        let end = bytes.len();
        bytes[end - 1] = 5;
        bytes.extend([0, 10, 0, 9, 1]);
        assert_eq!(rcode(&bytes), Some(Rcode::FormErr));
    }

    #[test]
    fn a_compressed_question_is_a_format_error() {
        let mut bytes = vec![0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend(b"\xC0\x0C\x00\x01\x00\x01");
        assert_eq!(rcode(&bytes), Some(Rcode::FormErr));
    }

    #[test]
    fn the_limit_is_what_both_sides_can_take() {
        for (payload, expected) in [
            (0, 512),
            (512, 512),
            (1000, 1000),
            (1232, 1232),
            (65535, 1232),
        ] {
            let bytes = with_edns(query("a.vn", 1), payload, 0, false);
            let query = Query::parse(&bytes).unwrap();
            assert_eq!(query.limit(Transport::Udp), expected);
            assert_eq!(query.limit(Transport::Stream), 65535);
        }
        assert_eq!(
            Query::parse(&query("a.vn", 1))
                .unwrap()
                .limit(Transport::Udp),
            512
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parser_fail_hard(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Query::parse(&bytes);
        }

        #[test]
        fn damaged_queries_never_fail_hard(at in 0usize..60, to in any::<u8>()) {
            let mut bytes = with_edns(query("www.vnedu.vn", 1), 1232, 0, true);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = to;
            }
            let _ = Query::parse(&bytes);
        }

        #[test]
        fn what_hickory_writes_is_read_the_same(
            labels in proptest::collection::vec("[a-zA-Z0-9_][a-zA-Z0-9_-]{0,18}", 1..6),
            id in any::<u16>(),
            qtype in 1u16..250,
            payload in 512u16..5000,
            dnssec_ok in any::<bool>(),
        ) {
            prop_assume!(qtype != 41 && qtype != 249);
            let text = labels.join(".");
            let name = HickoryName::from_ascii(format!("{text}.")).unwrap();
            let mut message = Message::new(id, MessageType::Query, OpCode::Query);
            let mut asked = HickoryQuery::query(name, RecordType::from(qtype));
            asked.set_query_class(DNSClass::IN);
            message.add_query(asked);
            let mut edns = HickoryEdns::new();
            edns.set_max_payload(payload).set_dnssec_ok(dnssec_ok).set_version(0);
            message.set_edns(edns);
            let bytes = message.to_vec().unwrap();
            let read = Query::parse(&bytes).unwrap();
            prop_assert_eq!(read.id, id);
            prop_assert_eq!(read.question.qtype, qtype);
            prop_assert_eq!(read.question.name.to_string(), text.to_ascii_lowercase());
            let structured_errors = false;
            prop_assert_eq!(read.edns, Some(Edns { payload, dnssec_ok, structured_errors }));
        }
    }
}
