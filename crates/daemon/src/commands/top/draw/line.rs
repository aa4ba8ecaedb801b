//! Lines of styled text that know how wide they are. Texts are in normal form C, where a Vietnamese
//! letter with its marks is one character and takes one column; marks on their own take none.

use anstyle::Style;

/// A line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Line(Vec<(Style, String)>);

impl Line {
    /// A line in one style.
    pub(super) fn of(style: Style, text: impl Into<String>) -> Self {
        Self(vec![(style, harmless(&text.into()))])
    }

    /// A line without a style.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::of(Style::new(), text)
    }

    /// Adds to its end.
    pub(super) fn push(&mut self, style: Style, text: impl Into<String>) {
        self.0.push((style, harmless(&text.into())));
    }

    fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| columns(text)).sum()
    }

    /// The text with its styles, cut to a width, without spaces at its end.
    pub(crate) fn painted(&self, width: usize) -> String {
        let Self(parts) = clipped(self.clone(), width);
        let mut painted = String::new();
        let last = parts
            .iter()
            .rposition(|(_, text)| !text.trim_end().is_empty());
        for (index, (style, text)) in parts.iter().enumerate() {
            let text = match last {
                Some(last) if index < last => text.as_str(),
                Some(last) if index == last => text.trim_end(),
                _ => break,
            };
            painted.push_str(&format!("{style}{text}{style:#}"));
        }
        painted
    }
}

/// A text that cannot disturb the terminal: group names and upstreams' errors come from outside.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().filter(|c| !is_mark(*c)).count()
}

/// A mark that stands over the letter before it (Unicode block "Combining Diacritical Marks").
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36F}').contains(&c)
}

/// A line cut to a width; what is cut shows as `…`.
pub(super) fn clipped(line: Line, width: usize) -> Line {
    if line.width() <= width {
        return line;
    }
    let mut room = width;
    let mut parts = Vec::new();
    for (style, text) in line.0 {
        let taken = columns(&text);
        if taken < room {
            room -= taken;
            parts.push((style, text));
            continue;
        }
        if room > 0 {
            parts.push((style, cut(&text, room - 1) + "…"));
        }
        break;
    }
    Line(parts)
}

/// A text cut to a width; what is cut shows as `…`.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if columns(text) <= width {
        text.to_owned()
    } else if width == 0 {
        String::new()
    } else {
        cut(text, width - 1) + "…"
    }
}

/// The begin of a text, of so many columns at most.
fn cut(text: &str, width: usize) -> String {
    let mut taken = 0;
    let fits = |c: &char| {
        taken += usize::from(!is_mark(*c));
        taken <= width
    };
    text.chars().take_while(fits).collect()
}

/// A row of a table: the first cell to the left, the others to the right, each in its width.
pub(super) fn spread(cells: &[&str], widths: &[usize], style: Style) -> Line {
    let mut line = String::new();
    for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let cell = harmless(cell);
        let cell = shortened(&cell, *width);
        let space = " ".repeat(width.saturating_sub(columns(&cell)));
        if index == 0 {
            line.push_str(&format!("{cell}{space}"));
        } else {
            line.push_str(&format!(" {space}{cell}"));
        }
    }
    Line(vec![(style, line)])
}

/// Two columns of lines side by side, the right one beginning at a width.
pub(super) fn beside(left: Vec<Line>, right: Vec<Line>, width: usize) -> Vec<Line> {
    let rows = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let mut lines = Vec::with_capacity(rows);
    for _ in 0..rows {
        let mut line = clipped(left.next().unwrap_or_default(), width.saturating_sub(2));
        let space = width.saturating_sub(line.width());
        line.0.push((Style::new(), " ".repeat(space)));
        line.0.extend(right.next().unwrap_or_default().0);
        lines.push(line);
    }
    lines
}

/// A text in lines of at most a width, broken between words.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(line: &Line, width: usize) -> String {
        anstream::adapter::strip_str(&line.painted(width)).to_string()
    }

    #[test]
    fn lines_are_cut_by_columns_and_keep_their_styles_whole() {
        let mut line = Line::of(Style::new().bold(), "Trường học");
        line.push(Style::new(), " Lê Lợi");
        assert_eq!(plain(&line, 40), "Trường học Lê Lợi");
        assert_eq!(plain(&line, 14), "Trường học Lê…");
        assert_eq!(plain(&line, 5), "Trườ…");
        assert_eq!(plain(&line, 0), "");
        assert!(line.painted(5).ends_with("\u{1b}[0m"));
    }

    #[test]
    fn marks_on_their_own_take_no_column() {
        assert_eq!(
            columns("Tru\u{31b}o\u{31b}\u{300}ng"),
            "Trường".chars().count()
        );
    }

    #[test]
    fn columns_stand_side_by_side() {
        let lines = beside(
            vec![Line::plain("a"), Line::plain("một dòng dài")],
            vec![Line::plain("x"), Line::plain("y"), Line::plain("z")],
            8,
        );
        let lines: Vec<_> = lines.iter().map(|line| plain(line, 80)).collect();
        assert_eq!(lines, ["a       x", "một d…  y", "        z"]);
    }

    #[test]
    fn nothing_from_outside_moves_the_cursor() {
        assert_eq!(plain(&Line::plain("a\u{1b}[2Jb\n"), 80), "a [2Jb");
    }

    #[test]
    fn long_texts_are_broken_between_words() {
        assert_eq!(wrapped("bộ lọc không chạy", 10), ["bộ lọc", "không chạy"]);
        assert_eq!(wrapped("", 10), [] as [&str; 0]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked(text in "[a-zà-ỹ\u{300}-\u{303} ]{0,60}", width in 0usize..40) {
            let line = Line::plain(text);
            prop_assert!(columns(&plain(&line, width)) <= width);
        }
    }
}
