//! What goes in and out of a handler: JSON that is read strictly, and problems, which are written in
//! the reader's language at the very end ([`told`], which a guard calls).

use std::error::Error as _;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, IF_MATCH, RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::unreadable;
use crate::{Code, Language, PROBLEM_JSON, Problem};

/// How long a body may take.
const BODY: Duration = Duration::from_secs(15);

/// A problem on its way out. Which language it is written in, the guard knows.
#[derive(Debug, Clone)]
pub struct Refused(pub Problem);

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Self(code.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = status_of(&self.0).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

fn status_of(problem: &Problem) -> StatusCode {
    // All codes are statuses of RFC 9110; a test holds that.
    StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The whole answer to a problem.
pub fn written(problem: &Problem, language: Language) -> Response {
    let document = problem.document(language).to_string();
    let mut response =
        (status_of(problem), [(CONTENT_TYPE, PROBLEM_JSON)], document).into_response();
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// Writes problems in the reader's language, and sees to it that nobody keeps an answer.
#[must_use]
pub fn told(response: Response, language: Language) -> Response {
    let refused = response.extensions().get::<Refused>().cloned();
    let is_foreign = response.status().is_client_error() || response.status().is_server_error();
    let mut response = match refused {
        Some(Refused(problem)) => {
            let mut told = written(&problem, language);
            // A refused sign-in may still end a session.
            told.headers_mut().extend(
                response
                    .headers()
                    .iter()
                    .filter(|(name, _)| *name == SET_COOKIE)
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
            told
        }
        None if is_foreign => written(&of_status(response.status()), language),
        None => response,
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The problem that stands for a status which no handler of ours gave.
pub fn of_status(status: StatusCode) -> Problem {
    let code = match status.as_u16() {
        404 => Code::NotFound,
        405 => Code::MethodNotAllowed,
        413 => Code::TooLong,
        415 => Code::WrongMediaType,
        500.. => Code::Internal,
        _ => Code::BadRequest,
    };
    code.into()
}

/// A JSON body, every field known.
#[derive(Debug, Clone)]
pub struct Input<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Refused;
    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        if !is_json(request.headers()) {
            return Err(Code::WrongMediaType.into());
        }
        // Whoever sends a body drop by drop holds a place that others want.
        let bytes = timeout(BODY, Bytes::from_request(request, state)).await;
        let bytes = bytes.map_err(|_| Refused(Code::TimedOut.into()))?;
        let bytes = bytes.map_err(|error| Refused(of_status(error.status())))?;
        read(&bytes).map(Self)
    }
}

/// A body of at most so many bytes, which has so long to come and no longer.
///
/// # Errors
/// [`Code::TooLong`], [`Code::TimedOut`]; [`Code::BadRequest`] where it breaks off.
pub async fn body(body: Body, most: usize) -> Result<Bytes, Refused> {
    // What tells its length is refused before it is read.
    let length = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if length > most {
        return Err(Code::TooLong.into());
    }
    let read = timeout(BODY, axum::body::to_bytes(body, most)).await;
    let read = read.map_err(|_| Refused(Code::TimedOut.into()))?;
    read.map_err(|error| {
        let is_long = error
            .source()
            .is_some_and(|cause| cause.is::<LengthLimitError>());
        Refused::from(if is_long {
            Code::TooLong
        } else {
            Code::BadRequest
        })
    })
}

/// Reads JSON, to its very end, every field known.
///
/// # Errors
/// [`Code::BadRequest`], with the field and what would be right.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refused> {
    let told = |path: &str, error: &serde_json::Error| {
        let (vi, en) = unreadable::of_json(path, error);
        Refused(Problem::from(Code::BadRequest).with_detail(vi, en))
    };
    // Written so, it is the only way to put a zero byte into JSON; no text of ours holds one, and PostgreSQL takes none.
    if has_zero(bytes) {
        let problem = Problem::from(Code::BadRequest);
        return Err(Refused(problem.with_detail(
            "có ký tự không phải chữ (\\u0000)",
            "it holds a character that is no text (\\u0000)",
        )));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| told(&error.path().to_string(), error.inner()))?;
    reader.end().map_err(|error| told("", &error))?;
    Ok(value)
}

/// Whether JSON holds an escaped zero; a backslash that is itself escaped begins none.
fn has_zero(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = &rest[at + 1..];
        if rest.starts_with(b"u0000") {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value.and_then(|value| value.split(';').next());
    media_type.is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json"))
}

/// The query of a URL, every field known.
#[derive(Debug, Clone)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(asked)| Self(asked))
            .map_err(|error| {
                let (vi, en) = unreadable::of_query(&error.body_text());
                Refused(Problem::from(Code::BadRequest).with_detail(vi, en))
            })
    }
}

/// A number or name in the path; what is none stands for nothing here.
#[derive(Debug, Clone)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(at)| Self(at))
            .map_err(|_| Code::NotFound.into())
    }
}

/// The version that is edited, of `If-Match: "3"` (RFC 9110 §13.1.1).
#[derive(Debug, Clone, Copy)]
pub struct Version(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Version {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Err(Code::IfMatchRequired.into());
        };
        let number = value
            .to_str()
            .ok()
            .and_then(|text| text.trim().trim_matches('"').parse().ok());
        number.map(Self).ok_or_else(|| Code::BadRequest.into())
    }
}

/// The version that is edited where it is a text: `If-Match: "9f2b…"`.
#[derive(Debug, Clone)]
pub struct Tag(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Tag {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Err(Code::IfMatchRequired.into());
        };
        let text = value.to_str().map_err(|_| Code::BadRequest)?;
        Ok(Self(text.trim().trim_matches('"').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    use futures_util::stream;
    use tokio::time::{Instant, sleep};

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_drop_by_drop_is_given_up() {
        let drops = stream::unfold((), |()| async {
            sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), ()))
        });
        let request = Request::builder()
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from_stream(drops));
        let began = Instant::now();
        let taken = Input::<serde_json::Value>::from_request(request.unwrap(), &());
        let taken = timeout(20 * BODY, taken).await.unwrap();
        assert_eq!(taken.unwrap_err().0.code, Code::TimedOut);
        assert!(began.elapsed() <= BODY + Duration::from_secs(1));
        const { assert!(BODY.as_secs() <= 15) };
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_read_within_its_time_and_length() {
        let endless = |piece: &'static [u8], each: u64| {
            Body::from_stream(stream::unfold((), move |()| async move {
                sleep(Duration::from_millis(each)).await;
                Some((Ok::<_, Infallible>(Bytes::from_static(piece)), ()))
            }))
        };
        let code = |taken: Result<Bytes, Refused>| taken.unwrap_err().0.code;
        let slow = timeout(20 * BODY, body(endless(b" ", 1_000), 1_000)).await;
        assert_eq!(code(slow.unwrap()), Code::TimedOut);
        let long = timeout(20 * BODY, body(endless(b"    ", 1), 1_000)).await;
        assert_eq!(code(long.unwrap()), Code::TooLong);
        assert_eq!(code(body(Body::from("12345"), 4).await), Code::TooLong);
        assert_eq!(body(Body::from("1234"), 4).await.unwrap(), "1234");
        assert_eq!(body(Body::empty(), 0).await.unwrap(), "");
    }

    #[test]
    fn no_zero_comes_in_by_json() {
        for bad in [r#""a\u0000b""#, r#""\\\u0000""#] {
            let refused = read::<String>(bad.as_bytes()).unwrap_err();
            assert_eq!(refused.0.code, Code::BadRequest, "{bad}");
        }
        assert_eq!(read::<String>(br#""\\u0000 \u0041""#).unwrap(), "\\u0000 A");
        assert_eq!(
            read::<String>(b"\"\\").unwrap_err().0.code,
            Code::BadRequest
        );
    }

    #[test]
    fn every_problem_has_a_status_and_its_document() {
        for code in Code::ALL {
            let response = written(&Problem::from(*code).retry_after(7), Language::English);
            assert_eq!(response.status().as_u16(), code.status());
            assert_eq!(response.headers()[CONTENT_TYPE], PROBLEM_JSON);
            assert_eq!(response.headers()["retry-after"], "7");
        }
    }
}
