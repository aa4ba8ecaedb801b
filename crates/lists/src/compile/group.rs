//! From sorted records to names with all their sources, in canonical order.
//!
//! A list may take names off itself (AdBlock `@@`, RPZ passthru). Because a name comes right
//! before everything below it, one pass with the stack of the names above settles that, and finds
//! on the way the listed names that many others lie below: shared parents, for the report.

use std::collections::BinaryHeap;
use std::io;

use lachan_policy::ruleset::SourceRef;
use lachan_policy::{Name, Scope};

use super::key::{is_below, name_of_key};
use super::sort::{Mark, Payload, Sorted, shared_prefix};

/// A listed name below which many listed names lie.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SharedParent {
    /// How many listed names lie below it.
    pub below: u64,
    /// The name.
    pub name: Name,
    /// Whether what lies below is closed with it.
    pub covers: bool,
}

/// Below this many names a parent is not worth a line of the report.
const FEWEST_BELOW: u64 = 100;
/// How many shared parents the report holds.
const MOST_PARENTS: usize = 50;

/// What a pass found besides the names.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Distinct names.
    pub(super) names: u64,
    /// Most labels of any of them.
    pub(super) depth: usize,
    /// Fewest labels of any of them.
    pub(super) shallowest: usize,
    /// Distinct names by list.
    pub(super) entries: Vec<u64>,
    /// Names a list took off itself.
    pub(super) taken_off: u64,
    /// Allows that a parent in the same list still covers, by list.
    pub(super) covered_allows: Vec<(u16, Name)>,
    /// The parents most names lie below.
    pub(super) parents: Vec<SharedParent>,
}

/// A name above the current one.
struct Above {
    length: usize,
    sources: Vec<SourceRef>,
    allows: Vec<Payload>,
    below: u64,
}

/// Goes through the records and gives each name that at least one list keeps:
/// `visit(key, sources)`, the sources sorted and without repeats.
pub(super) fn visit_names(
    sorted: &mut Sorted,
    lists: usize,
    mut visit: impl FnMut(&[u8], &[SourceRef]) -> io::Result<()>,
) -> io::Result<Found> {
    let mut pass = Pass {
        found: Found {
            entries: vec![0; lists],
            ..Found::default()
        },
        above: Vec::new(),
        key: Vec::new(),
        payloads: Vec::new(),
        parents: BinaryHeap::new(),
    };
    sorted.visit(|key, payload| {
        if key != pass.key {
            pass.end_name(&mut visit)?;
            pass.leave(key);
            pass.key.clear();
            pass.key.extend_from_slice(key);
        }
        if pass.payloads.last() != Some(&payload) {
            pass.payloads.push(payload);
        }
        Ok(())
    })?;
    pass.end_name(&mut visit)?;
    pass.leave(&[]);
    pass.found.parents = pass
        .parents
        .into_sorted_vec()
        .into_iter()
        .map(|std::cmp::Reverse(parent)| parent)
        .collect();
    Ok(pass.found)
}

struct Pass {
    found: Found,
    above: Vec<Above>,
    key: Vec<u8>,
    payloads: Vec<Payload>,
    parents: BinaryHeap<std::cmp::Reverse<SharedParent>>,
}

impl Pass {
    /// Takes the names off the stack that `next` does not lie below.
    fn leave(&mut self, next: &[u8]) {
        let shared = shared_prefix(&self.key, next);
        while let Some(above) = self.above.last() {
            if above.length <= shared && is_below(next, &self.key[..above.length]) {
                break;
            }
            let Some(left) = self.above.pop() else { break };
            if let Some(parent) = self.above.last_mut() {
                parent.below += left.below + 1;
            }
            self.note_parent(&left);
        }
    }

    fn note_parent(&mut self, left: &Above) {
        if left.below < FEWEST_BELOW || left.sources.is_empty() {
            return;
        }
        if let Ok(name) = name_of_key(&self.key[..left.length]) {
            let covers = left
                .sources
                .iter()
                .any(|source| source.scope.covers_below());
            self.parents.push(std::cmp::Reverse(SharedParent {
                below: left.below,
                name,
                covers,
            }));
            if self.parents.len() > MOST_PARENTS {
                self.parents.pop();
            }
        }
    }

    /// Settles the name all of whose records have been seen.
    fn end_name(
        &mut self,
        visit: &mut impl FnMut(&[u8], &[SourceRef]) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.payloads.is_empty() {
            return Ok(());
        }
        let payloads = std::mem::take(&mut self.payloads);
        let (takes, entries): (Vec<_>, Vec<_>) = payloads
            .iter()
            .copied()
            .partition(|payload: &Payload| payload.mark.takes_off());
        let mut sources = Vec::with_capacity(entries.len());
        for entry in &entries {
            match self.left_of(entry, &takes) {
                Some(scope) => sources.push(SourceRef {
                    list: entry.list,
                    scope,
                }),
                None => self.found.taken_off += 1,
            }
        }
        self.note_covered_allows(&takes);
        merge_scopes(&mut sources);
        let reaching = |take: &Payload| {
            matches!(
                take.mark,
                Mark::AllowSuffix | Mark::AllowImportant | Mark::AllowBelow
            )
        };
        let allows = takes.into_iter().filter(reaching).collect();
        if !sources.is_empty() {
            self.count(&sources);
            visit(&self.key, &sources)?;
        }
        self.above.push(Above {
            length: self.key.len(),
            sources,
            allows,
            below: 0,
        });
        self.payloads = payloads;
        self.payloads.clear();
        Ok(())
    }

    /// What is left of an entry after what its list takes off again, here and at names above.
    fn left_of(&self, entry: &Payload, here: &[Payload]) -> Option<Scope> {
        let reaches = |take: &&Payload| {
            let important = matches!(take.mark, Mark::AllowImportant | Mark::Cancel);
            take.list == entry.list && (important || entry.mark != Mark::Important)
        };
        let mut above = self.above.iter().flat_map(|above| &above.allows);
        if above.any(|take| reaches(&take)) {
            return None;
        }
        let scope = scope_of(entry.mark);
        let (mut itself, mut below) = (scope.covers_itself(), scope.covers_below());
        for take in here.iter().filter(reaches) {
            itself &= take.mark == Mark::AllowBelow;
            below &= take.mark == Mark::AllowExact;
        }
        match (itself, below) {
            (true, true) => Some(Scope::Suffix),
            (true, false) => Some(Scope::Exact),
            (false, true) => Some(Scope::Below),
            (false, false) => None,
        }
    }

    fn count(&mut self, sources: &[SourceRef]) {
        self.found.names += 1;
        let labels = super::key::labels_of_key(&self.key);
        self.found.depth = self.found.depth.max(labels);
        self.found.shallowest = self.found.shallowest.min(labels);
        for source in sources {
            self.found.entries[usize::from(source.list)] += 1;
        }
    }

    /// An allow below a name that the same list closes with all below it changes nothing; it is
    /// told, not lost.
    fn note_covered_allows(&mut self, takes: &[Payload]) {
        for take in takes.iter().filter(|take| take.mark != Mark::Cancel) {
            let closes =
                |source: &SourceRef| source.list == take.list && source.scope.covers_below();
            if self
                .above
                .iter()
                .any(|above| above.sources.iter().any(closes))
                && let Ok(name) = name_of_key(&self.key)
            {
                self.found.covered_allows.push((take.list, name));
            }
        }
    }
}

fn scope_of(mark: Mark) -> Scope {
    match mark {
        Mark::Exact => Scope::Exact,
        Mark::Below => Scope::Below,
        _ => Scope::Suffix,
    }
}

/// One source a list: the name itself and what lies below are together the whole suffix.
fn merge_scopes(sources: &mut Vec<SourceRef>) {
    sources.sort_unstable();
    sources.dedup_by(|next, kept| {
        let same = next.list == kept.list;
        if same && next.scope != kept.scope {
            kept.scope = Scope::Suffix;
        }
        same
    });
}
