//! Tests of the built program: its arguments, its files, its exit codes, and its answers on the
//! wire. Everything stays on loopback, in folders of its own, on ports the system chooses.
//!
//! `cfg(test)` tells the lints that helpers in these modules are tests too.

#[cfg(test)]
mod backup;
#[cfg(test)]
mod ca;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod config;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod line_down;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod people;
#[cfg(test)]
mod phrases;
#[cfg(test)]
mod private;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod pupils;
#[cfg(test)]
mod services;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod support;
#[cfg(test)]
mod trials;
#[cfg(test)]
mod web;
#[cfg(test)]
mod why;

#[cfg(test)]
use support::{Place, lachan};

#[test]
fn help_states_the_exit_codes_in_the_reader_s_language() {
    let english = lachan(&["--help"]);
    assert_eq!(english.code, 0);
    assert!(
        english.out.contains("4  the port is taken"),
        "{}",
        english.out
    );
    let vietnamese = Place::new()
        .command(&["--help"])
        .env("LANG", "vi_VN.UTF-8")
        .output()
        .unwrap();
    let text = String::from_utf8(vietnamese.stdout).unwrap();
    assert!(text.contains("Mã thoát:"), "{text}");
}

#[test]
fn a_wrong_command_line_is_code_2() {
    for wrong in [
        &[][..],
        &["fly"],
        &["why"],
        &["why", "a.vn", "--tier", "lop-6"],
    ] {
        assert_eq!(lachan(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_wrong_command_line_is_told_in_the_reader_s_language() {
    for (language, says) in [
        (
            "vi_VN.UTF-8",
            ["lachan: lỗi: còn thiếu", "Cách dùng: lachan groups add"],
        ),
        ("en_US.UTF-8", ["is missing", "Usage: lachan groups add"]),
    ] {
        let place = Place::new();
        let mut command = place.command(&["groups", "add", "6A"]);
        let output = command.env("LANG", language).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8(output.stderr).unwrap();
        for part in says.iter().chain(&["--tier"]) {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    let script = format!(
        "{} check-config --template | head -c 1",
        env!("CARGO_BIN_EXE_lachan")
    );
    let list = place.file("many.txt", &"a.vn\n".repeat(2).replace("a", "b"));
    let names = (0..200_000)
        .map(|n| format!("n{n}.vn\n"))
        .collect::<String>();
    std::fs::write(&list, names).unwrap();
    let convert = format!(
        "{} lists convert --from domains --to domains {} | head -n 1",
        env!("CARGO_BIN_EXE_lachan"),
        list.display()
    );
    for script in [script, convert] {
        let script = format!("set -o pipefail; {script}");
        let done = std::process::Command::new("bash")
            .args(["-c", &script])
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&done.stderr);
        assert!(
            done.status.success() && !err.contains("panick"),
            "{script}: {err}"
        );
    }
}
