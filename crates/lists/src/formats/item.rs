//! What reading a list yields: items, refused lines, and the counts of both.

use lachan_policy::{Name, Scope};

use super::range::AddressRange;
use super::reason::Reason;

/// What one line of a list says (a line can say several things).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A name to block.
    Name {
        /// The name.
        name: Name,
        /// What the rule covers.
        scope: Scope,
        /// Whether the list itself says "and everything below" (`*.x`, an RPZ wildcard), so that
        /// the tenants of a shared host are meant too. A plain name does not say so.
        says_tenants: bool,
        /// AdBlock's `$important`: only an [`Item::Allow`] that is important too takes it off.
        important: bool,
    },
    /// Takes names off **this** list: what it covers, at the name or below, is not blocked by it.
    /// It is no allow rule against other lists.
    Allow {
        /// The name.
        name: Name,
        /// What is taken off.
        scope: Scope,
        /// Whether it also takes off important blocks.
        important: bool,
    },
    /// AdBlock's `$badfilter`: takes away the one [`Item::Name`] with the same name, scope and
    /// importance, wherever it stands in this list, and nothing above or below it.
    Cancel {
        /// The name of the rule that goes.
        name: Name,
        /// Its scope.
        scope: Scope,
        /// Its importance.
        important: bool,
    },
    /// Addresses to block.
    Net(AddressRange),
    /// A URL prefix to block. Never to be cut to its host.
    Url {
        /// The host; the rule also covers the path on hosts below it.
        host: Name,
        /// Path and query without the leading slash, non-ASCII bytes percent-encoded, never empty.
        path: String,
    },
    /// A regular expression for the URL stage (UT1 `expressions`), as it stands.
    Expression(String),
}

/// Receives what is read.
pub trait Sink {
    /// An entry, and the number of the line it stands in, from 1.
    fn item(&mut self, line: u64, item: Item);
    /// A line, or one entry of a line, that says nothing the filter can use.
    fn refused(&mut self, refused: Refused);
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}: {text}")]
pub struct Refused {
    /// Its number, from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
    /// Its first [`EXCERPT`] characters, safe to print: what could disturb a terminal or turn the
    /// reading direction is escaped.
    pub text: String,
}

/// How many characters of a line are shown.
pub const EXCERPT: usize = 80;

/// The start of a text, safe to print.
pub(crate) fn excerpt(text: &str) -> String {
    shortened(text, EXCERPT)
}

/// The start of a text, safe to print, an ellipsis where it was cut.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let mut shown = String::new();
    let mut characters = text.trim().chars();
    for character in characters.by_ref().take(most) {
        if is_disturbing(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Control characters, and the invisible ones that reorder or hide text (Unicode TR 36).
fn is_disturbing(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

/// Why a line is passed over although nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// AdBlock element hiding, scriptlets, HTML filtering: about pages, not hosts.
    Cosmetic,
    /// What a zone or configuration file needs around its entries: SOA, NS, `$TTL`, `server:`.
    Frame,
    /// Names of the machine itself and of its network: `localhost`, `ip6-allnodes`, a bare name.
    OwnHost,
}

/// Counts of one reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines, all of them.
    pub lines: u64,
    /// Lines that hold only a comment.
    pub comments: u64,
    /// Lines that hold nothing.
    pub blank: u64,
    /// [`Item::Name`]s.
    pub names: u64,
    /// [`Item::Allow`]s.
    pub allows: u64,
    /// [`Item::Cancel`]s.
    pub cancels: u64,
    /// [`Item::Net`]s.
    pub nets: u64,
    /// [`Item::Url`]s.
    pub urls: u64,
    /// [`Item::Expression`]s.
    pub expressions: u64,
    /// [`Refused`] lines or entries.
    pub refused: u64,
    /// [`Ignored::Cosmetic`] rules.
    pub cosmetic: u64,
    /// [`Ignored::Frame`] lines.
    pub frame: u64,
    /// [`Ignored::OwnHost`] names.
    pub own_hosts: u64,
}

impl Summary {
    /// Entries of every kind.
    #[must_use]
    pub const fn items(&self) -> u64 {
        self.names + self.allows + self.cancels + self.nets + self.urls + self.expressions
    }

    /// Adds another reading, for a source of several files.
    pub const fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.comments += other.comments;
        self.blank += other.blank;
        self.names += other.names;
        self.allows += other.allows;
        self.cancels += other.cancels;
        self.nets += other.nets;
        self.urls += other.urls;
        self.expressions += other.expressions;
        self.refused += other.refused;
        self.cosmetic += other.cosmetic;
        self.frame += other.frame;
        self.own_hosts += other.own_hosts;
    }

    const fn count(&mut self, item: &Item) {
        *match item {
            Item::Name { .. } => &mut self.names,
            Item::Allow { .. } => &mut self.allows,
            Item::Cancel { .. } => &mut self.cancels,
            Item::Net(_) => &mut self.nets,
            Item::Url { .. } => &mut self.urls,
            Item::Expression(_) => &mut self.expressions,
        } += 1;
    }
}

/// Where a parser puts what it found on one line; counts on the way to the sink.
pub(super) struct Out<'a> {
    sink: &'a mut dyn Sink,
    summary: &'a mut Summary,
    line: u64,
    text: &'a str,
}

impl<'a> Out<'a> {
    pub(super) const fn new(
        sink: &'a mut dyn Sink,
        summary: &'a mut Summary,
        line: u64,
        text: &'a str,
    ) -> Self {
        Self {
            sink,
            summary,
            line,
            text,
        }
    }

    /// The number of the line at hand.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// An entry of the line at hand.
    pub(super) fn item(&mut self, item: Item) {
        self.item_at(self.line, item);
    }

    /// An entry of an earlier line.
    pub(super) fn item_at(&mut self, line: u64, item: Item) {
        self.summary.count(&item);
        self.sink.item(line, item);
    }

    /// The entry, or the line at hand refused.
    pub(super) fn result(&mut self, result: Result<Item, Reason>) {
        match result {
            Ok(item) => self.item(item),
            Err(reason) => self.refuse(reason),
        }
    }

    /// The line at hand says nothing usable.
    pub(super) fn refuse(&mut self, reason: Reason) {
        self.refuse_at(self.line, reason, self.text);
    }

    /// An earlier line says nothing usable.
    pub(super) fn refuse_at(&mut self, line: u64, reason: Reason, text: &str) {
        self.summary.refused += 1;
        self.sink.refused(Refused {
            line,
            reason,
            text: excerpt(text),
        });
    }

    /// The line, or a name of it, is passed over rightly.
    pub(super) const fn ignore(&mut self, kind: Ignored) {
        *match kind {
            Ignored::Cosmetic => &mut self.summary.cosmetic,
            Ignored::Frame => &mut self.summary.frame,
            Ignored::OwnHost => &mut self.summary.own_hosts,
        } += 1;
    }
}

/// A [`Sink`] that keeps everything, for short lists and tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// The entries and their line numbers.
    pub items: Vec<(u64, Item)>,
    /// The lines not taken.
    pub refused: Vec<Refused>,
}

impl Sink for Collected {
    fn item(&mut self, line: u64, item: Item) {
        self.items.push((line, item));
    }
    fn refused(&mut self, refused: Refused) {
        self.refused.push(refused);
    }
}

impl Item {
    /// A block by a format that knows neither importance nor, but for `Below`, tenants.
    pub(super) fn block(name: Name, scope: Scope) -> Self {
        Self::Name {
            name,
            scope,
            says_tenants: scope == Scope::Below,
            important: false,
        }
    }

    /// An allow by a format that knows no importance.
    pub(super) const fn allow(name: Name, scope: Scope) -> Self {
        Self::Allow {
            name,
            scope,
            important: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_cannot_disturb_a_terminal() {
        let shown = excerpt("a\u{1b}[31m\0b\u{202e}c");
        assert_eq!(shown, "a\\u{1b}[31m\\u{0}b\\u{202e}c");
        assert_eq!(excerpt(&"ệ".repeat(81)).chars().count(), 81);
        assert!(excerpt(&"ệ".repeat(81)).ends_with('…'));
        assert_eq!(excerpt(&"x".repeat(80)), "x".repeat(80));
    }

    #[test]
    fn sums_of_readings_add_up() {
        let one = Summary {
            lines: 2,
            names: 1,
            refused: 1,
            ..Summary::default()
        };
        let mut both = one;
        both.add(&one);
        assert_eq!(
            (both.lines, both.names, both.refused, both.items()),
            (4, 2, 2, 2)
        );
    }
}
