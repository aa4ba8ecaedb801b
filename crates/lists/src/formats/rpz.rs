//! Response policy zones (draft-vixie-dnsop-dns-rpz-00) in master file format (RFC 1035 §5).
//!
//! The plain owner means that name only, `*.owner` everything below it; lists that mean both write
//! both. `CNAME .`, `CNAME *.`, `rpz-drop` and sink addresses block, `rpz-passthru` (or a CNAME to
//! itself, its older form) takes the name off the list. Zones occur with an SOA and absolute names,
//! with `$ORIGIN`, and as bare lines without any of it; all are read.
//!
//! Records that go on over several lines (an SOA, signatures) are joined; a parenthesis somebody
//! forgot to close costs that record, not the rest of the list.

mod owner;
mod token;

use std::net::IpAddr;

use lachan_policy::Scope;

use super::item::{Ignored, Item, Out, shortened};
use super::reason::Reason;
use super::{Parser, comment, plain, range};
use owner::{Owner, Zone};
use token::Tokens;

/// Most lines a record may go on for.
const MOST_LINES: usize = 40;
/// Fields of an SOA from its type on: the type, two names, five numbers (RFC 1035 §3.3.13).
const SOA_FIELDS: usize = 8;
/// What a zone needs to be one, and its signatures: nothing about policy.
const FRAME: [&str; 14] = [
    "SOA",
    "NS",
    "RRSIG",
    "DNSKEY",
    "NSEC",
    "NSEC3",
    "NSEC3PARAM",
    "DS",
    "CDS",
    "CDNSKEY",
    "ZONEMD",
    "SIG",
    "KEY",
    "NXT",
];

/// What a zone file has said so far.
#[derive(Default)]
pub(super) struct Rpz {
    zone: Zone,
    /// Owner of the record before, for lines that begin with white space.
    owner: Option<Result<Owner, Reason>>,
    open: Option<Open>,
}

/// A record whose parenthesis is open.
struct Open {
    line: u64,
    lines: usize,
    text: String,
    fields: Vec<String>,
    inherits: bool,
}

impl Parser for Rpz {
    fn comment_start(&self, line: &[u8]) -> usize {
        comment::of_unquoted(line, b';', b"\"", true)
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        let tokens = Tokens::of(text);
        match self.open.take() {
            Some(open) if open.goes_on(text) => self.resume(open, tokens, out),
            Some(open) => {
                out.refuse_at(open.line, Reason::Unclosed, &open.text);
                self.begin(text, tokens, out);
            }
            None => self.begin(text, tokens, out),
        }
    }

    fn finish(&mut self, out: &mut Out<'_>) {
        if let Some(open) = self.open.take() {
            out.refuse_at(open.line, Reason::Unclosed, &open.text);
        }
    }
}

impl Open {
    /// Whether the next line belongs to this record. Once all fields are there, only the closing
    /// parenthesis may follow.
    fn goes_on(&self, next: &str) -> bool {
        let is_soa = |field: &String| field.eq_ignore_ascii_case("SOA");
        let from = self
            .fields
            .iter()
            .position(is_soa)
            .unwrap_or(self.fields.len());
        let complete = self.fields.len() - from >= SOA_FIELDS;
        self.lines < MOST_LINES && (!complete || next.trim_start().starts_with(')'))
    }
}

impl Rpz {
    /// The first line of a record, or a `$` directive.
    fn begin(&mut self, text: &str, tokens: Tokens<'_>, out: &mut Out<'_>) {
        if tokens.unclosed_quote {
            return out.refuse(Reason::Unclosed);
        }
        let inherits = text.starts_with([' ', '\t']);
        if tokens.depth > 0 && may_be_long(&tokens.fields) {
            let fields = tokens
                .fields
                .iter()
                .map(|field| (*field).to_owned())
                .collect();
            let text = shortened(text, super::EXCERPT);
            self.open = Some(Open {
                line: out.line(),
                lines: 1,
                text,
                fields,
                inherits,
            });
        } else if tokens.depth != 0 {
            out.refuse(Reason::Unclosed);
        } else if text.starts_with('$') {
            self.directive(&tokens.fields, out);
        } else {
            self.record(inherits, &tokens.fields, out);
        }
    }

    fn resume(&mut self, mut open: Open, tokens: Tokens<'_>, out: &mut Out<'_>) {
        open.lines += 1;
        open.fields
            .extend(tokens.fields.iter().map(|field| (*field).to_owned()));
        if tokens.depth >= 0 {
            self.open = Some(open);
            return;
        }
        let fields = open.fields.iter().map(String::as_str).collect::<Vec<_>>();
        self.record(open.inherits, &fields, out);
    }

    fn directive(&mut self, fields: &[&str], out: &mut Out<'_>) {
        let word = fields.first().copied().unwrap_or_default();
        match (word.to_ascii_uppercase().as_str(), fields.get(1)) {
            ("$TTL", Some(_)) => out.ignore(Ignored::Frame),
            ("$ORIGIN", Some(origin)) => {
                self.zone.set_origin(origin);
                out.ignore(Ignored::Frame);
            }
            _ => out.refuse(Reason::Directive(shortened(word, 40))),
        }
    }

    /// A whole record: `[owner] [TTL] [class] type data`.
    fn record(&mut self, inherits: bool, fields: &[&str], out: &mut Out<'_>) {
        const FORM: Reason = Reason::Form("`name CNAME .`");
        let (owner, rest) = match fields.split_first() {
            Some((owner, rest)) if !inherits => (Some(*owner), rest),
            _ => (None, fields),
        };
        let skipped = rest
            .iter()
            .take_while(|field| is_ttl(field) || is_class(field))
            .count();
        let Some((kind, data)) = rest[skipped..].split_first() else {
            return out.refuse(FORM);
        };
        let kind = kind.to_ascii_uppercase();
        if kind == "SOA" {
            self.zone.set_apex(owner.unwrap_or("@"));
        }
        if let Some(owner) = owner {
            self.owner = Some(self.zone.owner(owner));
        }
        if FRAME.contains(&kind.as_str()) {
            return out.ignore(Ignored::Frame);
        }
        match &self.owner {
            None => out.refuse(FORM),
            Some(Err(reason)) => out.refuse(reason.clone()),
            Some(Ok(Owner::Apex)) => out.ignore(Ignored::Frame),
            Some(Ok(owner)) => out.result(item(owner, &kind, data)),
        }
    }
}

/// What a record does.
#[derive(Clone, Copy)]
enum Action {
    Block,
    Passthru,
}

fn item(owner: &Owner, kind: &str, data: &[&str]) -> Result<Item, Reason> {
    let data = data.first().copied().unwrap_or_default();
    let action = match kind {
        "CNAME" => cname(owner, data)?,
        "A" | "AAAA" if data.parse::<IpAddr>().is_ok_and(range::is_sink) => Action::Block,
        "A" | "AAAA" | "DNAME" => return Err(Reason::Rewrite(shortened(data, 60))),
        other => return Err(Reason::Record(shortened(other, 20))),
    };
    match (owner, action) {
        (Owner::Name { text, scope }, Action::Block) => Ok(Item::block(plain::host(text)?, *scope)),
        (Owner::Name { text, scope }, Action::Passthru) => {
            Ok(Item::allow(plain::host(text)?, *scope))
        }
        (Owner::Net(range), Action::Block) => Ok(Item::Net(*range)),
        (Owner::Net(_) | Owner::Apex, _) => Err(Reason::Exception),
    }
}

fn cname(owner: &Owner, target: &str) -> Result<Action, Reason> {
    match target.to_ascii_lowercase().as_str() {
        "." | "*." | "rpz-drop." => Ok(Action::Block),
        "rpz-passthru." => Ok(Action::Passthru),
        "rpz-tcp-only." => Err(Reason::Action("rpz-tcp-only")),
        target if owner.is_named(target) => Ok(Action::Passthru),
        _ => Err(Reason::Rewrite(shortened(target, 60))),
    }
}

impl Owner {
    /// Whether the absolute name `target` is the owner itself.
    fn is_named(&self, target: &str) -> bool {
        let Self::Name { text, scope } = self else {
            return false;
        };
        let bare = match scope {
            Scope::Below => target.strip_prefix("*."),
            Scope::Exact | Scope::Suffix => Some(target),
        };
        bare.and_then(|bare| bare.strip_suffix('.')) == Some(text.as_str())
    }
}

/// Only records of the frame may go on over lines, so that a stray parenthesis opens nothing.
fn may_be_long(fields: &[&str]) -> bool {
    fields
        .iter()
        .any(|field| FRAME.iter().any(|kind| field.eq_ignore_ascii_case(kind)))
}

/// `3600`, `1h30m` (RFC 1035 §5.1 with BIND's units).
fn is_ttl(field: &str) -> bool {
    field.starts_with(|c: char| c.is_ascii_digit())
        && field
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"smhdwSMHDW".contains(&byte))
}

fn is_class(field: &str) -> bool {
    ["IN", "CH", "HS"]
        .iter()
        .any(|class| field.eq_ignore_ascii_case(class))
}
