//! The box's own web: TLS over a certificate of its own, the router of `lachan_api`, and what that asks
//! of the box.
//!
//! ```text
//!  listeners ─► TLS ─► hyper ─► lachan_api::app ─► ports ─► policy, keeper, desk, settings
//! ```
//!
//! It runs on a small runtime of its own whose threads run only when nobody waits for an answer to a
//! query: pages and password hashes may be slow, DNS may not. Without any of it the filter answers all
//! the same.

mod machine;
mod ports;
mod safe_search;
mod serve;
mod sides;
mod trials;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use lachan_api::{Api, app};
use lachan_config::Config;
use lachan_store::{DbError, Store};
use lachan_web::TypedCode;
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::clock::Clock;
use super::desk::Desk;
use super::settings_desk::SettingsDesk;
use super::{Restart, behind_answers, chain};
use crate::backup::Places;
use crate::control::WebView;
use crate::first_run::{self, FirstRunError};
use crate::network;
use crate::web_identity::{self, For, WebIdentity, WebIdentityError};
use machine::MachineDesk;
pub(super) use ports::Settings;
use ports::{Desks, FirstRunCode};
use safe_search::SafeSearchDesk;
use trials::TrialDesk;

/// Threads of the runtime, and of what may read files.
const THREADS: usize = 2;
const MOST_BLOCKING: usize = 14;
/// How long work under way may take when it ends.
const LET_GO: Duration = Duration::from_millis(500);
/// How often it is looked whether the certificate is due.
const LOOK: Duration = Duration::from_secs(3_600);
/// How often it is looked whether a file lay there for too long.
const TIDY: Duration = Duration::from_secs(60);

/// Why the pages are not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebError {
    /// No listener could be had.
    #[error("the pages cannot be served at {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The certificate.
    #[error("the pages have no certificate")]
    Identity(#[from] WebIdentityError),
    /// The first-run code.
    #[error("the first-run code cannot be made")]
    FirstRun(#[from] FirstRunError),
    /// The database.
    #[error("the accounts cannot be read")]
    Database(#[from] DbError),
    /// The runtime.
    #[error("the threads of the pages cannot be started")]
    Runtime(#[source] io::Error),
}

/// What is opened before anything is served: so that the start can tell where the pages are.
pub(super) struct Opened {
    listeners: Vec<std::net::TcpListener>,
    pub(super) addresses: Vec<SocketAddr>,
    identity: WebIdentity,
    /// The first-run code, while nobody has an account.
    pub(super) code: Option<TypedCode>,
}

impl Opened {
    /// The SHA-256 of the certificate.
    pub(super) fn fingerprint(&self) -> &str {
        &self.identity.fingerprint
    }
}

/// Opens the pages; `None` where the settings want none.
///
/// # Errors
/// [`WebError`].
pub(super) fn open(
    config: &Config,
    store: &Store,
    now: Option<i64>,
) -> Result<Option<Opened>, WebError> {
    if !config.web.is_on() {
        return Ok(None);
    }
    store.end_undated_sessions()?;
    let is_new = store.reader()?.accounts()?.is_empty();
    let code = if is_new {
        Some(first_run::load_or_make(&config.paths)?)
    } else {
        if let Err(error) = first_run::forget(&config.paths) {
            tracing::warn!(%error, "the file of the first-run code cannot be removed");
        }
        None
    };
    let addresses = own_addresses();
    let identity = web_identity::load_or_make(&config.paths, whom(config, &addresses), now)?;
    let mut listeners = Vec::new();
    let mut bound = Vec::new();
    let mut failed = None;
    for address in &config.web.listen {
        match listen(*address) {
            Ok((listener, address)) => {
                listeners.push(listener);
                bound.push(address);
            }
            Err(source) => {
                let error = WebError::Listen {
                    address: *address,
                    source,
                };
                tracing::warn!(error = %chain(&error), "one address of the pages is left out");
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(Some(Opened {
            listeners,
            addresses: bound,
            identity,
            code,
        })),
    }
}

/// A listener for one kind of address only, so that `0.0.0.0` and `::` stand beside each other.
fn listen(address: SocketAddr) -> io::Result<(std::net::TcpListener, SocketAddr)> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(256)?;
    let listener = std::net::TcpListener::from(socket);
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn own_addresses() -> Vec<IpAddr> {
    let own = network::addresses();
    own.map_or_else(|_| Vec::new(), |all| all.own().collect())
}

fn whom<'f>(config: &'f Config, addresses: &'f [IpAddr]) -> For<'f> {
    For {
        names: &config.web.names,
        addresses,
    }
}

/// What the web stands on.
pub(super) struct Parts {
    pub(super) store: Arc<Store>,
    pub(super) settings: Arc<Settings>,
    pub(super) clock: Arc<Clock>,
    pub(super) desk: Desk,
    pub(super) config: Config,
    /// Who changes the settings.
    pub(super) desk_of_settings: Arc<SettingsDesk>,
    /// The settings file.
    pub(super) file: PathBuf,
    pub(super) restart: Restart,
    /// The runtime of the resolver, which is not that of the web.
    pub(super) runtime: Handle,
}

/// The running web.
pub(super) struct WebHandle {
    runtime: Runtime,
}

/// How the web stands, for whoever asks for a status.
#[derive(Clone, Default)]
pub(super) struct WebDesk(Arc<Mutex<WebView>>);

impl WebDesk {
    /// How it stands now.
    pub(super) fn view(&self) -> WebView {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes where the pages are.
    pub(super) fn tell(&self, view: WebView) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = view;
    }

    fn tell_fingerprint(&self, fingerprint: &str) {
        let mut view = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        view.fingerprint = Some(fingerprint.to_owned());
    }
}

impl WebHandle {
    /// Begins to serve.
    ///
    /// # Errors
    /// [`WebError::Runtime`].
    pub(super) fn begin(opened: Opened, parts: Parts) -> Result<Self, WebError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(MOST_BLOCKING)
            .thread_name("web")
            .on_thread_start(behind_answers)
            .enable_all()
            .build()
            .map_err(WebError::Runtime)?;
        let Opened {
            listeners,
            identity,
            code,
            ..
        } = opened;
        let first_run = FirstRunCode::new(code, parts.config.paths.clone());
        let places = Places::new(&parts.file, &parts.config.paths);
        let machine = Arc::new(MachineDesk::new(places, &parts));
        let bell = Arc::new(Notify::new());
        let trials = Arc::new(TrialDesk::new(
            Arc::clone(&parts.desk.engine),
            Arc::clone(&parts.desk.policies),
            Arc::clone(&parts.settings),
        ));
        let desks = Desks {
            machine: Arc::clone(&machine),
            trials: Arc::clone(&trials),
            safe_search: Arc::new(SafeSearchDesk {
                engine: Arc::clone(&parts.desk.engine),
                policies: Arc::clone(&parts.desk.policies),
                settings: Arc::clone(&parts.settings),
                clock: Arc::clone(&parts.clock),
                runtime: parts.runtime.clone(),
            }),
        };
        let ports = ports::all(&parts, first_run, desks, &bell);
        let sides = Arc::clone(&ports.place);
        let api = Api::new(Arc::clone(&parts.store), ports);
        let acceptor = TlsAcceptor::from(Arc::clone(&identity.config));
        let acceptor = Arc::new(ArcSwap::from_pointee(acceptor));
        let router = app(&api);
        let guard = runtime.enter();
        for listener in listeners {
            let listener = TcpListener::from_std(listener).map_err(WebError::Runtime)?;
            let (acceptor, sides) = (Arc::clone(&acceptor), Arc::clone(&sides));
            let served = serve::accept(listener, acceptor, router.clone(), sides);
            runtime.spawn(served);
        }
        drop(guard);
        let web = parts.desk.web.clone();
        runtime.spawn(tidy(machine, trials));
        let renewal = Renewal {
            acceptor,
            settings: parts.settings,
            clock: parts.clock,
            web,
            bell,
        };
        runtime.spawn(renewal.run(identity));
        Ok(Self { runtime })
    }

    /// Ends it; requests under way are let go after a moment. Its ports are free then.
    pub(super) fn stop(self) {
        // A change that is being saved is finished by the store's own thread.
        self.runtime.shutdown_timeout(LET_GO);
    }
}

/// Removes files that nobody fetches or asks for any more, and ends counts whose time is over.
async fn tidy(machine: Arc<MachineDesk>, trials: Arc<TrialDesk>) {
    let mut looks = tokio::time::interval(TIDY);
    loop {
        looks.tick().await;
        trials.tidy();
        let machine = Arc::clone(&machine);
        // How it went stands in the log.
        let _ = tokio::task::spawn_blocking(move || machine.tidy()).await;
    }
}

/// Has the pages show another certificate when theirs is due, or somebody says that there is another.
struct Renewal {
    acceptor: Arc<ArcSwap<TlsAcceptor>>,
    settings: Arc<Settings>,
    clock: Arc<Clock>,
    web: WebDesk,
    bell: Arc<Notify>,
}

impl Renewal {
    /// Connections under way keep theirs.
    async fn run(self, mut identity: WebIdentity) {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            let is_told = tokio::select! {
                _ = looks.tick() => false,
                () = self.bell.notified() => true,
            };
            let now = self.clock.now().map(|now| now.unix);
            if !is_told && !identity.is_due(now) {
                continue;
            }
            if let Some(other) = self
                .look(now)
                .filter(|other| other.fingerprint != identity.fingerprint)
            {
                identity = other;
            }
        }
    }

    /// The certificate as it is to be now, shown from now on.
    fn look(&self, now: Option<i64>) -> Option<WebIdentity> {
        let config = self.settings.load();
        let addresses = own_addresses();
        let loaded = web_identity::load_or_make(&config.paths, whom(&config, &addresses), now);
        let identity = loaded.inspect_err(|error| {
            let error = chain(error);
            tracing::error!(%error, "the certificate of the pages cannot be renewed");
        });
        let identity = identity.ok()?;
        tracing::warn!(
            fingerprint = %identity.fingerprint,
            "the pages show this certificate from now on; browsers ask once whether to trust one of the box's own"
        );
        self.acceptor
            .store(Arc::new(TlsAcceptor::from(Arc::clone(&identity.config))));
        self.web.tell_fingerprint(&identity.fingerprint);
        Some(identity)
    }
}
