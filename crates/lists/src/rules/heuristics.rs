//! Reading `rules/heuristics.toml` into the policy book.

use lachan_policy::Category;
use lachan_policy::heuristics::{CardData, EndingsData, GroupData, HeuristicsData, LookAlikeData};

use super::RulesError;
use super::files::{EndingRow, HeuristicsFile, PatternGroup};
use super::load::Loader;

/// The file.
pub(super) const FILE: &str = "heuristics.toml";

impl Loader<'_> {
    /// Reads the file; what its patterns mean is checked with the book.
    pub(super) fn heuristics(&mut self) -> Result<(), RulesError> {
        let file: HeuristicsFile = self.toml(FILE)?;
        let mut data = HeuristicsData {
            exceptions: file.exceptions,
            ..HeuristicsData::default()
        };
        if let Some(table) = file.doorway
            && let Some(category) = self.known_category(FILE, &table.category)
        {
            data.doorway_lock = table.lock;
            let numbered_host = table.numbered_host;
            data.doorway = Some(CardData {
                numbered_host,
                ..card(category, table.threshold, table.group, table.ending)
            });
        }
        if let Some(table) = file.impersonation
            && let Some(category) = self.known_category(FILE, &table.category)
        {
            data.impersonation = Some(card(category, table.threshold, table.group, table.ending));
        }
        if let Some(table) = file.look_alike
            && let Some(category) = self.known_category(FILE, &table.category)
        {
            data.look_alike = Some(LookAlikeData {
                category,
                shortest: table.shortest,
                shortest_marked: table.shortest_marked,
            });
        }
        self.rules.book.heuristics = data;
        Ok(())
    }
}

fn card(
    category: Category,
    threshold: u16,
    groups: Vec<PatternGroup>,
    endings: Vec<EndingRow>,
) -> CardData {
    let groups = groups.into_iter().map(|group| GroupData {
        id: group.id,
        weight: group.weight,
        site_only: group.site_only,
        longest: group.longest,
        patterns: group.patterns,
    });
    let endings = endings.into_iter().map(|row| EndingsData {
        weight: row.weight,
        names: row.names,
    });
    CardData {
        category,
        threshold,
        numbered_host: 0,
        groups: groups.collect(),
        endings: endings.collect(),
    }
}
