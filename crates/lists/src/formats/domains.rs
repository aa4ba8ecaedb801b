//! Plain lists: one entry a line, in the project's own syntax, which takes in what such lists hold.
//!
//! | line | meaning |
//! |---|---|
//! | `name`, `.name` | the name and everything below it |
//! | `*.name` | everything below it, tenants of a shared host too |
//! | `=name` | the name only |
//! | address, CIDR, `first-last` | these addresses |
//! | `name/path`, `http://name/path` | this URL prefix |
//! | `0.0.0.0 name` | as in a hosts file: some "domain lists" are ones |

use super::item::{Item, Out};
use super::reason::Reason;
use super::{Parser, comment, hosts, plain, range};

pub(super) struct Domains;

impl Parser for Domains {
    fn comment_start(&self, line: &[u8]) -> usize {
        comment::of_plain(line)
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        let text = text.trim();
        if !text.contains(char::is_whitespace) {
            return out.result(plain::entry(text));
        }
        match range::of_entry(text) {
            Some(range) => out.result(range.map(Item::Net)),
            None if hosts::mixed_in(text, out) => {}
            None => out.refuse(Reason::Form("of one entry a line")),
        }
    }
}
