//! A group as it crosses the API: ids, periods and cells in words, read strictly, each mistake told by
//! its field.

use lachan_policy::book::Book;
use lachan_policy::{
    Action, CategorySet, CellChange, Days, Group, GroupId, Mode, ModeSwitch, Period,
    Role as Authority, Tier, Timetable,
};
use lachan_store::GroupAt;
use lachan_web::{FieldFault, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most of each kind of selector that a group is taken with.
const MOST: usize = 2_000;

/// A tier's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TierId {
    MamNon,
    TieuHoc,
    Thcs,
    Thpt,
    Staff,
}

impl TierId {
    pub(crate) const fn tier(self) -> Tier {
        match self {
            Self::MamNon => Tier::MamNon,
            Self::TieuHoc => Tier::TieuHoc,
            Self::Thcs => Tier::Thcs,
            Self::Thpt => Tier::Thpt,
            Self::Staff => Tier::Staff,
        }
    }

    pub(crate) const fn of(tier: Tier) -> Self {
        match tier {
            Tier::MamNon => Self::MamNon,
            Tier::TieuHoc => Self::TieuHoc,
            Tier::Thcs => Self::Thcs,
            Tier::Thpt => Self::Thpt,
            Tier::Staff => Self::Staff,
        }
    }
}

/// A mode's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModeId {
    Normal,
    AllowlistOnly,
    Exam,
    OnlineClass,
}

impl ModeId {
    const fn mode(self) -> Mode {
        match self {
            Self::Normal => Mode::Normal,
            Self::AllowlistOnly => Mode::AllowlistOnly,
            Self::Exam => Mode::Exam,
            Self::OnlineClass => Mode::OnlineClass,
        }
    }

    const fn of(mode: Mode) -> Self {
        match mode {
            Mode::Normal => Self::Normal,
            Mode::AllowlistOnly => Self::AllowlistOnly,
            Mode::Exam => Self::Exam,
            Mode::OnlineClass => Self::OnlineClass,
        }
    }
}

/// What a cell gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ActionId {
    Allow,
    Restrict,
    Block,
}

impl ActionId {
    pub(crate) const fn action(self) -> Action {
        match self {
            Self::Allow => Action::Allow,
            Self::Restrict => Action::Restrict,
            Self::Block => Action::Block,
        }
    }

    pub(crate) const fn of(action: Action) -> Self {
        match action {
            Action::Allow => Self::Allow,
            Action::Restrict => Self::Restrict,
            Action::Block => Self::Block,
        }
    }
}

/// A period of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeriodView {
    name: String,
    /// Days of the week, 1 is Monday.
    days: Vec<u8>,
    /// Minutes after midnight; a period whose end is not after its start goes over midnight.
    from: u16,
    to: u16,
    /// Ids of the categories that it closes.
    #[serde(default)]
    closed: Vec<String>,
    /// Whether it closes everything.
    #[serde(default)]
    close_all: bool,
    mode: Option<ModeId>,
}

/// A mode that somebody switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModeView {
    mode: ModeId,
    /// Unix seconds when it ends by itself.
    until: Option<i64>,
}

/// A cell of the table that the group gets otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeView {
    /// The category's id.
    category: String,
    action: ActionId,
}

/// A group to be made, or as it is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupWish {
    name: String,
    tier: TierId,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    macs: Vec<String>,
    #[serde(default)]
    interfaces: Vec<String>,
    #[serde(default)]
    periods: Vec<PeriodView>,
    mode: Option<ModeView>,
    #[serde(default)]
    changes: Vec<ChangeView>,
}

/// A group as administrators see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct GroupView {
    id: u32,
    name: String,
    tier: TierId,
    subnets: Vec<String>,
    macs: Vec<String>,
    interfaces: Vec<String>,
    /// The first characters of its tokens.
    tokens: Vec<String>,
    periods: Vec<PeriodView>,
    mode: Option<ModeView>,
    changes: Vec<ChangeView>,
    version: i64,
}

impl GroupView {
    pub(crate) fn of(at: &GroupAt, book: &Book) -> Self {
        let group = &at.group;
        let id = |category| {
            let info = book.category(category);
            info.map_or_else(|| category.bit().to_string(), |info| info.id.clone())
        };
        let period = |period: &Period| PeriodView {
            name: period.name.clone(),
            days: (0..7)
                .filter(|day| period.days.contains(*day))
                .map(|day| day + 1)
                .collect(),
            from: period.from,
            to: period.to,
            closed: period.closed.iter().map(id).collect(),
            close_all: period.close_all,
            mode: period.mode.map(ModeId::of),
        };
        let change = |change: &CellChange| ChangeView {
            category: id(change.category),
            action: ActionId::of(change.action),
        };
        Self {
            id: group.id.0,
            name: group.name.clone(),
            tier: TierId::of(group.tier),
            subnets: texts(&group.subnets),
            macs: texts(&group.macs),
            interfaces: texts(&group.interfaces),
            tokens: group.tokens.iter().map(|mark| mark.first.clone()).collect(),
            periods: group.timetable.periods.iter().map(period).collect(),
            mode: group.mode.map(|mode| ModeView {
                mode: ModeId::of(mode.mode),
                until: mode.until,
            }),
            changes: group.changes.iter().map(change).collect(),
            version: at.version,
        }
    }
}

fn texts<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

impl GroupWish {
    /// The group, or everything in it that cannot be.
    pub(super) fn group(&self, book: &Book) -> Result<Group, Problem> {
        let mut faults = Vec::new();
        let mut group = Group::new(GroupId(0), &self.name, self.tier.tier());
        group.subnets = parsed(&self.subnets, "subnets", "10.6.0.0/24", &mut faults);
        group.macs = parsed(&self.macs, "macs", "3c:22:fb:0a:b1:9e", &mut faults);
        group.interfaces = parsed(&self.interfaces, "interfaces", "eth0.20", &mut faults);
        let mut category = |field, id: &String| {
            let found = book.category_named(id);
            if found.is_none() {
                let vi = format!("không có thể loại {id:?}");
                let en = format!("there is no category {id:?}");
                faults.push(FieldFault::new(field, "unknown-category", vi, en));
            }
            found
        };
        for change in &self.changes {
            if let Some(category) = category("changes", &change.category) {
                group.changes.push(CellChange {
                    category,
                    action: change.action.action(),
                    by: Authority::School,
                });
            }
        }
        let mut periods = Vec::new();
        for period in &self.periods {
            let closed = period
                .closed
                .iter()
                .filter_map(|id| category("periods", id));
            let closed = closed.collect::<CategorySet>();
            periods.push((period, closed));
        }
        for (period, closed) in periods {
            let days = period.days.iter().all(|day| (1..=7).contains(day));
            if !days {
                let (vi, en) = ("ngày từ 1 (thứ Hai) đến 7", "days are 1 (Monday) to 7");
                faults.push(FieldFault::new("periods", "bad-days", vi, en));
                continue;
            }
            let days = period.days.iter().fold(0, |all, day| all | 1 << (day - 1));
            group.timetable.periods.push(Period {
                name: period.name.clone(),
                days: Days(days),
                from: period.from,
                to: period.to,
                closed,
                close_all: period.close_all,
                mode: period.mode.map(ModeId::mode),
            });
        }
        group.mode = self.mode.map(|mode| ModeSwitch {
            mode: mode.mode.mode(),
            until: mode.until,
            by: Authority::School,
        });
        if faults.is_empty() {
            Ok(group)
        } else {
            Err(Problem::fields(faults))
        }
    }
}

fn parsed<T: std::str::FromStr>(
    texts: &[String],
    field: &'static str,
    example: &str,
    faults: &mut Vec<FieldFault>,
) -> Vec<T> {
    if texts.len() > MOST {
        let (vi, en) = (format!("nhiều nhất {MOST} mục"), format!("at most {MOST}"));
        faults.push(FieldFault::new(field, "too-many", vi, en));
        return Vec::new();
    }
    let mut all = Vec::new();
    for text in texts {
        match text.trim().parse() {
            Ok(value) => all.push(value),
            Err(_) => {
                let vi = format!("{text:?} không hợp lệ; ví dụ đúng: {example}");
                let en = format!("{text:?} is not valid; write such as {example}");
                faults.push(FieldFault::new(field, "bad-form", vi, en));
            }
        }
    }
    all
}

/// Puts the parts that people change; number and tokens stay.
pub(super) fn put(into: &mut Group, from: Group) {
    into.name = from.name;
    into.tier = from.tier;
    into.subnets = from.subnets;
    into.macs = from.macs;
    into.interfaces = from.interfaces;
    into.timetable = Timetable {
        periods: from.timetable.periods,
    };
    into.mode = from.mode;
    into.changes = from.changes;
}
