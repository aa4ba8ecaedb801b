//! The filtering proxy of Lá Chắn: what devices send to sites passes the one decision, transparent
//! or as an explicit proxy.
//!
//! ```text
//!  accepted streams ─► http::Server ─► gate (strict HTTP) ─► stages ─► upstream
//!                                             │                │
//!                                        refused: 4xx    closed: block page (lachan_web)
//! ```
//!
//! Knows neither resolver, store nor firewall: what it needs of them it asks for by the traits of
//! [`outside`](Resolve).

pub mod http;
mod outside;
pub mod pac;
mod target;

pub use outside::{Blocked, Clock, Coming, Devices, Record, Resolve, ResolveError};
pub use target::{Targets, is_public};
