//! [`Config`]: the values the box runs on, and the ways in: bytes, text, a file.
//!
//! Which keys there are and what they mean is in `v1`; what the values are, in `values`.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::input::{self, MAX_BYTES};
use crate::mistake::{Mistakes, Sheet};
use crate::reader::Report;
use crate::values::{
    Control, DhcpMode, Language, Log, Metrics, Network, Paths, Proxy, Resolver, School, Store, Tls,
    Web,
};
use crate::version::{self, Version};
use crate::{syntax, v1};

/// The commented settings file that ships with the box: every key with its default, explained in
/// Vietnamese and English. It parses to [`Config::default`], also with every default uncommented.
pub const TEMPLATE: &str = include_str!("lachan.template.toml");

/// All settings of a box, checked. `Config::default()` is what an empty file of version `v1` means.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Config {
    /// `[school]`: who we are.
    pub school: School,
    /// `[paths]`: where things lie.
    pub paths: Paths,
    /// `[network]`: where the box stands, and what its firewall does.
    pub network: Network,
    /// `[resolver]`: how names are answered.
    pub resolver: Resolver,
    /// `[proxy]`: where the web is filtered.
    pub proxy: Proxy,
    /// `[web]`: the box's own pages.
    pub web: Web,
    /// `[store]`: what is kept, and how long.
    pub store: Store,
    /// `[control]`: how the command line reaches the running filter.
    pub control: Control,
    /// `[metrics]`: figures for Prometheus.
    pub metrics: Metrics,
    /// `[log]`: what the program says about itself.
    pub log: Log,
}

/// Why a settings file could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file could not be read at all.
    #[error(
        "{}: the settings file cannot be read; check that it exists and that this user may read it",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file was read and holds mistakes.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
}

impl LoadError {
    /// What went wrong, in the reader's language.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        match (self, language) {
            (Self::Mistakes(mistakes), _) => mistakes.report(language),
            (Self::Read { .. }, Language::English) => self.to_string(),
            (Self::Read { path, .. }, Language::Vietnamese) => format!(
                "{}: không đọc được tệp cấu hình; hãy kiểm tra xem tệp có tồn tại và người dùng này \
                 có quyền đọc tệp không",
                path.display()
            ),
        }
    }
}

impl Config {
    /// Reads a settings file from disk; at most [`MAX_BYTES`] and one byte of it.
    ///
    /// # Errors
    /// [`LoadError::Read`] with the system's reason, [`LoadError::Mistakes`] with every mistake.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let bytes = read(path).map_err(|source| LoadError::Read {
            path: path.into(),
            source,
        })?;
        Ok(Self::from_bytes(&bytes, &path.display().to_string())?)
    }

    /// The certificate that a settings file names, where that part can be read, whatever mistakes
    /// the file holds elsewhere: so that what it names can be judged in the same run.
    #[must_use]
    pub fn certificate_named_in(path: &Path) -> Option<Tls> {
        let bytes = read(path).ok()?;
        let text = input::text(&bytes).ok()?;
        let (config, _) = Self::judge(text, "");
        config.resolver.encrypted.tls
    }

    /// Reads the bytes of a settings file; a UTF-8 byte order mark is allowed. `file` is the name
    /// that mistakes are reported under.
    ///
    /// # Errors
    /// All mistakes, in the order of the file.
    pub fn from_bytes(bytes: &[u8], file: &str) -> Result<Self, Mistakes> {
        let text = input::text(bytes).map_err(|alone| alone.into_mistakes(bytes, file))?;
        Self::read_text(text, file)
    }

    /// Reads the text of a settings file. `file` is the name that mistakes are reported under.
    ///
    /// # Errors
    /// All mistakes, in the order of the file.
    pub fn parse(text: &str, file: &str) -> Result<Self, Mistakes> {
        Self::from_bytes(text.as_bytes(), file)
    }

    /// The lease files: those of the settings, and that of the DHCP server we look after.
    #[must_use]
    pub fn lease_files(&self) -> Vec<PathBuf> {
        let dhcp = &self.network.dhcp;
        let ours = (dhcp.mode != DhcpMode::Off).then(|| dhcp.leases(&self.paths));
        let named = self.resolver.lease_files.iter().cloned();
        named.chain(ours).collect()
    }

    fn read_text(text: &str, file: &str) -> Result<Self, Mistakes> {
        let (config, judged) = Self::judge(text, file);
        judged.map(|()| config)
    }

    /// What a text says, and its mistakes: what is wrong in it stands at its default.
    fn judge(text: &str, file: &str) -> (Self, Result<(), Mistakes>) {
        let mut sheet = Sheet::new(text, file);
        let sound = syntax::sound(text, &mut sheet);
        let table = DeTable::parse_recoverable(&sound).0.into_inner();
        let report = Report::new();
        let config = match version::read(&table, &report) {
            // Nothing else of a newer file is judged: its keys may well be right there.
            Version::Newer => Self::default(),
            Version::V1 => v1::read(&table, &report),
        };
        sheet.take(report);
        (config, sheet.finish())
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as _;

    #[test]
    fn a_missing_file_is_named_with_its_cause() {
        let folder = tempfile::tempdir().unwrap();
        let error = Config::load(&folder.path().join("none.toml")).unwrap_err();
        assert!(error.to_string().contains("none.toml"), "{error}");
        assert!(error.source().is_some());
    }

    #[test]
    fn the_certificate_is_known_of_a_file_with_mistakes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lachan.toml");
        let text = "version = \"v1\"\n[log]\nlevel = \"loud\"\n\
                    [resolver.tls]\ncert = \"/c.pem\"\nkey = \"/k.pem\"\n";
        std::fs::write(&path, text).unwrap();
        assert!(Config::load(&path).is_err());
        let tls = Config::certificate_named_in(&path).unwrap();
        assert_eq!(tls.cert, Path::new("/c.pem"));
        std::fs::write(&path, "version = \"v1\"\n").unwrap();
        assert_eq!(Config::certificate_named_in(&path), None);
    }

    #[test]
    fn a_file_on_disk_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lachan.toml");
        std::fs::write(&path, TEMPLATE).unwrap();
        assert_eq!(Config::load(&path).unwrap(), Config::default());
        std::fs::write(&path, vec![b'#'; 2 << 20]).unwrap();
        let error = Config::load(&path).unwrap_err();
        assert!(error.to_string().contains("1MiB"), "{error}");
    }
}
