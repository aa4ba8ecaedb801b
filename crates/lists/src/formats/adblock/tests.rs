use super::super::{Collected, Format, Item, read};

/// How one line is read: `+` block, `-` allow, `x` cancelled rule, `!` refused, `~` passed over.
fn seen(line: &str) -> String {
    let mut found = Collected::default();
    let summary = read(Format::AdBlock, line.as_bytes(), &mut found).unwrap();
    let mark = |important: bool| if important { " important" } else { "" };
    if let Some(refused) = found.refused.first() {
        return format!("! {}", refused.reason.id());
    }
    match found.items.first().map(|(_, item)| item) {
        Some(Item::Name {
            name,
            scope,
            important,
            says_tenants,
        }) => {
            assert_eq!(*says_tenants, !scope.covers_itself());
            format!("+ {}{}", scope.entry(name), mark(*important))
        }
        Some(Item::Allow {
            name,
            scope,
            important,
        }) => {
            format!("- {}{}", scope.entry(name), mark(*important))
        }
        Some(Item::Cancel {
            name,
            scope,
            important,
        }) => {
            format!("x {}{}", scope.entry(name), mark(*important))
        }
        Some(Item::Net(range)) => format!("+ net {range}"),
        Some(Item::Url { host, path }) => format!("+ url {host} {path}"),
        Some(Item::Expression(_)) => panic!("AdBlock has no expressions"),
        None if summary.cosmetic == 1 => "~ cosmetic".to_owned(),
        None if summary.comments == 1 => "~ comment".to_owned(),
        None => "~ blank".to_owned(),
    }
}

fn check(rows: &[(&str, &str)]) {
    for (line, expected) in rows {
        assert_eq!(seen(line), *expected, "{line}");
    }
}

#[test]
fn only_whole_host_rules_block() {
    check(&[
        ("||a.vn^", "+ a.vn"),
        ("||A.VN.^", "+ a.vn"),
        ("  ||a.vn^  ", "+ a.vn"),
        ("||cốccốc.vn^", "+ xn--cccc-0x5ac.vn"),
        ("||a.vn^$important", "+ a.vn important"),
        ("||a.vn^$all", "+ a.vn"),
        ("||a.vn^$all,important", "+ a.vn important"),
        ("||*.a.vn^", "+ *.a.vn"),
        ("||com^", "+ com"),
        ("||a.vn^ # not a tracker", "+ a.vn"),
        ("||1.2.3.4^", "+ net 1.2.3.4"),
        ("||[2001:db8::1]^", "+ net 2001:db8::1"),
    ]);
}

#[test]
fn modifiers_that_narrow_a_rule_refuse_it_by_name() {
    check(&[
        ("||a.vn^$third-party", "! modifier"),
        ("||a.vn^$script,domain=b.vn", "! modifier"),
        ("||a.vn^$doc", "! modifier"),
        ("||a.vn^$document", "! modifier"),
        ("||a.vn^$removeparam=x", "! modifier"),
        ("||a.vn^$important,popup", "! modifier"),
        ("||a.vn^$", "! modifier"),
        ("||a.vn^*.gif$image", "! modifier"),
        ("||a.vn$script", "! modifier"),
        ("||a.vn/x.js$script", "! modifier"),
        ("@@||a.vn^$elemhide", "! modifier"),
    ]);
    let mut found = Collected::default();
    read(
        Format::AdBlock,
        b"||a.vn^$domain=b.vn".as_slice(),
        &mut found,
    )
    .unwrap();
    assert!(found.refused[0].reason.to_string().contains("\"domain\""));
}

#[test]
fn exceptions_and_cancelled_rules_are_told_apart() {
    check(&[
        ("@@||a.vn^", "- a.vn"),
        ("@@||a.vn^|", "- a.vn"),
        ("@@||a.vn^$important", "- a.vn important"),
        ("@@||*.a.vn^", "- *.a.vn"),
        ("@@||a.vn^ # aws^", "- a.vn"),
        ("||a.vn^$badfilter", "x a.vn"),
        ("||a.vn^$badfilter  # CDN", "x a.vn"),
        ("||a.vn^$important,badfilter", "x a.vn important"),
        ("||a.vn^$script,badfilter", "! modifier"),
        ("@@||a.vn^$badfilter", "! modifier"),
        ("@@||1.2.3.4^", "! exception"),
        ("@@||a.vn/b", "! exception"),
        ("||1.2.3.4^$badfilter", "! exception"),
    ]);
}

#[test]
fn url_prefixes_stay_urls() {
    check(&[
        ("||a.vn/b/c.js", "+ url a.vn b/c.js"),
        ("||a.vn/b?c=1", "+ url a.vn b?c=1"),
        ("||a.vn/b^", "! pattern"),
        ("||a.vn/b*c", "! pattern"),
        ("||a.vn/b|", "! pattern"),
        ("||a.vn/", "! pattern"),
        ("||a.vn^b", "! pattern"),
    ]);
}

#[test]
fn patterns_are_refused_with_their_reason() {
    check(&[
        ("||a.vn", "! pattern"),
        ("||a.vn^|", "! pattern"),
        ("|http://a.vn^", "! pattern"),
        ("a.vn", "! pattern"),
        ("-banner-", "! pattern"),
        (".com/ads/$image", "! pattern"),
        ("/ads[0-9]+/", "! regex"),
        ("/ads[0-9]+/$script", "! regex"),
        ("@@/ads/", "! regex"),
        ("/core/*$script", "! pattern"),
        ("||ads*.a.vn^", "! wildcard"),
        ("||a.*^", "! wildcard"),
        ("||*^", "! wildcard"),
        ("||*.^", "! pattern"),
        ("||^api/x^", "! pattern"),
        ("||a.vn:8080^", "! port"),
        ("||", "! pattern"),
        ("@@", "! pattern"),
        ("||a..vn^", "! name-empty-label"),
        ("||a b.vn^", "! name-character"),
        ("*$removeparam=x", "! pattern"),
    ]);
}

#[test]
fn rules_about_pages_and_comments_are_passed_over() {
    check(&[
        ("! a", "~ comment"),
        ("[Adblock Plus 2.0]", "~ comment"),
        ("# a", "~ comment"),
        ("#a", "~ comment"),
        ("#####", "~ comment"),
        ("", "~ blank"),
        ("   ", "~ blank"),
        ("##.ad", "~ cosmetic"),
        ("###ad", "~ cosmetic"),
        ("a.vn##.ad", "~ cosmetic"),
        ("a.vn,b.vn#@#.ad", "~ cosmetic"),
        ("a.vn#?#.ad:has(b)", "~ cosmetic"),
        ("a.vn#$#body { }", "~ cosmetic"),
        ("a.vn#@$?#body", "~ cosmetic"),
        ("a.vn#%#//scriptlet('x')", "~ cosmetic"),
        ("a.vn$$script[x]", "~ cosmetic"),
        ("a.vn$@$script[x]", "~ cosmetic"),
    ]);
}
