//! One body on its way: read as it comes, scored when it is over or when it need not be held longer.

use std::sync::Arc;

use super::outcome::{ListScore, Outcome, Scan};
use super::score::{Mode, Tally, gate};
use super::set::PhraseSet;
use super::witness::{Memory, Sighting, Witness};
use crate::text::charset::Transcoder;
use crate::text::coding::{Unpacker, Wish};
use crate::text::markup::{Markup, TextKind};
use crate::text::syllable::Words;
use crate::text::{Coding, Fault, Limits};

/// What a response's head says of its body.
#[derive(Debug, Clone, Copy)]
pub struct PageHead<'h> {
    /// `Content-Type`; empty when there is none.
    pub content_type: &'h str,
    /// `Content-Encoding`; empty when there is none.
    pub content_encoding: &'h str,
    /// What kind of text it is.
    pub kind: TextKind,
}

/// Whether a body should be held back any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Keep it: what was read is not enough to judge.
    Keep,
    /// Ask [`Page::so_far`] and let it go; more of it may be given and is still read.
    LetGo,
    /// Nothing more is read: the cap is reached, or it cannot be decoded.
    Over,
}

/// A body being read.
pub struct Page {
    set: Arc<PhraseSet>,
    reading: Reading<()>,
}

impl Page {
    /// For a body with this head.
    #[must_use]
    pub fn new(set: Arc<PhraseSet>, head: &PageHead<'_>, limits: Limits) -> Self {
        let reading = Reading::new(&set, head, limits, ());
        Self { set, reading }
    }

    /// Takes the next bytes of the body as they came.
    pub fn push(&mut self, piece: &[u8]) -> Hold {
        self.reading.push(&self.set, piece)
    }

    /// What the text is by what was read so far. A word cut in the middle is not counted.
    #[must_use]
    pub fn so_far(&self) -> Outcome {
        self.reading.outcome(&self.set)
    }

    /// The body is over.
    #[must_use]
    pub fn finish(mut self) -> Outcome {
        self.reading.end(&self.set);
        self.reading.outcome(&self.set)
    }
}

impl PhraseSet {
    /// Scores a body that is all there, and tells where phrases fired, at most `each` places of
    /// one.
    #[must_use]
    pub fn explain(
        &self,
        head: &PageHead<'_>,
        body: &[u8],
        limits: Limits,
        each: usize,
    ) -> (Outcome, Vec<Sighting>) {
        let mut reading = Reading::new(self, head, limits, Memory::default());
        reading.push(self, body);
        reading.end(self);
        let sightings = reading.tally.witness.sightings(self, each);
        (reading.outcome(self), sightings)
    }

    /// Scores what was typed into a search engine: phrases for queries alone, one of which is
    /// enough, and the lists that speak against.
    #[must_use]
    pub fn score_query(&self, query: &str) -> Outcome {
        let head = PageHead {
            content_type: "text/plain; charset=utf-8",
            content_encoding: "",
            kind: TextKind::Plain,
        };
        let mut reading = Reading::new(self, &head, Limits::default(), ());
        reading.is_query = true;
        reading.push(self, query.as_bytes());
        reading.end(self);
        reading.outcome(self)
    }
}

/// The stages of a body, joined.
struct Reading<W> {
    codings: Vec<Coding>,
    fault: Option<Fault>,
    capped: bool,
    limits: Limits,
    unpacker: Unpacker,
    transcoder: Transcoder,
    markup: Markup,
    words: Words,
    tally: Tally<W>,
    is_query: bool,
}

impl<W: Witness> Reading<W> {
    fn new(set: &PhraseSet, head: &PageHead<'_>, limits: Limits, witness: W) -> Self {
        let (codings, fault) = match Coding::list(head.content_encoding) {
            Ok(codings) => (codings, None),
            Err(fault) => (Vec::new(), Some(fault)),
        };
        Self {
            unpacker: Unpacker::new(&codings, limits),
            codings,
            fault,
            capped: false,
            limits,
            transcoder: Transcoder::new(head.content_type),
            markup: Markup::new(head.kind),
            words: Words::default(),
            tally: Tally::new(set, witness),
            is_query: false,
        }
    }

    fn push(&mut self, set: &PhraseSet, piece: &[u8]) -> Hold {
        if self.fault.is_some() || self.capped {
            return Hold::Over;
        }
        let Self {
            unpacker,
            transcoder,
            markup,
            words,
            tally,
            ..
        } = self;
        let mut counter = tally.over(set);
        let wish = unpacker.push(piece, &mut |bytes| {
            transcoder.push(bytes, &mut |text| markup.feed(text, words, &mut counter));
        });
        match wish {
            Ok(Wish::More) if self.unpacker.given() < self.limits.held => Hold::Keep,
            Ok(Wish::More) => Hold::LetGo,
            Ok(Wish::Enough) => {
                self.capped = true;
                Hold::Over
            }
            Err(fault) => {
                self.fault = Some(fault);
                Hold::Over
            }
        }
    }

    fn end(&mut self, set: &PhraseSet) {
        if self.fault.is_none() && !self.capped {
            self.fault = self.unpacker.end().err();
        }
        let Self {
            transcoder,
            markup,
            words,
            tally,
            ..
        } = self;
        let mut counter = tally.over(set);
        transcoder.end(&mut |text| markup.feed(text, words, &mut counter));
        markup.end(words, &mut counter);
    }

    fn outcome(&self, set: &PhraseSet) -> Outcome {
        let letters = self.words.letters();
        let gate_open = gate(letters);
        let syllables = self.words.count();
        let mode = if self.is_query {
            Mode::Query
        } else {
            Mode::Page(syllables)
        };
        // How much of a damaged body a decoder gives before it says so depends on the pieces, so that
        // nothing of it counts.
        let (scores, fired) = match self.fault {
            Some(_) => (vec![ListScore::default(); set.lists().len()], Vec::new()),
            None => self.tally.scores(set, gate_open, mode),
        };
        Outcome {
            scan: match self.fault {
                Some(fault) => Scan::Unscanned(fault),
                None if self.capped => Scan::Start,
                None => Scan::Whole,
            },
            codings: self.codings.clone(),
            charset: self.transcoder.charset(),
            decoded: self.unpacker.given(),
            syllables,
            letters: letters.all,
            marked: letters.marked,
            gate_open,
            is_query: self.is_query,
            scores,
            fired,
        }
    }
}
