//! What ships in `rules/` holds together, and a mistake in it is told, not swallowed.

#![cfg(feature = "testing")]
#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use lachan_lists::rules::{Rules, RulesError};
use lachan_lists::testing::{
    name, policy, rules_folder, ruleset_bytes, shipped_rules, shipped_ruleset,
};
use lachan_policy::ruleset::{Header, ListClass, PAGE, Ruleset, SectionKind};
use lachan_policy::{
    Action, Ask, BypassKind, CategorySet, Exceptions, Group, Groups, Level, Mode, ModeSwitch,
    Moment, Name, Policy, Role, Tier, Verdict,
};

static SHIPPED: LazyLock<Arc<Ruleset>> = LazyLock::new(shipped_ruleset);
static POLICY: LazyLock<Policy> =
    LazyLock::new(|| policy(Arc::clone(&SHIPPED), Exceptions::default()));

fn decide(text: &str, tier: Tier) -> Verdict {
    let at = Some(Moment {
        unix: 1_800_000_000,
        weekday: 1,
        minute: 600,
    });
    let group = POLICY
        .groups()
        .all()
        .iter()
        .position(|group| group.name == tier.id())
        .unwrap();
    POLICY.decide(&Ask {
        name: &name(text),
        group,
        at,
        found: CategorySet::EMPTY,
    })
}

/// One letter a tier, youngest first: b(lock), r(estrict), a(llow).
#[track_caller]
fn check(text: &str, expected: &str) {
    let letter = |tier| match decide(text, tier).action {
        Action::Block => 'b',
        Action::Restrict => 'r',
        Action::Allow => 'a',
    };
    let got = Tier::ALL.map(letter).iter().collect::<String>();
    assert_eq!(
        got,
        expected,
        "{text}: {:?}",
        Tier::ALL.map(|tier| decide(text, tier).level)
    );
}

#[test]
fn the_tables_are_complete() {
    let book = &shipped_rules().book;
    let numbers = book
        .categories
        .iter()
        .map(|info| info.number)
        .collect::<HashSet<_>>();
    assert_eq!(numbers, (1..=32).collect());
    assert_eq!(book.tiers.len(), 5);
    assert!(book.services.len() >= 60);
    for info in &book.categories {
        let texts = [
            &info.name.vi,
            &info.name.en,
            &info.reason.vi,
            &info.reason.en,
        ];
        assert!(texts.iter().all(|text| !text.is_empty()), "{}", info.id);
    }
}

#[test]
fn well_known_names_get_what_the_table_says_in_all_five_tiers() {
    for (text, expected) in [
        ("tongdai111.vn", "aaaaa"),
        ("moet.gov.vn", "aaaaa"),
        ("connectivitycheck.gstatic.com", "aaaaa"),
        ("vnedu.vn", "aaaaa"),
        ("olm.vn", "aaaaa"),
        ("vi.wikipedia.org", "aaaaa"),
        ("pornhub.com", "bbbbb"),
        ("fb88.com", "bbbbb"),
        ("zalo.me", "bbbba"),
        ("www.facebook.com", "bbbba"),
        ("www.youtube.com", "rrrra"),
        ("www.google.com.vn", "rrrra"),
        ("tiktok.com", "bbbba"),
        ("shopee.vn", "bbbba"),
        ("use-application-dns.net", "bbbbr"),
        ("mask.icloud.com", "bbbbr"),
        ("no-list-knows-this-name.com", "bbraa"),
    ] {
        check(text, expected);
    }
}

/// The policy with every group in allowlist-only mode.
fn walled() -> Policy {
    let switched = |group: &Group| Group {
        mode: Some(ModeSwitch {
            mode: Mode::AllowlistOnly,
            until: None,
            by: Role::School,
        }),
        ..group.clone()
    };
    let all: Vec<Group> = POLICY.groups().all().iter().map(switched).collect();
    let groups = Groups::new(all[0].clone(), all[1..].to_vec()).unwrap();
    Policy::new(Arc::clone(&SHIPPED), groups, Exceptions::default())
}

#[test]
fn the_walled_garden_holds_learning_sites_and_what_they_load_and_no_more() {
    let policy = walled();
    let actions = |text: &str, tiers: &[Tier]| {
        let decide = |tier: &Tier| {
            let mut groups = policy.groups().all().iter();
            let group = groups.position(|group| group.name == tier.id()).unwrap();
            policy.decide(&Ask {
                name: &name(text),
                group,
                at: None,
                found: CategorySet::EMPTY,
            })
        };
        tiers
            .iter()
            .map(decide)
            .map(|verdict| !verdict.is_block())
            .collect::<Vec<_>>()
    };
    let youngest = [Tier::MamNon, Tier::TieuHoc];
    let garden = shipped_rules()
        .lists
        .iter()
        .filter(|list| list.file == "garden.toml");
    let entries = garden.flat_map(|list| &list.entries);
    for (name, scope) in entries.clone() {
        assert_eq!(
            actions(&name.to_string(), &youngest),
            [true, true],
            "{name}"
        );
        if scope.covers_below() {
            assert_eq!(
                actions(&format!("www.{name}"), &youngest),
                [true, true],
                "{name}"
            );
        }
    }
    assert!(entries.count() > 100);
    for text in [
        "rs.olm.vn",
        "images1.violympic.vn",
        "static.k12online.vn",
        "img.loigiaihay.com",
        "vnmedia2.monkeyuni.net",
        "fonts.gstatic.com",
        "cdn.jsdelivr.net",
        "accounts.google.com",
        "tongdai111.vn",
        "moet.gov.vn",
        "connectivitycheck.gstatic.com",
    ] {
        assert_eq!(actions(text, &youngest), [true, true], "{text}");
    }
    for text in [
        "www.google.com",
        "vnexpress.net",
        "www.youtube.com",
        "github.com",
        "thegioididong.com",
        "zalo.me",
        "dropbox.com",
        "data.jsdelivr.com",
        "no-list-knows-this-name.com",
    ] {
        assert_eq!(actions(text, &youngest), [false, false], "{text}");
    }
    assert_eq!(
        actions("vnexpress.net", &[Tier::Thcs, Tier::Thpt]),
        [true, true]
    );
    assert_eq!(
        actions("no-list-knows-this-name.com", &[Tier::Thpt]),
        [false]
    );
}

#[test]
fn no_always_open_name_is_closed_in_any_tier() {
    let rules = shipped_rules();
    let open = [ListClass::AlwaysOpen, ListClass::Help];
    let lists = rules
        .lists
        .iter()
        .filter(|list| open.contains(&list.spec.info.class));
    for (name, _) in lists.flat_map(|list| &list.entries) {
        for tier in Tier::ALL {
            assert_eq!(
                decide(&name.to_string(), tier).action,
                Action::Allow,
                "{name} {tier}"
            );
        }
    }
}

#[test]
fn no_protected_name_is_closed_by_another_category_than_its_own() {
    for list in shipped_rules()
        .lists
        .iter()
        .filter(|l| l.spec.info.class == ListClass::Protected)
    {
        for (name, scope) in &list.entries {
            if !scope.covers_itself() {
                continue;
            }
            for tier in Tier::ALL {
                let verdict = decide(&name.to_string(), tier);
                let by_engine = verdict
                    .list
                    .and_then(|id| SHIPPED.list(id))
                    .is_some_and(|list| {
                        matches!(list.class, ListClass::UnsafeEngine | ListClass::SafeSearch)
                    });
                if verdict.is_block() && !by_engine {
                    assert_eq!(verdict.category, list.spec.info.category, "{name} {tier}");
                }
            }
        }
    }
}

#[test]
fn every_starter_list_is_enforced_where_the_table_closes_its_category() {
    for list in shipped_rules()
        .lists
        .iter()
        .filter(|list| list.file.starts_with("base/"))
    {
        let category = list.spec.info.category.unwrap();
        for (name, _) in list
            .entries
            .iter()
            .filter(|(_, scope)| scope.covers_itself())
        {
            for tier in Tier::ALL {
                let verdict = decide(&name.to_string(), tier);
                let locked = SHIPPED.book().masks(tier).cell(category);
                if locked.action == Action::Block && verdict.level >= Level::DepartmentLock {
                    assert!(
                        verdict.is_block(),
                        "{name} of {} in {tier}: {verdict:?}",
                        list.file
                    );
                }
            }
        }
    }
}

fn copied(change: impl Fn(&Path)) -> Result<Rules, RulesError> {
    let folder = tempfile::tempdir().unwrap();
    for sub in ["", "base", "bypass", "phrases"] {
        fs::create_dir_all(folder.path().join(sub)).unwrap();
        for entry in fs::read_dir(rules_folder().join(sub)).unwrap().flatten() {
            if entry.file_type().unwrap().is_file() {
                fs::copy(
                    entry.path(),
                    folder.path().join(sub).join(entry.file_name()),
                )
                .unwrap();
            }
        }
    }
    change(folder.path());
    Rules::load(folder.path())
}

#[track_caller]
fn refused(file: &str, added: &str, expected: &str) {
    let outcome = copied(|folder| {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}\n{added}\n")).unwrap();
    });
    let Err(RulesError::Mistakes(mistakes)) = outcome else {
        panic!("{added} was taken")
    };
    let told = mistakes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(told.contains(file) && told.contains(expected), "{told}");
}

#[test]
fn mistakes_in_the_rules_are_told_with_their_file() {
    refused("base/gambling.txt", "moet.gov.vn", "always open");
    refused("base/gambling.txt", "blogspot.com", "public suffix");
    // bypass/translate.txt may hold one, and only that.
    refused("bypass/proxy.txt", "blogspot.com", "public suffix");
    refused(
        "base/gambling.txt",
        "no name",
        "cannot stand in a host name",
    );
    refused(
        "base/gambling.txt",
        "zalo.me",
        "protected as another category",
    );
    refused(
        "base/social.txt",
        "twice.example.vn\ntwice.example.vn",
        "stands twice",
    );
    let group = "[[group]]\nid = \"x\"\nvi = \"x\"\nen = \"x\"\n";
    let closed = format!("{group}names = [\"no-list-knows-this-name.com\"]");
    refused("garden.toml", &closed, "no list makes it open");
    let wide = format!("{group}names = [\"googleapis.com\"]");
    refused("garden.toml", &wide, "no list makes it open");
    let nobody = format!("{group}for = [\"vnexpress.net\"]\nnames = []");
    refused("garden.toml", &nobody, "no site of the garden");
    refused("services.toml", "stray = 1", "unknown field");
    let group = |body: &str| format!("[[doorway.group]]\nid = \"x\"\nweight = 140\n{body}");
    refused(
        "heuristics.toml",
        &group("patterns = [\"youtube\"]\nstray = 1"),
        "unknown field",
    );
    refused(
        "heuristics.toml",
        &group("patterns = [\"K!\"]"),
        "is no pattern",
    );
    refused(
        "heuristics.toml",
        &group("patterns = [\"ab\", \"ab\"]"),
        "stands twice",
    );
    refused(
        "heuristics.toml",
        &group("patterns = [\"|panason\"]"),
        "finds the popular name",
    );
    refused("sources.toml", "[[source]]\nid = 5", "invalid type");
    refused("bypass/kinds.toml", "nope = \"vpn\"", "no bypass/nope.txt");
    refused("bypass/kinds.toml", "nope = \"tor\"", "unknown variant");
    let tunnel = "[[canary]]\nname = \"x.example.vn\"\nanswer = \"nodata\"\nkind = \"tunnel\"\nvi = \"x\"\nen = \"x\"";
    refused(
        "bypass/canaries.toml",
        tunnel,
        "no kind that a list can have",
    );
    refused(
        "protected.toml",
        "[[group]]\nid = \"x\"\nvi = \"x\"\nen = \"x\"\ncategory = \"nope\"\nnames = []",
        "no category",
    );
}

#[test]
fn a_list_of_ways_round_without_a_kind_is_told() {
    let outcome =
        copied(|folder| fs::write(folder.join("bypass/new.txt"), "x.example.vn\n").unwrap());
    let told = outcome.unwrap_err().to_string();
    assert!(told.contains("add new = \"other\""), "{told}");
}

#[test]
fn the_shipped_lists_tell_ways_round_apart() {
    for (text, expected) in [
        ("dns.google", BypassKind::Doh),
        ("dot1.applied-privacy.net", BypassKind::Doh),
        ("app.nordvpn.com", BypassKind::Vpn),
        ("www.croxyproxy.com", BypassKind::Proxy),
        ("mask.icloud.com", BypassKind::Relay),
        ("vpn.mozilla.org", BypassKind::Relay),
        ("use-application-dns.net", BypassKind::Canary),
        ("_dns.resolver.arpa", BypassKind::Discovery),
    ] {
        let verdict = decide(text, Tier::Thcs);
        let kind = POLICY.bypass_of(&name(text), &verdict);
        assert_eq!(kind, Some(expected), "{text}");
        let open = decide(text, Tier::Staff);
        assert_eq!(
            POLICY.bypass_of(&name(text), &open),
            None,
            "{text} is open to staff"
        );
    }
    for text in ["fb88.com", "moet.gov.vn", "no-list-knows-this-name.com"] {
        let verdict = decide(text, Tier::TieuHoc);
        assert_eq!(POLICY.bypass_of(&name(text), &verdict), None, "{text}");
    }
}

#[test]
fn a_folder_that_is_none_is_said_to_be_none() {
    let error = Rules::load(Path::new("/nonexistent")).unwrap_err();
    assert!(error.to_string().contains("rules folder"));
}

#[test]
fn popular_and_curated_names_can_be_looked_up() {
    assert!(shipped_rules().popular.len() >= 600);
    assert!(shipped_rules().tenants.contains(&name("free.fr")));
    let path = rules_folder().join("../../shared/lists/vn/vn-curated.csv");
    let Ok(curated) = fs::read_to_string(path) else {
        return;
    }; // the corpus is not everywhere
    for line in curated
        .lines()
        .skip(1)
        .filter(|line| line.ends_with(",allow"))
    {
        let text = line.split(',').next().unwrap();
        let verdict = decide(text, Tier::Thpt);
        assert!(!verdict.is_block(), "{text}: {verdict:?}");
        assert_eq!(
            Name::from_text(text).map(|name| name.to_string()),
            Ok(text.to_owned())
        );
    }
}

#[test]
fn mistakes_in_the_phrases_are_told_with_their_file() {
    const FILE: &str = "phrases/drugs.toml";
    let group = |body: &str| format!("[[group]]\n{body}");
    let one = |phrase: &str| group(&format!("weight = 9\ncap = 1\nphrases = [\"{phrase}\"]"));
    refused(FILE, &one("Ma túy"), "lower case");
    refused(FILE, &one("ma  túy"), "single spaces");
    refused(FILE, &one("ma tu\u{301}y"), "no marks apart");
    refused(
        FILE,
        &one("mua ma túy mới\", \"mua ma túy mới"),
        "stands twice",
    );
    refused(
        FILE,
        &group("weight = 0\ncap = 1\nphrases = []"),
        "the weight must be 1 to 200",
    );
    refused(
        FILE,
        &group("weight = 9\ncap = 0\nphrases = []"),
        "no phrase counts",
    );
    refused(
        FILE,
        &group("weight = 9\ncap = 1\nfolded = \"x\"\nphrases = []"),
        "unknown variant",
    );
    refused(
        FILE,
        &group("weight = 9\ncap = 1\nstray = 1\nphrases = []"),
        "unknown field",
    );
    refused("phrases/teencode.toml", "q = \"hai từ\"", "no word");
}

#[test]
fn a_list_that_weighs_nothing_or_nowhere_is_told() {
    let told = |text: &'static str| {
        let outcome = copied(|folder| fs::write(folder.join("phrases/new.toml"), text).unwrap());
        outcome.unwrap_err().to_string()
    };
    let allow = "version = 1\nvi = \"x\"\nen = \"x\"\nside = \"allow\"\n";
    let group = "[[group]]\nweight = 1\ncap = 1\nphrases = [\"x\"]\n";
    let cases = [
        (String::new(), "missing field"),
        (
            format!("{allow}category = \"drugs\"\n{group}"),
            "has no category",
        ),
        (
            format!("{allow}thresholds = {{ thcs = 1 }}\n{group}"),
            "no thresholds",
        ),
        (format!("{allow}group = []\n"), "no [[group]]"),
        (
            format!("{}{group}", allow.replace("allow", "block")),
            "needs a category",
        ),
        (
            format!(
                "{}category = \"nope\"\n{group}",
                allow.replace("allow", "block")
            ),
            "no category of categories.toml",
        ),
        (
            format!(
                "{}category = \"drugs\"\ndistinct = 3\nthresholds = {{ thcs = 9 }}\n{group}",
                allow.replace("allow", "block")
            ),
            "staff needs a number above 0",
        ),
    ];
    for (text, expected) in cases {
        let told = told(text.leak());
        assert!(told.contains("phrases/new.toml"), "{told}");
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn a_ruleset_carries_the_phrases_and_an_older_one_has_none() {
    assert_eq!(SHIPPED.phrases().unwrap(), shipped_rules().phrases);
    assert!(SHIPPED.phrases().unwrap().lists.len() >= 10);
    let whole = ruleset_bytes(&[("bets", ListClass::Imported, "gambling", &["fb88.com"])]);
    let small = Ruleset::open(Box::new(whole.clone())).unwrap();
    assert!(small.phrases().unwrap().lists.is_empty());
    // As a program before phrases wrote it: the header has no such section.
    let mut header = Header::from_bytes(&whole).unwrap();
    header
        .sections
        .retain(|section| section.kind != SectionKind::Phrases);
    let mut older = whole;
    older[..PAGE].copy_from_slice(&header.to_bytes());
    let older = Ruleset::open(Box::new(older)).unwrap();
    assert!(older.phrases().unwrap().lists.is_empty());
}
