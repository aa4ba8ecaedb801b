use std::fs;
use std::os::unix::fs::symlink;

use tar::{Builder, EntryType, Header};

use super::*;
use crate::input::is_too_large;

/// Name, aliases, usage and each part's text, as one line a category.
fn seen(path: &Path) -> Vec<String> {
    let ut1 = Ut1::open(path).unwrap();
    let mut texts = Vec::new();
    ut1.read(|category, part, reader| {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        texts.push((category.name.clone(), part, text));
        Ok::<_, InputError>(())
    })
    .unwrap();
    texts.sort();
    let line = |category: &Category| {
        let black = if category.usage.black { " black" } else { "" };
        let parts = texts.iter().filter(|(name, ..)| *name == category.name);
        let parts = parts.map(|(_, part, text)| format!(" {}:{text}", part.file()));
        format!(
            "{}{:?}{black}{}",
            category.name,
            category.aliases,
            parts.collect::<String>()
        )
    };
    ut1.categories().iter().map(line).collect()
}

const EXPECTED: [&str; 2] = [
    "adult[\"porn\"] black domains:a.vn urls:b.vn/c",
    "publicite[\"ads\"] expressions:x+",
];

fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("blacklists");
    for name in ["adult", "publicite", "empty"] {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    for (file, text) in [
        ("adult/domains", "a.vn"),
        ("adult/urls", "b.vn/c"),
        ("adult/usage", "black\nadult\n"),
        ("adult/very_restrictive_expression", "x"),
        ("publicite/expressions", "x+"),
        ("empty/usage", "white"),
        ("global_usage", "NAME:"),
        ("README", "hello"),
    ] {
        fs::write(root.join(file), text).unwrap();
    }
    symlink("adult", root.join("porn")).unwrap();
    symlink(root.join("publicite"), root.join("ads")).unwrap();
    folder
}

enum Put<'a> {
    File(&'a str, &'a str),
    Link(&'a str, &'a str),
    LongName,
}

/// A tar archive whose paths are written as they stand, however wrong.
fn tar(entries: &[Put<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for entry in entries {
        let (kind, path, link, text) = match *entry {
            Put::File(path, text) => (EntryType::Regular, path, "", text),
            Put::Link(path, target) => (EntryType::Symlink, path, target, ""),
            Put::LongName => (EntryType::GNULongName, "././@LongLink", "", "x/domains\0"),
        };
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        let gnu = header.as_gnu_mut().unwrap();
        gnu.name[..path.len()].copy_from_slice(path.as_bytes());
        gnu.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_size(text.len() as u64);
        header.set_cksum();
        builder.append(&header, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn usual() -> Vec<u8> {
    tar(&[
        Put::Link("blacklists/ads", "publicite"),
        Put::File("blacklists/adult/domains", "a.vn"),
        Put::File("blacklists/adult/urls", "b.vn/c"),
        Put::File("blacklists/adult/usage", "black\n"),
        Put::Link("blacklists/porn", "../blacklists/adult"),
        Put::File("blacklists/publicite/expressions", "x+"),
        Put::File("blacklists/global_usage", "NAME"),
    ])
}

fn in_file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn trees_and_archives_read_the_same() {
    let folder = tree();
    assert_eq!(seen(folder.path()), EXPECTED);
    assert_eq!(seen(&folder.path().join("blacklists")), EXPECTED);
    let (_kept, plain) = in_file("ut1.tar", &usual());
    assert_eq!(seen(&plain), EXPECTED);
    let (_kept, packed) = in_file("x", &zstd::encode_all(usual().as_slice(), 3).unwrap());
    assert_eq!(seen(&packed), EXPECTED);
}

#[test]
fn aliases_are_found_but_not_read_twice() {
    let folder = tree();
    let ut1 = Ut1::open(folder.path()).unwrap();
    assert_eq!(ut1.find("porn").unwrap().name, "adult");
    assert_eq!(
        ut1.find("adult").unwrap().parts,
        [Part::Domains, Part::Urls]
    );
    assert!(ut1.find("none").is_none());
    assert!(ut1.skipped().is_empty());
}

#[test]
fn one_category_or_one_file_is_enough() {
    let folder = tree();
    let adult = folder.path().join("blacklists/adult");
    let expected = "adult[] black domains:a.vn urls:b.vn/c";
    assert_eq!(seen(&adult), [expected]);
    assert_eq!(seen(&folder.path().join("blacklists/porn")), [expected]);
    assert_eq!(seen(&adult.join("urls")), ["adult[] urls:b.vn/c"]);
    let (_kept, lone) = in_file("vpn.txt", b"c.vn");
    assert_eq!(seen(&lone), ["vpn[] domains:c.vn"]);
    let (_kept, archive) = in_file("vpn.tar.gz", &tar(&[Put::File("./domains", "c.vn")]));
    assert_eq!(seen(&archive), ["vpn[] domains:c.vn"]);
}

#[test]
fn paths_and_links_that_lead_outside_are_passed_over() {
    use SkipReason as R;
    let bytes = tar(&[
        Put::File("../../etc/domains", "x.vn"),
        Put::File("/adult/domains", "x.vn"),
        Put::File("bad name/domains", "x.vn"),
        Put::LongName,
        Put::File("long/domains", "x.vn"),
        Put::File("good/domains", "a.vn"),
        Put::Link("up", "../../good"),
        Put::Link("passwd", "/etc/passwd"),
        Put::Link("dangling", "nowhere"),
    ]);
    let (_kept, path) = in_file("x.tar", &bytes);
    assert_eq!(seen(&path), ["good[] domains:a.vn"]);
    let ut1 = Ut1::open(&path).unwrap();
    let reasons = ut1
        .skipped()
        .iter()
        .map(|skipped| skipped.reason)
        .collect::<Vec<_>>();
    assert_eq!(
        reasons,
        [
            R::Path,
            R::Path,
            R::Path,
            R::LongName,
            R::Link,
            R::Link,
            R::Link
        ]
    );

    let folder = tree();
    symlink("/etc", folder.path().join("blacklists/etc")).unwrap();
    symlink("loop", folder.path().join("blacklists/loop")).unwrap();
    assert_eq!(seen(folder.path()), EXPECTED);
    assert_eq!(Ut1::open(folder.path()).unwrap().skipped().len(), 2);
}

#[test]
fn what_holds_no_category_is_said_to() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        Ut1::open(folder.path()),
        Err(InputError::NoCategory(_))
    ));
    let (_kept, path) = in_file("x.tar", &tar(&[Put::File("README", "hello")]));
    assert!(matches!(Ut1::open(&path), Err(InputError::NoCategory(_))));
    assert!(matches!(
        Ut1::open(&folder.path().join("none")),
        Err(InputError::Open { .. })
    ));
}

#[test]
fn damaged_archives_are_errors() {
    let whole = usual();
    let (_kept, cut) = in_file("x.tar", &whole[..1200]);
    assert!(matches!(Ut1::open(&cut), Err(InputError::Read { .. })));
    let mut flipped = whole.clone();
    flipped[512] ^= 0xff;
    let (_kept, flipped) = in_file("x.tar", &flipped);
    assert!(matches!(Ut1::open(&flipped), Err(InputError::Read { .. })));
    let (_kept, path) = in_file("x.tar", &whole);
    let Err(InputError::Read { source, .. }) = Ut1::open_within(&path, 1000) else {
        panic!("the cap did not hold");
    };
    assert!(is_too_large(&source));
}

#[test]
fn what_the_visitor_says_stops_the_reading() {
    let folder = tree();
    let (_kept, archive) = in_file("x.tar", &usual());
    for path in [folder.path(), &archive] {
        let mut calls = 0;
        let outcome = Ut1::open(path).unwrap().read(|_, _, _| {
            calls += 1;
            Err(InputError::Directory(PathBuf::from("stop")))
        });
        assert!(matches!(outcome, Err(InputError::Directory(_))));
        assert_eq!(calls, 1);
    }
}
