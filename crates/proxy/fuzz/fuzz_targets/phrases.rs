//! A body as a server may send it: the first three bytes choose coding, character set, kind of text
//! and how it is cut. Nothing may panic, whatever is cut must read the same, nothing that could not be
//! decoded may be found, and a normal form is one.

#![no_main]

use std::path::Path;
use std::sync::{Arc, LazyLock};

use lachan_lists::rules::Rules;
use lachan_policy::Tier;
use lachan_proxy::phrases::{Outcome, Page, PageHead, PhraseSet, Scan, search_query};
use lachan_proxy::text::{Fault, Limits, TextKind, normalise};
use libfuzzer_sys::fuzz_target;

static SET: LazyLock<Arc<PhraseSet>> = LazyLock::new(|| {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../rules");
    let rules = Rules::load(&rules).expect("the shipped rules");
    Arc::new(PhraseSet::compile(&rules.phrases).expect("the shipped phrases"))
});

const CODINGS: [&str; 8] = ["", "gzip", "deflate", "br", "zstd", "gzip, br", "zstd, gzip", "dcb"];
const TYPES: [&str; 8] = [
    "text/html",
    "text/html; charset=utf-8",
    "text/html; charset=windows-1258",
    "text/html; charset=viscii",
    "text/html; charset=tcvn3",
    "text/html; charset=vni",
    "text/html; charset=vps",
    "text/html; charset=utf-16",
];
const KINDS: [TextKind; 3] = [TextKind::Html, TextKind::Plain, TextKind::Json];

fn read(head: &PageHead<'_>, body: &[u8], piece: usize) -> Outcome {
    let mut page = Page::new(Arc::clone(&SET), head, Limits::default());
    for piece in body.chunks(piece.max(1)) {
        page.push(piece);
    }
    let _ = page.so_far();
    page.finish()
}

fuzz_target!(|input: &[u8]| {
    let [coding, charset, cut, body @ ..] = input else {
        return;
    };
    let head = PageHead {
        content_type: TYPES[usize::from(*charset) % TYPES.len()],
        content_encoding: CODINGS[usize::from(*coding) % CODINGS.len()],
        kind: KINDS[usize::from(*charset >> 4) % KINDS.len()],
    };
    let whole = read(&head, body, body.len());
    let pieces = read(&head, body, usize::from(*cut));
    // Where a bomb is noticed depends on what a decoder has taken in by then.
    let is_bomb = |outcome: &Outcome| outcome.scan == Scan::Unscanned(Fault::Bomb);
    if head.content_encoding.is_empty() || !(is_bomb(&whole) || is_bomb(&pieces)) {
        assert_eq!(whole.scan, pieces.scan);
        assert_eq!(whole.fired, pieces.fired);
    }
    if matches!(whole.scan, Scan::Unscanned(_)) {
        for tier in Tier::ALL {
            assert!(whole.found(&SET, tier).is_empty());
        }
    }
    let text = String::from_utf8_lossy(body);
    let once = normalise(&text);
    assert_eq!(normalise(&once), once);
    let _ = SET.score_query(&text);
    let _ = search_query("www.google.com.vn", &text);
    let _ = SET.explain(&head, body, Limits::default(), 2);
});
