//! Approving a mass change: whoever signs sees first what the list holds, what it held, and what it is
//! to do. The hash is worked out from the list itself; nobody signs one that somebody told them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use data_encoding::HEXLOWER;
use lachan_lists::canonical::{self, Info, Kind, ReadError};
use lachan_lists::delta::MOST_LENGTH;
use lachan_policy::ruleset::ListClass;
use lachan_wire::tuf::list::{self, About, approve};

use super::command::{KeysError, Say, passphrase, write};
use super::file;

/// First bytes of what zstd packs: a list's target. No canonical list begins with them.
const PACKED: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// `lachan-hub keys approve`.
#[derive(Debug, Args)]
pub struct Approval {
    /// Mã danh sách · The list's id
    #[arg(long)]
    pub list: String,
    /// Danh sách sẽ công bố: tệp chuẩn, hoặc tệp .list.zst; tệp rỗng là bỏ danh sách · The list that will be published: the canonical file, or the .list.zst; an empty file drops the list
    #[arg(long)]
    pub file: PathBuf,
    /// Danh sách đang dùng, để so sánh · The list in use, to compare with
    #[arg(long)]
    pub before: Option<PathBuf>,
    /// Nhóm nội dung · Its category
    #[arg(long)]
    pub category: String,
    /// Danh sách làm gì: own, imported, always-open… · What it does: own, imported, always-open…
    #[arg(long, value_parser = class)]
    pub class: ListClass,
    /// Phiên bản của danh sách · The list's version
    #[arg(long)]
    pub version: u64,
    /// Tệp bí mật của khóa · The secret file of the key
    #[arg(long)]
    pub key: PathBuf,
    /// Ghi chữ ký vào đây · Where the signature goes
    #[arg(long)]
    pub out: PathBuf,
    /// Đọc mật khẩu từ tệp này · Read the passphrase from this file
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
}

fn class(text: &str) -> Result<ListClass, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

/// Reads, tells, signs.
pub(super) fn run(approval: &Approval, vi: bool, say: &mut Say<'_>) -> Result<bool, KeysError> {
    let Approval {
        list, class, file, ..
    } = approval;
    if list::path_of(list).is_none() || !list::may_travel(*class) {
        return Err(KeysError::NoList(list.clone()));
    }
    let kind = if *class == ListClass::Sealed {
        Kind::Sealed
    } else {
        Kind::Open
    };
    let info = read(file, kind)?;
    let about = About {
        category: approval.category.clone(),
        class: *class,
        entries: info.entries,
        length: info.length,
        sha256: HEXLOWER.encode(&info.sha256),
        version: approval.version,
        licence: String::new(),
        name_vi: String::new(),
        name_en: String::new(),
    };
    describe(approval, &about, kind, say)?;
    let words = passphrase(&approval.key, approval.passphrase_file.as_deref(), vi)?;
    let secret = file::load(&approval.key, words)?;
    let signature = approve(list, &about, &secret.key);
    let out = &approval.out;
    let text = serde_json::to_vec_pretty(&signature).map_err(|error| KeysError::Write {
        path: out.clone(),
        source: error.into(),
    })?;
    write(out, &text)?;
    let (version, place) = (about.version, out.display());
    say(
        format!("Đã duyệt danh sách {list} phiên bản {version}: {place}"),
        format!("Approved list {list} version {version}: {place}"),
    )?;
    Ok(true)
}

/// What is about to be approved, in words.
fn describe(
    approval: &Approval,
    about: &About,
    kind: Kind,
    say: &mut Say<'_>,
) -> Result<(), KeysError> {
    let (list, version, category) = (&approval.list, about.version, &about.category);
    let class = serde_json::to_value(about.class).unwrap_or_default();
    let class = class.as_str().unwrap_or_default();
    let (sha256, after) = (&about.sha256, about.entries);
    say(
        format!(
            "Danh sách {list}, phiên bản {version}: nhóm {category}, loại {class}\nSHA-256 {sha256}"
        ),
        format!(
            "List {list}, version {version}: category {category}, class {class}\nSHA-256 {sha256}"
        ),
    )?;
    let Some(before) = &approval.before else {
        return say(
            format!("Số mục: {after}. Không có danh sách cũ để so sánh (--before)."),
            format!("Entries: {after}. No list to compare with was given (--before)."),
        );
    };
    let old = read(before, kind)?.entries;
    let wrong = |path: &Path| {
        let path = path.to_owned();
        |source| KeysError::List {
            path,
            source: ReadError::Io(source),
        }
    };
    let counted = canonical::difference(
        open(before).map_err(wrong(before))?,
        open(&approval.file).map_err(wrong(&approval.file))?,
    );
    let (removed, added) = counted.map_err(wrong(before))?;
    say(
        format!("Số mục: trước {old}, sau {after}; bỏ {removed}, thêm {added}"),
        format!("Entries: {old} before, {after} after; {removed} removed, {added} added"),
    )
}

fn read(path: &Path, kind: Kind) -> Result<Info, KeysError> {
    let wrong = |source| KeysError::List {
        path: path.to_owned(),
        source,
    };
    let input = open(path).map_err(|error| wrong(error.into()))?;
    canonical::read(kind, input, |_, _| {}).map_err(wrong)
}

/// The canonical text of a file, packed or not, up to the longest that a list may have.
fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    if file.fill_buf()?.starts_with(&PACKED) {
        let packed = zstd::Decoder::with_buffer(file)?;
        return Ok(Box::new(BufReader::new(packed.take(MOST_LENGTH))));
    }
    Ok(Box::new(file.take(MOST_LENGTH)))
}
