//! python-tuf, the reference implementation, follows our repository, and our client follows one that
//! it made. Skipped unless `LACHAN_TUF_PYTHON` names a Python that has it (`pip install tuf cryptography`).

use std::path::Path;
use std::process::Command;

use lachan_sync::tuf::{Client, Clock, Folder, Patience, Settings, Store};

use crate::bed::{DAY, Department, Desk, NOW, list};

fn python(words: &[&Path]) -> Option<String> {
    let Some(python) = std::env::var_os("LACHAN_TUF_PYTHON") else {
        println!("skipped: LACHAN_TUF_PYTHON is not set");
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/signed/interop.py");
    let out = Command::new(python)
        .arg(script)
        .args(words)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    Some(String::from_utf8(out.stdout).unwrap())
}

#[test]
fn python_tuf_follows_our_repository() {
    let department = Department::new();
    department.publish(&[list("co-bac", 1, &["a.vn"])], NOW);
    department.publish(&[list("co-bac", 2, &["a.vn", "b.vn"])], NOW + DAY);
    let root = department.desk.path("root.json");
    let words = [
        Path::new("follow"),
        &department.folder(),
        &root,
        Path::new("co-bac.list.zst"),
    ];
    let Some(out) = python(&words) else { return };
    let trusted: Vec<&str> = out.split_whitespace().collect();
    let version = (NOW + DAY).to_string();
    assert_eq!(trusted[..4], ["1", &version, &version, "1"]);
    let file = department
        .folder()
        .join(format!("targets/{}.co-bac.list.zst", trusted[4]));
    let packed = std::fs::read(file).unwrap();
    assert_eq!(
        zstd::decode_all(packed.as_slice()).unwrap(),
        b"a.vn\nb.vn\n"
    );
}

#[tokio::test]
async fn our_client_follows_a_repository_of_python_tuf() {
    let desk = Desk::new();
    let www = desk.path("www");
    if python(&[Path::new("make"), &www]).is_none() {
        return;
    }
    let root = std::fs::read(www.join("metadata/1.root.json")).unwrap();
    let store = Store::new(desk.path("trusted"));
    let mut client = Client::open(Folder::new(www), store, &root, Settings::default()).unwrap();
    let outcome = client
        .refresh(
            Clock {
                now: NOW,
                is_trusted: true,
            },
            Patience::None,
        )
        .await
        .unwrap();
    assert_eq!(outcome.versions.root, 2);
    let target = client.find("a.list.zst").await.unwrap().unwrap();
    assert_eq!(target.custom.as_ref().unwrap()["tên"], "Cờ bạc");
    client
        .download("a.list.zst", &target, &desk.path("a"))
        .await
        .unwrap();
    assert_eq!(desk.read("a"), "cờ bạc\n".as_bytes());
    assert!(client.find("other.raucb").await.unwrap().is_none());
}
