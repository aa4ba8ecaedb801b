//! From the ceremony to a box: keys made and used by several people, a repository published, a box
//! that follows it by deltas; and what happens when any of them is bent.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of a test; sizes are told"
)]

mod bed;
mod ceremony;
mod following;
mod interop;
mod publishing;
mod sizes;
