//! Leaves of the authority: one for each name, made when it is first needed, kept while there is
//! room, each with the TLS settings that show it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use lachan_policy::Name;
use rcgen::KeyPair;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{NoServerSessionStorage, ProducesTickets};
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};

use super::authority::{Authority, AuthorityError, Validity, leaf_key};
use super::suites;

/// Leaves that are kept: a class uses a few hundred names; each costs some 3 KiB.
const MAX_LEAVES: usize = 1024;
/// Of these, so many make room at a time.
const ROOM: usize = MAX_LEAVES / 8;
/// Protocols that a client is offered.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Makes and keeps leaves.
pub(super) struct Leaves {
    authority: Authority,
    /// The key that all leaves share: new at each start, and in memory only.
    pair: KeyPair,
    key: Arc<dyn SigningKey>,
    provider: Arc<CryptoProvider>,
    is_ours_first: bool,
    tickets: Arc<dyn ProducesTickets>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_name: HashMap<Name, One>,
    /// Counts uses, so that the least recent is known.
    clock: u64,
    made: u64,
}

struct One {
    config: Arc<ServerConfig>,
    good: Validity,
    used: u64,
}

/// Why there are no leaves.
#[derive(Debug, thiserror::Error)]
pub(super) enum LeafError {
    /// The authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

impl Leaves {
    pub(super) fn new(authority: Authority) -> Result<Self, LeafError> {
        let (pair, der) = leaf_key()?;
        let (provider, is_ours_first) = suites::provider();
        Ok(Self {
            authority,
            pair,
            key: provider.key_provider.load_private_key(der)?,
            provider,
            is_ours_first,
            // They hold for half a day and name their server, so that none opens another.
            tickets: rustls::crypto::ring::Ticketer::new()?,
            kept: Mutex::default(),
        })
    }

    /// The settings that show a leaf for this name, at a time in Unix seconds.
    pub(super) fn config(&self, name: &Name, unix: i64) -> Result<Arc<ServerConfig>, LeafError> {
        if let Some(config) = self.kept().find(name, unix) {
            return Ok(config);
        }
        // Outside the lock: two that come at once may both make one.
        let leaf = self.authority.leaf(name, unix, &self.pair)?;
        let certified = CertifiedKey::new(vec![leaf.certificate], Arc::clone(&self.key));
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        config.ignore_client_order = self.is_ours_first;
        config.ticketer = Arc::clone(&self.tickets);
        // Tickets do: nothing about clients is kept here.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        let config = Arc::new(config);
        self.kept().keep(*name, Arc::clone(&config), leaf.good);
        Ok(config)
    }

    /// How many leaves were made.
    pub(super) fn made(&self) -> u64 {
        self.kept().made
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn find(&mut self, name: &Name, unix: i64) -> Option<Arc<ServerConfig>> {
        self.clock += 1;
        let one = self.by_name.get_mut(name)?;
        one.used = self.clock;
        // The clock may have jumped: then another is made.
        one.good.holds(unix).then(|| Arc::clone(&one.config))
    }

    fn keep(&mut self, name: Name, config: Arc<ServerConfig>, good: Validity) {
        self.made += 1;
        if self.by_name.len() >= MAX_LEAVES {
            let mut uses: Vec<u64> = self.by_name.values().map(|one| one.used).collect();
            let (_, least, _) = uses.select_nth_unstable(ROOM);
            let least = *least;
            self.by_name.retain(|_, one| one.used > least);
        }
        let used = self.clock;
        self.by_name.insert(name, One { config, good, used });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::NeverInspected;

    const NOW: i64 = 1_795_342_140;

    fn leaves() -> Leaves {
        let none = NeverInspected::default();
        let (key, certificate) = Authority::make("x", NOW, &none).unwrap();
        Leaves::new(Authority::read(&key, &certificate).unwrap()).unwrap()
    }

    fn name(number: usize) -> Name {
        Name::from_text(&format!("a{number}.example")).unwrap()
    }

    #[test]
    fn a_leaf_is_made_once_while_it_is_good() {
        let leaves = leaves();
        let first = leaves.config(&name(1), NOW).unwrap();
        let again = leaves.config(&name(1), NOW + 86_400).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(leaves.made(), 1);
        // The clock jumps by two months, and back.
        for (jump, made) in [(60, 2), (-1, 3)] {
            assert!(leaves.config(&name(1), NOW + jump * 86_400).is_ok());
            assert_eq!(leaves.made(), made);
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_least_used_goes_first() {
        let leaves = leaves();
        for number in 0..=MAX_LEAVES {
            leaves.config(&name(number), NOW).unwrap();
            leaves.config(&name(0), NOW).unwrap();
        }
        assert!(leaves.kept().by_name.len() <= MAX_LEAVES);
        let made = leaves.made();
        leaves.config(&name(0), NOW).unwrap();
        leaves.config(&name(MAX_LEAVES), NOW).unwrap();
        assert_eq!(leaves.made(), made, "both are still there");
        leaves.config(&name(1), NOW).unwrap();
        assert_eq!(leaves.made(), made + 1, "the oldest was not");
    }
}
