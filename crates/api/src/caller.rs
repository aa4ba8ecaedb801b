//! Who asks: from where, in which language, and, when signed in, by which account.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use lachan_store::{Account, SessionHash};
use lachan_web::{Code, Language, Role, Side};

use lachan_web::serve::Refused;

/// The address that a request comes from; whoever serves puts it into the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Somebody, signed in or not.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) address: IpAddr,
    pub(crate) side: Side,
    /// The language her browser asks for first.
    pub(crate) language: Option<Language>,
    /// The language she is answered in: her account's, else her browser's, else the school's.
    pub(crate) spoken: Language,
    /// Who is signed in.
    pub(crate) caller: Option<Caller>,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: Account,
    pub(crate) role: Role,
    pub(crate) session: SessionHash,
}

impl Caller {
    /// Whether she works with a group: administrators with all, teachers with their own.
    pub(crate) fn works_with(&self, group: u32) -> bool {
        self.role == Role::Admin || self.account.groups.iter().any(|own| own.0 == group)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        // The guard puts one into every request that passes it.
        let visitor = parts.extensions.get::<Self>().cloned();
        visitor.ok_or_else(|| Refused(Code::Internal.into()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let visitor = Visitor::from_request_parts(parts, state).await?;
        visitor
            .caller
            .ok_or_else(|| Refused(Code::SignedOut.into()))
    }
}
