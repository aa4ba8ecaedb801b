//! The texts that reports may hold: none is free. Each is read only in its own short form, so that no name of a person or device
//! fits in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A text that is none of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {what}")]
pub struct TextError {
    /// What it was to be.
    pub what: &'static str,
    /// What it is, cut.
    pub text: String,
}

macro_rules! texts {
    ($($(#[doc = $doc:literal])* $name:ident($what:literal, $pattern:literal, $is:expr);)*) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schema(value_type = String, pattern = $pattern)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                let is: fn(&str) -> bool = $is;
                if is(&text) {
                    Ok(Self(text))
                } else {
                    Err(TextError { what: $what, text: text.chars().take(60).collect() })
                }
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    )*};
}

texts! {
    /// The version of a program: `1.4.0`, `1.4.0-rc.2`.
    ProgramVersion("version", "^[0-9]{1,4}\\.[0-9]{1,4}\\.[0-9]{1,4}(-(alpha|beta|rc)\\.[0-9]{1,3})?$", is_version);
    /// The id of a list or category: small letters, digits and hyphens.
    ListId("id of a list", "^[a-z0-9][a-z0-9-]{0,63}$", is_list);
    /// A site that a school asks about: a public domain name in its one form, at most a few labels of it; no address, no port, no
    /// path.
    SiteName("name of a site", "^[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63}){1,7}$", is_site);
    /// Bytes in base64url without padding (RFC 4648 §5), at most 64 of them: a key, a nonce, a hash.
    Bytes64("base64url of up to 64 bytes", "^[A-Za-z0-9_-]{1,86}$", is_bytes);
    /// An id that the hub made (UUIDv7).
    Id("id", "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", is_id);
    /// What of a one-time code is public: its first four characters.
    PublicCode("first four characters of a code", "^[0-9A-HJKMNP-TV-Z]{4}$", is_public);
}

impl Bytes64 {
    /// Writes bytes; at most 64 are read back.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(data_encoding::BASE64URL_NOPAD.encode(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        // Only what decodes was taken in.
        data_encoding::BASE64URL_NOPAD
            .decode(self.0.as_bytes())
            .unwrap_or_default()
    }
}

fn is_version(text: &str) -> bool {
    let (numbers, stage) = match text.split_once('-') {
        Some((numbers, stage)) => (numbers, Some(stage)),
        None => (text, None),
    };
    let is_number = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<&str> = numbers.split('.').collect();
    let is_stage = |stage: &str| {
        stage.split_once('.').is_some_and(|(name, number)| {
            ["alpha", "beta", "rc"].contains(&name) && is_number(number, 3)
        })
    };
    parts.len() == 3 && parts.iter().all(|part| is_number(part, 4)) && stage.is_none_or(is_stage)
}

fn is_list(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(is_plain) && !text.starts_with('-')
}

fn is_site(text: &str) -> bool {
    let is_plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_plain);
    let labels = text.split('.').count();
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    (2..=8).contains(&labels) && text.len() <= 253 && text.split('.').all(is_label) && !is_address
}

fn is_bytes(text: &str) -> bool {
    (1..=86).contains(&text.len())
        && data_encoding::BASE64URL_NOPAD
            .decode(text.as_bytes())
            .is_ok_and(|bytes| bytes.len() <= 64)
}

fn is_id(text: &str) -> bool {
    let is_at = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_at)
}

fn is_public(text: &str) -> bool {
    text.len() == 4
        && text
            .bytes()
            .all(|byte| crate::enrol::ALPHABET.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: TryFrom<String, Error = TextError>>(good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(T::try_from((*text).to_owned()).is_ok(), "{text}");
        }
        for text in bad {
            assert!(T::try_from((*text).to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn no_text_is_free() {
        check::<ProgramVersion>(
            &["0.1.0", "1.4.0-rc.2"],
            &[
                "",
                "1.0",
                "1.0.0-máy-của-An",
                "1.0.0 An",
                "1.0.0-rc.1234",
                "12345.0.0",
            ],
        );
        check::<ListId>(
            &["gambling-vn", "a"],
            &["", "-a", "A", "a b", "máy", &"a".repeat(65)],
        );
        check::<SiteName>(
            &["zalo.me", "a.b-c.edu.vn", "xn--bnh-ela.vn"],
            &[
                "",
                "localhost",
                "10.0.0.1",
                "zalo.me/an",
                "zalo.me:80",
                "Zalo.me",
                "a..b",
                "a b.vn",
                "1.2.3.4.5.6.7.8.vn",
            ],
        );
        check::<Bytes64>(&["AAAA", "_-8"], &["", "A", "A=", "+/8", &"A".repeat(87)]);
        check::<Id>(
            &["01a20606-35c0-7fff-bfff-ffffffffffff"],
            &["", "an", "01A20606-35c0-7fff-bfff-ffffffffffff"],
        );
        check::<PublicCode>(&["7KZ0"], &["", "7kz0", "7KZI", "7KZ01"]);
    }
}
