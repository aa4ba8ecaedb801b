//! What the web servers of Lá Chắn share: first the page that says why something is closed.
//!
//! Pure: texts in, bytes out. Who asks, what was decided and how it is sent is the affair of whoever
//! serves: the proxy now, the box's own web later.
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
mod reply;
mod words;

pub use accept::Form;
pub use block::{BlockPage, Opener, Site, Why};
pub use certificate::{CertificateFault, CertificatePage};
pub use escape::Escaped;
pub use notice::{Notice, NoticePage};
pub use reply::{Reply, STYLE};
pub use words::{Language, Words};
