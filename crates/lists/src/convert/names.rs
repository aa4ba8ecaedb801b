//! Millions of names with what is said of each, in little memory: one buffer of text, and eight
//! bytes a name that point into it.

use std::collections::HashMap;
use std::io::{self, Write};

use lachan_policy::{Name, Scope};

use super::{Kept, MOST_KEPT, Report};

/// What is said of a name: three bits for the scopes, and the same three for important rules.
type Marks = u8;
const SUFFIX: Marks = 1;
const EXACT: Marks = 2;
const BELOW: Marks = 4;
const SCOPES: Marks = SUFFIX | EXACT | BELOW;
const IMPORTANT: u32 = 3;

/// Rules of a list as they come in.
#[derive(Default)]
pub(crate) struct Names {
    text: Vec<u8>,
    entries: Vec<Entry>,
    /// Names taken off, and rules taken back; rarely more than a few.
    allows: HashMap<Box<[u8]>, Marks>,
    cancels: HashMap<Box<[u8]>, Marks>,
    too_large: bool,
}

/// A name in the buffer.
#[derive(Clone, Copy)]
struct Entry {
    at: u32,
    length: u8,
    marks: Marks,
}

/// What is blocked after all, sorted by text, each name once.
pub(crate) struct Blocked {
    text: Vec<u8>,
    entries: Vec<Entry>,
}

impl Names {
    /// A rule that blocks.
    pub(crate) fn block(&mut self, name: &Name, scope: Scope, important: bool) {
        let start = self.text.len();
        push_text(&mut self.text, name);
        let at = u32::try_from(start);
        let length = u8::try_from(self.text.len() - start);
        // Text is at most 253 bytes (RFC 1035 §2.3.4), so only the place can be too large.
        if let (Ok(at), Ok(length)) = (at, length) {
            self.entries.push(Entry {
                at,
                length,
                marks: marks(scope, important),
            });
        } else {
            self.text.truncate(start);
            self.too_large = true;
        }
    }

    /// A rule that takes names off.
    pub(crate) fn allow(&mut self, name: &Name, scope: Scope, important: bool) {
        *self.allows.entry(key(name)).or_default() |= marks(scope, important);
    }

    /// A rule that takes one blocking rule back.
    pub(crate) fn cancel(&mut self, name: &Name, scope: Scope, important: bool) {
        *self.cancels.entry(key(name)).or_default() |= marks(scope, important);
    }

    /// Whether names were left out because the buffer is full.
    pub(crate) const fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// Sorts, joins equal names, and takes off what the list takes off.
    pub(super) fn settle(self, report: &mut Report) -> Blocked {
        let (blocked, mut kept, taken_off) = self.resolve();
        report.taken_off += taken_off;
        report.kept_count = kept.len() as u64;
        kept.truncate(MOST_KEPT);
        report.kept = kept;
        blocked
    }

    /// What is blocked after all, every allow that still stands below a blocked name, sorted, and
    /// how many names were taken off.
    pub(crate) fn resolve(self) -> (Blocked, Vec<Kept>, u64) {
        let mut taken_off = 0;
        let Self {
            text,
            mut entries,
            allows,
            cancels,
            ..
        } = self;
        let slice = |entry: &Entry| entry.of(&text);
        entries.sort_unstable_by(|a, b| slice(a).cmp(slice(b)));
        entries.dedup_by(|next, kept| {
            let same = slice(next) == slice(kept);
            kept.marks |= if same { next.marks } else { 0 };
            same
        });
        if !allows.is_empty() || !cancels.is_empty() {
            entries.retain_mut(|entry| {
                let name = entry.of(&text);
                entry.marks &= !cancels.get(name).copied().unwrap_or_default();
                entry.marks = left(&allows, name, entry.marks);
                taken_off += u64::from(entry.marks == 0);
                entry.marks != 0
            });
        }
        let blocked = Blocked { text, entries };
        let kept = blocked.kept(&allows);
        (blocked, kept, taken_off)
    }
}

impl Entry {
    fn of(self, text: &[u8]) -> &[u8] {
        &text[self.at as usize..][..usize::from(self.length)]
    }

    /// Whether the plain name is the closest one can write.
    const fn is_plain(self) -> bool {
        let scopes = self.marks | self.marks >> IMPORTANT;
        scopes & (SUFFIX | EXACT) != 0
    }
}

impl Blocked {
    /// Writes one line a name, in byte order: `*` sorts before every character of a name, so lines
    /// of `*.name` come first. Returns the number of lines.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<u64> {
        for entry in self.entries.iter().filter(|entry| !entry.is_plain()) {
            out.write_all(b"*.")?;
            out.write_all(entry.of(&self.text))?;
            out.write_all(b"\n")?;
        }
        for entry in self.entries.iter().filter(|entry| entry.is_plain()) {
            out.write_all(entry.of(&self.text))?;
            out.write_all(b"\n")?;
        }
        Ok(self.entries.len() as u64)
    }

    /// Every blocked name with what is blocked of it: whether it is named with all below it, itself,
    /// and all below it with tenants.
    pub(crate) fn each(&self, mut visit: impl FnMut(&[u8], bool, bool, bool)) {
        for entry in &self.entries {
            let marks = entry.marks | entry.marks >> IMPORTANT;
            let has = |mark| marks & mark != 0;
            visit(entry.of(&self.text), has(SUFFIX), has(EXACT), has(BELOW));
        }
    }

    /// Allows that lie below a name that is blocked all the same.
    fn kept(&self, allows: &HashMap<Box<[u8]>, Marks>) -> Vec<Kept> {
        let mut kept = Vec::new();
        for (name, marks) in allows {
            if let Some(parent) = self.parent(name, *marks) {
                kept.push(Kept {
                    allow: shown(name, *marks),
                    parent: text_of(parent),
                });
            }
        }
        kept.sort_unstable_by(|a, b| a.allow.cmp(&b.allow));
        kept
    }

    /// The blocked name that covers what an allow names.
    fn parent<'a>(&self, name: &'a [u8], allow: Marks) -> Option<&'a [u8]> {
        // An important block stands above an allow that is not: nothing is lost by keeping it.
        let class = if allow >> IMPORTANT == 0 {
            SCOPES
        } else {
            SCOPES | SCOPES << IMPORTANT
        };
        let beaten = |name: &[u8], scopes: Marks| {
            let marks = self.marks_of(name) & class;
            (marks | marks >> IMPORTANT) & scopes != 0
        };
        let only_below = (allow | allow >> IMPORTANT) & SCOPES == BELOW;
        let own = only_below && beaten(name, SUFFIX | EXACT);
        if own {
            return Some(name);
        }
        parents(name).find(|parent| beaten(parent, SUFFIX | BELOW))
    }

    fn marks_of(&self, name: &[u8]) -> Marks {
        let found = self
            .entries
            .binary_search_by(|entry| entry.of(&self.text).cmp(name));
        found.map_or(0, |at| self.entries[at].marks)
    }
}

/// What of a name's rules stands against the allows.
fn left(allows: &HashMap<Box<[u8]>, Marks>, name: &[u8], marks: Marks) -> Marks {
    let of = |name: &[u8]| allows.get(name).copied().unwrap_or_default();
    let above = parents(name).map(of).fold(0, |all, marks| all | marks);
    let important = above >> IMPORTANT;
    let own = of(name);
    if above == 0 && own == 0 {
        return marks; // untouched, so that "itself" and "below" stay two statements
    }
    let usual = against(marks & SCOPES, above | important, own | own >> IMPORTANT);
    let firm = against(marks >> IMPORTANT, important, own >> IMPORTANT);
    usual | firm << IMPORTANT
}

/// What is left of one class of rules, given allows above the name and at it.
const fn against(block: Marks, above: Marks, own: Marks) -> Marks {
    if above & (SUFFIX | BELOW) != 0 || own & SUFFIX != 0 {
        return 0;
    }
    let itself = block & (SUFFIX | EXACT) != 0 && own & EXACT == 0;
    let below = block & (SUFFIX | BELOW) != 0 && own & BELOW == 0;
    match (itself, below) {
        (true, true) => SUFFIX,
        (true, false) => EXACT,
        (false, true) => BELOW,
        (false, false) => 0,
    }
}

/// The names above a name in text form, the next one first.
fn parents(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let dots = name.iter().enumerate().filter(|(_, byte)| **byte == b'.');
    dots.map(|(at, _)| &name[at + 1..])
}

const fn marks(scope: Scope, important: bool) -> Marks {
    let marks = match scope {
        Scope::Suffix => SUFFIX,
        Scope::Exact => EXACT,
        Scope::Below => BELOW,
    };
    if important { marks << IMPORTANT } else { marks }
}

/// A name as text. Names that were read from text hold nothing that would need escapes.
fn push_text(text: &mut Vec<u8>, name: &Name) {
    for (index, label) in name.labels().enumerate() {
        if index > 0 {
            text.push(b'.');
        }
        text.extend_from_slice(label);
    }
}

fn key(name: &Name) -> Box<[u8]> {
    let mut text = Vec::new();
    push_text(&mut text, name);
    text.into_boxed_slice()
}

fn text_of(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// An allow in the project's entry syntax.
fn shown(name: &[u8], marks: Marks) -> String {
    let mark = match marks | marks >> IMPORTANT {
        scopes if scopes & SUFFIX != 0 => "",
        scopes if scopes & SCOPES == BELOW => "*.",
        scopes if scopes & SCOPES == EXACT => "=",
        _ => "",
    };
    format!("{mark}{}", text_of(name))
}
