//! Fetching a target: bounded, resumable, and of use only when its length and hashes are the signed
//! ones.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use lachan_wire::tuf::Target;
use ring::digest::{Context, SHA256, SHA512, digest};

use super::client::{Client, in_time};
use super::disk::Disk;
use super::fetch::{Fetch, FetchError};
use super::quoted;

/// How a target came to be where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Downloaded {
    /// It lay there already.
    Kept,
    /// So many bytes were fetched; fewer than its length when an earlier try was continued.
    Fetched(u64),
}

/// Why a target was not fetched. Nothing lies at its place then that was not there before.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// It did not come.
    #[error("the file did not come")]
    Fetch(#[from] FetchError),
    /// None of the signed hashes is of a known kind.
    #[error("no hash of the file is of a known kind")]
    UnknownHash,
    /// Other bytes came than those that were signed.
    #[error("the file has another content than was signed for it")]
    Content,
    /// The disk.
    #[error("{path} cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl<F: Fetch, D: Disk> Client<F, D> {
    /// Brings a target to `place`. A try that was cut off leaves `place` with `.part` behind it, with
    /// which the next one goes on.
    ///
    /// # Errors
    /// [`DownloadError`].
    pub async fn download(
        &self,
        path: &str,
        target: &Target,
        place: &Path,
    ) -> Result<Downloaded, DownloadError> {
        let wrong = |source| DownloadError::Write {
            path: place.to_owned(),
            source,
        };
        if !target.hashes.keys().any(|algorithm| is_known(algorithm)) {
            return Err(DownloadError::UnknownHash);
        }
        if file_matches(place, target).map_err(wrong)? {
            return Ok(Downloaded::Kept);
        }
        let mut part = place.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let begun = length(&part)
            .map_err(wrong)?
            .filter(|length| *length <= target.length);
        let url = self.target_url(path, target);
        let fetched = match self
            .continued(&url, target, &part, begun.unwrap_or(0))
            .await
        {
            // The bytes from before may have been of another file, or cut by a power failure.
            Err(DownloadError::Content) if begun.is_some_and(|begun| begun > 0) => {
                self.continued(&url, target, &part, 0).await?
            }
            other => other?,
        };
        fs::rename(&part, place).map_err(wrong)?;
        let folder = place
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or_else(|| Path::new(".")))
            .and_then(|open| open.sync_all())
            .map_err(wrong)?;
        Ok(Downloaded::Fetched(fetched))
    }

    /// The rest of a file from `from` on; returns how many bytes came.
    async fn continued(
        &self,
        url: &str,
        target: &Target,
        part: &Path,
        from: u64,
    ) -> Result<u64, DownloadError> {
        let wrong = |source| DownloadError::Write {
            path: part.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(part)
            .map_err(wrong)?;
        file.set_len(from).map_err(wrong)?;
        let mut failed = None;
        let mut left = target.length - from.min(target.length);
        let mut too_long = false;
        if left > 0 {
            let mut take = |piece: &[u8]| {
                let Some(rest) = left.checked_sub(piece.len() as u64) else {
                    too_long = true;
                    return ControlFlow::Break(());
                };
                if let Err(error) = file.write_all(piece) {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
                left = rest;
                ControlFlow::Continue(())
            };
            let longest = self.settings.longest_of(target.length);
            in_time(longest, self.fetch.pieces(url, from, &mut take)).await?;
        }
        if let Some(error) = failed {
            return Err(wrong(error));
        }
        file.sync_all().map_err(wrong)?;
        drop(file);
        if !too_long && left == 0 && file_matches(part, target).map_err(wrong)? {
            return Ok(target.length - from);
        }
        // A short file may be a broken line: it is kept for the next try unless it is complete and wrong.
        if too_long || left == 0 {
            fs::remove_file(part).map_err(wrong)?;
        }
        if left > 0 && !too_long {
            return Err(DownloadError::Fetch(FetchError::Failed(
                "the file ended too early".into(),
            )));
        }
        Err(DownloadError::Content)
    }

    /// 5.7.3: with consistent snapshots the hash stands before the file's name.
    fn target_url(&self, path: &str, target: &Target) -> String {
        let parts: Vec<String> = path.split('/').map(quoted).collect();
        let (name, folders) = parts
            .split_last()
            .map_or((path, &[][..]), |(name, rest)| (name.as_str(), rest));
        let prefix = ["sha256", "sha512"]
            .into_iter()
            .find_map(|algorithm| target.hashes.get(algorithm));
        let name = match prefix {
            Some(hash) if self.root().consistent_snapshot => format!("{}.{name}", quoted(hash)),
            _ => name.to_owned(),
        };
        let mut url = String::from("targets/");
        for folder in folders {
            url.push_str(folder);
            url.push('/');
        }
        url + &name
    }
}

fn is_known(algorithm: &str) -> bool {
    matches!(algorithm, "sha256" | "sha512")
}

/// Whether bytes have every hash of a known kind, and at least one.
pub(super) fn hash_matches(hashes: &BTreeMap<String, String>, bytes: &[u8]) -> bool {
    let matches = |(algorithm, expected): (&String, &String)| match algorithm.as_str() {
        "sha256" => HEXLOWER.encode(digest(&SHA256, bytes).as_ref()) == *expected,
        "sha512" => HEXLOWER.encode(digest(&SHA512, bytes).as_ref()) == *expected,
        _ => true,
    };
    hashes.keys().any(|algorithm| is_known(algorithm)) && hashes.iter().all(matches)
}

/// Whether a file is the target; `false` when there is none.
pub(crate) fn file_matches(path: &Path, target: &Target) -> io::Result<bool> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() != target.length {
        return Ok(false);
    }
    let (mut sha256, mut sha512) = (Context::new(&SHA256), Context::new(&SHA512));
    let wants_512 = target.hashes.contains_key("sha512");
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        sha256.update(&buffer[..count]);
        if wants_512 {
            sha512.update(&buffer[..count]);
        }
    }
    let (sha256, sha512) = (
        HEXLOWER.encode(sha256.finish().as_ref()),
        HEXLOWER.encode(sha512.finish().as_ref()),
    );
    let known = target.hashes.keys().any(|algorithm| is_known(algorithm));
    Ok(known
        && target
            .hashes
            .iter()
            .all(|(algorithm, expected)| match algorithm.as_str() {
                "sha256" => sha256 == *expected,
                "sha512" => sha512 == *expected,
                _ => true,
            }))
}

fn length(path: &Path) -> io::Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(about) => Ok(Some(about.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
