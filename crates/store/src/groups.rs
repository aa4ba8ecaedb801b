//! Groups: added, changed, removed by people, one transaction and one audit entry each.
//!
//! A removed group keeps its row (events refer to it by number) until the deletion job takes it;
//! its name is free at once. Who may do what is the affair of the web and the command line.

use std::collections::HashMap;

use lachan_policy::{DAY, Days, Group, GroupClash, GroupId, Groups, Mac, Subnet, Tier};
use rusqlite::{Connection, Transaction, params};

use crate::Store;
use crate::audit::{self, Act, AuthorError, Change};
use crate::error::{DbError, keep};
use crate::group_settings::{from_text, to_audit, to_text};
use crate::tokens;

/// Why a group was not added, changed or removed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// Its name.
    #[error(transparent)]
    Name(#[from] GroupNameError),
    /// Another group has the name.
    #[error("there is already a group {0:?}; names differ in more than upper and lower case")]
    Taken(String),
    /// No group has the name.
    #[error("there is no group {0:?}; `lachan groups list` shows them all")]
    Unknown(String),
    /// Somebody changed it meanwhile.
    #[error("the group {:?} was changed meanwhile; look at it again", .0.group.name)]
    Changed(Box<GroupAt>),
    /// Another group has the subnet, device or interface.
    #[error(transparent)]
    Clash(#[from] GroupClash),
    /// A hardware address that is no single device's.
    #[error("{0} is the address of no single device; write the device's own")]
    Many(Mac),
    /// A period that cannot be.
    #[error(
        "the period {0:?} cannot be: its days are Monday to Sunday, and its times 0 to 1440 minutes"
    )]
    Period(String),
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why a text is no name for a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupNameError {
    /// Nothing there.
    #[error("the group's name is empty; give it 1 to 64 characters")]
    Empty,
    /// Too long.
    #[error("the group's name {0:?} has more than 64 characters")]
    TooLong(String),
    /// A control character, or a space at an end.
    #[error("the group's name {0:?} has a control character, or a space at its start or end")]
    Character(String),
}

/// A group with how often it was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupAt {
    /// The group.
    pub group: Group,
    /// Grows with each of its changes, from 1.
    pub version: i64,
}

/// Longest name of a group, in characters.
const LONGEST_NAME: usize = 64;

/// Checks a group's name.
///
/// # Errors
/// [`GroupNameError`] says what is wrong.
pub fn check_group_name(name: &str) -> Result<(), GroupNameError> {
    if name.is_empty() {
        return Err(GroupNameError::Empty);
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(GroupNameError::TooLong(name.to_owned()));
    }
    if name.chars().any(char::is_control) || name.trim() != name {
        return Err(GroupNameError::Character(name.to_owned()));
    }
    Ok(())
}

impl Store {
    /// Adds a group; it is saved and synced when this returns.
    ///
    /// # Errors
    /// [`GroupError`]: the name or a subnet is taken, the author cannot stand, or the database refused.
    pub fn add_group(
        &self,
        act: &Act,
        name: &str,
        tier: Tier,
        subnets: Vec<Subnet>,
    ) -> Result<Group, GroupError> {
        let mut group = Group::new(GroupId(0), name, tier);
        group.subnets = subnets;
        self.make_group(act, group)
    }

    /// As [`Self::add_group`], a group with all that it is to have but tokens, which are made
    /// apart. Its number is given here.
    ///
    /// # Errors
    /// [`GroupError`]: the name or some devices are taken, or the database refused.
    pub fn make_group(&self, act: &Act, mut group: Group) -> Result<Group, GroupError> {
        act.check()?;
        group.tokens.clear();
        let act = act.clone();
        self.write(move |step| add(step, &act, group))
    }

    /// Changes a group: `change` gets it as it is and alters what it likes but the number and the
    /// tokens.
    ///
    /// # Errors
    /// [`GroupError`]: no such group, a name or some devices are taken, or the database refused.
    pub fn change_group(
        &self,
        act: &Act,
        name: &str,
        change: impl FnOnce(&mut Group) + Send + 'static,
    ) -> Result<Group, GroupError> {
        act.check()?;
        let (act, name) = (act.clone(), name.to_owned());
        self.write(move |step| {
            let before = named(step, &name)?;
            let mut after = before.clone();
            change(&mut after);
            after.id = before.id;
            after.tokens.clone_from(&before.tokens);
            replace(step, &act, &before, after)
        })
    }

    /// Removes a group and ends its exceptions; its devices fall back to the group of unknown
    /// devices, or to a wider subnet's.
    ///
    /// # Errors
    /// [`GroupError::Unknown`], [`GroupError::Author`], or the database refused.
    pub fn remove_group(&self, act: &Act, name: &str) -> Result<Group, GroupError> {
        act.check()?;
        let (act, name) = (act.clone(), name.to_owned());
        self.write(move |step| {
            let group = named(step, &name)?;
            remove(step, &act, &group)?;
            Ok(group)
        })
    }
}

impl Store {
    /// As [`Self::change_group`], of the group with a number, if it is still at this version: of two
    /// who change it at once the second is told, and nothing is lost.
    ///
    /// # Errors
    /// [`GroupError::Changed`] with the group as it is now, else as [`Self::change_group`].
    pub fn change_group_at(
        &self,
        act: &Act,
        id: GroupId,
        version: i64,
        change: impl FnOnce(&mut Group) + Send + 'static,
    ) -> Result<GroupAt, GroupError> {
        act.check()?;
        let act = act.clone();
        self.write(move |step| {
            let before = at_version(step, id, version)?;
            let mut after = before.clone();
            change(&mut after);
            after.id = before.id;
            after.tokens.clone_from(&before.tokens);
            replace(step, &act, &before, after)?;
            numbered(step, id)
        })
    }

    /// As [`Self::remove_group`], of the group with a number, if it is still at this version.
    ///
    /// # Errors
    /// [`GroupError::Changed`] with the group as it is now, else as [`Self::remove_group`].
    pub fn remove_group_at(
        &self,
        act: &Act,
        id: GroupId,
        version: i64,
    ) -> Result<Group, GroupError> {
        act.check()?;
        let act = act.clone();
        self.write(move |step| {
            let group = at_version(step, id, version)?;
            remove(step, &act, &group)?;
            Ok(group)
        })
    }
}

/// A group as it is now.
fn numbered(step: &Connection, id: GroupId) -> Result<GroupAt, GroupError> {
    let mut groups = load_at(step)?.into_iter();
    let found = groups.find(|at| at.group.id == id);
    found.ok_or_else(|| GroupError::Unknown(id.0.to_string()))
}

fn at_version(step: &Connection, id: GroupId, version: i64) -> Result<Group, GroupError> {
    let now = numbered(step, id)?;
    if now.version == version {
        Ok(now.group)
    } else {
        Err(GroupError::Changed(Box::new(now)))
    }
}

/// As [`load`], with their versions.
pub(crate) fn load_at(connection: &Connection) -> Result<Vec<GroupAt>, DbError> {
    let sql = "SELECT id, version FROM groups WHERE removed_at IS NULL";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let versions = rows.collect::<Result<HashMap<i64, i64>, _>>()?;
    let at = |group: Group| {
        let version = versions.get(&i64::from(group.id.0)).copied().unwrap_or(1);
        GroupAt { group, version }
    };
    Ok(load(connection)?.into_iter().map(at).collect())
}

/// All groups that exist, in the order they were made. One that cannot be read is told in the
/// log and left out: its devices fall to the group of unknown devices, the school goes on.
pub(crate) fn load(connection: &Connection) -> Result<Vec<Group>, DbError> {
    let sql = "SELECT id, name, settings FROM groups WHERE removed_at IS NULL ORDER BY id";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut tokens = tokens::load(connection)?;
    let mut groups = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, name, settings) = (
            row.get(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
        );
        let number = u32::try_from(id).ok().map(GroupId);
        let group = number.and_then(|number| from_text(number, &name, &settings));
        let group = group.map(|group| Group {
            tokens: tokens.remove(&group.id).unwrap_or_default(),
            ..group
        });
        keep(
            &mut groups,
            group.ok_or(DbError::Unreadable {
                table: "groups",
                id,
            }),
        )?;
    }
    Ok(groups)
}

/// Names are one when they differ only in case.
pub(crate) fn name_key(name: &str) -> String {
    name.to_lowercase()
}

fn named(step: &Transaction<'_>, name: &str) -> Result<Group, GroupError> {
    find(step, name)?.ok_or_else(|| GroupError::Unknown(name.to_owned()))
}

/// The group that people call so.
pub(crate) fn find(step: &Connection, name: &str) -> Result<Option<Group>, DbError> {
    let key = name_key(name);
    let mut groups = load(step)?.into_iter();
    Ok(groups.find(|group| name_key(&group.name) == key))
}

fn add(step: &Transaction<'_>, act: &Act, group: Group) -> Result<Group, GroupError> {
    let group = checked(step, group, None)?;
    Ok(insert(step, act, group)?)
}

fn replace(
    step: &Transaction<'_>,
    act: &Act,
    before: &Group,
    after: Group,
) -> Result<Group, GroupError> {
    let after = checked(step, after, Some(before.id))?;
    update(step, act, before, &after)?;
    Ok(after)
}

/// Stores a new group that was checked; gives it its number.
pub(crate) fn insert(
    step: &Transaction<'_>,
    act: &Act,
    mut group: Group,
) -> Result<Group, DbError> {
    step.execute(
        "INSERT INTO groups (name, name_key, settings) VALUES (?1, ?2, ?3)",
        params![group.name, name_key(&group.name), to_text(&group)],
    )?;
    let id = step.last_insert_rowid();
    let number = u32::try_from(id).map_err(|_| DbError::Unreadable {
        table: "groups",
        id,
    })?;
    group.id = GroupId(number);
    audit::record(
        step,
        act,
        Change::AddGroup,
        &group.name,
        None,
        Some(&to_audit(&group)),
    )?;
    Ok(group)
}

/// Stores `after`, which was checked, in place of `before`. Equal ones write nothing; says whether
/// they differed.
pub(crate) fn update(
    step: &Transaction<'_>,
    act: &Act,
    before: &Group,
    after: &Group,
) -> Result<bool, DbError> {
    if after == before {
        return Ok(false);
    }
    step.execute(
        "UPDATE groups SET name = ?2, name_key = ?3, settings = ?4, version = version + 1
         WHERE id = ?1",
        params![
            after.id.0,
            after.name,
            name_key(&after.name),
            to_text(after)
        ],
    )?;
    let (old, new) = (to_audit(before), to_audit(after));
    audit::record(
        step,
        act,
        Change::ChangeGroup,
        &after.name,
        Some(&old),
        Some(&new),
    )?;
    Ok(true)
}

fn remove(step: &Transaction<'_>, act: &Act, group: &Group) -> Result<(), DbError> {
    // 0 stands for a time that was not known; the deletion job dates it.
    let at = act.at.unwrap_or(0);
    step.execute("DELETE FROM group_tokens WHERE group_id = ?1", [group.id.0])?;
    step.execute(
        "UPDATE groups SET removed_at = ?2 WHERE id = ?1",
        params![group.id.0, at],
    )?;
    step.execute(
        "UPDATE exceptions SET ended_at = ?2, ended_by = ?3
         WHERE group_id = ?1 AND ended_at IS NULL",
        params![group.id.0, at, act.author],
    )?;
    audit::record(
        step,
        act,
        Change::RemoveGroup,
        &group.name,
        Some(&to_audit(group)),
        None,
    )
}

/// Whether a group could stand beside others, in the place of one of them; as it would be stored.
///
/// # Errors
/// [`GroupError`]: its name, devices or periods.
pub fn check_group(
    mut group: Group,
    mut others: Vec<Group>,
    instead_of: Option<GroupId>,
) -> Result<Group, GroupError> {
    check_group_name(&group.name)?;
    check_periods(&group)?;
    if let Some(mac) = group.macs.iter().find(|mac| !mac.is_of_one_device()) {
        return Err(GroupError::Many(*mac));
    }
    order(&mut group);
    others.retain(|other| Some(other.id) != instead_of);
    if others
        .iter()
        .any(|other| name_key(&other.name) == name_key(&group.name))
    {
        return Err(GroupError::Taken(group.name));
    }
    others.push(group.clone());
    check_together(others)?;
    Ok(group)
}

/// The group in its stored form, if it can stand beside those that there are.
fn checked(
    step: &Transaction<'_>,
    group: Group,
    instead_of: Option<GroupId>,
) -> Result<Group, GroupError> {
    check_group(group, load(step)?, instead_of)
}

/// The order devices are stored in, each once.
pub(crate) fn order(group: &mut Group) {
    group.subnets.sort_unstable();
    group.subnets.dedup();
    group.macs.sort_unstable();
    group.macs.dedup();
    group.interfaces.sort_unstable();
    group.interfaces.dedup();
}

/// Whether these groups can stand together.
pub(crate) fn check_together(groups: Vec<Group>) -> Result<(), GroupClash> {
    Groups::new(Group::new(GroupId(0), "", Tier::Staff), groups).map(|_| ())
}

fn check_periods(group: &Group) -> Result<(), GroupError> {
    let bad =
        group.timetable.periods.iter().find(|period| {
            period.from >= DAY || period.to > DAY || period.days.0 & !Days::ALL.0 != 0
        });
    bad.map_or(Ok(()), |period| {
        Err(GroupError::Period(period.name.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_held_to_their_rules() {
        let check = |name: &str, good: bool| {
            assert_eq!(check_group_name(name).is_ok(), good, "{name:?}");
        };
        check("Lớp 6A", true);
        check(&"ă".repeat(64), true);
        check(&"ă".repeat(65), false);
        check("", false);
        check(" 6A", false);
        check("6A\n", false);
        check("6\u{7}A", false);
    }
}
