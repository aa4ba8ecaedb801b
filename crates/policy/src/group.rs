//! Groups of devices with their rules. Which group a device belongs to is [`crate::Groups`]' affair.

use crate::category::Category;
use crate::mode::Mode;
use crate::subnet::Subnet;
use crate::tier::{Action, Masks, Role, Tier};
use crate::time::{Moment, Timetable};
use crate::token::TokenMark;
use crate::who::{InterfaceName, Mac};

/// A group's number, as the store gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// A set of devices with one tier and its own rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The number exceptions name it by.
    pub id: GroupId,
    /// What people call it: "lop-6a", "phong-tin".
    pub name: String,
    /// Its age tier.
    pub tier: Tier,
    /// Its subnets.
    pub subnets: Vec<Subnet>,
    /// Single devices.
    pub macs: Vec<Mac>,
    /// Interfaces and VLANs whose devices are all its own.
    pub interfaces: Vec<InterfaceName>,
    /// Tokens its managed devices show.
    pub tokens: Vec<TokenMark>,
    /// Its week.
    pub timetable: Timetable,
    /// A mode somebody switched on, if any.
    pub mode: Option<ModeSwitch>,
    /// The school's changes of its tier's cells; those its role may not make are left out.
    pub changes: Vec<CellChange>,
}

/// A mode switched on by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModeSwitch {
    /// The mode.
    pub mode: Mode,
    /// Unix seconds when it ends by itself; `None` until somebody ends it.
    pub until: Option<i64>,
    /// Who switched it on.
    pub by: Role,
}

impl ModeSwitch {
    /// Whether it still holds; without a clock it does.
    #[must_use]
    pub fn holds(&self, at: Option<Moment>) -> bool {
        match (self.until, at) {
            (Some(until), Some(at)) => at.unix < until,
            _ => true,
        }
    }
}

/// A school's change of one cell of the table, for one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellChange {
    /// The cell's category.
    pub category: Category,
    /// What the group gets instead.
    pub action: Action,
    /// Who changed it.
    pub by: Role,
}

impl Group {
    /// A group with its tier's table as it is.
    #[must_use]
    pub fn new(id: GroupId, name: &str, tier: Tier) -> Self {
        Self {
            id,
            name: name.to_owned(),
            tier,
            subnets: Vec::new(),
            macs: Vec::new(),
            interfaces: Vec::new(),
            tokens: Vec::new(),
            timetable: Timetable::default(),
            mode: None,
            changes: Vec::new(),
        }
    }

    /// The tier's masks with the group's changes.
    #[must_use]
    pub fn masks(&self, tier: &Masks) -> Masks {
        let mut masks = *tier;
        for change in &self.changes {
            masks.change(change.category, change.action, change.by);
        }
        masks
    }
}
