//! What a ruleset guesses of a name: its book's score cards and its familiar names together.

use super::card::Heuristics;
use super::labels::Labels;
use super::{Heuristic, Sign, Skeleton, punycode};
use crate::name::{MAX_LABELS, Name};
use crate::ruleset::{FamiliarId, Ruleset};

/// What is guessed of a name. Made for names that no list knows: of a listed one the lists know
/// better, and what is guessed may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Guess {
    /// It is built like the door-ways of gambling sites.
    pub doorway: Option<Sign>,
    /// It poses as something else: impersonation before a look-alike.
    pub pose: Option<Heuristic>,
}

/// How a name stands to the familiar ones.
enum Resemblance {
    None,
    /// It is one of them, or lies below one.
    Itself,
    /// It reads like one.
    Of(FamiliarId),
}

impl Ruleset {
    /// Guesses. Allocates nothing.
    #[must_use]
    #[inline]
    pub fn guess(&self, name: &Name) -> Guess {
        let heuristics = self.book().heuristics();
        let mut buffer = [0; MAX_LABELS];
        let labels = Labels::of(name, &mut buffer);
        let found = heuristics.look_at(&labels);
        let pose = match self.resemblance(name, &labels, heuristics) {
            Resemblance::Itself => return Guess::default(),
            Resemblance::None => None,
            Resemblance::Of(_) if heuristics.is_excepted(&labels) => None,
            Resemblance::Of(familiar) => Some(Heuristic::LookAlike(familiar)),
        };
        Guess {
            doorway: found.doorway,
            pose: found.impersonation.map(Heuristic::Impersonation).or(pose),
        }
    }

    /// Looks at the site's own label, and at every label with letters beyond ASCII.
    #[inline]
    fn resemblance(
        &self,
        name: &Name,
        labels: &Labels<'_>,
        heuristics: &Heuristics,
    ) -> Resemblance {
        let Some(rules) = heuristics
            .look_alike()
            .filter(|_| self.familiar_count() > 0)
        else {
            return Resemblance::None;
        };
        for (index, start) in labels.hosts().iter().enumerate() {
            let label = labels.at(*start);
            let is_marked = label.starts_with(punycode::PREFIX);
            let shortest = if is_marked {
                rules.shortest_marked
            } else {
                rules.shortest
            };
            if (index == labels.site || is_marked) && label.len() >= usize::from(shortest) {
                let found = self.resemblance_of(name, label, usize::from(shortest));
                if !matches!(found, Resemblance::None) {
                    return found;
                }
            }
        }
        Resemblance::None
    }

    #[inline]
    fn resemblance_of(&self, name: &Name, label: &[u8], shortest: usize) -> Resemblance {
        let skeleton = Skeleton::of(label);
        let Some(skeleton) = skeleton.filter(|one| one.as_bytes().len() >= shortest) else {
            return Resemblance::None;
        };
        let mut found = Resemblance::None;
        for id in self.resembled(&skeleton) {
            let Some(familiar) = self.familiar(id) else {
                continue;
            };
            if name.is_within(&familiar) {
                return Resemblance::Itself;
            }
            if familiar.labels().any(|own| own == label) {
                // The same word under another ending is another site, and looks like nothing.
                return Resemblance::None;
            }
            if matches!(found, Resemblance::None) {
                found = Resemblance::Of(id);
            }
        }
        found
    }
}
