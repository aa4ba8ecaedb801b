//! Blocked attempts: what the hot path hands over, and what is kept of it.
//!
//! ```text
//!  Verdict (a block) ─► Attempt ─queue─► row (coalesced, pseudonym) ─► events ─► Event (read back)
//! ```
//!
//! An [`Attempt`] can only be made of a verdict that blocks, so there is no way to record what was
//! allowed. It keeps the registrable name at most, and holds the client's address only until the
//! writer has turned it into a pseudonym, never on disk.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use lachan_policy::ruleset::Ruleset;
use lachan_policy::{
    Category, Exceptions, GroupId, HeuristicKind, Mode, Moment, Name, Rule, Tier, Verdict,
    address_bits,
};

use crate::time::unix_minute;

/// Where an attempt was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// A DNS query.
    Dns,
    /// The server name of a TLS connection.
    Tls,
    /// A plain HTTP request.
    Http,
}

impl Channel {
    /// All channels, in the order of their stored numbers.
    pub const ALL: [Self; 3] = [Self::Dns, Self::Tls, Self::Http];

    /// The id used in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Http => "http",
        }
    }

    /// Position in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What decided: the rule of an event, without the name it matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An entry of the list of this id.
    List(Arc<str>),
    /// A sealed entry; not even its list is told.
    Sealed,
    /// An exception, by the store's number.
    Exception(i64),
    /// A period of the group's timetable, by its position.
    Period(u16),
    /// A mode.
    Mode(Mode),
    /// The tier's cell, for a name that no list knows.
    Cell,
    /// What such a name's own letters betray.
    Heuristic(HeuristicKind),
}

impl Hash for Source {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::List(id) => id.hash(state),
            Self::Exception(id) => id.hash(state),
            Self::Period(index) => index.hash(state),
            Self::Mode(mode) => mode.id().hash(state),
            Self::Heuristic(kind) => kind.hash(state),
            Self::Sealed | Self::Cell => {}
        }
    }
}

impl fmt::Display for Source {
    /// The stored form: `list:base/gambling`, `exception:7`, `period:2`, `mode:exam`, `cell`,
    /// `heuristic:doorway`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(id) => write!(f, "list:{id}"),
            Self::Sealed => f.write_str("sealed"),
            Self::Exception(id) => write!(f, "exception:{id}"),
            Self::Period(index) => write!(f, "period:{index}"),
            Self::Mode(mode) => write!(f, "mode:{}", mode.id()),
            Self::Cell => f.write_str("cell"),
            Self::Heuristic(kind) => write!(f, "heuristic:{}", kind.id()),
        }
    }
}

/// A text that is no [`Source`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no source of a decision")]
pub struct UnknownSource(pub String);

impl FromStr for Source {
    type Err = UnknownSource;
    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        let unknown = || UnknownSource(text.to_owned());
        let (kind, value) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "list" => Ok(Self::List(value.into())),
            "sealed" => Ok(Self::Sealed),
            "exception" => value.parse().map(Self::Exception).map_err(|_| unknown()),
            "period" => value.parse().map(Self::Period).map_err(|_| unknown()),
            "mode" => mode_named(value).map(Self::Mode).ok_or_else(unknown),
            "cell" => Ok(Self::Cell),
            "heuristic" => {
                let mut all = HeuristicKind::ALL.into_iter();
                let kind = all.find(|kind| kind.id() == value);
                kind.map(Self::Heuristic).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        }
    }
}

/// The mode of an id.
pub(crate) fn mode_named(id: &str) -> Option<Mode> {
    let all = [
        Mode::Normal,
        Mode::AllowlistOnly,
        Mode::Exam,
        Mode::OnlineClass,
    ];
    all.into_iter().find(|mode| mode.id() == id)
}

/// The ids of a ruleset's lists, shared, so that naming the source of a decision allocates
/// nothing. Made once for each ruleset.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    lists: Vec<Arc<str>>,
}

impl Sources {
    /// Takes the ids from a ruleset.
    #[must_use]
    pub fn new(ruleset: &Ruleset) -> Self {
        Self {
            lists: ruleset
                .lists()
                .iter()
                .map(|list| list.id.as_str().into())
                .collect(),
        }
    }

    /// What decided a verdict. `exceptions` must be those of the same policy.
    #[must_use]
    pub fn of(&self, verdict: &Verdict, exceptions: &Exceptions) -> Source {
        match verdict.rule {
            Rule::Sealed => Source::Sealed,
            Rule::Exception(index) => {
                let exception = exceptions.all().get(index as usize);
                exception.map_or(Source::Cell, |exception| Source::Exception(exception.id))
            }
            Rule::Period(index) => Source::Period(index),
            Rule::Mode(mode) => Source::Mode(mode),
            Rule::Heuristic(heuristic) => Source::Heuristic(heuristic.kind()),
            Rule::None | Rule::Entry { .. } | Rule::Cell | Rule::Address | Rule::Url => {
                let list = verdict
                    .list
                    .and_then(|list| self.lists.get(usize::from(list.0)));
                list.map_or(Source::Cell, |id| Source::List(Arc::clone(id)))
            }
        }
    }
}

/// What stands behind a harmless name and closes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Behind<N> {
    /// A name that the answer leads to.
    Name(N),
    /// An address of the answer, or a name that may not be kept.
    Unnamed,
}

impl Behind<&Name> {
    /// What is kept of it: the entry that closed it where that says more than the registrable name.
    fn kept(&self, verdict: &Verdict) -> Behind<Box<str>> {
        let Self::Name(name) = self else {
            return Behind::Unnamed;
        };
        if verdict.no_name {
            return Behind::Unnamed;
        }
        let mut kept = name.registrable();
        if let Rule::Entry { start } = verdict.rule {
            let entry = name.suffix(usize::from(start));
            if entry.as_wire().len() > kept.as_wire().len() {
                kept = entry;
            }
        }
        Behind::Name(kept.to_string().into())
    }
}

/// A question that was decided, as the channel knows it.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The name asked for.
    pub name: &'a Name,
    /// What the verdict is on, where that is not the name asked for.
    pub behind: Option<Behind<&'a Name>>,
    /// Who asked. Becomes a pseudonym; is never stored.
    pub client: IpAddr,
    /// The client's group.
    pub group: GroupId,
    /// Where it was seen.
    pub channel: Channel,
    /// What decided, from [`Sources::of`].
    pub source: Source,
    /// When; `None` while the box does not know the time.
    pub at: Option<Moment>,
}

/// A blocked attempt on its way to the writer. Allocates nothing but the name behind another, which
/// few attempts have: inline it would double the queue.
#[derive(Debug)]
pub struct Attempt {
    pub(crate) time: Option<AttemptTime>,
    pub(crate) group: GroupId,
    pub(crate) tier: Tier,
    pub(crate) category: Option<Category>,
    pub(crate) channel: Channel,
    pub(crate) source: Source,
    pub(crate) name: Option<Name>,
    pub(crate) behind: Option<Behind<Box<str>>>,
    pub(crate) device: u128,
}

/// The minute and the local day of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttemptTime {
    pub(crate) minute: i64,
    pub(crate) day: i64,
}

impl Attempt {
    /// What may be recorded of a decision: `None` unless it blocked and may be logged at all.
    ///
    /// The name is cut to the registrable one, and left out where the cell says so; of a name behind
    /// it no more is kept than that and the entry that closed it.
    #[must_use]
    pub fn new(verdict: &Verdict, asked: Asked<'_>) -> Option<Self> {
        if !verdict.is_block() || verdict.no_log {
            return None;
        }
        Some(Self {
            time: asked.at.map(|at| AttemptTime {
                minute: unix_minute(at),
                day: at.local_day(),
            }),
            group: asked.group,
            tier: verdict.tier,
            category: verdict.category,
            channel: asked.channel,
            source: asked.source,
            name: (!verdict.no_name).then(|| asked.name.registrable()),
            behind: asked.behind.map(|behind| behind.kept(verdict)),
            device: address_bits(asked.client),
        })
    }
}

/// A recorded event, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number; newer events have higher ones.
    pub id: i64,
    /// Minutes since 1970-01-01T00:00Z; `None` when the box did not know the time.
    pub minute: Option<i64>,
    /// The group; number 0 is that of unknown devices.
    pub group: GroupId,
    /// The group's name; `None` for unknown devices and when its record was purged.
    pub group_name: Option<String>,
    /// The tier.
    pub tier: Tier,
    /// The category that decided.
    pub category: Option<Category>,
    /// Where it was seen.
    pub channel: Channel,
    /// What decided.
    pub source: Source,
    /// The registrable name (full host under `edu.vn`); `None` where it may not be kept.
    pub name: Option<String>,
    /// What was closed, where that is not the name itself: what its answer leads to.
    pub behind: Option<Behind<String>>,
    /// The device's pseudonym of that day; `None` when it was not kept.
    pub device: Option<u64>,
    /// How many attempts this stands for.
    pub count: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{asked, block};
    use lachan_policy::heuristics::Sign;
    use lachan_policy::{Action, Heuristic};
    use proptest::prelude::*;

    fn name_kept(verdict: &Verdict, host: &str) -> Option<String> {
        let host = Name::from_text(host).unwrap();
        let attempt = Attempt::new(verdict, asked(&host)).unwrap();
        attempt.name.map(|name| name.to_string())
    }

    #[test]
    fn only_a_block_can_be_recorded() {
        let name = Name::from_text("a.vn").unwrap();
        for action in [Action::Allow, Action::Restrict] {
            let verdict = Verdict { action, ..block() };
            assert!(Attempt::new(&verdict, asked(&name)).is_none(), "{action:?}");
        }
        assert!(Attempt::new(&block(), asked(&name)).is_some());
    }

    #[test]
    fn what_may_not_be_logged_is_not() {
        let name = Name::from_text("111.vn").unwrap();
        let verdict = Verdict {
            no_log: true,
            ..block()
        };
        assert!(Attempt::new(&verdict, asked(&name)).is_none());
    }

    #[test]
    fn the_name_is_cut_to_the_registrable_one() {
        for (host, kept) in [
            ("m.cdn.nohu.com", "nohu.com"),
            ("www.vidu.com.vn", "vidu.com.vn"),
            ("thcs-le-loi.hcm.edu.vn", "thcs-le-loi.hcm.edu.vn"),
        ] {
            assert_eq!(name_kept(&block(), host).as_deref(), Some(kept));
        }
    }

    #[test]
    fn a_no_name_cell_keeps_no_name() {
        assert_eq!(
            name_kept(
                &Verdict {
                    no_name: true,
                    ..block()
                },
                "a.vn"
            ),
            None
        );
    }

    fn behind_kept(verdict: &Verdict, behind: Behind<&Name>) -> Option<Behind<Box<str>>> {
        let front = Name::from_text("hoc.vn").unwrap();
        let asked = Asked {
            behind: Some(behind),
            ..asked(&front)
        };
        Attempt::new(verdict, asked).unwrap().behind
    }

    #[test]
    fn of_a_name_behind_the_registrable_one_or_the_entry_is_kept() {
        let name = Name::from_text("u-81.track.cdn.nohu.com").unwrap();
        let entry = |start| Verdict {
            rule: Rule::Entry { start },
            ..block()
        };
        for (verdict, kept) in [
            (block(), "nohu.com"),
            (entry(5), "track.cdn.nohu.com"),
            (entry(20), "nohu.com"),
        ] {
            let expected = Some(Behind::Name(kept.into()));
            assert_eq!(behind_kept(&verdict, Behind::Name(&name)), expected);
        }
        assert_eq!(
            behind_kept(&block(), Behind::Unnamed),
            Some(Behind::Unnamed)
        );
    }

    #[test]
    fn a_no_name_cell_keeps_no_name_behind_either() {
        let name = Name::from_text("buon.vn").unwrap();
        let verdict = Verdict {
            no_name: true,
            ..block()
        };
        let kept = behind_kept(&verdict, Behind::Name(&name));
        assert_eq!(kept, Some(Behind::Unnamed));
    }

    #[test]
    fn the_source_tells_what_decided() {
        let sources = Sources {
            lists: vec!["base/gambling".into()],
        };
        let check = |rule, list: Option<u16>, expected: &str| {
            let list = list.map(lachan_policy::ruleset::ListId);
            let verdict = Verdict {
                rule,
                list,
                ..block()
            };
            assert_eq!(
                sources.of(&verdict, &Exceptions::default()).to_string(),
                expected
            );
        };
        check(Rule::Entry { start: 0 }, Some(0), "list:base/gambling");
        check(Rule::Sealed, Some(0), "sealed");
        check(Rule::Cell, None, "cell");
        check(Rule::Period(2), None, "period:2");
        check(Rule::Mode(Mode::Exam), None, "mode:exam");
        check(Rule::Entry { start: 0 }, Some(9), "cell");
        let doorway = Heuristic::Doorway(Sign::default());
        check(Rule::Heuristic(doorway), None, "heuristic:doorway");
    }

    proptest! {
        #[test]
        fn sources_read_back_as_they_were(id in "\\PC{0,20}", number: i64, index: u16) {
            for source in [
                Source::List(id.as_str().into()),
                Source::Exception(number),
                Source::Period(index),
                Source::Mode(Mode::OnlineClass),
                Source::Sealed,
                Source::Cell,
                Source::Heuristic(HeuristicKind::Doorway),
                Source::Heuristic(HeuristicKind::Impersonation),
                Source::Heuristic(HeuristicKind::LookAlike),
            ] {
                prop_assert_eq!(source.to_string().parse::<Source>(), Ok(source));
            }
        }

        #[test]
        fn no_text_upsets_the_reader_of_sources(text in "\\PC{0,30}") {
            let _ = text.parse::<Source>();
        }
    }
}
