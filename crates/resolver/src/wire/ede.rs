//! Extended DNS Errors (RFC 8914): why an answer is as it is, for people and for programs.
//!
//! The text is held in place: a blocked answer has one, and answering allocates nothing.

use std::fmt::{self, Write as _};
use std::ops::Deref;

/// Longest EXTRA-TEXT for people, bytes: a short reason, not a page.
pub(super) const MAX_TEXT: usize = 180;
/// Longest EXTRA-TEXT for programs, bytes: school, contacts and reason, and far from filling an
/// answer over UDP.
const MAX_STRUCTURED: usize = 512;

/// An Extended DNS Error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ede {
    /// The INFO-CODE.
    pub(crate) code: u16,
    /// The EXTRA-TEXT.
    pub(crate) text: Text,
}

impl Ede {
    /// Other: nothing else fits.
    pub(crate) const OTHER: u16 = 0;
    /// Stale Answer: past its life, served because nothing better is to be had.
    pub(crate) const STALE: u16 = 3;
    /// Stale NXDOMAIN Answer: the same for a name that did not exist.
    pub(crate) const STALE_NXDOMAIN: u16 = 19;
    /// DNSSEC Bogus: validated here and found wrong.
    pub(crate) const BOGUS: u16 = 6;
    /// Blocked: by a policy of the operator.
    pub(crate) const BLOCKED: u16 = 15;
    /// Censored: by an authority.
    pub(crate) const CENSORED: u16 = 16;
    /// Filtered: as the people asked who run the place.
    pub(crate) const FILTERED: u16 = 17;
    /// Prohibited: not for this client.
    pub(crate) const PROHIBITED: u16 = 18;
    /// Not Authoritative: recursion was not asked for.
    pub(crate) const NOT_AUTHORITATIVE: u16 = 20;
    /// No Reachable Authority.
    pub(crate) const UNREACHABLE: u16 = 22;
    /// Network Error.
    pub(crate) const NETWORK: u16 = 23;

    /// An error with a text for people, of which at most 180 bytes are kept.
    pub(crate) fn new(code: u16, text: impl AsRef<str>) -> Self {
        let mut made = Self {
            code,
            text: Text::default(),
        };
        // What was shortened fits.
        let _ = made.text.write_str(shortened(text.as_ref()));
        made
    }
}

/// An [`Ede`] that somebody else holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EdeRef<'e> {
    /// The INFO-CODE.
    pub(crate) code: u16,
    /// The EXTRA-TEXT, UTF-8.
    pub(crate) text: &'e [u8],
}

impl<'e> From<&'e Ede> for EdeRef<'e> {
    fn from(ede: &'e Ede) -> Self {
        Self {
            code: ede.code,
            text: ede.text.as_bytes(),
        }
    }
}

/// A text of at most 512 bytes.
#[derive(Clone)]
pub(crate) struct Text {
    length: usize,
    bytes: [u8; MAX_STRUCTURED],
}

impl Default for Text {
    fn default() -> Self {
        Self {
            length: 0,
            bytes: [0; MAX_STRUCTURED],
        }
    }
}

impl Text {
    /// Makes it empty.
    pub(crate) fn clear(&mut self) {
        self.length = 0;
    }

    /// Adds as much of a text as fits, in whole characters.
    pub(crate) fn push(&mut self, text: &str) {
        // What does not fit is beyond what is sent.
        let _ = self.write_str(text);
    }

    /// Cuts it to what is sent to people.
    pub(crate) fn shorten(&mut self) {
        if self.length > MAX_TEXT {
            self.length = shortened(self).len();
        }
    }

    /// The text as bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl fmt::Write for Text {
    /// Writes what fits, in whole characters, and fails when that is not all.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = MAX_STRUCTURED - self.length;
        let fits = cut(text, room);
        let end = self.length + fits.len();
        self.bytes[self.length..end].copy_from_slice(fits.as_bytes());
        self.length = end;
        if fits.len() == text.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        // Only whole texts were written.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Text {}

/// At most [`MAX_TEXT`] bytes.
pub(super) fn shortened(text: &str) -> &str {
    cut(text, MAX_TEXT)
}

/// At most so many bytes, cut between characters.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// A text as it stands in a JSON string (RFC 8259 §7), without the quotes.
pub(crate) struct Json<'t>(pub(crate) &'t str);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\0'..='\x1F' => write!(f, "\\u{:04x}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "ạ".repeat(200);
        let cut = Ede::new(1, &text).text;
        assert!(cut.len() <= MAX_TEXT && cut.len() > MAX_TEXT - 4);
        assert_eq!(&*Ede::new(1, "ngắn").text, "ngắn");
        assert_eq!(&*Ede::new(1, "").text, "");
        let mut long = Text::default();
        long.push("ạ");
        long.push(&"x".repeat(1000));
        long.shorten();
        assert_eq!((long.len(), long.starts_with("ạx")), (MAX_TEXT, true));
        long.clear();
        long.push("ngắn");
        long.shorten();
        assert_eq!(&*long, "ngắn");
    }

    #[test]
    fn a_text_for_programs_is_whole_or_refused() {
        let long = "x".repeat(MAX_STRUCTURED);
        let mut text = Text::default();
        assert!(write!(text, "{long}").is_ok() && *text == *long);
        assert!(write!(text, "x").is_err());
    }

    proptest! {
        #[test]
        fn json_reads_back(text in ".{0,60}") {
            let made = format!("\"{}\"", Json(&text));
            prop_assert_eq!(serde_json::from_str::<String>(&made).unwrap(), text);
        }
    }
}
