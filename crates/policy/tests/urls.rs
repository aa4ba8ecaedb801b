//! Decisions on URLs: what a channel that sees them finds in the lists, through the one door.

#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use lachan_lists::testing::{self, TestList, name};
use lachan_policy::ruleset::ListClass as L;
use lachan_policy::{
    Action, Ask, CategorySet, Exceptions, Level, Policy, Rule, Tier, UrlEntry, Verdict,
};

const PREFIX: &[&str] = &["vidu.vn/bai/xau"];
const EXPRESSION: &[&str] = &["~(^|/)xau-[0-9]+"];

fn policy(lists: &[TestList<'_>]) -> Policy {
    testing::policy(testing::ruleset(lists), Exceptions::default())
}

/// The verdict on a path of a name below `vidu.vn`; `None` when no list knows it.
fn decide(policy: &Policy, tier: Tier, path: &str) -> Option<Verdict> {
    let host = name("x.vidu.vn");
    let ask = Ask {
        name: &host,
        group: tier.index() + 1,
        at: None,
        found: CategorySet::EMPTY,
    };
    let ruleset = policy.ruleset();
    let prefix = ruleset.url_rule(&host, path);
    let entry = match prefix {
        Some(rule) => UrlEntry::Prefix { row: rule.row },
        None => UrlEntry::Expression(ruleset.expressions().unwrap().first()?.0),
    };
    Some(policy.decide_url(&ask, entry))
}

#[test]
fn a_url_in_a_list_closes_for_whom_its_category_is_closed() {
    let policy = policy(&[("urls/social", L::Own, "social", PREFIX)]);
    let verdict = decide(&policy, Tier::Thcs, "/bai/xau-xa").unwrap();
    let got = (verdict.action, verdict.level, verdict.rule);
    assert_eq!(got, (Action::Block, Level::Tier, Rule::Url));
    assert!(verdict.list.is_some());
    assert!(!decide(&policy, Tier::Staff, "/bai/xau").unwrap().is_block());
    assert_eq!(decide(&policy, Tier::Thcs, "/bai/tot"), None);
}

#[test]
fn an_expression_closes_like_its_list() {
    let policy = policy(&[("ut1/bets", L::Imported, "gambling", EXPRESSION)]);
    let verdict = decide(&policy, Tier::Thpt, "/xau-7").unwrap();
    let got = (verdict.action, verdict.level, verdict.rule);
    assert_eq!(got, (Action::Block, Level::DepartmentLock, Rule::Url));
    assert!(verdict.list.is_some() && verdict.category.is_some());
}

#[test]
fn an_imported_url_never_closes_a_protected_name() {
    for entries in [PREFIX, EXPRESSION] {
        let protected = ("protected", L::Protected, "", &["vidu.vn"][..]);
        for (class, open) in [(L::Imported, true), (L::Own, false), (L::Statutory, false)] {
            let policy = policy(&[protected, ("urls/x", class, "gambling", entries)]);
            let verdict = decide(&policy, Tier::Thpt, "/bai/xau").unwrap();
            assert_eq!(!verdict.is_block(), open, "{class:?} {entries:?}");
        }
    }
}

#[test]
fn help_lines_are_open_whatever_their_urls() {
    let help = ("help/x", L::Help, "help", &["vidu.vn"][..]);
    let policy = policy(&[help, ("urls/x", L::Statutory, "statutory", PREFIX)]);
    assert!(!decide(&policy, Tier::Thpt, "/bai/xau").unwrap().is_block());
}
