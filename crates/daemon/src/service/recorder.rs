//! From decisions to the store: counters for all, the log for blocked ones.
//!
//! What is allowed reaches this file as a group and a verdict, without its name, so no name of it
//! can be written.

use std::sync::Arc;

use arc_swap::ArcSwap;
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{Group, Name, Verdict};
use lachan_resolver::{Behind as Seen, Blocked, Events};
use lachan_store::{Asked, Attempt, Behind, Cell, Channel, EventSink, Source, Sources};

/// Hands decisions to the store.
pub(super) struct Recorder {
    sink: EventSink,
    /// The ids of the lists of the ruleset in use.
    known: ArcSwap<Known>,
}

struct Known {
    ruleset: Arc<Ruleset>,
    sources: Sources,
}

impl Known {
    fn new(ruleset: &Arc<Ruleset>) -> Self {
        Self {
            ruleset: Arc::clone(ruleset),
            sources: Sources::new(ruleset),
        }
    }
}

impl Recorder {
    /// A recorder of the verdicts of a ruleset.
    pub(super) fn new(sink: EventSink, ruleset: &Arc<Ruleset>) -> Self {
        Self {
            sink,
            known: ArcSwap::from_pointee(Known::new(ruleset)),
        }
    }

    /// Learns the lists of a ruleset that is about to be used.
    pub(super) fn learn(&self, ruleset: &Arc<Ruleset>) {
        if !Arc::ptr_eq(&self.known.load().ruleset, ruleset) {
            self.known.store(Known::new(ruleset).into());
        }
    }

    /// What decided. A verdict of the ruleset before, under way while they were swapped, is named
    /// by its own lists.
    fn source(&self, blocked: &Blocked<'_>) -> Source {
        let known = self.known.load();
        let (ruleset, exceptions) = (blocked.policy.ruleset(), blocked.policy.exceptions());
        if Arc::ptr_eq(&known.ruleset, ruleset) {
            return known.sources.of(blocked.verdict, exceptions);
        }
        Sources::new(ruleset).of(blocked.verdict, exceptions)
    }

    /// Counts a decision that was made in this channel.
    pub(super) fn count(&self, verdict: &Verdict, channel: Channel) {
        self.sink.counters().bump(Cell {
            tier: verdict.tier,
            category: verdict.category,
            action: verdict.action,
            channel,
        });
    }

    /// Records an attempt that was blocked in this channel.
    pub(super) fn record(&self, blocked: &Blocked<'_>, channel: Channel) {
        if !self.sink.has_room(blocked.client) {
            return;
        }
        // Where no name may be kept there is none here, and the verdict has to say so.
        let no_name = blocked.verdict.no_name || blocked.name.is_none();
        let verdict = Verdict {
            no_name,
            ..*blocked.verdict
        };
        let attempt = Attempt::new(
            &verdict,
            Asked {
                name: blocked.name.unwrap_or(&Name::ROOT),
                behind: blocked.behind.map(|behind| match behind {
                    Seen::Name(name) => Behind::Name(name),
                    Seen::Unnamed => Behind::Unnamed,
                }),
                client: blocked.client,
                group: blocked.group.id,
                channel,
                source: self.source(blocked),
                at: blocked.at,
            },
        );
        // An attempt for which there is no room is counted by the sink.
        let _ = attempt.map(|attempt| self.sink.try_record(attempt));
    }
}

impl Events for Recorder {
    fn decided(&self, _: &Group, verdict: &Verdict) {
        self.count(verdict, Channel::Dns);
    }

    fn blocked(&self, blocked: &Blocked<'_>) {
        self.record(blocked, Channel::Dns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing::{self, TestList};
    use lachan_policy::ruleset::ListClass;
    use lachan_policy::{Exceptions, Moment, Policy};
    use lachan_store::{Event, EventFilter, Opened, Settings, Store};

    const LISTS: &[TestList<'_>] = &[
        ("base/gambling", ListClass::Own, "gambling", &["nha-cai.vn"]),
        ("base/education", ListClass::Own, "education", &["hoc.vn"]),
        ("base/self-harm", ListClass::Own, "self-harm", &["buon.vn"]),
    ];

    fn at() -> Option<Moment> {
        Some(Moment::from_unix(1_795_342_140, 7 * 3600))
    }

    /// Asks a name as a device of tiểu học and gives what the store then holds.
    fn recorded(name: &str, swap: bool) -> (Vec<Event>, u64) {
        recorded_behind(name, None, swap)
    }

    /// As [`recorded`], for a name that leads to another one.
    fn recorded_behind(name: &str, behind: Option<&str>, swap: bool) -> (Vec<Event>, u64) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lachan.db");
        let Opened { store, .. } = Store::open(&path, Settings::default(), Arc::new(at)).unwrap();
        let ruleset = testing::ruleset(LISTS);
        let policy: Policy = testing::policy(Arc::clone(&ruleset), Exceptions::default());
        let recorder = Recorder::new(store.sink(), &ruleset);
        if swap {
            recorder.learn(&testing::ruleset(&LISTS[1..]));
        }
        let name = testing::name(name);
        let behind = behind.map(testing::name);
        let group = &policy.groups().all()[2];
        let verdict = crate::rule::decide(&policy, behind.as_ref().unwrap_or(&name), 2, at());
        recorder.decided(group, &verdict);
        if verdict.is_block() {
            recorder.blocked(&Blocked {
                policy: &policy,
                group,
                verdict: &verdict,
                name: (!verdict.no_name).then_some(&name),
                behind: behind.as_ref().map(Seen::Name),
                client: [127, 0, 2, 9].into(),
                at: at(),
            });
        }
        store.flush().unwrap();
        let reader = store.reader().unwrap();
        let count = reader
            .counters(None)
            .unwrap()
            .iter()
            .map(|hour| hour.count)
            .sum();
        (reader.events(&EventFilter::default()).unwrap(), count)
    }

    #[test]
    fn a_block_is_recorded_with_its_list() {
        let (events, count) = recorded("www.nha-cai.vn", false);
        assert_eq!((events.len(), count), (1, 1));
        assert_eq!(events[0].name.as_deref(), Some("nha-cai.vn"));
        assert_eq!(events[0].source.to_string(), "list:base/gambling");
    }

    #[test]
    fn a_block_says_what_stands_behind_the_name() {
        let (events, _) = recorded_behind("shop.hoc.vn", Some("www.nha-cai.vn"), false);
        assert_eq!(events[0].name.as_deref(), Some("hoc.vn"));
        let behind = Behind::Name("nha-cai.vn".to_owned());
        assert_eq!(events[0].behind, Some(behind));
        let (events, _) = recorded("nha-cai.vn", false);
        assert_eq!(events[0].behind, None);
    }

    #[test]
    fn what_stands_behind_is_not_named_where_no_name_is_kept() {
        let (events, _) = recorded_behind("shop.hoc.vn", Some("buon.vn"), false);
        assert_eq!(
            (events[0].name.as_deref(), &events[0].behind),
            (None, &Some(Behind::Unnamed))
        );
    }

    #[test]
    fn a_verdict_of_the_ruleset_before_keeps_its_list() {
        let (events, _) = recorded("nha-cai.vn", true);
        assert_eq!(events[0].source.to_string(), "list:base/gambling");
    }

    #[test]
    fn what_is_allowed_is_counted_and_not_recorded() {
        let (events, count) = recorded("hoc.vn", false);
        assert_eq!((events.len(), count), (0, 1));
    }

    #[test]
    fn a_cell_that_keeps_no_name_keeps_none() {
        let (events, _) = recorded("buon.vn", false);
        assert_eq!(
            events.iter().filter(|event| event.name.is_some()).count(),
            0
        );
    }
}
