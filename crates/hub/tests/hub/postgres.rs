//! A real PostgreSQL of Debian's package, in a folder of its own, over a Unix socket, as an unprivileged user. One for the
//! whole test program, one database for each test; it ends with the program however that ends, for it is led by a shell
//! that waits for the end of its input.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};

/// `nobody` and `nogroup`.
const NOBODY: u32 = 65_534;
/// Starting on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

const LEADER: &str = r#"
d=$1; bin=$2; shift 2; p=
stop() { [ -z "$p" ] || { kill -QUIT $p; wait $p; p=; }; }
"$@" "$bin/initdb" -D "$d/data" -U lachan -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions --wal-segsize=1 >"$d/initdb.log" 2>&1
while read -r word; do
    case $word in
        start) "$@" "$bin/postgres" -D "$d/data" -k "$d" -c listen_addresses= -c fsync=off -c full_page_writes=off \
            -c shared_buffers=16MB -c max_connections=120 >>"$d/log" 2>&1 & p=$! ;;
        stop) stop ;;
    esac
done
stop; rm -rf "$d"
"#;

/// A server.
pub(crate) struct Server {
    leader: Child,
    folder: PathBuf,
}

impl Server {
    /// Makes one and starts it.
    pub(crate) fn new() -> Self {
        let bin = programs();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lachan-pg-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let is_root = fs::metadata(&folder).unwrap().uid() == 0;
        let mut leader = Command::new("sh");
        leader.args(["-c", LEADER, "sh"]).arg(&folder).arg(&bin);
        if is_root {
            // PostgreSQL does not run as root.
            std::os::unix::fs::chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
            leader.args([
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--",
            ]);
        } else {
            leader.arg("env");
        }
        let leader = leader
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self { leader, folder };
        server.start();
        server
    }

    fn say(&mut self, word: &str) {
        let input = self.leader.stdin.as_mut().unwrap();
        writeln!(input, "{word}").unwrap();
        input.flush().unwrap();
    }

    /// Starts it, and waits until it answers.
    pub(crate) fn start(&mut self) {
        self.say("start");
        let began = Instant::now();
        while std::os::unix::net::UnixStream::connect(self.folder.join(".s.PGSQL.5432")).is_err() {
            if began.elapsed() > PATIENCE {
                let log = |name| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
                panic!(
                    "PostgreSQL does not start:\n{}{}",
                    log("initdb.log"),
                    log("log")
                );
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Stops it at once, as a crash would, and waits until it is gone.
    pub(crate) fn stop(&mut self) {
        self.say("stop");
        while std::os::unix::net::UnixStream::connect(self.folder.join(".s.PGSQL.5432")).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The URL of one of its databases.
    fn url(&self, database: &str) -> String {
        format!(
            "postgres://lachan@localhost/{database}?host={}",
            self.folder.display()
        )
    }

    /// Makes an empty database; its URL.
    pub(crate) async fn database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        sqlx::any::install_default_drivers();
        let began = Instant::now();
        let mut connection = loop {
            // The socket is there a little before it takes anybody in.
            match AnyConnection::connect(&self.url("postgres")).await {
                Ok(connection) => break connection,
                Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let sql = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(sql).await.unwrap();
        connection.close().await.unwrap();
        self.url(&name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.leader.stdin.take());
        let _ = self.leader.wait();
    }
}

/// The server of this test program.
pub(crate) fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::new)
}

/// Where the newest PostgreSQL of Debian has its programs.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let found = versions
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .map(|version| {
            Path::new("/usr/lib/postgresql")
                .join(version.to_string())
                .join("bin")
        });
    let found = found.filter(|bin| bin.join("initdb").exists());
    found.expect("the tests need PostgreSQL: apt-get install postgresql (scripts/test does)")
}
