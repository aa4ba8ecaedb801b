//! Host heuristics as a decision takes them, over the shipped rules.

#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::sync::{Arc, LazyLock};

use lachan_lists::testing::{self, TestList, name};
use lachan_policy::ruleset::{Header, ListClass as L, Ruleset, SectionKind};
use lachan_policy::{
    Action, Ask, Category, CategorySet, CellChange, Exception, Exceptions, Group, GroupId, Groups,
    Heuristic, HeuristicKind, Level, Mode, ModeSwitch, Moment, Name, Policy, Role, Rule, Scope,
    Step, Target, Tier, Unsuspected, Verdict,
};
use proptest::prelude::*;

const NOON: Moment = Moment {
    unix: 1_000_000,
    weekday: 0,
    minute: 12 * 60,
};

static SHIPPED: LazyLock<Arc<Ruleset>> = LazyLock::new(testing::shipped_ruleset);
/// A ruleset with other familiar names, of which nothing that is remembered may be believed of another.
static SMALL: LazyLock<Arc<Ruleset>> =
    LazyLock::new(|| testing::ruleset(&[("own/a", L::Own, "ads", &["a.example"])]));

fn policy(ruleset: &Arc<Ruleset>, group: Group, exceptions: Vec<Exception>) -> Policy {
    let groups = Groups::new(group, Vec::new()).unwrap();
    Policy::new(Arc::clone(ruleset), groups, Exceptions::new(exceptions))
}

fn group(tier: Tier) -> Group {
    Group::new(GroupId(1), "lop-1", tier)
}

fn shipped(tier: Tier) -> Policy {
    policy(&SHIPPED, group(tier), Vec::new())
}

fn ask(name: &Name) -> Ask<'_> {
    Ask {
        name,
        group: 0,
        at: Some(NOON),
        found: CategorySet::EMPTY,
    }
}

fn decide(policy: &Policy, text: &str) -> Verdict {
    policy.decide(&ask(&name(text)))
}

/// The steps of a decision that tell a guess.
fn guesses(policy: &Policy, name: &Name) -> Vec<HeuristicKind> {
    let mut steps = Vec::new();
    let _ = policy.decide_traced(&ask(name), &mut steps);
    let kinds = steps.into_iter().filter_map(|step| match step {
        Step::Guessed(heuristic) => Some(heuristic.kind()),
        _ => None,
    });
    kinds.collect()
}

fn category(id: &str) -> Category {
    testing::shipped_rules().category(id).unwrap()
}

fn exception(target: Target, role: Role) -> Exception {
    Exception {
        id: 1,
        target,
        allow: true,
        role,
        author: "co-lan".into(),
        reason: "bài học".into(),
        group: None,
        until: Some(NOON.unix + 60),
    }
}

fn open_name(text: &str, role: Role) -> Exception {
    let (name, scope) = Scope::parse_entry(text).unwrap();
    exception(Target::Name(name, scope), role)
}

const DOORWAY: &str = "98win.moi-ra.vip";
const LOOK_ALIKE: &str = "vietcornbank.com";

#[test]
fn names_are_guessed_for_what_they_are() {
    use HeuristicKind::{Doorway, Impersonation, LookAlike};
    let policy = shipped(Tier::Thpt);
    for (text, expected) in [
        ("kuwin.guide", &[Doorway][..]),
        ("kuwin88.49021.hijacked.example", &[Doorway]),
        ("98win.com", &[Doorway]),
        ("nohu90.club", &[Doorway]),
        ("taixiu-online.net", &[Doorway]),
        ("bet3655.top", &[Doorway]),
        ("du88.care", &[Doorway]),
        ("img.vu88.la", &[Doorway]),
        ("vietcornbank.com", &[LookAlike]),
        ("g00gle.com", &[LookAlike]),
        ("việtcombank.com", &[LookAlike]),
        ("facebооk.com", &[LookAlike]),
        ("vietcombank-dangnhap.xyz", &[Impersonation]),
        ("freefire-membership.com", &[Impersonation]),
        ("example.com", &[]),
        ("windows10.example.com", &[]),
        ("alphabet123.example", &[]),
        ("hoc-toan-lop-10.vn", &[]),
        ("studio88.vn", &[]),
        ("google.fr", &[]),
        ("tra-cuu-diem-thi.vn", &[]),
        ("1.0.168.192.in-addr.arpa", &[]),
        ("vip", &[]),
    ] {
        assert_eq!(guesses(&policy, &name(text)), expected, "{text}");
    }
}

#[test]
fn a_door_way_is_closed_at_the_tiers_level_as_gambling() {
    for tier in Tier::ALL {
        let verdict = decide(&shipped(tier), DOORWAY);
        assert_eq!(
            (verdict.action, verdict.level),
            (Action::Block, Level::Tier),
            "{tier}"
        );
        assert_eq!(verdict.category, Some(category("gambling")), "{tier}");
        assert!(verdict.list.is_none() && !verdict.alert, "{tier}");
        let Rule::Heuristic(Heuristic::Doorway(sign)) = verdict.rule else {
            panic!("{tier}: {verdict:?}");
        };
        assert_eq!(sign.part(&name(DOORWAY)), "98win");
        assert!(sign.score >= 100);
    }
}

#[test]
fn the_school_opens_a_door_way_and_a_teacher_does_not() {
    for (role, expected) in [
        (Role::Teacher, (Action::Block, Level::Tier)),
        (Role::School, (Action::Allow, Level::LocalException)),
        (
            Role::Department,
            (Action::Allow, Level::DepartmentException),
        ),
    ] {
        let policy = policy(
            &SHIPPED,
            group(Tier::Thcs),
            vec![open_name("moi-ra.vip", role)],
        );
        let verdict = decide(&policy, DOORWAY);
        assert_eq!((verdict.action, verdict.level), expected, "{role:?}");
    }
}

#[test]
fn a_pass_that_does_not_open_is_told_who_may() {
    let policy = policy(
        &SHIPPED,
        group(Tier::Thcs),
        vec![open_name("moi-ra.vip", Role::Teacher)],
    );
    let mut steps = Vec::new();
    let _ = policy.decide_traced(&ask(&name(DOORWAY)), &mut steps);
    let refused = Step::Refused {
        level: Level::LessonPass,
        exception: 0,
        needs: Role::School,
    };
    assert!(steps.contains(&refused), "{steps:?}");
}

#[test]
fn a_school_may_do_without_guesses_and_keeps_the_lists() {
    let open = exception(Target::Category(category("gambling")), Role::School);
    let policy = policy(&SHIPPED, group(Tier::Thpt), vec![open]);
    assert!(!decide(&policy, DOORWAY).is_block());
    let listed = decide(&policy, "fb88.com");
    assert_eq!(
        (listed.action, listed.level),
        (Action::Block, Level::DepartmentLock)
    );
}

#[test]
fn where_gambling_is_open_a_door_way_is_a_name_like_others() {
    let mut staff = group(Tier::Staff);
    staff.changes = vec![CellChange {
        category: category("gambling"),
        action: Action::Allow,
        by: Role::School,
    }];
    let policy = policy(&SHIPPED, staff, Vec::new());
    let verdict = decide(&policy, DOORWAY);
    assert_eq!(
        (verdict.action, verdict.level),
        (Action::Allow, Level::Default)
    );
    assert_eq!(verdict.rule, Rule::Cell);
}

#[test]
fn higher_levels_decide_before_a_guess() {
    let mut exam = group(Tier::Thpt);
    exam.mode = Some(ModeSwitch {
        mode: Mode::Exam,
        until: None,
        by: Role::School,
    });
    let verdict = decide(&policy(&SHIPPED, exam, Vec::new()), DOORWAY);
    assert_eq!(
        (verdict.level, verdict.rule),
        (Level::Exam, Rule::Mode(Mode::Exam))
    );
}

#[test]
fn a_name_that_any_list_knows_is_not_guessed_at() {
    for (class, id, category) in [
        (L::Own, "base/education", "education"),
        (L::Imported, "imported", "shopping"),
        (L::Protected, "protected/x", "education"),
        (L::AlwaysOpen, "always-open/x", ""),
        (L::Help, "help/x", "help"),
        (L::Correction, "corrections", "gambling"),
        (L::Exam, "modes/exam", ""),
    ] {
        let lists: [TestList<'_>; 1] = [(id, class, category, &["moi-ra.vip"])];
        let policy = policy(&testing::ruleset(&lists), group(Tier::Thpt), Vec::new());
        assert_eq!(guesses(&policy, &name(DOORWAY)), [], "{id}");
        let other: [TestList<'_>; 1] = [(id, class, category, &["=moi-ra.vip"])];
        let policy = self::policy(&testing::ruleset(&other), group(Tier::Thpt), Vec::new());
        // The entry is not about this host; but the site of a name people live on is familiar.
        let is_familiar = matches!(class, L::Protected | L::AlwaysOpen | L::Help);
        let expected = [HeuristicKind::Doorway];
        let expected = if is_familiar { &[][..] } else { &expected };
        assert_eq!(guesses(&policy, &name(DOORWAY)), expected, "={id}");
    }
}

#[test]
fn a_look_alike_is_told_and_stays_open() {
    for (tier, action, level) in [
        (Tier::Thcs, Action::Restrict, Level::Tier),
        (Tier::Thpt, Action::Allow, Level::Default),
        (Tier::Staff, Action::Allow, Level::Default),
    ] {
        let verdict = decide(&shipped(tier), LOOK_ALIKE);
        assert_eq!((verdict.action, verdict.level), (action, level), "{tier}");
        assert!(verdict.alert, "{tier}");
        let Rule::Heuristic(Heuristic::LookAlike(familiar)) = verdict.rule else {
            panic!("{tier}: {verdict:?}");
        };
        let of = SHIPPED.familiar(familiar).unwrap().to_string();
        assert!(of.starts_with("vietcombank."), "{of}");
    }
}

#[test]
fn where_unknown_names_are_closed_a_look_alike_is_one_and_told() {
    let verdict = decide(&shipped(Tier::TieuHoc), LOOK_ALIKE);
    assert_eq!((verdict.action, verdict.rule), (Action::Block, Rule::Cell));
    assert_eq!(verdict.category, Some(category("uncategorised")));
    assert!(verdict.alert);
}

#[test]
fn who_opens_a_look_alike_silences_it() {
    let open = vec![open_name(LOOK_ALIKE, Role::School)];
    let verdict = decide(&policy(&SHIPPED, group(Tier::Thpt), open), LOOK_ALIKE);
    assert_eq!(verdict.level, Level::LocalException);
    assert!(!verdict.alert);
}

#[test]
fn familiar_names_are_those_people_live_on() {
    let familiar = testing::shipped_rules().popular.len();
    assert!(SHIPPED.familiar_count() > familiar / 2);
    let bare: [TestList<'_>; 1] = [(
        "protected/bank",
        L::Protected,
        "education",
        &["nganhangx.vn"],
    )];
    let policy = policy(&testing::ruleset(&bare), group(Tier::Thpt), Vec::new());
    assert_eq!(guesses(&policy, &name("ngannhangx.vn")), []);
    assert_eq!(guesses(&policy, &name("nqanhangx.vn")), []);
    assert_eq!(
        guesses(&policy, &name("ngánhàngx.com")),
        [HeuristicKind::LookAlike]
    );
    assert_eq!(
        guesses(&policy, &name("nganhangx.com")),
        [],
        "the word itself looks like nothing"
    );
}

#[test]
fn a_damaged_section_of_familiar_names_guesses_nothing() {
    let lists: [TestList<'_>; 1] = [(
        "protected/bank",
        L::Protected,
        "education",
        &["nganhangx.vn"],
    )];
    let mut bytes = testing::ruleset_bytes(&lists);
    let header = Header::from_bytes(&bytes).unwrap();
    let section = *header.section(SectionKind::Familiar).unwrap();
    bytes[usize::try_from(section.offset).unwrap() + 9] ^= 1;
    let ruleset = Arc::new(Ruleset::open(Box::new(bytes)).unwrap());
    assert_eq!(ruleset.familiar_count(), 0);
    let policy = policy(&ruleset, group(Tier::Thpt), Vec::new());
    assert_eq!(guesses(&policy, &name("ngánhàngx.com")), []);
}

/// Names as wire bytes: any bytes, or labels that patterns and skeletons care for.
fn any_name() -> impl Strategy<Value = Name> {
    let odd = prop::collection::vec(any::<u8>(), 1..24);
    let telling = "(xn--)?[a-z0-9-]{0,6}(kuwin|88|bet365|g00gle|vietcornbank|login)[0-9a-z]{0,3}";
    let label = prop_oneof![odd, telling.prop_map(String::into_bytes)];
    prop::collection::vec(label, 0..6).prop_filter_map("too long", |labels| {
        let wire = labels.iter().flat_map(|label| {
            let length = u8::try_from(label.len()).unwrap_or(0);
            std::iter::once(length).chain(label.iter().copied())
        });
        let wire = wire.chain([0]).collect::<Vec<_>>();
        Name::from_wire(&wire).ok().map(|(name, _)| name)
    })
}

proptest! {
    #[test]
    fn any_name_is_decided_and_always_alike(name in any_name(), tier in 0usize..5) {
        let policy = shipped(Tier::ALL[tier]);
        let verdict = policy.decide(&ask(&name));
        prop_assert_eq!(verdict, policy.decide(&ask(&name)));
        if let Rule::Heuristic(Heuristic::Doorway(_)) = verdict.rule {
            prop_assert!(verdict.is_block() && verdict.level == Level::Tier);
        }
    }

    #[test]
    fn what_a_thread_remembers_changes_no_verdict(
        names in prop::collection::vec(any_name(), 1..8),
        order in prop::collection::vec((any::<prop::sample::Index>(), 0usize..5, any::<bool>()), 1..40),
    ) {
        let mut memory = Unsuspected::new();
        for (pick, tier, is_small) in order {
            let ruleset = if is_small { &*SMALL } else { &*SHIPPED };
            let policy = policy(ruleset, group(Tier::ALL[tier]), Vec::new());
            let asked = ask(pick.get(&names));
            let mut probe = ruleset.probe(asked.name);
            ruleset.touch(std::slice::from_mut(&mut probe));
            let verdict = policy.decide_probed(&asked, &probe, &mut memory);
            prop_assert_eq!(verdict, policy.decide(&asked));
        }
    }

    #[test]
    fn nothing_is_guessed_of_names_that_shipped_lists_know(
        labels in "((kuwin|98win|xn--vitcombank-dv3e|g00gle)[0-9]{0,3}\\.){0,2}",
        pick in any::<prop::sample::Index>(),
        tier in 0usize..5,
    ) {
        let known = testing::shipped_rules().lists.iter()
            .filter(|list| !matches!(list.spec.info.class, L::SafeSearch | L::UnsafeEngine))
            .flat_map(|list| &list.entries)
            .filter(|(_, scope)| *scope == Scope::Suffix)
            .collect::<Vec<_>>();
        let (below, _) = pick.get(&known);
        let text = format!("{labels}{below}");
        if let Ok(name) = Name::from_text(&text) {
            prop_assert_eq!(guesses(&shipped(Tier::ALL[tier]), &name), []);
        }
    }
}
