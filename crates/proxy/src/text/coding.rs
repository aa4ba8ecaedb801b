//! Content codings: what a body was packed with, undone with bounds.
//!
//! A decoder gives at most a few dozen KiB a step, so that the limits are looked at before memory is
//! taken, whatever a bomb promises.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, InBuffer, Operation, OutBuffer};

use super::gzip::Header;

/// A content coding that is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// `gzip`, RFC 1952.
    Gzip,
    /// `deflate`, RFC 1950, or RFC 1951 as some servers send it.
    Deflate,
    /// `br`, RFC 7932.
    Brotli,
    /// `zstd`, RFC 8878.
    Zstd,
}

impl Coding {
    /// Its name in `Content-Encoding`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// The codings of a `Content-Encoding`, in the order in which they were applied.
    ///
    /// # Errors
    /// [`Fault::UnknownCoding`], [`Fault::TooManyCodings`].
    pub fn list(value: &str) -> Result<Vec<Self>, Fault> {
        let mut codings = Vec::new();
        for token in value.split(',').map(str::trim) {
            codings.push(match token.to_ascii_lowercase().as_str() {
                "" | "identity" => continue,
                "gzip" | "x-gzip" => Self::Gzip,
                "deflate" => Self::Deflate,
                "br" => Self::Brotli,
                "zstd" => Self::Zstd,
                _ => return Err(Fault::UnknownCoding),
            });
        }
        if codings.len() > MOST_CODINGS {
            return Err(Fault::TooManyCodings);
        }
        Ok(codings)
    }
}

/// Most codings one upon the other.
pub const MOST_CODINGS: usize = 2;

/// Why a body was not scanned. It is passed on and counted, never blocked for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// A coding that nobody asked for.
    #[error("its content coding is not known")]
    UnknownCoding,
    /// More than [`MOST_CODINGS`].
    #[error("it is packed more than {MOST_CODINGS} times")]
    TooManyCodings,
    /// The bytes are not what the coding says.
    #[error("it cannot be unpacked")]
    Damaged,
    /// The body ends in the middle.
    #[error("it ends in the middle")]
    Truncated,
    /// It grows beyond [`Limits::ratio`].
    #[error("it grows out of all proportion when it is unpacked")]
    Bomb,
}

impl Fault {
    /// An id for counters and JSON.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::UnknownCoding => "unknown-coding",
            Self::TooManyCodings => "too-many-codings",
            Self::Damaged => "damaged",
            Self::Truncated => "truncated",
            Self::Bomb => "bomb",
        }
    }
}

/// Bounds of what is decoded and held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Decoded bytes after which a body need not be held back any longer.
    pub held: u64,
    /// Decoded bytes after which the rest is not looked at.
    pub decoded: u64,
    /// Decoded bytes to one on the wire, once [`Self::small`] is passed.
    pub ratio: u64,
    /// Decoded bytes that no ratio is asked of.
    pub small: u64,
}

/// `reference/proxy.md`, 4.8; the last is ours: a short page of one repeated line is no bomb.
impl Default for Limits {
    fn default() -> Self {
        Self {
            held: 256 << 10,
            decoded: 2 << 20,
            ratio: 100,
            small: 64 << 10,
        }
    }
}

/// Decoded bytes a step may give: the buffer between two layers.
const STEP: usize = 32 << 10;
/// zstd windows beyond 8 MiB are not for the web (RFC 8878, 3.1.1.1.2).
const ZSTD_WINDOW_LOG: u32 = 23;

type Brotli = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// One coding being undone.
enum Layer {
    /// Its header; then it is [`Self::Flate`]. The sum at its end is not checked, as in browsers.
    Gzip(Header),
    /// The first byte tells whether there is a zlib header.
    Deflate,
    Flate(Decompress),
    Brotli(Box<Brotli>),
    /// Whether a frame has just ended.
    Zstd(Box<ZstdDecoder<'static>>, bool),
    /// What comes behind the end is no part of the body.
    Done,
}

/// All codings of a body, the outermost first.
pub(crate) struct Unpacker {
    layers: Vec<Layer>,
    /// How many layers there are.
    depth: usize,
    /// Bytes of the body that were used, not those that wait: a bomb looks the same in any pieces.
    taken: u64,
    given: u64,
    limits: Limits,
}

/// Whether more of a body is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    More,
    /// [`Limits::decoded`] is reached.
    Enough,
}

impl Unpacker {
    /// For codings in the order in which they were applied.
    pub(crate) fn new(codings: &[Coding], limits: Limits) -> Self {
        Self {
            layers: codings
                .iter()
                .rev()
                .map(|coding| Layer::new(*coding))
                .collect(),
            depth: codings.len(),
            taken: 0,
            given: 0,
            limits,
        }
    }

    /// Decoded bytes so far.
    pub(crate) const fn given(&self) -> u64 {
        self.given
    }

    /// Takes a piece of the body and hands on what it decodes to, never more than the limits say.
    pub(crate) fn push(
        &mut self,
        piece: &[u8],
        give: &mut dyn FnMut(&[u8]),
    ) -> Result<Wish, Fault> {
        let mut layers = std::mem::take(&mut self.layers);
        let wish = self.through(&mut layers, piece, give);
        self.layers = layers;
        wish
    }

    fn through(
        &mut self,
        layers: &mut [Layer],
        piece: &[u8],
        give: &mut dyn FnMut(&[u8]),
    ) -> Result<Wish, Fault> {
        let Some((layer, inner)) = layers.split_first_mut() else {
            if self.depth == 0 {
                self.taken += piece.len() as u64;
            }
            return self.hand_on(piece, give);
        };
        let is_outermost = inner.len() + 1 == self.depth;
        let mut rest = piece;
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let taken = layer.step(rest, &mut buffer)?;
            rest = rest.get(taken..).unwrap_or_default();
            if is_outermost {
                self.taken += taken as u64;
            }
            if buffer.is_empty() && (taken == 0 || rest.is_empty()) {
                return Ok(Wish::More);
            }
            if !buffer.is_empty() && self.through(inner, &buffer, give)? == Wish::Enough {
                return Ok(Wish::Enough);
            }
        }
    }

    fn hand_on(&mut self, bytes: &[u8], give: &mut dyn FnMut(&[u8])) -> Result<Wish, Fault> {
        let room = self.limits.decoded.saturating_sub(self.given);
        let fitting = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        self.given += fitting as u64;
        if self.given > self.limits.small && self.given / self.limits.ratio.max(1) > self.taken {
            return Err(Fault::Bomb);
        }
        give(&bytes[..fitting]);
        Ok(if self.given >= self.limits.decoded {
            Wish::Enough
        } else {
            Wish::More
        })
    }

    /// The body is over. What was decoded was handed on; a coding that has not ended is a fault, but
    /// for a body without a byte, as of HEAD or 304.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        let ended = |layer: &Layer| matches!(layer, Layer::Done | Layer::Zstd(_, true));
        if self.taken == 0 || self.layers.iter().all(ended) {
            Ok(())
        } else {
            Err(Fault::Truncated)
        }
    }
}

impl Layer {
    fn new(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Gzip(Header::new()),
            Coding::Deflate => Self::Deflate,
            Coding::Brotli => Self::Brotli(Box::new(BrotliState::new_strict(
                StandardAlloc::default(),
                StandardAlloc::default(),
                StandardAlloc::default(),
            ))),
            Coding::Zstd => ZstdDecoder::new().map_or(Self::Done, |mut decoder| {
                // Refused only for values out of range, which this is not.
                let _ = decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG));
                Self::Zstd(Box::new(decoder), false)
            }),
        }
    }

    /// Takes some of the input and appends at most a step of output; tells how much it took. Nothing
    /// taken and nothing given: it wants more.
    fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Fault> {
        match self {
            Self::Gzip(header) => {
                let taken = header.take(input).map_err(|_| Fault::Damaged)?;
                if header.is_over() {
                    *self = Self::Flate(Decompress::new(false));
                }
                Ok(taken)
            }
            Self::Deflate => {
                let Some(first) = input.first() else {
                    return Ok(0);
                };
                // RFC 1950: method 8 and a window of at most 32 KiB. A raw stream that begins so would
                // be a stored block with bits that encoders leave 0.
                let is_zlib = first & 0x0F == 8 && first >> 4 <= 7;
                *self = Self::Flate(Decompress::new(is_zlib));
                self.step(input, out)
            }
            Self::Flate(state) => {
                let (taken, status) = inflate(state, input, out)?;
                if status == Status::StreamEnd {
                    *self = Self::Done;
                }
                Ok(taken)
            }
            Self::Brotli(state) => {
                let (taken, result) = brotli(state, input, out);
                match result {
                    BrotliResult::ResultFailure => return Err(Fault::Damaged),
                    BrotliResult::ResultSuccess => *self = Self::Done,
                    BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
                }
                Ok(taken)
            }
            Self::Zstd(decoder, is_over) => {
                let (taken, frame_ended) = unzstd(decoder, input, out)?;
                if taken > 0 || !out.is_empty() {
                    *is_over = frame_ended;
                }
                Ok(taken)
            }
            Self::Done => Ok(input.len()),
        }
    }
}

fn inflate(
    state: &mut Decompress,
    input: &[u8],
    out: &mut Vec<u8>,
) -> Result<(usize, Status), Fault> {
    out.resize(STEP, 0);
    let (taken, given) = (state.total_in(), state.total_out());
    let status = state
        .decompress(input, out, FlushDecompress::None)
        .map_err(|_| Fault::Damaged)?;
    let since = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(0);
    out.truncate(since(state.total_out(), given));
    Ok((since(state.total_in(), taken), status))
}

fn unzstd(
    decoder: &mut ZstdDecoder<'static>,
    input: &[u8],
    out: &mut Vec<u8>,
) -> Result<(usize, bool), Fault> {
    out.resize(STEP, 0);
    let mut from = InBuffer::around(input);
    let mut to = OutBuffer::around(out.as_mut_slice());
    let hint = decoder
        .run(&mut from, &mut to)
        .map_err(|_| Fault::Damaged)?;
    let (taken, given) = (from.pos(), to.pos());
    out.truncate(given);
    Ok((taken, hint == 0))
}

fn brotli(state: &mut Brotli, input: &[u8], out: &mut Vec<u8>) -> (usize, BrotliResult) {
    out.resize(STEP, 0);
    let (mut left, mut taken) = (input.len(), 0);
    let (mut room, mut given, mut total) = (STEP, 0, 0);
    let result = BrotliDecompressStream(
        &mut left, &mut taken, input, &mut room, &mut given, out, &mut total, state,
    );
    out.truncate(given);
    (taken, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings_are_named_or_refused() {
        assert_eq!(Coding::list("").unwrap(), []);
        assert_eq!(
            Coding::list(" GZIP , br").unwrap(),
            [Coding::Gzip, Coding::Brotli]
        );
        assert_eq!(Coding::list("identity").unwrap(), []);
        assert_eq!(Coding::list("dcb"), Err(Fault::UnknownCoding));
        assert_eq!(Coding::list("gzip,gzip,gzip"), Err(Fault::TooManyCodings));
    }
}
