//! Dictionaries: a text is written once, rows hold its number.
//!
//! The table has no index on the text (that would be a random column); the writer finds numbers
//! in memory. The map is bounded: when it is full it starts over, and a text met again is written
//! a second time, which costs some bytes and nothing else, because queries go by the text.

use std::collections::HashMap;

use rusqlite::{Connection, Transaction};

use crate::error::DbError;

/// Texts held in memory: some 5 MB at 60 bytes each with the map's own.
const LIMIT: usize = 65_536;

/// One dictionary table and its map.
#[derive(Debug)]
pub(crate) struct Dictionary {
    table: &'static str,
    column: &'static str,
    known: HashMap<Box<str>, i64>,
    /// Inserted by the transaction that is open.
    fresh: Vec<Box<str>>,
    limit: usize,
}

impl Dictionary {
    /// The registrable names of events.
    pub(crate) fn names(connection: &Connection) -> Result<Self, DbError> {
        Self::load(connection, "names", "name", LIMIT)
    }

    /// The rules of events.
    pub(crate) fn sources(connection: &Connection) -> Result<Self, DbError> {
        Self::load(connection, "sources", "source", LIMIT)
    }

    fn load(
        connection: &Connection,
        table: &'static str,
        column: &'static str,
        limit: usize,
    ) -> Result<Self, DbError> {
        let sql = format!("SELECT id, {column} FROM {table} ORDER BY id DESC LIMIT {limit}");
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(1)?, row.get(0)?)))?;
        let known = rows.collect::<Result<_, _>>()?;
        Ok(Self {
            table,
            column,
            known,
            fresh: Vec::new(),
            limit,
        })
    }

    /// The number of a text; writes it if it is new.
    pub(crate) fn id(&mut self, step: &Transaction<'_>, text: &str) -> Result<i64, DbError> {
        if let Some(id) = self.known.get(text) {
            return Ok(*id);
        }
        if self.known.len() >= self.limit {
            self.known.clear();
            self.fresh.clear();
        }
        let sql = format!("INSERT INTO {} ({}) VALUES (?1)", self.table, self.column);
        step.prepare_cached(&sql)?.execute([text])?;
        let id = step.last_insert_rowid();
        self.known.insert(text.into(), id);
        self.fresh.push(text.into());
        Ok(id)
    }

    /// The transaction was committed.
    pub(crate) fn committed(&mut self) {
        self.fresh.clear();
    }

    /// The transaction was rolled back: what it inserted is not there.
    pub(crate) fn rolled_back(&mut self) {
        for text in self.fresh.drain(..) {
            self.known.remove(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut connection, crate::schema::STEPS).unwrap();
        connection
    }

    fn rows(connection: &Connection) -> i64 {
        connection
            .query_row("SELECT count(*) FROM names", [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn a_text_is_written_once_even_over_a_restart() {
        let mut connection = database();
        let mut names = Dictionary::names(&connection).unwrap();
        let step = connection.transaction().unwrap();
        let id = names.id(&step, "a.vn").unwrap();
        assert_eq!(names.id(&step, "a.vn").unwrap(), id);
        step.commit().unwrap();
        let mut names = Dictionary::names(&connection).unwrap();
        let step = connection.transaction().unwrap();
        assert_eq!(names.id(&step, "a.vn").unwrap(), id);
        drop(step);
        assert_eq!(rows(&connection), 1);
    }

    #[test]
    fn a_rolled_back_text_is_written_again() {
        let mut connection = database();
        let mut names = Dictionary::names(&connection).unwrap();
        let step = connection.transaction().unwrap();
        names.id(&step, "a.vn").unwrap();
        drop(step);
        names.rolled_back();
        let step = connection.transaction().unwrap();
        names.id(&step, "a.vn").unwrap();
        step.commit().unwrap();
        assert_eq!(rows(&connection), 1);
    }

    #[test]
    fn the_map_is_bounded() {
        let mut connection = database();
        let mut names = Dictionary::load(&connection, "names", "name", 10).unwrap();
        let step = connection.transaction().unwrap();
        for index in 0..100 {
            names.id(&step, &index.to_string()).unwrap();
            assert!(names.known.len() <= 10);
        }
        step.commit().unwrap();
        names.committed();
        assert_eq!(rows(&connection), 100);
    }
}
