//! Character sets: whoever says which, the same page is found.

use lachan_proxy::phrases::{Outcome, PageHead};
use lachan_proxy::text::{Charset, CharsetSource};

use crate::support::{HTML, counts, read, small};

/// "nổ hũ đổi thưởng" in sets of single bytes. VISCII, TCVN3 and windows-1258 after glibc's iconv.
const VISCII: &[u8] = b"n\xB1 h\xFB \xF0\xB1i th\xDF\xB7ng";
const TCVN3: &[u8] = b"n\xE6 h\xF2 \xAE\xE6i th\xAD\xEBng";
const VNI: &[u8] = b"no\xE5 hu\xF5 \xF1o\xE5i th\xF6\xF4\xFBng";
const VPS: &[u8] = b"n\xB0 h\xDB \xC7\xB0i th\xDC\xAAng";
const WINDOWS_1258: &[u8] = b"n\xF4\xD2 hu\xDE \xF0\xF4\xD2i th\xFD\xF5\xD2ng";
const ALL: [(&str, &[u8]); 5] = [
    ("viscii", VISCII),
    ("x-viet-tcvn5712", TCVN3),
    ("x-viet-vni", VNI),
    ("x-viet-vps", VPS),
    ("windows-1258", WINDOWS_1258),
];

fn found(head: &PageHead<'_>, body: &[u8]) -> (usize, Outcome) {
    let set = small(&["nổ hũ đổi thưởng"], None);
    (counts(&set, head, body).len(), read(&set, head, body))
}

fn page(before: &str, text: &[u8]) -> Vec<u8> {
    [before.as_bytes(), b"<p>", text, b"</p>"].concat()
}

#[test]
fn a_label_in_the_head_or_in_the_document_is_believed() {
    for (label, text) in ALL {
        let content_type = format!("text/html; charset={label}");
        let head = PageHead {
            content_type: &content_type,
            ..HTML
        };
        let (hits, outcome) = found(&head, &page("", text));
        assert_eq!(
            (hits, outcome.charset.1),
            (1, CharsetSource::Http),
            "{label}"
        );
        let meta = format!("<meta charset=\"{label}\">");
        let (hits, outcome) = found(&HTML, &page(&meta, text));
        assert_eq!(
            (hits, outcome.charset.1),
            (1, CharsetSource::Document),
            "{label}"
        );
    }
}

#[test]
fn fonts_of_those_days_tell_their_set() {
    for (font, text, charset) in [
        ("<font face=\".VnTime\">", TCVN3, Charset::Tcvn3),
        ("<p style='font-family: .VnArial'>", TCVN3, Charset::Tcvn3),
        ("<font face=VNI-Times>", VNI, Charset::Vni),
        ("<font face=\"VPS Times\">", VPS, Charset::Vps),
    ] {
        let latin = "<meta charset=iso-8859-1>";
        for before in [font.to_owned(), format!("{latin}{font}")] {
            let (hits, outcome) = found(&HTML, &page(&before, text));
            assert_eq!(hits, 1, "{font}");
            assert_eq!(outcome.charset, (charset, CharsetSource::Fonts), "{font}");
        }
        // A page that says UTF-8 is UTF-8, whatever fonts it names.
        let utf_8 = format!("<meta charset=utf-8>{font}");
        let (hits, outcome) = found(&HTML, &page(&utf_8, "nổ hũ đổi thưởng".as_bytes()));
        assert_eq!((hits, outcome.charset.0), (1, Charset::Utf8), "{font}");
    }
}

#[test]
fn marks_and_undeclared_bytes_are_looked_at() {
    let text = "nổ hũ đổi thưởng";
    let (hits, outcome) = found(&HTML, &page("\u{FEFF}", text.as_bytes()));
    assert_eq!(
        (hits, outcome.charset),
        (1, (Charset::Utf8, CharsetSource::Mark))
    );
    let utf_16: Vec<u8> = format!("\u{FEFF}<p>{text}</p>")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let (hits, outcome) = found(&HTML, &utf_16);
    assert_eq!((hits, outcome.charset.1), (1, CharsetSource::Mark));
    let (hits, outcome) = found(&HTML, &page("", text.as_bytes()));
    assert_eq!(
        (hits, outcome.charset),
        (1, (Charset::Utf8, CharsetSource::Guess))
    );
    // The first word beyond ASCII comes late.
    let late = page(&"<p>plain words</p>".repeat(2000), text.as_bytes());
    let (hits, outcome) = found(&HTML, &late);
    assert_eq!(
        (hits, outcome.charset),
        (1, (Charset::Utf8, CharsetSource::Guess))
    );
    // Legacy sets are never guessed from letters: no label, no find, and no other harm.
    let (hits, _) = found(&HTML, &page("", VISCII));
    assert_eq!(hits, 0);
}

#[test]
fn a_wrong_label_finds_nothing_and_does_no_harm() {
    let head = PageHead {
        content_type: "text/html; charset=utf-8",
        ..HTML
    };
    for (_, text) in ALL {
        assert_eq!(found(&head, &page("", text)).0, 0);
    }
    assert_eq!(
        found(
            &HTML,
            &page("<meta charset=no-such-set>", "nổ hũ đổi thưởng".as_bytes())
        )
        .0,
        1
    );
}
