//! Scenarios: a query in, what the upstream says, what comes out, who is told.

mod addresses;
mod answers;
mod bad_input;
mod bypass;
mod cloaking;
mod doh;
mod encrypted;
mod explanations;
mod limits;
mod listeners;
mod lookups;
mod rates;
mod safe_forms;
mod scenarios;
mod services;
mod snapshots;
mod stale;
mod streams;
mod support;
mod watching;
mod who;
