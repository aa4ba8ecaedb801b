//! The department's hub: one place for a province's or the country's schools. It publishes signed lists, sees every box, and
//! never any child.
//!
//! ```text
//!  officers ─► web ─┬─► units, accounts, audit ─► storage (SQLite, or PostgreSQL by one URL)
//!  boxes ──► boxes ─┘
//! ```
//!
//! Instances keep nothing that another one needs: any number stands behind any balancer.

pub mod accounts;
pub mod audit;
pub mod boxes;
pub mod cli;
pub mod housekeeping;
pub mod id;
pub mod keys;
pub mod news;
pub mod repository;
pub mod role;
pub mod serve;
pub mod settings;
pub mod storage;
pub mod units;
pub mod web;
