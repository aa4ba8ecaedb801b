//! What the department sets beside the lists: exceptions, defaults of tiers, contacts, lesson packs,
//! notices. Small JSON files under the role `settings`, each signed by its hash; what they mean is
//! read by whoever uses them.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::generation::BundleError;
use super::unpack::{self, beside};
use crate::tuf::{Client, Disk, DownloadError, Fetch, RefreshError};

/// The role of settings.
const SETTINGS: &str = "settings";
/// How the files end.
const SUFFIX: &str = ".settings.json.zst";
/// Longest file, packed and unpacked, in bytes.
const MOST: u64 = 8 << 20;
/// Most files.
const MOST_FILES: usize = 256;

/// One file of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name before `.settings.json.zst`.
    pub name: String,
    /// What the repository says of it.
    pub custom: Option<Value>,
    /// The JSON.
    pub json: Vec<u8>,
}

/// Why settings could not be brought.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The role cannot be trusted.
    #[error("the settings cannot be brought up to date")]
    Refresh(#[from] RefreshError),
    /// Too many or too long files.
    #[error("{0}: more settings than a box takes")]
    TooMuch(String),
    /// A file did not come.
    #[error("{name} did not come")]
    Download {
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: DownloadError,
    },
    /// A file cannot be unpacked.
    #[error("{name} cannot be unpacked")]
    Unpack {
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The disk.
    #[error("the settings cannot be kept")]
    Keep(#[from] BundleError),
}

/// Brings every file of settings that a refreshed client trusts; packed copies stay in `folder`, so
/// that only what changed is fetched. All or nothing: half of the settings are none.
///
/// # Errors
/// [`SettingsError`].
pub async fn settings<F: Fetch, D: Disk>(
    client: &mut Client<F, D>,
    folder: &Path,
) -> Result<Vec<Setting>, SettingsError> {
    let targets = client.role(SETTINGS).await?.unwrap_or_default();
    let failed = |source| BundleError::Io {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let (mut found, mut kept) = (Vec::new(), Vec::new());
    for (path, target) in &targets {
        // The delegation lets no other names through but by a slip of the ceremony.
        let Some(name) = path.strip_suffix(SUFFIX).filter(|name| is_plain(name)) else {
            continue;
        };
        if targets.len() > MOST_FILES || target.length > MOST {
            return Err(SettingsError::TooMuch(name.to_owned()));
        }
        let place = folder.join(path);
        let brought = client.download(path, target, &place).await;
        brought.map_err(|source| SettingsError::Download {
            name: name.to_owned(),
            source,
        })?;
        let packed = place.clone();
        let unpacking = beside(move || unpacked(&packed));
        let json = unpacking.await.map_err(|source| SettingsError::Unpack {
            name: name.to_owned(),
            source,
        })?;
        found.push(Setting {
            name: name.to_owned(),
            custom: target.custom.clone(),
            json,
        });
        kept.push(place);
    }
    forget_others(folder, &kept).map_err(failed)?;
    Ok(found)
}

fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(plain)
}

fn unpacked(place: &Path) -> io::Result<Vec<u8>> {
    let mut json = Vec::new();
    let packed = unpack::unpacked(place, MOST)?;
    packed.take(MOST + 1).read_to_end(&mut json)?;
    if json.len() as u64 > MOST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(json)
}

/// Files of settings that were withdrawn go.
fn forget_others(folder: &Path, kept: &[PathBuf]) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_ours = path.to_string_lossy().ends_with(SUFFIX);
        if is_ours && !kept.contains(&path) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
