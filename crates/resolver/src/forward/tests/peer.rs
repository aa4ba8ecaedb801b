//! Certificates, and servers that speak HTTPS and QUIC, for the tests of encrypted upstreams.

use hickory_proto::op::{Message, ResponseCode};
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::net::{TcpListener, UdpSocket};

use super::*;

/// A certificate authority of the test's own.
pub(super) struct Authority {
    pub(super) root: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

/// When a certificate holds.
#[derive(Clone, Copy)]
pub(super) enum Period {
    Now,
    Past,
    Future,
}

impl Authority {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap().der().to_vec();
        let issuer = Issuer::new(params, key);
        Self { root, issuer }
    }

    /// A server's configuration with a certificate for a name, speaking a protocol.
    pub(super) fn config(&self, name: &str, period: Period, alpn: &[u8]) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = match period {
            Period::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2090, 1, 1)),
            Period::Past => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
            Period::Future => (date_time_ymd(2090, 1, 1), date_time_ymd(2091, 1, 1)),
        };
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        config.alpn_protocols = vec![alpn.to_vec()];
        Arc::new(config)
    }
}

/// An upstream behind hickory's listeners, which answers by a closure. Stops when dropped.
pub(super) struct Peer {
    pub(super) address: std::net::SocketAddr,
    asked: Arc<AtomicUsize>,
    _server: Server<Handler>,
}

/// What is spoken.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Spoken {
    Https,
    Quic,
}

type Script = dyn Fn(&[u8]) -> Vec<u8> + Send + Sync;

struct Handler {
    script: Box<Script>,
    asked: Arc<AtomicUsize>,
}

impl Peer {
    pub(super) async fn start(
        spoken: Spoken,
        config: Arc<ServerConfig>,
        script: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let mut server = Server::new(Handler {
            script: Box::new(script),
            asked: Arc::clone(&asked),
        });
        let limit = Duration::from_secs(5);
        let address = match spoken {
            Spoken::Https => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                let path = "/dns-query".to_owned();
                server
                    .register_https_listener_with_tls_config(listener, limit, config, None, path)
                    .unwrap();
                address
            }
            Spoken::Quic => {
                let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                let address = socket.local_addr().unwrap();
                server
                    .register_quic_listener_and_tls_config(socket, limit, config)
                    .unwrap();
                address
            }
        };
        Self {
            address,
            asked,
            _server: server,
        }
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut response: R,
    ) -> ResponseInfo {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = Message::from_vec(&(self.script)(request.as_slice())).unwrap();
        let builder = MessageResponseBuilder::new(&request.queries, answer.edns.as_ref());
        let mut metadata = answer.metadata;
        metadata.id = request.metadata.id;
        assert_ne!(metadata.response_code, ResponseCode::FormErr);
        let built = builder.build(metadata, &answer.answers, &answer.authorities, [], []);
        response.send_response(built).await.unwrap()
    }
}
