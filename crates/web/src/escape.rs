//! Texts of others inside a page.

use std::fmt::{self, Write as _};

/// Writes a text so that it stands in HTML as it is, in an element or in a quoted attribute. Control
/// characters, and those that turn the direction of text, are left out.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'e>(pub &'e str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if is_odd(c) => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Whether a character may lead a reader astray rather than be read.
pub(crate) fn is_odd(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_leaves_its_place(text in ".{0,60}") {
            let written = Escaped(&text).to_string();
            prop_assert!(!written.contains(['<', '>', '"', '\'']));
            let plain = written.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
            prop_assert!(!plain.replace("&quot;", "").replace("&#39;", "").contains('&'));
        }
    }
}
