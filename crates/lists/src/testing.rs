//! Small rulesets for tests, here and in the crates above, over the shipped policy book.
//!
//! Behind the feature `testing`: no part of the program.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use lachan_policy::ruleset::{ListClass, Ruleset};
use lachan_policy::{
    BypassKind, Exceptions, Group, GroupId, Groups, Name, Policy, Scope, Subnet, Tier,
};

use crate::compile::{Compiler, ListSpec, Options};
use crate::formats::{AddressRange, Item};
use crate::rules::Rules;

/// A list for a test: id, class, category id (empty for none), entries as in `rules/`: names, and
/// addresses and their ranges; also URL prefixes (`a.vn/b`) and, after a `~`, expressions.
pub type TestList<'a> = (&'a str, ListClass, &'a str, &'a [&'a str]);

/// The project's own `rules/` folder.
#[must_use]
pub fn rules_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")
}

/// The shipped rules, read once.
///
/// # Panics
/// When they have mistakes.
pub fn shipped_rules() -> &'static Rules {
    static RULES: LazyLock<Rules> =
        LazyLock::new(|| Rules::load(&rules_folder()).unwrap_or_else(|error| panic!("{error}")));
    &RULES
}

/// A ruleset of just these lists, with the shipped book (categories, tiers, services, engines).
///
/// # Panics
/// When an entry or a category is wrong: the test is.
#[must_use]
pub fn ruleset(lists: &[TestList<'_>]) -> Arc<Ruleset> {
    open(ruleset_bytes(lists))
}

/// The bytes of such a ruleset's file.
///
/// # Panics
/// As [`ruleset`].
#[must_use]
pub fn ruleset_bytes(lists: &[TestList<'_>]) -> Vec<u8> {
    let rules = shipped_rules();
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let path = folder.path().join("test.ruleset");
    let mut compiler = compiler(rules, &path);
    for (id, class, category, entries) in lists {
        let category = (!category.is_empty()).then(|| {
            rules
                .category(category)
                .unwrap_or_else(|| panic!("no category {category}"))
        });
        let mut spec = ListSpec::new(id, *class, category);
        spec.info.param = param(rules, *class, id);
        spec.info.bypass = bypass(rules, id);
        let list = compiler
            .list(spec)
            .unwrap_or_else(|error| panic!("{error}"));
        for entry in *entries {
            if let Ok(range) = AddressRange::parse(entry) {
                let (first, last) = range.bits();
                compiler.net(list, first, last);
                continue;
            }
            if let Some(item) = of_url(entry) {
                let taken = compiler.item(list, item);
                assert!(matches!(taken, Ok(Ok(()))), "{entry}: {taken:?}");
                continue;
            }
            let (name, scope) =
                Scope::parse_entry(entry).unwrap_or_else(|error| panic!("{entry}: {error}"));
            let taken = compiler.name(list, &name, scope, true);
            assert!(matches!(taken, Ok(Ok(()))), "{entry}: {taken:?}");
        }
    }
    finish(compiler, &path)
}

/// The ruleset of the shipped rules as they are.
///
/// # Panics
/// When they do not compile.
#[must_use]
pub fn shipped_ruleset() -> Arc<Ruleset> {
    let rules = shipped_rules();
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let path = folder.path().join("shipped.ruleset");
    let mut compiler = compiler(rules, &path);
    rules
        .compile_into(&mut compiler)
        .unwrap_or_else(|error| panic!("{error}"));
    open(finish(compiler, &path))
}

fn compiler(rules: &Rules, path: &Path) -> Compiler {
    let options = Options {
        tenants: rules.tenants.clone(),
        ..Options::default()
    };
    Compiler::new(rules.book.clone(), path, options).unwrap_or_else(|error| panic!("{error}"))
}

/// An entry for URLs.
fn of_url(entry: &str) -> Option<Item> {
    if let Some(expression) = entry.strip_prefix('~') {
        return Some(Item::Expression(expression.to_owned()));
    }
    let (host, path) = entry.split_once('/')?;
    let (host, path) = (name(host), path.to_owned());
    Some(Item::Url { host, path })
}

/// A list that is called like a shipped one (`bypass/vpn`) is the same way round the filter.
fn bypass(rules: &Rules, id: &str) -> Option<BypassKind> {
    let shipped = rules.lists.iter().find(|list| list.spec.info.id == id)?;
    shipped.spec.info.bypass
}

/// Service and engine lists (`services/zalo`, `safesearch/google`) point into the book.
fn param(rules: &Rules, class: ListClass, id: &str) -> u16 {
    let id = id.rsplit('/').next().unwrap_or(id);
    let position = match class {
        ListClass::Service => rules
            .book
            .services
            .iter()
            .position(|service| service.id == id),
        ListClass::SafeSearch => rules.book.engines.iter().position(|engine| engine.id == id),
        _ => Some(0),
    };
    u16::try_from(position.unwrap_or_else(|| panic!("the book has no {id}"))).unwrap_or(u16::MAX)
}

fn finish(compiler: Compiler, path: &Path) -> Vec<u8> {
    compiler
        .finish(path, &mut ())
        .unwrap_or_else(|error| panic!("{error}"));
    std::fs::read(path).unwrap_or_else(|error| panic!("{error}"))
}

fn open(bytes: Vec<u8>) -> Arc<Ruleset> {
    Arc::new(Ruleset::open(Box::new(bytes)).unwrap_or_else(|error| panic!("{error}")))
}

/// A policy over a ruleset with one group a tier: `127.0.1.0/24` is mầm non … `127.0.5.0/24` is
/// staff, named after their tiers; every other device is primary school.
///
/// # Panics
/// Never: the five subnets are disjoint.
#[must_use]
pub fn policy(ruleset: Arc<Ruleset>, exceptions: Exceptions) -> Policy {
    let group = |(id, tier): (u32, Tier)| {
        let mut group = Group::new(GroupId(id), tier.id(), tier);
        let address = std::net::IpAddr::from([127, 0, u8::try_from(id).unwrap_or(0), 0]);
        group.subnets = vec![Subnet::around(address, 24)];
        group
    };
    let others = (1..).zip(Tier::ALL).map(group).collect();
    let unknown = Group::new(GroupId(0), "unknown", Tier::TieuHoc);
    let groups = Groups::new(unknown, others).unwrap_or_else(|error| panic!("{error}"));
    Policy::new(ruleset, groups, exceptions)
}

/// The name of a text.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn name(text: &str) -> Name {
    Name::from_text(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}
