//! `scripts/bench page`: what it costs to read and score a page of 50 kB with the lists that ship, beside
//! e2guardian in the same run. It is to become a part of `scripts/bench proxy`.
//!
//! Ours is measured in this process, as CPU time of the thread: a page comes packed with gzip, in pieces
//! of 16 KiB as from a connection, and is unpacked, decoded, read, scored and judged for a tier
//! (`page_ms`; `plain_us` without gzip). The median of many rounds counts.
//!
//! e2guardian (Debian's package, as it is configured there, one address and few workers) is a process; its
//! CPU time is what the kernel counted for it while it passed the same page from a server in this
//! process, less what it takes for it with its phrase filter off. It gets the page unpacked.
//!
//! Left out on both sides is the network; on ours the making of the block page.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run should stop")]
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod html;
mod peer;

use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use lachan_lists::rules::Rules;
use lachan_policy::Tier;
use lachan_proxy::phrases::{Page, PageHead, PhraseSet};
use lachan_proxy::text::{Limits, TextKind};
use rustix::time::{ClockId, clock_gettime};

/// Size of a page, in bytes.
const PAGE: usize = 50_000;
/// Pieces as they come from a connection.
const PIECE: usize = 16 << 10;
const ROUNDS: usize = 401;
const QUICK_ROUNDS: usize = 101;
/// Pages a round.
const PAGES: usize = 10;

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let json = std::env::args().any(|arg| arg == "--json");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let rules = Rules::load(&rules).unwrap();
    let set = Arc::new(PhraseSet::compile(&rules.phrases).unwrap());
    let rounds = if quick { QUICK_ROUNDS } else { ROUNDS };
    let pages = [
        ("article", html::page(PAGE, html::Kind::Article)),
        ("text only", html::page(PAGE, html::Kind::Text)),
        ("door-way", html::page(PAGE, html::Kind::Doorway)),
    ];
    let ours = pages
        .iter()
        .map(|(name, page)| (*name, Ours::measure(&set, page, rounds)));
    let ours = ours.collect::<Vec<_>>();
    let peer = peer::measure(&pages[0].1, quick);
    report(&set, &ours, peer.as_ref(), json);
}

/// Microseconds of CPU a page.
struct Ours {
    packed: f64,
    plain: f64,
    syllables: u64,
    fired: usize,
}

impl Ours {
    fn measure(set: &Arc<PhraseSet>, page: &[u8], rounds: usize) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(page).unwrap();
        let gzip = encoder.finish().unwrap();
        let outcome = read(set, "gzip", &gzip);
        let plain = read(set, "", page);
        assert_eq!(
            (&outcome.fired, outcome.decoded),
            (&plain.fired, page.len() as u64)
        );
        Self {
            packed: median(rounds, || black_box(read(set, "gzip", &gzip).syllables)),
            plain: median(rounds, || black_box(read(set, "", page).syllables)),
            syllables: outcome.syllables,
            fired: outcome.fired.len(),
        }
    }
}

/// Reads a body as the proxy does, and asks what a tier gets.
fn read(set: &Arc<PhraseSet>, coding: &str, body: &[u8]) -> lachan_proxy::phrases::Outcome {
    let head = PageHead {
        content_type: "text/html; charset=utf-8",
        content_encoding: coding,
        kind: TextKind::Html,
    };
    let mut page = Page::new(Arc::clone(set), &head, Limits::default());
    for piece in body.chunks(PIECE) {
        page.push(piece);
    }
    let outcome = page.finish();
    black_box(outcome.found(set, Tier::Thcs));
    outcome
}

/// The median over the rounds of a page's share, in microseconds of this thread.
fn median(rounds: usize, mut page: impl FnMut() -> u64) -> f64 {
    let mut all = (0..rounds)
        .map(|_| {
            let start = thread_time();
            for _ in 0..PAGES {
                page();
            }
            (thread_time() - start) / PAGES as f64
        })
        .collect::<Vec<_>>();
    all.sort_by(f64::total_cmp);
    all[rounds / 2]
}

/// CPU time of this thread, in microseconds.
fn thread_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

fn report(set: &PhraseSet, ours: &[(&str, Ours)], peer: Option<&peer::Peer>, json: bool) {
    let article = &ours[0].1;
    let theirs = peer.map(peer::Peer::scan);
    if json {
        let figures = serde_json::json!({
            "page_bytes": PAGE,
            "phrases": set.len(),
            "page_ms": article.packed / 1e3,
            "plain_us": article.plain,
            "text_only_us": ours[1].1.packed,
            "doorway_us": ours[2].1.packed,
            "e2guardian_ms": theirs.map(|scan| scan / 1e3),
            "e2guardian_unfiltered_ms": peer.map(|peer| peer.unfiltered / 1e3),
            "page_vs_e2guardian": theirs.map(|scan| article.packed / scan),
        });
        println!("{figures}");
        return;
    }
    println!(
        "{} phrases, automata of {} kB; pages of {PAGE} bytes",
        set.len(),
        set.memory() / 1000
    );
    println!(
        "{:<12} {:>10} {:>10} {:>10} {:>8}",
        "ours", "gzip µs", "plain µs", "syllables", "fired"
    );
    for (name, ours) in ours {
        let Ours {
            packed,
            plain,
            syllables,
            fired,
        } = ours;
        println!("{name:<12} {packed:>10.0} {plain:>10.0} {syllables:>10} {fired:>8}");
    }
    match (peer, theirs) {
        (Some(peer), Some(scan)) => {
            println!(
                "e2guardian, article: {:.0} µs filtered, {:.0} µs unfiltered",
                peer.filtered, peer.unfiltered
            );
            println!(
                "its scan {scan:.0} µs: ours takes 1/{:.0} of it",
                scan / article.packed
            );
        }
        _ => println!("e2guardian: not measured (neither installed nor to be fetched by apt-get)"),
    }
}
