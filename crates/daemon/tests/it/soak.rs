//! A soak: rulesets, groups and settings change again and again under load. No query is lost, and
//! every answer is right for the old state or the new one, or, while nothing changes, for the one
//! there is.
//!
//! Some seconds by default; `LACHAN_SOAK_SECONDS=3600` makes it an hour.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hickory_proto::op::Message;

use crate::support::{Device, Place, Server, UPSTREAM_ANSWER, query, rules, shown, upstream};

const DEFAULT_SECONDS: u64 = 6;
const CLOSED: &str = "NXDOMAIN";
/// The name that only one of the two rulesets knows.
const SWITCHED: &str = "doi-luat.example";

/// Something that changes, and what shows it: who asks, what, and what that group gets in the
/// first state and in the second.
struct Thing {
    group: u8,
    name: &'static str,
    answers: [&'static str; 2],
}

const RULESET: usize = 0;
const GROUP: usize = 1;
const SETTINGS: usize = 2;
const THINGS: [Thing; 3] = [
    Thing {
        group: 5,
        name: SWITCHED,
        answers: [UPSTREAM_ANSWER, CLOSED],
    },
    Thing {
        group: 3,
        name: "zalo.me",
        answers: [CLOSED, UPSTREAM_ANSWER],
    },
    Thing {
        group: 9,
        name: "zalo.me",
        answers: [CLOSED, UPSTREAM_ANSWER],
    },
];

/// What never changes: who asks, what, and the answer.
const FIXED: [(u8, &str, &str); 4] = [
    (5, "fb88.com", CLOSED),
    (5, "hoc.vn", UPSTREAM_ANSWER),
    (3, "tongdai111.vn", UPSTREAM_ANSWER),
    (9, "localhost", "127.0.0.1"),
];

/// The state of all things in one word: a bit each, a bit each for those that are changing, and
/// how often anything changed, so that no state looks like an earlier one.
#[derive(Default)]
struct States(AtomicU64);

impl States {
    const CHANGING: usize = 8;
    const COUNT: usize = 16;

    fn read(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn begin(&self, thing: usize) {
        self.0.fetch_add(
            1 << Self::COUNT | 1 << (Self::CHANGING + thing),
            Ordering::SeqCst,
        );
    }

    fn finish(&self, thing: usize) {
        let (word, bit) = (self.read(), 1 << thing);
        let settled = (word ^ bit) & !(bit << Self::CHANGING);
        self.0.store(settled + (1 << Self::COUNT), Ordering::SeqCst);
    }

    /// The state a thing was in between two readings; `None` when it may have changed.
    fn settled(before: u64, after: u64, thing: usize) -> Option<usize> {
        let changing = before >> (Self::CHANGING + thing) & 1 == 1;
        let state = usize::try_from(before >> thing & 1).unwrap();
        (before == after && !changing).then_some(state)
    }
}

/// What asking came to.
#[derive(Default)]
struct Tally {
    asked: u64,
    /// Of `asked`: judged against the one state there was.
    settled: u64,
    wrong: Vec<String>,
}

/// Asks one query after the other until told to stop.
struct Asker {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Tally>,
}

impl Asker {
    /// `ask` gives the answer to a name for a device of a group, if one came.
    fn start(
        states: &Arc<States>,
        mut ask: impl FnMut(u8, &str) -> Option<Message> + Send + 'static,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, states) = (Arc::clone(&stop), Arc::clone(states));
        let thread = thread::spawn(move || {
            let mut tally = Tally::default();
            while !stopped.load(Ordering::SeqCst) {
                for (group, name, expected) in FIXED {
                    let answer = ask(group, name).map(|message| shown(&message));
                    tally.judge(group, name, answer.as_deref(), &[expected]);
                }
                for (number, thing) in THINGS.iter().enumerate() {
                    let before = states.read();
                    let answer = ask(thing.group, thing.name).map(|message| shown(&message));
                    let settled = States::settled(before, states.read(), number);
                    let right = settled.map_or(&thing.answers[..], |state| {
                        tally.settled += 1;
                        &thing.answers[state..=state]
                    });
                    tally.judge(thing.group, thing.name, answer.as_deref(), right);
                }
            }
            tally
        });
        Self { stop, thread }
    }

    fn end(self) -> Tally {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

impl Tally {
    fn judge(&mut self, group: u8, name: &str, answer: Option<&str>, right: &[&str]) {
        self.asked += 1;
        if !answer.is_some_and(|answer| right.contains(&answer)) {
            self.wrong
                .push(format!("{name} for {group}: {answer:?}, not {right:?}"));
        }
    }
}

/// Devices over UDP, one a group.
fn over_udp(server: SocketAddr) -> impl FnMut(u8, &str) -> Option<Message> {
    let mut devices = [3, 5, 9].map(|group| (group, Device::new(group)));
    move |group, name| {
        let device = devices.iter_mut().find(|(own, _)| *own == group);
        device.unwrap().1.ask(server, name)
    }
}

/// One device of no group over a TCP connection that stays open. It asks what is the same for
/// everybody, and what is asked for group 9, which there is none of; for the rest there are others.
fn over_tcp(server: SocketAddr) -> impl FnMut(u8, &str) -> Option<Message> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut id = 0_u16;
    let mut devices = over_udp(server);
    move |group, name| {
        if group != 9 && !["fb88.com", "tongdai111.vn"].contains(&name) {
            return devices(group, name);
        }
        id = id.wrapping_add(1);
        let message = query(id, name);
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length[..], &message].concat()).ok()?;
        let mut length = [0; 2];
        stream.read_exact(&mut length).ok()?;
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut answer).ok()?;
        let answer = Message::from_vec(&answer).ok()?;
        (answer.metadata.id == id).then_some(answer)
    }
}

/// Compiles the shipped rules, and with them a list of gambling names, if any.
fn compile(place: &Place, file: &str, gambling: Option<&str>) -> PathBuf {
    let out = place.path(file);
    let rules = rules();
    let mut all = vec![
        "lists",
        "compile",
        "--quiet",
        "--rules",
        rules.to_str().unwrap(),
    ];
    all.extend(["--out", out.to_str().unwrap()]);
    let list = gambling.map(|name| {
        let list = place.file(&format!("{file}.txt"), &format!("{name}\n"));
        format!("new={},domains,gambling", list.display())
    });
    all.extend(list.iter().flat_map(|list| ["--list", list.as_str()]));
    let done = place.run(&all);
    assert_eq!(done.code, 0, "{done:?}");
    out
}

/// The changes, each made and waited for until the filter shows it.
struct Changer<'s> {
    place: &'s Place,
    server: &'s Server,
    states: &'s States,
    rulesets: [PathBuf; 2],
    settings: String,
    turns: u64,
}

impl Changer<'_> {
    /// Changes a thing to its other state.
    fn change(&mut self, number: usize) {
        let thing = &THINGS[number];
        let next = usize::from(self.states.read() >> number & 1 == 0);
        self.states.begin(number);
        match number {
            RULESET => replace(&self.rulesets[next], &self.place.ruleset()),
            GROUP => {
                let tier = ["thcs", "staff"][next];
                let done = self.place.run(&["groups", "set", "thcs", "--tier", tier]);
                assert_eq!(done.code, 0, "{done:?}");
            }
            _ => {
                let tier = ["tieu-hoc", "staff"][next];
                let more = format!("[resolver.unknown-devices]\ntier = \"{tier}\"");
                self.place
                    .file("lachan.toml", &format!("{}\n{more}\n", self.settings));
            }
        }
        self.reload();
        self.server
            .wait_for_answer(thing.group, thing.name, thing.answers[next]);
        self.states.finish(number);
    }

    /// By signal and by command in turn.
    fn reload(&mut self) {
        self.turns += 1;
        if self.turns.is_multiple_of(2) {
            self.server.signal("-HUP");
        } else {
            let done = self.place.run(&["reload"]);
            assert_eq!(done.code, 0, "{done:?}");
        }
    }
}

/// Puts a file in another's place as a careful program does.
fn replace(from: &Path, to: &Path) {
    let beside = to.with_extension("beside");
    fs::copy(from, &beside).unwrap();
    fs::rename(&beside, to).unwrap();
}

/// Rulesets that are mapped, and open descriptors.
fn held(server: &Server) -> (usize, usize) {
    let folder = format!("/proc/{}", server.pid());
    let maps = fs::read_to_string(format!("{folder}/maps")).unwrap();
    let mapped = maps
        .lines()
        .filter(|line| line.contains(".ruleset"))
        .count();
    (
        mapped,
        fs::read_dir(format!("{folder}/fd")).unwrap().count(),
    )
}

#[test]
fn reloads_under_load_lose_no_query_and_give_no_wrong_answer() {
    let seconds = std::env::var("LACHAN_SOAK_SECONDS").ok();
    let seconds = seconds.map_or(DEFAULT_SECONDS, |text| text.parse().unwrap());
    let place = Place::new();
    place.settings(&format!(
        "listen = [\"127.0.0.1:0\"]\nupstreams = [\"{}\"]",
        upstream()
    ));
    let rulesets = [
        compile(&place, "one.ruleset", None),
        compile(&place, "two.ruleset", Some(SWITCHED)),
    ];
    fs::create_dir_all(place.path("data/lists")).unwrap();
    fs::copy(&rulesets[0], place.ruleset()).unwrap();
    place.put_groups();
    let server = place.start();
    for thing in &THINGS {
        server.wait_for_answer(thing.group, thing.name, thing.answers[0]);
    }

    let states = Arc::new(States::default());
    let mut askers: Vec<Asker> = (0..3)
        .map(|_| Asker::start(&states, over_udp(server.address)))
        .collect();
    askers.push(Asker::start(&states, over_tcp(server.address)));
    let mut changer = Changer {
        place: &place,
        server: &server,
        states: &states,
        rulesets,
        settings: fs::read_to_string(place.path("lachan.toml")).unwrap(),
        turns: 0,
    };
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut after_a_round = None;
    while after_a_round.is_none() || Instant::now() < end {
        for thing in [RULESET, GROUP, SETTINGS] {
            changer.change(thing);
        }
        after_a_round.get_or_insert_with(|| held(&server));
    }
    let turns = changer.turns;
    let tallies: Vec<Tally> = askers.into_iter().map(Asker::end).collect();

    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    let (asked, settled) = (sum(|tally| tally.asked), sum(|tally| tally.settled));
    let wrong: Vec<&String> = tallies
        .iter()
        .flat_map(|tally| &tally.wrong)
        .take(20)
        .collect();
    assert!(
        wrong.is_empty(),
        "{wrong:#?}\nof {asked} queries over {turns} changes"
    );
    assert!(settled > 0 && asked > settled, "{settled} of {asked}");
    let (mapped, descriptors) = held(&server);
    let (mapped_before, descriptors_before) = after_a_round.unwrap();
    assert!(
        mapped <= mapped_before + 2,
        "{mapped_before} maps became {mapped}"
    );
    assert!(
        descriptors <= descriptors_before + 32,
        "{descriptors_before} descriptors became {descriptors}"
    );
    assert_eq!(server.stop("-TERM"), 0);
}
