//! `lachan firewall`: what the kernel's rules are, how they differ from what they should be, and
//! away with them for a while.

use std::sync::Arc;
use std::time::Duration;

use lachan_config::{Config, NetworkMode};
use lachan_firewall::{Live, Nft, Nftables};
use lachan_lists::open::open_verified;
use serde_json::json;

use super::cache::{ask, failed, unexpected};
use crate::cli;
use crate::console::{Console, WARNING, styled};
use crate::control::{Answer, Client, ClientError, FirewallState, Request};
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::firewall::{Applied, Standing, routes, rules, rules_without_filter, standing};
use crate::network::Links;
use crate::policy_source::People;
use crate::table::Table;
use crate::words::Words;

/// Shows the firewall, or switches it.
///
/// # Errors
/// [`Fault`]: the settings, the database, the kernel, or a filter that cannot be asked.
pub(crate) fn firewall(asked: &cli::Firewall, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let (cli::Firewall::Show { settings, .. }
    | cli::Firewall::Diff { settings, .. }
    | cli::Firewall::Off { settings, .. }
    | cli::Firewall::On { settings }) = asked;
    let config = database::config(settings)?;
    console.words = Words::of_environment_or(config.school.language);
    match asked {
        cli::Firewall::Show { json, .. } => show(&config, *json, console),
        cli::Firewall::Diff { json, .. } => diff(&config, *json, console),
        cli::Firewall::Off { lasting, .. } => off(&config, *lasting, console),
        cli::Firewall::On { .. } => on(&config, console),
    }
}

/// The rules that settings, groups and lists make now; `None` where the firewall is left alone.
fn planned(config: &Config) -> Result<Option<Nftables<'static>>, Fault> {
    if config.network.mode == NetworkMode::Off {
        return Ok(None);
    }
    let ruleset = Arc::new(open_verified(&config.paths.ruleset)?);
    let people = match Database::open_existing(config)? {
        Some(database) => database.ask(People::read)?,
        None => People::default(),
    };
    let unknown = config.resolver.unknown_devices.tier;
    let policy = people.policy(Arc::clone(&ruleset), unknown, &Links::default())?;
    Ok(rules(config, policy.groups(), &ruleset)?)
}

fn show(config: &Config, json: bool, console: &mut Console<'_>) -> Result<Exit, Fault> {
    if config.network.mode == NetworkMode::Off {
        console.line(console.words.firewall_alone())?;
        return Ok(Exit::Done);
    }
    if json {
        console.json(&planned(config)?)?;
        return Ok(Exit::Done);
    }
    let words = console.words;
    let Some(live) = Nft::default().live()? else {
        console.line(words.firewall_absent())?;
        return Ok(Exit::No);
    };
    let mut table = Table::new([
        &words.firewall_chain(),
        &words.firewall_rule(),
        &words.firewall_packets(),
    ])
    .right(&[2]);
    for rule in live.rules() {
        let packets = rule
            .packets()
            .map_or_else(String::new, |count| count.to_string());
        table.row([
            rule.chain().to_owned(),
            words.firewall_purpose(rule.comment()),
            packets,
        ]);
    }
    for line in table.lines() {
        console.line(line)?;
    }
    Ok(Exit::Done)
}

fn diff(config: &Config, json: bool, console: &mut Console<'_>) -> Result<Exit, Fault> {
    if let Some(seconds) = off_for(config) {
        if json {
            console.json(&json!({ "standing": "off", "changes": [], "seconds": seconds }))?;
        } else {
            let state = console.words.firewall_state_off(seconds);
            console.line(console.words.firewall_line(&state))?;
        }
        return Ok(Exit::No);
    }
    let live = Nft::default().live()?;
    let Some(planned) = planned(config)? else {
        return left_alone(live.as_ref(), json, console);
    };
    let applied = Applied::load(&config.paths);
    let words = console.words;
    let (id, text, changes) = match standing(applied.as_ref(), live.as_ref(), &planned) {
        Standing::Current => ("current", words.firewall_current(), Vec::new()),
        Standing::Absent => ("absent", words.firewall_absent(), Vec::new()),
        Standing::Outdated => ("outdated", words.firewall_outdated(), Vec::new()),
        Standing::Touched(changes) => ("touched", words.firewall_touched(), changes),
    };
    if json {
        let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
        console.json(&json!({ "standing": id, "changes": changes }))?;
    } else {
        console.line(text)?;
        for change in &changes {
            console.line(format!("  {}", words.firewall_change(change)))?;
        }
    }
    Ok(if id == "current" {
        Exit::Done
    } else {
        Exit::No
    })
}

/// For how many seconds more the running filter leaves it off.
fn off_for(config: &Config) -> Option<u64> {
    let client = Client::connect(&config.control.socket).ok()?;
    match client.ask(&Request::Status).ok()? {
        Answer::Status(status) => match status.firewall.state {
            FirewallState::Off { seconds } => Some(seconds),
            _ => None,
        },
        _ => None,
    }
}

/// Rules of ours that are there although the settings say to leave the firewall alone.
fn left_alone(live: Option<&Live>, json: bool, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let (id, exit) = match live {
        None => ("alone", Exit::Done),
        Some(_) => ("left-over", Exit::No),
    };
    if json {
        console.json(&json!({ "standing": id, "changes": [] }))?;
    } else if live.is_some() {
        console.line(console.words.firewall_left_over())?;
    } else {
        console.line(console.words.firewall_alone())?;
    }
    Ok(exit)
}

fn off(config: &Config, time: Duration, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    let request = Request::Firewall { off: Some(seconds) };
    let answer = Client::connect(&config.control.socket).and_then(|client| client.ask(&request));
    match answer {
        Ok(Answer::Firewall(view)) => match view.state {
            FirewallState::Off { .. } => {
                let time = lachan_config::unit::format_duration(time);
                console.line(console.words.firewall_off(&time))?;
            }
            _ => console.line(console.words.firewall_alone())?,
        },
        Ok(_) => return Err(unexpected(config)),
        // Who must get round the box needs that most when it does not run.
        Err(ClientError::NotRunning) => {
            let nft = Nft::default();
            let Some(bare) = rules_without_filter(config)? else {
                nft.remove()?;
                routes().remove()?;
                // Where nothing was noted there is nothing to forget.
                let _ = Applied::forget(&config.paths);
                console.line(console.words.firewall_removed())?;
                return Ok(Exit::Done);
            };
            let live = nft.apply(&bare)?;
            // Without the note it is said later that somebody changed the rules by hand.
            let _ = Applied::new(&bare, &live).save(&config.paths);
            console.line(console.words.firewall_removed())?;
            let warning = console.words.firewall_comes_back();
            console.note(styled(WARNING, warning))?;
        }
        Err(source) => return Err(failed(config, source)),
    }
    Ok(Exit::Done)
}

fn on(config: &Config, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let Answer::Firewall(view) = ask(config, &Request::Firewall { off: None })? else {
        return Err(unexpected(config));
    };
    if view.state == FirewallState::Alone {
        console.line(console.words.firewall_alone())?;
        return Ok(Exit::No);
    }
    console.line(console.words.firewall_on())?;
    Ok(Exit::Done)
}
