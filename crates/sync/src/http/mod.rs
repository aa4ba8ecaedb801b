//! HTTP towards the department: one connection that is kept, files of the repository, signed requests, the stream of news.
//!
//! ```text
//!  Http::whole, pieces (Fetch) ─┐
//!  Http::post ──────────────────┼─► Connection ─► TCP ─► TLS (trust.rs) ─► HTTP/1.1 (hyper)
//!  Http::events ─► Events ──────┘   (kept; made anew when it has died)
//! ```
//!
//! HTTP/1.1 and nothing else: it passes every proxy and captive line there is, and a box asks for one thing at a time.
//! Redirections are not followed: a captive portal answers with them, and the hub never does. What is fetched proves
//! itself (`crate::tuf`), what is sent is signed (`lachan_wire`), so this module has to be right about bounds and time
//! only: every answer is bounded in bytes, every wait in seconds.

mod connection;
mod events;
mod trust;

use std::ops::ControlFlow;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue, RANGE, RETRY_AFTER,
};
use hyper::{Method, Response, StatusCode};
use tokio::time::timeout;

pub use connection::{Address, BadAddress};
pub use events::Events;
pub use trust::{Pin, Trust, TrustError, pin_of};

use crate::tuf::{Fetch, FetchError, Take};
use connection::{Connection, Request};

/// How long a connection, and the head of an answer, may take.
const HEAD: Duration = Duration::from_secs(20);
/// How long a piece of a body may take. The whole has bounds of its own where it is fetched.
const PIECE: Duration = Duration::from_secs(30);
/// Logarithm of the window that packed metadata may ask for: 8 MiB, zstd's own for level 19.
const WINDOW_LOG: u32 = 23;
/// Longest answer to a signed request, in bytes: a root of many keys.
const MOST_ANSWER: u64 = 512 << 10;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No connection: the line, the name, the certificate.
    #[error("{address} cannot be reached")]
    Connect {
        /// Whom.
        address: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It broke off.
    #[error("the connection broke off")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It took too long.
    #[error("no answer came in time")]
    TooSlow,
    /// The answer is longer than it may be.
    #[error("the answer is longer than {most} bytes")]
    TooLong {
        /// How long it may be.
        most: u64,
    },
    /// A path or header that cannot be sent.
    #[error("the request cannot be written")]
    Request,
    /// The body is compressed in a way that was not asked for, or wrongly.
    #[error("the answer's compression cannot be undone")]
    Coding,
}

impl HttpError {
    /// Whether asking again later may help: the line, not what was asked.
    #[must_use]
    pub const fn is_the_line(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Broken(_) | Self::TooSlow)
    }
}

/// An answer to a signed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// After so many seconds it may be asked again, where the hub says so.
    pub retry_after: Option<u64>,
    /// Its body.
    pub body: Vec<u8>,
}

/// A hub, or a web server with a repository.
pub struct Http {
    connection: Connection,
}

impl Http {
    /// The client of an address. Connects with the first request.
    ///
    /// # Errors
    /// [`TrustError`] when the system's certificates cannot be used.
    pub fn new(address: Address, trust: &Trust) -> Result<Self, TrustError> {
        Ok(Self {
            connection: Connection::new(address, trust)?,
        })
    }

    /// Sends bytes with these headers and gives the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`HttpError`].
    pub async fn post(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, HttpError> {
        let mut fields = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|_| HttpError::Request)?;
            fields.insert(HeaderName::from_static(name), value);
        }
        fields.insert(
            hyper::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        let request = Request {
            method: Method::POST,
            path,
            fields,
            body: body.into(),
        };
        let answer = self.head(request).await?;
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        let mut whole = Vec::new();
        each_piece(answer, MOST_ANSWER, &mut |piece| {
            whole.extend_from_slice(piece);
            ControlFlow::Continue(())
        })
        .await?;
        Ok(Answer {
            status,
            retry_after,
            body: whole,
        })
    }

    /// Opens the stream of news, on a connection of its own.
    ///
    /// # Errors
    /// [`HttpError`]; [`Answer`] inside `Ok(Err(…))` when the hub answers with something else than a stream.
    pub async fn events(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Result<Events, Answer>, HttpError> {
        let mut fields = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|_| HttpError::Request)?;
            fields.insert(HeaderName::from_static(name), value);
        }
        let request = Request {
            method: Method::GET,
            path,
            fields,
            body: Bytes::new(),
        };
        let answer = in_time(HEAD, self.connection.once(request)).await?;
        let is_stream = answer
            .headers()
            .get(hyper::header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("text/event-stream"));
        if answer.status() == StatusCode::OK && is_stream {
            return Ok(Ok(Events::new(answer.into_body())));
        }
        Ok(Err(Answer {
            status: answer.status().as_u16(),
            retry_after: None,
            body: Vec::new(),
        }))
    }

    async fn head(&self, request: Request<'_>) -> Result<Response<Incoming>, HttpError> {
        in_time(HEAD, self.connection.send(request)).await
    }

    async fn get(&self, path: &str, from: u64) -> Result<Response<Incoming>, FetchError> {
        let mut fields = HeaderMap::new();
        if from > 0 {
            let range = HeaderValue::from_str(&format!("bytes={from}-"));
            fields.insert(RANGE, range.map_err(|_| failed(HttpError::Request))?);
        } else {
            fields.insert(ACCEPT_ENCODING, HeaderValue::from_static("zstd"));
        }
        let request = Request {
            method: Method::GET,
            path,
            fields,
            body: Bytes::new(),
        };
        let answer = self.head(request).await.map_err(fetch_error)?;
        match answer.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                Ok(answer)
            }
            // Some servers hide what is not there behind 403, as object stores do.
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => {
                Err(FetchError::Missing)
            }
            status => Err(failed(UnexpectedStatus(status.as_u16()))),
        }
    }
}

/// An answer that is neither the file nor "there is none": a captive portal, a server in trouble.
#[derive(Debug, thiserror::Error)]
#[error("the server answered {0}")]
struct UnexpectedStatus(u16);

impl Fetch for Http {
    async fn whole(&self, path: &str, most: u64) -> Result<Vec<u8>, FetchError> {
        let answer = self.get(path, 0).await?;
        let is_packed = is_zstd(answer.headers()).map_err(fetch_error)?;
        let mut bytes = Vec::new();
        let mut take = |piece: &[u8]| {
            bytes.extend_from_slice(piece);
            ControlFlow::Continue(())
        };
        // Packed bytes are never longer than what they are of, but for a few of the frame's own.
        each_piece(answer, most.saturating_add(64), &mut take)
            .await
            .map_err(|error| too_long(error, most))?;
        if is_packed {
            bytes = unpacked(&bytes, most)?;
        }
        if bytes.len() as u64 > most {
            return Err(FetchError::TooLong { most });
        }
        Ok(bytes)
    }

    async fn pieces(&self, path: &str, from: u64, take: &mut Take<'_>) -> Result<(), FetchError> {
        let answer = self.get(path, from).await?;
        if is_zstd(answer.headers()).map_err(fetch_error)? {
            // A target is packed already; whoever packs it twice is not understood.
            return Err(failed(HttpError::Coding));
        }
        let mut skip = match answer.status() {
            StatusCode::PARTIAL_CONTENT if begins_at(answer.headers()) == Some(from) => 0,
            StatusCode::PARTIAL_CONTENT => return Err(failed(HttpError::Coding)),
            StatusCode::RANGE_NOT_SATISFIABLE => return Ok(()),
            _ => from,
        };
        let mut rest = |piece: &[u8]| {
            let passed = usize::try_from(skip).unwrap_or(usize::MAX).min(piece.len());
            skip -= passed as u64;
            match &piece[passed..] {
                [] => ControlFlow::Continue(()),
                rest => take(rest),
            }
        };
        each_piece(answer, u64::MAX, &mut rest)
            .await
            .map_err(fetch_error)
    }
}

/// The first byte of a part (`bytes 7-9/10`).
fn begins_at(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(hyper::header::CONTENT_RANGE)?.to_str().ok()?;
    let (first, _) = range.strip_prefix("bytes ")?.split_once('-')?;
    first.parse().ok()
}

/// Whether the body is zstd; an error where it is anything else but itself.
fn is_zstd(headers: &HeaderMap) -> Result<bool, HttpError> {
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(false),
        Some(b"zstd") => Ok(true),
        Some(_) => Err(HttpError::Coding),
    }
}

/// Undoes zstd, up to `most` bytes and one more.
fn unpacked(bytes: &[u8], most: u64) -> Result<Vec<u8>, FetchError> {
    use std::io::Read as _;
    let mut whole = Vec::new();
    let mut decoder = zstd::Decoder::new(bytes).map_err(|_| failed(HttpError::Coding))?;
    // Else the sender would choose how much memory unpacking takes, up to 128 MiB.
    let bounded = decoder.window_log_max(WINDOW_LOG);
    bounded.map_err(|_| failed(HttpError::Coding))?;
    let read = decoder.take(most.saturating_add(1)).read_to_end(&mut whole);
    read.map_err(|_| failed(HttpError::Coding))?;
    Ok(whole)
}

/// Hands over a body piece by piece, up to `most` bytes; `Break` ends it without an error.
async fn each_piece(
    answer: Response<Incoming>,
    most: u64,
    take: &mut (dyn FnMut(&[u8]) -> ControlFlow<()> + Send),
) -> Result<(), HttpError> {
    let mut body = answer.into_body();
    let mut left = most;
    loop {
        let frame = timeout(PIECE, body.frame()).await;
        let Some(frame) = frame.map_err(|_| HttpError::TooSlow)? else {
            return Ok(());
        };
        let frame = frame.map_err(|error| HttpError::Broken(error.into()))?;
        // Trailers say nothing that anybody here would believe.
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        left = left
            .checked_sub(piece.len() as u64)
            .ok_or(HttpError::TooLong { most })?;
        if take(&piece).is_break() {
            return Ok(());
        }
    }
}

async fn in_time<T>(
    most: Duration,
    work: impl Future<Output = Result<T, HttpError>>,
) -> Result<T, HttpError> {
    timeout(most, work).await.unwrap_or(Err(HttpError::TooSlow))
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> FetchError {
    FetchError::Failed(Box::new(error))
}

fn fetch_error(error: HttpError) -> FetchError {
    match error {
        HttpError::TooSlow => FetchError::TooSlow,
        HttpError::TooLong { most } => FetchError::TooLong { most },
        other => failed(other),
    }
}

fn too_long(error: HttpError, most: u64) -> FetchError {
    match error {
        HttpError::TooLong { .. } => FetchError::TooLong { most },
        other => fetch_error(other),
    }
}
