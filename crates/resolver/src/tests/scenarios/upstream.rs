//! The upstream of a scenario: it answers what it was told to, and notes what it was not told about.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Fault;
use super::message::{RCODES, Words, Written};
use crate::Transport;
use crate::fake::{Act, Fake, question};
use crate::wire::query::Query;
use crate::wire::response::tests::Script;

/// What the upstream says to a question.
#[derive(Clone)]
pub(super) struct Say {
    pub(super) name: String,
    pub(super) qtype: u16,
    rcode: u8,
    /// Bits of the header that are set or, above them, cleared.
    set: u16,
    cleared: u16,
    /// TTL and minimum of an SOA record in the authority section.
    soa: Option<(u32, u32)>,
    ede: Option<(u16, String)>,
    sections: [Vec<Written>; 2],
    /// Cut over UDP, whole over TCP.
    cut: bool,
    /// Three bytes short.
    garbled: bool,
    /// It knows no EDNS.
    no_edns: bool,
    silent: bool,
    /// Forged answers that come before the true one, or in its place.
    lie: Option<(Lie, usize)>,
    only_lies: bool,
}

/// What is wrong with a forged answer.
#[derive(Debug, Clone, Copy)]
enum Lie {
    Id,
    Name,
    Type,
    Case,
    Query,
    NoQuestion,
    Scrap,
}

impl Say {
    /// `NAME TYPE CODE OPTIONS…` or `NAME TYPE silent`.
    pub(super) fn read(mut words: Words<'_>) -> Result<Self, Fault> {
        let name = words.name()?.to_string();
        let qtype = words.rtype()?;
        let code = words.next("a response code")?;
        let known = RCODES
            .iter()
            .find(|(known, number)| *known == code && *number < 16);
        let rcode = match known {
            None if code == "silent" => 0,
            Some((_, number)) => u8::try_from(*number).unwrap(),
            None => return Err(words.fault(format!("{code}: no response code"))),
        };
        let mut say = Self {
            name,
            qtype,
            rcode,
            set: 0,
            cleared: 0,
            soa: None,
            ede: None,
            sections: [Vec::new(), Vec::new()],
            cut: false,
            garbled: false,
            no_edns: false,
            silent: code == "silent",
            lie: None,
            only_lies: false,
        };
        while let Some(word) = words.optional() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            match key {
                "aa" => say.set |= 1 << 10,
                "ad" => say.set |= 1 << 5,
                "no-ra" => say.cleared |= 1 << 7,
                "cut" => say.cut = true,
                "garbled" => say.garbled = true,
                "no-edns" => say.no_edns = true,
                "soa" => {
                    let (ttl, minimum) = value
                        .split_once('/')
                        .ok_or_else(|| words.fault("soa=TTL/MINIMUM"))?;
                    say.soa = Some((words.parse(ttl)?, words.parse(minimum)?));
                }
                "ede" => {
                    let (code, text) = words.error(value)?;
                    say.ede = Some((code, text.unwrap_or_default()));
                }
                "after-lies" | "only-lies" => {
                    let (lie, times) = value.split_once('*').unwrap_or((value, "1"));
                    let lie = Lie::read(lie).ok_or_else(|| words.fault("no such lie"))?;
                    say.lie = Some((lie, words.parse(times)?));
                    say.only_lies = key == "only-lies";
                }
                _ => return Err(words.fault(format!("{word}: not known here"))),
            }
        }
        Ok(say)
    }

    pub(super) fn sections(&mut self) -> &mut [Vec<Written>; 2] {
        &mut self.sections
    }

    /// Whether nobody gets an answer.
    pub(super) fn is_silence(&self) -> bool {
        self.silent || self.only_lies
    }

    fn act(&self, query: &[u8], transport: Transport) -> Act {
        let udp = transport == Transport::Udp;
        if self.silent {
            return Vec::new().into();
        }
        let edns = Query::parse(query).is_ok_and(|query| query.edns.is_some());
        if self.no_edns && edns {
            return vec![Script::new(query, 1).bytes()].into();
        }
        let mut good = self.bytes(query);
        let mut messages = Vec::new();
        if let Some((lie, times)) = self.lie.filter(|_| udp) {
            messages = vec![lie.of(good.clone()); times];
        }
        if self.only_lies {
            return messages.into();
        }
        if self.cut && udp {
            good = Script::new(query, self.rcode).bytes();
            good[2] |= 2;
        }
        if self.garbled {
            good.truncate(good.len() - 3);
        }
        messages.push(good);
        messages.into()
    }

    fn bytes(&self, query: &[u8]) -> Vec<u8> {
        let mut script = Script::new(query, self.rcode);
        for (section, records) in (1..).zip(&self.sections) {
            for one in records {
                script = script.record(section, &one.owner, one.rtype, one.ttl, &one.data);
            }
        }
        if let Some((ttl, minimum)) = self.soa {
            script = script.soa(ttl, minimum);
        }
        let mut bytes = script.bytes();
        let flags = u16::from_be_bytes([bytes[2], bytes[3]]);
        bytes[2..4].copy_from_slice(&(flags & !self.cleared | self.set).to_be_bytes());
        if let Some((code, text)) = &self.ede {
            let option = [
                &[0, 15][..],
                &two(2 + text.len()),
                &code.to_be_bytes(),
                text.as_bytes(),
            ];
            let option = option.concat();
            bytes[11] += 1;
            bytes.extend([0, 0, 41, 4, 208, 0, 0, 0, 0]);
            bytes.extend(two(option.len()));
            bytes.extend(option);
        }
        bytes
    }
}

fn two(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_be_bytes()
}

impl Lie {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "id" => Self::Id,
            "name" => Self::Name,
            "type" => Self::Type,
            "case" => Self::Case,
            "query" => Self::Query,
            "no-question" => Self::NoQuestion,
            "scrap" => Self::Scrap,
            _ => return None,
        })
    }

    /// The answer forged, with an address that nobody must see.
    fn of(self, mut good: Vec<u8>) -> Vec<u8> {
        let end = good[12..].iter().position(|byte| *byte == 0).unwrap() + 12;
        *good.last_mut().unwrap() = 66;
        match self {
            Self::Id => good[1] ^= 1,
            Self::Name => good[13] = if good[13] == b'x' { b'y' } else { b'x' },
            Self::Type => good[end + 2] ^= 4,
            Self::Case => {
                let letters = good[12..end]
                    .iter_mut()
                    .filter(|byte| byte.is_ascii_alphabetic());
                letters.for_each(|letter| *letter ^= 0x20);
            }
            Self::Query => good[2] &= 0x7F,
            Self::NoQuestion => good[5] = 0,
            Self::Scrap => good.truncate(9),
        }
        good
    }
}

/// What the upstream was told, and what became of it.
#[derive(Default)]
struct State {
    says: HashMap<(String, u16), Told>,
    /// Line that says that it answers everything.
    any: Option<usize>,
    any_was_asked: bool,
    asked: usize,
    surprises: Vec<String>,
}

struct Told {
    line: usize,
    say: Say,
    was_asked: bool,
}

/// The upstream.
#[derive(Clone, Default)]
pub(super) struct Upstream {
    state: Arc<Mutex<State>>,
}

impl Upstream {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn start(&self) -> Fake {
        let upstream = self.clone();
        Fake::start(move |query, transport| upstream.state().answer(query, transport)).await
    }

    /// Tells it what to say from now on.
    pub(super) fn tell(&self, say: &Say, line: usize) -> Result<(), Fault> {
        let told = Told {
            line,
            say: say.clone(),
            was_asked: false,
        };
        match self
            .state()
            .says
            .insert((say.name.clone(), say.qtype), told)
        {
            Some(before) => before.check(),
            None => Ok(()),
        }
    }

    pub(super) fn answer_any(&self, line: usize) {
        self.state().any = Some(line);
    }

    pub(super) fn asked(&self) -> usize {
        self.state().asked
    }

    /// The questions it was not told about, since this was asked last.
    pub(super) fn surprises(&self) -> Vec<String> {
        std::mem::take(&mut self.state().surprises)
    }

    /// Whether it was asked everything it was told about: else the scenario shows something else
    /// than it means to.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let state = self.state();
        state.says.values().try_for_each(Told::check)?;
        match state.any {
            Some(line) if !state.any_was_asked => Err(Fault::new(line, "it was never asked")),
            _ => Ok(()),
        }
    }
}

impl Told {
    fn check(&self) -> Result<(), Fault> {
        if self.was_asked {
            return Ok(());
        }
        let (name, qtype) = (&self.say.name, named(self.say.qtype));
        Err(Fault::new(
            self.line,
            format!("{name} {qtype} was never asked of the upstream"),
        ))
    }
}

impl State {
    fn answer(&mut self, query: &[u8], transport: Transport) -> Act {
        self.asked += 1;
        let (name, qtype) = question(query);
        if let Some(told) = self.says.get_mut(&(name.clone(), qtype)) {
            told.was_asked = true;
            return told.say.act(query, transport);
        }
        if self.any.is_some() {
            self.any_was_asked = true;
            return vec![any(query, &name, qtype)].into();
        }
        self.surprises.push(format!("{name} {}", named(qtype)));
        vec![Script::new(query, 5).bytes()].into()
    }
}

/// An address for every name; other types have no data.
fn any(query: &[u8], name: &str, qtype: u16) -> Vec<u8> {
    let script = Script::new(query, 0);
    let script = match qtype {
        1 => script.a(name, 120),
        28 => script.record(
            1,
            name,
            28,
            120,
            b"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01",
        ),
        _ => script.soa(600, 90),
    };
    script.bytes()
}

fn named(qtype: u16) -> String {
    hickory_proto::rr::RecordType::from(qtype).to_string()
}
