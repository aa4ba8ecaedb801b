//! Writing answers: header, the question as it came, records, OPT with its error, and never more
//! bytes than the client can take.
//!
//! What is answered is decided elsewhere.

use lachan_policy::Name;

use super::query::{Query, Refusal, Transport};
use super::{CLASS_IN, Ede, EdeRef, HEADER, Rcode, UDP_PAYLOAD, flag, rtype};

/// The option code of an Extended DNS Error (RFC 8914 §2).
pub(super) const OPTION_EDE: u16 = 15;
/// Compression pointer to the question's name, which always stands behind the header.
pub(super) const QUESTION: u16 = 0xC000 | 12;
/// The highest offset a compression pointer reaches.
pub(super) const MAX_POINTER: usize = 0x3FFF;

/// Whose record it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Owner {
    /// The name asked for.
    Question,
    /// A name written before, by its offset.
    At(usize),
}

/// An answer under construction, in a buffer of the caller's: a buffer that is used again and
/// again grows to the size of an answer once and is never allocated after that.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    query: &'a Query<'a>,
    rcode: Rcode,
    out: &'a mut Vec<u8>,
    answers: u16,
    authorities: u16,
}

impl<'a> Answer<'a> {
    /// An answer without records, in place of whatever stands in `out`.
    pub(crate) fn new(query: &'a Query<'a>, rcode: Rcode, out: &'a mut Vec<u8>) -> Self {
        out.clear();
        put_header(out, query.id, query.flags, rcode, 1);
        out.extend_from_slice(query.question_bytes());
        Self {
            query,
            rcode,
            out,
            answers: 0,
            authorities: 0,
        }
    }

    /// Adds a record to the answer section, and says where its data begins.
    pub(crate) fn answer(&mut self, owner: Owner, rtype: u16, ttl: u32, data: &[u8]) -> usize {
        self.answers += 1;
        self.record(owner, rtype, ttl, data)
    }

    /// Adds a record to the authority section. Comes after all of the answer section.
    pub(crate) fn authority(&mut self, owner: Owner, rtype: u16, ttl: u32, data: &[u8]) {
        self.authorities += 1;
        self.record(owner, rtype, ttl, data);
    }

    fn record(&mut self, owner: Owner, rtype: u16, ttl: u32, data: &[u8]) -> usize {
        let pointer = match owner {
            Owner::At(at) if at <= MAX_POINTER => 0xC000 | u16::try_from(at).unwrap_or_default(),
            Owner::Question | Owner::At(_) => QUESTION,
        };
        self.out.extend(pointer.to_be_bytes());
        self.out.extend(rtype.to_be_bytes());
        self.out.extend(CLASS_IN.to_be_bytes());
        self.out.extend(ttl.to_be_bytes());
        // No record of ours is longer than a name or a text.
        self.out
            .extend(u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
        let at = self.out.len();
        self.out.extend_from_slice(data);
        at
    }

    /// Finishes the message.
    pub(crate) fn finish(self, transport: Transport, ede: Option<&Ede>) {
        self.finish_told(transport, ede.map(EdeRef::from));
    }

    /// Finishes the message with an error that somebody else holds.
    pub(crate) fn finish_told(self, transport: Transport, ede: Option<EdeRef<'_>>) {
        set_u16(self.out, 6, self.answers);
        set_u16(self.out, 8, self.authorities);
        close(self.out, self.query, self.rcode.high(), transport, ede);
    }
}

/// Ends a message whose answer and authority sections stand: OPT where the client sent one, and
/// truncation (RFC 2181 §9) where it does not fit. The error's text goes first, then the error,
/// then the records.
pub(crate) fn close(
    bytes: &mut Vec<u8>,
    query: &Query<'_>,
    rcode_high: u8,
    transport: Transport,
    ede: Option<EdeRef<'_>>,
) {
    let limit = query.limit(transport);
    let bare = ede.map(|ede| EdeRef { text: &[], ..ede });
    let length = bytes.len();
    for error in [ede, bare, None] {
        bytes.truncate(length);
        put_opt(bytes, query, rcode_high, error);
        if bytes.len() <= limit {
            return;
        }
    }
    truncate(bytes, query);
    put_opt(bytes, query, rcode_high, bare);
}

/// An answer of header and question only, with TC set: the client asks again over TCP.
pub(crate) fn cut(query: &Query<'_>, out: &mut Vec<u8>) {
    out.clear();
    put_header(out, query.id, query.flags, Rcode::NoError, 1);
    out.extend_from_slice(query.question_bytes());
    truncate(out, query);
    put_opt(out, query, Rcode::NoError.high(), None);
}

/// Leaves header and question, with TC set, so that the client asks again over TCP.
fn truncate(bytes: &mut Vec<u8>, query: &Query<'_>) {
    bytes.truncate(query.question.end);
    bytes[2] |= flag::TC.to_be_bytes()[0];
    set_u16(bytes, 6, 0);
    set_u16(bytes, 8, 0);
}

fn put_opt(bytes: &mut Vec<u8>, query: &Query<'_>, rcode_high: u8, ede: Option<EdeRef<'_>>) {
    let Some(edns) = query.edns else {
        set_u16(bytes, 10, 0);
        return;
    };
    set_u16(bytes, 10, 1);
    put_opt_record(bytes, rcode_high, edns.dnssec_ok, ede);
}

fn put_opt_record(bytes: &mut Vec<u8>, rcode_high: u8, dnssec_ok: bool, ede: Option<EdeRef<'_>>) {
    let text = ede.map_or(&[][..], |ede| ede.text);
    let option = ede.map_or(0, |_| 6 + u16::try_from(text.len()).unwrap_or_default());
    let [payload, option_length] = [UDP_PAYLOAD, option].map(u16::to_be_bytes);
    // RFC 3225 §3: DO is copied into the answer.
    let dnssec_ok = if dnssec_ok { 0x80 } else { 0 };
    // One string of bytes, so that the buffer is looked at once: this ends every answer.
    bytes.extend_from_slice(&[
        0,
        0,
        rtype::OPT.to_be_bytes()[1],
        payload[0],
        payload[1],
        rcode_high,
        0,
        dnssec_ok,
        0,
        option_length[0],
        option_length[1],
    ]);
    if let Some(ede) = ede {
        bytes.extend(OPTION_EDE.to_be_bytes());
        bytes.extend((option - 4).to_be_bytes());
        bytes.extend(ede.code.to_be_bytes());
        bytes.extend_from_slice(text);
    }
}

/// The answer to a message that is no ordinary query: a response code, the question where it
/// could be read, and an OPT record where the client sent one.
pub(crate) fn refuse(message: &[u8], refusal: &Refusal, bytes: &mut Vec<u8>) {
    let question = refusal
        .question_end
        .and_then(|end| message.get(HEADER..end));
    bytes.clear();
    put_header(
        bytes,
        refusal.id,
        refusal.flags,
        refusal.rcode,
        u16::from(question.is_some()),
    );
    bytes.extend_from_slice(question.unwrap_or_default());
    if refusal.edns {
        set_u16(bytes, 10, 1);
        put_opt_record(bytes, refusal.rcode.high(), false, None);
    }
}

/// An answer's header: id, opcode, RD and CD are echoed, RA is set, AA and AD are clear.
///
/// AD is never set: what is made here is signed by nobody. Only an upstream's answer can be
/// authentic ([`super::flat::View::render`]).
fn put_header(bytes: &mut Vec<u8>, id: u16, flags: u16, rcode: Rcode, questions: u16) {
    bytes.extend(id.to_be_bytes());
    bytes.extend((answer_flags(flags) | rcode.low()).to_be_bytes());
    bytes.extend(questions.to_be_bytes());
    bytes.extend([0; 6]);
}

/// The flags of an answer to a query with these flags, response code 0.
pub(crate) fn answer_flags(query_flags: u16) -> u16 {
    query_flags & (flag::OPCODE | flag::RD | flag::CD) | flag::QR | flag::RA
}

/// Overwrites two bytes; nothing happens past the end.
pub(crate) fn set_u16(bytes: &mut [u8], at: usize, value: u16) {
    if let Some(field) = bytes.get_mut(at..at + 2) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

/// Overwrites four bytes; nothing happens past the end.
pub(crate) fn set_u32(bytes: &mut [u8], at: usize, value: u32) {
    if let Some(field) = bytes.get_mut(at..at + 4) {
        field.copy_from_slice(&value.to_be_bytes());
    }
}

/// A name in wire form, root byte included, as it stands in a record's data.
pub(crate) fn name_bytes(name: &Name) -> Vec<u8> {
    let mut bytes = name.as_wire().to_vec();
    bytes.push(0);
    bytes
}

/// The data of an SOA record that makes a negative answer of ours cacheable for `ttl` seconds
/// (RFC 2308 §5). Its names say who answered to a person who looks.
pub(crate) fn soa_data(ttl: u32) -> [u8; SOA] {
    // Serial, refresh, retry, expire: nobody transfers this zone.
    let numbers = [1, 3600, 600, 86_400, ttl].map(u32::to_be_bytes);
    let mut data = [0; SOA];
    data[..SOA_NAMES.len()].copy_from_slice(SOA_NAMES);
    data[SOA_NAMES.len()..].copy_from_slice(numbers.as_flattened());
    data
}

/// MNAME and RNAME of [`soa_data`].
const SOA_NAMES: &[u8; 40] = b"\x07blocked\x06lachan\x07invalid\x00\x06nobody\x07invalid\x00";
/// Bytes of [`soa_data`].
const SOA: usize = SOA_NAMES.len() + 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::query::Odd;
    use crate::wire::query::tests::{query, with_edns};
    use hickory_proto::op::{Message, ResponseCode};
    use hickory_proto::rr::rdata::opt::EdnsOption;

    fn read(bytes: &[u8]) -> Message {
        Message::from_vec(bytes).unwrap()
    }

    fn ede_of(message: &Message) -> Option<(u16, String)> {
        let edns = message.edns.as_ref()?;
        edns.options()
            .as_ref()
            .iter()
            .find_map(|(_, option)| match option {
                EdnsOption::Unknown(15, data) => Some((
                    u16::from_be_bytes([data[0], data[1]]),
                    String::from_utf8(data[2..].to_vec()).unwrap(),
                )),
                _ => None,
            })
    }

    #[test]
    fn an_answer_echoes_id_question_case_and_recursion() {
        let asked = with_edns(query("wWw.BAD.vn", 1), 1232, 0, true);
        let query = Query::parse(&asked).unwrap();
        let mut bytes = Vec::new();
        let mut answer = Answer::new(&query, Rcode::NxDomain, &mut bytes);
        answer.authority(Owner::Question, rtype::SOA, 30, &soa_data(30));
        answer.finish(
            Transport::Udp,
            Some(&Ede::new(15, "Lá Chắn: cờ bạc (thcs)")),
        );
        let message = read(&bytes);
        assert_eq!(message.metadata.id, 0x1234);
        assert_eq!(message.metadata.response_code, ResponseCode::NXDomain);
        assert!(message.metadata.recursion_available && message.metadata.recursion_desired);
        assert!(!message.metadata.authoritative && !message.metadata.authentic_data);
        assert_eq!(message.queries[0].name().to_ascii(), "wWw.BAD.vn.");
        assert_eq!(message.authorities[0].ttl, 30);
        assert_eq!(
            ede_of(&message),
            Some((15, "Lá Chắn: cờ bạc (thcs)".into()))
        );
        assert!(message.edns.unwrap().flags().dnssec_ok);
    }

    #[test]
    fn without_edns_there_is_no_opt_and_no_error() {
        let asked = query("bad.vn", 1);
        let query = Query::parse(&asked).unwrap();
        let mut bytes = Vec::new();
        let answer = Answer::new(&query, Rcode::NxDomain, &mut bytes);
        answer.finish(Transport::Udp, Some(&Ede::new(15, "x")));
        let message = read(&bytes);
        assert!(message.edns.is_none());
        assert!(message.additionals.is_empty());
    }

    #[test]
    fn records_can_be_owned_by_a_name_written_before() {
        let asked = query("www.google.com", 1);
        let query = Query::parse(&asked).unwrap();
        let mut bytes = Vec::new();
        let mut answer = Answer::new(&query, Rcode::NoError, &mut bytes);
        let target = Name::from_text("forcesafesearch.google.com").unwrap();
        let at = answer.answer(Owner::Question, rtype::CNAME, 60, &name_bytes(&target));
        answer.answer(Owner::At(at), rtype::A, 60, &[216, 239, 38, 120]);
        answer.finish(Transport::Udp, None);
        let message = read(&bytes);
        assert_eq!(
            message.answers[1].name.to_ascii(),
            "forcesafesearch.google.com."
        );
        assert_eq!(message.answers[1].data.to_string(), "216.239.38.120");
    }

    #[test]
    fn no_answer_is_longer_than_allowed() {
        for (payload, stream) in [(512, false), (700, false), (1232, false), (512, true)] {
            let asked = with_edns(query("a.vn", 1), payload, 0, false);
            let query = Query::parse(&asked).unwrap();
            let mut bytes = Vec::new();
            let mut answer = Answer::new(&query, Rcode::NoError, &mut bytes);
            for index in 0..100u8 {
                answer.answer(Owner::Question, rtype::A, 60, &[10, 0, 0, index]);
            }
            let transport = if stream {
                Transport::Stream
            } else {
                Transport::Udp
            };
            answer.finish(transport, None);
            let message = read(&bytes);
            assert_eq!(message.metadata.truncation, !stream);
            assert_eq!(message.answers.len(), if stream { 100 } else { 0 });
            assert!(stream || bytes.len() <= usize::from(payload));
        }
    }

    #[test]
    fn the_error_text_goes_before_the_records() {
        let asked = with_edns(query("a.vn", 1), 512, 0, false);
        let query = Query::parse(&asked).unwrap();
        let mut bytes = Vec::new();
        let mut answer = Answer::new(&query, Rcode::NoError, &mut bytes);
        for index in 0..28u8 {
            answer.answer(Owner::Question, rtype::A, 60, &[10, 0, 0, index]);
        }
        answer.finish(Transport::Udp, Some(&Ede::new(17, "x".repeat(100))));
        let message = read(&bytes);
        assert!(!message.metadata.truncation);
        assert_eq!(message.answers.len(), 28);
        assert_eq!(ede_of(&message), Some((17, String::new())));
    }

    #[test]
    fn a_bad_version_is_told_in_both_places() {
        let asked = with_edns(query("a.vn", 1), 1232, 3, false);
        let Err(Odd::Refuse(refusal)) = Query::parse(&asked) else {
            panic!("accepted")
        };
        let mut bytes = Vec::new();
        refuse(&asked, &refusal, &mut bytes);
        assert_eq!(bytes[3] & 15, 0);
        let opt = bytes.len() - 11;
        assert_eq!(
            (bytes[opt + 5], bytes[opt + 6]),
            (1, 0),
            "code 16, version 0"
        );
        assert_eq!(read(&bytes).queries.len(), 1);
    }

    #[test]
    fn a_refusal_without_a_readable_question_is_a_bare_header() {
        let mut asked = query("a.vn", 1);
        asked[2] |= 4 << 3;
        let Err(Odd::Refuse(refusal)) = Query::parse(&asked) else {
            panic!("accepted")
        };
        let mut bytes = Vec::new();
        refuse(&asked, &refusal, &mut bytes);
        assert_eq!(bytes.len(), HEADER);
        assert_eq!(bytes[2] >> 3 & 15, 4, "the opcode is echoed");
        assert_eq!(bytes[3] & 15, 4);
    }
}
