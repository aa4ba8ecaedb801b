//! The Internet's stand-in: every name is where the sites are, for an hour.

use std::net::{SocketAddr, UdpSocket};
use std::thread;

use crate::sites;

const HEADER: usize = 12;
const A: [u8; 2] = [0, 1];

/// Answers in a thread of its own.
pub(crate) fn serve() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut bytes) {
            if let Some(answer) = answer(&bytes[..length]) {
                let _ = socket.send_to(&answer, from);
            }
        }
    });
    address
}

/// The answer to a query (RFC 1035 §4.1): one address, or none of another kind.
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let mut end = HEADER;
    while *query.get(end)? != 0 {
        end += usize::from(query[end]) + 1;
    }
    let qtype = query.get(end + 1..end + 3)?;
    let count = u8::from(qtype == A);
    let mut answer = query.get(..2)?.to_vec();
    answer.extend([0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
    answer.extend(query.get(HEADER..end + 5)?);
    if count == 1 {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4]);
        answer.extend(sites::ADDRESS.octets());
    }
    Some(answer)
}
