//! The live view: server-sent events, as long as the session holds.
//!
//! ```text
//!  sample  each second: queries a second, blocked, cached, latency
//!  block   each few seconds: minute, group, category, count; no name, no device
//! ```

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{self, Stream};
use lachan_policy::GroupId;
use lachan_store::{Recent, Recents};
use lachan_web::{Code, Right};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::caller::Caller;
use crate::ports::{LiveBlock, Series};
use crate::reply::Refused;
use crate::state::Api;

/// Between two samples.
const SECOND: Duration = Duration::from_secs(1);
/// Samples between two looks at what was blocked, and at the session.
const BLOCKS_EACH: u32 = 5;
const SESSION_EACH: u32 = 30;
/// Minutes of blocked attempts that are looked at.
const MINUTES: i64 = 2;

/// One view.
struct View {
    api: Api,
    caller: Caller,
    series: Box<dyn Series>,
    recents: Option<Recents>,
    /// What was told of each minute, group and category.
    told: HashMap<(Option<i64>, u32, Option<String>), u64>,
    ticks: Interval,
    seconds: u32,
    waiting: Vec<Event>,
    _place: OwnedSemaphorePermit,
}

/// The live view.
#[utoipa::path(get, path = "/live", tag = "live",
    responses(
        (status = 200, content_type = "text/event-stream",
            description = "`sample` {qps, blocked_per_s, cached_share?, p99_us?}, `block` {minute, group, category, count}"),
        (status = 503, description = "`busy`: too many live views"),
    ))]
pub(crate) async fn live(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refused> {
    let place = std::sync::Arc::clone(&api.live).try_acquire_owned();
    let place = place.map_err(|_| Refused::from(Code::Busy))?;
    let series = api.work(|api| Ok(api.ports.vitals.series())).await?;
    let mut ticks = interval(SECOND);
    // A machine that fell behind shows one sample late rather than several at once.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first sample is of a whole second.
    ticks.reset();
    let view = View {
        api,
        caller,
        series,
        recents: None,
        told: HashMap::new(),
        ticks,
        seconds: 0,
        waiting: Vec::new(),
        _place: place,
    };
    let events = stream::unfold(Some(view), |view| async {
        let mut view = view?;
        loop {
            if let Some(event) = view.waiting.pop() {
                return Some((Ok(event), Some(view)));
            }
            view.ticks.tick().await;
            // Read off the threads that serve; a view whose session ended ends.
            view = spawn_blocking(|| view.look()).await.ok()??;
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

impl View {
    /// Takes one look; `None` when the view has to end.
    fn look(mut self) -> Option<Self> {
        self.seconds = self.seconds.wrapping_add(1);
        if self.seconds.is_multiple_of(SESSION_EACH) && !self.holds() {
            return None;
        }
        let sample = self.series.next();
        if self.seconds.is_multiple_of(BLOCKS_EACH) && self.caller.role.may(Right::CountBlocks) {
            for block in self.blocks() {
                self.tell("block", &block);
            }
        }
        self.tell("sample", &sample);
        Some(self)
    }

    fn tell(&mut self, name: &str, value: &impl Serialize) {
        let event = Event::default().event(name).json_data(value);
        // Our types are numbers and texts, which cannot fail to be written.
        self.waiting.extend(event);
    }

    /// Whether who began the view may still see it.
    fn holds(&self) -> bool {
        let hash = self.caller.session;
        let found = self.api.ask(|reader| reader.session(&hash));
        let now = self.api.unix();
        let held = found
            .ok()
            .flatten()
            .and_then(|found| crate::guard::holding(found, now));
        held.is_some_and(|(_, role)| role == self.caller.role)
    }

    /// Counts that grew since they were told last.
    fn blocks(&mut self) -> Vec<LiveBlock> {
        let since = self.api.unix().map(|now| now.div_euclid(60) - MINUTES);
        if self.recents.is_none() {
            self.recents = self.api.store.watch().recents().ok();
        }
        let read = self
            .recents
            .as_mut()
            .and_then(|recents| recents.read(since).ok());
        let Some(read) = read else {
            self.recents = None;
            return Vec::new();
        };
        let own = |group: GroupId| {
            let is_teacher = self.caller.role == lachan_web::Role::Teacher;
            !is_teacher || self.caller.works_with(group.0)
        };
        let policy = self.api.ports.rules.policy();
        let mut counts = HashMap::new();
        for recent in read.iter().filter(|recent| own(recent.group)) {
            let key = key(recent, policy.ruleset().book());
            *counts.entry(key).or_insert(0) += u64::from(recent.count);
        }
        let grown = counts
            .iter()
            .filter(|(key, count)| self.told.get(*key) != Some(*count));
        let grown = grown.map(|((minute, group, category), count)| LiveBlock {
            minute: *minute,
            group: *group,
            category: category.clone(),
            count: *count,
        });
        let grown = grown.collect();
        self.told = counts;
        grown
    }
}

fn key(recent: &Recent, book: &lachan_policy::book::Book) -> (Option<i64>, u32, Option<String>) {
    let info = recent.category.and_then(|category| book.category(category));
    (
        recent.minute,
        recent.group.0,
        info.map(|info| info.id.clone()),
    )
}
