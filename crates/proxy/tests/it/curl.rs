//! curl through the proxy.

use std::process::Stdio;

use tokio::process::Command;

use super::site::{proxy, site};

/// What curl says, with `PROXY` and `PORT` put in; `None` where there is no curl.
async fn curl(arguments: &[&str]) -> Option<String> {
    let site = site().await;
    let proxy = proxy(site.port()).await;
    let (proxy, port) = (format!("http://{proxy}"), site.port().to_string());
    let fill = |argument: &&str| argument.replace("PROXY", &proxy).replace("PORT", &port);
    let mut child = Command::new("curl");
    child
        .args(["-sS", "--max-time", "20"])
        .args(arguments.iter().map(fill));
    let output = child.stdin(Stdio::null()).output().await.ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).into_owned())
}

async fn check(arguments: &[&str], expected: &[&str]) {
    let Some(text) = curl(arguments).await else {
        return;
    };
    for part in expected {
        assert!(text.contains(part), "{arguments:?} lacks {part}\n{text}");
    }
}

#[tokio::test]
async fn an_open_page_comes() {
    let url = "http://hoc.vn:PORT/a?b=c";
    check(
        &["-x", "PROXY", url],
        &["GET /a?b=c HTTP/1.1", "Host: hoc.vn:", "Via: 1.1 lachan"],
    )
    .await;
}

#[tokio::test]
async fn several_pages_come_over_one_connection() {
    let url = "http://hoc.vn:PORT/[1-5]";
    let format = "%{num_connects} connections\n";
    check(
        &["-x", "PROXY", "-w", format, url],
        &["GET /1 ", "GET /5 ", "0 connections"],
    )
    .await;
}

#[tokio::test]
async fn a_closed_page_is_answered_with_its_reason() {
    let url = "http://nha-cai.example/";
    check(
        &["-x", "PROXY", "-i", "-H", "Accept: text/html", url],
        &["403 Forbidden", "K7QX3M", "111"],
    )
    .await;
}

#[tokio::test]
async fn forms_and_files_arrive_whole() {
    let large = "z".repeat(2 << 20);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    std::fs::write(&file, &large).unwrap();
    let data = format!("@{}", file.display());
    let got = format!("got {}", large.len());
    // More than a MiB: curl waits for the go-ahead.
    check(
        &["-x", "PROXY", "--data-binary", &data, "http://hoc.vn:PORT/"],
        &["Expect: 100-continue", &got],
    )
    .await;
    let url = "http://hoc.vn:PORT/";
    let upload = file.display().to_string();
    let chunked = "Transfer-Encoding: chunked";
    check(
        &[
            "-x", "PROXY", "-H", chunked, "-H", "Expect:", "-T", &upload, url,
        ],
        &[chunked, &got],
    )
    .await;
}

#[tokio::test]
async fn an_old_client_is_served() {
    check(
        &["-x", "PROXY", "--http1.0", "http://hoc.vn:PORT/"],
        &["GET / HTTP/1.1", "got 0"],
    )
    .await;
}

#[tokio::test]
async fn a_tunnel_is_opened_to_what_is_open_only() {
    let tunnel = &["-x", "PROXY", "-p"][..];
    let open = [tunnel, &["http://hoc.vn:PORT/in"]].concat();
    check(&open, &["GET /in HTTP/1.1"]).await;
    let closed = [tunnel, &["http://nha-cai.example:PORT/in"]].concat();
    check(&closed, &["403"]).await;
    let port = [tunnel, &["http://hoc.vn:22/in"]].concat();
    check(&port, &["403"]).await;
}

#[tokio::test]
async fn the_configuration_is_served() {
    check(&["PROXY/proxy.pac"], &["FindProxyForURL"]).await;
    check(
        &["-I", "PROXY/wpad.dat"],
        &["200 OK", "application/x-ns-proxy-autoconfig"],
    )
    .await;
}
