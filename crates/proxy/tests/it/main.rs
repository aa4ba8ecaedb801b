//! The proxy over real sockets, asked by curl, a client that is not ours. Loopback only.

#![expect(clippy::unwrap_used, reason = "helpers of a test")]

mod curl;
mod inspect;
mod site;
