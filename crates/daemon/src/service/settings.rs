//! What the settings mean for the resolver.

use std::net::IpAddr;

use lachan_config as config;
use lachan_resolver::{BlockAnswer, LocalName, Settings, StreamLimits};

/// The resolver's settings.
pub(super) fn resolver(given: &config::Resolver) -> Settings {
    let defaults = Settings::default();
    Settings {
        listen: given.listen.clone(),
        upstreams: given.upstreams.clone(),
        upstream_timeout: given.upstream_timeout,
        // Whoever lets one upstream take longer means the client to wait for it.
        total_timeout: defaults.total_timeout.max(given.upstream_timeout),
        max_misses: usize::try_from(given.max_misses).unwrap_or(defaults.max_misses),
        cache_bytes: usize::try_from(given.cache_size).unwrap_or(usize::MAX),
        block_answer: block_answer(&given.block_answer),
        block_answer_by_tier: given
            .block_answer_by_tier
            .each_ref()
            .map(|answer| Some(block_answer(answer))),
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
    use lachan_policy::Tier;
    use std::time::Duration;

    #[test]
    fn settings_reach_the_resolver() {
        let text = "version = \"v1\"\n[resolver]\nlisten = [\"127.0.0.1:0\"]\nupstreams = []\n\
                    upstream-timeout = \"5s\"\nblock-answer = \"address\"\n\
                    block-addresses = [\"10.0.0.1\", \"fd00::1\"]\n\
                    [resolver.block-answer-by-tier]\nstaff = \"nodata\"\n";
        let given = config::Config::parse(text, "x").unwrap().resolver;
        let made = resolver(&given);
        assert_eq!(made.listen, ["127.0.0.1:0".parse().unwrap()]);
        assert!(made.upstreams.is_empty());
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
}
