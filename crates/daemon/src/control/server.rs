//! The filter's side of the control socket: takes lines, asks [`Admin`], sends lines. Bounded in
//! connections, bytes and time, so that nobody who may open the socket can hold up the filter by
//! mistake. Requests are carried out off the runtime's threads: they may read files.

use std::future::Future;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{
    AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval_at, timeout};

use super::protocol::MAX_REQUEST;
use super::socket::{ControlSocket, SocketFile};
use super::{Admin, Answer, ErrorCode, Reloaded, Request};

/// Connections at once: more live views than a school has screens for them.
const MOST_CONNECTIONS: usize = 8;
/// How long a request may take to arrive, and an answer to be taken.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two samples.
const SECOND: Duration = Duration::from_secs(1);
/// Before the first sample: long enough for a rate, short enough that nobody waits.
const FIRST: Duration = Duration::from_millis(300);
/// How long to wait after a failed accept, which means that descriptors ran out.
const RECOVERY: Duration = Duration::from_millis(200);

/// The running server; dropping it, or [`Self::stop`], ends it and takes the socket's file away.
pub(crate) struct Controls {
    task: JoinHandle<()>,
    _file: SocketFile,
}

impl Controls {
    /// Ends the server at once. Requests under way are let go.
    pub(crate) fn stop(self) {
        self.task.abort();
    }
}

impl Drop for Controls {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Begins to take requests. Must be called in a tokio runtime.
///
/// # Errors
/// When the system does not let the runtime have the socket.
pub(crate) fn serve(socket: ControlSocket, admin: Arc<dyn Admin>) -> io::Result<Controls> {
    let (listener, file) = socket.into_parts();
    listener.set_nonblocking(true)?;
    let listener = UnixListener::from_std(listener)?;
    let task = tokio::spawn(accept(listener, admin));
    Ok(Controls { task, _file: file })
}

async fn accept(listener: UnixListener, admin: Arc<dyn Admin>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut all = tokio::task::JoinSet::new();
    loop {
        // Those that ended are taken off, so that the set does not grow.
        while all.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(RECOVERY).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            refuse(stream);
            continue;
        };
        let admin = Arc::clone(&admin);
        all.spawn(async move {
            let _place = place;
            // An asker that goes away or is too slow gets nothing more; nobody else minds.
            let _ = converse(stream, admin).await;
        });
    }
}

/// Tells one too many why it is sent away. The line is small enough for the socket's buffer, so
/// this waits for nobody.
fn refuse(stream: UnixStream) {
    let busy = Answer::Error {
        code: ErrorCode::Busy,
        text: format!("{MOST_CONNECTIONS} are asking already; close a live view and try again"),
    };
    let sent = stream
        .into_std()
        .and_then(|mut stream| stream.write_all(busy.into_line().as_bytes()));
    // Who went away needs no answer.
    drop(sent);
}

/// One request and its answers.
async fn converse(stream: UnixStream, admin: Arc<dyn Admin>) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read.take(MAX_REQUEST as u64));
    let mut line = Vec::new();
    within(read.read_until(b'\n', &mut line)).await?;
    match Request::from_line(line.trim_ascii_end()) {
        Err(error) => send(&mut write, error.into()).await,
        Ok(Request::Top) => {
            let mut rest = read.into_inner().into_inner();
            tokio::select! {
                done = samples(&mut write, admin) => done,
                // Nothing more is expected, so this ends when the asker goes.
                _ = rest.read_u8() => Ok(()),
            }
        }
        Ok(request) => {
            let answer = spawn_blocking(move || carry_out(request, &*admin)).await;
            send(&mut write, answer.map_err(io::Error::other)?).await
        }
    }
}

async fn within<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let done = timeout(PATIENCE, work).await;
    done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn send(write: &mut (impl AsyncWrite + Unpin), answer: Answer) -> io::Result<()> {
    within(write.write_all(answer.into_line().as_bytes())).await
}

/// A sample each second, as long as they are taken.
async fn samples(write: &mut (impl AsyncWrite + Unpin), admin: Arc<dyn Admin>) -> io::Result<()> {
    let mut series = blocking(move || admin.series()).await?;
    let mut ticks = interval_at(tokio::time::Instant::now() + FIRST, SECOND);
    // A machine that fell behind shows one sample late rather than several at once.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (same, sample) = blocking(move || {
            let sample = series.next();
            (series, sample)
        })
        .await?;
        series = same;
        send(write, Answer::Sample(Box::new(sample))).await?;
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)
}

fn carry_out(request: Request, admin: &dyn Admin) -> Answer {
    match request {
        // `top` is answered above, line by line; one of them is its answer in one line.
        Request::Top => Answer::Sample(Box::new(admin.series().next())),
        Request::Status => Answer::Status(Box::new(admin.status())),
        Request::Metrics => Answer::Metrics {
            text: admin.metrics(),
        },
        Request::Reload => reloaded(admin.reload()),
        Request::FlushCache { name, below } => Answer::Flushed {
            count: admin.flush_cache(name.as_deref(), below),
        },
        Request::Firewall { off } => {
            let off = off.map(|seconds| Duration::from_secs(seconds.into()));
            admin.firewall(off).map_or_else(
                |text| Answer::Error {
                    code: ErrorCode::Firewall,
                    text,
                },
                Answer::Firewall,
            )
        }
    }
}

fn reloaded(outcome: Reloaded) -> Answer {
    match outcome {
        Reloaded::Done { needs_restart } => Answer::Reloaded { needs_restart },
        Reloaded::Mistakes(text) => Answer::Error {
            code: ErrorCode::Settings,
            text,
        },
        Reloaded::Stopping => Answer::Error {
            code: ErrorCode::Stopping,
            text: "the filter is stopping".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::view::tests::sample;
    use crate::control::{
        Client, ClientError, FirewallState, FirewallView, Sample, Series, Status,
    };
    use lachan_config::Access;
    use lachan_policy::Name;
    use std::io::Read as _;
    use std::os::unix::net::UnixStream as Blocking;
    use std::path::PathBuf;

    struct Fake;

    impl Admin for Fake {
        fn status(&self) -> Status {
            sample().status
        }

        fn series(&self) -> Box<dyn Series> {
            Box::new(Self)
        }

        fn metrics(&self) -> String {
            "lachan_up 1\n".to_owned()
        }

        fn reload(&self) -> Reloaded {
            Reloaded::Mistakes("lachan.toml:3: x".to_owned())
        }

        fn flush_cache(&self, name: Option<&Name>, below: bool) -> usize {
            usize::from(name.is_some()) * 10 + usize::from(below)
        }

        fn firewall(&self, off_for: Option<Duration>) -> Result<FirewallView, String> {
            let time = off_for.ok_or("the kernel refused it")?;
            Ok(FirewallView {
                counts: Vec::new(),
                mode: "gateway".into(),
                state: FirewallState::Off {
                    seconds: time.as_secs(),
                },
            })
        }
    }

    impl Series for Fake {
        fn next(&mut self) -> Sample {
            sample()
        }
    }

    struct Running {
        _folder: tempfile::TempDir,
        _controls: Controls,
        path: PathBuf,
    }

    fn running() -> Running {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.sock");
        let socket = ControlSocket::open(&path, Access::Owner).unwrap();
        Running {
            _controls: serve(socket, Arc::new(Fake)).unwrap(),
            _folder: folder,
            path,
        }
    }

    /// What a client that is no tokio task gets.
    async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        spawn_blocking(work).await.unwrap()
    }

    fn raw(path: &PathBuf, bytes: &[u8]) -> String {
        let mut stream = Blocking::connect(path).unwrap();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    #[tokio::test]
    async fn requests_are_carried_out() {
        let running = running();
        let path = running.path.clone();
        on_thread(move || {
            let ask = |request: &Request| Client::connect(&path).unwrap().ask(request);
            let status = ask(&Request::Status).unwrap();
            assert_eq!(status, Answer::Status(Box::new(sample().status)));
            let metrics = ask(&Request::Metrics).unwrap();
            assert_eq!(metrics, Answer::Metrics { text: "lachan_up 1\n".into() });
            let flush = Request::FlushCache {
                name: Name::from_text("a.vn").ok().map(Box::new),
                below: true,
            };
            assert_eq!(ask(&flush).unwrap(), Answer::Flushed { count: 11 });
            let off = ask(&Request::Firewall { off: Some(600) }).unwrap();
            let state = FirewallState::Off { seconds: 600 };
            assert!(matches!(off, Answer::Firewall(view) if view.state == state));
            let on = ask(&Request::Firewall { off: None });
            assert!(
                matches!(&on, Err(ClientError::Refused { code: ErrorCode::Firewall, .. })),
                "{on:?}"
            );
            let refused = ask(&Request::Reload);
            assert!(
                matches!(&refused, Err(ClientError::Refused { code: ErrorCode::Settings, text }) if text.contains(":3:")),
                "{refused:?}"
            );
        })
        .await;
    }

    #[tokio::test]
    async fn samples_come_until_the_asker_goes() {
        let running = running();
        let path = running.path.clone();
        on_thread(move || {
            // More than there are places: each gives its place back when it goes.
            for _ in 0..2 * MOST_CONNECTIONS {
                let mut client = Client::connect(&path).unwrap();
                client.send(&Request::Top).unwrap();
                let first = client.next();
                let is_sample = matches!(first, Ok(Answer::Sample(_)));
                let is_busy = matches!(
                    first,
                    Err(ClientError::Refused {
                        code: ErrorCode::Busy,
                        ..
                    })
                );
                assert!(is_sample || is_busy, "{first:?}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_full_house_is_told() {
        let running = running();
        let path = running.path.clone();
        on_thread(move || {
            let held: Vec<_> = (0..MOST_CONNECTIONS)
                .map(|_| {
                    let mut client = Client::connect(&path).unwrap();
                    client.send(&Request::Top).unwrap();
                    assert!(matches!(client.next(), Ok(Answer::Sample(_))));
                    client
                })
                .collect();
            let refused = Client::connect(&path).unwrap().ask(&Request::Status);
            assert!(
                matches!(
                    refused,
                    Err(ClientError::Refused {
                        code: ErrorCode::Busy,
                        ..
                    })
                ),
                "{refused:?}"
            );
            drop(held);
        })
        .await;
    }

    #[tokio::test]
    async fn nonsense_is_refused_and_bounded() {
        let running = running();
        let path = running.path.clone();
        on_thread(move || {
            for (line, code) in [
                (b"hello\n".to_vec(), "bad-request"),
                (b"".to_vec(), "bad-request"),
                (vec![b'{'; 3 * MAX_REQUEST], "bad-request"),
                (b"{\"v\":9,\"do\":\"status\"}\n".to_vec(), "version"),
            ] {
                let answer = raw(&path, &line);
                // What is far too long may be cut off before the answer is read.
                assert!(
                    answer.contains(code) || line.len() > MAX_REQUEST,
                    "{answer}"
                );
            }
            assert!(raw(&path, b"{\"v\":1,\"do\":\"status\"}\n").contains("\"status\""));
        })
        .await;
    }
}
