//! Who else is on the net: what DHCP servers and routers tell devices, and whether the gateway
//! answers DNS itself. Everything is asked at once; it takes as long as the most patient probe.

use std::net::{IpAddr, SocketAddr};
use std::thread;
use std::time::Duration;

use lachan_config::Upstream;

use super::finding::Finding;
use super::link::Place;
use super::proc::Gateway;
use super::{Case, dhcp, routers};
use crate::dns::{Question, over_udp};
use crate::words::Words;

/// How long the gateway is waited for.
const PATIENCE: Duration = Duration::from_millis(1_500);
const DNS_PORT: u16 = 53;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let words = case.words;
    if case.is_offline {
        return vec![Finding::unknown("network", words.not_asked_offline())];
    }
    let place = Place::look();
    if place.interfaces.is_empty() {
        return vec![Finding::unknown("network", words.no_interface())];
    }
    let upstreams = &case.config.resolver.upstreams;
    thread::scope(|scope| {
        let place = &place;
        let links = place.interfaces.iter().map(|interface| {
            let offers = scope.spawn(|| dhcp::probe(interface));
            let heard = scope.spawn(|| routers::probe(interface));
            (interface, offers, heard)
        });
        let links: Vec<_> = links.collect();
        let mut findings = gateways(words, place, upstreams);
        for (interface, offers, heard) in links {
            if let Ok(offers) = offers.join() {
                findings.extend(dhcp::evaluate(words, interface, place, &offers));
            }
            if let Ok(heard) = heard.join() {
                findings.extend(routers::evaluate(words, interface, place, &heard));
            }
        }
        findings
    })
}

/// A gateway that answers DNS is a way round the filter for whoever sets it by hand.
fn gateways(words: Words, place: &Place, upstreams: &[Upstream]) -> Vec<Finding> {
    let mut asked: Vec<&Gateway> = Vec::new();
    for gateway in &place.gateways {
        if asked.iter().all(|other| other.address != gateway.address) {
            asked.push(gateway);
        }
    }
    let each = asked.into_iter().map(|gateway| {
        let address = SocketAddr::from((gateway.address, DNS_PORT));
        // A resolver answers this name by itself (RFC 6761 §6.3), so nothing leaves the gateway.
        let answers = over_udp(address, &Question::address_of("localhost"), PATIENCE).is_ok();
        let is_ours = upstreams
            .iter()
            .any(|upstream| upstream.address.ip() == IpAddr::V4(gateway.address));
        let seen = Seen {
            answers,
            is_upstream: is_ours,
            is_uplink: place.is_uplink(&gateway.interface),
        };
        of_gateway(words, &gateway.address.to_string(), &seen)
    });
    each.collect()
}

/// What was seen of a gateway.
struct Seen {
    answers: bool,
    is_upstream: bool,
    is_uplink: bool,
}

fn of_gateway(words: Words, gateway: &str, seen: &Seen) -> Finding {
    const CHECK: &str = "gateway";
    match seen {
        Seen { answers: false, .. } => Finding::good(CHECK, words.gateway_is_silent(gateway)),
        // Between devices and it stands this box.
        Seen {
            is_uplink: true, ..
        } => Finding::good(CHECK, words.gateway_behind_us(gateway)),
        Seen {
            is_upstream: true, ..
        } => Finding::warning(
            CHECK,
            words.gateway_is_upstream(gateway),
            words.gateway_remedy(gateway),
        ),
        Seen { .. } => Finding::warning(
            CHECK,
            words.gateway_answers(gateway),
            words.gateway_remedy(gateway),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;
    use lachan_config::Language;

    #[test]
    fn a_gateway_that_answers_is_a_way_round() {
        for (answers, is_upstream, is_uplink, expected) in [
            (false, false, false, Level::Good),
            (true, false, false, Level::Warning),
            (true, true, false, Level::Warning),
            (true, true, true, Level::Good),
        ] {
            let seen = Seen {
                answers,
                is_upstream,
                is_uplink,
            };
            let finding = of_gateway(Words::new(Language::Vietnamese), "192.168.1.1", &seen);
            assert_eq!(finding.level, expected, "{finding:?}");
        }
    }
}
