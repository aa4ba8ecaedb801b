//! Changes of the tree. Each says from when it counts, which may lie in the past (a decision is entered when it is known)
//! but not before the last change of the same thing.

use serde_json::json;

use super::{Unit, look, stands_below};
use crate::audit::{self, Act, Action};
use crate::storage::{Failed, OPEN, Storage, Tx};

/// Longest name of a unit, in characters.
const LONGEST_NAME: usize = 160;
/// Longest code.
const LONGEST_CODE: usize = 40;

/// A unit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUnit {
    /// Its id, made by the caller.
    pub id: String,
    /// The id of its kind.
    pub kind: String,
    /// Its code: letters, digits, `.`, `_`, `-`; nobody else's.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// What of a unit is to change; `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rename {
    /// Another name.
    pub name: Option<String>,
    /// Another code.
    pub code: Option<String>,
    /// Another kind.
    pub kind: Option<String>,
}

/// Why a change of the tree is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitRefusal {
    /// There is no such unit.
    #[error("there is no unit {0}")]
    Unknown(String),
    /// There is no such kind.
    #[error("there is no kind of units {0:?}")]
    Kind(String),
    /// The name is empty, too long, or has characters that are no text.
    #[error("a name has 1 to {LONGEST_NAME} characters on one line")]
    Name,
    /// The code is none.
    #[error("a code has 1 to {LONGEST_CODE} letters, digits, dots, hyphens or underscores")]
    Code,
    /// Another unit has the code.
    #[error("another unit has the code {0}")]
    CodeTaken(String),
    /// It cannot stand there: below itself, or below a kind that stands lower.
    #[error("the unit cannot stand at that place of the tree")]
    Place,
    /// It was merged.
    #[error("the unit was merged into another one")]
    Ended,
    /// Somebody changed it meanwhile.
    #[error("somebody changed the unit meanwhile")]
    Changed(Box<Unit>),
    /// The time lies ahead, or before the last change.
    #[error("a change counts from a time that has come, and not before the last one")]
    From,
    /// There is a tree already.
    #[error("the tree has a root already")]
    Rooted,
}

use UnitRefusal as Refusal;

type Done<T> = Result<T, Failed<Refusal>>;

/// Makes the root of an empty tree.
///
/// # Errors
/// [`UnitRefusal`], or the database failed.
pub async fn found(storage: &Storage, act: &Act, new: NewUnit) -> Done<Unit> {
    storage
        .write(|tx| {
            let (act, new) = (act.clone(), new.clone());
            Box::pin(async move { found_in(tx, &act, &new).await })
        })
        .await
}

/// As [`found`], within a transaction.
pub(crate) async fn found_in(tx: &mut Tx, act: &Act, new: &NewUnit) -> Done<Unit> {
    let sql = "SELECT COUNT(*) FROM units WHERE parent_id = ''";
    if sqlx::query_scalar::<_, i64>(sql)
        .fetch_one(&mut **tx)
        .await?
        > 0
    {
        return Err(Failed::Refused(Refusal::Rooted));
    }
    insert(tx, act, new, None).await
}

/// Makes a unit below another one.
///
/// # Errors
/// [`UnitRefusal`], or the database failed.
pub async fn add(storage: &Storage, act: &Act, parent: &str, new: NewUnit) -> Done<Unit> {
    storage
        .write_as(act, &[parent], |tx| {
            let (act, new, parent) = (act.clone(), new.clone(), parent.to_owned());
            Box::pin(async move { add_in(tx, &act, &parent, &new).await })
        })
        .await
}

/// As [`add`], within a transaction.
pub(crate) async fn add_in(tx: &mut Tx, act: &Act, parent: &str, new: &NewUnit) -> Done<Unit> {
    let parent = living(tx, parent).await?;
    if place_of(tx, &new.kind).await? <= place_of(tx, &parent.kind).await? {
        return Err(Failed::Refused(Refusal::Place));
    }
    insert(tx, act, new, Some(&parent)).await
}

async fn insert(tx: &mut Tx, act: &Act, new: &NewUnit, parent: Option<&Unit>) -> Done<Unit> {
    check_name(&new.name)?;
    check_code(&new.code)?;
    place_of(tx, &new.kind).await?;
    take_code(tx, &new.code, &new.id).await?;
    let parent_id = parent.map(|parent| parent.id.clone());
    let sql = "INSERT INTO units (unit_id, kind_id, code, name, search, parent_id, made_at, ended_at, merged_into, version)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 1)";
    sqlx::query(sql)
        .bind(&new.id)
        .bind(&new.kind)
        .bind(&new.code)
        .bind(&new.name)
        .bind(searched(&new.name, &new.code))
        .bind(parent_id.clone().unwrap_or_default())
        .bind(act.at)
        .bind(OPEN)
        .execute(&mut **tx)
        .await?;
    note_name(tx, &new.id, act.at, &new.kind, &new.code, &new.name).await?;
    let sql = "INSERT INTO unit_above (unit_id, above_id, from_at, until_at, distance) VALUES ($1, $1, $2, $3, 0)";
    sqlx::query(sql)
        .bind(&new.id)
        .bind(act.at)
        .bind(OPEN)
        .execute(&mut **tx)
        .await?;
    if let Some(parent) = &parent_id {
        stand_below(tx, &new.id, parent, act.at).await?;
    }
    let detail = json!({ "after": { "kind": new.kind, "code": new.code, "name": new.name, "parent": parent_id } });
    audit::record(tx, act, &new.id, Action::AddUnit, &new.name, &detail).await?;
    Ok(Unit {
        id: new.id.clone(),
        kind: new.kind.clone(),
        code: new.code.clone(),
        name: new.name.clone(),
        parent: parent_id,
        made_at: act.at,
        ended_at: None,
        merged_into: None,
        version: 1,
    })
}

/// Gives a unit that is still at this version another name, code or kind.
///
/// # Errors
/// [`UnitRefusal`], or the database failed.
pub async fn rename(
    storage: &Storage,
    act: &Act,
    unit: &str,
    version: i64,
    change: Rename,
    from: i64,
) -> Done<Unit> {
    storage
        .write_as(act, &[unit], |tx| {
            let (act, unit, change) = (act.clone(), unit.to_owned(), change.clone());
            Box::pin(async move { rename_in(tx, &act, &unit, version, change, from).await })
        })
        .await
}

async fn rename_in(
    tx: &mut Tx,
    act: &Act,
    unit: &str,
    version: i64,
    change: Rename,
    from: i64,
) -> Done<Unit> {
    let before = at_version(tx, unit, version).await?;
    let mut after = before.clone();
    after.name = change.name.unwrap_or(after.name);
    after.code = change.code.unwrap_or(after.code);
    after.kind = change.kind.unwrap_or(after.kind);
    check_name(&after.name)?;
    check_code(&after.code)?;
    if after.kind != before.kind {
        check_kind(tx, &after).await?;
    }
    if after.code != before.code {
        take_code(tx, &after.code, unit).await?;
        let sql = "DELETE FROM unit_codes WHERE code = $1";
        sqlx::query(sql)
            .bind(&before.code)
            .execute(&mut **tx)
            .await?;
    }
    let sql = "SELECT MAX(from_at) FROM unit_names WHERE unit_id = $1";
    let last: Option<i64> = sqlx::query_scalar(sql)
        .bind(unit)
        .fetch_one(&mut **tx)
        .await?;
    if from > act.at || last.is_some_and(|last| from < last) {
        return Err(Failed::Refused(Refusal::From));
    }
    note_name(tx, unit, from, &after.kind, &after.code, &after.name).await?;
    let sql =
        "UPDATE units SET kind_id = $2, code = $3, name = $4, search = $5, version = version + 1
               WHERE unit_id = $1";
    sqlx::query(sql)
        .bind(unit)
        .bind(&after.kind)
        .bind(&after.code)
        .bind(&after.name)
        .bind(searched(&after.name, &after.code))
        .execute(&mut **tx)
        .await?;
    after.version += 1;
    let of = |unit: &Unit| json!({ "kind": unit.kind, "code": unit.code, "name": unit.name });
    let detail = json!({ "before": of(&before), "after": of(&after), "from": from });
    audit::record(tx, act, unit, Action::RenameUnit, &before.name, &detail).await?;
    Ok(after)
}

/// Has a unit that is still at this version stand below another one.
///
/// # Errors
/// [`UnitRefusal`], or the database failed.
pub async fn relocate(
    storage: &Storage,
    act: &Act,
    unit: &str,
    version: i64,
    under: &str,
    from: i64,
) -> Done<Unit> {
    storage
        .write_as(act, &[unit, under], |tx| {
            let (act, unit, under) = (act.clone(), unit.to_owned(), under.to_owned());
            Box::pin(async move {
                let before = at_version(tx, &unit, version).await?;
                let target = living(tx, &under).await?;
                if place_of(tx, &before.kind).await? <= place_of(tx, &target.kind).await? {
                    return Err(Failed::Refused(Refusal::Place));
                }
                let after = reparent(tx, &act, &before, &target.id, from).await?;
                let detail =
                    json!({ "before": before.parent, "after": after.parent, "from": from });
                audit::record(tx, &act, &unit, Action::MoveUnit, &before.name, &detail).await?;
                Ok(after)
            })
        })
        .await
}

/// Merges a unit that is still at this version into another one of the same kind: what stood below it stands below that
/// one, and so does the unit itself, as one that has ended.
///
/// # Errors
/// [`UnitRefusal`], or the database failed.
pub async fn merge(
    storage: &Storage,
    act: &Act,
    unit: &str,
    version: i64,
    into: &str,
    from: i64,
) -> Done<Unit> {
    storage
        .write_as(act, &[unit, into], |tx| {
            let (act, unit, into) = (act.clone(), unit.to_owned(), into.to_owned());
            Box::pin(async move { merge_in(tx, &act, &unit, version, &into, from).await })
        })
        .await
}

async fn merge_in(
    tx: &mut Tx,
    act: &Act,
    unit: &str,
    version: i64,
    into: &str,
    from: i64,
) -> Done<Unit> {
    let before = at_version(tx, unit, version).await?;
    let target = living(tx, into).await?;
    if before.kind != target.kind || before.id == target.id {
        return Err(Failed::Refused(Refusal::Place));
    }
    let sql = super::select("WHERE u.parent_id = $1 ORDER BY u.unit_id");
    let rows = sqlx::query(sql).bind(unit).fetch_all(&mut **tx).await?;
    let children = rows.iter().map(Unit::of).collect::<Result<Vec<_>, _>>()?;
    for child in &children {
        reparent(tx, act, child, into, from).await?;
    }
    let mut after = reparent(tx, act, &before, into, from).await?;
    let sql = "UPDATE units SET ended_at = $2, merged_into = $3 WHERE unit_id = $1";
    sqlx::query(sql)
        .bind(unit)
        .bind(from)
        .bind(into)
        .execute(&mut **tx)
        .await?;
    after.ended_at = Some(from);
    after.merged_into = Some(into.to_owned());
    let moved: Vec<&str> = children.iter().map(|child| child.id.as_str()).collect();
    let detail = json!({ "into": into, "children": moved.len(), "from": from });
    audit::record(tx, act, unit, Action::MergeUnit, &before.name, &detail).await?;
    let detail = json!({ "merged": unit, "children": moved.len(), "from": from });
    audit::record(tx, act, into, Action::MergeUnit, &target.name, &detail).await?;
    Ok(after)
}

/// Takes a unit with all below it out of its place and puts it below another one, from a time on.
async fn reparent(tx: &mut Tx, act: &Act, unit: &Unit, under: &str, from: i64) -> Done<Unit> {
    // The root stays; and nothing stands below itself.
    let is_root = unit.parent.is_none();
    if is_root || stands_below(tx, under, &unit.id).await? {
        return Err(Failed::Refused(Refusal::Place));
    }
    let sql = "SELECT MAX(from_at) FROM unit_above WHERE until_at = $3 AND (unit_id = $1 OR unit_id = $2)";
    let last = sqlx::query_scalar::<_, Option<i64>>(sql)
        .bind(&unit.id)
        .bind(under)
        .bind(OPEN);
    let last = last.fetch_one(&mut **tx).await?;
    if from > act.at || last.is_some_and(|last| from < last) {
        return Err(Failed::Refused(Refusal::From));
    }
    // Pairs of whatever is at or below the unit with whatever was above it end, each whenever it began: an ancestor that
    // moved, or a unit that came later, gave the unit's pairs different beginnings. What would end before it began never was.
    let below =
        "unit_id IN (SELECT d.unit_id FROM unit_above d WHERE d.above_id = $1 AND d.until_at = $2)";
    let ended = format!(
        "UPDATE unit_above SET until_at = $3
         WHERE until_at = $2 AND {below}
           AND above_id IN (SELECT a.above_id FROM unit_above a
                            WHERE a.unit_id = $1 AND a.until_at = $2 AND a.distance > 0)"
    );
    let gone =
        format!("DELETE FROM unit_above WHERE until_at = $3 AND from_at >= until_at AND {below}");
    for sql in [ended, gone] {
        let sql = sqlx::AssertSqlSafe(sql);
        sqlx::query(sql)
            .bind(&unit.id)
            .bind(OPEN)
            .bind(from)
            .execute(&mut **tx)
            .await?;
    }
    stand_below(tx, &unit.id, under, from).await?;
    let sql = "UPDATE units SET parent_id = $2, version = version + 1 WHERE unit_id = $1";
    sqlx::query(sql)
        .bind(&unit.id)
        .bind(under)
        .execute(&mut **tx)
        .await?;
    Ok(Unit {
        parent: Some(under.to_owned()),
        version: unit.version + 1,
        ..unit.clone()
    })
}

/// The pairs of all at or below a unit with all at or above another one.
async fn stand_below(tx: &mut Tx, unit: &str, under: &str, from: i64) -> Done<()> {
    let sql = "INSERT INTO unit_above (unit_id, above_id, from_at, until_at, distance)
               SELECT d.unit_id, a.above_id, CASE WHEN d.from_at > $4 THEN d.from_at ELSE $4 END, $3,
                      d.distance + a.distance + 1
               FROM unit_above d, unit_above a
               WHERE d.above_id = $1 AND d.until_at = $3 AND a.unit_id = $2 AND a.until_at = $3";
    sqlx::query(sql)
        .bind(unit)
        .bind(under)
        .bind(OPEN)
        .bind(from)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn note_name(
    tx: &mut Tx,
    unit: &str,
    from: i64,
    kind: &str,
    code: &str,
    name: &str,
) -> Done<()> {
    let sql =
        "INSERT INTO unit_names (unit_id, from_at, kind_id, code, name) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (unit_id, from_at) DO UPDATE
               SET kind_id = excluded.kind_id, code = excluded.code, name = excluded.name";
    sqlx::query(sql)
        .bind(unit)
        .bind(from)
        .bind(kind)
        .bind(code)
        .bind(name)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn take_code(tx: &mut Tx, code: &str, unit: &str) -> Done<()> {
    let sql =
        "INSERT INTO unit_codes (code, unit_id) VALUES ($1, $2) ON CONFLICT (code) DO NOTHING";
    let taken = sqlx::query(sql)
        .bind(code)
        .bind(unit)
        .execute(&mut **tx)
        .await?;
    if taken.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Failed::Refused(Refusal::CodeTaken(code.to_owned())))
    }
}

/// A unit that has not ended.
pub(crate) async fn living(tx: &mut Tx, unit: &str) -> Done<Unit> {
    let found = look(tx, unit).await?;
    let found = found.ok_or_else(|| Failed::Refused(Refusal::Unknown(unit.to_owned())))?;
    if found.ended_at.is_some() {
        return Err(Failed::Refused(Refusal::Ended));
    }
    Ok(found)
}

async fn at_version(tx: &mut Tx, unit: &str, version: i64) -> Done<Unit> {
    let found = living(tx, unit).await?;
    if found.version != version {
        return Err(Failed::Refused(Refusal::Changed(Box::new(found))));
    }
    Ok(found)
}

async fn place_of(tx: &mut Tx, kind: &str) -> Done<i64> {
    let sql = "SELECT place FROM unit_kinds WHERE kind_id = $1";
    let place = sqlx::query_scalar(sql)
        .bind(kind)
        .fetch_optional(&mut **tx)
        .await?;
    place.ok_or_else(|| Failed::Refused(Refusal::Kind(kind.to_owned())))
}

/// Whether a unit of another kind still stands below its parent and above its children.
async fn check_kind(tx: &mut Tx, unit: &Unit) -> Done<()> {
    let place = place_of(tx, &unit.kind).await?;
    let sql = "SELECT COUNT(*) FROM units u JOIN unit_kinds k ON k.kind_id = u.kind_id
               WHERE (u.unit_id = $1 AND k.place >= $3) OR (u.parent_id = $2 AND u.ended_at = $4 AND k.place <= $3)";
    let wrong = sqlx::query_scalar::<_, i64>(sql)
        .bind(unit.parent.clone().unwrap_or_default())
        .bind(&unit.id)
        .bind(place)
        .bind(OPEN)
        .fetch_one(&mut **tx)
        .await?;
    if wrong > 0 {
        return Err(Failed::Refused(Refusal::Place));
    }
    Ok(())
}

fn searched(name: &str, code: &str) -> String {
    format!("{} {}", name.to_lowercase(), code.to_lowercase())
}

fn check_name(name: &str) -> Done<()> {
    let is_text = !name.chars().any(char::is_control) && name.trim() == name;
    if is_text && (1..=LONGEST_NAME).contains(&name.chars().count()) {
        return Ok(());
    }
    Err(Failed::Refused(Refusal::Name))
}

fn check_code(code: &str) -> Done<()> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=LONGEST_CODE).contains(&code.len()) && code.bytes().all(is_plain) {
        return Ok(());
    }
    Err(Failed::Refused(Refusal::Code))
}
