//! The firewall as a school gets it: read in files, and taken by a real kernel.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of these tests are tests, too"
)]

mod golden;
mod kernel;
mod schools;
