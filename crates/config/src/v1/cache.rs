//! The keys of `[resolver]` that begin with `cache-`, its size apart.

use crate::reader::Section;
use crate::values::{Cache, Switch, cache as bounds};

pub(super) fn read(section: &mut Section<'_>) -> Cache {
    let default = Cache::default();
    let mut duration = |key, bounds| section.field(key).and_then(|field| field.duration(bounds));
    let max_ttl = duration("cache-max-ttl", &bounds::MAX_TTL);
    let min_ttl = duration("cache-min-ttl", &bounds::MIN_TTL);
    let stale_for = duration("cache-stale-for", &bounds::STALE_FOR);
    Cache {
        max_ttl: max_ttl.unwrap_or(default.max_ttl),
        min_ttl: min_ttl.unwrap_or(default.min_ttl),
        serve_stale: switch(section, "cache-serve-stale", default.serve_stale),
        stale_for: stale_for.unwrap_or(default.stale_for),
        prefetch: switch(section, "cache-prefetch", default.prefetch),
        persist: switch(section, "cache-persist", default.persist),
    }
}

pub(super) fn switch(section: &mut Section<'_>, key: &'static str, default: Switch) -> Switch {
    const WORDS: [(&str, Switch); 2] = [("on", Switch::On), ("off", Switch::Off)];
    let field = section.field(key);
    field.and_then(|f| f.choice(&WORDS)).unwrap_or(default)
}
