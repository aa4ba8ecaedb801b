//! Accounts and sessions: what a person saved holds, the last administrator stays, and of two who
//! change one account at once the second is told.

use lachan_policy::{GroupId, Tier};
use lachan_store::{
    Account, AccountChange, AccountError, Change, GroupError, MAX_SESSIONS, NewAccount,
    SessionHash, Stale, Store,
};

use crate::support::{Bench, DAY, NOW, act};

fn new(name: &str, role: &str) -> NewAccount {
    NewAccount {
        name: name.into(),
        display_name: format!("Cô {name}"),
        role: role.into(),
        groups: Vec::new(),
        until: None,
        password: "$argon2id$x".into(),
        must_change_password: false,
        language: "vi".into(),
    }
}

fn add(store: &Store, name: &str, role: &str) -> Account {
    store.add_account(&act(), new(name, role)).unwrap()
}

fn role(role: &str) -> AccountChange {
    AccountChange {
        role: Some(role.into()),
        ..AccountChange::default()
    }
}

fn session(number: u8) -> SessionHash {
    SessionHash([number; 32])
}

#[test]
fn an_account_is_kept_whole_over_a_restart() {
    let bench = Bench::new();
    let store = bench.open();
    let group = store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    let wanted = NewAccount {
        groups: vec![group.id],
        until: Some(NOW + DAY),
        must_change_password: true,
        ..new("lan", "teacher")
    };
    let made = store.add_account(&act(), wanted).unwrap();
    assert_eq!((made.version, made.groups.as_slice()), (1, &[group.id][..]));
    drop(store);
    let store = bench.open();
    let reader = store.reader().unwrap();
    let (found, secrets) = reader.account_named("lan").unwrap().unwrap();
    assert_eq!((&found, secrets.password.as_str()), (&made, "$argon2id$x"));
    assert_eq!(reader.accounts().unwrap(), [made]);
    assert_eq!(reader.account_named("Lan").unwrap(), None);
}

#[test]
fn the_first_account_is_made_once() {
    let bench = Bench::new();
    let store = bench.open();
    store.add_first_account(&act(), new("an", "admin")).unwrap();
    let second = store.add_first_account(&act(), new("binh", "admin"));
    assert!(matches!(second, Err(AccountError::NotFirst)), "{second:?}");
}

#[test]
fn names_are_unique_and_groups_must_be_there() {
    let bench = Bench::new();
    let store = bench.open();
    add(&store, "an", "admin");
    let again = store.add_account(&act(), new("an", "teacher"));
    assert!(matches!(again, Err(AccountError::Taken(_))), "{again:?}");
    let lost = NewAccount {
        groups: vec![GroupId(9)],
        ..new("lan", "teacher")
    };
    let lost = store.add_account(&act(), lost);
    assert!(matches!(lost, Err(AccountError::Group(9))), "{lost:?}");
    let odd = store.add_account(&act(), new("Cô Lan", "teacher"));
    assert!(matches!(odd, Err(AccountError::Name(_))), "{odd:?}");
}

#[test]
fn the_last_administrator_stays() {
    let bench = Bench::new();
    let store = bench.open();
    let first = add(&store, "an", "admin");
    let demoted = store.change_account(&act(), first.id, 1, role("teacher"));
    assert!(matches!(demoted, Err(AccountError::LastAdmin)));
    let ending = AccountChange {
        until: Some(Some(NOW + DAY)),
        ..AccountChange::default()
    };
    let ended = store.change_account(&act(), first.id, 1, ending);
    assert!(matches!(ended, Err(AccountError::LastAdmin)));
    let removed = store.remove_account(&act(), first.id, 1);
    assert!(matches!(removed, Err(AccountError::LastAdmin)));
    add(&store, "binh", "admin");
    store.remove_account(&act(), first.id, 1).unwrap();
    assert_eq!(store.reader().unwrap().accounts().unwrap().len(), 1);
}

#[test]
fn the_second_of_two_who_change_an_account_is_told() {
    let bench = Bench::new();
    let store = bench.open();
    add(&store, "an", "admin");
    let lan = add(&store, "lan", "teacher");
    let now = store
        .change_account(&act(), lan.id, 1, role("principal"))
        .unwrap();
    assert_eq!((now.version, now.role.as_str()), (2, "principal"));
    let late = store.change_account(&act(), lan.id, 1, role("counsellor"));
    let Err(AccountError::Changed(current)) = late else {
        panic!("{late:?}");
    };
    assert_eq!(*current, now);
}

#[test]
fn the_second_of_two_who_change_a_group_is_told() {
    let bench = Bench::new();
    let store = bench.open();
    let group = store.add_group(&act(), "6A", Tier::Thcs, vec![]).unwrap();
    let rename = |version, name: &'static str| {
        let change = move |group: &mut lachan_policy::Group| group.name = name.into();
        store.change_group_at(&act(), group.id, version, change)
    };
    assert_eq!(rename(1, "6B").unwrap().version, 2);
    let Err(GroupError::Changed(now)) = rename(1, "6C") else {
        panic!("a stale version must be refused");
    };
    assert_eq!((now.group.name.as_str(), now.version), ("6B", 2));
    // The command line changes the same number.
    store
        .change_group(&act(), "6B", |group| group.tier = Tier::Thpt)
        .unwrap();
    let late = store.remove_group_at(&act(), group.id, 2);
    assert!(matches!(late, Err(GroupError::Changed(_))));
    store.remove_group_at(&act(), group.id, 3).unwrap();
    assert!(matches!(rename(3, "6D"), Err(GroupError::Unknown(_))));
}

#[test]
fn a_new_password_ends_all_sessions_but_the_own() {
    let bench = Bench::new();
    let store = bench.open();
    let an = add(&store, "an", "admin");
    for number in [1, 2] {
        store
            .add_session(an.id, session(number), Some(NOW), None)
            .unwrap();
    }
    store
        .set_password(&act(), an.id, "$argon2id$y".into(), false, Some(session(1)))
        .unwrap();
    let reader = store.reader().unwrap();
    assert!(reader.session(&session(1)).unwrap().is_some());
    assert_eq!(reader.session(&session(2)).unwrap(), None);
    store
        .set_password(&act(), an.id, "$argon2id$z".into(), true, None)
        .unwrap();
    assert_eq!(reader.session(&session(1)).unwrap(), None);
}

#[test]
fn no_one_time_code_is_taken_twice() {
    let bench = Bench::new();
    let store = bench.open();
    let an = add(&store, "an", "admin");
    store
        .set_totp(&act(), an.id, Some((vec![7; 20], 100)))
        .unwrap();
    for (step, expected) in [(100, false), (101, true), (101, false), (99, false)] {
        assert_eq!(
            store.take_totp_step(an.id, step).unwrap(),
            expected,
            "{step}"
        );
    }
    let (account, secrets) = store.reader().unwrap().account(an.id).unwrap().unwrap();
    assert!(account.has_totp);
    assert_eq!(secrets.totp, Some(vec![7; 20]));
    assert!(!store.set_totp(&act(), an.id, None).unwrap().has_totp);
}

#[test]
fn sessions_end_when_stale_or_too_many() {
    let bench = Bench::new();
    let store = bench.open();
    let an = add(&store, "an", "admin");
    let reader = store.reader().unwrap();
    store
        .add_session(an.id, session(200), Some(NOW - 9 * DAY), None)
        .unwrap();
    let stale = Stale {
        made: NOW - 7 * DAY,
        seen: NOW - DAY,
    };
    store
        .add_session(an.id, session(201), Some(NOW), Some(stale))
        .unwrap();
    assert_eq!(reader.session(&session(200)).unwrap(), None);
    for number in 0..MAX_SESSIONS {
        let number = u8::try_from(number).unwrap();
        let at = NOW + i64::from(number) + 1;
        store
            .add_session(an.id, session(number), Some(at), None)
            .unwrap();
    }
    assert_eq!(reader.session(&session(201)).unwrap(), None);
    assert!(reader.session(&session(0)).unwrap().is_some());
    let account = reader.account(an.id).unwrap().unwrap().0;
    assert_eq!(account.last_seen, Some(NOW + i64::from(MAX_SESSIONS)));
}

#[test]
fn a_session_of_an_unknown_time_is_dated_when_seen_and_else_ends_with_the_run() {
    let bench = Bench::new();
    let store = bench.open();
    let an = add(&store, "an", "admin");
    for number in [1, 2] {
        store
            .add_session(an.id, session(number), None, None)
            .unwrap();
    }
    store.note_seen(session(1), NOW).unwrap();
    store.end_undated_sessions().unwrap();
    let reader = store.reader().unwrap();
    let kept = reader.session(&session(1)).unwrap().unwrap();
    assert_eq!((kept.made_at, kept.seen_at), (Some(NOW), Some(NOW)));
    assert_eq!(reader.session(&session(2)).unwrap(), None);
    store.end_session(session(1)).unwrap();
    assert_eq!(reader.session(&session(1)).unwrap(), None);
}

#[test]
fn every_act_stands_in_the_log_and_no_secret_does() {
    let bench = Bench::new();
    let store = bench.open();
    let an = add(&store, "an", "admin");
    let lan = add(&store, "lan", "teacher");
    store
        .change_account(&act(), lan.id, 1, role("principal"))
        .unwrap();
    store
        .set_password(&act(), an.id, "$argon2id$SECRET".into(), false, None)
        .unwrap();
    store
        .set_totp(&act(), an.id, Some((b"SECRET".to_vec(), 1)))
        .unwrap();
    store.set_totp(&act(), an.id, None).unwrap();
    store.remove_account(&act(), lan.id, 2).unwrap();
    let entries = store.reader().unwrap().audit(None, 100).unwrap();
    let changes: Vec<_> = entries.iter().rev().map(|entry| entry.change).collect();
    assert_eq!(
        changes,
        [
            Change::AddAccount,
            Change::AddAccount,
            Change::ChangeAccount,
            Change::SetPassword,
            Change::AddTotp,
            Change::RemoveTotp,
            Change::RemoveAccount,
        ]
    );
    let text = format!("{entries:?}");
    assert!(
        !text.contains("SECRET") && !text.contains("argon2"),
        "{text}"
    );
}
