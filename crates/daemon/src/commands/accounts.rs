//! `lachan accounts`: for who lost her password or her phone, at the box itself. Whoever may open the
//! database could do anything with it, so nothing more is asked.

use lachan_policy::Role;
use lachan_store::{Account, AccountError};
use lachan_web::TypedCode;
use lachan_web::password::Hasher;
use serde_json::json;

use crate::author;
use crate::cli::{self, Accounts, Person};
use crate::console::Console;
use crate::database::{self, Database};
use crate::exit::Exit;
use crate::fault::Fault;
use crate::table::Table;
use crate::time::{Now, shown_unix};

/// Shows accounts, or lets somebody in again.
///
/// # Errors
/// [`Fault`]: the settings, the database, or no such account.
pub(crate) fn accounts(asked: &Accounts, console: &mut Console<'_>) -> Result<Exit, Fault> {
    match asked {
        Accounts::List { settings, json } => list(settings, *json, console)?,
        Accounts::InboxKeyOff { person } => {
            let config = database::config(&person.settings)?;
            let act = author::act(person.author.as_deref(), Role::School, &Now::system());
            let had_one = match Database::open_existing(&config)? {
                Some(database) => database.store().remove_counsellor_key(&act)?,
                None => false,
            };
            let words = console.words;
            console.line(if had_one {
                words.inbox_key_off()
            } else {
                words.inbox_no_key()
            })?;
        }
        Accounts::Password { name, person } => password(name, person, console)?,
        Accounts::TotpOff { name, person } => {
            let (database, account) = found(name, person)?;
            let act = author::act(person.author.as_deref(), Role::School, &Now::system());
            let changed = database.store().set_totp(&act, account.id, None)?;
            console.line(console.words.account_totp_off(&changed.name))?;
        }
    }
    Ok(Exit::Done)
}

fn list(settings: &cli::Settings, as_json: bool, console: &mut Console<'_>) -> Result<(), Fault> {
    let config = database::config(settings)?;
    let all = match Database::open_existing(&config)? {
        Some(database) => database.ask(|reader| reader.accounts())?,
        None => Vec::new(),
    };
    if as_json {
        let shown = all.iter().map(|account| {
            json!({
                "id": account.id,
                "name": account.name,
                "display_name": account.display_name,
                "role": account.role,
                "until": account.until,
                "totp": account.has_totp,
                "must_change_password": account.must_change_password,
                "last_seen": account.last_seen,
            })
        });
        return console.json(&shown.collect::<Vec<_>>());
    }
    let words = console.words;
    if all.is_empty() {
        return console.line(words.no_accounts());
    }
    let mut table = Table::new([
        &words.account(),
        &words.name_for_people(),
        &words.account_role(),
        &words.until(),
        &words.one_time_codes(),
        &words.last_seen(),
    ]);
    let zone = &config.school.time_zone;
    let time = |unix: Option<i64>| unix.map_or_else(String::new, |unix| shown_unix(unix, zone));
    for account in all {
        table.row([
            account.name,
            account.display_name,
            account.role,
            time(account.until),
            if account.has_totp {
                words.yes_word()
            } else {
                words.no_word()
            },
            time(account.last_seen),
        ]);
    }
    for line in table.lines() {
        console.line(line)?;
    }
    Ok(())
}

fn password(name: &str, person: &Person, console: &mut Console<'_>) -> Result<(), Fault> {
    let (database, account) = found(name, person)?;
    let (mut random, mut salt) = ([0; 8], [0; 16]);
    getrandom::fill(&mut random).map_err(Fault::Random)?;
    getrandom::fill(&mut salt).map_err(Fault::Random)?;
    let code = TypedCode::new(random);
    let hash = Hasher::default().hash(code.as_str(), salt);
    let hash = hash.map_err(Fault::Password)?;
    let act = author::act(person.author.as_deref(), Role::School, &Now::system());
    let store = database.store();
    let changed = store.set_password(&act, account.id, hash, true, None)?;
    console.line(code.as_str())?;
    console.note(console.words.account_password(&changed.name))
}

/// The account of a name, with the database it is in.
fn found(name: &str, person: &Person) -> Result<(Database, Account), Fault> {
    let config = database::config(&person.settings)?;
    let unknown = || AccountError::Unknown(name.to_owned());
    let database = Database::open_existing(&config)?.ok_or_else(unknown)?;
    let found = database.ask(|reader| reader.account_named(&name.to_lowercase()))?;
    let (account, _) = found.ok_or_else(unknown)?;
    Ok((database, account))
}
