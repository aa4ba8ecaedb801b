//! Asking for a site, seeing the answer, typing a teacher's code.

use jiff::Timestamp;
use lachan_policy::Role;
use lachan_resolver::RequestCode;
use lachan_store::{
    DbError, Made, RedeemError, Request, RequestError, RequestState, RequestWhy, RequestWish, Typed,
};
use lachan_web::{AskPage, Asking, Fields, Reply, Stale, Unlocking, Wanted, field, path};
use zeroize::Zeroizing;

use super::blocks::{Coded, shown_opener, tell};
use super::words::REASONS;
use super::{Known, Sent};
use crate::time::moment;

/// How a page of asking ends.
enum Ended {
    /// It tells where asking stands, of what is stored.
    Stands(Option<Box<Request>>),
    /// Too many ask.
    TooMany,
    /// The box cannot.
    NotNow,
}

impl Known<'_> {
    /// Where asking for the block of a code stands.
    pub(super) fn ask(&self, query: &str) -> (u16, Reply) {
        let fields = Fields::parse(query.as_bytes()).unwrap_or_default();
        let typed = fields.get(path::CODE);
        match self.find(typed) {
            Ok(Some(coded)) => (200, self.stands(&coded, Unlocking::Not)),
            Ok(None) => (404, self.unknown(typed)),
            Err(ended) => (503, self.page(typed, None, &ended, Unlocking::Not)),
        }
    }

    /// Takes a request.
    pub(super) fn asked(&self, sent: &Sent) -> (u16, Reply) {
        let typed = sent.fields.get(path::CODE);
        let coded = match self.find(typed) {
            Ok(Some(coded)) => coded,
            Ok(None) => return (404, self.unknown(typed)),
            Err(ended) => return (503, self.page(typed, None, &ended, Unlocking::Not)),
        };
        if !sent.is_ours {
            let known = self.after(sent, Stale::Why(sent.fields.get(field::WHY)));
            return (403, known.stands(&coded, Unlocking::Not));
        }
        let ended = self.make(&coded, RequestWhy::named(sent.fields.get(field::WHY)));
        let status = match ended {
            Ended::Stands(_) => 200,
            Ended::TooMany => 429,
            Ended::NotNow => 503,
        };
        (status, self.page("", Some(&coded), &ended, Unlocking::Not))
    }

    fn make(&self, coded: &Coded, why: Option<RequestWhy>) -> Ended {
        let (Some(name), Some(at)) = (coded.name, self.asker.at) else {
            return Ended::Stands(None);
        };
        if !matches!(
            self.opener(&name, coded.category),
            Some(Role::Teacher | Role::School)
        ) {
            return Ended::Stands(None);
        }
        if !self.pupils.limits.may_request(self.asker.client) {
            return Ended::TooMany;
        }
        let wish = RequestWish {
            day: coded.day,
            group: coded.group,
            tier: coded.tier,
            category: coded.category,
            name,
            code: coded.code.to_string(),
            why,
            at: at.unix,
        };
        match self.pupils.parts.store.ask_to_open(wish) {
            Ok(Made::New(request) | Made::Joined(request)) => Ended::Stands(Some(request.into())),
            Err(RequestError::TooMany) => Ended::TooMany,
            Err(error) => {
                let error = super::super::chain(&error);
                tracing::error!(%error, "a pupil's request could not be kept");
                Ended::NotNow
            }
        }
    }

    /// Takes a teacher's code.
    pub(super) fn unlock(&self, sent: &Sent) -> (u16, Reply) {
        let typed = sent.fields.get(path::CODE);
        let coded = match self.find(typed) {
            Ok(Some(coded)) => coded,
            Ok(None) => return (404, self.unknown(typed)),
            Err(ended) => return (503, self.page(typed, None, &ended, Unlocking::Not)),
        };
        let wrong = |status, unlocking| (status, self.stands(&coded, unlocking));
        if !sent.is_ours {
            let known = self.after(sent, Stale::Code(sent.fields.get(field::UNLOCK)));
            return (403, known.stands(&coded, Unlocking::Stale));
        }
        let (Some(name), Some(at), Some(key)) = (coded.name, self.asker.at, &self.pupils.unlock)
        else {
            return wrong(403, Unlocking::Wrong);
        };
        // Before the code is looked at, so that none is used up for what it cannot open.
        if self.opener(&name, coded.category) != Some(Role::Teacher) {
            return wrong(403, Unlocking::Not);
        }
        if !self.pupils.limits.may_try_code(self.asker.client) {
            return wrong(429, Unlocking::TooMany);
        }
        let code = Typed {
            digits: Zeroizing::new(sent.fields.get(field::UNLOCK).to_owned()),
            group: coded.group,
            name,
            at: at.unix,
        };
        match self.pupils.parts.store.redeem_code(key, code) {
            Ok(pass) => {
                let asking = Asking::Open {
                    until: pass.exception.until.and_then(|until| self.minute_of(until)),
                    note: "",
                };
                (200, self.show("", Some(&coded), asking, Unlocking::Not))
            }
            Err(RedeemError::Unknown) => wrong(403, Unlocking::Wrong),
            Err(error) => {
                let error = super::super::chain(&error);
                tracing::error!(%error, "a code could not be used");
                (
                    503,
                    self.page("", Some(&coded), &Ended::NotNow, Unlocking::Not),
                )
            }
        }
    }

    /// The same, after a form of ours that was too old: what stood in it is shown again. Nothing is of what another
    /// site sent.
    fn after<'s>(&'s self, sent: &'s Sent, stale: Stale<'s>) -> Known<'s> {
        Known {
            stale: sent.is_own.then_some(stale),
            ..*self
        }
    }

    /// The block of a code that was typed.
    fn find(&self, typed: &str) -> Result<Option<Coded>, Ended> {
        let Ok(code) = typed.parse::<RequestCode>() else {
            return Ok(None);
        };
        if self.asker.at.is_none() {
            return Err(Ended::NotNow);
        }
        if !self.pupils.limits.may_look(self.asker.client) {
            return Err(Ended::TooMany);
        }
        self.coded(code).map_err(|error| {
            tell(&error);
            Ended::NotNow
        })
    }

    fn stands(&self, coded: &Coded, unlocking: Unlocking) -> Reply {
        match self.request_of(coded) {
            Ok(request) => {
                let request = request.map(Box::new);
                self.page("", Some(coded), &Ended::Stands(request), unlocking)
            }
            Err(error) => {
                tell(&error);
                self.page("", Some(coded), &Ended::NotNow, unlocking)
            }
        }
    }

    fn request_of(&self, coded: &Coded) -> Result<Option<Request>, DbError> {
        let reader = self.pupils.parts.store.reader()?;
        reader.request_by_code(coded.group, &coded.code.to_string())
    }

    fn unknown(&self, typed: &str) -> Reply {
        self.show(typed, None, Asking::UnknownCode { typed }, Unlocking::Not)
    }

    fn page(
        &self,
        typed: &str,
        coded: Option<&Coded>,
        ended: &Ended,
        unlocking: Unlocking,
    ) -> Reply {
        let asking = match ended {
            Ended::TooMany => Asking::TooMany,
            Ended::NotNow => Asking::NotNow,
            Ended::Stands(request) => self.asking(coded, request.as_deref()),
        };
        self.show(typed, coded, asking, unlocking)
    }

    /// Where asking stands: what policy says now, then what was answered.
    fn asking<'r>(&self, coded: Option<&Coded>, request: Option<&'r Request>) -> Asking<'r> {
        let is_open = coded.is_some_and(|coded| {
            let name = coded.name.as_ref();
            name.is_some_and(|name| self.is_open(name, coded.category))
        });
        let now = self.asker.at.map_or(0, |at| at.unix);
        let Some(request) = request else {
            return if is_open { OPEN } else { Asking::Not };
        };
        let note = request.note.as_deref().unwrap_or_default();
        let opened = request.state == RequestState::Opened;
        // What was opened a moment ago may not have reached policy yet.
        let holds = opened && request.until.is_none_or(|until| until > now);
        match request.state {
            _ if is_open || holds => Asking::Open {
                until: request
                    .until
                    .filter(|until| opened && *until > now)
                    .and_then(|until| self.minute_of(until)),
                note: if opened { note } else { "" },
            },
            RequestState::Opened => Asking::Not,
            RequestState::Open => Asking::Waiting { forwarded: false },
            RequestState::Forwarded => Asking::Waiting { forwarded: true },
            RequestState::Refused => Asking::Refused { note },
        }
    }

    fn show(
        &self,
        typed: &str,
        coded: Option<&Coded>,
        asking: Asking<'_>,
        unlocking: Unlocking,
    ) -> Reply {
        let code = coded.map_or_else(|| typed.to_owned(), |coded| coded.code.to_string());
        let name = coded.and_then(|coded| coded.name);
        let shown = name.map(|name| name.to_unicode());
        let wanted = coded.map(|coded| Wanted {
            code: &code,
            name: shown.as_deref(),
            category: coded.category.and_then(|category| self.category(category)),
            opener: shown_opener(name.and_then(|name| self.opener(&name, coded.category))),
        });
        AskPage {
            around: self.around,
            wanted,
            asking,
            unlocking,
            stale: self.stale,
            token: &self.token(),
            reasons: &REASONS,
        }
        .reply()
    }

    /// The local minute of the day of a moment today; `None` on another day.
    fn minute_of(&self, unix: i64) -> Option<u16> {
        let at = moment(Timestamp::from_second(unix).ok()?, &self.shown.zone);
        (at.local_day() == self.asker.at?.local_day()).then_some(at.minute)
    }
}

/// Open for another reason than a request.
const OPEN: Asking<'static> = Asking::Open {
    until: None,
    note: "",
};
