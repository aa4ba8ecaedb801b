//! What a form sends (`application/x-www-form-urlencoded`), read strictly: few fields, each once, UTF-8.
//!
//! What a child writes to the counsellor comes through here: every copy that is made of a value is
//! wiped when it is let go.

use zeroize::Zeroizing;

/// Most fields of one form; ours have six at most.
pub const MAX_FIELDS: usize = 16;
/// Longest name of a field, in bytes.
const MAX_NAME: usize = 32;

/// The type that browsers send forms with.
pub const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// A form that was sent.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, Secret)>);

/// A value. Nothing of it is printed.
struct Secret(Zeroizing<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Why bytes are no form of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    /// More than [`MAX_FIELDS`].
    #[error("the form has more than {MAX_FIELDS} fields")]
    TooMany,
    /// A name that none of our fields has.
    #[error("a field has a name that is too long")]
    Name,
    /// `%` without two hexadecimal digits.
    #[error("the form is not encoded as forms are")]
    Escape,
    /// Not UTF-8.
    #[error("the form is not UTF-8")]
    NotUtf8,
    /// A field that stands twice.
    #[error("a field of the form stands twice")]
    Twice,
}

impl Fields {
    /// Reads a form (WHATWG URL §5.1), strictly.
    ///
    /// # Errors
    /// [`FieldsError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldsError> {
        let mut fields: Vec<(String, Secret)> = Vec::new();
        for pair in bytes.split(|byte| *byte == b'&') {
            if pair.is_empty() {
                continue;
            }
            if fields.len() == MAX_FIELDS {
                return Err(FieldsError::TooMany);
            }
            let middle = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = match middle {
                Some(middle) => (&pair[..middle], &pair[middle + 1..]),
                None => (pair, &[][..]),
            };
            if name.len() > MAX_NAME {
                return Err(FieldsError::Name);
            }
            let name = decoded(name)?;
            if fields.iter().any(|(known, _)| *known == *name) {
                return Err(FieldsError::Twice);
            }
            fields.push(((*name).clone(), Secret(decoded(value)?)));
        }
        Ok(Self(fields))
    }

    /// The value of a field; empty where there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let mut fields = self.0.iter();
        fields
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.0.as_str())
    }
}

/// One name or value. The room is taken at once, so that no copy is left behind by growing.
fn decoded(bytes: &[u8]) -> Result<Zeroizing<String>, FieldsError> {
    let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        rest = tail;
        plain.push(match first {
            b'+' => b' ',
            b'%' => {
                let [high, low, tail @ ..] = rest else {
                    return Err(FieldsError::Escape);
                };
                rest = tail;
                hex(*high)? << 4 | hex(*low)?
            }
            byte => *byte,
        });
    }
    let text = str::from_utf8(&plain).map_err(|_| FieldsError::NotUtf8)?;
    Ok(Zeroizing::new(text.to_owned()))
}

const fn hex(digit: u8) -> Result<u8, FieldsError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(FieldsError::Escape),
    }
}

/// Writes a value as a form or a query has it.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            byte => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(DIGITS[usize::from(byte >> 4)]));
                out.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let fields = Fields::parse(b"ma=K7QX3M&noi-dung=b%E1%BA%A1n+em&&trong=&co").unwrap();
        assert_eq!(fields.get("ma"), "K7QX3M");
        assert_eq!(fields.get("noi-dung"), "bạn em");
        assert_eq!(
            (fields.get("trong"), fields.get("co"), fields.get("x")),
            ("", "", "")
        );
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (bytes, error) in [
            (&b"a=1&a=2"[..], FieldsError::Twice),
            (b"a=1&%61=2", FieldsError::Twice),
            (b"a=%", FieldsError::Escape),
            (b"a=%1", FieldsError::Escape),
            (b"a=%gg", FieldsError::Escape),
            (b"a=%ff", FieldsError::NotUtf8),
            (b"a=\xff", FieldsError::NotUtf8),
            (&[b'x'; 33], FieldsError::Name),
        ] {
            assert_eq!(Fields::parse(bytes).unwrap_err(), error);
        }
        let many: String = (0..17).map(|number| format!("a{number}=&")).collect();
        assert_eq!(
            Fields::parse(many.as_bytes()).unwrap_err(),
            FieldsError::TooMany
        );
    }

    #[test]
    fn no_value_is_printed() {
        let fields = Fields::parse(b"noi-dung=secret").unwrap();
        assert!(!format!("{fields:?}").contains("secret"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(values in proptest::collection::vec("\\PC{0,40}", 0..MAX_FIELDS)) {
            let pairs: Vec<String> = values.iter().enumerate()
                .map(|(number, value)| format!("f{number}={}", encoded(value))).collect();
            let fields = Fields::parse(pairs.join("&").as_bytes()).unwrap();
            for (number, value) in values.iter().enumerate() {
                prop_assert_eq!(fields.get(&format!("f{number}")), value);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Fields::parse(&bytes);
        }
    }
}
