//! Distinct rows: what lists say together. Millions of names share a few hundred of them.

use std::collections::HashMap;

use lachan_policy::ruleset::{ListInfo, Row, SourceRef};

/// Rows by their sources, in the order they were first met or ranked.
#[derive(Default)]
pub(super) struct Rows {
    numbers: HashMap<Box<[SourceRef]>, u32>,
    rows: Vec<Box<[SourceRef]>>,
    uses: Vec<u64>,
}

impl Rows {
    /// The number of the row with these sources (sorted, without repeats), counted as used.
    pub(super) fn intern(&mut self, sources: &[SourceRef]) -> u32 {
        if let Some(number) = self.numbers.get(sources) {
            self.uses[*number as usize] += 1;
            return *number;
        }
        // Sources are 16-bit lists in three scopes; a ruleset with 2^32 distinct combinations
        // would not fit the machine that compiles it.
        let number = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.rows.push(sources.into());
        self.uses.push(1);
        self.numbers.insert(sources.into(), number);
        number
    }

    /// The number of a row that was interned before.
    pub(super) fn number(&self, sources: &[SourceRef]) -> Option<u32> {
        self.numbers.get(sources).copied()
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Numbers the rows anew, the most used first, so that nearly every slot holds its row itself.
    pub(super) fn rank(self) -> Self {
        let mut order = (0..self.rows.len()).collect::<Vec<_>>();
        order.sort_by_key(|row| std::cmp::Reverse(self.uses[*row]));
        let mut ranked = Self::default();
        for row in order {
            let number = ranked.intern(&self.rows[row]) as usize;
            ranked.uses[number] = self.uses[row];
        }
        ranked
    }

    /// The sections: rows, and the sources they point into.
    pub(super) fn to_bytes(&self, lists: &[ListInfo]) -> (Vec<u8>, Vec<u8>) {
        let (mut rows, mut sources) = (Vec::new(), Vec::new());
        for row in &self.rows {
            let from = sources.len() / size_of::<u32>();
            for source in row {
                sources.extend_from_slice(&source.to_number().to_le_bytes());
            }
            let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let placed = Row {
                sources_from: small(from),
                sources_count: small(row.len()),
                ..Row::of(row, lists)
            };
            rows.extend_from_slice(&placed.to_bytes());
        }
        (rows, sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::Scope;

    #[test]
    fn the_most_used_rows_come_first() {
        let source = |list| SourceRef {
            list,
            scope: Scope::Suffix,
        };
        let mut rows = Rows::default();
        rows.intern(&[source(1)]);
        for _ in 0..3 {
            rows.intern(&[source(2)]);
        }
        let rows = rows.rank();
        assert_eq!(rows.number(&[source(2)]), Some(0));
        assert_eq!(rows.number(&[source(1)]), Some(1));
        assert_eq!((rows.number(&[source(3)]), rows.len()), (None, 2));
    }
}
