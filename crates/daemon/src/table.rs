//! Tables for people: columns of the width of their widest cell, two spaces between them.
//!
//! Our texts are in normal form C, where a Vietnamese letter with its marks is one character and
//! takes one column.

use crate::console::{TITLE, styled};

/// A table being filled.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// Columns of numbers, which stand to the right.
    right: Vec<usize>,
}

impl Table {
    /// A table with these titles over its columns.
    pub(crate) fn new<const N: usize>(titles: [&str; N]) -> Self {
        Self {
            rows: vec![titles.map(str::to_owned).to_vec()],
            right: Vec::new(),
        }
    }

    /// Puts columns to the right.
    pub(crate) fn right(mut self, columns: &[usize]) -> Self {
        self.right.extend(columns);
        self
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// The lines, the titles in bold, without spaces at their ends.
    pub(crate) fn lines(&self) -> Vec<String> {
        let widths = self.widths();
        let line = |row: &Vec<String>| self.line(row, &widths);
        let mut lines = self.rows.iter().map(line).collect::<Vec<_>>();
        if let Some(titles) = lines.first_mut() {
            *titles = styled(TITLE, &titles);
        }
        lines
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(columns_of)
                .max()
        };
        (0..columns)
            .map(|column| width(column).unwrap_or(0))
            .collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cells = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(column, (cell, width))| {
                let space = " ".repeat(width.saturating_sub(columns_of(cell)));
                if self.right.contains(&column) {
                    format!("{space}{cell}")
                } else {
                    format!("{cell}{space}")
                }
            });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// How many columns of a terminal a text takes.
#[expect(clippy::ptr_arg, reason = "it is handed to iterators of strings")]
fn columns_of(text: &String) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_one_another_in_vietnamese_too() {
        let mut table = Table::new(["Cấp", "Số"]).right(&[1]);
        table.row(["tiểu học".into(), "7".into()]);
        table.row(["thcs".into(), "1234".into()]);
        let mut bytes = Vec::new();
        for line in table.lines() {
            use std::io::Write as _;
            writeln!(anstream::AutoStream::never(&mut bytes), "{line}").unwrap();
        }
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "Cấp         Số\ntiểu học     7\nthcs      1234\n");
    }
}
