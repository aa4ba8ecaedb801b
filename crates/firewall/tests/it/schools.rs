//! Schools whose rules are looked at.

use lachan_firewall::{
    Bridge, Burst, DirectAddresses, Fail, Handling, Management, Mode, Plan, Ports, ProxyPorts,
    Rescue, Transport, WaysRound,
};
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
        resolvers: ranges(&["1.1.1.1", "8.8.8.0/24", "2606:4700:4700::1111"]),
        tunnels: ranges(&["198.18.0.0/15", "2001:db8:9::/48"]),
        shared: ranges(&["104.16.248.249", "2606:4700::6810:f8f9"]),
        spared: Vec::new(),
        proxy: None,
        rescue: Rescue::default(),
        direct_ports: Vec::new(),
        direct_networks: Vec::new(),
        own_ports: Vec::new(),
        bridge: None,
        management: Management {
            ports: vec![22, 8443],
            from: vec!["10.6.200.0/24".parse().unwrap()],
        },
        burst: Some(Burst {
            per_second: 100,
            burst: 400,
        }),
        connections: Some(4096),
        dns_port: 53,
    }
}

fn ranges(subnets: &[&str]) -> Vec<(u128, u128)> {
    let subnets = subnets.iter().map(|text| text.parse::<Subnet>().unwrap());
    subnets.map(|net| (net.first(), net.last())).collect()
}

fn ports(transport: Transport, first: u16, last: u16) -> Ports {
    let range = first..=last;
    Ports { transport, range }
}

/// The same school with a proxy; its staff is led on while nobody answers, its oldest pupils fail
/// open though their ways round are shut, and primary school has few ports.
pub(crate) fn proxied(groups: &Groups) -> Plan<'_> {
    let mut plan = gateway(groups);
    plan.proxy = Some(ProxyPorts {
        http: 8081,
        tls: 8444,
        mark: 0x4C43,
        table: 19_523,
    });
    plan.spared = vec!["203.0.113.0/24".parse().unwrap()];
    plan.rescue = Rescue {
        v4: Some("9.9.9.9:53".parse().unwrap()),
        v6: Some("[2620:fe::fe]:53".parse().unwrap()),
    };
    plan.handlings[Tier::Thpt.index()].fail = Fail::Open;
    plan.handlings[Tier::TieuHoc.index()].direct = DirectAddresses::Reject;
    plan.direct_ports = vec![
        ports(Transport::Udp, 123, 123),
        ports(Transport::Tcp, 5228, 5230),
    ];
    plan.direct_networks = vec!["198.51.100.0/24".parse().unwrap()];
    plan
}

/// A school whose devices have a proxy set, on a box that is their way out.
pub(crate) fn explicit(groups: &Groups) -> Plan<'_> {
    Plan {
        mode: Mode::Proxy,
        own_ports: vec![
            ports(Transport::Tcp, 53, 53),
            ports(Transport::Udp, 53, 53),
            ports(Transport::Tcp, 3128, 3128),
        ],
        ..gateway(groups)
    }
}

/// A school whose box is a wire.
pub(crate) fn bridged(groups: &Groups) -> Plan<'_> {
    let bridge = || "br0".parse().unwrap();
    let mut plan = Plan {
        mode: Mode::Bridge,
        inside: vec![bridge()],
        outside: Some(bridge()),
        bridge: Some(Bridge {
            ports: vec!["eth1".parse().unwrap()],
            address: "02:00:00:00:00:01".parse().unwrap(),
        }),
        ..proxied(groups)
    };
    plan.handlings[Tier::Staff.index()].ways_round = WaysRound::Reject;
    plan
}

/// A school whose devices only ask the box for names.
pub(crate) fn resolver(groups: &Groups) -> Plan<'_> {
    Plan {
        mode: Mode::Resolver,
        inside: vec!["eth0".parse().unwrap()],
        outside: None,
        management: Management::default(),
        burst: None,
        connections: None,
        ..gateway(groups)
    }
}
