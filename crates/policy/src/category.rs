//! Categories: what content is, as bits.
//!
//! A name carries a [`CategorySet`]; a tier is a mask over it, so the cost of a decision does not
//! grow with the number of categories, lists or tiers. Bits are assigned once in
//! `rules/categories.toml` and never reused.

use serde::{Deserialize, Serialize};

/// One category, by its bit (0..128).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Category(u8);

/// A bit that no category can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("category bit {0} is not below 128")]
pub struct BadBit(pub u8);

impl TryFrom<u8> for Category {
    type Error = BadBit;
    fn try_from(bit: u8) -> Result<Self, BadBit> {
        Self::new(bit).ok_or(BadBit(bit))
    }
}

impl From<Category> for u8 {
    fn from(category: Category) -> Self {
        category.0
    }
}

impl Category {
    /// How many categories there is room for.
    pub const LIMIT: u8 = 128;

    /// The category of a bit; `None` from 128 on.
    #[must_use]
    pub const fn new(bit: u8) -> Option<Self> {
        if bit < Self::LIMIT {
            Some(Self(bit))
        } else {
            None
        }
    }

    /// The bit, 0 to 127.
    #[must_use]
    pub const fn bit(self) -> u8 {
        self.0
    }
}

/// A set of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct CategorySet(u128);

impl CategorySet {
    /// No category.
    pub const EMPTY: Self = Self(0);

    /// The set with these bits.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The bits, category 0 lowest.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The set of one category.
    #[must_use]
    pub const fn of(category: Category) -> Self {
        Self(1 << category.0)
    }

    /// Whether no category is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the category is in it.
    #[must_use]
    pub const fn contains(self, category: Category) -> bool {
        self.0 >> category.0 & 1 == 1
    }

    /// Categories in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Categories in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Categories of `self` that `other` lacks.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether any category is in both.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The lowest category, by which a verdict names its reason when several match: the table of
    /// `rules/categories.toml` runs from the gravest to the mildest.
    #[must_use]
    pub fn first(self) -> Option<Category> {
        u8::try_from(self.0.trailing_zeros())
            .ok()
            .and_then(Category::new)
    }

    /// All categories, lowest bit first.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        (0..Category::LIMIT)
            .map(Category)
            .filter(move |category| self.contains(*category))
    }
}

impl FromIterator<Category> for CategorySet {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        categories
            .into_iter()
            .fold(Self::EMPTY, |set, category| set.union(Self::of(category)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_as_sets() {
        let [a, b, z] = [0, 5, 127].map(|bit| Category::new(bit).unwrap());
        let set: CategorySet = [b, z].into_iter().collect();
        assert!(set.contains(b) && set.contains(z) && !set.contains(a));
        assert_eq!(set.first(), Some(b));
        assert_eq!(set.iter().collect::<Vec<_>>(), [b, z]);
        assert!(set.meets(CategorySet::of(z)) && !set.meets(CategorySet::of(a)));
        assert_eq!(set.without(CategorySet::of(b)), CategorySet::of(z));
        assert_eq!(CategorySet::EMPTY.first(), None);
        assert_eq!(Category::new(128), None);
    }
}
