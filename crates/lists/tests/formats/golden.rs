//! One file per format, and beside it (`.expected`) what is read from it.
//!
//! `LACHAN_BLESS=1 cargo test -p lachan-lists --test formats golden` rewrites the expectations;
//! read the diff.

use std::fmt::Write as _;
use std::path::Path;

use lachan_lists::formats::{Collected, Format, Item, read};

fn rendered(format: Format, bytes: &[u8]) -> String {
    let mut found = Collected::default();
    let summary = read(format, bytes, &mut found).unwrap();
    let mut lines = found
        .items
        .iter()
        .map(|(line, item)| (*line, shown(item)))
        .collect::<Vec<_>>();
    lines.extend(found.refused.iter().map(|refused| {
        (
            refused.line,
            format!("refused [{}] {}", refused.reason.id(), refused.text),
        )
    }));
    lines.sort_by_key(|(line, _)| *line);
    let mut text = String::new();
    for (line, shown) in lines {
        writeln!(text, "{line:>3} {shown}").unwrap();
    }
    writeln!(text, "{summary:#?}").unwrap();
    text
}

fn shown(item: &Item) -> String {
    match item {
        Item::Name {
            name,
            scope,
            says_tenants,
            important,
        } => {
            let tenants = if *says_tenants { " tenants" } else { "" };
            let important = if *important { " important" } else { "" };
            format!("block {}{tenants}{important}", scope.entry(name))
        }
        Item::Allow { name, scope, .. } => format!("allow {}", scope.entry(name)),
        Item::Cancel { name, scope, .. } => format!("cancel {}", scope.entry(name)),
        Item::Net(range) => format!("net {range}"),
        Item::Url { host, path } => format!("url {host} {path}"),
        Item::Expression(text) => format!("expression {text}"),
    }
}

fn check(format: Format, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/formats/fixtures")
        .join(file);
    let got = rendered(format, &std::fs::read(&path).unwrap());
    let expected = path.with_added_extension("expected");
    if std::env::var_os("LACHAN_BLESS").is_some() {
        std::fs::write(&expected, &got).unwrap();
    }
    assert_eq!(got, std::fs::read_to_string(&expected).unwrap(), "{file}");
}

#[test]
fn hosts() {
    check(Format::Hosts, "mixed.hosts");
}

#[test]
fn domains() {
    check(Format::Domains, "plain.domains");
}

#[test]
fn adblock() {
    check(Format::AdBlock, "rules.adblock");
}

#[test]
fn rpz() {
    check(Format::Rpz, "zone.rpz");
}

#[test]
fn dnsmasq() {
    check(Format::Dnsmasq, "list.dnsmasq");
}

#[test]
fn unbound() {
    check(Format::Unbound, "list.unbound");
}

#[test]
fn ut1() {
    check(Format::Ut1, "domains.ut1");
}

#[test]
fn addresses() {
    check(Format::Addresses, "list.addresses");
}
