//! Importing groups from a table (`table` reads it): with one mistake nothing is imported. A group
//! that exists gets the tier and the devices of its line and keeps its week, mode, cells and
//! tokens; devices of a kind that the table has no column for stay too.

use std::collections::HashMap;

use lachan_policy::{Group, GroupClash, GroupId, Mac};
use rusqlite::Transaction;

use crate::Store;
use crate::audit::{Act, AuthorError};
use crate::error::DbError;
use crate::groups::{check_together, insert, load, name_key, order, update};
use crate::table::{DeviceError, GroupLine, LineMistake, read_groups};

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Groups that are new.
    pub added: Vec<String>,
    /// Groups whose tier or devices changed.
    pub changed: Vec<String>,
    /// Groups that were already so.
    pub unchanged: Vec<String>,
    /// Devices of the table whose hardware addresses are made up (see
    /// [`Mac::is_random`](lachan_policy::Mac::is_random)), with their groups: people must be told.
    pub random: Vec<(String, Mac)>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// More than [`crate::MAX_IMPORT_BYTES`].
    #[error("the table has {0} bytes; a table of groups has at most 1 MiB")]
    TooLarge(usize),
    /// No line with a group.
    #[error("the table holds no group; write one a line: name,tier,subnets")]
    Empty,
    /// What is wrong, line by line.
    #[error("nothing was imported, because {} of the table's lines cannot be used", .0.len())]
    Lines(Vec<LineMistake>),
    /// Together with the groups that exist, two claim the same devices.
    #[error(transparent)]
    Clash(#[from] GroupClash),
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Store {
    /// Imports a table of groups: all of it, or nothing. `devices` finds the hardware address of
    /// a device that the table names.
    ///
    /// # Errors
    /// [`ImportError`], with every mistake and its line.
    pub fn import_groups(
        &self,
        act: &Act,
        table: &[u8],
        devices: &dyn Fn(&str) -> Result<Mac, DeviceError>,
    ) -> Result<Imported, ImportError> {
        act.check()?;
        let lines = read_groups(table, devices)?;
        let act = act.clone();
        self.write(move |step| import(step, &act, lines))
    }
}

/// Stores the lines. They are checked together with the groups that stay, not one after the other,
/// so that two lines may swap their subnets.
fn import(
    step: &Transaction<'_>,
    act: &Act,
    lines: Vec<GroupLine>,
) -> Result<Imported, ImportError> {
    let mut existing = load(step)?
        .into_iter()
        .map(|group| (name_key(&group.name), group))
        .collect::<HashMap<_, _>>();
    let mut imported = Imported {
        random: lines.iter().flat_map(random).collect(),
        ..Imported::default()
    };
    let lines = lines.into_iter().map(|line| {
        let before = existing.remove(&name_key(&line.name));
        let after = after_import(line, before.as_ref());
        (before, after)
    });
    let lines = lines.collect::<Vec<_>>();
    let together = existing
        .into_values()
        .chain(lines.iter().map(|(_, after)| after.clone()));
    check_together(together.collect())?;
    for (before, after) in lines {
        let name = after.name.clone();
        match before {
            None => {
                insert(step, act, after)?;
                imported.added.push(name);
            }
            Some(before) if update(step, act, &before, &after)? => imported.changed.push(name),
            Some(_) => imported.unchanged.push(name),
        }
    }
    Ok(imported)
}

/// What a line makes of a group.
fn after_import(line: GroupLine, before: Option<&Group>) -> Group {
    let new = || Group::new(GroupId(0), &line.name, line.tier);
    let mut group = before.cloned().unwrap_or_else(new);
    group.name.clone_from(&line.name);
    group.tier = line.tier;
    group.subnets = line.subnets.unwrap_or(group.subnets);
    group.macs = line.macs.unwrap_or(group.macs);
    group.interfaces = line.interfaces.unwrap_or(group.interfaces);
    order(&mut group);
    group
}

fn random(line: &GroupLine) -> impl Iterator<Item = (String, Mac)> {
    let macs = line.macs.iter().flatten().filter(|mac| mac.is_random());
    macs.map(|mac| (line.name.clone(), *mac))
}
