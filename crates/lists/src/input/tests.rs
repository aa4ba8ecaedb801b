use std::io::Write as _;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read_all(bytes: Vec<u8>, most: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    of_reader(io::Cursor::new(bytes), most)?.read_to_end(&mut out)?;
    Ok(out)
}

#[test]
fn compression_is_told_by_the_first_bytes() {
    let text = b"a.vn\nb.vn\n".to_vec();
    assert_eq!(read_all(text.clone(), 100).unwrap(), text);
    assert_eq!(read_all(gzip(&text), 100).unwrap(), text);
    assert_eq!(
        read_all(zstd::encode_all(text.as_slice(), 3).unwrap(), 100).unwrap(),
        text
    );
    assert_eq!(read_all(Vec::new(), 100).unwrap(), b"");
    assert_eq!(read_all(b"a".to_vec(), 100).unwrap(), b"a");
}

#[test]
fn joined_archives_are_read_to_the_last() {
    let (a, b) = (b"a.vn\n".as_slice(), b"b.vn\n".as_slice());
    let both = [gzip(a), gzip(b)].concat();
    assert_eq!(read_all(both, 100).unwrap(), b"a.vn\nb.vn\n");
    let both = [
        zstd::encode_all(a, 3).unwrap(),
        zstd::encode_all(b, 3).unwrap(),
    ]
    .concat();
    assert_eq!(read_all(both, 100).unwrap(), b"a.vn\nb.vn\n");
}

#[test]
fn a_bomb_is_stopped_at_the_cap() {
    let bomb = vec![b'\n'; 10_000_000];
    for packed in [gzip(&bomb), zstd::encode_all(bomb.as_slice(), 3).unwrap()] {
        assert!(packed.len() < 20_000);
        let error = read_all(packed, 1_000_000).unwrap_err();
        assert!(is_too_large(&error));
        assert!(error.to_string().contains("1000000 bytes"));
    }
    assert_eq!(read_all(vec![b'x'; 100], 100).unwrap().len(), 100);
    assert!(read_all(vec![b'x'; 101], 100).is_err());
}

#[test]
fn a_damaged_archive_is_an_error_and_not_a_short_list() {
    let text = (0..2000)
        .map(|n| format!("name{}.vn\n", n * 7919))
        .collect::<String>();
    for packed in [
        gzip(text.as_bytes()),
        zstd::encode_all(text.as_bytes(), 3).unwrap(),
    ] {
        let error = read_all(packed[..packed.len() / 2].to_vec(), 1 << 20).unwrap_err();
        assert!(!is_too_large(&error));
        let mut flipped = packed.clone();
        let middle = flipped.len() - 2; // in the checksum or the last block
        flipped[middle] ^= 0xff;
        let read = read_all(flipped, 1 << 20);
        assert!(read.is_err() || read.unwrap() != text.as_bytes());
    }
}

#[test]
fn what_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let directory = open(folder.path()).err().unwrap();
    assert!(matches!(directory, InputError::Directory(_)));
    let missing = open(&folder.path().join("none")).err().unwrap();
    assert!(missing.to_string().contains("none"));
}

#[test]
fn an_archive_is_not_read_as_a_list() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(5);
    builder
        .append_data(&mut header, "x/domains", b"a.vn\n".as_slice())
        .unwrap();
    let bytes = builder.into_inner().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("a.tar", bytes.clone()), ("b.tgz", gzip(&bytes))] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(open(&path), Err(InputError::Archive(_))));
    }
    let path = folder.path().join("list.gz");
    std::fs::write(&path, gzip(b"a.vn\n")).unwrap();
    let mut text = String::new();
    open(&path).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "a.vn\n");
}
