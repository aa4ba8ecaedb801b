//! Inspection, where a school wants it for machines of its own: the box shows the client a
//! certificate of its own authority, reads the HTTP inside, and speaks to the site in its place.
//!
//! ```text
//!  tls: ruling ─► Inspector::wants? ─► Handed { client, what was read, name }
//!                                        │
//!          leaf for the name (leaves) ◄──┤
//!          TLS towards the client ───────┴─► HTTP/1.1 ────────────────► http::Server<Inside>
//!                                        └─► HTTP/2 (two, fields) ─ pipes ─┘       │
//!                                                  TLS towards the site, verified ◄┘
//! ```
//!
//! Off unless switched on, for named groups and named categories; never for what
//! [`lachan_policy::Policy::inspectable`] locks, nor while the box does not know the time. The
//! middle way decrypts nothing of any site: a leaf is made only for names that are closed anyway,
//! and all that is ever served on it is our own page.
//!
//! What is read is neither stored nor logged: the stages see it, and it is gone.

mod authority;
mod fields;
mod inside;
mod leaves;
mod plan;
mod room;
mod server;
mod site;
mod stream;
mod suites;
mod two;

pub use authority::{Authority, AuthorityError, Validity};
#[doc(hidden)]
pub use fields::fuzz_fields;
pub use inside::Inside;
pub use plan::Plan;
pub(crate) use server::Handed;
pub use server::{Figures, Inspector, Opening, Parts, StartError};
