//! How far an answer is trusted: what an upstream is asked for, and what becomes of what it says.
//!
//! | | over an encrypted way | in the clear | looked up from the root |
//! |---|---|---|---|
//! | `auto` | the upstream's word (AD) counts | validated here, if the upstream passes signatures on | validated here |
//! | `validate` | validated here | validated here | validated here |
//! | `trust-upstream` | the upstream's word counts | believed, but never called authentic | validated here |
//! | `off` | believed | believed | believed |
//!
//! Not validated are answers for clients that do it themselves (CD), names of the skip list, names
//! of conditional forwarding (their zones are the school's own, and often unsigned below a signed
//! parent), and everything while the time is not known: a box without a clock must look up its
//! time server before any signature can be in its time.

use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::Message;
use lachan_policy::Name;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::Failure;
use super::group::{Heard, Questions};
use super::hickory::Found;
use super::validate::Validator;
use crate::cache::Key;
use crate::events::Clock;
use crate::language::Language;
use crate::upstream::{Dnssec, Forwarding};
use crate::wire::response::Reply;
use crate::wire::{Ede, flag, rtype, u16_at};

/// How long it is believed that upstreams pass signatures on, or that they do not.
const SERVED_KEPT: Duration = Duration::from_secs(60);
const UNSERVED_KEPT: Duration = Duration::from_secs(300);

/// Who trusts whom.
pub(super) struct Trust {
    mode: Dnssec,
    skip: Vec<Name>,
    language: Language,
    clock: Arc<dyn Clock>,
    validator: Option<Validator>,
    /// Whether the upstreams pass signatures on, and until when that is believed.
    served: Mutex<Option<(bool, Instant)>>,
}

/// What upstreams are asked for a client's question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) questions: Questions,
    /// Whether the answer is validated, when it comes in the clear and over an encrypted way.
    validated: [bool; 2],
}

impl Trust {
    /// By the settings; `validator` makes the validator where one is needed.
    pub(super) fn new(
        forwarding: &Forwarding,
        language: Language,
        clock: Arc<dyn Clock>,
        validator: impl FnOnce() -> Validator,
    ) -> Self {
        let needed = matches!(forwarding.dnssec, Dnssec::Auto | Dnssec::Validate);
        Self {
            mode: forwarding.dnssec,
            skip: forwarding.dnssec_skip.clone(),
            language,
            clock,
            validator: needed.then(validator),
            served: Mutex::default(),
        }
    }

    /// Whether signatures on this question's answer can and should be looked at.
    pub(super) fn looks_at(&self, key: &Key) -> bool {
        !key.checking_disabled
            && self.clock.moment().is_some()
            && !self.skip.iter().any(|domain| key.name.is_within(domain))
    }

    /// What upstreams are asked.
    pub(super) fn plan(&self, key: &Key) -> Plan {
        let looked_at = self.validator.is_some() && self.looks_at(key);
        let validated = match self.mode {
            Dnssec::Validate => [looked_at; 2],
            Dnssec::Auto => [looked_at && !self.is_unserved(), false],
            Dnssec::TrustUpstream | Dnssec::Off => [false; 2],
        };
        // What may be bogus is for the validator to find out, so the upstream is to hold back
        // nothing (RFC 6840 §5.9).
        let signed = Key {
            dnssec_ok: true,
            checking_disabled: true,
            keeps_ech: false,
            ..*key
        };
        let [plain, encrypted] = validated.map(|validated| if validated { signed } else { *key });
        Plan {
            questions: Questions { encrypted, plain },
            validated,
        }
    }

    /// The reply made of an upstream's answer.
    ///
    /// # Errors
    /// [`Failure::Unusable`] when it cannot be read, [`Failure::Timeout`] when it could not be
    /// validated in time.
    pub(super) async fn conclude(
        &self,
        key: &Key,
        plan: &Plan,
        heard: &Heard,
        max_ttl: u32,
        deadline: Instant,
    ) -> Result<Reply, Failure> {
        let reply = keep(&heard.bytes, max_ttl)?;
        let validated = plan.validated[usize::from(heard.encrypted)] && !reply.is_failure();
        let Some(validator) = self.validator.as_ref().filter(|_| validated) else {
            let word = self.takes_word(key, heard);
            return Ok(reply.with_authentic(word));
        };
        let judgement = Box::pin(self.judge(validator, key, heard, &reply, deadline));
        match judgement.await {
            Found::Secure { ttl } => {
                finish(key, heard, reply, max_ttl.min(ttl)).map(|reply| reply.with_authentic(true))
            }
            Found::Insecure => finish(key, heard, reply, max_ttl),
            Found::Bogus => Ok(bogus(key, self.language)),
            Found::Unknown => Err(Failure::Timeout),
        }
    }

    async fn judge(
        &self,
        validator: &Validator,
        key: &Key,
        heard: &Heard,
        reply: &Reply,
        deadline: Instant,
    ) -> Found {
        let judged = timeout_at(deadline, validator.judge(key, &heard.bytes, reply)).await;
        let found = judged.unwrap_or(Found::Unknown);
        match found {
            Found::Bogus | Found::Unknown if self.mode == Dnssec::Auto => {
                self.unless_unserved(validator, found, deadline).await
            }
            found => found,
        }
    }

    /// Whether the upstream's word that an answer is authentic is taken.
    fn takes_word(&self, key: &Key, heard: &Heard) -> bool {
        let trusted = matches!(self.mode, Dnssec::Auto | Dnssec::TrustUpstream);
        let says_so = u16_at(&heard.bytes, 2).is_some_and(|flags| flags & flag::AD != 0);
        trusted && heard.encrypted && says_so && !key.checking_disabled
    }

    /// Whether it is known that the upstreams drop signatures.
    fn is_unserved(&self) -> bool {
        // While somebody finds out, the others go on as if they did not know.
        let served = self.served.try_lock();
        served.is_ok_and(|served| matches!(*served, Some((false, until)) if Instant::now() < until))
    }

    /// What was found, or, when the upstreams drop signatures, that nothing can be found.
    async fn unless_unserved(
        &self,
        validator: &Validator,
        found: Found,
        deadline: Instant,
    ) -> Found {
        let finding_out = async {
            let mut served = self.served.lock().await;
            if let Some((known, until)) = *served
                && Instant::now() < until
            {
                return known;
            }
            let is_served = validator.is_served().await;
            let kept = if is_served {
                SERVED_KEPT
            } else {
                tracing::warn!(
                    "the upstreams asked in the clear drop DNSSEC signatures; \
                     their answers are not validated for now"
                );
                UNSERVED_KEPT
            };
            *served = Some((is_served, Instant::now() + kept));
            is_served
        };
        match timeout_at(deadline, finding_out).await {
            Ok(false) => Found::Insecure,
            Ok(true) => found,
            Err(_) => Found::Unknown,
        }
    }
}

/// What a client gets instead of an answer that is wrongly signed.
pub(super) fn bogus(key: &Key, language: Language) -> Reply {
    let why = language.of(
        "Lá Chắn: chữ ký DNSSEC của tên miền này không đúng",
        "Lá Chắn: the DNSSEC signatures of this domain are wrong",
    );
    Reply::failure(&key.name, key.qtype, &Ede::new(Ede::BOGUS, why))
}

/// The reply as the client wants it: without the signatures it did not ask for.
fn finish(key: &Key, heard: &Heard, reply: Reply, max_ttl: u32) -> Result<Reply, Failure> {
    if key.dnssec_ok || !reply.has_record(rtype::RRSIG) {
        return keep(&heard.bytes, max_ttl);
    }
    let message = Message::from_vec(&heard.bytes).map_err(|_| Failure::Network)?;
    let stripped = message.maybe_strip_dnssec_records(false).to_vec();
    keep(&stripped.map_err(|_| Failure::Network)?, max_ttl)
}

fn keep(bytes: &[u8], max_ttl: u32) -> Result<Reply, Failure> {
    Reply::keep(bytes, max_ttl).map_err(|_| Failure::Unusable)
}
