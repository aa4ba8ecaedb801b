//! Strict JSON in, canonical JSON out.
//!
//! serde_json takes the last of two equal keys and rounds large numbers; both would let two readers
//! of one signed file see two things. Here they are refused, as is deep nesting.
//!
//! The canonical form is OLPC's as securesystemslib (python-tuf) writes it: keys sorted by code
//! point, no white space, only `"` and `\` escaped, whole numbers only. `olpc-cjson` is not used: it
//! normalises strings to NFC, which securesystemslib does not, so that a name in another form would
//! verify in one program and fail in the other.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Deepest nesting of arrays and objects. Real metadata has seven levels.
pub const MOST_DEPTH: usize = 24;

/// A value that has no canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("signed JSON holds whole numbers only")]
pub struct NotCanonical;

/// Reads JSON: whole numbers only, no key twice, at most [`MOST_DEPTH`] levels.
///
/// # Errors
/// What is wrong, with its line.
pub fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { left: MOST_DEPTH }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// The bytes that are hashed and signed.
///
/// # Errors
/// [`NotCanonical`] for a number that is not whole.
pub fn canonical(value: &Value) -> Result<Vec<u8>, NotCanonical> {
    let mut out = Vec::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) if number.is_f64() => return Err(NotCanonical),
        Value::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(map) => {
            // A map may keep the order of insertion, depending on what other crates ask of serde_json.
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
            out.push(b'{');
            for (at, (key, item)) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_text(key, out);
                out.push(b':');
                write(item, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Builds a value and refuses what has two readings.
struct Strict {
    left: usize,
}

impl Strict {
    fn below<E: serde::de::Error>(&self) -> Result<Self, E> {
        let left = self.left.checked_sub(1);
        left.map(|left| Self { left })
            .ok_or_else(|| E::custom("too deeply nested"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON with whole numbers")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::from(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(Number::from(value)))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.below()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let item = map.next_value_seed(self.below()?)?;
            if entries.contains_key(&key) {
                return Err(A::Error::custom("a key stands twice in one object"));
            }
            entries.insert(key, item);
        }
        Ok(Value::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let value = parse(text.as_bytes()).unwrap();
        let bytes = canonical(&value).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn canonical_form_is_that_of_securesystemslib() {
        check(
            r#"{ "b": 1, "a": [true, null, -7] }"#,
            r#"{"a":[true,null,-7],"b":1}"#,
        );
        check(r#"{"ệ":1,"z":2,"Z":3}"#, r#"{"Z":3,"z":2,"ệ":1}"#);
        check(r#"["\"\\\/\n"]"#, "[\"\\\"\\\\/\n\"]");
        // A letter and its mark stay two characters.
        check("[\"e\u{323}\"]", "[\"e\u{323}\"]");
        check("[18446744073709551615]", "[18446744073709551615]");
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        for text in [
            "1.0",
            "1e3",
            "18446744073709551616",
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            "[1] 2",
            "",
            "nul",
            "{\"a\":1,}",
            "[1,]",
            "\"\u{1}\"",
            "-0",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(parse(nested(MOST_DEPTH).as_bytes()).is_ok());
        assert!(parse(nested(MOST_DEPTH + 1).as_bytes()).is_err());
        assert!(parse(nested(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn a_fraction_has_no_canonical_form() {
        assert_eq!(
            canonical(&serde_json::json!({"a": [0.5]})),
            Err(NotCanonical)
        );
    }

    proptest! {
        #[test]
        fn any_text_survives(text in "\\PC*") {
            let value = Value::String(text);
            let bytes = serde_json::to_vec(&value).unwrap();
            prop_assert_eq!(parse(&bytes).unwrap(), value);
        }
        #[test]
        fn any_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
