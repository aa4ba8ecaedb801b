//! Lists before they are enabled: what one would close, and a count of what it would have hit.
//!
//! ```text
//!  text ─► compiled alone, in a folder of its own ─► effect on a policy of nobody's groups ─► told
//!                                      └─► entries ─► the engine counts, a day at most, in memory only
//! ```

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use lachan_api::ports::{
    ListTrials, TrialClosed, TrialCount, TrialEffect, TrialFault, TrialOverlap, TrialRefused,
    TrialWish,
};
use lachan_lists::formats::Format;
use lachan_lists::import::NotTaken;
use lachan_lists::rules::Rules;
use lachan_lists::trial::{Candidate, Effect, Making};
use lachan_policy::ruleset::{ListClass, Ruleset};
use lachan_policy::{Category, Name, Policy, Scope, Tier};
use lachan_resolver::{Engine, ListTrial, MOST_DEVICES, MOST_ENTRIES};

use super::ports::Settings;
use crate::build;
use crate::network::Links;
use crate::policy_source::{People, tier_group};
use crate::service::chain;

/// How long a count runs: as long as the key by which the log tells devices apart.
const COUNTED: Duration = Duration::from_secs(24 * 3_600);
/// Where a list stands while it is compiled, in the data folder.
const FOLDER: &str = "list.trial";
/// Devices are told in steps of so many, so that two counts tell nothing by their difference.
const STEP: u32 = 5;
/// Well-known names that are told, of each kind.
const MOST_TOLD: usize = 200;

/// The desk for trials.
pub(super) struct TrialDesk {
    engine: Arc<Engine>,
    policies: Arc<ArcSwap<Policy>>,
    settings: Arc<Settings>,
    count: Mutex<Option<Running>>,
    /// One list after the other.
    at_work: Mutex<()>,
}

/// A count that is under way.
struct Running {
    trial: Arc<ListTrial>,
    label: String,
    category: String,
    entries: u64,
    since: Instant,
}

impl TrialDesk {
    /// Begins, and removes what an earlier run left.
    pub(super) fn new(
        engine: Arc<Engine>,
        policies: Arc<ArcSwap<Policy>>,
        settings: Arc<Settings>,
    ) -> Self {
        let desk = Self {
            engine,
            policies,
            settings,
            count: Mutex::default(),
            at_work: Mutex::default(),
        };
        forget(&desk.folder());
        desk
    }

    /// Ends a count whose time is over.
    pub(super) fn tidy(&self) {
        let mut count = self.running();
        if count
            .as_ref()
            .is_some_and(|count| count.since.elapsed() >= COUNTED)
        {
            *count = None;
            self.engine.try_list(None);
        }
    }

    fn folder(&self) -> PathBuf {
        self.settings.load().paths.data.join(FOLDER)
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rules(&self) -> Result<Rules, TrialFault> {
        let rules = build::rules(&self.settings.load().paths.rules);
        rules.map_err(|error| failed(&error))
    }

    fn candidate(
        &self,
        rules: &Rules,
        ruleset: &Ruleset,
        wish: &TrialWish,
        category: Category,
    ) -> Result<Candidate, TrialFault> {
        let format: Format = wish.format.parse().map_err(|_| TrialFault::Format)?;
        let folder = self.folder();
        make(&folder).map_err(|error| failed(&error))?;
        let making = Making {
            book: ruleset.book().data(),
            tenants: &rules.tenants,
            category,
            format,
            folder: &folder,
        };
        let read = Candidate::read(&making, wish.text.as_bytes());
        forget(&folder);
        read.map_err(|error| failed(&error))
    }

    fn begin(
        &self,
        wish: &TrialWish,
        category: Category,
        entries: &[(Name, Scope)],
    ) -> Result<(), TrialFault> {
        let mut key = [0; 16];
        getrandom::fill(&mut key).map_err(|error| failed(&error))?;
        let trial = ListTrial::new(category, entries, key);
        let trial = Arc::new(trial.map_err(|_| TrialFault::TooMany(MOST_ENTRIES))?);
        let mut count = self.running();
        *count = Some(Running {
            trial: Arc::clone(&trial),
            label: wish.label.clone(),
            category: wish.category.clone(),
            entries: entries.len() as u64,
            since: Instant::now(),
        });
        self.engine.try_list(Some(trial));
        Ok(())
    }
}

impl ListTrials for TrialDesk {
    fn try_list(&self, wish: &TrialWish) -> Result<TrialEffect, TrialFault> {
        let _one = self.at_work.try_lock().map_err(|_| TrialFault::Busy)?;
        let ruleset = Arc::clone(self.policies.load().ruleset());
        let category = ruleset.book().data().categories.iter();
        let mut category = category.filter(|info| info.id == wish.category);
        let category = category.next().ok_or(TrialFault::Category)?.bit;
        let rules = self.rules()?;
        let candidate = self.candidate(&rules, &ruleset, wish, category)?;
        if candidate.report.entries == 0 {
            return Err(TrialFault::Empty);
        }
        // Of what a tier gets by itself: nobody's groups and exceptions are in it.
        let tiers = People::default().policy_with_tiers(
            Arc::clone(&ruleset),
            Tier::TieuHoc,
            &Links::default(),
        );
        let tiers = tiers.map_err(|error| failed(&error))?;
        let effect = candidate.effect(&tiers, |tier| tier_group(&tiers, tier), known(&rules));
        let effect = effect.map_err(|error| failed(&error))?;
        if wish.counts {
            let entries = candidate.entries().map_err(|error| failed(&error))?;
            self.begin(wish, category, &entries)?;
        }
        Ok(told(&candidate, &ruleset, effect))
    }

    fn count(&self) -> Option<TrialCount> {
        self.tidy();
        let running = self.running();
        let running = running.as_ref()?;
        let fewest = self.settings.load().store.names_from_devices;
        let seen = running.trial.seen(fewest);
        let seconds = running.since.elapsed().as_secs();
        Some(TrialCount {
            label: running.label.clone(),
            category: running.category.clone(),
            entries: running.entries,
            seconds,
            left: COUNTED.as_secs().saturating_sub(seconds),
            fewest,
            hit: seen.entries,
            devices: in_steps(seen.devices, fewest),
            is_full: seen.devices == MOST_DEVICES,
        })
    }

    fn end(&self) -> bool {
        let ended = self.running().take().is_some();
        self.engine.try_list(None);
        ended
    }
}

/// A number of devices as it is told: in steps, and never below the least number that is told.
fn in_steps(devices: u32, fewest: u32) -> u32 {
    match devices {
        0 => 0,
        _ => (devices - devices % STEP).max(fewest),
    }
}

/// Names that people know: popular ones, and those that lists must not close.
fn known(rules: &Rules) -> impl Iterator<Item = Name> + '_ {
    let open = [ListClass::Help, ListClass::AlwaysOpen, ListClass::Protected];
    let lists = rules.lists.iter();
    let lists = lists.filter(move |list| open.contains(&list.spec.info.class));
    let entries = lists.flat_map(|list| list.entries.iter());
    let reached = entries.filter(|(_, scope)| *scope != Scope::Below);
    let listed = reached.map(|(name, _)| *name);
    rules.popular.iter().copied().chain(listed)
}

fn told(candidate: &Candidate, ruleset: &Ruleset, effect: Effect) -> TrialEffect {
    let overlaps = effect.overlaps.into_iter().filter_map(|(list, entries)| {
        let list = ruleset.list(list)?.id.clone();
        Some(TrialOverlap { list, entries })
    });
    let closes = effect.closes.into_iter().map(|closes| TrialClosed {
        is_vietnamese: closes.name.labels().last() == Some(b"vn".as_slice()),
        name: closes.name.to_unicode(),
        entry: closes.entry.to_unicode(),
        tiers: closes
            .tiers
            .iter()
            .map(|tier| tier.id().to_owned())
            .collect(),
    });
    let mut closes: Vec<_> = closes.collect();
    // Vietnamese names first: they are the ones a school misses at once.
    closes.sort_by_key(|closes| !closes.is_vietnamese);
    let closes_in_all = closes.len();
    closes.truncate(MOST_TOLD);
    let refused = candidate.first_not_taken.iter();
    TrialEffect {
        entries: candidate.report.entries,
        new: effect.new,
        narrowed: candidate.report.narrowed,
        refused: candidate.not_taken,
        refused_lines: refused.map(refused_line).collect(),
        overlaps: overlaps.collect(),
        closes_in_all,
        closes,
        spared_in_all: effect.spared.len(),
        spared: effect
            .spared
            .iter()
            .take(MOST_TOLD)
            .map(Name::to_unicode)
            .collect(),
    }
}

fn refused_line(line: &NotTaken) -> TrialRefused {
    match line {
        NotTaken::Refused(refused) => TrialRefused {
            line: refused.line,
            reason: refused.reason.id().to_owned(),
            text: refused.text.clone(),
        },
        NotTaken::Rejected {
            line,
            entry,
            reason,
        } => TrialRefused {
            line: *line,
            reason: reason.id().to_owned(),
            text: entry.clone(),
        },
    }
}

fn make(folder: &Path) -> io::Result<()> {
    forget(folder);
    DirBuilder::new().mode(0o700).create(folder)
}

fn forget(folder: &Path) {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "what is left of a list on trial cannot be removed");
        }
        _ => {}
    }
}

fn failed(error: &(dyn std::error::Error + 'static)) -> TrialFault {
    tracing::error!(error = %chain(error), "a list cannot be tried");
    TrialFault::Failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_in_steps_and_never_fewer_than_may_be() {
        assert_eq!(in_steps(0, 10), 0);
        assert_eq!(in_steps(12, 10), 10);
        assert_eq!(in_steps(7, 7), 7);
        assert_eq!(in_steps(8, 7), 7);
        assert_eq!(in_steps(256, 10), 255);
    }
}
