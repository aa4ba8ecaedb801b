//! Tokens of groups, by which a device is known over encrypted DNS wherever it is. A token is a secret
//! of its group: it is shown once, when it is made, with all that carries it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use fast_qr::QRBuilder;
use fast_qr::convert::svg::SvgBuilder;
use lachan_store::{MAX_TOKENS, MadeToken};
use lachan_web::{Code, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::{Caller, Visitor};
use crate::fault;
use crate::guard::of_config;
use crate::ports::DnsWays;
use crate::state::Api;
use lachan_web::serve::{At, Refused};

/// A token as it can be told from others.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenView {
    /// Its first characters.
    first: String,
    /// Unix seconds; `null` when the box did not know the time.
    made_at: Option<i64>,
    made_by: String,
}

impl From<MadeToken> for TokenView {
    fn from(made: MadeToken) -> Self {
        Self {
            first: made.first,
            made_at: made.made_at,
            made_by: made.made_by,
        }
    }
}

/// The tokens of a group, and what they can be used for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenList {
    items: Vec<TokenView>,
    /// Most that a group has at a time.
    most: usize,
    ways: DnsWays,
}

/// A token that was made. None of this can be shown again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewToken {
    token: String,
    /// How it is told from others from now on.
    first: String,
    /// The URL of DNS over HTTPS; `null` where none listens.
    doh_url: Option<String>,
    /// The same as a picture.
    doh_qr_svg: Option<String>,
    /// The server name of DNS over TLS, and of Android's Private DNS.
    dot_name: Option<String>,
    /// A profile for iPhone, iPad and Mac (`.mobileconfig`).
    apple: Option<String>,
    /// A script for Windows (PowerShell).
    windows: Option<String>,
}

/// Which token of which group.
#[derive(Deserialize)]
pub(crate) struct Which {
    id: u32,
    first: String,
}

/// The tokens of a group.
#[utoipa::path(get, path = "/groups/{id}/tokens", tag = "groups", params(("id" = u32, Path)),
    responses(
        (status = 200, body = TokenList),
        (status = 404, description = "`not-found`"),
    ))]
pub(crate) async fn list(
    State(api): State<Api>,
    At(id): At<u32>,
) -> Result<Json<TokenList>, Refused> {
    let tokens = api.work(move |api| {
        name_of(api, id)?;
        let made = api.ask(|reader| reader.tokens(lachan_policy::GroupId(id)))?;
        Ok(TokenList {
            items: made.into_iter().map(TokenView::from).collect(),
            most: MAX_TOKENS,
            ways: api.ports.encrypted.ways(),
        })
    });
    Ok(Json(tokens.await?))
}

/// Makes a token for a group, beside those it has.
#[utoipa::path(post, path = "/groups/{id}/tokens", tag = "groups", params(("id" = u32, Path)),
    responses(
        (status = 201, body = NewToken),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`too-many`"),
    ))]
pub(crate) async fn make(
    State(api): State<Api>,
    caller: Caller,
    visitor: Visitor,
    At(id): At<u32>,
) -> Result<(StatusCode, Json<NewToken>), Refused> {
    let made = api.work(move |api| {
        let name = name_of(api, id)?;
        let token = api.store.add_token(&api.act(&caller), &name);
        let token = token.map_err(fault::of_token)?;
        api.ports.rules.changed();
        let encrypted = &api.ports.encrypted;
        let using = encrypted.token_use(&name, token, of_config(visitor.spoken));
        Ok(NewToken {
            token: token.to_string(),
            first: token.mark().first,
            doh_qr_svg: using.doh_url.as_deref().map(picture).transpose()?,
            doh_url: using.doh_url,
            dot_name: using.dot_name,
            apple: using.apple,
            windows: using.windows,
        })
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// Takes a token back: devices that use it belong to no group from now on.
#[utoipa::path(delete, path = "/groups/{id}/tokens/{first}", tag = "groups",
    params(("id" = u32, Path), ("first" = String, Path)),
    responses(
        (status = 204),
        (status = 404, description = "`not-found`"),
    ))]
pub(crate) async fn revoke(
    State(api): State<Api>,
    caller: Caller,
    At(which): At<Which>,
) -> Result<StatusCode, Refused> {
    api.work(move |api| {
        let name = name_of(api, which.id)?;
        let act = api.act(&caller);
        let revoked = api.store.revoke_tokens(&act, &name, Some(&which.first));
        revoked.map_err(fault::of_token)?;
        api.ports.rules.changed();
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn name_of(api: &Api, id: u32) -> Result<String, Problem> {
    let groups = api.ask(|reader| reader.groups())?;
    let found = groups.into_iter().find(|group| group.id.0 == id);
    found
        .map(|group| group.name)
        .ok_or_else(|| Code::NotFound.into())
}

/// A text as a camera reads it.
fn picture(text: &str) -> Result<String, Problem> {
    let code = QRBuilder::new(text).build().map_err(|error| {
        tracing::error!(?error, "a QR code cannot be made");
        Problem::from(Code::Internal)
    })?;
    Ok(SvgBuilder::default().to_str(&code))
}
