//! Schools whose rules are looked at.

use lachan_firewall::{Burst, Handling, Management, Mode, Plan};
use lachan_policy::{Group, GroupId, Groups, Subnet, Tier};

fn group(id: u32, name: &str, tier: Tier, selectors: &[&str]) -> Group {
    let mut group = Group::new(GroupId(id), name, tier);
    for text in selectors {
        if let Some(interface) = text.strip_prefix('@') {
            group.interfaces.push(interface.parse().unwrap());
        } else if let Ok(mac) = text.parse() {
            group.macs.push(mac);
        } else {
            group.subnets.push(text.parse().unwrap());
        }
    }
    group
}

/// Two classes, a laboratory and the staff, known in every way a device can be.
pub(crate) fn groups() -> Groups {
    let others = vec![
        group(1, "6A", Tier::Thcs, &["10.6.0.0/16", "fd00:6::/64"]),
        group(2, "phong-tin", Tier::Thpt, &["@lab0"]),
        group(
            3,
            "giao-vien",
            Tier::Staff,
            &["10.6.200.0/24", "3c:22:fb:0a:b1:9e"],
        ),
    ];
    let unknown = Group::new(GroupId(0), "unknown", Tier::TieuHoc);
    Groups::new(unknown, others).unwrap()
}

/// A school whose box routes between two interfaces inside and one outside.
pub(crate) fn gateway(groups: &Groups) -> Plan<'_> {
    let name = |name: &str| name.parse().unwrap();
    Plan {
        mode: Mode::Gateway,
        inside: vec![name("lan0"), name("lab0")],
        outside: Some(name("wan0")),
        groups,
        handlings: Tier::ALL.map(Handling::of),
        resolvers: ["1.1.1.1", "8.8.8.0/24", "2606:4700:4700::1111"]
            .map(|text| text.parse::<Subnet>().unwrap())
            .map(|subnet| (subnet.first(), subnet.last()))
            .to_vec(),
        management: Management {
            ports: vec![22, 8443],
            from: vec!["10.6.200.0/24".parse().unwrap()],
        },
        burst: Some(Burst {
            per_second: 100,
            burst: 400,
        }),
        dns_port: 53,
    }
}

/// A school whose devices only ask the box for names.
pub(crate) fn resolver(groups: &Groups) -> Plan<'_> {
    Plan {
        mode: Mode::Resolver,
        inside: vec!["eth0".parse().unwrap()],
        outside: None,
        management: Management::default(),
        burst: None,
        ..gateway(groups)
    }
}
