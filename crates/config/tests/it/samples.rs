//! Every file of `samples/` is a test. One with a report beside it (`NAME.en.txt` and
//! `NAME.vi.txt`) is refused with exactly that; one without is accepted.
//!
//! After a change of wording run with `LACHAN_BLESS=1` to write the reports anew, and read the diff.

use std::fs;
use std::path::{Path, PathBuf};

use lachan_config::{BlockAnswer, Config, Language, LogFormat, LogLevel};
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
    let upstreams = ["203.113.131.1:53", "[2001:db8::53]:5353"].map(|a| a.parse().unwrap());
    assert_eq!(resolver.upstreams, upstreams);
    assert_eq!(resolver.cache_size, 64 << 20);
    let block = ["192.168.1.2", "fd00:1::2"].map(|a| a.parse().unwrap());
    assert_eq!(resolver.block_answer, BlockAnswer::Address(block.to_vec()));
    assert_eq!(resolver.local_domains[1].to_unicode(), "trường.lan");
    assert_eq!(resolver.local.len(), 2);
    assert_eq!(resolver.local[1].addresses.len(), 2);
    assert_eq!(resolver.unknown_devices.tier, Tier::MamNon);
    assert_eq!(config.store.flush.as_secs(), 30);
    assert_eq!(config.store.events_kept.as_secs(), 90 * 86_400);
    assert_eq!(
        (config.log.level, config.log.format),
        (LogLevel::Warn, LogFormat::Json)
    );
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
