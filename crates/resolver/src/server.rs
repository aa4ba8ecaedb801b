//! Listeners, on hickory's server for now: they bring bytes and take bytes away.
//!
//! Known limits of hickory's listeners, which go when the sockets become our own: one task for
//! every packet, no cap on TCP connections, the queries of one TCP connection answered one after
//! the other, and an answer taken apart and put together again on its way out.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Header, HeaderCounts, Message, MessageType, Metadata, ResponseCode};
use hickory_proto::serialize::binary::BinDecoder;
use hickory_server::Server;
use hickory_server::net::NetError;
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::{MessageResponseBuilder, Queries};
use tokio::time::timeout;
use tracing::instrument::WithSubscriber as _;

use crate::bind::{BindError, Sockets};
use crate::engine::{Client, Engine, Shared};
use crate::settings::Settings;
use crate::udp::{LOOK, UdpThreads};
use crate::wire::query::Transport;
use crate::wire::{PLAIN_PAYLOAD, UDP_PAYLOAD};

/// How long a stop may take.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// The resolver before it runs.
#[derive(Debug, Clone, Copy)]
pub struct Resolver;

/// A running resolver. Dropping it stops the listeners at once; [`Running::shutdown`] is kinder.
pub struct Running {
    server: Server<Handler>,
    udp: Vec<UdpThreads>,
    engine: Arc<Engine>,
    addresses: Vec<SocketAddr>,
}

/// A listener ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A socket failed for good.
    #[error("a DNS listener failed; restart the service")]
    Listener(#[source] NetError),
    /// A thread that answers over UDP.
    #[error("answering over UDP failed; restart the service")]
    Udp(#[source] io::Error),
    /// The listeners did not end in time.
    #[error("the DNS listeners did not stop within {} s", STOP_LIMIT.as_secs())]
    Stop,
}

impl Resolver {
    /// Opens every listener, UDP and TCP, and begins to answer. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// [`BindError`] names the address and what to do; nothing is left listening.
    pub fn bind(settings: &Settings, shared: Shared) -> Result<Running, BindError> {
        let threads = settings.udp_threads();
        let mut sockets = Vec::with_capacity(settings.listen.len());
        for address in &settings.listen {
            sockets.push(Sockets::open(*address, threads)?);
        }
        let engine = Arc::new(Engine::new(settings, shared));
        let mut server = Server::new(Handler {
            engine: Arc::clone(&engine),
        });
        let mut udp = Vec::with_capacity(sockets.len());
        let mut addresses = Vec::with_capacity(sockets.len());
        for opened in sockets {
            let threads = UdpThreads::start(opened.udp, &engine).map_err(|source| BindError {
                address: opened.address,
                transport: "UDP",
                source,
            })?;
            udp.push(threads);
            server.register_listener(opened.tcp, settings.tcp.idle, settings.tcp.buffer);
            addresses.push(opened.address);
        }
        Ok(Running {
            server,
            udp,
            engine,
            addresses,
        })
    }
}

impl Running {
    /// Where it listens, in the order of the settings; ports that were 0 are filled in.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The engine, for counters and for listeners of other kinds.
    #[must_use]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Waits until the listeners end by themselves, which they do only when something is wrong.
    /// Can be dropped and called again.
    ///
    /// # Errors
    /// [`ServeError::Listener`].
    pub async fn ended(&mut self) -> Result<(), ServeError> {
        let streams = self.server.block_until_done();
        let datagrams = async {
            while !self.udp.iter().any(UdpThreads::has_ended) {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            ended = streams => return ended.map_err(ServeError::Listener),
            () = datagrams => {}
        }
        let stopped = self.udp.iter_mut().try_for_each(UdpThreads::stop);
        stopped.map_err(ServeError::Udp)
    }

    /// Stops listening and waits until the sockets are closed. Queries that wait for an upstream
    /// are let go; their clients ask again.
    ///
    /// # Errors
    /// [`ServeError`]; the listeners are gone all the same.
    pub async fn shutdown(mut self) -> Result<(), ServeError> {
        let streams = timeout(STOP_LIMIT, self.server.shutdown_gracefully()).await;
        let datagrams = self.udp.iter_mut().try_for_each(UdpThreads::stop);
        match streams {
            Ok(outcome) => outcome.map_err(ServeError::Listener)?,
            Err(_) => return Err(ServeError::Stop),
        }
        datagrams.map_err(ServeError::Udp)
    }
}

/// Joins hickory's requests with the engine.
struct Handler {
    engine: Arc<Engine>,
}

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        response: R,
    ) -> ResponseInfo {
        let transport = match request.protocol() {
            Protocol::Udp => Transport::Udp,
            _ => Transport::Stream,
        };
        let client = Client::new(request.src().ip(), transport);
        let Some(answer) = self.engine.answer(request.as_slice(), client).await else {
            return info(request, ResponseCode::NoError);
        };
        // hickory's own handler logs every answered name. Names of queries are written nowhere.
        self.send(request, &answer, response)
            .with_subscriber(tracing::Dispatch::none())
            .await
    }
}

impl Handler {
    /// Sends an answer, which hickory takes only as a message of its own.
    async fn send<R: ResponseHandler>(
        &self,
        request: &Request,
        answer: &[u8],
        mut response: R,
    ) -> ResponseInfo {
        let message = Message::from_vec(answer).unwrap_or_else(|_| {
            self.engine.counters().unencodable();
            servfail(request)
        });
        let edns = message.edns.clone().map(|mut edns| {
            // hickory cuts an answer over UDP to what its OPT record says.
            let room = request.max_payload().clamp(PLAIN_PAYLOAD, UDP_PAYLOAD);
            edns.set_max_payload(room);
            edns
        });
        let none = Queries::read(&mut BinDecoder::new(&[]), 0).ok();
        let questions = none.as_ref().filter(|_| message.queries.is_empty());
        let builder =
            MessageResponseBuilder::new(questions.unwrap_or(&request.queries), edns.as_ref());
        let built = builder.build(
            message.metadata,
            &message.answers,
            &message.authorities,
            [],
            &message.additionals,
        );
        // A client that is gone needs no answer; the engine has counted the query.
        response
            .send_response(built)
            .await
            .unwrap_or_else(|_| info(request, ResponseCode::ServFail))
    }
}

/// A bare SERVFAIL.
fn servfail(request: &Request) -> Message {
    let mut metadata = Metadata::response_from_request(&request.metadata);
    metadata.response_code = ResponseCode::ServFail;
    metadata.recursion_available = true;
    let mut message = Message::new(metadata.id, MessageType::Response, metadata.op_code);
    message.metadata = metadata;
    message
}

/// What hickory wants to know of an answer that it did not send itself.
fn info(request: &Request, code: ResponseCode) -> ResponseInfo {
    let mut metadata = Metadata::response_from_request(&request.metadata);
    metadata.response_code = code;
    ResponseInfo::from(Header {
        metadata,
        counts: HeaderCounts::default(),
    })
}
