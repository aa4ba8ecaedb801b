//! Names hidden behind CNAMEs.

use std::sync::Arc;

use lachan_policy::{CategorySet, Days, Group, Mode, ModeSwitch, Period, Role, Tier};

use super::support::{School, exception, policy_of};

/// Whether A records of a name come through for a tier.
async fn is_open(school: &School, tier: Tier, name: &str) -> bool {
    !school.answer(tier, name, 1).await.contains("NXDOMAIN 30")
}

async fn check(school: &School, cases: &[(Tier, &str, bool)]) {
    for (tier, name, open) in cases {
        assert_eq!(
            is_open(school, *tier, name).await,
            *open,
            "{name} for {tier}"
        );
    }
}

#[tokio::test]
async fn a_closed_name_behind_an_open_one_closes_it() {
    let school = School::new().await;
    check(
        &school,
        &[
            (Tier::Thcs, "shop.hoc.vn", false),
            (Tier::Thcs, "long.hoc.vn", false),
            (Tier::Thcs, "ads.hoc.vn", false),
            (Tier::Thcs, "luat.hoc.vn", false),
            (Tier::Staff, "luat.hoc.vn", false),
        ],
    )
    .await;
    assert_eq!(school.engine.counts().cloaked, 5);
}

#[tokio::test]
async fn the_name_behind_is_decided_for_the_one_who_asks() {
    let school = School::new().await;
    check(
        &school,
        &[
            (Tier::Staff, "mang.hoc.vn", true),
            (Tier::Thcs, "mang.hoc.vn", false),
            (Tier::Staff, "mang.hoc.vn", true),
        ],
    )
    .await;
    assert_eq!(
        school.upstream.asked(),
        1,
        "the second and third came from the cache"
    );
}

#[tokio::test]
async fn a_delivery_network_on_no_list_closes_nothing() {
    let school = School::new().await;
    check(&school, &[(Tier::TieuHoc, "cdn.hoc.vn", true)]).await;
}

#[tokio::test]
async fn a_negative_answer_does_not_hide_its_chain() {
    let school = School::new().await;
    let answer = school.answer(Tier::Thcs, "gone.hoc.vn", 1).await;
    assert!(answer.contains("EDE 15"), "{answer}");
    assert_eq!(school.engine.counts().cloaked, 1);
}

#[tokio::test]
async fn the_event_names_the_queried_name_and_the_category_behind() {
    let school = School::new().await;
    school.answer(Tier::Thcs, "shop.hoc.vn", 1).await;
    assert_eq!(
        school.events.take(),
        [
            "thcs block",
            "blocked gambling shop.hoc.vn 127.0.3.9 cloaked:t.nha-cai.net"
        ]
    );
}

#[tokio::test]
async fn a_protected_name_is_not_closed_by_an_imported_entry_behind_it() {
    let school = School::new().await;
    check(
        &school,
        &[
            (Tier::Thpt, "img.bao-moi.vn", true),
            (Tier::Thpt, "xau.bao-moi.vn", true),
            (Tier::Thpt, "bai.bao-moi.vn", false),
        ],
    )
    .await;
}

#[tokio::test]
async fn help_lines_and_always_open_names_stay_open() {
    let school = School::new().await;
    check(
        &school,
        &[
            (Tier::Thcs, "chat.tong-dai-111.vn", true),
            (Tier::Thcs, "www.chinh-phu.vn", true),
            (Tier::Thcs, "luat.chinh-phu.vn", false),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_a_person_opened_is_open_through_to_its_end_but_for_locked_cells() {
    for (role, cases) in [
        (
            Role::School,
            [
                ("ads.hoc.vn", true),
                ("shop.hoc.vn", false),
                ("luat.hoc.vn", false),
            ],
        ),
        (
            Role::Teacher,
            [
                ("mang.hoc.vn", true),
                ("ads.hoc.vn", false),
                ("luat.hoc.vn", false),
            ],
        ),
        (
            Role::Department,
            [
                ("ads.hoc.vn", true),
                ("long.hoc.vn", false),
                ("luat.hoc.vn", false),
            ],
        ),
    ] {
        let school = School::with(vec![exception("hoc.vn", true, role)], |_| ()).await;
        for (name, open) in cases {
            assert_eq!(
                is_open(&school, Tier::Thcs, name).await,
                open,
                "{role:?} {name}"
            );
        }
    }
}

#[tokio::test]
async fn a_name_somebody_closed_is_closed_behind_others_too() {
    let school = School::with(
        vec![exception("edge.cdn.example.net", false, Role::School)],
        |_| (),
    )
    .await;
    check(&school, &[(Tier::Staff, "cdn.hoc.vn", false)]).await;
}

fn switched_to(mode: Mode) -> impl FnOnce(&mut Group) {
    move |group| {
        group.mode = Some(ModeSwitch {
            mode,
            until: None,
            by: Role::School,
        })
    }
}

#[tokio::test]
async fn what_an_exam_opens_is_open_through_to_its_end_but_for_locked_cells() {
    let school = School::new().await;
    school
        .policy
        .store(Arc::new(policy_of(switched_to(Mode::Exam))));
    check(
        &school,
        &[
            (Tier::Thpt, "de.thi.vn", true),
            (Tier::Thpt, "mang.thi.vn", true),
            (Tier::Thpt, "xau.thi.vn", false),
            (Tier::Thpt, "cdn.hoc.vn", false),
        ],
    )
    .await;
}

#[tokio::test]
async fn in_allowlist_mode_a_delivery_network_behind_an_open_name_is_open() {
    let school = School::new().await;
    school
        .policy
        .store(Arc::new(policy_of(switched_to(Mode::AllowlistOnly))));
    check(
        &school,
        &[
            (Tier::Thpt, "cdn.hoc.vn", true),
            (Tier::Thpt, "shop.hoc.vn", false),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_timetable_closes_what_it_names_behind_other_names_too() {
    let closing = |category: &'static str| {
        policy_of(move |group| {
            let book = super::support::policy(Vec::new()).ruleset().book().clone();
            group.timetable.periods.push(Period {
                name: "Tiết 1".into(),
                days: Days::ALL,
                from: 0,
                to: 0,
                closed: CategorySet::of(book.category_named(category).unwrap()),
                close_all: false,
                mode: None,
            });
        })
    };
    let school = School::new().await;
    school.policy.store(Arc::new(closing("ads")));
    check(
        &school,
        &[
            (Tier::Thpt, "ads.hoc.vn", false),
            (Tier::Thpt, "cdn.hoc.vn", true),
        ],
    )
    .await;
    school.policy.store(Arc::new(closing("uncategorised")));
    check(&school, &[(Tier::Thpt, "cdn.hoc.vn", true)]).await;
}

#[tokio::test]
async fn a_guess_about_the_name_behind_closes_only_a_name_nobody_knows() {
    let school = School::new().await;
    check(
        &school,
        &[
            (Tier::Thpt, "kuwin88.example.net", false),
            (Tier::Thpt, "nobody-knows.net", false),
            (Tier::Thpt, "game.hoc.vn", true),
        ],
    )
    .await;
}
