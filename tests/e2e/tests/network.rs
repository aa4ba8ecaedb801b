//! Devices that the kernel's tables tell apart, on wires of their own: `network.sh` builds a school's
//! net in namespaces and asks with `dig`.
//!
//! Needs unshare and nsenter (util-linux), ip (iproute2) and user namespaces. Where the system
//! allows none (some containers), the test says so and ends.

use std::fs;

use lachan_e2e::{in_namespaces, lachan, project, run};

const EXPECTED: &str = "\
check a stranger: tieu-hoc
check its MAC is named: staff
check over IPv6: staff
check from a new privacy address: staff
check from a new IPv4 address: staff
check forgotten by the kernel: staff
check its address is taken by another: tieu-hoc
check an interface that is not there: 1
check the other segment by its interface: thpt
check and over IPv6: thpt
check the lab computer by its MAC: staff
check the box stopped with: 0
check files with an address: 0
check files with an unwritten MAC: 0
";

#[test]
fn devices_keep_their_group_whatever_their_address() {
    let Some(mut command) = in_namespaces("network.sh") else {
        eprintln!("this system allows no namespaces: nothing was tested");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let settings = format!(
        "version = \"v1\"\n[paths]\ndata = \"{path}/data\"\nrules = \"{}\"\n\
         [resolver]\nlisten = [\"0.0.0.0:53\", \"[::]:53\"]\nupstreams = []\n",
        project().join("rules").display(),
    );
    fs::write(folder.path().join("lachan.toml"), settings).unwrap();
    let output = run(command.arg(lachan()).arg(&path));
    let told = String::from_utf8_lossy(&output.stdout);
    let log = || fs::read_to_string(folder.path().join("err")).unwrap_or_default();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(told, EXPECTED, "{errors}\n{}", log());

    let recognised = |file: &str| {
        let text = fs::read(folder.path().join(file)).unwrap();
        let answer: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let client = &answer["client"];
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        let told = [
            &answer["group"],
            &client["known_by"],
            &client["selector"],
            &client["mac"],
            &client["interface"],
        ];
        told.map(text).join(" ")
    };
    let stranger = "unknown nothing - 3c:22:fb:00:00:99 lan0";
    assert_eq!(recognised("stranger.json"), stranger);
    let lab = "GV mac 3c:22:fb:00:00:07 3c:22:fb:00:00:07 lan1";
    assert_eq!(recognised("lab.json"), lab);
    let wire = "Phòng máy interface lan1 3c:22:fb:00:00:07 lan1";
    assert_eq!(recognised("wire.json"), wire);
}
