//! dnsmasq: `address=/name/…`, `server=/name/…`, `local=/name/` (dnsmasq(8)).
//!
//! A domain there means itself and everything below. Answered with nothing, `#` or a sink address
//! it is blocked; `server=/name/#` sends it to the normal servers, that is, excepts it; a real
//! address is a rewrite, a real server a forward: both refused.

use std::net::IpAddr;

use lachan_policy::{Name, Scope};

use super::item::{Item, Out, shortened};
use super::reason::Reason;
use super::{Parser, comment, plain, range};

const FORM: &str = "`address=/name/`, `local=/name/` or `server=/name/`";

pub(super) struct Dnsmasq;

impl Parser for Dnsmasq {
    fn comment_start(&self, line: &[u8]) -> usize {
        comment::of_spaced_hash(line)
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        let effect = match key.trim() {
            "address" => address_effect,
            "server" | "local" => server_effect,
            other => return out.refuse(Reason::Directive(shortened(other, 40))),
        };
        let value = value.trim();
        let Some((domains, target)) = split(value) else {
            let plain_server = value.parse::<IpAddr>().is_ok();
            return out.refuse(if plain_server {
                Reason::Forward
            } else {
                Reason::Form(FORM)
            });
        };
        match effect(target) {
            Ok(effect) => domains
                .split('/')
                .for_each(|domain| out.result(item(domain, effect))),
            Err(reason) => out.refuse(reason),
        }
    }
}

/// What a line does to its domains.
#[derive(Clone, Copy)]
enum Effect {
    Block,
    Allow,
}

/// `/a/b/target` to `a/b` and `target`.
fn split(value: &str) -> Option<(&str, &str)> {
    value.strip_prefix('/')?.rsplit_once('/')
}

fn address_effect(target: &str) -> Result<Effect, Reason> {
    let sink = target.parse().is_ok_and(range::is_sink);
    if target.is_empty() || target == "#" || sink {
        return Ok(Effect::Block);
    }
    Err(Reason::Rewrite(shortened(target, 60)))
}

fn server_effect(target: &str) -> Result<Effect, Reason> {
    match target {
        "" => Ok(Effect::Block),
        "#" => Ok(Effect::Allow),
        _ => Err(Reason::Forward),
    }
}

fn item(domain: &str, effect: Effect) -> Result<Item, Reason> {
    let (name, scope) = pattern(domain.trim())?;
    Ok(match effect {
        Effect::Block => Item::block(name, scope),
        Effect::Allow => Item::allow(name, scope),
    })
}

/// `name`, `.name` and `*.name` (since 2.86: below only); `#` alone would be every name.
fn pattern(domain: &str) -> Result<(Name, Scope), Reason> {
    if domain == "#" {
        return Err(Reason::Wildcard);
    }
    if let Some(name) = domain.strip_prefix("*.") {
        return Ok((plain::host(name)?, Scope::Below));
    }
    let name = domain.strip_prefix('.').unwrap_or(domain);
    Ok((plain::host(name)?, Scope::Suffix))
}
