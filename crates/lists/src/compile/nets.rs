//! Address ranges of many lists to disjoint ranges with one row each.

use std::collections::BTreeMap;

use lachan_policy::Scope;
use lachan_policy::ruleset::SourceRef;

use super::rows::Rows;

/// First number of the IPv4-mapped addresses (`::ffff:0:0/96`).
const MAPPED: u128 = 0xFFFF_0000_0000;
const MAPPED_LAST: u128 = 0xFFFF_FFFF_FFFF;

/// Ranges as `lachan_policy::address_bits` numbers them: IPv4 mapped into IPv6.
#[derive(Default)]
pub(super) struct Nets {
    ranges: Vec<(u128, u128, u16)>,
}

/// A disjoint range and its row.
type Segment = (u128, u128, u32);

impl Nets {
    /// Takes a range of a list, both ends included.
    pub(super) fn push(&mut self, first: u128, last: u128, list: u16) {
        self.ranges.push((first, last, list));
    }

    /// How many ranges each list gave, added to `counts`.
    pub(super) fn count(&self, counts: &mut [u64]) {
        for (_, _, list) in &self.ranges {
            counts[usize::from(*list)] += 1;
        }
    }

    /// Sweeps over all ends; neighbours with the same lists become one range.
    fn segments(&self, rows: &mut Rows) -> Vec<Segment> {
        let mut changes: BTreeMap<u128, Vec<(u16, bool)>> = BTreeMap::new();
        for (first, last, list) in &self.ranges {
            changes.entry(*first).or_default().push((*list, true));
            if let Some(after) = last.checked_add(1) {
                changes.entry(after).or_default().push((*list, false));
            }
        }
        let mut active: BTreeMap<u16, u32> = BTreeMap::new();
        let mut segments: Vec<Segment> = Vec::new();
        let mut from = 0;
        for (at, changed) in changes {
            close(&mut segments, from, at - u128::from(at > 0), &active, rows);
            for (list, opens) in changed {
                let depth = active.entry(list).or_default();
                *depth = if opens {
                    *depth + 1
                } else {
                    depth.saturating_sub(1)
                };
            }
            active.retain(|_, depth| *depth > 0);
            from = at;
        }
        close(&mut segments, from, u128::MAX, &active, rows);
        segments
    }

    /// The two sections, IPv4 and IPv6.
    pub(super) fn to_bytes(&self, rows: &mut Rows) -> (Vec<u8>, Vec<u8>) {
        let (mut v4, mut v6): (Vec<Segment>, Vec<Segment>) = (Vec::new(), Vec::new());
        for (first, last, row) in self.segments(rows) {
            // A range of IPv6 that spans the mapped part speaks of IPv6 only.
            if (MAPPED..=MAPPED_LAST).contains(&first) && last <= MAPPED_LAST {
                v4.push((first - MAPPED, last - MAPPED, row));
            } else {
                v6.push((first, last, row));
            }
        }
        (section(&v4, 4), section(&v6, 16))
    }
}

fn close(
    segments: &mut Vec<Segment>,
    from: u128,
    to: u128,
    active: &BTreeMap<u16, u32>,
    rows: &mut Rows,
) {
    if active.is_empty() {
        return;
    }
    let sources = active
        .keys()
        .map(|list| SourceRef {
            list: *list,
            scope: Scope::Suffix,
        })
        .collect::<Vec<_>>();
    let row = rows.intern(&sources);
    match segments.last_mut() {
        Some(last) if last.2 == row && last.1.checked_add(1) == Some(from) => last.1 = to,
        _ => segments.push((from, to, row)),
    }
}

/// All starts, then all ends (`width` bytes each), then all rows.
fn section(segments: &[Segment], width: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(segments.len() * (2 * width + 4));
    for (first, _, _) in segments {
        bytes.extend_from_slice(&first.to_le_bytes()[..width]);
    }
    for (_, last, _) in segments {
        bytes.extend_from_slice(&last.to_le_bytes()[..width]);
    }
    for (_, _, row) in segments {
        bytes.extend_from_slice(&row.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::{Subnet, address_bits};

    fn nets(ranges: &[(&str, u16)]) -> Nets {
        let mut nets = Nets::default();
        for (text, list) in ranges {
            let subnet: Subnet = text.parse().unwrap();
            nets.push(subnet.first(), subnet.last(), *list);
        }
        nets
    }

    #[test]
    fn overlaps_become_disjoint_ranges_with_both_lists() {
        let mut rows = Rows::default();
        let segments = nets(&[("10.0.0.0/24", 0), ("10.0.0.128/25", 1), ("10.0.1.0/24", 0)])
            .segments(&mut rows);
        let at = |text: &str| address_bits(text.parse().unwrap());
        assert_eq!(
            segments,
            [
                (at("10.0.0.0"), at("10.0.0.127"), 0),
                (at("10.0.0.128"), at("10.0.0.255"), 1),
                (at("10.0.1.0"), at("10.0.1.255"), 0),
            ]
        );
    }

    #[test]
    fn families_go_to_their_own_sections() {
        let mut rows = Rows::default();
        let (v4, v6) = nets(&[
            ("0.0.0.0/0", 0),
            ("2001:db8::/32", 0),
            ("255.255.255.255", 0),
        ])
        .to_bytes(&mut rows);
        assert_eq!((v4.len(), v6.len()), (12, 36));
        assert_eq!(v4[..8], [0, 0, 0, 0, 255, 255, 255, 255]);
    }
}
