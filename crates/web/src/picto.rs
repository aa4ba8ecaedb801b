//! Pictures for those who read little yet: lines of one colour, inside the page.

/// A picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture {
    /// A shield with a question mark.
    Shield,
    /// A door that opens.
    Door,
    /// A heart in a speech bubble.
    Heart,
    /// A telephone.
    Phone,
    /// A book.
    Book,
    /// A star.
    Star,
}

/// The picture as SVG; it says nothing that the words beside it do not.
pub(crate) const fn svg(picture: Picture) -> &'static str {
    match picture {
        Picture::Shield => {
            r#"<svg class="pic" viewBox="0 0 48 48" aria-hidden="true"><path d="M24 5c6 4 11 5 17 5v13c0 11-7 17-17 20C14 40 7 34 7 23V10c6 0 11-1 17-5z"/><path d="M19 19c0-7 10-7 10-1 0 4-5 4-5 8"/><path d="M24 32v.5"/></svg>"#
        }
        Picture::Door => {
            r#"<svg class="pic" viewBox="0 0 48 48" aria-hidden="true"><path d="M10 43V7h18v36"/><path d="M28 12l11-4v30l-11 4"/><path d="M5 43h38"/><path d="M22 25v1"/></svg>"#
        }
        Picture::Heart => {
            r#"<svg class="pic" viewBox="0 0 48 48" aria-hidden="true"><path d="M6 8h36v26H24l-9 8v-8H6z"/><path d="M24 29c-13-8-6-16 0-10 6-6 13 2 0 10z"/></svg>"#
        }
        Picture::Phone => {
            r#"<svg class="pic" viewBox="0 0 48 48" aria-hidden="true"><path d="M13 6l7 9-4 5c2 5 7 10 12 12l5-4 9 7c-2 6-6 8-11 7C18 39 9 30 6 17 5 12 8 8 13 6z"/></svg>"#
        }
        Picture::Book => {
            r#"<svg class="pic" viewBox="0 0 48 48" aria-hidden="true"><path d="M24 12C18 7 11 7 5 8v30c6-1 13-1 19 4 6-5 13-5 19-4V8c-6-1-13-1-19 4z"/><path d="M24 12v30"/></svg>"#
        }
        Picture::Star => {
            r#"<svg class="pic" viewBox="0 0 48 48" aria-hidden="true"><path d="M24 5l6 13 14 1-11 9 4 14-13-8-13 8 4-14L4 19l14-1z"/></svg>"#
        }
    }
}
