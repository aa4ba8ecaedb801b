//! The settings file `lachan.toml`: what the machine is. Versions, defaults, checks, typed values,
//! and edits that leave comments alone.
//!
//! Reads text and gives a [`Config`] that cannot be wrong, or every mistake at once with its place
//! and remedy, in Vietnamese and English. What people do (groups, exceptions, accounts) lives in
//! `lachan.db`, which is the business of `store`; turning values into sockets and files is the
//! daemon's.
//!
//! ```text
//!  bytes ─► input (size, encoding) ─► syntax (TOML) ─► version ─► v1 (keys, types, ranges) ─► Config
//!                 └──────────────────────┴────────────────┴──────────┴─────► Mistakes
//! ```

mod config;
pub mod edit;
mod fault;
mod input;
mod mistake;
pub mod parts;
mod reader;
mod syntax;
pub mod unit;
mod v1;
pub mod values;
mod version;
mod words;

pub use config::{Config, LoadError, TEMPLATE};
pub use fault::{
    AddressForm, DhcpFault, Fault, Kind, Quoted, SyntaxFault, Unusable, UpstreamFault, Wanted,
};
pub use input::MAX_BYTES;
pub use mistake::{MAX_REPORTED, Mistake, Mistakes, Place};
pub use values::{
    Access, BlockAnswer, Cache, Control, Dhcp, DhcpFixed, DhcpMode, DhcpRange, Dnssec, Ech,
    Encrypted, ForwardZone, HelpPlace, HttpsRecords, Inspection, Language, LocalName, LocalRecord,
    Log, LogFormat, LogLevel, Metrics, Mode, Nat, Network, NetworkMode, OpenPorts, Paths, Protocol,
    Proxy, RateLimit, Reach, RebindProtection, Resolver, School, Store, Switch, Tls, Transport,
    UnknownDevices, Upstream, Web,
};
