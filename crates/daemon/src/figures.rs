//! The resolver's counters as people and Prometheus see them. A new counter is one line here: its
//! id, what it is called, what it means, and where it is read. `lachan top`, `lachan status` and
//! the page of figures take all of them from these tables.

use std::collections::BTreeMap;

use lachan_policy::BypassKind;
use lachan_resolver::{BypassCounts, ConnectionCounts, Counts};
use lachan_store::BypassTotals;

use crate::words::Words;

/// What the resolver counts, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Queries.
    pub(crate) queries: Counts,
    /// Connections over TCP and the encrypted transports.
    pub(crate) connections: ConnectionCounts,
    /// Attempts to get round the filter.
    pub(crate) bypasses: BypassCounts,
}

/// A counter.
pub(crate) struct Figure {
    /// Its id, part of the interface: in JSON, and in the names of metrics.
    pub(crate) id: &'static str,
    vi: &'static str,
    en: &'static str,
    /// What it means, for whoever reads the metrics.
    pub(crate) help: &'static str,
    read: fn(&Tally) -> u64,
}

impl Figure {
    const fn new(
        id: &'static str,
        (vi, en): (&'static str, &'static str),
        help: &'static str,
        read: fn(&Tally) -> u64,
    ) -> Self {
        Self {
            id,
            vi,
            en,
            help,
            read,
        }
    }

    /// What it is called.
    pub(crate) fn label(&self, words: Words) -> &'static str {
        if words.is_vietnamese() {
            self.vi
        } else {
            self.en
        }
    }

    /// Its value.
    pub(crate) fn of(&self, all: &Tally) -> u64 {
        (self.read)(all)
    }
}

/// Messages that came in; each ends in one of [`OUTCOMES`].
pub(crate) const QUERIES: Figure = Figure::new(
    "queries",
    ("tất cả", "all"),
    "DNS messages received.",
    |all| all.queries.queries,
);

/// How queries end: each in exactly one of these. Most wanted first.
pub(crate) const OUTCOMES: &[Figure] = &[
    Figure::new(
        "blocked",
        ("bị chặn", "blocked"),
        "Closed by policy.",
        |all| all.queries.blocked,
    ),
    Figure::new(
        "cached",
        ("đã nhớ", "cached"),
        "Answered from the cache.",
        |all| all.queries.cached,
    ),
    Figure::new(
        "forwarded",
        ("hỏi cấp trên", "forwarded"),
        "Answered by an upstream.",
        |all| all.queries.forwarded,
    ),
    Figure::new(
        "local",
        ("nội bộ", "local"),
        "Answered from local names.",
        |all| all.queries.local,
    ),
    Figure::new(
        "failed",
        ("thất bại", "failed"),
        "No upstream answered.",
        |all| all.queries.failed,
    ),
    Figure::new(
        "refused",
        ("từ chối", "refused"),
        "Odd queries, answered with a response code.",
        |all| all.queries.refused,
    ),
    Figure::new(
        "dropped",
        ("bỏ qua", "dropped"),
        "Messages that get no answer.",
        |all| all.queries.dropped,
    ),
];

/// What else is counted, of queries that end as above.
pub(crate) const DETAILS: &[Figure] = &[
    Figure::new(
        "stale",
        ("đã cũ", "stale"),
        "Answered from the cache past its life, because upstreams failed.",
        |all| all.queries.stale,
    ),
    Figure::new(
        "refreshed",
        ("làm mới", "refreshed"),
        "Popular answers asked for again before they ended.",
        |all| all.queries.refreshed,
    ),
    Figure::new(
        "cloaked",
        ("núp sau tên khác", "cloaked"),
        "Blocked because of a name behind a CNAME or a service binding.",
        |all| all.queries.cloaked,
    ),
    Figure::new(
        "by_address",
        ("chặn theo địa chỉ", "by address"),
        "Blocked because the answer leads to an address in a closed range.",
        |all| all.queries.by_address,
    ),
    Figure::new(
        "limited",
        ("hỏi quá nhanh", "over the rate"),
        "Refused because the device asked more in a second than one may.",
        |all| all.queries.limited,
    ),
    Figure::new(
        "contained",
        ("tên ngẫu nhiên", "random names"),
        "Refused because too many different names of one domain were asked for.",
        |all| all.queries.contained,
    ),
    Figure::new(
        "tunnels",
        ("đường hầm DNS", "DNS tunnels"),
        "Domains whose names look like data in a tunnel.",
        |all| all.queries.tunnels,
    ),
    Figure::new(
        "rewritten",
        ("dạng an toàn", "safe form"),
        "Answered in the safe form of an engine.",
        |all| all.queries.rewritten,
    ),
    Figure::new(
        "truncated",
        ("bị cắt", "truncated"),
        "Answers cut to what the client takes.",
        |all| all.queries.truncated,
    ),
    Figure::new(
        "overloaded",
        ("quá tải", "overloaded"),
        "Refused at once because too many questions were under way.",
        |all| all.queries.overloaded,
    ),
    Figure::new(
        "unsent",
        ("không gửi được", "unsent"),
        "Answers over UDP that the system did not take.",
        |all| all.queries.unsent,
    ),
];

/// What becomes of connections over TCP and the encrypted transports.
pub(crate) const CONNECTIONS: &[Figure] = &[
    Figure::new(
        "connections_opened",
        ("kết nối đã mở", "connections"),
        "Connections over TCP, DoT, DoH and DoQ that were let in.",
        |all| all.connections.opened,
    ),
    Figure::new(
        "connections_refused",
        ("hết chỗ kết nối", "box full"),
        "Connections refused because as many were open as may be.",
        |all| all.connections.refused,
    ),
    Figure::new(
        "connections_refused_client",
        ("một máy mở quá nhiều", "device full"),
        "Connections refused because the device had as many open as one may have.",
        |all| all.connections.refused_client,
    ),
    Figure::new(
        "handshakes_failed",
        ("bắt tay TLS hỏng", "TLS failed"),
        "TLS or QUIC handshakes that failed or took too long.",
        |all| all.connections.handshakes_failed,
    ),
    Figure::new(
        "unknown_tokens",
        ("mã nhóm lạ", "unknown tokens"),
        "Connections and requests refused because no group has their token.",
        |all| all.connections.unknown_tokens,
    ),
    Figure::new(
        "connections_slow",
        ("kết nối ì", "too slow"),
        "Connections closed because the client sent half a message or did not read its answers.",
        |all| all.connections.slow,
    ),
];

/// Attempts to get round the filter, by kind; most of them end as blocked. Those that people make
/// stand first.
pub(crate) const BYPASSES: &[(BypassKind, Figure)] = &[
    (
        BypassKind::Vpn,
        Figure::new(
            "bypass_vpn",
            ("VPN", "VPNs"),
            "Closed queries for VPNs.",
            |all| all.bypasses.of(BypassKind::Vpn),
        ),
    ),
    (
        BypassKind::Proxy,
        Figure::new(
            "bypass_proxy",
            ("trang trung gian", "web proxies"),
            "Closed queries for pages that fetch other pages.",
            |all| all.bypasses.of(BypassKind::Proxy),
        ),
    ),
    (
        BypassKind::Doh,
        Figure::new(
            "bypass_doh",
            ("DNS mã hóa lạ", "other resolvers"),
            "Closed queries for resolvers other than the school's, over HTTPS, TLS or QUIC.",
            |all| all.bypasses.of(BypassKind::Doh),
        ),
    ),
    (
        BypassKind::Other,
        Figure::new(
            "bypass_other",
            ("cách khác", "other ways"),
            "Closed queries for other ways round the filter.",
            |all| all.bypasses.of(BypassKind::Other),
        ),
    ),
    (
        BypassKind::Tunnel,
        Figure::new(
            "bypass_tunnel",
            ("đường hầm DNS", "DNS tunnels"),
            "Queries refused because names of their domain look like data in a tunnel.",
            |all| all.bypasses.of(BypassKind::Tunnel),
        ),
    ),
    (
        BypassKind::Cloak,
        Figure::new(
            "bypass_cloak",
            ("tên núp", "cloaked names"),
            "Answers closed for a name behind a CNAME or a service binding.",
            |all| all.bypasses.of(BypassKind::Cloak),
        ),
    ),
    (
        BypassKind::Address,
        Figure::new(
            "bypass_address",
            ("địa chỉ cấm", "closed addresses"),
            "Answers closed for an address.",
            |all| all.bypasses.of(BypassKind::Address),
        ),
    ),
    (
        BypassKind::Doorway,
        Figure::new(
            "bypass_doorway",
            ("tên cửa ngách", "door-ways"),
            "Names closed because they are built like door-ways of closed sites.",
            |all| all.bypasses.of(BypassKind::Doorway),
        ),
    ),
    (
        BypassKind::Lookalike,
        Figure::new(
            "bypass_lookalike",
            ("tên nhái", "look-alikes"),
            "Queries for open names that read like well-known ones.",
            |all| all.bypasses.of(BypassKind::Lookalike),
        ),
    ),
    (
        BypassKind::Nameless,
        Figure::new(
            "bypass_nameless",
            ("kết nối giấu tên", "nameless connections"),
            "Connections that do not say where they go, or hide it.",
            |all| all.bypasses.of(BypassKind::Nameless),
        ),
    ),
    (
        BypassKind::Relay,
        Figure::new(
            "bypass_relay",
            ("chuyển tiếp", "private relays"),
            "Closed queries for relays of systems and browsers; devices ask by themselves.",
            |all| all.bypasses.of(BypassKind::Relay),
        ),
    ),
    (
        BypassKind::Canary,
        Figure::new(
            "bypass_canary",
            ("trình duyệt hỏi", "canaries"),
            "Browsers that asked whether they may use a resolver of their own.",
            |all| all.bypasses.of(BypassKind::Canary),
        ),
    ),
    (
        BypassKind::Discovery,
        Figure::new(
            "bypass_discovery",
            ("dò máy chủ DNS", "discovery"),
            "Searches for an encrypted resolver where none is offered; devices ask by themselves.",
            |all| all.bypasses.of(BypassKind::Discovery),
        ),
    ),
    (
        BypassKind::Ech,
        Figure::new(
            "bypass_ech",
            ("khóa ECH", "ECH keys"),
            "Answers of upstreams whose keys of Encrypted Client Hello were taken out.",
            |all| all.bypasses.of(BypassKind::Ech),
        ),
    ),
];

/// Attempts to get round the filter.
pub(crate) fn bypasses() -> impl Iterator<Item = &'static Figure> {
    BYPASSES.iter().map(|(_, figure)| figure)
}

/// All counters.
pub(crate) fn all() -> impl Iterator<Item = &'static Figure> {
    std::iter::once(&QUERIES)
        .chain(OUTCOMES)
        .chain(DETAILS)
        .chain(CONNECTIONS)
        .chain(bypasses())
}

/// All counters with their values, by id.
pub(crate) fn totals(tally: &Tally) -> BTreeMap<String, u64> {
    all()
        .map(|figure| (figure.id.to_owned(), figure.of(tally)))
        .collect()
}

/// Attempts to get round the filter, by [`BypassKind::index`], with the ids of their counters.
pub(crate) fn bypass_totals(attempts: &BypassTotals) -> BTreeMap<String, u64> {
    BYPASSES
        .iter()
        .map(|(kind, figure)| (figure.id.to_owned(), attempts[kind.index()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_counter_has_its_own_id_and_words() {
        let ids: HashSet<_> = all().map(|figure| figure.id).collect();
        assert_eq!(ids.len(), all().count());
        for figure in all() {
            assert!(
                figure
                    .id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{}",
                figure.id
            );
            assert!(
                !figure.vi.is_empty() && figure.help.ends_with('.'),
                "{}",
                figure.id
            );
        }
    }

    #[test]
    fn every_kind_of_bypass_has_a_figure_that_reads_it() {
        for kind in BypassKind::ALL {
            let mut own = BYPASSES.iter().filter(|(other, _)| *other == kind);
            let (Some((_, figure)), None) = (own.next(), own.next()) else {
                panic!("{kind:?} has not one figure");
            };
            assert_eq!(figure.id, format!("bypass_{}", kind.id()));
            let tally = Tally {
                bypasses: BypassCounts::default().with(kind, 7),
                ..Tally::default()
            };
            assert_eq!(totals(&tally)[figure.id], 7);
            assert_eq!(totals(&tally).values().sum::<u64>(), 7);
        }
    }

    /// `Counts` names its counters in its debug form; each has to be in a table.
    #[test]
    fn no_counter_of_the_resolver_is_forgotten() {
        let text = format!("{:?}", Counts::default());
        let (_, fields) = text.split_once('{').unwrap();
        let fields = fields
            .split(',')
            .filter_map(|field| field.split(':').next());
        let ids: HashSet<_> = all().map(|figure| figure.id).collect();
        for field in fields {
            assert!(
                ids.contains(field.trim()),
                "{field} is in no table of figures.rs"
            );
        }
    }
}
