//! A school on three segments, and the clients that people really have: `segments.sh` builds the net
//! in namespaces, asks with dig, kdig (DoT, DoH, DoQ), curl and getent, and browses with Chromium.
//!
//! Needs unshare and nsenter (util-linux), ip (iproute2), dig, kdig (knot-dnsutils), curl, openssl,
//! python3 and user namespaces. Where the system allows none (some containers), the tests say so
//! and end; so does Chromium's where there is none.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use lachan_e2e::{in_namespaces, lachan, project, run};

// "middle" is known by its interface alone, over TCP and QUIC as well.
const CLIENTS: &str = "\
check young over IPv4: 5 tieu-hoc
check young over IPv6: 5 tieu-hoc
check young over TCP: tieu-hoc tieu-hoc
check middle over IPv4: 5 thcs
check middle over IPv6: 5 thcs
check middle over TCP: thcs thcs
check staff over IPv4: 5 staff
check staff over IPv6: 5 staff
check staff over TCP: staff staff
check middle over QUIC: thcs thcs thcs
check middle by a listener of one address: thcs tieu-hoc
check why, on the link: told
check why, from beyond a router: refused
check middle by its subnet: thcs
check DoT: tieu-hoc thcs staff
check DoH: tieu-hoc thcs staff
check DoH by GET: thcs
check DoQ: tieu-hoc thcs staff
check from an address of another segment: tieu-hoc staff
check a token is known: staff
check nobody else has it: tieu-hoc
check curl, a learning site: Xin chao, day la trang hoc.
check curl over IPv6: Xin chao, day la trang hoc.
check curl, a closed site: curl 6
check curl, closed for the young: curl 6
check curl, open for staff: Xin chao, day la trang hoc.
check getent, a learning site: 192.0.2
check getent over IPv6: 192.0.2
check getent, a closed site: getent 2
check getent, closed for the young: getent 2
check getent, open for staff: 192.0.2
check discovery: 3 3 0
check the box stopped with: 0
";

const BROWSER: &str = "\
check Chromium, a learning site: Xin chao, day la trang hoc.
check Chromium, a closed site: ERR_NAME_NOT_RESOLVED
check Chromium, closed for the young: ERR_NAME_NOT_RESOLVED
check Chromium, open for staff: Xin chao, day la trang hoc.
";

/// Runs the script, and compares what it says.
fn check(mut command: Command, more: &[PathBuf], expected: &str) {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let path = folder.path().display().to_string();
    let settings = format!(
        "version = \"v1\"\n[paths]\ndata = \"{path}/data\"\nrules = \"{}\"\n\
         [resolver]\nlisten = [\"0.0.0.0:53\", \"[::]:53\", \"10.7.0.1:5353\"]\nupstreams = [\"127.0.0.1:5300\"]\n\
         listen-dot = [\"0.0.0.0:853\", \"[::]:853\"]\nlisten-doh = [\"0.0.0.0:443\", \"[::]:443\"]\n\
         listen-doq = [\"0.0.0.0:853\", \"[::]:853\"]\n\
         [resolver.tls]\ncert = \"{path}/box.pem\"\nkey = \"{path}/box.key\"\n",
        project().join("rules").display(),
    );
    let written = fs::write(folder.path().join("lachan.toml"), settings);
    written.unwrap_or_else(|error| panic!("{error}"));
    command.arg(lachan()).arg(&path).arg(project()).args(more);
    let output = run(&mut command);
    let told = String::from_utf8_lossy(&output.stdout);
    let log = fs::read_to_string(folder.path().join("err")).unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told, expected, "{errors}\n{log}");
}

#[test]
fn each_segment_gets_its_tier_from_the_address_it_asked_with_every_client() {
    let Some(command) = in_namespaces("segments.sh") else {
        eprintln!("this system allows no namespaces: nothing was tested");
        return;
    };
    check(command, &[], CLIENTS);
}

#[test]
fn chromium_with_automatic_secure_dns_resolves_through_the_box() {
    let Some(command) = in_namespaces("segments.sh") else {
        eprintln!("this system allows no namespaces: nothing was tested");
        return;
    };
    let Some(chromium) = on_path(&["chromium", "chromium-browser"]) else {
        eprintln!("there is no Chromium here: nothing was tested");
        return;
    };
    check(command, &[chromium], BROWSER);
}

/// The first of these programs there is.
fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let all = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    all.into_iter().find(|file| file.is_file())
}
