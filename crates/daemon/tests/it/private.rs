//! Encrypted DNS as those see it who run it: the certificate's state, the listeners, the profiles of
//! devices; and the room on the disk, which `doctor` tells beside.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::support::{Done, Place, done};

/// A place with groups and encrypted listeners, whose certificate is of an authority of its own.
struct Private {
    place: Place,
    issuer: Issuer<'static, KeyPair>,
}

impl Private {
    fn new() -> Self {
        let place = Place::new();
        let (cert, key) = (place.text("cert.pem"), place.text("key.pem"));
        place.settings(&format!(
            "listen = [\"127.0.0.1:0\"]\nupstreams = []\n\
             listen-dot = [\"127.0.0.1:0\"]\nlisten-doh = [\"127.0.0.1:0\"]\n\
             [resolver.tls]\ncert = {cert:?}\nkey = {key:?}\nnames = [\"dns.truong.vn\"]"
        ));
        place.put_ruleset();
        place.put_groups();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        place.file("ca.pem", &params.self_signed(&key).unwrap().pem());
        let issuer = Issuer::new(params, key);
        let private = Self { place, issuer };
        private.put(&["dns.truong.vn"]);
        private
    }

    /// Puts a certificate for these names where the settings want it.
    fn put(&self, names: &[&str]) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let params = CertificateParams::new(names).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.place.file("cert.pem", &certificate.pem());
        let file = self.place.file("key.pem", &key.serialize_pem());
        fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
    }

    fn token(&self, group: &str) -> String {
        let made = self.place.run(&["groups", "token", group, "--new"]);
        assert_eq!(made.code, 0, "{made:?}");
        made.out.trim().to_owned()
    }

    /// Makes a profile, on a machine that trusts these authorities.
    fn profile(&self, trusted: &str, arguments: &[&str]) -> Done {
        let all = [&["profile"], arguments].concat();
        let mut command = self.place.command(&all);
        command.env("SSL_CERT_FILE", self.place.path(trusted));
        done(command.output().unwrap())
    }
}

#[track_caller]
fn check(done: &Done, check: &str, level: &str, part: &str) {
    let document = done.json();
    let all = document["findings"].as_array().unwrap();
    let is_it = |finding: &&serde_json::Value| {
        let text = format!("{} {}", finding["text"], finding["remedy"]);
        finding["check"] == check && finding["level"] == level && text.contains(part)
    };
    assert!(all.iter().any(|one| is_it(&one)), "{part}: {document}");
}

#[test]
fn doctor_judges_the_certificate_of_the_listeners() {
    let private = Private::new();
    let doctor = || private.place.run(&["doctor", "--offline", "--json"]);
    check(&doctor(), "certificate", "good", "is in order");
    private.put(&["other.vn"]);
    check(&doctor(), "certificate", "warning", "not for dns.truong.vn");
    private.put(&["dns.truong.vn"]);
    let key = private.place.path("key.pem");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    check(&doctor(), "certificate", "warning", "chmod o-r");
    fs::remove_file(&key).unwrap();
    let done = doctor();
    check(&done, "certificate", "fault", "key.pem");
    assert_eq!(done.code, 1);
}

#[test]
fn doctor_tells_the_room_where_the_data_will_be() {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    // Nothing is there yet, so the folder above it is looked at.
    let done = place.run(&["doctor", "--offline", "--json"]);
    let document = done.json();
    let all = document["findings"].as_array().unwrap();
    let disk = all.iter().find(|one| one["check"] == "disk").unwrap();
    let text = disk["text"].as_str().unwrap();
    assert!(text.contains("MiB"), "{text}");
    assert!(!place.path("data").exists(), "doctor changes nothing");
}

#[test]
fn a_disk_without_room_is_a_fault_and_one_with_little_a_warning() {
    let place = Place::new();
    place.settings("listen = [\"127.0.0.1:0\"]\nupstreams = []");
    let data = place.path("data");
    fs::create_dir_all(&data).unwrap();
    for (size, level) in [("16m", "fault"), ("200m", "warning")] {
        let script = format!(
            "mount -t tmpfs -o size={size} none {} || exit 99; exec {} doctor --offline --json",
            data.display(),
            env!("CARGO_BIN_EXE_lachan")
        );
        let mut command = Command::new("unshare");
        command
            .args(["-m", "sh", "-c", &script])
            .env("LACHAN_CONFIG", place.path("lachan.toml"))
            .env("LANG", "en_US.UTF-8");
        let Ok(output) = command.output() else { return };
        // To mount is root's; the evaluation of what is free has tests of its own.
        if !matches!(output.status.code(), Some(0 | 1)) || output.stdout.is_empty() {
            return;
        }
        check(&done(output), "disk", level, "data");
    }
}

#[test]
fn the_status_names_the_encrypted_listeners() {
    let private = Private::new();
    let server = private.place.start();
    let json = private.place.run(&["status", "--json"]).json();
    let encrypted = json["encrypted"].as_array().unwrap();
    assert_eq!(encrypted.len(), 2, "{json}");
    let shown = private.place.run(&["status"]);
    for one in encrypted {
        let (transport, address) = (one[0].as_str().unwrap(), one[1].as_str().unwrap());
        assert!(!address.ends_with(":0"), "{address} is no port");
        let line = format!("{transport}: {address} (encrypted)");
        assert!(shown.out.contains(&line), "{line}: {shown:?}");
    }
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_reload_tells_a_new_certificate_from_the_one_that_is_shown() {
    let private = Private::new();
    let mut server = private.place.start();
    server.signal("-HUP");
    server.wait_for("the certificate of encrypted DNS is as it was");
    assert!(!server.heard().contains("shows a new certificate"));
    private.put(&["dns.truong.vn"]);
    server.signal("-HUP");
    server.wait_for("shows a new certificate");
    assert_eq!(server.stop("-TERM"), 0);
}

#[test]
fn a_profile_takes_its_group_s_own_token_only() {
    let private = Private::new();
    let (own, others) = (private.token("thcs"), private.token("thpt"));
    let make = |token: &str| {
        let arguments = ["apple", "--group", "thcs", "--token", token];
        private.profile("ca.pem", &arguments)
    };
    let made = make(&own);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.out.contains(&own), "{made:?}");
    let refused = make(&others);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
    assert!(refused.err.contains("thpt"), "{refused:?}");
    private
        .place
        .run(&["groups", "token", "thcs", "--revoke", &own[..4]]);
    let revoked = make(&own);
    assert_eq!((revoked.code, revoked.out.as_str()), (1, ""), "{revoked:?}");
    assert!(revoked.err.contains("no group has this token"));
}

#[test]
fn what_only_apple_s_devices_can_do_is_refused_for_others() {
    let private = Private::new();
    let token = private.token("thcs");
    let make = |system: &str, more: &[&str]| {
        let given = [system, "--group", "thcs", "--token", &token];
        private.profile("ca.pem", &[&given[..], more].concat())
    };
    for system in ["windows", "android"] {
        for more in [&["--wifi", "truong"][..], &["--locked"]] {
            let refused = make(system, more);
            assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
            let says = format!("{} works on Apple's devices only", more[0]);
            assert!(refused.err.contains(&says), "{refused:?}");
        }
    }
    let made = make("apple", &["--wifi", "truong", "--locked"]);
    assert_eq!(made.code, 0, "{made:?}");
}

#[test]
fn a_certificate_that_devices_do_not_trust_is_told_with_the_profile() {
    let private = Private::new();
    let token = private.token("thcs");
    let given = ["apple", "--group", "thcs", "--token", &token];
    let is_warned = |trusted: &str, more: &[&str]| {
        let made = private.profile(trusted, &[&given[..], more].concat());
        assert_eq!(made.code, 0, "{made:?}");
        made.err.contains("--ca AUTHORITY-FILE")
    };
    let other = Private::new();
    let stranger = fs::read_to_string(other.place.path("ca.pem")).unwrap();
    private.place.file("public.pem", &stranger);
    assert!(is_warned("public.pem", &[]));
    assert!(!is_warned("ca.pem", &[]), "an authority that all know");
    let ca = private.place.text("ca.pem");
    assert!(!is_warned("public.pem", &["--ca", &ca]));
}
