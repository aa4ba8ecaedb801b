//! What is asked: loads as `reference/peer-measurements.md`, A2, has them, as packets made ahead.

use crate::corpus::Corpus;
use crate::names::{Names, Random};
use crate::packet::{A, AAAA, HTTPS, MOST_QUERY, write_query};

/// Listed names that a run draws from: a second's worth and more, so that no cache of answers
/// helps anybody.
const DRAWN: usize = 1_000_000;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// Listed names, drawn uniformly.
    Blocked,
    /// Popular names that are in the cache, 70 % A, 18 % AAAA, 12 % HTTPS.
    Cached,
    /// 70 % cached, 25 % blocked, 5 % never seen.
    Mix,
    /// The mix without what is never seen: answers that need nobody else.
    Local,
    /// Names nobody asked for before.
    Misses,
    /// Every popular name once, one after the other.
    Warm,
    /// One name, again and again.
    Marker,
}

/// Which kind of answer a query should get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    #[default]
    Blocked,
    Cached,
    Miss,
}

/// Packets one behind the other, in the order they are sent.
struct Packets {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    next: usize,
}

impl Packets {
    fn new<'n>(questions: impl Iterator<Item = (&'n str, u16)>) -> Self {
        let mut packets = Self {
            bytes: Vec::new(),
            ends: Vec::new(),
            next: 0,
        };
        for (name, kind) in questions {
            write_query(name, kind, &mut packets.bytes);
            packets.ends.push(packets.bytes.len());
        }
        packets
    }

    fn get(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[index]]
    }

    fn next(&mut self) -> &[u8] {
        let index = self.next;
        self.next = (index + 1) % self.ends.len();
        self.get(index)
    }
}

/// The queries of a run.
pub(crate) struct Queries {
    blocked: Packets,
    cached: Packets,
    marker: Vec<u8>,
    unseen: Names,
    scratch: Vec<u8>,
    random: Random,
}

/// The type that the so many-th popular name is asked for: A, AAAA, HTTPS as 70 to 18 to 12.
pub(crate) fn popular_type(index: usize) -> u16 {
    match index % 50 {
        0..35 => A,
        35..44 => AAAA,
        _ => HTTPS,
    }
}

impl Queries {
    /// Queries of the first `listed` names of the lists, or as many as there are, in random order.
    pub(crate) fn new(corpus: &Corpus, listed: usize) -> Self {
        let mut random = Random(11);
        let mut order: Vec<_> = (0..listed.min(corpus.listed.len())).collect();
        for index in (1..order.len()).rev() {
            order.swap(index, random.below(index + 1));
        }
        order.truncate(DRAWN);
        let blocked = order.iter().map(|index| (corpus.listed.get(*index), A));
        let cached = corpus.popular.iter().zip((0..).map(popular_type));
        Self {
            blocked: Packets::new(blocked),
            cached: Packets::new(cached),
            marker: Vec::new(),
            unseen: Names::new(99),
            scratch: Vec::with_capacity(MOST_QUERY),
            random: Random(13),
        }
    }

    /// Sets the name that [`Load::Marker`] asks for.
    pub(crate) fn set_marker(&mut self, name: &str) {
        self.marker.clear();
        write_query(name, A, &mut self.marker);
    }

    /// Writes the next query of a load; gives its length and kind.
    pub(crate) fn next(&mut self, load: Load, out: &mut [u8; MOST_QUERY]) -> (usize, Kind) {
        let (kind, packet) = match self.kind(load) {
            Kind::Blocked if load == Load::Marker => (Kind::Blocked, &self.marker[..]),
            Kind::Blocked => (Kind::Blocked, self.blocked.next()),
            Kind::Cached if load == Load::Warm => (Kind::Cached, self.cached.next()),
            Kind::Cached => {
                let index = self.random.below(self.cached.ends.len());
                (Kind::Cached, self.cached.get(index))
            }
            Kind::Miss => {
                self.scratch.clear();
                write_query(&self.unseen.miss(), A, &mut self.scratch);
                (Kind::Miss, &self.scratch[..])
            }
        };
        out[..packet.len()].copy_from_slice(packet);
        (packet.len(), kind)
    }

    fn kind(&mut self, load: Load) -> Kind {
        match load {
            Load::Blocked | Load::Marker => Kind::Blocked,
            Load::Cached | Load::Warm => Kind::Cached,
            Load::Misses => Kind::Miss,
            Load::Mix => match self.random.below(100) {
                0..70 => Kind::Cached,
                70..95 => Kind::Blocked,
                _ => Kind::Miss,
            },
            Load::Local => match self.random.below(95) {
                0..70 => Kind::Cached,
                _ => Kind::Blocked,
            },
        }
    }
}
