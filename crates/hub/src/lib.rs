//! the department's hub: list desk, publishing, fleet, statistics, feeds.

pub mod keys;
pub mod repository;
