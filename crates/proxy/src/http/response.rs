//! A response, as far as its head tells. As strict as with requests: an upstream that answers in two
//! ways at once could put an answer of its own in front of the next request's.

use super::grammar::decimal;
use super::lines::{Head, Span};
use super::refusal::Refusal;
use super::request::{Framing, Method, Version, is_persistent, told_framing, version};

/// A response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// The reason phrase.
    pub(crate) reason: Span,
    pub(crate) version: Version,
    pub(crate) framing: Framing,
    /// What a message without a body says of the length it would have.
    pub(crate) told_length: Option<u64>,
    /// Whether the upstream lets the connection live.
    pub(crate) persistent: bool,
}

impl Response {
    /// Reads the head of a response to a request of this method.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn read(bytes: &[u8], head: &Head, method: Method) -> Result<Self, Refusal> {
        let (version, status, reason) = status_line(bytes, head)?;
        let told = told_framing(bytes, head, version)?;
        let bodiless = method == Method::Head || matches!(status, 100..200 | 204 | 304);
        let framing = if bodiless {
            Framing::Length(0)
        } else {
            told.unwrap_or(Framing::UntilClose)
        };
        let told_length = match told {
            Some(Framing::Length(length)) => Some(length),
            _ => None,
        };
        Ok(Self {
            status,
            reason,
            version,
            framing,
            told_length,
            persistent: framing != Framing::UntilClose && is_persistent(bytes, head, version),
        })
    }

    /// Whether another response follows to the same request.
    pub(crate) const fn is_interim(&self) -> bool {
        self.status < 200 && self.status != 101
    }
}

/// `HTTP/1.1 200 OK` (RFC 9112 §4); the space before an empty reason may be missing, as many servers
/// have it.
fn status_line(bytes: &[u8], head: &Head) -> Result<(Version, u16, Span), Refusal> {
    const CODE: usize = "HTTP/1.1 ".len();
    let start = head.start();
    let line = start.of(bytes);
    let version = version(line.get(..CODE - 1).ok_or(Refusal::StartLine)?)?;
    let code = line.get(CODE..CODE + 3).ok_or(Refusal::StartLine)?;
    let spaced = line[CODE - 1] == b' ' && line.get(CODE + 3).is_none_or(|byte| *byte == b' ');
    if !spaced || !code.iter().all(u8::is_ascii_digit) {
        return Err(Refusal::StartLine);
    }
    let code = decimal(code).and_then(|code| u16::try_from(code).ok());
    let status = code
        .filter(|code| (100..600).contains(code))
        .ok_or(Refusal::Status)?;
    // A proxy's own word, which no origin may say for it.
    if status == 407 {
        return Err(Refusal::Status);
    }
    let reason = start.part((CODE + 4).min(line.len()), line.len());
    Ok((version, status, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str], method: Method) -> Result<Response, Refusal> {
        let text = format!("{}\r\n\r\n", lines.join("\r\n"));
        let mut head = Head::default();
        head.read(text.as_bytes())?.expect("the test's head ends");
        Response::read(text.as_bytes(), &head, method)
    }

    #[test]
    fn bodies_are_as_long_as_rfc_9112_says() {
        use Framing as F;
        for (lines, method, expected) in [
            (
                &["HTTP/1.1 200 OK", "Content-Length: 5"][..],
                Method::Get,
                F::Length(5),
            ),
            (
                &["HTTP/1.1 200", "Transfer-Encoding: chunked"],
                Method::Get,
                F::Chunked,
            ),
            (&["HTTP/1.1 200 OK"], Method::Get, F::UntilClose),
            (
                &["HTTP/1.1 200 OK", "Content-Length: 5"],
                Method::Head,
                F::Length(0),
            ),
            (&["HTTP/1.1 204 x"], Method::Get, F::Length(0)),
            (
                &["HTTP/1.1 304 x", "Content-Length: 5"],
                Method::Get,
                F::Length(0),
            ),
            (&["HTTP/1.1 100 Continue"], Method::Get, F::Length(0)),
        ] {
            assert_eq!(read(lines, method).unwrap().framing, expected, "{lines:?}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        use Refusal as R;
        for (lines, expected) in [
            (
                &[
                    "HTTP/1.1 200 OK",
                    "Content-Length: 5",
                    "Transfer-Encoding: chunked",
                ][..],
                R::LengthAndCoding,
            ),
            (
                &["HTTP/1.1 200 OK", "Content-Length: 5", "Content-Length: 6"],
                R::Length,
            ),
            (&["HTTP/1.1 204 x", "Content-Length: x"], R::Length),
            (
                &["HTTP/1.0 200 OK", "Transfer-Encoding: chunked"],
                R::Coding,
            ),
            (
                &["HTTP/1.1 200 OK", "Transfer-Encoding: gzip, chunked"],
                R::Coding,
            ),
            (&["HTTP/1.1 2000 OK"], R::StartLine),
            (&["HTTP/1.1 20 OK"], R::StartLine),
            (&["HTTP/1.1 099 x"], R::Status),
            (&["HTTP/1.1 407 x"], R::Status),
            (&["HTTP/2.0 200 x"], R::Version),
            (&["ICY 200 OK"], R::StartLine),
        ] {
            assert_eq!(read(lines, Method::Get), Err(expected), "{lines:?}");
        }
    }
}
