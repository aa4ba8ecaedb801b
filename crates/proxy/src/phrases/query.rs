//! What somebody typed into a search engine, where the address can be seen.

/// The search words of an address, when it is a search of Google, Bing, Cốc Cốc, YouTube,
/// DuckDuckGo, Yahoo, Yandex, Baidu or TikTok. `host` without a port, in any case; `target`: path and query.
///
/// ```
/// use lachan_proxy::phrases::search_query;
/// assert_eq!(search_query("www.google.com.vn", "/search?hl=vi&q=c%E1%BB%9D+vua"), Some("cờ vua".to_owned()));
/// assert_eq!(search_query("example.vn", "/?q=x"), None);
/// ```
#[must_use]
pub fn search_query(host: &str, target: &str) -> Option<String> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let engine = ENGINES.iter().find(|engine| engine.is_at(&host))?;
    let target = target.split('#').next().unwrap_or_default();
    let (path, query) = target.split_once('?')?;
    if !engine.paths.is_empty() && !engine.paths.contains(&path.trim_end_matches('/')) {
        return None;
    }
    engine.parameters.iter().find_map(|wanted| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| name == wanted)?;
        let text = decoded(value);
        (!text.trim().is_empty()).then_some(text)
    })
}

struct Engine {
    /// The label before the public suffix; `google` is at google.com.vn and www.google.de.
    label: &'static str,
    /// Empty: all.
    paths: &'static [&'static str],
    parameters: &'static [&'static str],
}

/// The engines of `rules/safesearch.toml` and the sites that pupils search on.
const ENGINES: [Engine; 10] = [
    Engine {
        label: "google",
        paths: &["/search", "/complete/search", "/images", "/imghp"],
        parameters: &["q", "as_q", "oq"],
    },
    Engine {
        label: "bing",
        paths: &[],
        parameters: &["q", "qry"],
    },
    Engine {
        label: "coccoc",
        paths: &[],
        parameters: &["query", "q"],
    },
    Engine {
        label: "youtube",
        paths: &["/results", "/complete/search"],
        parameters: &["search_query", "q"],
    },
    Engine {
        label: "duckduckgo",
        paths: &[],
        parameters: &["q"],
    },
    Engine {
        label: "yahoo",
        paths: &[],
        parameters: &["p", "q"],
    },
    Engine {
        label: "yandex",
        paths: &[],
        parameters: &["text", "q"],
    },
    Engine {
        label: "baidu",
        paths: &["/s"],
        parameters: &["wd", "word"],
    },
    Engine {
        label: "ecosia",
        paths: &[],
        parameters: &["q"],
    },
    Engine {
        label: "tiktok",
        paths: &[],
        parameters: &["q"],
    },
];

impl Engine {
    fn is_at(&self, host: &str) -> bool {
        let labels = host.split('.').collect::<Vec<_>>();
        let Some(at) = labels.iter().rposition(|label| *label == self.label) else {
            return false;
        };
        // Behind the label stand a country or two: com, com.vn, de.
        let suffix = &labels[at + 1..];
        (1..=2).contains(&suffix.len()) && suffix.iter().all(|label| label.len() <= 3)
    }
}

/// Longest query that is looked at, in bytes.
const LONGEST: usize = 2048;

/// Percent-decoding of a form's value; what is no UTF-8 afterwards is replaced.
fn decoded(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len().min(LONGEST));
    let mut at = 0;
    while at < bytes.len() && out.len() < LONGEST {
        let (byte, length) = match bytes[at..] {
            [b'+', ..] => (b' ', 1),
            [b'%', high, low, ..] => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (b'%', 1),
            },
            [byte, ..] => (byte, 1),
            [] => break,
        };
        out.push(byte);
        at += length;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, target: &str, expected: Option<&str>) {
        assert_eq!(
            search_query(host, target).as_deref(),
            expected,
            "{host}{target}"
        );
    }

    #[test]
    fn queries_of_known_engines_are_read() {
        check(
            "www.google.com",
            "/search?q=lo+de+online&hl=vi",
            Some("lo de online"),
        );
        check(
            "coccoc.com",
            "/search?query=t%C3%A0i%20x%E1%BB%89u#x",
            Some("tài xỉu"),
        );
        check("www.bing.com", "/images/search?q=a%2", Some("a%2"));
        check(
            "m.youtube.com",
            "/results?search_query=c%E1%BB%9D",
            Some("cờ"),
        );
        check("DuckDuckGo.com.", "/?q=x", Some("x"));
        check("search.yahoo.com", "/search?p=%FF", Some("\u{FFFD}"));
    }

    #[test]
    fn nothing_else_is() {
        check("google.evil-site.example", "/search?q=x", None);
        check("www.google.com", "/maps?q=x", None);
        check("www.google.com", "/search?hl=vi", None);
        check("www.google.com", "/search?q=", None);
        check("notgoogle.com", "/search?q=x", None);
    }
}
