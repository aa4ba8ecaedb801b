//! The frame of every page: its head, its style, a few elements. Whatever comes from outside is written
//! by [`Escaped`].

use std::fmt::Write as _;

use crate::escape::Escaped;
use crate::reply::STYLE;
use crate::words::{Language, Words};

/// The leaf that is a shield.
const MARK: &str = r##"<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M16 2c4 3 8 4 12 4v9c0 8-5 13-12 15C9 28 4 23 4 15V6c4 0 8-1 12-4z" fill="#1f7a4d"/><path d="M16 8v17M16 14l5-4M16 19l-5-4" stroke="#fff" stroke-width="2.2" stroke-linecap="round" fill="none"/></svg>"##;

/// The head, and the beginning of the card.
pub(crate) fn begin(language: Language, title: &str, young: bool) -> String {
    let class = if young { " class=\"young\"" } else { "" };
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{}</title><style>{STYLE}</style></head>\
         <body{class}><main><div class=\"mark\">{MARK}<b>Lá Chắn</b></div>",
        language.tag(),
        Escaped(title),
    )
}

/// The title.
pub(crate) fn heading(out: &mut String, text: &str) {
    let _ = write!(out, "<h1>{}</h1>", Escaped(text));
}

/// An element with a text; its class empty for none.
pub(crate) fn element(out: &mut String, tag: &str, class: &str, text: &str) {
    let class = match class {
        "" => String::new(),
        class => format!(" class=\"{class}\""),
    };
    let _ = write!(out, "<{tag}{class}>{}</{tag}>", Escaped(text));
}

/// The end of the card, and the school's name.
pub(crate) fn end(out: &mut String, school: &str) {
    out.push_str("</main>");
    if !school.is_empty() {
        element(out, "footer", "", school);
    }
    out.push_str("</body></html>");
}

/// A text in the first language, and below it, small, in the other.
pub(crate) fn both(out: &mut String, tag: &str, class: &str, words: Words<'_>, first: Language) {
    let second = first.other();
    let class = match class {
        "" => String::new(),
        class => format!(" class=\"{class}\""),
    };
    let _ = write!(out, "<{tag}{class}>{}", Escaped(words.of(first)));
    translation(out, words.of(second), second);
    let _ = write!(out, "</{tag}>");
}

/// The text in the other language, small.
pub(crate) fn translation(out: &mut String, text: &str, language: Language) {
    if !text.is_empty() {
        let _ = write!(
            out,
            "<span class=\"tr\" lang=\"{}\">{}</span>",
            language.tag(),
            Escaped(text)
        );
    }
}
