//! The settings file from outside: the template, the samples, mistakes, edits.
#![expect(
    clippy::unwrap_used,
    reason = "the helpers of these tests are tests, too"
)]

mod edits;
mod hostile;
mod mistakes;
mod samples;
mod template;
