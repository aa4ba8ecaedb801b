//! Which settings are the machine's and which are the school's: what two files differ in, a file of the
//! one's school and the other's network, and a new one that keeps only where the box stands.
//!
//! What a box is called, when its bells ring, what it keeps and logs is the school's. Where its data lie
//! and how commands reach it is always the machine's; its place in the network, by choice.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::config::{Config, TEMPLATE};
use crate::edit::{differing, set_all};
use crate::mistake::Mistakes;

/// Tables of the machine, whatever becomes of the school.
const MACHINE: [&str; 2] = ["paths", "control"];
/// Tables of its place in the network.
const NETWORK: [&str; 5] = ["network", "resolver", "proxy", "web", "metrics"];
/// What stands in these, and is about people: the tier of unknown devices, whose traffic is opened up.
const PEOPLE: [&str; 2] = ["resolver.unknown-devices", "proxy.inspection"];
/// What stands in these, too, and is the school's: devices and names. A box that moves keeps them with its
/// network; one that is handed on does not.
const NAMES: [&str; 7] = [
    "network.dhcp.static",
    "resolver.local",
    "web.names",
    // Encrypted DNS has the school's own name and certificate, and none without them.
    "resolver.tls",
    "resolver.listen-dot",
    "resolver.listen-doh",
    "resolver.listen-doq",
];

/// A setting in which two files differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its key, such as `network.mode`.
    pub key: String,
    /// What the first file says; `None` where it leaves the default.
    pub first: Option<String>,
    /// What the second says.
    pub second: Option<String>,
}

/// The settings in which two files differ, by key. A file that cannot be read has none.
#[must_use]
pub fn differences(first: &str, second: &str) -> Vec<Difference> {
    let (first, second) = (settings(first), settings(second));
    let shown = |all: &BTreeMap<String, Value>, key: &str| all.get(key).map(Value::to_string);
    let keys = differing(&first, &second, |one, other| one == other);
    let each = keys.map(|key| Difference {
        key: key.clone(),
        first: shown(&first, key),
        second: shown(&second, key),
    });
    each.collect()
}

/// A file with the school's settings of one file, and the machine's and network's of another. Comments
/// are the template's.
///
/// # Errors
/// All mistakes of the file as it would be, under the name `file`.
pub fn with_network_of(school: &str, machine: &str, file: &str) -> Result<String, Mistakes> {
    Config::parse(school, file)?;
    Config::parse(machine, file)?;
    let theirs = settings(school).into_iter();
    let ours = settings(machine).into_iter();
    let all = theirs
        .filter(|(key, _)| !is_machine(key) && !is_network(key))
        .chain(ours.filter(|(key, _)| is_machine(key) || is_network(key)));
    assemble(all, file)
}

/// A new file that keeps of an older one where the data lie, and, if wanted, the place in the network.
///
/// # Errors
/// All mistakes of the file as it would be, under the name `file`.
pub fn fresh(old: &str, keeps_network: bool, file: &str) -> Result<String, Mistakes> {
    Config::parse(old, file)?;
    let kept = settings(old)
        .into_iter()
        .filter(|(key, _)| is_machine(key) || (keeps_network && is_network(key) && !is_name(key)));
    assemble(kept, file)
}

fn is_machine(key: &str) -> bool {
    MACHINE.iter().any(|table| is_in(key, table))
}

fn is_network(key: &str) -> bool {
    NETWORK.iter().any(|table| is_in(key, table)) && !PEOPLE.iter().any(|table| is_in(key, table))
}

fn is_name(key: &str) -> bool {
    NAMES.iter().any(|table| is_in(key, table))
}

fn is_in(key: &str, table: &str) -> bool {
    key.strip_prefix(table)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn assemble(all: impl Iterator<Item = (String, Value)>, file: &str) -> Result<String, Mistakes> {
    let all: Vec<_> = all.collect();
    let values: Vec<_> = all
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    set_all(TEMPLATE, file, &values)
}

/// The settings that a file states, by key; lists of tables are one value.
fn settings(text: &str) -> BTreeMap<String, Value> {
    let text = text.strip_prefix(crate::input::BOM).unwrap_or(text);
    let mut found = BTreeMap::new();
    if let Ok(table) = text.parse::<Table>() {
        walk("", table, &mut found);
    }
    found.remove(crate::version::KEY);
    found
}

fn walk(above: &str, table: Table, found: &mut BTreeMap<String, Value>) {
    for (key, value) in table {
        let key = if above.is_empty() {
            key
        } else {
            format!("{above}.{key}")
        };
        match value {
            Value::Table(table) => walk(&key, table, found),
            value => {
                found.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"version = "v1"
[school]
name = "THCS Kim Đồng"
[[school.help]]
name = "Cô Hoa"
phone = "0912"
[school.bells]
monday = ["07:00-07:45"]
[paths]
data = "/old"
[resolver]
listen = ["10.0.0.1:53"]
unknown-devices.tier = "thpt"
[[resolver.local]]
name = "may-in.lan"
addresses = ["10.0.0.9"]
"#;
    const NEW: &str = r#"version = "v1"
[paths]
data = "/new"
[resolver]
listen = ["192.168.1.2:53"]
"#;

    #[test]
    fn files_differ_by_key() {
        assert_eq!(differences(OLD, OLD), []);
        let found = differences(NEW, OLD);
        let keys: Vec<_> = found.iter().map(|one| one.key.as_str()).collect();
        assert!(keys.contains(&"paths.data") && keys.contains(&"school.bells.monday"));
        let listen = found
            .iter()
            .find(|one| one.key == "resolver.listen")
            .unwrap();
        assert_eq!(listen.first.as_deref(), Some("[\"192.168.1.2:53\"]"));
        assert_eq!(listen.second.as_deref(), Some("[\"10.0.0.1:53\"]"));
        assert_eq!(differences("no [toml", "nor = = this"), []);
    }

    #[test]
    fn a_school_moves_to_another_machine() {
        let text = with_network_of(OLD, NEW, "x").unwrap();
        let moved = Config::parse(&text, "x").unwrap();
        let (old, new) = (
            Config::parse(OLD, "x").unwrap(),
            Config::parse(NEW, "x").unwrap(),
        );
        assert_eq!(moved.school, old.school);
        assert_eq!(moved.paths, new.paths);
        assert_eq!(moved.resolver.listen, new.resolver.listen);
        assert_eq!(moved.resolver.local, new.resolver.local);
        assert_eq!(moved.resolver.unknown_devices, old.resolver.unknown_devices);
        assert!(with_network_of("version = 7", NEW, "x").is_err());
    }

    #[test]
    fn a_new_file_has_nothing_of_the_school() {
        let old = Config::parse(OLD, "x").unwrap();
        let kept = Config::parse(&fresh(OLD, true, "x").unwrap(), "x").unwrap();
        assert_eq!(
            (&kept.paths, &kept.resolver.listen),
            (&old.paths, &old.resolver.listen)
        );
        assert_eq!(kept.school, Config::default().school);
        assert_eq!(
            kept.resolver.unknown_devices,
            Config::default().resolver.unknown_devices
        );
        let bare = Config::parse(&fresh(OLD, false, "x").unwrap(), "x").unwrap();
        assert_eq!(bare.paths, old.paths);
        assert_eq!(bare.resolver, Config::default().resolver);
        assert!(!fresh(OLD, true, "x").unwrap().contains("Kim Đồng"));
    }

    #[test]
    fn a_new_file_that_keeps_the_network_names_no_device() {
        let old = format!(
            "{OLD}[web]\nlisten = [\"10.0.0.1:8444\"]\nnames = [\"kimdong.lan\"]\n\
             [network]\nmode = \"gateway\"\ninside = [\"eth0\"]\noutside = \"eth1\"\n\
             [[network.dhcp.range]]\ninterface = \"eth0\"\naddress = \"10.6.0.1/24\"\n\
             first = \"10.6.0.50\"\nlast = \"10.6.0.250\"\n\
             [[network.dhcp.static]]\nmac = \"3c:22:fb:0a:b1:77\"\naddress = \"10.6.0.20\"\nname = \"may-co-hoa\"\n"
        );
        let text = fresh(&old, true, "x").unwrap();
        for name in ["kimdong", "3c:22:fb:0a:b1:77", "may-co-hoa"] {
            assert!(old.contains(name) && !text.contains(name), "{name}");
        }
        let (old, kept) = (
            Config::parse(&old, "x").unwrap(),
            Config::parse(&text, "x").unwrap(),
        );
        assert_eq!(kept.web.listen, old.web.listen);
        assert_eq!(kept.network.dhcp.ranges, old.network.dhcp.ranges);
        assert_eq!(old.network.dhcp.ranges.len(), 1);
        assert_eq!(
            (old.network.dhcp.fixed.len(), old.resolver.local.len()),
            (1, 1)
        );
        assert_eq!(
            (kept.network.dhcp.fixed.len(), kept.resolver.local.len()),
            (0, 0)
        );
        assert_eq!(kept.web.names, Config::default().web.names);
    }

    #[test]
    fn a_new_file_has_no_encrypted_dns_under_the_school_s_certificate() {
        let old = "version = \"v1\"\n[resolver]\nlisten = [\"10.0.0.1:53\"]\nlisten-dot = [\"10.0.0.1:853\"]\n\
                   listen-doh = [\"10.0.0.1:443\"]\nlisten-doq = [\"10.0.0.1:853\"]\n\
                   [resolver.tls]\ncert = \"/var/lib/lachan/state/dns-tls.pem\"\n\
                   key = \"/var/lib/lachan/state/dns-tls.pem\"\n";
        let was = Config::parse(old, "x").unwrap().resolver;
        let now = Config::parse(&fresh(old, true, "x").unwrap(), "x").unwrap();
        assert!(was.encrypted != now.resolver.encrypted);
        assert_eq!(now.resolver.encrypted, Config::default().resolver.encrypted);
        assert_eq!(now.resolver.listen, was.listen);
    }

    proptest::proptest! {
        // A backup's settings are somebody else's text.
        #[test]
        fn no_text_of_others_panics_or_makes_a_file_that_is_none(
            text in "(version = \"v1\"\n)?(\\[[a-z.]{1,12}\\]\n|[a-z-]{1,9} = [\"a-z0-9\\[\\]{}=., ]{0,12}\n){0,6}",
        ) {
            // As many as the two files have keys, at most.
            for found in [differences(&text, OLD), differences(NEW, &text)] {
                proptest::prop_assert!(found.len() < 32);
            }
            let made = [
                with_network_of(&text, NEW, "x"),
                with_network_of(OLD, &text, "x"),
                fresh(&text, true, "x"),
            ];
            for text in made.into_iter().flatten() {
                proptest::prop_assert!(Config::parse(&text, "x").is_ok());
            }
        }
    }
}
