//! One's own account: name for people, language, password, one-time codes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use fast_qr::QRBuilder;
use fast_qr::convert::svg::SvgBuilder;
use lachan_web::serve::{Input, Refused};
use lachan_web::{Code, FieldFault, Problem, TotpSecret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{AccountView, LanguageTag, hashed};
use super::session::take_code;
use crate::accounts::{self, AccountChange, Secrets};
use crate::id;
use crate::web::caller::{Caller, Visitor};
use crate::web::fault;
use crate::web::state::Hub;

/// What of the own account is to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnChange {
    display_name: Option<String>,
    language: Option<LanguageTag>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    old: String,
    new: String,
}

/// A secret that a phone is to take; it counts once it is confirmed.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpOffer {
    /// As it is typed where no camera is.
    secret: String,
    /// As a camera reads it.
    uri: String,
    /// The same as a picture.
    qr_svg: String,
}

/// A confirmation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotpConfirmation {
    /// The six digits that the phone shows.
    code: String,
}

/// The password and a code, again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnProof {
    password: String,
    /// The six digits of the phone, which is to be asked no longer.
    totp: Option<String>,
}

/// The own account.
#[utoipa::path(get, path = "/account", tag = "account", responses((status = 200, body = AccountView)))]
pub(crate) async fn own(caller: Caller) -> Json<AccountView> {
    Json(AccountView::of(&caller.account))
}

/// Changes the own account.
#[utoipa::path(patch, path = "/account", tag = "account", request_body = OwnChange,
    responses((status = 200, body = AccountView), (status = 422, description = "`bad-field`")))]
pub(crate) async fn change_own(
    State(hub): State<Hub>,
    caller: Caller,
    Input(given): Input<OwnChange>,
) -> Result<Json<AccountView>, Refused> {
    let change = AccountChange {
        display_name: given.display_name,
        language: given.language.map(|tag| tag.id().to_owned()),
        ..AccountChange::default()
    };
    let own = &caller.account;
    let act = caller.act(hub.now());
    let changed =
        accounts::change(&hub.storage, &act, &own.unit, &own.id, own.version, change).await;
    let changed = changed.map_err(|failed| fault::of(failed, fault::of_account))?;
    Ok(Json(AccountView::of(&changed)))
}

/// Changes the own password; all other sessions end.
#[utoipa::path(post, path = "/account/password", tag = "account", request_body = PasswordChange,
    responses(
        (status = 200, body = AccountView),
        (status = 401, description = "`wrong-credentials`: the old password is wrong"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn change_password(
    State(hub): State<Hub>,
    visitor: Visitor,
    caller: Caller,
    Input(given): Input<PasswordChange>,
) -> Result<Json<AccountView>, Refused> {
    let is_same = given.old == given.new;
    prove(&hub, &visitor, &caller, given.old).await?;
    if is_same {
        return Err(Problem::field(FieldFault::new(
            "new",
            "same",
            "mật khẩu mới phải khác mật khẩu cũ",
            "the new password has to be another one",
        ))
        .into());
    }
    let own = &caller.account;
    let hash = hashed(&hub, "new", given.new, &own.name).await?;
    let whose = (own.unit.as_str(), own.id.as_str());
    let act = caller.act(hub.now());
    let set = accounts::set_password(
        &hub.storage,
        &act,
        whose,
        &hash,
        false,
        Some(&caller.session),
    );
    let changed = set
        .await
        .map_err(|failed| fault::of(failed, fault::of_account))?;
    Ok(Json(AccountView::of(&changed)))
}

/// Offers a secret for one-time codes. Nothing changes before it is confirmed.
#[utoipa::path(post, path = "/account/totp", tag = "account", responses((status = 200, body = TotpOffer)))]
pub(crate) async fn begin_totp(
    State(hub): State<Hub>,
    caller: Caller,
) -> Result<Json<TotpOffer>, Refused> {
    let own = &caller.account;
    let secret = TotpSecret::new(id::random().map_err(fault::of_random)?);
    let uri = secret.uri(&own.name, &hub.settings.name);
    let code = QRBuilder::new(uri.clone()).build();
    let code = code.map_err(|_| Refused(Code::Internal.into()))?;
    let kept = accounts::offer_totp(&hub.storage, &own.unit, &own.id, secret.as_bytes()).await;
    kept.map_err(fault::of_storage)?;
    Ok(Json(TotpOffer {
        secret: secret.to_text(),
        qr_svg: SvgBuilder::default().to_str(&code),
        uri,
    }))
}

/// Confirms that a phone has the secret; from now on the account asks for its codes.
#[utoipa::path(post, path = "/account/totp/confirm", tag = "account",
    request_body = TotpConfirmation,
    responses(
        (status = 200, body = AccountView),
        (status = 404, description = "`not-found`: nothing was offered"),
        (status = 409, description = "`totp-on`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn confirm_totp(
    State(hub): State<Hub>,
    caller: Caller,
    Input(given): Input<TotpConfirmation>,
) -> Result<Json<AccountView>, Refused> {
    let own = &caller.account;
    // Whoever finds an open screen must not take over the second step.
    if own.has_totp {
        return Err(Code::TotpOn.into());
    }
    let found = accounts::one(&hub.storage, &own.unit, &own.id).await;
    let found = found.map_err(fault::of_storage)?;
    let offer = found
        .and_then(|(_, secrets)| secrets.offer)
        .ok_or(Code::NotFound)?;
    let secret = TotpSecret::from_bytes(offer);
    let step = secret.step_of(&given.code, hub.now()).ok_or_else(|| {
        Problem::field(FieldFault::new(
            "code",
            "wrong-code",
            "mã không đúng; hãy xem giờ của điện thoại có đúng không rồi thử mã tiếp theo",
            "the code is wrong; check the clock of the phone and try the next one",
        ))
    })?;
    let totp = Some((secret.as_bytes().to_vec(), step));
    let act = caller.act(hub.now());
    let set = accounts::set_totp(&hub.storage, &act, &own.unit, &own.id, totp).await;
    let changed = set.map_err(|failed| fault::of(failed, fault::of_account))?;
    Ok(Json(AccountView::of(&changed)))
}

/// Asks for one-time codes no longer. Where they are required they have to be set up again.
#[utoipa::path(delete, path = "/account/totp", tag = "account", request_body = OwnProof,
    responses((status = 204), (status = 401, description = "`wrong-credentials`, `totp-required`")))]
pub(crate) async fn end_totp(
    State(hub): State<Hub>,
    visitor: Visitor,
    caller: Caller,
    Input(given): Input<OwnProof>,
) -> Result<StatusCode, Refused> {
    prove_both(&hub, &visitor, &caller, given).await?;
    let own = &caller.account;
    let act = caller.act(hub.now());
    let set = accounts::set_totp(&hub.storage, &act, &own.unit, &own.id, None).await;
    set.map_err(|failed| fault::of(failed, fault::of_account))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Proves that whoever sits there knows the password, and not only found an open screen.
///
/// # Errors
/// [`Code::WrongCredentials`]; [`Code::TooManyAttempts`] after too many of these.
async fn prove(
    hub: &Hub,
    visitor: &Visitor,
    caller: &Caller,
    password: String,
) -> Result<(), Problem> {
    let name = &caller.account.name;
    let proved = async { prove_password(hub, caller, password).await.map(drop) };
    hub.attempt(name, visitor.address, proved).await
}

/// As [`prove`], and that she has the phone: a password alone must not take the phone's codes away.
async fn prove_both(
    hub: &Hub,
    visitor: &Visitor,
    caller: &Caller,
    given: OwnProof,
) -> Result<(), Problem> {
    let own = &caller.account;
    let proved = async {
        let secrets = prove_password(hub, caller, given.password).await?;
        let Some(secret) = secrets.totp.map(TotpSecret::from_bytes) else {
            return Ok(());
        };
        let code = given.totp.as_deref().filter(|code| !code.trim().is_empty());
        take_code(hub, own, &secret, code.ok_or(Code::TotpRequired)?).await
    };
    hub.attempt(&own.name, visitor.address, proved).await
}

async fn prove_password(hub: &Hub, caller: &Caller, password: String) -> Result<Secrets, Problem> {
    let own = &caller.account;
    let found = accounts::one(&hub.storage, &own.unit, &own.id).await;
    let (_, secrets) = found.map_err(fault::of_storage)?.ok_or(Code::SignedOut)?;
    if hub.proves(password, Some(secrets.password.clone())).await? {
        Ok(secrets)
    } else {
        Err(Code::WrongCredentials.into())
    }
}
