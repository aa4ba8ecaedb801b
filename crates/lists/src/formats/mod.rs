//! Every list format that comes in, read as a stream of [`Item`]s.
//!
//! ```text
//!  bytes ─► lines (bounded, BOM, CRLF) ─► comment cut ─► format's parser ─► Item | Refused | ignored
//! ```
//!
//! One bad line never loses a list: it is handed out as [`Refused`] with its number and reason, and
//! reading goes on. Memory does not grow with the file: a line is bounded, and what a format has to
//! remember between lines (an RPZ origin, unbound's open `redirect` zones) is bounded too.
//!
//! Left to others: decompression and archives (`crate::input`), what to do about public suffixes,
//! shared hosting and protected names (the compiler), matching URLs and expressions (the proxy).

mod adblock;
mod addresses;
pub(crate) mod canonical;
mod comment;
mod dnsmasq;
mod domains;
mod hosts;
mod item;
mod lines;
mod plain;
mod range;
mod reason;
mod rpz;
mod unbound;
pub mod ut1;

use std::fmt;
use std::io::{self, BufRead};
use std::str::FromStr;

pub use item::{Collected, EXCERPT, Ignored, Item, Refused, Sink, Summary};
pub use lines::MAX_LINE;
pub use range::{AddressRange, is_sink};
pub use reason::Reason;

use item::Out;
pub(crate) use item::excerpt;
use lines::{Line, Lines};

/// A list format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `0.0.0.0 name [name…]`, as in hosts(5). A name means the name and everything below it.
    Hosts,
    /// One name, address, CIDR, range or URL a line.
    Domains,
    /// AdBlock syntax, of which only whole-host rules and plain URL prefixes are taken.
    AdBlock,
    /// A response policy zone (draft-vixie-dnsop-dns-rpz) in master file format (RFC 1035 §5).
    Rpz,
    /// dnsmasq's `address=`, `server=` and `local=` lines.
    Dnsmasq,
    /// unbound's `local-zone:` and `local-data:` lines.
    Unbound,
    /// The `domains` part of a UT1 category; the other parts are read by [`ut1::read_part`].
    Ut1,
    /// Addresses, CIDR and ranges only.
    Addresses,
    /// The project's canonical form, see [`crate::canonical`], in which lists travel to the boxes.
    Canonical,
}

/// No list format is called that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no list format; use hosts, domains, adblock, rpz, dnsmasq, unbound, ut1 or addresses"
)]
pub struct UnknownFormat(pub String);

impl Format {
    /// Every format in which others publish lists.
    pub const ALL: [Self; 8] = [
        Self::Hosts,
        Self::Domains,
        Self::AdBlock,
        Self::Rpz,
        Self::Dnsmasq,
        Self::Unbound,
        Self::Ut1,
        Self::Addresses,
    ];

    /// The word for it in `sources.toml` and on the command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Hosts => "hosts",
            Self::Domains => "domains",
            Self::AdBlock => "adblock",
            Self::Rpz => "rpz",
            Self::Dnsmasq => "dnsmasq",
            Self::Unbound => "unbound",
            Self::Ut1 => "ut1",
            Self::Addresses => "addresses",
            Self::Canonical => "canonical",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;
    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let mut all = Self::ALL.into_iter().chain([Self::Canonical]);
        let found = all.find(|format| format.id() == text);
        found.ok_or_else(|| UnknownFormat(excerpt(text)))
    }
}

/// Reads a list to its end and hands every entry to `sink` as it is found.
///
/// Items come in the order of lines, except that an unbound `redirect` zone is decided when its
/// data is seen, at the latest at the end.
///
/// # Errors
/// Only what `input` itself fails with (a damaged archive, the disk); what was read before has been
/// handed out by then, so the caller decides whether half a list is worth anything (it is not).
pub fn read(format: Format, input: impl BufRead, sink: &mut impl Sink) -> io::Result<Summary> {
    match format {
        Format::Hosts => run(input, sink, hosts::Hosts),
        Format::Domains => run(input, sink, domains::Domains),
        Format::AdBlock => run(input, sink, adblock::AdBlock),
        Format::Rpz => run(input, sink, rpz::Rpz::default()),
        Format::Dnsmasq => run(input, sink, dnsmasq::Dnsmasq),
        Format::Unbound => run(input, sink, unbound::Unbound::default()),
        Format::Ut1 => ut1::read_part(ut1::Part::Domains, input, sink),
        Format::Addresses => run(input, sink, addresses::Addresses),
        Format::Canonical => run(input, sink, canonical::Canonical),
    }
}

/// What each format brings: where its comments begin, and what a line without them says.
trait Parser {
    /// Index of the first byte that belongs to a comment; `line.len()` when there is none.
    fn comment_start(&self, line: &[u8]) -> usize;

    /// One line that is neither blank nor only a comment. White space at its end is gone, white
    /// space at its start is not (RPZ gives it a meaning).
    fn line(&mut self, text: &str, out: &mut Out<'_>);

    /// The end of the file.
    fn finish(&mut self, _out: &mut Out<'_>) {}
}

/// The loop all formats share.
fn run(input: impl BufRead, sink: &mut dyn Sink, mut parser: impl Parser) -> io::Result<Summary> {
    let mut lines = Lines::new(input);
    let mut summary = Summary::default();
    while let Some(line) = lines.next()? {
        summary.lines = line.number;
        take(&line, &mut parser, sink, &mut summary);
    }
    let number = summary.lines;
    parser.finish(&mut Out::new(sink, &mut summary, number, ""));
    Ok(summary)
}

/// One line: cut the comment, check the bytes, hand the rest to the parser.
fn take(line: &Line<'_>, parser: &mut impl Parser, sink: &mut dyn Sink, summary: &mut Summary) {
    if line.too_long {
        let text = String::from_utf8_lossy(line.bytes);
        return Out::new(sink, summary, line.number, &text).refuse(Reason::LineTooLong);
    }
    let cut = parser.comment_start(line.bytes).min(line.bytes.len());
    let kept = line.bytes[..cut].trim_ascii_end();
    if kept.is_empty() {
        let comment = cut < line.bytes.len();
        *(if comment {
            &mut summary.comments
        } else {
            &mut summary.blank
        }) += 1;
        return;
    }
    let Ok(text) = std::str::from_utf8(kept) else {
        let text = String::from_utf8_lossy(kept);
        return Out::new(sink, summary, line.number, &text).refuse(Reason::Utf8);
    };
    let mut out = Out::new(sink, summary, line.number, text);
    match text
        .chars()
        .find(|character| character.is_control() && *character != '\t')
    {
        Some(control) => out.refuse(Reason::Control(control)),
        None => parser.line(text, &mut out),
    }
}

#[cfg(test)]
mod tests;
