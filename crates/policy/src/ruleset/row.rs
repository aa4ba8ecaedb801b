//! Lists, and rows: what all lists together say of the names that share a row.

use serde::{Deserialize, Serialize};

use super::numbers::{u32_at, u128_at};
use crate::bypass::BypassKind;
use crate::category::{Category, CategorySet};
use crate::name::Scope;

/// Size of a row.
pub const ROW: usize = 128;

/// What kind of list an entry comes from; decides at which level of the precedence it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListClass {
    /// A public list somebody subscribed to: never blocks a protected name.
    Imported,
    /// The project's or department's own list.
    Own,
    /// A list by decision of an authority, with its number and end.
    Statutory,
    /// Names that only a statutory block closes.
    AlwaysOpen,
    /// Help lines: always open, never logged.
    Help,
    /// Names that no imported list closes.
    Protected,
    /// The names of a service; `param` is its position in the book.
    Service,
    /// The exam allowlist.
    Exam,
    /// The conference tools of an online class.
    OnlineClass,
    /// The walled garden: all that stays open for the youngest in allowlist-only mode.
    Garden,
    /// A department correction: strikes its category off the names.
    Correction,
    /// Hosts of an engine with a safe form; `param` is its position in the book.
    SafeSearch,
    /// Search engines without a safe form.
    UnsafeEngine,
    /// Sealed entries.
    Sealed,
}

/// One list of a ruleset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListInfo {
    /// Its id, unique in the ruleset: `base/gambling`, `hostsvn-gambling`.
    pub id: String,
    /// Its class.
    pub class: ListClass,
    /// The category its entries give; for a correction, the one it strikes.
    pub category: Option<Category>,
    /// See [`ListClass`].
    #[serde(default)]
    pub param: u16,
    /// Which way round the filter its entries are, where they are one. None in older rulesets.
    #[serde(default)]
    pub bypass: Option<BypassKind>,
    /// Where it comes from, or the decision it carries out.
    #[serde(default)]
    pub source: String,
    /// Its licence.
    #[serde(default)]
    pub licence: String,
    /// How many entries it gave.
    #[serde(default)]
    pub entries: u64,
    /// How many lines were refused.
    #[serde(default)]
    pub refused: u64,
}

/// One list behind a row, and the scope of its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRef {
    /// Position of the list.
    pub list: u16,
    /// What the entry covers.
    pub scope: Scope,
}

impl SourceRef {
    /// The stored form.
    #[must_use]
    pub fn to_number(self) -> u32 {
        let scope = match self.scope {
            Scope::Suffix => 0,
            Scope::Exact => 1,
            Scope::Below => 2,
        };
        u32::from(self.list) | scope << 16
    }

    /// Reads the stored form; an unknown scope reads as the narrowest.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        let scope = match number >> 16 {
            0 => Scope::Suffix,
            2 => Scope::Below,
            _ => Scope::Exact,
        };
        Self {
            list: (number & 0xFFFF) as u16,
            scope,
        }
    }
}

/// What the lists of a row say beyond categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SideFlags(pub u32);

impl SideFlags {
    /// A help line.
    pub const HELP: Self = Self(1);
    /// A statutory block.
    pub const STATUTORY: Self = Self(1 << 1);
    /// Always open.
    pub const ALWAYS_OPEN: Self = Self(1 << 2);
    /// Protected from imported lists.
    pub const PROTECTED: Self = Self(1 << 3);
    /// Belongs to a service.
    pub const SERVICE: Self = Self(1 << 4);
    /// On the exam allowlist.
    pub const EXAM: Self = Self(1 << 5);
    /// On the online class's list.
    pub const ONLINE_CLASS: Self = Self(1 << 6);
    /// Has a safe form.
    pub const SAFE_FORM: Self = Self(1 << 7);
    /// A search engine without a safe form.
    pub const UNSAFE_ENGINE: Self = Self(1 << 8);
    /// Stands in the walled garden.
    pub const GARDEN: Self = Self(1 << 9);

    /// The flag a list class sets.
    #[must_use]
    pub const fn of(class: ListClass) -> Self {
        match class {
            ListClass::Help => Self::HELP,
            ListClass::Statutory => Self::STATUTORY,
            ListClass::AlwaysOpen => Self::ALWAYS_OPEN,
            ListClass::Protected => Self::PROTECTED,
            ListClass::Service => Self::SERVICE,
            ListClass::Exam => Self::EXAM,
            ListClass::OnlineClass => Self::ONLINE_CLASS,
            ListClass::SafeSearch => Self::SAFE_FORM,
            ListClass::UnsafeEngine => Self::UNSAFE_ENGINE,
            ListClass::Garden => Self::GARDEN,
            ListClass::Imported | ListClass::Own | ListClass::Correction | ListClass::Sealed => {
                Self(0)
            }
        }
    }

    /// Whether any of `other`'s flags is set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a row says of the name itself, or of what lies below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Side {
    /// Categories from own lists, services, protected groups.
    pub own: CategorySet,
    /// Categories that only imported lists give.
    pub imported: CategorySet,
    /// Categories a department correction strikes.
    pub struck: CategorySet,
    /// The rest.
    pub flags: SideFlags,
}

/// A row: both sides and the lists behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// For the name itself.
    pub at: Side,
    /// For what lies below.
    pub below: Side,
    /// First of its sources, counted in [`SourceRef`]s.
    pub sources_from: u32,
    /// How many.
    pub sources_count: u32,
}

impl Side {
    const SIZE: usize = 52;

    fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..16].copy_from_slice(&self.own.bits().to_le_bytes());
        bytes[16..32].copy_from_slice(&self.imported.bits().to_le_bytes());
        bytes[32..48].copy_from_slice(&self.struck.bits().to_le_bytes());
        bytes[48..].copy_from_slice(&self.flags.0.to_le_bytes());
        bytes
    }

    /// Reads one side out of a row's bytes.
    pub(super) fn from_row(row: &[u8], below: bool) -> Self {
        let at = if below { 64 } else { 0 };
        Self {
            own: CategorySet::from_bits(u128_at(row, at)),
            imported: CategorySet::from_bits(u128_at(row, at + 16)),
            struck: CategorySet::from_bits(u128_at(row, at + 32)),
            flags: SideFlags(u32_at(row, at + 48)),
        }
    }

    /// Adds what an entry of a list says.
    pub fn add(&mut self, list: &ListInfo) {
        let category = list.category.map_or(CategorySet::EMPTY, CategorySet::of);
        match list.class {
            ListClass::Correction => self.struck = self.struck.union(category),
            ListClass::Imported => self.imported = self.imported.union(category),
            _ => self.own = self.own.union(category),
        }
        self.flags = self.flags.with(SideFlags::of(list.class));
    }
}

impl Row {
    /// The row that these sources make.
    #[must_use]
    pub fn of(sources: &[SourceRef], lists: &[ListInfo]) -> Self {
        let mut row = Self::default();
        for source in sources {
            let Some(list) = lists.get(usize::from(source.list)) else {
                continue;
            };
            if source.scope.covers_itself() {
                row.at.add(list);
            }
            if source.scope.covers_below() {
                row.below.add(list);
            }
        }
        row
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; ROW] {
        let mut bytes = [0; ROW];
        bytes[..Side::SIZE].copy_from_slice(&self.at.to_bytes());
        bytes[52..56].copy_from_slice(&self.sources_from.to_le_bytes());
        bytes[56..60].copy_from_slice(&self.sources_count.to_le_bytes());
        bytes[64..64 + Side::SIZE].copy_from_slice(&self.below.to_bytes());
        bytes
    }

    /// First source and count, out of a row's bytes.
    pub(super) fn sources_of(row: &[u8]) -> (usize, usize) {
        (u32_at(row, 52) as usize, u32_at(row, 56) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_say_what_their_lists_say() {
        let list = |class, bit| ListInfo {
            id: String::new(),
            class,
            category: Category::new(bit),
            bypass: None,
            param: 0,
            source: String::new(),
            licence: String::new(),
            entries: 0,
            refused: 0,
        };
        let lists = [list(ListClass::Imported, 3), list(ListClass::Protected, 7)];
        let sources = [
            SourceRef {
                list: 0,
                scope: Scope::Suffix,
            },
            SourceRef {
                list: 1,
                scope: Scope::Exact,
            },
        ];
        let row = Row::of(&sources, &lists);
        assert_eq!(row.at.imported.bits(), 1 << 3);
        assert_eq!(row.at.own.bits(), 1 << 7);
        assert!(row.at.flags.has(SideFlags::PROTECTED));
        assert_eq!(row.below.own, CategorySet::EMPTY);
        let bytes = row.to_bytes();
        assert_eq!(Side::from_row(&bytes, false), row.at);
        assert_eq!(Side::from_row(&bytes, true), row.below);
        for source in sources {
            assert_eq!(SourceRef::from_number(source.to_number()), source);
        }
    }
}
