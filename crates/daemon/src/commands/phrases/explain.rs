//! What a page turned out to be, as `--json` shows it. These names and values are part of the
//! interface.

use lachan_policy::phrases::PhraseSide;
use lachan_policy::{Action, CategorySet, Level, Tier};
use lachan_proxy::phrases::{Outcome, Scan, Sighting, Strength};
use lachan_proxy::text::{CharsetSource, Limits};
use serde::Serialize;

use super::judge::Judge;
use super::source::Body;

/// Places of one phrase that are told.
const EACH: usize = 3;

/// The explanation.
#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    pub(super) source: String,
    pub(super) status: Option<u16>,
    pub(super) content_type: String,
    /// Whether the proxy would scan a response of that type.
    pub(super) is_scanned_type: bool,
    pub(super) codings: Vec<&'static str>,
    pub(super) charset: &'static str,
    /// `mark`, `http`, `document`, `fonts` or `guess`.
    pub(super) charset_by: &'static str,
    /// `whole`, `start` or `unscanned`.
    pub(super) scan: &'static str,
    /// Why it was not scanned.
    pub(super) unscanned: Option<&'static str>,
    pub(super) bytes: usize,
    pub(super) decoded: u64,
    pub(super) syllables: u64,
    pub(super) letters: u64,
    /// Letters that only Vietnamese has.
    pub(super) marked: u64,
    /// Whether phrases without diacritics counted.
    pub(super) folded: bool,
    pub(super) teencode_version: u32,
    pub(super) lists: Vec<ListRow>,
    pub(super) fired: Vec<FiredRow>,
    pub(super) sightings: Vec<Place>,
    pub(super) tiers: Vec<TierRow>,
    pub(super) query: Option<QueryRow>,
}

/// One list with points.
#[derive(Debug, Serialize)]
pub(super) struct ListRow {
    pub(super) list: String,
    /// `block` or `allow`.
    pub(super) side: PhraseSide,
    pub(super) category: Option<String>,
    /// Points before the length was taken out.
    pub(super) points: u32,
    /// What thresholds are about.
    pub(super) score: u32,
    pub(super) distinct: u16,
    /// So many different phrases must fire.
    pub(super) needs_distinct: u8,
    /// By tier, youngest first; a score above it is found.
    pub(super) thresholds: Vec<u16>,
}

/// One phrase that fired.
#[derive(Debug, Serialize)]
pub(super) struct FiredRow {
    pub(super) phrase: String,
    pub(super) list: String,
    pub(super) count: u16,
    pub(super) points: u32,
}

/// Where a phrase was found.
#[derive(Debug, Serialize)]
pub(super) struct Place {
    pub(super) phrase: String,
    /// Syllables before it.
    pub(super) at: u64,
    pub(super) folded: bool,
    pub(super) before: String,
    pub(super) here: String,
    pub(super) after: String,
}

/// What a tier gets.
#[derive(Debug, Serialize)]
pub(super) struct TierRow {
    pub(super) tier: Tier,
    pub(super) action: Action,
    pub(super) category: Option<String>,
    pub(super) alert: bool,
    pub(super) level: &'static str,
    /// Categories that the phrases found.
    pub(super) found: Vec<String>,
    /// Categories that were near, or outweighed.
    pub(super) grey: Vec<String>,
    #[serde(skip)]
    pub(super) decided_by: Level,
}

/// The search words of the address.
#[derive(Debug, Serialize)]
pub(super) struct QueryRow {
    pub(super) text: String,
    pub(super) found: Vec<String>,
}

/// Reads and judges a page.
pub(super) fn explain(judge: &Judge, body: &Body, tier: Option<Tier>) -> Explanation {
    let set = &judge.set;
    let (outcome, sightings) = set.explain(&body.head(), &body.bytes, Limits::default(), EACH);
    let tiers = Tier::ALL
        .into_iter()
        .filter(|one| tier.is_none_or(|only| only == *one));
    let (scan, unscanned) = match outcome.scan {
        Scan::Whole => ("whole", None),
        Scan::Start => ("start", None),
        Scan::Unscanned(fault) => ("unscanned", Some(fault.id())),
    };
    Explanation {
        source: body.source.clone(),
        status: body.status,
        content_type: body.content_type.clone(),
        is_scanned_type: body.kind().is_some(),
        codings: outcome.codings.iter().map(|coding| coding.id()).collect(),
        charset: outcome.charset.0.name(),
        charset_by: source_id(outcome.charset.1),
        scan,
        unscanned,
        bytes: body.bytes.len(),
        decoded: outcome.decoded,
        syllables: outcome.syllables,
        letters: outcome.letters,
        marked: outcome.marked,
        folded: outcome.gate_open,
        teencode_version: set.teencode_version(),
        lists: lists(judge, &outcome),
        fired: fired(judge, &outcome),
        sightings: places(judge, &outcome, sightings),
        tiers: tiers
            .map(|tier| tier_row(judge, body, &outcome, tier))
            .collect(),
        query: body.query.as_ref().map(|text| query(judge, text, tier)),
    }
}

const fn source_id(source: CharsetSource) -> &'static str {
    match source {
        CharsetSource::Mark => "mark",
        CharsetSource::Http => "http",
        CharsetSource::Document => "document",
        CharsetSource::Fonts => "fonts",
        CharsetSource::Guess => "guess",
    }
}

fn lists(judge: &Judge, outcome: &Outcome) -> Vec<ListRow> {
    let scored = judge.set.lists().iter().zip(&outcome.scores);
    let mut rows: Vec<_> = scored
        .filter(|(_, score)| score.distinct > 0)
        .map(|(list, score)| ListRow {
            list: list.id.clone(),
            side: list.side,
            category: list.category.map(|category| judge.id(category)),
            points: score.sum,
            score: score.score,
            distinct: score.distinct,
            needs_distinct: list.distinct,
            thresholds: list.thresholds.clone(),
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.score));
    rows
}

fn fired(judge: &Judge, outcome: &Outcome) -> Vec<FiredRow> {
    let lists = judge.set.lists();
    let rows = outcome.fired.iter().map(|fired| FiredRow {
        phrase: judge
            .set
            .phrase(fired.phrase)
            .unwrap_or_default()
            .to_owned(),
        list: lists
            .get(usize::from(fired.list))
            .map_or_else(String::new, |list| list.id.clone()),
        count: fired.count,
        points: fired.points,
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.points));
    rows
}

/// The places of phrases that count; one inside a longer phrase, or behind the closed gate, does not.
fn places(judge: &Judge, outcome: &Outcome, sightings: Vec<Sighting>) -> Vec<Place> {
    let counts = |seen: &Sighting| {
        outcome
            .fired
            .iter()
            .any(|fired| fired.phrase == seen.phrase)
    };
    let seen = sightings.into_iter().filter(counts);
    seen.map(|seen| Place {
        phrase: judge.set.phrase(seen.phrase).unwrap_or_default().to_owned(),
        at: seen.at,
        folded: seen.folded,
        before: seen.before,
        here: seen.here,
        after: seen.after,
    })
    .collect()
}

fn tier_row(judge: &Judge, body: &Body, outcome: &Outcome, tier: Tier) -> TierRow {
    let found = outcome.found(&judge.set, tier);
    let grey = outcome.categories(&judge.set, tier, Strength::Grey);
    let verdict = judge.verdict(body.host.as_ref(), tier, found);
    TierRow {
        tier,
        action: verdict.action,
        category: verdict.category.map(|category| judge.id(category)),
        alert: verdict.alert,
        level: verdict.level.id(),
        found: ids(judge, found),
        grey: ids(judge, grey),
        decided_by: verdict.level,
    }
}

fn ids(judge: &Judge, categories: CategorySet) -> Vec<String> {
    categories
        .iter()
        .map(|category| judge.id(category))
        .collect()
}

fn query(judge: &Judge, text: &str, tier: Option<Tier>) -> QueryRow {
    let outcome = judge.set.score_query(text);
    let found = outcome.found(&judge.set, tier.unwrap_or(Tier::TieuHoc));
    QueryRow {
        text: text.to_owned(),
        found: ids(judge, found),
    }
}
