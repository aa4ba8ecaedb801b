//! The words of one line of a master file (RFC 1035 §5.1).

/// Fields of a line, parentheses taken out.
pub(super) struct Tokens<'a> {
    /// The fields; quoted strings without their quotes, escapes as they stand.
    pub(super) fields: Vec<&'a str>,
    /// Opening parentheses less closing ones.
    pub(super) depth: i32,
    /// Whether a quoted string does not end on the line.
    pub(super) unclosed_quote: bool,
}

impl<'a> Tokens<'a> {
    /// Cuts a line, its comment already gone.
    pub(super) fn of(line: &'a str) -> Self {
        let mut tokens = Self {
            fields: Vec::new(),
            depth: 0,
            unclosed_quote: false,
        };
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            rest = match first {
                '(' | ')' => {
                    tokens.depth += if first == '(' { 1 } else { -1 };
                    &rest[1..]
                }
                '"' => tokens.quoted(&rest[1..]),
                _ => tokens.word(rest),
            }
            .trim_start();
        }
        tokens
    }

    fn quoted(&mut self, rest: &'a str) -> &'a str {
        let end = end_of(rest, |c| c == '"');
        self.unclosed_quote |= end == rest.len();
        self.fields.push(&rest[..end]);
        rest.get(end + 1..).unwrap_or_default()
    }

    fn word(&mut self, rest: &'a str) -> &'a str {
        let end = end_of(rest, |c| c.is_whitespace() || matches!(c, '(' | ')' | '"'));
        self.fields.push(&rest[..end]);
        &rest[end..]
    }
}

/// The first character that ends a field and is not escaped.
fn end_of(text: &str, ends: impl Fn(char) -> bool) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if !escaped && ends(character) {
            return at;
        }
        escaped = !escaped && character == '\\';
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, fields: &[&str], depth: i32, unclosed: bool) {
        let tokens = Tokens::of(line);
        assert_eq!(tokens.fields, fields, "{line}");
        assert_eq!(
            (tokens.depth, tokens.unclosed_quote),
            (depth, unclosed),
            "{line}"
        );
    }

    #[test]
    fn fields_quotes_and_parentheses_are_told_apart() {
        check("a.vn  IN\tCNAME .", &["a.vn", "IN", "CNAME", "."], 0, false);
        check("a TXT \"b c\" d", &["a", "TXT", "b c", "d"], 0, false);
        check(
            "@ SOA a. b. (1 2",
            &["@", "SOA", "a.", "b.", "1", "2"],
            1,
            false,
        );
        check(" 3 4 5)", &["3", "4", "5"], -1, false);
        check("a\\ b CNAME .", &["a\\ b", "CNAME", "."], 0, false);
        check("a TXT \"b\\\" c", &["a", "TXT", "b\\\" c"], 0, true);
        check("a TXT \"", &["a", "TXT", ""], 0, true);
        check("", &[], 0, false);
        check("a\\", &["a\\"], 0, false);
    }
}
