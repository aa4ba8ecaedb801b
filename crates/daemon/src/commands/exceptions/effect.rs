//! Whether an exception that was just made decides anything: the same question that `why` asks, so
//! that nobody learns only from a pupil that a lock of the department or a mode stands above it.

use std::sync::Arc;

use lachan_policy::book::Book;
use lachan_policy::ruleset::Ruleset;
use lachan_policy::{
    Action, Ask, CategorySet, Level, Moment, Name, Policy, Role, Rule, Scope, Step, Tier,
};
use lachan_store::{StoredException, Subject};
use serde_json::{Value, json};

use crate::console::{Console, WARNING, action_style, styled};
use crate::fault::Fault;
use crate::network::Links;
use crate::policy_source::{People, tier_group};

/// What an exception does now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Effect {
    exception: i64,
    /// Groups or tiers that it should decide for, and how many of them there are.
    asked: usize,
    without: Vec<Without>,
    /// Whether it waits for the clock: an opening with an end does not hold without one.
    waits_for_clock: bool,
}

/// A group or tier that something else decides for.
#[derive(Debug, PartialEq, Eq)]
struct Without {
    /// The group's name; `None` for a tier by itself.
    group: Option<String>,
    tier: Tier,
    action: Action,
    level: Level,
    /// The role it would have taken.
    needs: Option<Role>,
}

/// What to ask for an exception: a name that it covers, and what is found on it. `None` for a
/// service of which the book names no host.
fn probe(subject: &Subject, book: &Book) -> Option<(Name, CategorySet)> {
    match subject {
        Subject::Name(name, Scope::Below) => {
            let below = Name::from_text(&format!("www.{name}")).ok()?;
            Some((below, CategorySet::EMPTY))
        }
        Subject::Name(name, _) => Some((**name, CategorySet::EMPTY)),
        // A name that no list has (RFC 6761, section 6.4), with the category found on its page.
        Subject::Category(category) => {
            let name = Name::from_text("page.invalid").ok()?;
            Some((name, CategorySet::of(*category)))
        }
        Subject::Service(id) => {
            let service = book
                .data()
                .services
                .iter()
                .find(|service| service.id == *id)?;
            let host = Name::from_text(&service.host).ok()?;
            Some((host, CategorySet::EMPTY))
        }
    }
}

/// Asks what it does: for its group, or for each tier when it is for the whole school. `None`
/// where that cannot be asked, see [`probe`].
///
/// # Errors
/// [`Fault::Clash`], as for every policy.
pub(super) fn effect(
    made: &StoredException,
    people: &People,
    ruleset: Arc<Ruleset>,
    unknown: Tier,
    at: Option<Moment>,
) -> Result<Option<Effect>, Fault> {
    let Some((name, found)) = probe(&made.subject, ruleset.book()) else {
        return Ok(None);
    };
    let policy = people.policy_with_tiers(ruleset, unknown, &Links::default())?;
    let groups = match made.group {
        Some(id) => {
            let all = policy.groups().all();
            all.iter()
                .position(|group| group.id == id)
                .into_iter()
                .collect()
        }
        None => Tier::ALL.map(|tier| tier_group(&policy, tier)).to_vec(),
    };
    let ask = |group| Ask {
        name: &name,
        group,
        at,
        found,
    };
    let without = groups
        .iter()
        .filter_map(|group| without(&policy, &ask(*group), made))
        .collect();
    Ok(Some(Effect {
        exception: made.id,
        asked: groups.len(),
        without,
        waits_for_clock: made.allow && made.until.is_some() && at.is_none(),
    }))
}

/// What decides instead of the exception; `None` when it decides itself. Traced, so that sealed
/// entries are passed over: nobody tries names against them by making exceptions.
fn without(policy: &Policy, ask: &Ask<'_>, made: &StoredException) -> Option<Without> {
    let mut steps = Vec::new();
    let verdict = policy.decide_traced(ask, &mut steps);
    let is_made = |index: u32| {
        let all = policy.exceptions().all();
        let exception = usize::try_from(index).ok().and_then(|index| all.get(index));
        exception.is_some_and(|exception| exception.id == made.id)
    };
    if matches!(verdict.rule, Rule::Exception(index) if is_made(index)) {
        return None;
    }
    let needs = steps.iter().find_map(|step| match step {
        Step::Refused {
            exception, needs, ..
        } if is_made(*exception) => Some(*needs),
        _ => None,
    });
    let group = policy.groups().all().get(ask.group);
    let name = group.map(|group| group.name.clone());
    Some(Without {
        group: name.filter(|_| made.group.is_some()),
        tier: verdict.tier,
        action: verdict.action,
        level: verdict.level,
        needs,
    })
}

impl Effect {
    /// Whether it decides for anybody.
    pub(super) fn is_effective(&self) -> bool {
        self.without.len() < self.asked
    }

    /// For whom it decides nothing, and what does.
    pub(super) fn as_json(&self) -> Value {
        let all = self.without.iter().map(|without| {
            json!({
                "group": without.group,
                "tier": without.tier.id(),
                "action": without.action.id(),
                "level": without.level.id(),
                "needs": without.needs.map(Role::id),
            })
        });
        all.collect()
    }

    /// Says for whom it decides nothing, and why.
    pub(super) fn tell(&self, book: &Book, console: &mut Console<'_>) -> Result<(), Fault> {
        if self.without.is_empty() {
            return Ok(());
        }
        let words = console.words;
        let title = if self.is_effective() {
            words.effect_in_part(self.exception)
        } else {
            words.no_effect(self.exception)
        };
        console.note(styled(WARNING, title))?;
        for without in &self.without {
            console.note(format_args!("  {}", without.told(book, console)))?;
        }
        if self.waits_for_clock {
            console.note(format_args!("  {}", words.at_unknown()))?;
        }
        Ok(())
    }
}

impl Without {
    /// `THCS: CHẶN, quyết định bởi khóa của Sở cho cấp này`
    fn told(&self, book: &Book, console: &Console<'_>) -> String {
        let words = console.words;
        let tier = words.tier_named(book, self.tier);
        let whom = match &self.group {
            Some(group) => words.of_group(group, &tier),
            None => tier,
        };
        let action = styled(action_style(self.action), words.action_named(self.action));
        let why = words.decided(&words.level_named(self.level));
        let needs = self.needs.map_or_else(String::new, |role| {
            format!("; {}", words.only_may_open(&words.role_named(role)))
        });
        format!("{whom}: {action}, {why}{needs}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_lists::testing;
    use lachan_policy::{Group, GroupId, Mode, ModeSwitch};

    fn made(subject: &str, allow: bool, group: Option<u32>) -> StoredException {
        StoredException {
            id: 7,
            subject: subject.parse().unwrap(),
            allow,
            role: Role::School,
            author: "cli:an".into(),
            reason: "thi".into(),
            group: group.map(GroupId),
            made: None,
            until: None,
            ended: None,
        }
    }

    fn ask(made: &StoredException, mode: Option<Mode>) -> Option<Effect> {
        let mut class = Group::new(GroupId(1), "6A", Tier::Thcs);
        class.mode = mode.map(|mode| ModeSwitch {
            mode,
            until: None,
            by: Role::School,
        });
        let people = People {
            groups: vec![class],
            exceptions: vec![made.clone()],
        };
        let ruleset = testing::shipped_ruleset();
        effect(made, &people, ruleset, Tier::TieuHoc, None).unwrap()
    }

    fn check(subject: &str, allow: bool, group: Option<u32>, expected: bool, level: Option<Level>) {
        let effect = ask(&made(subject, allow, group), None).unwrap();
        assert_eq!(effect.is_effective(), expected, "{subject}: {effect:?}");
        let first = effect.without.first().map(|without| without.level);
        assert_eq!(first, level, "{subject}: {effect:?}");
    }

    #[test]
    fn what_an_exception_decides_is_found_out() {
        let lock = Some(Level::DepartmentLock);
        check("name:hoc.example.vn", false, None, true, None);
        check("name:*.hoc.example.vn", false, None, true, None);
        check("name:hoc.example.vn", false, Some(1), true, None);
        check("name:fb88.com", true, Some(1), false, lock);
        check("name:*.fb88.com", true, Some(1), false, lock);
        check("name:vn-cop.vn", false, None, false, Some(Level::Help));
        let rules = testing::shipped_rules();
        let gambling = rules.category("gambling").map(Subject::Category).unwrap();
        // Found on a page and in no list, it is the tier's table that closes it.
        let table = Some(Level::Tier);
        check(&gambling.to_string(), true, Some(1), false, table);
        check(&gambling.to_string(), false, Some(9), false, None);
    }

    #[test]
    fn a_mode_above_it_is_named() {
        let effect = ask(
            &made("name:hoc.example.vn", true, Some(1)),
            Some(Mode::Exam),
        )
        .unwrap();
        let without = &effect.without[0];
        assert_eq!(
            (without.level, without.group.as_deref()),
            (Level::Exam, Some("6A"))
        );
    }

    #[test]
    fn an_opening_with_an_end_waits_for_the_clock() {
        let timed = StoredException {
            until: Some(i64::MAX),
            ..made("name:hoc.example.vn", true, Some(1))
        };
        let effect = ask(&timed, None).unwrap();
        assert!(effect.waits_for_clock && !effect.is_effective());
    }

    #[test]
    fn a_service_is_asked_for_by_a_host_of_it() {
        check("service:zalo", false, None, true, None);
        check("service:zalo", true, Some(1), true, None);
        assert_eq!(ask(&made("service:none", false, None), None), None);
    }
}
