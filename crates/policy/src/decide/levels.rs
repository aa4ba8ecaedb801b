//! The levels of the precedence, one method each: an opinion, or none.

use crate::category::CategorySet;
use crate::exception::{Exception, Target};
use crate::mode::Mode;
use crate::ruleset::{Hit, ListClass, ListInfo, SideFlags};
use crate::tier::{Action, Role};
use crate::verdict::{Level, Rule, Step, Trace, Verdict};

use super::evidence::Evidence;

impl Evidence<'_> {
    pub(super) fn help(&self) -> Option<Verdict> {
        let hit = self.flagged(SideFlags::HELP)?;
        let verdict = self.by_class(Action::Allow, Level::Help, hit, ListClass::Help);
        Some(Verdict {
            alert: false,
            no_name: true,
            no_log: true,
            ..verdict
        })
    }

    pub(super) fn sealed(&self) -> Option<Verdict> {
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

    pub(super) fn statutory(&self) -> Option<Verdict> {
        if let Some(hit) = self.flagged(SideFlags::STATUTORY) {
            return Some(self.by_class(Action::Block, Level::Statutory, hit, ListClass::Statutory));
        }
        let list = self.extra_list(|list| list.class == ListClass::Statutory)?;
        let info = self.policy.ruleset.list(list);
        Some(Verdict {
            list: Some(list),
            category: info.and_then(|info| info.category),
            ..self.verdict(Action::Block, Level::Statutory, self.extra_rule())
        })
    }

    pub(super) fn always_open(&self) -> Option<Verdict> {
        let hit = self.flagged(SideFlags::ALWAYS_OPEN)?;
        Some(self.by_class(Action::Allow, Level::AlwaysOpen, hit, ListClass::AlwaysOpen))
    }

    pub(super) fn department_lock(&self) -> Option<Verdict> {
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
    /// category is an address's or a URL's, was found otherwise, or is *uncategorised*.
    fn by_categories(
        &self,
        action: Action,
        level: Level,
        index: Option<usize>,
        wanted: CategorySet,
    ) -> Verdict {
        let Some(index) = index else {
            if let Some(verdict) = self.by_extra(action, level, wanted) {
                return verdict;
            }
            let category = self.nearest.intersection(wanted).first();
            let rule = self.rule_without_entry(action, category);
            return Verdict {
                category,
                ..self.verdict(action, level, rule)
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

    pub(super) fn exam(&self) -> Option<Verdict> {
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

    /// The exceptions of one level: those a role made, longest name first; on the same name those
    /// of the group before those of the whole school, and of these a block before an allow. An allow that the cell's lock does not admit is passed over.
    pub(super) fn exception<T: Trace>(
        &self,
        level: Level,
        role: Role,
        trace: &mut T,
    ) -> Option<Verdict> {
        let exceptions = &self.policy.exceptions;
        if exceptions.is_empty() {
            return None;
        }
        let holds = |exception: &Exception| {
            exception.role == role && exception.holds(self.group.id, self.at)
        };
        let mut best: Option<(usize, bool, bool, u32)> = None;
        let mut offer = |length: usize, index: u32, exception: &Exception, trace: &mut T| {
            if exception.allow && !self.admits(role) {
                let needs = self.lock(self.nearest.intersection(self.masks.block));
                trace.step(Step::Refused {
                    level,
                    exception: index,
                    needs,
                });
                return;
            }
            // Longer first, then the group's own, then closing, then the older one: no order of
            // input matters.
            let age = |index: u32| std::cmp::Reverse(exceptions.all()[index as usize].id);
            let rank = (length, exception.group.is_some(), !exception.allow);
            let better = best.is_none_or(|(length, own, closes, other)| {
                (rank, age(index)) > ((length, own, closes), age(other))
            });
            if better {
                best = Some((rank.0, rank.1, rank.2, index));
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
        let (_, _, closes, index) = best?;
        let rule = Rule::Exception(index);
        let verdict = if closes {
            self.verdict(Action::Block, level, rule)
        } else {
            // Who opened the name has looked at it: a guess about it alarms nobody any more.
            let alert = self.all.meets(self.masks.alert);
            Verdict {
                alert,
                ..self.open(level, rule)
            }
        };
        Some(Verdict {
            category: self.nearest.first(),
            ..verdict
        })
    }

    /// Whether a role may open what the table closes for this name.
    fn admits(&self, role: Role) -> bool {
        let closed = self.nearest.intersection(self.masks.block);
        closed.is_empty() || self.lock(closed) <= role
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
            || self.extra_has(SideFlags::SERVICE) && self.extra_list(is_it).is_some()
    }

    pub(super) fn mode(&self) -> Option<Verdict> {
        let book = self.policy.ruleset.book();
        match self.mode {
            Mode::Normal | Mode::Exam => None,
            Mode::AllowlistOnly => {
                let is_open = if book.is_walled(self.group.tier) {
                    self.flags.has(SideFlags::GARDEN)
                } else {
                    self.nearest.meets(book.allowlist_open())
                };
                (!is_open).then(|| self.closed_by_mode(self.nearest))
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

    pub(super) fn timetable(&self) -> Option<Verdict> {
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
    pub(super) fn tier(&self) -> Verdict {
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
