use lachan_config::Language;
use proptest::prelude::*;

use super::*;
use crate::control::tests::sample;

fn drawn(language: Language, width: usize, height: usize) -> Vec<String> {
    let zone = TimeZone::fixed(jiff::tz::offset(7));
    let view = View {
        words: Words::new(language),
        zone: &zone,
    };
    let lines = view.sample(&sample(), width, height);
    lines
        .iter()
        .map(|line| anstream::adapter::strip_str(&line.painted(width)).to_string())
        .collect()
}

#[track_caller]
fn check(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing:\n{text}");
    }
}

#[test]
fn a_screen_of_ordinary_size_shows_everything() {
    let text = drawn(Language::Vietnamese, 100, 40).join("\n");
    check(
        &text,
        &[
            "Lá Chắn 0.1.0 · Trường THCS Lê Lợi · 2026-11-23 08:30",
            "1.118.680",
            "bị chặn",
            "30,5",
            "23.456",
            "3,2 µs",
            "83 %",
            "9.9.9.9:53",
            "18 ms",
            "1.1.1.1:53",
            "Cờ bạc",
            "nohu.com",
            "6A (thcs)",
            "640",
        ],
    );
}

#[test]
fn english_readers_get_english() {
    let text = drawn(Language::English, 100, 40).join("\n");
    check(
        &text,
        &["blocked", "30.5", "Gambling", "1,118,680", "upstream"],
    );
    assert!(!text.contains("bị chặn"), "{text}");
}

#[test]
fn the_smallest_usual_screen_shows_rates_latency_and_the_worst() {
    let lines = drawn(Language::Vietnamese, 80, 24);
    assert!(lines.len() <= 24);
    check(
        &lines.join("\n"),
        &["bị chặn", "3,2 µs", "9.9.9.9:53", "nohu.com", "6A (thcs)"],
    );
}

#[test]
fn a_narrow_screen_stands_one_below_the_other() {
    let lines = drawn(Language::Vietnamese, 40, 60);
    check(&lines.join("\n"), &["bị chặn", "nohu.com", "6A (thcs)"]);
    let rates = lines
        .iter()
        .position(|line| line.contains("bị chặn"))
        .unwrap();
    let speed = lines.iter().position(|line| line.contains("p99")).unwrap();
    assert!(speed > rates);
}

/// A box of a large school after a busy month.
fn busy() -> Sample {
    let mut busy = sample();
    for figure in figures::all() {
        busy.status.totals.insert(figure.id.into(), 1_234_567_890);
        busy.rates.insert(figure.id.into(), 23_456.0);
    }
    for upstream in &mut busy.status.upstreams {
        upstream.label = "2620:fe::fe:853 dns.quad9.net".into();
        upstream.answered = 1;
        upstream.failed = 98_765;
        upstream.round_trip_us = Some(123_000);
    }
    busy.status.school = "Trường Tiểu học, THCS và THPT Nguyễn Bỉnh Khiêm".into();
    busy.status.cache.answers = 118_234;
    busy
}

#[test]
fn no_number_is_cut_on_a_narrow_screen() {
    let zone = TimeZone::fixed(jiff::tz::offset(7));
    let (busy, usual) = (busy(), sample());
    for (language, numbers) in [
        (
            Language::Vietnamese,
            [
                "1.234.567.890",
                "23.456",
                "123 ms",
                "lỗi 98.765",
                "118.234",
                "1.118.680",
            ],
        ),
        (
            Language::English,
            [
                "1,234,567,890",
                "23,456",
                "123 ms",
                "failed 98,765",
                "118,234",
                "1,118,680",
            ],
        ),
    ] {
        let words = Words::new(language);
        let view = View { words, zone: &zone };
        for width in [60, 80, 100] {
            let lines: Vec<String> = view
                .sample(&busy, width, 60)
                .iter()
                .map(|line| anstream::adapter::strip_str(&line.painted(width)).to_string())
                .collect();
            let text = lines.join("\n");
            check(&text, &numbers);
            check(&text, &["2026-11-23 08:30", "412"]);
            let rows = lines.iter().filter(|line| line.contains(numbers[0]));
            assert!(rows.count() > figures::OUTCOMES.len(), "{width}: {text}");
            let usual: Vec<_> = view.sample(&usual, width, 60);
            let usual = usual.iter().map(|line| line.painted(width));
            let usual = usual.collect::<Vec<_>>().join("\n");
            assert!(!usual.contains('…'), "{width}: {usual}");
        }
    }
}

#[test]
fn a_writer_that_fails_is_told_loudly() {
    let zone = TimeZone::UTC;
    let mut sample = sample();
    sample.status.events.failing = Some("disk full".into());
    let view = View {
        words: Words::new(Language::Vietnamese),
        zone: &zone,
    };
    let text: String = view
        .sample(&sample, 100, 40)
        .iter()
        .map(|line| line.painted(100))
        .collect();
    assert!(text.contains("disk full"), "{text}");
}

#[test]
fn ways_round_the_filter_are_shown_by_kind_where_there_is_room() {
    let (mut sample, zone) = (sample(), TimeZone::UTC);
    let view = |language| View {
        words: Words::new(language),
        zone: &zone,
    };
    let text = |sample: &Sample, language, height| -> String {
        let lines = view(language).sample(sample, 100, height);
        lines.iter().map(|line| line.painted(100)).collect()
    };
    let untried = text(&sample, Language::Vietnamese, 60);
    assert!(!untried.contains("Tìm cách vượt lọc"), "{untried}");
    for (id, count) in [("bypass_vpn", 1_234), ("bypass_lookalike", 5)] {
        sample.status.totals.insert(id.into(), count);
    }
    let tried = text(&sample, Language::Vietnamese, 60);
    check(&tried, &["Tìm cách vượt lọc", "VPN", "1.234", "tên nhái"]);
    let tried = text(&sample, Language::English, 60);
    check(&tried, &["Bypass attempts", "VPNs", "1,234", "look-alikes"]);
    let small = text(&sample, Language::English, 24);
    assert!(!small.contains("Bypass attempts"), "{small}");
    let status = view(Language::English).status(&sample.status);
    let status: Vec<_> = status.iter().map(|line| line.painted(100)).collect();
    let vpn = status.iter().find(|line| line.starts_with("VPNs")).unwrap();
    // Today, this week and since the start.
    let counts: Vec<_> = vpn.split_whitespace().skip(1).collect();
    assert_eq!(counts, ["7", "4,321", "1,234"]);
    let status = status.concat();
    check(
        &status,
        &["Bypass attempts", "today", "7 days", "VPNs", "web proxies"],
    );
}

#[test]
fn the_status_says_what_runs_and_where() {
    let zone = TimeZone::UTC;
    let view = View {
        words: Words::new(Language::Vietnamese),
        zone: &zone,
    };
    let lines = view.status(&sample().status);
    let text: Vec<_> = lines.iter().map(|line| line.painted(usize::MAX)).collect();
    check(
        &text.join("\n"),
        &["0.0.0.0:53", "412", "123.456", "9.9.9.9:53"],
    );
}

proptest! {
    #[test]
    fn no_screen_is_too_small(width in 0usize..200, height in 0usize..80) {
        let lines = drawn(Language::Vietnamese, width, height);
        prop_assert!(lines.len() <= height);
        prop_assert!(lines.iter().all(|line| line::columns(line) <= width));
    }
}
