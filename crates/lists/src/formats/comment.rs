//! Where comments begin, in bytes, so that a comment in another encoding costs no entry.

/// Lists of names and addresses: `#`, `;`, `!` or `//` open a line of comment, and a comment after
/// white space. `#` also ends a name it touches, but not a URL, where it opens a fragment.
pub(super) fn of_plain(line: &[u8]) -> usize {
    let start = line.len() - line.trim_ascii_start().len();
    if opens(&line[start..]) {
        return start;
    }
    let mut slash = false;
    for (at, byte) in line.iter().enumerate().skip(start) {
        let after_space = at > start && is_space(line[at - 1]);
        if *byte == b'#' && (!slash || after_space) || after_space && opens(&line[at..]) {
            return at;
        }
        slash |= *byte == b'/';
    }
    line.len()
}

/// Any `#`, whatever stands before it.
pub(super) fn of_hash(line: &[u8]) -> usize {
    line.iter()
        .position(|byte| *byte == b'#')
        .unwrap_or(line.len())
}

/// A `#` at the start of the line or after white space (dnsmasq: `server=/x/#` is no comment).
pub(super) fn of_spaced_hash(line: &[u8]) -> usize {
    let hash = |at: &usize| line[*at] == b'#' && (*at == 0 || is_space(line[at - 1]));
    (0..line.len()).find(hash).unwrap_or(line.len())
}

/// A `mark` outside quotes. In RPZ a backslash takes the meaning off the next byte.
pub(super) fn of_unquoted(line: &[u8], mark: u8, quotes: &[u8], backslash: bool) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, &byte) in line.iter().enumerate() {
        if escaped {
            escaped = false;
        } else if backslash && byte == b'\\' {
            escaped = true;
        } else if quote == Some(byte) {
            quote = None;
        } else if quote.is_none() && quotes.contains(&byte) {
            quote = Some(byte);
        } else if quote.is_none() && byte == mark {
            return at;
        }
    }
    line.len()
}

fn opens(rest: &[u8]) -> bool {
    matches!(rest, [b'#' | b';' | b'!', ..] | [b'/', b'/', ..])
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cut: impl Fn(&[u8]) -> usize, line: &str, kept: &str) {
        assert_eq!(&line[..cut(line.as_bytes())], kept, "{line:?}");
    }

    #[test]
    fn plain_comments_end_where_they_should() {
        for (line, kept) in [
            ("", ""),
            ("# a", ""),
            ("  ; a", "  "),
            ("// a", ""),
            ("! a", ""),
            ("a.vn # b", "a.vn "),
            ("a.vn# b", "a.vn"),
            ("a.vn\t; b", "a.vn\t"),
            ("a.vn // b", "a.vn "),
            ("http://a.vn/b#c", "http://a.vn/b#c"),
            ("http://a.vn/b #c", "http://a.vn/b "),
            ("a.vn/x;y", "a.vn/x;y"),
            ("a.vn", "a.vn"),
        ] {
            check(of_plain, line, kept);
        }
    }

    #[test]
    fn a_hash_that_is_a_value_stays() {
        check(
            of_spaced_hash,
            "server=/a.vn/# # the parent",
            "server=/a.vn/# ",
        );
        check(of_spaced_hash, "#server=/a.vn/", "");
        check(of_hash, "10.0.0.0/8#lan", "10.0.0.0/8");
    }

    #[test]
    fn quotes_protect_their_marks() {
        check(
            |line| of_unquoted(line, b';', b"\"", true),
            r#"a TXT "x;y\";z" ; c"#,
            r#"a TXT "x;y\";z" "#,
        );
        check(
            |line| of_unquoted(line, b'#', b"\"'", false),
            "local-data: 'a#b' # c",
            "local-data: 'a#b' ",
        );
    }
}
