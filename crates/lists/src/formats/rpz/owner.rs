//! Owner names of a policy zone: what they trigger on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use lachan_policy::{Scope, Subnet};

use super::super::item::shortened;
use super::super::range::AddressRange;
use super::super::reason::Reason;

/// What an owner name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// The zone's own name.
    Apex,
    /// The name asked for, in lower case without the zone's name; not checked yet.
    Name {
        /// The name without `*.`.
        text: String,
        /// `Exact`, or `Below` for a wildcard.
        scope: Scope,
    },
    /// `….rpz-ip`: an address in the answer.
    Net(AddressRange),
}

/// The zone's name and the origin at this place, lower case without the dot at the end; the root
/// is empty.
#[derive(Default)]
pub(super) struct Zone {
    apex: Option<String>,
    origin: Option<String>,
}

impl Zone {
    /// `$ORIGIN`.
    pub(super) fn set_origin(&mut self, text: &str) {
        self.origin = Some(self.absolute(text));
    }

    /// The owner of the SOA, which opens every complete zone.
    pub(super) fn set_apex(&mut self, owner: &str) {
        let apex = match (owner, &self.origin) {
            ("@", None) => return, // the zone's name stands in the server's configuration only
            _ => self.absolute(owner),
        };
        if self.origin.is_none() {
            self.origin = Some(apex.clone());
        }
        self.apex = Some(apex);
    }

    /// The name `text` stands for at this place.
    fn absolute(&self, text: &str) -> String {
        let text = text.to_ascii_lowercase();
        let origin = self.origin.as_deref().unwrap_or_default();
        match text.strip_suffix('.') {
            Some(absolute) => absolute.to_owned(),
            None if text == "@" => origin.to_owned(),
            None if origin.is_empty() => text,
            None => format!("{text}.{origin}"),
        }
    }

    /// What an owner triggers on.
    pub(super) fn owner(&mut self, text: &str) -> Result<Owner, Reason> {
        // A zone without an SOA is named by its first origin.
        if self.apex.is_none() {
            self.apex.clone_from(&self.origin);
        }
        let full = self.absolute(text);
        let apex = self.apex.as_deref().unwrap_or_default();
        if full == apex {
            return Ok(Owner::Apex);
        }
        if apex.is_empty() {
            return trigger(full);
        }
        let inner = full
            .strip_suffix(apex)
            .and_then(|inner| inner.strip_suffix('.'));
        match inner {
            Some(inner) => trigger(inner.to_owned()),
            None => Err(Reason::OutOfZone(shortened(apex, 60))),
        }
    }
}

/// RPZ §4: the last label of the owner says which trigger it is.
fn trigger(mut text: String) -> Result<Owner, Reason> {
    if let Some(encoded) = text.strip_suffix(".rpz-ip") {
        return decode(encoded).map(Owner::Net);
    }
    for kind in ["rpz-nsdname", "rpz-nsip", "rpz-client-ip"] {
        if text.ends_with(kind) {
            return Err(Reason::Trigger(kind));
        }
    }
    if text == "*" {
        return Err(Reason::Wildcard);
    }
    let scope = if text.starts_with("*.") {
        Scope::Below
    } else {
        Scope::Exact
    };
    if scope == Scope::Below {
        text.drain(..2);
    }
    Ok(Owner::Name { text, scope })
}

/// `24.0.2.0.192` and `48.zz.101.db8.2001`: prefix length, then the address from its end
/// (RPZ §4.1.1).
fn decode(encoded: &str) -> Result<AddressRange, Reason> {
    const FORM: Reason = Reason::Form("`PREFIX.REVERSED-ADDRESS.rpz-ip`");
    let (length, reversed) = encoded.split_once('.').ok_or(FORM)?;
    let labels = reversed.rsplit('.').collect::<Vec<_>>();
    let dotted: Option<IpAddr> = labels.join(".").parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    let address = dotted
        .or_else(|| colons(&labels).map(IpAddr::V6))
        .ok_or(FORM)?;
    let most: u8 = if address.is_ipv4() { 32 } else { 128 };
    let wrong = || Reason::PrefixLength(shortened(length, 20));
    let bits = length
        .parse::<u8>()
        .ok()
        .filter(|bits| *bits <= most)
        .ok_or_else(wrong)?;
    let subnet = Subnet::around(address, bits);
    let exact = subnet.first() == lachan_policy::address_bits(address);
    if exact {
        Ok(AddressRange::from(subnet))
    } else {
        Err(Reason::HostBits(subnet))
    }
}

/// IPv6 words in order; `zz` stands for `::`.
fn colons(labels: &[&str]) -> Option<Ipv6Addr> {
    let words = labels
        .iter()
        .map(|label| if *label == "zz" { "" } else { *label });
    let mut text = words.collect::<Vec<_>>().join(":");
    if labels.first() == Some(&"zz") {
        text.insert(0, ':');
    }
    if labels.last() == Some(&"zz") {
        text.push(':');
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_net(encoded: &str, expected: Result<&str, &str>) {
        let got = decode(encoded)
            .map(|range| range.to_string())
            .map_err(|reason| reason.id());
        assert_eq!(got, expected.map(str::to_owned), "{encoded}");
    }

    #[test]
    fn addresses_are_decoded() {
        check_net("32.1.2.0.192", Ok("192.0.2.1"));
        check_net("24.0.2.0.192", Ok("192.0.2.0-192.0.2.255"));
        check_net("128.57.zz.101.db8.2001", Ok("2001:db8:101::57"));
        check_net("127.0.zz.db8.2001", Ok("2001:db8::-2001:db8::1"));
        check_net(
            "32.zz.db8.2001",
            Ok("2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        );
        check_net("128.1.zz", Ok("::1"));
        check_net("33.1.2.0.192", Err("prefix-length"));
        check_net("24.1.2.0.192", Err("host-bits"));
        check_net("x.1.2.0.192", Err("prefix-length"));
        check_net("24", Err("form"));
        check_net("24.a.b", Err("form"));
    }

    fn owner(zone: &mut Zone, text: &str) -> String {
        match zone.owner(text) {
            Ok(Owner::Apex) => "apex".to_owned(),
            Ok(Owner::Name {
                text,
                scope: Scope::Below,
            }) => format!("*.{text}"),
            Ok(Owner::Name { text, .. }) => text,
            Ok(Owner::Net(range)) => range.to_string(),
            Err(reason) => format!("! {}", reason.id()),
        }
    }

    #[test]
    fn the_zone_is_taken_off_its_names() {
        let mut zone = Zone::default();
        zone.set_apex("RPZ.local.");
        for (text, expected) in [
            ("a.vn", "a.vn"),
            ("*.a.vn", "*.a.vn"),
            ("A.vn.rpz.LOCAL.", "a.vn"),
            ("@", "apex"),
            ("rpz.local.", "apex"),
            ("a.vn.", "! out-of-zone"),
            ("a.xrpz.local.", "! out-of-zone"),
            ("*", "! wildcard"),
            ("32.1.2.0.192.rpz-ip", "192.0.2.1"),
            ("ns.a.vn.rpz-nsdname", "! trigger"),
            ("8.0.0.0.10.rpz-client-ip", "! trigger"),
        ] {
            assert_eq!(owner(&mut zone, text), expected, "{text}");
        }
    }

    #[test]
    fn origins_move_inside_the_zone() {
        let mut zone = Zone::default();
        zone.set_origin("rpz.local.");
        assert_eq!(owner(&mut zone, "a.vn"), "a.vn");
        zone.set_origin("com");
        assert_eq!(owner(&mut zone, "b"), "b.com");
        zone.set_origin(".");
        assert_eq!(owner(&mut zone, "c.com.rpz.local"), "c.com");
    }

    #[test]
    fn without_any_origin_names_stand_for_themselves() {
        let mut zone = Zone::default();
        assert_eq!(owner(&mut zone, "a.vn"), "a.vn");
        assert_eq!(owner(&mut zone, "a.vn."), "a.vn");
        zone.set_apex("@");
        assert_eq!(owner(&mut zone, "b.vn"), "b.vn");
        assert_eq!(owner(&mut zone, "@"), "apex");
    }
}
