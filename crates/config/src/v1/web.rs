//! `[web]` of `v1`: where the box's own pages are, by which names, and who is on which side.

use super::rate_limit::subnet;
use super::resolver::{Listening, add_listeners, domain_name, each_once};
use crate::fault::Wanted;
use crate::reader::Section;
use crate::values::Web;
use crate::values::web::{MAX_LISTEN, MAX_NAMES, MAX_SIDE};

/// Reads it; `taken` are the listeners over TCP that there are already.
pub(super) fn read(mut section: Section<'_>, mut taken: Listening) -> Web {
    let default = Web::default();
    let before = taken.len();
    let listen = section.field("listen");
    let listen = listen.and_then(|field| field.elements(Wanted::Texts, MAX_LISTEN));
    let listen = listen.map(|elements| {
        add_listeners(elements, &mut taken);
        let new = taken[before..].iter();
        new.map(|(_, address)| *address).collect()
    });
    let names = section.field("names");
    let names = names.and_then(|field| field.elements(Wanted::Texts, MAX_NAMES));
    let names = names.map(|elements| each_once(elements, domain_name));
    let mut side = |key| {
        let field = section.field(key);
        let elements = field.and_then(|field| field.elements(Wanted::Texts, MAX_SIDE));
        each_once(elements.unwrap_or_default(), subnet)
    };
    let (management, staff) = (side("management"), side("staff"));
    section.close();
    Web {
        listen: listen.unwrap_or(default.listen),
        names: names.unwrap_or(default.names),
        management,
        staff,
    }
}
