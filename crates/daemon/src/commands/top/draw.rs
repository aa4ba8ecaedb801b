//! From a sample to lines of text. Pure: the width, height, zone and language come from outside.
//!
//! ```text
//!  title, ruleset, memory
//!  queries by outcome   │  latency, upstreams        (one below the other on a narrow screen)
//!  blocked: categories, groups  │  names
//! ```

mod line;
mod units;

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;

use crate::console::{FAINT, TITLE, WARNING};
use crate::control::{Blocked, ById, FirewallState, Percentiles, ProxyState, Sample, Status};
use crate::figures::{self, Figure};
use crate::time::shown_unix;
use crate::words::Words;
pub(crate) use line::Line;
use line::{beside, clipped, spread};

/// Narrower than this the columns stand one below the other.
const TWO_COLUMNS: usize = 76;
/// Columns of a table of counters where there is room: name, a second, since the start. Where there
/// is less the name is cut, never a number: one that is cut is another number.
const RATE_WIDTHS: [usize; 3] = [16, 10, 14];
/// Columns of a table of latencies, in the same way.
const SPEED_WIDTHS: [usize; 3] = [18, 9, 9];
/// Columns of an upstream's name where there is room.
const UPSTREAM_WIDTH: usize = 20;
/// Columns between the two halves of a wide screen.
const GAP: usize = 2;
/// Columns of the ways round the filter in the status: name, today, this week, since the start.
const DAY_WIDTHS: [usize; 4] = [18, 14, 14, 14];
/// Up to this height there is only room for how queries end, and for what is blocked; above it the
/// other counters are shown when they count something.
const SMALL_SCREEN: usize = 26;
const BAD: Style = AnsiColor::Red.on_default();
const GOOD: Style = AnsiColor::Green.on_default();

/// How samples are shown.
#[derive(Clone, Copy)]
pub(crate) struct View<'v> {
    /// The reader's language.
    pub(crate) words: Words,
    /// The school's zone.
    pub(crate) zone: &'v TimeZone,
}

impl View<'_> {
    /// Before the first sample.
    pub(super) fn waiting(self) -> Vec<Line> {
        vec![Line::of(FAINT, self.words.top_waiting())]
    }

    /// The filter went away.
    pub(super) fn lost(self, why: &str, width: usize) -> Vec<Line> {
        let mut lines = vec![Line::of(WARNING, self.words.top_lost()), Line::default()];
        lines.extend(
            line::wrapped(why, width)
                .into_iter()
                .map(|text| Line::of(Style::new(), text)),
        );
        lines
    }

    /// One look, over the whole screen, with how to leave it on the last line.
    pub(super) fn live(self, sample: &Sample, width: usize, height: usize) -> Vec<Line> {
        let mut lines = self.sample(sample, width, height.saturating_sub(1));
        lines.resize(height.saturating_sub(1), Line::default());
        lines.push(Line::of(FAINT, self.words.top_keys()));
        lines
    }

    /// One look, in so many columns and at most so many lines.
    pub(super) fn sample(self, sample: &Sample, width: usize, height: usize) -> Vec<Line> {
        let mut lines = self.head(&sample.status, width);
        lines.push(Line::default());
        let is_wide = width >= TWO_COLUMNS;
        let half = width / 2;
        let (for_left, for_right) = if is_wide {
            (half - GAP, width - half)
        } else {
            (width, width)
        };
        let left = self.rates(sample, for_left, height);
        let right = self.speed(sample, for_right);
        lines.extend(if is_wide {
            beside(left, right, half)
        } else {
            stacked(left, right)
        });
        let room = height.saturating_sub(lines.len() + 1);
        if let Some(blocked) = sample.blocked.as_ref().filter(|_| room > 1) {
            lines.push(Line::default());
            lines.extend(self.blocked(blocked, width, room, is_wide));
        }
        lines.truncate(height);
        lines
    }

    /// What is running, once.
    pub(crate) fn status(self, status: &Status) -> Vec<Line> {
        let words = self.words;
        let mut lines = self.head(status, usize::MAX);
        for address in &status.listeners {
            lines.push(Line::plain(
                words.listens(&address.to_string()).trim_start().to_owned(),
            ));
        }
        for (transport, address) in &status.encrypted {
            let text = words.listens_encrypted(transport, &address.to_string());
            lines.push(Line::plain(text.trim_start().to_owned()));
        }
        if let Some(address) = status.metrics {
            let text = words.shows_figures(&address.to_string());
            lines.push(Line::plain(text.trim_start().to_owned()));
        }
        lines.extend(self.pages(status));
        if let Some(state) = words.proxy_state(&status.proxy) {
            let style = match status.proxy.state {
                ProxyState::Failing { .. } => WARNING,
                ProxyState::On | ProxyState::Off => Style::new(),
            };
            lines.push(Line::of(style, words.proxy_line(&state)));
        }
        if let Some(state) = words.inspection_state(&status.proxy.inspection) {
            // Whoever looks is to see that connections are opened up.
            lines.push(Line::of(WARNING, words.inspection_line(&state)));
        }
        if let Some(state) = words.firewall_state(&status.firewall) {
            let style = match status.firewall.state {
                FirewallState::On => Style::new(),
                _ => WARNING,
            };
            lines.push(Line::of(style, words.firewall_line(&state)));
            let counts = words.firewall_counts(&status.firewall);
            lines.extend(counts.into_iter().map(Line::plain));
        }
        lines.push(Line::plain(
            words.status_people(status.groups, status.exceptions),
        ));
        lines.push(Line::default());
        lines.extend(self.upstreams(status, usize::MAX));
        lines.push(Line::default());
        lines.push(Line::of(TITLE, words.since_start()));
        let line = |figure: &Figure| {
            let total = status.totals.get(figure.id).copied().unwrap_or(0);
            let cells = [figure.label(words), &units::count(total, words)];
            spread(&cells, &[18, 14], Style::new())
        };
        let is_bypass = |figure: &&Figure| figures::bypasses().any(|other| other.id == figure.id);
        lines.extend(figures::all().filter(|one| !is_bypass(one)).map(line));
        lines.push(Line::default());
        lines.extend(self.bypass_days(status));
        lines
    }

    /// The box's own pages, with what a browser's warning is compared to.
    fn pages(self, status: &Status) -> Vec<Line> {
        let (words, web) = (self.words, &status.web);
        let pages = web.listeners.iter().map(|address| {
            let text = words.shows_pages(&address.to_string());
            Line::plain(text.trim_start().to_owned())
        });
        let mut lines: Vec<_> = pages.collect();
        if let Some(fingerprint) = &web.fingerprint {
            let text = words.pages_fingerprint(fingerprint);
            lines.push(Line::plain(text.trim_start().to_owned()));
        }
        if let Some(why) = &web.failing {
            lines.push(Line::of(WARNING, words.pages_failing(why)));
        }
        lines
    }

    /// Ways round the filter: today and this week, kept over restarts, and since the start.
    fn bypass_days(self, status: &Status) -> Vec<Line> {
        let words = self.words;
        let [title, today, week, run] = [
            words.bypasses_title(),
            words.today(),
            words.last_days(),
            words.since_start(),
        ];
        let mut lines = vec![spread(&[&title, &today, &week, &run], &DAY_WIDTHS, TITLE)];
        for figure in figures::bypasses() {
            let shown = |counts: Option<&ById<u64>>| match counts {
                Some(counts) => units::count(counts.get(figure.id).copied().unwrap_or(0), words),
                None => "–".to_owned(),
            };
            let days = status.bypasses.as_ref();
            let cells = [
                figure.label(words),
                &shown(days.map(|days| &days.today)),
                &shown(days.map(|days| &days.week)),
                &shown(Some(&status.totals)),
            ];
            lines.push(spread(&cells, &DAY_WIDTHS, Style::new()));
        }
        lines
    }

    fn head(self, status: &Status, width: usize) -> Vec<Line> {
        let words = self.words;
        let now = status.now.map(|now| shown_unix(now, self.zone));
        let now = now.unwrap_or_else(|| words.time_unknown());
        let title = |school: &str| format!("Lá Chắn {} · {school} · {now}", status.version);
        // The school's name gives way to the time.
        let room = width.saturating_sub(line::columns(&title("")));
        let title = title(&line::shortened(&status.school, room));
        let uptime = words.runs_since(&units::span(status.uptime, words), status.pid);
        let has_room = line::columns(&title) + GAP + line::columns(&uptime) <= width;
        let mut first = Line::of(TITLE, title);
        let mut lines = Vec::new();
        if has_room {
            first.push(FAINT, format!("  {uptime}"));
            lines.push(first);
        } else {
            lines.extend([first, Line::of(FAINT, uptime)]);
        }
        let process = &status.process;
        let memory =
            |bytes: Option<u64>| bytes.map_or_else(|| "?".to_owned(), |b| units::bytes(b, words));
        let cache = &status.cache;
        let parts = [
            words.memory(&memory(process.resident), &memory(process.anonymous)),
            words.cache_holds(
                &units::count(cache.answers as u64, words),
                &units::bytes(cache.bytes as u64, words),
                &units::bytes(cache.most_bytes, words),
            ),
        ];
        for text in [self.ruleset(status), parts.join(" · ")] {
            lines.extend(line::wrapped(&text, width).into_iter().map(Line::plain));
        }
        lines.push(self.events(status));
        lines.into_iter().map(|line| clipped(line, width)).collect()
    }

    fn ruleset(self, status: &Status) -> String {
        let (words, ruleset) = (self.words, &status.ruleset);
        let names = units::count(ruleset.names, words);
        match (ruleset.built, status.now) {
            (Some(built), Some(now)) => {
                let days = (now - built).max(0) / 86_400;
                words.ruleset_in_use(&shown_unix(built, self.zone), days, &names, ruleset.lists)
            }
            _ => words.ruleset_of_no_age(&names, ruleset.lists),
        }
    }

    fn events(self, status: &Status) -> Line {
        let (words, events) = (self.words, &status.events);
        if let Some(why) = &events.failing {
            return Line::of(WARNING, words.events_failing(why));
        }
        let waiting = units::count((events.queued + events.waiting) as u64, words);
        let mut line = Line::plain(words.events_waiting(&waiting));
        if events.dropped > 0 {
            let dropped = words.events_lost(&units::count(events.dropped, words));
            line.push(WARNING, format!(" · {dropped}"));
        }
        line
    }

    fn rates(self, sample: &Sample, width: usize, height: usize) -> Vec<Line> {
        let words = self.words;
        let widths = self.rate_widths(sample, width);
        let titles = [words.queries_title(), words.a_second(), words.since_start()];
        let titles = titles.each_ref().map(String::as_str);
        let mut lines = vec![spread(&titles, &widths, TITLE)];
        let rate = |figure: &Figure, style| self.rate(figure, sample, widths, style);
        lines.push(rate(&figures::QUERIES, Style::new()));
        for figure in figures::OUTCOMES {
            let style = match figure.id {
                "failed" | "refused" if rate_of(figure, sample) > 0.0 => BAD,
                _ => Style::new(),
            };
            lines.push(rate(figure, style));
        }
        let counts = |figure: &&Figure| total_of(figure, sample) > 0;
        // On a small screen what is blocked matters more.
        let room = height.saturating_sub(SMALL_SCREEN);
        let details = figures::DETAILS.iter().chain(figures::CONNECTIONS);
        // Ways round the filter before details.
        let bypasses = self.bypasses(sample, widths, room);
        let details = details.filter(counts).take(room - bypasses.len());
        lines.extend(details.map(|figure| rate(figure, FAINT)));
        lines.extend(bypasses);
        lines
    }

    /// Ways round the filter that were tried, where there is room left for some.
    fn bypasses(self, sample: &Sample, widths: [usize; 3], room: usize) -> Vec<Line> {
        let tried = figures::bypasses().filter(|figure| total_of(figure, sample) > 0);
        let tried = tried.take(room.saturating_sub(1));
        let mut lines: Vec<_> = tried
            .map(|figure| self.rate(figure, sample, widths, Style::new()))
            .collect();
        if !lines.is_empty() {
            lines.insert(0, Line::of(TITLE, self.words.bypasses_title()));
        }
        lines
    }

    /// The columns of the table of counters in so many columns.
    fn rate_widths(self, sample: &Sample, width: usize) -> [usize; 3] {
        let words = self.words;
        let mut numbers = [
            line::columns(&words.a_second()),
            line::columns(&words.since_start()),
        ];
        let all = figures::all();
        for figure in all.filter(|figure| total_of(figure, sample) > 0) {
            for (widest, cell) in numbers.iter_mut().zip(self.rate_cells(figure, sample)) {
                *widest = line::columns(&cell).max(*widest);
            }
        }
        fitted(RATE_WIDTHS, numbers, width)
    }

    fn rate_cells(self, figure: &Figure, sample: &Sample) -> [String; 2] {
        [
            units::decimal(rate_of(figure, sample), self.words),
            units::count(total_of(figure, sample), self.words),
        ]
    }

    fn rate(self, figure: &Figure, sample: &Sample, widths: [usize; 3], style: Style) -> Line {
        let [rate, total] = self.rate_cells(figure, sample);
        spread(&[figure.label(self.words), &rate, &total], &widths, style)
    }

    fn speed(self, sample: &Sample, width: usize) -> Vec<Line> {
        let words = self.words;
        let seconds = units::span(sample.latency_seconds, words);
        let titles = [
            words.latency_title(&seconds),
            "p50".to_owned(),
            "p99".to_owned(),
        ];
        let widths = fitted(SPEED_WIDTHS, [8, 8], width);
        let mut lines = vec![spread(
            &titles.each_ref().map(String::as_str),
            &widths,
            TITLE,
        )];
        for (label, latency) in [
            (words.answered_here(), sample.here),
            (words.upstream_title(), sample.upstream),
        ] {
            let time = |of: fn(Percentiles) -> std::time::Duration| {
                latency.map_or_else(|| "–".to_owned(), |all| units::duration(of(all), words))
            };
            let cells = [
                label.as_str(),
                &time(Percentiles::p50),
                &time(Percentiles::p99),
            ];
            lines.push(spread(&cells, &widths, Style::new()));
        }
        let share = sample
            .hit_rate
            .map_or_else(|| "–".to_owned(), |rate| units::percent(rate, words));
        lines.push(spread(
            &[&words.cache_hits(), &share],
            &widths[..2],
            Style::new(),
        ));
        lines.push(Line::default());
        lines.extend(self.upstreams(&sample.status, width));
        lines
    }

    fn upstreams(self, status: &Status, width: usize) -> Vec<Line> {
        let words = self.words;
        let mut lines = vec![Line::of(TITLE, words.upstreams_title())];
        if status.upstreams.is_empty() {
            lines.push(Line::of(FAINT, words.none()));
        }
        let failures: Vec<String> = status
            .upstreams
            .iter()
            .map(|upstream| words.upstream_failures(&units::count(upstream.failed, words)))
            .collect();
        // State, time and their spaces; the name gives way to them.
        let beside = failures.iter().map(|text| line::columns(text)).max();
        let beside = beside.unwrap_or(0) + 1 + 9 + 8 + GAP;
        let for_name = width.saturating_sub(beside).min(UPSTREAM_WIDTH);
        for (upstream, failures) in status.upstreams.iter().zip(failures) {
            let time = upstream.round_trip_us.map(std::time::Duration::from_micros);
            let time = time.map_or_else(|| "–".to_owned(), |time| units::duration(time, words));
            let (style, state) = match (upstream.is_up, upstream.answered, upstream.failed) {
                (true, 0, 0) => (FAINT, words.upstream_untried()),
                (true, 0, _) => (BAD, words.upstream_silent()),
                (true, _, _) => (GOOD, words.upstream_up()),
                (false, _, _) => (BAD, words.upstream_paused()),
            };
            let mut line = spread(&[&upstream.label], &[for_name], Style::new());
            line.push(style, format!(" {state:<9}"));
            line.push(Style::new(), format!("{time:>8}  {failures}"));
            lines.push(clipped(line, width));
        }
        lines
    }

    fn blocked(self, blocked: &Blocked, width: usize, room: usize, is_wide: bool) -> Vec<Line> {
        let words = self.words;
        let side = if is_wide { width / 2 - 2 } else { width };
        let attempts = units::count(blocked.attempts, words);
        let mut lines = vec![Line::of(
            TITLE,
            words.blocked_title(blocked.minutes, &attempts),
        )];
        let rows = room.saturating_sub(1);
        // Groups are few, and which class it is matters most to whoever acts on it.
        let groups = self.groups(blocked, side);
        let for_groups = groups.len().min(rows / 2);
        let mut left = self.categories(blocked, side);
        left.truncate(rows - for_groups);
        left.extend(groups);
        let right = self.names(blocked, side);
        lines.extend(if is_wide {
            beside(left, right, width / 2)
        } else {
            stacked(right, left)
        });
        lines.truncate(room);
        lines
    }

    fn categories(self, blocked: &Blocked, width: usize) -> Vec<Line> {
        let words = self.words;
        let label = |top: &crate::control::TopCategory| {
            if words.is_vietnamese() {
                top.vi.clone()
            } else {
                top.en.clone()
            }
        };
        let rows = blocked.categories.iter().map(|top| (label(top), top.count));
        self.counted(words.category(), rows, width)
    }

    fn names(self, blocked: &Blocked, width: usize) -> Vec<Line> {
        let rows = blocked
            .names
            .iter()
            .map(|top| (top.name.clone(), top.count));
        self.counted(self.words.name(), rows, width)
    }

    fn groups(self, blocked: &Blocked, width: usize) -> Vec<Line> {
        let words = self.words;
        let rows = blocked.groups.iter().map(|group| {
            let name = if group.name == crate::policy_source::UNKNOWN {
                words.unknown_device_group()
            } else {
                group.name.clone()
            };
            (format!("{name} ({})", group.tier), group.count)
        });
        let mut lines = vec![Line::default()];
        lines.extend(self.counted(words.group(), rows, width));
        lines
    }

    fn counted(
        self,
        title: String,
        rows: impl Iterator<Item = (String, u64)>,
        width: usize,
    ) -> Vec<Line> {
        let widths = [width.saturating_sub(12).min(40), 10];
        let mut lines = vec![spread(&[&title, &self.words.count()], &widths, FAINT)];
        for (label, count) in rows {
            let count = units::count(count, self.words);
            lines.push(spread(&[&label, &count], &widths, Style::new()));
        }
        lines
    }
}

fn rate_of(figure: &Figure, sample: &Sample) -> f64 {
    sample.rates.get(figure.id).copied().unwrap_or(0.0)
}

fn total_of(figure: &Figure, sample: &Sample) -> u64 {
    sample.status.totals.get(figure.id).copied().unwrap_or(0)
}

/// The widths of a name and two numbers in so many columns: those that are usual where there is
/// room; else the numbers have what the widest takes, and the name what is left.
fn fitted(usual: [usize; 3], numbers: [usize; 2], width: usize) -> [usize; 3] {
    let [name, first, second] = usual;
    let [first, second] = [first.max(numbers[0]), second.max(numbers[1])];
    let spaces = 2;
    if name + first + second + spaces <= width {
        return [name, first, second];
    }
    let [first, second] = numbers;
    let left = width.saturating_sub(first + second + spaces);
    [left.min(name), first, second]
}

fn stacked(mut first: Vec<Line>, second: Vec<Line>) -> Vec<Line> {
    first.push(Line::default());
    first.extend(second);
    first
}

#[cfg(test)]
mod tests;
