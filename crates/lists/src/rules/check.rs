//! What must hold between the files of `rules/`, so that what ships cannot contradict itself.

use std::collections::{HashMap, HashSet};

use lachan_policy::book::{Book, BookError};
use lachan_policy::ruleset::ListClass;
use lachan_policy::{Category, Name, Scope};

use super::{Mistake, RuleList, Rules, heuristics};

/// Checks a folder; adds what is wrong.
pub(super) fn check(rules: &Rules, mistakes: &mut Vec<Mistake>) {
    let mut checker = Checker { rules, mistakes };
    checker.book();
    checker.ids();
    checker.repeats();
    checker.public_suffixes();
    checker.open_names_stay_open();
    checker.protected_names_keep_their_category();
    checker.the_garden_is_open();
    checker.bypass_kinds();
    checker.sources();
}

/// An entry and the list it stands in.
type Placed<'r> = (&'r RuleList, &'r (Name, Scope));

struct Checker<'r> {
    rules: &'r Rules,
    mistakes: &'r mut Vec<Mistake>,
}

/// Whether two entries speak of a common name.
fn overlap(a: &(Name, Scope), b: &(Name, Scope)) -> bool {
    let covers = |(upper, scope): &(Name, Scope), (lower, _): &(Name, Scope)| {
        if upper == lower {
            return scope.covers_itself();
        }
        scope.covers_below() && lower.is_within(upper)
    };
    covers(a, b) || covers(b, a)
}

impl<'r> Checker<'r> {
    fn mistake(&mut self, file: &str, problem: String) {
        self.mistakes.push(Mistake {
            file: file.to_owned(),
            problem,
        });
    }

    fn book(&mut self) {
        match Book::new(self.rules.book.clone()) {
            Ok(book) => self.popular_names_are_no_doorways(&book),
            Err(BookError::Heuristics(_)) => {
                for mistake in self.rules.book.heuristics.mistakes() {
                    self.mistake(heuristics::FILE, mistake.to_string());
                }
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                self.mistake(
                    "tiers.toml",
                    format!("{error} {}", cause.unwrap_or_default()),
                );
            }
        }
    }

    /// A pattern that finds a well-known name would find others.
    fn popular_names_are_no_doorways(&mut self, book: &Book) {
        let rules = self.rules;
        let listed: HashSet<Name> = rules
            .lists
            .iter()
            .flat_map(|list| list.entries.iter().map(|(name, _)| *name))
            .collect();
        let heuristics = book.heuristics();
        for name in rules.popular.iter().filter(|name| !listed.contains(name)) {
            if let Some(sign) = heuristics.look(name).doorway {
                let part = sign.part(name);
                self.mistake(
                    heuristics::FILE,
                    format!("{part:?} finds the popular name {name}"),
                );
            }
        }
    }

    fn ids(&mut self) {
        let rules = self.rules;
        let mut seen: HashMap<&str, &str> = HashMap::new();
        for list in &rules.lists {
            if seen.insert(&list.spec.info.id, &list.file).is_some() {
                self.mistake(
                    &list.file,
                    format!("the id {:?} stands twice", list.spec.info.id),
                );
            }
        }
        let sources = rules
            .sources
            .iter()
            .map(|source| &source.id)
            .collect::<Vec<_>>();
        for (index, id) in sources.iter().enumerate() {
            if sources[..index].contains(id) {
                self.mistake("sources.toml", format!("the id {id:?} stands twice"));
            }
        }
    }

    /// A name stands once in a list, and in one only of the lists that say where it belongs.
    fn repeats(&mut self) {
        let rules = self.rules;
        let mut places: HashMap<Name, &str> = HashMap::new();
        for list in &rules.lists {
            let id = &list.spec.info.id;
            let mut own = HashSet::new();
            for (name, _) in &list.entries {
                if !own.insert(name) {
                    self.mistake(&list.file, format!("{name} stands twice in {id}"));
                } else if is_place(list.spec.info.class)
                    && let Some(other) = places.insert(*name, id)
                {
                    self.mistake(&list.file, format!("{name} stands in {id} and in {other}"));
                }
            }
        }
    }

    fn public_suffixes(&mut self) {
        let rules = self.rules;
        let unmarked = |list: &&RuleList| !list.spec.public_suffixes;
        for list in rules.lists.iter().filter(unmarked) {
            let suffixes = list
                .entries
                .iter()
                .filter(|(name, _)| name.label_count() < 2 || name.is_public_suffix());
            for (name, _) in suffixes {
                self.mistake(&list.file, format!("{name} is a public suffix"));
            }
        }
    }

    fn of_class(&self, wanted: impl Fn(ListClass) -> bool) -> Vec<Placed<'r>> {
        let lists = self
            .rules
            .lists
            .iter()
            .filter(|list| wanted(list.spec.info.class));
        lists
            .flat_map(|list| list.entries.iter().map(move |entry| (list, entry)))
            .collect()
    }

    /// Pairs of entries, one of each side, that speak of a common name.
    fn overlaps(
        &self,
        upper: impl Fn(ListClass) -> bool,
        lower: impl Fn(ListClass) -> bool,
    ) -> Vec<[Placed<'r>; 2]> {
        let mut by_registrable: HashMap<Name, Vec<Placed<'r>>> = HashMap::new();
        for entry in self.of_class(upper) {
            by_registrable
                .entry(top(&entry.1.0))
                .or_default()
                .push(entry);
        }
        let mut pairs = Vec::new();
        for entry in self.of_class(lower) {
            let near = by_registrable
                .get(&top(&entry.1.0))
                .map(Vec::as_slice)
                .unwrap_or_default();
            let met = near.iter().filter(|other| overlap(other.1, entry.1));
            pairs.extend(met.map(|other| [*other, entry]));
        }
        pairs
    }

    /// No list that ships closes what is always open, in any tier.
    fn open_names_stay_open(&mut self) {
        let open = |class| matches!(class, ListClass::AlwaysOpen | ListClass::Help);
        let closing = |class| {
            matches!(
                class,
                ListClass::Own | ListClass::Service | ListClass::UnsafeEngine
            )
        };
        for [(list, (name, _)), (other, (against, _))] in self.overlaps(open, closing) {
            if self.is_harmless(other.spec.info.category) && other.spec.info.class == ListClass::Own
            {
                continue;
            }
            let problem = format!(
                "{against} of {} meets {name}, which is always open ({})",
                other.spec.info.id, list.spec.info.id
            );
            self.mistake(&other.file, problem);
        }
    }

    /// A category that no tier closes.
    fn is_harmless(&self, category: Option<Category>) -> bool {
        let Some(category) = category else {
            return false;
        };
        let position = self
            .rules
            .book
            .categories
            .iter()
            .position(|info| info.bit == category);
        let open = |code: &str| code.starts_with('P');
        position.is_some_and(|position| {
            self.rules
                .book
                .tiers
                .iter()
                .all(|tier| tier.cells.get(position).is_some_and(|code| open(code)))
        })
    }

    /// A list's entry does not give a protected name a second category. A service may name its
    /// own hosts below a protected one.
    fn protected_names_keep_their_category(&mut self) {
        let protected = |class| class == ListClass::Protected;
        for [(list, (name, _)), (other, (against, _))] in
            self.overlaps(protected, |class| class == ListClass::Own)
        {
            let (own, given) = (list.spec.info.category, other.spec.info.category);
            if own != given && against == name {
                let problem = format!(
                    "{against} of {} is protected as another category ({})",
                    other.spec.info.id, list.spec.info.id
                );
                self.mistake(&other.file, problem);
            }
        }
    }

    /// What stands in the walled garden is open to the youngest by itself: the mode only closes.
    fn the_garden_is_open(&mut self) {
        let open = &self.rules.book.modes.allowlist_open;
        let opening = |list: &RuleList| match list.spec.info.class {
            ListClass::AlwaysOpen | ListClass::Help => true,
            ListClass::Own | ListClass::Protected => list
                .spec
                .info
                .category
                .is_some_and(|category| open.contains(&category)),
            _ => false,
        };
        let mut covering: HashMap<Name, Vec<(Name, Scope)>> = HashMap::new();
        for list in self.rules.lists.iter().filter(|list| opening(list)) {
            for entry in &list.entries {
                covering.entry(top(&entry.0)).or_default().push(*entry);
            }
        }
        for (list, (name, scope)) in self.of_class(|class| class == ListClass::Garden) {
            let near = covering.get(&top(name)).map(Vec::as_slice);
            let mut near = near.unwrap_or_default().iter();
            let is_open = near.any(|(upper, upper_scope)| {
                let whole = upper_scope.covers_below() || !scope.covers_below();
                let itself = upper_scope.covers_itself() || !scope.covers_itself();
                match upper == name {
                    true => whole && itself,
                    false => upper_scope.covers_below() && name.is_within(upper),
                }
            });
            if !is_open {
                let problem = format!(
                    "{} stands in {}, and no list makes it open to the youngest",
                    scope.entry(name),
                    list.spec.info.id
                );
                self.mistake(&list.file, problem);
            }
        }
    }

    /// What no list can say of a name is no kind of a list.
    fn bypass_kinds(&mut self) {
        let rules = self.rules;
        let lists = rules.lists.iter();
        let of_lists = lists.map(|list| (list.file.as_str(), list.spec.info.bypass));
        let categories = rules.book.categories.iter();
        let of_categories = categories.map(|info| ("categories.toml", info.bypass));
        for (file, kind) in of_lists.chain(of_categories) {
            if let Some(kind) = kind.filter(|kind| !kind.is_of_lists()) {
                self.mistake(
                    file,
                    format!("{} is no kind that a list can have", kind.id()),
                );
            }
        }
    }

    fn sources(&mut self) {
        let rules = self.rules;
        for source in &rules.sources {
            if rules.category(&source.category).is_none() {
                let problem = format!("{}: no category {:?}", source.id, source.category);
                self.mistake("sources.toml", problem);
            }
            if source.format.parse::<crate::formats::Format>().is_err() {
                let problem = format!("{}: no format {:?}", source.id, source.format);
                self.mistake("sources.toml", problem);
            }
            let categories = &rules.book.categories;
            let own = categories.iter().find(|info| info.id == source.category);
            let is_way_round = own.is_some_and(|info| info.bypass.is_some());
            if let Some(kind) = source.bypass
                && !(is_way_round && kind.is_of_lists())
            {
                let problem = format!(
                    "{}: {} is no kind for a list of {}",
                    source.id,
                    kind.id(),
                    source.category
                );
                self.mistake("sources.toml", problem);
            }
            if !source.url.starts_with("https://") {
                self.mistake(
                    "sources.toml",
                    format!("{}: the URL is not https", source.id),
                );
            }
        }
    }
}

/// Lists of which a name may stand in one only.
fn is_place(class: ListClass) -> bool {
    matches!(
        class,
        ListClass::AlwaysOpen | ListClass::Help | ListClass::Protected
    )
}

/// The two last labels: entries that meet share them.
fn top(name: &Name) -> Name {
    let skip = name.label_count().saturating_sub(2);
    name.suffix(name.suffixes().nth(skip).unwrap_or(0))
}
