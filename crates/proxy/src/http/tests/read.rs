//! Reads scenario files; their format stands in `tests/scenarios/http/README.md`.

use lachan_policy::Tier;

use super::Fault;

pub(super) struct File {
    pub(super) scenarios: Vec<Scenario>,
}

pub(super) struct Scenario {
    pub(super) title: String,
    pub(super) given: Given,
    pub(super) steps: Vec<(usize, Step)>,
}

/// How a device comes in, and what is set otherwise than usual.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) tier: Tier,
    pub(super) door: String,
    pub(super) scan: bool,
    pub(super) tunnel_ports: Vec<u16>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// The client sends.
    Client(Vec<u8>),
    /// The client has nothing more to send.
    ClientCloses,
    /// The client gets exactly these bytes.
    Gets(Vec<u8>),
    /// The client's connection ends.
    GetsEnd,
    /// The client gets a page of ours with this status, which says these words.
    Page(u16, String),
    /// An upstream is dialled.
    Dials(String, u16),
    /// The upstream gets exactly these bytes.
    Asked(Vec<u8>),
    /// The upstream's connection ends.
    AskedEnd,
    /// The upstream sends.
    Replies(Vec<u8>),
    /// The upstream closes.
    UpstreamCloses,
    /// The earlier upstream of that number is meant from here on.
    Upstream(usize),
    /// A tunnel is handed over.
    Tunnel(String, u16),
    /// Seconds go by.
    Waits(u64),
    /// What was told since the last such line, all of it.
    Told(String),
}

impl File {
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let mut scenarios: Vec<Scenario> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            if word == "scenario" {
                if scenarios
                    .last()
                    .is_some_and(|scenario| scenario.steps.is_empty())
                {
                    return Err(Fault::new(number, "the scenario before has no steps"));
                }
                scenarios.push(Scenario::new(rest));
                continue;
            }
            let scenario = scenarios.last_mut();
            let scenario = scenario.ok_or_else(|| Fault::new(number, "begin with `scenario`"))?;
            scenario.line(number, word, rest)?;
        }
        Ok(Self { scenarios })
    }
}

impl Scenario {
    fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            given: Given {
                tier: Tier::Thcs,
                door: "transparent".to_owned(),
                scan: false,
                tunnel_ports: vec![443],
            },
            steps: Vec::new(),
        }
    }

    fn line(&mut self, number: usize, word: &str, rest: &str) -> Result<(), Fault> {
        let fault = |what: &str| Fault::new(number, format!("{what}: {word} {rest}"));
        let whole = || Ok::<_, Fault>([rest.as_bytes(), b"\r\n"].concat());
        let raw = || unescape(rest).ok_or_else(|| fault("no such escape"));
        let step = match word {
            "given" => return self.given(number, rest),
            "client" => Step::Client(whole()?),
            "client~" => Step::Client(raw()?),
            "gets" => Step::Gets(whole()?),
            "gets~" => Step::Gets(raw()?),
            "asked" => Step::Asked(whole()?),
            "asked~" => Step::Asked(raw()?),
            "replies" => Step::Replies(whole()?),
            "replies~" => Step::Replies(raw()?),
            "client-closes" => Step::ClientCloses,
            "gets-end" => Step::GetsEnd,
            "asked-end" => Step::AskedEnd,
            "upstream-closes" => Step::UpstreamCloses,
            "upstream" => Step::Upstream(rest.parse().map_err(|_| fault("not a number"))?),
            "waits" => Step::Waits(rest.parse().map_err(|_| fault("not seconds"))?),
            "told" => Step::Told(rest.to_owned()),
            "page" => {
                let (status, words) = rest.split_once(' ').unwrap_or((rest, ""));
                Step::Page(
                    status.parse().map_err(|_| fault("no status"))?,
                    words.to_owned(),
                )
            }
            "dials" | "tunnel" => {
                let parts = rest
                    .split_once(' ')
                    .ok_or_else(|| fault("want a host and a port"))?;
                let (host, port) = parts;
                let port = port.parse().map_err(|_| fault("no port"))?;
                match word {
                    "dials" => Step::Dials(host.to_owned(), port),
                    _ => Step::Tunnel(host.to_owned(), port),
                }
            }
            _ => return Err(fault("no such step")),
        };
        match (self.steps.last_mut(), step) {
            // What follows one another is one piece.
            (Some((_, Step::Client(before))), Step::Client(more))
            | (Some((_, Step::Gets(before))), Step::Gets(more))
            | (Some((_, Step::Asked(before))), Step::Asked(more))
            | (Some((_, Step::Replies(before))), Step::Replies(more)) => before.extend(more),
            (_, step) => self.steps.push((number, step)),
        }
        Ok(())
    }

    fn given(&mut self, number: usize, rest: &str) -> Result<(), Fault> {
        let fault = || Fault::new(number, format!("no such setting: {rest}"));
        let (key, value) = rest.split_once(' ').unwrap_or((rest, ""));
        let given = &mut self.given;
        match key {
            "tier" => given.tier = value.parse().map_err(|_| fault())?,
            "door" if ["transparent", "explicit", "block"].contains(&value) => {
                value.clone_into(&mut given.door);
            }
            "scan" => given.scan = true,
            "tunnel-port" => given.tunnel_ports.push(value.parse().map_err(|_| fault())?),
            _ => return Err(fault()),
        }
        Ok(())
    }
}

/// `\r`, `\n`, `\t`, `\0`, `\\`, and `\*N` before a character for N of it.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let mut after = rest[at + 1..].chars();
        match after.next()? {
            'r' => out.push(b'\r'),
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            '0' => out.push(0),
            '\\' => out.push(b'\\'),
            '*' => {
                let digits: String = after.clone().take_while(char::is_ascii_digit).collect();
                let count: usize = digits.parse().ok()?;
                let character = after.nth(digits.len())?;
                out.extend(character.to_string().repeat(count).bytes());
            }
            _ => return None,
        }
        rest = after.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    Some(out)
}
