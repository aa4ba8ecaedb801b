//! Age tiers and their tables: action × lock × flags per category, compiled to masks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::category::{Category, CategorySet};

/// An age tier (cấp). The five of Vietnam's schools; what each gets is data (`rules/tiers.toml`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Nursery and kindergarten, 3 to 6.
    MamNon,
    /// Primary school, 6 to 11.
    TieuHoc,
    /// Lower secondary, 11 to 15.
    Thcs,
    /// Upper secondary, 15 to 18.
    Thpt,
    /// Teachers and staff.
    Staff,
}

impl Tier {
    /// All tiers, youngest first.
    pub const ALL: [Self; 5] = [
        Self::MamNon,
        Self::TieuHoc,
        Self::Thcs,
        Self::Thpt,
        Self::Staff,
    ];

    /// The id used in files, on the command line and in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::MamNon => "mam-non",
            Self::TieuHoc => "tieu-hoc",
            Self::Thcs => "thcs",
            Self::Thpt => "thpt",
            Self::Staff => "staff",
        }
    }

    /// Position in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// A text that names no tier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no tier; use mam-non, tieu-hoc, thcs, thpt or staff")]
pub struct UnknownTier(pub String);

impl FromStr for Tier {
    type Err = UnknownTier;
    fn from_str(text: &str) -> Result<Self, UnknownTier> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.id() == text)
            .ok_or_else(|| UnknownTier(text.to_owned()))
    }
}

/// What happens to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Open.
    Allow,
    /// Open in its safe form (safe search, restricted video, scanned page).
    Restrict,
    /// Closed.
    Block,
}

impl Action {
    /// The id used in files and in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Restrict => "restrict",
            Self::Block => "block",
        }
    }
}

/// Who acts. Also the lock of a cell: who at least may open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A teacher, for her group and lesson.
    Teacher,
    /// The school's administrator.
    School,
    /// The department (Sở GD&ĐT), through the hub.
    Department,
}

impl Role {
    /// The id used in files and in the API.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Teacher => "teacher",
            Self::School => "school",
            Self::Department => "department",
        }
    }
}

/// One cell of the table tier × category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// What the tier gets.
    pub action: Action,
    /// Who at least may change or open it.
    pub lock: Role,
    /// The counsellor is told, blocked or not.
    pub alert: bool,
    /// The log keeps the category, not the name.
    pub no_name: bool,
}

/// A code of `rules/tiers.toml` that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no cell; use K, C, G, L or P, then +A (alert) and +N (no name)")]
pub struct BadCell(pub String);

impl FromStr for Cell {
    type Err = BadCell;

    /// Reads the codes of `reference/tiers.md`: K block by the department, C block by the school,
    /// G block that a teacher may open, L restricted, P open; `+A` alert, `+N` no name.
    fn from_str(text: &str) -> Result<Self, BadCell> {
        let bad = || BadCell(text.to_owned());
        let mut parts = text.split('+');
        let (action, lock) = match parts.next() {
            Some("K") => (Action::Block, Role::Department),
            Some("C") => (Action::Block, Role::School),
            Some("G") => (Action::Block, Role::Teacher),
            Some("L") => (Action::Restrict, Role::School),
            Some("P") => (Action::Allow, Role::School),
            _ => return Err(bad()),
        };
        let mut cell = Self {
            action,
            lock,
            alert: false,
            no_name: false,
        };
        for flag in parts {
            match flag {
                "A" if !cell.alert => cell.alert = true,
                "N" if !cell.no_name => cell.no_name = true,
                _ => return Err(bad()),
            }
        }
        Ok(cell)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match (self.action, self.lock) {
            (Action::Block, Role::Department) => "K",
            (Action::Block, Role::School) => "C",
            (Action::Block, Role::Teacher) => "G",
            (Action::Restrict, _) => "L",
            (Action::Allow, _) => "P",
        };
        f.write_str(letter)?;
        f.write_str(if self.alert { "+A" } else { "" })?;
        f.write_str(if self.no_name { "+N" } else { "" })
    }
}

/// A tier's column of the table, as masks over the category bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Masks {
    /// Cells that block.
    pub block: CategorySet,
    /// Cells that restrict.
    pub restrict: CategorySet,
    /// Cells that only the department opens.
    pub department: CategorySet,
    /// Cells that the school (or the department) opens.
    pub school: CategorySet,
    /// Cells that tell the counsellor.
    pub alert: CategorySet,
    /// Cells whose names are not logged.
    pub no_name: CategorySet,
}

impl Masks {
    /// Sets one cell.
    pub fn set(&mut self, category: Category, cell: Cell) {
        let bit = CategorySet::of(category);
        let put = |mask: &mut CategorySet, on: bool| {
            *mask = if on {
                mask.union(bit)
            } else {
                mask.without(bit)
            };
        };
        put(&mut self.block, cell.action == Action::Block);
        put(&mut self.restrict, cell.action == Action::Restrict);
        put(&mut self.department, cell.lock == Role::Department);
        put(&mut self.school, cell.lock == Role::School);
        put(&mut self.alert, cell.alert);
        put(&mut self.no_name, cell.no_name);
    }

    /// Reads one cell back.
    #[must_use]
    pub fn cell(&self, category: Category) -> Cell {
        Cell {
            action: self.action(CategorySet::of(category)),
            lock: self.lock(CategorySet::of(category)),
            alert: self.alert.contains(category),
            no_name: self.no_name.contains(category),
        }
    }

    /// The strongest action any of these categories gets.
    #[must_use]
    pub fn action(&self, categories: CategorySet) -> Action {
        if categories.meets(self.block) {
            Action::Block
        } else if categories.meets(self.restrict) {
            Action::Restrict
        } else {
            Action::Allow
        }
    }

    /// The highest lock on any of these categories' cells.
    #[must_use]
    pub fn lock(&self, categories: CategorySet) -> Role {
        if categories.meets(self.department) {
            Role::Department
        } else if categories.meets(self.school) {
            Role::School
        } else {
            Role::Teacher
        }
    }

    /// Applies the school's change of one cell's action. A cell that the role may not open stays
    /// as it is; anybody who may change cells may close more. Says whether it was applied.
    pub fn change(&mut self, category: Category, action: Action, by: Role) -> bool {
        let cell = self.cell(category);
        if action < cell.action && by < cell.lock {
            return false;
        }
        self.set(category, Cell { action, ..cell });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_codes_round_trip() {
        for code in ["K+A+N", "K", "C", "C+A", "C+N", "G", "L", "P", "P+N"] {
            assert_eq!(code.parse::<Cell>().unwrap().to_string(), code);
        }
        for bad in ["", "X", "K+", "K+A+A", "K+B", "KA", "k"] {
            assert!(bad.parse::<Cell>().is_err(), "{bad}");
        }
    }

    #[test]
    fn masks_give_back_the_cells_they_were_set_from() {
        let mut masks = Masks::default();
        let codes = ["K+A+N", "C", "G", "L", "P+N"];
        for (bit, code) in (0..).zip(codes) {
            masks.set(Category::new(bit).unwrap(), code.parse().unwrap());
        }
        for (bit, code) in (0..).zip(codes) {
            assert_eq!(masks.cell(Category::new(bit).unwrap()).to_string(), code);
        }
    }

    #[test]
    fn a_school_cannot_open_a_department_cell_but_may_close_any() {
        let mut masks = Masks::default();
        let [locked, own, open] = [0, 1, 2].map(|bit| Category::new(bit).unwrap());
        masks.set(locked, "K".parse().unwrap());
        masks.set(own, "C".parse().unwrap());
        masks.set(open, "P".parse().unwrap());
        assert!(!masks.change(locked, Action::Allow, Role::School));
        assert!(!masks.change(own, Action::Allow, Role::Teacher));
        assert!(masks.change(own, Action::Allow, Role::School));
        assert!(masks.change(open, Action::Block, Role::School));
        assert_eq!(masks.block, [locked, open].into_iter().collect());
    }

    #[test]
    fn tiers_are_found_by_id() {
        for tier in Tier::ALL {
            assert_eq!(tier.id().parse(), Ok(tier));
        }
        assert!("THCS".parse::<Tier>().is_err());
    }
}
