//! Changes of the settings from the pages: the file, the running parts, the way back.
//!
//! ```text
//!  text ─► is it the file that was seen? ─► can its ports be had? ─► file ─► keeper: reload ─┬─► done
//!                                                                                          └─► start anew
//! ```
//!
//! What only a start takes up is taken up by one: the service ends and begins again as the same
//! process, which costs devices about a second. Until it runs again the way back is kept.

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use lachan_api::ports::{
    self, Finding, Interface, Pending, Saved, SettingsFault, SettingsText, Severity, WentBack,
    WhyBack,
};
use lachan_config::{Config, Language};
use lachan_policy::Role;
use lachan_store::{Act, Change, Store};
use rustix::io::Errno;

use super::desk::Desk;
use super::keeper::Orders;
use super::web::Settings;
use super::{Restart, chain};
use crate::commands::upstreams_for_web;
use crate::control::{Admin as _, ControlSocket, Reloaded, SocketError};
use crate::network;
use crate::settings_file::{Note, SettingsFile, Settled, Uptime, WAITS, tag};
use crate::settings_notice::{self, Notice, Outcome, PutBack, Why, settle_and_tell};
use crate::words::{Words, path};

/// How long firewall and proxy are given to take a change up, before it is told how they fare.
const TAKEN_UP: Duration = Duration::from_millis(900);
/// Who stands in the audit log for what the box does by itself.
const ITSELF: &str = "Lá Chắn";

/// What the desk stands on.
pub(super) struct Parts {
    pub(super) file: SettingsFile,
    pub(super) settings: Arc<Settings>,
    pub(super) orders: Orders,
    pub(super) desk: Desk,
    pub(super) store: Arc<Store>,
    pub(super) restart: Restart,
}

/// The desk.
pub(super) struct SettingsDesk {
    parts: Parts,
    /// One change after the other.
    at_work: Mutex<()>,
    /// Whether a change waits: what is looked at each second.
    waits: AtomicBool,
}

impl SettingsDesk {
    pub(super) fn new(parts: Parts) -> Self {
        let waits = AtomicBool::new(parts.file.is_timed());
        Self {
            parts,
            at_work: Mutex::new(()),
            waits,
        }
    }

    /// Whether [`Self::settle`] has anything to look at.
    pub(super) fn waits(&self) -> bool {
        self.waits.load(Ordering::SeqCst)
    }

    /// Puts the settings back whose change nobody confirmed in time.
    pub(super) fn settle(&self) {
        let _one = self.one();
        let now = Uptime::now();
        let settle = |file: &SettingsFile| file.settle(&now, false);
        match settle_and_tell(&self.parts.file, Why::Unconfirmed, None, settle) {
            Ok(Outcome::Waits) => {}
            Ok(Outcome::Nothing) => self.waits.store(false, Ordering::SeqCst),
            Ok(Outcome::PutBack(put_back)) => {
                self.waits.store(false, Ordering::SeqCst);
                tracing::warn!(
                    "nobody confirmed the change of the settings; those before are back"
                );
                note_put_back(&self.parts.store, self.unix(), &put_back);
                self.take_up();
            }
            Err(error) => {
                tracing::error!(%error, "the settings before cannot be put back; tried again");
            }
        }
    }

    fn one(&self) -> MutexGuard<'_, ()> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unix(&self) -> Option<i64> {
        self.parts.desk.clock.now().map(|now| now.unix)
    }

    fn language(&self) -> Language {
        self.parts.settings.load().school.language
    }

    /// The note of a change that waits still.
    fn waiting(&self) -> Option<(Note, u64)> {
        self.parts.file.waiting(&Uptime::now())
    }

    /// What the file says now, if it is the one that was seen.
    fn seen(&self, seen: &str) -> Result<Vec<u8>, SettingsFault> {
        let bytes = self.parts.file.read().map_err(|error| failed(&error))?;
        if tag(&bytes) == seen {
            Ok(bytes)
        } else {
            Err(SettingsFault::Changed)
        }
    }

    /// Whether a text may take the place of the file's; and how long it waits, if it does.
    fn judge(&self, text: &[u8]) -> Result<Option<u64>, SettingsFault> {
        let name = path(self.parts.file.path());
        let new = Config::from_bytes(text, &name).map_err(SettingsFault::Mistakes)?;
        let writable = self.parts.file.check_writable();
        writable.map_err(|error| SettingsFault::ReadOnly(told(&error)))?;
        let now = self.parts.settings.load();
        check_ports(&now, &new)?;
        check_control(&now, &new)?;
        Ok(may_cut_off(&now, &new).then_some(WAITS))
    }

    /// Puts a text in the place of the file's, and has the parts go by it.
    fn put(
        &self,
        text: &[u8],
        by: &str,
        waits: Option<(u64, &Uptime)>,
    ) -> Result<Saved, SettingsFault> {
        let written = self.parts.file.write(text, by, waits);
        written.map_err(|error| failed(&error))?;
        // One that waits for nobody is looked at, too, until the box has run with it for a minute.
        self.waits.store(true, Ordering::SeqCst);
        Ok(self.take_up())
    }

    /// Has the running parts go by the file.
    fn take_up(&self) -> Saved {
        match self.parts.orders.reload_and_wait() {
            Reloaded::Done {
                needs_restart: true,
            } => {
                self.parts.restart.soon();
                return Saved {
                    restarts: true,
                    ..Saved::default()
                };
            }
            Reloaded::Done {
                needs_restart: false,
            } => note_runs(&self.parts.file),
            // The next start tries them.
            Reloaded::Mistakes(_) | Reloaded::Stopping => {}
        }
        thread::sleep(TAKEN_UP);
        let words = Words::new(self.language());
        let all = crate::protection::findings(&self.parts.desk.status(), words);
        let is_of_settings = |finding: &Finding| {
            finding.severity == Severity::Error
                && ["firewall", "firewall-off", "proxy"].contains(&&*finding.code)
        };
        Saved {
            restarts: false,
            troubles: all.into_iter().filter(is_of_settings).collect(),
        }
    }
}

impl ports::SettingsFile for SettingsDesk {
    fn read(&self) -> Result<SettingsText, SettingsFault> {
        let file = &self.parts.file;
        let bytes = file.read().map_err(|error| failed(&error))?;
        let pending = self.waiting().map(|(note, left)| Pending {
            seconds: u32::try_from(left).unwrap_or(u32::MAX),
            by: note.by,
        });
        Ok(SettingsText {
            path: path(file.path()),
            tag: tag(&bytes),
            text: String::from_utf8(bytes).unwrap_or_default(),
            read_only: file.check_writable().err().map(|error| told(&error)),
            has_before: file.has_before(),
            pending,
            went_back: settings_notice::told(file).map(went_back),
        })
    }

    fn in_use(&self) -> Arc<Config> {
        self.parts.settings.load_full()
    }

    fn save(&self, seen: &str, text: &str, by: &str) -> Result<Saved, SettingsFault> {
        let _one = self.one();
        self.seen(seen)?;
        if self.waiting().is_some() {
            return Err(SettingsFault::Pending);
        }
        let waits = self.judge(text.as_bytes())?;
        let now = Uptime::now();
        let waits = waits.map(|seconds| (seconds, &now));
        self.put(text.as_bytes(), by, waits)
    }

    fn undo(&self, seen: &str, by: &str) -> Result<Saved, SettingsFault> {
        let _one = self.one();
        self.seen(seen)?;
        let file = &self.parts.file;
        if self.waiting().is_some() {
            // Back to what was known to work: that waits for nobody.
            let settled = file.settle(&Uptime::now(), true);
            self.waits.store(false, Ordering::SeqCst);
            return match settled.map_err(|error| failed(&error))? {
                Settled::PutBack => Ok(self.take_up()),
                Settled::Nothing | Settled::Waits => Err(SettingsFault::NothingBefore),
            };
        }
        let before = match file.read_before() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SettingsFault::NothingBefore);
            }
            other => other.map_err(|error| failed(&error))?,
        };
        let waits = self.judge(&before)?;
        let now = Uptime::now();
        let waits = waits.map(|seconds| (seconds, &now));
        self.put(&before, by, waits)
    }

    fn confirm(&self) -> Result<(), SettingsFault> {
        let _one = self.one();
        let confirmed = self.parts.file.confirm(&Uptime::now());
        if !confirmed.map_err(|error| failed(&error))? {
            return Err(SettingsFault::NothingPending);
        }
        self.waits.store(false, Ordering::SeqCst);
        tracing::info!("the change of the settings is confirmed");
        Ok(())
    }

    fn dismiss(&self) -> Result<bool, SettingsFault> {
        settings_notice::dismiss(&self.parts.file).map_err(|error| failed(&error))
    }

    fn interfaces(&self) -> Vec<Interface> {
        network::interfaces().unwrap_or_else(|error| {
            tracing::error!(%error, "the interfaces of this machine cannot be listed");
            Vec::new()
        })
    }

    fn try_upstreams(&self, config: &Config, language: Language) -> Vec<Finding> {
        upstreams_for_web(config, Words::new(language))
    }
}

/// Notes that the box put settings back by itself.
pub(super) fn note_put_back(store: &Store, unix: Option<i64>, put_back: &PutBack) {
    let act = Act {
        author: ITSELF.to_owned(),
        role: Role::School,
        at: unix,
    };
    let (old, new) = lachan_api::shown_differences(&put_back.before, &put_back.after);
    let noted = store.note(
        &act,
        Change::UndoSettings,
        "lachan.toml",
        Some(old),
        Some(new),
    );
    if let Err(error) = noted {
        tracing::error!(error = %chain(&error), "that the settings went back cannot be noted");
    }
}

/// What went back, as the pages tell it.
fn went_back(notice: Notice) -> WentBack {
    WentBack {
        at: notice.at,
        why: match notice.why {
            Why::Unconfirmed => WhyBack::Unconfirmed,
            Why::NoStart => WhyBack::NoStart,
            Why::Died => WhyBack::Died,
            Why::Restore => WhyBack::Restore,
        },
        by: Some(notice.by).filter(|by| !by.is_empty()),
        changed: notice.changed,
        reason: notice.reason.map(|reason| (reason.vi, reason.en)),
    }
}

/// Notes that the box runs with what is in the file.
pub(super) fn note_runs(file: &SettingsFile) {
    if let Err(error) = file.runs(&Uptime::now()) {
        tracing::warn!(%error, "the way back of settings in use cannot be forgotten");
    }
}

fn failed(error: &io::Error) -> SettingsFault {
    tracing::error!(%error, "the settings file cannot be read or written");
    if matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    ) {
        SettingsFault::ReadOnly(told(error))
    } else {
        SettingsFault::Disk
    }
}

/// What the system says, without its number.
fn told(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Whether somebody at the pages may be cut off by a change: it goes by where the box stands, where
/// its pages and its resolver are, who counts as whom there, and where the accounts lie.
pub(super) fn may_cut_off(now: &Config, new: &Config) -> bool {
    let network = |config: &Config| {
        let mut network = config.network.clone();
        // What single devices are given cuts off nobody else.
        network.dhcp.fixed.clear();
        network
    };
    network(now) != network(new)
        || now.web != new.web
        || now.paths != new.paths
        || now.resolver.listen != new.resolver.listen
        || now.proxy.transparent != new.proxy.transparent
}

/// A listener by its protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Listener {
    Tcp(SocketAddr),
    Udp(SocketAddr),
}

impl Listener {
    fn address(self) -> SocketAddr {
        match self {
            Self::Tcp(address) | Self::Udp(address) => address,
        }
    }

    /// Whether this one keeps the system from giving the other, so that both together cannot be.
    fn is_in_the_way_of(self, other: Self) -> bool {
        let is_alike = matches!(
            (self, other),
            (Self::Tcp(_), Self::Tcp(_)) | (Self::Udp(_), Self::Udp(_))
        );
        let (own, other) = (self.address(), other.address());
        let takes_all = own.ip().is_unspecified() || other.ip().is_unspecified();
        is_alike && own.port() == other.port() && (takes_all || own.ip() == other.ip())
    }

    fn try_it(self) -> io::Result<()> {
        match self {
            Self::Tcp(address) => TcpListener::bind(address).map(drop),
            Self::Udp(address) => UdpSocket::bind(address).map(drop),
        }
    }
}

/// Where the box listens by some settings. Of the proxy's, an address that is not there yet is waited
/// for; of the others it must be there.
fn listeners(config: &Config, of_proxy: bool) -> BTreeSet<Listener> {
    let (resolver, proxy) = (&config.resolver, &config.proxy);
    let encrypted = &resolver.encrypted;
    let mut all = BTreeSet::new();
    if of_proxy {
        let pages = proxy.block_page.iter();
        let pages = pages.flat_map(|ip| [80, 443].map(|port| SocketAddr::new(*ip, port)));
        all.extend(
            proxy
                .explicit
                .iter()
                .copied()
                .chain(pages)
                .map(Listener::Tcp),
        );
    } else {
        let tcp = [
            &resolver.listen,
            &encrypted.listen_dot,
            &encrypted.listen_doh,
            &config.web.listen,
        ];
        let tcp = tcp.into_iter().flatten().chain(&config.metrics.listen);
        all.extend(tcp.copied().map(Listener::Tcp));
        let udp = [&resolver.listen, &encrypted.listen_doq];
        all.extend(udp.into_iter().flatten().copied().map(Listener::Udp));
    }
    all
}

/// Tries the listeners that are new. What only our own are in the way of is to be had once they are gone.
fn check_ports(now: &Config, new: &Config) -> Result<(), SettingsFault> {
    let ours: BTreeSet<_> = [true, false]
        .into_iter()
        .flat_map(|of_proxy| listeners(now, of_proxy))
        .collect();
    for of_proxy in [false, true] {
        for wanted in listeners(new, of_proxy) {
            if ours.contains(&wanted) {
                continue;
            }
            let Err(error) = wanted.try_it() else {
                continue;
            };
            let refuses = match Errno::from_io_error(&error) {
                Some(Errno::ADDRINUSE) => !ours.iter().any(|own| own.is_in_the_way_of(wanted)),
                Some(Errno::ADDRNOTAVAIL | Errno::ACCESS | Errno::PERM) => !of_proxy,
                _ => false,
            };
            if refuses {
                return Err(SettingsFault::Listen {
                    address: wanted.address().to_string(),
                    why: told(&error),
                });
            }
        }
    }
    Ok(())
}

/// Tries whether the control socket can stand at another place. At its own it does already.
fn check_control(now: &Config, new: &Config) -> Result<(), SettingsFault> {
    let (socket, access) = (&new.control.socket, new.control.access);
    if *socket == now.control.socket {
        return Ok(());
    }
    ControlSocket::open(socket, access)
        .map(drop)
        .map_err(|error| {
            let why = match &error {
                SocketError::System { source, .. } => told(source),
                SocketError::Live(_) => told(&Errno::ADDRINUSE.into()),
                SocketError::NotASocket(_) => told(&Errno::EXIST.into()),
            };
            let address = path(socket);
            SettingsFault::Listen { address, why }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(tables: &str) -> Config {
        Config::parse(&format!("version = \"v1\"\n{tables}"), "x").unwrap()
    }

    #[test]
    fn only_what_may_cut_people_off_waits() {
        let now = config("");
        for harmless in [
            "[school]\nname = \"A\"\n",
            "[resolver]\nupstreams = [\"192.0.2.1\"]\n",
            "[proxy]\nblock-page = [\"10.0.0.2\"]\n",
            "[log]\nlevel = \"warn\"\n",
        ] {
            assert!(!may_cut_off(&now, &config(harmless)), "{harmless}");
        }
        for risky in [
            "[network]\nmode = \"resolver\"\ninside = [\"eth0\"]\n",
            "[web]\nlisten = [\"10.0.0.1:8444\"]\n",
            "[web]\nmanagement = [\"10.0.0.0/24\"]\n",
            "[resolver]\nlisten = [\"10.0.0.1:53\"]\n",
            "[paths]\ndata = \"/elsewhere\"\n",
            "[proxy]\ntransparent = \"on\"\n[network]\nmode = \"gateway\"\ninside = [\"eth1\"]\noutside = \"eth0\"\n",
        ] {
            assert!(may_cut_off(&now, &config(risky)), "{risky}");
        }
    }

    #[test]
    fn a_port_that_somebody_else_has_is_refused_before_anything_is_written() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let now = config("[resolver]\nlisten = [\"127.0.0.1:0\"]\n[web]\nlisten = []\n");
        for new in [
            format!("[resolver]\nlisten = [\"127.0.0.1:0\"]\n[web]\nlisten = [\"{address}\"]\n"),
            format!(
                "[resolver]\nlisten = [\"127.0.0.1:0\"]\n[web]\nlisten = []\n[proxy]\nexplicit = [\"{address}\"]\n"
            ),
        ] {
            let refused = check_ports(&now, &config(&new)).unwrap_err();
            let SettingsFault::Listen { address: told, why } = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(told, address.to_string());
            assert!(!why.is_empty() && !why.contains("os error"), "{why}");
            // Our own listener is not in our way.
            assert_eq!(check_ports(&config(&new), &config(&new)), Ok(()));
        }
        let nowhere =
            "[resolver]\nlisten = [\"127.0.0.1:0\"]\n[web]\nlisten = [\"192.0.2.77:8444\"]\n";
        assert!(check_ports(&now, &config(nowhere)).is_err());
        let later = "[resolver]\nlisten = [\"127.0.0.1:0\"]\n[web]\nlisten = []\n[proxy]\nblock-page = [\"192.0.2.77\"]\n";
        assert_eq!(check_ports(&now, &config(later)), Ok(()));
    }
    #[test]
    fn the_port_of_one_of_ours_at_another_address_is_tried_all_the_same() {
        let none = config("[resolver]\nlisten = [\"127.0.0.1:0\"]\n[web]\nlisten = []\n");
        let metrics = |address: &str| {
            config(&format!(
                "[resolver]\nlisten = [\"127.0.0.1:0\"]\n[web]\nlisten = []\n[metrics]\nreach = \"network\"\nlisten = \"{address}\"\n"
            ))
        };
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let refused = |now: &Config, new: &Config| {
            matches!(check_ports(now, new), Err(SettingsFault::Listen { .. }))
        };
        let now = metrics(&format!("127.0.0.1:{port}"));
        assert!(refused(&none, &now));
        // An address that the machine lacks.
        assert!(refused(&now, &metrics(&format!("192.0.2.77:{port}"))));
        // One that somebody else has at this port.
        let other = TcpListener::bind(("127.0.0.2", port)).unwrap();
        assert!(refused(&now, &metrics(&format!("127.0.0.2:{port}"))));
        drop(other);
        // Only ours is in the way.
        assert!(!refused(&now, &metrics(&format!("0.0.0.0:{port}"))));
    }

    #[test]
    fn a_control_socket_where_none_can_stand_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| {
            let socket = folder.path().join(name);
            config(&format!("[control]\nsocket = \"{}\"\n", socket.display()))
        };
        std::fs::write(folder.path().join("file"), "x").unwrap();
        let now = at("old.sock");
        assert_eq!(check_control(&now, &at("new.sock")), Ok(()));
        assert!(!folder.path().join("new.sock").exists());
        for bad in ["file", "file/below"] {
            let refused = check_control(&now, &at(bad)).unwrap_err();
            let SettingsFault::Listen { address, why } = refused else {
                panic!("{refused:?}");
            };
            assert!(address.ends_with(bad) && !why.is_empty(), "{address} {why}");
        }
        let live = ControlSocket::open(&folder.path().join("live"), now.control.access).unwrap();
        assert!(check_control(&now, &at("live")).is_err());
        drop(live);
    }
}
