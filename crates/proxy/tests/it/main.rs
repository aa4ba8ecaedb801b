//! The proxy as others meet it: over real sockets, asked by curl, a client that is not ours (loopback
//! only); the text of pages and its scoring, with the lists that ship.

#![expect(clippy::unwrap_used, reason = "helpers of a test")]

mod bodies;
mod charsets;
mod curl;
mod inspect;
mod lists;
mod properties;
mod site;
mod support;
