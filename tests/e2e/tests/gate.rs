//! Schools whose box is a wall, each built in namespaces by a script: a gateway (`gate.sh`) that is gone
//! round, changed by hand, switched off and killed; one whose web goes through the proxy (`divert.sh`);
//! one on one arm (`onearm.sh`); one that is a wire (`wire.sh`); one whose devices have a proxy set
//! (`explicit.sh`); and one whose devices get addresses from dnsmasq (`dhcp.sh`).
//!
//! Needs what segments.rs needs, nft, and for the last dnsmasq and dhclient.

use std::fs;

use lachan_e2e::{in_namespaces, lachan, project, run};

const GATEWAY: &str = r#"mode = "gateway"
inside = ["lan0", "lan1"]
outside = "wan0"
management-ports = [2222]
management-from = ["10.8.0.0/24"]
"#;

#[test]
fn a_gateway_s_devices_cannot_go_round_the_filter() {
    check("gate.sh", GATEWAY, include_str!("gate/gate.txt"));
}

#[test]
fn a_gateway_s_web_goes_through_the_proxy_or_as_the_fail_mode_says() {
    let settings = r#"mode = "gateway"
inside = ["lan0", "lan1.20"]
outside = "wan0"
direct-addresses-refused-for = []
connections-per-device = 0
connections-per-second = 0
[proxy]
transparent = "on"
"#;
    check("divert.sh", settings, include_str!("gate/divert.txt"));
}

#[test]
fn a_box_on_one_arm_filters_who_has_it_as_the_way_out() {
    let settings = r#"mode = "gateway"
inside = ["lan0"]
outside = "lan0"
[proxy]
transparent = "on"
"#;
    check("onearm.sh", settings, include_str!("gate/onearm.txt"));
}

#[test]
fn a_wire_filters_and_changes_nobody_s_address() {
    let settings = r#"mode = "bridge"
inside = ["lan0"]
outside = "wan0"
bridge = "br0"
[proxy]
transparent = "on"
"#;
    check("wire.sh", settings, include_str!("gate/wire.txt"));
}

#[test]
fn devices_with_a_proxy_set_reach_nothing_else() {
    let settings = r#"mode = "proxy"
inside = ["lan0", "lan1"]
outside = "wan0"
[proxy]
explicit = ["0.0.0.0:3128", "[::]:3128"]
"#;
    check("explicit.sh", settings, include_str!("gate/explicit.txt"));
}

#[test]
fn devices_get_addresses_and_the_box_as_their_dns() {
    let settings = r#"mode = "gateway"
inside = ["lan0"]
outside = "wan0"
[network.dhcp]
mode = "run"
lease-time = "10m"
[[network.dhcp.range]]
interface = "lan0"
address = "10.6.0.1/24"
first = "10.6.0.50"
last = "10.6.0.60"
[[network.dhcp.static]]
mac = "3c:22:fb:00:00:08"
address = "10.6.0.20"
name = "may-in"
[proxy]
explicit = ["10.6.0.1"]
"#;
    check("dhcp.sh", settings, include_str!("gate/dhcp.txt"));
}

/// Builds the school of a script with a box of these `[network]` settings, and compares what it tells.
#[track_caller]
#[expect(clippy::print_stderr, reason = "a test says why it tested nothing")]
fn check(script: &str, network: &str, expected: &str) {
    let Some(mut command) = in_namespaces(script) else {
        eprintln!("this system allows no namespaces: nothing was tested");
        return;
    };
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let path = folder.path().display().to_string();
    let settings = format!(
        "version = \"v1\"\n[paths]\ndata = \"{path}/data\"\nrules = \"{}\"\n\
         [resolver]\nlisten = [\"0.0.0.0:53\", \"[::]:53\"]\n\
         upstreams = [\"127.0.0.1:5300\", \"203.0.113.53\"]\n[network]\n{network}",
        project().join("rules").display(),
    );
    let written = fs::write(folder.path().join("lachan.toml"), settings);
    written.unwrap_or_else(|error| panic!("{error}"));
    command.arg(lachan()).arg(&path).arg(project());
    let output = run(&mut command);
    let told = String::from_utf8_lossy(&output.stdout);
    let skipped = told
        .lines()
        .find_map(|line| line.strip_prefix("check skipped: "));
    if let Some(why) = skipped {
        eprintln!("{script}: {why}: nothing was tested");
        return;
    }
    let log = fs::read_to_string(folder.path().join("err")).unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told, expected, "{errors}\n{log}");
}
