//! What the web asks of the box, answered by its parts: the same functions that the command line calls.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use lachan_api::ports::{
    self, Bypasses, DnsWays, EncryptedDns, Explain, Finding, FirstRun, Place, Ports, Recorded,
    Rules, School, TokenUse, Vitals, WhyFault, WhyQuestion,
};
use lachan_config::{Config, Language, Paths};
use lachan_policy::{Bells, GroupId, Moment, Policy, Token};
use lachan_store::{Store, UnlockKey};
use lachan_web::{Side, TypedCode};
use serde_json::Value;
use tokio::sync::Notify;

use super::machine::MachineDesk;
use super::safe_search::SafeSearchDesk;
use super::trials::TrialDesk;
use super::{Parts, sides};
use crate::commands::{doctor_for_web, token_for_web, ways_for_web, why_for_web};
use crate::control::{Admin as _, Series};
use crate::first_run;
use crate::network;
use crate::policy_source::People;
use crate::service::certificate_desk::CertificateDesk;
use crate::service::chain;
use crate::service::clock::Clock;
use crate::service::desk::Desk;
use crate::settings_file::SettingsFile;
use crate::settings_notice;
use crate::time::moment;
use crate::unlock_key;
use crate::words::Words;

/// The settings in use, as the keeper takes them.
pub(crate) type Settings = ArcSwap<Config>;

/// The first-run code, while it holds.
pub(crate) struct FirstRunCode {
    code: Mutex<Option<TypedCode>>,
    paths: Paths,
}

impl FirstRunCode {
    pub(super) fn new(code: Option<TypedCode>, paths: Paths) -> Self {
        let code = Mutex::new(code);
        Self { code, paths }
    }
}

impl FirstRun for FirstRunCode {
    fn code(&self) -> Option<TypedCode> {
        self.code
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn done(&self) {
        self.code
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Err(error) = first_run::forget(&self.paths) {
            tracing::warn!(%error, "the file of the first-run code cannot be removed");
        }
        tracing::info!("the first account was made; the first-run code holds no longer");
    }
}

/// The box.
struct TheBox {
    store: Arc<Store>,
    settings: Arc<Settings>,
    clock: Arc<Clock>,
    desk: Desk,
    file: SettingsFile,
    trials: Arc<TrialDesk>,
}

/// What has work of its own beside the ports.
pub(super) struct Desks {
    pub(super) machine: Arc<MachineDesk>,
    pub(super) trials: Arc<TrialDesk>,
    pub(super) safe_search: Arc<SafeSearchDesk>,
}

/// All ports.
pub(super) fn all(
    parts: &Parts,
    first_run: FirstRunCode,
    desks: Desks,
    bell: &Arc<Notify>,
) -> Ports {
    let certificates = CertificateDesk {
        settings: Arc::clone(&parts.settings),
        changes: Arc::clone(&parts.desk_of_settings),
        clock: Arc::clone(&parts.clock),
        bell: Arc::clone(bell),
    };
    let the_box = Arc::new(TheBox {
        store: Arc::clone(&parts.store),
        settings: Arc::clone(&parts.settings),
        clock: Arc::clone(&parts.clock),
        desk: parts.desk.clone(),
        file: SettingsFile::new(&parts.file),
        trials: Arc::clone(&desks.trials),
    });
    Ports {
        clock: Arc::clone(&the_box) as _,
        place: Arc::clone(&the_box) as _,
        school: Arc::clone(&the_box) as _,
        rules: Arc::clone(&the_box) as _,
        first_run: Arc::new(first_run),
        explain: Arc::clone(&the_box) as _,
        vitals: Arc::clone(&the_box) as _,
        encrypted: the_box,
        certificates: Arc::new(certificates),
        settings: Arc::clone(&parts.desk_of_settings) as _,
        machine: desks.machine,
        trials: desks.trials,
        safe_search: desks.safe_search,
        unlock: unlock_key(&parts.config.paths),
    }
}

/// The key of unlock codes, which the pages for pupils use, too.
fn unlock_key(paths: &Paths) -> Option<Arc<UnlockKey>> {
    let key = unlock_key::load_or_make(paths);
    let key = key.inspect_err(|error| {
        tracing::error!(%error, "no unlock codes can be made");
    });
    key.ok().map(Arc::new)
}

impl ports::Clock for TheBox {
    fn now(&self) -> Option<Moment> {
        self.clock.now()
    }

    fn local(&self, unix: i64) -> Option<(i64, u8)> {
        let at = Timestamp::from_second(unix).ok()?;
        let at = moment(at, &self.settings.load().school.time_zone);
        Some((at.local_day(), u8::try_from(at.minute / 60).ok()?))
    }
}

impl Place for TheBox {
    fn side(&self, address: IpAddr) -> Side {
        let policy = self.desk.policies.load();
        sides::side(&self.settings.load(), policy.groups(), address)
    }

    fn is_flat(&self) -> bool {
        sides::is_flat(&self.settings.load())
    }

    fn is_own_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let names = &self.settings.load().web.names;
        name == "localhost" || names.iter().any(|own| own.to_string() == name)
    }
}

impl School for TheBox {
    fn name(&self) -> String {
        self.settings.load().school.name.clone()
    }

    fn language(&self) -> Language {
        self.settings.load().school.language
    }

    fn bells(&self) -> Bells {
        self.settings.load().school.bells.clone()
    }

    fn names_from_devices(&self) -> u32 {
        self.settings.load().store.names_from_devices
    }
}

impl Rules for TheBox {
    fn policy(&self) -> Arc<Policy> {
        self.desk.policies.load_full()
    }

    fn changed(&self) {
        self.desk.orders.look_and_wait();
    }
}

impl EncryptedDns for TheBox {
    fn ways(&self) -> DnsWays {
        ways_for_web(&self.settings.load())
    }

    fn token_use(&self, group: &str, token: Token, language: Language) -> TokenUse {
        let is_inside = |address: &IpAddr| match address {
            IpAddr::V4(four) => four.is_private(),
            IpAddr::V6(six) => six.is_unique_local(),
        };
        let own = network::addresses();
        let own = own.map_or_else(|_| Vec::new(), |all| all.own().filter(is_inside).collect());
        token_for_web(
            &self.settings.load(),
            group,
            token,
            own,
            Words::new(language),
        )
    }
}

impl Explain for TheBox {
    fn why(&self, question: &WhyQuestion) -> Result<Value, WhyFault> {
        let people = self.store.reader().and_then(|reader| People::read(&reader));
        let people = people.map_err(|error| {
            tracing::error!(error = %chain(&error), "groups and exceptions cannot be read");
            WhyFault::Failed
        })?;
        let asked = why_for_web::Asked {
            name: &question.name,
            group: question.group.map(GroupId),
            address: question.address,
            at: question.at,
        };
        let ruleset = Arc::clone(self.desk.policies.load().ruleset());
        why_for_web::answer(&asked, &people, ruleset, &self.settings.load())
    }
}

/// A series as the web shows it.
struct Samples(Box<dyn Series>);

impl ports::Series for Samples {
    fn next(&mut self) -> ports::Sample {
        let sample = self.0.next();
        let rate = |id: &str| sample.rates.get(id).copied().unwrap_or(0.0);
        ports::Sample {
            qps: rate("queries"),
            blocked_per_s: rate("blocked"),
            cached_share: sample.hit_rate,
            p99_us: sample.here.map(|here| here.p99_ns / 1_000),
        }
    }
}

impl Vitals for TheBox {
    fn status(&self) -> Value {
        serde_json::to_value(self.desk.status()).unwrap_or_default()
    }

    fn doctor(&self, language: Language) -> Vec<Finding> {
        let status = self.desk.status();
        doctor_for_web(&self.settings.load(), &status, Words::new(language))
    }

    fn protection(&self, language: Language) -> Vec<Finding> {
        let words = Words::new(language);
        let mut findings = crate::protection::findings(&self.desk.status(), words);
        findings.extend(settings_notice::told(&self.file).map(|notice| notice.finding(words)));
        findings
    }

    fn series(&self) -> Box<dyn ports::Series> {
        Box::new(Samples(self.desk.series()))
    }

    fn bypasses(&self) -> Option<Bypasses> {
        let view = self.desk.status().bypasses?;
        let plain = |all: crate::control::ById<u64>| {
            let kinds = all.into_iter();
            kinds
                .map(|(id, count)| (id.trim_start_matches("bypass_").to_owned(), count))
                .collect()
        };
        Some(Bypasses {
            today: plain(view.today),
            week: plain(view.week),
        })
    }

    fn recorded(&self, language: Language) -> Vec<Recorded> {
        let words = Words::new(language);
        let mut recorded = crate::words::recorded(&self.settings.load(), words);
        if ports::ListTrials::count(&*self.trials).is_some() {
            recorded.push(Recorded {
                code: "list-trial".to_owned(),
                recorded: true,
                days: Some(1),
                text: words.list_trial_counts(),
            });
        }
        recorded
    }
}
