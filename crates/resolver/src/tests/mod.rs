//! Scenarios: a query in, what the upstream says, what comes out, who is told.

mod answers;
mod bad_input;
mod cloaking;
mod limits;
mod listeners;
mod safe_forms;
mod streams;
mod support;
mod who;
