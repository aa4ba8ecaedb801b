//! What the web servers of Lá Chắn share: the page that says why something is closed, and what lets
//! people in: roles, passwords, one-time codes, how often somebody may try, problems as they are told.
//!
//! Pure: texts in, bytes out; time and randomness are passed in. Who asks, what was decided and how it
//! is sent is the affair of whoever serves: the proxy, the box's own web.
//!
//! ```text
//!  verdict, words of the book ─► BlockPage ─► html │ text │ problem+json ─► Reply { type, fields, body }
//! ```

mod accept;
mod block;
mod block_html;
mod certificate;
mod escape;
mod notice;
pub mod password;
mod problem;
mod reply;
mod role;
mod secret;
pub mod throttle;
mod totp;
mod words;

pub use accept::Form;
pub use block::{BlockPage, Opener, Site, Why};
pub use certificate::{CertificateFault, CertificatePage};
pub use escape::Escaped;
pub use notice::{Notice, NoticePage};
pub use problem::{Code, FieldFault, PROBLEM_JSON, Problem};
pub use reply::{Reply, STYLE};
pub use role::{Right, Role, Side};
pub use secret::{SessionId, TypedCode};
pub use totp::{SECRET_BYTES, STEP, TotpSecret};
pub use words::{Language, Words};
