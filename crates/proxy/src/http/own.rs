//! Pages of the box itself that somebody else makes: what a pupil asks for at the box's own name, handed over
//! whole, with a small body where there is one.
//!
//! What is in a body may be what a child wrote to the counsellor: no copy of it outlives the answer unwiped.

use std::net::IpAddr;

use lachan_web::Reply;
use zeroize::Zeroizing;

use crate::outside::Coming;

/// Longest body of a request for a page of the box, in bytes: a form of 3,000 Vietnamese letters, each of
/// three bytes and each byte written with three characters.
pub const MAX_OWN_BODY: usize = 40 * 1024;

/// Bodies that are read at once: a class that sends forms, and no more memory than a small box has.
pub(crate) const OWN_BODIES: usize = 64;

/// What is done at a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnMethod {
    /// It is looked at.
    Get,
    /// A form is sent.
    Post,
}

/// A request for a page of the box.
pub struct OwnRequest {
    /// What is done.
    pub method: OwnMethod,
    /// The path, without its query.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
    /// Whom the request is for, as a URL has it: `lachan.lan`, `192.168.1.1:8080`.
    pub host: String,
    /// The field `Origin`.
    pub origin: Option<String>,
    /// The field `Referer`.
    pub referer: Option<String>,
    /// The field `Content-Type`.
    pub content_type: String,
    /// The body.
    pub body: Zeroizing<Vec<u8>>,
    /// Who asks.
    pub client: IpAddr,
}

/// Makes the pages.
pub trait OwnPages: Send + Sync + 'static {
    /// The page, with its status; `None` where there is none at that path.
    fn page(&self, request: OwnRequest) -> Coming<'_, Option<(u16, Reply)>>;
}
