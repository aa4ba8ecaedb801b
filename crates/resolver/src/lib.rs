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

mod bind;
mod cache;
mod cloak;
mod counters;
mod ddr;
mod engine;
mod events;
mod forward;
pub mod latency;
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
mod wire;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use bind::{BindError, Encrypted, RECEIVE_BUFFER};
pub use counters::{Counters, Counts};
pub use engine::{Client, Engine, Shared, Step, Waiting};
pub use events::{Blocked, Clock, Events};
pub use forward::{Probed, UpstreamHealth, UpstreamState, probe};
pub use listen::{ConnectionCounts, Identity, IdentityError, Validity};
pub use server::{Certificates, ConnectionWatch, Resolver, Running, ServeError};
pub use settings::{
    BLOCK_TTL, BlockAnswer, CACHE_BYTES, ENCRYPTED_IDLE, EncryptedListeners, LocalName,
    MAX_BLOCK_TTL, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_CLIENT, MAX_MISSES, MAX_TTL, MAX_UNDER_WAY,
    SLOW, STALE_FOR, Settings, StreamLimits, TCP_IDLE, TOTAL_TIMEOUT, UPSTREAM_TIMEOUT,
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
    if let Ok(query) = wire::query::Query::parse(bytes) {
        let _ = (query.limit(Transport::Udp), query.question_bytes());
    }
    if let Ok(reply) = wire::response::Reply::keep(bytes, 3600) {
        let view = reply.view();
        let _ = (
            view.lifetime(),
            view.targets().count(),
            view.data_of(1).count(),
        );
    }
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
