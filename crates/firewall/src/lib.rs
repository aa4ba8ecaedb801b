//! Policy values to one complete nftables ruleset, and its one atomic apply.
//!
//! ```text
//!  groups, tiers, interfaces ─► Plan ─► ruleset ─► nft (one transaction) ─► kernel
//!                                          │                                  │
//!                                          └────────── differences ◄── Live ◄─┘
//! ```
//!
//! Everything stands in a table of our own, `inet lachan`; those of other programs are neither read
//! nor touched. [`ruleset()`] is pure; [`Nft`] runs the `nft` program, which alone needs the
//! capability to change the kernel's rules (`CAP_NET_ADMIN`).
//!
//! What is decided here is only whose DNS and web come to the box and which ways round it are shut. Which
//! names are open is [`lachan_policy`]'s affair.

mod bridge;
mod divert;
mod live;
mod passing;
mod plan;
mod program;
mod routes;
mod ruleset;
mod terms;
mod writer;

/// A transaction, as the `nft` program takes it.
pub use nftables::schema::Nftables;

pub use live::{Difference, FirewallError, Live, LiveRule, Nft};
pub use plan::{
    Bridge, Burst, DirectAddresses, Fail, Handling, Management, Mode, Plan, Ports, ProxyPorts,
    Rescue, Transport, Unsound, WaysRound,
};
pub use program::{Ended, Program, ProgramError};
pub use routes::Routes;
pub use ruleset::{ALIVE, ALIVE_FOR, PROXYING, Signs, ruleset, signs, unfiltered};
pub use writer::TABLE;
