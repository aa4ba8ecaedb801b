//! The pages of the box itself, at `http://lachan.lan`: why something was blocked, asking for it, a teacher's code,
//! telling of harm, short lessons, learning sites. They need no script, no account and no Internet.
//!
//! ```text
//!  proxy's own_pages ─► Pupils::answer ─► route ─► store (requests, codes, reports) ─► web's renderers
//!                        └ whose form? how often? (token, Origin, tries: in memory)
//! ```
//!
//! Nothing of a form is believed: a request code names a block of the log, and what the page then says
//! and does rests on that row and on policy, asked anew. Nobody's name, address or words are kept or logged;
//! what is told to the counsellor is encrypted here, in memory, before it goes anywhere.

mod asking;
mod blocks;
mod codes;
mod limits;
mod seal;
mod shown;
mod telling;
mod threads;
mod words;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use lachan_config::{Config, School};
use lachan_policy::{Moment, Policy, address_bits};
use lachan_proxy::Coming;
use lachan_proxy::http::{OwnMethod, OwnPages, OwnRequest};
use lachan_resolver::{Client, Engine, RequestKey, Transport};
use lachan_store::{Store, UnlockKey};
use lachan_web::{
    Around, FORM_TYPE, Fields, FixedPage, Learning, LearningPage, LessonList, LessonPage, Lessons,
    PageScript, Reply, Stale, Tokens, field, path,
};
use tokio::sync::Semaphore;

use super::clock::Clock;
use crate::{secret, unlock_key};
use codes::Codes;
use limits::Limits;
use shown::Shown;
pub(super) use shown::{help, language, lessons};
use threads::Threads;

/// What the pages are made of.
pub(super) struct Parts {
    pub(super) engine: Arc<Engine>,
    pub(super) policies: Arc<ArcSwap<Policy>>,
    pub(super) clock: Arc<Clock>,
    pub(super) store: Arc<Store>,
    /// The key of request codes; without it nobody can ask.
    pub(super) key: Option<RequestKey>,
    pub(super) lessons: Arc<Lessons>,
}

/// Answers pupils.
pub(super) struct Pupils {
    parts: Parts,
    shown: ArcSwap<Shown>,
    learning: Learning,
    /// Encrypts reports in the page; without it they travel readable, and the page says so.
    script: Option<Arc<PageScript>>,
    /// The key of unlock codes; without it none is taken.
    unlock: Option<UnlockKey>,
    tokens: Tokens,
    limits: Limits,
    /// What the log's codes stand for.
    codes: Codes,
    threads: Threads,
    turns: Semaphore,
    start: Instant,
}

/// As the proxy holds it.
#[derive(Clone)]
pub(super) struct Desk(pub(super) Arc<Pupils>);

/// A device that asks, as far as it is known.
struct Asker {
    client: IpAddr,
    policy: Arc<Policy>,
    /// Position of its group.
    group: usize,
    at: Option<Moment>,
}

/// A form that was sent.
struct Sent {
    fields: Fields,
    /// Whether one of our own pages sent it, however long ago: then what stands in it is shown again.
    is_own: bool,
    /// Whether one of our own pages sent it for this device, not too long ago. Else nothing is done for it, and
    /// the page is shown again.
    is_ours: bool,
}

/// Where the build of the pages puts the script of the form for reports.
const SCRIPT: &str = "pupils/seal.js";
/// Pages that are made at once, each by a thread of its own: it may look into the log. Others wait for their turn.
const AT_ONCE: usize = 4;

impl OwnPages for Desk {
    fn page(&self, request: OwnRequest) -> Coming<'_, Option<(u16, Reply)>> {
        Box::pin(async move {
            let pupils = Arc::clone(&self.0);
            let turn = pupils.turns.acquire().await.ok()?;
            let making = Arc::clone(&self.0);
            let work = pupils.threads.work(move || making.answer(&request));
            // A page that could not be made is one that is not there.
            let page = work.await.flatten();
            drop(turn);
            page
        })
    }
}

impl Pupils {
    /// Reads what is shipped, and makes the secrets of this run.
    ///
    /// # Errors
    /// When the system gives no randomness or no threads.
    pub(super) fn new(parts: Parts, config: &Config) -> std::io::Result<Self> {
        let unlock = unlock_key::load_or_make(&config.paths).inspect_err(|error| {
            let file = unlock_key::path(&config.paths);
            tracing::error!(file = %file.display(), %error, "no unlock codes can be used");
        });
        Ok(Self {
            parts,
            shown: ArcSwap::from_pointee(Shown::new(&config.school)),
            learning: shown::learning(&config.paths.rules),
            script: lachan_api::built(SCRIPT)
                .and_then(|source| PageScript::new(&source))
                .map(Arc::new),
            unlock: unlock.ok(),
            tokens: Tokens::new(secret::random()?),
            limits: Limits::new(),
            codes: Codes::default(),
            threads: Threads::new(AT_ONCE)?,
            turns: Semaphore::new(AT_ONCE),
            start: Instant::now(),
        })
    }

    /// Goes by other settings.
    pub(super) fn take(&self, school: &School) {
        self.shown.store(Arc::new(Shown::new(school)));
    }

    /// The page, off the threads that relay; `None` where there is none.
    fn answer(&self, request: &OwnRequest) -> Option<(u16, Reply)> {
        let asker = self.asker(request.client);
        let shown = self.shown.load();
        let places = shown.places();
        let around = shown.around(asker.tier(), &places);
        let known = Known {
            pupils: self,
            shown: &shown,
            asker: &asker,
            around,
            stale: None,
        };
        match (request.method, request.path.as_str()) {
            (OwnMethod::Get, path::HOME) => Some((200, known.home())),
            (OwnMethod::Get, path::ASK) => Some(known.ask(&request.query)),
            (OwnMethod::Post, path::ASK) => Some(known.asked(&self.sent(request))),
            (OwnMethod::Post, path::UNLOCK) => Some(known.unlock(&self.sent(request))),
            (OwnMethod::Get, path::REPORT) => Some((200, known.report())),
            (OwnMethod::Post, path::REPORT) => Some(known.reported(&self.sent(request))),
            (OwnMethod::Get, path::LEARNING) => Some((200, known.learning())),
            (OwnMethod::Get, path::LESSONS) => Some((200, known.lessons())),
            (OwnMethod::Get, other) => {
                let id = other.strip_prefix(path::LESSONS)?.strip_prefix('/')?;
                Some((200, known.lesson(id)?))
            }
            (OwnMethod::Post, _) => None,
        }
    }

    fn asker(&self, client: IpAddr) -> Asker {
        let who = self
            .parts
            .engine
            .who(Client::new(client, Transport::Stream));
        let policy = self.parts.policies.load_full();
        Asker {
            client,
            group: policy.groups().index_of(&who),
            policy,
            at: self.parts.clock.now(),
        }
    }

    /// Reads a form, and whether one of our own pages sent it for this device. A browser says where a form comes from; one
    /// that does not is held to the token alone.
    fn sent(&self, request: &OwnRequest) -> Sent {
        let own = format!("http://{}", request.host);
        // Some old browsers say only the one, some the other, some neither.
        let is_own = match (&request.origin, &request.referer) {
            (Some(origin), _) => origin.eq_ignore_ascii_case(&own),
            (None, Some(referer)) => referer
                .get(..=own.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(&format!("{own}/"))),
            (None, None) => true,
        };
        let kind = request.content_type.split(';').next().unwrap_or_default();
        let is_form = kind.trim().eq_ignore_ascii_case(FORM_TYPE);
        let fields = Fields::parse(&request.body).unwrap_or_default();
        let device = address_bits(request.client);
        let token = fields.get(field::TOKEN);
        let is_own = is_own && is_form;
        Sent {
            is_own,
            is_ours: is_own && self.tokens.holds(token, device, self.start.elapsed()),
            fields,
        }
    }
}

impl Asker {
    fn tier(&self) -> lachan_policy::Tier {
        self.policy.groups().all()[self.group].tier
    }

    fn group_id(&self) -> lachan_policy::GroupId {
        self.policy.groups().all()[self.group].id
    }
}

/// What a page is answered with.
#[derive(Clone, Copy)]
struct Known<'k> {
    pupils: &'k Pupils,
    shown: &'k Shown,
    asker: &'k Asker,
    around: Around<'k>,
    /// What stood in a form that was too old.
    stale: Option<Stale<'k>>,
}

impl Known<'_> {
    fn token(&self) -> String {
        let device = address_bits(self.asker.client);
        self.pupils.tokens.make(device, self.pupils.start.elapsed())
    }

    fn home(&self) -> Reply {
        let lesson = self.asker.at.and_then(|at| self.shown.bells.current(at));
        let own = self.own_blocks(lesson.map(|lesson| lesson.begins));
        let blocked = own.as_ref().map(|own| blocks::as_shown(own));
        FixedPage {
            around: self.around,
            lesson: lesson.map(|lesson| lesson.number),
            blocked: blocked.as_deref(),
        }
        .reply()
    }

    fn learning(&self) -> Reply {
        LearningPage {
            around: self.around,
            learning: &self.pupils.learning,
        }
        .reply()
    }

    fn lessons(&self) -> Reply {
        LessonList {
            around: self.around,
            lessons: self.pupils.parts.lessons.of(self.around.tier),
        }
        .reply()
    }

    fn lesson(&self, id: &str) -> Option<Reply> {
        let lesson = self.pupils.parts.lessons.named(self.around.tier, id)?;
        let page = LessonPage {
            around: self.around,
            lesson,
        };
        Some(page.reply())
    }
}
