//! What the settings mean for the resolver.

use std::net::IpAddr;
use std::time::Duration;

use lachan_config as config;
use lachan_policy::Name;
use lachan_resolver::{
    BlockAnswer, Dnssec, EncryptedListeners, ForwardZone, Forwarding, HttpsRecords, Language,
    LocalData, LocalName, LocalRecord, Mode, Nat, Protocol, RateLimit, RequestKey, School,
    Settings, StreamLimits, Upstream,
};

use super::roots::Roots;

/// The resolver's settings, with the roots that encrypted upstreams are checked against; without a
/// key its answers carry no request codes.
pub(super) fn resolver(
    config: &config::Config,
    roots: Roots,
    request_key: Option<RequestKey>,
) -> Settings {
    let given = &config.resolver;
    let defaults = Settings::default();
    Settings {
        listen: given.listen.clone(),
        upstreams: given.upstreams.iter().map(upstream).collect(),
        forwarding: forwarding(given, roots),
        upstream_timeout: given.upstream_timeout,
        // Whoever lets one upstream take longer means the client to wait for it.
        total_timeout: defaults.total_timeout.max(given.upstream_timeout),
        max_misses: usize::try_from(given.max_misses).unwrap_or(defaults.max_misses),
        cache_bytes: usize::try_from(given.cache_size).unwrap_or(usize::MAX),
        stale_for: stale_for(&given.cache),
        prefetch: given.cache.prefetch.is_on(),
        max_ttl: given.cache.max_ttl,
        min_ttl: given.cache.min_ttl,
        block_answer: block_answer(&given.block_answer),
        block_answer_by_tier: given
            .block_answer_by_tier
            .each_ref()
            .map(|answer| Some(block_answer(answer))),
        block_ttl: given.block_ttl,
        ech_tiers: given.ech.kept_for(),
        https_records: match given.https_records {
            config::HttpsRecords::Keep => HttpsRecords::Keep,
            config::HttpsRecords::Nodata => HttpsRecords::NoData,
        },
        school: School {
            name: config.school.name.clone(),
            contacts: config.school.contact.clone(),
            language: match config.school.language {
                config::Language::Vietnamese => Language::Vietnamese,
                config::Language::English => Language::English,
            },
        },
        request_key,
        rate_limit: rate_limit(&given.rate_limit),
        local: local(config),
        records: given.local.iter().flat_map(records).collect(),
        local_domains: given.local_domains.clone(),
        encrypted: encrypted(&given.encrypted),
        tcp: StreamLimits {
            idle: given.tcp_idle_timeout,
            connections: count(given.max_tcp_connections),
            per_client: count(given.max_connections_per_client),
            ..defaults.tcp
        },
    }
}

fn encrypted(given: &config::Encrypted) -> EncryptedListeners {
    EncryptedListeners {
        dot: given.listen_dot.clone(),
        doh: given.listen_doh.clone(),
        doq: given.listen_doq.clone(),
        names: given
            .tls
            .as_ref()
            .map_or_else(Vec::new, |tls| tls.names.clone()),
    }
}

fn count(given: u32) -> usize {
    usize::try_from(given).unwrap_or(usize::MAX)
}

/// How long stale answers may be served: not at all where that is off.
fn stale_for(given: &config::Cache) -> Duration {
    if given.serve_stale.is_on() {
        given.stale_for
    } else {
        Duration::ZERO
    }
}

fn forwarding(given: &config::Resolver, roots: Roots) -> Forwarding {
    let zone = |zone: &config::ForwardZone| ForwardZone {
        domain: zone.domain,
        upstreams: zone.upstreams.iter().map(upstream).collect(),
    };
    Forwarding {
        mode: match given.mode {
            config::Mode::Forward => Mode::Forward,
            config::Mode::Recurse => Mode::Recurse,
        },
        zones: given.forward.iter().map(zone).collect(),
        dnssec: match given.dnssec {
            config::Dnssec::Auto => Dnssec::Auto,
            config::Dnssec::Validate => Dnssec::Validate,
            config::Dnssec::TrustUpstream => Dnssec::TrustUpstream,
            config::Dnssec::Off => Dnssec::Off,
        },
        dnssec_skip: given.dnssec_skip.clone(),
        rebind_protection: given.rebind_protection == config::RebindProtection::On,
        rebind_allow: given.rebind_allow.clone(),
        tls_roots: roots.certificates,
        ..Forwarding::default()
    }
}

/// An upstream, as the resolver knows it.
pub(crate) fn upstream(given: &config::Upstream) -> Upstream {
    let protocol = match given.protocol.clone() {
        config::Protocol::Plain => Protocol::Plain,
        config::Protocol::Tcp => Protocol::Tcp,
        config::Protocol::Tls { name } => Protocol::Tls { name },
        config::Protocol::Https { name, path } => Protocol::Https { name, path },
        config::Protocol::Quic { name } => Protocol::Quic { name },
    };
    Upstream {
        address: given.address,
        protocol,
    }
}

/// The name of the box's own pages for people, as they type it.
pub(super) const OWN_NAME: &str = "lachan.lan";

/// The school's names, and our own where the settings do not name it otherwise: at the addresses of the block
/// page, or else of the proxy that browsers are told of.
fn local(config: &config::Config) -> Vec<LocalName> {
    let mut all = hosts(&config.resolver.local);
    let Ok(name) = Name::from_text(OWN_NAME) else {
        return all;
    };
    let is_taken = config.resolver.local.iter().any(|local| local.name == name);
    let proxy = &config.proxy;
    let mut addresses = proxy.block_page.clone();
    if addresses.is_empty() {
        let reached = proxy.explicit.iter().filter_map(|address| {
            let ip = address.ip();
            if ip.is_unspecified() {
                super::gate::own_private(ip.is_ipv6())
            } else {
                Some(ip)
            }
        });
        addresses.extend(reached);
        addresses.dedup();
    }
    if !is_taken && !addresses.is_empty() {
        all.push(LocalName { name, addresses });
    }
    all
}

/// Names with addresses.
fn hosts(given: &[config::LocalName]) -> Vec<LocalName> {
    let all = given.iter().filter(|local| !local.addresses.is_empty());
    all.map(|local| LocalName {
        name: local.name,
        addresses: local.addresses.clone(),
    })
    .collect()
}

/// The other records of a name.
fn records(given: &config::LocalName) -> impl Iterator<Item = LocalRecord> {
    given.records.iter().map(|record| LocalRecord {
        name: given.name,
        data: data(record),
    })
}

fn data(given: &config::LocalRecord) -> LocalData {
    match given {
        config::LocalRecord::Alias(target) => LocalData::Alias(*target),
        config::LocalRecord::Pointer(target) => LocalData::Pointer(*target),
        config::LocalRecord::Text(text) => LocalData::Text(text.clone()),
        config::LocalRecord::Mail { preference, host } => LocalData::Mail {
            preference: *preference,
            host: *host,
        },
        config::LocalRecord::Service {
            priority,
            weight,
            port,
            target,
        } => LocalData::Service {
            priority: *priority,
            weight: *weight,
            port: *port,
            target: *target,
        },
    }
}

/// The limits by device.
pub(super) fn limits(config: &config::Config) -> RateLimit {
    rate_limit(&config.resolver.rate_limit)
}

fn rate_limit(given: &config::RateLimit) -> RateLimit {
    RateLimit {
        queries: given.queries_per_second,
        burst: given.burst,
        misses: given.misses_per_second,
        miss_burst: given.miss_burst,
        names_per_domain: given.names_per_domain,
        net_devices: given.net_devices,
        nat: given
            .nat
            .iter()
            .map(|nat| Nat {
                subnet: nat.address,
                devices: nat.devices,
            })
            .collect(),
    }
}

fn block_answer(given: &config::BlockAnswer) -> BlockAnswer {
    match given {
        config::BlockAnswer::Nxdomain => BlockAnswer::NxDomain,
        config::BlockAnswer::Nodata => BlockAnswer::NoData,
        config::BlockAnswer::Address(all) => BlockAnswer::Address {
            v4: all.iter().find_map(|address| match address {
                IpAddr::V4(v4) => Some(*v4),
                IpAddr::V6(_) => None,
            }),
            v6: all.iter().find_map(|address| match address {
                IpAddr::V6(v6) => Some(*v6),
                IpAddr::V4(_) => None,
            }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lachan_policy::Tier;
    use std::time::Duration;

    #[test]
    fn the_box_s_own_pages_have_a_name_where_they_are_served() {
        let own = |tables: &str| {
            let text = format!("version = \"v1\"\n{tables}");
            let config = config::Config::parse(&text, "x").unwrap();
            let made = local(&config);
            let found = made.iter().find(|local| local.name.to_string() == OWN_NAME);
            found.map(|local| local.addresses.clone())
        };
        let addresses = |text: &str| Some(vec![text.parse::<IpAddr>().unwrap()]);
        assert_eq!(own(""), None);
        let page = "[proxy]\nblock-page = [\"192.168.1.2\"]\n";
        assert_eq!(own(page), addresses("192.168.1.2"));
        let explicit = "[proxy]\nexplicit = [\"192.168.1.3\"]\n";
        assert_eq!(own(explicit), addresses("192.168.1.3"));
        let named = "[[resolver.local]]\nname = \"lachan.lan\"\naddresses = [\"10.0.0.1\"]\n";
        assert_eq!(own(&format!("{named}{page}")), addresses("10.0.0.1"));
    }

    #[test]
    fn upstreams_reach_the_resolver_as_they_are_written() {
        let written = [
            "9.9.9.9",
            "[2001:db8::53]:5353",
            "tcp://9.9.9.9",
            "tls://9.9.9.9#dns.quad9.net",
            "https://1.1.1.1:8443/dns-query#cloudflare-dns.com",
            "quic://[2001:db8::1]#dns.example",
        ];
        let text = format!(
            "version = \"v1\"\n[resolver]\nupstreams = {written:?}\nmode = \"recurse\"\n\
             dnssec = \"trust-upstream\"\ndnssec-skip = [\"a.vn\"]\nrebind-protection = \"off\"\n\
             rebind-allow = [\"b.vn\"]\n[[resolver.forward]]\ndomain = \"c.vn\"\n\
             upstreams = [\"192.168.1.1\"]\n"
        );
        let config = config::Config::parse(&text, "x").unwrap();
        let roots = Roots {
            certificates: vec![vec![1]],
            ..Roots::default()
        };
        let made = resolver(&config, roots, None);
        let shown: Vec<_> = made.upstreams.iter().map(ToString::to_string).collect();
        assert_eq!(shown, written);
        let forwarding = made.forwarding;
        assert_eq!(
            (forwarding.mode, forwarding.dnssec),
            (Mode::Recurse, Dnssec::TrustUpstream)
        );
        assert!(!forwarding.rebind_protection && forwarding.tls_roots == [[1]]);
        let names = [&forwarding.dnssec_skip, &forwarding.rebind_allow];
        assert_eq!(names.map(|names| names[0].to_string()), ["a.vn", "b.vn"]);
        assert_eq!(forwarding.zones[0].domain.to_string(), "c.vn");
        assert_eq!(forwarding.zones[0].upstreams.len(), 1);
    }

    #[test]
    fn what_is_said_of_the_cache_reaches_the_resolver() {
        let made = |text: &str| {
            let text = format!("version = \"v1\"\n[resolver]\n{text}");
            let given = config::Config::parse(&text, "x").unwrap();
            resolver(&given, Roots::default(), None)
        };
        let (default, plain) = (Settings::default(), made(""));
        assert_eq!(
            (plain.max_ttl, plain.stale_for, plain.prefetch),
            (default.max_ttl, default.stale_for, default.prefetch),
            "two crates with one default"
        );
        assert_eq!(plain.cache_bytes, default.cache_bytes);
        let changed = made(
            "cache-size = \"2MiB\"\ncache-max-ttl = \"5m\"\ncache-stale-for = \"2h\"\ncache-prefetch = \"off\"",
        );
        assert_eq!(changed.cache_bytes, 2 << 20);
        assert_eq!(changed.max_ttl, Duration::from_secs(300));
        assert_eq!(changed.stale_for, Duration::from_secs(7200));
        assert!(!changed.prefetch);
        let off = made("cache-serve-stale = \"off\"\ncache-stale-for = \"2h\"");
        assert_eq!(off.stale_for, Duration::ZERO);
    }

    #[test]
    fn settings_reach_the_resolver() {
        let text = "version = \"v1\"\n[resolver]\nlisten = [\"127.0.0.1:0\"]\nupstreams = []\n\
                    upstream-timeout = \"5s\"\nblock-answer = \"address\"\n\
                    block-addresses = [\"10.0.0.1\", \"fd00::1\"]\n\
                    listen-doh = [\"127.0.0.1:443\"]\nmax-connections-per-client = 9\n\
                    [resolver.tls]\ncert = \"/c\"\nkey = \"/k\"\nnames = [\"a.vn\"]\n\
                    [resolver.block-answer-by-tier]\nstaff = \"nodata\"\n";
        let config = config::Config::parse(text, "x").unwrap();
        let given = &config.resolver;
        let made = resolver(&config, Roots::default(), None);
        assert_eq!(made.listen, ["127.0.0.1:0".parse().unwrap()]);
        assert!(made.upstreams.is_empty());
        assert_eq!(made.encrypted.doh, ["127.0.0.1:443".parse().unwrap()]);
        assert_eq!(made.encrypted.names[0].to_string(), "a.vn");
        assert_eq!((made.tcp.per_client, made.tcp.connections), (9, 2048));
        assert_eq!(made.local_domains, given.local_domains);
        assert_eq!(made.total_timeout, Duration::from_secs(5));
        let by_tier = |tier: Tier| made.block_answer_by_tier[tier.index()];
        assert_eq!(by_tier(Tier::Staff), Some(BlockAnswer::NoData));
        assert_eq!(by_tier(Tier::Thcs), Some(made.block_answer));
        let v6 = Some("fd00::1".parse().unwrap());
        assert_eq!(
            made.block_answer,
            BlockAnswer::Address {
                v4: Some([10, 0, 0, 1].into()),
                v6
            }
        );
    }

    #[test]
    fn answers_records_and_limits_reach_the_resolver() {
        let text = "version = \"v1\"\n\
                    [school]\nname = \"Lê Lợi\"\ncontact = [\"tel:1234\"]\n\
                    [resolver]\nech-kept-for = [\"staff\"]\nhttps-records = \"nodata\"\n\
                    [[resolver.local]]\nname = \"a.lan\"\naddresses = [\"10.0.0.1\"]\ntexts = [\"x\"]\n\
                    [[resolver.local]]\nname = \"b.lan\"\nalias = \"a.lan\"\n\
                    [resolver.rate-limit]\nmisses-per-second = 7\n\
                    [[resolver.rate-limit.nat]]\naddress = \"10.0.0.9\"\ndevices = 40\n";
        let config = config::Config::parse(text, "x").unwrap();
        let key = RequestKey::new([3; 16]);
        let made = resolver(&config, Roots::default(), Some(key.clone()));
        assert_eq!(made.school.name, "Lê Lợi");
        assert_eq!(made.school.contacts, ["tel:1234"]);
        assert_eq!(made.ech_tiers, [Tier::Staff]);
        assert_eq!(made.https_records, HttpsRecords::NoData);
        assert_eq!(made.request_key, Some(key));
        assert_eq!((made.local.len(), made.records.len()), (1, 2));
        assert_eq!(made.records[1].data, LocalData::Alias(made.local[0].name));
        assert_eq!(
            (made.rate_limit.misses, made.rate_limit.nat[0].devices),
            (7, 40)
        );
    }

    /// Each default is stated twice, for the file and for the crate; they are one.
    #[test]
    fn an_empty_file_gives_the_resolvers_own_defaults() {
        let made = resolver(&config::Config::default(), Roots::default(), None);
        let own = Settings::default();
        assert_eq!(made.rate_limit, own.rate_limit);
        assert_eq!(
            (made.ech_tiers, made.https_records),
            (own.ech_tiers, own.https_records)
        );
    }
}
