//! The parts of the settings that have a form: their values as JSON, and as the file writes them.
//!
//! A form knows some keys of its table; all others, and every comment, stay as they are in the file.

use std::collections::BTreeMap;

use lachan_config::edit::Value;
use lachan_config::unit::format_duration;
use lachan_config::{BlockAnswer, Config, Language, Switch};
use lachan_policy::Lesson;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::routes::accounts::LanguageTag;
use crate::routes::group_form::TierId;

/// What the file is to say: key paths with their values.
pub(crate) type Written = Vec<(&'static str, Value)>;

/// A part.
pub(crate) trait Part: Sized {
    /// Its values.
    fn of(config: &Config) -> Self;

    /// All of its keys, as the file writes them.
    fn written(&self) -> Written;

    /// What has to be written so that the file says this, where it says `before` and sets `_set`.
    fn changes(&self, before: &Self, _set: &[String]) -> Written {
        let before = before.written();
        let is_other = |(path, value): &(&'static str, Value)| {
            let same = before.iter().find(|(other, _)| other == path);
            same.is_none_or(|(_, other)| other != value)
        };
        self.written().into_iter().filter(is_other).collect()
    }
}

/// Who helps near the school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HelpView {
    name: String,
    /// Empty for none.
    #[serde(default)]
    phone: String,
    /// Empty for none.
    #[serde(default)]
    note: String,
}

/// `[school]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchoolPart {
    name: String,
    language: LanguageTag,
    /// An IANA name.
    time_zone: String,
    /// `tel:`, `mailto:` or `sips:`.
    contact: Vec<String>,
    help: Vec<HelpView>,
    /// Lessons of each day, Monday first, such as `07:00-07:45`.
    bells: Vec<Vec<String>>,
}

/// Days of the week as the file names them.
const DAYS: [&str; 7] = [
    "school.bells.monday",
    "school.bells.tuesday",
    "school.bells.wednesday",
    "school.bells.thursday",
    "school.bells.friday",
    "school.bells.saturday",
    "school.bells.sunday",
];

impl Part for SchoolPart {
    fn of(config: &Config) -> Self {
        let school = &config.school;
        let help = school.help.iter().map(|place| HelpView {
            name: place.name.clone(),
            phone: place.phone.clone(),
            note: place.note.clone(),
        });
        let day = |weekday| {
            let lessons = school.bells.lessons(weekday).iter();
            lessons.map(lesson).collect()
        };
        Self {
            name: school.name.clone(),
            language: match school.language {
                Language::Vietnamese => LanguageTag::Vi,
                Language::English => LanguageTag::En,
            },
            time_zone: school.time_zone.iana_name().unwrap_or_default().to_owned(),
            contact: school.contact.clone(),
            help: help.collect(),
            bells: (0..7).map(day).collect(),
        }
    }

    /// Without the bells, which [`Self::changes`] writes.
    fn written(&self) -> Written {
        let help = self.help.iter().map(|place| {
            let texts = [
                ("name", Some(&place.name)),
                ("phone", Some(&place.phone).filter(|text| !text.is_empty())),
                ("note", Some(&place.note).filter(|text| !text.is_empty())),
            ];
            table(texts.map(|(key, text)| (key, text.map(|text| Value::from(&**text)))))
        });
        vec![
            ("school.name", Value::from(&*self.name)),
            ("school.language", Value::from(self.language.id())),
            ("school.time-zone", Value::from(&*self.time_zone)),
            ("school.contact", texts(&self.contact)),
            ("school.help", Value::Array(help.collect())),
        ]
    }

    fn changes(&self, before: &Self, set: &[String]) -> Written {
        let old = before.written();
        let is_other = |(at, (_, value)): &(usize, (&str, Value))| old[*at].1 != *value;
        let others = self.written().into_iter().enumerate().filter(is_other);
        let mut all: Written = others.map(|(_, one)| one).collect();
        if self.bells != before.bells {
            all.extend(self.bells_written(set));
        }
        all
    }
}

impl SchoolPart {
    /// How many days its bells are of.
    pub(crate) fn days(&self) -> usize {
        self.bells.len()
    }

    /// The usual day once, and the days that differ from it or stand in the file already.
    fn bells_written(&self, set: &[String]) -> Written {
        let weekdays = self.bells.iter().take(6);
        let same = |day: &&Vec<String>| {
            let others = self.bells.iter().take(6);
            others.filter(|other| *other == *day).count()
        };
        let usual = weekdays.max_by_key(same).cloned().unwrap_or_default();
        let none = Vec::new();
        let mut all = vec![("school.bells.lessons", texts(&usual))];
        for (weekday, (path, day)) in DAYS.into_iter().zip(&self.bells).enumerate() {
            let unsaid = if weekday < 6 { &usual } else { &none };
            if day != unsaid || set.iter().any(|set| set == path) {
                all.push((path, texts(day)));
            }
        }
        all
    }
}

/// `[network]`: where the box stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkPart {
    /// `off`, `resolver`, `gateway`, `proxy` or `bridge`.
    mode: String,
    inside: Vec<String>,
    /// `none` where there is none.
    outside: String,
    /// `none` where there is none.
    bridge: String,
    fail_open: Vec<TierId>,
    ways_round_kept_for: Vec<TierId>,
    direct_addresses_refused_for: Vec<TierId>,
    management_ports: Vec<u16>,
    management_from: Vec<String>,
}

impl Part for NetworkPart {
    fn of(config: &Config) -> Self {
        let network = &config.network;
        let none = || "none".to_owned();
        let tiers = |all: &[lachan_policy::Tier]| all.iter().copied().map(TierId::of).collect();
        Self {
            mode: network.mode.id().to_owned(),
            inside: shown(&network.inside),
            outside: network
                .outside
                .as_ref()
                .map_or_else(none, ToString::to_string),
            bridge: network
                .bridge
                .as_ref()
                .map_or_else(none, ToString::to_string),
            fail_open: tiers(&network.fail_open),
            ways_round_kept_for: tiers(&network.ways_round_kept_for),
            direct_addresses_refused_for: tiers(&network.direct_addresses_refused_for),
            management_ports: network.management_ports.clone(),
            management_from: shown(&network.management_from),
        }
    }

    fn written(&self) -> Written {
        let ports = self.management_ports.iter();
        let ports = ports.map(|port| Value::from(i64::from(*port))).collect();
        vec![
            ("network.mode", Value::from(&*self.mode)),
            ("network.inside", texts(&self.inside)),
            ("network.outside", Value::from(&*self.outside)),
            ("network.bridge", Value::from(&*self.bridge)),
            ("network.fail-open", tiers(&self.fail_open)),
            (
                "network.ways-round-kept-for",
                tiers(&self.ways_round_kept_for),
            ),
            (
                "network.direct-addresses-refused-for",
                tiers(&self.direct_addresses_refused_for),
            ),
            ("network.management-ports", Value::Array(ports)),
            ("network.management-from", texts(&self.management_from)),
        ]
    }
}

/// What of `[resolver]` a school sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DnsPart {
    /// As in the file: `tls://9.9.9.9#dns.quad9.net`, `1.1.1.1`, …
    upstreams: Vec<String>,
    /// `nxdomain`, `nodata` or `address`.
    block_answer: String,
    /// The addresses of `address`.
    block_addresses: Vec<String>,
    /// The tier of devices in no group.
    unknown_tier: TierId,
}

impl Part for DnsPart {
    fn of(config: &Config) -> Self {
        let resolver = &config.resolver;
        let (answer, addresses) = match &resolver.block_answer {
            BlockAnswer::Nxdomain => ("nxdomain", Vec::new()),
            BlockAnswer::Nodata => ("nodata", Vec::new()),
            BlockAnswer::Address(all) => ("address", shown(all)),
        };
        Self {
            upstreams: shown(&resolver.upstreams),
            block_answer: answer.to_owned(),
            block_addresses: addresses,
            unknown_tier: TierId::of(resolver.unknown_devices.tier),
        }
    }

    fn written(&self) -> Written {
        vec![
            ("resolver.upstreams", texts(&self.upstreams)),
            ("resolver.block-answer", Value::from(&*self.block_answer)),
            ("resolver.block-addresses", texts(&self.block_addresses)),
            (
                "resolver.unknown-devices.tier",
                Value::from(self.unknown_tier.tier().id()),
            ),
        ]
    }
}

/// The addresses that devices behind one interface get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DhcpRangeView {
    interface: String,
    /// The box's own: `10.6.0.1/24`.
    address: String,
    first: String,
    last: String,
    /// Whether devices are told the IPv6 network.
    router_advertisements: bool,
}

/// What a single device gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DhcpFixedView {
    mac: String,
    /// Empty for none.
    #[serde(default)]
    address: String,
    /// Empty for none.
    #[serde(default)]
    name: String,
}

/// `[network.dhcp]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DhcpPart {
    /// `off`, `write` or `run`.
    mode: String,
    /// Such as `12h`.
    lease_time: String,
    domain: String,
    ranges: Vec<DhcpRangeView>,
    fixed: Vec<DhcpFixedView>,
}

impl Part for DhcpPart {
    fn of(config: &Config) -> Self {
        let dhcp = &config.network.dhcp;
        let ranges = dhcp.ranges.iter().map(|range| DhcpRangeView {
            interface: range.interface.to_string(),
            address: format!("{}/{}", range.address, range.length),
            first: range.first.to_string(),
            last: range.last.to_string(),
            router_advertisements: range.advertise.is_on(),
        });
        let fixed = dhcp.fixed.iter().map(|device| DhcpFixedView {
            mac: device.mac.to_string(),
            address: device
                .address
                .map(|one| one.to_string())
                .unwrap_or_default(),
            name: device.name.clone().unwrap_or_default(),
        });
        Self {
            mode: dhcp.mode.id().to_owned(),
            lease_time: format_duration(dhcp.lease_time),
            domain: dhcp.domain.clone(),
            ranges: ranges.collect(),
            fixed: fixed.collect(),
        }
    }

    fn written(&self) -> Written {
        let ranges = self.ranges.iter().map(|range| {
            table([
                ("interface", Some(Value::from(&*range.interface))),
                ("address", Some(Value::from(&*range.address))),
                ("first", Some(Value::from(&*range.first))),
                ("last", Some(Value::from(&*range.last))),
                (
                    "router-advertisements",
                    Some(switch(range.router_advertisements)),
                ),
            ])
        });
        let fixed = self.fixed.iter().map(|device| {
            let given = |text: &str| (!text.is_empty()).then(|| Value::from(text));
            table([
                ("mac", Some(Value::from(&*device.mac))),
                ("address", given(&device.address)),
                ("name", given(&device.name)),
            ])
        });
        vec![
            ("network.dhcp.mode", Value::from(&*self.mode)),
            ("network.dhcp.lease-time", Value::from(&*self.lease_time)),
            ("network.dhcp.domain", Value::from(&*self.domain)),
            ("network.dhcp.range", Value::Array(ranges.collect())),
            ("network.dhcp.static", Value::Array(fixed.collect())),
        ]
    }
}

/// `[proxy]`, without inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProxyPart {
    transparent: bool,
    /// Where the proxy listens that devices have set: `10.6.0.1:3128`.
    explicit: Vec<String>,
    block_page: Vec<String>,
    never_diverted: Vec<String>,
    inside_targets: Vec<String>,
}

impl Part for ProxyPart {
    fn of(config: &Config) -> Self {
        let proxy = &config.proxy;
        Self {
            transparent: proxy.transparent == Switch::On,
            explicit: shown(&proxy.explicit),
            block_page: shown(&proxy.block_page),
            never_diverted: shown(&proxy.never_diverted),
            inside_targets: shown(&proxy.inside_targets),
        }
    }

    fn written(&self) -> Written {
        vec![
            ("proxy.transparent", switch(self.transparent)),
            ("proxy.explicit", texts(&self.explicit)),
            ("proxy.block-page", texts(&self.block_page)),
            ("proxy.never-diverted", texts(&self.never_diverted)),
            ("proxy.inside-targets", texts(&self.inside_targets)),
        ]
    }
}

/// `[web]`: the pages themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebPart {
    listen: Vec<String>,
    names: Vec<String>,
    management: Vec<String>,
    staff: Vec<String>,
}

impl Part for WebPart {
    fn of(config: &Config) -> Self {
        let web = &config.web;
        Self {
            listen: shown(&web.listen),
            names: shown(&web.names),
            management: shown(&web.management),
            staff: shown(&web.staff),
        }
    }

    fn written(&self) -> Written {
        vec![
            ("web.listen", texts(&self.listen)),
            ("web.names", texts(&self.names)),
            ("web.management", texts(&self.management)),
            ("web.staff", texts(&self.staff)),
        ]
    }
}

/// All parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Parts {
    school: SchoolPart,
    network: NetworkPart,
    dns: DnsPart,
    dhcp: DhcpPart,
    proxy: ProxyPart,
    web: WebPart,
}

impl Parts {
    /// Of these settings.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            school: Part::of(config),
            network: Part::of(config),
            dns: Part::of(config),
            dhcp: Part::of(config),
            proxy: Part::of(config),
            web: Part::of(config),
        }
    }
}

fn shown<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn texts(all: &[String]) -> Value {
    Value::Array(all.iter().map(|text| Value::from(&**text)).collect())
}

fn tiers(all: &[TierId]) -> Value {
    Value::Array(all.iter().map(|one| Value::from(one.tier().id())).collect())
}

fn switch(is_on: bool) -> Value {
    Value::from(if is_on { "on" } else { "off" })
}

fn table<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let there = entries.into_iter();
    let there = there.filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::from(there.collect::<BTreeMap<_, _>>())
}

fn lesson(lesson: &Lesson) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", clock(lesson.from), clock(lesson.to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_config::{TEMPLATE, edit};
    use proptest::prelude::*;

    fn put<P: Part>(text: &str, part: &P) -> String {
        let config = Config::parse(text, "x").unwrap();
        let changes = part.changes(&P::of(&config), &edit::set_keys(text));
        let changes: Vec<_> = changes.iter().map(|(path, value)| (*path, value)).collect();
        edit::set_all(text, "x", &changes).unwrap()
    }

    fn parse(text: &str) -> Config {
        Config::parse(text, "x").unwrap()
    }

    #[test]
    fn what_is_not_changed_is_not_written() {
        let config = Config::default();
        assert_eq!(put(TEMPLATE, &SchoolPart::of(&config)), TEMPLATE);
        assert_eq!(put(TEMPLATE, &NetworkPart::of(&config)), TEMPLATE);
        assert_eq!(put(TEMPLATE, &DnsPart::of(&config)), TEMPLATE);
        assert_eq!(put(TEMPLATE, &DhcpPart::of(&config)), TEMPLATE);
        assert_eq!(put(TEMPLATE, &ProxyPart::of(&config)), TEMPLATE);
        assert_eq!(put(TEMPLATE, &WebPart::of(&config)), TEMPLATE);
    }

    #[test]
    fn a_name_costs_one_line_and_no_comment() {
        let mut part = SchoolPart::of(&Config::default());
        part.name = "THCS \"Nguyễn Trãi\"".into();
        let text = put(TEMPLATE, &part);
        assert_eq!(text.lines().count(), TEMPLATE.lines().count() + 1);
        assert_eq!(parse(&text).school.name, part.name);
    }

    #[test]
    fn every_part_is_read_back_as_it_was_put() {
        let network = NetworkPart {
            mode: "gateway".into(),
            inside: vec!["eth1".into()],
            outside: "eth0".into(),
            bridge: "none".into(),
            fail_open: vec![TierId::Staff],
            ways_round_kept_for: Vec::new(),
            direct_addresses_refused_for: vec![TierId::TieuHoc, TierId::Thcs],
            management_ports: vec![22],
            management_from: vec!["10.0.9.0/24".into()],
        };
        let text = put(TEMPLATE, &network);
        assert_eq!(NetworkPart::of(&parse(&text)), network);
        let dhcp = DhcpPart {
            mode: "run".into(),
            lease_time: "6h".into(),
            domain: "lan".into(),
            ranges: vec![DhcpRangeView {
                interface: "eth1".into(),
                address: "10.6.0.1/24".into(),
                first: "10.6.0.50".into(),
                last: "10.6.0.250".into(),
                router_advertisements: false,
            }],
            fixed: vec![DhcpFixedView {
                mac: "3c:22:fb:0a:b1:9e".into(),
                address: "10.6.0.20".into(),
                name: String::new(),
            }],
        };
        let text = put(&text, &dhcp);
        assert_eq!(DhcpPart::of(&parse(&text)), dhcp);
        // The ranges are written anew in the place of tables that a person wrote.
        let by_hand = "version = \"v1\"\n[network]\nmode = \"gateway\"\ninside = [\"eth1\"]\noutside = \"eth0\"\n\
                       [[network.dhcp.range]]\n# the lab\ninterface = \"eth1\"\naddress = \"10.9.0.1/24\"\n\
                       first = \"10.9.0.9\"\nlast = \"10.9.0.99\"\n";
        let text = put(by_hand, &dhcp);
        assert_eq!(DhcpPart::of(&parse(&text)), dhcp);
        let proxy = ProxyPart {
            transparent: true,
            explicit: vec!["10.6.0.1:3128".into()],
            block_page: vec!["10.6.0.2".into()],
            never_diverted: vec!["203.0.113.0/24".into()],
            inside_targets: vec!["10.6.1.0/24".into()],
        };
        let text = put(&text, &proxy);
        assert_eq!(ProxyPart::of(&parse(&text)), proxy);
        let mut dns = DnsPart::of(&parse(&text));
        dns.upstreams = vec!["tls://9.9.9.9#dns.quad9.net".into(), "1.1.1.1".into()];
        dns.block_answer = "address".into();
        dns.block_addresses = vec!["10.6.0.2".into()];
        dns.unknown_tier = TierId::MamNon;
        let text = put(&text, &dns);
        assert_eq!(DnsPart::of(&parse(&text)), dns);
        dns.block_answer = "nodata".into();
        dns.block_addresses = Vec::new();
        let text = put(&text, &dns);
        assert_eq!(DnsPart::of(&parse(&text)), dns);
        let web = WebPart {
            listen: vec!["10.6.0.1:8444".into()],
            names: vec!["loc.truong.vn".into()],
            management: vec!["10.0.0.0/24".into()],
            staff: Vec::new(),
        };
        let text = put(&text, &web);
        assert_eq!(WebPart::of(&parse(&text)), web);
    }

    fn day() -> impl Strategy<Value = Vec<String>> {
        let days = [
            vec![],
            vec!["07:00-07:45".to_owned()],
            vec!["07:00-07:45".to_owned(), "08:00-08:45".to_owned()],
            vec!["13:00-13:40".to_owned()],
        ];
        proptest::sample::select(days.to_vec())
    }

    proptest! {
        /// Whatever stood in the file, and however often it is changed.
        #[test]
        fn the_bells_ring_as_they_were_put(weeks in proptest::collection::vec(proptest::collection::vec(day(), 7), 1..4)) {
            let mut text = TEMPLATE.to_owned();
            for week in weeks {
                let mut part = SchoolPart::of(&parse(&text));
                part.bells = week;
                text = put(&text, &part);
                prop_assert_eq!(SchoolPart::of(&parse(&text)), part);
            }
        }
    }
}
