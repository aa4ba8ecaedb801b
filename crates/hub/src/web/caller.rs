//! Who asks: from where, in which language, and, when signed in, by which account.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use lachan_web::serve::Refused;
use lachan_web::{Code, Language};

use crate::accounts::Account;
use crate::audit::{Act, Standing};

/// The address that a request comes from; whoever serves puts it into the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Somebody, signed in or not.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) address: IpAddr,
    /// The language her browser asks for first.
    pub(crate) language: Option<Language>,
    /// The language she is answered in: her account's, else her browser's, else Vietnamese.
    pub(crate) spoken: Language,
    /// Who is signed in.
    pub(crate) caller: Option<Caller>,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: Account,
    /// The hash of her session's id.
    pub(crate) session: String,
}

impl Caller {
    /// What she does, for the log; `now` is Unix seconds.
    pub(crate) fn act(&self, now: i64) -> Act {
        Act {
            account: self.account.id.clone(),
            author: author(&self.account.display_name, &self.account.name),
            at: now,
            standing: Some(Standing {
                session: self.session.clone(),
                unit: self.account.unit.clone(),
                version: self.account.version,
            }),
        }
    }
}

/// Who stands in the log: the name people know, and the one she signs in by.
pub(crate) fn author(display_name: &str, name: &str) -> String {
    format!("{display_name} ({name})")
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
