//! `lachan check-config`.

use crate::support::{Place, lachan};

#[test]
fn ten_mistakes_are_told_in_one_run() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../config/samples/ten-mistakes.toml"
    );
    let done = lachan(&["check-config", file]);
    assert_eq!(done.code, 1);
    let lines = done
        .err
        .lines()
        .filter(|line| line.contains("ten-mistakes.toml:"))
        .count();
    assert!(lines >= 10, "{}", done.err);
}

#[test]
fn the_template_is_sound() {
    let place = Place::new();
    let template = place.run(&["check-config", "--template"]);
    let file = place.file("t.toml", &template.out);
    let done = place.run(&["check-config", file.to_str().unwrap()]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    assert!(done.out.contains("sound"));
}

#[test]
fn a_missing_file_is_named_with_the_remedy() {
    let done = lachan(&["check-config", "/nonexistent/lachan.toml"]);
    assert_eq!(done.code, 3);
    assert!(
        done.err.contains("/nonexistent/lachan.toml") && done.err.contains("check"),
        "{done:?}"
    );
}

#[test]
fn the_file_is_named_with_config_as_everywhere() {
    let place = Place::new();
    let file = place.file("x.toml", "version = \"v1\"\n[log]\nlevel = \"loud\"\n");
    let file = file.to_str().unwrap();
    let done = place.run(&["check-config", "--config", file]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.contains("x.toml") && done.err.contains("loud"));
    let twice = place.run(&["check-config", file, "--config", file]);
    assert_eq!(twice.code, 2, "{twice:?}");
}

#[test]
fn a_bad_certificate_is_told_with_the_other_mistakes() {
    let place = Place::new();
    let tls = "[resolver.tls]\ncert = \"/nonexistent/cert.pem\"\nkey = \"/nonexistent/key.pem\"\n";
    let file = place.file(
        "x.toml",
        &format!("version = \"v1\"\n[log]\nlevel = \"loud\"\n{tls}"),
    );
    let file = file.to_str().unwrap();
    let done = place.run(&["check-config", file]);
    assert_eq!(done.code, 1, "{done:?}");
    for part in ["loud", "/nonexistent/cert.pem"] {
        assert!(done.err.contains(part), "{part}: {done:?}");
    }
    place.file("x.toml", &format!("version = \"v1\"\n{tls}"));
    let done = place.run(&["check-config", file]);
    assert_ne!(done.code, 0, "{done:?}");
    assert!(done.err.contains("/nonexistent/cert.pem"), "{done:?}");
}

#[test]
fn mistakes_are_told_in_vietnamese_too() {
    let place = Place::new();
    let file = place.file("x.toml", "version = \"v1\"\n[log]\nlevel = \"loud\"\n");
    let mut command = place.command(&["check-config", file.to_str().unwrap()]);
    let output = command.env("LC_ALL", "vi_VN.UTF-8").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("lachan: lỗi:"), "{text}");
}

#[test]
fn a_box_with_mistakes_in_its_settings_does_not_start() {
    let place = Place::new();
    place.file(
        "lachan.toml",
        "version = \"v1\"\n[log]\nlevel = \"loud\"\nfast = true\n",
    );
    let done = place.run(&["run"]);
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("loud") && done.err.contains("fast"),
        "{done:?}"
    );
}
