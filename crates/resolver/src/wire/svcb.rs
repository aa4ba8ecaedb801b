//! Service bindings (SVCB and HTTPS records, RFC 9460): what they lead to, and taking out of them
//! the keys of Encrypted Client Hello.
//!
//! With the `ech` parameter (RFC 9848) a browser hides from the school which site it opens, so a
//! filter that sees names of TLS connections goes blind. Without it everything works as before.
//! The record stays: its other parameters say how a site is reached best.
//!
//! The keys are taken out when an answer is kept, and not each time it is served: a page asks for
//! these records as often as for addresses. By option some tiers keep them; their questions are
//! then asked and kept apart ([`Key::keeps_ech`](crate::cache::Key)).
//!
//! **Signatures.** A changed set of records no longer verifies, so the signatures over it go, too.
//! A client that validates finds it bogus with or without them, and falls back to addresses;
//! one that only asks for signatures is spared one that is wrong.

use std::net::IpAddr;

use lachan_policy::{Name, Tier};

use super::response::{Record, ReplyError, Sections};
use super::rewrite::{Fate, rewrite};
use super::{name_at, rtype, u16_at};

/// SvcParamKeys (RFC 9460 §14.3.2).
mod key {
    pub(super) const MANDATORY: u16 = 0;
    pub(super) const IPV4_HINT: u16 = 4;
    pub(super) const ECH: u16 = 5;
    pub(super) const IPV6_HINT: u16 = 6;
}

/// Which tiers keep the keys of Encrypted Client Hello.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ech {
    /// By [`Tier::index`].
    kept: u8,
}

impl Ech {
    /// These tiers keep them.
    pub(crate) fn kept_for(tiers: &[Tier]) -> Self {
        let kept = tiers.iter().fold(0, |kept, tier| kept | 1 << tier.index());
        Self { kept }
    }

    /// Whether a question of this type, asked in this tier, is to be answered with them.
    #[inline]
    pub(crate) fn keeps(self, tier: Tier, qtype: u16) -> bool {
        self.kept >> tier.index() & 1 == 1 && is_service(qtype)
    }
}

/// Whether records of a type are service bindings.
#[inline]
pub(super) const fn is_service(rtype: u16) -> bool {
    matches!(rtype, rtype::SVCB | rtype::HTTPS)
}

/// Whether a record is a service binding, of whatever class: no browser reads another than the Internet's, and no key is to get through.
fn binds(record: &Record) -> bool {
    is_service(record.rtype)
}

/// The message without the keys of Encrypted Client Hello and without the signatures over what was
/// changed; `None` when there is nothing to take out.
///
/// # Errors
/// [`ReplyError::Malformed`] when it has something to take out and cannot be written anew.
pub(crate) fn strip(bytes: &[u8]) -> Result<Option<Vec<u8>>, ReplyError> {
    let Some(message) = Sections::read(bytes) else {
        // What cannot be read is refused by whoever keeps it.
        return Ok(None);
    };
    let mut changed: Vec<(Name, u16)> = Vec::new();
    let mut fates = Vec::with_capacity(message.records.len());
    for record in &message.records {
        let fate = if binds(record) {
            without_ech(bytes.get(record.data_at..record.end).unwrap_or_default())
        } else {
            Fate::Keep
        };
        if fate != Fate::Keep {
            let owner = name_at(bytes, record.owner_at).map_err(|_| ReplyError::Malformed)?;
            changed.push((owner, record.rtype));
        }
        fates.push(fate);
    }
    if changed.is_empty() {
        return Ok(None);
    }
    for (record, fate) in message.records.iter().zip(&mut fates) {
        if signs(bytes, record, &changed) {
            *fate = Fate::Drop;
        }
    }
    let negative = emptied(bytes, &message, &fates);
    let rewritten = rewrite(bytes, &message, &fates, negative).ok_or(ReplyError::Malformed)?;
    Ok(Some(rewritten))
}

/// How long it may be remembered that nothing of the type asked for is left, where that is so: as
/// long as what was there. Without it a client would ask for it again and again.
fn emptied(bytes: &[u8], message: &Sections, fates: &[Fate]) -> Option<u32> {
    let asked = u16_at(bytes, message.question_end - 4)?;
    let of_type = |(record, _): &(&Record, &Fate)| record.rtype == asked;
    let answers = || message.answers().iter().zip(fates).filter(of_type);
    let has_soa = message
        .authorities()
        .iter()
        .any(|record| record.rtype == rtype::SOA);
    if has_soa || answers().any(|(_, fate)| *fate != Fate::Drop) {
        return None;
    }
    answers().map(|(record, _)| record.ttl).min()
}

/// Whether a record is a signature over one of these sets (RFC 4034 §3.1.1).
fn signs(bytes: &[u8], record: &Record, sets: &[(Name, u16)]) -> bool {
    if record.rtype != rtype::RRSIG {
        return false;
    }
    let covered = u16_at(bytes, record.data_at);
    let Ok(owner) = name_at(bytes, record.owner_at) else {
        return false;
    };
    sets.iter()
        .any(|(name, rtype)| *name == owner && Some(*rtype) == covered)
}

/// What becomes of a record's data.
///
/// A record that says a client must understand `ech` is of no use without it (RFC 9460 §8). One
/// that cannot be read is dropped: a client less strict than this reader could find keys in it.
fn without_ech(data: &[u8]) -> Fate {
    let Some(service) = Service::read(data) else {
        return Fate::Drop;
    };
    let params = || service.params();
    let mandatory = params().find(|param| param.key == key::MANDATORY);
    if mandatory.is_some_and(|param| lists_ech(param.value)) {
        return Fate::Drop;
    }
    if params().all(|param| param.key != key::ECH) {
        return Fate::Keep;
    }
    let mut kept = data.get(..service.params_at).unwrap_or_default().to_vec();
    for param in params().filter(|param| param.key != key::ECH) {
        kept.extend_from_slice(param.whole);
    }
    Fate::Data(kept)
}

/// Whether a list of mandatory keys names `ech`, or cannot be read.
fn lists_ech(value: &[u8]) -> bool {
    let odd = !value.len().is_multiple_of(2);
    odd || value
        .chunks_exact(2)
        .any(|raw| u16_at(raw, 0) == Some(key::ECH))
}

/// A service binding's data, read whole.
struct Service<'d> {
    data: &'d [u8],
    target: Name,
    params_at: usize,
}

/// One parameter.
struct Param<'d> {
    key: u16,
    value: &'d [u8],
    /// Key, length and value.
    whole: &'d [u8],
}

impl<'d> Service<'d> {
    /// Reads the data (RFC 9460 §2.2): a target that is not compressed, and parameters in strictly
    /// rising order of their keys that fill the rest exactly.
    fn read(data: &'d [u8]) -> Option<Self> {
        u16_at(data, 0)?;
        let (target, length) = Name::from_wire(data.get(2..)?).ok()?;
        let service = Self {
            data,
            target,
            params_at: 2 + length,
        };
        let mut last = None;
        let mut end = service.params_at;
        for param in service.params() {
            if last.is_some_and(|last| last >= param.key) {
                return None;
            }
            last = Some(param.key);
            end += param.whole.len();
        }
        (end == data.len()).then_some(service)
    }

    /// The parameters, up to the first that does not fit.
    fn params(&self) -> impl Iterator<Item = Param<'d>> + use<'d> {
        let data = self.data;
        let mut at = self.params_at;
        std::iter::from_fn(move || {
            let length = usize::from(u16_at(data, at + 2)?);
            let whole = data.get(at..at + 4 + length)?;
            let param = Param {
                key: u16_at(whole, 0)?,
                value: &whole[4..],
                whole,
            };
            at += whole.len();
            Some(param)
        })
    }
}

/// The names that service bindings among these records lead to, in both modes. The root means the
/// owner itself, or that there is no service (RFC 9460 §2.5): no name behind either way.
pub(super) fn targets<'r>(
    bytes: &'r [u8],
    records: &'r [Record],
) -> impl Iterator<Item = Name> + use<'r> {
    let services = records.iter().filter(|record| binds(record));
    services
        .filter_map(|record| Service::read(bytes.get(record.data_at..record.end)?))
        .map(|service| service.target)
        .filter(|target| !target.is_root())
}

/// The addresses that a service binding's data gives as hints (RFC 9460 §7.3).
pub(super) fn hints(data: &[u8]) -> impl Iterator<Item = IpAddr> + use<'_> {
    let params = Service::read(data).map(|service| service.params());
    params.into_iter().flatten().flat_map(|param| {
        let width = match param.key {
            key::IPV4_HINT => 4,
            key::IPV6_HINT => 16,
            _ => usize::MAX,
        };
        param.value.chunks_exact(width).filter_map(address)
    })
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let v6 = || <[u8; 16]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| v6()).ok()
}

#[cfg(test)]
#[path = "svcb_tests.rs"]
mod tests;
