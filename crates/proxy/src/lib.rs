//! The filtering proxy of Lá Chắn: what devices send to sites passes the one decision, transparent
//! or as an explicit proxy.
//!
//! ```text
//!  accepted streams ─► http::Server ─► gate (strict HTTP) ─► stages ─► upstream
//!                                             │                │
//!                                        refused: 4xx    closed: block page (lachan_web)
//!
//!  accepted streams ─► tls::Server ─► ClientHello ─► ruling ─► dial ─► relay
//!  CONNECT ─► tunnel ──┘                              │
//!                                                closed: alert
//! ```
//!
//! [`text`] turns the body of a page that can be seen into syllables, [`phrases`] scores them.
//!
//! By default nothing is decrypted and no certificate is made up: of an encrypted page only the name
//! is known, which the client sends in the clear. A school may want more of machines of its own
//! ([`inspect`]). Knows neither resolver, store nor firewall: what it
//! needs of them it asks for by the traits of [`outside`](Resolve).

mod counters;
pub mod http;
pub mod inspect;
mod listening;
mod mailbox;
mod outside;
pub mod pac;
pub mod phrases;
mod relay;
mod target;
pub mod text;
pub mod tls;
mod wheel;

pub use counters::{Counters, Counts, Evasion};
pub use listening::Listening;
pub use mailbox::Later;
pub use outside::{
    Addresses, Blocked, Clock, Coming, Devices, Found, MAX_ADDRESSES, Question, Record, Resolve,
    ResolveError, ResolveNow,
};
pub use target::{Targets, is_public};
