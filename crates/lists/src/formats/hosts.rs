//! hosts(5): `ADDRESS NAME [NAME…] [# comment]`.
//!
//! Names that answer with a sink address are blocks, of the name and (as in every school filter)
//! of what lies below it. Any other address would be a rewrite and is refused. Lines of a bare name
//! occur in mixed lists and are taken as in a domain list; domain lists take hosts lines in return.

use std::net::{IpAddr, Ipv4Addr};

use lachan_policy::Scope;

use super::item::{Ignored, Item, Out};
use super::reason::Reason;
use super::{Parser, comment, plain, range};

const FORM: &str = "`ADDRESS NAME [NAME…]`";

pub(super) struct Hosts;

impl Parser for Hosts {
    fn comment_start(&self, line: &[u8]) -> usize {
        comment::of_plain(line)
    }

    fn line(&mut self, text: &str, out: &mut Out<'_>) {
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else { return };
        if let Some(address) = address(first) {
            return beside(address, words, out);
        }
        match words.next() {
            Some(_) => out.refuse(Reason::Form(FORM)),
            None if is_own(first) => out.ignore(Ignored::OwnHost),
            None => out.result(plain::entry(first)),
        }
    }
}

/// The names beside an address.
fn beside<'a>(address: IpAddr, names: impl Iterator<Item = &'a str>, out: &mut Out<'_>) {
    let mut names = names.peekable();
    if names.peek().is_none() {
        out.refuse(Reason::Form(FORM));
    }
    names.for_each(|name| take(address, name, out));
}

/// A line of a domain list that is one of a hosts file, as they get mixed; `false` when it is not.
pub(super) fn mixed_in(text: &str, out: &mut Out<'_>) -> bool {
    let mut words = text.split_whitespace();
    let address = words.next().and_then(|word| word.parse::<IpAddr>().ok());
    address.map(|address| beside(address, words, out)).is_some()
}

/// One name beside its address.
fn take(address: IpAddr, name: &str, out: &mut Out<'_>) {
    if is_own(name) {
        out.ignore(Ignored::OwnHost);
    } else if range::is_sink(address) {
        out.result(plain::host(name).map(|name| Item::block(name, Scope::Suffix)));
    } else {
        out.refuse(Reason::Rewrite(address.to_string()));
    }
}

/// The address at the start of a line: `0` stands for `0.0.0.0` in shortened lists, and link-local
/// addresses may carry their interface.
fn address(word: &str) -> Option<IpAddr> {
    if word == "0" {
        return Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    }
    word.split('%').next()?.parse().ok()
}

/// Names that mean the machine or its own network, as every hosts file has them at its top: names
/// without a dot (`localhost`, `broadcasthost`, `ip6-allnodes`), and `0.0.0.0` as a name.
fn is_own(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let own = [
        ".localdomain",
        ".localdomain4",
        ".localdomain6",
        ".localhost",
    ];
    !name.contains(['.', '/', ':', '。'])
        || name == "0.0.0.0"
        || own
            .iter()
            .any(|suffix| name.to_ascii_lowercase().ends_with(suffix))
}
