//! A cross-check by somebody else's generator, dnsperf, where it is installed, so that nobody needs to
//! trust ours: the same server under the same load by one right after the other.
//!
//! Both rates are alike where the server is the limit. On one core dnsperf stops at 100,000 to 240,000
//! queries a second and so hides differences between fast servers; there CPU time of a query is to be
//! compared, which is a little higher under dnsperf, as it leaves the server time to fall asleep.

use std::fs;
use std::iter::repeat;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{used, warm};
use crate::generator::{Generator, Until};
use crate::packet::{AAAA, HTTPS};
use crate::process::Process;
use crate::queries::{Load, popular_type};
use crate::report::{Check, Measured, Report};
use crate::servers::{Context, Server, installed};

/// Seconds of a run, and how long it may take in all: now and then dnsperf does not end.
const SECONDS: &str = "2";
const PATIENCE: Duration = Duration::from_secs(8);
/// Listed names that it asks for, again and again.
const LISTED: usize = 200_000;

/// Measures servers, blocked and cached; ours for `time` each.
pub(crate) fn run(
    generator: &mut Generator<'_>,
    report: &mut Report,
    context: &Context<'_>,
    servers: &[&Server],
    time: Duration,
) {
    let Some(program) = installed("dnsperf") else {
        report.remark("dnsperf is not installed: no cross-check".into());
        return;
    };
    let corpus = context.corpus;
    let listed = corpus.listed.iter().take(LISTED).zip(repeat("A"));
    let types = (0..).map(|index| match popular_type(index) {
        AAAA => "AAAA",
        HTTPS => "HTTPS",
        _ => "A",
    });
    let files = [
        ("blocked", Load::Blocked, write(context, "blocked", listed)),
        (
            "cached",
            Load::Cached,
            write(context, "cached", corpus.popular.iter().zip(types)),
        ),
    ];
    for (title, load, questions) in files {
        for server in servers {
            crate::note(&format!("dnsperf, {title}: {}", server.kind.name()));
            warm(generator, server);
            let until = Until::Elapsed(time);
            let (tally, cpu) = used(server, || generator.closed(server.address, load, until));
            let own = Measured {
                kqps: tally.rate() / 1e3,
                cost: cpu.total / tally.all().answered as f64,
            };
            let before = server.process.cpu();
            let Some(answered) = ask(context, &program, server, &questions) else {
                report.remark(format!(
                    "dnsperf did not end: {title}, {}",
                    server.kind.name()
                ));
                continue;
            };
            let used = server.process.cpu() - before;
            let seconds: f64 = SECONDS.parse().unwrap();
            let dnsperf = Measured {
                kqps: answered / seconds / 1e3,
                cost: used.total / answered,
            };
            let key = |what: &str| format!("dnsperf_{title}_{what}");
            report.set(server.kind, &key("kqps"), dnsperf.kqps);
            report.set(server.kind, &key("us"), dnsperf.cost);
            report.check(Check {
                kind: server.kind,
                load: title,
                own,
                dnsperf,
            });
        }
    }
}

fn write<'n>(
    context: &Context<'_>,
    title: &str,
    questions: impl Iterator<Item = (&'n str, &'n str)>,
) -> PathBuf {
    let file = context.folder.join(format!("dnsperf-{title}"));
    let lines: String = questions
        .map(|(name, kind)| format!("{name} {kind}\n"))
        .collect();
    fs::write(&file, lines).unwrap();
    file
}

/// Queries that were answered; nothing when dnsperf did not end by itself.
fn ask(context: &Context<'_>, program: &Path, server: &Server, names: &Path) -> Option<f64> {
    let port = server.address.port().to_string();
    let options = ["-s", "127.0.0.1", "-p", &port, "-c", "16", "-q", "200"];
    let more = ["-l", SECONDS, "-e", "-d"];
    let mut command = vec![program.as_os_str().to_owned()];
    command.extend(options.iter().chain(&more).map(Into::into));
    command.push(names.as_os_str().to_owned());
    let log = context.folder.join("dnsperf.log");
    let said = Process::start(context.cores.generator, &log, &command).output(PATIENCE)?;
    let line = said
        .lines()
        .find(|line| line.contains("Queries completed:"))?;
    line.split_whitespace().nth(2)?.parse().ok()
}
