//! Messages in a stream of bytes: two bytes of length, then the message (RFC 1035 §4.2.2), and the
//! way back. No socket, no time.

/// Longest query taken over a stream, bytes. A query holds one name, and padding fills it up to
/// 128 bytes (RFC 8467 §4.1); what is longer only costs memory while it trickles in.
pub(crate) const MAX_QUERY: usize = 4096;
/// The length in front of a message.
const PREFIX: usize = 2;
/// As much of a message that is too long as is kept: its header, so that it can be answered.
const KEPT: usize = crate::wire::HEADER;

/// What was received and not yet answered.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    /// How many of them were handed out.
    taken: usize,
    /// Bytes still to come of a message that is too long.
    skip: usize,
}

/// A message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame<'i> {
    /// A whole one.
    Whole(&'i [u8]),
    /// The header of one that is too long; the rest is passed over as it comes.
    TooLong(&'i [u8]),
}

impl Inbox {
    /// Adds received bytes.
    pub(crate) fn put(&mut self, mut bytes: &[u8]) {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        bytes = &bytes[skipped..];
        if self.taken > 0 {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message, once it is whole.
    pub(crate) fn next(&mut self) -> Option<Frame<'_>> {
        let length = self.length().filter(|_| self.has_whole())?;
        let start = self.taken + PREFIX;
        let here = length.min(self.bytes.len() - start);
        self.skip = length - here;
        self.taken = start + here;
        Some(if length > MAX_QUERY {
            Frame::TooLong(&self.bytes[start..start + KEPT])
        } else {
            Frame::Whole(&self.bytes[start..start + length])
        })
    }

    /// Whether the next message is here; of one that is too long, its header.
    pub(crate) fn has_whole(&self) -> bool {
        let needed = |length| if length > MAX_QUERY { KEPT } else { length };
        let here = self.bytes.len() - self.taken;
        self.length()
            .is_some_and(|length| here >= PREFIX + needed(length))
    }

    /// How long the next message says it is.
    fn length(&self) -> Option<usize> {
        let prefix = self.bytes.get(self.taken..self.taken + PREFIX)?;
        Some(usize::from(u16::from_be_bytes([prefix[0], prefix[1]])))
    }

    /// Whether a message has begun and is not whole.
    pub(crate) fn is_partial(&self) -> bool {
        self.skip > 0 || self.taken < self.bytes.len()
    }

    /// Gives its memory back when it holds nothing, so that an idle connection costs none.
    pub(crate) fn rest(&mut self) {
        if !self.is_partial() {
            self.bytes = Vec::new();
            self.taken = 0;
        }
    }
}

/// What is to be sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    /// How many of them were sent.
    sent: usize,
}

impl Outbox {
    /// Adds a message. One that is longer than a length can say is left out; no answer is.
    pub(crate) fn put(&mut self, message: &[u8]) {
        if let Ok(length) = u16::try_from(message.len()) {
            self.bytes.extend(length.to_be_bytes());
            self.bytes.extend_from_slice(message);
        }
    }

    /// What is still to be sent.
    pub(crate) fn unsent(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    /// So many bytes were sent.
    pub(crate) fn sent(&mut self, count: usize) {
        self.sent = (self.sent + count).min(self.bytes.len());
        if self.sent == self.bytes.len() {
            self.bytes.clear();
            self.sent = 0;
        }
    }

    /// Whether all was sent.
    pub(crate) fn is_empty(&self) -> bool {
        self.sent == self.bytes.len()
    }

    /// Gives its memory back when it holds nothing.
    pub(crate) fn rest(&mut self) {
        if self.is_empty() {
            self.bytes = Vec::new();
            self.sent = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn framed(message: &[u8]) -> Vec<u8> {
        let mut outbox = Outbox::default();
        outbox.put(message);
        outbox.unsent().to_vec()
    }

    fn all(inbox: &mut Inbox) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        while let Some(frame) = inbox.next() {
            match frame {
                Frame::Whole(message) | Frame::TooLong(message) => found.push(message.to_vec()),
            }
        }
        found
    }

    #[test]
    fn messages_come_out_whole_however_they_arrive() {
        let stream = [framed(b"one"), framed(b""), framed(&[7; 300])].concat();
        for step in 1..stream.len() {
            let mut inbox = Inbox::default();
            let mut found = Vec::new();
            for piece in stream.chunks(step) {
                inbox.put(piece);
                found.extend(all(&mut inbox));
            }
            assert_eq!(found, [b"one".to_vec(), Vec::new(), vec![7; 300]], "{step}");
            assert!(!inbox.is_partial());
        }
    }

    #[test]
    fn a_message_that_is_too_long_is_passed_over_and_not_kept() {
        let long = vec![9; 60_000];
        let stream = [framed(&long), framed(b"next")].concat();
        let mut inbox = Inbox::default();
        let mut found = Vec::new();
        for piece in stream.chunks(1000) {
            inbox.put(piece);
            found.extend(all(&mut inbox));
            assert!(inbox.bytes.capacity() <= 2 * MAX_QUERY);
        }
        assert_eq!(found, [vec![9; KEPT], b"next".to_vec()]);
        assert!(!inbox.is_partial());
    }

    #[test]
    fn half_a_message_is_partial() {
        let mut inbox = Inbox::default();
        assert!(!inbox.is_partial());
        inbox.put(&[0]);
        assert!(inbox.is_partial() && inbox.next().is_none());
        inbox.put(&[2, 1]);
        assert!(inbox.is_partial() && inbox.next().is_none());
        inbox.put(&[1]);
        assert_eq!(inbox.next(), Some(Frame::Whole(&[1, 1])));
        assert!(!inbox.is_partial());
        inbox.rest();
        assert_eq!(inbox.bytes.capacity(), 0);
    }

    #[test]
    fn what_was_sent_is_forgotten() {
        let mut outbox = Outbox::default();
        outbox.put(b"abc");
        outbox.sent(2);
        assert_eq!(outbox.unsent(), b"abc");
        outbox.sent(3);
        assert!(outbox.is_empty() && outbox.unsent().is_empty());
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_messages(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..5000), 0..6),
            cuts in proptest::collection::vec(1usize..3000, 1..20),
        ) {
            let stream: Vec<u8> = messages.iter().flat_map(|message| framed(message)).collect();
            let expected: Vec<Vec<u8>> = messages
                .iter()
                .map(|message| if message.len() > MAX_QUERY { message[..KEPT].to_vec() } else { message.clone() })
                .collect();
            let (mut inbox, mut found, mut rest) = (Inbox::default(), Vec::new(), &stream[..]);
            for cut in cuts.iter().cycle() {
                let (piece, behind) = rest.split_at((*cut).min(rest.len()));
                inbox.put(piece);
                found.extend(all(&mut inbox));
                rest = behind;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found, expected);
            prop_assert!(!inbox.is_partial());
        }
    }
}
