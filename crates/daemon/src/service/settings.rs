//! What the settings mean for the resolver.

use std::net::IpAddr;
use std::time::Duration;

use lachan_config as config;
use lachan_resolver::{
    BlockAnswer, Dnssec, ForwardZone, Forwarding, LocalName, Mode, Protocol, Settings,
    StreamLimits, Upstream,
};

use super::roots::Roots;

/// The resolver's settings, with the roots that encrypted upstreams are checked against.
pub(super) fn resolver(given: &config::Resolver, roots: Roots) -> Settings {
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
        block_answer: block_answer(&given.block_answer),
        block_ttl: given.block_ttl,
        local: given.local.iter().map(local_name).collect(),
        local_domains: given.local_domains.clone(),
        tcp: StreamLimits {
            idle: given.tcp_idle_timeout,
            ..defaults.tcp
        },
        ..defaults
    }
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

fn local_name(given: &config::LocalName) -> LocalName {
    LocalName {
        name: given.name,
        addresses: given.addresses.clone(),
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
        let given = config::Config::parse(&text, "x").unwrap().resolver;
        let roots = Roots {
            certificates: vec![vec![1]],
            ..Roots::default()
        };
        let made = resolver(&given, roots);
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
            let given = config::Config::parse(&text, "x").unwrap().resolver;
            resolver(&given, Roots::default())
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
                    block-addresses = [\"10.0.0.1\", \"fd00::1\"]\n";
        let given = config::Config::parse(text, "x").unwrap().resolver;
        let made = resolver(&given, Roots::default());
        assert_eq!(made.listen, ["127.0.0.1:0".parse().unwrap()]);
        assert!(made.upstreams.is_empty());
        assert_eq!(made.local_domains, given.local_domains);
        assert_eq!(made.total_timeout, Duration::from_secs(5));
        let v6 = Some("fd00::1".parse().unwrap());
        assert_eq!(
            made.block_answer,
            BlockAnswer::Address {
                v4: Some([10, 0, 0, 1].into()),
                v6
            }
        );
    }
}
