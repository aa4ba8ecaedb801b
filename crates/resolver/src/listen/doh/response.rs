//! The answers of DoH as HTTP responses: how long they are fresh, and problems that people can read.

use std::io::Write as _;

use hyper::body::Bytes;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

use super::request::{MEDIA_TYPE, RETRY, Refusal};
use crate::wire::fresh::freshness;

/// The media type of problems (RFC 9457 §3).
const PROBLEM: &str = "application/problem+json; charset=utf-8";

/// The response to a request.
pub(crate) fn of(answer: Result<Vec<u8>, Refusal>) -> Response<Bytes> {
    match answer {
        Ok(message) => carrying(message),
        Err(refusal) => problem(refusal),
    }
}

/// The response that carries an answer.
///
/// It is private: what is open differs from group to group, so no cache that several devices share
/// may keep it. Its age is the lowest TTL (RFC 8484 §5.1).
fn carrying(message: Vec<u8>) -> Response<Bytes> {
    let age = age(freshness(&message));
    let mut response = Response::new(Bytes::from(message));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(CACHE_CONTROL, age);
    response
}

/// How long an answer may be kept, seconds. It differs from answer to answer, so HTTP/2 must not put
/// it into its table of fields, where each would drive out another.
fn age(seconds: u32) -> HeaderValue {
    let mut text = [0; "private, max-age=".len() + 10];
    let mut rest = &mut text[..];
    // There is room for the longest number.
    let _ = write!(rest, "private, max-age={seconds}");
    let unused = rest.len();
    let text = &text[..text.len() - unused];
    let mut value =
        HeaderValue::from_bytes(text).unwrap_or_else(|_| HeaderValue::from_static("no-store"));
    value.set_sensitive(true);
    value
}

/// The response that says why there is no answer.
fn problem(refusal: Refusal) -> Response<Bytes> {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
    // Neither text holds a character that JSON escapes; a test holds that.
    let body = format!(
        "{{\"status\":{},\"title\":\"{}\",\"detail\":\"{}\"}}\n",
        status.as_u16(),
        refusal.vietnamese(),
        refusal.english()
    );
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let mut put = |name: HeaderName, value: &'static str| {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    };
    put(CONTENT_TYPE, PROBLEM);
    put(CACHE_CONTROL, "no-store");
    match refusal {
        Refusal::Method => put(ALLOW, "GET, POST"),
        Refusal::Busy => {
            let seconds = HeaderValue::from(RETRY.as_secs());
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        _ => {}
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_is_told_whole_and_stays_out_of_the_table() {
        for (seconds, expected) in [
            (0, "private, max-age=0"),
            (60, "private, max-age=60"),
            (u32::MAX, "private, max-age=4294967295"),
        ] {
            let age = age(seconds);
            assert_eq!(age, expected);
            assert!(age.is_sensitive(), "{expected}");
        }
    }

    #[test]
    fn problems_are_json_in_both_languages() {
        use Refusal::*;
        for refusal in [
            NoQuery,
            Encoding,
            NotAQuery,
            UnknownToken,
            NotFound,
            Method,
            Slow,
            TooLong,
            UriTooLong,
            MediaType,
            Busy,
        ] {
            let texts = [refusal.vietnamese(), refusal.english()];
            for text in texts {
                assert!(
                    !text.contains(['"', '\\']) && !text.contains(char::is_control),
                    "{text}"
                );
            }
            let response = problem(refusal);
            assert_eq!(response.status().as_u16(), refusal.status());
            assert_eq!(response.headers()[CONTENT_TYPE], PROBLEM);
        }
        assert_eq!(problem(Method).headers()[ALLOW], "GET, POST");
        assert_eq!(problem(Busy).headers()[RETRY_AFTER], "1");
    }
}
