//! Scenarios: a query in, what the upstream says, what comes out, who is told.

mod answers;
mod bad_input;
mod cloaking;
mod doh;
mod encrypted;
mod limits;
mod listeners;
mod safe_forms;
mod snapshots;
mod stale;
mod streams;
mod support;
mod watching;
