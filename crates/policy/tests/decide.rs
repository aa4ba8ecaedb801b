//! The decision, through the one door every channel uses.

#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::sync::Arc;

use lachan_lists::testing::{self, TestList, name};
use lachan_policy::ruleset::{ListClass as L, Ruleset};
use lachan_policy::{
    Action, Ask, Category, CategorySet, CellChange, Days, Exception, Exceptions, Group, GroupId,
    Groups, Level, Mode, ModeSwitch, Moment, Name, Period, Policy, Role, Rule, Scope, Step, Target,
    Tier, Verdict,
};
use proptest::prelude::*;

const NOON: Moment = Moment {
    unix: 1_000_000,
    weekday: 0,
    minute: 12 * 60,
};
const NAME: &str = "x.vidu.vn";

/// A situation: lists, exceptions and one group, asked about one name.
#[derive(Clone)]
struct Scene {
    lists: Vec<TestList<'static>>,
    exceptions: Vec<Exception>,
    group: Group,
}

impl Scene {
    fn new(tier: Tier) -> Self {
        let group = Group::new(GroupId(1), "lop-1", tier);
        Self {
            lists: Vec::new(),
            exceptions: Vec::new(),
            group,
        }
    }

    fn list(
        mut self,
        id: &'static str,
        class: L,
        category: &'static str,
        entries: &'static [&'static str],
    ) -> Self {
        self.lists.push((id, class, category, entries));
        self
    }

    fn exception(mut self, entry: &str, allow: bool, role: Role) -> Self {
        let (name, scope) = Scope::parse_entry(entry).unwrap();
        self.exceptions
            .push(exception(Target::Name(name, scope), allow, role));
        self
    }

    fn mode(mut self, mode: Mode) -> Self {
        self.group.mode = Some(ModeSwitch {
            mode,
            until: None,
            by: Role::School,
        });
        self
    }

    fn closing_period(mut self) -> Self {
        self.group
            .timetable
            .periods
            .push(period(CategorySet::EMPTY, true));
        self
    }

    fn policy(&self) -> Policy {
        policy(
            testing::ruleset(&self.lists),
            self.group.clone(),
            self.exceptions.clone(),
        )
    }

    fn decide(&self, text: &str) -> Verdict {
        ask(&self.policy(), &name(text))
    }

    /// The verdict with what lists say of an address behind the name.
    fn decide_at(&self, text: &str, address: &str) -> Option<Verdict> {
        let (policy, name) = (self.policy(), name(text));
        let ask = Ask {
            name: &name,
            group: 0,
            at: Some(NOON),
            found: CategorySet::EMPTY,
        };
        policy.decide_address(&ask, address.parse().unwrap())
    }

    /// Expects an action and the level that decided.
    #[track_caller]
    fn check(&self, text: &str, action: Action, level: Level) -> Verdict {
        let verdict = self.decide(text);
        assert_eq!(
            (verdict.action, verdict.level),
            (action, level),
            "{text}: {verdict:?}"
        );
        verdict
    }
}

fn policy(ruleset: Arc<Ruleset>, group: Group, exceptions: Vec<Exception>) -> Policy {
    let groups = Groups::new(group, Vec::new()).unwrap();
    Policy::new(ruleset, groups, Exceptions::new(exceptions))
}

fn ask(policy: &Policy, name: &Name) -> Verdict {
    policy.decide(&Ask {
        name,
        group: 0,
        at: Some(NOON),
        found: CategorySet::EMPTY,
    })
}

fn exception(target: Target, allow: bool, role: Role) -> Exception {
    Exception {
        id: 1,
        target,
        allow,
        role,
        author: "co-lan".into(),
        reason: "bài học".into(),
        group: None,
        until: Some(NOON.unix + 60),
    }
}

fn period(closed: CategorySet, close_all: bool) -> Period {
    Period {
        name: "Tiết 5".into(),
        days: Days::ALL,
        from: 0,
        to: 0,
        closed,
        close_all,
        mode: None,
    }
}

fn category(id: &str) -> Category {
    testing::shipped_rules().category(id).unwrap()
}

const ENTRY: &[&str] = &["vidu.vn"];

/// Makes a level decide about [`NAME`] in upper secondary school, with an action.
type Setup = (Level, Action, fn(Scene) -> Scene);

const SETUPS: [Setup; 17] = [
    (Level::Help, Action::Allow, |s| {
        s.list("help/x", L::Help, "help", ENTRY)
    }),
    (Level::Statutory, Action::Block, |s| {
        s.list("law", L::Statutory, "statutory", ENTRY)
    }),
    (Level::AlwaysOpen, Action::Allow, |s| {
        s.list("open", L::AlwaysOpen, "", ENTRY)
    }),
    (Level::DepartmentLock, Action::Block, |s| {
        s.list("bets", L::Own, "gambling", ENTRY)
    }),
    (Level::Exam, Action::Allow, |s| {
        s.list("exam", L::Exam, "", ENTRY).mode(Mode::Exam)
    }),
    (Level::Exam, Action::Block, |s| s.mode(Mode::Exam)),
    (Level::LessonPass, Action::Allow, |s| {
        s.exception("vidu.vn", true, Role::Teacher)
    }),
    (Level::LessonPass, Action::Block, |s| {
        s.exception("vidu.vn", false, Role::Teacher)
    }),
    (Level::LocalException, Action::Allow, |s| {
        s.exception("vidu.vn", true, Role::School)
    }),
    (Level::LocalException, Action::Block, |s| {
        s.exception("vidu.vn", false, Role::School)
    }),
    (Level::DepartmentException, Action::Allow, |s| {
        s.exception("vidu.vn", true, Role::Department)
    }),
    (Level::DepartmentException, Action::Block, |s| {
        s.exception("vidu.vn", false, Role::Department)
    }),
    (Level::Mode, Action::Allow, |s| {
        s.list("class", L::OnlineClass, "", ENTRY)
            .mode(Mode::OnlineClass)
    }),
    (Level::Mode, Action::Block, |s| s.mode(Mode::AllowlistOnly)),
    (Level::Timetable, Action::Block, Scene::closing_period),
    (Level::Tier, Action::Block, |s| {
        s.list("social", L::Own, "social", ENTRY)
    }),
    (Level::Default, Action::Allow, |s| s),
];

#[test]
fn every_level_decides_when_alone() {
    for (level, action, setup) in SETUPS {
        setup(Scene::new(Tier::Thpt)).check(NAME, action, level);
    }
}

#[test]
fn every_level_wins_over_every_lower_one_whatever_both_say() {
    let mut pairs = 0;
    for (index, (higher, action, setup)) in SETUPS.iter().enumerate() {
        for (lower, _, other) in &SETUPS[index + 1..] {
            let both_are_modes = matches!((higher, lower), (Level::Exam, Level::Mode));
            if higher == lower || both_are_modes {
                continue; // a group is in one mode at a time
            }
            let scene = setup(other(Scene::new(Tier::Thpt)));
            scene.check(NAME, *action, *higher);
            pairs += 1;
        }
    }
    assert!(pairs > 110, "{pairs}");
}

#[test]
fn a_mode_switched_on_by_hand_wins_over_the_timetables() {
    let mut scene = Scene::new(Tier::Thpt).mode(Mode::Normal);
    let mut exam = period(CategorySet::EMPTY, false);
    exam.mode = Some(Mode::Exam);
    scene.group.timetable.periods.push(exam);
    scene.check(NAME, Action::Allow, Level::Default);
    scene.group.mode = None;
    scene.check(NAME, Action::Block, Level::Exam);
}

#[test]
fn a_pass_opens_only_what_its_makers_role_may_open() {
    // (category, tier) by lock: gambling K, drugs C, social G in upper secondary school.
    for (category, role, level) in [
        ("gambling", Role::Teacher, Level::DepartmentLock),
        ("gambling", Role::School, Level::DepartmentLock),
        ("gambling", Role::Department, Level::DepartmentLock),
        ("drugs", Role::Teacher, Level::Tier),
        ("drugs", Role::School, Level::LocalException),
        ("drugs", Role::Department, Level::DepartmentException),
        ("social", Role::Teacher, Level::LessonPass),
        ("social", Role::School, Level::LocalException),
    ] {
        let scene = Scene::new(Tier::Thpt)
            .list("list", L::Own, category, ENTRY)
            .exception("vidu.vn", true, role);
        let opens = level > Level::DepartmentLock && level < Level::Tier;
        scene.check(
            NAME,
            if opens { Action::Allow } else { Action::Block },
            level,
        );
    }
}

#[test]
fn a_refused_pass_is_told() {
    let scene = Scene::new(Tier::Thpt)
        .list("list", L::Own, "drugs", ENTRY)
        .exception("vidu.vn", true, Role::Teacher);
    let mut steps = Vec::new();
    let policy = scene.policy();
    let name = name(NAME);
    policy.decide_traced(
        &Ask {
            name: &name,
            group: 0,
            at: Some(NOON),
            found: CategorySet::EMPTY,
        },
        &mut steps,
    );
    let refused = Step::Refused {
        level: Level::LessonPass,
        exception: 0,
        needs: Role::School,
    };
    assert!(steps.contains(&refused), "{steps:?}");
    assert_eq!(steps.last(), Some(&Step::Decided(Level::Tier)));
}

#[test]
fn an_open_name_closes_by_statute_only() {
    let open = Scene::new(Tier::TieuHoc)
        .list("open", L::AlwaysOpen, "", ENTRY)
        .list("bets", L::Imported, "gambling", ENTRY)
        .exception("x.vidu.vn", false, Role::Department)
        .mode(Mode::Exam)
        .closing_period();
    open.check(NAME, Action::Allow, Level::AlwaysOpen);
    open.list("law", L::Statutory, "statutory", &["=x.vidu.vn"])
        .check(NAME, Action::Block, Level::Statutory);
}

#[test]
fn help_is_open_even_against_a_statute_and_never_logged() {
    let scene = Scene::new(Tier::MamNon)
        .list("help/111", L::Help, "help", ENTRY)
        .list("law", L::Statutory, "statutory", ENTRY);
    let verdict = scene.check(NAME, Action::Allow, Level::Help);
    assert!(verdict.no_log && verdict.no_name && !verdict.alert);
}

#[test]
fn imported_entries_never_close_a_protected_name() {
    let scene = Scene::new(Tier::Thpt)
        .list("chat", L::Protected, "messaging", &["zalo.me"])
        .list("phish", L::Imported, "scam", &["zalo.me", "evil.zalo.me"]);
    // Messaging is G in upper secondary school: closed as messaging, not as a scam.
    let verdict = scene.check("zalo.me", Action::Block, Level::Tier);
    assert_eq!(verdict.category, Some(category("messaging")));
    let mut staff = scene.clone();
    staff.group.tier = Tier::Staff;
    staff.check("zalo.me", Action::Allow, Level::Tier);
    staff.check("evil.zalo.me", Action::Allow, Level::Tier);
}

#[test]
fn a_protected_name_is_closed_by_its_own_category_switch_tier_timetable_and_mode() {
    let base = || {
        Scene::new(Tier::Staff)
            .list("chat", L::Protected, "messaging", &["zalo.me"])
            .list("services/zalo", L::Service, "messaging", &["zalo.me"])
    };
    base().check("zalo.me", Action::Allow, Level::Tier);
    let mut small = base();
    small.group.tier = Tier::TieuHoc;
    small.check("zalo.me", Action::Block, Level::Tier);
    let mut switched = base();
    let service = testing::ruleset(&[]).book().service_named("zalo").unwrap();
    switched
        .exceptions
        .push(exception(Target::Service(service), false, Role::School));
    switched.check("zalo.me", Action::Block, Level::LocalException);
    let mut timed = base();
    timed
        .group
        .timetable
        .periods
        .push(period(CategorySet::of(category("messaging")), false));
    timed.check("zalo.me", Action::Block, Level::Timetable);
    base()
        .mode(Mode::Exam)
        .check("zalo.me", Action::Block, Level::Exam);
}

#[test]
fn an_own_list_closes_a_protected_name() {
    Scene::new(Tier::Thpt)
        .list("p", L::Protected, "education", ENTRY)
        .list("own", L::Own, "scam", &["x.vidu.vn"])
        .check(NAME, Action::Block, Level::DepartmentLock);
}

#[test]
fn a_correction_strikes_even_a_locked_category_and_only_that() {
    let scene = Scene::new(Tier::Thpt)
        .list("bets", L::Imported, "gambling", ENTRY)
        .list("net", L::Imported, "social", ENTRY)
        .list("fix", L::Correction, "gambling", &["x.vidu.vn"]);
    let verdict = scene.check(NAME, Action::Block, Level::Tier);
    assert_eq!(verdict.category, Some(category("social")));
    scene.check("y.vidu.vn", Action::Block, Level::DepartmentLock);
}

#[test]
fn the_longest_entry_wins_within_the_tiers_level() {
    let scene = Scene::new(Tier::Thcs)
        .list("social", L::Own, "social", &["vidu.vn"])
        .list("school", L::Own, "education", &["hoc.vidu.vn"])
        .list("drugs", L::Own, "drugs", &["xau.hoc.vidu.vn"]);
    scene.check("vidu.vn", Action::Block, Level::Tier);
    let verdict = scene.check("a.hoc.vidu.vn", Action::Allow, Level::Tier);
    assert_eq!(
        verdict.matched(&name("a.hoc.vidu.vn")),
        Some(name("hoc.vidu.vn"))
    );
    let verdict = scene.check("xau.hoc.vidu.vn", Action::Block, Level::Tier);
    assert_eq!(verdict.category, Some(category("drugs")));
    assert!(verdict.alert, "drugs alert in lower secondary school");
}

#[test]
fn scopes_mean_what_they_say() {
    let scene = Scene::new(Tier::Thpt).list(
        "a",
        L::Own,
        "gambling",
        &["=chi-minh.vn", "*.ben-duoi.vn", "ca-hai.vn"],
    );
    for (text, closed) in [
        ("chi-minh.vn", true),
        ("x.chi-minh.vn", false),
        ("ben-duoi.vn", false),
        ("x.ben-duoi.vn", true),
        ("ca-hai.vn", true),
        ("x.y.ca-hai.vn", true),
        ("xca-hai.vn", false),
    ] {
        assert_eq!(scene.decide(text).is_block(), closed, "{text}");
    }
}

#[test]
fn flags_follow_the_categories_the_name_carries() {
    let scene = Scene::new(Tier::Thcs).list("harm", L::Own, "self-harm", ENTRY);
    let verdict = scene.check(NAME, Action::Block, Level::Tier);
    assert!(verdict.alert && verdict.no_name && !verdict.no_log);
    // Told and kept nameless also when somebody opened it.
    let opened = scene.exception("vidu.vn", true, Role::School);
    let verdict = opened.check(NAME, Action::Allow, Level::LocalException);
    assert!(verdict.alert && verdict.no_name);
}

#[test]
fn unlisted_names_are_what_the_tier_says_of_the_uncategorised() {
    for (tier, action, level) in [
        (Tier::MamNon, Action::Block, Level::Tier),
        (Tier::TieuHoc, Action::Block, Level::Tier),
        (Tier::Thcs, Action::Restrict, Level::Tier),
        (Tier::Thpt, Action::Allow, Level::Default),
        (Tier::Staff, Action::Allow, Level::Default),
    ] {
        let verdict = Scene::new(tier).check(NAME, action, level);
        assert_eq!(verdict.category, Some(category("uncategorised")));
    }
}

#[test]
fn names_of_dns_itself_are_not_uncategorised() {
    for text in ["vn", "1.1.1.1.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"] {
        Scene::new(Tier::TieuHoc).check(text, Action::Allow, Level::Default);
    }
    // Unless a list says so.
    Scene::new(Tier::TieuHoc)
        .list("x", L::Own, "bypass", &["_dns.resolver.arpa"])
        .check("_dns.resolver.arpa", Action::Block, Level::Tier);
}

#[test]
fn safe_search_restricts_pupils_and_no_exception_lifts_it() {
    let scene = |tier| {
        Scene::new(tier)
            .list("safesearch/google", L::SafeSearch, "", &["=www.google.com"])
            .list(
                "safesearch/youtube",
                L::SafeSearch,
                "",
                &["=www.youtube.com"],
            )
            .list("video", L::Own, "video", &["youtube.com"])
            .list("search", L::Own, "education", &["google.com"])
    };
    for tier in [Tier::TieuHoc, Tier::Thcs, Tier::Thpt] {
        let verdict = scene(tier).check("www.google.com", Action::Restrict, Level::Tier);
        assert!(verdict.safe_form.is_some());
        assert_eq!(scene(tier).decide("mail.google.com").safe_form, None);
        scene(tier).check("www.youtube.com", Action::Restrict, Level::Tier);
        let opened = scene(tier).exception("google.com", true, Role::School);
        let verdict = opened.check("www.google.com", Action::Restrict, Level::LocalException);
        assert!(verdict.safe_form.is_some());
    }
    let staff = scene(Tier::Staff).check("www.google.com", Action::Allow, Level::Tier);
    assert_eq!(staff.safe_form, None);
}

#[test]
fn engines_without_a_safe_form_are_closed_for_the_youngest() {
    let scene = |tier| {
        Scene::new(tier)
            .list("safesearch/unsafe", L::UnsafeEngine, "", &["tim.vn"])
            .list("p", L::Own, "education", &["tim.vn"])
    };
    scene(Tier::TieuHoc).check("tim.vn", Action::Block, Level::Tier);
    scene(Tier::Thpt).check("tim.vn", Action::Allow, Level::Tier);
}

#[test]
fn modes_open_and_close_what_their_files_say() {
    let scene = |mode| {
        Scene::new(Tier::Thpt)
            .list("learn", L::Own, "education", &["hoc.vn"])
            .list("net", L::Own, "social", &["mang.vn"])
            .list("ai", L::Own, "ai", &["tro-ly.vn"])
            .mode(mode)
    };
    scene(Mode::AllowlistOnly).check("hoc.vn", Action::Allow, Level::Tier);
    scene(Mode::AllowlistOnly).check("la.vn", Action::Block, Level::Mode);
    scene(Mode::OnlineClass).check("mang.vn", Action::Block, Level::Mode);
    scene(Mode::OnlineClass).check("tro-ly.vn", Action::Block, Level::Tier);
    scene(Mode::Exam).check("hoc.vn", Action::Block, Level::Exam);
}

#[test]
fn the_youngest_have_a_walled_garden() {
    let scene = |tier| {
        Scene::new(tier)
            .list("learn", L::Own, "education", &["hoc.vn", "bao.vn"])
            .list("games", L::Own, "game-18", &["xau.hoc.vn"])
            .list("garden/learn", L::Garden, "", &["hoc.vn", "hinh.vn"])
            .mode(Mode::AllowlistOnly)
    };
    for tier in [Tier::MamNon, Tier::TieuHoc] {
        scene(tier).check("www.hoc.vn", Action::Allow, Level::Tier);
        scene(tier).check("bao.vn", Action::Block, Level::Mode);
        // What is in the garden is still what its own category makes of it.
        scene(tier).check("hinh.vn", Action::Block, Level::Tier);
        scene(tier).check("xau.hoc.vn", Action::Block, Level::Tier);
        let opened = scene(tier).exception("bao.vn", true, Role::School);
        opened.check("bao.vn", Action::Allow, Level::LocalException);
    }
    scene(Tier::Thcs).check("bao.vn", Action::Allow, Level::Tier);
    scene(Tier::Thcs).check("hinh.vn", Action::Block, Level::Mode);
}

#[test]
fn a_group_s_exception_comes_before_the_school_s_on_the_same_name() {
    for allow in [true, false] {
        let mut scene = Scene::new(Tier::Thpt)
            .exception(NAME, !allow, Role::School)
            .exception(NAME, allow, Role::School);
        scene.exceptions[1].group = Some(scene.group.id);
        let action = if allow { Action::Allow } else { Action::Block };
        scene.check(NAME, action, Level::LocalException);
    }
}

#[test]
fn the_schools_change_of_a_cell_holds_within_its_lock() {
    let mut scene = Scene::new(Tier::Thcs)
        .list("drugs", L::Own, "drugs", &["a.vn"])
        .list("bets", L::Own, "gambling", &["b.vn"]);
    for id in ["drugs", "gambling"] {
        let change = CellChange {
            category: category(id),
            action: Action::Allow,
            by: Role::School,
        };
        scene.group.changes.push(change);
    }
    scene.check("a.vn", Action::Allow, Level::Tier);
    scene.check("b.vn", Action::Block, Level::DepartmentLock);
}

#[test]
fn categories_found_otherwise_enter_at_the_tiers_level() {
    let policy = Scene::new(Tier::Thcs).policy();
    let name = name(NAME);
    let found = CategorySet::of(category("drugs"));
    let verdict = policy.decide(&Ask {
        name: &name,
        group: 0,
        at: Some(NOON),
        found,
    });
    assert_eq!(
        (verdict.action, verdict.level, verdict.rule),
        (Action::Block, Level::Tier, Rule::Cell)
    );
    assert_eq!(verdict.category, Some(category("drugs")));
}

#[test]
fn a_locked_category_found_otherwise_closes_at_the_tiers_level_and_still_admits_nobody() {
    let found = CategorySet::of(category("gambling"));
    for role in [Role::Teacher, Role::School] {
        let policy = Scene::new(Tier::Thpt)
            .exception("vidu.vn", true, role)
            .policy();
        let name = name(NAME);
        let verdict = policy.decide(&Ask {
            name: &name,
            group: 0,
            at: Some(NOON),
            found,
        });
        assert_eq!(
            (verdict.action, verdict.level),
            (Action::Block, Level::Tier)
        );
    }
}

#[test]
fn without_a_clock_time_limits_are_on_the_safe_side() {
    let decide = |scene: &Scene, at| {
        let name = name(NAME);
        scene
            .policy()
            .decide(&Ask {
                name: &name,
                group: 0,
                at,
                found: CategorySet::EMPTY,
            })
            .level
    };
    let passed = Scene::new(Tier::Thpt)
        .list("s", L::Own, "social", ENTRY)
        .exception("vidu.vn", true, Role::Teacher);
    assert_eq!(decide(&passed, Some(NOON)), Level::LessonPass);
    assert_eq!(decide(&passed, None), Level::Tier);
    let mut night = Scene::new(Tier::Thpt).closing_period();
    night.group.timetable.periods[0].from = 1;
    night.group.timetable.periods[0].to = 2;
    assert_eq!(decide(&night, Some(NOON)), Level::Default);
    assert_eq!(decide(&night, None), Level::Timetable);
}

#[test]
fn a_pass_ends_and_belongs_to_its_group() {
    let mut scene = Scene::new(Tier::Thpt)
        .list("s", L::Own, "social", ENTRY)
        .exception("vidu.vn", true, Role::Teacher);
    scene.exceptions[0].until = Some(NOON.unix);
    scene.check(NAME, Action::Block, Level::Tier);
    scene.exceptions[0].until = Some(NOON.unix + 1);
    scene.exceptions[0].group = Some(GroupId(2));
    scene.check(NAME, Action::Block, Level::Tier);
    scene.exceptions[0].group = Some(GroupId(1));
    scene.check(NAME, Action::Allow, Level::LessonPass);
}

/// Names of a small tree, so that random rules meet often.
fn tree_name() -> impl Strategy<Value = String> {
    proptest::collection::vec(0u8..3, 1..4).prop_map(|labels| {
        labels
            .iter()
            .map(|label| format!("n{label}."))
            .collect::<String>()
            + "vidu.vn"
    })
}

const RANGE: &[&str] = &["198.51.100.0/24", "2001:db8::/32"];
const INSIDE: &str = "198.51.100.7";

#[test]
fn an_address_in_a_closed_range_closes_the_name() {
    let scene = Scene::new(Tier::Thpt).list("nets/bets", L::Own, "gambling", RANGE);
    for inside in [INSIDE, "2001:db8::1", "::ffff:198.51.100.7"] {
        let verdict = scene.decide_at(NAME, inside).unwrap();
        assert!(verdict.is_block(), "{inside}");
        assert_eq!(
            (verdict.level, verdict.rule),
            (Level::DepartmentLock, Rule::Address)
        );
        assert_eq!(verdict.category, Some(category("gambling")));
        assert!(verdict.list.is_some());
    }
    for outside in ["198.51.101.7", "2001:db9::1", "::1"] {
        assert!(scene.decide_at(NAME, outside).is_none(), "{outside}");
    }
}

#[test]
fn an_address_counts_for_whom_its_category_is_closed() {
    let scene = |tier| Scene::new(tier).list("nets/social", L::Own, "social", RANGE);
    let verdict = scene(Tier::Thcs).decide_at(NAME, INSIDE).unwrap();
    assert_eq!(
        (verdict.action, verdict.level),
        (Action::Block, Level::Tier)
    );
    assert!(
        !scene(Tier::Staff)
            .decide_at(NAME, INSIDE)
            .unwrap()
            .is_block()
    );
}

/// Whatever opens a name above the level at which the address would close it keeps it open.
#[test]
fn what_opens_a_name_opens_it_whatever_its_address() {
    for (level, action, setup) in SETUPS {
        let scene = setup(Scene::new(Tier::Thpt)).list("nets/game", L::Own, "game-18", RANGE);
        let verdict = scene.decide_at(NAME, INSIDE).unwrap();
        if level < Level::Tier && action == Action::Allow && level != Level::LessonPass {
            assert_eq!((verdict.action, verdict.level), (action, level));
        } else {
            assert!(verdict.is_block(), "{level:?} {action:?}: {verdict:?}");
        }
    }
}

#[test]
fn an_allow_opens_an_address_only_where_its_author_may() {
    for (role, class, open) in [
        (Role::Teacher, "social", true),
        (Role::Teacher, "game-18", false),
        (Role::School, "game-18", true),
        (Role::School, "gambling", false),
    ] {
        let scene = Scene::new(Tier::Thpt)
            .list("nets/x", L::Own, class, RANGE)
            .exception("vidu.vn", true, role);
        let verdict = scene.decide_at(NAME, INSIDE).unwrap();
        assert_eq!(!verdict.is_block(), open, "{role:?} {class}");
    }
}

#[test]
fn an_imported_range_never_closes_a_protected_name() {
    for (class, open) in [(L::Imported, true), (L::Own, false), (L::Statutory, false)] {
        let scene = Scene::new(Tier::Thpt)
            .list("protected", L::Protected, "", ENTRY)
            .list("nets/x", class, "gambling", RANGE);
        let verdict = scene.decide_at(NAME, INSIDE).unwrap();
        assert_eq!(!verdict.is_block(), open, "{class:?}");
    }
}

#[test]
fn a_statute_closes_addresses_too_but_no_help_line() {
    let scene = Scene::new(Tier::Staff).list("law", L::Statutory, "statutory", RANGE);
    let verdict = scene.decide_at(NAME, INSIDE).unwrap();
    assert_eq!(
        (verdict.level, verdict.rule),
        (Level::Statutory, Rule::Address)
    );
    let open = scene.clone().list("open", L::AlwaysOpen, "", ENTRY);
    assert!(open.decide_at(NAME, INSIDE).unwrap().is_block());
    let help = scene.list("help/x", L::Help, "help", ENTRY);
    assert!(!help.decide_at(NAME, INSIDE).unwrap().is_block());
}

#[test]
fn a_correction_strikes_the_address_too() {
    let scene = Scene::new(Tier::Thpt)
        .list("nets/bets", L::Own, "gambling", RANGE)
        .list("righted", L::Correction, "gambling", ENTRY);
    assert!(!scene.decide_at(NAME, INSIDE).unwrap().is_block());
    let scene = Scene::new(Tier::Thpt)
        .list("nets/bets", L::Own, "gambling", RANGE)
        .list("righted", L::Correction, "gambling", &[INSIDE]);
    assert!(!scene.decide_at(NAME, INSIDE).unwrap().is_block());
    assert!(scene.decide_at(NAME, "198.51.100.8").unwrap().is_block());
}

#[test]
fn an_address_that_is_always_open_says_nothing() {
    let scene = Scene::new(Tier::Thpt)
        .list("nets/bets", L::Own, "gambling", RANGE)
        .list("open", L::AlwaysOpen, "", &[INSIDE]);
    assert!(!scene.decide_at(NAME, INSIDE).unwrap().is_block());
    assert!(scene.decide_at(NAME, "198.51.100.8").unwrap().is_block());
}

#[test]
fn a_closed_service_is_closed_by_its_addresses() {
    let services = &testing::shipped_rules().book.services;
    let zalo = services.iter().position(|service| service.id == "zalo");
    let service = Target::Service(u16::try_from(zalo.unwrap()).unwrap());
    let mut scene = Scene::new(Tier::Staff).list("services/zalo", L::Service, "messaging", RANGE);
    assert!(!scene.decide_at(NAME, INSIDE).unwrap().is_block());
    scene
        .exceptions
        .push(exception(service, false, Role::School));
    assert!(scene.decide_at(NAME, INSIDE).unwrap().is_block());
}

fn random_exception() -> impl Strategy<Value = (String, bool, u8, u8)> {
    (tree_name(), any::<bool>(), 0u8..3, 0u8..3)
}

fn exceptions_of(raw: &[(String, bool, u8, u8)]) -> Vec<Exception> {
    let make = |(id, (text, allow, role, scope)): (i64, &(String, bool, u8, u8))| {
        let scope = [Scope::Suffix, Scope::Exact, Scope::Below][usize::from(*scope)];
        let role = [Role::Teacher, Role::School, Role::Department][usize::from(*role)];
        Exception {
            id,
            ..exception(Target::Name(name(text), scope), *allow, role)
        }
    };
    (0..).zip(raw).map(make).collect()
}

fn shared_ruleset() -> Arc<Ruleset> {
    static RULESET: std::sync::LazyLock<Arc<Ruleset>> = std::sync::LazyLock::new(|| {
        testing::ruleset(&[
            (
                "bets",
                L::Imported,
                "gambling",
                &["n0.vidu.vn", "n1.n1.vidu.vn"],
            ),
            ("drugs", L::Own, "drugs", &["n1.vidu.vn"]),
            ("net", L::Own, "social", &["n2.vidu.vn", "=n0.n1.vidu.vn"]),
        ])
    });
    Arc::clone(&RULESET)
}

proptest! {
    #[test]
    fn decisions_are_deterministic_and_do_not_depend_on_order(
        raw in proptest::collection::vec(random_exception(), 0..12),
        rotation in 0usize..12,
        asked in tree_name(),
        tier in 0usize..5,
    ) {
        let group = Group::new(GroupId(1), "g", Tier::ALL[tier]);
        let forward = exceptions_of(&raw);
        let mut turned = forward.clone();
        if !turned.is_empty() {
            let by = rotation % turned.len();
            turned.rotate_left(by);
            turned.reverse();
        }
        let name = name(&asked);
        let first = policy(shared_ruleset(), group.clone(), forward.clone());
        let second = policy(shared_ruleset(), group, turned.clone());
        let (a, b) = (ask(&first, &name), ask(&second, &name));
        prop_assert_eq!(a, ask(&first, &name));
        prop_assert_eq!((a.action, a.level, a.category, a.alert), (b.action, b.level, b.category, b.alert));
        if let (Rule::Exception(a), Rule::Exception(b)) = (a.rule, b.rule) {
            prop_assert_eq!(forward[a as usize].id, turned[b as usize].id);
        }
    }

    #[test]
    fn what_the_department_locked_stays_locked(
        raw in proptest::collection::vec(random_exception(), 0..12),
        asked in tree_name(),
    ) {
        let group = Group::new(GroupId(1), "g", Tier::Thpt);
        let name = name(&asked);
        let bare = ask(&policy(shared_ruleset(), group.clone(), Vec::new()), &name);
        let with = ask(&policy(shared_ruleset(), group, exceptions_of(&raw)), &name);
        if bare.level == Level::DepartmentLock {
            prop_assert_eq!(with, bare);
        }
    }

    #[test]
    fn a_longer_exception_of_the_same_role_wins(
        upper in tree_name(),
        label in 0u8..3,
        allow in any::<bool>(),
    ) {
        let lower = format!("n{label}.{upper}");
        let group = Group::new(GroupId(1), "g", Tier::Staff);
        let raw = [(upper, !allow, 1, 0), (lower.clone(), allow, 1, 0)];
        let policy = policy(testing_ruleset_empty(), group, exceptions_of(&raw));
        let verdict = ask(&policy, &name(&lower));
        prop_assert_eq!(verdict.is_block(), !allow);
        prop_assert_eq!(verdict.rule, Rule::Exception(1));
    }
}

fn testing_ruleset_empty() -> Arc<Ruleset> {
    static RULESET: std::sync::LazyLock<Arc<Ruleset>> =
        std::sync::LazyLock::new(|| testing::ruleset(&[]));
    Arc::clone(&RULESET)
}

#[test]
fn who_could_open_a_name_is_who_really_can() {
    let who = |scene: &Scene, host: &str| {
        let policy = scene.policy();
        let name = name(host);
        policy.who_opens(&Ask {
            name: &name,
            group: 0,
            at: Some(NOON),
            found: CategorySet::EMPTY,
        })
    };
    let listed = |category| Scene::new(Tier::Thcs).list("l", L::Own, category, &["vidu.vn"]);
    assert_eq!(who(&listed("social"), NAME), Some(Role::Teacher));
    assert_eq!(who(&listed("drugs"), NAME), Some(Role::School));
    assert_eq!(
        who(&listed("gambling"), NAME),
        None,
        "locked blocks are righted, not pierced"
    );
    assert_eq!(who(&listed("education"), NAME), None, "it is open");
    assert_eq!(who(&listed("social").mode(Mode::Exam), NAME), None);
    assert_eq!(
        who(&listed("social").closing_period(), NAME),
        Some(Role::Teacher)
    );
}
