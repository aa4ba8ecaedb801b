//! Words of scenario files as bytes, and answers as words: queries, records, what is expected.

use std::net::IpAddr;
use std::str::FromStr;

use hickory_proto::op::Message;
use hickory_proto::rr::{Record, RecordType};
use lachan_policy::Name;

use super::Fault;
use crate::Transport;
use crate::tests::support::ede;
use crate::wire::options::tests::with_option;
use crate::wire::query::tests::with_edns;
use crate::wire::response::tests::wire;
use crate::wire::write::name_bytes;

/// Response codes as they are written.
pub(super) const RCODES: [(&str, u16); 7] = [
    ("NOERROR", 0),
    ("FORMERR", 1),
    ("SERVFAIL", 2),
    ("NXDOMAIN", 3),
    ("NOTIMP", 4),
    ("REFUSED", 5),
    ("BADVERS", 16),
];
/// Flags of answers as they are written, with their bits in the header.
pub(super) const FLAGS: [(&str, u16); 4] = [
    ("aa", 1 << 10),
    ("tc", 1 << 9),
    ("ad", 1 << 5),
    ("cd", 1 << 4),
];

/// A line as words. One in quotes begins with `"`, the closing quote is left out.
pub(super) struct Line {
    pub(super) number: usize,
    words: Vec<String>,
}

impl Line {
    /// Reads a line; one that begins with `#` has no words.
    pub(super) fn read(number: usize, text: &str) -> Result<Self, Fault> {
        let mut words = Vec::new();
        let mut rest = text.trim();
        if rest.starts_with('#') {
            rest = "";
        }
        while !rest.is_empty() {
            let (word, after) = match rest.strip_prefix('"') {
                Some(quoted) => {
                    let end = quoted
                        .find("\" ")
                        .or_else(|| quoted.strip_suffix('"').map(str::len));
                    let end = end.ok_or_else(|| Fault::new(number, "a quote is not closed"))?;
                    (&rest[..=end], &quoted[end + 1..])
                }
                None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
            };
            words.push(word.to_owned());
            rest = after.trim_start();
        }
        Ok(Self { number, words })
    }

    pub(super) fn word(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    pub(super) fn rest(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The words behind the first.
    pub(super) fn words(&self) -> Words<'_> {
        Words { line: self, at: 1 }
    }

    pub(super) fn fault(&self, what: impl Into<String>) -> Fault {
        Fault::new(self.number, what)
    }
}

/// What is left of a line.
pub(super) struct Words<'l> {
    line: &'l Line,
    at: usize,
}

impl<'l> Words<'l> {
    pub(super) fn optional(&mut self) -> Option<&'l str> {
        let word = self.line.words.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    pub(super) fn next(&mut self, what: &str) -> Result<&'l str, Fault> {
        self.optional()
            .ok_or_else(|| self.fault(format!("missing: {what}")))
    }

    pub(super) fn number<T: FromStr>(&mut self) -> Result<T, Fault> {
        let word = self.next("a number")?;
        self.parse(word)
    }

    pub(super) fn parse<T: FromStr>(&self, word: &str) -> Result<T, Fault> {
        word.parse()
            .map_err(|_| self.fault(format!("{word}: cannot be read")))
    }

    pub(super) fn end(&mut self) -> Result<(), Fault> {
        match self.optional() {
            Some(word) => Err(self.fault(format!("{word}: not known here"))),
            None => Ok(()),
        }
    }

    pub(super) fn fault(&self, what: impl Into<String>) -> Fault {
        self.line.fault(what)
    }

    pub(super) fn name(&mut self) -> Result<Name, Fault> {
        match self.next("a name")? {
            "." => Ok(Name::ROOT),
            word => Name::from_text(word).map_err(|error| self.fault(format!("{word}: {error}"))),
        }
    }

    /// A type: `A`, or `TYPE65`.
    pub(super) fn rtype(&mut self) -> Result<u16, Fault> {
        let word = self.next("a type")?;
        let number = word
            .strip_prefix("TYPE")
            .and_then(|number| number.parse().ok());
        number
            .or_else(|| RecordType::from_str(word).ok().map(u16::from))
            .ok_or_else(|| self.fault(format!("{word}: no such type")))
    }

    /// `15`, or `15 "text"` in two words.
    pub(super) fn error(&mut self, code: &str) -> Result<(u16, Option<String>), Fault> {
        let code = self.parse(code)?;
        let text = self
            .line
            .words
            .get(self.at)
            .and_then(|word| word.strip_prefix('"'));
        self.at += usize::from(text.is_some());
        Ok((code, text.map(str::to_owned)))
    }

    /// `OWNER TTL TYPE DATA`. `A 192.0.2.[1-9]` is nine records.
    pub(super) fn records(&mut self) -> Result<Vec<Written>, Fault> {
        let owner = self.next("an owner")?.to_owned();
        self.at -= 1;
        self.name()?;
        let (ttl, rtype) = (self.number()?, self.rtype()?);
        let record = |data| Written {
            owner: owner.clone(),
            ttl,
            rtype,
            data,
        };
        if let Some(word) = self.line.words.get(self.at)
            && let Some((front, range)) = word.split_once('[')
        {
            let ends = range
                .strip_suffix(']')
                .and_then(|range| range.split_once('-'));
            let (first, last) = ends.ok_or_else(|| self.fault(format!("{word}: no range")))?;
            let (first, last): (u8, u8) = (self.parse(first)?, self.parse(last)?);
            self.at += 1;
            let address = |last| self.parse::<IpAddr>(&format!("{front}{last}")).map(octets);
            return (first..=last)
                .map(|last| address(last).map(record))
                .collect();
        }
        let data = self.data(rtype)?;
        self.end()?;
        Ok(vec![record(data)])
    }

    fn data(&mut self, rtype: u16) -> Result<Vec<u8>, Fault> {
        let bytes = match RecordType::from(rtype) {
            RecordType::A | RecordType::AAAA => {
                let word = self.next("an address")?;
                let address: IpAddr = self.parse(word)?;
                if address.is_ipv4() != (rtype == 1) {
                    return Err(self.fault("an address of the other family"));
                }
                octets(address)
            }
            RecordType::CNAME | RecordType::NS | RecordType::PTR => self.host()?,
            RecordType::MX => [self.number::<u16>()?.to_be_bytes().to_vec(), self.host()?].concat(),
            RecordType::SRV => {
                let numbers = [self.number::<u16>()?, self.number()?, self.number()?];
                [numbers.map(u16::to_be_bytes).concat(), self.host()?].concat()
            }
            RecordType::TXT | RecordType::HINFO => {
                let mut data = Vec::new();
                while let Some(word) = self.optional() {
                    data.extend(string(word.strip_prefix('"').unwrap_or(word).as_bytes()));
                }
                data
            }
            RecordType::SOA => {
                let names = [self.host()?, self.host()?].concat();
                let mut numbers = [0u32; 5];
                for number in &mut numbers {
                    *number = self.number()?;
                }
                [names, numbers.map(u32::to_be_bytes).concat()].concat()
            }
            RecordType::HTTPS | RecordType::SVCB => self.service()?,
            _ => {
                let word = self.next("bytes")?;
                hex(word).ok_or_else(|| self.fault(format!("{word}: no bytes")))?
            }
        };
        Ok(bytes)
    }

    fn host(&mut self) -> Result<Vec<u8>, Fault> {
        self.name().map(|name| name_bytes(&name))
    }

    /// `PRIORITY TARGET KEY=VALUE…`, the keys in their order (RFC 9460 §2.2).
    fn service(&mut self) -> Result<Vec<u8>, Fault> {
        let mut data = self.number::<u16>()?.to_be_bytes().to_vec();
        data.extend(self.host()?);
        while let Some(word) = self.optional() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let all = value.split(',');
            let (key, value): (u16, Vec<u8>) = match key {
                "alpn" => (1, all.flat_map(|one| string(one.as_bytes())).collect()),
                "no-default-alpn" => (2, Vec::new()),
                "port" => (3, self.parse::<u16>(value)?.to_be_bytes().to_vec()),
                "ipv4hint" | "ipv6hint" => {
                    let addresses: Result<Vec<IpAddr>, Fault> =
                        all.map(|one| self.parse(one)).collect();
                    let number = if key == "ipv4hint" { 4 } else { 6 };
                    (number, addresses?.into_iter().flat_map(octets).collect())
                }
                "ech" => (5, value.as_bytes().to_vec()),
                "dohpath" => (7, value.as_bytes().to_vec()),
                _ => return Err(self.fault(format!("{key}: no such parameter"))),
            };
            let length = u16::try_from(value.len()).unwrap();
            data.extend([key.to_be_bytes(), length.to_be_bytes()].concat());
            data.extend(value);
        }
        Ok(data)
    }

    /// `NAME TYPE OPTIONS…`: a query.
    pub(super) fn ask(&mut self) -> Result<Ask, Fault> {
        let (name, qtype) = (self.next("a name")?, self.rtype()?);
        let mut ask = Ask::default();
        let (mut edns, mut version, mut flags, mut class) = (Some(1232), 0, 0x0100_u16, 1_u16);
        let (mut dnssec_ok, mut options) = (false, Vec::new());
        while let Some(word) = self.optional() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            match key {
                "plain" => edns = None,
                "edns" => edns = Some(self.parse(value)?),
                "version" => version = self.parse(value)?,
                "do" => dnssec_ok = true,
                "cd" => flags |= 1 << 4,
                "ad" => flags |= 1 << 5,
                "no-rd" => flags &= !(1 << 8),
                "tcp" => ask.transport = Transport::Stream,
                "class" => class = self.parse(value)?,
                "opcode" => flags |= self.parse::<u16>(value)? << 11,
                "at" => ask.here = Some(self.parse(value)?),
                "option" => {
                    let option = value
                        .split_once(':')
                        .and_then(|(code, data)| Some((code.parse().ok()?, hex(data)?)));
                    options.push(option.ok_or_else(|| self.fault("option=CODE:BYTES"))?);
                }
                _ => return Err(self.fault(format!("{word}: not known here"))),
            }
        }
        let mut bytes = [
            &[0x12, 0x34],
            &flags.to_be_bytes()[..],
            &[0, 1, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        for label in name.split('.').filter(|label| !label.is_empty()) {
            if label.len() > 63 {
                return Err(self.fault(format!("{label}: too long")));
            }
            bytes.extend(string(label.as_bytes()));
        }
        bytes.push(0);
        bytes.extend([qtype.to_be_bytes(), class.to_be_bytes()].concat());
        ask.question = bytes.len();
        if let Some(payload) = edns {
            bytes = with_edns(bytes, payload, version, dnssec_ok);
        }
        for (code, data) in options {
            bytes = with_option(bytes, code, &data);
        }
        ask.edns = Some(edns.map(|payload| (payload, dnssec_ok)));
        ask.bytes = bytes;
        Ok(ask)
    }

    /// `CODE FLAGS… soa=TTL ede=CODE "TEXT" answers=NUMBER`, or `nothing`.
    pub(super) fn expected(&mut self) -> Result<Expected, Fault> {
        let code = self.next("a response code")?;
        let known =
            ["nothing", "NODATA"].contains(&code) || RCODES.iter().any(|(known, _)| *known == code);
        if !known {
            return Err(self.fault(format!("{code}: no response code")));
        }
        let mut expected = Expected {
            code: code.to_owned(),
            ..Expected::default()
        };
        while let Some(word) = self.optional() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            match key {
                "soa" => expected.soa = Some(self.parse(value)?),
                "ede" => expected.ede = Some(self.error(value)?),
                "answers" => expected.answers = Some(self.parse(value)?),
                flag if FLAGS.iter().any(|(known, _)| *known == flag) => {
                    expected.flags.push(flag.to_owned());
                }
                _ => return Err(self.fault(format!("{word}: not known here"))),
            }
        }
        Ok(expected)
    }
}

/// A query.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) bytes: Vec<u8>,
    pub(super) transport: Transport,
    /// The address of the box that is asked.
    pub(super) here: Option<IpAddr>,
    /// Where the question ends; 0 where there may be none.
    question: usize,
    /// The OPT record, if it has one: payload and DO. `None` where that is not known.
    edns: Option<Option<(u16, bool)>>,
}

impl Default for Ask {
    fn default() -> Self {
        Self::raw(Vec::new())
    }
}

impl Ask {
    /// Bytes of whatever kind, over UDP.
    pub(super) fn raw(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            transport: Transport::Udp,
            here: None,
            question: 0,
            edns: None,
        }
    }

    /// What every answer has to keep to; what it breaks.
    pub(super) fn broken_by(&self, answer: &[u8]) -> Option<&'static str> {
        let message = Message::from_vec(answer).ok();
        let edns = message.as_ref().and_then(|message| message.edns.as_ref());
        let asked = |at: usize| self.bytes.get(at).copied().unwrap_or_default();
        let payload = self
            .edns
            .map_or(1232, |edns| edns.map_or(512, |(payload, _)| payload));
        let limit = match self.transport {
            Transport::Udp => usize::from(payload.clamp(512, 1232)),
            Transport::Stream => usize::from(u16::MAX),
        };
        let question = 12.min(self.question)..self.question;
        // A refusal of what was not read further has neither question nor OPT (RFC 8906 §3.1.4).
        let bare = answer.len() == 12 && answer[3] & 15 != 0;
        let rules = [
            (message.is_some(), "it can be read"),
            (
                answer.len() <= limit,
                "it is no longer than the query allows",
            ),
            (answer[..2] == self.bytes[..2], "the id is the query's"),
            (
                answer[2] & 0xF9 == 0x80 | asked(2) & 0x79,
                "opcode and RD are the query's",
            ),
            (
                answer[3] & 0x90 == 0x80 | asked(3) & 0x10,
                "RA is set, CD is the query's",
            ),
            (
                bare || answer.get(question.clone()) == self.bytes.get(question),
                "the question is the query's to the letter",
            ),
            (
                bare || self
                    .edns
                    .is_none_or(|asked| asked.is_some() == edns.is_some()),
                "it has an OPT record where the query has one",
            ),
            (
                edns.is_none_or(|edns| edns.version() == 0 && edns.max_payload() == 1232),
                "its OPT record is of version 0 and says 1232",
            ),
        ];
        rules
            .into_iter()
            .find_map(|(holds, rule)| (!holds).then_some(rule))
    }
}

/// A record as it is written in a file.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) owner: String,
    pub(super) ttl: u32,
    pub(super) rtype: u16,
    pub(super) data: Vec<u8>,
}

impl Written {
    /// As [`shown`] writes a record that was received.
    fn shown(&self) -> String {
        let mut bytes = vec![0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        bytes.extend(wire(&self.owner));
        bytes.extend([self.rtype.to_be_bytes(), [0, 1]].concat());
        bytes.extend(self.ttl.to_be_bytes());
        bytes.extend(u16::try_from(self.data.len()).unwrap().to_be_bytes());
        bytes.extend(&self.data);
        shown(&Message::from_vec(&bytes).unwrap().answers[0])
    }
}

/// What has to come.
#[derive(Default)]
pub(super) struct Expected {
    code: String,
    flags: Vec<String>,
    soa: Option<u32>,
    ede: Option<(u16, Option<String>)>,
    /// How many records the answer section has, where they are not written out.
    answers: Option<usize>,
    pub(super) sections: [Vec<Written>; 2],
}

impl Expected {
    /// Whether no answer is to come.
    pub(super) fn is_nothing(&self) -> bool {
        self.code == "nothing"
    }

    /// The answer as lines of a file, and what was expected as such.
    pub(super) fn compare(&self, answer: &[u8]) -> (String, String) {
        let message = Message::from_vec(answer).unwrap();
        (
            self.shown(),
            self.actual(&message, u16::from_be_bytes([answer[2], answer[3]])),
        )
    }

    fn shown(&self) -> String {
        let mut flags = self.flags.clone();
        flags.sort();
        let head = head(
            &self.code,
            &flags,
            self.soa,
            self.ede
                .as_ref()
                .map(|(code, text)| (*code, text.as_deref())),
            self.answers,
        );
        let lines = ["answer", "authority"].into_iter().zip(&self.sections);
        let lines = lines.flat_map(|(section, records)| {
            records
                .iter()
                .map(move |record| format!("{section} {}", record.shown()))
        });
        [head]
            .into_iter()
            .chain(lines)
            .collect::<Vec<_>>()
            .join("\n    ")
    }

    fn actual(&self, message: &Message, bits: u16) -> String {
        let code = u16::from(message.metadata.response_code);
        let known = RCODES.iter().find(|(_, number)| *number == code);
        let mut code = known.map_or_else(|| code.to_string(), |(text, _)| (*text).to_owned());
        let cut = bits & 1 << 9 != 0;
        if code == "NOERROR" && message.answers.is_empty() && !cut {
            "NODATA".clone_into(&mut code);
        }
        let mut flags: Vec<String> = FLAGS
            .iter()
            .filter(|(_, bit)| bits & bit != 0)
            .map(|(text, _)| (*text).to_owned())
            .collect();
        flags.sort();
        let error = ede(message);
        let without_text = matches!(self.ede, Some((_, None)));
        let error = error.as_ref().map(|(code, text)| {
            (
                *code,
                Some(text.as_str()).filter(|text| !without_text && !text.is_empty()),
            )
        });
        let soa = match &message.authorities[..] {
            [soa] if soa.record_type() == RecordType::SOA && self.sections[1].is_empty() => {
                Some(soa.ttl)
            }
            _ => None,
        };
        let answers = self.answers.map(|_| message.answers.len());
        let mut lines = vec![head(&code, &flags, soa, error, answers)];
        if answers.is_none() {
            lines.extend(
                message
                    .answers
                    .iter()
                    .map(|one| format!("answer {}", shown(one))),
            );
        }
        if soa.is_none() {
            let authorities = message.authorities.iter();
            lines.extend(authorities.map(|one| format!("authority {}", shown(one))));
        }
        lines.join("\n    ")
    }
}

/// The line of a `get`.
fn head(
    code: &str,
    flags: &[String],
    soa: Option<u32>,
    ede: Option<(u16, Option<&str>)>,
    answers: Option<usize>,
) -> String {
    let mut words = vec![format!("get {code}")];
    words.extend(flags.iter().cloned());
    words.extend(soa.map(|ttl| format!("soa={ttl}")));
    words.extend(answers.map(|number| format!("answers={number}")));
    words.extend(ede.map(|(code, text)| match text {
        Some(text) => format!("ede={code} \"{text}\""),
        None => format!("ede={code}"),
    }));
    words.join(" ")
}

/// `OWNER TTL TYPE DATA`, the owner in small letters: the question's own are compared elsewhere.
fn shown(record: &Record) -> String {
    let owner = record.name.to_ascii().to_ascii_lowercase();
    let owner = owner
        .strip_suffix('.')
        .filter(|owner| !owner.is_empty())
        .unwrap_or(".");
    let data = record.data.to_string();
    format!(
        "{owner} {} {} {}",
        record.ttl,
        record.record_type(),
        data.trim_end_matches('.')
    )
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    [&[length], bytes].concat()
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// Bytes written as hexadecimal digits.
pub(super) fn hex(digits: &str) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .ok()
}
