//! The built pages of `web-ui/dist`, inside the program: each file as the build compressed it. A path
//! that is no file is one of the pages' own, which the pages' script reads: any view can be linked.
//! Where the pages were not built, one says by which command they are.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The files. A debug build reads them from the disk each time.
#[derive(RustEmbed)]
#[folder = "../../web-ui/dist"]
#[allow_missing = true]
struct Files;

const INDEX: &str = "index.html";
/// Files below it carry a hash of what is in them in their names.
const HASHED: &str = "assets/";
/// As the build compresses, best first: what a browser calls it, and how the file ends.
const CODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Types of the files that a build makes; what is none of them is no page's.
const TYPES: [(&str, &str); 12] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("ico", "image/x-icon"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
    ("txt", "text/plain; charset=utf-8"),
    ("webmanifest", "application/manifest+json"),
];

/// Said where no pages were built, in Vietnamese and English.
const NOT_BUILT: &str = "<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>Lá Chắn</title>\
<h1>Lá Chắn</h1>\
<p>Chương trình này được biên dịch mà chưa có giao diện. Hãy dựng giao diện rồi biên dịch lại: \
<code>cd web-ui &amp;&amp; npm ci &amp;&amp; npm run build</code></p>\
<p lang=\"en\">This program was compiled without its pages. Build them, then compile again: \
<code>cd web-ui &amp;&amp; npm ci &amp;&amp; npm run build</code></p></html>";

/// A file that the build of the pages made, as it is; `None` where the pages were not built.
#[must_use]
pub fn built(path: &str) -> Option<Vec<u8>> {
    Files::get(path).map(|file| file.data.into_owned())
}

/// Gives a page's file.
pub(crate) async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = if path.is_empty() { INDEX } else { path };
    if let Some(kind) = kind_of(path) {
        // What looks like a file is one or is not there: no script is answered by a page.
        return match found(path, &headers) {
            Some(file) => given(path, kind, &headers, file),
            None if path == INDEX => not_built(),
            None => StatusCode::NOT_FOUND.into_response(),
        };
    }
    match found(INDEX, &headers) {
        Some(file) => given(INDEX, TYPES[0].1, &headers, file),
        None => not_built(),
    }
}

fn kind_of(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next()?;
    let (_, ending) = name.rsplit_once('.')?;
    let found = TYPES.iter().find(|(known, _)| *known == ending);
    found.map(|(_, kind)| *kind)
}

/// A file in the best form that a browser takes.
fn found(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    for (coding, ending) in CODINGS {
        if accepts(accepted.unwrap_or_default(), coding)
            && let Some(file) = Files::get(&format!("{path}{ending}"))
        {
            return Some((file, Some(coding)));
        }
    }
    Files::get(path).map(|file| (file, None))
}

/// Whether a coding stands in `Accept-Encoding` and is not refused by `q=0` (RFC 9110 §12.5.3).
fn accepts(text: &str, coding: &str) -> bool {
    text.split(',').any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        let weight = weight.trim().trim_start_matches("q=");
        let is_refused = !weight.is_empty() && weight.trim_matches(['0', '.']).is_empty();
        name.trim().eq_ignore_ascii_case(coding) && !is_refused
    })
}

fn given(
    path: &str,
    kind: &'static str,
    headers: &HeaderMap,
    (file, coding): (EmbeddedFile, Option<&'static str>),
) -> Response {
    let hash: String = file.metadata.sha256_hash()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("\"{hash}\"");
    let is_known = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data.into_owned()))
    };
    let kept = if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let fields = response.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    fields.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    fields.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        fields.insert(ETAG, tag);
    }
    if let Some(coding) = coding {
        fields.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn not_built() -> Response {
    let kept = [(CONTENT_TYPE, TYPES[0].1), (CACHE_CONTROL, "no-store")];
    (StatusCode::OK, kept, NOT_BUILT).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_read_as_browsers_write_them() {
        for (text, br) in [
            ("gzip, deflate, br, zstd", true),
            ("gzip;q=1.0, br;q=0.5", true),
            ("br;q=0", false),
            ("br;q=0.000", false),
            ("brotli", false),
            ("", false),
        ] {
            assert_eq!(accepts(text, "br"), br, "{text}");
        }
    }

    #[test]
    fn a_path_without_an_ending_is_a_page_s_own() {
        assert_eq!(kind_of("blocks"), None);
        assert_eq!(kind_of("blocks/names/fb88.com"), None);
        assert_eq!(kind_of("assets/index-3f.js"), Some(TYPES[1].1));
    }

    #[tokio::test]
    async fn no_script_is_answered_by_a_page() {
        let ask = |path: &'static str| page(Method::GET, Uri::from_static(path), HeaderMap::new());
        assert_eq!(ask("/assets/none.js").await.status(), StatusCode::NOT_FOUND);
        assert_eq!(ask("/api/v2/x").await.status(), StatusCode::NOT_FOUND);
        assert_eq!(ask("/groups/7").await.status(), StatusCode::OK);
        let posted = page(Method::POST, Uri::from_static("/"), HeaderMap::new()).await;
        assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
