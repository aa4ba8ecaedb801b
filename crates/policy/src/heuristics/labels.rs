//! A name taken apart once, for all that looks at it.

use crate::name::{MAX_LABELS, Name};

/// The labels of a name, and which of them is the site's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labels<'n> {
    wire: &'n [u8],
    starts: &'n [u8],
    /// Position of the site's own label: the one before the top-level domain, or before a second
    /// level such as `com.vn`. A guess that costs nothing, where the public suffix list costs more
    /// than all the rest; only weights depend on it.
    pub(super) site: usize,
}

impl<'n> Labels<'n> {
    /// Takes a name apart, with a buffer of the caller's.
    #[inline]
    pub(super) fn of(name: &'n Name, buffer: &'n mut [u8; MAX_LABELS]) -> Self {
        let mut labels = Self {
            wire: name.as_wire(),
            starts: name.starts(buffer),
            site: 0,
        };
        let second = labels.starts.len().checked_sub(2);
        let below_a_second_level = second.filter(|second| {
            *second > 0
                && labels.ending().len() == 2
                && is_second_level(labels.at(labels.starts[*second]))
        });
        labels.site = below_a_second_level
            .map(|second| second - 1)
            .or(second)
            .unwrap_or(0);
        labels
    }

    /// Where the labels but the top-level domain begin, leftmost first.
    #[inline]
    pub(super) fn hosts(&self) -> &'n [u8] {
        self.starts.split_last().map_or(&[], |(_, hosts)| hosts)
    }

    /// The label that begins there.
    #[inline]
    pub(super) fn at(&self, start: u8) -> &'n [u8] {
        let start = usize::from(start);
        let length = self.wire.get(start).copied().map_or(0, usize::from);
        self.wire
            .get(start + 1..=start + length)
            .unwrap_or_default()
    }

    /// The top-level domain.
    #[inline]
    pub(super) fn ending(&self) -> &'n [u8] {
        self.starts.last().map_or(&[], |last| self.at(*last))
    }

    /// The wire forms of the name and those above it.
    pub(super) fn suffixes(&self) -> impl Iterator<Item = &'n [u8]> {
        let wire = self.wire;
        self.starts
            .iter()
            .map(move |start| &wire[usize::from(*start)..])
    }
}

/// Labels under which countries give names, where their top-level domain has two letters.
#[inline]
fn is_second_level(label: &[u8]) -> bool {
    matches!(
        label,
        b"com"
            | b"net"
            | b"org"
            | b"edu"
            | b"gov"
            | b"co"
            | b"ac"
            | b"or"
            | b"go"
            | b"info"
            | b"biz"
            | b"name"
            | b"pro"
            | b"health"
            | b"id"
            | b"io"
            | b"ai"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_is_the_label_before_the_suffix() {
        for (text, site) in [
            ("kuwin.com", "kuwin"),
            ("m.kuwin.com", "kuwin"),
            ("m.kuwin.com.vn", "kuwin"),
            ("com.vn", "com"),
            ("kuwin.co.uk", "kuwin"),
            ("kuwin.com.example", "com"),
            ("vn", ""),
        ] {
            let name = Name::from_text(text).unwrap();
            let mut buffer = [0; MAX_LABELS];
            let labels = Labels::of(&name, &mut buffer);
            let found = labels
                .hosts()
                .get(labels.site)
                .map_or(&[][..], |start| labels.at(*start));
            assert_eq!(found, site.as_bytes(), "{text}");
        }
        let mut buffer = [0; MAX_LABELS];
        let root = Labels::of(&Name::ROOT, &mut buffer);
        assert!(root.hosts().is_empty() && root.ending().is_empty());
    }
}
