//! Reading scenario files. Nothing is passed over: a word that is not known is a fault.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use lachan_lists::testing::{self, TestList};
use lachan_policy::Tier;
use lachan_policy::ruleset::{ListClass, Ruleset};

use super::Fault;
use super::message::{Ask, Expected, Line, Words, hex};
use super::upstream::Say;
use crate::tests::support::client;
use crate::{Client, Transport};

/// What lines of a scenario begin with.
const WORDS: [&str; 10] = [
    "given",
    "answer",
    "authority",
    "ask",
    "send",
    "get",
    "upstream",
    "wait",
    "asked",
    "logged",
];

/// A scenario file.
pub(super) struct File {
    lists: Vec<List>,
    pub(super) scenarios: Vec<Scenario>,
}

/// A list of the file's own.
struct List {
    id: String,
    class: ListClass,
    category: String,
    entries: Vec<String>,
}

/// A scenario.
pub(super) struct Scenario {
    pub(super) line: usize,
    pub(super) title: String,
    pub(super) given: Vec<Line>,
    pub(super) steps: Vec<Step>,
}

/// A line of a scenario and those that belong to it.
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) what: What,
}

pub(super) enum What {
    /// The upstream answers this question so from now on.
    Upstream(Say),
    /// The upstream answers every question it was not told about.
    UpstreamAny,
    /// Somebody asks, and gets this.
    Ask {
        client: Client,
        ask: Ask,
        /// Line of the `get`.
        at: usize,
        expected: Expected,
    },
    /// Time passes, seconds.
    Wait(u32),
    /// The upstream was asked so many times since the scenario's beginning.
    Asked(usize),
    /// What was logged since this was asked last.
    Logged(Vec<String>),
}

impl File {
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let mut file = Self {
            lists: Vec::new(),
            scenarios: Vec::new(),
        };
        let mut shipped = false;
        let mut reader = Reader::default();
        for (number, text) in (1..).zip(text.lines()) {
            let line = Line::read(number, text)?;
            match line.word() {
                None => {}
                Some("scenario") => {
                    file.scenarios.extend(reader.finish()?);
                    reader.begin(&line)?;
                }
                Some(_) if reader.scenario.is_some() => reader.line(line)?,
                Some("rules") if line.rest() == ["shipped"] => shipped = true,
                Some("list") => file.lists.push(List::read(&line)?),
                Some(_) => {
                    return Err(line.fault("neither rules shipped nor list … nor scenario …"));
                }
            }
        }
        file.scenarios.extend(reader.finish()?);
        if shipped != file.lists.is_empty() {
            return Err(Fault::new(
                1,
                "a file has either \"rules shipped\" or lists",
            ));
        }
        Ok(file)
    }

    /// What the file's lists say.
    pub(super) fn ruleset(&self) -> Arc<Ruleset> {
        if self.lists.is_empty() {
            // Compiled once: it takes a debug build a while.
            static SHIPPED: LazyLock<Arc<Ruleset>> = LazyLock::new(testing::shipped_ruleset);
            return Arc::clone(&SHIPPED);
        }
        let entries: Vec<Vec<&str>> = self.lists.iter().map(List::entries).collect();
        let lists: Vec<TestList<'_>> = self
            .lists
            .iter()
            .zip(&entries)
            .map(|(list, entries)| {
                let (id, category) = (list.id.as_str(), list.category.as_str());
                (id, list.class, category, entries.as_slice())
            })
            .collect();
        testing::ruleset(&lists)
    }
}

impl List {
    fn read(line: &Line) -> Result<Self, Fault> {
        let [id, class, category, entries @ ..] = line.rest() else {
            return Err(line.fault("list ID CLASS CATEGORY ENTRIES…"));
        };
        let class = match class.as_str() {
            "own" => ListClass::Own,
            "imported" => ListClass::Imported,
            "statutory" => ListClass::Statutory,
            "protected" => ListClass::Protected,
            "always-open" => ListClass::AlwaysOpen,
            "help" => ListClass::Help,
            "exam" => ListClass::Exam,
            "safesearch" => ListClass::SafeSearch,
            _ => return Err(line.fault("no such class of lists")),
        };
        Ok(Self {
            id: id.clone(),
            class,
            category: category.trim_matches('-').to_owned(),
            entries: entries.to_vec(),
        })
    }

    fn entries(&self) -> Vec<&str> {
        self.entries.iter().map(String::as_str).collect()
    }
}

/// A scenario as far as it was read.
#[derive(Default)]
struct Reader {
    scenario: Option<Scenario>,
    /// A question that waits for its `get`.
    asked: Option<(usize, Client, Ask)>,
}

impl Reader {
    fn begin(&mut self, line: &Line) -> Result<(), Fault> {
        let title = line.rest().join(" ");
        if title.is_empty() {
            return Err(line.fault("a scenario needs a title"));
        }
        self.scenario = Some(Scenario {
            line: line.number,
            title,
            given: Vec::new(),
            steps: Vec::new(),
        });
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<Scenario>, Fault> {
        if let Some((line, ..)) = self.asked {
            return Err(Fault::new(line, "no get follows"));
        }
        let is_ask = |step: &Step| matches!(step.what, What::Ask { .. });
        match self.scenario.take() {
            Some(scenario) if !scenario.steps.iter().any(is_ask) => {
                Err(Fault::new(scenario.line, "nobody asks"))
            }
            scenario => Ok(scenario),
        }
    }

    fn line(&mut self, line: Line) -> Result<(), Fault> {
        let Some(scenario) = &mut self.scenario else {
            return Err(line.fault("before the first scenario"));
        };
        let word = line.word().unwrap_or_default().to_owned();
        let mut words = line.words();
        if !WORDS.contains(&word.as_str()) {
            return Err(line.fault(format!("{word}: no such word")));
        }
        if let Some((at, ..)) = self.asked
            && word != "get"
        {
            return Err(Fault::new(at, "no get follows"));
        }
        let what = match word.as_str() {
            "given" if scenario.steps.is_empty() => {
                super::run::check_given(&line)?;
                scenario.given.push(line);
                return Ok(());
            }
            "given" => return Err(line.fault("given stands before everything else")),
            "answer" | "authority" => {
                let section = if word == "answer" { 1 } else { 2 };
                let records = words.records()?;
                return scenario.add(section, records, &line);
            }
            "ask" => {
                let client = words.client()?;
                let ask = words.ask()?;
                self.asked = Some((line.number, client.over(ask.transport, ask.here), ask));
                return words.end();
            }
            "send" => {
                let client = words.client()?;
                let ask = Ask::raw(words.bytes()?);
                self.asked = Some((line.number, client, ask));
                return words.end();
            }
            "get" => {
                let Some((asked, client, ask)) = self.asked.take() else {
                    return Err(line.fault("nobody asked"));
                };
                let (at, expected) = (line.number, words.expected()?);
                scenario.steps.push(Step {
                    line: asked,
                    what: What::Ask {
                        client,
                        ask,
                        at,
                        expected,
                    },
                });
                return words.end();
            }
            "upstream" if line.rest() == ["any"] => What::UpstreamAny,
            "upstream" => return scenario.say(Say::read(words)?, line.number),
            "wait" => What::Wait(words.number()?),
            "asked" => What::Asked(words.number()?),
            "logged" => match line.rest() {
                [nothing] if nothing == "nothing" => What::Logged(Vec::new()),
                rest => What::Logged(vec![rest.join(" ")]),
            },
            _ => return Err(line.fault("misplaced")),
        };
        if matches!(what, What::Wait(_) | What::Asked(_)) {
            words.end()?;
        }
        let line = line.number;
        scenario.steps.push(Step { line, what });
        Ok(())
    }
}

impl Scenario {
    fn say(&mut self, say: Say, line: usize) -> Result<(), Fault> {
        let what = What::Upstream(say);
        self.steps.push(Step { line, what });
        Ok(())
    }

    /// Adds records to what stands last: an upstream's answer, or one that is expected.
    fn add(
        &mut self,
        section: usize,
        mut records: Vec<super::message::Written>,
        line: &Line,
    ) -> Result<(), Fault> {
        let to = match self.steps.last_mut().map(|step| &mut step.what) {
            Some(What::Upstream(say)) => say.sections(),
            Some(What::Ask { expected, .. }) => &mut expected.sections,
            _ => return Err(line.fault("stands behind upstream or get")),
        };
        to[section - 1].append(&mut records);
        Ok(())
    }
}

impl Client {
    fn over(mut self, transport: Transport, here: Option<IpAddr>) -> Self {
        self.transport = transport;
        self.here = here;
        self
    }
}

impl Words<'_> {
    /// A tier's device, or one of an address.
    fn client(&mut self) -> Result<Client, Fault> {
        let word = self.next("who asks")?;
        if let Ok(address) = word.parse() {
            return Ok(Client::new(address, Transport::Udp));
        }
        let tier = Tier::ALL.into_iter().find(|tier| tier.id() == word);
        tier.map(client)
            .ok_or_else(|| self.fault("neither a tier nor an address"))
    }

    /// Bytes: hexadecimal, `"text"`, and `00*40` for forty times the same.
    fn bytes(&mut self) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        while let Some(word) = self.optional() {
            if let Some(text) = word.strip_prefix('"') {
                bytes.extend(text.as_bytes());
                continue;
            }
            let (digits, times) = word.split_once('*').unwrap_or((word, "1"));
            let times = times.parse().ok();
            let piece = hex(digits).zip(times);
            let (piece, times) = piece.ok_or_else(|| self.fault(format!("{word}: no bytes")))?;
            bytes.extend(piece.repeat(times));
        }
        Ok(bytes)
    }
}
