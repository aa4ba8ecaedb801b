//! AdBlock syntax (Adblock Plus, AdGuard, uBlock Origin), of which a host filter can take little.
//!
//! Whole-host blocks are only `||name^`, `||name^$important` and `||name^$all`; `||name/path`
//! without wildcards is a URL prefix. Everything else matches parts of pages, and taking its host
//! would block whole sites for the sake of one script, so it is refused, modifiers by their name.
//!
//! `@@||name^` takes a name off this list, `$badfilter` takes away one rule. `@@||name^|` is taken
//! too (AdGuard's DNS lists write it for the host), `||name^|` is not: in a browser list it means
//! the home page only, and where the two disagree we do not block.

use lachan_policy::{NameError, Scope};

use super::item::{Ignored, Item, Out, shortened};
use super::range::AddressRange;
use super::reason::Reason;
use super::{Parser, comment, plain};

pub(super) struct AdBlock;

impl Parser for AdBlock {
    fn comment_start(&self, line: &[u8]) -> usize {
        let start = line.len() - line.trim_ascii_start().len();
        match &line[start..] {
            [b'!', ..] => start,
            [b'[', .., b']'] => start, // [Adblock Plus 2.0]
            [b'#', rest @ ..] if !is_element_rule(line) && !rest.starts_with(b"#") => start,
            rest if rest.iter().all(|byte| *byte == b'#') => start,
            // ph00lt0 writes remarks behind its rules; no rule holds a space before a hash.
            [b'|' | b'@', ..] => comment::of_spaced_hash(line),
            _ => line.len(),
        }
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        let text = text.trim();
        let network = text.starts_with(['|', '@']);
        if !network && is_element_rule(text.as_bytes()) {
            return out.ignore(Ignored::Cosmetic);
        }
        out.result(network_rule(text));
    }
}

/// Element hiding and its relatives: `##`, `#@#`, `#?#`, `#$#`, `#%#` and mixtures, and AdGuard's
/// HTML filters `$$` and `$@$`.
fn is_element_rule(line: &[u8]) -> bool {
    let marks = line.iter().enumerate().filter(|(_, byte)| **byte == b'#');
    marks.map(|(at, _)| &line[at + 1..]).any(is_mark_end)
        || line.windows(2).any(|pair| pair == b"$$")
        || line.windows(3).any(|three| three == b"$@$")
}

/// What may follow the first `#` of such a mark.
fn is_mark_end(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"@").unwrap_or(rest);
    let kinds = rest
        .iter()
        .take_while(|byte| matches!(byte, b'$' | b'?' | b'%'))
        .count();
    kinds <= 2 && rest.get(kinds) == Some(&b'#')
}

fn network_rule(text: &str) -> Result<Item, Reason> {
    let (exception, rule) = match text.strip_prefix("@@") {
        Some(rule) => (true, rule),
        None => (false, text),
    };
    let Some(rule) = rule.strip_prefix("||") else {
        return Err(if is_regex(rule) {
            Reason::Regex
        } else {
            Reason::Pattern
        });
    };
    let (below, rule) = match rule.strip_prefix("*.") {
        Some(rule) => (true, rule),
        None => (false, rule),
    };
    let end = host_end(rule);
    let (host, tail) = rule.split_at(end);
    if let Some(item) = url_rule(host, tail, exception || below) {
        return Ok(item);
    }
    let whole = tail
        .strip_prefix("^|")
        .filter(|_| exception)
        .or_else(|| tail.strip_prefix('^'));
    match whole {
        Some(rest) if !host.is_empty() => HostRule {
            exception,
            below,
            modifiers: Modifiers::parse(rest)?,
        }
        .item(host),
        _ => Err(not_whole(host, tail, exception, below)),
    }
}

/// `/regex/`, with or without modifiers.
fn is_regex(rule: &str) -> bool {
    let pattern = rule
        .rsplit_once("/$")
        .map_or(rule, |(pattern, _)| &rule[..=pattern.len()]);
    pattern.len() > 2 && pattern.starts_with('/') && pattern.ends_with('/')
}

/// Where the host of a `||` rule ends.
fn host_end(rule: &str) -> usize {
    if rule.starts_with('[') {
        return rule.find(']').map_or(rule.len(), |at| at + 1);
    }
    rule.find(['^', '/', '$', '*', '|', '?', ':'])
        .unwrap_or(rule.len())
}

/// `||host/path`, when nothing in it is a pattern.
fn url_rule(host: &str, tail: &str, excluded: bool) -> Option<Item> {
    let path = tail.strip_prefix('/').filter(|path| !path.is_empty())?;
    if excluded || path.contains(['*', '^', '$', '|', ' ']) {
        return None;
    }
    Some(Item::Url {
        host: plain::host(host).ok()?,
        path: plain::encoded(path),
    })
}

/// Why a `||` rule is no whole-host block.
fn not_whole(host: &str, tail: &str, exception: bool, below: bool) -> Reason {
    if let Some((_, modifiers)) = tail.rsplit_once('$')
        && let Err(reason) = Modifiers::parse_list(modifiers)
    {
        return reason;
    }
    match tail.as_bytes().first() {
        Some(b'*') => Reason::Wildcard,
        None if below && host.is_empty() => Reason::Wildcard,
        Some(b':') => Reason::Port,
        Some(b'/') if exception => Reason::Exception,
        _ => Reason::Pattern,
    }
}

/// A rule for a whole host, before its host is read.
struct HostRule {
    exception: bool,
    below: bool,
    modifiers: Modifiers,
}

impl HostRule {
    fn item(&self, host: &str) -> Result<Item, Reason> {
        let important = self.modifiers.important;
        let scope = if self.below {
            Scope::Below
        } else {
            Scope::Suffix
        };
        let name = match plain::host(host) {
            Ok(name) => name,
            Err(reason) => return self.net(host, reason),
        };
        if self.modifiers.cancels {
            if self.exception {
                return Err(Reason::Modifier("badfilter".to_owned()));
            }
            return Ok(Item::Cancel {
                name,
                scope,
                important,
            });
        }
        if self.exception {
            return Ok(Item::Allow {
                name,
                scope,
                important,
            });
        }
        Ok(Item::Name {
            name,
            scope,
            says_tenants: self.below,
            important,
        })
    }

    /// A rule whose host is no name: an address, or `reason`.
    fn net(&self, host: &str, reason: Reason) -> Result<Item, Reason> {
        let bracketed = host.starts_with('[');
        if !bracketed && reason != Reason::Name(NameError::Address) {
            return Err(reason);
        }
        let address = plain::literal(host).ok_or(reason)?;
        if self.exception || self.below || self.modifiers.cancels {
            return Err(Reason::Exception);
        }
        AddressRange::new(address, address).map(Item::Net)
    }
}

/// The modifiers that leave a rule one for the whole host.
#[derive(Default)]
struct Modifiers {
    important: bool,
    cancels: bool,
}

impl Modifiers {
    /// What stands behind `||name^`: nothing, or `$` and modifiers.
    fn parse(rest: &str) -> Result<Self, Reason> {
        match rest.strip_prefix('$') {
            Some(list) => Self::parse_list(list),
            None if rest.is_empty() => Ok(Self::default()),
            // `^path`, `^*path$script`: name the modifier where there is one.
            None => Err(not_whole("", rest, false, false)),
        }
    }

    fn parse_list(list: &str) -> Result<Self, Reason> {
        let mut modifiers = Self::default();
        for modifier in list.split(',').map(str::trim) {
            match modifier {
                "important" => modifiers.important = true,
                "badfilter" => modifiers.cancels = true,
                "all" => {}
                other => {
                    let name = other.split('=').next().unwrap_or(other);
                    return Err(Reason::Modifier(shortened(name, 40)));
                }
            }
        }
        Ok(modifiers)
    }
}

#[cfg(test)]
mod tests;
