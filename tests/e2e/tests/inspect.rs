//! A school that inspects one lab of its own, built in namespaces by `inspect.sh`: what is read there
//! and what is not, what the middle way shows, a renewed authority, and inspection switched off.
//!
//! Needs what gate.rs needs, curl and openssl.

use std::fs;

use lachan_e2e::{in_namespaces, lachan, project, run};

#[test]
fn only_what_a_school_asked_for_is_opened_up() {
    let Some(mut command) = in_namespaces("inspect.sh") else {
        eprintln!("this system allows no namespaces: nothing was tested");
        return;
    };
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let path = folder.path().display().to_string();
    let settings = format!(
        r#"version = "v1"
[paths]
data = "{path}/data"
rules = "{}"
[store]
flush = "1s"
[resolver]
listen = ["0.0.0.0:53", "[::]:53"]
upstreams = ["127.0.0.1:5300"]
[network]
mode = "gateway"
inside = ["lan0", "lan1"]
outside = "wan0"
[proxy]
transparent = "on"
explicit = ["10.6.0.1:3128"]
block-page = ["10.6.0.2"]
[proxy.inspection]
groups = ["lab"]
categories = ["video"]
block-page-certificates = "on"
ca-files = ["{path}/internet.pem"]
"#,
        project().join("rules").display(),
    );
    let written = fs::write(folder.path().join("lachan.toml"), settings);
    written.unwrap_or_else(|error| panic!("{error}"));
    command.arg(lachan()).arg(&path).arg(project());
    let output = run(&mut command);
    let told = String::from_utf8_lossy(&output.stdout);
    if told.starts_with("check skipped: ") {
        eprintln!("inspect.sh: {told}: nothing was tested");
        return;
    }
    let log = fs::read_to_string(folder.path().join("err")).unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told, include_str!("inspect/inspect.txt"), "{errors}\n{log}");
}
