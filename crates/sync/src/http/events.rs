//! The stream of news, event by event, with bounds: a hub that has gone mad or another server in its place may send
//! whatever it likes.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::HttpError;

/// Longest event, in bytes; longer ones end the stream.
const MOST: usize = 4 << 10;
/// How long the stream may be silent. The hub says every half minute that it is there.
const SILENCE: Duration = Duration::from_secs(120);

/// An open stream.
pub struct Events {
    body: Incoming,
    reader: Reader,
}

impl Events {
    pub(super) fn new(body: Incoming) -> Self {
        Self {
            body,
            reader: Reader::default(),
        }
    }

    /// The next event, without the empty line behind it; `None` when the hub ended the stream.
    ///
    /// # Errors
    /// [`HttpError::TooSlow`] after two minutes of silence, [`HttpError::TooLong`], [`HttpError::Broken`]. The stream is
    /// over then.
    pub async fn next(&mut self) -> Result<Option<String>, HttpError> {
        loop {
            if let Some(event) = self.reader.event()? {
                return Ok(Some(event));
            }
            let frame = timeout(SILENCE, self.body.frame()).await;
            let Some(frame) = frame.map_err(|_| HttpError::TooSlow)? else {
                return Ok(None);
            };
            let frame = frame.map_err(|error| HttpError::Broken(error.into()))?;
            if let Ok(piece) = frame.into_data() {
                self.reader.take(&piece);
            }
        }
    }
}

/// Finds events in what comes, however it is cut.
#[derive(Debug, Default)]
struct Reader {
    bytes: Vec<u8>,
    /// Where the next event begins; what lies before goes with the next piece, so that each byte is moved once.
    from: usize,
}

impl Reader {
    fn take(&mut self, piece: &[u8]) {
        self.bytes.drain(..self.from);
        self.from = 0;
        // CR is a part of no event that our hub sends; some proxies put it in.
        self.bytes
            .extend(piece.iter().filter(|byte| **byte != b'\r'));
    }

    /// The next whole event. Comments, which only say that the hub is there, are none.
    fn event(&mut self) -> Result<Option<String>, HttpError> {
        let too_long = Err(HttpError::TooLong { most: MOST as u64 });
        loop {
            let rest = &self.bytes[self.from..];
            let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n") else {
                return if rest.len() > MOST {
                    too_long
                } else {
                    Ok(None)
                };
            };
            if end > MOST {
                return too_long;
            }
            let event = String::from_utf8_lossy(&rest[..end]).into_owned();
            self.from += end + 2;
            if event
                .lines()
                .any(|line| !line.is_empty() && !line.starts_with(':'))
            {
                return Ok(Some(event));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> Result<Vec<String>, HttpError> {
        let mut reader = Reader::default();
        let mut events = Vec::new();
        for piece in pieces {
            reader.take(piece);
            while let Some(event) = reader.event()? {
                events.push(event);
            }
        }
        Ok(events)
    }

    #[test]
    fn events_are_found_and_signs_of_life_passed_over() {
        let stream = b":\n\nevent: published\ndata: 7\n\n:\n\nevent: answered\ndata:\n\nevent: pub";
        let events = read(&[stream]).unwrap();
        assert_eq!(
            events,
            ["event: published\ndata: 7", "event: answered\ndata:"]
        );
        assert_eq!(
            read(&[b"event: a\r\ndata: 1\r\n\r\n"]).unwrap(),
            ["event: a\ndata: 1"]
        );
    }

    #[test]
    fn a_stream_without_end_of_an_event_is_ended() {
        let endless = vec![b'x'; MOST + 1];
        assert!(matches!(read(&[&endless]), Err(HttpError::TooLong { .. })));
        let mut long = endless.clone();
        long.extend(b"\n\n");
        assert!(matches!(read(&[&long]), Err(HttpError::TooLong { .. })));
    }

    proptest! {
        #[test]
        fn how_the_stream_is_cut_does_not_matter(
            stream in "(:\n\n|event: [a-z]{0,5}\n\n|data: [0-9]{0,3}\r\n\r\n|\n){0,12}",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let whole = read(&[stream.as_bytes()]).unwrap();
            let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            at.extend([0, stream.len()]);
            at.sort_unstable();
            let pieces: Vec<_> = at.windows(2).map(|pair| &stream.as_bytes()[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read(&pieces).unwrap(), whole);
        }
    }
}
