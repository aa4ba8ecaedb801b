//! Canonical lists: one writing for a set, and nothing else is read.

use super::*;
use crate::formats::Format;
use proptest::prelude::*;

fn built(format: Format, text: &str) -> String {
    let mut builder = Builder::new(Options::default());
    builder.add(format, text.as_bytes(), |_| {}).unwrap();
    let mut out = Vec::new();
    let report = builder.finish(&mut out).unwrap();
    let info = read(Kind::Open, out.as_slice(), |_, _| {}).unwrap();
    assert_eq!(report.info, info);
    String::from_utf8(out).unwrap()
}

fn check(format: Format, text: &str, expected: &[&str]) {
    let lines: String = expected.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(built(format, text), lines, "{text}");
}

#[test]
fn order_duplicates_and_writing_do_not_matter() {
    let sorted = [
        "*.b.vn",
        "1.2.3.0-1.2.3.255",
        "2bánh.vn",
        "=c.vn",
        "a.vn",
        "a.vn/x",
    ];
    let sorted = sorted.map(|line| {
        if line == "2bánh.vn" {
            "xn--2bnh-6na.vn"
        } else {
            line
        }
    });
    let mut expected = sorted.to_vec();
    expected.sort_unstable();
    check(
        Format::Domains,
        "=c.vn\nA.vn.\n# x\n2bánh.vn\n*.b.vn\nhttp://a.vn/x\n.a.vn\n1.2.3.128/25\n1.2.3.0-1.2.3.130\n",
        &expected,
    );
}

#[test]
fn what_a_list_takes_off_is_worked_out() {
    check(
        Format::AdBlock,
        "||a.vn^\n@@||b.a.vn^\n||c.vn^\n@@||c.vn^\n@@||d.vn^\n",
        &["!b.a.vn", "a.vn"],
    );
    check(
        Format::AdBlock,
        "||a.vn^$important\n@@||b.a.vn^\n",
        &["a.vn"],
    );
    check(
        Format::AdBlock,
        "||a.vn^\n||a.vn^$badfilter\n||b.vn^\n",
        &["b.vn"],
    );
}

#[test]
fn public_suffixes_come_in_only_where_they_may() {
    check(Format::Domains, "com\nedu.vn\na.edu.vn\n", &["a.edu.vn"]);
    let mut builder = Builder::new(Options {
        public_suffixes: true,
    });
    builder
        .add(Format::Domains, "zip\n".as_bytes(), |_| {})
        .unwrap();
    let mut out = Vec::new();
    builder.finish(&mut out).unwrap();
    assert_eq!(out, b"zip\n");
}

#[test]
fn tenants_that_a_list_means_stay_meant() {
    // An RPZ with the name and its wildcard says so; see `Item::Name::says_tenants`.
    let zone = "a.vn CNAME .\n*.a.vn CNAME .\n";
    check(Format::Rpz, zone, &["*.a.vn", "=a.vn"]);
}

#[test]
fn a_file_that_is_not_canonical_is_refused_with_its_line() {
    for (text, line) in [
        ("b.vn\na.vn\n", 2),
        ("a.vn\na.vn\n", 2),
        ("a.vn", 1),
        ("a.vn\n\n", 2),
        ("a.vn\r\n", 1),
        ("A.vn\n", 1),
        ("a.vn\n#b\n", 2),
        ("\u{feff}a.vn\n", 1),
    ] {
        let error = read(Kind::Open, text.as_bytes(), |_, _| {}).unwrap_err();
        let ReadError::Line { line: at, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!(at, line, "{text:?}");
    }
    let long = "a".repeat(10 * MAX_LINE);
    assert!(read(Kind::Open, long.as_bytes(), |_, _| {}).is_err());
    assert_eq!(read(Kind::Open, &b""[..], |_, _| {}).unwrap().entries, 0);
}

#[test]
fn sealed_lists_hold_hashes_and_nothing_else() {
    let list = sealed([7, u128::MAX, 7]);
    let mut found = Vec::new();
    let info = read(Kind::Sealed, list.as_slice(), |_, entry| found.push(entry)).unwrap();
    assert_eq!((info.entries, info.length), (2, 66));
    assert_eq!(found, [Entry::Sealed(7), Entry::Sealed(u128::MAX)]);
    for text in [
        "a.vn\n",
        &"A".repeat(32),
        &format!("{}\n", "a".repeat(31)),
        &format!("+{}\n", "a".repeat(31)),
    ] {
        assert!(
            read(Kind::Sealed, text.as_bytes(), |_, _| {}).is_err(),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn what_is_built_builds_itself(lines in proptest::collection::vec(
        "(=|\\*\\.|@@\\|\\||\\|\\|)?[a-c]{1,2}(\\.[a-c]){1,2}\\.vn(\\^|/[a-z]{0,3})?|[0-9]\\.0\\.0\\.[0-9](/31)?", 0..40),
        adblock: bool)
    {
        let format = if adblock { Format::AdBlock } else { Format::Domains };
        let once = built(format, &lines.join("\n"));
        prop_assert_eq!(built(Format::Canonical, &once), once.clone());
        let mut turned = lines;
        turned.reverse();
        prop_assert_eq!(built(format, &turned.join("\n")), once);
    }
}

#[test]
fn a_difference_counts_what_went_and_what_came() {
    let check = |old: &str, new: &str, expected| {
        let found = difference(old.as_bytes(), new.as_bytes()).unwrap();
        assert_eq!(found, expected, "{old:?} to {new:?}");
    };
    check("", "", (0, 0));
    check("a\nb\nd\n", "a\nc\nd\ne\n", (1, 2));
    check("a\nb\n", "c\nd\n", (2, 2));
    check("a\n", "", (1, 0));
    check("", "a\n", (0, 1));
    check("a-b\na.b\n", "a\na.b\n", (1, 1));
}
