//! One upstream: the way to it, how it did lately, what it cannot do.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::health::{Health, UpstreamHealth};
use super::question::Style;
use super::quirk::Quirks;
use super::session::{Kind, Peer, SessionError, Sessions};
use super::stream::{Connector, Line, StreamError};
use super::tls::{Tls, TlsError};
use super::udp::{Arrival, Limits, Pool};
use crate::cache::Key;
use crate::upstream::{Protocol, Upstream};
use crate::wire::Rcode;
use crate::wire::response::{is_truncated, rcode_of};

/// How long TCP may take for a question whose answer came in other letters, before it is asked in
/// plain ones over UDP: an upstream that lowers names is often one that knows no TCP either.
const TCP_PATIENCE: Duration = Duration::from_millis(600);

/// Why an upstream gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    /// The network said no.
    #[error("the network refused")]
    Network(#[from] io::Error),
    /// Over TCP or TLS.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// Over HTTPS or QUIC.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// It cannot be spoken to at all.
    #[error("{0}")]
    Unusable(Arc<str>),
}

/// An upstream.
pub(super) struct Server {
    upstream: Upstream,
    pub(super) health: Health,
    quirks: Quirks,
    link: Link,
    started: Instant,
}

/// The way to it.
enum Link {
    Datagrams { pool: Pool, line: Line },
    Line(Line),
    Sessions(Sessions),
    Unusable(Arc<str>),
}

/// What the upstreams of a forwarder share.
pub(super) struct Common {
    pub(super) limits: Arc<Limits>,
    pub(super) tls: Result<Tls, TlsError>,
    pub(super) started: Instant,
}

impl Server {
    pub(super) fn new(upstream: &Upstream, common: &Common) -> Self {
        let link = Link::new(upstream, common).unwrap_or_else(Link::Unusable);
        Self {
            upstream: upstream.clone(),
            health: Health::default(),
            quirks: Quirks::default(),
            link,
            started: common.started,
        }
    }

    /// Whether nobody on the way can read or change what it says.
    pub(super) fn is_encrypted(&self) -> bool {
        self.upstream.protocol.is_encrypted()
    }

    /// Whether a question may get lost on the way there and back without a word.
    pub(super) fn loses_packets(&self) -> bool {
        matches!(self.link, Link::Datagrams { .. })
    }

    pub(super) fn label(&self) -> String {
        self.upstream.to_string()
    }

    /// How it does, for people.
    pub(super) fn tell(&self) -> UpstreamHealth {
        let trouble = match &self.link {
            Link::Datagrams { .. } => None,
            Link::Line(line) => line.trouble(),
            Link::Sessions(sessions) => sessions.trouble(),
            Link::Unusable(why) => Some(why.to_string()),
        };
        UpstreamHealth {
            trouble,
            ignores_case: !self.quirks.keeps_case(self.now()),
            ..self.health.tell(self.label())
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Asks it, and waits for the answer; for how long is the caller's affair. An upstream that
    /// does not know EDNS (RFC 6891 §7) is asked again without.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub(super) async fn exchange(&self, key: &Key) -> Result<Vec<u8>, ExchangeError> {
        let edns = self.quirks.knows_edns(self.now());
        let answer = self.ask(key, edns).await?;
        if !edns || rcode_of(&answer) != Rcode::FormErr.low() {
            return Ok(answer);
        }
        let answer = self.ask(key, false).await?;
        if rcode_of(&answer) != Rcode::FormErr.low() {
            self.quirks.edns_refused(self.now());
        }
        Ok(answer)
    }

    async fn ask(&self, key: &Key, edns: bool) -> Result<Vec<u8>, ExchangeError> {
        match &self.link {
            Link::Datagrams { pool, line } => self.ask_by_datagram(pool, line, key, edns).await,
            // Boxed, as all that is seldom needed, so that a question over UDP stays small.
            Link::Line(line) => Ok(Box::pin(line.ask(key, edns)).await?),
            Link::Sessions(sessions) => Ok(Box::pin(sessions.ask(key, edns)).await?),
            Link::Unusable(why) => Err(ExchangeError::Unusable(Arc::clone(why))),
        }
    }

    /// Over UDP; over TCP what is cut and what seems forged.
    async fn ask_by_datagram(
        &self,
        pool: &Pool,
        line: &Line,
        key: &Key,
        edns: bool,
    ) -> Result<Vec<u8>, ExchangeError> {
        let mixed = Style {
            edns,
            mixed_case: self.quirks.keeps_case(self.now()),
            ..Style::DATAGRAM
        };
        match pool.ask(key, mixed).await? {
            Arrival::Answer(answer) => {
                if mixed.mixed_case {
                    self.quirks.case_kept();
                }
                if is_truncated(&answer) {
                    return Ok(Box::pin(line.ask(key, edns)).await?);
                }
                Ok(answer)
            }
            Arrival::Besieged => Ok(Box::pin(line.ask(key, edns)).await?),
            Arrival::OtherCase => {
                self.quirks.case_lost(self.now());
                Box::pin(ask_otherwise(pool, line, key, edns)).await
            }
        }
    }
}

/// Asks an upstream whose answer came in other letters: over TCP, or else in plain letters.
async fn ask_otherwise(
    pool: &Pool,
    line: &Line,
    key: &Key,
    edns: bool,
) -> Result<Vec<u8>, ExchangeError> {
    if let Ok(Ok(answer)) = timeout(TCP_PATIENCE, line.ask(key, edns)).await {
        return Ok(answer);
    }
    let plain = Style {
        edns,
        mixed_case: false,
        ..Style::DATAGRAM
    };
    match pool.ask(key, plain).await? {
        Arrival::Answer(answer) if !is_truncated(&answer) => Ok(answer),
        _ => Ok(line.ask(key, edns).await?),
    }
}

impl Link {
    fn new(upstream: &Upstream, common: &Common) -> Result<Self, Arc<str>> {
        let address = upstream.address;
        let tls = || {
            common
                .tls
                .as_ref()
                .map_err(|why| Arc::from(why.to_string()))
        };
        let plain = || Line::new(Connector { address, tls: None });
        let sessions = |name: &str, kind, protocol| {
            Ok(Self::Sessions(Sessions::new(Peer {
                address,
                name: name.into(),
                kind,
                tls: tls()?.speaking(protocol),
            })))
        };
        match &upstream.protocol {
            Protocol::Plain => Ok(Self::Datagrams {
                pool: Pool::new(address, Arc::clone(&common.limits)),
                line: plain(),
            }),
            Protocol::Tcp => Ok(Self::Line(plain())),
            Protocol::Tls { name } => {
                let connector = TlsConnector::from(tls()?.speaking(b"dot"));
                let name = ServerName::try_from(name.clone())
                    .map_err(|_| format!("{name:?} is not a server name"))?;
                let tls = Some((connector, name));
                Ok(Self::Line(Line::new(Connector { address, tls })))
            }
            Protocol::Https { name, path } => {
                let path = path.as_str().into();
                sessions(name, Kind::Https { path }, b"h2")
            }
            Protocol::Quic { name } => sessions(name, Kind::Quic, b"doq"),
        }
    }
}
