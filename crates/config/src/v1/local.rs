//! `[[resolver.local]]` of `v1`: names of the school's own, with records of every kind a school
//! needs.

use std::collections::HashMap;
use std::net::IpAddr;

use lachan_policy::Name;

use super::resolver::{domain_name, each_once, once, plain_address};
use crate::fault::{Fault, Quoted, Wanted};
use crate::reader::{Field, Section};
use crate::values::answers::{MAX_LOCAL_RECORDS, MAX_TEXT};
use crate::values::resolver::{MAX_LOCAL, MAX_LOCAL_ADDRESSES};
use crate::values::{LocalName, LocalRecord};

pub(super) fn read(section: &mut Section<'_>) -> Vec<LocalName> {
    let field = section.field("local");
    let elements = field.and_then(|field| field.elements(Wanted::Tables, MAX_LOCAL));
    let tables = elements.unwrap_or_default();
    let mut seen = HashMap::new();
    let mut aliases = Vec::new();
    let names: Vec<LocalName> = tables
        .iter()
        .filter_map(|field| local_name(field.table()?, &mut seen, &mut aliases))
        .collect();
    for alias in &aliases {
        // One whose table has a mistake is a host all the same: one mistake is enough.
        let is_alias = aliases.iter().any(|other| other.name == Some(alias.target));
        if is_alias || !seen.contains_key(&alias.target) {
            let given = Quoted::new(&alias.target.to_unicode());
            let _: Option<()> = alias.field.refuse(Fault::AliasOfNothing(given));
        }
    }
    names
}

/// An alias, to be looked up once all names are read.
struct Alias<'a> {
    field: Field<'a>,
    name: Option<Name>,
    target: Name,
}

fn local_name<'a>(
    mut section: Section<'a>,
    seen: &mut HashMap<Name, String>,
    aliases: &mut Vec<Alias<'a>>,
) -> Option<LocalName> {
    let name = section.required("name").and_then(|field| {
        let name = field.parsed(domain_name)?;
        once(&field, name, seen)
    });
    let alias = section.field("alias");
    let others = others(&mut section);
    // A table that says nothing most likely lacks what nearly all have.
    let addresses = if alias.is_none() && others.is_none() {
        section.required("addresses")
    } else {
        section.field("addresses")
    };
    let is_alone = addresses.is_none() && others.is_none();
    let addresses = addresses.map(|field| all_addresses(&field));
    section.close();
    if let Some(field) = alias {
        let target = field.parsed(domain_name);
        if !is_alone {
            return field.refuse(Fault::AliasNotAlone);
        }
        let target = target?;
        aliases.push(Alias {
            field,
            name,
            target,
        });
        return Some(LocalName {
            name: name?,
            addresses: Vec::new(),
            records: vec![LocalRecord::Alias(target)],
        });
    }
    Some(LocalName {
        name: name?,
        addresses: addresses.flatten().unwrap_or_default(),
        records: others.unwrap_or_default(),
    })
}

fn all_addresses(field: &Field<'_>) -> Option<Vec<IpAddr>> {
    let elements = field.some_elements(Wanted::Texts, MAX_LOCAL_ADDRESSES)?;
    Some(each_once(elements, plain_address))
}

/// The records other than addresses and an alias; `None` when no key for any is set.
fn others(section: &mut Section<'_>) -> Option<Vec<LocalRecord>> {
    let pointer = section.field("pointer").map(|field| {
        let target = field.parsed(domain_name);
        target.map(LocalRecord::Pointer).into_iter().collect()
    });
    let mut list = |key, parse: fn(&str) -> Result<LocalRecord, Fault>| {
        let field = section.field(key)?;
        let elements = field.some_elements(Wanted::Texts, MAX_LOCAL_RECORDS);
        let elements = elements.unwrap_or_default().into_iter();
        Some(elements.filter_map(|field| field.parsed(parse)).collect())
    };
    let kinds: [Option<Vec<LocalRecord>>; 4] = [
        pointer,
        list("texts", text),
        list("mail", mail),
        list("services", service),
    ];
    let is_set = kinds.iter().any(Option::is_some);
    is_set.then(|| kinds.into_iter().flatten().flatten().collect())
}

fn text(text: &str) -> Result<LocalRecord, Fault> {
    if text.chars().any(char::is_control) {
        return Err(Fault::ControlCharacter(Quoted::new(text)));
    }
    if text.len() > MAX_TEXT {
        return Err(Fault::TooLong { most: MAX_TEXT });
    }
    Ok(LocalRecord::Text(text.to_owned()))
}

/// `10 thu.truong.lan`, as in a zone file (RFC 1035 §3.3.9).
fn mail(text: &str) -> Result<LocalRecord, Fault> {
    let fault = || Fault::NotMail(Quoted::new(text));
    let mut words = text.split_whitespace();
    let preference = number(words.next()).ok_or_else(fault)?;
    let host = words.next().ok_or_else(fault)?;
    if words.next().is_some() {
        return Err(fault());
    }
    let host = domain_name(host)?;
    Ok(LocalRecord::Mail { preference, host })
}

/// `0 5 389 dc.truong.lan`, as in a zone file (RFC 2782).
fn service(text: &str) -> Result<LocalRecord, Fault> {
    let fault = || Fault::NotAService(Quoted::new(text));
    let mut words = text.split_whitespace();
    let [priority, weight, port] = [(); 3].map(|()| number(words.next()));
    let target = words.next().ok_or_else(fault)?;
    if words.next().is_some() {
        return Err(fault());
    }
    Ok(LocalRecord::Service {
        priority: priority.ok_or_else(fault)?,
        weight: weight.ok_or_else(fault)?,
        port: port.ok_or_else(fault)?,
        target: domain_name(target)?,
    })
}

/// A number of 16 bits, in digits only.
fn number(word: Option<&str>) -> Option<u16> {
    let word = word.filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()))?;
    word.parse().ok()
}
