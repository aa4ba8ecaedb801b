//! The text of pages and its scoring, with the lists that ship.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod bodies;
mod charsets;
mod lists;
mod properties;
mod support;
