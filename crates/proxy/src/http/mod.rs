//! HTTP/1.1 through the filter.

mod body;
mod field;
mod grammar;
mod host;
mod lines;
mod refusal;
mod request;
mod response;
mod url;
mod write;

pub use host::{Authority, Host};
pub use lines::{MAX_FIELDS, MAX_HEAD};
pub use refusal::Refusal;
