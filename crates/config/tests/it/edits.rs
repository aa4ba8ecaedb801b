//! Setting values: the rest of the file stays byte for byte.

use lachan_config::edit::{self, Value};
use lachan_config::{BlockAnswer, Config, TEMPLATE};
use proptest::prelude::*;

fn texts(items: &[&str]) -> Value {
    Value::Array(items.iter().map(|item| Value::from(*item)).collect())
}

/// Setting `path` turns `before` into `after`, exactly.
#[track_caller]
fn check(before: &str, path: &str, value: impl Into<Value>, after: &str) {
    let edited = edit::set(before, "lachan.toml", path, &value.into());
    assert_eq!(edited.as_deref(), Ok(after));
}

#[test]
fn a_value_is_changed_where_it_stands() {
    check(
        "version = \"v1\" # first\n\n[store]   # kept\nflush   =  \"60s\"   # so often\n# end",
        "store.flush",
        "30s",
        "version = \"v1\" # first\n\n[store]   # kept\nflush   =  \"30s\"   # so often\n# end",
    );
}

#[test]
fn a_list_over_many_lines_is_replaced_whole() {
    check(
        "version = \"v1\"\n[resolver]\nupstreams = [\n  \"9.9.9.9\", # a\n  \"1.1.1.1\",\n] # b\nmax-misses = 99\n",
        "resolver.upstreams",
        texts(&["8.8.8.8"]),
        "version = \"v1\"\n[resolver]\nupstreams = [\"8.8.8.8\"] # b\nmax-misses = 99\n",
    );
}

#[test]
fn a_new_value_goes_below_its_commented_default() {
    let edited = edit::set(TEMPLATE, "x", "store.events-kept", &Value::from("7d")).unwrap();
    let expected = TEMPLATE.replace(
        "#events-kept = \"30d\"\n",
        "#events-kept = \"30d\"\nevents-kept = \"7d\"\n",
    );
    assert_eq!(edited, expected);
}

#[test]
fn every_key_of_the_template_can_be_set_and_set_again() {
    for (path, first, second) in [
        (
            "school.name",
            Value::from("Trường A"),
            Value::from("Trường \"B\""),
        ),
        ("school.language", Value::from("en"), Value::from("vi")),
        ("paths.data", Value::from("/a"), Value::from("/b c")),
        (
            "resolver.listen",
            texts(&["10.0.0.1:53"]),
            texts(&["10.0.0.2:53", "[::1]:53"]),
        ),
        ("resolver.upstreams", texts(&[]), texts(&["9.9.9.9"])),
        ("resolver.max-misses", Value::from(100), Value::from(200)),
        (
            "resolver.cache-size",
            Value::from("2MiB"),
            Value::from("3MiB"),
        ),
        (
            "resolver.unknown-devices.tier",
            Value::from("mam-non"),
            Value::from("thpt"),
        ),
        ("store.flush", Value::from("2s"), Value::from("3s")),
        ("log.format", Value::from("json"), Value::from("text")),
    ] {
        let once = edit::set(TEMPLATE, "x", path, &first).unwrap();
        assert_ne!(
            Config::parse(&once, "x").unwrap(),
            Config::default(),
            "{path}"
        );
        assert_eq!(once.lines().count(), TEMPLATE.lines().count() + 1, "{path}");
        let added = once
            .lines()
            .find(|line| !TEMPLATE.lines().any(|old| old == *line))
            .unwrap();
        assert_eq!(
            once.replacen(&format!("{added}\n"), "", 1),
            TEMPLATE,
            "{path}"
        );
        let twice = edit::set(&once, "x", path, &second).unwrap();
        assert_eq!(
            twice,
            once.replacen(
                added,
                &format!("{} = {second}", path.rsplit('.').next().unwrap()),
                1
            )
        );
    }
}

#[test]
fn a_new_value_without_a_commented_default_ends_its_table() {
    check(
        "version = \"v1\"\n\n[store]\n  flush = \"60s\" # x\n\n# about the log\n[log]\n",
        "store.events-kept",
        "7d",
        "version = \"v1\"\n\n[store]\n  flush = \"60s\" # x\n  events-kept = \"7d\"\n\n# about the log\n[log]\n",
    );
    check(
        "version = \"v1\"\n[log]",
        "log.level",
        "warn",
        "version = \"v1\"\n[log]\nlevel = \"warn\"\n",
    );
}

#[test]
fn a_missing_table_is_added_at_the_end() {
    check(
        "version = \"v1\"",
        "log.level",
        "warn",
        "version = \"v1\"\n\n[log]\nlevel = \"warn\"\n",
    );
    check(
        "version = \"v1\"\n[resolver]\nmax-misses = 16\n",
        "resolver.unknown-devices.tier",
        "thcs",
        "version = \"v1\"\n[resolver]\nmax-misses = 16\n\n[resolver.unknown-devices]\ntier = \"thcs\"\n",
    );
    check(
        "version = \"v1\"\n[resolver.unknown-devices]\ntier = \"thcs\"\n",
        "resolver.max-misses",
        16,
        "version = \"v1\"\n[resolver.unknown-devices]\ntier = \"thcs\"\n\n[resolver]\nmax-misses = 16\n",
    );
}

#[test]
fn inline_and_dotted_tables_grow_as_they_are_written() {
    check(
        "version = \"v1\"\nstore = { flush = \"1s\" } # x\n",
        "store.events-kept",
        "7d",
        "version = \"v1\"\nstore = { flush = \"1s\", events-kept = \"7d\" } # x\n",
    );
    check(
        "version = \"v1\"\nresolver = {}\n",
        "resolver.unknown-devices.tier",
        "thcs",
        "version = \"v1\"\nresolver = { unknown-devices.tier = \"thcs\" }\n",
    );
    check(
        "version = \"v1\"\nstore.flush = \"1s\" # x\n[log]\n",
        "store.events-kept",
        "7d",
        "version = \"v1\"\nstore.flush = \"1s\" # x\nstore.events-kept = \"7d\"\n[log]\n",
    );
    check(
        "version = \"v1\"\nresolver.unknown-devices.tier = \"thcs\"\n",
        "resolver.max-misses",
        16,
        "version = \"v1\"\nresolver.unknown-devices.tier = \"thcs\"\nresolver.max-misses = 16\n",
    );
}

fn local(name: &str, address: &str) -> Value {
    let mut table = toml::Table::new();
    table.insert("name".into(), Value::from(name));
    table.insert("addresses".into(), texts(&[address]));
    Value::Table(table)
}

#[test]
fn local_names_written_as_tables_are_replaced_and_comments_stay() {
    let before = "version = \"v1\"\n[resolver]\nmax-misses = 16\n\n# printers\n[[resolver.local]]\n\
                  name = \"a.lan\"\n# upstairs\naddresses = [\n  \"10.0.0.1\",\n]\n\n[[resolver.local]]\n\
                  name = \"b.lan\"\naddresses = [\"10.0.0.2\"]\n\n[log]\n";
    let kept =
        "version = \"v1\"\n[resolver]\nmax-misses = 16\nLOCAL\n# printers\n# upstairs\n\n\n[log]\n";
    check(
        before,
        "resolver.local",
        Value::Array(Vec::new()),
        &kept.replace("LOCAL\n", "\n"),
    );
    let edited = edit::set(
        before,
        "x",
        "resolver.local",
        &Value::Array(vec![local("c.lan", "10.0.0.3")]),
    );
    let edited = edited.unwrap();
    let line = "local = [{ addresses = [\"10.0.0.3\"], name = \"c.lan\" }]\n\n";
    assert_eq!(edited, kept.replace("LOCAL\n", line));
    assert_eq!(Config::parse(&edited, "x").unwrap().resolver.local.len(), 1);
}

#[test]
fn values_that_need_each_other_are_set_together() {
    let [answer, addresses] = [Value::from("address"), texts(&["192.0.2.1"])];
    let alone = edit::set(TEMPLATE, "x", "resolver.block-answer", &answer).unwrap_err();
    assert_eq!(alone.list()[0].code(), "block-address-missing");
    let both = [
        ("resolver.block-answer", &answer),
        ("resolver.block-addresses", &addresses),
    ];
    let edited = edit::set_all(TEMPLATE, "x", &both).unwrap();
    let expected = BlockAnswer::Address(vec!["192.0.2.1".parse().unwrap()]);
    assert_eq!(
        Config::parse(&edited, "x").unwrap().resolver.block_answer,
        expected
    );
}

#[test]
fn a_table_sets_its_keys_and_leaves_the_others() {
    let mut table = toml::Table::new();
    table.insert("flush".into(), Value::from("5s"));
    let edited = edit::set(
        "version = \"v1\"\n[store]\nevents-kept = \"7d\"\n",
        "x",
        "store",
        &Value::Table(table),
    );
    assert_eq!(
        edited.unwrap(),
        "version = \"v1\"\n[store]\nevents-kept = \"7d\"\nflush = \"5s\"\n"
    );
}

#[test]
fn a_wrong_value_changes_nothing_and_says_why() {
    for (path, value, code) in [
        ("store.flush", Value::from("61s"), "out-of-range"),
        ("store.flush", Value::from(30), "wrong-type"),
        ("store.flsh", Value::from("30s"), "unknown-key"),
        ("stores", Value::from("30s"), "unknown-key"),
        ("", Value::from("30s"), "unknown-key"),
        ("store.\nflush", Value::from("30s"), "unknown-key"),
        ("store.flush.x", Value::from("30s"), "wrong-type"),
        ("version", Value::from("v2"), "version-newer"),
    ] {
        let mistakes = edit::set(TEMPLATE, "lachan.toml", path, &value).unwrap_err();
        assert_eq!(mistakes.list()[0].code(), code, "{path}: {mistakes}");
    }
}

#[test]
fn a_wrong_file_can_be_mended_but_not_a_damaged_one() {
    check(
        "version = \"v1\"\n[store]\nflush = \"61s\"\n",
        "store.flush",
        "6s",
        "version = \"v1\"\n[store]\nflush = \"6s\"\n",
    );
    let mistakes = edit::set(
        "version = \"v1\"\n[store\n",
        "x",
        "store.flush",
        &Value::from("6s"),
    );
    assert_eq!(mistakes.unwrap_err().list()[0].code(), "syntax");
}

#[test]
fn line_ends_and_the_byte_order_mark_stay() {
    check(
        "\u{feff}version = \"v1\"\r\n[store]\r\n",
        "store.flush",
        "6s",
        "\u{feff}version = \"v1\"\r\n[store]\r\nflush = \"6s\"\r\n",
    );
}

#[test]
fn a_comment_inside_a_value_is_no_place_for_a_key() {
    check(
        "version = \"v1\"\n[resolver]\nupstreams = [\n#max-misses = 512\n]\n",
        "resolver.max-misses",
        16,
        "version = \"v1\"\n[resolver]\nupstreams = [\n#max-misses = 512\n]\nmax-misses = 16\n",
    );
}

proptest! {
    #[test]
    fn any_name_that_is_set_is_read_back(name in "\\PC{1,60}") {
        prop_assume!(!name.trim().is_empty() && !name.chars().any(char::is_control));
        let edited = edit::set(TEMPLATE, "x", "school.name", &Value::from(name.as_str())).unwrap();
        prop_assert_eq!(Config::parse(&edited, "x").unwrap().school.name, name);
    }

    #[test]
    fn a_right_value_in_a_right_file_is_right(pieces in proptest::collection::vec(0usize..14, 0..8)) {
        const PIECES: [&str; 14] = [
            "[store]\n", "  [ store ] # x\n", "[resolver]\n", "[[resolver.local]]\n", "\n",
            "name = \"a.lan\"\naddresses = [\n\"10.0.0.1\",\n#flush = 1\n]\n",
            "flush = \"60s\"\n", "#flush = \"60s\"\r\n", "store.flush = \"1s\"\n", "events-kept = \"1d\"",
            "store = {}\n", "store = { flush = \"1s\", events-kept = \"7d\" } # }\n",
            "[resolver.unknown-devices]\n", "store . events-kept = \"7d\"\n",
        ];
        let body = pieces.iter().map(|piece| PIECES[*piece]).collect::<String>();
        let text = format!("version = \"v1\"\n{body}");
        if Config::parse(&text, "x").is_ok() {
            let edited = edit::set(&text, "x", "store.flush", &Value::from("7s"));
            let edited = edited.map_err(|mistakes| TestCaseError::fail(format!("{text}\n{mistakes}")))?;
            prop_assert_eq!(Config::parse(&edited, "x").unwrap().store.flush.as_secs(), 7);
        }
    }
}

#[test]
fn what_is_set_is_told_in_the_order_of_the_file() {
    let text = "version = \"v1\"\nschool.name = \"A\"\n[resolver]\nupstreams = []\n\
                unknown-devices = { tier = \"thcs\" }\n[[school.help]]\nname = \"x\"\n[log]\n";
    let keys = edit::set_keys(text);
    let expected = [
        "version",
        "school.name",
        "resolver.upstreams",
        "resolver.unknown-devices.tier",
        "school.help",
    ];
    assert_eq!(keys, expected);
    assert_eq!(edit::set_keys(TEMPLATE), ["version"]);
    assert!(edit::set_keys("no TOML").is_empty());
}

#[test]
fn differences_tell_values_and_never_a_device() {
    let before = "version = \"v1\"\n[school]\nname = \"A\"\n[log]\nlevel = \"warn\"\n";
    let after = "version = \"v1\" # kept\nschool = { name = \"B\" }\n\
                 [[network.dhcp.static]]\nmac = \"3c:22:fb:0a:b1:9e\"\n";
    let told = edit::differences(before, after);
    let told: Vec<_> = told
        .iter()
        .map(|one| (&*one.path, one.before.as_deref(), one.after.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("log.level", Some("warn"), None),
            ("network.dhcp.static", None, Some("[1]")),
            ("school.name", Some("A"), Some("B")),
        ]
    );
    let other = after.replace("b1:9e", "b1:9f");
    assert_eq!(edit::differences(after, &other).len(), 1);
    assert!(edit::differences(TEMPLATE, TEMPLATE).is_empty());
    assert!(edit::differences("x = nan", "x = nan").is_empty());
}
