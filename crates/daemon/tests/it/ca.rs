//! `lachan ca` on the program itself.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::Place;

fn ready(inspection: &str) -> Place {
    let place = Place::new();
    place.settings(&format!("upstreams = []\n{inspection}"));
    place.put_ruleset();
    place
}

/// The file with the key, wherever it lies below a place.
fn key(place: &Place) -> std::path::PathBuf {
    let found = walk(&place.path("."));
    let mut keys = found.into_iter().filter(|file| {
        std::fs::read_to_string(file).is_ok_and(|text| text.contains("PRIVATE KEY"))
    });
    let key = keys.next().expect("a key was made");
    assert_eq!(keys.next(), None, "the key is in one file only");
    key
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                walk(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn an_export_says_what_it_means_and_never_holds_the_key() {
    let place = ready("");
    let asked = place.run(&["ca", "export", "--for", "windows"]);
    assert_eq!(asked.code, 1, "{asked:?}");
    assert!(asked.out.contains("--yes"), "{asked:?}");
    for kind in ["pem", "windows", "apple", "android", "chromebook"] {
        let done = place.run(&["ca", "export", "--for", kind, "--yes"]);
        assert_eq!(done.code, 0, "{done:?}");
        assert!(!done.out.contains("PRIVATE"), "{done:?}");
    }
    let file = place.text("lachan.cer");
    let done = place.run(&["ca", "export", "--for", "cer", "--yes", "--out", &file]);
    assert_eq!(done.code, 0, "{done:?}");
    let der = std::fs::read(place.path("lachan.cer")).unwrap();
    assert_eq!(der.first(), Some(&0x30), "a certificate in DER");
    let mode = std::fs::metadata(key(&place)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn policies_of_browsers_need_no_authority() {
    let place = ready("");
    for kind in ["chrome-windows", "chrome-linux", "firefox"] {
        let done = place.run(&["ca", "export", "--for", kind]);
        assert_eq!(done.code, 0, "{done:?}");
        assert!(
            done.out.contains("DNS") || done.out.contains("Dns"),
            "{done:?}"
        );
    }
    let shown = place.run(&["ca", "show", "--json"]).json();
    assert!(
        shown["fingerprint"].is_null() && shown["on"] == false,
        "{shown}"
    );
}

#[test]
fn a_new_authority_is_asked_for_twice() {
    let place = ready(
        "[proxy.inspection]\ngroups = [\"phong-may\"]\ncategories = [\"video\"]\nblock-page-certificates = \"on\"",
    );
    assert_eq!(
        place.run(&["ca", "export", "--for", "pem", "--yes"]).code,
        0
    );
    let print = || place.run(&["ca", "show", "--json"]).json()["fingerprint"].clone();
    let before = print();
    let asked = place.run(&["ca", "renew"]);
    assert_eq!(asked.code, 1, "{asked:?}");
    assert_eq!(print(), before);
    assert_eq!(place.run(&["ca", "renew", "--yes"]).code, 0);
    assert_ne!(print(), before);
    let shown = place.run(&["ca", "show"]);
    assert!(
        shown.out.contains("phong-may") && shown.out.contains("video"),
        "{shown:?}"
    );
}
