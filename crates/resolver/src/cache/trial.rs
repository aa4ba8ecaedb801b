//! What `benches/cache.rs` measures, which has no business in the public API.

use std::hint::black_box;

use lachan_policy::Name;

use super::{Cache, Key, KeyRef, Probe, Scratch};
use crate::wire::query::{Head, Query, Transport};
use crate::wire::response::Reply;

/// A cache full of answers, and queries for them in the order they come, as a receive buffer holds
/// them: one behind the other.
#[derive(Debug)]
pub struct Trial {
    cache: Cache,
    scratch: Scratch,
    queries: Vec<u8>,
    stride: usize,
    replies: Vec<(Key, Reply)>,
    out: Vec<u8>,
}

impl Trial {
    /// A cache of `bytes` bytes with the answers to queries for these names, a CNAME and two
    /// addresses each, and the queries for those names in this order.
    ///
    /// # Panics
    /// When the order names what is not there.
    #[must_use]
    pub fn new(bytes: usize, names: &[String], order: &[usize]) -> Self {
        let all: Vec<Vec<u8>> = names.iter().map(|name| query(name)).collect();
        let stride = all.iter().map(Vec::len).max().unwrap_or(0);
        let mut queries = Vec::with_capacity(stride * order.len());
        for index in order {
            queries.extend_from_slice(&all[*index]);
            queries.resize(queries.len().next_multiple_of(stride), 0);
        }
        let trial = Self {
            cache: Cache::new(bytes),
            scratch: Scratch::new(),
            queries,
            stride,
            replies: all.iter().filter_map(|query| answer(query)).collect(),
            out: Vec::new(),
        };
        for index in 0..trial.replies.len() {
            trial.put(index);
        }
        trial
    }

    /// Reads a query only: what the other figures begin with.
    #[must_use]
    pub fn parse(&self, index: usize) -> usize {
        let mut name = Name::ROOT;
        let query = Head::read(query_at(&self.queries, self.stride, index), &mut name);
        query.map_or(0, |head| head.over(&[], &name).question.end)
    }

    /// Reads a query and looks it up. Says whether it was found.
    #[must_use]
    pub fn find(&mut self, index: usize) -> bool {
        let mut name = Name::ROOT;
        let bytes = query_at(&self.queries, self.stride, index);
        let Ok(head) = Head::read(bytes, &mut name) else {
            return false;
        };
        let query = head.over(bytes, &name);
        let found = self.cache.find(key(&query), 1, &mut self.scratch);
        black_box(found).is_some()
    }

    /// Reads a query, looks it up and writes the answer. Gives its length; 0 for a miss.
    #[must_use]
    pub fn answer(&mut self, index: usize) -> usize {
        let mut name = Name::ROOT;
        let bytes = query_at(&self.queries, self.stride, index);
        let Ok(head) = Head::read(bytes, &mut name) else {
            return 0;
        };
        let query = head.over(bytes, &name);
        let Some(found) = self.cache.find(key(&query), 1, &mut self.scratch) else {
            return 0;
        };
        found
            .view
            .render(&query, found.age, Transport::Udp, None, &mut self.out);
        self.out.len()
    }

    /// The same for a batch, all of them probed before the first is looked up. Gives the answers'
    /// lengths in all.
    #[must_use]
    pub fn answer_batch(&mut self, indices: &[usize]) -> usize {
        const MOST: usize = 32;
        let mut names = [Name::ROOT; MOST];
        let mut probed: [Option<(Query<'_>, Probe)>; MOST] = [None; MOST];
        for ((place, name), index) in probed.iter_mut().zip(&mut names).zip(indices) {
            let bytes = query_at(&self.queries, self.stride, *index);
            if let Ok(head) = Head::read(bytes, name) {
                let query = head.over(bytes, name);
                let probe = self.cache.probe(key(&query));
                *place = Some((query, probe));
            }
        }
        for (_, probe) in probed.iter().flatten() {
            self.cache.prefetch(*probe);
        }
        let mut length = 0;
        for (query, probe) in probed.iter().flatten() {
            let found = self
                .cache
                .find_probed(*probe, key(query), 1, &mut self.scratch);
            if let Some(found) = found {
                found
                    .view
                    .render(query, found.age, Transport::Udp, None, &mut self.out);
                length += self.out.len();
            }
        }
        length
    }

    /// Stores an answer anew.
    pub fn put(&self, index: usize) {
        let (key, reply) = &self.replies[index];
        self.cache.put(key, reply, 0);
    }

    /// Answers held, and bytes.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.cache.len(), self.cache.bytes())
    }
}

fn query_at(queries: &[u8], stride: usize, nth: usize) -> &[u8] {
    queries
        .get(nth * stride..(nth + 1) * stride)
        .unwrap_or_default()
}

fn key<'k>(query: &'k Query<'_>) -> KeyRef<'k> {
    KeyRef {
        name: query.question.name,
        qtype: query.question.qtype,
        dnssec_ok: query.dnssec_ok(),
        checking_disabled: query.checking_disabled(),
        keeps_ech: false,
    }
}

/// A query for A with an OPT record, as any stub writes it.
fn query(name: &str) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    bytes.extend_from_slice(Name::from_text(name).unwrap_or(Name::ROOT).as_wire());
    bytes.extend([0, 0, 1, 0, 1]);
    bytes.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// The answer to it: two addresses behind one CNAME.
fn answer(query: &[u8]) -> Option<(Key, Reply)> {
    let mut name = Name::ROOT;
    let head = Head::read(query, &mut name).ok()?;
    let end = head.over(query, &name).question.end;
    let mut bytes = query.get(..end)?.to_vec();
    let at = bytes.len();
    bytes[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0]);
    bytes.extend([0xC0, 12, 0, 5, 0, 1, 0, 0, 1, 44, 0, 10, 7]);
    bytes.extend(b"e1234-a\xC0\x0C");
    let owner = 0xC000 | u16::try_from(at + 12).ok()?;
    for last in [1, 2] {
        bytes.extend(owner.to_be_bytes());
        bytes.extend([0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, last]);
    }
    let key = Key {
        name,
        qtype: 1,
        dnssec_ok: false,
        checking_disabled: false,
        keeps_ech: false,
    };
    Some((key, Reply::keep(&bytes, 3600).ok()?))
}
