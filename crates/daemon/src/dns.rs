//! A few DNS questions of our own: is the filter answering, are the upstreams what they should be.
//! Blocking, each within a time limit, one socket a question.
//!
//! Resolving for devices is `resolver`'s affair; nothing of it is used here, so that a fault in it
//! is seen rather than shared.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};

/// Record type A (RFC 1035 §3.2.2).
pub(crate) const A: u16 = 1;
/// Record type SOA.
pub(crate) const SOA: u16 = 6;
/// What we take over UDP without fragments (DNS flag day 2020).
const PAYLOAD: u16 = 1232;
const HEADER: usize = 12;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// The name in letters, digits, hyphens and dots; its case is kept.
    pub(crate) name: String,
    /// The record type.
    pub(crate) qtype: u16,
    /// Whether DNSSEC records are wanted (RFC 3225).
    pub(crate) wants_dnssec: bool,
}

impl Question {
    /// Asks for the addresses of a name.
    pub(crate) fn address_of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            qtype: A,
            wants_dnssec: false,
        }
    }

    /// The message, for whoever sends it nowhere.
    pub(crate) fn message(&self) -> Vec<u8> {
        self.to_bytes(0).0
    }

    /// The message (RFC 1035 §4.1, RFC 6891 §6.1); what is no name becomes the root.
    fn to_bytes(&self, id: u16) -> (Vec<u8>, usize) {
        const RECURSION_DESIRED: u16 = 0x0100;
        let mut bytes = Vec::with_capacity(64);
        bytes.extend(id.to_be_bytes());
        bytes.extend(RECURSION_DESIRED.to_be_bytes());
        bytes.extend([0, 1, 0, 0, 0, 0, 0, 1]);
        for label in self.name.split('.').filter(|label| !label.is_empty()) {
            let length = u8::try_from(label.len().min(63)).unwrap_or(63);
            bytes.push(length);
            bytes.extend(&label.as_bytes()[..usize::from(length)]);
        }
        bytes.push(0);
        bytes.extend(self.qtype.to_be_bytes());
        bytes.extend(1u16.to_be_bytes());
        let end = bytes.len();
        bytes.extend([0, 0, 41]);
        bytes.extend(PAYLOAD.to_be_bytes());
        bytes.extend([0, 0, if self.wants_dnssec { 0x80 } else { 0 }, 0, 0, 0]);
        (bytes, end)
    }
}

/// An answer to a question.
#[derive(Debug)]
pub(crate) struct Reply {
    /// What came.
    pub(crate) message: Message,
    /// How long it took.
    pub(crate) taken: Duration,
    /// Whether the name came back in the very letters it was asked in, large and small.
    pub(crate) keeps_case: bool,
}

impl Reply {
    /// The response code.
    pub(crate) fn code(&self) -> ResponseCode {
        self.message.metadata.response_code
    }
}

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// Nothing within the time limit.
    #[error("no answer in time")]
    Timeout,
    /// The network said no.
    #[error("the network refused")]
    Network(#[source] io::Error),
    /// What came is no answer to the question.
    #[error("what came is no answer to the question")]
    Nonsense,
}

impl From<io::Error> for AskError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // A read whose time is over gives the one or the other, by the system.
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::Timeout,
            io::ErrorKind::UnexpectedEof => Self::Nonsense,
            _ => Self::Network(error),
        }
    }
}

/// Asks over UDP. What does not match is passed over until the time is up.
///
/// # Errors
/// [`AskError`].
pub(crate) fn over_udp(
    server: SocketAddr,
    question: &Question,
    limit: Duration,
) -> Result<Reply, AskError> {
    let socket = connected(server)?;
    send_and_wait(&socket, question, limit)
}

/// As [`over_udp`], sent again from the same port when no answer came: of several threads that
/// share a port the kernel gives all of them to the same one.
///
/// # Errors
/// [`AskError`].
pub(crate) fn over_udp_again(
    server: SocketAddr,
    question: &Question,
    limit: Duration,
    tries: u32,
) -> Result<Reply, AskError> {
    let socket = connected(server)?;
    let each = limit / tries.max(1);
    for _ in 1..tries {
        match send_and_wait(&socket, question, each) {
            Err(AskError::Timeout) => {}
            done => return done,
        }
    }
    send_and_wait(&socket, question, each)
}

fn connected(server: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(SocketAddr::new(unspecified(server), 0))?;
    socket.connect(server)?;
    Ok(socket)
}

fn send_and_wait(
    socket: &UdpSocket,
    question: &Question,
    limit: Duration,
) -> Result<Reply, AskError> {
    let begun = Instant::now();
    let (bytes, end) = question.to_bytes(rand::random());
    socket.send(&bytes)?;
    let mut buffer = [0; 4096];
    loop {
        socket.set_read_timeout(Some(left(begun, limit)?))?;
        let length = socket.recv(&mut buffer)?;
        if let Some(reply) = read(&buffer[..length], &bytes[..end], begun) {
            return Ok(reply);
        }
    }
}

/// Asks over TCP (RFC 7766).
///
/// # Errors
/// [`AskError`].
pub(crate) fn over_tcp(
    server: SocketAddr,
    question: &Question,
    limit: Duration,
) -> Result<Reply, AskError> {
    let begun = Instant::now();
    let mut stream = TcpStream::connect_timeout(&server, limit)?;
    stream.set_write_timeout(Some(left(begun, limit)?))?;
    let (bytes, end) = question.to_bytes(rand::random());
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat())?;
    let mut length = [0; 2];
    read_within(&mut stream, &mut length, begun, limit)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    read_within(&mut stream, &mut answer, begun, limit)?;
    read(&answer, &bytes[..end], begun).ok_or(AskError::Nonsense)
}

/// Fills a buffer, however slowly the other side sends, within the whole time limit.
fn read_within(
    stream: &mut TcpStream,
    mut buffer: &mut [u8],
    begun: Instant,
    limit: Duration,
) -> Result<(), AskError> {
    while !buffer.is_empty() {
        stream.set_read_timeout(Some(left(begun, limit)?))?;
        let length = stream.read(buffer)?;
        if length == 0 {
            return Err(AskError::Nonsense);
        }
        buffer = &mut buffer[length..];
    }
    Ok(())
}

fn left(begun: Instant, limit: Duration) -> Result<Duration, AskError> {
    let left = limit.saturating_sub(begun.elapsed());
    if left.is_zero() {
        Err(AskError::Timeout)
    } else {
        Ok(left)
    }
}

fn unspecified(server: SocketAddr) -> IpAddr {
    match server.ip() {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// An answer to the question in `asked`, which ends behind its question; `None` when it is none.
fn read(bytes: &[u8], asked: &[u8], begun: Instant) -> Option<Reply> {
    let taken = begun.elapsed();
    let question = asked.get(HEADER..)?;
    let echoed = bytes.get(HEADER..asked.len())?;
    let is_response = bytes.get(2)? & 0x80 != 0;
    if !is_response || bytes.get(..2) != asked.get(..2) || !echoed.eq_ignore_ascii_case(question) {
        return None;
    }
    Some(Reply {
        message: Message::from_vec(bytes).ok()?,
        taken,
        keeps_case: echoed == question,
    })
}

/// Feeds the reader with what might come.
pub(crate) fn fuzz(bytes: &[u8]) {
    let (asked, end) = Question::address_of("localhost").to_bytes(0);
    let _ = read(bytes, &asked[..end], Instant::now());
}

/// Where a listener on this address is reached from this machine.
pub(crate) fn reached_at(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let mut reached = listener;
    reached.set_ip(ip);
    reached
}

/// Answers given by a test on loopback, over UDP and TCP.
#[cfg(test)]
pub(crate) mod fake {
    use super::*;
    use std::net::TcpListener;
    use std::sync::Arc;

    /// A server whose answer to a message is that of `answer`; `None` keeps silent.
    pub(crate) fn server(
        answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> SocketAddr {
        let answer = Arc::new(answer);
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let over_tcp = Arc::clone(&answer);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, client)) = udp.recv_from(&mut buffer) {
                if let Some(bytes) = answer(&buffer[..length]) {
                    let _ = udp.send_to(&bytes, client);
                }
            }
        });
        std::thread::spawn(move || {
            for mut stream in tcp.incoming().flatten() {
                let mut length = [0; 2];
                let _ = stream.read_exact(&mut length);
                let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                let _ = stream.read_exact(&mut query);
                if let Some(bytes) = over_tcp(&query) {
                    let length = u16::try_from(bytes.len()).unwrap();
                    let _ = stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat());
                }
            }
        });
        address
    }

    /// The empty answer of this code to a query, its question kept.
    pub(crate) fn empty(query: &[u8], code: u8) -> Vec<u8> {
        let question = query[HEADER..].split(|byte| *byte == 0).next().unwrap();
        let end = HEADER + question.len() + 5;
        let mut bytes = query[..end].to_vec();
        bytes[2] |= 0x80;
        bytes[3] = 0x80 | code;
        bytes[4..HEADER].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    /// The name a query asks for, in its letters.
    pub(crate) fn name_of(query: &[u8]) -> String {
        Message::from_vec(query).unwrap().queries[0]
            .name()
            .to_ascii()
    }

    /// An answer with these records, each as type and data, owned by the question's name.
    pub(crate) fn with(query: &[u8], authentic: bool, records: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = empty(query, 0);
        bytes[7] = u8::try_from(records.len()).unwrap();
        bytes[3] |= if authentic { 0x20 } else { 0 };
        for (kind, data) in records {
            bytes.extend([0xC0, 12]);
            bytes.extend(kind.to_be_bytes());
            bytes.extend([0, 1, 0, 0, 0, 60]);
            bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            bytes.extend(*data);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::fake::{empty, server, with};
    use super::*;
    use proptest::prelude::*;

    const LIMIT: Duration = Duration::from_secs(10);
    const SHORT: Duration = Duration::from_millis(50);

    #[test]
    fn a_question_is_what_hickory_reads_and_keeps_its_case() {
        let question = Question {
            wants_dnssec: true,
            ..Question::address_of("WwW.vnEDU.vn")
        };
        let message = Message::from_vec(&question.to_bytes(7).0).unwrap();
        assert_eq!(message.metadata.id, 7);
        assert_eq!(message.queries[0].name().to_ascii(), "WwW.vnEDU.vn.");
        assert!(message.edns.unwrap().flags().dnssec_ok);
    }

    #[test]
    fn answers_come_over_both_transports() {
        let address = server(|query| Some(with(query, false, &[(A, &[192, 0, 2, 1])])));
        let question = Question::address_of("HoC.vn");
        for reply in [
            over_udp(address, &question, LIMIT).unwrap(),
            over_tcp(address, &question, LIMIT).unwrap(),
        ] {
            assert_eq!(reply.code(), ResponseCode::NoError);
            assert_eq!(reply.message.answers.len(), 1);
            assert!(reply.keeps_case);
        }
    }

    #[test]
    fn an_answer_in_other_letters_is_noticed() {
        let address = server(|query| {
            let mut bytes = empty(query, 3);
            bytes[HEADER..].make_ascii_lowercase();
            Some(bytes)
        });
        let reply = over_udp(address, &Question::address_of("HOC.VN"), LIMIT).unwrap();
        assert_eq!(reply.code(), ResponseCode::NXDomain);
        assert!(!reply.keeps_case);
    }

    #[test]
    fn what_does_not_match_is_no_answer() {
        let address = server(|query| {
            let mut bytes = empty(query, 0);
            bytes[0] ^= 1;
            Some(bytes)
        });
        let question = Question::address_of("hoc.vn");
        assert!(matches!(
            over_udp(address, &question, SHORT),
            Err(AskError::Timeout)
        ));
        assert!(matches!(
            over_tcp(address, &question, LIMIT),
            Err(AskError::Nonsense)
        ));
    }

    #[test]
    fn silence_and_refusal_are_told_apart() {
        let silent = server(|_| None);
        let question = Question::address_of("hoc.vn");
        assert!(matches!(
            over_udp(silent, &question, SHORT),
            Err(AskError::Timeout)
        ));
        let nobody = UdpSocket::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        assert!(matches!(
            over_udp(nobody, &question, LIMIT),
            Err(AskError::Network(_))
        ));
    }

    #[test]
    fn listeners_on_every_address_are_reached_on_loopback() {
        for (listener, reached) in [
            ("0.0.0.0:53", "127.0.0.1:53"),
            ("[::]:53", "[::1]:53"),
            ("10.0.0.1:53", "10.0.0.1:53"),
        ] {
            assert_eq!(
                reached_at(listener.parse().unwrap()),
                reached.parse().unwrap()
            );
        }
    }

    proptest! {
        #[test]
        fn no_answer_upsets_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            fuzz(&bytes);
        }
    }
}
