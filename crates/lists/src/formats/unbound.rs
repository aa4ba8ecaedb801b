//! unbound: `local-zone: "name" TYPE` and `local-data: "name A 0.0.0.0"` (unbound.conf(5)).
//!
//! A zone of a blocking type means the name and everything below it. A `redirect` zone blocks when
//! it has no data or only sinks; its data may follow or precede it, so it is held back until its
//! data is seen, or the end. At most [`MOST_OPEN`] zones are held; then all of them are taken as
//! blocks, so that no file can fill the memory (in real files the data is on the next line).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use lachan_policy::{Name, Scope};

use super::item::{Ignored, Item, Out, shortened};
use super::reason::Reason;
use super::{Parser, comment, plain, range};

/// Most `redirect` zones, and most rewritten names, remembered at a time.
const MOST_OPEN: usize = 100_000;
/// Types whose zones answer every name in them with nothing, an error or silence.
const BLOCKING: [&str; 9] = [
    "always_nxdomain",
    "always_null",
    "always_nodata",
    "always_refuse",
    "always_deny",
    "static",
    "refuse",
    "deny",
    "inform_deny",
];
/// Headings under which entries stand, on a line of their own or before the first entry.
const HEADINGS: [&str; 2] = ["server:", "view:"];

/// Remembers `redirect` zones without data and names with real data, by their wire form.
#[derive(Default)]
pub(super) struct Unbound {
    open: BTreeMap<Box<[u8]>, u64>,
    rewritten: BTreeSet<Box<[u8]>>,
}

impl Parser for Unbound {
    fn comment_start(&self, line: &[u8]) -> usize {
        comment::of_unquoted(line, b'#', b"\"'", false)
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        let mut rest = text.trim();
        while let Some(after) = HEADINGS
            .iter()
            .find_map(|heading| rest.strip_prefix(heading))
        {
            rest = after.trim();
        }
        if rest.is_empty() {
            return out.ignore(Ignored::Frame);
        }
        let Some((attribute, value)) = rest.split_once(':') else {
            return out.refuse(Reason::Form("`attribute: value`"));
        };
        match attribute.trim() {
            "local-zone" => self.zone(value, out),
            "local-data" => self.data(value, out),
            other => out.refuse(Reason::Directive(shortened(other, 40))),
        }
    }

    fn finish(&mut self, out: &mut Out<'_>) {
        self.close_all(out);
    }
}

impl Unbound {
    fn zone(&mut self, value: &str, out: &mut Out<'_>) {
        let words = match words(value) {
            Ok(words) => words,
            Err(reason) => return out.refuse(reason),
        };
        let [name, kind] = words[..] else {
            return out.refuse(Reason::Form("`local-zone: \"name\" TYPE`"));
        };
        let name = match plain::host(name) {
            Ok(name) => name,
            Err(reason) => return out.refuse(reason),
        };
        match kind {
            kind if BLOCKING.contains(&kind) => out.item(Item::block(name, Scope::Suffix)),
            "redirect" | "inform_redirect" => self.redirect(name, out),
            "always_transparent" => out.item(Item::allow(name, Scope::Suffix)),
            other => out.refuse(Reason::ZoneType(shortened(other, 40))),
        }
    }

    fn redirect(&mut self, name: Name, out: &mut Out<'_>) {
        if self.rewritten.contains(name.as_wire()) {
            return out.refuse(Reason::ZoneType("redirect".to_owned()));
        }
        if self.open.len() >= MOST_OPEN {
            self.close_all(out);
        }
        self.open.insert(name.as_wire().into(), out.line());
    }

    fn data(&mut self, value: &str, out: &mut Out<'_>) {
        let words = match words(value) {
            Ok(words) => words,
            Err(reason) => return out.refuse(reason),
        };
        let fields = words
            .iter()
            .flat_map(|word| word.split_whitespace())
            .collect::<Vec<_>>();
        match record(&fields) {
            Ok((name, answer)) => self.answer(name, answer, out),
            Err(reason) => out.refuse(reason),
        }
    }

    /// A record, applied to the `redirect` zone of its name if there is one.
    fn answer(&mut self, name: Name, answer: Result<(), Reason>, out: &mut Out<'_>) {
        let zone = self.open.remove(name.as_wire());
        match (answer, zone) {
            (Ok(()), None) => out.item(Item::block(name, Scope::Exact)),
            (Ok(()), Some(line)) => {
                out.ignore(Ignored::Frame);
                out.item_at(line, Item::block(name, Scope::Suffix));
            }
            (Err(reason), zone) => {
                if self.rewritten.len() < MOST_OPEN {
                    self.rewritten.insert(name.as_wire().into());
                }
                if let Some(line) = zone {
                    let text = format!("local-zone: \"{name}\" redirect");
                    out.refuse_at(line, reason.clone(), &text);
                }
                out.refuse(reason);
            }
        }
    }

    /// Zones still without data answer with nothing.
    fn close_all(&mut self, out: &mut Out<'_>) {
        let mut zones = std::mem::take(&mut self.open)
            .into_iter()
            .collect::<Vec<_>>();
        zones.sort_unstable_by_key(|(_, line)| *line);
        for (wire, line) in zones {
            if let Ok(name) = Name::from_normal(&wire) {
                out.item_at(line, Item::block(name, Scope::Suffix));
            }
        }
    }
}

/// `name [TTL] [IN] TYPE DATA`: the name, and whether the data is a sink.
fn record(fields: &[&str]) -> Result<(Name, Result<(), Reason>), Reason> {
    const FORM: Reason = Reason::Form("`local-data: \"name A 0.0.0.0\"`");
    let (owner, rest) = fields.split_first().ok_or(FORM)?;
    let is_prefix = |field: &&str| field.eq_ignore_ascii_case("IN") || is_ttl(field);
    let skipped = rest.iter().take_while(|field| is_prefix(field)).count();
    let (kind, data) = rest[skipped..].split_first().ok_or(FORM)?;
    let name = plain::host(owner)?;
    let address = kind.eq_ignore_ascii_case("A") || kind.eq_ignore_ascii_case("AAAA");
    if !address {
        return Ok((name, Err(Reason::Record(shortened(kind, 20)))));
    }
    let target = data.first().copied().unwrap_or_default();
    let sink = target.parse::<IpAddr>().is_ok_and(range::is_sink);
    Ok((
        name,
        if sink {
            Ok(())
        } else {
            Err(Reason::Rewrite(shortened(target, 60)))
        },
    ))
}

fn is_ttl(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words, those in `"…"` or `'…'` without their quotes.
fn words(text: &str) -> Result<Vec<&str>, Reason> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' | '\'' => rest[1..].split_once(first).ok_or(Reason::Unclosed)?,
            _ => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}
