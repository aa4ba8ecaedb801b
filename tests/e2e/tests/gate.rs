//! A school whose box is the gateway: `gate.sh` builds it in namespaces, with an Internet that has a
//! resolver of its own, tries ways round the filter, changes the firewall by hand, switches it off and
//! kills the filter.
//!
//! Needs what segments.rs needs, and nft.

use std::fs;

use lachan_e2e::{in_namespaces, lachan, project, run};

const EXPECTED: &str = "\
check pupils ask another resolver: tieu-hoc tieu-hoc tieu-hoc tieu-hoc
check staff ask another resolver: staff staff
check pupils, the web: open open
check pupils, QUIC: refused refused refused
check pupils, DNS over TLS and QUIC: refused refused refused refused
check pupils, tunnels: refused refused refused refused refused refused refused
check pupils, a resolver's address: refused
check staff, QUIC, DNS over TLS, tunnels: open open open open
check staff, a resolver's address: open
check a management port: refused silent
check rules: The firewall's rules are as settings, groups and lists make them
check changed by hand:   + names: mine
check switched off: 198.51.100.77 open
check its status: filters nothing
check switched on: tieu-hoc refused
check another tier: thcs
check pupils without the filter:   refused
check staff without the filter: 198.51.100.77
check pupils, the filter is back: thcs
check staff, the filter is back: staff
check another program's table: untouched
check the box stopped with: 0
";

#[test]
fn a_gateway_s_devices_cannot_go_round_the_filter() {
    let Some(mut command) = in_namespaces("gate.sh") else {
        eprintln!("this system allows no namespaces: nothing was tested");
        return;
    };
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let path = folder.path().display().to_string();
    let settings = format!(
        "version = \"v1\"\n[paths]\ndata = \"{path}/data\"\nrules = \"{}\"\n\
         [resolver]\nlisten = [\"0.0.0.0:53\", \"[::]:53\"]\nupstreams = [\"127.0.0.1:5300\"]\n\
         [network]\nmode = \"gateway\"\ninside = [\"lan0\", \"lan1\"]\noutside = \"wan0\"\n\
         management-ports = [2222]\nmanagement-from = [\"10.8.0.0/24\"]\n",
        project().join("rules").display(),
    );
    let written = fs::write(folder.path().join("lachan.toml"), settings);
    written.unwrap_or_else(|error| panic!("{error}"));
    command.arg(lachan()).arg(&path).arg(project());
    let output = run(&mut command);
    let told = String::from_utf8_lossy(&output.stdout);
    let log = fs::read_to_string(folder.path().join("err")).unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told, EXPECTED, "{errors}\n{log}");
}
