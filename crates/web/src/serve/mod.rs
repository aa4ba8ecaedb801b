//! What the webs of box and hub share where they meet axum: JSON that is read strictly, problems on their way
//! out, the headers of every answer, what a browser says about itself, and what every API's document tells.
//!
//! ```text
//!  request ─► browser (host, origin, cookie, language) ─► handler: Input, Asked, At, Version ─► Refused ─► told
//! ```
//!
//! Who may do what, and where sessions lie, is the affair of each. Behind the feature `serve`, so that
//! the block page needs no web server.

pub mod browser;
pub mod document;
mod headers;
mod reply;
mod unreadable;

pub use headers::{POLICY, secure};
pub use reply::{Asked, At, Input, Refused, Tag, Version, body, of_status, read, told, written};
