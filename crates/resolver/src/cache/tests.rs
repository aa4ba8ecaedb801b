//! Tests of the cache as its callers see it.

use super::*;
use crate::wire::query::tests::query;
use crate::wire::response::tests::Script;
use proptest::prelude::*;

fn key(name: &str, qtype: u16) -> Key {
    let name = Name::from_text(name).unwrap();
    Key {
        name,
        qtype,
        dnssec_ok: false,
        checking_disabled: false,
    }
}

/// The age of the live answer to a question.
fn age(cache: &Cache, key: &Key, now: u32) -> Option<u32> {
    let mut scratch = Scratch::new();
    let found = cache.find(key.into(), now, &mut scratch)?;
    (!found.age.is_stale()).then(|| found.age.seconds())
}

fn reply(name: &str, ttl: u32) -> Reply {
    let bytes = Script::new(&query(name, 1), 0).a(name, ttl).bytes();
    Reply::keep(&bytes, u32::MAX).unwrap()
}

#[test]
fn an_answer_lives_to_the_second() {
    let cache = Cache::new(1 << 20);
    cache.put(&key("a.vn", 1), &reply("a.vn", 60), 1000);
    for (now, expected) in [
        (1000, Some(0)),
        (1059, Some(59)),
        (1060, None),
        (2000, None),
    ] {
        let age = age(&cache, &key("a.vn", 1), now);
        assert_eq!(age, expected, "{now}");
    }
}

#[test]
fn a_clock_that_goes_back_makes_nothing_older() {
    let cache = Cache::new(1 << 20);
    cache.put(&key("a.vn", 1), &reply("a.vn", 60), 1000);
    assert_eq!(age(&cache, &key("a.vn", 1), 10), Some(0));
}

#[test]
fn every_part_of_the_key_counts() {
    let cache = Cache::new(1 << 20);
    let stored = key("a.vn", 1);
    cache.put(&stored, &reply("a.vn", 60), 0);
    assert!(age(&cache, &stored, 0).is_some());
    for other in [
        key("a.vn", 28),
        key("b.vn", 1),
        Key {
            dnssec_ok: true,
            ..stored
        },
        Key {
            checking_disabled: true,
            ..stored
        },
    ] {
        assert!(age(&cache, &other, 0).is_none(), "{other:?}");
    }
}

#[test]
fn a_zero_ttl_is_not_kept() {
    let cache = Cache::new(1 << 20);
    cache.put(&key("a.vn", 1), &reply("a.vn", 0), 0);
    assert_eq!((cache.len(), cache.bytes()), (0, 0));
}

#[test]
fn a_newer_answer_replaces_the_older() {
    let cache = Cache::new(1 << 20);
    cache.put(&key("a.vn", 1), &reply("a.vn", 60), 0);
    cache.put(&key("a.vn", 1), &reply("a.vn", 90), 50);
    assert_eq!(cache.len(), 1);
    assert!(age(&cache, &key("a.vn", 1), 100).is_some());
}

#[test]
fn a_cache_without_room_keeps_nothing() {
    let cache = Cache::new(0);
    cache.put(&key("a.vn", 1), &reply("a.vn", 60), 0);
    assert!(age(&cache, &key("a.vn", 1), 0).is_none());
}

#[test]
fn what_is_used_stays_longest() {
    let cache = Cache::new(64 << 10);
    cache.put(&key("hot.vn", 1), &reply("hot.vn", 600), 0);
    for index in 0..2000 {
        let name = format!("cold{index}.vn");
        cache.put(&key(&name, 1), &reply(&name, 600), 0);
        assert!(age(&cache, &key("hot.vn", 1), 0).is_some(), "{index}");
    }
    assert!(cache.len() < 2000);
}

proptest! {
    #[test]
    fn the_bytes_held_are_counted_and_bounded(
        names in proptest::collection::vec("[a-z]{1,30}", 1..300),
        kilobytes in 1usize..64,
    ) {
        let cache = Cache::new(kilobytes << 10);
        for name in &names {
            let name = format!("{name}.vn");
            cache.put(&key(&name, 1), &reply(&name, 60), 0);
            prop_assert!(cache.bytes() <= kilobytes << 10);
        }
        let taken: usize = cache.shards.iter().map(|shard| shard.taken_bytes()).sum();
        prop_assert!(taken <= kilobytes << 10);
    }

    #[test]
    fn found_exactly_while_it_lives(ttl in 1u32..100_000, stored in 0u32..3_000_000_000, later in 0u32..200_000) {
        let cache = Cache::new(1 << 20);
        cache.put(&key("a.vn", 1), &reply("a.vn", ttl), stored);
        let now = stored.saturating_add(later);
        let found = age(&cache, &key("a.vn", 1), now);
        let age = now - stored;
        prop_assert_eq!(found, (age < ttl).then_some(age));
    }
}

#[test]
fn answers_are_found_while_there_is_room() {
    let cache = Cache::new(4 << 20);
    // Small answers, of which the ring has room for more than the index was made for.
    let names: Vec<String> = (0..20_000).map(|index| format!("a{index}.vn")).collect();
    for name in &names {
        cache.put(&key(name, 1), &reply(name, 60), 0);
    }
    let found = names
        .iter()
        .filter(|name| age(&cache, &key(name, 1), 0).is_some())
        .count();
    println!("{found} {} {}", cache.bytes(), cache.len());
    assert!(found > 19_990, "{found}");
}
