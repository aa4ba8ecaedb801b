//! The program itself, as whoever runs a hub starts it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lachan_hub::storage::{Failed, Never, Storage};

fn command(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lachan-hub"));
    command.args(arguments).arg("--data").arg(data);
    for name in [
        "LC_ALL",
        "LC_MESSAGES",
        "LACHAN_HUB_CONFIG",
        "LACHAN_HUB_DATA",
        "LACHAN_HUB_DATABASE",
    ] {
        command.env_remove(name);
    }
    command.env("LANG", "C");
    command
}

fn run(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command(data, arguments).output().unwrap();
    let text = String::from_utf8([stdout, stderr].concat()).unwrap();
    (status.code(), text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_was_altered_makes_the_check_fail() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    assert_eq!(run(data, &["migrate"]).0, Some(0));
    let (code, text) = run(data, &["units", "sample"]);
    assert_eq!(
        (code, text.trim()),
        (Some(0), "Made a sample tree of 8 units.")
    );
    let (code, text) = run(data, &["units", "sample"]);
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = run(data, &["audit", "verify"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("Checked the logs of 8 units; 0 are not whole."),
        "{text}"
    );
    let url = format!("sqlite:{}", data.join("hub.db").display());
    let storage = Storage::connect(&url, 2).await.unwrap();
    let done: Result<(), Failed<Never>> = storage
        .write(|tx| {
            Box::pin(async move {
                let sql = "UPDATE audit SET at = at + 1 WHERE subject = 'Xã Bình Minh'";
                sqlx::query(sql).execute(&mut **tx).await?;
                Ok(())
            })
        })
        .await;
    done.unwrap();
    storage.close().await;
    let (code, text) = run(data, &["audit", "verify"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("entry 1 was altered") && text.contains("1 are not whole"),
        "{text}"
    );
}

#[test]
fn mistakes_are_told_in_the_reader_s_language() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hub.toml");
    std::fs::write(
        &file,
        "version = \"v1\"\nlisten = \"0.0.0.0:443\"\nconnections = 1\n",
    )
    .unwrap();
    let config = file.to_str().unwrap();
    let (code, english) = run(folder.path(), &["migrate", "--config", config]);
    assert_eq!(code, Some(2));
    assert!(
        english.contains("settings, tls: passwords would cross") && english.contains("connections"),
        "{english}"
    );
    let vietnamese = command(folder.path(), &["migrate", "--config", config])
        .env("LANG", "vi_VN.UTF-8")
        .output();
    let vietnamese = String::from_utf8(vietnamese.unwrap().stderr).unwrap();
    assert!(
        vietnamese.contains("cấu hình, tls: mật khẩu"),
        "{vietnamese}"
    );
    assert!(!folder.path().join("hub.db").exists());
}

#[test]
fn it_serves_shows_the_first_code_and_ends_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = command(folder.path(), &["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let address = listening
        .trim_start_matches("The hub listens on ")
        .trim_end_matches('.')
        .to_owned();
    let code = lines.next().unwrap().unwrap();
    assert!(code.contains("enter this code"), "{code}");
    let mut stream = TcpStream::connect(&address).unwrap();
    let request =
        format!("GET /api/v1/session HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("\"state\":\"setup\""),
        "{answer}"
    );
    // Restarted or asked again, it is the same code.
    let (status, again) = run(folder.path(), &["accounts", "first-code"]);
    assert_eq!(status, Some(0));
    assert_eq!(again.trim(), code.trim());
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
