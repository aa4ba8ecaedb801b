//! From lists of any format to the canonical form.
//!
//! What a list takes off itself (AdBlock's exceptions, `$badfilter`) is worked out first, so that no
//! line depends on another one's importance. Names that stand for everybody below them (public
//! suffixes) are refused unless the list may have them.
//!
//! Memory: the text of every name twice, and 16 bytes each: 300 MB for five million names. It runs
//! at the hub, never on a box.

use std::io::{self, BufRead, Write};

use lachan_policy::{Name, Scope};
use sha2::{Digest as _, Sha256};

use super::Info;
use crate::convert::names::Names;
use crate::convert::stands_for_others;
use crate::formats::{AddressRange, Format, Item, Reason, Refused, Sink, Summary, canonical, read};

/// How to build.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The list may name public suffixes and top-level domains.
    pub public_suffixes: bool,
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was read.
    pub summary: Summary,
    /// Distinct names that the list blocks in one line and takes off in another.
    pub taken_off: u64,
    /// What the canonical list is known by.
    pub info: Info,
}

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// More than 4 GiB of names.
    #[error("the list has more than 4 GiB of names; split it")]
    TooManyNames,
    /// Writing the result failed.
    #[error("the canonical list cannot be written")]
    Write(#[source] io::Error),
}

/// Gathers one or more lists and writes them as one.
#[derive(Default)]
pub struct Builder {
    options: Options,
    names: Names,
    nets: Vec<AddressRange>,
    others: Vec<String>,
    summary: Summary,
}

impl Builder {
    /// An empty list.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// Adds a list; every line that is not taken goes to `refused`.
    ///
    /// # Errors
    /// What `input` fails with; the builder then holds half a list and must not be finished.
    pub fn add(
        &mut self,
        format: Format,
        input: impl BufRead,
        mut refused: impl FnMut(Refused),
    ) -> io::Result<()> {
        let mut gather = Gather {
            builder: self,
            refused: &mut refused,
            more: 0,
        };
        let summary = read(format, input, &mut gather)?;
        let more = gather.more;
        self.summary.add(&summary);
        self.summary.refused += more;
        Ok(())
    }

    /// Writes the canonical list.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn finish(self, out: &mut impl Write) -> Result<Report, BuildError> {
        if self.names.is_too_large() {
            return Err(BuildError::TooManyNames);
        }
        let (blocked, kept, taken_off) = self.names.resolve();
        let mut lines = Lines::default();
        blocked.each(|name, suffix, exact, below| {
            if suffix {
                lines.push(b"", name);
            } else if exact {
                lines.push(b"=", name);
            }
            if below {
                lines.push(b"*.", name);
            }
        });
        for allow in &kept {
            lines.push(b"!", allow.allow.as_bytes());
        }
        for range in joined(self.nets) {
            lines.push(b"", range.to_string().as_bytes());
        }
        for line in &self.others {
            lines.push(b"", line.as_bytes());
        }
        let info = lines.write(out)?;
        Ok(Report {
            summary: self.summary,
            taken_off,
            info,
        })
    }
}

struct Gather<'b, F> {
    builder: &'b mut Builder,
    refused: &'b mut F,
    /// Entries that the format takes and the canonical form does not.
    more: u64,
}

impl<F: FnMut(Refused)> Gather<'_, F> {
    fn refuse(&mut self, line: u64, reason: Reason, text: String) {
        self.more += 1;
        (self.refused)(Refused { line, reason, text });
    }

    fn is_refused(&mut self, line: u64, name: &Name, scope: Scope) -> bool {
        let refused = !self.builder.options.public_suffixes && stands_for_others(name);
        if refused {
            self.refuse(line, Reason::PublicSuffix, scope.entry(name));
        }
        refused
    }
}

impl<F: FnMut(Refused)> Sink for Gather<'_, F> {
    fn item(&mut self, line: u64, item: Item) {
        match item {
            Item::Name {
                name,
                scope,
                says_tenants,
                important,
            } => {
                if self.is_refused(line, &name, scope) {
                    return;
                }
                let names = &mut self.builder.names;
                if says_tenants && scope == Scope::Suffix {
                    // "The name, and below it whoever is there": two statements, see `Options` of the compiler.
                    names.block(&name, Scope::Exact, important);
                    names.block(&name, Scope::Below, important);
                } else {
                    names.block(&name, scope, important);
                }
            }
            Item::Allow {
                name,
                scope,
                important,
            } => self.builder.names.allow(&name, scope, important),
            Item::Cancel {
                name,
                scope,
                important,
            } => self.builder.names.cancel(&name, scope, important),
            Item::Net(range) => self.builder.nets.push(range),
            Item::Url { ref host, .. } if self.is_refused(line, host, Scope::Suffix) => {}
            item => match canonical::text(&item).filter(|text| canonical::entry(text).is_ok()) {
                Some(text) => self.builder.others.push(text),
                None => self.refuse(
                    line,
                    Reason::Form("of the canonical writing"),
                    String::new(),
                ),
            },
        }
    }

    fn refused(&mut self, refused: Refused) {
        (self.refused)(refused);
    }
}

/// Ranges joined where they meet or overlap, so that one set of addresses has one writing.
fn joined(mut ranges: Vec<AddressRange>) -> Vec<AddressRange> {
    ranges.sort_unstable_by_key(|range| (range.first().is_ipv6(), range.bits()));
    let mut out: Vec<AddressRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        if let Some(last) = out.last_mut()
            && last.first().is_ipv4() == range.first().is_ipv4()
            && range.bits().0 <= last.bits().1.saturating_add(1)
        {
            if range.bits().1 > last.bits().1
                && let Ok(wider) = AddressRange::new(last.first(), range.last())
            {
                *last = wider;
            }
            continue;
        }
        out.push(range);
    }
    out
}

/// Lines in one buffer, to be sorted.
#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    places: Vec<(usize, u32)>,
}

impl Lines {
    fn push(&mut self, mark: &[u8], rest: &[u8]) {
        let at = self.text.len();
        self.text.extend_from_slice(mark);
        self.text.extend_from_slice(rest);
        // A line is at most `MAX_LINE` long.
        let length = u32::try_from(self.text.len() - at).unwrap_or(u32::MAX);
        self.places.push((at, length));
    }

    fn write(mut self, out: &mut impl Write) -> Result<Info, BuildError> {
        let text = &self.text;
        let line = |place: &(usize, u32)| &text[place.0..place.0 + place.1 as usize];
        self.places.sort_unstable_by(|a, b| line(a).cmp(line(b)));
        self.places.dedup_by(|a, b| line(a) == line(b));
        let (mut hash, mut length) = (Sha256::new(), 0);
        let mut out = io::BufWriter::with_capacity(64 << 10, out);
        for place in &self.places {
            for piece in [line(place), b"\n"] {
                hash.update(piece);
                length += piece.len() as u64;
                out.write_all(piece).map_err(BuildError::Write)?;
            }
        }
        out.flush().map_err(BuildError::Write)?;
        Ok(Info {
            entries: self.places.len() as u64,
            length,
            sha256: hash.finalize().into(),
        })
    }
}
