//! Single mistakes: code, place, key, and that both languages say something.

use lachan_config::{Config, Language, MAX_REPORTED, Mistakes};

fn mistakes(text: &str) -> Mistakes {
    Config::parse(text, "lachan.toml").unwrap_err()
}

/// `body` under `version = "v1"` has exactly these mistakes, as `line:column key code`.
#[track_caller]
fn check(body: &str, expected: &[&str]) {
    let found = match Config::parse(&format!("version = \"v1\"\n{body}"), "lachan.toml") {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes
            .list()
            .iter()
            .map(|m| {
                let place = m.place.unwrap();
                for language in [Language::Vietnamese, Language::English] {
                    assert!(!m.message(language).is_empty());
                }
                format!("{}:{} {} {}", place.line, place.column, m.key, m.code())
            })
            .collect(),
    };
    assert_eq!(found, expected, "{body}");
}

#[test]
fn the_promised_line_is_the_line_printed() {
    let text = "version = \"v1\"\n[resolver]\nupstreams = [\"9.9.9.9\", \"192.0.2.300\"]\n";
    assert_eq!(
        mistakes(text).to_string(),
        "lachan.toml:3:25: resolver.upstreams[1]: \"192.0.2.300\" is not an IP address; \
         use address or address:port"
    );
    assert_eq!(
        mistakes(text).report(Language::Vietnamese),
        "lachan.toml:3:25: resolver.upstreams[1]: \"192.0.2.300\" không phải là địa chỉ IP; \
         hãy viết địa chỉ hoặc địa chỉ:cổng"
    );
}

#[test]
fn unknown_keys_are_refused_and_guessed() {
    check(
        "[resolver]\nlisten-on = []",
        &["3:1 resolver.listen-on unknown-key"],
    );
    check(
        "[resolver]\nblok-ttl = \"1s\"",
        &["3:1 resolver.blok-ttl unknown-key"],
    );
    check("[resolve]", &["2:2 resolve unknown-key"]);
    check("\"a b\" = 1", &["2:1 \"a b\" unknown-key"]);
    check("[log]\nflush = \"1s\"", &["3:1 log.flush misplaced-key"]);
    let report = mistakes("version = \"v1\"\n[resolver]\nblok-ttl = \"1s\"").to_string();
    assert!(report.ends_with("did you mean block-ttl?"), "{report}");
    let report = mistakes("version = \"v1\"\n[log]\nflush = \"1s\"").to_string();
    assert!(report.ends_with("move it to the table [store]"), "{report}");
}

#[test]
fn figures_are_shown_to_the_network_only_when_told_so() {
    check(
        "[metrics]\nlisten = \"192.0.2.1:9353\"",
        &["3:10 metrics.listen open-to-network"],
    );
    check(
        "[metrics]\nlisten = \"0.0.0.0:9353\"\nreach = \"machine\"",
        &["3:10 metrics.listen open-to-network"],
    );
    check(
        "[metrics]\nlisten = \"[::]:9353\"\nreach = \"network\"",
        &[],
    );
    for here in ["127.0.0.1:9353", "[::1]:0", "127.9.9.9:1", "off"] {
        check(&format!("[metrics]\nlisten = \"{here}\""), &[]);
    }
    check(
        "[metrics]\nlisten = \"on\"",
        &["3:10 metrics.listen not-an-address"],
    );
    check(
        "[metrics]\nlisten = \"224.0.0.1:1\"\nreach = \"network\"",
        &["3:10 metrics.listen unusable-address"],
    );
}

#[test]
fn a_firewall_that_would_lock_people_out_is_refused() {
    let gateway = "[network]\nmode = \"gateway\"\ninside = [\"lan0\"]";
    check(gateway, &["2:1 network.outside missing-key"]);
    check(
        &format!("{gateway}\noutside = \"none\""),
        &["2:1 network.outside missing-key"],
    );
    check(&format!("{gateway}\noutside = \"wan0\""), &[]);
    check(
        "[network]\nmode = \"resolver\"",
        &["2:1 network.inside missing-key"],
    );
    check(
        "[network]\nmanagement-ports = [22]",
        &["2:1 network.management-from missing-key"],
    );
    check(
        "[network]\nmanagement-ports = [22, 22, 0]\nmanagement-from = [\"10.0.9.0/24\", \"10.0.9.1/24\"]",
        &[
            "3:25 network.management-ports[1] repeated",
            "3:29 network.management-ports[2] out-of-range",
            "4:35 network.management-from[1] not-a-subnet",
        ],
    );
    check(
        "[network]\ninside = [\"lan*\"]\nfail-open = [\"all\"]",
        &[
            "3:11 network.inside[0] not-an-interface",
            "4:14 network.fail-open[0] not-one-of",
        ],
    );
}

#[test]
fn a_wire_needs_two_ends_and_its_bridge() {
    let wire = "[network]\nmode = \"bridge\"\ninside = [\"eth1\"]";
    check(
        wire,
        &[
            "2:1 network.outside missing-key",
            "2:1 network.bridge missing-key",
        ],
    );
    let wire = format!("{wire}\nbridge = \"br0\"");
    check(
        &format!("{wire}\noutside = \"eth1\""),
        &["6:11 network.outside bridge-of-one"],
    );
    check(&format!("{wire}\noutside = \"eth0\""), &[]);
    check("[network]\nmode = \"proxy\"\ninside = [\"eth1\"]", &[]);
}

#[test]
fn management_ports_are_none_that_devices_need() {
    let managed = |port: u16, rest: &str| {
        format!(
            "[network]\nmanagement-ports = [{port}]\nmanagement-from = [\"10.0.9.0/24\"]\n{rest}"
        )
    };
    let refused = &["3:21 network.management-ports[0] port-served"];
    for port in [53, 80, 443, 853] {
        check(&managed(port, ""), refused);
    }
    check(&managed(8443, ""), &[]);
    check(&managed(8443, "[proxy]\ntransparent = \"on\""), refused);
    check(
        &managed(3128, "[proxy]\nexplicit = [\"10.0.0.1\"]"),
        refused,
    );
    check(
        &managed(5300, "[resolver]\nlisten = [\"0.0.0.0:5300\"]"),
        refused,
    );
}

#[test]
fn inspection_names_groups_and_categories_once() {
    check(
        "[proxy.inspection]\ngroups = [\"phong-may\", \"phong-may\", \" \"]\ncategories = [7]\nca-files = [\"x.pem\"]",
        &[
            "3:24 proxy.inspection.groups[1] repeated",
            "3:37 proxy.inspection.groups[2] empty",
            "4:15 proxy.inspection.categories[0] wrong-type",
            "5:13 proxy.inspection.ca-files[0] relative-path",
        ],
    );
}

#[test]
fn the_proxy_has_its_ports_for_itself() {
    check(
        "[proxy]\ntransparent = \"on\"\ntransparent-tls = 8081\ntransparent-http = 443",
        &["5:20 proxy.transparent-http port-served"],
    );
    check(
        "[proxy]\ntransparent = \"on\"\ntransparent-http = 3128\ntransparent-tls = 3128\nexplicit = [\"10.0.0.1\", \"[::]:3128\"]",
        &[
            "5:19 proxy.transparent-tls repeated",
            "5:19 proxy.transparent-tls repeated",
            "6:13 proxy.explicit[0] port-clash",
            "6:25 proxy.explicit[1] repeated",
        ],
    );
    check(
        "[proxy]\nblock-page = [\"10.0.0.2\", \"127.0.0.1\", \"0.0.0.0\", \"x\"]\nnever-diverted = [\"10.0.0.1/8\"]",
        &[
            "3:27 proxy.block-page[1] unusable-address",
            "3:40 proxy.block-page[2] unusable-address",
            "3:51 proxy.block-page[3] not-an-address",
            "4:19 proxy.never-diverted[0] not-a-subnet",
        ],
    );
    check(
        "[resolver]\nlisten-doh = [\"0.0.0.0:443\"]\n[resolver.tls]\ncert = \"/c\"\nkey = \"/k\"\n[proxy]\nblock-page = [\"10.0.0.2\"]",
        &["8:15 proxy.block-page[0] port-clash"],
    );
}

#[test]
fn ports_that_stay_open_are_ports() {
    check(
        "[network]\ndirect-ports = [\"udp 123\", \"udp 123\", \"sctp 1\"]\ndirect-networks = [\"x\"]\ndirect-addresses-refused-for = [\"thcs\"]",
        &[
            "3:28 network.direct-ports[1] repeated",
            "3:39 network.direct-ports[2] not-ports",
            "4:20 network.direct-networks[0] not-a-subnet",
        ],
    );
}

#[test]
fn what_devices_are_given_fits_together() {
    let given = |range: &str| {
        format!(
            "[network]\nmode = \"gateway\"\ninside = [\"lan0\"]\noutside = \"wan0\"\n[network.dhcp]\nmode = \"run\"\n\
             [[network.dhcp.range]]\ninterface = \"lan0\"\naddress = \"10.6.0.1/24\"\n{range}"
        )
    };
    let good = "first = \"10.6.0.9\"\nlast = \"10.6.0.99\"\n";
    check(&given(good), &[]);
    check(
        &given("first = \"10.6.1.9\"\nlast = \"10.6.0.99\"\n"),
        &[
            "6:1 network.dhcp.range missing-key",
            "11:9 network.dhcp.range[0].first dhcp",
        ],
    );
    for wrong in [
        "first = \"10.6.0.9\"\nlast = \"10.6.0.8\"\n",
        "first = \"10.6.0.1\"\nlast = \"10.6.0.8\"\n",
        "first = \"10.6.0.2\"\nlast = \"10.6.0.255\"\n",
    ] {
        let text = format!("version = \"v1\"\n{}", given(wrong));
        assert_eq!(mistakes(&text).list()[0].code(), "missing-key", "{wrong}");
        assert_eq!(mistakes(&text).list()[1].code(), "dhcp", "{wrong}");
    }
    let fixed = "[[network.dhcp.static]]\nmac = \"x\"\naddress = \"10.7.0.5\"\nname = \"may.in\"";
    check(
        &given(&format!("{good}{fixed}")),
        &[
            "14:7 network.dhcp.static[0].mac dhcp",
            "15:11 network.dhcp.static[0].address dhcp",
            "16:8 network.dhcp.static[0].name dhcp",
        ],
    );
    check(
        "[network.dhcp]\nmode = \"write\"",
        &[
            "2:1 network.dhcp.range missing-key",
            "3:8 network.dhcp.mode dhcp",
        ],
    );
}

#[test]
fn the_control_socket_is_a_path_that_fits() {
    check(
        "[control]\nsocket = \"control.sock\"",
        &["3:10 control.socket relative-path"],
    );
    let long = format!("[control]\nsocket = \"/{}\"", "a".repeat(107));
    check(&long, &["3:10 control.socket too-long"]);
    check(
        "[control]\naccess = \"all\"",
        &["3:10 control.access not-one-of"],
    );
}

#[test]
fn ranges_hold_at_both_ends() {
    for (key, good, bad) in [
        (
            "resolver.upstream-timeout",
            ["100ms", "10s"],
            ["99ms", "10001ms"],
        ),
        ("resolver.block-ttl", ["1s", "60s"], ["0s", "61s"]),
        ("resolver.tcp-idle-timeout", ["1s", "2m"], ["999ms", "121s"]),
        (
            "resolver.cache-size",
            ["1MiB", "1GiB"],
            ["1048575B", "1025MiB"],
        ),
        ("resolver.cache-max-ttl", ["30s", "1d"], ["29s", "25h"]),
        ("resolver.cache-min-ttl", ["0s", "1h"], ["3601s", "2h"]),
        ("resolver.cache-stale-for", ["1m", "7d"], ["59s", "8d"]),
        ("store.flush", ["1s", "1m"], ["0s", "61s"]),
        ("store.events-kept", ["1d", "90d"], ["23h", "91d"]),
        ("store.counters-kept", ["30d", "730d"], ["29d", "731d"]),
    ] {
        for value in good {
            check(&format!("{key} = \"{value}\""), &[]);
        }
        for value in bad {
            check(
                &format!("{key} = \"{value}\""),
                &[&format!("2:{} {key} out-of-range", key.len() + 4)],
            );
        }
    }
    for (key, good, bad) in [
        ("resolver.max-misses", ["16", "65_536"], ["15", "65537"]),
        (
            "resolver.rate-limit.queries-per-second",
            ["0", "1_000_000"],
            ["-1", "1000001"],
        ),
        (
            "resolver.rate-limit.burst",
            ["1", "1000000"],
            ["0", "1000001"],
        ),
        (
            "resolver.rate-limit.misses-per-second",
            ["0", "1000000"],
            ["-1", "1000001"],
        ),
        (
            "resolver.rate-limit.miss-burst",
            ["1", "1000000"],
            ["0", "1000001"],
        ),
        (
            "resolver.rate-limit.ipv6-net-devices",
            ["0", "10000"],
            ["-1", "10001"],
        ),
        (
            "resolver.rate-limit.names-per-domain",
            ["0", "100000"],
            ["-1", "100001"],
        ),
        (
            "resolver.max-tcp-connections",
            ["16", "65536"],
            ["15", "65537"],
        ),
        (
            "resolver.max-connections-per-client",
            ["4", "65536"],
            ["3", "65537"],
        ),
        (
            "store.max-queued-events",
            ["+100", "1000000"],
            ["-100", "99999999999999999999999"],
        ),
        ("store.names-from-devices", ["5", "1000"], ["4", "1001"]),
    ] {
        for value in good {
            check(&format!("{key} = {value}"), &[]);
        }
        for value in bad {
            check(
                &format!("{key} = {value}"),
                &[&format!("2:{} {key} out-of-range", key.len() + 4)],
            );
        }
    }
}

#[test]
fn durations_and_sizes_are_read_strictly() {
    check("store.flush = \"60\"", &["2:15 store.flush not-a-duration"]);
    check("store.flush = 60", &["2:15 store.flush wrong-type"]);
    check(
        "resolver.cache-size = \"32MB\"",
        &["2:23 resolver.cache-size not-a-size"],
    );
}

#[test]
fn listeners_share_no_port() {
    let clash = &["2:38 resolver.listen[1] port-clash"][..];
    check(
        "resolver.listen = [\"192.168.1.2:53\", \"0.0.0.0:53\"]",
        clash,
    );
    let repeated = &["2:38 resolver.listen[1] repeated"][..];
    check(
        "resolver.listen = [\"192.168.1.2:53\", \"192.168.1.2:53\"]",
        repeated,
    );
    check(
        "resolver.listen = [\"192.168.1.2:53\", \"192.168.1.2:54\"]",
        &[],
    );
    check(
        "resolver.listen = [\"192.168.1.2:53\", \"192.168.1.3:53\"]",
        &[],
    );
    check(
        "resolver.listen = [\"0.0.0.0:53\", \"[::]:53\", \"0.0.0.0:5353\"]",
        &[],
    );
    check("resolver.listen = [\"127.0.0.1:0\", \"127.0.0.1:0\"]", &[]);
    check("resolver.listen = []", &["2:19 resolver.listen empty"]);
    check(
        "resolver.listen = [\"53\"]",
        &["2:20 resolver.listen[0] not-an-address"],
    );
}

#[test]
fn encrypted_listeners_need_a_certificate_and_its_key() {
    let tls = "\nresolver.tls = { cert = \"/c\", key = \"/k\" }";
    for key in ["listen-dot", "listen-doh", "listen-doq"] {
        let listen = format!("resolver.{key} = [\"10.0.0.1:853\"]");
        check(
            &listen,
            &[&format!("2:23 resolver.{key} certificate-missing")],
        );
        check(&(listen + tls), &[]);
        check(&format!("resolver.{key} = []"), &[]);
    }
    check("resolver.tls = { cert = \"/c\", key = \"/k\" }", &[]);
    check("resolver.tls = { cert = \"\", key = \"\" }", &[]);
    check(
        "[resolver.tls]\ncert = \"/c\"",
        &["2:1 resolver.tls.key missing-key"],
    );
    // Half a certificate is one mistake, not two.
    check(
        "resolver.listen-dot = [\"10.0.0.1:853\"]\n[resolver.tls]\nkey = \"/k\"",
        &["3:1 resolver.tls.cert missing-key"],
    );
}

#[test]
fn an_upstream_is_never_this_box() {
    let itself = &["2:23 resolver.upstreams[0] upstream-is-self"][..];
    check("resolver.upstreams = [\"127.0.0.1\"]", itself);
    check("resolver.upstreams = [\"[::1]:53\"]", itself);
    check("resolver.upstreams = [\"127.0.0.53:53\"]", itself);
    check("resolver.upstreams = [\"127.0.0.1:5353\"]", &[]);
    check(
        "resolver.upstreams = [\"127.0.0.1\"]\nresolver.listen = [\"10.0.0.1:53\"]",
        &[],
    );
    check(
        "resolver.upstreams = [\"10.0.0.1\"]\nresolver.listen = [\"10.0.0.1:53\"]",
        itself,
    );
}

#[test]
fn upstreams_are_written_in_few_ways() {
    for upstream in [
        "9.9.9.9",
        "2620:fe::fe",
        "[2620:fe::fe]:5353",
        "tcp://9.9.9.9:5353",
        "tls://9.9.9.9#dns.quad9.net",
        "tls://[2620:fe::fe]:8853#dns.quad9.net",
        "https://1.1.1.1#cloudflare-dns.com",
        "https://1.1.1.1/#cloudflare-dns.com",
        "https://1.1.1.1:8443/a/b~c#cloudflare-dns.com",
        "quic://94.140.14.14#dns.adguard-dns.com",
    ] {
        check(&format!("resolver.upstreams = [\"{upstream}\"]"), &[]);
    }
    for (upstream, code) in [
        ("dns.google", "not-an-address"),
        ("9.9.9.9/24", "not-an-address"),
        ("://9.9.9.9", "not-an-upstream"),
        ("TLS://9.9.9.9#a.b", "not-an-upstream"),
        ("tls://", "not-an-upstream"),
        ("tls://9.9.9.9:99999#a.b", "not-an-upstream"),
        ("tls://0.0.0.0#a.b", "unusable-address"),
        ("tls://9.9.9.9#1.1.1.1", "not-an-upstream"),
        ("https://1.1.1.1/a b#a.b", "not-an-upstream"),
        ("https://1.1.1.1/á#a.b", "not-an-upstream"),
        ("tls://9.9.9.9#a.b#c.d", "not-an-upstream"),
    ] {
        let mistake = format!("2:23 resolver.upstreams[0] {code}");
        check(
            &format!("resolver.upstreams = [\"{upstream}\"]"),
            &[&mistake],
        );
    }
    let long = format!("https://1.1.1.1/{}#a.b", "x".repeat(200));
    let mistake = "2:23 resolver.upstreams[0] not-an-upstream";
    check(&format!("resolver.upstreams = [\"{long}\"]"), &[mistake]);
}

#[test]
fn the_same_server_may_be_asked_in_several_ways() {
    check(
        "resolver.upstreams = [\"9.9.9.9\", \"tcp://9.9.9.9\", \"tls://9.9.9.9#dns.quad9.net\"]",
        &[],
    );
    check(
        "resolver.upstreams = [\"tls://9.9.9.9#a.b\", \"tls://9.9.9.9:853#A.b\"]",
        &["2:44 resolver.upstreams[1] repeated"],
    );
}

#[test]
fn the_block_address_is_off_until_one_is_named() {
    let missing = &["2:25 resolver.block-answer block-address-missing"][..];
    check("resolver.block-answer = \"address\"", missing);
    check(
        "resolver.block-answer = \"address\"\nresolver.block-addresses = []",
        missing,
    );
    check(
        "resolver.block-answer = \"address\"\nresolver.block-addresses = [\"192.0.2.1\"]",
        &[],
    );
    check("resolver.block-addresses = [\"192.0.2.1\"]", &[]);
    // A wrong address is one mistake, not two.
    check(
        "resolver.block-answer = \"address\"\nresolver.block-addresses = [\"0.0.0.0\"]",
        &["3:29 resolver.block-addresses[0] unusable-address"],
    );
}

#[test]
fn a_tier_s_block_answer_needs_what_the_school_s_does() {
    let table = "resolver.block-answer-by-tier";
    check(
        &format!("{table}.thpt = \"address\""),
        &["2:38 resolver.block-answer-by-tier.thpt block-address-missing"],
    );
    check(
        &format!("{table}.thpt = \"address\"\nresolver.block-addresses = [\"192.0.2.1\"]"),
        &[],
    );
    check(
        &format!("{table}.lop-6 = \"nodata\""),
        &["2:31 resolver.block-answer-by-tier.lop-6 unknown-key"],
    );
    check(
        &format!("{table}.staff = \"drop\""),
        &["2:39 resolver.block-answer-by-tier.staff not-one-of"],
    );
}

#[test]
fn lease_files_are_absolute_and_stand_once() {
    check("resolver.lease-files = [\"/a\", \"/b\"]", &[]);
    check(
        "resolver.lease-files = [\"a\", \"/b\", \"/b\"]",
        &[
            "2:25 resolver.lease-files[0] relative-path",
            "2:36 resolver.lease-files[2] repeated",
        ],
    );
}

#[test]
fn local_names_are_whole_and_stand_once() {
    check(
        "[[resolver.local]]\nname = \"a.lan\"",
        &["2:1 resolver.local[0].addresses missing-key"],
    );
    check(
        "[[resolver.local]]\naddresses = [\"10.0.0.1\"]",
        &["2:1 resolver.local[0].name missing-key"],
    );
    check(
        "[[resolver.local]]\nname = \"a.lan\"\naddresses = [\"10.0.0.1\"]\nttl = 5",
        &["5:1 resolver.local[0].ttl unknown-key"],
    );
    check(
        "resolver.local = [{ name = \"a.lan\", addresses = [\"10.0.0.1\"] }, \
         { name = \"A.LAN.\", addresses = [\"10.0.0.2\"] }]",
        &["2:74 resolver.local[1].name repeated"],
    );
}

/// `local` tables, written in one line each.
#[track_caller]
fn check_local(tables: &str, expected: &[&str]) {
    check(&format!("resolver.local = [{tables}]"), expected);
}

#[test]
fn local_records_are_of_every_kind() {
    let host = "{ name = \"a.lan\", addresses = [\"10.0.0.1\"] }";
    for record in [
        "texts = [\"v=spf1 -all\", \"\"]",
        "mail = [\"10 a.lan\"]",
        "services = [\"0 5 389 a.lan\", \"0  65535 1 a.lan.\"]",
        "pointer = \"a.lan\"",
        "alias = \"a.lan\"",
        "addresses = [\"10.0.0.2\"], texts = [\"x\"], mail = [\"0 a.lan\"]",
    ] {
        check_local(&format!("{{ name = \"b.lan\", {record} }}, {host}"), &[]);
    }
    for (record, expected) in [
        ("mail = [\"a.lan\"]", "mail[0] not-mail"),
        ("mail = [\"10 a.lan 5\"]", "mail[0] not-mail"),
        ("mail = [\"70000 a.lan\"]", "mail[0] not-mail"),
        ("mail = [\"10 a..lan\"]", "mail[0] not-a-name"),
        ("mail = []", "mail empty"),
        ("services = [\"389 a.lan\"]", "services[0] not-a-service"),
        (
            "services = [\"0 0 +389 a.lan\"]",
            "services[0] not-a-service",
        ),
        ("services = [\"0 0 389\"]", "services[0] not-a-service"),
        ("texts = [\"a\\nb\"]", "texts[0] control-character"),
        ("pointer = \"a b\"", "pointer not-a-name"),
    ] {
        let mut found = Vec::new();
        let body = format!("resolver.local = [{{ name = \"b.lan\", {record} }}]");
        let text = format!("version = \"v1\"\n{body}");
        for mistake in mistakes(&text).list() {
            let key = mistake.key.trim_start_matches("resolver.local[0].");
            found.push(format!("{key} {}", mistake.code()));
        }
        assert_eq!(found, [expected], "{record}");
    }
    let long = format!("{{ name = \"b.lan\", texts = [\"{}\"] }}", "x".repeat(1001));
    check_local(&long, &["2:46 resolver.local[0].texts[0] too-long"]);
}

#[test]
fn an_alias_stands_alone_for_a_name_that_has_records() {
    let host = "{ name = \"a.lan\", addresses = [\"10.0.0.1\"] }";
    check_local(
        &format!("{{ name = \"b.lan\", alias = \"a.lan\", texts = [\"x\"] }}, {host}"),
        &["2:45 resolver.local[0].alias alias-not-alone"],
    );
    for target in ["nobody.lan", "c.lan", "b.lan"] {
        let own = format!("{{ name = \"b.lan\", alias = \"{target}\" }}");
        let other = "{ name = \"c.lan\", alias = \"a.lan\" }";
        check_local(
            &format!("{own}, {other}, {host}"),
            &["2:45 resolver.local[0].alias alias-of-nothing"],
        );
    }
    // The host's own mistake is the only one.
    check_local(
        "{ name = \"b.lan\", alias = \"a.lan\" }, { name = \"a.lan\", addresses = [] }",
        &["2:86 resolver.local[1].addresses empty"],
    );
}

#[test]
fn access_points_are_named_once() {
    let nat = |tables: &str| format!("resolver.rate-limit.nat = [{tables}]");
    let one = |address: &str| format!("{{ address = \"{address}\", devices = 40 }}");
    check(&nat(&one("192.168.1.5")), &[]);
    let apart = [one("192.168.1.5"), one("10.7.0.0/24"), one("fd00::/64")];
    check(&nat(&apart.join(", ")), &[]);
    let place = "2:40 resolver.rate-limit.nat[0].address";
    for address in ["192.168.1", "10.7.0.1/24", "10.7.0.0/33"] {
        check(&nat(&one(address)), &[&format!("{place} not-a-subnet")]);
    }
    let twice = [one("10.7.0.0/16"), one("10.7.0.9")];
    check(
        &nat(&twice.join(", ")),
        &["2:83 resolver.rate-limit.nat[1].address overlap"],
    );
    check(
        &nat("{ address = \"10.0.0.1\", devices = 1 }"),
        &["2:62 resolver.rate-limit.nat[0].devices out-of-range"],
    );
    check(
        &nat("{ devices = 5 }"),
        &["2:28 resolver.rate-limit.nat[0].address missing-key"],
    );
}

#[test]
fn contacts_are_ways_to_reach_people() {
    let contact = |text: &str| format!("school.contact = [\"{text}\"]");
    for good in [
        "tel:+84-28-1234567",
        "mailto:it@le-loi.edu.vn",
        "sips:a@b.vn",
    ] {
        check(&contact(good), &[]);
    }
    for bad in [
        "https://le-loi.edu.vn",
        "tel:",
        "tel:gọi",
        "mailto:le-loi.edu.vn",
        "mailto:@b.vn",
        "mailto:a b@c.vn",
        "0281234567",
        "",
    ] {
        check(&contact(bad), &["2:19 school.contact[0] not-a-contact"]);
    }
    let long = contact(&format!("mailto:{}@b.vn", "x".repeat(100)));
    check(&long, &["2:19 school.contact[0] too-long"]);
}

#[test]
fn what_becomes_of_service_records_is_chosen_by_word_and_tier() {
    check(
        "resolver.ech = \"keep\"\nresolver.https-records = \"nodata\"",
        &[],
    );
    check("resolver.ech-kept-for = [\"staff\", \"thpt\"]", &[]);
    check("resolver.ech = \"drop\"", &["2:16 resolver.ech not-one-of"]);
    check(
        "resolver.ech-kept-for = [\"staff\", \"staff\"]",
        &["2:35 resolver.ech-kept-for[1] repeated"],
    );
    check(
        "resolver.ech-kept-for = [\"lop-6\"]",
        &["2:26 resolver.ech-kept-for[0] not-one-of"],
    );
}

#[test]
fn texts_for_people_are_short_and_printable() {
    check("school.name = \"  \"", &["2:15 school.name empty"]);
    check(
        "school.name = \"a\\nb\"",
        &["2:15 school.name control-character"],
    );
    check(
        "school.name = \"\\u001b[31m\"",
        &["2:15 school.name control-character"],
    );
    check(
        &format!("school.name = \"{}\"", "ă".repeat(101)),
        &["2:15 school.name too-long"],
    );
    check(&format!("school.name = \"{}\"", "ă".repeat(100)), &[]);
}

#[test]
fn a_zone_that_does_not_exist_is_guessed() {
    check("school.time-zone = \"Asia/Saigon\"", &[]);
    check(
        "school.time-zone = \"+07:00\"",
        &["2:20 school.time-zone not-a-time-zone"],
    );
    let report = mistakes("version = \"v1\"\nschool.time-zone = \"Asia/Ho Chi Minh\"").to_string();
    assert!(report.ends_with("such as \"Asia/Ho_Chi_Minh\""), "{report}");
}

#[test]
fn paths_are_absolute() {
    check("paths.data = \"data\"", &["2:14 paths.data relative-path"]);
    check(
        "paths.ruleset = \"../x\"",
        &["2:17 paths.ruleset relative-path"],
    );
    check(
        "paths.rules = \"/a\\u0000b\"",
        &["2:15 paths.rules control-character"],
    );
}

#[test]
fn a_damaged_line_hides_no_other_mistake() {
    check(
        "[school]\nname = \"open\n[store]\nflush = \"61s\"\n[log]\nlevel = loud\n",
        &[
            "3:13  syntax",
            "5:9 store.flush out-of-range",
            "7:9  syntax",
        ],
    );
}

#[test]
fn a_newer_file_is_not_picked_apart() {
    let mistakes = mistakes("version = \"v7\"\nmany = 1\nthings = 2\n");
    assert_eq!(mistakes.list().len(), 1);
    assert_eq!(mistakes.list()[0].code(), "version-newer");
    assert!(mistakes.to_string().contains("for a newer Lá Chắn"));
}

#[test]
fn odd_versions_are_refused() {
    for version in [
        "\"1\"",
        "1",
        "\"v0\"",
        "\"v01\"",
        "\"v+1\"",
        "\"V1\"",
        "\"\"",
        "true",
        "\"v99999999999\"",
    ] {
        let mistakes = mistakes(&format!("version = {version}"));
        assert_eq!(mistakes.list()[0].code(), "version-unknown", "{version}");
    }
}

#[test]
fn mistakes_come_in_the_order_of_the_file_and_end_somewhere() {
    let text: String = (0..5000).map(|n| format!("stray-{n} = {n}\n")).collect();
    let mistakes = mistakes(&format!("version = \"v1\"\n{text}"));
    assert_eq!(mistakes.list().len(), MAX_REPORTED);
    assert_eq!(mistakes.more(), 5000 - MAX_REPORTED);
    assert!(mistakes.list().is_sorted_by_key(|mistake| mistake.place));
    assert!(
        mistakes
            .to_string()
            .ends_with("and 4900 more; mend those above and check again")
    );
    assert!(
        mistakes
            .report(Language::Vietnamese)
            .contains("còn 4900 lỗi nữa")
    );
}

#[test]
fn a_report_cannot_write_to_the_terminal() {
    let mistakes =
        mistakes("\"\\u001b[2J\" = 1\nversion = \"\\u001b[31m\"\nlog.level = \"\\u0007\"\n");
    assert_eq!(mistakes.list().len(), 4, "{mistakes}");
    assert!(
        !mistakes.to_string().contains(['\u{1b}', '\u{7}']),
        "{mistakes}"
    );
}

#[test]
fn lessons_follow_one_another() {
    check(
        "[school.bells]\nlessons = [\"07:00-07:45\"]\nsunday = [\"8:00-9:00\"]",
        &[],
    );
    check(
        "[school.bells]\nmonday = [\"07:00-07:45\", \"07:40-08:35\"]\nfriday = [\"9-10\"]",
        &[
            "3:26 school.bells.monday[1] lessons-overlap",
            "4:11 school.bells.friday[0] not-a-lesson",
        ],
    );
}

#[test]
fn help_near_the_school_can_be_called() {
    let help = |keys: &str| format!("school.help = [{{ {keys} }}]");
    check(
        &help("name = \"Cô Hoa\", phone = \"024 1234 5678\", note = \"Phòng 105\""),
        &[],
    );
    check(
        &help("phone = \"111\""),
        &["2:16 school.help[0].name missing-key"],
    );
    check(
        &help("name = \"x\", phone = \"gọi\""),
        &["2:38 school.help[0].phone not-a-phone"],
    );
}
