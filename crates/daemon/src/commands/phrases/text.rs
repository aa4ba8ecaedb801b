//! The explanation for people: how the page was read, the points, what fired where, the tiers.

use lachan_policy::phrases::PhraseSide;

use super::explain::{Explanation, ListRow, TierRow};
use super::judge::Judge;
use crate::console::{Console, FAINT, TITLE, WARNING, styled};
use crate::fault::Fault;
use crate::table::Table;
use crate::words::Words;

/// Prints it.
///
/// # Errors
/// [`Fault::Output`].
pub(super) fn print(
    explanation: &Explanation,
    judge: &Judge,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let page = Page {
        words: console.words,
        judge,
        explanation,
    };
    page.lines()
        .into_iter()
        .try_for_each(|line| console.line(line))
}

struct Page<'p> {
    words: Words,
    judge: &'p Judge,
    explanation: &'p Explanation,
}

impl Page<'_> {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.reading();
        lines.push(String::new());
        lines.extend(self.scores());
        lines.extend(self.places());
        lines.push(String::new());
        lines.extend(self.tiers());
        lines
    }

    /// How it was read.
    fn reading(&self) -> Vec<String> {
        let (words, told) = (self.words, self.explanation);
        let mut lines = vec![styled(TITLE, &told.source)];
        let codings = told.codings.join(", ");
        if !codings.is_empty() {
            lines.push(words.packed_with(&codings));
        }
        lines.push(words.charset_is(told.charset, &words.charset_by(told.charset_by)));
        lines.push(words.read_so_much(told.decoded, told.syllables, told.letters, told.marked));
        if told.folded {
            lines.push(words.folded_counts());
        }
        if !told.is_scanned_type {
            lines.push(styled(
                WARNING,
                words.not_a_scanned_type(&told.content_type),
            ));
        }
        if let Some(reason) = told.unscanned {
            lines.push(styled(WARNING, words.not_scanned(reason)));
        }
        if told.scan == "start" {
            lines.push(styled(WARNING, words.only_the_start()));
        }
        if let Some(query) = &told.query {
            let found = match query.found.is_empty() {
                true => words.nothing_found(),
                false => self.named(&query.found),
            };
            lines.push(words.searched_for(&query.text, &found));
        }
        lines
    }

    /// Points by list.
    fn scores(&self) -> Vec<String> {
        let (words, told) = (self.words, self.explanation);
        if told.lists.is_empty() {
            return vec![words.no_phrase()];
        }
        let mut table = Table::new([
            &words.list(),
            &words.side(),
            &words.category(),
            &words.score(),
            &words.different(),
            &words.threshold(),
        ])
        .right(&[3, 4]);
        for row in &told.lists {
            table.row([
                row.list.clone(),
                match row.side {
                    PhraseSide::Block => words.side_block(),
                    PhraseSide::Allow => words.side_allow(),
                },
                row.category
                    .as_ref()
                    .map_or_else(String::new, |id| self.name_of(id)),
                row.score.to_string(),
                different(row),
                thresholds(row),
            ]);
        }
        table.lines()
    }

    /// What fired where.
    fn places(&self) -> Vec<String> {
        let (words, told) = (self.words, self.explanation);
        if told.fired.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![String::new(), styled(TITLE, words.what_fired())];
        for fired in &told.fired {
            let (phrase, list) = (&fired.phrase, &fired.list);
            lines.push(words.fired(phrase, list, fired.count, fired.points));
            for place in told
                .sightings
                .iter()
                .filter(|place| place.phrase == *phrase)
            {
                let (before, here, after) = (&place.before, &place.here, &place.after);
                let line = format!("    … {before} [{here}] {after} …");
                lines.push(styled(FAINT, line));
            }
        }
        lines
    }

    /// What each tier gets, and why.
    fn tiers(&self) -> Vec<String> {
        let words = self.words;
        let mut table = Table::new([
            &words.tier(),
            &words.state(),
            &words.category(),
            &words.because_of(),
        ]);
        for row in &self.explanation.tiers {
            table.row([
                words.tier_named(&self.judge.book, row.tier),
                words.action_named(row.action),
                row.category
                    .as_ref()
                    .map_or_else(String::new, |id| self.name_of(id)),
                self.why(row),
            ]);
        }
        table.lines()
    }

    fn why(&self, row: &TierRow) -> String {
        let words = self.words;
        let mut parts = Vec::new();
        if row.found.is_empty() {
            parts.push(words.nothing_found());
        } else {
            parts.push(words.phrases_found(&self.named(&row.found)));
        }
        if !row.grey.is_empty() {
            parts.push(words.phrases_near(&self.named(&row.grey)));
        }
        parts.push(words.decided(&words.level_named(row.decided_by)));
        if row.alert {
            parts.push(words.alerts());
        }
        parts.join("; ")
    }

    fn named(&self, ids: &[String]) -> String {
        let names = ids.iter().map(|id| self.name_of(id));
        names.collect::<Vec<_>>().join(", ")
    }

    fn name_of(&self, id: &str) -> String {
        let book = &self.judge.book;
        let info = book
            .category_named(id)
            .and_then(|category| book.category(category));
        info.map_or_else(
            || id.to_owned(),
            |info| self.words.of(&info.name).to_owned(),
        )
    }
}

fn different(row: &ListRow) -> String {
    match row.side {
        PhraseSide::Block => format!("{}/{}", row.distinct, row.needs_distinct),
        PhraseSide::Allow => row.distinct.to_string(),
    }
}

/// The thresholds in the order of the tiers.
fn thresholds(row: &ListRow) -> String {
    let all = row.thresholds.iter().map(ToString::to_string);
    all.collect::<Vec<_>>().join(" · ")
}
