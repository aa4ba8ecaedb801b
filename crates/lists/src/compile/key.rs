//! Sort keys: a name's labels from the right, a zero byte between them (`vn\0vnedu\0www`).
//!
//! Sorted so, a name stands right before everything below it (canonical order, RFC 4034 §6.1) and
//! shares its beginning with its neighbours, which is what front coding lives on.

use lachan_policy::{MAX_LABELS, MAX_WIRE, Name, NameError};

/// Writes the key of a name to the end of `out`.
pub(crate) fn push_key(name: &Name, out: &mut Vec<u8>) {
    let mut starts = [0; MAX_LABELS];
    let starts = name.starts(&mut starts);
    let wire = name.as_wire();
    for (index, start) in starts.iter().rev().enumerate() {
        if index > 0 {
            out.push(0);
        }
        let start = usize::from(*start);
        out.extend_from_slice(&wire[start + 1..=start + usize::from(wire[start])]);
    }
}

/// The name of a key.
///
/// # Errors
/// When the bytes are no key: an empty or overlong label, or an overlong name.
pub(crate) fn name_of_key(key: &[u8]) -> Result<Name, NameError> {
    let mut wire = [0; MAX_WIRE];
    let mut used = 0;
    for label in key.rsplit(|byte| *byte == 0) {
        let length = u8::try_from(label.len()).map_err(|_| NameError::LabelTooLong)?;
        let end = used + 1 + label.len();
        let slot = wire.get_mut(used..end).ok_or(NameError::TooLong)?;
        slot[0] = length;
        slot[1..].copy_from_slice(label);
        used = end;
    }
    Name::from_normal(&wire[..used])
}

/// How many labels a key has.
pub(crate) fn labels_of_key(key: &[u8]) -> usize {
    1 + key.iter().filter(|byte| **byte == 0).count()
}

/// Whether `key` lies below `parent`.
pub(crate) fn is_below(key: &[u8], parent: &[u8]) -> bool {
    key.len() > parent.len() && key.starts_with(parent) && key[parent.len()] == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_sort_parents_right_before_their_children() {
        let key = |text: &str| {
            let mut key = Vec::new();
            push_key(&Name::from_text(text).unwrap(), &mut key);
            key
        };
        assert!(key("b.com") < key("a.b.com"));
        assert!(key("a.b.com") < key("b-a.com"));
        assert!(is_below(&key("a.b.com"), &key("b.com")));
        assert!(!is_below(&key("b-a.com"), &key("b.com")));
        assert!(!is_below(&key("b.com"), &key("b.com")));
        assert_eq!(labels_of_key(&key("a.b.com")), 3);
    }

    proptest! {
        #[test]
        fn keys_round_trip(text in "[a-z0-9_-]{1,12}(\\.[a-z0-9-]{1,12}){0,5}\\.[a-z]{2,5}") {
            let name = Name::from_text(&text).unwrap();
            let mut key = Vec::new();
            push_key(&name, &mut key);
            prop_assert_eq!(name_of_key(&key), Ok(name));
            prop_assert_eq!(labels_of_key(&key), name.label_count());
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = name_of_key(&bytes);
        }
    }
}
