//! The live view: server-sent events, as long as the session holds.
//!
//! ```text
//!  sample  each second: queries a second, blocked, cached, latency
//!  block   each few seconds, of groups that many devices are in: minute, group, category, count; no name, no device
//!  request when a request came or was answered, to those who may answer it: nothing of it
//!  report  when the number of reports that nobody has looked at changed, to counsellors: that number
//!  account when the account of whoever looks was changed: nothing of it
//! ```
//!
//! Each second it is asked whether anything in the database changed, which costs next to nothing; only
//! then the session, the account and what waits are read again. So a view whose session ended ends within
//! a second, and a teacher's view follows her groups at once.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{self, Stream};
use lachan_policy::GroupId;
use lachan_store::{DbError, Reader, Recent, Recents, RequestsMark};
use lachan_web::{Right, Role};
use serde::Serialize;
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::caller::{Caller, Visitor};
use crate::ports::{LiveBlock, Series};
use crate::state::{Api, LivePlace};
use lachan_web::serve::Refused;

/// Between two samples.
const SECOND: Duration = Duration::from_secs(1);
/// Samples between two looks at what was blocked; at the session, which ends by time, too; and at what
/// waits.
const BLOCKS_EACH: u32 = 5;
const SESSION_EACH: u32 = 30;
/// Minutes of blocked attempts that are looked at.
const MINUTES: i64 = 2;

/// One view.
struct View {
    api: Api,
    caller: Caller,
    address: IpAddr,
    series: Box<dyn Series>,
    recents: Option<Recents>,
    /// Asked whether anything changed; a connection of this view's own, for the answer is about it.
    reader: Option<Reader>,
    changes: Option<i64>,
    requests: Option<RequestsMark>,
    reports: Option<u32>,
    /// What was told of each minute, group and category.
    told: HashMap<(Option<i64>, u32, Option<String>), u64>,
    ticks: Interval,
    seconds: u32,
    waiting: Vec<Event>,
    _place: LivePlace,
}

/// The live view.
#[utoipa::path(get, path = "/live", tag = "live",
    responses(
        (status = 200, content_type = "text/event-stream",
            description = "`sample` {qps, blocked_per_s, cached_share?, p99_us?}, `block` {minute, group, category, count}, `request` {}, `report` {waiting}, `account` {}"),
        (status = 429, description = "`too-many-live`: too many live views of this account"),
        (status = 503, description = "`busy`: too many live views"),
    ))]
pub(crate) async fn live(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refused> {
    let place = api.live_place(caller.account.id)?;
    let series = api.work(|api| Ok(api.ports.vitals.series())).await?;
    let mut ticks = interval(SECOND);
    // A machine that fell behind shows one sample late rather than several at once.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first sample is of a whole second.
    ticks.reset();
    let view = View {
        api,
        caller,
        address: visitor.address,
        series,
        recents: None,
        reader: None,
        changes: None,
        requests: None,
        reports: None,
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
        let is_changed = self.is_changed();
        if (is_changed || self.seconds.is_multiple_of(SESSION_EACH)) && !self.renew() {
            return None;
        }
        if is_changed {
            self.tell_waiting();
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

    /// Whether anybody changed anything since the last look. What cannot be read counts as changed.
    fn is_changed(&mut self) -> bool {
        if self.reader.is_none() {
            self.reader = self.api.store.reader().ok();
        }
        let found = self.reader.as_ref().map(Reader::changes_mark);
        let mark = match found {
            Some(Ok(mark)) => Some(mark),
            _ => {
                self.reader = None;
                None
            }
        };
        let is_changed = mark.is_none() || self.changes != mark;
        self.changes = mark;
        is_changed
    }

    /// Whether who began the view may still see it, with the account as it is now.
    fn renew(&mut self) -> bool {
        let hash = self.caller.session;
        let found = self.api.ask(|reader| reader.session(&hash));
        let now = self.api.unix();
        let held = found
            .ok()
            .flatten()
            .and_then(|found| crate::guard::holding(found, now));
        let Some((found, role)) = held else {
            return false;
        };
        let is_changed = found.account.version != self.caller.account.version;
        self.caller.account = found.account;
        let side = self.api.ports.place.side(self.address);
        let is_complete = crate::guard::check_complete(&self.api, &self.caller).is_ok();
        // Who has another role begins another view.
        if role != self.caller.role || !role.works_from(side) || !is_complete {
            return false;
        }
        if is_changed {
            self.tell("account", &json!({}));
        }
        true
    }

    /// Tells of requests and reports, where they are others than at the look before. What stood there when
    /// the view began, the page knows.
    fn tell_waiting(&mut self) {
        let role = self.caller.role;
        if role.may(Right::AnswerRequests) {
            let groups = (role == Role::Teacher).then(|| self.caller.account.groups.clone());
            let mark = self.read(|reader| reader.requests_mark(groups.as_deref()));
            if self.requests.is_some() && mark.is_some() && self.requests != mark {
                self.tell("request", &json!({}));
            }
            self.requests = mark.or(self.requests);
        }
        if role.may(Right::ReadReports) {
            let count = self
                .read(Reader::waiting_reports)
                .map(|waiting| waiting.count);
            if let Some(count) =
                count.filter(|count| self.reports.is_some_and(|told| told != *count))
            {
                self.tell("report", &json!({ "waiting": count }));
            }
            self.reports = count.or(self.reports);
        }
    }

    fn read<T>(&self, question: impl FnOnce(&Reader) -> Result<T, DbError>) -> Option<T> {
        question(self.reader.as_ref()?).ok()
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
        // As it happens, an attempt of a group of few devices would be known to the minute.
        let Ok(company) = self.api.company() else {
            return Vec::new();
        };
        let own = |group: GroupId| {
            let is_teacher = self.caller.role == Role::Teacher;
            company.groups.contains(&group) && (!is_teacher || self.caller.works_with(group.0))
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
