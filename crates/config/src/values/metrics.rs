//! `[metrics]`: figures for Prometheus. Numbers only; no name, no device.

use std::net::SocketAddr;

/// The port in the examples; Prometheus' list of ports gives it to nobody we would meet in a school.
pub const EXAMPLE_PORT: u16 = 9353;

/// `[metrics]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Metrics {
    /// Where the page is; `None` is off, the default: what nobody reads need not listen. A loopback
    /// address unless [`Self::reach`] says otherwise. Port 0 asks the system for a free one.
    pub listen: Option<SocketAddr>,
    /// From where it may be read.
    pub reach: Reach,
}

/// From where a page may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// From this machine. The default: the page has no password.
    #[default]
    Machine,
    /// From the network too.
    Network,
}
