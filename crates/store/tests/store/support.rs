//! A store in a folder of its own, a clock that stands where the test puts it, and short ways to
//! record and to ask.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use lachan_policy::{Action, Category, GroupId, Level, Moment, Name, Role, Rule, Tier, Verdict};
use lachan_store::{
    Act, Asked, Attempt, Cell, Channel, Clock, Event, EventFilter, Opened, Settings, Source, Store,
};

/// Monday 2026-11-23, 08:30 in Vietnam.
pub(crate) const NOW: i64 = 1_795_397_400;
pub(crate) const DAY: i64 = 86_400;

/// A clock in Vietnam's zone; 0 stands for a time not known.
#[derive(Clone)]
pub(crate) struct FakeClock(Arc<AtomicI64>);

impl FakeClock {
    pub(crate) fn at(unix: i64) -> Self {
        Self(Arc::new(AtomicI64::new(unix)))
    }

    pub(crate) fn set(&self, unix: i64) {
        self.0.store(unix, Ordering::SeqCst);
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Option<Moment> {
        let unix = self.0.load(Ordering::SeqCst);
        (unix != 0).then(|| Moment::from_unix(unix, 7 * 3600))
    }
}

/// A folder with a database, and the clock that its store follows.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: FakeClock,
    pub(crate) settings: Settings,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            // Long enough that nothing is flushed but when a test asks.
            flush: Duration::from_secs(3600),
            busy_timeout: Duration::from_millis(20),
            ..Settings::default()
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: FakeClock::at(NOW),
            settings,
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("lachan.db")
    }

    pub(crate) fn open(&self) -> Store {
        let opened = self.try_open().unwrap();
        assert_eq!(opened.set_aside, None);
        opened.store
    }

    pub(crate) fn try_open(&self) -> Result<Opened, lachan_store::OpenError> {
        Store::open(
            &self.path(),
            self.settings.clone(),
            Arc::new(self.clock.clone()),
        )
    }

    /// A connection past the store, as another program has one.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.path()).unwrap()
    }

    pub(crate) fn attempt(&self, host: &str, client: u8) -> Attempt {
        attempt(self.clock.now(), block(), host, client)
    }
}

pub(crate) fn block() -> Verdict {
    Verdict {
        action: Action::Block,
        level: Level::Tier,
        category: Category::new(4),
        list: None,
        rule: Rule::Cell,
        tier: Tier::Thcs,
        alert: false,
        no_name: false,
        no_log: false,
        safe_form: None,
    }
}

pub(crate) fn attempt(at: Option<Moment>, verdict: Verdict, host: &str, client: u8) -> Attempt {
    let name = Name::from_text(host).unwrap();
    let asked = Asked {
        name: &name,
        behind: None,
        client: [10, 0, 0, client].into(),
        group: GroupId(1),
        channel: Channel::Dns,
        source: Source::List("base/gambling".into()),
        at,
    };
    Attempt::new(&verdict, asked).unwrap()
}

pub(crate) fn cell(action: Action) -> Cell {
    Cell {
        tier: Tier::Thcs,
        category: Category::new(4),
        action,
        channel: Channel::Dns,
    }
}

pub(crate) fn act() -> Act {
    Act {
        author: "thay-nam".into(),
        role: Role::School,
        at: Some(NOW),
    }
}

pub(crate) fn events(store: &Store) -> Vec<Event> {
    let filter = EventFilter {
        limit: 10_000,
        ..EventFilter::default()
    };
    store.reader().unwrap().events(&filter).unwrap()
}

/// Waits for a condition that the writer's thread brings about.
pub(crate) fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} never came about");
        std::thread::yield_now();
    }
}

/// No device has a name here.
pub(crate) fn no_devices(name: &str) -> Result<lachan_policy::Mac, lachan_store::DeviceError> {
    Err(lachan_store::DeviceError::Unknown(name.to_owned()))
}
