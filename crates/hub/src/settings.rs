//! What an instance runs on: one small file, which the environment and the command line may override where a container wants
//! it so. Every mistake is told with the key, what is wrong and what would be right, all of them in one run.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;

/// Where an instance listens unless told otherwise: only this machine, for a proxy with a certificate in front.
pub const LISTEN: &str = "127.0.0.1:8470";
/// Largest settings file, in bytes.
const MOST_BYTES: u64 = 64 << 10;
/// The version of the file.
const VERSION: &str = "v1";
/// Keys that may be named at most: those in use, and those that will be.
pub const MOST_PINS: usize = 8;

/// The file, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    version: Option<String>,
    name: Option<String>,
    listen: Option<String>,
    hosts: Vec<String>,
    database: Option<String>,
    connections: Option<u32>,
    repository: Option<PathBuf>,
    repository_url: Option<String>,
    pins: Vec<String>,
    proxies: Vec<String>,
    tls: Option<TlsFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TlsFile {
    certificate: PathBuf,
    key: PathBuf,
}

/// A certificate chain and its key, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// What an instance runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What the hub is called.
    pub name: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Under which names it is asked, the one for boxes first.
    pub hosts: Vec<String>,
    /// The database.
    pub database: String,
    /// Connections to it.
    pub connections: u32,
    /// The folder of what was published.
    pub repository: PathBuf,
    /// Where boxes fetch it.
    pub repository_url: String,
    /// SHA-256 of the SubjectPublicKeyInfo of keys that boxes believe beside the hub's own: a proxy's, and the next one.
    pub pins: Vec<[u8; 32]>,
    /// Proxies whose word about a client's address is believed.
    pub proxies: Vec<IpAddr>,
    /// Its own certificate; without one a proxy has it.
    pub tls: Option<Tls>,
}

/// What the command line and the environment say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The settings file.
    pub config: Option<PathBuf>,
    /// The data folder.
    pub data: PathBuf,
    /// The database.
    pub database: Option<String>,
    /// Where to listen.
    pub listen: Option<String>,
}

/// A mistake in the settings, told in both languages, Vietnamese first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The key.
    pub key: &'static str,
    /// What is wrong and what would be right.
    pub words: (String, String),
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{} cannot be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no TOML, or has a key that is not known.
    #[error("{}: {source}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// Values that cannot be.
    #[error("{} mistakes in the settings", .0.len())]
    Values(Vec<Mistake>),
}

/// Reads the settings; without a file the defaults hold.
///
/// # Errors
/// [`SettingsError`].
pub fn load(overrides: &Overrides) -> Result<Config, SettingsError> {
    let file = match &overrides.config {
        Some(path) => read(path)?,
        None => File {
            version: Some(VERSION.to_owned()),
            ..File::default()
        },
    };
    checked(file, overrides).map_err(SettingsError::Values)
}

fn read(path: &Path) -> Result<File, SettingsError> {
    let failed = |source| SettingsError::Read {
        path: path.to_owned(),
        source,
    };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length > MOST_BYTES {
        return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    toml::from_str(&text).map_err(|source| SettingsError::Syntax {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

fn checked(file: File, overrides: &Overrides) -> Result<Config, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut wrong = |key, vi: String, en: String| {
        mistakes.push(Mistake {
            key,
            words: (vi, en),
        });
    };
    if file.version.as_deref() != Some(VERSION) {
        wrong(
            "version",
            format!("hãy ghi version = \"{VERSION}\""),
            format!("write version = \"{VERSION}\""),
        );
    }
    let listen = overrides.listen.clone().or(file.listen);
    let listen = listen.unwrap_or_else(|| LISTEN.to_owned());
    let address = listen.parse::<SocketAddr>();
    if address.is_err() {
        wrong(
            "listen",
            format!("{listen:?} không phải địa chỉ; hãy ghi IP:cổng, ví dụ {LISTEN}"),
            format!("{listen:?} is no address; write IP:port, for example {LISTEN}"),
        );
    }
    for host in &file.hosts {
        if !is_host(host) {
            wrong(
                "hosts",
                format!(
                    "{host:?} không phải tên máy; hãy ghi như hub.so-gd.edu.vn, không có https:// hay cổng"
                ),
                format!(
                    "{host:?} is no host name; write it like hub.so-gd.edu.vn, without https:// or port"
                ),
            );
        }
    }
    let mut proxies = Vec::new();
    for proxy in &file.proxies {
        match proxy.parse() {
            Ok(proxy) => proxies.push(proxy),
            Err(_) => wrong(
                "proxies",
                format!("{proxy:?} không phải địa chỉ IP"),
                format!("{proxy:?} is no IP address"),
            ),
        }
    }
    let mut pins = Vec::new();
    for pin in &file.pins {
        let bytes = HEXLOWER_PERMISSIVE.decode(pin.as_bytes()).ok();
        match bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
            Some(pin) if pins.len() < MOST_PINS => pins.push(pin),
            Some(_) => wrong(
                "pins",
                format!("nhiều nhất {MOST_PINS} khóa"),
                format!("{MOST_PINS} keys at most"),
            ),
            None => wrong(
                "pins",
                format!(
                    "{pin:?} không phải mã băm SHA-256 của khóa; hãy ghi 64 chữ số thập lục phân"
                ),
                format!("{pin:?} is no SHA-256 of a key; write 64 hexadecimal digits"),
            ),
        }
    }
    let tls = file.tls.map(|tls| Tls {
        certificate: tls.certificate,
        key: tls.key,
    });
    if let (Ok(address), None) = (&address, &tls)
        && !address.ip().is_loopback()
        && proxies.is_empty()
    {
        wrong(
            "tls",
            "mật khẩu sẽ đi qua mạng không mã hóa; hãy ghi [tls] với certificate và key, hoặc chỉ nghe trên 127.0.0.1 sau một máy chủ có chứng chỉ và ghi địa chỉ của nó vào proxies".to_owned(),
            "passwords would cross the network in the clear; give [tls] a certificate and key, or listen behind a server that has one and name its address in proxies".to_owned(),
        );
    }
    let connections = file.connections.unwrap_or(crate::storage::CONNECTIONS);
    if !(2..=500).contains(&connections) {
        wrong(
            "connections",
            "từ 2 đến 500".to_owned(),
            "2 to 500".to_owned(),
        );
    }
    let database = overrides.database.clone().or(file.database);
    let database =
        database.unwrap_or_else(|| format!("sqlite:{}", overrides.data.join("hub.db").display()));
    let repository_url = file.repository_url.unwrap_or_else(|| {
        let host = file.hosts.first().map_or("localhost", String::as_str);
        format!("https://{host}/repository/")
    });
    if !repository_url.starts_with("https://") || !repository_url.ends_with('/') {
        wrong(
            "repository-url",
            "hãy ghi địa chỉ https:// kết thúc bằng dấu /".to_owned(),
            "write an https:// address that ends with a slash".to_owned(),
        );
    }
    match address {
        Ok(listen) if mistakes.is_empty() => Ok(Config {
            name: file.name.unwrap_or_else(|| "Lá Chắn".to_owned()),
            listen,
            hosts: file.hosts,
            database,
            connections,
            repository: file
                .repository
                .unwrap_or_else(|| overrides.data.join("repository")),
            repository_url,
            pins,
            proxies,
            tls,
        }),
        _ => Err(mistakes),
    }
}

fn is_host(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    (1..=253).contains(&host.len()) && host.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<Config, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.toml");
        std::fs::write(&path, text).unwrap();
        load(&Overrides {
            config: Some(path),
            data: "/data".into(),
            ..Overrides::default()
        })
    }

    #[track_caller]
    fn check(text: &str, keys: &[&str]) {
        match load_text(text) {
            Err(SettingsError::Values(mistakes)) => {
                let found: Vec<_> = mistakes.iter().map(|mistake| mistake.key).collect();
                assert_eq!(found, keys, "{text}");
                for mistake in mistakes {
                    assert_ne!(mistake.words.0, mistake.words.1);
                }
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn without_a_file_it_runs_on_one_machine() {
        let config = load(&Overrides {
            data: "/data".into(),
            ..Overrides::default()
        })
        .unwrap();
        assert_eq!(config.database, "sqlite:/data/hub.db");
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.repository, Path::new("/data/repository"));
    }

    #[test]
    fn the_template_states_every_key_and_is_taken() {
        let template = include_str!("hub.template.toml");
        let config = load_text(template).unwrap();
        assert_eq!(config.connections, crate::storage::CONNECTIONS);
        assert_eq!(config.listen.to_string(), LISTEN);
        let mut keys: Vec<&str> = template
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .map(|(key, _)| key)
            .collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "certificate",
                "connections",
                "database",
                "hosts",
                "key",
                "listen",
                "name",
                "pins",
                "proxies",
                "repository",
                "repository-url",
                "version",
            ]
        );
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.toml");
        std::fs::write(&path, "version = \"v1\"\ndatabase = \"sqlite:a.db\"\n").unwrap();
        let config = load(&Overrides {
            config: Some(path),
            data: "/data".into(),
            database: Some("postgres://db/hub".into()),
            listen: Some("127.0.0.1:1".into()),
        });
        let config = config.unwrap();
        assert_eq!(config.database, "postgres://db/hub");
        assert_eq!(config.listen.port(), 1);
    }

    #[test]
    fn every_mistake_is_told_in_one_run() {
        check("", &["version"]);
        check(
            "version = \"v1\"\nlisten = \"hub\"\nhosts = [\"https://x\"]\nproxies = [\"x\"]\npins = [\"ab\"]\nconnections = 1\nrepository-url = \"http://x\"\n",
            &[
                "listen",
                "hosts",
                "proxies",
                "pins",
                "connections",
                "repository-url",
            ],
        );
        check("version = \"v1\"\nlisten = \"0.0.0.0:443\"\n", &["tls"]);
    }

    #[test]
    fn a_key_that_is_not_known_is_refused_everywhere() {
        for text in [
            "version = \"v1\"\nstray = 1\n",
            "version = \"v1\"\n[tls]\ncertificate = \"a\"\nkey = \"b\"\nstray = 1\n",
        ] {
            assert!(
                matches!(load_text(text), Err(SettingsError::Syntax { .. })),
                "{text}"
            );
        }
    }
}
