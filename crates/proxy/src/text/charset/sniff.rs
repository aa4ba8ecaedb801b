//! What a document's head says of its character set, and what its bytes let guess.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use memchr::memmem;

/// Bytes in which a document may declare its set (HTML, 13.2.3.2).
pub(super) const PRESCAN: usize = 1024;
/// Bytes that are asked for fonts and for a guess.
pub(super) const HEAD: usize = 4096;

/// The `charset` parameter of a `Content-Type`.
pub(super) fn http_label(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim())
    })
}

/// The label in `<meta charset>`, `<meta http-equiv content>` or `<?xml encoding?>`.
pub(super) fn document_label(start: &[u8]) -> Option<&str> {
    let lower = start.to_ascii_lowercase();
    if lower.starts_with(b"<?xml") {
        let end = memmem::find(&lower, b"?>").unwrap_or(0);
        if let Some(label) = value_after(start, &lower[..end], b"encoding") {
            return Some(utf_16_is_utf_8(label));
        }
    }
    for at in memmem::find_iter(&lower, b"<meta") {
        let end = memmem::find(&lower[at..], b">").map_or(lower.len(), |length| at + length);
        if let Some(label) = value_after(&start[at..], &lower[at..end], b"charset") {
            return Some(utf_16_is_utf_8(label));
        }
    }
    None
}

/// What could be read as ASCII is not UTF-16, whatever it says.
fn utf_16_is_utf_8(label: &str) -> &str {
    match Encoding::for_label(label.as_bytes()) {
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => "utf-8",
        _ => label,
    }
}

/// The value behind `name=` in `lower`, as it stands in `start`.
fn value_after<'s>(start: &'s [u8], lower: &[u8], name: &[u8]) -> Option<&'s str> {
    let mut from = 0;
    while let Some(ahead) = memmem::find(&lower[from..], name) {
        let mut at = from + ahead + name.len();
        let skip = |at: &mut usize, wanted: &dyn Fn(u8) -> bool| {
            while lower.get(*at).copied().is_some_and(wanted) {
                *at += 1;
            }
        };
        skip(&mut at, &|byte| byte.is_ascii_whitespace());
        from = at;
        if lower.get(at) != Some(&b'=') {
            continue;
        }
        at += 1;
        skip(&mut at, &|byte| {
            byte.is_ascii_whitespace() || byte == b'"' || byte == b'\''
        });
        let value = lower[at..].iter();
        let inside = |byte: &&u8| !byte.is_ascii_whitespace() && !b"\"';>/".contains(byte);
        let length = value.take_while(inside).count();
        return std::str::from_utf8(&start[at..at + length])
            .ok()
            .filter(|value| !value.is_empty());
    }
    None
}

/// Sets under which pages in fonts of their own were sent.
pub(super) fn is_latin(encoding: &'static Encoding) -> bool {
    encoding == WINDOWS_1252 || encoding == X_USER_DEFINED
}

/// The likeliest set of bytes that nobody declared; `None` when they are all ASCII. `whole`: the
/// document ends with them.
pub(super) fn guess(bytes: &[u8], whole: bool) -> Option<&'static Encoding> {
    let ascii = Encoding::ascii_valid_up_to(bytes);
    let rest = &bytes[ascii..];
    if rest.is_empty() {
        return None;
    }
    match std::str::from_utf8(rest) {
        Ok(_) => return Some(UTF_8),
        // Cut in a character, and good up to there.
        Err(error) if error.error_len().is_none() && !whole && error.valid_up_to() > 0 => {
            return Some(UTF_8);
        }
        Err(_) => {}
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, whole);
    Some(detector.guess(Some(b"vn"), Utf8Detection::Allow))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_where_they_may_stand() {
        let meta = b"<html><META http-equiv=x content=\"text/html; charset=Windows-1258\">";
        assert_eq!(document_label(meta), Some("Windows-1258"));
        assert_eq!(document_label(b"<meta charset = 'viscii'>"), Some("viscii"));
        assert_eq!(
            document_label(b"<?xml version='1.0' encoding='tcvn'?>"),
            Some("tcvn")
        );
        assert_eq!(document_label(b"<meta charset=utf-16>"), Some("utf-8"));
        assert_eq!(document_label(b"<p>charset=utf-8</p>"), None);
        assert_eq!(document_label(b"<meta name=charset>"), None);
        assert_eq!(
            http_label("text/html; Charset=\"utf-8\""),
            Some("\"utf-8\"")
        );
    }

    #[test]
    fn undeclared_bytes_are_guessed_only_where_there_are_any() {
        assert_eq!(guess(b"plain", true), None);
        assert_eq!(guess("cá độ".as_bytes(), true), Some(UTF_8));
        assert_eq!(guess(&"cá độ".as_bytes()[..6], false), Some(UTF_8));
    }
}
