//! Serves the page of figures over HTTP/1.1: one path, no state, no password. Bounded in
//! connections and time, so that a reader that never ends costs nothing but its place.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HOST, HeaderMap, HeaderName};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use lachan_config::{Metrics, Reach};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio::time::timeout;

use crate::metrics::Form;

/// The one path.
const PATH: &str = "/metrics";
/// Readers at once: Prometheus, its spare, and somebody who looks with curl.
const MOST_CONNECTIONS: usize = 16;
/// How long the head of a request may take.
const HEAD: Duration = Duration::from_secs(5);
/// How long a connection may live: scrapes come each minute or so, and a new one costs nothing.
const LIFE: Duration = Duration::from_secs(120);
/// Longest head, in bytes.
const MOST_HEAD: usize = 16 << 10;
/// How long to wait after a failed accept, which means that descriptors ran out.
const RECOVERY: Duration = Duration::from_millis(200);

/// Why the page cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("the page of figures cannot be served at {address}")]
pub(crate) struct PageError {
    /// Where.
    pub(crate) address: SocketAddr,
    /// Why.
    #[source]
    pub(crate) source: io::Error,
}

/// Makes the page, off the runtime's threads: it reads `/proc`.
pub(super) type Render = Arc<dyn Fn(Form) -> String + Send + Sync>;

/// The opened listener.
pub(super) struct Page {
    listener: TcpListener,
    /// Where it listens, its port filled in.
    pub(super) address: SocketAddr,
    reach: Reach,
}

/// The running page; dropping it ends it.
pub(super) struct Serving {
    task: JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Page {
    /// Opens the listener, if the page is on. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// [`PageError`].
    pub(super) fn open(settings: Metrics) -> Result<Option<Self>, PageError> {
        let Some(address) = settings.listen else {
            return Ok(None);
        };
        let open = || {
            let listener = std::net::TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            let address = listener.local_addr()?;
            Ok(Self {
                listener,
                address,
                reach: settings.reach,
            })
        };
        open()
            .map(Some)
            .map_err(|source| PageError { address, source })
    }

    /// Begins to serve.
    pub(super) fn serve(self, render: Render) -> Serving {
        let task = tokio::spawn(accept(self.listener, self.reach, render));
        Serving { task }
    }
}

async fn accept(listener: TcpListener, reach: Reach, render: Render) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut all = JoinSet::new();
    loop {
        while all.try_join_next().is_some() {}
        // Whoever is one too many waits in the kernel's queue until a place is free.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(RECOVERY).await;
            continue;
        };
        let render = Arc::clone(&render);
        all.spawn(async move {
            let _place = place;
            // Whoever breaks off or takes too long is let go.
            let _ = timeout(LIFE, converse(stream, reach, render)).await;
        });
    }
}

async fn converse(stream: TcpStream, reach: Reach, render: Render) -> hyper::Result<()> {
    let answer = service_fn(move |request| answer(request, reach, Arc::clone(&render)));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(MOST_HEAD)
        .serve_connection(TokioIo::new(stream), answer)
        .await
}

async fn answer(
    request: Request<Incoming>,
    reach: Reach,
    render: Render,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if reach == Reach::Machine && !is_this_machine(request.headers()) {
        return Ok(plain(
            StatusCode::FORBIDDEN,
            "ask by address: this page is for this machine\n",
        ));
    }
    if request.uri().path() != PATH {
        return Ok(plain(
            StatusCode::NOT_FOUND,
            "the page of figures is at /metrics\n",
        ));
    }
    // hyper leaves the body off an answer to HEAD.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut refused = plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "this page can only be read\n",
        );
        let methods = hyper::header::HeaderValue::from_static("GET, HEAD");
        refused.headers_mut().insert(ALLOW, methods);
        return Ok(refused);
    }
    let form = Form::accepted(&text_of(request.headers(), ACCEPT));
    Ok(match spawn_blocking(move || render(form)).await {
        Ok(text) => respond(StatusCode::OK, form.media_type(), text),
        Err(_) => plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the figures cannot be read\n",
        ),
    })
}

/// A web page that somebody on this machine looks at could give its own name our address, and then
/// read what this page says ("DNS rebinding"); its requests carry that name.
fn is_this_machine(headers: &HeaderMap) -> bool {
    let host = text_of(headers, HOST);
    let name = host.rsplit_once(':').map_or(&*host, |(name, port)| {
        let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
        if is_port { name } else { &host }
    });
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = |address: IpAddr| address.is_loopback();
    name.is_empty() || name == "localhost" || bare.parse().is_ok_and(is_loopback)
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    respond(status, "text/plain; charset=utf-8", text.to_owned())
}

fn respond(status: StatusCode, media_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let media_type = hyper::header::HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    fn settings(reach: Reach) -> Metrics {
        let text = "version = \"v1\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n";
        let mut metrics = lachan_config::Config::parse(text, "x").unwrap().metrics;
        metrics.reach = reach;
        metrics
    }

    /// What comes to a request in these bytes.
    async fn ask(reach: Reach, request: &str) -> String {
        let page = Page::open(settings(reach)).unwrap().unwrap();
        let address = page.address;
        let serving = page.serve(Arc::new(|form| format!("lachan_up {}\n", form as u8)));
        let request = request.to_owned();
        let answer = spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            answer
        });
        let answer = answer.await.unwrap();
        drop(serving);
        answer
    }

    fn get(path: &str, headers: &str) -> String {
        format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n")
    }

    #[tokio::test]
    async fn the_page_is_served_in_the_format_asked_for() {
        let text = ask(Reach::Machine, &get("/metrics", "Host: 127.0.0.1:9353\r\n")).await;
        assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
        assert!(
            text.contains("version=0.0.4") && text.ends_with("lachan_up 0\n"),
            "{text}"
        );
        let accept = "Host: [::1]:9\r\nAccept: application/openmetrics-text;version=1.0.0\r\n";
        let text = ask(Reach::Machine, &get("/metrics", accept)).await;
        assert!(
            text.contains("openmetrics") && text.ends_with("lachan_up 1\n"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn everything_else_is_refused() {
        let host = "Host: localhost\r\n";
        assert!(ask(Reach::Machine, &get("/", host)).await.contains(" 404 "));
        let post = "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let refused = ask(Reach::Machine, post).await;
        assert!(
            refused.contains(" 405 ") && refused.contains("allow: GET, HEAD"),
            "{refused}"
        );
        assert!(
            ask(Reach::Machine, "nonsense\r\n\r\n")
                .await
                .contains(" 400 ")
        );
    }

    #[tokio::test]
    async fn a_name_that_was_turned_to_this_machine_is_refused() {
        let evil = get("/metrics", "Host: evil.example:9353\r\n");
        assert!(ask(Reach::Machine, &evil).await.contains(" 403 "));
        let known = get("/metrics", "Host: may-chu.lan:9353\r\n");
        assert!(ask(Reach::Network, &known).await.contains(" 200 "));
    }

    #[tokio::test]
    async fn a_page_that_is_off_opens_nothing() {
        assert!(Page::open(Metrics::default()).unwrap().is_none());
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut metrics = settings(Reach::Machine);
        metrics.listen = taken.local_addr().ok();
        let error = Page::open(metrics).err().unwrap();
        assert_eq!(error.source.kind(), io::ErrorKind::AddrInUse);
    }
}
