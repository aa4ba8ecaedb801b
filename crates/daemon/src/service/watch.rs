//! Watches, in one thread and off the hot path, what changes by itself around the filter: the
//! kernel's interfaces and neighbour table, the DHCP server's lease files, and the files whose
//! change means that the keeper has to look.
//!
//! ```text
//!  netlink ──► Table ──► ArcSwap<Neighbours>  ◄── resolver     (while a group names a MAC)
//!          └─► Links ──► keeper: interfaces of groups
//!  lease files ────────► ArcSwap<DeviceNames> ◄── resolver
//!  inotify ────────────► keeper: look at once
//! ```
//!
//! Hardware addresses and names of devices stay in memory. Whatever cannot be watched is told once
//! and tried again; the filter goes on with what it knows.

mod files;

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use lachan_policy::Name;
use lachan_resolver::{DeviceNames, Leases, Neighbours, Nets};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use super::chain;
use super::clock::Clock;
use crate::files::Mark;
use crate::leases;
use crate::network::{Addresses, Ask, Hear, Links, Socket, Table, is_overrun};
use files::{Changed, Files};

/// Least time between two snapshots of the neighbour table. A device that appears is in the next
/// one at once, mostly before its first query (the kernel hears of it when it looks for the box);
/// when the whole school switches on, the table is not copied for each device: a hundredth of a
/// core at most.
const PAUSE: Duration = Duration::from_millis(10);
/// Least time between two readings of the lease files, which a server may write for each device.
const LEASES_PAUSE: Duration = Duration::from_secs(1);
/// How long a lease file must rest before it is read: servers write it in pieces.
const LEASES_REST: Duration = Duration::from_millis(100);
/// How often lease files are looked at where changes cannot be heard of.
const LOOK: Duration = Duration::from_secs(1);
/// How often names are made anew without any change: leases end.
const ROUND: Duration = Duration::from_secs(60);
/// When netlink is tried again after it failed.
const RETRY: Duration = Duration::from_secs(60);

/// Who is told of changes.
pub(super) trait Told: Send {
    /// The interfaces are others now.
    fn links(&self, links: Links);
    /// A file changed that the keeper reads.
    fn look(&self);
}

/// The watcher before it runs.
pub(super) struct Watch<T> {
    pub(super) told: T,
    pub(super) clock: Arc<Clock>,
    pub(super) neighbours: Arc<ArcSwap<Neighbours>>,
    pub(super) nets: Arc<ArcSwap<Nets>>,
    pub(super) devices: Arc<ArcSwap<DeviceNames>>,
    pub(super) lease_files: Vec<PathBuf>,
    /// The school's domains, in which devices have their names.
    pub(super) domains: Vec<Name>,
    /// Files whose change means that the keeper has to look: database and ruleset.
    pub(super) kept_files: Vec<PathBuf>,
    /// The interfaces that the policy in use is of.
    pub(super) links: Links,
}

/// Tells the watcher things, from any thread.
#[derive(Clone)]
pub(super) struct Bell {
    bell: Arc<OwnedFd>,
    wants_neighbours: Arc<AtomicBool>,
    /// Whether limits tell devices of IPv6 apart by MAC, whatever the policy names.
    by_limits: bool,
    stop: Arc<AtomicBool>,
}

/// The running watcher.
pub(super) struct WatchHandle {
    bell: Bell,
    thread: JoinHandle<()>,
}

impl Bell {
    /// A bell that nobody hears yet. `by_limits` says that the neighbour table is wanted in any case.
    ///
    /// # Errors
    /// When the system gives no descriptor.
    pub(super) fn new(by_limits: bool) -> io::Result<Self> {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        Ok(Self {
            bell: Arc::new(eventfd(0, flags)?),
            wants_neighbours: Arc::new(AtomicBool::new(by_limits)),
            by_limits,
            stop: Arc::default(),
        })
    }

    /// Says whether the policy names devices by MAC. Only then, or for limits, is the neighbour table
    /// kept.
    pub(super) fn want_neighbours(&self, wanted: bool) {
        let wanted = wanted || self.by_limits;
        if self.wants_neighbours.swap(wanted, Ordering::SeqCst) != wanted {
            self.ring();
        }
    }

    /// Whether the neighbour table is wanted.
    pub(super) fn wants_neighbours(&self) -> bool {
        self.wants_neighbours.load(Ordering::SeqCst)
    }

    fn ring(&self) {
        // A bell that is full has rung already.
        let _ = rustix::io::write(&*self.bell, &1u64.to_ne_bytes());
    }
}

impl WatchHandle {
    /// Ends the watcher.
    pub(super) fn stop(self) {
        self.bell.stop.store(true, Ordering::SeqCst);
        self.bell.ring();
        if self.thread.join().is_err() {
            tracing::error!("the watcher of the network had failed");
        }
    }
}

impl<T: Told + 'static> Watch<T> {
    /// Begins to watch.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(self, bell: Bell) -> io::Result<WatchHandle> {
        let mut watcher = Watcher::new(self, bell.clone());
        let thread = thread::Builder::new()
            .name("watch".into())
            .spawn(move || watcher.run())?;
        Ok(WatchHandle { bell, thread })
    }
}

/// The watcher at work.
struct Watcher<T> {
    watch: Watch<T>,
    bell: Bell,
    files: Files,
    /// What the socket hears of; `None` while there is none.
    socket: Option<(Socket, Hear)>,
    /// When to try netlink again.
    retry: Option<Instant>,
    table: Table,
    addresses: Addresses,
    /// Whether the table is newer than the snapshot, and when that was made.
    is_newer: bool,
    published: Option<Instant>,
    leases: Leases,
    /// The marks the lease files had when they were read last.
    marks: Vec<Option<Mark>>,
    /// Lease files that could not be read; told once.
    failing: Vec<PathBuf>,
    leases_read: Instant,
    /// When they are to be read.
    leases_due: Option<Instant>,
    /// When names are to be made anew.
    round: Instant,
}

impl<T: Told> Watcher<T> {
    fn new(watch: Watch<T>, bell: Bell) -> Self {
        let now = Instant::now();
        let files = Files::watch(&watch.kept_files, &watch.lease_files);
        let mut watcher = Self {
            watch,
            bell,
            files,
            socket: None,
            retry: None,
            table: Table::default(),
            addresses: Addresses::default(),
            is_newer: false,
            published: None,
            leases: Leases::default(),
            marks: Vec::new(),
            failing: Vec::new(),
            leases_read: now,
            leases_due: None,
            round: now + ROUND,
        };
        // Before the first query, so that every name is known with it.
        watcher.read_leases(now);
        watcher
    }

    fn run(&mut self) {
        while !self.bell.stop.load(Ordering::SeqCst) {
            let now = Instant::now();
            self.subscribe(now);
            self.publish(now);
            self.look_at_leases(now);
            self.wait(now);
        }
    }

    /// Has a socket that hears what is wanted, and the tables of this moment.
    fn subscribe(&mut self, now: Instant) {
        let hear = if self.bell.wants_neighbours() {
            Hear::LinksAndNeighbours
        } else {
            Hear::Links
        };
        let is_heard = self
            .socket
            .as_ref()
            .is_some_and(|(_, heard)| *heard == hear);
        if is_heard || self.retry.is_some_and(|retry| now < retry) {
            return;
        }
        match self.open(hear, now) {
            Ok(socket) => {
                self.socket = Some((socket, hear));
                self.retry = None;
            }
            Err(error) => {
                if self.retry.is_none() {
                    tracing::error!(
                        error = %chain(&error),
                        "the kernel's tables of interfaces and neighbours cannot be read: groups that name interfaces or MACs do not hold; tried again each minute"
                    );
                }
                self.socket = None;
                self.retry = Some(now + RETRY);
            }
        }
    }

    /// Hears first and reads then, so that no change falls in between.
    fn open(&mut self, hear: Hear, now: Instant) -> io::Result<Socket> {
        let mut socket = Socket::open(hear)?;
        let before = self.watch.links.clone();
        let mut links = Links::default();
        socket.ask(&Ask::Links, &mut |message| {
            links.take(&message);
            self.is_newer |= self.table.take(&message, now);
        })?;
        let mut addresses = Addresses::default();
        socket.ask(&Ask::Addresses, &mut |message| {
            links.take(&message);
            addresses.take(&message);
            self.is_newer |= self.table.take(&message, now);
        })?;
        self.set_addresses(addresses);
        if hear == Hear::LinksAndNeighbours {
            self.table.begin();
            let addresses = &mut self.addresses;
            socket.ask(&Ask::Neighbours, &mut |message| {
                links.take(&message);
                addresses.take(&message);
                self.is_newer |= self.table.take(&message, now);
            })?;
            self.is_newer |= self.table.end(now);
            self.watch.nets.store(Arc::new(self.addresses.nets()));
        } else {
            // Nobody asks for MACs, so none is kept.
            self.table = Table::default();
            self.is_newer = true;
        }
        self.watch.links = links;
        if self.watch.links != before {
            self.watch.told.links(self.watch.links.clone());
        }
        Ok(socket)
    }

    fn set_addresses(&mut self, addresses: Addresses) {
        self.addresses = addresses;
        self.watch.nets.store(Arc::new(self.addresses.nets()));
    }

    /// Reads what the socket heard.
    fn hear(&mut self, now: Instant) {
        let Some((socket, _)) = &mut self.socket else {
            return;
        };
        let (table, links, is_newer) = (&mut self.table, &mut self.watch.links, &mut self.is_newer);
        let addresses = &mut self.addresses;
        let (mut are_other, mut have_others) = (false, false);
        let read = socket.read(&mut |message| {
            are_other |= links.take(&message);
            have_others |= addresses.take(&message);
            *is_newer |= table.take(&message, now);
        });
        if are_other {
            self.watch.told.links(self.watch.links.clone());
        }
        if have_others {
            self.watch.nets.store(Arc::new(self.addresses.nets()));
        }
        if let Err(error) = read {
            if !is_overrun(&error) {
                tracing::warn!(error = %chain(&error), "netlink broke off and is opened again");
            }
            // Opened anew, everything is read again.
            self.socket = None;
        }
    }

    /// Hands the resolver the table if it changed, not more often than is good.
    fn publish(&mut self, now: Instant) {
        self.is_newer |= self.table.expire(now);
        if self.is_newer && self.publish_due().is_none_or(|due| due <= now) {
            self.watch.neighbours.store(Arc::new(self.table.snapshot()));
            self.is_newer = false;
            self.published = Some(now);
        }
    }

    fn publish_due(&self) -> Option<Instant> {
        self.published.map(|published| published + PAUSE)
    }

    /// Reads the lease files if they changed and rest, and lets names go whose lease is over.
    fn look_at_leases(&mut self, now: Instant) {
        if self.watch.lease_files.is_empty() {
            return;
        }
        if self.leases_due.is_none() && self.marks != self.marks_now() {
            self.leases_due = Some(now);
        }
        let earliest = self.leases_read + LEASES_PAUSE;
        if self.leases_due.is_some_and(|due| due.max(earliest) <= now) {
            self.read_leases(now);
        } else if self.round <= now {
            self.name_devices(now);
        }
    }

    fn marks_now(&self) -> Vec<Option<Mark>> {
        let files = self.watch.lease_files.iter();
        files.map(|file| Mark::of(file)).collect()
    }

    fn read_leases(&mut self, now: Instant) {
        self.marks = self.marks_now();
        self.leases_read = now;
        self.leases_due = None;
        let (leases, failures) = leases::read(&self.watch.lease_files);
        for (file, error) in &failures {
            if !self.failing.contains(file) {
                tracing::warn!(
                    file = %file.display(), error = %chain(error),
                    "the lease file cannot be read; its devices have no names"
                );
            }
        }
        self.failing = failures.into_iter().map(|(file, _)| file).collect();
        self.leases = leases;
        self.name_devices(now);
    }

    fn name_devices(&mut self, now: Instant) {
        self.round = now + ROUND;
        let at = self.watch.clock.now().map(|moment| moment.unix);
        let names = DeviceNames::of(&self.leases, &self.watch.domains, at);
        if **self.watch.devices.load() != names {
            self.watch.devices.store(Arc::new(names));
        }
    }

    /// Waits until something happens or is due.
    fn wait(&mut self, now: Instant) {
        let timeout = self.next_due(now).map(timespec);
        let mut waiting = vec![PollFd::new(&*self.bell.bell, PollFlags::IN)];
        if let Some(files) = self.files.inotify() {
            waiting.push(PollFd::new(files, PollFlags::IN));
        }
        if let Some((socket, _)) = &self.socket {
            waiting.push(PollFd::new(socket, PollFlags::IN));
        }
        let polled = poll(&mut waiting, timeout.as_ref());
        drop(waiting);
        if polled.is_err() {
            // Interrupted by a signal, or out of memory: the next round tries again.
            return;
        }
        let mut rung = [0; 8];
        let _ = rustix::io::read(&*self.bell.bell, &mut rung);
        let now = Instant::now();
        self.hear(now);
        let changed = self.files.changed();
        if changed.contains(&Changed::Kept) {
            self.watch.told.look();
        }
        if changed.contains(&Changed::Leases) {
            self.leases_due = Some(now + LEASES_REST);
        }
    }

    /// How long until something is due.
    fn next_due(&self, now: Instant) -> Option<Duration> {
        let has_leases = !self.watch.lease_files.is_empty();
        let earliest = self.leases_read + LEASES_PAUSE;
        let dues = [
            self.publish_due().filter(|_| self.is_newer),
            self.table.next_end(),
            self.retry,
            self.leases_due.map(|due| due.max(earliest)),
            has_leases.then_some(now + LOOK),
        ];
        let next = dues.into_iter().flatten().min()?;
        // Not before it is due: a millisecond more is nothing.
        Some(next.saturating_duration_since(now) + Duration::from_millis(1))
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network;
    use std::sync::Mutex;
    use std::sync::mpsc::{self, Receiver, Sender};

    /// Longest wait for anything; nothing comes near it unless it is broken.
    const PATIENCE: Duration = Duration::from_secs(20);

    struct Heard {
        links: Mutex<Sender<Links>>,
        looks: Mutex<Sender<()>>,
    }

    impl Told for Heard {
        fn links(&self, links: Links) {
            let _ = self.links.lock().unwrap().send(links);
        }

        fn look(&self) {
            let _ = self.looks.lock().unwrap().send(());
        }
    }

    struct Bench {
        folder: tempfile::TempDir,
        watch: WatchHandle,
        devices: Arc<ArcSwap<DeviceNames>>,
        links: Receiver<Links>,
        looks: Receiver<()>,
    }

    fn bench() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let (links_out, links) = mpsc::channel();
        let (looks_out, looks) = mpsc::channel();
        let devices: Arc<ArcSwap<DeviceNames>> = Arc::default();
        let watch = Watch {
            told: Heard {
                links: Mutex::new(links_out),
                looks: Mutex::new(looks_out),
            },
            clock: Arc::new(Clock::new(jiff::tz::TimeZone::UTC)),
            neighbours: Arc::default(),
            nets: Arc::default(),
            devices: devices.clone(),
            lease_files: vec![folder.path().join("dnsmasq.leases")],
            domains: vec!["lan".parse().unwrap()],
            kept_files: vec![folder.path().join("lachan.db")],
            links: Links::default(),
        };
        Bench {
            watch: watch.start(Bell::new(false).unwrap()).unwrap(),
            folder,
            devices,
            links,
            looks,
        }
    }

    fn wait_until(condition: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !condition() {
            assert!(Instant::now() < end, "it never came about");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn interfaces_files_and_leases_are_told_as_they_change() {
        let bench = bench();
        let first = bench.links.recv_timeout(PATIENCE).unwrap();
        assert_eq!(first, network::links().unwrap());
        std::fs::write(bench.folder.path().join("lachan.db-wal"), "x").unwrap();
        bench.looks.recv_timeout(PATIENCE).unwrap();
        let file = bench.folder.path().join("dnsmasq.leases");
        std::fs::write(&file, "0 3c:22:fb:0a:b1:9e 10.6.0.9 may-1 *\n").unwrap();
        wait_until(|| !bench.devices.load().is_empty());
        std::fs::remove_file(&file).unwrap();
        wait_until(|| bench.devices.load().is_empty());
        bench.watch.stop();
    }

    #[test]
    fn the_neighbour_table_is_kept_only_while_it_is_wanted() {
        let bench = bench();
        bench.links.recv_timeout(PATIENCE).unwrap();
        bench.watch.bell.want_neighbours(true);
        bench.watch.bell.want_neighbours(false);
        bench.watch.stop();
    }
}
