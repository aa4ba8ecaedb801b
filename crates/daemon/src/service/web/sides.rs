//! Who is on which side of the pages: by address and subnet only. Hardware addresses and interfaces
//! play no part: what is known of a device at this moment may change, and who claims another's would be
//! on her side. Pure.

use std::net::IpAddr;

use lachan_config::Config;
use lachan_policy::{Group, Groups, Subnet, Tier, Who};
use lachan_web::Side;

/// The networks from which the box is looked after.
fn management(config: &Config) -> impl Iterator<Item = &Subnet> {
    let from = &config.network.management_from;
    config.web.management.iter().chain(from)
}

/// Whether nothing parts the management side from pupils' networks.
pub(super) fn is_flat(config: &Config) -> bool {
    management(config).next().is_none()
}

/// The side of an address.
pub(super) fn side(config: &Config, groups: &Groups, address: IpAddr) -> Side {
    let address = address.to_canonical();
    // Whoever is on the box itself could do more than its pages let her.
    if address.is_loopback() || management(config).any(|net| net.contains(address)) {
        return Side::Management;
    }
    let (position, _) = groups.recognise(&Who::at(address));
    let tier = groups.all().get(position).map(|group| group.tier);
    // The first group is that of unknown devices.
    let is_grouped = position != 0;
    let is_staff = is_grouped && tier == Some(Tier::Staff);
    // Where no network of staff is parted from the pupils' either, the administrator sits among them:
    // shut out, nobody could look after the box.
    let of_staff = |group: &Group| group.tier == Tier::Staff && !group.subnets.is_empty();
    let is_parted = groups.all().iter().skip(1).any(of_staff);
    let is_of_pupils = is_grouped && !is_staff && is_parted;
    if is_flat(config) && !is_of_pupils && is_inside(address) {
        return Side::Management;
    }
    let is_named = config.web.staff.iter().any(|net| net.contains(address));
    if is_staff || is_named {
        Side::Staff
    } else {
        Side::Pupils
    }
}

/// Addresses of networks inside (RFC 1918, RFC 4193, RFC 3927, RFC 4291 §2.5.6): a box that somebody
/// put on the Internet by mistake is not set up from there.
fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_private() || four.is_link_local(),
        IpAddr::V6(six) => six.is_unique_local() || six.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::GroupId;

    fn check(settings: &str, all: &[(&str, Tier, &str)], expected: &[(&str, Side)]) {
        let config = Config::parse(&format!("version = \"v1\"\n{settings}\n"), "x").unwrap();
        let unknown = Group::new(GroupId(0), "unknown", Tier::TieuHoc);
        let all = (1..).zip(all).map(|(id, (name, tier, subnet))| {
            let mut group = Group::new(GroupId(id), name, *tier);
            group.subnets = vec![subnet.parse().unwrap()];
            group
        });
        let groups = Groups::new(unknown, all.collect()).unwrap();
        for (address, expected) in expected {
            let found = side(&config, &groups, address.parse().unwrap());
            assert_eq!(found, *expected, "{settings} {address}");
        }
    }

    #[test]
    fn named_networks_part_the_sides() {
        let all = [
            ("6A", Tier::Thcs, "10.6.0.0/16"),
            ("gv", Tier::Staff, "10.1.0.0/24"),
        ];
        check(
            "[web]\nmanagement = [\"10.0.0.0/24\"]\nstaff = [\"10.2.0.0/24\"]",
            &all,
            &[
                ("10.0.0.7", Side::Management),
                ("::ffff:10.0.0.7", Side::Management),
                ("127.0.0.1", Side::Management),
                ("::1", Side::Management),
                ("10.1.0.7", Side::Staff),
                ("10.2.0.7", Side::Staff),
                ("10.6.0.7", Side::Pupils),
                ("10.9.0.7", Side::Pupils),
                ("fd00::7", Side::Pupils),
            ],
        );
    }

    #[test]
    fn on_a_flat_network_nobody_is_shut_out_of_her_own_box() {
        let inside = [
            ("192.168.1.7", Side::Management),
            ("fd00::7", Side::Management),
            ("203.0.113.9", Side::Pupils),
        ];
        check("", &[], &inside);
        // One group for the whole school: the administrator sits in it.
        check("", &[("all", Tier::Thcs, "192.168.1.0/24")], &inside);
        // Once staff have a network of their own, pupils' groups are pupils'.
        let parted = [
            ("6A", Tier::Thcs, "192.168.6.0/24"),
            ("gv", Tier::Staff, "192.168.1.0/24"),
        ];
        let sides = [
            ("192.168.1.7", Side::Management),
            ("192.168.6.7", Side::Pupils),
            ("192.168.9.7", Side::Management),
            ("203.0.113.9", Side::Pupils),
        ];
        check("", &parted, &sides);
    }
}
