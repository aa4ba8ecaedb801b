//! `lachan-hub keys`, by files only.

use std::os::unix::fs::PermissionsExt as _;

use lachan_hub::keys::{CeremonyError, KeyFileError, KeysError, load};
use lachan_hub::repository::{Lifetimes, RepositoryError, Writer};

use crate::bed::{Department, Desk, sign};

#[test]
fn a_file_counts_when_enough_people_have_signed() {
    let department = Department::new();
    let desk = &department.desk;
    desk.yes("draft-targets --out @next.json --from @targets.json --threshold firmware=1");
    let verify = "--lang en verify @next.json --role targets --trust @root.json";
    let (yes, out) = desk.keys(verify).unwrap();
    assert!(!yes && out.contains("0 of 2 needed"), "{out}");
    desk.yes("sign @next.json --key @an");
    desk.yes("sign @next.json --key @an"); // twice is once
    let (yes, out) = desk.keys(verify).unwrap();
    assert!(!yes && out.contains("1 of 2 needed"), "{out}");
    // Somebody whose key is not of the role.
    desk.yes("sign @next.json --key @lists");
    assert!(!desk.keys(verify).unwrap().0);
    desk.yes("sign @next.json --key @chi");
    assert!(desk.yes(verify).contains("Enough keys have signed"));
    let vietnamese = desk.yes(&verify.replace("--lang en ", ""));
    assert!(vietnamese.contains("Đủ chữ ký"), "{vietnamese}");
}

#[test]
fn a_file_is_shown_in_words_before_it_is_signed() {
    let department = Department::new();
    let out = department.desk.yes("--lang en show @root.json");
    assert!(out.contains("Kind root, version 1"), "{out}");
    assert!(
        out.contains("Root: may change this very file: 2 of 3 keys must sign"),
        "{out}"
    );
    let out = department.desk.yes("show @targets.json");
    assert!(
        out.contains("Vai trò firmware, được ký tệp *.raucb, *.raucb.json: cần 2 trong 2 khóa"),
        "{out}"
    );
    let out = department
        .desk
        .yes("sign @targets.json --key @an --out @copy.json");
    assert!(
        out.contains("Vai trò lists") && out.contains("Đã ký bằng khóa của an"),
        "{out}"
    );
}

#[test]
fn copies_that_say_different_things_are_not_merged() {
    let desk = &Department::new().desk;
    desk.yes("draft-role --out @other.json --days 9");
    let error = desk
        .keys("merge --out @merged.json @firmware.json @other.json")
        .unwrap_err();
    assert!(
        matches!(
            error,
            KeysError::Ceremony {
                source: CeremonyError::Different,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!desk.path("merged.json").exists());
}

#[test]
fn a_lost_key_is_replaced_by_the_others() {
    let department = Department::new();
    let desk = &department.desk;
    // Chi's key is lost; Dũng comes. Old and new thresholds are both met by An and Bình.
    desk.yes("make @dung --label dung --no-passphrase");
    let chi = load(&desk.path("chi"), None).unwrap();
    let id = lachan_wire::tuf::Sign::id(&chi.key).to_owned();
    let old = desk.path("old.json");
    std::fs::copy(desk.path("root.json"), &old).unwrap();
    desk.yes(&format!(
        "draft-root --out @root.json --from @old.json --days 3650 --remove root={} --key root=@dung.pub",
        &id[..12]
    ));
    sign(desk, "root", &["an", "dung"]);
    // An signed for both, Dũng only for the new one: the old threshold is missed.
    let (yes, out) = desk
        .keys("--lang en verify @root.json --role root --trust @old.json")
        .unwrap();
    assert!(
        !yes && out.contains("1 of 2 needed") && out.contains("Its own keys: 2 of 2"),
        "{out}"
    );
    let writer = department.writer();
    let refused = writer.install_root(&desk.read("root.json"));
    assert!(
        matches!(refused, Err(RepositoryError::Threshold { .. })),
        "{refused:?}"
    );
    desk.yes("sign @root.json --key @binh");
    desk.yes("verify @root.json --role root --trust @old.json");
    assert_eq!(writer.install_root(&desk.read("root.json")).unwrap(), 2);
    // The same again is not the next.
    let again = writer.install_root(&desk.read("root.json"));
    assert!(
        matches!(
            again,
            Err(RepositoryError::Version {
                expected: 3,
                found: 2,
                ..
            })
        ),
        "{again:?}"
    );
}

#[test]
fn a_role_never_has_fewer_keys_than_it_needs() {
    let desk = Desk::new();
    desk.yes("make @an --label an --no-passphrase");
    for line in [
        "draft-root --out @root.json --key root=@an.pub",
        "draft-root --out @root.json --threshold root=2 --key root=@an.pub --key targets=@an.pub \
         --key snapshot=@an.pub --key timestamp=@an.pub",
        "draft-root --out @root.json --threshold root=0 --key root=@an.pub --key targets=@an.pub \
         --key snapshot=@an.pub --key timestamp=@an.pub",
    ] {
        let error = desk.keys(line).unwrap_err();
        assert!(
            matches!(
                error,
                KeysError::Ceremony {
                    source: CeremonyError::TooFewKeys { .. },
                    ..
                }
            ),
            "{error:?}"
        );
    }
    let error = desk
        .keys("draft-root --out @root.json --key cats=@an.pub")
        .unwrap_err();
    assert!(
        matches!(
            error,
            KeysError::Ceremony {
                source: CeremonyError::Role(_),
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_secret_file_is_its_owners_and_is_never_overwritten() {
    let desk = Desk::new();
    desk.yes("make @an --label an --no-passphrase");
    let about = std::fs::metadata(desk.path("an")).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o600);
    let before = desk.read("an");
    let error = desk
        .keys("make @an --label an --no-passphrase")
        .unwrap_err();
    assert!(
        matches!(error, KeysError::Key(KeyFileError::Io { .. })),
        "{error:?}"
    );
    assert_eq!(desk.read("an"), before);
    // The public file is bound to its key.
    let public = String::from_utf8(desk.read("an.pub")).unwrap();
    let id = public.split('"').nth(3).unwrap().to_owned();
    std::fs::write(desk.path("an.pub"), public.replace(&id, &"0".repeat(64))).unwrap();
    let error = desk
        .keys("draft-root --out @root.json --key root=@an.pub")
        .unwrap_err();
    assert!(
        matches!(error, KeysError::Key(KeyFileError::Id(_))),
        "{error:?}"
    );
}

#[test]
fn a_passphrase_guards_the_secret_half() {
    let department = Department::new();
    let desk = &department.desk;
    std::fs::write(desk.path("short"), "abc\n").unwrap();
    let error = desk
        .keys("make @giang --label giang --passphrase-file @short")
        .unwrap_err();
    assert!(matches!(error, KeysError::ShortPassphrase), "{error:?}");
    std::fs::write(desk.path("pass"), "mười hai con giáp\n").unwrap();
    std::fs::write(desk.path("wrong"), "mười ba con giáp\n").unwrap();
    desk.yes("make @giang --label giang --passphrase-file @pass");
    assert!(
        desk.read("giang")
            .starts_with(b"age-encryption.org/v1\n-> scrypt ")
    );
    let error = desk
        .keys("sign @root.json --key @giang --passphrase-file @wrong")
        .unwrap_err();
    assert!(
        matches!(error, KeysError::Key(KeyFileError::Passphrase(_))),
        "{error:?}"
    );
    desk.yes("sign @root.json --key @giang --passphrase-file @pass");
    assert!(matches!(
        load(&desk.path("giang"), None),
        Err(KeyFileError::NeedsPassphrase(_))
    ));
}

#[test]
fn what_the_ceremony_did_not_finish_is_not_installed() {
    let department = Department::new();
    let desk = &department.desk;
    desk.yes("draft-targets --out @half.json --from @targets.json");
    desk.yes("sign @half.json --key @an");
    let writer = department.writer();
    let refused = writer.install("targets", &desk.read("half.json"));
    assert!(
        matches!(refused, Err(RepositoryError::Threshold { .. })),
        "{refused:?}"
    );
    let refused = writer.install("targets", &desk.read("targets.json"));
    assert!(
        matches!(refused, Err(RepositoryError::Version { .. })),
        "{refused:?}"
    );
    let empty = Writer::new(desk.path("empty"), Lifetimes::default());
    let refused = empty.install("targets", &desk.read("targets.json"));
    assert!(
        matches!(refused, Err(RepositoryError::Offline { .. })),
        "{refused:?}"
    );
}

#[test]
fn an_approval_shows_what_the_list_was_and_will_be() {
    let department = Department::new();
    let desk = &department.desk;
    std::fs::write(desk.path("old"), "a.vn\nb.vn\nc.vn\n").unwrap();
    std::fs::write(desk.path("new"), "a.vn\nd.vn\n").unwrap();
    let packed = zstd::encode_all(&b"a.vn\nd.vn\n"[..], 3).unwrap();
    std::fs::write(desk.path("new.list.zst"), packed).unwrap();
    let line = |file: &str, more: &str| {
        format!(
            "--lang en approve --list co-bac --file @{file} --category gambling --class own --version 7 \
             --key @an --out @{file}.approval {more}"
        )
    };
    let out = desk.yes(&line("new", "--before @old"));
    for words in [
        "category gambling, class own",
        "Entries: 3 before, 2 after; 2 removed, 1 added",
        &lachan_wire::tuf::sha256_hex(b"a.vn\nd.vn\n"),
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    // The target gives the same signature as the list in it.
    let out = desk.yes(&line("new.list.zst", ""));
    assert!(out.contains("Entries: 2. No list to compare"), "{out}");
    assert_eq!(
        desk.read("new.approval"),
        desk.read("new.list.zst.approval")
    );
    let vietnamese = desk.yes(&line("new", "--before @old").replace("--lang en ", ""));
    assert!(
        vietnamese.contains("trước 3, sau 2; bỏ 2, thêm 1"),
        "{vietnamese}"
    );
    // What is no list is not signed.
    std::fs::write(desk.path("bent"), "b.vn\na.vn\n").unwrap();
    let error = desk.keys(&line("bent", "")).unwrap_err();
    assert!(matches!(error, KeysError::List { .. }), "{error:?}");
    assert!(!desk.path("bent.approval").exists());
    let help = line("new", "").replace("--class own", "--class help");
    assert!(matches!(desk.keys(&help), Err(KeysError::NoList(_))));
}

#[test]
fn a_bent_signature_does_not_drive_out_the_valid_one() {
    let department = Department::new();
    let desk = &department.desk;
    let bent = |file: &str| {
        let text = String::from_utf8(desk.read(&format!("{file}.an.json"))).unwrap();
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value["signatures"][0]["sig"] = "00".repeat(64).into();
        std::fs::write(desk.path("bent.json"), value.to_string()).unwrap();
    };
    // A root holds its own keys; whichever copy comes first, the valid signature stays.
    bent("root");
    for copies in [
        "@bent.json @root.an.json @root.binh.json",
        "@root.an.json @root.binh.json @bent.json",
    ] {
        desk.yes(&format!("merge --out @merged.json {copies}"));
        desk.yes("verify @merged.json --role root --trust @root.json");
    }
    // For other files somebody must say whose keys count.
    bent("firmware");
    let copies = "@bent.json @firmware.an.json @firmware.chi.json";
    let error = desk
        .keys(&format!("merge --out @merged2.json {copies}"))
        .unwrap_err();
    assert!(
        matches!(
            error,
            KeysError::Ceremony {
                source: CeremonyError::Conflict(_),
                ..
            }
        ),
        "{error:?}"
    );
    desk.yes(&format!(
        "merge --out @merged2.json --trust @targets.json {copies}"
    ));
    desk.yes("verify @merged2.json --role firmware --trust @targets.json");
}
