//! What the commands do.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use lachan_web::TypedCode;
use lachan_web::password::Hasher;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sd_notify::NotifyState;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tracing_subscriber::EnvFilter;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::words::Words;
use super::{Accounts, Audit, Common, Units, Work, say};
use crate::audit::{Act, Break};
use crate::serve::{Front, accept};
use crate::settings::{self, Config, Tls};
use crate::storage::Storage;
use crate::web::{Hub, Settings, app};
use crate::{accounts, audit, housekeeping, id, news, units};

type Done<T> = Result<T, Box<dyn Error>>;

/// Carries a command out; whether what was asked for is so.
pub(super) async fn run(common: Common, work: Work, words: Words) -> Done<bool> {
    let listen = match &work {
        Work::Serve { listen } => listen.clone(),
        _ => None,
    };
    let config = settings::load(&common.overrides(listen))?;
    match work {
        Work::Serve { .. } => serve(&config, words).await,
        Work::Migrate => {
            let storage = Storage::connect(&config.database, config.connections).await?;
            storage.migrate().await?;
            say(&words.migrated(storage.version().await?));
            Ok(true)
        }
        Work::Accounts { command } => {
            let storage = Storage::open(&config.database, config.connections).await?;
            people(&storage, command, words).await
        }
        Work::Audit {
            command: Audit::Verify,
        } => {
            let storage = Storage::open(&config.database, config.connections).await?;
            verify(&storage, words).await
        }
        Work::Units {
            command: Units::Sample,
        } => {
            let storage = Storage::open(&config.database, config.connections).await?;
            units::fill(&storage).await?;
            let made = units::sample(&storage, &at_console()).await?;
            say(&words.sampled(made));
            Ok(true)
        }
    }
}

/// Unix milliseconds; a clock before 1970 counts as 1970.
fn millis() -> i64 {
    let passed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
}

/// What is done at the console, by whoever holds the machine.
fn at_console() -> Act {
    Act {
        account: "console".to_owned(),
        author: "console".to_owned(),
        at: millis() / 1_000,
        standing: None,
    }
}

async fn serve(config: &Config, words: Words) -> Done<bool> {
    let filter =
        EnvFilter::try_from_env("LACHAN_HUB_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // Fails only where somebody else has set one up.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .try_init();
    let tls = config
        .tls
        .as_ref()
        .map(|tls| acceptor(tls, words))
        .transpose()?;
    let storage = Storage::open(&config.database, config.connections).await?;
    units::fill(&storage).await?;
    let mut pins = config.pins.clone();
    if let Some(tls) = &config.tls {
        let own = own_pin(tls, words)?;
        if !pins.contains(&own) {
            pins.insert(0, own);
        }
    }
    let settings = Settings {
        name: config.name.clone(),
        hosts: config.hosts.clone(),
        repository: config.repository.clone(),
        repository_url: config.repository_url.clone(),
        pins,
    };
    let hub = Hub::new(storage.clone(), settings, Arc::new(millis));
    let listener = TcpListener::bind(config.listen).await?;
    say(&words.listening(&listener.local_addr()?.to_string()));
    if let Some(code) = accounts::first_code(&storage, id::random()?).await? {
        say(&words.first_code(&in_blocks(&code)));
    }
    let following = tokio::spawn(news::follow(
        storage.clone(),
        Arc::clone(hub.streams()),
        millis(),
    ));
    let keeping = tokio::spawn(housekeeping::keep(storage.clone(), || millis() / 1_000));
    let front = Front {
        tls,
        proxies: config.proxies.clone().into(),
    };
    let accepting = tokio::spawn(accept(listener, app(&hub), front));
    // A manager that cannot be told is no reason to stop.
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let _ = sd_notify::notify(&[NotifyState::Stopping]);
    accepting.abort();
    following.abort();
    keeping.abort();
    // What was told as done is in the database; requests under way are asked again by whoever made them.
    storage.close().await;
    Ok(true)
}

/// As people read it: in blocks, whatever form it was read in.
fn in_blocks(code: &TypedCode) -> String {
    let plain: Vec<char> = code.as_str().chars().filter(|c| *c != '-').collect();
    let blocks = plain
        .chunks(4)
        .map(|block| block.iter().collect::<String>());
    blocks.collect::<Vec<_>>().join("-")
}

fn acceptor(tls: &Tls, words: Words) -> Done<TlsAcceptor> {
    let unreadable = |path: &Path| words.certificate_unreadable(&path.display().to_string());
    let chain: Vec<_> = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect)
        .map_err(|_| unreadable(&tls.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|_| unreadable(&tls.key))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(rustls::ALL_VERSIONS)?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Boxes stay connected for days: tickets to come back by are memory for nothing.
    config.send_tls13_tickets = 1;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// SHA-256 of the SubjectPublicKeyInfo of the hub's own certificate.
fn own_pin(tls: &Tls, words: Words) -> Done<[u8; 32]> {
    let unreadable = || words.certificate_unreadable(&tls.certificate.display().to_string());
    let own = CertificateDer::from_pem_file(&tls.certificate).map_err(|_| unreadable())?;
    let (_, own) = X509Certificate::from_der(&own).map_err(|_| unreadable())?;
    Ok(Sha256::digest(own.tbs_certificate.subject_pki.raw).into())
}

async fn people(storage: &Storage, command: Accounts, words: Words) -> Done<bool> {
    match command {
        Accounts::FirstCode => match accounts::first_code(storage, id::random()?).await? {
            Some(code) => say(&words.first_code(&in_blocks(&code))),
            None => say(&words.set_up_already()),
        },
        Accounts::List => {
            let Some(root) = units::root(storage).await? else {
                return Ok(true);
            };
            let mut after = String::new();
            loop {
                let page = accounts::below(storage, &root.id, &after, units::MOST_ROWS).await?;
                let Some(last) = page.last() else {
                    break;
                };
                after.clone_from(&last.id);
                for account in page {
                    let roles = account.roles.to_text();
                    say(&words.account(
                        &account.name,
                        &account.display_name,
                        &roles,
                        &account.unit,
                    ));
                }
            }
        }
        Accounts::Reset { name } => {
            let Some((account, _)) = accounts::named(storage, &name).await? else {
                say(&words.no_account(&name));
                return Ok(false);
            };
            let password = TypedCode::new(id::random()?);
            let hash = Hasher::default().hash(password.as_str(), id::random()?)?;
            let whose = (account.unit.as_str(), account.id.as_str());
            let act = at_console();
            accounts::set_password(storage, &act, whose, &hash, true, None).await?;
            accounts::set_totp(storage, &act, &account.unit, &account.id, None).await?;
            say(&words.new_password(&name, password.as_str()));
        }
    }
    Ok(true)
}

async fn verify(storage: &Storage, words: Words) -> Done<bool> {
    let (mut count, mut broken) = (0, 0);
    let mut after = String::new();
    loop {
        let page = audit::units(storage, &after).await?;
        let Some(last) = page.last() else {
            break;
        };
        after.clone_from(last);
        for unit in page {
            let checked = audit::verify(storage, &unit).await?;
            count += 1;
            broken += usize::from(checked.broken.is_some());
            say(&match checked.broken {
                None => words.log_holds(&unit, checked.entries, &checked.head),
                Some(Break::Gone) => words.log_gone(&unit),
                Some(Break::Altered { number }) => words.log_altered(&unit, number),
                Some(Break::Unlinked { number }) => words.log_unlinked(&unit, number),
                Some(Break::Head { said, found }) => words.log_cut(&unit, said, found),
            });
        }
    }
    say(&words.logs_checked(count, broken));
    Ok(broken == 0)
}
