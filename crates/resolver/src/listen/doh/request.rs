//! What a DoH request says (RFC 8484 §4.1): the token in its path, the query in its URL, and every
//! way it can be wrong, with the status that tells. No HTTP library, no socket.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use lachan_policy::Token;

use crate::listen::frame::MAX_QUERY;

/// The path of queries; a token may stand behind it.
pub(crate) const PATH: &str = "/dns-query";
/// The media type of queries and answers (RFC 8484 §6).
pub(crate) const MEDIA_TYPE: &str = "application/dns-message";
/// The most base64url characters that a query can have.
const MAX_TEXT: usize = MAX_QUERY.div_ceil(3) * 4;
/// When to come again after [`Refusal::Busy`].
pub(crate) const RETRY: Duration = Duration::from_secs(1);

/// Why a request gets no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No `dns` in the URL, or nothing in the body.
    NoQuery,
    /// What stands behind `dns=` is not base64url without padding.
    Encoding,
    /// The bytes are no DNS query.
    NotAQuery,
    /// No group has the token of the path.
    UnknownToken,
    /// Another path.
    NotFound,
    /// Neither GET nor POST.
    Method,
    /// The body did not come in time.
    Slow,
    /// The body is longer than a query can be.
    TooLong,
    /// The URL is longer than a query can be.
    UriTooLong,
    /// A body of another media type.
    MediaType,
    /// As many questions of this connection wait for upstreams as may.
    Busy,
}

impl Refusal {
    /// The status (RFC 9110 §15, RFC 6585 §4).
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::NoQuery | Self::Encoding | Self::NotAQuery => 400,
            Self::UnknownToken => 403,
            Self::NotFound => 404,
            Self::Method => 405,
            Self::Slow => 408,
            Self::TooLong => 413,
            Self::UriTooLong => 414,
            Self::MediaType => 415,
            Self::Busy => 429,
        }
    }

    /// What is wrong and what would be right, in Vietnamese.
    pub(crate) const fn vietnamese(self) -> &'static str {
        match self {
            Self::NoQuery => "Thiếu câu hỏi DNS: hãy gửi ?dns=… (GET) hoặc thân yêu cầu (POST).",
            Self::Encoding => "Phần sau dns= phải là base64url không có dấu =.",
            Self::NotAQuery => "Nội dung gửi lên không phải là câu hỏi DNS.",
            Self::UnknownToken => {
                "Mã nhóm trong địa chỉ này không còn dùng được: hãy hỏi quản trị mạng của trường để lấy hồ sơ mới."
            }
            Self::NotFound => "Chỉ trả lời ở /dns-query và /dns-query/<mã nhóm>.",
            Self::Method => "Chỉ nhận GET và POST.",
            Self::Slow => "Thân yêu cầu đến quá chậm.",
            Self::TooLong => "Thân yêu cầu dài hơn một câu hỏi DNS.",
            Self::UriTooLong => "Địa chỉ dài hơn một câu hỏi DNS; hãy dùng POST.",
            Self::MediaType => "Thân yêu cầu phải có kiểu application/dns-message.",
            Self::Busy => {
                "Kết nối này đang có quá nhiều câu hỏi chờ trả lời; hãy hỏi lại sau một giây."
            }
        }
    }

    /// The same in English.
    pub(crate) const fn english(self) -> &'static str {
        match self {
            Self::NoQuery => "The DNS query is missing: send ?dns=… (GET) or a body (POST).",
            Self::Encoding => "What follows dns= must be base64url without padding.",
            Self::NotAQuery => "What was sent is not a DNS query.",
            Self::UnknownToken => {
                "The group token in this address is not valid any more: ask the school's network administrator for a new profile."
            }
            Self::NotFound => "Only /dns-query and /dns-query/<group token> are answered.",
            Self::Method => "Only GET and POST are taken.",
            Self::Slow => "The body came too slowly.",
            Self::TooLong => "The body is longer than a DNS query.",
            Self::UriTooLong => "The address is longer than a DNS query; use POST.",
            Self::MediaType => "The body must be of the type application/dns-message.",
            Self::Busy => "Too many queries of this connection are waiting; ask again in a second.",
        }
    }
}

/// The token of a path.
///
/// # Errors
/// [`Refusal::NotFound`] for another path; [`Refusal::UnknownToken`] for one with something in the
/// token's place that is none: most likely a mistyped token, and the person who typed it is helped
/// by that word.
pub(crate) fn token_of(path: &str) -> Result<Option<Token>, Refusal> {
    let rest = path.strip_prefix(PATH).ok_or(Refusal::NotFound)?;
    if rest.is_empty() {
        return Ok(None);
    }
    let text = rest.strip_prefix('/').ok_or(Refusal::NotFound)?;
    if text.is_empty() || text.contains('/') {
        return Err(Refusal::NotFound);
    }
    text.parse().map(Some).map_err(|_| Refusal::UnknownToken)
}

/// The query in the query part of a URL (RFC 8484 §4.1.1): the first `dns`, other keys apart.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn query_of(part: Option<&str>) -> Result<Vec<u8>, Refusal> {
    let mut pairs = part.unwrap_or_default().split('&');
    let text = pairs.find_map(|pair| pair.strip_prefix("dns="));
    let text = text.ok_or(Refusal::NoQuery)?;
    if text.is_empty() {
        return Err(Refusal::NoQuery);
    }
    // Padding is forbidden and does no harm; some clients send it.
    let text = text.trim_end_matches('=');
    if text.len() > MAX_TEXT {
        return Err(Refusal::UriTooLong);
    }
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| Refusal::Encoding)
}

/// Checks the media type of a body.
///
/// # Errors
/// [`Refusal::MediaType`].
pub(crate) fn check_media_type(given: Option<&[u8]>) -> Result<(), Refusal> {
    let essence = given.and_then(|given| given.split(|byte| *byte == b';').next());
    let right = essence.is_some_and(|essence| {
        let essence = essence.trim_ascii();
        essence.eq_ignore_ascii_case(MEDIA_TYPE.as_bytes())
    });
    right.then_some(()).ok_or(Refusal::MediaType)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKEN: &str = "abcdefghijklmnop";

    #[test]
    fn the_path_gives_the_token_or_the_reason() {
        let token: Token = TOKEN.parse().unwrap();
        for (path, expected) in [
            ("/dns-query", Ok(None)),
            ("/dns-query/abcdefghijklmnop", Ok(Some(token))),
            ("/dns-query/ABCDEFGHIJKLMNOP", Ok(Some(token))),
            ("/dns-query/abcdefghijklmno", Err(Refusal::UnknownToken)),
            ("/dns-query/abcdefghijklmno1", Err(Refusal::UnknownToken)),
            ("/dns-query/lop-6a", Err(Refusal::UnknownToken)),
            ("/dns-query/", Err(Refusal::NotFound)),
            ("/dns-query/abcdefghijklmnop/", Err(Refusal::NotFound)),
            ("/dns-query/a/b", Err(Refusal::NotFound)),
            ("/dns-queryabcdefghijklmnop", Err(Refusal::NotFound)),
            ("/DNS-query", Err(Refusal::NotFound)),
            ("/", Err(Refusal::NotFound)),
            ("*", Err(Refusal::NotFound)),
            ("", Err(Refusal::NotFound)),
        ] {
            assert_eq!(token_of(path), expected, "{path}");
        }
    }

    #[test]
    fn the_url_gives_the_query_or_the_reason() {
        let bytes = Ok(vec![0, 1, 0xFB, 0xFF]);
        let long = format!("dns={}", "A".repeat(MAX_TEXT + 1));
        for (part, expected) in [
            (Some("dns=AAH7_w"), bytes.clone()),
            (Some("dns=AAH7_w=="), bytes.clone()),
            (Some("ct=x&dns=AAH7_w&dns=zz"), bytes),
            (Some("dns=AAH7/w"), Err(Refusal::Encoding)),
            (Some("dns=AAH7_w%3D"), Err(Refusal::Encoding)),
            (Some("dns=A"), Err(Refusal::Encoding)),
            (Some("dns="), Err(Refusal::NoQuery)),
            (Some("name=hoc.vn"), Err(Refusal::NoQuery)),
            (Some(""), Err(Refusal::NoQuery)),
            (None, Err(Refusal::NoQuery)),
            (Some(&long), Err(Refusal::UriTooLong)),
        ] {
            assert_eq!(query_of(part), expected, "{part:?}");
        }
    }

    #[test]
    fn only_dns_messages_are_taken() {
        for (given, right) in [
            (Some("application/dns-message"), true),
            (Some("Application/DNS-Message; charset=x"), true),
            (Some("application/dns-json"), false),
            (Some("application/dns-message2"), false),
            (Some(""), false),
            (None, false),
        ] {
            let given = given.map(str::as_bytes);
            assert_eq!(check_media_type(given).is_ok(), right, "{given:?}");
        }
    }

    proptest! {
        #[test]
        fn every_query_survives_the_url(bytes in proptest::collection::vec(any::<u8>(), 1..600)) {
            let part = format!("dns={}", BASE64URL_NOPAD.encode(&bytes));
            prop_assert_eq!(query_of(Some(&part)), Ok(bytes));
        }

        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,60}") {
            let _ = (token_of(&text), query_of(Some(&text)), check_media_type(Some(text.as_bytes())));
        }
    }
}
