//! Character references of HTML and `\uXXXX` of JSON and scripts.
//!
//! Of the named ones those that stand in Vietnamese and English text: letters, invisible
//! characters, and the signs of markup. An unknown one is left as it stands, letters and all.

/// No reference is longer, ends and all; what is longer is text.
pub(crate) const LONGEST: usize = 32;

/// What stands at the start of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A character, and how many bytes it takes.
    Character(char, usize),
    /// No reference: the first byte is text.
    Text,
    /// More bytes are needed to tell.
    Unfinished,
}

/// Reads `&…;`. `bytes` begins with the ampersand.
pub(crate) fn reference(bytes: &[u8]) -> Found {
    let body = &bytes[1..];
    match body {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16, 3),
        [b'#', digits @ ..] => number(digits, 10, 2),
        _ => named(body),
    }
}

/// Reads `\uXXXX`, or two of them where they are one character. `bytes` begins with the backslash.
pub(crate) fn escape(bytes: &[u8]) -> Found {
    let first = match unit(bytes) {
        Ok(unit) => unit,
        Err(found) => return found,
    };
    if !(0xD800..0xDC00).contains(&first) {
        // A lone low half is nothing.
        return Found::Character(char::from_u32(first).unwrap_or('\u{FFFD}'), 6);
    }
    let second = match unit(&bytes[6..]) {
        Ok(unit @ 0xDC00..0xE000) => unit,
        Err(Found::Unfinished) => return Found::Unfinished,
        _ => return Found::Character('\u{FFFD}', 6),
    };
    let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    Found::Character(char::from_u32(code).unwrap_or('\u{FFFD}'), 12)
}

fn unit(bytes: &[u8]) -> Result<u32, Found> {
    let mut code = 0;
    for at in 0..6 {
        let Some(byte) = bytes.get(at) else {
            return Err(Found::Unfinished);
        };
        let fits = match at {
            0 => *byte == b'\\',
            1 => *byte == b'u',
            _ => byte.is_ascii_hexdigit(),
        };
        if !fits {
            return Err(Found::Text);
        }
        if at > 1 {
            code = code << 4 | char::from(*byte).to_digit(16).unwrap_or(0);
        }
    }
    Ok(code)
}

fn number(digits: &[u8], radix: u32, before: usize) -> Found {
    let mut code = 0u32;
    let mut count = 0;
    for byte in digits.iter().take(LONGEST - before) {
        if let Some(digit) = char::from(*byte).to_digit(radix) {
            code = code.saturating_mul(radix).saturating_add(digit);
            count += 1;
            continue;
        }
        if count == 0 {
            return Found::Text;
        }
        // A missing semicolon is forgiven, as browsers do.
        let end = before + count + usize::from(*byte == b';');
        return Found::Character(of_code(code), end);
    }
    match digits.len() {
        length if length < LONGEST - before => Found::Unfinished,
        _ => Found::Text,
    }
}

/// The character of a number; codes 128 to 159 mean windows-1252 (HTML, 13.2.5.80).
fn of_code(code: u32) -> char {
    match code {
        0x82 | 0x91 | 0x92 => '\u{2019}',
        0x96 => '\u{2013}',
        0x97 => '\u{2014}',
        0x80..=0x9F => ' ',
        _ => char::from_u32(code).unwrap_or('\u{FFFD}'),
    }
}

fn named(body: &[u8]) -> Found {
    let window = &body[..body.len().min(LONGEST - 1)];
    let length = window
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric());
    let length = length.count();
    match window.get(length) {
        Some(b';') => NAMED
            .binary_search_by(|(name, _)| name.as_bytes().cmp(&window[..length]))
            .map_or(Found::Text, |at| Found::Character(NAMED[at].1, length + 2)),
        None if window.len() < LONGEST - 1 => Found::Unfinished,
        _ => Found::Text,
    }
}

/// Sorted by the bytes of their names.
const NAMED: [(&str, char); 71] = [
    ("Aacute", 'Á'),
    ("Abreve", 'Ă'),
    ("Acirc", 'Â'),
    ("Agrave", 'À'),
    ("Atilde", 'Ã'),
    ("Dstrok", 'Đ'),
    ("ETH", 'Đ'),
    ("Eacute", 'É'),
    ("Ecirc", 'Ê'),
    ("Egrave", 'È'),
    ("Iacute", 'Í'),
    ("Igrave", 'Ì'),
    ("Itilde", 'Ĩ'),
    ("NewLine", '\n'),
    ("NonBreakingSpace", '\u{A0}'),
    ("Oacute", 'Ó'),
    ("Ocirc", 'Ô'),
    ("Ograve", 'Ò'),
    ("Otilde", 'Õ'),
    ("Tab", '\t'),
    ("Uacute", 'Ú'),
    ("Ugrave", 'Ù'),
    ("Utilde", 'Ũ'),
    ("Yacute", 'Ý'),
    ("ZeroWidthSpace", '\u{200B}'),
    ("aacute", 'á'),
    ("abreve", 'ă'),
    ("acirc", 'â'),
    ("agrave", 'à'),
    ("amp", '&'),
    ("apos", '\''),
    ("ast", '*'),
    ("atilde", 'ã'),
    ("bull", '•'),
    ("comma", ','),
    ("dot", '\u{2D9}'),
    ("dstrok", 'đ'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("egrave", 'è'),
    ("eth", 'đ'),
    ("gt", '>'),
    ("hellip", '…'),
    ("hyphen", '\u{2010}'),
    ("iacute", 'í'),
    ("igrave", 'ì'),
    ("itilde", 'ĩ'),
    ("ldquo", '“'),
    ("lowbar", '_'),
    ("lsquo", '\u{2018}'),
    ("lt", '<'),
    ("mdash", '—'),
    ("middot", '·'),
    ("nbsp", '\u{A0}'),
    ("ndash", '–'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("ograve", 'ò'),
    ("otilde", 'õ'),
    ("period", '.'),
    ("quot", '"'),
    ("rdquo", '”'),
    ("rsquo", '\u{2019}'),
    ("shy", '\u{AD}'),
    ("sol", '/'),
    ("uacute", 'ú'),
    ("ugrave", 'ù'),
    ("utilde", 'ũ'),
    ("yacute", 'ý'),
    ("zwj", '\u{200D}'),
    ("zwnj", '\u{200C}'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Found) {
        let read = match text.as_bytes()[0] {
            b'&' => reference(text.as_bytes()),
            _ => escape(text.as_bytes()),
        };
        assert_eq!(read, expected, "{text:?}");
    }

    #[test]
    fn the_names_are_sorted() {
        assert!(NAMED.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn references_are_read_or_left() {
        check("&#7897;x", Found::Character('ộ', 7));
        check("&#x1ED9;", Found::Character('ộ', 8));
        check("&#7897 x", Found::Character('ộ', 6));
        check("&agrave;", Found::Character('à', 8));
        check("&nosuch;", Found::Text);
        check("& b", Found::Text);
        check("&#;", Found::Text);
        check("&agr", Found::Unfinished);
        check("&#78", Found::Unfinished);
        check("&#99999999999;", Found::Character('\u{FFFD}', 14));
        check(&format!("&{}", "a".repeat(40)), Found::Text);
        check(&format!("&#{}", "1".repeat(40)), Found::Text);
    }

    #[test]
    fn escapes_are_read_or_left() {
        check(r"\u1ed9", Found::Character('ộ', 6));
        check(r"\ud835\udc29", Found::Character('𝐩', 12));
        check(r"\ud835x", Found::Character('\u{FFFD}', 6));
        check(r"\ud835\u", Found::Unfinished);
        check(r"\udc29", Found::Character('\u{FFFD}', 6));
        check(r"\n", Found::Text);
        check(r"\u12g4", Found::Text);
        check(r"\u1", Found::Unfinished);
    }
}
