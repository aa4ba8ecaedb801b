//! The values a box runs on, with their defaults and bounds.
//!
//! One file per table of `lachan.toml`. Every default and every bound is a named constant that says
//! why; how a value is written in the file is the business of `v1`.

pub mod answers;
pub mod cache;
pub mod control;
pub mod dhcp;
pub mod encrypted;
mod log;
pub mod metrics;
pub mod network;
mod paths;
pub mod proxy;
pub mod resolver;
mod school;
pub mod store;
pub mod upstream;
pub mod web;

pub use answers::{Ech, HttpsRecords, LocalName, LocalRecord, Nat, RateLimit};
pub use cache::{Cache, Switch};
pub use control::{Access, Control};
pub use dhcp::{Dhcp, DhcpFixed, DhcpMode, DhcpRange};
pub use encrypted::{Encrypted, Tls};
pub use log::{Log, LogFormat, LogLevel};
pub use metrics::{Metrics, Reach};
pub use network::{Network, NetworkMode, OpenPorts, Transport};
pub use paths::{DEFAULT_DATA, DEFAULT_RULES, Paths};
pub use proxy::{Inspection, Proxy};
pub use resolver::{BlockAnswer, Resolver, UnknownDevices};
pub(crate) use school::zone;
pub use school::{
    DEFAULT_NAME, DEFAULT_TIME_ZONE, HelpPlace, Language, MAX_CONTACT, MAX_CONTACTS, MAX_HELP,
    MAX_HELP_TEXT, MAX_NAME, School,
};
pub use store::Store;
pub use upstream::{Dnssec, ForwardZone, Mode, Protocol, RebindProtection, Upstream};
pub use web::Web;
