//! The one decision.
//!
//! The levels stand in [`Policy::decide_traced`] in the order of precedence of DESIGN.md, one
//! after the other; the first that has an opinion gives the verdict. Before them two corrections
//! take categories off the name: *protected* names lose what only imported lists say of them, a
//! *department correction* strikes named categories.

use std::sync::Arc;

use crate::book::Strictness;
use crate::category::CategorySet;
use crate::exception::{Exception, Exceptions, Target};
use crate::group::{Group, Groups};
use crate::mode::Mode;
use crate::name::Name;
use crate::ruleset::{Hit, ListClass, ListId, ListInfo, MAX_DEPTH, Ruleset, Side, SideFlags, Walk};
use crate::tier::{Action, Masks, Role};
use crate::time::Moment;
use crate::verdict::{Level, Rule, Step, Trace, Verdict};

/// Everything a decision rests on: one immutable snapshot, swapped whole when anything changes.
#[derive(Debug)]
pub struct Policy {
    ruleset: Arc<Ruleset>,
    groups: Groups,
    exceptions: Exceptions,
    /// By position of the group: its tier's masks with its changes.
    masks: Vec<Masks>,
}

/// One question to the policy.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The name asked for.
    pub name: &'a Name,
    /// Position of the asking group in [`Groups::all`].
    pub group: usize,
    /// When; `None` when the box does not know the time.
    pub at: Option<Moment>,
    /// Categories found otherwise (phrase score, host heuristics); they enter at the tier's level.
    pub found: CategorySet,
}

impl Policy {
    /// Joins a ruleset with the groups and exceptions of the box.
    #[must_use]
    pub fn new(ruleset: Arc<Ruleset>, groups: Groups, exceptions: Exceptions) -> Self {
        let book = ruleset.book();
        let masks = groups
            .all()
            .iter()
            .map(|group| group.masks(book.masks(group.tier)))
            .collect();
        Self {
            masks,
            ruleset,
            groups,
            exceptions,
        }
    }

    /// The ruleset.
    #[must_use]
    pub fn ruleset(&self) -> &Arc<Ruleset> {
        &self.ruleset
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The exceptions.
    #[must_use]
    pub fn exceptions(&self) -> &Exceptions {
        &self.exceptions
    }

    /// Decides. Allocates nothing, takes no lock, reads no clock.
    #[must_use]
    pub fn decide(&self, ask: &Ask<'_>) -> Verdict {
        self.decide_traced(ask, &mut ())
    }

    /// Decides, and tells the chain of reasons. Sealed entries are passed over: they appear in no
    /// explanation, so that nobody can try names against them.
    ///
    /// # Panics
    /// When `ask.group` is no position of [`Groups::all`].
    pub fn decide_traced<T: Trace>(&self, ask: &Ask<'_>, trace: &mut T) -> Verdict {
        let evidence = Evidence::gather(self, ask, trace);
        let verdict = evidence
            .help()
            .or_else(|| if T::WANTED { None } else { evidence.sealed() })
            .or_else(|| evidence.statutory())
            .or_else(|| evidence.always_open())
            .or_else(|| evidence.department_lock())
            .or_else(|| evidence.exam())
            .or_else(|| evidence.exception(Level::LessonPass, Role::Teacher, trace))
            .or_else(|| evidence.exception(Level::LocalException, Role::School, trace))
            .or_else(|| evidence.exception(Level::DepartmentException, Role::Department, trace))
            .or_else(|| evidence.mode())
            .or_else(|| evidence.timetable())
            .unwrap_or_else(|| evidence.tier());
        trace.step(Step::Decided(verdict.level));
        verdict
    }
}

/// What is known of a name before the levels are asked.
struct Evidence<'p> {
    policy: &'p Policy,
    name: &'p Name,
    group: &'p Group,
    masks: &'p Masks,
    at: Option<Moment>,
    walk: Walk,
    /// Flags of all hits together.
    flags: SideFlags,
    /// By hit: its flags.
    hit_flags: [SideFlags; MAX_DEPTH],
    /// By hit: its categories after the corrections.
    categories: [CategorySet; MAX_DEPTH],
    /// All of them.
    listed: CategorySet,
    /// With what was found otherwise; `uncategorised` when there is nothing.
    all: CategorySet,
    /// Those of the longest entry that has any: they decide at the tier's level.
    nearest: CategorySet,
    /// The hit they come from.
    nearest_hit: Option<usize>,
    mode: Mode,
    safe_form: Option<u16>,
}

impl<'p> Evidence<'p> {
    fn gather<'a: 'p, T: Trace>(policy: &'p Policy, ask: &Ask<'a>, trace: &mut T) -> Self {
        let group = &policy.groups.all()[ask.group];
        let walk = policy.ruleset.walk(ask.name);
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
            mode: mode_of(group, ask.at),
            safe_form: None,
        };
        evidence.correct(trace);
        evidence.all = evidence.listed.union(ask.found);
        if evidence.all.is_empty() {
            evidence.all = CategorySet::of(policy.ruleset.book().uncategorised());
            evidence.nearest = evidence.all;
        }
        evidence.safe_form = evidence.find_safe_form();
        evidence
    }

    /// The two corrections, and the categories that remain.
    fn correct<T: Trace>(&mut self, trace: &mut T) {
        let walk = self.walk;
        let mut sides = [Side::default(); MAX_DEPTH];
        let sides = &mut sides[..walk.hits().len()];
        let mut struck = CategorySet::EMPTY;
        for ((hit, side), flags) in walk.hits().iter().zip(&mut *sides).zip(&mut self.hit_flags) {
            *side = self.policy.ruleset.side(hit.row, hit.is_above());
            *flags = side.flags;
            self.flags = self.flags.with(side.flags);
            struck = struck.union(side.struck);
        }
        let protected = self.flags.has(SideFlags::PROTECTED);
        for (index, (hit, side)) in walk.hits().iter().zip(&*sides).enumerate() {
            let imported = if protected {
                CategorySet::EMPTY
            } else {
                side.imported
            };
            let categories = side.own.union(imported).without(struck);
            if T::WANTED {
                self.explain(hit, side, struck, trace);
            }
            self.categories[index] = categories;
            if self.nearest_hit.is_none() && !categories.is_empty() {
                self.nearest_hit = Some(index);
                self.nearest = self.nearest.union(categories);
            }
            self.listed = self.listed.union(categories);
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
    fn verdict(&self, action: Action, level: Level, rule: Rule) -> Verdict {
        Verdict {
            action,
            level,
            category: None,
            list: None,
            rule,
            tier: self.group.tier,
            alert: self.all.meets(self.masks.alert),
            no_name: self.all.meets(self.masks.no_name),
            no_log: false,
            safe_form: None,
        }
    }

    /// An opening verdict: where the name has a safe form, or its cell restricts, it stays so.
    fn open(&self, level: Level, rule: Rule) -> Verdict {
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
    fn flagged(&self, flag: SideFlags) -> Option<&Hit> {
        if !self.flags.has(flag) {
            return None;
        }
        let index = self.hit_flags.iter().position(|flags| flags.has(flag))?;
        self.walk.hits().get(index)
    }

    fn list_of_class(&self, hit: &Hit, class: ListClass) -> Option<ListId> {
        self.policy
            .ruleset
            .source_where(hit.row, hit.is_above(), |list| list.class == class)
    }

    /// A verdict that a flagged entry gives.
    fn by_class(&self, action: Action, level: Level, hit: &Hit, class: ListClass) -> Verdict {
        let list = self.list_of_class(hit, class);
        let info = list.and_then(|list| self.policy.ruleset.list(list));
        Verdict {
            list,
            category: info.and_then(|info| info.category),
            ..self.verdict(action, level, Rule::Entry { start: hit.start })
        }
    }

    fn help(&self) -> Option<Verdict> {
        let hit = self.flagged(SideFlags::HELP)?;
        let verdict = self.by_class(Action::Allow, Level::Help, hit, ListClass::Help);
        Some(Verdict {
            alert: false,
            no_name: true,
            no_log: true,
            ..verdict
        })
    }

    fn sealed(&self) -> Option<Verdict> {
        let (_, list) = self.policy.ruleset.sealed(self.name)?;
        let category = self
            .policy
            .ruleset
            .list(list)
            .and_then(|list| list.category);
        Some(Verdict {
            category,
            list: Some(list),
            alert: category.is_some_and(|category| self.masks.alert.contains(category)),
            // Whatever the cell says: a sealed name is written nowhere.
            no_name: true,
            ..self.verdict(Action::Block, Level::Statutory, Rule::Sealed)
        })
    }

    fn statutory(&self) -> Option<Verdict> {
        let hit = self.flagged(SideFlags::STATUTORY)?;
        Some(self.by_class(Action::Block, Level::Statutory, hit, ListClass::Statutory))
    }

    fn always_open(&self) -> Option<Verdict> {
        let hit = self.flagged(SideFlags::ALWAYS_OPEN)?;
        Some(self.by_class(Action::Allow, Level::AlwaysOpen, hit, ListClass::AlwaysOpen))
    }

    fn department_lock(&self) -> Option<Verdict> {
        let locked = self.masks.block.intersection(self.masks.department);
        if !self.listed.meets(locked) {
            return None;
        }
        let index = self.hit_with(locked);
        Some(self.by_categories(Action::Block, Level::DepartmentLock, index, locked))
    }

    /// The longest hit that has one of these categories.
    fn hit_with(&self, wanted: CategorySet) -> Option<usize> {
        (0..self.walk.hits().len()).find(|index| self.categories[*index].meets(wanted))
    }

    /// A verdict by one of the `wanted` categories of a hit, the gravest first; without a hit the
    /// category was found otherwise, or is *uncategorised*.
    fn by_categories(
        &self,
        action: Action,
        level: Level,
        index: Option<usize>,
        wanted: CategorySet,
    ) -> Verdict {
        let Some(index) = index else {
            let category = self.nearest.intersection(wanted).first();
            return Verdict {
                category,
                ..self.verdict(action, level, Rule::Cell)
            };
        };
        let hit = &self.walk.hits()[index];
        let category = self.categories[index].intersection(wanted).first();
        let list = category.and_then(|category| {
            self.policy
                .ruleset
                .source_of(hit.row, hit.is_above(), category)
        });
        let rule = Rule::Entry { start: hit.start };
        Verdict {
            category,
            list,
            ..self.verdict(action, level, rule)
        }
    }

    fn exam(&self) -> Option<Verdict> {
        if self.mode != Mode::Exam {
            return None;
        }
        if let Some(hit) = self.flagged(SideFlags::EXAM) {
            let list = self.list_of_class(hit, ListClass::Exam);
            let verdict = self.open(Level::Exam, Rule::Entry { start: hit.start });
            return Some(Verdict { list, ..verdict });
        }
        let category = self.nearest.first();
        let verdict = self.verdict(Action::Block, Level::Exam, Rule::Mode(Mode::Exam));
        Some(Verdict {
            category,
            ..verdict
        })
    }

    /// The exceptions of one level: those a role made, longest name first; on the same name a
    /// block before an allow. An allow that the cell's lock does not admit is passed over.
    fn exception<T: Trace>(&self, level: Level, role: Role, trace: &mut T) -> Option<Verdict> {
        let exceptions = &self.policy.exceptions;
        if exceptions.is_empty() {
            return None;
        }
        let holds = |exception: &Exception| {
            exception.role == role && exception.holds(self.group.id, self.at)
        };
        let mut best: Option<(usize, bool, u32)> = None;
        let mut offer = |length: usize, index: u32, exception: &Exception, trace: &mut T| {
            if exception.allow && !self.admits(role) {
                let needs = self.masks.lock(self.nearest.intersection(self.masks.block));
                trace.step(Step::Refused {
                    level,
                    exception: index,
                    needs,
                });
                return;
            }
            // Longer first, then closing, then the older one: no order of input matters.
            let key = |index: u32| std::cmp::Reverse(exceptions.all()[index as usize].id);
            let better = best.is_none_or(|(best_length, best_closes, best_index)| {
                (length, !exception.allow, key(index)) > (best_length, best_closes, key(best_index))
            });
            if better {
                best = Some((length, !exception.allow, index));
            }
        };
        for (length, index, exception) in exceptions.covering(self.name) {
            if holds(exception) {
                offer(length, index, exception, trace);
            }
        }
        for (index, exception) in exceptions.wide() {
            if holds(exception) && self.is_about(exception.target) {
                offer(0, index, exception, trace);
            }
        }
        let (_, closes, index) = best?;
        let rule = Rule::Exception(index);
        let verdict = if closes {
            self.verdict(Action::Block, level, rule)
        } else {
            self.open(level, rule)
        };
        Some(Verdict {
            category: self.nearest.first(),
            ..verdict
        })
    }

    /// Whether a role may open what the table closes for this name.
    fn admits(&self, role: Role) -> bool {
        let closed = self.nearest.intersection(self.masks.block);
        closed.is_empty() || self.masks.lock(closed) <= role
    }

    fn is_about(&self, target: Target) -> bool {
        match target {
            Target::Name(..) => false,
            Target::Category(category) => self.nearest.contains(category),
            Target::Service(service) => self.is_of_service(service),
        }
    }

    fn is_of_service(&self, service: u16) -> bool {
        let is_it = |list: &ListInfo| list.class == ListClass::Service && list.param == service;
        let ruleset = &self.policy.ruleset;
        let of_service = |hit: &Hit| {
            ruleset
                .source_where(hit.row, hit.is_above(), is_it)
                .is_some()
        };
        self.flags.has(SideFlags::SERVICE) && self.walk.hits().iter().any(of_service)
    }

    fn mode(&self) -> Option<Verdict> {
        let book = self.policy.ruleset.book();
        match self.mode {
            Mode::Normal | Mode::Exam => None,
            Mode::AllowlistOnly => {
                if self.nearest.meets(book.allowlist_open()) {
                    return None;
                }
                Some(self.closed_by_mode(self.nearest))
            }
            Mode::OnlineClass => {
                if let Some(hit) = self.flagged(SideFlags::ONLINE_CLASS)
                    && self.admits(Role::School)
                {
                    let list = self.list_of_class(hit, ListClass::OnlineClass);
                    let verdict = self.open(Level::Mode, Rule::Mode(self.mode));
                    return Some(Verdict {
                        list,
                        category: self.nearest.first(),
                        ..verdict
                    });
                }
                let closed = self.all.intersection(book.online_class_closed());
                (!closed.is_empty()).then(|| self.closed_by_mode(closed))
            }
        }
    }

    fn closed_by_mode(&self, categories: CategorySet) -> Verdict {
        let verdict = self.verdict(Action::Block, Level::Mode, Rule::Mode(self.mode));
        Verdict {
            category: categories.first(),
            ..verdict
        }
    }

    fn timetable(&self) -> Option<Verdict> {
        let mut active = self.group.timetable.active(self.at);
        let (index, _) =
            active.find(|(_, period)| period.close_all || self.all.meets(period.closed))?;
        let verdict = self.verdict(Action::Block, Level::Timetable, Rule::Period(index));
        Some(Verdict {
            category: self.nearest.first(),
            ..verdict
        })
    }

    /// The tier's table, by the categories of the longest entry that has any.
    fn tier(&self) -> Verdict {
        if let Some(hit) = self.flagged(SideFlags::UNSAFE_ENGINE)
            && self
                .policy
                .ruleset
                .book()
                .closes_unsafe_engines(self.group.tier)
        {
            return self.by_class(Action::Block, Level::Tier, hit, ListClass::UnsafeEngine);
        }
        let action = self.masks.action(self.nearest);
        let wanted = match action {
            Action::Block => self.masks.block,
            Action::Restrict => self.masks.restrict,
            Action::Allow => self.nearest,
        };
        let unlisted = self.nearest_hit.is_none();
        let level = if unlisted && action == Action::Allow {
            Level::Default
        } else {
            Level::Tier
        };
        let index = self
            .nearest_hit
            .filter(|index| self.categories[*index].meets(wanted));
        let verdict = self.by_categories(action, level, index, wanted);
        if action == Action::Block || self.safe_form.is_none() {
            return verdict;
        }
        let safe = self.with_safe_form(verdict);
        Verdict {
            action: Action::Restrict,
            level: Level::Tier,
            ..safe
        }
    }

    /// Names the engine's own list when nothing else gave the verdict a list.
    fn with_safe_form(&self, verdict: Verdict) -> Verdict {
        let verdict = Verdict {
            safe_form: self.safe_form,
            ..verdict
        };
        let hit = self.flagged(SideFlags::SAFE_FORM);
        match hit {
            Some(hit) if verdict.list.is_none() => Verdict {
                list: self.list_of_class(hit, ListClass::SafeSearch),
                rule: Rule::Entry { start: hit.start },
                ..verdict
            },
            _ => verdict,
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
