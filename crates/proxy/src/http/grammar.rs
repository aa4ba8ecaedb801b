//! The characters of HTTP: what may stand in a token, in a target, in a field's value (RFC 9110 §5.5
//! and §5.6.2, RFC 3986 §2).

/// What may stand in a token: `tchar` of RFC 9110 §5.6.2.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 128 {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "below 128, in a constant where `try_from` cannot stand"
        )]
        let byte = at as u8;
        table[at] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        at += 1;
    }
    table
};

/// Whether these bytes are a token.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| TOKEN[usize::from(*byte)])
}

/// Whether these bytes may be a field's value: no control character but the tab. Bytes above 127 are
/// passed on as they are (`obs-text`).
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    // Every byte is looked at, so that the loop has no way out and becomes vector instructions.
    let is_odd = |byte: u8| (byte < 0x20) & (byte != b'\t') | (byte == 0x7f);
    !bytes.iter().fold(false, |odd, byte| odd | is_odd(*byte))
}

/// Whether these bytes may be a request's target: visible ASCII without a fragment. What browsers
/// write raw though RFC 3986 does not (`|`, `{`, `"`) is passed on; bytes above 127 are not, because
/// one server reads them as one text and another as another.
pub(crate) fn is_target(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_graphic() && *byte != b'#')
}

/// Without spaces and tabs at both ends.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let from = bytes
        .iter()
        .position(|byte| !is_space(byte))
        .unwrap_or(bytes.len());
    let to = bytes
        .iter()
        .rposition(|byte| !is_space(byte))
        .map_or(from, |last| last + 1);
    &bytes[from..to]
}

/// The parts of a comma-separated list, trimmed, without the empty ones.
pub(crate) fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(|byte| *byte == b',')
        .map(trim)
        .filter(|part| !part.is_empty())
}

/// A decimal number of at most 18 digits: digits only, no sign, no space.
pub(crate) fn decimal(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 18 {
        return None;
    }
    bytes.iter().try_fold(0u64, |sum, byte| {
        byte.is_ascii_digit()
            .then(|| sum * 10 + u64::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_tokens_hold_no_control_character() {
        for byte in 0..=255u8 {
            let plain = byte == b'\t' || byte >= 0x20 && byte != 0x7f;
            assert_eq!(is_value(&[b'a', byte]), plain, "{byte}");
            let separator = b"()<>@,;:\\\"/[]?={} \t".contains(&byte);
            assert_eq!(
                is_token(&[byte]),
                byte.is_ascii_graphic() && !separator,
                "{byte}"
            );
        }
        assert!(!is_token(b""));
    }

    #[test]
    fn only_digits_are_a_number() {
        for (text, expected) in [
            ("0", Some(0)),
            ("042", Some(42)),
            ("", None),
            ("+5", None),
            ("5 ", None),
            ("5,5", None),
            ("0x5", None),
            ("999999999999999999", Some(999_999_999_999_999_999)),
            ("1000000000000000000", None),
        ] {
            assert_eq!(decimal(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn lists_are_split_at_commas_and_trimmed() {
        let parts: Vec<_> = list(b" a ,\tb,, c").collect();
        assert_eq!(parts, [b"a", b"b", b"c"]);
        assert_eq!(trim(b" \t "), b"");
    }
}
