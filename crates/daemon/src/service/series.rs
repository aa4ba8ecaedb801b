//! The samples of one live view: rates from one look to the next, latencies of the last half minute,
//! and what was blocked in the last minutes. Until half a minute was looked at, latencies are those
//! since the program began, so that the very first look says something.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

use lachan_policy::{Category, GroupId, Policy};
use lachan_resolver::latency::{Histogram, Latencies, Snapshot};
use lachan_store::{Recent, Recents};

use super::desk::Desk;
use crate::control::{
    Admin as _, Blocked, ById, GroupCount, NameCount, Percentiles, Sample, Series, TopCategory,
};
use crate::figures::{self, Tally};

/// Samples that latencies and the cache's hit rate are taken over: with one answer in 128 measured,
/// fewer would say nothing of a quiet school.
const WINDOW: usize = 30;
/// Rounds seconds to the nearest whole one.
const HALF: Duration = Duration::from_millis(500);
/// Minutes of blocked attempts that are shown.
const MINUTES: i64 = 5;
/// Most categories and names: more than any screen has lines.
const MOST: usize = 30;

/// A running series.
pub(super) struct Views {
    desk: Desk,
    /// The last looks, oldest first; never empty.
    looks: VecDeque<Look>,
    /// What was blocked lately; opened when first wanted, and again after it failed.
    recents: Option<Recents>,
}

/// What was read at one look.
#[derive(Clone)]
struct Look {
    at: Instant,
    tally: Tally,
    latencies: Latencies,
}

impl Views {
    /// Takes the first look.
    pub(super) fn begin(desk: Desk) -> Self {
        let none = Histogram::default().read();
        let start = Look {
            at: desk.started,
            tally: Tally::default(),
            latencies: Latencies {
                here: none.clone(),
                upstream: none,
            },
        };
        let looks = VecDeque::from([start, look(&desk)]);
        Self {
            desk,
            looks,
            recents: None,
        }
    }

    fn blocked(&mut self) -> Option<Blocked> {
        let policy = self.desk.policies.load_full();
        let now = crate::time::Now::system().known();
        let since = now.map(|now| now.as_second().div_euclid(60) - MINUTES + 1);
        if self.recents.is_none() {
            self.recents = self.desk.watch.recents().ok();
        }
        let read = self.recents.as_mut()?.read(since);
        if read.is_err() {
            self.recents = None;
        }
        Some(summary(&read.ok()?, &policy))
    }
}

impl Series for Views {
    fn next(&mut self) -> Sample {
        let now = look(&self.desk);
        let (first, last) = match (self.looks.front(), self.looks.back()) {
            (Some(first), Some(last)) => (first.clone(), last.clone()),
            _ => (now.clone(), now.clone()),
        };
        let window = now.at.duration_since(first.at);
        let sample = Sample {
            status: self.desk.status(),
            rates: rates(&last.tally, &now.tally, now.at.duration_since(last.at)),
            here: percentiles(&now.latencies.here.since(&first.latencies.here)),
            upstream: percentiles(&now.latencies.upstream.since(&first.latencies.upstream)),
            latency_seconds: (window + HALF).as_secs().max(1),
            hit_rate: hit_rate(&first.tally, &now.tally),
            blocked: self.blocked(),
        };
        self.looks.push_back(now);
        while self.looks.len() > WINDOW + 1 {
            self.looks.pop_front();
        }
        sample
    }
}

fn look(desk: &Desk) -> Look {
    Look {
        at: Instant::now(),
        tally: desk.tally(),
        latencies: desk.engine.latencies(),
    }
}

/// How often a second each counter grew.
fn rates(before: &Tally, now: &Tally, passed: Duration) -> ById<f64> {
    let seconds = passed.as_secs_f64().max(1e-3);
    let rate = |figure: &figures::Figure| {
        let grown = figure.of(now).saturating_sub(figure.of(before));
        // A tenth is as fine as anybody reads.
        let rate = (grown as f64 / seconds * 10.0).round() / 10.0;
        (figure.id.to_owned(), rate)
    };
    figures::all().map(rate).collect()
}

fn percentiles(snapshot: &Snapshot) -> Option<Percentiles> {
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    Some(Percentiles {
        p50_ns: nanos(snapshot.quantile(500)?),
        p99_ns: nanos(snapshot.quantile(990)?),
        count: snapshot.count(),
    })
}

/// Of the queries that the cache or an upstream had to answer, the cache's share.
fn hit_rate(before: &Tally, now: &Tally) -> Option<f64> {
    let (before, now) = (&before.queries, &now.queries);
    let hits = now.cached.saturating_sub(before.cached);
    let misses = (now.forwarded + now.failed).saturating_sub(before.forwarded + before.failed);
    let all = hits + misses;
    (all > 0).then(|| hits as f64 / all as f64)
}

/// What was blocked, added up.
fn summary(recents: &[Recent], policy: &Policy) -> Blocked {
    let mut categories: HashMap<Option<Category>, u64> = HashMap::new();
    let mut names: HashMap<&str, (u64, Option<Category>)> = HashMap::new();
    let mut groups: HashMap<GroupId, u64> = HashMap::new();
    for recent in recents {
        let count = u64::from(recent.count);
        *categories.entry(recent.category).or_default() += count;
        *groups.entry(recent.group).or_default() += count;
        if let Some(name) = &recent.name {
            let entry = names.entry(name).or_insert((0, recent.category));
            entry.0 += count;
        }
    }
    let attempts = recents.iter().map(|recent| u64::from(recent.count)).sum();
    let names = top(names, |(count, _)| *count);
    let name = |(name, (count, category)): (&str, (u64, Option<Category>))| NameCount {
        name: name.to_owned(),
        category: category_of(policy, category).0,
        count,
    };
    Blocked {
        minutes: MINUTES,
        attempts,
        categories: top(categories, |count| *count)
            .into_iter()
            .map(|(category, count)| top_category(policy, category, count))
            .collect(),
        names: names.into_iter().map(name).collect(),
        groups: by_group(policy, &groups),
    }
}

/// The largest, the largest first; those of equal count in a fixed order.
fn top<K: Ord + Hash, V>(counts: HashMap<K, V>, count: impl Fn(&V) -> u64) -> Vec<(K, V)> {
    let mut all: Vec<_> = counts.into_iter().collect();
    all.sort_by(|a, b| (Reverse(count(&a.1)), &a.0).cmp(&(Reverse(count(&b.1)), &b.0)));
    all.truncate(MOST);
    all
}

fn top_category(policy: &Policy, category: Option<Category>, count: u64) -> TopCategory {
    let (id, vi, en) = category_of(policy, category);
    TopCategory { id, vi, en, count }
}

/// The id and both names of a category; of none, `-`.
fn category_of(policy: &Policy, category: Option<Category>) -> (String, String, String) {
    let book = policy.ruleset().book();
    match category.and_then(|category| book.category(category)) {
        Some(info) => (info.id.clone(), info.name.vi.clone(), info.name.en.clone()),
        None => ("-".to_owned(), "-".to_owned(), "-".to_owned()),
    }
}

/// All groups, those without an attempt too: a class that is silent says something as well.
fn by_group(policy: &Policy, counts: &HashMap<GroupId, u64>) -> Vec<GroupCount> {
    let all = policy.groups().all().iter();
    all.map(|group| GroupCount {
        name: group.name.clone(),
        tier: group.tier.id().to_owned(),
        count: counts.get(&group.id).copied().unwrap_or(0),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing;
    use lachan_policy::{Exceptions, Tier};

    fn recent(group: u32, category: &str, name: Option<&str>, count: u32) -> Recent {
        Recent {
            minute: Some(1),
            group: GroupId(group),
            tier: Tier::Thcs,
            category: testing::shipped_rules()
                .book
                .categories
                .iter()
                .find(|info| info.id == category)
                .map(|info| info.bit),
            name: name.map(Into::into),
            count,
        }
    }

    fn policy() -> Policy {
        testing::policy(testing::ruleset(&[]), Exceptions::default())
    }

    #[test]
    fn the_most_blocked_come_first_with_their_names_in_both_languages() {
        let told = summary(
            &[
                recent(1, "gambling", Some("nohu.com"), 2),
                recent(2, "gambling", Some("fb88.com"), 5),
                recent(2, "gambling", Some("nohu.com"), 1),
                recent(2, "self-harm", None, 4),
            ],
            &policy(),
        );
        assert_eq!(told.attempts, 12);
        let categories: Vec<_> = told
            .categories
            .iter()
            .map(|top| (top.id.as_str(), top.count))
            .collect();
        assert_eq!(categories, [("gambling", 8), ("self-harm", 4)]);
        assert!(!told.categories[0].vi.is_ascii());
        let names: Vec<_> = told
            .names
            .iter()
            .map(|top| (top.name.as_str(), top.count))
            .collect();
        assert_eq!(names, [("fb88.com", 5), ("nohu.com", 3)]);
        assert_eq!(told.names[0].category, "gambling");
    }

    #[test]
    fn every_group_is_told_also_a_silent_one() {
        let policy = policy();
        let second = policy.groups().all()[1].clone();
        let told = summary(&[recent(second.id.0, "gambling", None, 7)], &policy);
        assert_eq!(told.groups.len(), policy.groups().all().len());
        let of_second = told
            .groups
            .iter()
            .find(|group| group.name == second.name)
            .unwrap();
        assert_eq!(
            (of_second.count, of_second.tier.as_str()),
            (7, second.tier.id())
        );
    }

    #[test]
    fn rates_are_by_second_and_hits_by_share() {
        let before = Tally::default();
        let mut now = before;
        now.queries.queries = 50;
        now.queries.cached = 30;
        now.queries.forwarded = 8;
        now.queries.failed = 2;
        let rates = rates(&before, &now, Duration::from_millis(500));
        assert_eq!(
            (rates["queries"], rates["cached"], rates["blocked"]),
            (100.0, 60.0, 0.0)
        );
        assert_eq!(hit_rate(&before, &now), Some(0.75));
        assert_eq!(hit_rate(&now, &now), None);
    }

    #[test]
    fn nothing_measured_is_no_latency() {
        let histogram = Histogram::default();
        assert_eq!(percentiles(&histogram.read()), None);
        histogram.record(Duration::from_micros(5));
        assert_eq!(percentiles(&histogram.read()).unwrap().count, 1);
    }
}
