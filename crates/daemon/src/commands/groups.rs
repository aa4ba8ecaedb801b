//! `lachan groups`: who is in which age tier.

mod devices;
mod list;
mod token;
mod wide;

use std::io::Read as _;
use std::path::Path;

use lachan_config::Config;
use lachan_policy::{Group, GroupId, Mode, ModeSwitch, Role, Tier};
use lachan_store::{Act, Imported, MAX_IMPORT_BYTES, write_groups};

use crate::author;
use crate::cli::{self, Dropped, Person, SetGroup};
use crate::console::Console;
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::leases;
use crate::time::{Now, TimeError, shown_unix};

use super::exceptions::end_of;
use devices::{Claims, told};

/// Changes or shows groups.
///
/// # Errors
/// [`Fault`]: the settings, the database, or why the change was refused.
pub(crate) fn groups(asked: cli::Groups, console: &mut Console<'_>) -> Result<Exit, Fault> {
    match asked {
        cli::Groups::Add {
            name,
            tier,
            devices,
            yes,
            person,
        } => {
            let changing = Changing::begin(&person)?;
            let claims = Claims::of(devices, &changing.config)?;
            let group = changing.add(&name, tier, &claims, yes)?;
            console.line(console.words.group_added(&told(&group)))?;
            claims.note(console)?;
            wide::note(&group, &changing.groups()?, console)?;
        }
        cli::Groups::Set(wanted) => set(*wanted, console)?,
        cli::Groups::Remove { name, person } => {
            let change = Changing::begin(&person)?;
            let group = change.database.store().remove_group(&change.act, &name)?;
            console.line(console.words.group_removed(&group.name))?;
        }
        cli::Groups::List { settings, json } => list::list(&settings, json, console)?,
        cli::Groups::Import { file, person } => import(&file, &person, console)?,
        cli::Groups::Export { settings } => {
            let groups = list::all(&database::config(&settings)?)?;
            console.line(write_groups(&groups).trim_end())?;
        }
        cli::Groups::Token {
            name,
            new,
            revoke,
            json,
            person,
        } => {
            let asked = token::Asked::of(new, revoke);
            token::token(&name, asked, json, &Changing::begin(&person)?, console)?;
        }
    }
    Ok(Exit::Done)
}

/// A change about to be made.
struct Changing {
    config: Config,
    database: Database,
    act: Act,
    now: Now,
}

impl Changing {
    fn begin(person: &Person) -> Result<Self, Fault> {
        let config = database::config(&person.settings)?;
        let now = Now::system();
        Ok(Self {
            database: Database::open(&config)?,
            act: author::act(person.author.as_deref(), Role::School, &now),
            config,
            now,
        })
    }

    fn groups(&self) -> Result<Vec<Group>, Fault> {
        self.database.ask(|reader| reader.groups())
    }

    fn add(&self, name: &str, tier: Tier, claims: &Claims, meant: bool) -> Result<Group, Fault> {
        let mut group = Group::new(GroupId(0), name, tier);
        claims.add_to(&mut group);
        wide::check(&group, meant)?;
        Ok(self.database.store().make_group(&self.act, group)?)
    }
}

fn set(wanted: SetGroup, console: &mut Console<'_>) -> Result<(), Fault> {
    if wanted.changes_nothing() {
        return Err(Fault::NothingToSet(wanted.name));
    }
    let changing = Changing::begin(&wanted.person)?;
    let mode = wanted
        .mode
        .map(|mode| switch(mode.into(), &wanted.end, &changing))
        .transpose()?;
    if mode.is_none() && (wanted.end.until.is_some() || wanted.end.lasting.is_some()) {
        return Err(Fault::EndWithoutMode);
    }
    let claims = Claims::of(wanted.devices, &changing.config)?;
    let kept = claims.clone();
    let (add, drop, tier, rename) = (wanted.add, wanted.drop, wanted.tier, wanted.rename);
    let moves_devices = tier.is_some() || claims.has_subnets();
    check_dropped(&wanted.name, &drop, &changing)?;
    let apply = move |group: &mut Group| {
        group.tier = tier.unwrap_or(group.tier);
        if !add {
            claims.clear_in(group);
        }
        claims.add_to(group);
        for one in &drop {
            drop_from(group, one);
        }
        if let Some(name) = &rename {
            group.name.clone_from(name);
        }
        if let Some(mode) = mode {
            group.mode = mode;
        }
    };
    if moves_devices && let Some(mut group) = named(&wanted.name, changing.groups()?) {
        apply(&mut group);
        wide::check(&group, wanted.yes)?;
    }
    let store = changing.database.store();
    let group = store.change_group(&changing.act, &wanted.name, apply)?;
    console.line(console.words.group_changed(&told(&group)))?;
    if moves_devices {
        wide::note(&group, &changing.groups()?, console)?;
    }
    if mode.is_some() {
        tell_mode(&group, &changing.config, console)?;
    }
    kept.note(console)
}

/// The mode to be. The normal one without an end is no switch at all: the timetable's modes hold.
fn switch(mode: Mode, end: &cli::End, changing: &Changing) -> Result<Option<ModeSwitch>, Fault> {
    let until = end_of(end, changing.now, &changing.config)?;
    let is_over = |until: &i64| {
        changing
            .now
            .known()
            .is_some_and(|now| *until <= now.as_second())
    };
    if until.as_ref().is_some_and(is_over) {
        let text = end.until.clone().or_else(|| end.lasting.clone());
        return Err(TimeError::Past(text.unwrap_or_default()).into());
    }
    let by = changing.act.role;
    let is_none = mode == Mode::Normal && until.is_none();
    Ok((!is_none).then_some(ModeSwitch { mode, until, by }))
}

fn tell_mode(group: &Group, config: &Config, console: &mut Console<'_>) -> Result<(), Fault> {
    let words = console.words;
    let zone = &config.school.time_zone;
    console.line(match group.mode {
        None => words.mode_of_timetable(&group.name),
        Some(mode) => match mode.until {
            None => words.mode_until_ended(&group.name, mode.mode.id()),
            Some(until) => words.mode_until(&group.name, mode.mode.id(), &shown_unix(until, zone)),
        },
    })
}

/// What a group does not have cannot be taken from it.
fn check_dropped(name: &str, drop: &[Dropped], changing: &Changing) -> Result<(), Fault> {
    if drop.is_empty() {
        return Ok(());
    }
    // A group that is not there the change itself tells.
    let group = named(name, changing.groups()?);
    let missing = group.and_then(|group| drop.iter().find(|one| !has(&group, one)));
    missing.map_or(Ok(()), |one| {
        Err(Fault::NotClaimed {
            group: name.to_owned(),
            one: match one {
                Dropped::Mac(mac) => mac.to_string(),
                Dropped::Subnet(subnet) => subnet.to_string(),
                Dropped::Interface(name) => name.to_string(),
            },
        })
    })
}

fn named(name: &str, groups: Vec<Group>) -> Option<Group> {
    let mut groups = groups.into_iter();
    groups.find(|group| group.name.to_lowercase() == name.to_lowercase())
}

fn has(group: &Group, one: &Dropped) -> bool {
    match one {
        Dropped::Mac(mac) => group.macs.contains(mac),
        Dropped::Subnet(subnet) => group.subnets.contains(subnet),
        Dropped::Interface(name) => group.interfaces.contains(name),
    }
}

fn drop_from(group: &mut Group, one: &Dropped) {
    match one {
        Dropped::Mac(mac) => group.macs.retain(|own| own != mac),
        Dropped::Subnet(subnet) => group.subnets.retain(|own| own != subnet),
        Dropped::Interface(name) => group.interfaces.retain(|own| own != name),
    }
}

fn import(file: &Path, person: &Person, console: &mut Console<'_>) -> Result<(), Fault> {
    let table = table(file)?;
    let changing = Changing::begin(person)?;
    let (leases, _) = leases::read(&changing.config.lease_files());
    let find = |name: &str| leases::device(&leases, name);
    let store = changing.database.store();
    let done = store.import_groups(&changing.act, &table, &find)?;
    tell_import(&done, console)?;
    let groups = changing.groups()?;
    let is_new =
        |group: &&Group| done.added.contains(&group.name) || done.changed.contains(&group.name);
    let mut new = groups.iter().filter(is_new);
    new.try_for_each(|group| wide::note(group, &groups, console))
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
    let (added, changed) = (done.added.len(), done.changed.len());
    console.line(words.groups_imported(added, changed, done.unchanged.len()))?;
    devices::note_random(done.random.iter().map(|(_, mac)| *mac), console)
}
