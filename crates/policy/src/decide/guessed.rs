//! What host heuristics say of a name, as a decision takes it: a soft block at the tier's level,
//! or an alert. A guess never closes what a person opened and never weighs against a list.

use crate::category::{Category, CategorySet};
use crate::heuristics::{Guess, Heuristic, Sign};
use crate::ruleset::NameHash;
use crate::tier::{Action, Role};
use crate::verdict::{Rule, Step, Trace};

use super::evidence::Evidence;
use super::unsuspected::Unsuspected;

/// A guess that counts for the group.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Guessed {
    /// The category of a soft block; empty when there is none.
    pub(super) soft: CategorySet,
    /// The sign it rests on.
    doorway: Option<Sign>,
    /// What the counsellor is told of.
    pub(super) pose: Option<Heuristic>,
}

impl Evidence<'_> {
    /// [`Self::guess`], but not again where nothing was guessed of the name before.
    #[inline]
    pub(super) fn guess_once<T: Trace>(
        &mut self,
        memory: Option<(NameHash, &mut Unsuspected)>,
        trace: &mut T,
    ) {
        match memory {
            Some((name, memory)) => {
                if !memory.has(name) && !self.guess(trace) {
                    memory.keep(name);
                }
            }
            None => {
                self.guess(trace);
            }
        }
    }

    /// Guesses about a name that no list knows, where the group's table closes what is guessed. Says whether anything
    /// was guessed of it, for whatever group.
    fn guess<T: Trace>(&mut self, trace: &mut T) -> bool {
        if self.name.is_infrastructure() {
            return false;
        }
        let heuristics = self.policy.ruleset.book().heuristics();
        let guess = self.policy.ruleset.guess(self.name);
        let closes = |category: Category| self.masks.block.contains(category);
        if let (Some(sign), Some(category)) = (guess.doorway, heuristics.doorway())
            && closes(category)
        {
            self.guessed.soft = CategorySet::of(category);
            self.guessed.doorway = Some(sign);
            self.nearest = self.nearest.union(self.guessed.soft);
            trace.step(Step::Guessed(Heuristic::Doorway(sign)));
        }
        let category = match guess.pose {
            Some(Heuristic::LookAlike(_)) => heuristics.look_alike().map(|rules| rules.category),
            _ => heuristics.impersonation(),
        };
        if let Some(pose) = guess.pose
            && category.is_some_and(closes)
        {
            self.guessed.pose = Some(pose);
            trace.step(Step::Guessed(pose));
        }
        guess != Guess::default()
    }

    /// Who at least may open categories of the name: the highest lock of their cells, but of one
    /// that was only guessed no more than the heuristic's own.
    pub(super) fn lock(&self, closed: CategorySet) -> Role {
        let sure = closed.without(self.guessed.soft);
        let soft = closed.intersection(self.guessed.soft);
        let book = self.policy.ruleset.book();
        let guessed = self
            .masks
            .lock(soft)
            .min(book.data().heuristics.doorway_lock);
        self.masks.lock(sure).max(guessed)
    }

    /// The rule of a verdict that no entry gave.
    pub(super) fn rule_without_entry(&self, action: Action, category: Option<Category>) -> Rule {
        let is_soft = category.is_some_and(|category| self.guessed.soft.contains(category));
        match (self.guessed.doorway, self.guessed.pose) {
            (Some(sign), _) if is_soft => Rule::Heuristic(Heuristic::Doorway(sign)),
            // The table closes it for another reason; the alert is told beside.
            (_, Some(pose)) if action != Action::Block => Rule::Heuristic(pose),
            _ => Rule::Cell,
        }
    }
}
