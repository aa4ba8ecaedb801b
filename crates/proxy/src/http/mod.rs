//! HTTP/1.1 through the filter: plain HTTP that was sent elsewhere and is caught on its way
//! (transparent), a proxy that browsers are told of (explicit), and the address that closed names
//! are answered with.
//!
//! ```text
//!  client ─bytes─► lines ─► request ─► stages ─► write ─► upstream      one message at a time,
//!  client ◄─ write ◄─ scan? ◄─ body ◄─ response ◄─ lines ◄─ upstream    each made anew
//! ```
//!
//! `grammar` to `write` are pure (bytes in, bytes out). `connection`, `exchange` and `deliver` move
//! the bytes over streams of whatever kind ([`Net`]), so that tests need no socket and no time.
//!
//! **Why no hyper.** The gate has to see the raw bytes before any parser mends them, and every
//! message is written anew; behind it hyper would parse everything a second time, hand each message
//! from one task to another, and bring framing rules of its own that had holes (hyper #3860, #4123).
//! Our framing is `lines`, `request`, `response` and `body`: small, strict and fuzzed.

mod answer;
mod body;
mod buffer;
mod connection;
mod deliver;
mod exchange;
mod expressions;
mod field;
mod fuzz;
mod grammar;
mod host;
mod lines;
mod net;
mod refusal;
mod request;
mod response;
mod scan;
mod server;
mod settings;
mod stages;
mod upstream;
mod url;
mod websocket;
mod write;

#[cfg(test)]
mod tests;

/// The parts of HTTP/1.1 that HTTP/2 is rebuilt with.
pub(crate) mod raw {
    pub(crate) use super::body::{Body, Found};
    pub(crate) use super::buffer::Buffer;
    pub(crate) use super::field::Known;
    pub(crate) use super::grammar::{decimal, is_target, is_token, is_value};
    pub(crate) use super::lines::{Head, MAX_FIELDS, MAX_HEAD};
    pub(crate) use super::request::{Framing, Method, Request};
    pub(crate) use super::response::Response;
}

pub use expressions::RefusedExpression;
#[doc(hidden)]
pub use fuzz::{fuzz_request, fuzz_response};
pub use host::{Authority, Host};
pub use lines::{MAX_FIELDS, MAX_HEAD};
pub use net::{Net, NotProven, Relay, Tcp, Tunnel, Tunnels};
pub use refusal::{Refusal, Refusals};
pub use scan::{Opinion, Page, PageHead, Scan};
pub use server::{Arrival, Door, Figures, Secured, Server, Shared};
pub use settings::{
    ANSWER_TIMEOUT, BODY_TIMEOUT, DIAL_TIMEOUT, HEAD_TIMEOUT, IDLE_TIMEOUT, MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_CLIENT, SCAN_BYTES, SCAN_TIMEOUT, Settings,
};
pub use url::{normal, with_parameters};
