//! Runs one scenario: a school of its own, step by step.

use std::sync::Arc;
use std::time::Duration;

use lachan_lists::testing;
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{
    Exception, Exceptions, Group, Groups, Mode, ModeSwitch, Name, Policy, Role, Tier,
};

use super::Fault;
use super::message::{Ask, Expected, Line};
use super::read::{Scenario, What};
use super::upstream::Upstream;
use crate::bind::Encrypted;
use crate::ddr::Offer;
use crate::listen::identity_tests::identity;
use crate::tests::support::{School, exception};
use crate::{
    BlockAnswer, Client, Dnssec, ForwardZone, HttpsRecords, LocalData, LocalName, LocalRecord,
    RequestKey, Settings,
};

/// The local domains of the settings file, where it names none.
const LOCAL_DOMAINS: [&str; 3] = ["home.arpa", "internal", "lan"];

/// Runs a scenario.
pub(super) async fn run(scenario: &Scenario, ruleset: &Arc<Ruleset>) -> Result<(), Fault> {
    let mut world = World::new();
    for line in &scenario.given {
        world.give(line)?;
    }
    let is_silent = |step: &What| matches!(step, What::Upstream(say) if say.is_silence());
    if scenario.steps.iter().any(|step| is_silent(&step.what)) {
        // Long enough for the answers that do come, on a busy machine, too.
        world.settings.upstream_timeout = Duration::from_millis(400);
        world.settings.total_timeout = Duration::from_millis(1200);
    }
    let upstream = Upstream::default();
    let school = world.school(&upstream, ruleset).await;
    for step in &scenario.steps {
        let fault = |what: String| Fault::new(step.line, what);
        match &step.what {
            What::Upstream(say) => upstream.tell(say, step.line)?,
            What::UpstreamAny => upstream.answer_any(step.line),
            What::Wait(seconds) => school.clock.advance(*seconds),
            What::Ask {
                client,
                ask,
                at,
                expected,
            } => {
                let outcome = check(&school, *client, ask, expected).await;
                if let Some(name) = upstream.surprises().first() {
                    let what = "was asked of the upstream, which was not told what to say";
                    return Err(fault(format!("{name} {what}")));
                }
                outcome.map_err(|what| Fault::new(*at, what))?;
            }
            What::Asked(times) => {
                let asked = upstream.asked();
                if asked != *times {
                    return Err(fault(format!(
                        "the upstream was asked {asked} times, not {times}"
                    )));
                }
            }
            What::Logged(expected) => {
                let logged = logged(&school);
                if logged != *expected {
                    return Err(fault(format!("logged was: {}", logged.join("; "))));
                }
            }
        }
    }
    upstream.check()
}

async fn check(
    school: &School,
    client: Client,
    ask: &Ask,
    expected: &Expected,
) -> Result<(), String> {
    let answer = school.engine.answer(&ask.bytes, client).await;
    let Some(answer) = answer else {
        let rest = if expected.is_nothing() {
            Ok(())
        } else {
            Err("no answer came".to_owned())
        };
        return rest;
    };
    if let Some(rule) = ask.broken_by(&answer) {
        return Err(format!("broken by the answer: {rule}\n    {answer:x?}"));
    }
    let (expected, actual) = expected.compare(&answer);
    if expected == actual {
        return Ok(());
    }
    Err(format!("expected\n    {expected}\n  but got\n    {actual}"))
}

/// What was logged since this was asked last: `gambling fb88.com`, and `cloaked:NAME`.
fn logged(school: &School) -> Vec<String> {
    let told = school.events.take();
    let blocked = told.iter().filter_map(|line| line.strip_prefix("blocked "));
    blocked
        .map(|line| {
            // Category, name, device, cloaked: the device is no part of the file.
            let mut words: Vec<&str> = line.split(' ').collect();
            words.remove(2);
            words.join(" ")
        })
        .collect()
}

/// Whether a line can be given.
pub(super) fn check_given(line: &Line) -> Result<(), Fault> {
    World::new().give(line)
}

/// What is given.
struct World {
    settings: Settings,
    exceptions: Vec<Exception>,
    mode: Option<Mode>,
    has_upstreams: bool,
    forwarded: Vec<Name>,
    /// Names of the certificate.
    certificate: Vec<String>,
    listeners: Vec<(Encrypted, std::net::SocketAddr)>,
}

impl World {
    fn new() -> Self {
        let mut settings = Settings {
            // A busy machine keeps them, too.
            upstream_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(20),
            local_domains: LOCAL_DOMAINS.map(testing::name).to_vec(),
            ..Settings::default()
        };
        // The upstream signs nothing; validation has tests of its own.
        settings.forwarding.dnssec = Dnssec::Off;
        Self {
            settings,
            exceptions: Vec::new(),
            mode: None,
            has_upstreams: true,
            forwarded: Vec::new(),
            certificate: Vec::new(),
            listeners: Vec::new(),
        }
    }

    fn give(&mut self, line: &Line) -> Result<(), Fault> {
        let mut words = line.words();
        let settings = &mut self.settings;
        let seconds = Duration::from_secs;
        match words.next("what is given")? {
            "block-answer" => {
                settings.block_answer = match words.next("an answer")? {
                    "nxdomain" => BlockAnswer::NxDomain,
                    "nodata" => BlockAnswer::NoData,
                    "address" => {
                        let v4 = words.next("an IPv4 address, or -")?;
                        let v6 = words.next("an IPv6 address, or -")?;
                        BlockAnswer::Address {
                            v4: if v4 == "-" {
                                None
                            } else {
                                Some(words.parse(v4)?)
                            },
                            v6: if v6 == "-" {
                                None
                            } else {
                                Some(words.parse(v6)?)
                            },
                        }
                    }
                    _ => return Err(line.fault("nxdomain, nodata or address")),
                }
            }
            "nodata-for" => {
                let tier = tier(line, words.next("a tier")?)?;
                settings.block_answer_by_tier[tier.index()] = Some(BlockAnswer::NoData);
            }
            "block-ttl" => settings.block_ttl = seconds(words.number()?),
            "min-ttl" => settings.min_ttl = seconds(words.number()?),
            "max-ttl" => settings.max_ttl = seconds(words.number()?),
            "stale" => settings.stale_for = seconds(words.number()?),
            "https-records-nodata" => settings.https_records = HttpsRecords::NoData,
            "ech-kept-for" => {
                let tier = tier(line, words.next("a tier")?)?;
                settings.ech_tiers.push(tier);
            }
            "rebind-protection-off" => settings.forwarding.rebind_protection = false,
            "rebind-allow" => settings.forwarding.rebind_allow.push(words.name()?),
            "no-upstreams" => self.has_upstreams = false,
            "forward" => self.forwarded.push(words.name()?),
            "request-codes" => settings.request_key = Some(RequestKey::new([1; 16])),
            "school" => settings.school.name = line.rest()[1..].join(" "),
            "contact" => settings
                .school
                .contacts
                .push(words.next("a contact")?.to_owned()),
            "queries" => {
                settings.rate_limit.queries = words.number()?;
                settings.rate_limit.burst = words.number()?;
            }
            "misses" => {
                settings.rate_limit.misses = words.number()?;
                settings.rate_limit.miss_burst = words.number()?;
            }
            "names-per-domain" => settings.rate_limit.names_per_domain = words.number()?,
            "local" => {
                let name = words.name()?;
                let mut addresses = Vec::new();
                while let Some(word) = words.optional() {
                    addresses.push(words.parse(word)?);
                }
                settings.local.push(LocalName { name, addresses });
            }
            kind @ ("alias" | "pointer" | "text" | "mail" | "service") => {
                let name = words.name()?;
                let data = match kind {
                    "alias" => LocalData::Alias(words.name()?),
                    "pointer" => LocalData::Pointer(words.name()?),
                    "text" => {
                        LocalData::Text(words.next("a text")?.trim_start_matches('"').to_owned())
                    }
                    "mail" => LocalData::Mail {
                        preference: words.number()?,
                        host: words.name()?,
                    },
                    _ => LocalData::Service {
                        priority: words.number()?,
                        weight: words.number()?,
                        port: words.number()?,
                        target: words.name()?,
                    },
                };
                settings.records.push(LocalRecord { name, data });
            }
            kind @ ("open" | "close") => {
                let name = words.next("a name")?;
                let role = match words.next("who")? {
                    "department" => Role::Department,
                    "school" => Role::School,
                    "teacher" => Role::Teacher,
                    _ => return Err(line.fault("department, school or teacher")),
                };
                let mut made = exception(name, kind == "open", role);
                made.id = i64::try_from(self.exceptions.len()).unwrap() + 1;
                self.exceptions.push(made);
            }
            "mode" => {
                let word = words.next("a mode")?;
                let all = [Mode::AllowlistOnly, Mode::Exam, Mode::OnlineClass];
                let mode = all.into_iter().find(|mode| mode.id() == word);
                self.mode = Some(mode.ok_or_else(|| line.fault("no such mode"))?);
            }
            "certificate" => {
                while let Some(word) = words.optional() {
                    self.certificate.push(word.to_owned());
                }
            }
            kind @ ("dot" | "doh" | "doq") => {
                let kind = match kind {
                    "dot" => Encrypted::Tls,
                    "doh" => Encrypted::Https,
                    _ => Encrypted::Quic,
                };
                self.listeners.push((kind, words.number()?));
            }
            _ => return Err(line.fault("nothing that can be given")),
        }
        if line.rest()[0] == "school" {
            return Ok(());
        }
        words.end()
    }

    async fn school(&self, upstream: &Upstream, ruleset: &Arc<Ruleset>) -> School {
        let change = |settings: &mut Settings| {
            let upstreams = std::mem::take(&mut settings.upstreams);
            *settings = self.settings.clone();
            settings.forwarding.zones = self
                .forwarded
                .iter()
                .map(|domain| ForwardZone {
                    domain: *domain,
                    upstreams: upstreams.clone(),
                })
                .collect();
            if self.has_upstreams {
                settings.upstreams = upstreams;
            }
        };
        let school = School::upon(upstream.start().await, Vec::new(), change);
        school.policy.store(Arc::new(self.policy(ruleset)));
        if !self.certificate.is_empty() {
            let names: Vec<&str> = self.certificate.iter().map(String::as_str).collect();
            let identity = identity(&names);
            let facts = identity.facts();
            let offer = Offer::new(facts, &facts.own_names(), &self.listeners);
            school.engine.offer(Some(offer));
        }
        school
    }

    fn policy(&self, ruleset: &Arc<Ruleset>) -> Policy {
        let exceptions = Exceptions::new(self.exceptions.clone());
        let plain = testing::policy(Arc::clone(ruleset), exceptions.clone());
        let Some(mode) = self.mode else { return plain };
        let switched = |group: &Group| {
            let mut group = group.clone();
            group.mode = Some(ModeSwitch {
                mode,
                until: None,
                by: Role::School,
            });
            group
        };
        let mut all = plain.groups().all().iter().map(switched);
        let unknown = all.next().unwrap();
        let groups = Groups::new(unknown, all.collect()).unwrap();
        Policy::new(Arc::clone(ruleset), groups, exceptions)
    }
}

fn tier(line: &Line, word: &str) -> Result<Tier, Fault> {
    let found = Tier::ALL.into_iter().find(|tier| tier.id() == word);
    found.ok_or_else(|| line.fault(format!("{word}: no tier")))
}
