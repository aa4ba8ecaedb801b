//! Exceptions: what people opened or closed, beside the lists.
//!
//! They live in memory beside the mapped ruleset, not in it, so that a teacher's pass holds the
//! moment she taps it and no list is compiled again (ARCHITECTURE.md, "Where exceptions live").

use std::collections::HashMap;

use crate::category::Category;
use crate::group::GroupId;
use crate::name::{Name, Scope};
use crate::tier::Role;
use crate::time::Moment;

/// What an exception is about.
#[expect(
    clippy::large_enum_variant,
    reason = "there are few exceptions, and most name a host"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A host name.
    Name(Name, Scope),
    /// A service of `rules/services.toml`, by its position there: its switch.
    Service(u16),
    /// A whole category.
    Category(Category),
}

/// A local or department exception, or a lesson pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The number the store gave it.
    pub id: i64,
    /// What it is about.
    pub target: Target,
    /// Opens (`true`) or closes.
    pub allow: bool,
    /// The role that made it; an allow counts only where that role may open.
    pub role: Role,
    /// Who made it, for the reason shown.
    pub author: String,
    /// Why, in that person's words.
    pub reason: String,
    /// The group it holds for; `None` for the whole school.
    pub group: Option<GroupId>,
    /// Unix seconds from which it no longer holds; `None` for no end. A teacher's always ends.
    pub until: Option<i64>,
}

impl Exception {
    /// Whether it holds now, for a group. Without a clock an allow that ends has ended and a
    /// block that ends still holds.
    #[must_use]
    pub fn holds(&self, group: GroupId, at: Option<Moment>) -> bool {
        if self.group.is_some_and(|own| own != group) {
            return false;
        }
        match (self.until, at) {
            (None, _) => true,
            (Some(until), Some(at)) => at.unix < until,
            (Some(_), None) => !self.allow,
        }
    }
}

/// Exceptions, indexed for the one walk a decision makes.
#[derive(Debug, Clone, Default)]
pub struct Exceptions {
    all: Vec<Exception>,
    by_name: HashMap<Name, Vec<u32>>,
    wide: Vec<u32>,
}

impl Exceptions {
    /// Indexes them.
    #[must_use]
    pub fn new(all: Vec<Exception>) -> Self {
        let mut by_name: HashMap<Name, Vec<u32>> = HashMap::new();
        let mut wide = Vec::new();
        for (index, exception) in (0u32..).zip(&all) {
            match exception.target {
                Target::Name(name, _) => by_name.entry(name).or_default().push(index),
                Target::Service(_) | Target::Category(_) => wide.push(index),
            }
        }
        Self { all, by_name, wide }
    }

    /// All of them, in the order given.
    #[must_use]
    pub fn all(&self) -> &[Exception] {
        &self.all
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those that cover the name by name, longest first, each with the wire length of its name.
    pub fn covering(&self, name: &Name) -> impl Iterator<Item = (usize, u32, &Exception)> {
        let starts = if self.by_name.is_empty() {
            None
        } else {
            Some(name.suffixes())
        };
        let name = *name;
        starts.into_iter().flatten().flat_map(move |start| {
            let suffix = if start == 0 { name } else { name.suffix(start) };
            let length = suffix.as_wire().len();
            let found = self
                .by_name
                .get(&suffix)
                .map(Vec::as_slice)
                .unwrap_or_default();
            found.iter().filter_map(move |index| {
                let exception = &self.all[*index as usize];
                let Target::Name(_, scope) = exception.target else {
                    return None;
                };
                let covers = if start == 0 {
                    scope.covers_itself()
                } else {
                    scope.covers_below()
                };
                covers.then_some((length, *index, exception))
            })
        })
    }

    /// Those about a service or a category.
    pub fn wide(&self) -> impl Iterator<Item = (u32, &Exception)> {
        self.wide
            .iter()
            .map(|index| (*index, &self.all[*index as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_text(text).unwrap()
    }

    fn exception(entry: &str) -> Exception {
        let (name, scope) = Scope::parse_entry(entry).unwrap();
        Exception {
            id: 1,
            target: Target::Name(name, scope),
            allow: true,
            role: Role::School,
            author: "a".into(),
            reason: "r".into(),
            group: None,
            until: None,
        }
    }

    #[test]
    fn scopes_cover_what_they_say() {
        let set = Exceptions::new(
            ["a.vn", "=b.a.vn", "*.b.a.vn", "x.vn"]
                .map(exception)
                .to_vec(),
        );
        let found = |text: &str| {
            set.covering(&name(text))
                .map(|(_, index, _)| index)
                .collect::<Vec<_>>()
        };
        assert_eq!(found("a.vn"), [0]);
        assert_eq!(found("b.a.vn"), [1, 0]);
        assert_eq!(found("c.b.a.vn"), [2, 0]);
        assert_eq!(found("vn"), [] as [u32; 0]);
    }

    #[test]
    fn ends_are_kept_and_an_unknown_clock_is_safe() {
        let at = |unix| {
            Some(Moment {
                unix,
                weekday: 0,
                minute: 0,
            })
        };
        let mut pass = exception("a.vn");
        pass.until = Some(100);
        pass.group = Some(GroupId(7));
        assert!(pass.holds(GroupId(7), at(99)));
        assert!(!pass.holds(GroupId(7), at(100)));
        assert!(!pass.holds(GroupId(8), at(99)));
        assert!(!pass.holds(GroupId(7), None));
        pass.allow = false;
        assert!(pass.holds(GroupId(7), None));
    }
}
