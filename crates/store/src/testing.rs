//! Fixtures that several test modules share.

use lachan_policy::{Action, Category, GroupId, Level, Moment, Name, Role, Rule, Tier, Verdict};

use crate::buffer::{Row, When};
use crate::{Act, Asked, Cell, Channel, Source};

/// Monday 2026-11-23, 08:30 in Vietnam.
pub(crate) const NOW: i64 = 1_795_397_400;

pub(crate) fn moment(unix: i64) -> Moment {
    Moment::from_unix(unix, 7 * 3600)
}

pub(crate) fn act() -> Act {
    Act {
        author: "thay-nam".into(),
        role: Role::School,
        at: Some(NOW),
    }
}

/// A plain block of gambling.
pub(crate) fn block() -> Verdict {
    Verdict {
        action: Action::Block,
        level: Level::Tier,
        category: Category::new(4),
        list: None,
        rule: Rule::Cell,
        tier: Tier::Thcs,
        alert: false,
        no_name: false,
        no_log: false,
        safe_form: None,
    }
}

pub(crate) fn asked(name: &Name) -> Asked<'_> {
    Asked {
        name,
        behind: None,
        client: [10, 0, 0, 1].into(),
        group: GroupId(1),
        channel: Channel::Dns,
        source: Source::List("base/gambling".into()),
        at: Some(moment(NOW)),
    }
}

pub(crate) fn row(when: When, name: &str, device: u64) -> Row {
    Row {
        when,
        group: GroupId(1),
        tier: Tier::Thcs,
        category: Category::new(4),
        channel: Channel::Dns,
        source: Source::List("base/gambling".into()),
        name: Some(name.into()),
        behind: None,
        device: Some(device),
    }
}

pub(crate) fn cell() -> Cell {
    Cell {
        tier: Tier::Thcs,
        category: Category::new(4),
        action: Action::Block,
        channel: Channel::Dns,
    }
}
