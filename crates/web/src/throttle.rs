//! How often somebody may try: sign-in attempts by account and by address, and requests by address.
//!
//! Pure: the time is passed in as seconds of a clock that only goes forward. Bounded: who asks from
//! a thousand addresses makes the table forget the oldest, never grow.
//!
//! An account is locked only for those who come from an address that failed before, or when many
//! failed on it: else a pupil could lock out the teacher by typing her name. So what counts most is
//! the pair of account and address, then the address, and last the account with a longer string of
//! failures and a short lock.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

/// Failures on one account from one address before the first lock.
const PAIR_TRIES: u32 = 5;
/// Failures from one address on whatever account.
const ADDRESS_TRIES: u32 = 20;
/// Failures on one account from everywhere. Its lock ends soon: it slows guessing from many
/// addresses to some hundred a day, and shuts nobody out for a lesson.
const ACCOUNT_TRIES: u32 = 30;
/// The first lock, in seconds; each failure after it doubles the next.
const FIRST_LOCK: u64 = 30;
/// The longest lock of a pair or an address, in seconds.
const LONGEST_LOCK: u64 = 3_600;
/// The longest lock of an account from everywhere, in seconds.
const LONGEST_ACCOUNT_LOCK: u64 = 120;
/// Seconds without a failure after which all is forgotten.
const FORGOTTEN: u64 = 2 * 3_600;
/// Entries a table holds at most.
const MOST: usize = 4_096;

/// What is known of one key.
#[derive(Debug, Clone, Copy)]
struct Strikes {
    failures: u32,
    last: u64,
    until: u64,
}

/// Failures by a key.
#[derive(Debug)]
struct Table<K> {
    tries: u32,
    longest: u64,
    all: HashMap<K, Strikes>,
}

impl<K: Eq + Hash + Clone> Table<K> {
    fn new(tries: u32, longest: u64) -> Self {
        Self {
            tries,
            longest,
            all: HashMap::new(),
        }
    }

    /// Seconds that are left of a lock.
    fn left(&self, key: &K, now: u64) -> u64 {
        let strikes = self.all.get(key);
        strikes.map_or(0, |strikes| strikes.until.saturating_sub(now))
    }

    fn fail(&mut self, key: K, now: u64) {
        self.make_room(now);
        let strikes = self.all.entry(key).or_insert(Strikes {
            failures: 0,
            last: now,
            until: 0,
        });
        if now.saturating_sub(strikes.last) > FORGOTTEN {
            strikes.failures = 0;
        }
        strikes.failures = strikes.failures.saturating_add(1);
        strikes.last = now;
        if strikes.failures >= self.tries {
            let doublings = (strikes.failures - self.tries).min(16);
            let lock = (FIRST_LOCK << doublings).min(self.longest);
            strikes.until = now.saturating_add(lock);
        }
    }

    /// Takes one failure back, with the lock that it began: whoever was let in while it stood was let in by its lock's
    /// absence, so no later lock is lost.
    fn give_back(&mut self, key: &K) {
        if let Some(strikes) = self.all.get_mut(key) {
            strikes.failures = strikes.failures.saturating_sub(1);
            strikes.until = 0;
        }
    }

    fn clear(&mut self, key: &K) {
        self.all.remove(key);
    }

    /// Forgets what is old, and the oldest where that does not suffice.
    fn make_room(&mut self, now: u64) {
        if self.all.len() < MOST {
            return;
        }
        self.all
            .retain(|_, strikes| now.saturating_sub(strikes.last) <= FORGOTTEN);
        if self.all.len() < MOST {
            return;
        }
        let mut times: Vec<u64> = self.all.values().map(|strikes| strikes.last).collect();
        times.sort_unstable();
        let middle = times.get(times.len() / 2).copied().unwrap_or(now);
        // A lock that holds is the last thing to forget.
        self.all
            .retain(|_, strikes| strikes.last > middle || strikes.until > now);
        if self.all.len() >= MOST {
            self.all.clear();
        }
    }
}

/// Sign-in attempts.
#[derive(Debug)]
pub struct SignIns {
    pairs: Table<(String, IpAddr)>,
    addresses: Table<IpAddr>,
    accounts: Table<String>,
}

impl Default for SignIns {
    fn default() -> Self {
        Self {
            pairs: Table::new(PAIR_TRIES, LONGEST_LOCK),
            addresses: Table::new(ADDRESS_TRIES, LONGEST_LOCK),
            accounts: Table::new(ACCOUNT_TRIES, LONGEST_ACCOUNT_LOCK),
        }
    }
}

impl SignIns {
    /// Seconds until somebody may try again; 0 at once. Names are compared as they are typed by
    /// everybody: known or not makes no difference.
    #[must_use]
    pub fn wait(&self, name: &str, address: IpAddr, now: u64) -> u64 {
        let address = whole(address);
        let pair = self.pairs.left(&(name.to_owned(), address), now);
        let address = self.addresses.left(&address, now);
        pair.max(address)
            .max(self.accounts.left(&name.to_owned(), now))
    }

    /// Begins an attempt, which counts as failed until it is known to be none: whoever sends a thousand at once has used up
    /// her tries before the first password is hashed. An attempt that is broken off stays a failure.
    ///
    /// # Errors
    /// The seconds until she may try again; then nothing is counted.
    pub fn begin(&mut self, name: &str, address: IpAddr, now: u64) -> Result<(), u64> {
        let wait = self.wait(name, address, now);
        if wait > 0 {
            return Err(wait);
        }
        let address = whole(address);
        self.pairs.fail((name.to_owned(), address), now);
        self.addresses.fail(address, now);
        self.accounts.fail(name.to_owned(), now);
        Ok(())
    }

    /// An attempt that was begun came to no end that says anything: the machine was busy, or something else was asked for.
    pub fn given_back(&mut self, name: &str, address: IpAddr) {
        let address = whole(address);
        self.pairs.give_back(&(name.to_owned(), address));
        self.addresses.give_back(&address);
        self.accounts.give_back(&name.to_owned());
    }

    /// An attempt that was begun succeeded. What failed from the address on other accounts stays.
    pub fn succeeded(&mut self, name: &str, address: IpAddr) {
        let address = whole(address);
        self.pairs.clear(&(name.to_owned(), address));
        self.addresses.give_back(&address);
        self.accounts.clear(&name.to_owned());
    }
}

/// An IPv6 host may choose among 2^64 addresses of its net: the net counts as one.
#[must_use]
pub fn whole(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let net = u128::from(six) & !u128::from(u64::MAX);
            IpAddr::V6(net.into())
        }
        four => four,
    }
}

/// Requests by address: a bucket each that fills with time.
#[derive(Debug)]
pub struct Requests {
    rate: u64,
    burst: u64,
    all: HashMap<IpAddr, (u64, u64)>,
}

impl Requests {
    /// So many a second in the long run, and so many at once.
    #[must_use]
    pub fn new(rate: u32, burst: u32) -> Self {
        Self {
            rate: rate.into(),
            burst: u64::from(burst) * 1_000,
            all: HashMap::new(),
        }
    }

    /// Whether an address may ask now; `now` in milliseconds of a clock that only goes forward.
    pub fn take(&mut self, address: IpAddr, now: u64) -> bool {
        if self.all.len() >= MOST {
            let (rate, burst) = (self.rate, self.burst);
            self.all.retain(|_, (left, at)| {
                left.saturating_add(now.saturating_sub(*at).saturating_mul(rate)) < burst
            });
            // A flood from thousands of addresses: all begin anew.
            if self.all.len() >= MOST {
                self.all.clear();
            }
        }
        let (left, at) = self.all.entry(whole(address)).or_insert((self.burst, now));
        let filled = now.saturating_sub(*at).saturating_mul(self.rate);
        *left = left.saturating_add(filled).min(self.burst);
        *at = now;
        if *left < 1_000 {
            return false;
        }
        *left -= 1_000;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 7));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 8));

    #[test]
    fn guessing_is_slowed_more_and_more() {
        let mut all = SignIns::default();
        let mut now = 0;
        let mut tried = 0;
        // As fast as it is let, for a day.
        while now < 86_400 {
            let wait = all.wait("an", HERE, now);
            now += wait;
            all.begin("an", HERE, now).unwrap();
            now += 1;
            tried += 1;
        }
        assert!(tried < 60, "{tried} guesses in a day");
    }

    #[test]
    fn a_pupil_does_not_lock_out_the_teacher() {
        let mut all = SignIns::default();
        for now in 0..20 {
            let _ = all.begin("lan", HERE, now);
        }
        assert!(all.wait("lan", HERE, 20) > 0);
        assert_eq!(all.wait("lan", THERE, 20), 0);
    }

    #[test]
    fn guessing_from_many_addresses_is_slowed_and_ends_soon() {
        let mut all = SignIns::default();
        for host in 0..200u8 {
            let _ = all.begin("an", IpAddr::from([10, 9, 0, host]), 10);
        }
        let wait = all.wait("an", THERE, 11);
        assert!((1..=LONGEST_ACCOUNT_LOCK).contains(&wait), "{wait}");
        assert_eq!(all.wait("an", THERE, 11 + wait), 0);
    }

    #[test]
    fn one_address_cannot_try_all_accounts() {
        let mut all = SignIns::default();
        for number in 0..ADDRESS_TRIES {
            all.begin(&format!("an{number}"), HERE, 5).unwrap();
        }
        assert!(all.wait("somebody-else", HERE, 6) > 0);
        assert_eq!(all.wait("somebody-else", THERE, 6), 0);
    }

    #[test]
    fn addresses_of_one_ipv6_net_are_one() {
        let mut all = SignIns::default();
        for host in 1..=PAIR_TRIES {
            let address = format!("2001:db8:1:2::{host:x}").parse().unwrap();
            all.begin("an", address, 0).unwrap();
        }
        let other = "2001:db8:1:2:ffff::1".parse().unwrap();
        assert!(all.wait("an", other, 1) > 0);
        let mapped = "::ffff:10.0.0.7".parse().unwrap();
        assert_eq!(whole(mapped), HERE);
    }

    #[test]
    fn success_ends_the_string_and_old_failures_are_forgotten() {
        let mut all = SignIns::default();
        for now in 0..4 {
            all.begin("an", HERE, now).unwrap();
        }
        all.begin("an", HERE, 4).unwrap();
        all.succeeded("an", HERE);
        all.begin("an", HERE, 5).unwrap();
        assert_eq!(all.wait("an", HERE, 6), 0);
        for now in 6..9 {
            all.begin("an", HERE, now).unwrap();
        }
        all.begin("an", HERE, 9 + FORGOTTEN + 1).unwrap();
        assert_eq!(all.wait("an", HERE, 9 + FORGOTTEN + 2), 0);
    }

    #[test]
    fn attempts_at_once_count_before_they_end() {
        let mut all = SignIns::default();
        let let_in = (0..1_000).filter(|_| all.begin("an", HERE, 7).is_ok());
        assert_eq!(let_in.count(), 5);
        // Those that said nothing of a password are taken back, with the lock that the last of them began.
        for _ in 0..5 {
            all.given_back("an", HERE);
        }
        assert_eq!(all.begin("an", HERE, 7), Ok(()));
    }

    #[test]
    fn whoever_succeeds_again_and_again_is_never_locked() {
        let mut all = SignIns::default();
        for number in 0..100 {
            let name = format!("an{number}");
            assert_eq!(all.begin(&name, HERE, number), Ok(()));
            all.succeeded(&name, HERE);
        }
    }

    #[test]
    fn requests_come_at_their_rate() {
        let mut requests = Requests::new(10, 20);
        let taken = (0..100).filter(|_| requests.take(HERE, 0)).count();
        assert_eq!(taken, 20);
        assert!(requests.take(THERE, 0));
        let taken = (0..100).filter(|_| requests.take(HERE, 1_000)).count();
        assert_eq!(taken, 10);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn no_flood_makes_a_table_grow(
            failures in proptest::collection::vec((0u32..20_000, 0u64..100_000), 0..6_000),
        ) {
            let mut all = SignIns::default();
            let mut requests = Requests::new(5, 5);
            for (host, now) in failures {
                let address = IpAddr::V4(host.into());
                let _ = all.begin(&host.to_string(), address, now);
                requests.take(address, now);
                prop_assert!(all.wait("x", address, now) <= LONGEST_LOCK);
            }
            prop_assert!(all.pairs.all.len() <= MOST && all.addresses.all.len() <= MOST);
            prop_assert!(all.accounts.all.len() <= MOST && requests.all.len() <= MOST);
        }
    }
}
