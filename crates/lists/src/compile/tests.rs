//! The compiler as its callers see it: what goes in comes out, and nothing else.

use std::collections::BTreeSet;
use std::path::PathBuf;

use lachan_policy::ruleset::{ListClass, OpenError, Ruleset, SectionKind};
use lachan_policy::{CategorySet, Name, Scope};
use proptest::prelude::*;

use super::*;
use crate::formats::{Collected, Format, read};
use crate::testing::{name, shipped_rules};
use crate::text::Names;

struct Bench {
    folder: tempfile::TempDir,
    compiler: Compiler,
}

impl Bench {
    fn new(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.ruleset");
        let compiler = Compiler::new(shipped_rules().book.clone(), &path, options).unwrap();
        Self { folder, compiler }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("x.ruleset")
    }

    fn list(&mut self, id: &str, category: &str) -> ListHandle {
        let category = shipped_rules().category(category);
        self.compiler
            .list(ListSpec::new(id, ListClass::Imported, category))
            .unwrap()
    }

    /// Feeds a list text through its reader, as an import does.
    fn read(&mut self, list: ListHandle, format: Format, text: &str) {
        let mut collected = Collected::default();
        read(format, text.as_bytes(), &mut collected).unwrap();
        assert_eq!(collected.refused, [], "{text}");
        for (_, item) in collected.items {
            self.compiler.item(list, item).unwrap().unwrap();
        }
    }

    fn finish(self) -> (Report, Ruleset) {
        let path = self.path();
        let report = self.compiler.finish(&path, &mut ()).unwrap();
        (report, crate::open::open_verified(&path).unwrap())
    }
}

/// The imported categories a name gets.
fn categories(ruleset: &Ruleset, text: &str) -> Vec<String> {
    let walk = ruleset.walk(&name(text));
    let sides = walk
        .hits()
        .iter()
        .map(|hit| ruleset.side(hit.row, hit.is_above()).imported);
    let all = sides.fold(CategorySet::EMPTY, CategorySet::union);
    all.iter()
        .map(|bit| ruleset.book().category(bit).unwrap().id.clone())
        .collect()
}

fn check(ruleset: &Ruleset, text: &str, expected: &[&str]) {
    assert_eq!(categories(ruleset, text), expected, "{text}");
}

#[test]
fn names_get_the_categories_of_every_list_that_has_them() {
    let mut bench = Bench::new(Options::default());
    let (bets, social) = (bench.list("bets", "gambling"), bench.list("net", "social"));
    bench.read(bets, Format::Domains, "a.com\nb.com\n");
    bench.read(social, Format::Hosts, "0.0.0.0 b.com\n0.0.0.0 x.a.com\n");
    let (report, ruleset) = bench.finish();
    assert_eq!(report.names, 3);
    check(&ruleset, "a.com", &["gambling"]);
    check(&ruleset, "b.com", &["gambling", "social"]);
    check(&ruleset, "y.x.a.com", &["gambling", "social"]);
    check(&ruleset, "c.com", &[]);
}

#[test]
fn public_suffixes_are_refused_unless_the_list_is_marked() {
    let mut bench = Bench::new(Options::default());
    let plain = bench.list("plain", "gambling");
    for suffix in [
        "com",
        "zip",
        "co.uk",
        "blogspot.com",
        "github.io",
        "edu.vn",
        "gov.br",
    ] {
        let taken = bench
            .compiler
            .name(plain, &name(suffix), Scope::Suffix, true)
            .unwrap();
        assert_eq!(taken, Err(Rejection::PublicSuffix), "{suffix}");
    }
    let mut spec = ListSpec::new("tlds", ListClass::Own, shipped_rules().category("scam"));
    spec.public_suffixes = true;
    let marked = bench.compiler.list(spec).unwrap();
    assert_eq!(
        bench
            .compiler
            .name(marked, &name("zip"), Scope::Suffix, false)
            .unwrap(),
        Ok(())
    );
    let (report, ruleset) = bench.finish();
    assert_eq!(report.lists[0].rejected["public-suffix"], 7);
    assert_eq!(ruleset.walk(&name("a.b.zip")).hits().len(), 1);
}

#[test]
fn a_shared_host_blocks_itself_and_not_its_tenants_unless_the_list_says_so() {
    let tenants = HashSet::from([name("free.fr"), name("appstor.io")]);
    let mut bench = Bench::new(Options {
        tenants,
        ..Options::default()
    });
    let list = bench.list("list", "adult");
    bench.read(
        list,
        Format::Domains,
        "free.fr\n*.appstor.io\nbad.free.fr\n",
    );
    let (report, ruleset) = bench.finish();
    assert_eq!(report.lists[0].narrowed, 1);
    check(&ruleset, "free.fr", &["adult"]);
    check(&ruleset, "good.free.fr", &[]);
    check(&ruleset, "x.bad.free.fr", &["adult"]);
    check(&ruleset, "tenant.appstor.io", &["adult"]);
    check(&ruleset, "appstor.io", &[]);
}

#[test]
fn a_list_takes_names_off_itself_only() {
    let mut bench = Bench::new(Options::default());
    let (first, second) = (bench.list("first", "ads"), bench.list("second", "adult"));
    bench.read(first, Format::AdBlock, "||a.com^\n||sub.b.com^\n||c.com^$important\n@@||a.com^\n@@||b.com^\n@@||c.com^\n||d.com^\n@@||ok.d.com^\n");
    bench.read(second, Format::AdBlock, "||a.com^\n");
    let (report, ruleset) = bench.finish();
    check(&ruleset, "a.com", &["adult"]);
    check(&ruleset, "sub.b.com", &[]);
    check(&ruleset, "c.com", &["ads"]);
    check(&ruleset, "ok.d.com", &["ads"]);
    assert_eq!(report.lists[0].covered_allows, ["ok.d.com"]);
    assert_eq!(report.taken_off, 2);
}

#[test]
fn allows_reach_as_far_as_they_say() {
    let mut bench = Bench::new(Options::default());
    let list = bench.list("list", "ads");
    let zone = "a.com CNAME rpz-passthru.\n*.a.com CNAME .\nb.com CNAME .\n\
                *.b.com CNAME rpz-passthru.\nx.b.com CNAME .\n";
    bench.read(list, Format::Rpz, zone);
    let (_, ruleset) = bench.finish();
    check(&ruleset, "a.com", &[]);
    check(&ruleset, "x.a.com", &["ads"]);
    check(&ruleset, "b.com", &["ads"]);
    check(&ruleset, "x.b.com", &[]);
}

#[test]
fn a_cancelled_rule_takes_only_itself() {
    let mut bench = Bench::new(Options::default());
    let list = bench.list("list", "ads");
    bench.read(
        list,
        Format::AdBlock,
        "||a.com^\n||x.a.com^\n||a.com^$badfilter\n",
    );
    let (_, ruleset) = bench.finish();
    check(&ruleset, "a.com", &[]);
    check(&ruleset, "x.a.com", &["ads"]);
}

#[test]
fn addresses_and_urls_stand_beside_the_names() {
    let mut bench = Bench::new(Options::default());
    let (vpn, adult) = (bench.list("vpn", "bypass"), bench.list("urls", "adult"));
    bench.read(vpn, Format::Addresses, "10.0.0.0/8\n2001:db8::/32\n");
    bench.read(
        adult,
        Format::Domains,
        "http://host.com/bad/\nhost.com/bad/worse?x\n",
    );
    let (_, ruleset) = bench.finish();
    let row = |text: &str| ruleset.address_row(text.parse().unwrap());
    assert!(
        row("10.1.2.3").is_some() && row("11.0.0.0").is_none() && row("9.255.255.255").is_none()
    );
    assert!(row("2001:db8::5").is_some() && row("2001:db9::").is_none());
    let rule = |host: &str, path: &str| {
        ruleset
            .url_rule(&name(host), path)
            .map(|rule| rule.path.to_owned())
    };
    assert_eq!(rule("host.com", "/bad/x").as_deref(), Some("bad/"));
    assert_eq!(
        rule("www.host.com", "/bad/worse?x=1").as_deref(),
        Some("bad/worse?x")
    );
    assert_eq!(rule("host.com", "/good"), None);
    assert_eq!(rule("other.com", "/bad/x"), None);
    // A URL rule never closes its host.
    check(&ruleset, "host.com", &[]);
}

#[test]
fn sealed_entries_are_found_and_stand_nowhere_as_text() {
    let mut bench = Bench::new(Options::default());
    let category = shipped_rules().category("child-abuse");
    let list = bench
        .compiler
        .list(ListSpec::new("sealed", ListClass::Sealed, category))
        .unwrap();
    bench.compiler.sealed_key([7; 16]);
    let digest = bench.compiler.seal(&name("secret-host.com"));
    bench.compiler.sealed(list, digest);
    let path = bench.path();
    bench.compiler.finish(&path, &mut ()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(11).any(|window| window == b"secret-host"));
    let ruleset = Ruleset::open(Box::new(bytes)).unwrap();
    assert!(ruleset.sealed(&name("www.secret-host.com")).is_some());
    assert!(ruleset.sealed(&name("host.com")).is_none());
    assert!(ruleset.walk(&name("secret-host.com")).hits().is_empty());
    assert_eq!(Names::of(&ruleset).count(), 0);
}

#[test]
fn a_rarely_used_row_is_found_through_the_overflow() {
    // More combinations of lists than a slot can number: 13 lists give 8191.
    let mut bench = Bench::new(Options {
        seed: Some(3),
        ..Options::default()
    });
    let lists = (0..13)
        .map(|n| bench.list(&format!("l{n}"), "adult"))
        .collect::<Vec<_>>();
    for bits in 1u32..8192 {
        let members = lists
            .iter()
            .enumerate()
            .filter(|(index, _)| bits >> index & 1 == 1);
        for (_, list) in members {
            let host = name(&format!("n{bits}.com"));
            bench
                .compiler
                .name(*list, &host, Scope::Suffix, false)
                .unwrap()
                .unwrap();
        }
    }
    let (report, ruleset) = bench.finish();
    assert_eq!((report.names, report.rows), (8191, 8191));
    assert!(!ruleset.section(SectionKind::Overflow).is_empty());
    for bits in 1u32..8192 {
        let row = ruleset.row_of(&name(&format!("n{bits}.com"))).unwrap();
        let sources = ruleset
            .sources(row)
            .map(|source| 1 << source.list)
            .sum::<u32>();
        assert_eq!(sources, bits);
    }
}

#[test]
fn shared_parents_are_told() {
    let mut bench = Bench::new(Options::default());
    let list = bench.list("list", "adult");
    let mut text = "shared.com\n".to_owned();
    for number in 0..150 {
        text += &format!("t{number}.shared.com\nother{number}.net\n");
    }
    bench.read(list, Format::Domains, &text);
    let (report, _) = bench.finish();
    assert_eq!(report.shared_parents.len(), 1);
    assert_eq!(report.shared_parents[0].name, name("shared.com"));
    assert_eq!(report.shared_parents[0].below, 150);
}

#[test]
fn damage_anywhere_is_refused_and_never_a_panic() {
    let mut bench = Bench::new(Options::default());
    let list = bench.list("list", "adult");
    bench.read(list, Format::Domains, "a.com\nb.com\n10.0.0.0/8\na.com/x\n");
    let path = bench.path();
    let folder = tempfile::tempdir().unwrap();
    bench.compiler.finish(&path, &mut ()).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let damaged = folder.path().join("damaged");
    // Every section once, and the header; the padding between sections is nobody's.
    let header = lachan_policy::ruleset::Header::from_bytes(&whole).unwrap();
    let mut places = vec![0, 9, 20, 33, 140];
    places.extend(
        header
            .sections
            .iter()
            .filter(|s| s.length > 0)
            .map(|s| usize::try_from(s.offset + s.length / 2).unwrap()),
    );
    for place in places {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x20;
        std::fs::write(&damaged, &bytes).unwrap();
        assert!(crate::verify::verify(&damaged).is_err(), "byte {place}");
        assert!(
            crate::open::open_verified(&damaged).is_err(),
            "byte {place}"
        );
        if let Ok(ruleset) = Ruleset::open(Box::new(bytes)) {
            // What the small checks do not see gives wrong answers at worst.
            let _ = categories(&ruleset, "x.a.com");
            let _ = ruleset.address_row("10.0.0.1".parse().unwrap());
            let _ = ruleset.url_rule(&name("a.com"), "/x");
            let _ = Names::of(&ruleset).take(100).count();
        }
    }
    for length in [0, 1, 100, 4095, 4096, 5000, whole.len() - 1] {
        let cut = whole[..length].to_vec();
        let outcome = Ruleset::open(Box::new(cut));
        assert!(
            matches!(
                outcome,
                Err(OpenError::Header(_) | OpenError::Length { .. })
            ),
            "{length}"
        );
    }
    let mut longer = whole;
    longer.push(0);
    assert!(matches!(
        Ruleset::open(Box::new(longer)),
        Err(OpenError::Length { .. })
    ));
}

#[test]
fn a_failed_build_leaves_the_old_ruleset() {
    let mut bench = Bench::new(Options::default());
    let list = bench.list("list", "adult");
    bench.read(list, Format::Domains, "a.com\n");
    let missing = bench.folder.path().join("no-such-folder").join("x.ruleset");
    let error = bench.compiler.finish(&missing, &mut ()).unwrap_err();
    assert!(matches!(error, CompileError::Io { .. }));
}

#[test]
fn the_same_lists_under_the_same_key_give_the_same_bytes() {
    let build = || {
        let mut bench = Bench::new(Options {
            seed: Some(9),
            ..Options::default()
        });
        let list = bench.list("list", "adult");
        bench.read(list, Format::Domains, "a.com\nb.com\nx.b.com\n");
        let path = bench.path();
        bench.compiler.finish(&path, &mut ()).unwrap();
        std::fs::read(&path).unwrap()
    };
    assert!(build() == build());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_ruleset_agrees_with_a_plain_set(
        names in proptest::collection::vec("[ab]{1,3}(\\.[ab]{1,2}){0,4}\\.example", 0..60),
        asked in proptest::collection::vec("[abc]{1,3}(\\.[ab]{1,2}){0,5}\\.example", 1..60),
        memory in prop_oneof![Just(usize::MAX), Just(2_000)],
    ) {
        let mut bench = Bench::new(Options { sort_memory: memory, ..Options::default() });
        let list = bench.list("list", "adult");
        let mut set = BTreeSet::new();
        for text in &names {
            bench.compiler.name(list, &name(text), Scope::Suffix, false).unwrap().unwrap();
            set.insert(name(text));
        }
        let (report, ruleset) = bench.finish();
        prop_assert_eq!(report.names, set.len() as u64);
        let listed = Names::of(&ruleset).map(Result::unwrap).collect::<Vec<_>>();
        prop_assert_eq!(&listed, &set.iter().copied().collect::<Vec<Name>>());
        for text in asked.iter().chain(&names) {
            let asked = name(text);
            let expected = asked.suffixes().filter(|start| set.contains(&asked.suffix(*start)));
            let found = ruleset.walk(&asked);
            let found = found.hits().iter().map(|hit| usize::from(hit.start));
            prop_assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }
}
