//! What of the cache may be kept over a restart, out of it and into it.
//!
//! Which names may leave the memory at all, and what the bytes look like, is `crate::snapshot`'s
//! affair. Here only whole, good answers go out, each with its age, and what comes in takes no
//! fresher answer's place.

use super::{CHECKING_DISABLED, Cache, DNSSEC_OK, FAILURE, KEEPS_ECH, Key, KeyRef, Scratch};
use crate::wire::flat::View;
use crate::wire::response::Reply;
use crate::wire::u16_at;

/// An answer on its way out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaving<'s> {
    /// What it says.
    pub(crate) view: View<'s>,
    /// Seconds since it came.
    pub(crate) age: u32,
    /// Whether DNSSEC records were wanted.
    pub(crate) dnssec_ok: bool,
    /// Whether answers that fail validation were wanted.
    pub(crate) checking_disabled: bool,
}

impl Cache {
    /// Shows every good answer that may still be served to any tier, whose question `wants` says yes to: it is
    /// given the name in normal form and the type before anything else is copied. Writers of one
    /// shard at a time wait meanwhile, readers never.
    pub(crate) fn each(
        &self,
        now: u32,
        wants: impl Fn(&[u8], u16) -> bool,
        mut take: impl FnMut(Leaving<'_>),
    ) {
        let horizon = self.horizon(now);
        let mut scratch = Scratch::new();
        let wants = |flags: u8, question: &[u8]| {
            let name = name_length(question).and_then(|length| question.split_at_checked(length));
            flags & (FAILURE | KEEPS_ECH) == 0
                && name.is_some_and(|(name, rest)| {
                    u16_at(rest, 1).is_some_and(|qtype| wants(name, qtype))
                })
        };
        for shard in &self.shards {
            shard.each(&mut scratch, wants, |head, flat| {
                let Some(view) = View::new(flat) else {
                    return;
                };
                let lives = !horizon.is_past(head.stored, view.lifetime());
                if lives && !view.is_failure() {
                    take(Leaving {
                        view,
                        age: horizon.now.saturating_sub(head.stored),
                        dnssec_ok: head.flags & DNSSEC_OK != 0,
                        checking_disabled: head.flags & CHECKING_DISABLED != 0,
                    });
                }
            });
        }
    }

    /// Keeps an answer that came `age` seconds before `now`. Says whether it was kept: not when it
    /// is of no use any more, and not when there is one that lives.
    pub(crate) fn put_old(&self, key: &Key, reply: &Reply, age: u32, now: u32) -> bool {
        let view = reply.view();
        let key = KeyRef::from(key);
        let horizon = self.horizon(now);
        let Some(stored) = horizon.now.checked_sub(age) else {
            return false;
        };
        let useful = !horizon.is_past(stored, reply.lifetime()) && !view.is_failure();
        if !useful || !view.answers(key.name.as_wire(), key.qtype) {
            return false;
        }
        let wanted = self.wanted(key, 0);
        let lives = self.shard(wanted.hash);
        if lives.is_none_or(|shard| shard.lives(&wanted, horizon.now)) {
            return false;
        }
        self.write(&wanted, stored, reply.as_flat(), horizon)
    }
}

/// How long the name is that a question begins with, its root byte left out.
fn name_length(question: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *question.get(at)? {
            0 => return Some(at),
            length => at += 1 + usize::from(length),
        }
    }
}
