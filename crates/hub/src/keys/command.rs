//! The command line of the ceremony.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::secrecy::SecretString;
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use lachan_lists::canonical::ReadError;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::approve::{self, Approval};
use super::ceremony::{self, CeremonyError, RoleChange};
use super::file::{self, KeyFileError};
use super::show::describe;

/// The language of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

/// `lachan-hub keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// Ngôn ngữ in ra · Language of what is printed
    #[arg(long, global = true, value_enum, default_value_t)]
    pub lang: Language,
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// A step of the ceremony.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Tạo một khóa: tệp bí mật và tệp .pub để gửi đi · Make a key: a secret file, and a .pub to send
    Make {
        /// Tệp bí mật · The secret file
        file: PathBuf,
        /// Khóa của ai · Whose key it is
        #[arg(long)]
        label: String,
        /// Không đặt mật khẩu, chỉ để thử · Without a passphrase, for tests only
        #[arg(long)]
        no_passphrase: bool,
        /// Đọc mật khẩu từ tệp này · Read the passphrase from this file
        #[arg(long, conflicts_with = "no_passphrase")]
        passphrase_file: Option<PathBuf>,
    },
    /// Soạn tệp root mới · Draft the next root
    DraftRoot(Draft),
    /// Soạn tệp targets mới: ai được ký gì · Draft the next targets: who may sign what
    DraftTargets(Draft),
    /// Soạn tệp firmware hoặc approval mới · Draft the next firmware or approval file
    DraftRole {
        /// Ghi vào tệp này · Write to this file
        #[arg(long)]
        out: PathBuf,
        /// Tệp đang dùng · The file in use
        #[arg(long)]
        from: Option<PathBuf>,
        /// Số ngày còn hiệu lực · Days until it ends
        #[arg(long, default_value_t = 365)]
        days: u16,
        /// Thêm tệp này · Add this file
        #[arg(long)]
        add: Vec<PathBuf>,
        /// Bỏ tệp có tên này · Drop the file of this name
        #[arg(long)]
        drop: Vec<String>,
    },
    /// Xem tệp nói gì · Say in words what a file says
    Show {
        /// Tệp · The file
        file: PathBuf,
    },
    /// Ký một tệp bằng khóa của mình · Sign a file with one's key
    Sign {
        /// Tệp cần ký · The file to sign
        file: PathBuf,
        /// Tệp bí mật của khóa · The secret file of the key
        #[arg(long)]
        key: PathBuf,
        /// Ghi bản đã ký vào đây; không có thì ghi vào chính tệp đó · Where the signed copy goes; else the file itself
        #[arg(long)]
        out: Option<PathBuf>,
        /// Đọc mật khẩu từ tệp này · Read the passphrase from this file
        #[arg(long)]
        passphrase_file: Option<PathBuf>,
    },
    /// Gộp chữ ký của nhiều bản · Merge the signatures of several copies
    Merge {
        /// Ghi vào tệp này · Write to this file
        #[arg(long)]
        out: PathBuf,
        /// Tệp root hoặc targets để biết chữ ký nào đúng, khi các bản khác nhau · The root or targets by which to tell the valid signature, when copies differ
        #[arg(long)]
        trust: Option<PathBuf>,
        /// Các bản đã ký · The signed copies
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Kiểm tra đã đủ chữ ký chưa · Check whether enough keys have signed
    Verify {
        /// Tệp · The file
        file: PathBuf,
        /// Vai trò của tệp · The file's role
        #[arg(long)]
        role: String,
        /// Tệp root (hoặc targets, cho vai trò bên dưới) để tin theo; root mới thì là root cũ · The root (or targets, for a role below) to trust; for a new root the old one
        #[arg(long)]
        trust: PathBuf,
    },
    /// Duyệt một thay đổi lớn của danh sách, sau khi đọc chính danh sách đó · Approve a mass change of a list, after reading that very list
    Approve(Approval),
}

/// A draft of root or targets.
#[derive(Debug, Args)]
pub struct Draft {
    /// Ghi vào tệp này · Write to this file
    #[arg(long)]
    pub out: PathBuf,
    /// Tệp đang dùng, để soạn bản kế tiếp · The file in use, for the one after it
    #[arg(long)]
    pub from: Option<PathBuf>,
    /// Số ngày còn hiệu lực · Days until it ends
    #[arg(long, default_value_t = 365)]
    pub days: u16,
    /// Thêm khóa cho một vai trò · Add a key to a role
    #[arg(long, value_name = "ROLE=FILE.pub")]
    pub key: Vec<OfRole>,
    /// Bỏ khóa của một vai trò · Take a key from a role
    #[arg(long, value_name = "ROLE=KEYID")]
    pub remove: Vec<OfRole>,
    /// Số chữ ký cần có của một vai trò · Signatures a role needs
    #[arg(long, value_name = "ROLE=N")]
    pub threshold: Vec<OfRole>,
}

/// `ROLE=VALUE`.
#[derive(Debug, Clone)]
pub struct OfRole {
    role: String,
    value: String,
}

impl FromStr for OfRole {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once('=')
            .filter(|(role, value)| !role.is_empty() && !value.is_empty());
        let (role, value) = parts.ok_or("ROLE=VALUE")?;
        Ok(Self {
            role: role.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// What the ceremony says.
    #[error("{}", .file.display())]
    Ceremony {
        /// The file it says it of.
        file: PathBuf,
        /// What.
        #[source]
        source: CeremonyError,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The terminal.
    #[error("the passphrase cannot be read")]
    Terminal(#[source] io::Error),
    /// A passphrase that protects nothing.
    #[error("the passphrase is shorter than {MIN_PASSPHRASE} characters")]
    ShortPassphrase,
    /// A list that is to be approved.
    #[error("{}", .path.display())]
    List {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ReadError,
    },
    /// A list that may not be published.
    #[error("{0:?} is no list that can be published")]
    NoList(String),
    /// No number.
    #[error("{0:?} is no number of signatures")]
    Threshold(String),
    /// Output.
    #[error("the outcome cannot be printed")]
    Print(#[source] io::Error),
}

/// Shortest passphrase that is taken.
const MIN_PASSPHRASE: usize = 12;

/// Does one step and prints what came of it; `false` when the answer is no.
///
/// # Errors
/// [`KeysError`].
pub fn run(args: KeysArgs) -> Result<bool, KeysError> {
    run_to(args, &mut anstream::stdout(), Timestamp::now().as_second())
}

/// [`run`] with the time and to another place than the terminal.
///
/// # Errors
/// [`KeysError`].
pub fn run_to(args: KeysArgs, out: &mut impl Write, now: i64) -> Result<bool, KeysError> {
    let vi = args.lang == Language::Vi;
    let mut say = |vietnamese: String, english: String| {
        writeln!(out, "{}", if vi { vietnamese } else { english }).map_err(KeysError::Print)
    };
    match args.command {
        KeysCommand::Make {
            file,
            label,
            no_passphrase,
            passphrase_file,
        } => {
            let passphrase = match (no_passphrase, passphrase_file) {
                (true, _) => None,
                (false, from) => Some(new_passphrase(from.as_deref(), vi)?),
            };
            let public = file::make(&file, &label, passphrase)?;
            let place = file::public_path(&file).display().to_string();
            say(
                format!(
                    "Đã tạo khóa {}. Gửi tệp {place} cho người tổ chức; giữ kín tệp {}.",
                    public.keyid,
                    file.display()
                ),
                format!(
                    "Made key {}. Send {place} to the organiser; keep {} secret.",
                    public.keyid,
                    file.display()
                ),
            )?;
            Ok(true)
        }
        KeysCommand::DraftRoot(draft) => drafted(&draft, now, ceremony::draft_root, &mut say),
        KeysCommand::DraftTargets(draft) => drafted(&draft, now, ceremony::draft_targets, &mut say),
        KeysCommand::DraftRole {
            out,
            from,
            days,
            add,
            drop,
        } => {
            let old = from.as_deref().map(file::read).transpose()?;
            let mut added = Vec::new();
            for path in &add {
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let bytes = fs::read(path).map_err(|source| KeyFileError::Io {
                    path: path.clone(),
                    source,
                })?;
                added.push((name, bytes));
            }
            let draft = ceremony::draft_role(old.as_deref(), &added, &drop, ends(now, days))
                .map_err(of(&out))?;
            write_draft(&out, &draft, &mut say)
        }
        KeysCommand::Show { file } => {
            let words = describe(&file::read(&file)?, args.lang).map_err(of(&file))?;
            say(words.clone(), words)?;
            Ok(true)
        }
        KeysCommand::Sign {
            file,
            key,
            out,
            passphrase_file,
        } => {
            let bytes = file::read(&file)?;
            let words = describe(&bytes, args.lang).map_err(of(&file))?;
            say(words.clone(), words)?;
            let secret = file::load(&key, passphrase(&key, passphrase_file.as_deref(), vi)?)?;
            let signed = ceremony::add_signature(&bytes, &secret.key).map_err(of(&file))?;
            let place = out.unwrap_or(file);
            write(&place, &signed)?;
            let (label, place) = (&secret.label, place.display());
            say(
                format!("Đã ký bằng khóa của {label}: {place}"),
                format!("Signed with the key of {label}: {place}"),
            )?;
            Ok(true)
        }
        KeysCommand::Merge { out, trust, files } => {
            let trust = trust.as_deref().map(file::read).transpose()?;
            let copies = files
                .iter()
                .map(|path| file::read(path))
                .collect::<Result<Vec<_>, _>>()?;
            let merged = ceremony::merge(&copies, trust.as_deref()).map_err(of(&out))?;
            write(&out, &merged)?;
            let place = out.display();
            say(
                format!("Đã gộp {} bản vào {place}", files.len()),
                format!("Merged {} copies into {place}", files.len()),
            )?;
            Ok(true)
        }
        KeysCommand::Verify { file, role, trust } => {
            let (bytes, trusted) = (file::read(&file)?, file::read(&trust)?);
            let (valid, need) = ceremony::signers_of(&bytes, &trusted, &role).map_err(of(&file))?;
            for id in &valid {
                say(
                    format!("Chữ ký đúng: {id}"),
                    format!("Valid signature: {id}"),
                )?;
            }
            let mut enough = valid.len() as u64 >= need;
            let have = valid.len();
            say(
                format!("Có {have}, cần {need}"),
                format!("{have} of {need} needed"),
            )?;
            if role == "root" {
                // A new root also needs the threshold of its own keys.
                let (own, need) =
                    ceremony::signers_of(&bytes, &bytes, "root").map_err(of(&file))?;
                let have = own.len();
                say(
                    format!("Khóa của chính tệp này: có {have}, cần {need}"),
                    format!("Its own keys: {have} of {need} needed"),
                )?;
                enough &= own.len() as u64 >= need;
            }
            if enough {
                say(
                    "Đủ chữ ký.".to_owned(),
                    "Enough keys have signed.".to_owned(),
                )?;
            } else {
                say(
                    "CHƯA đủ chữ ký.".to_owned(),
                    "NOT enough keys have signed.".to_owned(),
                )?;
            }
            Ok(enough)
        }
        KeysCommand::Approve(approval) => approve::run(&approval, vi, &mut say),
    }
}

pub(super) type Say<'a> = dyn FnMut(String, String) -> Result<(), KeysError> + 'a;
type MakeDraft =
    fn(Option<&[u8]>, &BTreeMap<String, RoleChange>, i64) -> Result<Vec<u8>, CeremonyError>;

fn drafted(draft: &Draft, now: i64, make: MakeDraft, say: &mut Say<'_>) -> Result<bool, KeysError> {
    let old = draft.from.as_deref().map(file::read).transpose()?;
    let mut changes: BTreeMap<String, RoleChange> = BTreeMap::new();
    for OfRole { role, value } in &draft.key {
        let public = file::read_public(Path::new(value))?;
        changes.entry(role.clone()).or_default().add.push(public);
    }
    for OfRole { role, value } in &draft.remove {
        changes
            .entry(role.clone())
            .or_default()
            .remove
            .push(value.clone());
    }
    for OfRole { role, value } in &draft.threshold {
        let number = value
            .parse()
            .map_err(|_| KeysError::Threshold(value.clone()))?;
        changes.entry(role.clone()).or_default().threshold = Some(number);
    }
    let made = make(old.as_deref(), &changes, ends(now, draft.days)).map_err(of(&draft.out))?;
    write_draft(&draft.out, &made, say)
}

fn write_draft(out: &Path, bytes: &[u8], say: &mut Say<'_>) -> Result<bool, KeysError> {
    write(out, bytes)?;
    let place = out.display();
    say(
        format!("Đã soạn {place}. Gửi cho mọi người xem (show) và ký (sign)."),
        format!("Drafted {place}. Send it to everybody to look at (show) and to sign."),
    )?;
    Ok(true)
}

fn ends(now: i64, days: u16) -> i64 {
    now.saturating_add(i64::from(days) * 86_400)
}

fn of(file: &Path) -> impl Fn(CeremonyError) -> KeysError + '_ {
    |source| KeysError::Ceremony {
        file: file.to_owned(),
        source,
    }
}

/// Replaces a file whole: a stick that is pulled out leaves the old one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let written = fs::write(&beside, bytes)
        .and_then(|()| fs::File::open(&beside)?.sync_all())
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|source| KeysError::Write {
        path: path.to_owned(),
        source,
    })
}

pub(super) fn passphrase(
    key: &Path,
    from: Option<&Path>,
    vi: bool,
) -> Result<Option<SecretString>, KeysError> {
    if !file::is_sealed(key)? {
        return Ok(None);
    }
    read_passphrase(from, vi).map(Some)
}

fn new_passphrase(from: Option<&Path>, vi: bool) -> Result<SecretString, KeysError> {
    use age::secrecy::ExposeSecret as _;
    let passphrase = read_passphrase(from, vi)?;
    if passphrase.expose_secret().chars().count() < MIN_PASSPHRASE {
        return Err(KeysError::ShortPassphrase);
    }
    Ok(passphrase)
}

/// The first line of a file, or of the terminal, which then does not show it.
fn read_passphrase(from: Option<&Path>, vi: bool) -> Result<SecretString, KeysError> {
    if let Some(path) = from {
        let text = Zeroizing::new(fs::read_to_string(path).map_err(|source| KeyFileError::Io {
            path: path.to_owned(),
            source,
        })?);
        return Ok(SecretString::from(
            text.lines().next().unwrap_or_default().to_owned(),
        ));
    }
    let ask = if vi { "Mật khẩu: " } else { "Passphrase: " };
    let mut screen = anstream::stderr();
    write!(screen, "{ask}")
        .and_then(|()| screen.flush())
        .map_err(KeysError::Terminal)?;
    let input = io::stdin();
    let shown = tcgetattr(&input).ok();
    if let Some(shown) = &shown {
        let mut silent = shown.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&input, OptionalActions::Flush, &silent)
            .map_err(|error| KeysError::Terminal(error.into()))?;
    }
    let mut line = Zeroizing::new(String::new());
    let read = input.lock().read_line(&mut line);
    if let Some(shown) = &shown {
        tcsetattr(&input, OptionalActions::Flush, shown)
            .map_err(|error| KeysError::Terminal(error.into()))?;
        writeln!(screen).map_err(KeysError::Terminal)?;
    }
    read.map_err(KeysError::Terminal)?;
    Ok(SecretString::from(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}
