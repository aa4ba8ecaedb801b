//! Paths and queries: the one form in which rules see them, and the parameters that make a search safe.

/// A path with its query in the form rules are compared with: percent-encoded letters decoded, dot
/// segments gone, one slash where there were several, a backslash as the slash that browsers and some
/// servers take it for. What is asked of the upstream stays as the client wrote it.
#[must_use]
pub fn normal(path: &str) -> String {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let mut decoded = decode(path);
    while decoded.contains('%') {
        // What was encoded twice shows only now; each pass that finds some is shorter.
        let again = decode(&decoded);
        let done = again.len() == decoded.len();
        decoded = again;
        if done {
            break;
        }
    }
    let mut out = segments(&decoded);
    if let Some(query) = query {
        out.push('?');
        out.push_str(&decode(query));
    }
    out
}

/// Decodes what may as well stand plainly: visible ASCII but `%`, `?` and `#`. Other escapes get
/// their digits in upper case.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let Some(byte) = escaped(&rest.as_bytes()[at..]) else {
            out.push('%');
            rest = &rest[at + 1..];
            continue;
        };
        rest = &rest[at + 3..];
        if byte.is_ascii_graphic() && !matches!(byte, b'%' | b'?' | b'#')
            || byte == b'%' && encodes(rest)
        {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out.push_str(rest);
    out
}

/// Whether an escaped percent sign makes another escape of what follows it.
fn encodes(rest: &str) -> bool {
    matches!(rest.as_bytes(), [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

/// The byte of `%41`.
fn escaped(bytes: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [b'%', high, low, ..] = bytes else {
        return None;
    };
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

fn segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_open = false;
    for segment in path.split(['/', '\\']) {
        ends_open = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let mut out = String::with_capacity(path.len() + 1);
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if ends_open || kept.is_empty() {
        out.push('/');
    }
    out
}

/// A path whose query has these parameters (`name=value`) and no others of their names. `None` when
/// it had exactly these already, or has no query at all: a page without a search needs none.
#[must_use]
pub fn with_parameters(path: &str, wanted: &[String]) -> Option<String> {
    let (before, query) = path.split_once('?')?;
    if wanted.is_empty() {
        return None;
    }
    let name = |part: &str| decode(part.split('=').next().unwrap_or_default()).to_ascii_lowercase();
    let ours: Vec<String> = wanted.iter().map(|part| name(part)).collect();
    let parts: Vec<&str> = query.split('&').collect();
    let is_ours = |part: &&&str| ours.contains(&name(part));
    let given: Vec<&str> = parts.iter().filter(is_ours).copied().collect();
    if given == wanted.iter().map(String::as_str).collect::<Vec<_>>() {
        return None;
    }
    let others = parts
        .iter()
        .filter(|part| !is_ours(part) && !part.is_empty());
    let all: Vec<&str> = others
        .copied()
        .chain(wanted.iter().map(String::as_str))
        .collect();
    Some(format!("{before}?{}", all.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_path_has_one_form() {
        for (path, expected) in [
            ("/a/b", "/a/b"),
            ("/a//b/./c/../d", "/a/b/d"),
            ("/%61dult/%2e%2e/x", "/x"),
            ("/%2561", "/a"),
            ("/%252e%252e/x", "/x"),
            ("\\a\\b", "/a/b"),
            ("/a%2Fb", "/a/b"),
            ("/..", "/"),
            ("/a/", "/a/"),
            ("/a/..", "/"),
            ("", "/"),
            ("/a?x=%62&y=%2f..%2f", "/a?x=b&y=/../"),
            ("/%e1%bb%81?q=%c4%83", "/%E1%BB%81?q=%C4%83"),
            ("/a%3Fb", "/a%3Fb"),
            ("/100%", "/100%"),
            ("/a%zz", "/a%zz"),
        ] {
            assert_eq!(normal(path), expected, "{path}");
        }
    }

    fn check(path: &str, wanted: &[&str], expected: Option<&str>) {
        let wanted: Vec<String> = wanted.iter().map(|part| (*part).to_owned()).collect();
        assert_eq!(
            with_parameters(path, &wanted).as_deref(),
            expected,
            "{path}"
        );
    }

    #[test]
    fn a_search_is_made_safe_whatever_the_client_wrote() {
        check(
            "/search?q=a",
            &["safe=active"],
            Some("/search?q=a&safe=active"),
        );
        check(
            "/search?safe=off&q=a",
            &["safe=active"],
            Some("/search?q=a&safe=active"),
        );
        check(
            "/search?q=a&s%61fe=off",
            &["safe=active"],
            Some("/search?q=a&safe=active"),
        );
        check(
            "/search?q=a&SAFE=images",
            &["safe=active"],
            Some("/search?q=a&safe=active"),
        );
        check(
            "/search?safe=active&q=a&safe=off",
            &["safe=active"],
            Some("/search?q=a&safe=active"),
        );
        check("/search?q=a&safe=active", &["safe=active"], None);
        check("/search", &["safe=active"], None);
        check("/search?q=a", &[], None);
        check("/?", &["kp=1"], Some("/?kp=1"));
    }

    proptest! {
        #[test]
        fn a_normal_path_is_its_own_form(path in "[/\\\\.%a-z0-9?=&]{0,30}|(/|%2e|%2f|%25|[a-f0-9]{1,2}){0,12}") {
            let once = normal(&path);
            let before_query = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
            prop_assert!(once.starts_with('/'));
            prop_assert_eq!(before_query(&normal(&before_query(&once))), before_query(&once));
        }

        #[test]
        fn a_safe_search_stays_safe(path in "/[a-z]{0,4}\\?[a-z=&%0-9]{0,20}") {
            let wanted = vec!["safe=active".to_owned()];
            let safe = with_parameters(&path, &wanted).unwrap_or(path);
            prop_assert_eq!(with_parameters(&safe, &wanted), None);
        }
    }
}
