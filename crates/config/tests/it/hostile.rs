//! Nothing that can stand in a file makes the reader panic, hang or hold on to memory.

use std::time::{Duration, Instant};

use lachan_config::{Config, Language, MAX_BYTES, TEMPLATE, edit};
use proptest::prelude::*;

/// Reads the bytes, what they set, and both reports when they are refused.
fn read(bytes: &[u8]) -> bool {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = edit::set_keys(text);
        assert!(edit::differences(text, text).is_empty());
    }
    match Config::from_bytes(bytes, "x.toml") {
        Ok(_) => true,
        Err(mistakes) => {
            assert!(!mistakes.list().is_empty());
            for language in [Language::Vietnamese, Language::English] {
                assert!(mistakes.report(language).lines().count() > 0);
            }
            false
        }
    }
}

#[test]
fn a_file_of_more_than_one_mebibyte_is_refused() {
    let most = usize::try_from(MAX_BYTES).unwrap();
    let mut text = b"version = \"v1\"\n".to_vec();
    text.resize(most, b'#');
    assert!(read(&text));
    text.push(b'#');
    let mistakes = Config::from_bytes(&text, "x.toml").unwrap_err();
    assert_eq!(mistakes.list()[0].code(), "too-large");
}

#[test]
fn full_size_nonsense_is_refused_quickly() {
    let fill = |piece: &str| piece.repeat(200_000 / piece.len());
    let start = Instant::now();
    for text in [
        fill("["),
        fill("[["),
        fill("{"),
        fill("a."),
        fill("a.b.c=1\n"),
        fill("\"\"\""),
        fill("= "),
        fill("[a]\n"),
        fill("[[resolver.local]]\n"),
        fill("version = \"v1\"\n"),
        format!("a = [{}", fill("[")),
        format!(
            "version = \"v1\"\nresolver.upstreams = [{}]",
            fill("\"x\",")
        ),
        format!("version = \"v1\"\nschool.name = \"{}\"", fill("ệ")),
        format!("version = \"v1\"\n{} = 1", fill("k")),
        (0..100_000).map(|n| format!("k{n}=1\n")).collect(),
        fill("\u{feff}"),
        fill("\0"),
    ] {
        assert!(!read(text.as_bytes()), "{}", &text[..20]);
    }
    // Generous for a loaded machine without optimisation; quadratic work would take minutes.
    assert!(
        start.elapsed() < Duration::from_secs(60),
        "{:?}",
        start.elapsed()
    );
}

fn soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("["),
        Just("]"),
        Just("[["),
        Just("]]"),
        Just("{"),
        Just("}"),
        Just("="),
        Just(","),
        Just("."),
        Just("\""),
        Just("'"),
        Just("\"\"\""),
        Just("#"),
        Just("\n"),
        Just("\r\n"),
        Just(" "),
        Just("version"),
        Just("\"v1\""),
        Just("resolver"),
        Just("local"),
        Just("name"),
        Just("addresses"),
        Just("store"),
        Just("flush"),
        Just("\"30s\""),
        Just("listen"),
        Just("\"0.0.0.0:53\""),
        Just("upstreams"),
        Just("1"),
        Just("true"),
        Just("ệ"),
        Just("\\"),
        Just("[resolver]\n"),
        Just("[[resolver.local]]\n"),
        Just("version = \"v1\"\n"),
    ];
    proptest::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn no_text_of_toml_pieces_panics(text in soup()) {
        read(text.as_bytes());
        let _ = edit::set(&text, "x", "resolver.upstreams", &edit::Value::from("x"));
        let _ = edit::set(&text, "x", "resolver.local", &edit::Value::Array(Vec::new()));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn no_damage_to_the_template_panics(at in 0..TEMPLATE.len(), cut in 0usize..40, put in "\\PC{0,4}") {
        // With the defaults uncommented there is more to damage.
        let lines = TEMPLATE.lines().map(|line| match line.strip_prefix('#') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => rest,
            _ => line,
        });
        let mut bytes = lines.collect::<Vec<_>>().join("\n").into_bytes();
        let at = at.min(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, put.into_bytes());
        read(&bytes);
    }
}
