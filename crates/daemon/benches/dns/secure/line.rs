//! One long-lived connection, and the queries under way on it.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection};
use socket2::{Domain, Socket, Type};

use super::codec::Codec;
use super::{PIPELINED, Protocol, papers};
use crate::generator::CLIENTS;
use crate::packet::{Answer, MOST_QUERY};
use crate::queries::{Kind, Load, Queries};
use crate::tally::Tally;

/// Bits of an id that name a place of [`PIPELINED`]; the others count its uses.
const PLACE_BITS: u16 = 3;
/// Bytes read at once.
const MOST_READ: usize = 16 << 10;

/// A query under way.
#[derive(Clone, Copy, Default)]
struct Place {
    id: u16,
    kind: Kind,
    sent: u64,
    is_taken: bool,
}

/// A connection.
pub(crate) struct Line {
    stream: TcpStream,
    tls: ClientConnection,
    codec: Codec,
    places: [Place; PIPELINED],
    under_way: usize,
    /// Why it is closed.
    fault: Option<String>,
    scratch: Vec<u8>,
    read: Box<[u8; MOST_READ]>,
}

impl Line {
    /// Connects from one of the devices' addresses; the handshake is to be driven.
    pub(super) fn open(
        protocol: Protocol,
        server: SocketAddr,
        index: usize,
        config: &Arc<ClientConfig>,
    ) -> io::Result<Self> {
        let device = 1 + (index % usize::from(CLIENTS)) as u8;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from(([127, 0, device, 1], 0)).into())?;
        socket.connect(&server.into())?;
        socket.set_tcp_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let mut config = ClientConfig::clone(config);
        if protocol == Protocol::Doh {
            config.alpn_protocols = vec![b"h2".to_vec()];
        }
        let name = papers::NAME.try_into().unwrap();
        let tls = ClientConnection::new(Arc::new(config), name);
        let (mut tls, codec) = (tls.map_err(io::Error::other)?, Codec::new(protocol));
        tls.writer().write_all(&codec.greeting())?;
        Ok(Self {
            stream: socket.into(),
            tls,
            codec,
            places: [Place::default(); PIPELINED],
            under_way: 0,
            fault: None,
            scratch: Vec::with_capacity(2 * MOST_QUERY),
            read: Box::new([0; MOST_READ]),
        })
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Whether the handshake is over and all of it sent.
    pub(super) fn is_ready(&self) -> bool {
        !self.tls.is_handshaking() && !self.tls.wants_write()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.fault.is_some()
    }

    /// Why it is closed.
    pub(super) fn fault(&self) -> &str {
        self.fault.as_deref().unwrap_or("it is not")
    }

    pub(super) fn is_idle(&self) -> bool {
        self.under_way == 0 || self.is_closed()
    }

    fn close(&mut self, why: impl ToString) {
        if self.fault.is_none() {
            self.fault = Some(why.to_string());
        }
    }

    /// Takes what came.
    pub(super) fn receive(&mut self, now: u64, tally: &mut Tally) {
        if self.is_closed() {
            return;
        }
        match self.tls.read_tls(&mut self.stream) {
            Ok(0) => self.close("the server closed it"),
            Ok(_) => match self.tls.process_new_packets() {
                Ok(_) => self.take(now, tally),
                Err(error) => self.close(error),
            },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.close(error),
        }
    }

    fn take(&mut self, now: u64, tally: &mut Tally) {
        self.scratch.clear();
        let mut goes_on = true;
        // It ends with an error that says: nothing more just now.
        while let Ok(count @ 1..) = self.tls.reader().read(&mut self.read[..]) {
            let (places, under_way) = (&mut self.places, &mut self.under_way);
            let message = |bytes: &[u8]| {
                let Some(answer) = Answer::of(bytes) else {
                    return;
                };
                let index = usize::from(answer.id & ((1 << PLACE_BITS) - 1));
                let place = &mut places[index];
                if place.is_taken && place.id == answer.id {
                    place.is_taken = false;
                    *under_way -= 1;
                    tally.answered(place.kind, answer, place.sent, now);
                }
            };
            goes_on &= self
                .codec
                .take(&self.read[..count], &mut self.scratch, message);
        }
        if !self.scratch.is_empty() {
            self.tls.writer().write_all(&self.scratch).unwrap();
        }
        if !goes_on {
            self.close("the server said good-bye");
        }
    }

    /// Asks until as many queries are under way as may be.
    pub(super) fn fill(&mut self, now: u64, load: Load, queries: &mut Queries, tally: &mut Tally) {
        if self.is_closed() {
            return;
        }
        let mut packet = [0; MOST_QUERY];
        for (index, place) in self.places.iter_mut().enumerate() {
            if place.is_taken {
                continue;
            }
            let (length, kind) = queries.next(load, &mut packet);
            let uses = (place.id >> PLACE_BITS).wrapping_add(1);
            place.id = uses << PLACE_BITS | index as u16;
            packet[..2].copy_from_slice(&place.id.to_be_bytes());
            self.scratch.clear();
            if !self.codec.write(&packet[..length], &mut self.scratch) {
                break;
            }
            // One call, one record.
            self.tls.writer().write_all(&self.scratch).unwrap();
            (place.kind, place.sent, place.is_taken) = (kind, now, true);
            self.under_way += 1;
            tally.sent(kind);
        }
    }

    /// Sends what is there to be sent; what the kernel does not take now goes with the next.
    pub(super) fn send(&mut self) {
        while self.tls.wants_write() && !self.is_closed() {
            match self.tls.write_tls(&mut self.stream) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => self.close(error),
            }
        }
    }

    /// Counts what is still under way as lost.
    pub(super) fn give_up(&mut self, tally: &mut Tally) {
        for place in self.places.iter_mut().filter(|place| place.is_taken) {
            place.is_taken = false;
            tally.lost(place.kind);
        }
        self.under_way = 0;
    }
}
