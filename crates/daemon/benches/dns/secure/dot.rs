//! DNS messages in a stream: each behind its length (RFC 1035, section 4.2.2).

/// What was received of a message that is not whole yet.
#[derive(Default)]
pub(crate) struct Frames {
    received: Vec<u8>,
}

impl Frames {
    pub(crate) fn write(message: &[u8], out: &mut Vec<u8>) {
        let length = u16::try_from(message.len()).unwrap();
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(message);
    }

    pub(crate) fn take(&mut self, bytes: &[u8], mut message: impl FnMut(&[u8])) {
        self.received.extend_from_slice(bytes);
        let mut rest = &self.received[..];
        while let Some((length, behind)) = rest.split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            let Some((whole, behind)) = behind.split_at_checked(length) else {
                break;
            };
            message(whole);
            rest = behind;
        }
        let taken = self.received.len() - rest.len();
        self.received.drain(..taken);
    }
}
