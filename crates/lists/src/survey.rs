//! What a new ruleset would newly block of the names that people really use.

use lachan_policy::ruleset::{ListClass, ListId, Ruleset, SideFlags};
use lachan_policy::{CategorySet, Name, Tier};

/// A well-known name that an imported list closes in some tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newly {
    /// The name.
    pub name: Name,
    /// The list whose entry closes it.
    pub list: ListId,
    /// The entry: the name or one above it.
    pub entry: Name,
    /// Whether it is a Vietnamese name (`.vn`).
    pub vietnamese: bool,
}

/// The well-known names that imported lists of `new` close in any tier and `old` does not.
/// Protected and always-open names are never among them: an imported list cannot close them.
pub fn newly_blocked(
    new: &Ruleset,
    old: Option<&Ruleset>,
    names: impl IntoIterator<Item = Name>,
) -> Vec<Newly> {
    let blocked = names.into_iter().filter_map(|name| {
        let (list, entry) = imported_block(new, &name)?;
        let before = old.is_some_and(|old| imported_block(old, &name).is_some());
        let vietnamese = name.labels().last() == Some(b"vn".as_slice());
        (!before).then_some(Newly {
            name,
            list,
            entry,
            vietnamese,
        })
    });
    blocked.collect()
}

/// The first imported list that gives the name a category some tier closes.
fn imported_block(ruleset: &Ruleset, name: &Name) -> Option<(ListId, Name)> {
    let open = SideFlags::PROTECTED
        .with(SideFlags::ALWAYS_OPEN)
        .with(SideFlags::HELP);
    let walk = ruleset.walk(name);
    let sides = walk
        .hits()
        .iter()
        .map(|hit| (hit, ruleset.side(hit.row, hit.is_above())));
    let sides = sides.collect::<Vec<_>>();
    if sides.iter().any(|(_, side)| side.flags.has(open)) {
        return None;
    }
    let closed = Tier::ALL.iter().fold(CategorySet::EMPTY, |set, tier| {
        set.union(ruleset.book().masks(*tier).block)
    });
    let (hit, side) = sides.iter().find(|(_, side)| side.imported.meets(closed))?;
    let category = side.imported.intersection(closed).first()?;
    let list = ruleset.source_where(hit.row, hit.is_above(), |list| {
        list.class == ListClass::Imported && list.category == Some(category)
    })?;
    Some((list, name.suffix(usize::from(hit.start))))
}
