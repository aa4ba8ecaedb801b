//! The commands' side of the control socket. Blocking, with time limits.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::protocol::{LineError, MAX_ANSWER};
use super::{Answer, ErrorCode, Request};

/// How long an answer may take: a reload reads files from a card that may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the running filter cannot be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens.
    #[error("no filter is running")]
    NotRunning,
    /// This user may not.
    #[error("this user may not use the control socket")]
    Denied,
    /// The connection.
    #[error("the connection broke")]
    Broken(#[source] io::Error),
    /// The filter is of another version, or it is none.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The answer to something else.
    #[error("this is the answer to something else")]
    Unexpected,
    /// The filter said no.
    #[error("{text}")]
    Refused {
        /// Why.
        code: ErrorCode,
        /// In words.
        text: String,
    },
}

/// A connection to the running filter, for one request.
#[derive(Debug)]
pub(crate) struct Client {
    stream: BufReader<UnixStream>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`], [`ClientError::Denied`], [`ClientError::Broken`].
    pub(crate) fn connect(path: &Path) -> Result<Self, ClientError> {
        let stream = UnixStream::connect(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ClientError::NotRunning,
            io::ErrorKind::PermissionDenied => ClientError::Denied,
            _ => ClientError::Broken(error),
        })?;
        let limit = |stream: &UnixStream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))
        };
        limit(&stream).map_err(ClientError::Broken)?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Asks and takes the one answer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub(crate) fn ask(mut self, request: &Request) -> Result<Answer, ClientError> {
        self.send(request)?;
        self.next()
    }

    /// Asks.
    ///
    /// # Errors
    /// [`ClientError::Broken`].
    pub(crate) fn send(&mut self, request: &Request) -> Result<(), ClientError> {
        let sent = self
            .stream
            .get_mut()
            .write_all(request.to_line().as_bytes());
        match sent {
            // A full house answers and closes before it reads: what it said is still to be read.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
                ) =>
            {
                Ok(())
            }
            sent => sent.map_err(ClientError::Broken),
        }
    }

    /// The next answer.
    ///
    /// # Errors
    /// [`ClientError`]; a filter that said no or went away is one, too.
    pub(crate) fn next(&mut self) -> Result<Answer, ClientError> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.stream).take(MAX_ANSWER as u64);
        bounded
            .read_until(b'\n', &mut line)
            .map_err(ClientError::Broken)?;
        if line.is_empty() {
            return Err(ClientError::Broken(io::ErrorKind::UnexpectedEof.into()));
        }
        match Answer::from_line(line.trim_ascii_end())? {
            Answer::Error { code, text } => Err(ClientError::Refused { code, text }),
            answer => Ok(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn nobody_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        assert!(matches!(
            Client::connect(&path),
            Err(ClientError::NotRunning)
        ));
        drop(UnixListener::bind(&path).unwrap());
        assert!(matches!(
            Client::connect(&path),
            Err(ClientError::NotRunning)
        ));
    }

    #[test]
    fn what_is_no_answer_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        let said = [&b""[..], b"hello\n", b"{\"v\":7}\n"];
        let server = std::thread::spawn(move || {
            for text in said {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 64];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(text);
            }
        });
        let ask = || Client::connect(&path).unwrap().ask(&Request::Status);
        assert!(matches!(ask(), Err(ClientError::Broken(_))));
        assert!(matches!(ask(), Err(ClientError::Line(LineError::Form(_)))));
        assert!(matches!(
            ask(),
            Err(ClientError::Line(LineError::Version(7)))
        ));
        server.join().unwrap();
    }
}
