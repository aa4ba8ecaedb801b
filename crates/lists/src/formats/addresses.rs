//! Lists of addresses: `address`, `address/length` or `first-last` a line.

use super::item::{Item, Out};
use super::range::AddressRange;
use super::{Parser, comment};

pub(super) struct Addresses;

impl Parser for Addresses {
    fn comment_start(&self, line: &[u8]) -> usize {
        comment::of_plain(line).min(comment::of_hash(line))
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        out.result(AddressRange::parse(text.trim()).map(Item::Net));
    }
}
