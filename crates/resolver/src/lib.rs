//! The resolver of Lá Chắn: DNS listeners, cache, upstreams, rewrites and answers.
//!
//! ```text
//!  hickory listeners (UDP, TCP) ─► Engine::answer(bytes, client) ─► stages, see `engine`
//!                                        │            │
//!                             Policy snapshot     Forwarder ─► upstreams
//!                             (swapped by pointer)
//! ```
//!
//! Answers that need nobody else (blocked, local, cached) never wait for the Internet and pass no
//! admission limit. What a name *is*, and for whom it is open, is decided by `lachan_policy` alone;
//! where events go is the daemon's affair ([`Events`]). No name of a query is logged here at any
//! level; hickory's crates do at `debug`, so the daemon must keep them at `info` or above.

mod bind;
mod cache;
mod cloak;
mod counters;
mod devices;
mod engine;
mod events;
mod forward;
mod local;
mod reason;
mod safe;
mod server;
mod settings;
mod wire;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use bind::BindError;
pub use counters::{Counters, Counts};
pub use devices::{DeviceNames, Lease, Leases, MAX_LEASE_BYTES, MAX_LEASES, Neighbours};
pub use engine::{Asked, Client, Engine, Shared, Step};
pub use events::{Blocked, Clock, Events};
pub use server::{Resolver, Running, ServeError};
pub use settings::{
    BLOCK_TTL, BlockAnswer, CACHE_BYTES, LocalName, MAX_BLOCK_TTL, MAX_MISSES, MAX_TTL, Settings,
    TCP_BUFFER, TCP_IDLE, TOTAL_TIMEOUT, TcpLimits, UPSTREAM_TIMEOUT,
};
pub use wire::query::Transport;

/// What `crates/resolver/fuzz` feeds: the parsers of queries and of upstreams' answers, which have
/// no business in the public API.
#[doc(hidden)]
pub fn fuzz_message(bytes: &[u8]) {
    if let Ok(query) = wire::query::Query::parse(bytes) {
        let _ = (query.limit(Transport::Udp), query.question_bytes());
    }
    if let Ok(reply) = wire::response::Reply::keep(bytes, 3600) {
        let _ = (reply.lifetime(), reply.targets(), reply.data_of(1));
    }
}

/// What `crates/resolver/fuzz` feeds the readers of lease files.
#[doc(hidden)]
pub fn fuzz_leases(bytes: &[u8]) {
    let mut leases = Leases::default();
    leases.read(bytes);
    let _ = DeviceNames::of(&leases, &[], Some(1_800_000_000));
}
