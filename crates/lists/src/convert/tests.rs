use lachan_policy::Scope;
use proptest::prelude::*;

use super::*;

fn run(format: Format, text: &str) -> (String, Report) {
    let mut out = Vec::new();
    let report = convert(format, text.as_bytes(), &mut out, |_| {}).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(report.written, text.lines().count() as u64);
    (text, report)
}

fn check(format: Format, text: &str, expected: &str, taken_off: u64, kept: &[(&str, &str)]) {
    let (got, report) = run(format, text);
    assert_eq!(
        got.split_whitespace().collect::<Vec<_>>().join(" "),
        expected,
        "{text}"
    );
    assert_eq!(report.taken_off, taken_off, "{text}");
    let got = report
        .kept
        .iter()
        .map(|k| (k.allow.as_str(), k.parent.as_str()));
    assert_eq!(got.collect::<Vec<_>>(), kept, "{text}");
}

#[test]
fn names_come_out_sorted_by_bytes_and_once() {
    let text = "b.vn\n*.z.vn\na-b.vn\na.vn\nA.vn.\n_x.vn\n1.vn\n1.2.3.4\nc.vn/x\n";
    let sorted = "*.z.vn 1.vn _x.vn a-b.vn a.vn b.vn";
    check(Format::Domains, text, sorted, 0, &[]);
    let lines = sorted.split(' ').collect::<Vec<_>>();
    assert!(lines.is_sorted());
}

#[test]
fn scopes_are_joined_into_one_line() {
    let check = |text: &str, expected: &str| check(Format::Domains, text, expected, 0, &[]);
    check("=a.vn\n*.a.vn", "a.vn");
    check("*.a.vn\na.vn", "a.vn");
    check("=a.vn", "a.vn");
    check("*.a.vn\n*.a.vn", "*.a.vn");
    check("a.vn\nb.a.vn", "a.vn b.a.vn");
    check("", "");
}

#[test]
fn what_a_list_takes_off_is_not_blocked() {
    let check = |text: &str, expected: &str, off: u64, kept: &[(&str, &str)]| {
        check(Format::AdBlock, text, expected, off, kept);
    };
    check("||a.vn^\n@@||a.vn^", "", 1, &[]);
    check("@@||a.vn^\n||b.a.vn^\n||ba.vn^", "ba.vn", 1, &[]);
    check("||*.a.vn^\n@@||a.vn^", "", 1, &[]);
    check("||a.vn^\n@@||b.a.vn^", "a.vn", 0, &[("b.a.vn", "a.vn")]);
    check(
        "||a.vn^\n||b.a.vn^\n@@||b.a.vn^",
        "a.vn",
        1,
        &[("b.a.vn", "a.vn")],
    );
    check("||a.vn^\n@@||*.a.vn^", "a.vn", 0, &[("*.a.vn", "a.vn")]);
    check("||*.a.vn^\n@@||*.a.vn^", "", 1, &[]);
}

#[test]
fn an_important_block_stands_above_a_usual_exception() {
    let check = |text: &str, expected: &str, off: u64| {
        check(Format::AdBlock, text, expected, off, &[]);
    };
    check("||a.vn^$important\n@@||a.vn^", "a.vn", 0);
    check("||a.vn^$important\n@@||a.vn^$important", "", 1);
    check("||a.vn^$important\n@@||b.a.vn^", "a.vn", 0);
    check(
        "||a.vn^$important\n||b.vn^\n@@||*.b.vn^$important\n@@||b.vn^",
        "a.vn",
        1,
    );
}

#[test]
fn badfilter_takes_back_one_rule_only() {
    let check = |text: &str, expected: &str, off: u64| {
        check(Format::AdBlock, text, expected, off, &[]);
    };
    check("||a.vn^$badfilter\n||a.vn^", "", 1);
    check("||a.vn^$badfilter\n||b.a.vn^\n||c.vn^", "b.a.vn c.vn", 0);
    check("||a.vn^$badfilter\n||*.a.vn^\n||a.vn^", "*.a.vn", 0);
    check("||a.vn^$badfilter\n||a.vn^$important", "a.vn", 0);
    check("||a.vn^$important,badfilter\n||a.vn^$important", "", 1);
}

#[test]
fn exact_allows_leave_what_lies_below() {
    let check = |text: &str, expected: &str, off: u64, kept: &[(&str, &str)]| {
        check(Format::Rpz, text, expected, off, kept);
    };
    check(
        "a.vn CNAME .\n*.a.vn CNAME .\na.vn CNAME rpz-passthru.",
        "*.a.vn",
        0,
        &[],
    );
    check("a.vn CNAME .\na.vn CNAME rpz-passthru.", "", 1, &[]);
    let below = "a.vn CNAME .\n*.a.vn CNAME .\n*.a.vn CNAME rpz-passthru.";
    check(below, "a.vn", 0, &[("*.a.vn", "a.vn")]);
}

#[test]
fn refused_lines_reach_the_caller_with_their_numbers() {
    let mut refused = Vec::new();
    let text = b"a.vn\na b\n\nb..vn\n".as_slice();
    let report = convert(Format::Domains, text, &mut Vec::new(), |line| {
        refused.push(line.line)
    });
    assert_eq!(refused, [2, 4]);
    assert_eq!(report.unwrap().summary.refused, 2);
}

#[test]
fn a_full_disk_is_told() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let outcome = convert(Format::Domains, b"a.vn".as_slice(), &mut Full, |_| {});
    assert!(matches!(outcome, Err(ConvertError::Write(_))));
}

#[test]
fn wanted_ut1_categories_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("a", "x.vn\ny.vn\n"),
        ("b", "y.vn\n1.2.3.4\nbad..vn\n"),
        ("c", "z.vn\n"),
    ] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join("domains"), text).unwrap();
        std::fs::write(folder.path().join(name).join("urls"), "u.vn/x\n").unwrap();
    }
    let ut1 = Ut1::open(folder.path()).unwrap();
    let mut out = Vec::new();
    let mut refused = Vec::new();
    let report = convert_ut1(
        &ut1,
        |category| category.name != "c",
        &mut out,
        |category, line| {
            refused.push((category.name.clone(), line.line));
        },
    );
    let report = report.unwrap();
    assert_eq!(out, b"x.vn\ny.vn\n");
    assert_eq!(refused, [("b".to_owned(), 3)]);
    assert_eq!(
        (
            report.summary.names,
            report.summary.nets,
            report.summary.urls
        ),
        (3, 1, 0)
    );
}

#[test]
fn names_that_stand_for_others_are_refused_with_their_line() {
    let mut out = Vec::new();
    let mut refused = Vec::new();
    let text = "com\nedu.vn\n*.blogspot.com\nx.blogspot.com\nlocalhost\n";
    let report = convert(Format::Domains, text.as_bytes(), &mut out, |line| {
        refused.push(line)
    });
    assert_eq!(out, b"x.blogspot.com\n");
    let lines = refused
        .iter()
        .map(|refused| (refused.line, refused.text.as_str()));
    let expected = [
        (1, "com"),
        (2, "edu.vn"),
        (3, "*.blogspot.com"),
        (5, "localhost"),
    ];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    assert_eq!(report.unwrap().summary.refused, 4);
}

/// A reference that asks, for every name in question, whether the rules block it.
fn blocks(rules: &[(bool, Scope, String)], asked: &str) -> bool {
    let covers = |allow: bool| {
        rules
            .iter()
            .filter(move |rule| rule.0 == allow)
            .any(|(_, scope, name)| {
                let own = asked == name && scope.covers_itself();
                own || asked.ends_with(&format!(".{name}")) && scope.covers_below()
            })
    };
    covers(false) && !covers(true)
}

fn rule() -> impl Strategy<Value = (bool, Scope, String)> {
    let scope = prop_oneof![Just(Scope::Suffix), Just(Scope::Below)];
    (prop::bool::weighted(0.3), scope, "([ab]\\.){0,2}vidu\\.vn")
}

proptest! {
    #[test]
    fn what_is_written_blocks_what_the_list_blocks(rules in prop::collection::vec(rule(), 0..8)) {
        let line = |(allow, scope, name): &(bool, Scope, String)| {
            let allow = if *allow { "@@" } else { "" };
            let below = if *scope == Scope::Below { "*." } else { "" };
            format!("{allow}||{below}{name}^\n")
        };
        let (text, report) = run(Format::AdBlock, &rules.iter().map(line).collect::<String>());
        let written = text.lines().map(|line| match line.strip_prefix("*.") {
            Some(name) => (false, Scope::Below, name.to_owned()),
            None => (false, Scope::Suffix, line.to_owned()),
        });
        let written = written.collect::<Vec<_>>();
        for asked in ["", "a.", "b.", "a.a.", "b.a.", "a.b.", "c.a.", "c.c.b.a."] {
            let asked = &format!("{asked}vidu.vn");
            let (expected, got) = (blocks(&rules, asked), blocks(&written, asked));
            // Nothing blocked is lost; more is blocked only where the report says so.
            prop_assert!(got || !expected, "{} lost", asked);
            prop_assert!(got == expected || report.kept_count > 0, "{} widened silently", asked);
        }
    }
}
