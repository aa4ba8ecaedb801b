//! What groups claim beyond subnets: single devices, interfaces, tokens.

use lachan_policy::{Group, GroupId, Tier, Token};
use lachan_store::{Change, DeviceError, GroupError, MAX_TOKENS, Store, TokenError, write_groups};

use crate::support::{Bench, act, no_devices};

const PHONE: &str = "3c:22:fb:0a:b1:9e";

fn group(name: &str, macs: &[&str], interfaces: &[&str]) -> Group {
    let mut group = Group::new(GroupId(0), name, Tier::Thcs);
    group.macs = macs.iter().map(|text| text.parse().unwrap()).collect();
    group.interfaces = interfaces
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    group
}

fn groups(store: &Store) -> Vec<Group> {
    store.reader().unwrap().groups().unwrap()
}

#[test]
fn devices_and_interfaces_are_kept_and_each_is_one_group_s() {
    let bench = Bench::new();
    let store = bench.open();
    let made = store
        .make_group(&act(), group("6A", &[PHONE, PHONE], &["eth0.20"]))
        .unwrap();
    assert_eq!((made.macs.len(), made.id), (1, GroupId(1)));
    for (other, told) in [
        (group("6B", &[PHONE], &[]), PHONE),
        (group("6B", &[], &["eth0.20"]), "eth0.20"),
    ] {
        let error = store.make_group(&act(), other).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, GroupError::Clash(_)), "{text}");
        assert!(
            text.contains(told) && text.contains("6A") && text.contains("6B"),
            "{text}"
        );
    }
    let error = store
        .make_group(&act(), group("6B", &["ff:ff:ff:ff:ff:ff"], &[]))
        .unwrap_err();
    assert!(matches!(error, GroupError::Many(_)), "{error}");
    drop(store);
    assert_eq!(groups(&bench.open()), [made]);
}

#[test]
fn a_token_is_given_once_and_kept_as_a_hash() {
    let bench = Bench::new();
    let store = bench.open();
    store.make_group(&act(), group("6A", &[], &[])).unwrap();
    let token = store.add_token(&act(), "6a").unwrap();
    assert_eq!(groups(&store)[0].tokens, [token.mark()]);
    let entry = &store.reader().unwrap().audit(None, 1).unwrap()[0];
    assert_eq!(
        (entry.change, entry.subject.as_str()),
        (Change::AddToken, "6A")
    );
    store.close().unwrap();
    let text = token.to_string();
    for file in std::fs::read_dir(bench.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [text.as_bytes(), &text.as_bytes()[..8], &token.to_bytes()] {
            let is_there = bytes.windows(secret.len()).any(|part| part == secret);
            assert!(!is_there, "the token is not on the disk");
        }
    }
}

#[test]
fn tokens_are_taken_back_one_by_one_or_all_together() {
    let bench = Bench::new();
    let store = bench.open();
    store.make_group(&act(), group("6A", &[], &[])).unwrap();
    let [first, second, third] = [(); 3].map(|()| store.add_token(&act(), "6A").unwrap());
    let told = |token: Token| token.mark().first;
    // Whole or by what is shown of it, in either case.
    let whole = first.to_string().to_uppercase();
    let ended = store.revoke_tokens(&act(), "6A", Some(&whole)).unwrap();
    assert_eq!(ended, [first.mark()]);
    let error = store
        .revoke_tokens(&act(), "6A", Some(&told(first)))
        .unwrap_err();
    assert!(matches!(error, TokenError::Unknown { .. }), "{error}");
    assert_eq!(store.revoke_tokens(&act(), "6A", None).unwrap().len(), 2);
    let error = store.revoke_tokens(&act(), "6A", None).unwrap_err();
    assert!(matches!(error, TokenError::Unknown { .. }), "{error}");
    assert_eq!(groups(&store)[0].tokens, []);
    let entries = store.reader().unwrap().audit(None, 2).unwrap();
    assert!(
        entries
            .iter()
            .all(|entry| entry.change == Change::RevokeToken)
    );
    assert_ne!(told(second), told(third));
}

#[test]
fn a_group_has_a_handful_of_tokens_and_loses_them_with_its_end() {
    let bench = Bench::new();
    let store = bench.open();
    store.make_group(&act(), group("6A", &[], &[])).unwrap();
    for _ in 0..MAX_TOKENS {
        store.add_token(&act(), "6A").unwrap();
    }
    let error = store.add_token(&act(), "6A").unwrap_err();
    assert!(matches!(error, TokenError::TooMany(_)), "{error}");
    let error = store.add_token(&act(), "6B").unwrap_err();
    assert!(matches!(error, TokenError::Group(_)), "{error}");
    store.remove_group(&act(), "6A").unwrap();
    let left: i64 = bench
        .raw()
        .query_row("SELECT count(*) FROM group_tokens", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn other_changes_and_imports_leave_tokens_alone() {
    let bench = Bench::new();
    let store = bench.open();
    store.make_group(&act(), group("6A", &[], &[])).unwrap();
    let token = store.add_token(&act(), "6A").unwrap();
    store
        .change_group(&act(), "6A", |group| {
            group.tokens.clear();
            group.tier = Tier::Thpt;
        })
        .unwrap();
    store
        .import_groups(&act(), b"6A,thcs,10.6.0.0/24\n", &no_devices)
        .unwrap();
    assert_eq!(groups(&store)[0].tokens, [token.mark()]);
}

#[test]
fn a_table_sets_what_it_has_columns_for() {
    let bench = Bench::new();
    let store = bench.open();
    let known = |name: &str| match name {
        "may-1" => Ok(PHONE.parse().unwrap()),
        _ => Err(DeviceError::Unknown(name.to_owned())),
    };
    let import = |table: &str| {
        store
            .import_groups(&act(), table.as_bytes(), &known)
            .unwrap()
    };
    let imported = import(
        "name,tier,subnets,macs,interfaces,devices\n6A,thcs,10.6.0.0/24,da:00:00:00:00:01,eth0.20,may-1\n",
    );
    let random = imported
        .random
        .iter()
        .map(|(name, mac)| format!("{name} {mac}"));
    assert_eq!(random.collect::<Vec<_>>(), ["6A da:00:00:00:00:01"]);
    let shown = || {
        let [group] = groups(&store).try_into().unwrap();
        (
            group.subnets.len(),
            group.macs.len(),
            group.interfaces.len(),
        )
    };
    assert_eq!(shown(), (1, 2, 1));
    import("6A,thcs,10.6.0.0/24 10.7.0.0/24\n");
    assert_eq!(shown(), (2, 2, 1));
    import(&format!("name,tier,macs\n6A,thcs,{PHONE}\n"));
    assert_eq!(shown(), (2, 1, 1));
    let table = write_groups(&groups(&store));
    assert_eq!(import(&table).unchanged, ["6A"]);
}
