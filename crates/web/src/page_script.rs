//! Encrypting a report in the page, before it travels over plain HTTP: the script that does it stands in the page
//! itself, allowed by its hash, and what it makes is read here, strictly.
//!
//! ```text
//!  story, contact ─► script (X25519, ChaCha20-Poly1305: the format age) ─► base64 ─► field ─► Sealed
//! ```
//!
//! The box cannot open what comes, nor prove that the counsellor's key does: it holds that it is a whole age file for
//! one X25519 key, made by a page that was given the key in use. Without the script the form works as it did, and says
//! that others on the way could read it.

use data_encoding::{BASE64, BASE64_NOPAD};
use sha2::{Digest as _, Sha256};

use crate::reply::policy_with_script;

/// Longest script, in bytes: with the page it stays below 60 kB.
pub(crate) const MAX_SCRIPT: usize = 44 << 10;
/// Longest encrypted report that a form brings, in bytes.
pub const MAX_FROM_PAGE: usize = 24 << 10;
/// First line of a file of the format age.
const MAGIC: &[u8] = b"age-encryption.org/v1";
/// Bytes of a nonce and of the tag of an empty text: nothing shorter is a payload.
const LEAST_PAYLOAD: usize = 16 + 16;

/// A script that pages may carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageScript {
    source: String,
    policy: String,
}

impl PageScript {
    /// Takes a built script; `None` for one that is none, too long, or would end its element.
    #[must_use]
    pub fn new(source: &[u8]) -> Option<Self> {
        let source = str::from_utf8(source).ok()?.trim().to_owned();
        let lower = source.to_ascii_lowercase();
        let is_fit = !source.is_empty()
            && source.len() <= MAX_SCRIPT
            && !lower.contains("</script")
            && !lower.contains("<!--");
        let hash = BASE64.encode(&Sha256::digest(source.as_bytes()));
        is_fit.then(|| Self {
            policy: policy_with_script(&hash),
            source,
        })
    }

    /// The script.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The policy of a page that carries it.
    pub(crate) fn policy(&self) -> &str {
        &self.policy
    }
}

/// The bytes of an encrypted report that a form brought in base64; `None` for anything else than a whole age
/// file for one X25519 key (age-encryption.org/v1).
#[must_use]
pub fn from_page(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_FROM_PAGE * 4 / 3 + 4 {
        return None;
    }
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    is_for_one_key(&bytes).then_some(bytes)
}

fn is_for_one_key(bytes: &[u8]) -> bool {
    let mut lines = bytes.splitn(5, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    line() == MAGIC
        && line().strip_prefix(b"-> X25519 ").is_some_and(is_32_bytes)
        && is_32_bytes(line())
        && line().strip_prefix(b"--- ").is_some_and(is_32_bytes)
        && line().len() >= LEAST_PAYLOAD
}

/// Whether a text is 32 bytes in base64 without padding, in its one form.
fn is_32_bytes(text: &[u8]) -> bool {
    BASE64_NOPAD
        .decode(text)
        .is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(stanza: &str, rest: &str, payload: usize) -> Vec<u8> {
        let key = BASE64_NOPAD.encode(&[7; 32]);
        let text = stanza.replace("KEY", &key);
        let mut bytes = format!("age-encryption.org/v1\n{text}--- {}\n{rest}", &key).into_bytes();
        bytes.resize(bytes.len() + payload, 7);
        bytes
    }

    const ONE: &str = "-> X25519 KEY\nKEY\n";

    #[test]
    fn an_age_file_for_one_key_is_taken_and_nothing_else() {
        let taken = |bytes: &[u8]| from_page(&BASE64.encode(bytes)).is_some();
        let good = file(ONE, "", 40);
        assert_eq!(from_page(&BASE64.encode(&good)), Some(good.clone()));
        for (stanza, payload) in [
            (ONE, 31),
            ("", 40),
            ("-> X25519 KEY\nKEY\n-> X25519 KEY\nKEY\n", 400),
            ("-> scrypt KEY 18\nKEY\n", 40),
            ("-> X25519 KEY\nKEY\n-> x-grease KEY\nKEY\n", 40),
            ("-> X25519 KEY KEY\nKEY\n", 40),
            ("-> X25519 KEY\n\n", 40),
        ] {
            assert!(!taken(&file(stanza, "", payload)), "{stanza} {payload}");
        }
        assert!(!taken(b"em bi bat nat") && !taken(b""));
        assert!(!taken(&file(ONE, "", MAX_FROM_PAGE)));
        for text in ["", "!!!", "YWdl", &"A".repeat(200_000)] {
            assert_eq!(from_page(text), None);
        }
    }

    #[test]
    fn a_script_that_would_end_its_element_is_none() {
        let fit = PageScript::new(b" let a = 1; \n").unwrap();
        assert_eq!(fit.source(), "let a = 1;");
        assert!(fit.policy().contains("script-src 'sha256-") && !fit.policy().contains("unsafe"));
        let long = "x".repeat(MAX_SCRIPT + 1);
        for bad in ["", "a='</SCRIPT>'", "a='<!--'", &long] {
            assert_eq!(PageScript::new(bad.as_bytes()), None);
        }
        assert_eq!(PageScript::new(&[0xff]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,80}") {
            let _ = from_page(&BASE64.encode(&bytes));
            let _ = from_page(&text);
            let mut begun = file(ONE, "", 0);
            begun.extend(&bytes);
            prop_assert_eq!(is_for_one_key(&begun), bytes.len() >= LEAST_PAYLOAD);
        }
    }
}
