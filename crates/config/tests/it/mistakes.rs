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
            "store.max-queued-events",
            ["+100", "1000000"],
            ["-100", "99999999999999999999999"],
        ),
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
