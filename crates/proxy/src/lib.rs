//! The filtering proxy: what a pupil's device sends, and what comes back, passes the one decision.
//!
//! So far the text of pages that can be seen: [`text`] turns a body into syllables, [`phrases`]
//! scores them. Which bodies are looked at, and what is done about a page, is the channel's affair.

pub mod phrases;
pub mod text;
