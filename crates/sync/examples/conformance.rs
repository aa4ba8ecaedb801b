//! The client behind the command line that the public conformance suite of TUF drives
//! (theupdateframework/tuf-conformance, CLIENT-CLI.md): `init`, `refresh`, `download` over plain HTTP.
//! No part of the program.
//!
//! ```text
//!  cargo build -p lachan-sync --example conformance
//!  pytest tuf_conformance --entrypoint …/target/debug/examples/conformance     (in the suite's folder)
//! ```
//!
//! The suite looks for the trusted files in one flat folder, ours has delegated roles in a folder of
//! their own and a file for the clock: so the store lies in `.lachan` below, and copies lie beside it.

#![expect(
    clippy::print_stderr,
    reason = "the suite shows what a failed client says"
)]

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use lachan_sync::tuf::{Client, Clock, Fetch, FetchError, Patience, Settings, Store, Take};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Two addresses as one repository.
struct Web {
    metadata: String,
    targets: String,
}

impl Web {
    /// HTTP/1.0: the answer ends with the connection.
    async fn get(&self, path: &str, most: u64) -> Result<Vec<u8>, FetchError> {
        let url = match (
            path.strip_prefix("metadata/"),
            path.strip_prefix("targets/"),
        ) {
            (Some(file), _) => format!("{}/{file}", self.metadata.trim_end_matches('/')),
            (_, Some(file)) => format!("{}/{file}", self.targets.trim_end_matches('/')),
            _ => return Err(FetchError::Missing),
        };
        let rest = url.strip_prefix("http://").unwrap_or(&url);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let mut line = TcpStream::connect(host).await?;
        let head = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
        line.write_all(head.as_bytes()).await?;
        let mut answer = Vec::new();
        // The head of an answer is far below this.
        line.take(most.saturating_add(16 << 10))
            .read_to_end(&mut answer)
            .await?;
        let broken = || FetchError::Failed("no HTTP answer".into());
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .ok_or_else(broken)?;
        let status = answer.get(9..12).ok_or_else(broken)?;
        match status {
            b"200" => {}
            b"404" | b"403" => return Err(FetchError::Missing),
            _ => return Err(broken()),
        }
        let body = answer.split_off(end + 4);
        if body.len() as u64 > most {
            Err(FetchError::TooLong { most })
        } else {
            Ok(body)
        }
    }
}

impl Fetch for Web {
    async fn whole(&self, path: &str, most: u64) -> Result<Vec<u8>, FetchError> {
        self.get(path, most).await
    }

    async fn pieces(&self, path: &str, from: u64, take: &mut Take<'_>) -> Result<(), FetchError> {
        let body = self.get(path, 64 << 20).await?;
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let _ = take(body.get(from..).unwrap_or_default());
        Ok(())
    }
}

/// The command line: a word, and options before and after it.
struct Arguments {
    options: HashMap<String, String>,
    words: Vec<String>,
}

impl Arguments {
    fn read() -> Self {
        let mut found = Self {
            options: HashMap::new(),
            words: Vec::new(),
        };
        let mut left = std::env::args().skip(1);
        while let Some(word) = left.next() {
            match word.strip_prefix("--") {
                Some(option) => {
                    let value = left.next().unwrap_or_default();
                    found.options.insert(option.to_owned(), value);
                }
                None => found.words.push(word),
            }
        }
        found
    }

    fn option(&self, name: &str) -> Outcome<&str> {
        let value = self.options.get(name).map(String::as_str);
        value.ok_or_else(|| format!("--{name} is missing").into())
    }
}

/// The suite's folder and our store in it.
struct Place(PathBuf);

impl Place {
    fn first_root(&self) -> PathBuf {
        self.0.join(".lachan").join("first-root")
    }

    fn client(&self, web: Web, root: &[u8]) -> Outcome<Client<Web>> {
        let store = Store::new(self.0.join(".lachan/trusted"));
        Ok(Client::open(web, store, root, Settings::default())?)
    }

    /// What is trusted, flat.
    fn show(&self) -> io::Result<()> {
        for name in json_files(&self.0)? {
            fs::remove_file(self.0.join(name))?;
        }
        let trusted = self.0.join(".lachan/trusted");
        for folder in [trusted.clone(), trusted.join("delegated")] {
            if !folder.is_dir() {
                continue;
            }
            for name in json_files(&folder)? {
                if name != "clock.json" {
                    fs::copy(folder.join(&name), self.0.join(&name))?;
                }
            }
        }
        Ok(())
    }
}

fn json_files(folder: &Path) -> io::Result<Vec<String>> {
    let names = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.file_name());
    let names = names.filter_map(|name| name.into_string().ok());
    Ok(names
        .filter(|name| name.ends_with(".json") && !name.starts_with("."))
        .collect())
}

async fn run() -> Outcome<()> {
    let arguments = Arguments::read();
    let place = Place(PathBuf::from(arguments.option("metadata-dir")?));
    let address = |name: &str| arguments.options.get(name).cloned().unwrap_or_default();
    let web = Web {
        metadata: address("metadata-url"),
        targets: address("target-base-url"),
    };
    let command = arguments
        .words
        .first()
        .ok_or("init, refresh or download")?
        .as_str();
    if command == "init" {
        let root = fs::read(arguments.words.get(1).ok_or("init needs a root")?)?;
        place.client(web, &root)?;
        fs::write(place.first_root(), root)?;
        place.show()?;
        return Ok(());
    }
    let mut client = place.client(web, &fs::read(place.first_root())?)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let clock = Clock {
        now: i64::try_from(now)?,
        is_trusted: true,
    };
    let mut done = client
        .refresh(clock, Patience::None)
        .await
        .map(drop)
        .map_err(Box::<dyn Error>::from);
    if done.is_ok() && command == "download" {
        done = download(&mut client, &arguments).await;
    }
    place.show()?;
    done
}

async fn download(client: &mut Client<Web>, arguments: &Arguments) -> Outcome<()> {
    let path = arguments.option("target-name")?;
    let target = client.find(path).await?.ok_or("there is no such target")?;
    let name = lachan_wire::tuf::sha256_hex(path.as_bytes());
    let file = Path::new(arguments.option("target-dir")?).join(name);
    client.download(path, &target, &file).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run().await else {
        return ExitCode::SUCCESS;
    };
    eprintln!("{error}");
    let mut cause = error.source();
    while let Some(next) = cause {
        eprintln!("  {next}");
        cause = next.source();
    }
    ExitCode::FAILURE
}
