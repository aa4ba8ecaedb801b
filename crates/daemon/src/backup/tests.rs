//! Backups made, read, broken, restored and taken back, all in folders of the tests.

use std::fs;
use std::path::Path;

use age::secrecy::SecretString;
use lachan_store::{Act, Change, Settings, Store};
use proptest::prelude::*;

use super::*;
use crate::settings_file::{SettingsFile, Uptime};

/// A box: its folder, and where its parts are.
struct ABox {
    _folder: tempfile::TempDir,
    places: Places,
}

fn a_box(mark: &str) -> ABox {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let places = Places {
        settings: folder.path().join("etc/lachan.toml"),
        paths: Paths::below(&data),
    };
    fs::create_dir_all(folder.path().join("etc")).unwrap();
    fs::create_dir_all(places.paths.state()).unwrap();
    fs::create_dir_all(places.paths.lists()).unwrap();
    write_settings(&places, mark);
    drop(Store::open_tool(&places.paths.database(), Settings::default()).unwrap());
    fs::write(places.of(Part::RequestKey), mark).unwrap();
    fs::write(places.of(Part::Ruleset), format!("ruleset {mark}")).unwrap();
    ABox {
        _folder: folder,
        places,
    }
}

fn write_settings(places: &Places, mark: &str) {
    let text = format!(
        "version = \"v1\"\n[school]\nname = \"{mark}\"\n[paths]\ndata = \"{}\"\n",
        places.paths.data.display()
    );
    fs::write(&places.settings, text).unwrap();
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn backup(of: &ABox) -> Vec<u8> {
    let wanted = Wanted {
        places: &of.places,
        school: "THCS Kim Đồng",
        made_at: Some(1_800_000_000),
        has_lists: true,
    };
    let mut bytes = Vec::new();
    pack(&wanted, secret("correct horse battery"), &mut bytes).unwrap();
    bytes
}

fn stage(on: &ABox, bytes: &[u8]) -> Result<Manifest, BackupError> {
    let staging = Staging::begin(&on.places)?;
    let manifest = unpack(bytes, secret("correct horse battery"), staging.folder())?;
    // Boxes of tests have folders of their own.
    let settings = staging.folder().join(Part::Settings.name());
    if settings.exists() {
        let text = fs::read_to_string(&settings).unwrap();
        let name = text.lines().nth(2).unwrap().to_owned();
        let data = on.places.paths.data.display();
        fs::write(
            &settings,
            format!("version = \"v1\"\n[school]\n{name}\n[paths]\ndata = \"{data}\"\n"),
        )
        .unwrap();
    }
    staging.check(&on.places)?;
    staging.stage()?;
    Ok(manifest)
}

fn act() -> Act {
    Act {
        author: "an".into(),
        role: lachan_policy::Role::School,
        at: Some(1_800_000_100),
    }
}

fn undo_it(on: &ABox) -> Result<(), BackupError> {
    let entry = LogEntry {
        act: &act(),
        change: Change::UndoRestore,
        school: "",
        about: None,
        made_at: None,
    };
    undo(&on.places, &entry)
}

/// What the log of changes has, newest first.
fn log(of: &ABox) -> Vec<Change> {
    let store = Store::open_tool(&of.places.paths.database(), Settings::default()).unwrap();
    let all = store.reader().unwrap().audit(None, 9).unwrap();
    all.into_iter().map(|entry| entry.change).collect()
}

fn key(of: &ABox) -> String {
    fs::read_to_string(of.places.of(Part::RequestKey)).unwrap()
}

fn settings(of: &ABox) -> String {
    fs::read_to_string(&of.places.settings).unwrap()
}

#[test]
fn a_new_box_becomes_the_old_one() {
    let (old, new) = (a_box("old"), a_box("new"));
    // What somebody uploaded is nowhere else: without it phones that insist on encrypted DNS have no Internet.
    let uploaded = [Part::WebCertificate, Part::DnsCertificate];
    for part in uploaded {
        fs::write(old.places.of(part), part.name()).unwrap();
    }
    let bytes = backup(&old);
    let manifest = stage(&new, &bytes).unwrap();
    assert_eq!(manifest.school, "THCS Kim Đồng");
    assert_eq!(manifest.parts.len(), 6);
    // Nothing happens before it is placed.
    assert!(settings(&new).contains("\"new\""));
    assert!(place_staged(&new.places).unwrap());
    for part in uploaded {
        assert_eq!(
            fs::read_to_string(new.places.of(part)).unwrap(),
            part.name()
        );
    }
    assert!(settings(&new).contains("\"old\""));
    assert_eq!(key(&new), "old");
    assert_eq!(
        fs::read_to_string(new.places.of(Part::Ruleset)).unwrap(),
        "ruleset old"
    );
    lachan_store::check_copy(&new.places.paths.database()).unwrap();
    // Once.
    assert!(!place_staged(&new.places).unwrap());
}

#[test]
fn a_restore_can_be_taken_back_and_made_again() {
    let (old, new) = (a_box("old"), a_box("new"));
    assert!(matches!(undo_it(&new), Err(BackupError::NothingBefore)));
    stage(&new, &backup(&old)).unwrap();
    place_staged(&new.places).unwrap();
    undo_it(&new).unwrap();
    assert!(place_staged(&new.places).unwrap());
    assert_eq!(key(&new), "new");
    assert!(settings(&new).contains("\"new\""));
    undo_it(&new).unwrap();
    assert!(place_staged(&new.places).unwrap());
    assert_eq!(key(&new), "old");
}

#[test]
fn a_restore_that_a_power_cut_broke_off_is_finished_at_the_next_start() {
    // Whatever part is the last that was placed.
    for placed in 0..Part::ALL.len() {
        let (old, new) = (a_box("old"), a_box("new"));
        stage(&new, &backup(&old)).unwrap();
        let data = &new.places.paths.data;
        let (staged, before) = (data.join("restore.staged"), data.join("before-restore"));
        fs::create_dir(&before).unwrap();
        for part in &Part::ALL[..placed] {
            let from = staged.join(part.name());
            if from.exists() {
                let place = new.places.of(*part);
                fs::rename(&place, before.join(part.name())).unwrap();
                fs::rename(&from, &place).unwrap();
            }
        }
        assert!(place_staged(&new.places).unwrap());
        assert_eq!(key(&new), "old");
        assert!(settings(&new).contains("\"old\""));
        undo_it(&new).unwrap();
        place_staged(&new.places).unwrap();
        assert_eq!(key(&new), "new", "after {placed}");
    }
}

#[test]
fn what_was_restored_knows_how_it_came_here_and_can_be_looked_at_before() {
    let (old, new) = (a_box("old"), a_box("new"));
    let staging = Staging::begin(&new.places).unwrap();
    let phrase = secret("correct horse battery");
    let manifest = unpack(&backup(&old)[..], phrase, staging.folder()).unwrap();
    let contents = staging.contents(&new.places).unwrap();
    assert!(contents.groups.is_empty() && contents.accounts.is_empty());
    // Another box keeps its data elsewhere, so it keeps its own place.
    assert!(!contents.fits);
    let keys: Vec<_> = contents.settings.iter().map(|one| &one.key[..]).collect();
    assert_eq!(keys, ["paths.data", "school.name"]);
    staging.keep_network(&new.places).unwrap();
    let entry = LogEntry {
        act: &act(),
        change: Change::RestoreBackup,
        school: &manifest.school,
        about: None,
        made_at: manifest.made_at,
    };
    staging.record(&entry).unwrap();
    staging.check(&new.places).unwrap();
    staging.stage().unwrap();
    assert_eq!(undo_until(&new.places), None);
    assert!(place_staged(&new.places).unwrap());
    assert!(settings(&new).contains("\"old\""));
    assert_eq!(log(&new), [Change::RestoreBackup]);
    let store = Store::open_tool(&new.places.paths.database(), Settings::default()).unwrap();
    let last = store.reader().unwrap().last_backup().unwrap();
    assert_eq!(last, Some(1_800_000_000));
    drop(store);
    assert!(undo_until(&new.places).is_some());
    undo_it(&new).unwrap();
    place_staged(&new.places).unwrap();
    assert_eq!(log(&new), [Change::UndoRestore]);
}

/// Whether any file below a folder holds a text.
fn is_said(folder: &Path, text: &str) -> bool {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.into_iter().any(|path| match path.is_dir() {
        true => is_said(&path, text),
        false => fs::read(&path)
            .unwrap()
            .windows(text.len())
            .any(|found| found == text.as_bytes()),
    })
}

#[test]
fn a_box_that_was_reset_holds_nothing_of_the_school() {
    let (old, new) = (a_box("a-school"), a_box("other"));
    // With a restore behind it, a link that leads elsewhere, and files that nobody may write.
    stage(&old, &backup(&new)).unwrap();
    place_staged(&old.places).unwrap();
    let data = &old.places.paths.data;
    write_settings(&old.places, "a-school");
    fs::write(data.join("lachan.db.corrupt-1800000000"), "a-school").unwrap();
    fs::create_dir(data.join(".backup-x1")).unwrap();
    fs::write(data.join(".backup-x1/lachan.db"), "a-school").unwrap();
    fs::write(old.places.paths.state().join("unlock.key"), "a-school").unwrap();
    let elsewhere = old.places.settings.with_extension("elsewhere");
    fs::write(&elsewhere, "not ours").unwrap();
    std::os::unix::fs::symlink(&elsewhere, old.places.paths.state().join("link")).unwrap();
    let ruleset = old.places.of(Part::Ruleset);
    let mut closed = fs::metadata(&ruleset).unwrap().permissions();
    closed.set_readonly(true);
    fs::set_permissions(&ruleset, closed).unwrap();
    assert_eq!(carry_out_reset(&old.places).unwrap(), None);
    stage_reset(&old.places, true).unwrap();
    assert!(
        settings(&old).contains("a-school"),
        "nothing happens before the next start"
    );
    let locked = lachan_store::lock_database(&old.places.paths.database()).unwrap();
    assert!(
        carry_out_reset(&old.places).is_err(),
        "nor under a running filter"
    );
    drop(locked);
    assert_eq!(carry_out_reset(&old.places).unwrap(), NOTHING_LEFT);
    assert_eq!(fs::read_dir(data).unwrap().count(), 0);
    assert!(!is_said(old.places.settings.parent().unwrap(), "a-school"));
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "not ours");
    let config = lachan_config::Config::load(&old.places.settings).unwrap();
    assert_eq!(&config.paths.data, data);
    assert_eq!(carry_out_reset(&old.places).unwrap(), None, "once");
}

/// What a reset leaves that was carried out.
const NOTHING_LEFT: Option<Vec<PathBuf>> = Some(Vec::new());

#[test]
fn a_reset_whose_settings_cannot_be_placed_leaves_the_box_whole_and_is_over() {
    let old = a_box("a-school");
    stage_reset(&old.places, false).unwrap();
    // A folder is no file that could be replaced.
    let kept = old.places.settings.with_extension("kept");
    fs::rename(&old.places.settings, &kept).unwrap();
    fs::create_dir(&old.places.settings).unwrap();
    let failed = carry_out_reset(&old.places);
    assert!(
        matches!(failed, Err(BackupError::File { .. })),
        "{failed:?}"
    );
    fs::remove_dir(&old.places.settings).unwrap();
    fs::rename(&kept, &old.places.settings).unwrap();
    assert_eq!(key(&old), "a-school");
    lachan_store::check_copy(&old.places.paths.database()).unwrap();
    // Whoever mends it later does not lose the box.
    assert_eq!(carry_out_reset(&old.places).unwrap(), None);
    assert!(settings(&old).contains("a-school"));
}

#[test]
fn what_cannot_be_removed_does_not_have_a_later_start_wipe_the_box_again() {
    let old = a_box("a-school");
    // Under the name of a file of ours, a folder is not removed.
    let stuck = old.places.paths.data.join("lachan.db.corrupt-1");
    fs::create_dir(&stuck).unwrap();
    stage_reset(&old.places, false).unwrap();
    assert_eq!(carry_out_reset(&old.places).unwrap(), Some(vec![stuck]));
    assert!(!old.places.paths.database().exists());
    assert!(!settings(&old).contains("a-school"));
    // Set up again since.
    fs::create_dir_all(old.places.paths.state()).unwrap();
    fs::write(old.places.of(Part::RequestKey), "another").unwrap();
    assert_eq!(carry_out_reset(&old.places).unwrap(), None);
    assert_eq!(key(&old), "another");
}

#[test]
fn after_a_reset_the_settings_before_cannot_be_had_again() {
    let old = a_box("a-school");
    // Named by a link, which stays one.
    let link = old.places.settings.with_file_name("link.toml");
    std::os::unix::fs::symlink(&old.places.settings, &link).unwrap();
    let file = SettingsFile::new(&link);
    let text = format!("{}# new\n", settings(&old));
    let waits = (120, &Uptime::now());
    file.write(text.as_bytes(), "an", Some(waits)).unwrap();
    assert!(file.has_before() && file.note().is_some());
    let places = Places::new(&link, &old.places.paths);
    stage_reset(&places, false).unwrap();
    assert_eq!(carry_out_reset(&places).unwrap(), NOTHING_LEFT);
    assert!(!file.has_before() && file.note().is_none());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(!is_said(link.parent().unwrap(), "a-school"));
}

#[test]
fn a_reset_keeps_settings_that_lie_in_the_data_folder() {
    // Beside the database, and in a folder of the box's.
    for name in ["lachan.toml", "state/lachan.toml"] {
        let old = a_box("a-school");
        let data = &old.places.paths.data;
        let own = data.join(name);
        fs::rename(&old.places.settings, &own).unwrap();
        // As somebody types it who stands elsewhere.
        let typed = data.join("lists/..").join(name);
        let places = Places::new(&typed, &old.places.paths);
        assert_eq!(places.settings, fs::canonicalize(&own).unwrap());
        stage_reset(&places, false).unwrap();
        carry_out_reset(&places).unwrap().unwrap();
        let config = lachan_config::Config::load(&own).unwrap();
        assert_eq!(&config.paths.data, data);
        assert!(!old.places.of(Part::RequestKey).exists());
        assert!(!is_said(data, "a-school"), "{name}");
    }
}

#[test]
fn settings_named_relatively_are_found_whatever_the_folder() {
    let here = std::env::current_dir().unwrap();
    let places = Places::new(Path::new("Cargo.toml"), &Paths::default());
    assert_eq!(
        places.settings,
        fs::canonicalize(here.join("Cargo.toml")).unwrap()
    );
    let none = Places::new(Path::new("none.toml"), &Paths::default());
    assert_eq!(none.settings, here.join("none.toml"));
}

#[test]
fn a_reset_removes_nothing_that_is_not_the_box_s() {
    let old = a_box("a-school");
    let data = &old.places.paths.data;
    let theirs = data.join("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("photo"), "photo").unwrap();
    fs::write(data.join("notes.txt"), "notes").unwrap();
    stage_reset(&old.places, false).unwrap();
    // A folder of ours that became a link, a file that has another name elsewhere.
    let state = old.places.paths.state();
    fs::remove_dir_all(&state).unwrap();
    std::os::unix::fs::symlink(&theirs, &state).unwrap();
    fs::hard_link(data.join("notes.txt"), data.join(".new-x.part")).unwrap();
    let left = carry_out_reset(&old.places).unwrap().unwrap();
    assert_eq!(
        left,
        [data.join("notes.txt"), state.clone(), theirs.clone()]
    );
    assert!(state.symlink_metadata().is_err());
    assert_eq!(fs::read_to_string(theirs.join("photo")).unwrap(), "photo");
    assert_eq!(fs::read_to_string(data.join("notes.txt")).unwrap(), "notes");
    assert!(!old.places.paths.database().exists() && !old.places.paths.lists().exists());
}

#[test]
fn a_folder_that_is_no_box_s_is_not_reset() {
    let old = a_box("a-school");
    let data = &old.places.paths.data;
    for name in ["lachan.db", "state/request.key"] {
        fs::remove_file(data.join(name)).unwrap();
    }
    let refused = stage_reset(&old.places, false);
    assert!(matches!(refused, Err(BackupError::NoBox(_))), "{refused:?}");
    assert!(!data.join("reset.staged").exists());
}

#[test]
fn a_data_folder_behind_a_link_is_reset() {
    let mut old = a_box("a-school");
    let disk = old.places.settings.with_file_name("disk");
    fs::rename(&old.places.paths.data, &disk).unwrap();
    std::os::unix::fs::symlink(&disk, &old.places.paths.data).unwrap();
    old.places = Places::new(&old.places.settings, &old.places.paths);
    stage_reset(&old.places, false).unwrap();
    assert_eq!(carry_out_reset(&old.places).unwrap(), NOTHING_LEFT);
    assert_eq!(fs::read_dir(&disk).unwrap().count(), 0);
}

#[test]
fn settings_behind_a_link_are_restored_and_taken_back() {
    let (old, mut new) = (a_box("old"), a_box("new"));
    let link = new.places.settings.with_file_name("link.toml");
    std::os::unix::fs::symlink(&new.places.settings, &link).unwrap();
    new.places = Places::new(&link, &new.places.paths);
    stage(&new, &backup(&old)).unwrap();
    assert!(place_staged(&new.places).unwrap());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&link).unwrap().contains("\"old\""));
    undo_it(&new).unwrap();
    assert!(place_staged(&new.places).unwrap());
    assert!(settings(&new).contains("\"new\""));
}

#[test]
fn a_power_cut_while_a_restore_is_staged_loses_nothing_that_could_be_taken_back() {
    let (old, new) = (a_box("old"), a_box("new"));
    stage(&new, &backup(&old)).unwrap();
    place_staged(&new.places).unwrap();
    let data = &new.places.paths.data;
    let (before, aside) = (data.join("before-restore"), data.join("before-restore.old"));
    // Cut after what was before went aside, before the next was staged.
    fs::rename(&before, &aside).unwrap();
    assert!(!place_staged(&new.places).unwrap());
    assert!(!aside.exists() && undo_until(&new.places).is_some());
    // The next cannot be staged.
    let staging = Staging::begin(&new.places).unwrap();
    fs::remove_dir_all(staging.folder()).unwrap();
    assert!(staging.stage().is_err());
    assert!(undo_until(&new.places).is_some());
    // Cut when the next was staged: what was before goes, as it would have.
    stage(&new, &backup(&old)).unwrap();
    fs::create_dir(&aside).unwrap();
    assert!(place_staged(&new.places).unwrap());
    assert!(!aside.exists());
    undo_it(&new).unwrap();
    place_staged(&new.places).unwrap();
    assert_eq!(key(&new), "old");
}

#[test]
fn a_reset_that_a_power_cut_broke_off_is_finished_at_the_next_start() {
    let all = ["lachan.db", "state", "lists"];
    for gone in 0..=all.len() {
        let old = a_box("a-school");
        stage_reset(&old.places, false).unwrap();
        for name in &all[..gone] {
            let path = old.places.paths.data.join(name);
            let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
        }
        assert_eq!(carry_out_reset(&old.places).unwrap(), NOTHING_LEFT);
        assert!(!settings(&old).contains("a-school"));
        assert_eq!(fs::read_dir(&old.places.paths.data).unwrap().count(), 0);
    }
    // After the settings, before anything was wiped.
    let old = a_box("a-school");
    stage_reset(&old.places, false).unwrap();
    let staged = old.places.paths.data.join("reset.staged/lachan.toml");
    fs::copy(staged, &old.places.settings).unwrap();
    assert_eq!(carry_out_reset(&old.places).unwrap(), NOTHING_LEFT);
    assert!(!old.places.paths.database().exists());
    // One that was not whole is none.
    let old = a_box("a-school");
    fs::create_dir(old.places.paths.data.join("reset.unready")).unwrap();
    assert_eq!(carry_out_reset(&old.places).unwrap(), None);
    assert_eq!(key(&old), "a-school");
}

#[test]
fn nothing_is_placed_under_a_running_filter() {
    let (old, new) = (a_box("old"), a_box("new"));
    stage(&new, &backup(&old)).unwrap();
    let locked = lachan_store::lock_database(&new.places.paths.database()).unwrap();
    assert!(matches!(
        place_staged(&new.places),
        Err(BackupError::Database(_))
    ));
    assert_eq!(key(&new), "new");
    drop(locked);
    assert!(place_staged(&new.places).unwrap());
}

#[test]
fn what_is_not_whole_or_not_ours_changes_nothing() {
    let (old, new) = (a_box("old"), a_box("new"));
    let bytes = backup(&old);
    let refused = |bytes: &[u8]| {
        let refused = stage(&new, bytes).unwrap_err();
        assert!(!place_staged(&new.places).unwrap());
        assert_eq!(key(&new), "new");
        refused
    };
    assert!(matches!(
        refused(b""),
        BackupError::Damaged(_) | BackupError::NotOurs
    ));
    assert!(matches!(
        refused(b"a text that is no backup of anything at all"),
        BackupError::NotOurs
    ));
    // Cut anywhere.
    for length in [100, bytes.len() / 2, bytes.len() - 1] {
        refused(&bytes[..length]);
    }
    // One bit anywhere.
    for at in [50, 180, bytes.len() / 2, bytes.len() - 3] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        refused(&changed);
    }
    let staging = Staging::begin(&new.places).unwrap();
    let wrong = unpack(&bytes[..], secret("another passphrase"), staging.folder());
    assert!(matches!(wrong, Err(BackupError::Passphrase)));
}

#[test]
fn settings_that_keep_things_elsewhere_are_refused() {
    let (old, new) = (a_box("old"), a_box("new"));
    let staging = Staging::begin(&new.places).unwrap();
    unpack(
        &backup(&old)[..],
        secret("correct horse battery"),
        staging.folder(),
    )
    .unwrap();
    assert!(matches!(
        staging.check(&new.places),
        Err(BackupError::OtherFolder { .. })
    ));
}

/// A tar archive of these entries.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, content) in entries {
        let mut header = tar::Header::new_old();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        // As written, `..` and all.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    archive.into_inner().unwrap()
}

fn seal(inner: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut recipient = age::scrypt::Recipient::new(secret("correct horse battery"));
    recipient.set_work_factor(2);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _)).unwrap();
    let mut bytes = Vec::new();
    let mut sealed = encryptor.wrap_output(&mut bytes).unwrap();
    sealed
        .write_all(&zstd::encode_all(inner, 1).unwrap())
        .unwrap();
    sealed.finish().unwrap();
    bytes
}

fn manifest(parts: &str) -> Vec<u8> {
    format!(r#"{{"format":1,"program":"x","made_at":null,"school":"","parts":[{parts}]}}"#)
        .into_bytes()
}

#[test]
fn an_archive_made_to_do_harm_writes_nothing_outside_its_folder() {
    let new = a_box("new");
    let evil = manifest(r#"{"name":"../evil","bytes":1}"#);
    let other = manifest(r#"{"name":"lachan.toml","bytes":1}"#);
    let huge = manifest(r#"{"name":"request.key","bytes":5000}"#);
    let twice = manifest(r#"{"name":"request.key","bytes":1},{"name":"request.key","bytes":1}"#);
    let newer = br#"{"format":2,"program":"9.0","what":"ever"}"#;
    for (entries, expected) in [
        (
            vec![("manifest.json", &evil[..]), ("../evil", b"x")],
            "../evil",
        ),
        (
            vec![("manifest.json", &other[..]), ("../evil", b"x")],
            "lachan.toml",
        ),
        (
            vec![("manifest.json", &huge[..]), ("request.key", &[0; 5000])],
            "request.key",
        ),
        (
            vec![
                ("manifest.json", &twice[..]),
                ("request.key", b"x"),
                ("request.key", b"x"),
            ],
            "request.key",
        ),
        (vec![("lachan.toml", &b"x"[..])], "no backup"),
        (vec![("manifest.json", &newer[..])], "9.0"),
    ] {
        let error = stage(&new, &seal(&archive(&entries))).unwrap_err();
        assert!(error.to_string().contains(expected), "{error} {expected}");
        assert!(!new.places.paths.data.join("evil").exists());
    }
}

#[test]
fn a_bomb_is_given_up() {
    let new = a_box("new");
    let parts = manifest(r#"{"name":"lachan.toml","bytes":1},{"name":"lachan.db","bytes":1}"#);
    let mut inner = archive(&[
        ("manifest.json", &parts),
        ("lachan.toml", b"x"),
        ("lachan.db", b"x"),
    ]);
    inner.resize(inner.len() + (8 << 20), 0);
    assert!(matches!(
        stage(&new, &seal(&inner)),
        Err(BackupError::NotOurs)
    ));
}

#[test]
fn only_its_owner_reads_what_is_staged() {
    use std::os::unix::fs::PermissionsExt as _;
    let (old, new) = (a_box("old"), a_box("new"));
    stage(&new, &backup(&old)).unwrap();
    let staged = new.places.paths.data.join("restore.staged");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    assert_eq!(mode(&staged), 0);
    assert_eq!(mode(&staged.join("lachan.db")), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_archive_panics_or_writes_under_another_name(
        at in 0_usize..4096, with: u8, cut in 0_usize..4096,
    ) {
        let parts = manifest(r#"{"name":"lachan.toml","bytes":3},{"name":"lachan.db","bytes":3}"#);
        let mut bytes = archive(&[
            ("manifest.json", &parts), ("lachan.toml", b"abc"), ("lachan.db", b"abc"),
        ]);
        let at = at % bytes.len();
        bytes[at] = with;
        bytes.truncate(bytes.len() - cut % bytes.len());
        fuzz_archive(&bytes);
    }
}

/// A file of somebody else's, which the service's user may not read, and a link to it at a place of the
/// service's.
fn plant(on: &ABox, at: &Path) -> PathBuf {
    let secret = on.places.settings.with_file_name("secret");
    fs::write(&secret, "the secret of somebody else").unwrap();
    let _ = fs::remove_file(at);
    std::os::unix::fs::symlink(&secret, at).unwrap();
    secret
}

/// Whether the secret stands in any file below a folder, links left alone.
fn holds_secret(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        (kind.is_dir() && holds_secret(&entry.path()))
            || (kind.is_file() && fs::read(entry.path()).unwrap().ends_with(b"somebody else"))
    })
}

#[test]
fn a_restore_follows_no_link_that_was_planted() {
    // In what is staged, and in what is set aside.
    for is_staged in [true, false] {
        let (old, new) = (a_box("old"), a_box("new"));
        stage(&new, &backup(&old)).unwrap();
        let data = new.places.paths.data.clone();
        let planted = if is_staged {
            data.join("restore.staged").join(Part::RequestKey.name())
        } else {
            new.places.of(Part::RequestKey)
        };
        plant(&new, &planted);
        let placed = place_staged(&new.places);
        assert!(
            matches!(placed, Err(BackupError::File { .. })),
            "{placed:?}"
        );
        assert!(!holds_secret(&data), "{is_staged}");
    }
}

#[test]
fn a_restore_puts_nothing_into_a_folder_that_a_link_leads_to() {
    let (old, new) = (a_box("old"), a_box("new"));
    stage(&new, &backup(&old)).unwrap();
    let elsewhere = new.places.settings.with_file_name("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let before = new.places.paths.data.join("before-restore");
    std::os::unix::fs::symlink(&elsewhere, before).unwrap();
    let placed = place_staged(&new.places);
    assert!(
        matches!(placed, Err(BackupError::File { .. })),
        "{placed:?}"
    );
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn a_restore_makes_no_lock_where_a_link_leads_to() {
    let (old, new) = (a_box("old"), a_box("new"));
    stage(&new, &backup(&old)).unwrap();
    let mut lock = new.places.paths.database().into_os_string();
    lock.push(".lock");
    let elsewhere = new.places.settings.with_file_name("elsewhere");
    let _ = fs::remove_file(&lock);
    std::os::unix::fs::symlink(&elsewhere, &lock).unwrap();
    let placed = place_staged(&new.places);
    assert!(
        matches!(placed, Err(BackupError::Database(_))),
        "{placed:?}"
    );
    assert!(!elsewhere.exists());
}

#[test]
fn what_was_before_a_restore_is_forgotten_after_a_week() {
    const DAY: u64 = 86_400;
    let of = a_box("new");
    let before = of.places.paths.data.join("before-restore");
    let check = |made: std::time::SystemTime, is_kept: bool| {
        fs::create_dir_all(&before).unwrap();
        for part in Part::ALL {
            fs::write(before.join(part.name()), "old").unwrap();
        }
        let folder = fs::File::open(&before).unwrap();
        folder.set_modified(made).unwrap();
        // Nor is it offered, or taken, between two looks.
        assert_eq!(undo_until(&of.places).is_some(), is_kept, "{made:?}");
        let is_refused = matches!(undo_it(&of), Err(BackupError::NothingBefore));
        assert_eq!(is_refused, !is_kept, "{made:?}");
        assert!(before.exists());
        forget_before(&of.places).unwrap();
        assert_eq!(before.exists(), is_kept, "{made:?}");
    };
    let now = std::time::SystemTime::now();
    let days = |days| std::time::Duration::from_secs(days * DAY);
    check(now - days(6), true);
    check(now - days(8), false);
    // The clock went back: how old it is nobody knows.
    check(now + days(400), true);
    fs::remove_dir_all(&before).unwrap();
    forget_before(&of.places).unwrap();
}

#[test]
fn a_file_whose_group_is_not_ours_is_replaced_and_keeps_its_owner() {
    use rustix::process::{Gid, Uid};
    use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
    use std::os::unix::fs::{MetadataExt as _, chown};
    const NOBODY: u32 = 65_534;
    const OTHERS: u32 = 4;
    if !rustix::process::geteuid().is_root() {
        // Only root makes a file of a group that is not its owner's.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    fs::write(&from, "new").unwrap();
    fs::write(&to, "old").unwrap();
    for path in [folder.path(), &from, &to] {
        chown(path, Some(NOBODY), Some(OTHERS)).unwrap();
    }
    let place = to.clone();
    let written = std::thread::spawn(move || {
        let (user, group) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        set_thread_groups(&[]).unwrap();
        set_thread_res_gid(group, group, group).unwrap();
        set_thread_res_uid(user, user, user).unwrap();
        stage::give(&from, &place)?;
        stage::write(&from, &place, None, &place)
    });
    written.join().unwrap().unwrap();
    assert_eq!(fs::read_to_string(&to).unwrap(), "new");
    assert_eq!(fs::metadata(&to).unwrap().uid(), NOBODY);
}

/// A change of the settings that waits for somebody.
fn change_settings(on: &ABox) -> SettingsFile {
    let file = SettingsFile::new(&on.places.settings);
    let text = file.read().unwrap();
    let other = [&text[..], b"# changed\n"].concat();
    let now = Uptime::now();
    file.write(&other, "an", Some((120, &now))).unwrap();
    file
}

#[test]
fn nothing_is_begun_while_a_change_of_the_settings_may_go_back() {
    let of = a_box("here");
    check_settled(&of.places).unwrap();
    let file = change_settings(&of);
    let refused = check_settled(&of.places);
    assert!(matches!(refused, Err(BackupError::SettingsPending)));
    assert!(file.confirm(&Uptime::now()).unwrap());
    check_settled(&of.places).unwrap();
}

#[test]
fn what_is_placed_waits_for_nobody_and_does_not_go_back() {
    let (old, new) = (a_box("old"), a_box("new"));
    let pending = |on: &ABox| stage::beside(&on.places.settings, ".pending");
    stage(&new, &backup(&old)).unwrap();
    change_settings(&new);
    assert!(pending(&new).exists());
    assert!(place_staged(&new.places).unwrap());
    assert!(!pending(&new).exists());
    stage_reset(&new.places, true).unwrap();
    change_settings(&new);
    assert!(carry_out_reset(&new.places).unwrap().is_some());
    assert!(!pending(&new).exists());
}

#[test]
fn the_network_of_a_backup_is_tried_and_this_box_s_own_comes_back() {
    for is_confirmed in [false, true] {
        let (old, new) = (a_box("old"), a_box("new"));
        let with = |on: &ABox, mark: &str, listens: &str| {
            let text = format!(
                "version = \"v1\"\n[school]\nname = \"{mark}\"\n[paths]\ndata = \"{}\"\n[web]\nlisten = [\"{listens}:8444\"]\n",
                on.places.paths.data.display()
            );
            fs::write(&on.places.settings, text).unwrap();
        };
        with(&old, "old", "10.1.0.1");
        with(&new, "new", "10.2.0.1");
        let bytes = backup(&old);
        let staging = Staging::begin(&new.places).unwrap();
        unpack(
            &bytes[..],
            secret("correct horse battery"),
            staging.folder(),
        )
        .unwrap();
        let theirs = staging.folder().join(Part::Settings.name());
        let text = fs::read_to_string(&theirs).unwrap();
        let data = |on: &ABox| on.places.paths.data.display().to_string();
        fs::write(&theirs, text.replace(&data(&old), &data(&new))).unwrap();
        staging.try_network(&new.places, "Cô An (an)").unwrap();
        staging.check(&new.places).unwrap();
        staging.stage().unwrap();
        assert!(place_staged(&new.places).unwrap());
        let file = SettingsFile::new(&new.places.settings);
        let now = Uptime::now();
        let (note, left) = file.waiting(&now).unwrap();
        assert!(
            note.by == "Cô An (an)" && (100..=120).contains(&left),
            "{left}"
        );
        assert!(settings(&new).contains("10.1.0.1"), "{}", settings(&new));
        // Nothing else is placed or taken back meanwhile.
        assert!(check_settled(&new.places).is_err());
        if is_confirmed {
            assert!(file.confirm(&now).unwrap());
        }
        let later = Uptime {
            seconds: now.seconds + 121,
            ..now
        };
        file.settle(&later, false).unwrap();
        let text = settings(&new);
        // All else of the backup stays either way.
        assert!(text.contains("\"old\""), "{text}");
        assert_eq!(text.contains("10.1.0.1"), is_confirmed, "{text}");
        assert_eq!(text.contains("10.2.0.1"), !is_confirmed, "{text}");
    }
}
