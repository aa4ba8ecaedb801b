//! The resolver of Lá Chắn: DNS listeners, cache, upstreams, rewrites and answers.
//!
//! ```text
//!  listeners (UDP, TCP, DoT, DoH, DoQ) ─► Engine::begin(bytes, client) ─► stages, see `engine`
//!                                        │            │
//!                             Policy snapshot     Forwarder ─► upstreams
//!                             (swapped by pointer)
//! ```
//!
//! Answers that need nobody else (blocked, local, cached) never wait for the Internet and pass no
//! admission limit. What a name *is*, and for whom it is open, is decided by `lachan_policy` alone;
//! where events go is the daemon's affair ([`Events`]). No name of a query is logged here at any
//! level. The libraries below the listeners log at `debug` and `trace` what they read, URLs of DoH
//! among it, so the daemon must keep them at `info` or above.

mod behind;
mod bind;
mod bypass;
mod cache;
mod client;
mod cloak;
mod code;
mod counters;
mod ddr;
mod devices;
mod engine;
mod events;
mod forward;
mod language;
pub mod latency;
mod limit;
mod list_trial;
mod listen;
mod local;
mod reason;
mod refresh;
mod safe;
mod server;
mod settings;
mod snapshot;
mod udp;
mod upstream;
mod why;
mod wire;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use bind::{BindError, Encrypted, RECEIVE_BUFFER};
pub use bypass::BypassCounts;
pub use client::Client;
pub use code::{BadCode, LoggedBlock, RequestCode, RequestKey};
pub use counters::{Counters, Counts};
pub use devices::{DeviceNames, Lease, Leases, MAX_LEASE_BYTES, MAX_LEASES, Neighbours, Nets};
pub use engine::{ClosedLookup, Engine, LookedUp, Lookup, PendingLookup, Shared, Step, Waiting};
pub use events::{Behind, Blocked, Clock, Events};
pub use forward::{Probed, UpstreamHealth, UpstreamState, probe};
pub use language::Language;
pub use list_trial::{ListTrial, MOST_DEVICES, MOST_ENTRIES, TooManyEntries, TrialSeen};
pub use listen::{
    CertificateFacts, ConnectionCounts, Identity, IdentityError, Validity, authorities,
    is_vouched_for,
};
pub use server::{Certificates, ConnectionWatch, Resolver, Running, ServeError};
pub use settings::{
    BLOCK_TTL, BURST, BlockAnswer, CACHE_BYTES, ENCRYPTED_IDLE, EncryptedListeners, HttpsRecords,
    LocalData, LocalName, LocalRecord, MAX_BLOCK_TTL, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_CLIENT,
    MAX_MISSES, MAX_TTL, MAX_UNDER_WAY, MISS_BURST, MISSES_PER_SECOND, NAMES_PER_DOMAIN,
    NET_DEVICES, Nat, RateLimit, SLOW, STALE_FOR, School, Settings, StreamLimits, TCP_IDLE,
    TOTAL_TIMEOUT, UPSTREAM_TIMEOUT,
};
pub use snapshot::{
    Boot, Listed, MAX_SNAPSHOT, Restored, Snapshot, SnapshotError, Snapshots, Stamp,
};
pub use upstream::{Dnssec, ForwardZone, Forwarding, MAX_SOCKETS, Mode, Protocol, Upstream};
pub use wire::query::Transport;

/// What the crate's benches measure.
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing {
    pub use crate::cache::trial::Trial;
}

/// What `crates/resolver/fuzz` feeds: the parsers of queries and of upstreams' answers, which have
/// no business in the public API.
#[doc(hidden)]
pub fn fuzz_message(bytes: &[u8]) {
    let mut name = lachan_policy::Name::ROOT;
    if let Ok(head) = wire::query::Head::read(bytes, &mut name) {
        let query = head.over(bytes, &name);
        let _ = (query.limit(Transport::Udp), query.question_bytes());
    }
    if let Ok(reply) = wire::response::Reply::keep(bytes, 3600) {
        let view = reply.view();
        let _ = (
            view.lifetime(),
            view.chain().count() + view.services().count(),
            view.data_of(1).count(),
            view.addresses().count(),
        );
    }
}

/// What `crates/resolver/fuzz` feeds: the query parser beside hickory's.
///
/// # Panics
/// When they read a query differently where they should not.
#[doc(hidden)]
pub fn fuzz_query(bytes: &[u8]) {
    wire::oracle::compare(bytes);
}

/// What `crates/resolver/fuzz` feeds: taking the keys of Encrypted Client Hello out of an answer.
///
/// # Panics
/// When what is left cannot be read, or has keys still.
#[doc(hidden)]
pub fn fuzz_svcb(bytes: &[u8]) {
    use wire::response::Reply;
    if let Ok(Some(stripped)) = wire::svcb::strip(bytes) {
        assert_eq!(wire::svcb::strip(&stripped), Ok(None), "keys are left");
        let outcome = (Reply::keep(bytes, 60), Reply::keep(&stripped, 60));
        assert!(!matches!(outcome, (Ok(_), Err(_))), "{outcome:?}");
    }
}

/// What `crates/resolver/fuzz` feeds the readers of lease files.
#[doc(hidden)]
pub fn fuzz_leases(bytes: &[u8]) {
    let mut leases = Leases::default();
    leases.read(bytes);
    let _ = DeviceNames::of(&leases, &[], Some(1_800_000_000));
}

/// As [`fuzz_message`]: what listeners read before anything is a message.
#[doc(hidden)]
pub fn fuzz_listen(bytes: &[u8]) {
    listen::fuzz(bytes);
}

/// As [`fuzz_message`]: the file that the cache is kept in over a restart.
#[doc(hidden)]
pub fn fuzz_snapshot(bytes: &[u8]) {
    snapshot::fuzz(bytes);
}
