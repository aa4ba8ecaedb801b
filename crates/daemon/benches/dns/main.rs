//! `scripts/bench dns`: the built `lachan` under load, beside a reflector that does nothing but
//! receive and send, and beside unbound, dnsmasq, PowerDNS Recursor and dnsdist where they are
//! installed, all in one run, after the method of `reference/peer-measurements.md`, A2.
//!
//! ```text
//!  core 0: one server at a time       core 1: generator (closed or paced) + the upstream's stand-in
//! ```
//!
//! Over UDP the generator is `generator`, over DoT and DoH `secure`. dnsperf, where it is installed,
//! says what it thinks of the same server, see `phases::dnsperf`.
//!
//! Everything speaks to loopback only, every loop is bounded in count or time, and what was
//! started ends with the bench.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run should stop")]
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

mod corpus;
mod generator;
#[path = "../../../lists/benches/support/names.rs"]
mod names;
mod packet;
mod phases;
mod plan;
mod process;
mod queries;
mod reflector;
mod report;
#[path = "../../../lists/benches/support/room.rs"]
mod room;
mod secure;
mod servers;
mod tally;
mod upstream;
mod users;
mod verify;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Instant;

use corpus::Corpus;
use generator::Generator;
use plan::{Part, Plan};
use process::{Cores, pin};
use queries::Queries;
use report::Report;
use room::Room;
use secure::papers::Papers;
use servers::{Context, Doors, Kind, School, Server};
use upstream::Upstream;
use users::People;

/// Names of the two sizes whose memory is told.
const MILLION: usize = 1_000_000;
const FIVE_MILLION: usize = 5_000_000;
/// The most that a run writes, in MiB: rulesets and the lists they are compiled of, and in a thorough
/// run the peers' lists.
const ROOM: u64 = 800;
const ROOM_THOROUGH: u64 = 1600;

fn main() {
    let args: Vec<_> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    if args.first().is_some_and(|arg| arg == "child") {
        process::child(&args[1..]);
        return;
    }
    let plan = Plan::read(&args).unwrap_or_else(|mistake| {
        note(&format!("{mistake}\n{}", plan::USAGE));
        std::process::exit(2);
    });
    let report = measure(&plan);
    if plan.json {
        println!("{}", serde_json::to_string_pretty(&report.json()).unwrap());
    } else {
        println!("{}", report.table());
    }
}

impl Plan {
    /// Whether anything is wanted for which all servers run side by side.
    fn wants_peers(&self) -> bool {
        let parts = [Part::Speed, Part::Dnsperf, Part::Latency];
        parts.into_iter().any(|part| self.wants(part))
    }

    /// Names to make.
    fn names_needed(&self) -> usize {
        if self.wants(Part::Memory) {
            FIVE_MILLION
        } else {
            MILLION
        }
    }

    /// The schools whose rulesets are needed.
    fn schools(&self) -> Vec<School> {
        let ordinary = School::of("ordinary", self.names);
        let mut schools = vec![ordinary];
        if self.wants(Part::Memory) {
            schools.extend([MILLION, FIVE_MILLION].map(|names| School::of("memory", names)));
        }
        if self.wants(Part::Scale) {
            schools.push(ordinary.twice());
        }
        if self.wants(Part::Swap) {
            schools.push(ordinary.marked());
        }
        schools
    }
}

/// Says on standard error what is going on, and since when.
fn note(text: &str) {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let seconds = START.elapsed().as_secs();
    let _ = writeln!(std::io::stderr(), "bench dns {seconds:>4} s: {text}");
}

fn measure(plan: &Plan) -> Report {
    let cores = Cores::choose();
    pin(cores.generator);
    let needed = if plan.is_thorough {
        ROOM_THOROUGH
    } else {
        ROOM
    };
    let room = Room::open("dns", env!("CARGO_TARGET_TMPDIR"), needed);
    note("making names");
    let corpus = Corpus::generate(plan.names_needed());
    let upstream = Upstream::start();
    let context = Context {
        cores,
        corpus: &corpus,
        upstream: upstream.address,
        folder: room.path().into(),
        program: env!("CARGO_BIN_EXE_lachan").into(),
        rules: Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../rules")
            .canonicalize()
            .unwrap(),
    };
    let mut run = Run {
        plan,
        context: &context,
        upstream: &upstream,
        report: Report::new(),
        peers: Vec::new(),
    };
    run.find_peers();
    for school in plan.schools() {
        // Compiled before all else, not between measurements.
        context.ruleset(&school);
    }
    if plan.wants_peers() {
        run.speed_and_latency();
    }
    if plan.wants(Part::Memory) {
        run.memory(MILLION, "1m", "first_answer_s_1m");
        run.memory(FIVE_MILLION, "5m", "first_answer_s");
    }
    if plan.wants(Part::Encrypted) {
        run.encrypted();
    }
    run.ours_alone();
    if plan.wants(Part::Pages) {
        run.pages();
    }
    run.report
}

/// A run.
struct Run<'r> {
    plan: &'r Plan,
    context: &'r Context<'r>,
    upstream: &'r Upstream,
    report: Report,
    /// Peers that are installed.
    peers: Vec<(Kind, PathBuf)>,
}

impl<'r> Run<'r> {
    fn find_peers(&mut self) {
        for kind in Kind::PEERS.into_iter().filter(|_| self.plan.has_peers) {
            match kind.program() {
                Some(program) => self.peers.push((kind, program)),
                None => {
                    note(&format!("{} is not installed and left out", kind.name()));
                    self.report.missing(kind);
                }
            }
        }
    }

    fn generator(&self, names: usize) -> Generator<'r> {
        Generator::new(self.upstream, Queries::new(self.context.corpus, names))
    }

    /// Starts Lá Chắn and checks that it does what it is measured for.
    fn lachan(&self, school: &School) -> Server {
        let server = self.context.lachan(school);
        verify::verify(&server, self.context.corpus, school.names);
        server
    }

    /// Starts a peer and checks that it does what it is measured for.
    fn peer(&self, kind: Kind, program: &Path, names: usize) -> Server {
        note(&format!("starting {} with {names} names", kind.name()));
        let server = self.context.peer(kind, program, names, None);
        verify::verify(&server, self.context.corpus, names);
        server
    }

    fn speed_and_latency(&mut self) {
        let plan = self.plan;
        let mut generator = self.generator(plan.names);
        let school = School::of("speed", plan.names);
        let mut servers = vec![self.context.reflector(), self.lachan(&school)];
        for (kind, program) in &self.peers {
            servers.push(self.peer(*kind, program, plan.names));
        }
        if plan.wants(Part::Speed) {
            let (rounds, time) = (plan.rounds, plan.time);
            phases::speed::run(&mut generator, &mut self.report, &servers, rounds, time);
        }
        if plan.wants(Part::Dnsperf) {
            // In a quick run one is enough: a peer, slow enough for both generators.
            let first = if plan.is_thorough {
                0
            } else {
                servers.len() - 1
            };
            let some: Vec<_> = servers[first..].iter().collect();
            let (report, context) = (&mut self.report, self.context);
            phases::dnsperf::run(&mut generator, report, context, &some, plan.time);
        }
        if plan.wants(Part::Latency) {
            let all = if plan.is_thorough { servers.len() } else { 2 };
            let some: Vec<_> = servers[..all].iter().collect();
            let (rounds, time) = (plan.latency_rounds, plan.latency_time);
            phases::latency::run(&mut generator, &mut self.report, &some, rounds, time);
        }
        if plan.wants(Part::LineDown) {
            // After all else: some peers take their time to believe in an upstream again.
            let last = if plan.is_thorough { servers.len() } else { 2 };
            for server in &servers[1..last] {
                self.line_down(&mut generator, server);
            }
        }
    }

    fn line_down(&mut self, generator: &mut Generator<'_>, server: &Server) {
        let (report, upstream) = (&mut self.report, self.upstream);
        note(&format!("line down: {}", server.kind.name()));
        let time = self.plan.time;
        phases::line_down::run(generator, report, upstream, server, time);
    }

    /// Memory and start with so many names, each server alone.
    fn memory(&mut self, names: usize, suffix: &str, first_answer: &str) {
        let mut generator = self.generator(names);
        let reflector = self.context.reflector();
        let thorough = self.plan.is_thorough;
        let peers = self.peers.clone().into_iter().filter(|_| thorough);
        for peer in std::iter::once(None).chain(peers.map(Some)) {
            let server = match peer {
                None => self.lachan(&School::of("memory", names)),
                Some((kind, program)) => self.peer(kind, &program, names),
            };
            note(&format!(
                "memory with {names} names: {}",
                server.kind.name()
            ));
            let report = &mut self.report;
            phases::memory::run(&mut generator, report, &server, suffix, first_answer);
            if names == FIVE_MILLION && thorough {
                phases::memory::speed(&mut generator, report, &reflector, &server);
            }
        }
    }

    /// DoT and DoH, ours and those peers that have them.
    fn encrypted(&mut self) {
        let plan = self.plan;
        let mut generator = self.generator(plan.names);
        let papers = Papers::make(&self.context.folder);
        let (school, doors) = (School::of("encrypted", plan.names), Doors::new(&papers));
        note("starting lachan with encrypted listeners");
        let server = self.context.lachan_encrypted(&school, &doors);
        let mut servers = vec![(server, doors)];
        for (kind, program) in &self.peers {
            if !matches!(kind, Kind::Unbound | Kind::Dnsdist) {
                continue;
            }
            note(&format!(
                "starting {} with encrypted listeners",
                kind.name()
            ));
            let doors = Doors::new(&papers);
            let server = self.context.peer(*kind, program, plan.names, Some(&doors));
            servers.push((server, doors));
        }
        for (server, _) in &servers {
            verify::verify(server, self.context.corpus, plan.names);
        }
        let (report, time) = (&mut self.report, plan.time);
        let client = &papers.client;
        phases::encrypted::run(&mut generator, report, &servers, client, plan.rounds, time);
    }

    /// People at the pages beside the load.
    fn pages(&mut self) {
        let plan = self.plan;
        let mut generator = self.generator(plan.names);
        let pages = servers::free_address();
        note("starting lachan with its pages, and signing fifty people in");
        let school = School::of("pages", plan.names);
        let server = self.context.lachan_with_pages(&school, pages);
        verify::verify(&server, self.context.corpus, plan.names);
        let others = self.context.cores.others.clone();
        if others == [self.context.cores.generator] {
            let text =
                "the people at the pages share the generator's core, which lowers what is kept";
            self.report.remark(text.into());
        }
        let people = People::sign_in(server.folder(), pages, others);
        let report = &mut self.report;
        phases::pages::run(
            &mut generator,
            report,
            &server,
            &people,
            plan.rounds,
            plan.time,
        );
    }

    /// What only Lá Chắn is measured for.
    fn ours_alone(&mut self) {
        let plan = self.plan;
        let wants = |part| plan.wants(part);
        let alone = wants(Part::LineDown) && !plan.wants_peers();
        if !wants(Part::Swap) && !wants(Part::Scale) && !alone {
            return;
        }
        let mut generator = self.generator(plan.names);
        let school = School::of("alone", plan.names);
        let server = self.lachan(&school);
        if wants(Part::Scale) {
            let (rounds, time) = (plan.rounds, plan.time);
            let (report, context) = (&mut self.report, self.context);
            let ours = (&server, &school);
            phases::scale::run(&mut generator, report, context, ours, rounds, time);
        }
        if wants(Part::Swap) {
            note("swapping the ruleset under load");
            let next = school.marked();
            let (report, context) = (&mut self.report, self.context);
            let schools = (&school, &next);
            phases::swap::run(&mut generator, report, context, &server, schools);
        }
        if alone {
            self.line_down(&mut generator, &server);
        }
    }
}
