//! `lachan groups list`.

use lachan_config::Config;
use lachan_policy::Group;
use lachan_resolver::Leases;
use serde_json::{Value, json};

use super::devices::{shortened, texts};
use crate::cli::Settings;
use crate::console::Console;
use crate::database::{self, Database};
use crate::fault::Fault;
use crate::leases;
use crate::table::Table;
use crate::time::shown_unix;

/// Shows all groups.
pub(super) fn list(
    settings: &Settings,
    json: bool,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let config = database::config(settings)?;
    let groups = all(&config)?;
    // The names help to tell the devices apart; nothing is amiss without them.
    let (leases, _) = leases::read(&config.lease_files());
    if json {
        let shown = groups.iter().map(|group| as_json(group, &leases));
        return console.json(&shown.collect::<Vec<_>>());
    }
    show(&groups, &leases, &config, console)
}

/// All groups; none when the box never ran.
pub(super) fn all(config: &Config) -> Result<Vec<Group>, Fault> {
    match Database::open_existing(config)? {
        Some(database) => database.ask(|reader| reader.groups()),
        None => Ok(Vec::new()),
    }
}

fn as_json(group: &Group, leases: &Leases) -> Value {
    let device = |mac: &lachan_policy::Mac| {
        json!({
            "mac": mac.to_string(),
            "name": leases.name_of(*mac),
            "random": mac.is_random(),
        })
    };
    let tokens = group.tokens.iter().map(|mark| mark.first.as_str());
    json!({
        "id": group.id.0,
        "name": group.name,
        "tier": group.tier.id(),
        "subnets": texts(&group.subnets),
        "devices": group.macs.iter().map(device).collect::<Vec<_>>(),
        "interfaces": texts(&group.interfaces),
        "tokens": tokens.collect::<Vec<_>>(),
        "mode": group.mode.map(|mode| mode.mode.id()),
        "mode_until": group.mode.and_then(|mode| mode.until),
        "periods": group.timetable.periods.len(),
    })
}

fn show(
    groups: &[Group],
    leases: &Leases,
    config: &Config,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let words = console.words;
    let unknown = config.resolver.unknown_devices.tier;
    if groups.is_empty() {
        return console.line(words.no_groups(unknown.id()));
    }
    let mut table = Table::new([
        &words.group(),
        &words.tier(),
        &words.subnets(),
        &words.devices(),
        &words.mode(),
    ]);
    for group in groups {
        table.row([
            group.name.clone(),
            group.tier.to_string(),
            shortened(texts(&group.subnets)),
            devices(group, leases),
            mode(group, config),
        ]);
    }
    for line in table.lines() {
        console.line(line)?;
    }
    console.line(words.unknown_devices(unknown.id()))
}

/// Single devices with their names, interfaces, and how its tokens begin.
fn devices(group: &Group, leases: &Leases) -> String {
    let device = |mac: &lachan_policy::Mac| match leases.name_of(*mac) {
        Some(name) => format!("{mac} ({name})"),
        None => mac.to_string(),
    };
    let tokens = group.tokens.iter().map(|mark| format!("{}…", mark.first));
    let kinds = [
        shortened(group.macs.iter().map(device).collect()),
        shortened(texts(&group.interfaces)),
        shortened(tokens.collect()),
    ];
    let kinds = kinds.into_iter().filter(|text| !text.is_empty());
    kinds.collect::<Vec<_>>().join(" ")
}

fn mode(group: &Group, config: &Config) -> String {
    let Some(mode) = group.mode else {
        return String::new();
    };
    let until = mode
        .until
        .map(|until| shown_unix(until, &config.school.time_zone));
    match until {
        Some(until) => format!("{} → {until}", mode.mode.id()),
        None => mode.mode.id().to_owned(),
    }
}
