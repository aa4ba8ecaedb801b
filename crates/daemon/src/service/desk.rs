//! The running filter as the control socket and the page of figures see it: gathers what the parts
//! tell. Nothing here is on the way of a query.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use lachan_policy::{Name, Policy};
use lachan_resolver::{ConnectionWatch, Engine, UpstreamHealth, UpstreamState};
use lachan_store::Watch;

use super::chain;
use super::clock::Clock;
use super::firewall::FirewallDesk;
use super::gate::GateDesk;
use super::keeper::Orders;
use super::memory::Memory;
use super::series::Views;
use super::web::WebDesk;
use crate::control::{
    Admin, BypassView, Cache, Events, FirewallView, Reloaded, RulesetView, Series, Status,
    UpstreamView,
};
use crate::figures::{Tally, bypass_totals, totals};
use crate::metrics::{Figures, Form, render};
use crate::process::Process;
use crate::time::Now;

/// What the desk asks.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) engine: Arc<Engine>,
    /// Where the cache is kept over a restart, if it is.
    pub(super) memory: Option<Arc<Memory>>,
    pub(super) connections: ConnectionWatch,
    pub(super) policies: Arc<ArcSwap<Policy>>,
    pub(super) watch: Watch,
    pub(super) clock: Arc<Clock>,
    pub(super) orders: Orders,
    pub(super) listeners: Vec<SocketAddr>,
    pub(super) encrypted: Vec<(String, SocketAddr)>,
    pub(super) metrics: Option<SocketAddr>,
    pub(super) most_cache_bytes: u64,
    /// The school's name as it was at the start.
    pub(super) school: String,
    pub(super) started: Instant,
    pub(super) firewall: FirewallDesk,
    pub(super) gate: GateDesk,
    pub(super) web: WebDesk,
}

impl Desk {
    /// The page of figures.
    pub(super) fn page(&self, form: Form) -> String {
        let figures = Figures {
            status: self.status(),
            tally: self.tally(),
            latencies: self.engine.latencies(),
        };
        render(&figures, form)
    }

    /// The resolver's counters.
    pub(super) fn tally(&self) -> Tally {
        Tally {
            queries: self.engine.counts(),
            connections: self.connections.counts(),
            bypasses: self.engine.bypasses(),
        }
    }

    fn ruleset(policy: &Policy) -> RulesetView {
        let header = policy.ruleset().header();
        RulesetView {
            built: (header.built > 0).then_some(header.built),
            names: header.names,
            lists: policy.ruleset().lists().len(),
        }
    }

    fn cache(&self) -> Cache {
        let (answers, bytes) = self.engine.cached_size();
        Cache {
            answers,
            bytes,
            most_bytes: self.most_cache_bytes,
        }
    }

    fn bypasses(&self) -> Option<BypassView> {
        let today = self.clock.now()?.local_day();
        let days = self.watch.bypasses(today);
        Some(BypassView {
            today: bypass_totals(&days.today),
            week: bypass_totals(&days.week),
        })
    }

    fn events(&self) -> Events {
        let health = self.watch.health();
        Events {
            queued: health.queued,
            waiting: health.waiting,
            dropped: health.dropped,
            flushes: health.flushes,
            failing: health.failing,
        }
    }
}

impl Admin for Desk {
    fn status(&self) -> Status {
        let policy = self.policies.load_full();
        Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            school: self.school.clone(),
            uptime: self.started.elapsed().as_secs(),
            now: Now::system().known().map(|now| now.as_second()),
            listeners: self.listeners.clone(),
            encrypted: self.encrypted.clone(),
            metrics: self.metrics,
            ruleset: Self::ruleset(&policy),
            groups: policy.groups().all().len(),
            exceptions: policy.exceptions().all().len(),
            upstreams: self.engine.upstreams().into_iter().map(upstream).collect(),
            in_flight: self.engine.under_way(),
            cache: self.cache(),
            process: Process::own(),
            events: self.events(),
            totals: totals(&self.tally()),
            firewall: self.firewall.view(),
            proxy: self.gate.view(),
            bypasses: self.bypasses(),
            web: self.web.view(),
        }
    }

    fn series(&self) -> Box<dyn Series> {
        Box::new(Views::begin(self.clone()))
    }

    fn metrics(&self) -> String {
        self.page(Form::Text)
    }

    fn reload(&self) -> Reloaded {
        self.orders.reload_and_wait()
    }

    fn flush_cache(&self, name: Option<&Name>, below: bool) -> usize {
        // Which name it was is nobody's business but the asker's: it is not logged.
        let (name, below) = name.map_or((&Name::ROOT, true), |name| (name, below));
        let count = match &self.memory {
            Some(memory) => memory.flush(name, below),
            None => self.engine.flush_cache(name, below),
        };
        tracing::info!(count, "cached answers were forgotten by request");
        count
    }

    fn firewall(&self, off_for: Option<Duration>) -> Result<FirewallView, String> {
        let switched = match off_for {
            Some(time) => self.firewall.off(time),
            None => self.firewall.on(),
        };
        // Without any, the view says so.
        switched.transpose().map_err(|error| chain(&error))?;
        Ok(self.firewall.view())
    }
}

fn upstream(health: UpstreamHealth) -> UpstreamView {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    UpstreamView {
        label: health.label,
        is_up: health.state == UpstreamState::Up,
        round_trip_us: health.round_trip.map(micros),
        answered: health.answered,
        failed: health.failed,
    }
}
