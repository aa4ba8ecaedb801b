//! What is known of a name before the levels are asked: its listed suffixes, the categories that
//! remain after the corrections, the mode and the safe form; and verdicts made of that.

use crate::book::Strictness;
use crate::category::{Category, CategorySet};
use crate::group::Group;
use crate::mode::Mode;
use crate::name::Name;
use crate::ruleset::{
    Hit, ListClass, ListId, ListInfo, MAX_DEPTH, NameHash, Side, SideFlags, Walk,
};
use crate::tier::{Action, Masks};
use crate::time::Moment;
use crate::verdict::{Level, Rule, Step, Trace, Verdict};

use super::guessed::Guessed;
use super::unsuspected::Unsuspected;
use super::{Ask, Policy};

/// What is known of a name before the levels are asked.
pub(super) struct Evidence<'p> {
    pub(super) policy: &'p Policy,
    pub(super) name: &'p Name,
    pub(super) group: &'p Group,
    pub(super) masks: &'p Masks,
    pub(super) at: Option<Moment>,
    pub(super) walk: &'p Walk,
    /// Flags of all hits together.
    pub(super) flags: SideFlags,
    /// By hit: its flags.
    pub(super) hit_flags: [SideFlags; MAX_DEPTH],
    /// By hit: its categories after the corrections.
    pub(super) categories: [CategorySet; MAX_DEPTH],
    /// All of them.
    pub(super) listed: CategorySet,
    /// With what was found otherwise; `uncategorised` when there is nothing.
    pub(super) all: CategorySet,
    /// Those of the longest entry that has any: they decide at the tier's level.
    pub(super) nearest: CategorySet,
    /// The hit they come from.
    pub(super) nearest_hit: Option<usize>,
    /// What is guessed of a name that no list knows.
    pub(super) guessed: Guessed,
    pub(super) mode: Mode,
    pub(super) safe_form: Option<u16>,
    /// What a department correction struck off the name.
    struck: CategorySet,
    /// An address the name stands for, or a URL of it, where one is asked about.
    extra: Option<Extra>,
}

/// Where the lists say something beside the name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beside {
    /// In a row: of an address, or of a prefix of a URL.
    Row(u32),
    /// A list whose expression fits a URL.
    List(ListId),
}

/// What the lists say of an address or a URL.
#[derive(Debug, Clone, Copy)]
struct Extra {
    beside: Beside,
    /// The rule that decides, if this does.
    rule: Rule,
    flags: SideFlags,
    /// Its categories after the corrections.
    categories: CategorySet,
}

impl<'p> Evidence<'p> {
    pub(super) fn gather<'a: 'p, T: Trace>(
        policy: &'p Policy,
        ask: &Ask<'a>,
        walk: &'p Walk,
        memory: Option<(NameHash, &mut Unsuspected)>,
        trace: &mut T,
    ) -> Self {
        let group = &policy.groups.all()[ask.group];
        let mut evidence = Self {
            policy,
            name: ask.name,
            group,
            masks: &policy.masks[ask.group],
            at: ask.at,
            walk,
            flags: SideFlags::default(),
            hit_flags: [SideFlags::default(); MAX_DEPTH],
            categories: [CategorySet::EMPTY; MAX_DEPTH],
            listed: CategorySet::EMPTY,
            all: CategorySet::EMPTY,
            nearest: ask.found,
            nearest_hit: None,
            guessed: Guessed::default(),
            mode: mode_of(group, ask.at),
            safe_form: None,
            struck: CategorySet::EMPTY,
            extra: None,
        };
        if !evidence.correct(trace) {
            evidence.guess_once(memory, trace);
        }
        evidence.all = evidence
            .listed
            .union(ask.found)
            .union(evidence.guessed.soft);
        if evidence.all.is_empty() && !ask.name.is_infrastructure() {
            evidence.all = CategorySet::of(policy.ruleset.book().uncategorised());
            evidence.nearest = evidence.all;
        }
        evidence.safe_form = evidence.find_safe_form();
        evidence
    }

    /// The two corrections, and the categories that remain. Says whether any list knows the name.
    fn correct<T: Trace>(&mut self, trace: &mut T) -> bool {
        // Each row is read twice, which costs less than a place for as many as there could be.
        let ruleset = &self.policy.ruleset;
        let side = |hit: &Hit| ruleset.side(hit.row, hit.is_above());
        let walk = self.walk;
        let mut struck = CategorySet::EMPTY;
        let mut is_known = false;
        for (hit, flags) in walk.hits().iter().zip(&mut self.hit_flags) {
            let side = side(hit);
            *flags = side.flags;
            self.flags = self.flags.with(side.flags);
            struck = struck.union(side.struck);
            is_known |= side != Side::default();
        }
        let protected = self.flags.has(SideFlags::PROTECTED);
        for (index, hit) in walk.hits().iter().enumerate() {
            let side = side(hit);
            let imported = if protected {
                CategorySet::EMPTY
            } else {
                side.imported
            };
            let categories = side.own.union(imported).without(struck);
            if T::WANTED {
                self.explain(hit, &side, struck, trace);
            }
            self.categories[index] = categories;
            if self.nearest_hit.is_none() && !categories.is_empty() {
                self.nearest_hit = Some(index);
                self.nearest = self.nearest.union(categories);
            }
            self.listed = self.listed.union(categories);
        }
        self.struck = struck;
        is_known
    }

    /// Adds what the lists say of an address or a URL. The corrections hold for it, too: of one
    /// that belongs to a protected name only own lists count, and what was struck off the name is
    /// struck off here. What is itself always open says nothing but what a statute says.
    pub(super) fn add(&mut self, beside: Beside, rule: Rule) {
        let side = self.side_of(beside);
        let shielded = self.flags.with(side.flags).has(SideFlags::PROTECTED);
        let imported = if shielded {
            CategorySet::EMPTY
        } else {
            side.imported
        };
        let categories = if side.flags.has(SideFlags::HELP.with(SideFlags::ALWAYS_OPEN)) {
            CategorySet::EMPTY
        } else {
            let struck = self.struck.union(side.struck);
            side.own.union(imported).without(struck)
        };
        self.listed = self.listed.union(categories);
        self.all = self.all.union(categories);
        self.nearest = self.nearest.union(categories);
        self.extra = Some(Extra {
            beside,
            rule,
            flags: side.flags,
            categories,
        });
    }

    /// Adds what an entry of a list that is not in the ruleset would say: one that is to be imported, with a
    /// category, for the suffix of the name that begins at `start`. As of any imported list, it says nothing
    /// of a protected name, what was struck off stays off, and the longest entry decides at the tier's level.
    pub(super) fn suppose(&mut self, start: u8, category: Category, found: CategorySet) {
        if self.flags.has(SideFlags::PROTECTED) || self.struck.contains(category) {
            return;
        }
        let one = CategorySet::of(category);
        self.listed = self.listed.union(one);
        // Nothing is guessed of a name that a list knows.
        self.guessed = Guessed::default();
        self.all = self.listed.union(found);
        let listed_at = self.nearest_hit.map(|index| self.walk.hits()[index].start);
        match listed_at {
            Some(longer) if longer < start => {}
            Some(same) if same == start => self.nearest = self.nearest.union(one),
            _ => {
                self.nearest = found.union(one);
                self.nearest_hit = None;
            }
        }
    }

    fn side_of(&self, beside: Beside) -> Side {
        let ruleset = &self.policy.ruleset;
        match beside {
            Beside::Row(row) => ruleset.side(row, false),
            Beside::List(list) => {
                let mut side = Side::default();
                if let Some(list) = ruleset.list(list) {
                    side.add(list);
                }
                side
            }
        }
    }

    fn explain<T: Trace>(&self, hit: &Hit, side: &Side, struck: CategorySet, trace: &mut T) {
        for source in self.policy.ruleset.sources(hit.row) {
            if source.scope.covers(hit.is_above()) {
                let list = ListId(source.list);
                trace.step(Step::Listed {
                    start: hit.start,
                    list,
                    scope: source.scope,
                });
            }
        }
        if self.flags.has(SideFlags::PROTECTED) {
            for category in side.imported.without(side.own).iter() {
                trace.step(Step::Protected {
                    start: hit.start,
                    category,
                });
            }
        }
        for category in side.own.union(side.imported).intersection(struck).iter() {
            trace.step(Step::Corrected { category });
        }
    }

    /// The engine whose safe form this group gets for the name. It stands for the name itself
    /// only: `docs.google.com` has no safe form because `www.google.com` has one.
    fn find_safe_form(&self) -> Option<u16> {
        let hit = self.flagged(SideFlags::SAFE_FORM)?;
        let book = self.policy.ruleset.book();
        let mut engine = None;
        self.policy
            .ruleset
            .source_where(hit.row, hit.is_above(), |list| {
                let governs = list.class == ListClass::SafeSearch
                    && book.strictness(list.param, self.group.tier) != Strictness::Off;
                if governs {
                    engine = Some(list.param);
                }
                governs
            });
        engine
    }

    /// A verdict of this level with nothing set but the flags of the name's categories.
    pub(super) fn verdict(&self, action: Action, level: Level, rule: Rule) -> Verdict {
        Verdict {
            action,
            level,
            category: None,
            list: None,
            rule,
            tier: self.group.tier,
            alert: self.all.meets(self.masks.alert) || self.guessed.pose.is_some(),
            no_name: self.all.meets(self.masks.no_name),
            no_log: false,
            safe_form: None,
        }
    }

    /// An opening verdict: where the name has a safe form, or its cell restricts, it stays so.
    pub(super) fn open(&self, level: Level, rule: Rule) -> Verdict {
        let restricted = self.safe_form.is_some() || self.nearest.meets(self.masks.restrict);
        let action = if restricted {
            Action::Restrict
        } else {
            Action::Allow
        };
        Verdict {
            safe_form: self.safe_form,
            ..self.verdict(action, level, rule)
        }
    }

    /// The longest hit with one of these flags.
    pub(super) fn flagged(&self, flag: SideFlags) -> Option<&Hit> {
        if !self.flags.has(flag) {
            return None;
        }
        let index = self.hit_flags.iter().position(|flags| flags.has(flag))?;
        self.walk.hits().get(index)
    }

    /// The first list behind the address or URL that satisfies a condition.
    pub(super) fn extra_list(&self, mut wanted: impl FnMut(&ListInfo) -> bool) -> Option<ListId> {
        let ruleset = &self.policy.ruleset;
        match self.extra?.beside {
            Beside::Row(row) => ruleset.source_where(row, false, wanted),
            Beside::List(list) => ruleset.list(list).filter(|info| wanted(info)).map(|_| list),
        }
    }

    /// The rule of the address or URL.
    pub(super) fn extra_rule(&self) -> Rule {
        self.extra.map_or(Rule::None, |extra| extra.rule)
    }

    /// Whether the lists of the address or URL set a flag.
    pub(super) fn extra_has(&self, flag: SideFlags) -> bool {
        self.extra.is_some_and(|extra| extra.flags.has(flag))
    }

    /// A verdict by one of the `wanted` categories of the address or URL, the gravest first.
    pub(super) fn by_extra(
        &self,
        action: Action,
        level: Level,
        wanted: CategorySet,
    ) -> Option<Verdict> {
        let extra = self.extra?;
        let category = extra.categories.intersection(wanted).first()?;
        let list = match extra.beside {
            Beside::Row(row) => self.policy.ruleset.source_of(row, false, category),
            Beside::List(list) => Some(list),
        };
        Some(Verdict {
            category: Some(category),
            list,
            ..self.verdict(action, level, extra.rule)
        })
    }

    pub(super) fn list_of_class(&self, hit: &Hit, class: ListClass) -> Option<ListId> {
        self.policy
            .ruleset
            .source_where(hit.row, hit.is_above(), |list| list.class == class)
    }

    /// A verdict that a flagged entry gives.
    pub(super) fn by_class(
        &self,
        action: Action,
        level: Level,
        hit: &Hit,
        class: ListClass,
    ) -> Verdict {
        let list = self.list_of_class(hit, class);
        let info = list.and_then(|list| self.policy.ruleset.list(list));
        Verdict {
            list,
            category: info.and_then(|info| info.category),
            ..self.verdict(action, level, Rule::Entry { start: hit.start })
        }
    }
}

/// The mode that holds: one switched on by hand, else the timetable's, else the normal one.
fn mode_of(group: &Group, at: Option<Moment>) -> Mode {
    if let Some(switch) = group.mode.filter(|switch| switch.holds(at)) {
        return switch.mode;
    }
    group
        .timetable
        .active(at)
        .find_map(|(_, period)| period.mode)
        .unwrap_or_default()
}
