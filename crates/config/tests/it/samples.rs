//! Every file of `samples/` is a test. One with a report beside it (`NAME.en.txt` and
//! `NAME.vi.txt`) is refused with exactly that; one without is accepted.
//!
//! After a change of wording run with `LACHAN_BLESS=1` to write the reports anew, and read the diff.

use std::fs;
use std::path::{Path, PathBuf};

use lachan_config::{
    Access, BlockAnswer, Config, Dnssec, Language, LogFormat, LogLevel, Mode, Protocol,
    RebindProtection, Switch, Upstream,
};
use lachan_policy::Tier;

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut samples = paths
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect::<Vec<_>>();
    samples.sort();
    samples
}

fn read(name: &str) -> Result<Config, lachan_config::Mistakes> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name);
    Config::from_bytes(&fs::read(path).unwrap(), name)
}

/// The report that belongs to a sample; empty for one that is accepted.
fn golden(sample: &Path, language: Language, actual: &str) -> String {
    let path = sample.with_extension(format!("{}.txt", language.id()));
    if std::env::var_os("LACHAN_BLESS").is_some() {
        let _ = fs::remove_file(&path);
        if !actual.is_empty() {
            fs::write(&path, format!("{actual}\n")).unwrap();
        }
    }
    fs::read_to_string(&path)
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

#[test]
fn every_sample_has_its_expected_outcome() {
    let samples = samples();
    assert!(samples.len() >= 12);
    for sample in samples {
        let name = sample.file_name().unwrap().to_str().unwrap();
        let outcome = Config::from_bytes(&fs::read(&sample).unwrap(), name);
        for language in [Language::Vietnamese, Language::English] {
            let report = outcome
                .as_ref()
                .err()
                .map_or_else(String::new, |m| m.report(language));
            assert_eq!(report, golden(&sample, language, &report), "{name}");
        }
    }
}

#[test]
fn ten_mistakes_are_found_in_one_run() {
    let mistakes = read("ten-mistakes.toml").unwrap_err();
    assert!(mistakes.list().len() >= 10, "{mistakes}");
    assert_eq!(mistakes.more(), 0);
}

#[test]
fn a_school_gets_what_it_wrote() {
    let config = read("primary-school.toml").unwrap();
    assert_eq!(config.school.name, "Trường Tiểu học Nguyễn Huệ");
    assert_eq!(config.paths.database(), Path::new("/srv/lachan/lachan.db"));
    assert_eq!(
        config.paths.ruleset,
        Path::new("/srv/lachan/lists/current.ruleset")
    );
    let resolver = &config.resolver;
    assert_eq!(
        resolver.listen,
        ["192.168.1.2:53", "[fd00:1::2]:53"].map(|a| a.parse().unwrap())
    );
    let name = || "dns.quad9.net".to_owned();
    let upstreams = [
        ("203.113.131.1:53", Protocol::Plain),
        ("[2001:db8::53]:5353", Protocol::Plain),
        ("9.9.9.9:853", Protocol::Tls { name: name() }),
        (
            "[2620:fe::fe]:443",
            Protocol::Https {
                name: name(),
                path: "/dns-query".into(),
            },
        ),
        ("9.9.9.9:8853", Protocol::Quic { name: name() }),
        ("203.113.131.2:53", Protocol::Tcp),
    ]
    .map(|(address, protocol)| Upstream {
        address: address.parse().unwrap(),
        protocol,
    });
    assert_eq!(resolver.upstreams, upstreams);
    assert_eq!(
        (resolver.mode, resolver.dnssec),
        (Mode::Forward, Dnssec::Validate)
    );
    assert_eq!(resolver.dnssec_skip[0].to_string(), "hong.example");
    assert_eq!(resolver.rebind_protection, RebindProtection::On);
    assert_eq!(resolver.rebind_allow[0].to_string(), "nguyenhue.edu.vn");
    assert_eq!(resolver.ca_files, [Path::new("/srv/lachan/so-gddt.pem")]);
    let domains = resolver.forward.iter().map(|zone| zone.domain.to_string());
    assert_eq!(
        domains.collect::<Vec<_>>(),
        ["ad.nguyenhue.internal", "1.168.192.in-addr.arpa"]
    );
    assert_eq!(resolver.forward[0].upstreams.len(), 2);
    assert_eq!(resolver.cache_size, 64 << 20);
    let cache = &resolver.cache;
    assert_eq!(
        [cache.max_ttl, cache.min_ttl, cache.stale_for].map(|time| time.as_secs()),
        [1800, 60, 86_400]
    );
    assert_eq!(
        [cache.serve_stale, cache.prefetch, cache.persist].map(Switch::is_on),
        [true, false, false]
    );
    let block = ["192.168.1.2", "fd00:1::2"].map(|a| a.parse().unwrap());
    assert_eq!(resolver.block_answer, BlockAnswer::Address(block.to_vec()));
    for tier in Tier::ALL {
        let expected = match tier {
            Tier::Staff => &BlockAnswer::Nodata,
            _ => &resolver.block_answer,
        };
        assert_eq!(&resolver.block_answer_by_tier[tier.index()], expected);
    }
    let leases = Path::new("/var/lib/misc/dnsmasq.leases");
    assert_eq!(resolver.lease_files, [leases]);
    assert_eq!(resolver.local_domains[1].to_unicode(), "trường.lan");
    assert_eq!(resolver.local.len(), 2);
    assert_eq!(resolver.local[1].addresses.len(), 2);
    assert_eq!(resolver.unknown_devices.tier, Tier::MamNon);
    assert_eq!(config.store.flush.as_secs(), 30);
    assert_eq!(config.store.events_kept.as_secs(), 90 * 86_400);
    assert_eq!(
        config.control.socket,
        Path::new("/srv/lachan/state/control.sock")
    );
    assert_eq!(config.control.access, Access::Group);
    assert_eq!(
        config.metrics.listen,
        Some("192.168.1.2:9353".parse().unwrap())
    );
    assert_eq!(
        (config.log.level, config.log.format),
        (LogLevel::Warn, LogFormat::Json)
    );
}

#[test]
fn answers_are_what_a_school_wrote() {
    let config = read("answers.toml").unwrap();
    assert_eq!(config.school.contact.len(), 2);
    let resolver = &config.resolver;
    assert_eq!(resolver.ech.kept_for(), [Tier::Staff]);
    let kinds = resolver.local.iter().map(|local| local.records.len());
    assert_eq!(kinds.collect::<Vec<_>>(), [0, 1, 1, 2, 1]);
    let limit = &resolver.rate_limit;
    assert_eq!((limit.misses_per_second, limit.names_per_domain), (20, 200));
    assert_eq!(limit.net_devices, 200);
    assert_eq!(limit.nat[1].address.to_string(), "192.168.2.0/28");
    assert_eq!(limit.nat[0].devices, 45);
}

#[test]
fn encrypted_listeners_have_their_certificate() {
    let resolver = read("encrypted.toml").unwrap().resolver;
    let encrypted = &resolver.encrypted;
    assert!(encrypted.is_on() && !Config::default().resolver.encrypted.is_on());
    let count = |listeners: &[_]| listeners.len();
    assert_eq!(count(&encrypted.listen_dot), 1);
    assert_eq!(count(&encrypted.listen_doh), 2);
    assert_eq!(encrypted.listen_doq, ["192.168.1.2:853".parse().unwrap()]);
    let tls = encrypted.tls.as_ref().unwrap();
    assert_eq!(tls.cert, Path::new("/etc/lachan/tls/fullchain.pem"));
    assert_eq!(tls.key, Path::new("/etc/lachan/tls/privkey.pem"));
    assert_eq!(tls.names[0].to_string(), "dns.truong.edu.vn");
    let most = (
        resolver.max_tcp_connections,
        resolver.max_connections_per_client,
    );
    assert_eq!(most, (4096, 512));
}

#[test]
fn dotted_and_inline_tables_are_the_same_tables() {
    let config = read("no-upstream.toml").unwrap();
    assert_eq!(config.resolver.listen.len(), 3);
    assert!(config.resolver.upstreams.is_empty());
    assert_eq!(config.resolver.unknown_devices.tier, Tier::Staff);
    assert_eq!(config.store.flush.as_secs(), 1);
}

#[test]
fn what_windows_notepad_saves_is_read() {
    assert_eq!(
        read("windows-notepad.toml").unwrap().school.name,
        "Trường THCS Lê Lợi"
    );
}
