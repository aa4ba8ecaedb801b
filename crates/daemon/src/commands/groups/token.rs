//! `lachan groups token`: the secrets of managed devices. A token is printed once, when it is made,
//! alone on standard output; what is said about it goes to standard error.

use lachan_policy::TokenMark;
use serde_json::json;

use super::Changing;
use crate::console::Console;
use crate::fault::Fault;

/// What is to be done.
pub(super) enum Asked {
    /// Show how the tokens begin.
    Show,
    /// Make one.
    New,
    /// Take back the one that begins so, or all.
    Revoke(Option<String>),
}

impl Asked {
    /// What these arguments ask for.
    pub(super) fn of(new: bool, revoke: Option<Option<String>>) -> Self {
        match revoke {
            Some(first) => Self::Revoke(first),
            None if new => Self::New,
            None => Self::Show,
        }
    }
}

/// Shows, makes or takes back tokens.
pub(super) fn token(
    group: &str,
    asked: Asked,
    json: bool,
    changing: &Changing,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let (store, words) = (changing.database.store(), console.words);
    match asked {
        Asked::Show => show(group, json, changing, console),
        Asked::New => {
            let token = store.add_token(&changing.act, group)?.to_string();
            if json {
                return console.json(&json!({ "group": group, "token": token }));
            }
            console.line(&token)?;
            console.note(words.token_made(group))
        }
        Asked::Revoke(first) => {
            let ended = store.revoke_tokens(&changing.act, group, first.as_deref())?;
            if json {
                return console.json(&json!({ "group": group, "revoked": firsts(&ended) }));
            }
            console.line(words.tokens_revoked(group, &shown(&ended)))
        }
    }
}

fn show(
    name: &str,
    json: bool,
    changing: &Changing,
    console: &mut Console<'_>,
) -> Result<(), Fault> {
    let groups = changing.database.ask(|reader| reader.groups())?;
    let mut groups = groups.into_iter();
    let group = groups.find(|group| group.name.to_lowercase() == name.to_lowercase());
    let group = group.ok_or_else(|| Fault::UnknownGroup(name.to_owned()))?;
    if json {
        let tokens = firsts(&group.tokens);
        return console.json(&json!({ "group": group.name, "tokens": tokens }));
    }
    let words = console.words;
    console.line(if group.tokens.is_empty() {
        words.no_tokens(&group.name)
    } else {
        words.tokens(&group.name, &shown(&group.tokens))
    })
}

fn firsts(marks: &[TokenMark]) -> Vec<&str> {
    marks.iter().map(|mark| mark.first.as_str()).collect()
}

fn shown(marks: &[TokenMark]) -> String {
    let texts = marks.iter().map(|mark| format!("{}…", mark.first));
    texts.collect::<Vec<_>>().join(", ")
}
