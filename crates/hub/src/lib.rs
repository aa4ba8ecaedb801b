//! The department's hub: one place for a province's or the country's schools. It publishes signed lists, sees every box, and
//! never any child.

pub mod accounts;
pub mod audit;
pub mod id;
pub mod role;
pub mod storage;
pub mod units;
