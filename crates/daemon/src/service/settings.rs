//! What the settings mean for the resolver.

use std::net::IpAddr;

use lachan_config as config;
use lachan_resolver::{BlockAnswer, EncryptedListeners, LocalName, Settings, StreamLimits};

/// The resolver's settings.
pub(super) fn resolver(given: &config::Resolver) -> Settings {
    let defaults = Settings::default();
    Settings {
        listen: given.listen.clone(),
        upstreams: given.upstreams.iter().copied().map(Into::into).collect(),
        upstream_timeout: given.upstream_timeout,
        // Whoever lets one upstream take longer means the client to wait for it.
        total_timeout: defaults.total_timeout.max(given.upstream_timeout),
        max_misses: usize::try_from(given.max_misses).unwrap_or(defaults.max_misses),
        cache_bytes: usize::try_from(given.cache_size).unwrap_or(usize::MAX),
        block_answer: block_answer(&given.block_answer),
        block_ttl: given.block_ttl,
        local: given.local.iter().map(local_name).collect(),
        local_domains: given.local_domains.clone(),
        encrypted: encrypted(&given.encrypted),
        tcp: StreamLimits {
            idle: given.tcp_idle_timeout,
            connections: count(given.max_tcp_connections),
            per_client: count(given.max_connections_per_client),
            ..defaults.tcp
        },
        ..defaults
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
    use std::time::Duration;

    #[test]
    fn settings_reach_the_resolver() {
        let text = "version = \"v1\"\n[resolver]\nlisten = [\"127.0.0.1:0\"]\nupstreams = []\n\
                    upstream-timeout = \"5s\"\nblock-answer = \"address\"\n\
                    block-addresses = [\"10.0.0.1\", \"fd00::1\"]\n\
                    listen-doh = [\"127.0.0.1:443\"]\nmax-connections-per-client = 9\n\
                    [resolver.tls]\ncert = \"/c\"\nkey = \"/k\"\nnames = [\"a.vn\"]\n";
        let given = config::Config::parse(text, "x").unwrap().resolver;
        let made = resolver(&given);
        assert_eq!(made.listen, ["127.0.0.1:0".parse().unwrap()]);
        assert!(made.upstreams.is_empty());
        assert_eq!(made.encrypted.doh, ["127.0.0.1:443".parse().unwrap()]);
        assert_eq!(made.encrypted.names[0].to_string(), "a.vn");
        assert_eq!((made.tcp.per_client, made.tcp.connections), (9, 2048));
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
