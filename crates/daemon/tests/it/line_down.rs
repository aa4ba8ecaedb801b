//! The line down: every upstream is a black hole, 2,000 misses arrive each second, and all that
//! needs nobody else goes on as before. Counted, not timed: a busy machine is slow, but loses
//! nothing.

use std::collections::HashSet;
use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{Name, RData, Record, RecordType};

use crate::support::{Device, Place, Server, UPSTREAM_ANSWER, shown};

/// Misses that arrive, and how many at once every hundredth of a second: 2,000 a second.
const MISSES: usize = 8000;
const AT_ONCE: usize = 20;
/// Stub resolvers they come from.
const STUBS: usize = 8;
/// Longest wait for an answer. Two seconds are promised; the rest is for a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often each kind of answer is asked for, before and while the misses arrive.
const ROUNDS: usize = 400;
/// Names of each kind.
const NAMES: usize = 16;

/// An upstream that answers until it becomes a black hole, over UDP and TCP.
struct Line {
    address: SocketAddr,
    up: Arc<AtomicBool>,
    /// Takes connections in the kernel and never reads from them.
    _tcp: TcpListener,
}

impl Line {
    fn new() -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let (address, up) = (udp.local_addr().unwrap(), Arc::new(AtomicBool::new(true)));
        let is_up = Arc::clone(&up);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, client)) = udp.recv_from(&mut buffer) {
                let query = Message::from_vec(&buffer[..length]);
                if let Some(query) = query.ok().filter(|_| is_up.load(Ordering::SeqCst)) {
                    let _ = udp.send_to(&answer(&query), client);
                }
            }
        });
        Self {
            address,
            up,
            _tcp: tcp,
        }
    }

    fn cut(&self) {
        self.up.store(false, Ordering::SeqCst);
    }
}

/// An address for every name; one that begins with `cu` lives for a second.
fn answer(query: &Message) -> Vec<u8> {
    let mut answer = Message::new(query.metadata.id, MessageType::Response, OpCode::Query);
    answer.metadata.recursion_available = true;
    for question in &query.queries {
        let short = question.name().to_ascii().to_lowercase().starts_with("cu");
        let data = RData::A(A(UPSTREAM_ANSWER.parse().unwrap()));
        let ttl = if short { 1 } else { 3600 };
        answer.add_answer(Record::from_rdata(question.name().clone(), ttl, data));
        answer.add_query(question.clone());
    }
    answer.to_vec().unwrap()
}

/// A kind of answer that needs nobody else: how its names are made and what they are answered.
#[derive(Clone, Copy)]
struct Kind {
    name: fn(usize) -> String,
    expected: &'static str,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: |number| format!("w{number}.fb88.com"),
        expected: "NXDOMAIN",
    },
    Kind {
        name: |number| format!("may{number}.localhost"),
        expected: "127.0.0.1",
    },
    Kind {
        name: |number| format!("nho{number}.vn"),
        expected: UPSTREAM_ANSWER,
    },
    Kind {
        name: |number| format!("cu{number}.vn"),
        expected: UPSTREAM_ANSWER,
    },
];

/// Asks for every kind at once, each one query after the other; how many right answers each got.
fn right_answers(server: SocketAddr) -> Vec<usize> {
    let ask = |kind: Kind| {
        thread::spawn(move || {
            let mut device = Device::new(5);
            let right = |round: usize| {
                let answer = device.ask(server, &(kind.name)(round % NAMES));
                answer.is_some_and(|answer| shown(&answer) == kind.expected)
            };
            (0..ROUNDS).map(right).filter(|right| *right).count()
        })
    };
    let threads = KINDS.map(ask);
    threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect()
}

/// A miss, with an EDNS record that has room for an error.
fn miss(stub: usize, id: u16) -> Vec<u8> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.edns = Some(Edns::new());
    // In letters: some numbers are those of betting shops, and closed.
    let letter = |digit: u8| char::from(digit - b'0' + b'a');
    let number: String = id.to_string().bytes().map(letter).collect();
    let name = Name::from_ascii(format!("{number}.khac{stub}.vn.")).unwrap();
    message.add_query(Query::query(name, RecordType::A));
    message.to_vec().unwrap()
}

/// Whether an answer is SERVFAIL with an Extended DNS Error.
fn is_told(answer: &Message) -> bool {
    let options = answer
        .edns
        .as_ref()
        .map(|edns| edns.options().as_ref().to_vec());
    let told = options.is_some_and(|all| all.iter().any(|(code, _)| u16::from(*code) == 15));
    told && answer.metadata.response_code == ResponseCode::ServFail
}

/// A stub resolver: sends misses, and reads what comes in a thread of its own.
struct Stub {
    number: usize,
    socket: UdpSocket,
    sent: usize,
    reader: JoinHandle<(HashSet<u16>, Vec<String>)>,
}

impl Stub {
    fn new(number: usize, server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.5.1:0").unwrap();
        socket.connect(server).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let reader = socket.try_clone().unwrap();
        let reader = thread::spawn(move || {
            let (mut told, mut wrong) = (HashSet::new(), Vec::new());
            let mut buffer = [0; 4096];
            // Silence for as long as anybody waits is the end.
            while let Ok(length) = reader.recv(&mut buffer) {
                let answer = Message::from_vec(&buffer[..length]).unwrap();
                if is_told(&answer) {
                    told.insert(answer.metadata.id);
                } else {
                    wrong.push(shown(&answer));
                }
                if told.len() + wrong.len() == MISSES / STUBS {
                    break;
                }
            }
            (told, wrong)
        });
        Self {
            number,
            socket,
            sent: 0,
            reader,
        }
    }

    fn send(&mut self) {
        let id = u16::try_from(self.sent).unwrap();
        self.socket.send(&miss(self.number, id)).unwrap();
        self.sent += 1;
    }
}

/// Sends all misses at their pace. `sent` counts them.
fn send_misses(stubs: &mut [Stub], sent: &AtomicUsize) {
    let begun = Instant::now();
    for number in 0..MISSES {
        if number % AT_ONCE == 0 {
            let due = Duration::from_millis(10) * u32::try_from(number / AT_ONCE).unwrap();
            sleep(due.saturating_sub(begun.elapsed()));
        }
        stubs[number % STUBS].send();
        sent.fetch_add(1, Ordering::SeqCst);
    }
}

/// Datagrams that the kernel dropped at sockets of these ports, because nobody read them in time.
fn dropped(ports: &[u16]) -> usize {
    let table = fs::read_to_string("/proc/net/udp").unwrap();
    let rows = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| {
        let port = row[1].rsplit(':').next().unwrap();
        ports.contains(&u16::from_str_radix(port, 16).unwrap())
    })
    .map(|row| row.last().unwrap().parse::<usize>().unwrap())
    .sum()
}

/// Resident memory, KiB, and open descriptors of a process.
fn held(server: &Server) -> (usize, usize) {
    let folder = format!("/proc/{}", server.pid());
    let status = fs::read_to_string(format!("{folder}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let memory = line
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    (
        memory,
        fs::read_dir(format!("{folder}/fd")).unwrap().count(),
    )
}

#[test]
fn with_the_line_down_and_misses_arriving_what_needs_nobody_goes_on() {
    let lines = [Line::new(), Line::new()];
    let place = Place::new();
    place.settings(&format!(
        "listen = [\"127.0.0.1:0\"]\nupstreams = [\"{}\", \"{}\"]",
        lines[0].address, lines[1].address
    ));
    place.put_ruleset();
    place.put_groups();
    let server = place.start();
    for number in 0..NAMES {
        for kind in KINDS {
            assert_eq!(server.answer(5, &(kind.name)(number)), kind.expected);
        }
    }
    lines.iter().for_each(Line::cut);
    // The short-lived answers end.
    sleep(Duration::from_secs(2));
    // Until it is known that nobody answers, a stale answer takes as long as a client waits.
    for number in 0..3 {
        assert_eq!(server.answer(5, &format!("het{number}.vn")), "ServFail");
    }

    let before = right_answers(server.address);
    assert_eq!(before, [ROUNDS; KINDS.len()], "with the line down alone");
    let (memory, descriptors) = held(&server);

    let mut stubs: Vec<Stub> = (0..STUBS)
        .map(|number| Stub::new(number, server.address))
        .collect();
    let port = |stub: &Stub| stub.socket.local_addr().unwrap().port();
    let mut ports: Vec<u16> = stubs.iter().map(port).collect();
    ports.push(server.address.port());
    let dropped_before = dropped(&ports);
    let sent = AtomicUsize::new(0);
    let (mut most_memory, mut most_descriptors) = (0, 0);
    let during = thread::scope(|scope| {
        let sender = scope.spawn(|| send_misses(&mut stubs, &sent));
        let asker = scope.spawn(|| {
            while sent.load(Ordering::SeqCst) < MISSES / 8 {
                sleep(Duration::from_millis(5));
            }
            right_answers(server.address)
        });
        while !sender.is_finished() || !asker.is_finished() {
            let (memory, descriptors) = held(&server);
            most_memory = most_memory.max(memory);
            most_descriptors = most_descriptors.max(descriptors);
            sleep(Duration::from_millis(50));
        }
        asker.join().unwrap()
    });
    // Sockets close with their readers, so the kernel's counts are read before.
    let outcomes: Vec<_> = stubs
        .into_iter()
        .map(|stub| {
            let (told, wrong) = stub.reader.join().unwrap();
            (told.len(), wrong, stub.socket)
        })
        .collect();
    let lost_by_kernel = dropped(&ports) - dropped_before;
    let told: usize = outcomes.iter().map(|(told, ..)| told).sum();
    let wrong: Vec<&String> = outcomes.iter().flat_map(|(_, wrong, _)| wrong).collect();

    assert_eq!(during, before, "while misses arrive nothing is lost");
    assert!(
        wrong.is_empty(),
        "a miss gets SERVFAIL with its reason: {wrong:?}"
    );
    eprintln!(
        "{told} of {MISSES} misses told, {lost_by_kernel} dropped by the kernel; {memory} KiB and \
         {descriptors} descriptors before, at most {most_memory} and {most_descriptors} during"
    );
    assert!(
        told + lost_by_kernel >= MISSES,
        "{told} of {MISSES} misses were told, the kernel dropped {lost_by_kernel}"
    );
    assert!(
        lost_by_kernel <= MISSES / 100,
        "the kernel dropped {lost_by_kernel}"
    );
    assert!(
        most_memory <= memory + MOST_MEMORY,
        "{memory} KiB became {most_memory}"
    );
    assert!(
        most_descriptors <= descriptors + MOST_DESCRIPTORS,
        "{descriptors} descriptors became {most_descriptors}"
    );
    assert_eq!(server.stop("-TERM"), 0);
}

/// What 2,000 misses a second may take beside what stood there before, KiB: 512 questions under way
/// with their tasks, 512 failures kept for a second each, and what the allocator keeps.
const MOST_MEMORY: usize = 24 << 10;
/// Sockets towards upstreams: the limit that the resolver sets itself, and connections.
const MOST_DESCRIPTORS: usize = 256 + 64;
