//! Scenarios: a query in, what the upstream says, what comes out, who is told.

mod addresses;
mod answers;
mod bad_input;
mod cloaking;
mod explanations;
mod limits;
mod listeners;
mod rates;
mod safe_forms;
mod services;
mod support;
