//! Group tokens: made here from the kernel's randomness, given out once, kept as hashes.

use std::collections::HashMap;

use lachan_policy::{Group, GroupId, Token, TokenHash, TokenMark};
use rusqlite::{Connection, Transaction, params};
use serde_json::json;

use crate::audit::{self, Act, AuthorError, Change};
use crate::error::{DbError, keep};
use crate::groups;
use crate::{Reader, Store};

/// Most tokens of a group at a time: the one in use, those of devices that are being changed over,
/// and some to spare.
pub const MAX_TOKENS: usize = 8;

/// Why a token was not made or taken back. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// No group has the name.
    #[error("there is no group {0:?}; `lachan groups list` shows them all")]
    Group(String),
    /// It has [`MAX_TOKENS`].
    #[error("the group {0:?} has {MAX_TOKENS} tokens already; take back one that is not in use")]
    TooMany(String),
    /// No token of the group begins so.
    #[error("no token of the group {group:?} begins with {first:?}")]
    Unknown {
        /// The group.
        group: String,
        /// What it was to begin with; empty when the group has none at all.
        first: String,
    },
    /// The kernel gave no randomness.
    #[error("the system gives no random numbers, so no token can be made; try again")]
    Random(#[source] getrandom::Error),
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Store {
    /// Makes a token for a group, beside those it has. Only what is needed to know it again is
    /// stored: it can never be shown a second time.
    ///
    /// # Errors
    /// [`TokenError`]: no such group, it has too many, or the database refused.
    pub fn add_token(&self, act: &Act, group: &str) -> Result<Token, TokenError> {
        act.check()?;
        let (act, name) = (act.clone(), group.to_owned());
        self.write(move |step| {
            let group = named(step, &name)?;
            if group.tokens.len() >= MAX_TOKENS {
                return Err(TokenError::TooMany(group.name));
            }
            let token = unlike(&load(step)?)?;
            insert(step, &act, &group, &token.mark())?;
            Ok(token)
        })
    }

    /// Takes back the tokens of a group that begin so, or all of them; gives them back.
    ///
    /// # Errors
    /// [`TokenError`]: no such group or token, or the database refused.
    pub fn revoke_tokens(
        &self,
        act: &Act,
        group: &str,
        first: Option<&str>,
    ) -> Result<Vec<TokenMark>, TokenError> {
        act.check()?;
        let (act, name) = (act.clone(), group.to_owned());
        // As much of a token as people are shown: more may be given, less would take back others.
        let shown = |first: &str| first.chars().take(TokenMark::SHOWN).collect::<String>();
        let first = first.map(|first| shown(first.trim()).to_lowercase());
        self.write(move |step| {
            let group = named(step, &name)?;
            let is_meant =
                |mark: &&TokenMark| first.as_ref().is_none_or(|first| mark.first == *first);
            let ended: Vec<TokenMark> = group.tokens.iter().filter(is_meant).cloned().collect();
            if ended.is_empty() {
                return Err(TokenError::Unknown {
                    group: group.name,
                    first: first.unwrap_or_default(),
                });
            }
            for mark in &ended {
                revoke(step, &act, &group, mark)?;
            }
            Ok(ended)
        })
    }
}

/// A token as people are shown it: it can be told from others, and never be made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeToken {
    /// Its first characters.
    pub first: String,
    /// Unix seconds; `None` when the box did not know the time.
    pub made_at: Option<i64>,
    /// Who made it.
    pub made_by: String,
}

impl Reader {
    /// The tokens of a group, the oldest first.
    ///
    /// # Errors
    /// The database.
    pub fn tokens(&self, group: GroupId) -> Result<Vec<MadeToken>, DbError> {
        let sql = "SELECT first, made_at, made_by FROM group_tokens WHERE group_id = ?1
                   ORDER BY made_at, first";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([group.0], |row| {
            Ok(MadeToken {
                first: row.get(0)?,
                made_at: row.get(1)?,
                made_by: row.get(2)?,
            })
        })?;
        rows.collect::<Result<_, _>>().map_err(DbError::from)
    }
}

fn named(step: &Transaction<'_>, name: &str) -> Result<Group, TokenError> {
    groups::find(step, name)?.ok_or_else(|| TokenError::Group(name.to_owned()))
}

/// A new token that people can tell from all the others by what they are shown of it.
fn unlike(all: &HashMap<GroupId, Vec<TokenMark>>) -> Result<Token, TokenError> {
    loop {
        let mut bytes = [0; 10];
        getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
        let token = Token::from_bytes(bytes);
        let first = token.mark().first;
        if !all.values().flatten().any(|mark| mark.first == first) {
            return Ok(token);
        }
    }
}

fn insert(
    step: &Transaction<'_>,
    act: &Act,
    group: &Group,
    mark: &TokenMark,
) -> Result<(), DbError> {
    step.execute(
        "INSERT INTO group_tokens (hash, group_id, first, made_at, made_by) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![mark.hash.to_bytes(), group.id.0, mark.first, act.at, act.author],
    )?;
    let after = json!({ "first": mark.first });
    audit::record(step, act, Change::AddToken, &group.name, None, Some(&after))
}

fn revoke(
    step: &Transaction<'_>,
    act: &Act,
    group: &Group,
    mark: &TokenMark,
) -> Result<(), DbError> {
    step.execute(
        "DELETE FROM group_tokens WHERE hash = ?1",
        [mark.hash.to_bytes()],
    )?;
    let before = json!({ "first": mark.first });
    audit::record(
        step,
        act,
        Change::RevokeToken,
        &group.name,
        Some(&before),
        None,
    )
}

/// All tokens by their group. One that cannot be read is told in the log and left out.
pub(crate) fn load(connection: &Connection) -> Result<HashMap<GroupId, Vec<TokenMark>>, DbError> {
    let sql = "SELECT group_id, hash, first FROM group_tokens ORDER BY group_id, first";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let hash = <[u8; 16]>::try_from(row.get_ref(1)?.as_blob().unwrap_or_default());
        let first: String = row.get(2)?;
        let read = u32::try_from(id).ok().zip(hash.ok()).map(|(group, hash)| {
            let hash = TokenHash::from_bytes(hash);
            (GroupId(group), TokenMark { hash, first })
        });
        let unreadable = || DbError::Unreadable {
            table: "group_tokens",
            id,
        };
        keep(&mut all, read.ok_or_else(unreadable))?;
    }
    let mut by_group: HashMap<GroupId, Vec<TokenMark>> = HashMap::new();
    for (group, mark) in all {
        by_group.entry(group).or_default().push(mark);
    }
    Ok(by_group)
}
