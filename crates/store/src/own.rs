//! What was blocked for the device that asks, in the lesson that goes on: for the page it is looking at,
//! and for nobody else.
//!
//! Nothing new is kept for it. Events carry the pseudonym of the day; the writer, which holds the day's
//! key in memory, makes that of the address that asks and looks for it. So only who has the device's
//! own address, on this very day, sees anything; the key stays where it is, and a pseudonym still leads to
//! no device. Devices behind a router of their own share an address, and so this list.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::mpsc;

use lachan_policy::{Category, GroupId, Tier, address_bits};
use rusqlite::{Connection, params};

use crate::Store;
use crate::buffer::{Buffer, When};
use crate::error::DbError;
use crate::pages::{DISORDER, ends, first_at};
use crate::writer::Command;

/// Rows of the log, newest first, that are looked through: an hour of a large school.
const MOST_ROWS: i64 = 20_000;
/// Blocks that are told.
const MOST_BLOCKS: usize = 20;

/// Something that was blocked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OwnBlock {
    /// Minutes since 1970-01-01T00:00Z.
    pub minute: i64,
    /// The group.
    pub group: GroupId,
    /// The tier.
    pub tier: Tier,
    /// The category that decided.
    pub category: Option<Category>,
    /// The registrable name; `None` where none is kept.
    pub name: Option<String>,
}

/// Whose blocks, since when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnAsked {
    pub(crate) device: u128,
    /// The local day.
    pub(crate) day: i64,
    /// First minute since 1970.
    pub(crate) since: i64,
}

impl Store {
    /// What was blocked for a device since a minute (since 1970) of a local day (since 1970): newest
    /// first, each site once, at most twenty.
    ///
    /// # Errors
    /// [`DbError`] when the log cannot be read or the store is closed.
    pub fn own_blocks(
        &self,
        client: IpAddr,
        day: i64,
        since: i64,
    ) -> Result<Vec<OwnBlock>, DbError> {
        let asked = OwnAsked {
            device: address_bits(client),
            day,
            since,
        };
        self.ask(|reply: mpsc::SyncSender<_>| Command::Own(asked, reply))?
    }
}

/// The blocks of a pseudonym, in the writer's memory and in the log.
pub(crate) fn find(
    buffer: &Buffer,
    connection: &Connection,
    pseudonym: u64,
    since: i64,
) -> Result<Vec<OwnBlock>, DbError> {
    let mut found: Vec<OwnBlock> = Vec::new();
    for (row, _) in buffer.rows().iter().rev() {
        if let When::Unix(minute) = row.when
            && minute >= since
            && row.device == Some(pseudonym)
        {
            found.push(OwnBlock {
                minute,
                group: row.group,
                tier: row.tier,
                category: row.category,
                name: row.name.as_deref().map(str::to_owned),
            });
        }
    }
    let floor = match ends(connection)? {
        Some((first, last)) => {
            // The lesson begins where halving finds it: what is older is not looked at.
            first_at(connection, first, last, since - DISORDER)?.max(last - MOST_ROWS)
        }
        None => 0,
    };
    let mut statement = connection.prepare_cached(
        "SELECT e.minute, e.group_id, e.tier, e.category, n.name FROM events e
         LEFT JOIN names n ON n.id = e.name_id
         WHERE e.id >= ?1 AND e.device = ?2 AND e.minute >= ?3
         ORDER BY e.id DESC",
    )?;
    let mut rows = statement.query(params![floor, pseudonym.cast_signed(), since.max(0)])?;
    while let Some(row) = rows.next()? {
        let tier = Tier::ALL.get(usize::from(row.get::<_, u8>(2)?)).copied();
        let Some(tier) = tier else { continue };
        found.push(OwnBlock {
            minute: row.get(0)?,
            group: GroupId(row.get(1)?),
            tier,
            category: row.get::<_, Option<u8>>(3)?.and_then(Category::new),
            name: row.get(4)?,
        });
    }
    // One site is asked for again and again, and over several channels.
    let mut seen = HashSet::new();
    found.retain(|block| seen.insert((block.category, block.name.clone())));
    found.truncate(MOST_BLOCKS);
    Ok(found)
}
