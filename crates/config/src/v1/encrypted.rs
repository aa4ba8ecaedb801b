//! The encrypted listeners of `[resolver]`, and `[resolver.tls]`, their certificate: that there is
//! one, that it has a key, and that no two listeners want one port.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::fault::{Fault, Wanted};
use crate::reader::{Field, Section};
use crate::values::encrypted::MAX_NAMES;
use crate::values::resolver::MAX_LISTEN;
use crate::values::{Encrypted, Tls};

use super::absolute;
use super::resolver::{Listening, add_listeners, domain_name, each_once};

/// Reads them; `listen` are the listeners of plain DNS, which take a port over UDP and over TCP.
pub(super) fn read(section: &mut Section<'_>, listen: &Listening) -> Encrypted {
    let (mut tcp, mut udp) = (listen.clone(), listen.clone());
    let dot = section.field("listen-dot");
    let doh = section.field("listen-doh");
    let doq = section.field("listen-doq");
    let (tls, is_given) = tls(section.section("tls"));
    let encrypted = Encrypted {
        listen_dot: listeners(dot.as_ref(), &mut tcp),
        listen_doh: listeners(doh.as_ref(), &mut tcp),
        listen_doq: listeners(doq.as_ref(), &mut udp),
        tls,
    };
    let first = [dot, doh, doq].into_iter().flatten().find(is_on);
    if let Some(first) = first.filter(|_| !is_given) {
        let _: Option<()> = first.refuse(Fault::CertificateMissing);
    }
    encrypted
}

fn listeners(field: Option<&Field<'_>>, taken: &mut Listening) -> Vec<SocketAddr> {
    let before = taken.len();
    let elements = field.and_then(|field| field.elements(Wanted::Texts, MAX_LISTEN));
    add_listeners(elements.unwrap_or_default(), taken);
    let new = taken[before..].iter();
    new.map(|(_, address)| *address).collect()
}

/// A list with nothing in it is how the template says that a listener is off.
fn is_on(field: &Field<'_>) -> bool {
    !field.is_empty_list()
}

/// The certificate, and whether any part of it is given, right or wrong.
fn tls(mut section: Section<'_>) -> (Option<Tls>, bool) {
    let cert = section.field("cert").filter(is_set);
    let key = section.field("key").filter(is_set);
    match (&cert, &key) {
        (Some(_), None) => section.miss("key"),
        (None, Some(_)) => section.miss("cert"),
        _ => {}
    }
    let names = section.field("names").and_then(|field| {
        let elements = field.elements(Wanted::Texts, MAX_NAMES)?;
        Some(each_once(elements, domain_name))
    });
    section.close();
    let is_given = cert.is_some() || key.is_some();
    let path = |field: Option<Field<'_>>| -> Option<PathBuf> { absolute(&field?) };
    let tls = path(cert).zip(path(key)).map(|(cert, key)| Tls {
        cert,
        key,
        names: names.unwrap_or_default(),
    });
    (tls, is_given)
}

/// An empty text is how the template says that there is no file.
fn is_set(field: &Field<'_>) -> bool {
    !field.is_text("")
}
