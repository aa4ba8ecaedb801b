//! `lachan groups`: who is in which age tier.

use std::io::Read as _;
use std::path::Path;

use lachan_config::Config;
use lachan_policy::{Group, Role, Subnet, Tier};
use lachan_store::{Act, Imported, MAX_IMPORT_BYTES};
use serde_json::{Value, json};

use crate::author;
use crate::cli::{self, Person, Settings};
use crate::console::Console;
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::table::Table;
use crate::time::Now;

/// Changes or shows groups.
///
/// # Errors
/// [`Fault`]: the settings, the database, or why the change was refused.
pub(crate) fn groups(asked: cli::Groups, console: &mut Console<'_>) -> Result<Exit, Fault> {
    match asked {
        cli::Groups::Add {
            name,
            tier,
            subnet,
            person,
        } => {
            let group = open(&person)?.add(&name, tier, subnet)?;
            console.line(console.words.group_added(&told(&group)))?;
        }
        cli::Groups::Set {
            name,
            tier,
            subnet,
            rename,
            person,
        } => {
            let change = Change {
                tier,
                subnet,
                rename,
            };
            let group = open(&person)?.set(&name, change)?;
            console.line(console.words.group_changed(&told(&group)))?;
        }
        cli::Groups::Remove { name, person } => {
            let change = open(&person)?;
            let group = change.database.store().remove_group(&change.act, &name)?;
            console.line(console.words.group_removed(&group.name))?;
        }
        cli::Groups::List { settings, json } => list(&settings, json, console)?,
        cli::Groups::Import { file, person } => {
            let table = table(&file)?;
            let change = open(&person)?;
            let done = change
                .database
                .store()
                .import_groups(&change.act, &table, &|name| {
                    Err(lachan_store::DeviceError::Unknown(name.to_owned()))
                })?;
            tell_import(&done, console)?;
        }
    }
    Ok(Exit::Done)
}

/// A change about to be made.
struct Changing {
    database: Database,
    act: Act,
}

/// What `groups set` changes.
struct Change {
    tier: Option<Tier>,
    subnet: Vec<Subnet>,
    rename: Option<String>,
}

fn open(person: &Person) -> Result<Changing, Fault> {
    let config = database::config(&person.settings)?;
    let act = author::act(person.author.as_deref(), Role::School, &Now::system());
    Ok(Changing {
        database: Database::open(&config)?,
        act,
    })
}

impl Changing {
    fn add(&self, name: &str, tier: Tier, subnets: Vec<Subnet>) -> Result<Group, Fault> {
        Ok(self
            .database
            .store()
            .add_group(&self.act, name, tier, subnets)?)
    }

    fn set(&self, name: &str, change: Change) -> Result<Group, Fault> {
        let apply = move |group: &mut Group| {
            group.tier = change.tier.unwrap_or(group.tier);
            if !change.subnet.is_empty() {
                group.subnets = change.subnet;
            }
            if let Some(name) = change.rename {
                group.name = name;
            }
        };
        Ok(self.database.store().change_group(&self.act, name, apply)?)
    }
}

/// A group in one line.
fn told(group: &Group) -> String {
    format!("{} ({}) {}", group.name, group.tier, subnets(group))
        .trim_end()
        .to_owned()
}

fn subnets(group: &Group) -> String {
    group
        .subnets
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The table to import, no larger than is read.
fn table(file: &Path) -> Result<Vec<u8>, Fault> {
    let most = MAX_IMPORT_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|source| Fault::Read {
        path: file.to_owned(),
        source,
    })?;
    Ok(bytes)
}

fn tell_import(done: &Imported, console: &mut Console<'_>) -> Result<(), Fault> {
    let words = console.words;
    console.line(words.groups_imported(done.added.len(), done.changed.len(), done.unchanged.len()))
}

fn list(settings: &Settings, json: bool, console: &mut Console<'_>) -> Result<(), Fault> {
    let config = database::config(settings)?;
    let groups = match Database::open_existing(&config)? {
        Some(database) => database.ask(|reader| reader.groups())?,
        None => Vec::new(),
    };
    if json {
        return console.json(&groups.iter().map(as_json).collect::<Vec<_>>());
    }
    show(&groups, &config, console)
}

fn as_json(group: &Group) -> Value {
    json!({
        "id": group.id.0,
        "name": group.name,
        "tier": group.tier.id(),
        "subnets": group.subnets.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "mode": group.mode.map(|mode| mode.mode.id()),
        "periods": group.timetable.periods.len(),
    })
}

fn show(groups: &[Group], config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    let words = console.words;
    let unknown = config.resolver.unknown_devices.tier;
    if groups.is_empty() {
        return console.line(words.no_groups(unknown.id()));
    }
    let mut table = Table::new([
        &words.group(),
        &words.tier(),
        &words.subnets(),
        &words.mode(),
    ]);
    for group in groups {
        let mode = group
            .mode
            .map_or_else(String::new, |mode| mode.mode.id().to_owned());
        table.row([
            group.name.clone(),
            group.tier.to_string(),
            subnets(group),
            mode,
        ]);
    }
    for line in table.lines() {
        console.line(line)?;
    }
    console.line(words.unknown_devices(unknown.id()))
}
