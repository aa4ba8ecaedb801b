//! The page of figures for Prometheus, in its text format 0.0.4 or as OpenMetrics 1.0. Pure: values
//! in, text out; `service::page` serves it.
//!
//! What may stand here is decided by who may read it: perhaps somebody outside the school. So no
//! name, no device, no group, no tier and no category is a label: how often a few children met a
//! category is nobody's business outside (DESIGN.md, "Nothing about fewer than k devices leaves the
//! box"). The figures are the box's health. The one thing near to it is by which kinds of ways the
//! filter was tried to be got round: how, for the whole box, and most of it by devices themselves.

use std::fmt::Write as _;

use lachan_resolver::latency::{Latencies, ONE_IN, Snapshot};

use crate::control::{ProxyState, Status};
use crate::figures::{BYPASSES, CONNECTIONS, DETAILS, OUTCOMES, QUERIES, Tally};

/// Which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Prometheus text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Form {
    /// Its media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// What a reader that sends this `Accept` takes best.
    pub(crate) fn accepted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") {
            Self::OpenMetrics
        } else {
            Self::Text
        }
    }
}

/// Everything that is told.
pub(crate) struct Figures {
    /// What is running.
    pub(crate) status: Status,
    /// The resolver's counters.
    pub(crate) tally: Tally,
    /// How long answers took.
    pub(crate) latencies: Latencies,
}

/// Writes the page.
pub(crate) fn render(figures: &Figures, form: Form) -> String {
    let mut page = Page {
        text: String::with_capacity(16 << 10),
        form,
    };
    let status = &figures.status;
    page.gauge("lachan_build_info", "Always 1; the version is the label.");
    page.sample("lachan_build_info", &[("version", &status.version)], 1);
    queries(&mut page, &figures.tally);
    latencies(&mut page, &figures.latencies);
    upstreams(&mut page, status);
    cache(&mut page, status);
    policy(&mut page, status);
    events(&mut page, status);
    firewall(&mut page, status);
    proxy(&mut page, status);
    process(&mut page, status);
    page.finish()
}

fn queries(page: &mut Page, tally: &Tally) {
    page.one_counter("lachan_dns_messages", QUERIES.help, QUERIES.of(tally));
    let name = "lachan_dns_queries";
    page.counter(name, "DNS messages by how they ended.");
    for outcome in OUTCOMES {
        page.count(name, &[("outcome", outcome.id)], outcome.of(tally));
    }
    for detail in DETAILS.iter().chain(CONNECTIONS) {
        let name = format!("lachan_dns_{}", detail.id);
        page.one_counter(&name, detail.help, detail.of(tally));
    }
    let name = "lachan_dns_bypass_attempts";
    page.counter(name, "Attempts to get round the filter, by kind.");
    for (kind, attempts) in BYPASSES {
        page.count(name, &[("kind", kind.id())], attempts.of(tally));
    }
    let help = "Connections over TCP, DoT, DoH and DoQ that are open.";
    page.one_gauge("lachan_dns_connections_open", help, tally.connections.open);
}

fn latencies(page: &mut Page, latencies: &Latencies) {
    let help = format!(
        "Time from a query to its answer, where no upstream was needed; one query in {ONE_IN} is measured."
    );
    page.histogram("lachan_dns_answer_here_seconds", &help, &latencies.here);
    page.histogram(
        "lachan_dns_upstream_round_trip_seconds",
        "Time from a question to an upstream to its answer.",
        &latencies.upstream,
    );
}

fn upstreams(page: &mut Page, status: &Status) {
    let in_flight = "lachan_dns_upstream_questions_in_flight";
    page.one_gauge(
        in_flight,
        "Questions under way to upstreams.",
        status.in_flight,
    );
    let name = "lachan_dns_upstream_up";
    page.gauge(
        name,
        "1 while the upstream is in use, 0 while it is left alone.",
    );
    for upstream in &status.upstreams {
        page.sample(
            name,
            &[("upstream", &upstream.label)],
            u8::from(upstream.is_up),
        );
    }
    let name = "lachan_dns_upstream_smoothed_round_trip_seconds";
    page.gauge(name, "Smoothed time of the upstream to an answer.");
    for upstream in &status.upstreams {
        if let Some(micros) = upstream.round_trip_us {
            let seconds = std::time::Duration::from_micros(micros).as_secs_f64();
            page.sample(name, &[("upstream", &upstream.label)], seconds);
        }
    }
    let name = "lachan_dns_upstream_answers";
    page.counter(name, "Answers of the upstream.");
    for upstream in &status.upstreams {
        page.count(name, &[("upstream", &upstream.label)], upstream.answered);
    }
    let name = "lachan_dns_upstream_failures";
    page.counter(name, "Questions that the upstream did not answer.");
    for upstream in &status.upstreams {
        page.count(name, &[("upstream", &upstream.label)], upstream.failed);
    }
}

fn cache(page: &mut Page, status: &Status) {
    let cache = &status.cache;
    page.one_gauge(
        "lachan_dns_cache_answers",
        "Answers in the cache.",
        cache.answers,
    );
    page.one_gauge(
        "lachan_dns_cache_bytes",
        "Bytes the cache holds.",
        cache.bytes,
    );
    page.one_gauge(
        "lachan_dns_cache_max_bytes",
        "Bytes the cache may hold.",
        cache.most_bytes,
    );
}

fn policy(page: &mut Page, status: &Status) {
    let ruleset = &status.ruleset;
    page.one_gauge(
        "lachan_ruleset_names",
        "Names in the ruleset in use.",
        ruleset.names,
    );
    page.one_gauge(
        "lachan_ruleset_lists",
        "Lists in the ruleset in use.",
        ruleset.lists,
    );
    if let Some(built) = ruleset.built {
        let help = "Unix time when the ruleset in use was compiled.";
        page.one_gauge("lachan_ruleset_built_timestamp_seconds", help, built);
    }
    page.one_gauge("lachan_groups", "Groups of devices.", status.groups);
    page.one_gauge(
        "lachan_exceptions",
        "Exceptions that hold.",
        status.exceptions,
    );
    let help = "1 when the box knows the time, else 0.";
    page.one_gauge("lachan_clock_known", help, u8::from(status.now.is_some()));
}

fn events(page: &mut Page, status: &Status) {
    let events = &status.events;
    let help = "Blocked attempts between the resolver and the writer.";
    page.one_gauge("lachan_events_queued", help, events.queued);
    let help = "Blocked attempts in the writer's memory.";
    page.one_gauge("lachan_events_waiting", help, events.waiting);
    let help = "Blocked attempts given up because there was no room.";
    page.one_counter("lachan_events_dropped", help, events.dropped);
    page.one_counter(
        "lachan_events_flushes",
        "Writes to the database.",
        events.flushes,
    );
    let help = "1 while the database cannot be written.";
    page.one_gauge(
        "lachan_events_failing",
        help,
        u8::from(events.failing.is_some()),
    );
}

/// What the firewall's rules have held, by their purpose and never by whose packets they were.
fn firewall(page: &mut Page, status: &Status) {
    let counts = &status.firewall.counts;
    if counts.is_empty() {
        return;
    }
    let name = "lachan_firewall_packets";
    page.counter(
        name,
        "Packets that a rule of the firewall held, since the rules were applied.",
    );
    for count in counts {
        let verdict = if count.refuses { "refused" } else { "passed" };
        let rule = label(&count.rule);
        let labels = [("rule", rule.as_str()), ("verdict", verdict)];
        page.count(name, &labels, count.packets);
    }
}

/// What passed the proxy. Nothing of whom or where.
fn proxy(page: &mut Page, status: &Status) {
    let proxy = &status.proxy;
    if proxy.state == ProxyState::Off {
        return;
    }
    let failing = matches!(proxy.state, ProxyState::Failing { .. });
    page.one_gauge(
        "lachan_proxy_failing",
        "Whether the proxy cannot listen.",
        u8::from(failing),
    );
    let name = "lachan_proxy_tls_connections";
    page.counter(name, "TLS connections by what became of them.");
    let tls = &proxy.tls;
    for (outcome, count) in [
        ("passed", tls.passed),
        ("blocked", tls.blocked),
        ("turned-away", tls.turned_away),
        ("failed", tls.failed),
    ] {
        page.count(name, &[("outcome", outcome)], count);
    }
    let name = "lachan_proxy_evasions";
    page.counter(
        name,
        "Connections that hid or did not say where they go, by kind.",
    );
    for (kind, count) in &proxy.evasions {
        page.count(name, &[("kind", kind)], *count);
    }
    page.one_counter(
        "lachan_proxy_http_requests",
        "Requests over plain HTTP.",
        proxy.http.requests,
    );
    let name = "lachan_proxy_http_refusals";
    page.counter(
        name,
        "Requests refused for how they were written, by what is wrong with them.",
    );
    for (kind, count) in &proxy.http.refusals {
        page.count(name, &[("kind", kind)], *count);
    }
    let name = "lachan_proxy_open";
    page.gauge(name, "Connections that are open.");
    page.sample(name, &[("channel", "tls")], tls.open);
    page.sample(name, &[("channel", "http")], proxy.http.open);
}

/// A rule's purpose as a label: small letters and digits, joined by `-`.
fn label(purpose: &str) -> String {
    let words = purpose.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

/// The names that Prometheus' own client libraries use, so that ready-made dashboards work.
fn process(page: &mut Page, status: &Status) {
    let process = &status.process;
    let uptime = i64::try_from(status.uptime).unwrap_or(i64::MAX);
    if let Some(now) = status.now {
        let help = "Unix time of the start.";
        page.one_gauge(
            "process_start_time_seconds",
            help,
            now.saturating_sub(uptime),
        );
    }
    let gauges = [
        (
            "process_resident_memory_bytes",
            "Memory in use, mapped files included.",
            process.resident,
        ),
        (
            "lachan_anonymous_memory_bytes",
            "Memory in use that is no file's.",
            process.anonymous,
        ),
        ("process_open_fds", "Open descriptors.", process.open_files),
        (
            "process_max_fds",
            "Most descriptors that may be open.",
            process.most_files,
        ),
    ];
    for (name, help, value) in gauges {
        if let Some(value) = value {
            page.one_gauge(name, help, value);
        }
    }
    if let Some(written) = process.written {
        page.one_counter(
            "lachan_disk_written_bytes",
            "Bytes written to the card.",
            written,
        );
    }
    if let Some(seconds) = process.processor {
        let name = "process_cpu_seconds";
        page.counter(name, "Processor time.");
        page.sample(&format!("{name}_total"), &[], seconds);
    }
}

/// The page being written.
struct Page {
    text: String,
    form: Form,
}

/// Writing into a `String` cannot fail, so the outcomes of `write!` are passed over.
impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let help = escaped(help);
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn gauge(&mut self, name: &str, help: &str) {
        self.head(name, "gauge", help);
    }

    /// A counter, named without its ending `_total`, which OpenMetrics keeps off the family's name
    /// and the older format does not.
    fn counter(&mut self, name: &str, help: &str) {
        match self.form {
            Form::Text => self.head(&format!("{name}_total"), "counter", help),
            Form::OpenMetrics => self.head(name, "counter", help),
        }
    }

    fn one_gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.gauge(name, help);
        self.sample(name, &[], value);
    }

    fn one_counter(&mut self, name: &str, help: &str, value: u64) {
        self.counter(name, help);
        self.count(name, &[], value);
    }

    fn count(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        self.sample(&format!("{name}_total"), labels, value);
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.text.push_str(name);
        let mut before = '{';
        for (label, text) in labels {
            let text = escaped(text).replace('"', "\\\"");
            let _ = write!(self.text, "{before}{label}=\"{text}\"");
            before = ',';
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    fn histogram(&mut self, name: &str, help: &str, snapshot: &Snapshot) {
        self.head(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for (end, count) in snapshot.cumulative() {
            let end = end.as_secs_f64().to_string();
            self.sample(&bucket, &[("le", &end)], count);
        }
        let count = snapshot.count();
        self.sample(&bucket, &[("le", "+Inf")], count);
        self.sample(&format!("{name}_sum"), &[], snapshot.sum().as_secs_f64());
        self.sample(&format!("{name}_count"), &[], count);
    }

    fn finish(mut self) -> String {
        if self.form == Form::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }
}

/// Backslashes and line ends escaped, as both formats want them.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

#[cfg(test)]
mod tests;
