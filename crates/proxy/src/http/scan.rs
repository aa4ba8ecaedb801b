//! What looks into pages: the trait that a scanner of text implements, and nothing of how it works.
//!
//! A response that a scanner wants is held back, piece by piece, until the scanner has an opinion, the
//! page ends or the time is up; then it is let go, or a block page takes its place.

use lachan_policy::{CategorySet, Group, Name};

/// The head of a response, as far as a scanner needs it.
#[derive(Debug, Clone, Copy)]
pub struct PageHead<'p> {
    /// The site.
    pub host: &'p Name,
    /// The path with its query: for scanners that know pages of search results.
    pub path: &'p str,
    /// Who asks.
    pub group: &'p Group,
    /// The status.
    pub status: u16,
    /// `Content-Type`, as it stands there.
    pub content_type: Option<&'p [u8]>,
    /// `Content-Encoding`, as it stands there.
    pub content_encoding: Option<&'p [u8]>,
}

/// A scanner of pages.
pub trait Scan: Send + Sync + 'static {
    /// Takes a page on, if it is one to be scanned for this group.
    fn begin(&self, page: &PageHead<'_>) -> Option<Box<dyn Page>>;
}

/// A page that is being scanned.
pub trait Page: Send {
    /// Takes the next bytes of the body, without chunks but still in its content coding.
    fn push(&mut self, bytes: &[u8]) -> Opinion;

    /// The body has ended. [`Opinion::More`] counts as [`Opinion::Pass`].
    fn end(&mut self) -> Opinion;
}

/// What a scanner thinks of what it saw so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// Nothing yet.
    More,
    /// Nothing is wrong, or nothing more will be looked at.
    Pass,
    /// The page is of these categories. What that means for the one who asks is policy's affair.
    Found(CategorySet),
}
