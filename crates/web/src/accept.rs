//! Which form of an answer a client can show, by its `Accept` (RFC 9110 §12.5.1).

/// A form of the block page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A page for people.
    Html,
    /// A few lines: for programs, pictures, scripts and styles of a page.
    Text,
    /// For programs that read JSON (RFC 9457).
    Problem,
}

impl Form {
    /// The form a client asks for first; a page only for one that names HTML, as browsers do when a
    /// person looks at what comes, and not when they fetch a picture.
    #[must_use]
    pub fn of_accept(accept: Option<&[u8]>) -> Self {
        let text = String::from_utf8_lossy(accept.unwrap_or_default()).to_ascii_lowercase();
        let mut best = (0, Self::Text);
        for part in text.split(',') {
            let mut pieces = part.split(';').map(str::trim);
            let form = match pieces.next().unwrap_or_default() {
                "text/html" | "application/xhtml+xml" => Self::Html,
                "application/json" | "application/problem+json" => Self::Problem,
                "text/plain" => Self::Text,
                _ => continue,
            };
            let weight = pieces
                .find_map(|piece| piece.strip_prefix("q="))
                .map_or(1000, weight);
            if weight > best.0 {
                best = (weight, form);
            }
        }
        best.1
    }
}

/// Thousandths of `0.8`; what is no such number counts as nothing.
fn weight(text: &str) -> u32 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse::<u32>()) {
        ("0", Ok(part)) => part,
        ("1", Ok(0)) => 1000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_a_page_and_programs_what_they_read() {
        for (accept, expected) in [
            (
                Some("text/html,application/xhtml+xml,*/*;q=0.8"),
                Form::Html,
            ),
            (Some("*/*"), Form::Text),
            (Some("image/avif,image/webp,*/*;q=0.8"), Form::Text),
            (Some("application/json"), Form::Problem),
            (Some("application/json;q=0.5, text/html"), Form::Html),
            (
                Some("text/html;q=0.2, application/problem+json;q=0.9"),
                Form::Problem,
            ),
            (Some("text/html;q=0"), Form::Text),
            (Some("text/html;q=x"), Form::Text),
            (None, Form::Text),
        ] {
            assert_eq!(
                Form::of_accept(accept.map(str::as_bytes)),
                expected,
                "{accept:?}"
            );
        }
    }
}
