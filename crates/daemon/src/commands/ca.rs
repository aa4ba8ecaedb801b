//! `lachan ca`: the authority of the box for inspection: what it is, what machines need to trust it,
//! a new one. Nothing written here ever holds its key.

mod export;
mod policies;

use std::io::Write as _;
use std::path::Path;

use clap::ValueEnum as _;

use jiff::tz::TimeZone;
use lachan_config::Config;
use lachan_lists::open::open_verified;
use lachan_policy::NeverInspected;
use serde_json::json;

use crate::authority::{self, AuthorityFault, Public};
use crate::cli::{self, Export};
use crate::console::{Console, WARNING, styled};
use crate::database;
use crate::exit::Exit;
use crate::fault::Fault;
use crate::time::{Now, shown_unix};
use crate::words::{Words, path};

/// Shows, exports or renews it.
///
/// # Errors
/// [`Fault`]: the settings, the ruleset, the authority's file.
pub(crate) fn ca(asked: &cli::Ca, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let (cli::Ca::Show { settings, .. }
    | cli::Ca::Export { settings, .. }
    | cli::Ca::Renew { settings, .. }) = asked;
    let config = database::config(settings)?;
    console.words = Words::of_environment_or(config.school.language);
    match asked {
        cli::Ca::Show { json, .. } => show(&config, *json, console),
        cli::Ca::Export { kind, out, yes, .. } => {
            export(&config, *kind, out.as_deref(), *yes, console)
        }
        cli::Ca::Renew { yes, .. } => renew(&config, *yes, console),
    }
}

/// What the pages give to who is to trust the authority; `None` for what there is not. Nothing is made
/// here, and no policy is among it.
pub(crate) fn authority_for_web(
    kind: &str,
    config: &Config,
    words: Words,
) -> Option<lachan_api::ports::CertificateFile> {
    let kind = Export::from_str(kind, false).ok()?;
    let name = match kind {
        Export::Pem => "lachan-ca.pem",
        Export::Cer => "lachan-ca.cer",
        Export::Windows => "lachan-ca.ps1",
        Export::Apple => "lachan-ca.mobileconfig",
        Export::Android => "lachan-ca-android.txt",
        Export::Chromebook => "lachan-ca-chromebook.txt",
        Export::ChromeWindows | Export::ChromeLinux | Export::Firefox => return None,
    };
    let known = authority::public(&config.paths).ok()??;
    let bytes = export::bytes(kind, &known, &config.school.name, words);
    Some(lachan_api::ports::CertificateFile { name, bytes })
}

fn show(config: &Config, as_json: bool, console: &mut Console<'_>) -> Result<Exit, Fault> {
    let wanted = &config.proxy.inspection;
    let known = authority::public(&config.paths)?;
    if as_json {
        console.json(&json!({
            "fingerprint": known.as_ref().map(Public::fingerprint),
            "from": known.as_ref().map(|known| known.validity.from),
            "until": known.as_ref().map(|known| known.validity.until),
            "on": wanted.is_on(),
            "groups": wanted.groups,
            "categories": wanted.categories,
            "block-page-certificates": wanted.block_page_certificates.is_on(),
        }))?;
        return Ok(Exit::Done);
    }
    let words = console.words;
    match &known {
        None => console.line(words.ca_none())?,
        Some(known) => {
            console.line(words.ca_fingerprint(&known.fingerprint()))?;
            let day = |unix| date(unix, &config.school.time_zone);
            let (from, until) = (day(known.validity.from), day(known.validity.until));
            console.line(words.ca_validity(&from, &until))?;
            if !known.validity.holds(Now::system().unix()) {
                console.note(styled(WARNING, words.ca_ended()))?;
            }
        }
    }
    if !wanted.is_on() {
        console.line(words.ca_off())?;
        return Ok(Exit::Done);
    }
    let groups = wanted.groups.join(", ");
    if !wanted.categories.is_empty() {
        console.line(words.ca_reads(&groups, &wanted.categories.join(", ")))?;
    }
    if wanted.block_page_certificates.is_on() {
        console.line(words.ca_pages(&groups))?;
    }
    Ok(Exit::Done)
}

fn export(
    config: &Config,
    kind: Export,
    out: Option<&Path>,
    yes: bool,
    console: &mut Console<'_>,
) -> Result<Exit, Fault> {
    let words = console.words;
    if kind.is_policy() {
        let bytes = policies::bytes(kind).into_bytes();
        return put(out, &bytes, console);
    }
    if !yes {
        return meaning(console);
    }
    let known = known_or_made(config)?;
    let bytes = export::bytes(kind, &known, &config.school.name, words);
    let exit = put(out, &bytes, console)?;
    console.note(words.ca_compare(&known.fingerprint()))?;
    Ok(exit)
}

/// What machines are told to trust: made now, where the filter has made none yet.
fn known_or_made(config: &Config) -> Result<Public, Fault> {
    if let Some(known) = authority::public(&config.paths)? {
        return Ok(known);
    }
    let unix = Now::system().unix();
    authority::make(&config.paths, &config.school.name, unix, &never(config)?)?;
    let made = authority::public(&config.paths)?;
    made.ok_or_else(|| AuthorityFault::NoLock.into())
}

fn renew(config: &Config, yes: bool, console: &mut Console<'_>) -> Result<Exit, Fault> {
    if !yes {
        console.line(styled(WARNING, console.words.ca_renew_means()))?;
        return Ok(Exit::No);
    }
    let unix = Now::system().unix();
    authority::make(&config.paths, &config.school.name, unix, &never(config)?)?;
    if let Some(made) = authority::public(&config.paths)? {
        console.line(console.words.ca_renewed(&made.fingerprint()))?;
    }
    Ok(Exit::Done)
}

/// Says what inspection means, and asks for a yes.
fn meaning(console: &mut Console<'_>) -> Result<Exit, Fault> {
    let words = console.words;
    console.line(styled(WARNING, words.ca_means_title()))?;
    for line in [
        words.ca_means_reading(),
        words.ca_means_own(),
        words.ca_means_tell(),
        words.ca_means_never(),
        words.ca_means_yes(),
    ] {
        console.line(format!("  - {line}"))?;
    }
    Ok(Exit::No)
}

fn never(config: &Config) -> Result<NeverInspected, Fault> {
    let ruleset = open_verified(&config.paths.ruleset)?;
    Ok(ruleset.book().never_inspected().clone())
}

fn put(out: Option<&Path>, bytes: &[u8], console: &mut Console<'_>) -> Result<Exit, Fault> {
    let Some(file) = out else {
        console.out.write_all(bytes).map_err(Fault::Output)?;
        return Ok(Exit::Done);
    };
    let written = lachan_sys::replace_file(file, |out| out.write_all(bytes));
    written.map_err(|source| Fault::Write {
        path: file.to_owned(),
        source,
    })?;
    console.line(console.words.ca_written(&path(file)))?;
    Ok(Exit::Done)
}

fn date(unix: i64, zone: &TimeZone) -> String {
    let shown = shown_unix(unix, zone);
    shown
        .split([' ', 'T'])
        .next()
        .unwrap_or_default()
        .to_owned()
}
