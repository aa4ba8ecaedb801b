//! Containment by domain: a device that asks for too many different names of one domain, none of
//! them in the cache, is refused further ones for a while. That is what a random-subdomain attack
//! and a tunnel have in common, and no page.
//!
//! Different names are counted in a sketch: each sets one bit of a few, chosen by its hash, and the
//! number of set bits tells how many there were (linear counting). Where an address stands for many
//! devices, only every so-manieth name is looked at. The table is fixed: an entry of 32 bytes for
//! each pair of device and domain that is counted, the one with the fewest bits making room.

use std::sync::atomic::{AtomicU64, Ordering};

/// Lines of two entries: 4,096 pairs in 128 KiB.
const LINES: usize = 2048;
/// Entries that share a line.
const WAYS: usize = 2;
/// Seconds over which names are counted, and for which a domain stays contained.
pub(super) const WINDOW: u32 = 300;
/// Most names that are counted without passing over some: beyond it the bits are all set.
const MOST_COUNTED: u32 = 300;
/// Bits for all names, and for heavy ones.
const BITS: u32 = 128;
const HEAVY_BITS: u32 = 64;
/// One heavy name in so many makes a tunnel.
const HEAVY_SHARE: u32 = 3;

/// What one device asks of one domain.
#[derive(Debug, Default)]
struct Entry {
    /// Part of the pair's hash, the second the window began, and the state.
    head: AtomicU64,
    names: [AtomicU64; 2],
    heavy: AtomicU64,
}

/// Two entries.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Line([Entry; WAYS]);

/// The table.
#[derive(Debug)]
pub(super) struct Domains {
    lines: Box<[Line]>,
}

/// How many names an address may ask for, in terms of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    /// One name in so many is looked at.
    every: u64,
    /// Set bits at which it is too many.
    bits: u32,
    heavy_bits: u32,
}

/// A miss, hashed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Miss {
    /// Device and domain.
    pub(super) pair: u64,
    /// The name.
    pub(super) name: u64,
    /// Whether it looks like data.
    pub(super) is_heavy: bool,
}

/// What was made of a miss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It goes on.
    Open,
    /// It is one of too many.
    Contained {
        /// Whether the names look like data.
        is_tunnel: bool,
        /// Whether it is the first that is refused.
        is_first: bool,
    },
}

impl Quota {
    /// A quota of so many different names for each of so many devices; a third of it for names
    /// that look like data. `None` for no limit.
    pub(super) fn new(names: u32, devices: u32) -> Option<Self> {
        if names == 0 {
            return None;
        }
        let all = names.saturating_mul(devices.max(1));
        let every = all.div_ceil(MOST_COUNTED).max(1);
        let counted = f64::from(all) / f64::from(every);
        Some(Self {
            every: every.into(),
            bits: expected_bits(BITS, counted),
            heavy_bits: expected_bits(HEAVY_BITS, counted / f64::from(HEAVY_SHARE)),
        })
    }
}

/// How many of `bits` so many names set, on average.
fn expected_bits(bits: u32, names: f64) -> u32 {
    let share = -f64::exp_m1(-names / f64::from(bits));
    let set = (share * f64::from(bits)).round();
    // Between 1 and `bits` by its making.
    (1..=bits).rev().find(|n| f64::from(*n) <= set).unwrap_or(1)
}

/// The parts of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    tag: u64,
    began: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Counting,
    Many,
    Tunnel,
}

impl Head {
    fn of(raw: u64) -> Self {
        Self {
            tag: raw >> 40,
            began: u32::try_from(raw >> 8 & u64::from(u32::MAX)).unwrap_or_default(),
            state: match raw & 0xFF {
                0 => State::Counting,
                1 => State::Many,
                _ => State::Tunnel,
            },
        }
    }

    fn to_raw(self) -> u64 {
        self.tag << 40 | u64::from(self.began) << 8 | self.state as u64
    }

    /// Whether its window is over; one that begins in the future began before the clock went back.
    fn is_over(self, now: u32) -> bool {
        now.checked_sub(self.began).is_none_or(|age| age >= WINDOW)
    }
}

impl Domains {
    pub(super) fn new() -> Self {
        Self {
            lines: (0..LINES).map(|_| Line::default()).collect(),
        }
    }

    /// Counts a miss at `now`, in seconds.
    pub(super) fn count(&self, miss: Miss, quota: Quota, now: u32) -> Outcome {
        let line = &self.lines[usize::try_from(miss.pair % LINES as u64).unwrap_or(0)];
        let tag = miss.pair >> 40;
        let entry = line.entry(tag, now);
        let head = Head::of(entry.head.load(Ordering::Relaxed));
        if head.state != State::Counting {
            return Outcome::Contained {
                is_tunnel: head.state == State::Tunnel,
                is_first: false,
            };
        }
        // The lowest bits choose the bit, others whether the name is looked at.
        if (miss.name >> 32).is_multiple_of(quota.every) {
            entry.note(miss);
        }
        let state = entry.state(quota);
        if state == State::Counting {
            return Outcome::Open;
        }
        let contained = Head {
            tag,
            began: now,
            state,
        };
        let before = entry.head.swap(contained.to_raw(), Ordering::Relaxed);
        Outcome::Contained {
            is_tunnel: state == State::Tunnel,
            is_first: Head::of(before).state == State::Counting,
        }
    }
}

impl Line {
    /// The entry of a pair, made anew where there is none or its window is over.
    fn entry(&self, tag: u64, now: u32) -> &Entry {
        let heads = self
            .0
            .each_ref()
            .map(|entry| Head::of(entry.head.load(Ordering::Relaxed)));
        let own = heads
            .iter()
            .position(|head| head.tag == tag && !head.is_over(now));
        if let Some(own) = own {
            return &self.0[own];
        }
        // First one whose time is over, then one that counts the fewest, never one contained
        // while another can be had.
        let cost = |index: &usize| {
            let head = heads[*index];
            let is_live = !head.is_over(now);
            (
                is_live,
                head.state != State::Counting,
                self.0[*index].set_bits(),
            )
        };
        let index = (0..WAYS).min_by_key(cost).unwrap_or(0);
        let entry = &self.0[index];
        entry.begin(tag, now);
        entry
    }
}

impl Entry {
    /// Two threads may begin at once; the sketch then misses a name or two.
    fn begin(&self, tag: u64, now: u32) {
        for bits in self.names.iter().chain([&self.heavy]) {
            bits.store(0, Ordering::Relaxed);
        }
        let head = Head {
            tag,
            began: now,
            state: State::Counting,
        };
        self.head.store(head.to_raw(), Ordering::Relaxed);
    }

    fn note(&self, miss: Miss) {
        let word = &self.names[usize::from(miss.name >> 6 & 1 == 1)];
        word.fetch_or(1 << (miss.name & 63), Ordering::Relaxed);
        if miss.is_heavy {
            self.heavy
                .fetch_or(1 << (miss.name & 63), Ordering::Relaxed);
        }
    }

    fn set_bits(&self) -> u32 {
        let count = |bits: &AtomicU64| bits.load(Ordering::Relaxed).count_ones();
        self.names.iter().map(count).sum()
    }

    fn state(&self, quota: Quota) -> State {
        if self.heavy.load(Ordering::Relaxed).count_ones() >= quota.heavy_bits {
            State::Tunnel
        } else if self.set_bits() >= quota.bits {
            State::Many
        } else {
            State::Counting
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::hash::{BuildHasher as _, RandomState};

    /// How many different names pass before the domain is contained; `None` when all do.
    fn passed(names: u32, quota: u32, devices: u32, is_heavy: bool) -> Option<u32> {
        let domains = Domains::new();
        let quota = Quota::new(quota, devices).unwrap();
        let hasher = RandomState::new();
        let pair = hasher.hash_one("pair");
        (0..names).find(|index| {
            let miss = Miss {
                pair,
                name: hasher.hash_one(index),
                is_heavy,
            };
            domains.count(miss, quota, 7) != Outcome::Open
        })
    }

    #[test]
    fn a_domain_is_contained_near_its_quota() {
        for (quota, devices) in [(300, 1), (50, 1), (300, 40), (300, 900), (2000, 1)] {
            let expected = quota * devices;
            let at = passed(expected * 3, quota, devices, false).unwrap();
            let range = expected / 2..=expected * 2;
            assert!(range.contains(&at), "{quota} × {devices}: {at}");
            let at = passed(expected * 3, quota, devices, true).unwrap();
            let range = expected / 6..=expected * 2 / 3;
            assert!(range.contains(&at), "heavy {quota} × {devices}: {at}");
        }
    }

    #[test]
    fn the_same_names_again_and_again_are_no_attack() {
        let domains = Domains::new();
        let quota = Quota::new(300, 1).unwrap();
        let hasher = RandomState::new();
        for index in 0..100_000 {
            let miss = Miss {
                pair: 5,
                name: hasher.hash_one(index % 60),
                is_heavy: true,
            };
            assert_eq!(domains.count(miss, quota, 7), Outcome::Open);
        }
    }

    fn contain(domains: &Domains, pair: u64, now: u32) {
        let hasher = RandomState::new();
        let quota = Quota::new(50, 1).unwrap();
        for index in 0..1000 {
            let name = hasher.hash_one(index);
            let _ = domains.count(
                Miss {
                    pair,
                    name,
                    is_heavy: false,
                },
                quota,
                now,
            );
        }
    }

    fn one(domains: &Domains, pair: u64, now: u32) -> Outcome {
        let miss = Miss {
            pair,
            name: 1,
            is_heavy: false,
        };
        domains.count(miss, Quota::new(50, 1).unwrap(), now)
    }

    #[test]
    fn containment_ends_and_holds_for_one_pair_only() {
        let domains = Domains::new();
        let pair = |index: u64| index << 40 | 3;
        contain(&domains, pair(1), 100);
        let contained = Outcome::Contained {
            is_tunnel: false,
            is_first: false,
        };
        assert_eq!(one(&domains, pair(1), 100 + WINDOW - 1), contained);
        assert_eq!(one(&domains, pair(2), 100), Outcome::Open);
        assert_eq!(one(&domains, pair(1), 100 + WINDOW), Outcome::Open);
    }

    #[test]
    fn counting_begins_anew_with_every_window() {
        let domains = Domains::new();
        let hasher = RandomState::new();
        let quota = Quota::new(300, 1).unwrap();
        for window in 0..50u32 {
            for index in 0..120u32 {
                let miss = Miss {
                    pair: 9,
                    name: hasher.hash_one((window, index)),
                    is_heavy: false,
                };
                assert_eq!(domains.count(miss, quota, window * WINDOW), Outcome::Open);
            }
        }
    }

    #[test]
    fn a_contained_pair_is_not_pushed_out_by_new_ones() {
        let domains = Domains::new();
        contain(&domains, 1 << 40, 100);
        for other in 2..200 {
            assert_eq!(one(&domains, other << 40, 101), Outcome::Open);
        }
        assert_ne!(one(&domains, 1 << 40, 102), Outcome::Open);
    }

    #[test]
    fn a_clock_that_goes_back_contains_nobody() {
        let domains = Domains::new();
        contain(&domains, 1 << 40, 1_000_000);
        assert_eq!(one(&domains, 1 << 40, 10), Outcome::Open);
    }

    #[test]
    fn only_the_first_refusal_is_told_as_such() {
        let domains = Domains::new();
        let quota = Quota::new(1, 1).unwrap();
        let miss = Miss {
            pair: 1,
            name: 1,
            is_heavy: true,
        };
        let told = |is_first| Outcome::Contained {
            is_tunnel: true,
            is_first,
        };
        assert_eq!(domains.count(miss, quota, 5), told(true));
        assert_eq!(domains.count(miss, quota, 5), told(false));
        assert_eq!(Quota::new(0, 5), None);
    }

    proptest! {
        #[test]
        fn far_below_the_quota_nothing_is_contained(names in 1u32..100, devices in 1u32..300) {
            let most = names * devices.min(50);
            prop_assert_eq!(passed(most, 300, devices, false), None);
        }

        #[test]
        fn heads_read_back(tag in 0u64..1 << 24, began in any::<u32>(), state in 0u8..3) {
            let state = [State::Counting, State::Many, State::Tunnel][usize::from(state)];
            let head = Head { tag, began, state };
            prop_assert_eq!(Head::of(head.to_raw()), head);
        }

        #[test]
        fn no_numbers_upset_it(
            pair in any::<u64>(), name in any::<u64>(), heavy in any::<bool>(),
            names in any::<u32>(), devices in any::<u32>(), now in any::<u32>(),
        ) {
            let domains = Domains::new();
            if let Some(quota) = Quota::new(names, devices) {
                let _ = domains.count(Miss { pair, name, is_heavy: heavy }, quota, now);
            }
        }
    }
}
