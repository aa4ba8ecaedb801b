//! TLS as it passes by: the ClientHello is read, nothing is decrypted.
//!
//! ```text
//!  client ─► HelloReader ─► Speaker::rule ─► resolve_now ─► dial ─► relay
//!                              └─► closed: alert access_denied, a word to the log
//! ```

mod conn;
mod hello;
mod places;
mod ruling;
mod server;
mod thread;

pub use hello::{Alpn, Hello, HelloReader, Malformed, Odd, Progress, ServerName};
pub use server::{Handover, Kind, Listen, Server, Settings, Shared, StartError};

#[cfg(test)]
mod tests;
