//! Groups from a table: `name,tier,subnets`, as a spreadsheet saves it.
//!
//! A header is optional, `;` may stand for `,` (what Excel writes in a Vietnamese locale), subnets
//! are parted by spaces or `;`, fields may be quoted (RFC 4180). Every mistake is told with its
//! line; with one mistake nothing is imported. A group that exists gets the tier and the subnets of
//! its line and keeps its week, mode and cells.

use std::collections::HashMap;

use lachan_policy::{Group, GroupId, Subnet, SubnetClash, SubnetError, Tier, UnknownTier};
use rusqlite::Transaction;

use crate::Store;
use crate::audit::{Act, AuthorError};
use crate::error::DbError;
use crate::groups::{
    GroupNameError, check_group_name, check_subnets, insert, load, name_key, sort_subnets, update,
};

/// Largest table read: 1 MiB.
pub const MAX_IMPORT_BYTES: usize = 1 << 20;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imported {
    /// Groups that are new.
    pub added: Vec<String>,
    /// Groups whose tier or subnets changed.
    pub changed: Vec<String>,
    /// Groups that were already so.
    pub unchanged: Vec<String>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// More than [`MAX_IMPORT_BYTES`].
    #[error("the table has {0} bytes; a table of groups has at most 1 MiB")]
    TooLarge(usize),
    /// No line with a group.
    #[error("the table holds no group; write one a line: name,tier,subnets")]
    Empty,
    /// What is wrong, line by line.
    #[error("nothing was imported, because {} of the table's lines cannot be used", .0.len())]
    Lines(Vec<LineMistake>),
    /// Together with the groups that exist, two claim the same subnet.
    #[error(transparent)]
    Clash(#[from] SubnetClash),
    /// An author who cannot stand in the log.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// One mistake in a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {mistake}")]
pub struct LineMistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub mistake: Mistake,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// Not UTF-8.
    #[error("not UTF-8; save the table as \"CSV UTF-8\"")]
    Encoding,
    /// A quote that does not close.
    #[error("a quoted field does not end")]
    Quote,
    /// Too few fields.
    #[error("a line needs a name and a tier: name,tier,subnets")]
    Fields,
    /// The name.
    #[error(transparent)]
    Name(#[from] GroupNameError),
    /// The tier.
    #[error(transparent)]
    Tier(#[from] UnknownTier),
    /// A subnet.
    #[error(transparent)]
    Subnet(#[from] SubnetError),
    /// The name stands on another line.
    #[error("the group {name:?} already stands on line {first}")]
    Twice {
        /// The name.
        name: String,
        /// The line it stands on first.
        first: usize,
    },
    /// The subnet stands on another line.
    #[error("the subnet {subnet} already belongs to {name:?} of line {first}")]
    Claimed {
        /// The subnet.
        subnet: Subnet,
        /// The group that has it.
        name: String,
        /// That group's line.
        first: usize,
    },
}

/// One line of a table, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLine {
    /// Its number, from 1.
    pub line: usize,
    /// The group's name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// Its subnets.
    pub subnets: Vec<Subnet>,
}

impl Store {
    /// Imports a table of groups: all of it, or nothing.
    ///
    /// # Errors
    /// [`ImportError`], with every mistake and its line.
    pub fn import_groups(&self, act: &Act, table: &[u8]) -> Result<Imported, ImportError> {
        act.check()?;
        let lines = read_groups(table)?;
        let act = act.clone();
        self.write(move |step| import(step, &act, lines))
    }
}

/// Reads a table of groups without storing it.
///
/// # Errors
/// [`ImportError::TooLarge`], [`ImportError::Empty`], or all mistakes in [`ImportError::Lines`].
pub fn read_groups(table: &[u8]) -> Result<Vec<GroupLine>, ImportError> {
    if table.len() > MAX_IMPORT_BYTES {
        return Err(ImportError::TooLarge(table.len()));
    }
    let mut reading = Reading::default();
    let table = table.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(table);
    let mut delimiter = None;
    let mut is_first = true;
    for (line, bytes) in (1..).zip(table.split(|byte| *byte == b'\n')) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            reading.mistake(line, Mistake::Encoding);
            continue;
        };
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let delimiter =
            *delimiter.get_or_insert_with(|| if text.contains(',') { ',' } else { ';' });
        let fields = fields(text, delimiter);
        if !std::mem::take(&mut is_first) || !is_header(fields.as_deref()) {
            reading.take(line, fields);
        }
    }
    reading.finish()
}

#[derive(Default)]
struct Reading {
    groups: Vec<GroupLine>,
    mistakes: Vec<LineMistake>,
    names: HashMap<String, usize>,
    subnets: HashMap<Subnet, usize>,
}

impl Reading {
    fn mistake(&mut self, line: usize, mistake: impl Into<Mistake>) {
        self.mistakes.push(LineMistake {
            line,
            mistake: mistake.into(),
        });
    }

    /// Takes one line: every mistake in it is told, not only the first.
    fn take(&mut self, line: usize, fields: Option<Vec<String>>) {
        let Some(fields) = fields else {
            return self.mistake(line, Mistake::Quote);
        };
        let [name, tier, subnets @ ..] = fields.as_slice() else {
            return self.mistake(line, Mistake::Fields);
        };
        self.check_name(line, name);
        let tier = tier
            .parse::<Tier>()
            .map_err(|error| self.mistake(line, error));
        let subnets = self.subnets(line, subnets);
        if let Ok(tier) = tier {
            self.groups.push(GroupLine {
                line,
                name: name.clone(),
                tier,
                subnets,
            });
        }
    }

    fn check_name(&mut self, line: usize, name: &str) {
        if let Err(error) = check_group_name(name) {
            return self.mistake(line, error);
        }
        let first = *self.names.entry(name_key(name)).or_insert(line);
        if first != line {
            self.mistake(
                line,
                Mistake::Twice {
                    name: name.to_owned(),
                    first,
                },
            );
        }
    }

    fn subnets(&mut self, line: usize, fields: &[String]) -> Vec<Subnet> {
        let texts = fields
            .iter()
            .flat_map(|field| field.split([' ', ';', ',', '\t']));
        let mut subnets = Vec::new();
        for text in texts.filter(|text| !text.is_empty()) {
            match text.parse::<Subnet>() {
                Ok(subnet) => {
                    self.claim(line, subnet);
                    subnets.push(subnet);
                }
                Err(error) => self.mistake(line, error),
            }
        }
        subnets
    }

    fn claim(&mut self, line: usize, subnet: Subnet) {
        let first = *self.subnets.entry(subnet).or_insert(line);
        if first != line {
            let holder = self.groups.iter().find(|group| group.line == first);
            let name = holder.map_or_else(String::new, |group| group.name.clone());
            self.mistake(
                line,
                Mistake::Claimed {
                    subnet,
                    name,
                    first,
                },
            );
        }
    }

    fn finish(self) -> Result<Vec<GroupLine>, ImportError> {
        if !self.mistakes.is_empty() {
            return Err(ImportError::Lines(self.mistakes));
        }
        if self.groups.is_empty() {
            Err(ImportError::Empty)
        } else {
            Ok(self.groups)
        }
    }
}

/// Whether the first line names the columns.
fn is_header(fields: Option<&[String]>) -> bool {
    let Some([_, second, ..]) = fields else {
        return false;
    };
    ["tier", "cấp", "cap", "cấp học"].contains(&second.to_lowercase().as_str())
}

/// The fields of a line, without the spaces around them; `None` when a quote does not close.
fn fields(text: &str, delimiter: char) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let field = fields.last_mut()?;
        if quoted && character == '"' && characters.peek() == Some(&'"') {
            characters.next();
            field.push('"');
        } else if character == '"' && (quoted || field.trim().is_empty()) {
            quoted = !quoted;
        } else if character == delimiter && !quoted {
            fields.push(String::new());
        } else {
            field.push(character);
        }
    }
    let trimmed = || fields.iter().map(|field| field.trim().to_owned()).collect();
    (!quoted).then(trimmed)
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
    let lines = lines.into_iter().map(|line| {
        let before = existing.remove(&name_key(&line.name));
        let after = after_import(line, before.as_ref());
        (before, after)
    });
    let lines = lines.collect::<Vec<_>>();
    let together = existing
        .into_values()
        .chain(lines.iter().map(|(_, after)| after.clone()));
    check_subnets(together.collect())?;
    let mut imported = Imported::default();
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
    group.subnets = line.subnets;
    sort_subnets(&mut group.subnets);
    group
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn summary(table: &[u8]) -> Vec<String> {
        match read_groups(table) {
            Ok(groups) => groups
                .iter()
                .map(|group| {
                    let subnets = group.subnets.iter().map(|subnet| format!(" {subnet}"));
                    format!(
                        "{} {}{}",
                        group.name,
                        group.tier,
                        subnets.collect::<String>()
                    )
                })
                .collect(),
            Err(ImportError::Lines(mistakes)) => mistakes.iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.to_string()],
        }
    }

    fn check(table: &str, expected: &[&str]) {
        assert_eq!(summary(table.as_bytes()), expected, "{table:?}");
    }

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it() {
        let expected = ["6A thcs 10.0.0.0/24 fd00::/64", "GV staff"];
        check("6A,thcs,10.0.0.0/24 fd00::/64\nGV,staff,\n", &expected);
        check("6A,thcs,10.0.0.0/24;fd00::/64\nGV,staff", &expected);
        check("6A,thcs,10.0.0.0/24,fd00::/64\nGV,staff", &expected);
        check("6A;thcs;10.0.0.0/24;fd00::/64\r\nGV;staff;\r\n", &expected);
        check(
            "\u{FEFF}name,tier,subnets\r\n6A,thcs,10.0.0.0/24 fd00::/64\r\n\r\nGV,staff",
            &expected,
        );
        check(
            "# groups\ntên;Cấp;mạng\n6A;thcs;\"10.0.0.0/24 fd00::/64\"\nGV;staff",
            &expected,
        );
        check(
            " \"6A\" , thcs ,\"10.0.0.0/24, fd00::/64\"\nGV,staff",
            &expected,
        );
        check("\"Lớp \"\"A\"\", B\",thpt,", &["Lớp \"A\", B thpt"]);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        check(
            "name,tier,subnets\n6A,lop6,10.0.0.0/24\n,thcs,\n6B\n6C,thcs,10.0.0.1/24 x\n\n\
             6D,thcs,10.1.0.0/24\n6d,thcs,10.1.0.0/24\n\"6E,thcs",
            &[
                "line 2: \"lop6\" is no tier; use mam-non, tieu-hoc, thcs, thpt or staff",
                "line 3: the group's name is empty; give it 1 to 64 characters",
                "line 4: a line needs a name and a tier: name,tier,subnets",
                "line 5: 10.0.0.1/24 has bits set after its prefix; did you mean 10.0.0.0/24?",
                "line 5: \"x\" is not an IP address",
                "line 8: the group \"6d\" already stands on line 7",
                "line 8: the subnet 10.1.0.0/24 already belongs to \"6D\" of line 7",
                "line 9: a quoted field does not end",
            ],
        );
        assert_eq!(
            summary(b"6A,thcs\n6\xFF,thcs"),
            ["line 2: not UTF-8; save the table as \"CSV UTF-8\""]
        );
        check(
            "",
            &["the table holds no group; write one a line: name,tier,subnets"],
        );
        check(
            "name,tier,subnets\n",
            &["the table holds no group; write one a line: name,tier,subnets"],
        );
        assert!(matches!(
            read_groups(&vec![b'a'; 2 << 20]),
            Err(ImportError::TooLarge(_))
        ));
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(table in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_groups(&table);
        }

        #[test]
        fn no_text_upsets_the_reader(table in "[a-c\",; \\n\u{FEFF}0-9./:thcs]{0,120}") {
            let _ = read_groups(table.as_bytes());
        }

        #[test]
        fn quoted_names_are_read_back(name in "[a-zà-ỹ\",; ]{1,30}") {
            let table = format!("\"{}\",thcs,", name.replace('"', "\"\""));
            match read_groups(table.as_bytes()) {
                Ok(groups) => prop_assert_eq!(&groups[0].name, name.trim()),
                Err(_) => prop_assert!(name.trim().is_empty()),
            }
        }
    }
}
