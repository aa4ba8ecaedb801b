//! The way of a request, stage by stage: each lets it go on, or answers.
//!
//! ```text
//!  circle? ─► for whom? ─► the box itself? ─► hops left? ─► a bare address? ─► host ─► URL ─► expressions
//!     ─► caught by the block address? ─► to this port? ─► told ─► safe search ─► upstream
//! ```
//!
//! No stage waits for anybody. What a page holds is looked at later, when it comes (`deliver`).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use lachan_policy::book::{EngineKind, Strictness};
use lachan_policy::{
    Action, Ask, BypassKind, CategorySet, Level, Moment, Name, Policy, Rule, UrlEntry, Verdict,
};
use lachan_web::{Form, Notice};
use zeroize::Zeroizing;

use super::answer::{Answer, Closed, shown};
use super::expressions::Compiled;
use super::field::Known;
use super::host::{Authority, Host};
use super::lines::Head;
use super::own::{OwnMethod, OwnRequest};
use super::refusal::Refusal;
use super::request::{HTTP_PORT, Method, Request, Target};
use super::server::{Arrival, Door, Secured, Shared};
use super::settings::Settings;
use super::url;
use super::write::{Changes, Via, hops};
use crate::outside::Blocked;

/// What all requests share.
pub(crate) struct Gate {
    pub(crate) settings: Settings,
    pub(crate) shared: Shared,
    pub(crate) via: Via,
    pub(crate) expressions: Compiled,
}

/// One request on its way through the stages.
pub(crate) struct Case<'c> {
    gate: &'c Gate,
    arrival: Arrival,
    bytes: &'c [u8],
    head: &'c Head,
    request: &'c Request,
    policy: &'c Arc<Policy>,
    group: usize,
    at: Option<Moment>,
    form: Form,
    /// Whom it is for; known from the second stage on.
    authority: Option<Authority>,
    /// What the host's name is in policy's eyes: the root for a bare address.
    name: Name,
    verdict: Option<Verdict>,
    changes: Changes,
}

/// What became of a request.
pub(crate) enum Outcome {
    /// It is answered here.
    Answered(Answer),
    /// It is for a page of the box, which somebody else makes; its body is still to be read.
    Own(Box<OwnRequest>),
    /// It is refused for its form.
    Refused(Refusal),
    /// It goes on.
    Open(Box<Open>),
}

/// A request that may go on.
pub(crate) struct Open {
    /// Whom it is for.
    pub(crate) authority: Authority,
    /// The host's name, the root for a bare address.
    pub(crate) name: Name,
    /// The port to dial.
    pub(crate) port: u16,
    /// The address that the client would have dialled.
    pub(crate) hint: Option<IpAddr>,
    pub(crate) changes: Changes,
    pub(crate) policy: Arc<Policy>,
    pub(crate) group: usize,
    pub(crate) at: Option<Moment>,
}

/// Answers, or lets the request go on.
type Stage<C> = fn(&mut C) -> Result<(), Stop>;

/// Why a request goes no further.
enum Stop {
    Answer(Answer),
    Own(Box<OwnRequest>),
    Refuse(Refusal),
}

impl Gate {
    /// Runs all stages.
    pub(crate) fn decide(
        &self,
        arrival: Arrival,
        bytes: &[u8],
        head: &Head,
        request: &Request,
    ) -> Outcome {
        let policy = self.shared.policy.load_full();
        let who = self.shared.devices.who(arrival.client);
        let mut case = Case {
            gate: self,
            arrival,
            bytes,
            head,
            request,
            group: policy.groups().index_of(&who),
            at: self.shared.clock.moment(),
            form: form_of(bytes, head),
            authority: request.authority,
            name: Name::ROOT,
            verdict: None,
            changes: Changes::default(),
            policy: &policy,
        };
        for stage in Case::STAGES {
            match stage(&mut case) {
                Ok(()) => {}
                Err(Stop::Answer(answer)) => return Outcome::Answered(answer),
                Err(Stop::Own(asked)) => return Outcome::Own(asked),
                Err(Stop::Refuse(refusal)) => return Outcome::Refused(refusal),
            }
        }
        match case.finish() {
            Some(open) => Outcome::Open(Box::new(open)),
            None => Outcome::Refused(Refusal::HostCount),
        }
    }

    /// The page for a request that a page's own words close.
    pub(crate) fn closed_by_page(
        &self,
        open: &Open,
        client: IpAddr,
        form: Form,
        found: CategorySet,
    ) -> Option<Answer> {
        let ask = Ask {
            name: &open.name,
            group: open.group,
            at: open.at,
            found,
        };
        let verdict = open.policy.decide(&ask);
        if !verdict.is_block() {
            return None;
        }
        let shown = shown(&open.name);
        let closing = Closing {
            gate: self,
            policy: &open.policy,
            group: open.group,
            at: open.at,
            client,
            form,
            was_told: false,
        };
        Some(closing.close(&verdict, Some(&open.name), &shown, false))
    }
}

/// The form in which a client can read an answer of ours.
pub(crate) fn form_of(bytes: &[u8], head: &Head) -> Form {
    Form::of_accept(head.values(bytes, Known::Accept).next())
}

impl Case<'_> {
    /// All stages, in order.
    const STAGES: [Stage<Self>; 12] = [
        Self::circle,
        Self::for_whom,
        Self::own_pages,
        Self::hops_left,
        Self::bare_address,
        Self::host,
        Self::url,
        Self::expressions,
        Self::block_address,
        Self::port,
        Self::told,
        Self::safe_search,
    ];

    /// A request that was here before goes round for ever (RFC 9110 §7.6.3).
    fn circle(&mut self) -> Result<(), Stop> {
        if self.gate.via.is_in(self.bytes, self.head) {
            return Err(Stop::Refuse(Refusal::Loop));
        }
        Ok(())
    }

    /// Which host it is for. HTTP/1.0 may tell none: then it is whom the client would have dialled.
    fn for_whom(&mut self) -> Result<(), Stop> {
        let tunnel = self.request.target == Target::Tunnel;
        let explicit = matches!(self.arrival.door, Door::Explicit);
        if tunnel && !explicit {
            return Err(Stop::Refuse(Refusal::Method));
        }
        if let Door::Secure(Secured { name, .. }) = self.arrival.door {
            let host = Host::Name(name);
            let authority = self.authority.get_or_insert(Authority { host, port: None });
            if authority.host != host {
                return Err(Stop::Refuse(Refusal::Misdirected));
            }
        }
        if let (None, Door::Transparent { destination }) = (self.authority, self.arrival.door) {
            self.authority = Some(Authority {
                host: Host::Address(destination.ip().to_canonical()),
                port: None,
            });
        }
        if let Some(name) = self
            .authority
            .and_then(|authority| authority.host.name().copied())
        {
            self.name = name;
        }
        Ok(())
    }

    /// Pages of the box itself.
    fn own_pages(&mut self) -> Result<(), Stop> {
        if self.request.target == Target::Tunnel || !self.is_for_box() {
            return Ok(());
        }
        let path = self.request.path(self.bytes).unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let settings = &self.gate.settings;
        let is_pac = matches!(path, "/proxy.pac" | "/wpad.dat");
        if !is_pac && let Some(asked) = self.own_request(path, query) {
            return Err(Stop::Own(Box::new(asked)));
        }
        Err(Stop::Answer(match path {
            "/proxy.pac" | "/wpad.dat" => Answer::pac(settings),
            "/" => Answer::notice(settings, 200, Notice::Box, self.form),
            _ => Answer::notice(settings, 404, Notice::NotFound, self.form),
        }))
    }

    /// What is asked of whoever makes the box's own pages, if anybody does.
    fn own_request(&self, path: &str, query: &str) -> Option<OwnRequest> {
        self.gate.shared.own.as_ref()?;
        let method = match self.request.method {
            Method::Get | Method::Head => OwnMethod::Get,
            Method::Other if self.request.verb.of(self.bytes) == b"POST" => OwnMethod::Post,
            _ => return None,
        };
        let field = |known| {
            let value = self.head.values(self.bytes, known).next();
            value.map(|value| String::from_utf8_lossy(value).into_owned())
        };
        Some(OwnRequest {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            host: self
                .authority
                .map(|authority| authority.to_string())
                .unwrap_or_default(),
            origin: field(Known::Origin),
            referer: field(Known::Referer),
            content_type: field(Known::ContentType).unwrap_or_default(),
            body: Zeroizing::default(),
            client: self.arrival.client,
        })
    }

    /// Whether the box is meant: by a name of its own, by `wpad`, which nobody else may answer for, or
    /// by its address in a request that is none to a proxy.
    fn is_for_box(&self) -> bool {
        let settings = &self.gate.settings;
        let is_wpad = self.name.as_wire().starts_with(b"\x04wpad");
        let own = settings.own_names.contains(&self.name) && !self.name.is_root();
        let named = self
            .authority
            .and_then(|authority| authority.host.name().copied());
        match self.arrival.door {
            Door::Transparent { .. } => own || is_wpad && self.asks_for_wpad(),
            // In the form of a request to a server: by address or by a name of ours. Any other name was
            // turned here by whoever owns it (DNS rebinding), and its pages must read none of ours.
            Door::Explicit => {
                let is_asked = !self.request.absolute && named.is_none();
                own || is_asked || is_wpad && self.asks_for_wpad()
            }
            Door::Block => own || named.is_none() || is_wpad,
            Door::Secure(_) => false,
        }
    }

    fn asks_for_wpad(&self) -> bool {
        self.request
            .path(self.bytes)
            .is_some_and(|path| path.starts_with("/wpad.dat"))
    }

    /// `OPTIONS` that may go no further is answered here (RFC 9110 §7.6.2).
    fn hops_left(&mut self) -> Result<(), Stop> {
        let is_last =
            self.request.method == Method::Options && hops(self.bytes, self.head) == Some(0);
        if is_last {
            return Err(Stop::Answer(Answer::nothing(204)));
        }
        Ok(())
    }

    /// A bare address has no name that a list could know: pupils' devices may not ask for one.
    fn bare_address(&mut self) -> Result<(), Stop> {
        let Some(Authority {
            host: Host::Address(address),
            ..
        }) = self.authority
        else {
            return Ok(());
        };
        let tier = self.policy.groups().all()[self.group].tier;
        if !self.gate.settings.open_numbers.contains(&tier) {
            self.gate.shared.record.bypass(BypassKind::Address);
            let verdict = Verdict {
                action: Action::Block,
                level: Level::Tier,
                category: None,
                list: None,
                rule: Rule::Cell,
                tier,
                alert: false,
                no_name: false,
                no_log: false,
                safe_form: None,
            };
            return Err(Stop::Answer(self.close(&verdict, true)));
        }
        self.verdict = self.policy.decide_address(&self.ask(), address);
        Ok(())
    }

    /// The one decision.
    fn host(&mut self) -> Result<(), Stop> {
        let verdict = self
            .verdict
            .unwrap_or_else(|| self.policy.decide(&self.ask()));
        self.judge(verdict)
    }

    /// Prefixes of URLs that lists name.
    fn url(&mut self) -> Result<(), Stop> {
        let ruleset = self.policy.ruleset();
        let Some(path) = self.request.path(self.bytes) else {
            return Ok(());
        };
        if ruleset.url_hosts() == 0 || self.name.is_root() {
            return Ok(());
        }
        let normal = url::normal(path);
        let rule = ruleset.url_rule(&self.name, &normal);
        let rule = rule.or_else(|| ruleset.url_rule(&self.name, path));
        match rule.map(|rule| rule.row) {
            Some(row) => self.judge(
                self.policy
                    .decide_url(&self.ask(), UrlEntry::Prefix { row }),
            ),
            None => Ok(()),
        }
    }

    /// Expressions that lists hold against URLs.
    fn expressions(&mut self) -> Result<(), Stop> {
        let expressions = self.gate.expressions.of(self.policy.ruleset());
        let path = self.request.path(self.bytes);
        let (Some(path), Some(authority)) = (path, self.authority) else {
            return Ok(());
        };
        if expressions.is_empty() {
            return Ok(());
        }
        let whole = format!("{}{}", authority.host, url::normal(path));
        for list in expressions.matching(&whole) {
            self.judge(
                self.policy
                    .decide_url(&self.ask(), UrlEntry::Expression(list)),
            )?;
        }
        Ok(())
    }

    /// Who was sent here by a name that was closed, and is open now, has an old answer of the
    /// resolver's.
    fn block_address(&mut self) -> Result<(), Stop> {
        if !is_for_block_page(&self.arrival.door) {
            return Ok(());
        }
        let settings = &self.gate.settings;
        Err(Stop::Answer(Answer::notice(
            settings,
            503,
            Notice::OpenNow,
            self.form,
        )))
    }

    /// Tunnels lead to the ports of the settings only. Pages are fetched from the web's port and from
    /// ports that are nobody's in particular, not from those where a request could pass for mail or
    /// for a command.
    fn port(&mut self) -> Result<(), Stop> {
        let Some(authority) = self
            .authority
            .filter(|_| matches!(self.arrival.door, Door::Explicit))
        else {
            return Ok(());
        };
        let is_open = if self.request.target == Target::Tunnel {
            self.gate
                .settings
                .tunnel_ports
                .contains(&authority.port_or(443))
        } else {
            matches!(authority.port_or(HTTP_PORT), HTTP_PORT | 1024..)
        };
        if is_open {
            return Ok(());
        }
        self.gate.shared.record.bypass(BypassKind::Other);
        Err(Stop::Answer(Answer::notice(
            &self.gate.settings,
            403,
            Notice::Port,
            self.form,
        )))
    }

    /// Tells whoever counts.
    fn told(&mut self) -> Result<(), Stop> {
        let group = &self.policy.groups().all()[self.group];
        if let Some(verdict) = self.verdict.filter(|verdict| !verdict.no_log) {
            self.gate.shared.record.decided(group, &verdict);
            // A look-alike is open, and told.
            if let Some(kind) = self.policy.bypass_of(&self.name, &verdict) {
                self.gate.shared.record.bypass(kind);
            }
        }
        Ok(())
    }

    /// Searches and YouTube in their safe form, where the URL can be seen.
    fn safe_search(&mut self) -> Result<(), Stop> {
        let book = self.policy.ruleset().book();
        let Some(verdict) = self.verdict else {
            return Ok(());
        };
        let Some(engine) = verdict.safe_form else {
            return Ok(());
        };
        let Some(info) = book.data().engines.get(usize::from(engine)) else {
            return Ok(());
        };
        let strictness = book.strictness(engine, verdict.tier);
        match (info.kind, strictness) {
            (_, Strictness::Off) => {}
            (EngineKind::Youtube, Strictness::Strict) => self.changes.youtube = Some("Strict"),
            (EngineKind::Youtube, Strictness::Moderate) => self.changes.youtube = Some("Moderate"),
            (EngineKind::Search, _) => {
                let path = self.request.path(self.bytes).unwrap_or_default();
                self.changes.path = url::with_parameters(path, &info.parameters);
            }
        }
        Ok(())
    }

    fn ask(&self) -> Ask<'_> {
        Ask {
            name: &self.name,
            group: self.group,
            at: self.at,
            found: CategorySet::EMPTY,
        }
    }

    /// Keeps a verdict that opens, stops by one that closes.
    fn judge(&mut self, verdict: Verdict) -> Result<(), Stop> {
        if verdict.is_block() {
            return Err(Stop::Answer(self.close(&verdict, false)));
        }
        self.verdict = Some(verdict);
        Ok(())
    }

    fn close(&self, verdict: &Verdict, is_number: bool) -> Answer {
        let host = self.authority.map(|authority| match authority.host {
            Host::Name(name) => shown(&name),
            Host::Address(_) => authority.host.to_string(),
        });
        let closing = Closing {
            gate: self.gate,
            policy: self.policy,
            group: self.group,
            at: self.at,
            client: self.arrival.client,
            form: self.form,
            was_told: matches!(self.arrival.door, Door::Secure(_))
                && is_for_block_page(&self.arrival.door),
        };
        let name = (!self.name.is_root()).then_some(&self.name);
        closing.close(
            verdict,
            name,
            host.as_deref().unwrap_or_default(),
            is_number,
        )
    }

    fn finish(self) -> Option<Open> {
        let authority = self.authority?;
        let default = match self.request.target {
            Target::Tunnel => 443,
            Target::Path(_) | Target::Server => HTTP_PORT,
        };
        let (port, hint) = match self.arrival.door {
            // Whatever port the name says, the client's packet was for this one.
            Door::Transparent { destination } | Door::Secure(Secured { destination, .. }) => {
                (destination.port(), Some(address_of(destination)))
            }
            Door::Explicit | Door::Block => (authority.port_or(default), None),
        };
        Some(Open {
            authority,
            name: self.name,
            port,
            hint,
            changes: self.changes,
            policy: Arc::clone(self.policy),
            group: self.group,
            at: self.at,
        })
    }
}

/// Whether nothing but the block page is served there.
const fn is_for_block_page(door: &Door) -> bool {
    match door {
        Door::Block => true,
        Door::Secure(secured) => secured.block_page,
        Door::Transparent { .. } | Door::Explicit => false,
    }
}

fn address_of(destination: SocketAddr) -> IpAddr {
    destination.ip().to_canonical()
}

/// What a block is told and shown with.
struct Closing<'c> {
    gate: &'c Gate,
    policy: &'c Policy,
    group: usize,
    at: Option<Moment>,
    client: IpAddr,
    form: Form,
    /// Whether whoever counts and logs was told when the connection was decided.
    was_told: bool,
}

impl Closing<'_> {
    /// Tells whoever counts and logs, and makes the page.
    fn close(&self, verdict: &Verdict, name: Option<&Name>, host: &str, is_number: bool) -> Answer {
        let group = &self.policy.groups().all()[self.group];
        let record = &self.gate.shared.record;
        let blocked = Blocked {
            policy: self.policy,
            group,
            verdict,
            name: name.filter(|_| !verdict.no_name),
            client: self.client,
            at: self.at,
        };
        if !self.was_told {
            if !verdict.no_log {
                record.decided(group, verdict);
                record.blocked(&blocked);
            }
            if let Some(kind) = name.and_then(|name| self.policy.bypass_of(name, verdict)) {
                record.bypass(kind);
            }
        }
        let code = record.code(&blocked);
        let closed = Closed {
            policy: self.policy,
            verdict,
            group: self.group,
            shown: (!host.is_empty()).then_some(host),
            code: code.as_deref(),
            is_number,
        };
        closed.answer(&self.gate.settings, self.form)
    }
}
