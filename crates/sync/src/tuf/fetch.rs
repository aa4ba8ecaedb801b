//! Where files come from: one small trait, and a folder that speaks it (USB stick, mirror, tests).

use std::fs::File;
use std::future::Future;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Bytes of a piece that a folder hands over at once.
const PIECE: usize = 64 << 10;

/// Takes the next piece; `Break` ends the transfer, which is then no failure.
pub type Take<'a> = dyn FnMut(&[u8]) -> ControlFlow<()> + Send + 'a;

/// Why a file did not come.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The other side has no such file.
    #[error("there is no such file")]
    Missing,
    /// It is longer than it may be.
    #[error("the file is longer than {most} bytes")]
    TooLong {
        /// How long it may be.
        most: u64,
    },
    /// It took too long.
    #[error("the file came too slowly")]
    TooSlow,
    /// The line, the server or the disk.
    #[error("the file cannot be fetched")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl FetchError {
    /// Whether the file is not there, for certain.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

impl From<io::Error> for FetchError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound {
            Self::Missing
        } else {
            Self::Failed(Box::new(error))
        }
    }
}

/// A source of files. Paths are those of a URL below the repository's address
/// (`metadata/2.root.json`), percent-encoded, without a leading slash.
pub trait Fetch: Send + Sync {
    /// A whole file of at most `most` bytes.
    fn whole(
        &self,
        path: &str,
        most: u64,
    ) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;

    /// The bytes of a file from `from` on, piece by piece. A source that cannot begin there (an HTTP
    /// server that ignores `Range`) skips what lies before.
    fn pieces(
        &self,
        path: &str,
        from: u64,
        take: &mut Take<'_>,
    ) -> impl Future<Output = Result<(), FetchError>> + Send;
}

/// Files of a folder that holds a repository as a web server would serve it.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder with `metadata/`, `targets/` and `deltas/` in it.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The file of a path; `None` where a part of it would lead elsewhere.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let mut file = self.0.clone();
        for part in path.split('/') {
            let part = unquoted(part)?;
            if part.is_empty() || part == "." || part == ".." || part.contains(['/', '\\', '\0']) {
                return None;
            }
            file.push(part);
        }
        Some(file)
    }
}

fn unquoted(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Runs what may wait for a slow stick beside the runtime's own threads.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FetchError> + Send + 'static,
) -> Result<T, FetchError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|error| Err(FetchError::Failed(Box::new(error))))
}

impl Fetch for Folder {
    async fn whole(&self, path: &str, most: u64) -> Result<Vec<u8>, FetchError> {
        let file = self.file(path).ok_or(FetchError::Missing)?;
        beside(move || {
            let mut bytes = Vec::new();
            File::open(file)?
                .take(most.saturating_add(1))
                .read_to_end(&mut bytes)?;
            if bytes.len() as u64 > most {
                return Err(FetchError::TooLong { most });
            }
            Ok(bytes)
        })
        .await
    }

    async fn pieces(&self, path: &str, from: u64, take: &mut Take<'_>) -> Result<(), FetchError> {
        let file = self.file(path).ok_or(FetchError::Missing)?;
        let mut open = beside(move || {
            let mut open = File::open(file)?;
            open.seek(SeekFrom::Start(from))?;
            Ok(open)
        })
        .await?;
        loop {
            let (back, piece) = beside(move || {
                let mut piece = vec![0; PIECE];
                let count = open.read(&mut piece)?;
                piece.truncate(count);
                Ok((open, piece))
            })
            .await?;
            open = back;
            if piece.is_empty() || take(&piece).is_break() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_gives_its_own_files_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("repository/metadata");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(folder.path().join("secret"), b"s").unwrap();
        std::fs::write(inner.join("a?b.json"), b"0123456789").unwrap();
        let source = Folder::new(folder.path().join("repository"));
        assert_eq!(
            source.whole("metadata/a%3Fb.json", 10).await.unwrap(),
            b"0123456789"
        );
        let long = source.whole("metadata/a%3Fb.json", 9).await;
        assert!(matches!(long, Err(FetchError::TooLong { most: 9 })));
        for path in [
            "../secret",
            "%2E%2E/secret",
            "metadata/..%2F..%2Fsecret",
            "/etc/passwd",
            "",
            "metadata/%zz",
            "metadata//x",
            "metadata/nothing",
        ] {
            let error = source.whole(path, 100).await.unwrap_err();
            assert!(error.is_missing(), "{path}: {error:?}");
        }
        let mut got = Vec::new();
        let mut take = |piece: &[u8]| {
            got.extend_from_slice(piece);
            ControlFlow::Continue(())
        };
        source
            .pieces("metadata/a%3Fb.json", 7, &mut take)
            .await
            .unwrap();
        assert_eq!(got, b"789");
    }
}
