//! `lachan why`: golden fields for all five tiers.

use serde_json::{Value, json};

use crate::support::{Place, lachan, shipped};

const TIERS: [&str; 5] = ["mam-non", "tieu-hoc", "thcs", "thpt", "staff"];

fn why(name: &str, more: &[&str]) -> Value {
    let ruleset = shipped().to_str().unwrap();
    let mut arguments = vec!["why", name, "--json", "--ruleset", ruleset];
    arguments.extend(more);
    let done = lachan(&arguments);
    assert_eq!(done.code, 0, "{done:?}");
    done.json()
}

/// `actions` of the five tiers, as the first letters of allow, restrict and block.
fn check(name: &str, actions: &str, category: &str, rule: &str) {
    let all = why(name, &[]);
    for (tier, expected) in TIERS.into_iter().zip(actions.chars()) {
        let answer = why(name, &["--tier", tier]);
        assert_eq!(answer["tier"], tier);
        assert!(
            answer["action"].as_str().unwrap().starts_with(expected),
            "{name} {tier}: {answer}"
        );
        assert_eq!(answer["group"], Value::Null);
        for field in [
            "action", "alert", "no_name", "category", "list", "rule", "level",
        ] {
            assert_eq!(
                all["tiers"][tier][field], answer[field],
                "{name} {tier} {field}"
            );
        }
        assert_eq!(answer["rule"], rule, "{name} {tier}");
        assert_eq!(answer["category"], category, "{name} {tier}");
    }
}

#[test]
fn the_five_tiers_get_what_the_table_says() {
    check("fb88.com", "bbbbb", "gambling", "fb88.com");
    check("www.fb88.com", "bbbbb", "gambling", "fb88.com");
    check("zalo.me", "bbbba", "messaging", "zalo.me");
    check(
        "nobody-knows-this.vn",
        "bbraa",
        "uncategorised",
        "uncategorised",
    );
    check("tongdai111.vn", "aaaaa", "help", "tongdai111.vn");
}

#[test]
fn a_verdict_names_list_level_and_source() {
    let answer = why("https://www.FB88.com/khuyen-mai", &["--tier", "thcs"]);
    assert_eq!(answer["name"], "www.fb88.com");
    assert_eq!(answer["list"], "base/gambling");
    assert_eq!(answer["level"], "department-lock");
    assert_eq!(answer["author"], "rules/base/gambling.txt");
    assert_eq!(answer["reason"], Value::Null);
    assert_eq!(answer["chain"][0]["entry"], "fb88.com");
    assert_eq!(
        answer["chain"][1],
        json!({"step": "decided", "level": "department-lock"})
    );
}

#[test]
fn safe_search_shows_what_answers_instead() {
    let answer = why("www.google.com", &["--tier", "tieu-hoc"]);
    assert_eq!(
        (&answer["action"], &answer["safe_form"]),
        (&json!("restrict"), &json!("forcesafesearch.google.com"))
    );
    assert_eq!(
        why("www.google.com", &["--tier", "staff"])["safe_form"],
        Value::Null
    );
}

#[test]
fn help_lines_keep_no_name_and_raise_no_alert() {
    let answer = why("tongdai111.vn", &["--tier", "thcs"]);
    let got = [&answer["level"], &answer["no_name"], &answer["alert"]];
    assert_eq!(got, [&json!("help"), &json!(true), &json!(false)]);
}

#[test]
fn unicode_names_are_asked_in_either_form() {
    let (unicode, ascii) = (why("2bánh.vn", &[]), why("xn--2bnh-6na.vn", &[]));
    assert_eq!(unicode["name"], "xn--2bnh-6na.vn");
    assert_eq!(unicode["name"], ascii["name"]);
}

#[test]
fn the_time_asked_for_is_the_time_of_the_answer() {
    let answer = why("hoc.vn", &["--at", "2026-09-05 07:15"]);
    assert_eq!(answer["at"], "2026-09-05T07:15:00+07:00");
}

#[test]
fn without_a_tier_unknown_devices_are_meant() {
    assert_eq!(why("fb88.com", &[])["tier"], "tieu-hoc");
}

#[test]
fn what_cannot_be_asked_is_wrong_usage() {
    let ruleset = shipped().to_str().unwrap();
    for wrong in [
        &["why", "192.0.2.1", "--ruleset", ruleset][..],
        &["why", "a b", "--ruleset", ruleset],
        &["why", "a.vn", "--at", "mai", "--ruleset", ruleset],
        &["why", "a.vn", "--group", "6a", "--ruleset", ruleset],
    ] {
        let done = lachan(wrong);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.err.starts_with("lachan: error: "), "{done:?}");
    }
}

#[test]
fn a_damaged_ruleset_is_refused_with_the_remedy() {
    let place = Place::new();
    let mut bytes = std::fs::read(shipped()).unwrap();
    let path = place.path("damaged.ruleset");
    let middle = bytes.len() / 2;
    for (what, spoil) in [
        (
            "flipped",
            Box::new(move |bytes: &mut Vec<u8>| bytes[middle] ^= 1) as Box<dyn Fn(&mut Vec<u8>)>,
        ),
        ("cut", Box::new(move |bytes| bytes.truncate(middle))),
        ("emptied", Box::new(|bytes| bytes.clear())),
    ] {
        spoil(&mut bytes);
        std::fs::write(&path, &bytes).unwrap();
        let done = place.run(&["why", "a.vn", "--ruleset", path.to_str().unwrap()]);
        assert_eq!(done.code, 3, "{what}: {done:?}");
        assert!(
            done.err.contains("lachan lists compile"),
            "{what}: {done:?}"
        );
    }
}

#[test]
fn a_missing_ruleset_is_named() {
    let done = lachan(&["why", "a.vn", "--ruleset", "/nonexistent/x"]);
    assert_eq!(done.code, 3);
    assert!(
        done.err
            .contains("/nonexistent/x: there is no such ruleset"),
        "{done:?}"
    );
}

#[test]
fn the_text_says_it_in_plain_words() {
    let place = Place::new();
    let ruleset = shipped().to_str().unwrap();
    let mut command = place.command(&["why", "fb88.com", "--tier", "thcs", "--ruleset", ruleset]);
    let output = command.env("LANG", "vi_VN.UTF-8").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("CHẶN ở Trung học cơ sở: fb88.com — Cờ bạc"),
        "{text}"
    );
    assert!(
        !text.contains('\u{1b}'),
        "colours where there is no terminal: {text}"
    );
}

#[test]
fn a_guess_is_told_as_one() {
    let answer = why("kuwin88.moi-ra.net", &["--tier", "thpt"]);
    assert_eq!(
        (&answer["action"], &answer["level"]),
        (&json!("block"), &json!("tier"))
    );
    assert_eq!(answer["category"], "gambling");
    assert_eq!(answer["list"], Value::Null);
    assert_eq!(answer["rule"], "heuristic doorway kuwin");
    assert_eq!(
        answer["chain"][0],
        json!({"step": "guessed", "kind": "doorway", "what": "kuwin"})
    );

    let answer = why("vietcornbank.com", &["--tier", "thpt"]);
    assert_eq!(
        (&answer["action"], &answer["alert"]),
        (&json!("allow"), &json!(true))
    );
    let rule = answer["rule"].as_str().unwrap();
    assert!(
        rule.starts_with("heuristic look-alike vietcombank."),
        "{rule}"
    );
}

#[test]
fn a_guess_is_explained_in_both_languages() {
    let place = Place::new();
    let ruleset = shipped().to_str().unwrap();
    let said = |language: &str, name: &str| {
        let mut command = place.command(&["why", name, "--tier", "thpt", "--ruleset", ruleset]);
        let output = command
            .env("LANG", format!("{language}.UTF-8"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for (language, name, words) in [
        ("vi_VN", "kuwin88.moi-ra.net", "“kuwin”"),
        ("vi_VN", "kuwin88.moi-ra.net", "quản trị của trường mở được"),
        (
            "en",
            "kuwin88.moi-ra.net",
            "a new gambling door-way (“kuwin”)",
        ),
        ("vi_VN", "vietcornbank.com", "trông giống vietcombank."),
        ("en_US", "vietcornbank.com", "looks like vietcombank."),
        ("vi_VN", "vietcombank-dangnhap.xyz", "như trang lừa đảo"),
        ("en_US", "vietcombank-dangnhap.xyz", "a brand beside a lure"),
    ] {
        let said = said(language, name);
        assert!(said.contains(words), "{language} {name}: {said}");
    }
}
