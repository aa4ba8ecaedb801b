//! The shipped template states every default, and nothing else.

use std::collections::BTreeSet;

use lachan_config::{Config, Mistakes, TEMPLATE};

/// The template with every commented default taken at its word.
fn uncommented() -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest.to_owned(),
        _ => line.to_owned(),
    };
    TEMPLATE.lines().map(|text| line(text) + "\n").collect()
}

fn codes(mistakes: &Mistakes) -> Vec<&'static str> {
    mistakes
        .list()
        .iter()
        .map(lachan_config::Mistake::code)
        .collect()
}

/// The lines of the template that open a table.
fn headers(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with('[')).collect()
}

#[test]
fn the_template_as_it_ships_is_the_defaults() {
    assert_eq!(
        Config::parse(TEMPLATE, "lachan.toml"),
        Ok(Config::default())
    );
}

#[test]
fn every_commented_default_is_the_default() {
    let text = uncommented();
    assert!(
        text.lines()
            .filter(|line| line.contains(" = ") && !line.starts_with('#'))
            .count()
            > 20
    );
    assert_eq!(Config::parse(&text, "lachan.toml"), Ok(Config::default()));
}

/// The keys a table knows are in the message about a stray key; all must be in the template.
#[test]
fn the_template_states_every_key_of_every_table() {
    let text = uncommented();
    for header in headers(&text) {
        let planted = text.replace(header, &format!("{header}\nxxxxxxxxxxxxxxxx = 1"));
        let report = Config::parse(&planted, "x").unwrap_err().to_string();
        let known = report.split("the keys here are ").nth(1).unwrap().trim();
        let body = text
            .split(header)
            .nth(1)
            .unwrap()
            .split("\n[")
            .next()
            .unwrap();
        let keys = body.lines().filter_map(|line| line.split_once(" = "));
        let stated = keys
            .map(|(key, _)| key)
            .filter(|key| !key.contains(['#', ' ']));
        let mut stated = stated.collect::<BTreeSet<_>>();
        // Below the top a table has headers instead of keys; these are shown as such.
        let below: &[&str] = match header {
            "[resolver]" => &[
                "local",
                "forward",
                "tls",
                "unknown-devices",
                "rate-limit",
                "block-answer-by-tier",
            ],
            "[school]" => &["bells", "help"],
            "[resolver.rate-limit]" => &["nat"],
            "[network]" => &["dhcp"],
            "[proxy]" => &["inspection"],
            "[network.dhcp]" => &["range", "static"],
            _ => &[],
        };
        stated.extend(below);
        assert_eq!(
            known.split(", ").collect::<BTreeSet<_>>(),
            stated,
            "{header}"
        );
    }
}

#[test]
fn a_stray_key_in_any_table_is_refused() {
    for text in [TEMPLATE.to_owned(), uncommented()] {
        for header in headers(&text) {
            let planted = text.replace(header, &format!("{header}\nstray-key = 1"));
            let mistakes = Config::parse(&planted, "lachan.toml").unwrap_err();
            assert_eq!(codes(&mistakes), ["unknown-key"], "{header}");
            let path = format!("{}.stray-key", header.trim_matches(['[', ']']));
            assert_eq!(mistakes.list()[0].key, path);
        }
        let planted = text.replacen("version", "stray-key = 1\nversion", 1);
        // At the top it also takes the version's place.
        let planted = planted.replace(
            "stray-key = 1\nversion = \"v1\"",
            "version = \"v1\"\nstray-key = 1",
        );
        let mistakes = Config::parse(&planted, "lachan.toml");
        if planted.contains("\nstray-key") {
            assert_eq!(codes(&mistakes.unwrap_err()), ["unknown-key"]);
        }
    }
}

#[test]
fn the_example_in_the_template_is_right() {
    let example = TEMPLATE
        .lines()
        .filter_map(|line| line.strip_prefix("#   "));
    let example = example.collect::<Vec<_>>().join("\n");
    let config = Config::parse(&format!("version = \"v1\"\n{example}"), "lachan.toml").unwrap();
    assert_eq!(config.resolver.local.len(), 4);
    assert_eq!(config.resolver.forward.len(), 1);
    assert_eq!(config.school.help.len(), 1);
    assert_eq!(config.resolver.rate_limit.nat.len(), 1);
}

#[test]
fn every_default_is_explained_in_both_languages() {
    let lines = TEMPLATE.lines().collect::<Vec<_>>();
    let vietnamese = |line: &str| !line.is_ascii();
    for (index, line) in lines.iter().enumerate() {
        let setting = line.starts_with('[') || (line.starts_with('#') && !line.starts_with("# "));
        if !setting || *line == "#" {
            continue;
        }
        assert!(
            lines[index - 1].starts_with("# ") && !vietnamese(lines[index - 1]),
            "{line}"
        );
        assert!(
            lines[index - 2].starts_with("# ") && vietnamese(lines[index - 2]),
            "{line}"
        );
    }
}
