//! `lachan groups`, `lachan exceptions`, and what `lachan why` makes of them.

use crate::support::{Place, shipped};

fn place() -> Place {
    let place = Place::new();
    place.settings("");
    place.put_ruleset();
    place
}

fn why(place: &Place, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["why", "--json"];
    all.extend(arguments);
    let done = place.run(&all);
    assert_eq!(done.code, 0, "{done:?}");
    done.json()
}

#[test]
fn groups_are_made_changed_and_removed() {
    let place = place();
    let good = |arguments: &[&str]| {
        let done = place.run(arguments);
        assert_eq!(done.code, 0, "{done:?}");
        done.out
    };
    assert!(good(&["groups", "list"]).contains("tieu-hoc"));
    good(&[
        "groups",
        "add",
        "Lớp 6A",
        "--tier",
        "thcs",
        "--subnet",
        "10.6.0.0/24",
        "fd00:6::/64",
    ]);
    good(&[
        "groups", "set", "lớp 6a", "--rename", "6A", "--tier", "thpt",
    ]);
    let groups = place.run(&["groups", "list", "--json"]).json();
    assert_eq!(
        (&groups[0]["name"], &groups[0]["tier"]),
        (&"6A".into(), &"thpt".into())
    );
    assert_eq!(groups[0]["subnets"][0], "10.6.0.0/24");
    assert_eq!(why(&place, &["fb88.com", "--group", "6a"])["tier"], "thpt");
    good(&["groups", "remove", "6A"]);
    assert_eq!(place.run(&["why", "a.vn", "--group", "6A"]).code, 2);
}

#[test]
fn two_groups_cannot_claim_one_subnet_and_both_are_named() {
    let place = place();
    place.run(&[
        "groups",
        "add",
        "6A",
        "--tier",
        "thcs",
        "--subnet",
        "10.6.0.0/24",
    ]);
    let done = place.run(&[
        "groups",
        "add",
        "6B",
        "--tier",
        "thcs",
        "--subnet",
        "10.6.0.0/24",
    ]);
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("6A") && done.err.contains("6B"),
        "{done:?}"
    );
}

#[test]
fn a_table_with_mistakes_imports_nothing_and_tells_them_all() {
    let place = place();
    let table = "name,tier,subnets\n6A,thcs,10.6.0.0/24\n6B,lop-6,10.7.0.0/24\n6C,thcs,10.8.0.1/24\n6A,thcs,\n";
    let file = place.file("groups.csv", table);
    let done = place.run(&["groups", "import", file.to_str().unwrap()]);
    assert_eq!(done.code, 1);
    for line in ["line 3", "line 4", "line 5"] {
        assert!(done.err.contains(line), "{line}: {done:?}");
    }
    assert_eq!(
        place.run(&["groups", "list", "--json"]).json(),
        serde_json::json!([])
    );
}

#[test]
fn a_school_s_exception_shows_author_and_reason() {
    let place = place();
    let done = place.run(&[
        "exceptions",
        "add",
        "hoc-tap.vn",
        "block",
        "--reason",
        "sai nội dung",
        "--author",
        "cô Hoa",
    ]);
    assert_eq!(done.code, 0, "{done:?}");
    let answer = why(&place, &["www.hoc-tap.vn", "--tier", "staff"]);
    assert_eq!(
        (&answer["action"], &answer["level"]),
        (&"block".into(), &"local-exception".into())
    );
    assert_eq!(answer["rule"], "exception 1");
    assert_eq!(
        (&answer["author"], &answer["reason"]),
        (&"cô Hoa".into(), &"sai nội dung".into())
    );
    assert_eq!(place.run(&["exceptions", "end", "1"]).code, 0);
    assert_eq!(
        why(&place, &["www.hoc-tap.vn", "--tier", "staff"])["action"],
        "allow"
    );
    assert_eq!(
        place.run(&["exceptions", "list", "--json"]).json(),
        serde_json::json!([])
    );
    assert_eq!(place.run(&["exceptions", "end", "1"]).code, 1);
}

#[test]
fn nobody_at_the_school_opens_what_the_department_locked() {
    let place = place();
    place.run(&["exceptions", "add", "fb88.com", "allow", "--reason", "thử"]);
    let answer = why(&place, &["fb88.com", "--tier", "thcs"]);
    assert_eq!(
        (&answer["action"], &answer["level"]),
        (&"block".into(), &"department-lock".into())
    );
}

#[test]
fn a_teacher_opens_for_her_group_with_an_end() {
    let place = place();
    place.run(&[
        "groups",
        "add",
        "6A",
        "--tier",
        "thcs",
        "--subnet",
        "10.6.0.0/24",
    ]);
    let open = |more: &[&str]| {
        let mut all = vec![
            "exceptions",
            "add",
            "=chua-ai-biet.vn",
            "allow",
            "--role",
            "teacher",
        ];
        all.extend(["--reason", "bài 5"]);
        all.extend(more);
        place.run(&all).code
    };
    assert_eq!(open(&[]), 1);
    assert_eq!(open(&["--group", "6A"]), 1);
    assert_eq!(open(&["--group", "6A", "--for", "nửa giờ"]), 2);
    assert_eq!(open(&["--group", "6A", "--for", "45m"]), 0);
    let answer = why(&place, &["chua-ai-biet.vn", "--group", "6A"]);
    assert_eq!(answer["level"], "lesson-pass");
    let later = why(
        &place,
        &[
            "chua-ai-biet.vn",
            "--group",
            "6A",
            "--at",
            "2031-01-01 08:00",
        ],
    );
    assert_ne!(later["level"], "lesson-pass");
}

#[test]
fn services_and_categories_are_closed_by_their_ids() {
    let place = place();
    for target in ["service:zalo", "category:shopping"] {
        let done = place.run(&["exceptions", "add", target, "block", "--reason", "thi"]);
        assert_eq!(done.code, 0, "{done:?}");
    }
    let answer = why(&place, &["zalo.me", "--tier", "staff"]);
    assert_eq!(answer["rule"], "exception 1");
    assert_eq!(
        why(&place, &["shopee.vn", "--tier", "staff"])["rule"],
        "exception 2"
    );
    let done = place.run(&[
        "exceptions",
        "add",
        "category:shoping",
        "block",
        "--reason",
        "x",
    ]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("shopping"), "{done:?}");
}

fn add(place: &Place, more: &[&str]) -> crate::support::Done {
    let mut all = vec!["exceptions", "add"];
    all.extend(more);
    if !more.contains(&"--reason") {
        all.extend(["--reason", "thử"]);
    }
    place.run(&all)
}

#[test]
fn nobody_opens_or_closes_what_unrelated_people_share() {
    let place = place();
    for name in ["com", "=com.vn", "*.edu.vn", "github.io"] {
        for action in ["allow", "block"] {
            let done = add(&place, &[name, action]);
            assert_eq!(done.code, 1, "{name}: {done:?}");
            assert!(done.err.contains("public suffix"), "{name}: {done:?}");
        }
    }
    let mut command = place.command(&["exceptions", "add", "com.vn", "block", "--reason", "x"]);
    let output = command.env("LC_ALL", "vi_VN.UTF-8").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("com.vn là đuôi tên miền chung"), "{text}");
}

#[test]
fn reasons_and_authors_are_one_short_line() {
    let place = place();
    let long = "x".repeat(501);
    for reason in ["a\nb", "\u{1b}[2J", &long] {
        let done = add(&place, &["hoc.vn", "block", "--reason", reason]);
        assert_eq!(done.code, 1, "{done:?}");
        assert!(!done.err.contains('\u{1b}'), "{done:?}");
    }
    for author in ["a\nb", "", &long] {
        let done = add(&place, &["hoc.vn", "block", "--author", author]);
        assert_eq!(done.code, 1, "{done:?}");
        let done = place.run(&["groups", "add", "6A", "--tier", "thcs", "--author", author]);
        assert_eq!(done.code, 1, "{done:?}");
    }
    assert_eq!(
        place.run(&["exceptions", "list", "--json"]).json(),
        serde_json::json!([])
    );
}

#[test]
fn a_teacher_s_exception_ends_within_a_day() {
    let place = place();
    place.run(&["groups", "add", "6A", "--tier", "thcs"]);
    let teacher = [
        "hoc.example.vn",
        "allow",
        "--role",
        "teacher",
        "--group",
        "6A",
    ];
    let lasting = |time: &'static str| add(&place, &[&teacher[..], &["--for", time]].concat());
    let done = lasting("25h");
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("24 hours"), "{done:?}");
    let done = lasting("24h");
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
}

#[test]
fn an_exception_without_effect_says_at_once_why() {
    let place = place();
    place.run(&["groups", "add", "6A", "--tier", "thcs"]);
    let done = add(&place, &["fb88.com", "allow", "--group", "6A"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.err.contains("exception 1 decides nothing for now")
            && done.err.contains("the group 6A")
            && done.err.contains("the department's lock for this tier"),
        "{done:?}"
    );
    let done = add(&place, &["fb88.com", "allow", "--group", "6A", "--json"]);
    let told = done.json();
    assert_eq!((done.err.as_str(), &told["effective"]), ("", &false.into()));
    assert_eq!(told["without_effect"][0]["level"], "department-lock");
    assert_eq!(told["exception"]["id"], 2);
    let done = add(&place, &["vn-cop.vn", "block"]);
    assert!(done.err.contains("help lines"), "{done:?}");
    let done = add(&place, &["hoc.example.vn", "block"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    let told = add(&place, &["hoc2.example.vn", "allow", "--json"]).json();
    assert_eq!(told["effective"], true);
}

#[test]
fn an_exception_without_effect_says_so_in_vietnamese() {
    let place = place();
    let arguments = ["exceptions", "add", "fb88.com", "allow", "--reason", "thử"];
    let mut command = place.command(&arguments);
    let output = command.env("LC_ALL", "vi_VN.UTF-8").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("ngoại lệ số 1") && text.contains("khóa của Sở"),
        "{text}"
    );
}

#[test]
fn an_exception_is_saved_where_no_ruleset_can_be_asked() {
    let place = place();
    std::fs::remove_file(place.ruleset()).unwrap();
    let done = add(&place, &["hoc.vn", "block"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.err.contains("the exception is saved"), "{done:?}");
    let told = add(&place, &["hoc2.vn", "block", "--json"]).json();
    assert_eq!(told["effective"], serde_json::Value::Null);
}

#[test]
fn exceptions_are_shown_as_they_were_typed() {
    let place = place();
    for target in ["category:shopping", "service:zalo", "*.hoc.vn"] {
        let done = add(&place, &[target, "block"]);
        let told = format!(": {target}\n");
        assert!(done.out.ends_with(&told), "{done:?}");
    }
    let list = place.run(&["exceptions", "list"]);
    let json = place.run(&["exceptions", "list", "--json"]).json();
    for (index, target) in ["category:shopping", "service:zalo", "*.hoc.vn"]
        .into_iter()
        .enumerate()
    {
        assert!(list.out.contains(target), "{list:?}");
        assert_eq!(json[index]["about"], target);
    }
}

#[test]
fn an_empty_log_explains_itself_and_a_question_makes_no_database() {
    let place = place();
    let done = place.run(&["events"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("never what pupils look at"), "{done:?}");
    assert!(!place.path("data/lachan.db").exists());
}

#[test]
fn a_ruleset_can_be_named_beside_the_settings() {
    let place = place();
    std::fs::remove_file(place.ruleset()).unwrap();
    let config = place.text("lachan.toml");
    let ruleset = shipped().to_str().unwrap();
    let answer = why(
        &place,
        &["fb88.com", "--config", &config, "--ruleset", ruleset],
    );
    assert_eq!(answer["group"], "unknown");
}

#[test]
fn a_refusal_is_said_in_vietnamese_with_both_groups() {
    let place = place();
    let add = |name: &str| {
        let mut command = place.command(&["groups", "add", name, "--tier", "thcs"]);
        let command = command.args(["--subnet", "10.6.0.0/24"]);
        command.env("LC_ALL", "vi_VN.UTF-8").output().unwrap()
    };
    add("6A");
    let text = String::from_utf8(add("6B").stderr).unwrap();
    let expected =
        "lachan: lỗi: nhóm chưa được lưu: hai nhóm \"6A\" và \"6B\" cùng có dải mạng 10.6.0.0/24";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn a_disk_that_takes_no_more_saves_nothing_and_says_so() {
    let place = place();
    let config = place.text("lachan.toml");
    let add = ["groups", "add", "6A", "--tier", "thcs", "--config", &config];
    let done = place.run_after("trap '' XFSZ; ulimit -f 1", &add);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("disk"), "{done:?}");
    assert_eq!(
        place.run(&["groups", "list", "--json"]).json(),
        serde_json::json!([])
    );
}

#[test]
fn all_addresses_for_staff_are_taken_only_when_meant() {
    let place = place();
    let add = |more: &[&str]| {
        let mut all = vec!["groups", "add", "gv", "--tier", "staff", "--subnet"];
        all.extend(more);
        place.run(&all)
    };
    let refused = add(&["0.0.0.0/0"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("--yes"), "{refused:?}");
    assert_eq!(
        place.run(&["groups", "list", "--json"]).json(),
        serde_json::json!([])
    );
    let meant = add(&["0.0.0.0/0", "--yes"]);
    assert_eq!(meant.code, 0, "{meant:?}");
    assert!(meant.err.contains("very wide"), "{meant:?}");
    place.run(&["groups", "add", "6a", "--tier", "thcs", "--subnet", "::/0"]);
    let later = place.run(&["groups", "set", "6a", "--tier", "staff"]);
    assert_eq!(later.code, 1, "{later:?}");
    assert!(later.err.contains("::/0"), "{later:?}");
}

#[test]
fn a_range_that_holds_another_groups_is_told() {
    let place = place();
    let add = |name: &str, tier: &str, range: &str| {
        place.run(&["groups", "add", name, "--tier", tier, "--subnet", range])
    };
    let narrow = add("6a", "thcs", "10.6.0.0/24");
    assert!(!narrow.err.contains("WARNING"), "{narrow:?}");
    let over = add("gv", "staff", "10.6.0.0/16");
    assert_eq!(over.code, 0, "{over:?}");
    assert!(over.err.contains("holds that of the group 6a"), "{over:?}");
}

#[test]
fn a_change_that_changes_nothing_is_told_as_a_mistake() {
    let place = place();
    place.run(&["groups", "add", "6a", "--tier", "thcs"]);
    for arguments in [
        &["groups", "set", "6a"][..],
        &["groups", "set", "6a", "--add"],
    ] {
        let done = place.run(arguments);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{done:?}");
        assert!(done.err.contains("nothing is given"), "{done:?}");
    }
}

#[test]
fn the_list_of_exceptions_says_for_whom_each_is() {
    let place = place();
    place.run(&["groups", "add", "6a", "--tier", "thcs"]);
    let add = ["exceptions", "add", "a.vn", "block", "--reason", "x"];
    place.run(&add);
    place.run(&[&add[..], &["--group", "6a"]].concat());
    let list = place.run(&["exceptions", "list"]).out;
    let lines: Vec<&str> = list.lines().collect();
    assert!(lines[0].contains("Group"), "{list}");
    assert!(lines[1].contains("(whole school)"), "{list}");
    assert!(lines[2].contains(" 6a "), "{list}");
}
