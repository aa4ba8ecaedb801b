//! Connections that a school wants opened up leave their thread here, before anything was sent.

use std::net::SocketAddr;

use lachan_policy::{Ask, CategorySet, Moment, Name, Policy};
use rustix::event::epoll;
use rustix::net::getsockname;

use super::super::hello::{Alpn, Hello, ServerName};
use super::super::ruling::{Fate, First, Ruling};
use super::{ACCESS_DENIED, Thread};
use crate::inspect::{Handed, Opening};

impl Thread {
    /// How a connection is opened up, if it is: one whose name was decided and closed by that
    /// verdict, or let pass.
    pub(super) fn opening(
        &self,
        policy: &Policy,
        group: usize,
        at: Option<Moment>,
        first: &First,
        ruling: &Ruling,
    ) -> Option<Opening> {
        let inspector = self.shared.inspect.load();
        let inspector = inspector.as_ref()?;
        let First::Hello(hello) = first else {
            return None;
        };
        let is_closed = match ruling.fate {
            Fate::Name(_) => false,
            // Closed for another reason than the name, it stays closed.
            Fate::Closed(Some(_)) if ruling.verdict.is_some_and(|v| v.is_block()) => true,
            Fate::Closed(_) | Fate::Address => return None,
        };
        if !speaks_http(hello.alpn) {
            return None;
        }
        let ask = Ask {
            name: &ruling.name()?,
            group,
            at,
            found: CategorySet::EMPTY,
        };
        inspector.opening(policy, &ask, is_closed)
    }

    /// At the address of closed names: the block page to who can be shown it, else the alert. The
    /// resolver told of the block when it answered.
    pub(super) fn close_at_block_address(&mut self, index: usize, first: &First) {
        let opened = self.block_page(index, first);
        match opened {
            Some((name, target)) => self.hand_over(index, Opening::BlockPage, name, target),
            None => self.part(index, &ACCESS_DENIED),
        }
    }

    fn block_page(&self, index: usize, first: &First) -> Option<(Name, SocketAddr)> {
        let inspector = self.shared.inspect.load();
        let inspector = inspector.as_ref()?;
        let First::Hello(Hello {
            server_name: ServerName::Name(name),
            alpn,
            ..
        }) = first
        else {
            return None;
        };
        let conn = self.places.get(index)?;
        let target = SocketAddr::try_from(getsockname(&conn.client).ok()?).ok()?;
        let policy = self.shared.policy.load_full();
        let ask = Ask {
            name,
            group: self.shared.group(&policy, conn.peer),
            at: self.shared.clock.moment(),
            found: CategorySet::EMPTY,
        };
        let is_closed = speaks_http(*alpn) && policy.decide(&ask).is_block();
        let opening = is_closed.then(|| inspector.opening(&policy, &ask, true))?;
        opening.map(|_| (*name, target))
    }

    /// Hands a connection over, with all that was read of it.
    pub(super) fn hand_over(
        &mut self,
        index: usize,
        opening: Opening,
        name: Name,
        target: SocketAddr,
    ) {
        let read = self.wire(index);
        let Some(conn) = self.leave(index) else {
            return;
        };
        // It lives on elsewhere, so that closing does not take it out.
        let _ = epoll::delete(&self.epoll, &conn.client);
        match opening {
            Opening::Pages => self.counters.passed(),
            Opening::BlockPage => self.counters.blocked(),
        }
        self.counters.ended();
        if let Some(inspector) = &*self.shared.inspect.load() {
            inspector.take(Handed {
                client: conn.client,
                peer: conn.peer,
                read,
                name,
                target,
                opening,
            });
        }
    }
}

/// Whether what a client would speak inside is HTTP, or may be: nothing else can be read here.
const fn speaks_http(alpn: Alpn) -> bool {
    (alpn.h2 || alpn.http1 || !alpn.other) && !alpn.dns
}
