//! A verdict in words that outlive a version: ids of list and category, and the rule as a text.

use lachan_policy::{Category, CategorySet, Heuristic, HeuristicKind, Name, Policy, Rule, Verdict};
use serde::Serialize;

/// A verdict as `--json` shows it. These names and values are part of the interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Answer {
    /// `allow`, `block` or `restrict`.
    pub(crate) action: &'static str,
    /// Whether the counsellor is told.
    pub(crate) alert: bool,
    /// Whether the log keeps no name.
    pub(crate) no_name: bool,
    /// The id of the category that decided.
    pub(crate) category: Option<String>,
    /// The id of the list whose entry decided.
    pub(crate) list: Option<String>,
    /// The rule, see [`rule`].
    pub(crate) rule: Option<String>,
    /// The id of the level that decided.
    pub(crate) level: &'static str,
}

impl Answer {
    /// The verdict on a name for a group, in words.
    pub(crate) fn new(policy: &Policy, name: &Name, group: usize, verdict: &Verdict) -> Self {
        let list = verdict.list.and_then(|list| policy.ruleset().list(list));
        Self {
            action: verdict.action.id(),
            alert: verdict.alert,
            no_name: verdict.no_name,
            category: verdict
                .category
                .and_then(|category| category_id(policy, category)),
            list: list.map(|list| list.id.clone()),
            rule: rule(policy, name, group, verdict),
            level: verdict.level.id(),
        }
    }
}

/// The id of a category.
pub(crate) fn category_id(policy: &Policy, category: Category) -> Option<String> {
    policy
        .ruleset()
        .book()
        .category(category)
        .map(|info| info.id.clone())
}

/// The rule of a verdict: the entry as it stands in its list (`fb88.com`, `=a.vn`, `*.x.vn`),
/// `exception 12`, `mode exam`, `timetable Tiáº¿t 1`, `uncategorised`, `address`, `heuristic doorway 98win`,
/// `heuristic look-alike vietcombank.com.vn`; `None` where no rule decided.
pub(crate) fn rule(
    policy: &Policy,
    name: &Name,
    group: usize,
    verdict: &Verdict,
) -> Option<String> {
    match verdict.rule {
        Rule::Entry { start } => Some(entry(policy, &name.suffix(usize::from(start)), verdict)),
        Rule::Exception(index) => {
            let exception = policy
                .exceptions()
                .all()
                .get(usize::try_from(index).ok()?)?;
            Some(format!("exception {}", exception.id))
        }
        Rule::Mode(mode) => Some(format!("mode {}", mode.id())),
        Rule::Period(index) => {
            let week = &policy.groups().all().get(group)?.timetable;
            let period = week.periods.get(usize::from(index))?;
            Some(format!("timetable {}", period.name))
        }
        Rule::Cell => verdict
            .category
            .and_then(|category| category_id(policy, category)),
        Rule::Heuristic(heuristic) => {
            let (kind, what) = guess(policy, name, heuristic);
            Some(format!("heuristic {} {what}", kind.id()))
        }
        // Which range it is would not help a person; the list beside it does.
        Rule::Address => Some("address".to_owned()),
        Rule::Url => Some("url".to_owned()),
        Rule::None | Rule::Sealed => None,
    }
}

/// What a guess rests on: the part of the name, or the name it reads like.
pub(crate) fn guess(policy: &Policy, name: &Name, heuristic: Heuristic) -> (HeuristicKind, String) {
    let what = match heuristic {
        Heuristic::Doorway(sign) | Heuristic::Impersonation(sign) => sign.part(name),
        Heuristic::LookAlike(familiar) => {
            let familiar = policy.ruleset().familiar(familiar);
            familiar.map_or_else(String::new, |familiar| familiar.to_string())
        }
    };
    (heuristic.kind(), what)
}

/// The entry that decided. With no list that gave it, the listed name itself.
fn entry(policy: &Policy, suffix: &Name, verdict: &Verdict) -> String {
    let ruleset = policy.ruleset();
    let scope = ruleset
        .row_of(suffix)
        .zip(verdict.list)
        .and_then(|(row, list)| ruleset.scope_of(row, list));
    scope.map_or_else(|| suffix.to_string(), |scope| scope.entry(suffix))
}

/// The names of some categories.
pub(crate) fn known_categories(book: &lachan_policy::book::Book) -> String {
    let all = book.data().categories.iter().map(|info| info.id.as_str());
    all.collect::<Vec<_>>().join(", ")
}

/// Asks a policy about a name for a group, without a trace.
pub(crate) fn decide(
    policy: &Policy,
    name: &Name,
    group: usize,
    at: Option<lachan_policy::Moment>,
) -> Verdict {
    policy.decide(&lachan_policy::Ask {
        name,
        group,
        at,
        found: CategorySet::EMPTY,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing;
    use lachan_policy::ruleset::ListClass;
    use lachan_policy::{
        Days, Exception, Exceptions, Group, GroupId, Groups, Period, Role, Scope, Target, Tier,
    };

    fn class(change: impl FnOnce(&mut Group)) -> Group {
        let mut group = Group::new(GroupId(1), "6A", Tier::Thcs);
        change(&mut group);
        group
    }

    fn check(group: Group, exceptions: Vec<Exception>, name: &str, expected: Option<&str>) {
        let lists: &[testing::TestList<'_>] = &[(
            "base/gambling",
            ListClass::Own,
            "gambling",
            &["fb88.com", "*.x.com", "=y.com"],
        )];
        let groups = Groups::new(group, Vec::new()).unwrap();
        let policy = Policy::new(testing::ruleset(lists), groups, Exceptions::new(exceptions));
        let name = testing::name(name);
        let verdict = decide(&policy, &name, 0, None);
        assert_eq!(
            rule(&policy, &name, 0, &verdict).as_deref(),
            expected,
            "{verdict:?}"
        );
    }

    #[test]
    fn every_kind_of_rule_has_its_text() {
        let plain = || class(|_| {});
        check(plain(), Vec::new(), "www.fb88.com", Some("fb88.com"));
        check(plain(), Vec::new(), "a.x.com", Some("*.x.com"));
        check(plain(), Vec::new(), "y.com", Some("=y.com"));
        check(
            plain(),
            Vec::new(),
            "nobody-knows.vn",
            Some("uncategorised"),
        );
    }

    #[test]
    fn people_s_rules_are_named() {
        let (name, scope) = Scope::parse_entry("hoc.vn").unwrap();
        let exception = Exception {
            id: 12,
            target: Target::Name(name, scope),
            allow: false,
            role: Role::School,
            author: "cli:an".into(),
            reason: "thi".into(),
            group: None,
            until: None,
        };
        check(
            class(|_| {}),
            vec![exception],
            "a.hoc.vn",
            Some("exception 12"),
        );
        let exam = class(|group| {
            group.mode = Some(lachan_policy::ModeSwitch {
                mode: lachan_policy::Mode::Exam,
                until: None,
                by: Role::School,
            });
        });
        check(exam, Vec::new(), "hoc.vn", Some("mode exam"));
        let night = class(|group| {
            group.timetable.periods.push(Period {
                name: "Tiết 1".into(),
                days: Days::ALL,
                from: 0,
                to: 0,
                closed: CategorySet::EMPTY,
                close_all: true,
                mode: None,
            });
        });
        check(night, Vec::new(), "hoc.vn", Some("timetable Tiết 1"));
    }
}
