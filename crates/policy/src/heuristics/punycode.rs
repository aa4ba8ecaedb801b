//! Punycode (RFC 3492) into a caller's buffer: `idna` allocates, and a decision does not.

/// What an internationalised label begins with (RFC 5890 §2.3.2.1).
pub(crate) const PREFIX: &[u8] = b"xn--";
/// Most characters a label decodes to: one for each byte behind the prefix.
pub(crate) const LONGEST: usize = crate::name::MAX_LABEL - PREFIX.len();

// RFC 3492 §5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;

/// The code points of a label without its prefix; `None` when it is no punycode (RFC 3492 §6.2).
pub(crate) fn decode<'b>(coded: &[u8], buffer: &'b mut [u32; LONGEST]) -> Option<&'b [u32]> {
    let (plain, coded) = match coded.iter().rposition(|byte| *byte == b'-') {
        Some(last) => (&coded[..last], &coded[last + 1..]),
        None => (&coded[..0], coded),
    };
    let mut length = 0;
    for byte in plain {
        if !byte.is_ascii() {
            return None;
        }
        *buffer.get_mut(length)? = u32::from(*byte);
        length += 1;
    }
    let mut digits = coded.iter();
    let (mut n, mut i, mut bias) = (INITIAL_N, 0u32, INITIAL_BIAS);
    while !digits.as_slice().is_empty() {
        let before = i;
        i = i.checked_add(number(&mut digits, bias)?)?;
        let points = u32::try_from(length).ok()? + 1;
        bias = adapt(i - before, points, before == 0);
        n = n.checked_add(i / points)?;
        i %= points;
        let at = usize::try_from(i).ok()?;
        if length == LONGEST {
            return None;
        }
        buffer.copy_within(at..length, at + 1);
        buffer[at] = n;
        length += 1;
        i += 1;
    }
    Some(&buffer[..length])
}

/// One variable-length number (§6.2, the inner loop).
fn number(digits: &mut std::slice::Iter<'_, u8>, bias: u32) -> Option<u32> {
    let (mut sum, mut weight, mut k) = (0u32, 1u32, BASE);
    loop {
        let digit = digit(*digits.next()?)?;
        sum = sum.checked_add(digit.checked_mul(weight)?)?;
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if digit < threshold {
            return Some(sum);
        }
        weight = weight.checked_mul(BASE - threshold)?;
        k = k.checked_add(BASE)?;
    }
}

fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'a'..=b'z' => Some(u32::from(byte - b'a')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 26),
        _ => None,
    }
}

/// Bias adaptation (§6.1).
fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(coded: &[u8]) -> Option<Vec<u32>> {
        let mut buffer = [0; LONGEST];
        decode(coded, &mut buffer).map(<[u32]>::to_vec)
    }

    #[test]
    fn labels_decode_as_rfc_3492_has_them() {
        let expected = |text: &str| Some(text.chars().map(u32::from).collect::<Vec<_>>());
        for (coded, text) in [
            ("mgbh0fb", "مثال"),
            // §7.1 (I): "TạisaohọkhôngthểchỉnóitiếngViệt", Vietnamese.
            (
                "TisaohkhngthchnitingVit-kjcr8268qyxafd2f1b9g",
                "TạisaohọkhôngthểchỉnóitiếngViệt",
            ),
            ("80ak6aa92e", "аррӏе"),
        ] {
            assert_eq!(decoded(coded.as_bytes()), expected(text), "{coded}");
        }
        for bad in ["ü", "99999999", "a-ö", "zzzzzzzzzzzz999"] {
            assert_eq!(decoded(bad.as_bytes()), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_idna_encodes_is_decoded(text in "[a-zà-ỹа-я]{1,20}") {
            let Some(coded) = idna::punycode::encode_str(&text) else {
                return Ok(());
            };
            if coded.len() <= LONGEST {
                let expected = text.chars().map(u32::from).collect::<Vec<_>>();
                prop_assert_eq!(decoded(coded.as_bytes()), Some(expected));
            }
        }

        #[test]
        fn no_bytes_upset_it(coded in prop::collection::vec(any::<u8>(), 0..LONGEST)) {
            let mine = decoded(&coded);
            if let Ok(text) = std::str::from_utf8(&coded)
                && let Some(theirs) = idna::punycode::decode(text)
                && mine.is_some()
            {
                let theirs = theirs.into_iter().map(u32::from).collect::<Vec<_>>();
                prop_assert_eq!(mine, Some(theirs));
            }
        }
    }
}
