//! The verdict with everything that leads to it, as `--json` prints it. Field names and ids are
//! part of the interface.

use lachan_policy::book::SafeForm;
use lachan_policy::ruleset::ListClass;
use lachan_policy::{Ask, CategorySet, Rule, Scope, Step, Tier, Verdict};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use super::client::Recognised;
use super::question::Question;
use crate::policy_source::tier_group;
use crate::rule::{Answer, category_id, guess};
use crate::time::rfc3339;

/// A verdict and all that leads to it.
#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    /// The name, in A-labels.
    pub(super) name: String,
    /// The group; `null` when a tier was asked for.
    pub(super) group: Option<String>,
    /// The device that was asked for, and by what it was recognised; absent when none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<Recognised>,
    /// The tier.
    pub(super) tier: Tier,
    /// The verdict.
    #[serde(flatten)]
    pub(super) answer: Answer,
    /// Who made the rule: the author of an exception, the source of a list.
    pub(super) author: Option<String>,
    /// The reason somebody gave for an exception.
    pub(super) reason: Option<String>,
    /// What answers instead, where the name has a safe form for the tier.
    pub(super) safe_form: Option<String>,
    /// The time of the question.
    pub(super) at: Option<String>,
    /// What led to the verdict, in order.
    pub(super) chain: Vec<Link>,
    /// What each tier gets by itself.
    pub(super) tiers: Tiers,
    /// The verdict as policy gave it, for the text.
    #[serde(skip)]
    pub(super) verdict: Verdict,
}

/// One link of the chain.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub(super) enum Link {
    /// A list knows the name, or one above it.
    Listed {
        /// The list.
        list: String,
        /// Its class.
        class: ListClass,
        /// The category it gives.
        category: Option<String>,
        /// The entry.
        entry: String,
    },
    /// A category of imported lists does not count, because the name is protected.
    Protected {
        /// The protected name.
        name: String,
        /// The category.
        category: Option<String>,
    },
    /// The department struck a category off.
    Corrected {
        /// The category.
        category: Option<String>,
    },
    /// No list knows the name, and something is guessed of it.
    Guessed {
        /// The kind of guess: `doorway`, `impersonation`, `look-alike`.
        kind: &'static str,
        /// The part of the name it rests on, or the name it reads like.
        what: String,
    },
    /// An allow does not count, because its author may not open this.
    Refused {
        /// The level it stood at.
        level: &'static str,
        /// The exception's number.
        exception: i64,
        /// The role it would take.
        needs: &'static str,
        /// Who made it.
        author: String,
        /// Why.
        reason: String,
    },
    /// The level that decided.
    Decided {
        /// Its id.
        level: &'static str,
    },
}

/// The answer of each tier, in their order.
#[derive(Debug)]
pub(super) struct Tiers(pub(super) Vec<(Tier, Answer)>);

impl Serialize for Tiers {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (tier, answer) in &self.0 {
            map.serialize_entry(tier.id(), answer)?;
        }
        map.end()
    }
}

/// Explains the verdict.
pub(super) fn explain(question: &Question) -> Explanation {
    let mut steps = Vec::new();
    let ask = Ask {
        name: &question.name,
        group: question.group,
        at: question.moment(),
        found: CategorySet::EMPTY,
    };
    let verdict = question.policy.decide_traced(&ask, &mut steps);
    let (author, reason) = people_behind(question, &verdict);
    Explanation {
        name: question.name.to_string(),
        group: question.group_name.clone(),
        client: question.client.clone(),
        tier: verdict.tier,
        answer: Answer::new(&question.policy, &question.name, question.group, &verdict),
        author,
        reason,
        safe_form: safe_form(question, &verdict),
        at: question.at.map(|at| rfc3339(at, &question.zone)),
        chain: steps
            .into_iter()
            .filter_map(|step| link(question, step))
            .collect(),
        tiers: Tiers(
            Tier::ALL
                .map(|tier| (tier, answer_of(question, tier)))
                .into(),
        ),
        verdict,
    }
}

fn answer_of(question: &Question, tier: Tier) -> Answer {
    let group = tier_group(&question.policy, tier);
    let verdict = open_decide(question, group);
    Answer::new(&question.policy, &question.name, group, &verdict)
}

/// The verdict for a group as `why` may show it: traced, so that sealed entries are passed over.
fn open_decide(question: &Question, group: usize) -> Verdict {
    let ask = Ask {
        name: &question.name,
        group,
        at: question.moment(),
        found: CategorySet::EMPTY,
    };
    question.policy.decide_traced(&ask, &mut Vec::new())
}

/// Who made the rule, and the reason they gave.
fn people_behind(question: &Question, verdict: &Verdict) -> (Option<String>, Option<String>) {
    if let Rule::Exception(index) = verdict.rule {
        let all = question.policy.exceptions().all();
        let exception = usize::try_from(index).ok().and_then(|index| all.get(index));
        return exception
            .map(|made| (made.author.clone(), made.reason.clone()))
            .unzip();
    }
    let list = verdict
        .list
        .and_then(|list| question.policy.ruleset().list(list));
    let source = list
        .map(|list| list.source.clone())
        .filter(|source| !source.is_empty());
    (source, None)
}

fn safe_form(question: &Question, verdict: &Verdict) -> Option<String> {
    let book = question.policy.ruleset().book();
    let engine = verdict.safe_form?;
    Some(
        match book.safe_form(engine, book.strictness(engine, verdict.tier))? {
            SafeForm::Host(host) => host.to_string(),
            SafeForm::Addresses(all) => all
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        },
    )
}

fn link(question: &Question, step: Step) -> Option<Link> {
    let policy = &question.policy;
    let suffix = |start: u8| question.name.suffix(usize::from(start));
    Some(match step {
        Step::Listed { start, list, scope } => {
            let info = policy.ruleset().list(list)?;
            Link::Listed {
                list: info.id.clone(),
                class: info.class,
                category: info
                    .category
                    .and_then(|category| category_id(policy, category)),
                entry: Scope::entry(scope, &suffix(start)),
            }
        }
        Step::Protected { start, category } => Link::Protected {
            name: suffix(start).to_string(),
            category: category_id(policy, category),
        },
        Step::Corrected { category } => Link::Corrected {
            category: category_id(policy, category),
        },
        Step::Guessed(heuristic) => {
            let (kind, what) = guess(policy, &question.name, heuristic);
            let kind = kind.id();
            Link::Guessed { kind, what }
        }
        Step::Refused {
            level,
            exception,
            needs,
        } => {
            let made = policy
                .exceptions()
                .all()
                .get(usize::try_from(exception).ok()?)?;
            Link::Refused {
                level: level.id(),
                exception: made.id,
                needs: needs.id(),
                author: made.author.clone(),
                reason: made.reason.clone(),
            }
        }
        Step::Decided(level) => Link::Decided { level: level.id() },
    })
}
