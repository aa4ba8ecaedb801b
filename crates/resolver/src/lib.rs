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

mod behind;
mod bind;
mod cache;
mod cloak;
mod code;
mod counters;
mod engine;
mod events;
mod forward;
mod limit;
mod local;
mod reason;
mod safe;
mod server;
mod settings;
mod why;
mod wire;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use bind::BindError;
pub use code::{BadCode, LoggedBlock, RequestCode, RequestKey};
pub use counters::{Counters, Counts};
pub use engine::{Asked, Client, Engine, Shared, Step};
pub use events::{Blocked, Clock, Events};
pub use server::{Resolver, Running, ServeError};
pub use settings::{
    BLOCK_TTL, BURST, BlockAnswer, CACHE_BYTES, HttpsRecords, LocalData, LocalName, LocalRecord,
    MAX_BLOCK_TTL, MAX_MISSES, MAX_TTL, MISS_BURST, MISSES_PER_SECOND, NAMES_PER_DOMAIN, Nat,
    RateLimit, School, Settings, TCP_BUFFER, TCP_IDLE, TOTAL_TIMEOUT, TcpLimits, UPSTREAM_TIMEOUT,
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
        let _ = reply.addresses().count();
    }
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
