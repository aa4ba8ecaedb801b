//! The hub from outside: every promise on SQLite and on a real PostgreSQL.
//!
//! `cfg(test)` tells the lints that helpers in these modules are tests too.

#[cfg(test)]
mod access;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod boxes;
#[cfg(test)]
mod document;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod program;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod support;
#[cfg(test)]
mod units;
