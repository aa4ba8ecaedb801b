//! One line of the canonical form: what it says, and how it is written.
//!
//! | line | meaning |
//! |---|---|
//! | `name` | the name and everything below it |
//! | `=name` | the name only |
//! | `*.name` | everything below it, tenants of a shared host too |
//! | `!name`, `!=name`, `!*.name` | this list does not block that, though it blocks what lies above |
//! | `first-last`, `address` | these addresses |
//! | `name/path` | this URL prefix |
//! | `~text` | this regular expression (of UT1) |
//!
//! `!` and `~` are not in the plain format, where they would be a comment and no name.

use lachan_policy::{Name, Scope};

use super::item::{Item, Out};
use super::range::AddressRange;
use super::reason::Reason;
use super::{Parser, plain, range};

pub(super) struct Canonical;

impl Parser for Canonical {
    /// The form has no comments.
    fn comment_start(&self, line: &[u8]) -> usize {
        line.len()
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        out.result(entry(text));
    }
}

/// What a line says, provided that it is written in the one way in which it may be.
pub(crate) fn entry(line: &str) -> Result<Item, Reason> {
    let item = read(line)?;
    if text(&item).is_some_and(|text| text == line) {
        Ok(item)
    } else {
        Err(Reason::Form("of the canonical writing"))
    }
}

fn read(line: &str) -> Result<Item, Reason> {
    if let Some(expression) = line.strip_prefix('~') {
        return Ok(Item::Expression(expression.to_owned()));
    }
    if let Some(allowed) = line.strip_prefix('!') {
        let (name, scope) = scoped(allowed)?;
        return Ok(Item::allow(name, scope));
    }
    if let Some(addresses) = range::of_entry(line) {
        return addresses.map(Item::Net);
    }
    if let Some((host, path)) = line.split_once('/') {
        let host = plain::host(host)?;
        return Ok(Item::Url {
            host,
            path: path.to_owned(),
        });
    }
    let (name, scope) = scoped(line)?;
    Ok(Item::block(name, scope))
}

fn scoped(text: &str) -> Result<(Name, Scope), Reason> {
    let (rest, scope) = match (text.strip_prefix("*."), text.strip_prefix('=')) {
        (Some(rest), _) => (rest, Scope::Below),
        (None, Some(rest)) => (rest, Scope::Exact),
        (None, None) => (text, Scope::Suffix),
    };
    Ok((plain::host(rest)?, scope))
}

/// How an item is written; `None` for what has no canonical writing: an expression or a path with
/// control characters or white space, a name that would read as an address.
pub(crate) fn text(item: &Item) -> Option<String> {
    let line = match item {
        Item::Name { name, scope, .. } => scope.entry(name),
        Item::Allow { name, scope, .. } => format!("!{}", scope.entry(name)),
        Item::Cancel { .. } => return None,
        Item::Net(range) => range_text(range),
        Item::Url { host, path } => {
            let plain = path
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'#');
            if path.is_empty() || !plain {
                return None;
            }
            format!("{host}/{path}")
        }
        Item::Expression(text) => {
            if text.is_empty() || text.trim() != text || text.contains(char::is_control) {
                return None;
            }
            format!("~{text}")
        }
    };
    (line.len() <= super::MAX_LINE).then_some(line)
}

fn range_text(range: &AddressRange) -> String {
    range.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_has_one_writing() {
        for line in [
            "a.vn",
            "=a.vn",
            "*.a.vn",
            "!a.vn",
            "!=b.a.vn",
            "!*.b.a.vn",
            "1.2.3.4",
            "1.2.3.0-1.2.3.255",
            "2001:db8::1",
            "2001:db8::-2001:db8::ffff",
            "a.vn/b?c=D",
            "a.vn/?c",
            "a.vn/b/",
            "a.vn/%E1%BB%87",
            "~(^|\\.)sex[a-z]+ tình",
            "xn--cccc-0x5ac.vn",
        ] {
            let item = entry(line);
            assert!(item.is_ok(), "{line}: {item:?}");
        }
    }

    #[test]
    fn any_other_writing_is_refused() {
        for line in [
            "A.vn",
            "a.vn.",
            ".a.vn",
            " a.vn",
            "a.vn ",
            "",
            "#a",
            "a.vn#b",
            "cốccốc.vn",
            "1.2.3.0/24",
            "1.2.3.4-1.2.3.4",
            "2001:DB8::1",
            "2001:db8:0::1",
            "a.vn/",
            "a.vn/b#c",
            "a.vn/b c",
            "A.vn/b",
            "http://a.vn/b",
            "a.vn/ệ",
            "~",
            "~ a",
            "~a\u{7f}",
            "!",
            "!!a.vn",
            "*a.vn",
            "a.*.vn",
            "a@b.vn",
            "a.vn:80",
            "0.0.0.0 a.vn",
            "=*.a.vn",
            "\u{feff}a.vn",
        ] {
            assert!(entry(line).is_err(), "{line:?}");
        }
    }
}
