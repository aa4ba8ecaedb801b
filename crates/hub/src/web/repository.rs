//! The folder of what was published, as any web server would serve it: whole files and parts of them, known again by a tag.
//! Nothing in it is secret, and all of it proves itself.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use axum::body::{Body, Bytes};
use axum::extract::{Path as UrlPath, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use lachan_web::Code;
use lachan_web::serve::Refused;
use tokio::task::spawn_blocking;

use super::state::Hub;

/// Bytes that are read and sent at once.
const PIECE: u64 = 64 << 10;
/// Where metadata lies in the folder.
const METADATA: &str = "metadata";
/// Largest root that a box is given, in bytes.
const MOST_ROOT: u64 = 256 << 10;

/// A file of the repository.
pub(super) async fn file(
    State(hub): State<Hub>,
    UrlPath(path): UrlPath<String>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let path = inside(&hub.settings.repository, &path).ok_or(Code::NotFound)?;
    let opened = spawn_blocking(move || open(&path)).await;
    let found = opened.map_err(|_| Code::Internal)?;
    let (file, length, tag) = found.map_err(|_| Code::NotFound)?;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let fields = [
        (ETAG, tag.clone()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        // Whoever stands between asks again; names with a hash in them could be kept longer, but not all have one.
        (CACHE_CONTROL, "no-cache".to_owned()),
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
    ];
    if text(IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
        return Ok((StatusCode::NOT_MODIFIED, fields).into_response());
    }
    // A part of another version is no part of this one (RFC 9110 §13.1.5).
    let is_same = text(IF_RANGE).is_none_or(|known| known == tag);
    let wanted = text(RANGE)
        .filter(|_| is_same)
        .map(|range| part(range, length));
    match wanted {
        None | Some(Part::Whole) => {
            let size = [(CONTENT_LENGTH, length.to_string())];
            Ok((fields, size, pieces(file, 0, length)).into_response())
        }
        Some(Part::From { first, last }) => {
            let count = last - first + 1;
            let size = [
                (CONTENT_LENGTH, count.to_string()),
                (CONTENT_RANGE, format!("bytes {first}-{last}/{length}")),
            ];
            let body = pieces(file, first, count);
            Ok((StatusCode::PARTIAL_CONTENT, fields, size, body).into_response())
        }
        Some(Part::None) => {
            let size = [(CONTENT_RANGE, format!("bytes */{length}"))];
            Ok((StatusCode::RANGE_NOT_SATISFIABLE, size).into_response())
        }
    }
}

/// A path below the folder: plain names only.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with('.')
            && name.len() <= 200
            && name.bytes().all(is_plain)
    };
    let mut whole = folder.to_path_buf();
    let mut depth = 0;
    for name in path.split('/') {
        depth += 1;
        if !is_name(name) || depth > 6 {
            return None;
        }
        whole.push(name);
    }
    Some(whole)
}

/// A file, its length, and the tag of its version: it is written beside and renamed, so time and length tell versions apart.
fn open(path: &Path) -> io::Result<(File, u64, String)> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let changed = about
        .modified()?
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let tag = format!("\"{:x}-{:x}\"", changed.as_nanos(), about.len());
    Ok((file, about.len(), tag))
}

/// Which part is wanted.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Whole,
    From { first: u64, last: u64 },
    None,
}

/// Reads `bytes=FIRST-LAST`, `bytes=FIRST-`, `bytes=-COUNT`; several parts, and what is none, are answered by the whole (RFC
/// 9110 §14.2).
fn part(range: &str, length: u64) -> Part {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .and_then(|text| text.split_once('-'))
    else {
        return Part::Whole;
    };
    let (first, last) = match (first.trim(), last.trim()) {
        ("", count) => match count.parse::<u64>() {
            Ok(0) => return Part::None,
            Ok(count) => (length.saturating_sub(count), length.saturating_sub(1)),
            Err(_) => return Part::Whole,
        },
        (first, "") => match first.parse() {
            Ok(first) => (first, length.saturating_sub(1)),
            Err(_) => return Part::Whole,
        },
        (first, last) => match (first.parse(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => (first, last.min(length.saturating_sub(1))),
            _ => return Part::Whole,
        },
    };
    if first >= length {
        return Part::None;
    }
    Part::From { first, last }
}

/// A stretch of a file, piece by piece: a large list never lies in memory whole.
fn pieces(file: File, from: u64, count: u64) -> Body {
    let read = |rest: Option<(File, u64, u64)>| async move {
        let (file, from, left) = rest.filter(|(_, _, left)| *left > 0)?;
        let piece = spawn_blocking(move || piece(file, from, left)).await;
        match piece.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok((piece, rest)) => Some((Ok(piece), Some(rest))),
            // The connection ends short of the length that was told, so nobody takes it for the whole.
            Err(error) => Some((Err(error), None)),
        }
    };
    Body::from_stream(stream::unfold(Some((file, from, count)), read))
}

type Piece = (Bytes, (File, u64, u64));

fn piece(mut file: File, from: u64, left: u64) -> io::Result<Piece> {
    let size = left.min(PIECE);
    let mut piece = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    let taken = (&file).take(size).read_to_end(&mut piece)?;
    if u64::try_from(taken).ok() != Some(size) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((Bytes::from(piece), (file, from + size, left - size)))
}

/// The newest root of the repository: what a box that joins begins to trust, proved to it by its code.
pub(super) async fn newest_root(repository: &Path) -> Option<Vec<u8>> {
    let folder = repository.join(METADATA);
    spawn_blocking(move || {
        let entries = fs::read_dir(&folder).ok()?;
        let version = |entry: io::Result<fs::DirEntry>| {
            let name = entry.ok()?.file_name();
            name.to_str()?
                .strip_suffix(".root.json")?
                .parse::<u64>()
                .ok()
        };
        let newest = entries.filter_map(version).max()?;
        let path = folder.join(format!("{newest}.root.json"));
        if fs::metadata(&path).ok()?.len() > MOST_ROOT {
            return None;
        }
        fs::read(path).ok()
    })
    .await
    .ok()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out() {
        let folder = Path::new("/srv/repository");
        assert_eq!(
            inside(folder, "metadata/1.root.json").unwrap(),
            folder.join("metadata/1.root.json")
        );
        for bad in [
            "",
            "..",
            "../x",
            "a/../b",
            "/etc/passwd",
            "a//b",
            ".hidden",
            "a/.b",
            "a\\b",
            "a\0b",
            "a/b/c/d/e/f/g",
            "á",
        ] {
            assert_eq!(inside(folder, bad), None, "{bad:?}");
        }
    }

    #[test]
    fn parts_are_those_of_the_rfc() {
        let from = |first, last| Part::From { first, last };
        for (range, expected) in [
            ("bytes=0-0", from(0, 0)),
            ("bytes=2-", from(2, 9)),
            ("bytes=2-99", from(2, 9)),
            ("bytes=-3", from(7, 9)),
            ("bytes=-99", from(0, 9)),
            ("bytes=10-", Part::None),
            ("bytes=-0", Part::None),
            ("bytes=3-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("items=0-1", Part::Whole),
            ("bytes=x-", Part::Whole),
        ] {
            assert_eq!(part(range, 10), expected, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Part::None);
    }
}
