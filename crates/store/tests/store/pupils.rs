//! What pupils ask and report, what teachers open for a lesson, what the counsellor is told.

use lachan_policy::{Bells, Category, GroupId, Name, Role, Scope, Tier, Verdict};
use lachan_store::{
    Act, AdminWish, Answer, Change, Clock as _, CodeError, Crowd, Ends, ExceptionError, MAX_ASKED,
    MAX_NEW_REPORTS, MAX_OF_DEVICES, MAX_OF_NETWORKS, MAX_OPEN_REQUESTS, Made, PassWish,
    RedeemError, ReportError, ReportKind, ReportState, RequestError, RequestFilter, RequestState,
    RequestWhy, RequestWish, Sealed, Store, Subject, Typed, UnlockKey, WaitingReports,
};

use crate::support::{Bench, DAY, NOW, act, attempt, block};

const GROUP: GroupId = GroupId(1);

fn teacher() -> Act {
    Act {
        author: "co-lan".into(),
        role: Role::Teacher,
        at: Some(NOW),
    }
}

/// The second lesson of Monday, which ends at 08:35.
fn lesson(bench: &Bench) -> Ends {
    Ends::Bell(
        Bells::default()
            .to_open_for(bench.clock.now().unwrap())
            .unwrap(),
    )
}

fn school(bench: &Bench) -> Store {
    let store = bench.open();
    for (name, net) in [("8B", "10.0.0.0/24"), ("8C", "10.0.1.0/24")] {
        let subnets = vec![net.parse().unwrap()];
        store.add_group(&act(), name, Tier::Thcs, subnets).unwrap();
    }
    store
}

fn name(text: &str) -> Name {
    Name::from_text(text).unwrap()
}

fn pass(ends: Ends) -> PassWish {
    PassWish {
        subject: Subject::Name(name("bai-hoc.vn").into(), Scope::Suffix),
        group: GROUP,
        ends,
        reason: "Bài 5".into(),
    }
}

#[test]
fn a_pass_is_a_teacher_s_exception_that_ends_with_the_bell() {
    let bench = Bench::new();
    let store = school(&bench);
    let made = store.add_pass(&teacher(), pass(lesson(&bench))).unwrap();
    assert_eq!(made.lesson, Some(2));
    assert_eq!(made.exception.until, Some(NOW + 5 * 60));
    let reader = store.reader().unwrap();
    assert_eq!(
        reader.passes(NOW + 299).unwrap(),
        std::slice::from_ref(&made)
    );
    assert_eq!(reader.passes(NOW + 300).unwrap(), []);
    assert_eq!(
        reader.exceptions().unwrap(),
        std::slice::from_ref(&made.exception)
    );
    assert_eq!(made.group_name.as_deref(), Some("8B"));
    store.end_exception(&teacher(), made.exception.id).unwrap();
    assert_eq!(reader.passes(NOW).unwrap(), []);
    let minutes = store.add_pass(&teacher(), pass(Ends::Minutes(20))).unwrap();
    assert_eq!(
        (minutes.lesson, minutes.exception.until),
        (None, Some(NOW + 1200))
    );
}

#[test]
fn a_pass_without_group_clock_or_end_in_the_day_is_refused() {
    let bench = Bench::new();
    let store = school(&bench);
    let no_clock = Act {
        at: None,
        ..teacher()
    };
    let refused = store.add_pass(&no_clock, pass(lesson(&bench)));
    assert!(matches!(refused, Err(ExceptionError::TeacherWithoutClock)));
    let refused = store.add_pass(&teacher(), pass(Ends::Minutes(24 * 60 + 1)));
    assert!(matches!(refused, Err(ExceptionError::TeacherTooLong)));
    let refused = store.add_pass(&teacher(), pass(Ends::Minutes(0)));
    assert!(matches!(refused, Err(ExceptionError::EndsInPast)));
    let nobody = PassWish {
        group: GroupId(9),
        ..pass(lesson(&bench))
    };
    let refused = store.add_pass(&teacher(), nobody);
    assert!(matches!(refused, Err(ExceptionError::UnknownGroup(_))));
    assert_eq!(store.reader().unwrap().exceptions().unwrap(), []);
}

fn typed(digits: &str, group: GroupId, at: i64) -> Typed {
    Typed {
        digits: digits.to_owned().into(),
        group,
        name: name("bai-hoc.vn"),
        at,
    }
}

#[test]
fn a_code_opens_one_site_for_its_group_once_and_until_the_bell() {
    let bench = Bench::new();
    let store = school(&bench);
    let key = UnlockKey::new([7; 16]);
    let made = store
        .make_code(&teacher(), &key, GROUP, lesson(&bench))
        .unwrap();
    assert_eq!(made.digits.len(), 6);
    let try_it = |group, at| store.redeem_code(&key, typed(&made.digits, group, at));
    // Another group's, after the bell, before it was made, of another box.
    assert!(matches!(try_it(GroupId(2), NOW), Err(RedeemError::Unknown)));
    assert!(matches!(
        try_it(GROUP, NOW + 300),
        Err(RedeemError::Unknown)
    ));
    assert!(matches!(try_it(GROUP, NOW - 61), Err(RedeemError::Unknown)));
    let other = UnlockKey::new([8; 16]);
    let foreign = store.redeem_code(&other, typed(&made.digits, GROUP, NOW));
    assert!(matches!(foreign, Err(RedeemError::Unknown)));
    let pass = try_it(GROUP, NOW + 10).unwrap();
    assert_eq!(pass.exception.until, Some(NOW + 300));
    assert_eq!(
        (pass.exception.role, pass.exception.group),
        (Role::Teacher, Some(GROUP))
    );
    assert_eq!(pass.exception.author, "co-lan");
    assert!(matches!(try_it(GROUP, NOW + 11), Err(RedeemError::Unknown)));
    let codes = store.reader().unwrap().codes(NOW + 20).unwrap();
    assert_eq!((codes.len(), codes[0].used_at), (1, Some(NOW + 10)));
}

#[test]
fn a_code_for_what_cannot_be_opened_is_not_used_up() {
    let bench = Bench::new();
    let store = school(&bench);
    let key = UnlockKey::new([7; 16]);
    let made = store
        .make_code(&teacher(), &key, GROUP, lesson(&bench))
        .unwrap();
    let suffix = Typed {
        name: name("com.vn"),
        ..typed(&made.digits, GROUP, NOW)
    };
    let refused = store.redeem_code(&key, suffix);
    assert!(matches!(refused, Err(RedeemError::Exception(_))));
    assert!(
        store
            .redeem_code(&key, typed(&made.digits, GROUP, NOW))
            .is_ok()
    );
}

#[test]
fn no_digits_of_a_code_stand_in_the_file() {
    let bench = Bench::new();
    let store = school(&bench);
    let key = UnlockKey::new([7; 16]);
    let made = store
        .make_code(&teacher(), &key, GROUP, lesson(&bench))
        .unwrap();
    store.close().unwrap();
    let bytes = std::fs::read(bench.path()).unwrap();
    let has = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    assert!(!has(made.digits.as_bytes()));
    assert!(has(b"co-lan"), "the file is read where it is written");
}

#[test]
fn codes_need_a_clock_a_group_and_an_end() {
    let bench = Bench::new();
    let store = school(&bench);
    let key = UnlockKey::new([7; 16]);
    let no_clock = Act {
        at: None,
        ..teacher()
    };
    let make = |act: &Act, group, ends| store.make_code(act, &key, group, ends).unwrap_err();
    assert!(matches!(
        make(&no_clock, GROUP, Ends::Minutes(5)),
        CodeError::NoClock
    ));
    assert!(matches!(
        make(&teacher(), GroupId(9), Ends::Minutes(5)),
        CodeError::Group(9)
    ));
    assert!(matches!(
        make(&teacher(), GROUP, Ends::Minutes(0)),
        CodeError::End
    ));
}

fn request(host: &str, at: i64) -> RequestWish {
    RequestWish {
        day: 20_000,
        group: GROUP,
        tier: Tier::Thcs,
        category: Category::new(20),
        name: name(host),
        code: "K7QX3M".into(),
        why: Some(RequestWhy::Lesson),
        at,
    }
}

#[test]
fn the_same_request_of_a_class_is_one_with_a_count() {
    let bench = Bench::new();
    let store = school(&bench);
    assert!(matches!(
        store.ask_to_open(request("a.vn", NOW)),
        Ok(Made::New(_))
    ));
    let second = store.ask_to_open(request("a.vn", NOW + 60)).unwrap();
    let Made::Joined(second) = second else {
        panic!("{second:?}")
    };
    assert_eq!(
        (second.count, second.made_at, second.asked_at),
        (2, NOW, NOW + 60)
    );
    store.ask_to_open(request("b.vn", NOW)).unwrap();
    assert_eq!(store.reader().unwrap().waiting_requests().unwrap(), 2);
    let all = store
        .reader()
        .unwrap()
        .requests(&RequestFilter::default())
        .unwrap();
    let names: Vec<&str> = all.iter().map(|request| request.name.as_str()).collect();
    assert_eq!(names, ["b.vn", "a.vn"]);
    let of = |groups: &[u32]| RequestFilter {
        waiting: Some(true),
        groups: Some(groups.iter().map(|group| GroupId(*group)).collect()),
        ..RequestFilter::default()
    };
    assert_eq!(store.reader().unwrap().requests(&of(&[2])).unwrap(), []);
    assert_eq!(
        store
            .reader()
            .unwrap()
            .requests(&of(&[1, 2]))
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn an_answer_opens_for_the_group_and_is_seen_by_the_code() {
    let bench = Bench::new();
    let store = school(&bench);
    let Made::New(asked) = store.ask_to_open(request("a.vn", NOW)).unwrap() else {
        panic!("it is the first")
    };
    let forwarded = store
        .answer_request(&teacher(), asked.id, Answer::Forward, None)
        .unwrap();
    assert_eq!(forwarded.state, RequestState::Forwarded);
    let open = Answer::Open {
        ends: Some(lesson(&bench)),
    };
    let note = Some("Chỉ dùng cho bài 5".to_owned());
    let opened = store
        .answer_request(&teacher(), asked.id, open.clone(), note)
        .unwrap();
    assert_eq!(
        (opened.state, opened.until),
        (RequestState::Opened, Some(NOW + 300))
    );
    let reader = store.reader().unwrap();
    assert_eq!(reader.waiting_requests().unwrap(), 0);
    let seen = reader.request_by_code(GROUP, "K7QX3M").unwrap().unwrap();
    assert_eq!(seen, opened);
    assert_eq!(reader.request_by_code(GroupId(2), "K7QX3M").unwrap(), None);
    let passes = reader.passes(NOW).unwrap();
    assert_eq!((passes.len(), passes[0].exception.group), (1, Some(GROUP)));
    let again = store.answer_request(&teacher(), asked.id, open, None);
    assert!(matches!(again, Err(RequestError::Answered(_))));
    // After the bell it is asked anew, and waits again.
    let Made::Joined(anew) = store.ask_to_open(request("a.vn", NOW + 400)).unwrap() else {
        panic!("it is the same")
    };
    assert_eq!(anew.state, RequestState::Open);
}

#[test]
fn a_teacher_cannot_open_without_an_end_and_the_request_stays_open() {
    let bench = Bench::new();
    let store = school(&bench);
    let Made::New(asked) = store.ask_to_open(request("a.vn", NOW)).unwrap() else {
        panic!("it is the first")
    };
    let refused = store.answer_request(&teacher(), asked.id, Answer::Open { ends: None }, None);
    assert!(matches!(refused, Err(RequestError::Exception(_))));
    let long = Some("x".repeat(201));
    let refused = store.answer_request(&teacher(), asked.id, Answer::Refuse, long);
    assert!(matches!(refused, Err(RequestError::Note)));
    let opened = store.answer_request(&act(), asked.id, Answer::Open { ends: None }, None);
    assert_eq!(opened.unwrap().until, None);
}

#[test]
fn for_devices_of_no_group_nothing_is_opened_with_or_without_an_end() {
    let bench = Bench::new();
    let store = school(&bench);
    let wish = RequestWish {
        group: GroupId(0),
        ..request("a.vn", NOW)
    };
    let Made::New(asked) = store.ask_to_open(wish).unwrap() else {
        panic!("it is the first")
    };
    for ends in [None, Some(lesson(&bench)), Some(Ends::Minutes(20))] {
        let refused = store.answer_request(&act(), asked.id, Answer::Open { ends }, None);
        assert!(matches!(refused, Err(RequestError::NoGroup(_))));
    }
    assert_eq!(store.reader().unwrap().exceptions().unwrap(), []);
    let refused = store.answer_request(&act(), asked.id, Answer::Refuse, None);
    assert_eq!(refused.unwrap().state, RequestState::Refused);
}

#[test]
fn requests_of_a_group_are_bounded() {
    let bench = Bench::new();
    let store = school(&bench);
    for number in 0..MAX_OPEN_REQUESTS {
        store
            .ask_to_open(request(&format!("a{number}.vn"), NOW))
            .unwrap();
    }
    let one_more = store.ask_to_open(request("b.vn", NOW));
    assert!(matches!(one_more, Err(RequestError::TooMany)));
    let joined = store.ask_to_open(request("a0.vn", NOW));
    assert!(matches!(joined, Ok(Made::Joined(_))), "{joined:?}");
}

fn sealed(text: &str) -> Sealed {
    Sealed::new(format!("age-encryption.org/v1\n{text}").into_bytes()).unwrap()
}

const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

#[test]
fn a_report_goes_from_new_to_closed_with_its_notes() {
    let bench = Bench::new();
    let store = school(&bench);
    let early = store.add_report(ReportKind::Bullying, sealed("x"), Crowd::None, Some(NOW));
    assert!(matches!(early, Err(ReportError::NoKey)), "{early:?}");
    store
        .set_counsellor_key(&act(), RECIPIENT, "wrapped")
        .unwrap();
    let id = store
        .add_report(ReportKind::Bullying, sealed("x"), Crowd::None, Some(NOW))
        .unwrap();
    let reader = store.reader().unwrap();
    let waiting = reader.waiting_reports().unwrap();
    assert_eq!((waiting.count, waiting.since), (1, Some(NOW)));
    let seen = store.acknowledge_report(&act(), id).unwrap();
    assert_eq!(
        (seen.state, seen.acknowledged_at),
        (ReportState::Acknowledged, Some(NOW))
    );
    assert_eq!(reader.waiting_reports().unwrap(), WaitingReports::default());
    let noted = store.note_report(&act(), id, sealed("note")).unwrap();
    assert_eq!(noted.notes[0].sealed, sealed("note"));
    let closed = store.close_report(&act(), id).unwrap();
    assert_eq!(
        (closed.state, closed.closed_at),
        (ReportState::Closed, Some(NOW))
    );
    let late = store.note_report(&act(), id, sealed("late"));
    assert!(matches!(late, Err(ReportError::Closed(_))));
    assert_eq!(reader.reports(None, 10).unwrap(), [closed]);
}

#[test]
fn whoever_floods_the_counsellor_leaves_room_for_the_others() {
    let bench = Bench::new();
    let store = school(&bench);
    store
        .set_counsellor_key(&act(), RECIPIENT, "wrapped")
        .unwrap();
    let send = |crowd| store.add_report(ReportKind::Other, sealed("x"), crowd, Some(NOW));
    let fill = |crowd| {
        (0..=MAX_NEW_REPORTS)
            .take_while(|_| send(crowd).is_ok())
            .count()
    };
    let (of_devices, of_networks) = (fill(Crowd::Device), fill(Crowd::Network));
    assert_eq!(of_devices, MAX_OF_DEVICES as usize);
    assert_eq!(of_devices + of_networks, MAX_OF_NETWORKS as usize);
    // The others' is kept, and the counsellor is told how it came.
    let last = send(Crowd::None).unwrap();
    let reader = store.reader().unwrap();
    let newest = reader.reports(None, 2).unwrap();
    assert_eq!(newest[0].id, last);
    assert_eq!([newest[0].is_crowded, newest[1].is_crowded], [false, true]);
    let waiting = reader.waiting_reports().unwrap();
    assert_eq!(
        (waiting.count, waiting.crowded),
        (MAX_OF_NETWORKS + 1, MAX_OF_NETWORKS)
    );
    assert_eq!(
        fill(Crowd::None),
        (MAX_NEW_REPORTS - MAX_OF_NETWORKS - 1) as usize
    );
    assert!(matches!(send(Crowd::None), Err(ReportError::TooMany)));
}

#[test]
fn the_counsellor_s_key_is_replaced_on_the_box_only() {
    let bench = Bench::new();
    let store = school(&bench);
    store
        .set_counsellor_key(&act(), RECIPIENT, "wrapped")
        .unwrap();
    let id = store
        .add_report(ReportKind::Other, sealed("x"), Crowd::None, None)
        .unwrap();
    let other = RECIPIENT.replace("age1q", "age1p");
    let refused = store.set_counsellor_key(&act(), &other, "w");
    assert!(matches!(refused, Err(ReportError::KeyInUse)));
    // Nor is the passphrase in front of it, and though nothing waits.
    store.close_report(&act(), id).unwrap();
    for recipient in [RECIPIENT, &other] {
        let refused = store.set_counsellor_key(&act(), recipient, "again");
        assert!(matches!(refused, Err(ReportError::KeyInUse)));
    }
    assert!(store.remove_counsellor_key(&act()).unwrap());
    assert!(!store.remove_counsellor_key(&act()).unwrap());
    assert!(store.set_counsellor_key(&act(), &other, "w").is_ok());
    for bad in ["", "age1", "AGE-SECRET-KEY-1"] {
        let refused = store.set_counsellor_key(&act(), bad, "w");
        assert!(matches!(refused, Err(ReportError::Key)), "{bad}");
    }
}

#[test]
fn the_audit_log_knows_that_something_was_done_and_not_what_a_report_says() {
    let bench = Bench::new();
    let store = school(&bench);
    store
        .set_counsellor_key(&act(), RECIPIENT, "wrapped")
        .unwrap();
    let id = store
        .add_report(ReportKind::Bullying, sealed("Nam"), Crowd::None, Some(NOW))
        .unwrap();
    store.close_report(&act(), id).unwrap();
    let entries = store.reader().unwrap().audit(None, 10).unwrap();
    let of_reports: Vec<_> = entries
        .iter()
        .filter(|entry| entry.change == Change::ChangeReport)
        .collect();
    assert_eq!(of_reports.len(), 1);
    let text = format!("{entries:?}");
    assert!(
        !text.contains("bullying") && !text.contains("Nam"),
        "{text}"
    );
}

#[test]
fn a_device_is_told_its_own_blocks_and_nobody_else_s() {
    let bench = Bench::new();
    let store = school(&bench);
    let day = bench.clock.now().unwrap().local_day();
    let since = NOW / 60 - 45;
    let of = |client: u8, since| {
        let found = store
            .own_blocks([10, 0, 0, client].into(), day, since)
            .unwrap();
        found
            .into_iter()
            .map(|block| block.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(1, since), [] as [Option<String>; 0]);
    for (host, client) in [("a.nohu.com", 1), ("nohu.com", 1), ("fb88.com", 2)] {
        store.sink().try_record(bench.attempt(host, client));
    }
    assert_eq!(of(1, since), [Some("nohu.com".to_owned())]);
    store.flush().unwrap();
    assert_eq!(of(1, since), [Some("nohu.com".to_owned())]);
    assert_eq!(of(2, since), [Some("fb88.com".to_owned())]);
    assert_eq!(of(3, since), [] as [Option<String>; 0]);
    assert_eq!(
        of(1, NOW / 60 + 1),
        [] as [Option<String>; 0],
        "only this lesson's"
    );
    let unnamed = Verdict {
        no_name: true,
        ..block()
    };
    store
        .sink()
        .try_record(attempt(bench.clock.now(), unnamed, "buon.vn", 3));
    assert_eq!(of(3, since), [None]);
    // On another day nobody can ask for today's any more.
    bench.clock.pass(DAY);
    store.flush().unwrap();
    let tomorrow = store
        .own_blocks([10, 0, 0, 1].into(), day + 1, since)
        .unwrap();
    assert_eq!(tomorrow, []);
    let yesterday = store.own_blocks([10, 0, 0, 1].into(), day, since).unwrap();
    assert_eq!(yesterday, []);
}

#[test]
fn alerts_are_the_marked_cells_blocks_without_name_and_device() {
    let bench = Bench::new();
    let store = school(&bench);
    let of = |category: u8| Verdict {
        category: Category::new(category),
        ..block()
    };
    for (category, client) in [(9, 1), (9, 2), (4, 1), (5, 1)] {
        store
            .sink()
            .try_record(attempt(bench.clock.now(), of(category), "buon.vn", client));
    }
    store.flush().unwrap();
    let reader = store.reader().unwrap();
    let nine = Category::new(9).unwrap();
    let marked =
        |_: GroupId, tier: Tier, category: Category| tier == Tier::Thcs && category == nine;
    let both = [nine, Category::new(5).unwrap()];
    let alerts = reader.alerts(&both, &marked, None, 10).unwrap();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!((alerts[0].count, alerts[0].category), (2, nine));
    assert_eq!(alerts[0].minute, Some(NOW / 60));
    assert_eq!(alerts[0].group_name.as_deref(), Some("8B"));
    assert!(!format!("{alerts:?}").contains("buon"));
    assert_eq!(reader.alerts(&[], &marked, None, 10).unwrap(), []);
}

fn ask(site: &str, account: i64) -> AdminWish {
    AdminWish {
        day: DAY,
        group: GROUP,
        tier: Tier::Thcs,
        category: None,
        name: name(site),
        reason: "Bài thực hành Tin học".into(),
        account,
        at: NOW,
    }
}

#[test]
fn a_teacher_asks_the_administrator_in_her_own_name_and_sees_the_answer() {
    let bench = Bench::new();
    let store = school(&bench);
    let asked = store.ask_admin(&teacher(), ask("bai-hoc.vn", 7)).unwrap();
    assert_eq!(asked.state, RequestState::Forwarded);
    let by = asked.by.clone().unwrap();
    assert_eq!((&by.name[..], by.account), ("co-lan", 7));
    // Once, whoever of her colleagues asks too; and she explains it.
    let again = store.ask_admin(&teacher(), ask("bai-hoc.vn", 8));
    assert!(matches!(again, Err(RequestError::Asked)));
    for bad in ["", "  ", "a\nb", &"ư".repeat(201)] {
        let wish = AdminWish {
            reason: bad.into(),
            ..ask("khac.vn", 7)
        };
        let refused = store.ask_admin(&teacher(), wish);
        assert!(matches!(refused, Err(RequestError::Reason)), "{bad:?}");
    }
    // No pupil finds it by the code that it has not.
    let reader = store.reader().unwrap();
    assert_eq!(reader.request_by_code(GROUP, "").unwrap(), None);
    let answer = Answer::Open { ends: None };
    let note = Some("Mở cả học kỳ".to_owned());
    let answered = store
        .answer_request(&act(), asked.id, answer, note)
        .unwrap();
    assert_eq!(answered.state, RequestState::Opened);
    let [made] = reader.exceptions().unwrap().try_into().unwrap();
    assert_eq!(made.reason, "co-lan: Bài thực hành Tin học");
    assert_eq!((made.group, made.until), (Some(GROUP), None));
    let log = reader.audit(None, 9).unwrap();
    let changes: Vec<_> = log.iter().map(|entry| entry.change).collect();
    assert!(changes.contains(&Change::AskAdmin) && changes.contains(&Change::AnswerRequest));
    // The log of changes is kept for years, and names no site that somebody asked for.
    let texts = log
        .iter()
        .filter(|entry| entry.change == Change::AskAdmin)
        .map(|entry| format!("{entry:?}"));
    assert!(texts.into_iter().all(|text| !text.contains("bai-hoc")));
    // Answered, it may be asked anew.
    store.ask_admin(&teacher(), ask("bai-hoc.vn", 7)).unwrap();
}

#[test]
fn one_teacher_does_not_fill_the_administrator_s_page() {
    let bench = Bench::new();
    let store = school(&bench);
    for number in 0..MAX_ASKED {
        let site = format!("bai-{number}.vn");
        store.ask_admin(&teacher(), ask(&site, 7)).unwrap();
    }
    let refused = store.ask_admin(&teacher(), ask("mot-bai-nua.vn", 7));
    assert!(matches!(refused, Err(RequestError::TooMany)));
    store
        .ask_admin(&teacher(), ask("mot-bai-nua.vn", 8))
        .unwrap();
}

#[test]
fn whoever_looks_again_and_again_is_told_by_marks_what_changed() {
    let bench = Bench::new();
    let store = school(&bench);
    let reader = store.reader().unwrap();
    let (own, other) = ([GROUP], [GroupId(2)]);
    let marks = || {
        (
            reader.requests_mark(None).unwrap(),
            reader.requests_mark(Some(&own)).unwrap(),
            reader.requests_mark(Some(&other)).unwrap(),
        )
    };
    let (changes, before) = (reader.changes_mark().unwrap(), marks());
    assert_eq!(reader.changes_mark().unwrap(), changes);
    let asked = store.ask_admin(&teacher(), ask("bai-hoc.vn", 7)).unwrap();
    assert_ne!(reader.changes_mark().unwrap(), changes);
    let then = marks();
    assert!(then.0 != before.0 && then.1 != before.1 && then.2 == before.2);
    store
        .answer_request(&act(), asked.id, Answer::Refuse, None)
        .unwrap();
    let answered = marks();
    assert!(answered.0 != then.0 && answered.1 != then.1 && answered.2 == then.2);
    assert_eq!(reader.requests_mark(Some(&[])).unwrap(), before.2);
}
