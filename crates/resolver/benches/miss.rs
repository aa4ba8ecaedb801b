//! What a miss costs: processor time of the engine for questions that only an upstream can answer.
//!
//! ```text
//! cargo bench -p lachan-resolver --bench miss -- upstream 5399        answers everything, at once
//! cargo bench -p lachan-resolver --bench miss -- ask 127.0.0.1:5399   asks 200,000 names, and tells
//! ```
//!
//! Pin each to a core of its own (`taskset -c`). Listeners are left out: to the figure come the
//! two system calls towards the client.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench ends with a word and prints its figures"
)]

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use lachan_lists::testing;
use lachan_policy::{Exceptions, Group, Moment, Verdict};
use lachan_resolver::{
    Blocked, Client, Clock, Dnssec, Engine, Events, Forwarding, Settings, Shared, Step, Transport,
};

/// Names asked.
const NAMES: u32 = 200_000;
/// Questions under way at once.
const AT_ONCE: u32 = 64;

struct Silent;

impl Events for Silent {
    fn decided(&self, _: &Group, _: &Verdict) {}
    fn blocked(&self, _: &Blocked<'_>) {}
}

struct Noon;

impl Clock for Noon {
    fn moment(&self) -> Option<Moment> {
        Some(Moment::from_unix(1_795_342_140, 7 * 3600))
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |at: usize| arguments.get(at).map(String::as_str);
    match (argument(1), argument(2)) {
        (Some("upstream"), Some(port)) => answer_all(port.parse().unwrap()),
        (Some("ask"), Some(upstream)) => ask_all(upstream.parse().unwrap()),
        // `cargo test --benches` and `cargo bench` alone have nothing to measure.
        _ => println!("say: upstream PORT, or: ask ADDRESS"),
    }
}

/// Answers every question with one address, in the bytes it came in.
fn answer_all(port: u16) {
    let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    let mut buffer = [0; 1500];
    loop {
        let (length, client) = socket.recv_from(&mut buffer).unwrap();
        // The question ends before the OPT record of eleven bytes.
        let end = length - 11;
        buffer[2] |= 0x80;
        buffer[7] = 1;
        buffer[11] = 0;
        let record = [0xC0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 203, 0, 113, 7];
        buffer[end..end + record.len()].copy_from_slice(&record);
        let _ = socket.send_to(&buffer[..end + record.len()], client);
    }
}

fn engine(upstream: SocketAddr) -> Engine {
    let settings = Settings {
        upstreams: vec![upstream.into()],
        forwarding: Forwarding {
            dnssec: Dnssec::Off,
            ..Forwarding::default()
        },
        ..Settings::default()
    };
    let policy = testing::policy(testing::ruleset(&[]), Exceptions::new(Vec::new()));
    let shared = Shared {
        policy: Arc::new(ArcSwap::from_pointee(policy)),
        clock: Arc::new(Noon),
        events: Arc::new(Silent),
        neighbours: Arc::default(),
        nets: Arc::default(),
        devices: Arc::default(),
    };
    Engine::new(&settings, shared)
}

/// A question for a name nobody asked before.
fn question(index: u32) -> Vec<u8> {
    let label = format!("n{index:09}");
    let mut bytes = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 10];
    bytes.extend(label.as_bytes());
    bytes.extend(b"\x06truong\x03edu\x02vn\x00\x00\x01\x00\x01");
    bytes.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn ask_all(upstream: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let engine = Arc::new(engine(upstream));
        let begun = (Instant::now(), processor_time());
        let mut tasks = tokio::task::JoinSet::new();
        for first in 0..AT_ONCE {
            let engine = Arc::clone(&engine);
            tasks.spawn(async move {
                // A device of the staff's, to whom unknown names are open.
                let client = Client::new(IpAddr::from([127, 0, 5, 9]), Transport::Udp);
                let mut out = Vec::new();
                for index in (first..NAMES).step_by(AT_ONCE as usize) {
                    let question = question(index);
                    if let Step::Ask(asked) = engine.begin(&question, client, &mut out) {
                        engine.finish(&asked, &mut out).await;
                    }
                }
            });
        }
        tasks.join_all().await;
        let (taken, used) = (begun.0.elapsed(), processor_time() - begun.1);
        let counts = engine.counts();
        let per = |time: Duration| (time / NAMES).as_secs_f64() * 1e6;
        println!(
            "{} answered, {} failed; {:.2} us of processor time a miss, {:.2} us of time",
            counts.forwarded,
            counts.failed,
            per(used),
            per(taken)
        );
    });
}

/// What this thread used of a processor, the kernel's part included.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanos = text.split(' ').next().unwrap().parse().unwrap();
    Duration::from_nanos(nanos)
}
