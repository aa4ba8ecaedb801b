//! One's own account: name for people, language, password, one-time codes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use fast_qr::QRBuilder;
use fast_qr::convert::svg::SvgBuilder;
use lachan_store::AccountChange;
use lachan_web::{Code, FieldFault, Problem, SECRET_BYTES, TotpSecret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{AccountView, LanguageTag, hashed};
use crate::caller::{Caller, Visitor};
use crate::fault;
use crate::state::Api;
use lachan_web::serve::{Input, Refused};

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

/// The password, again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnPassword {
    password: String,
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
    State(api): State<Api>,
    caller: Caller,
    Input(given): Input<OwnChange>,
) -> Result<Json<AccountView>, Refused> {
    let change = AccountChange {
        display_name: given.display_name,
        language: given.language.map(|tag| tag.id().to_owned()),
        ..AccountChange::default()
    };
    let changed = api
        .work(move |api| {
            let act = api.act(&caller);
            let Caller { account, .. } = caller;
            let changed = api
                .store
                .change_account(&act, account.id, account.version, change);
            changed.map_err(fault::of_account)
        })
        .await?;
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
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
    Input(given): Input<PasswordChange>,
) -> Result<Json<AccountView>, Refused> {
    let changed = api
        .prove(move |api| {
            prove(api, &visitor, &caller, &given.old)?;
            if given.old == given.new {
                return Err(Problem::field(FieldFault::new(
                    "new",
                    "same",
                    "mật khẩu mới phải khác mật khẩu cũ",
                    "the new password has to be another one",
                )));
            }
            let hash = hashed(api, "new", &given.new, &caller.account.name)?;
            let act = api.act(&caller);
            let (id, own) = (caller.account.id, Some(caller.session));
            let set = api.store.set_password(&act, id, hash, false, own);
            set.map_err(fault::of_account)
        })
        .await?;
    Ok(Json(AccountView::of(&changed)))
}

/// Offers a secret for one-time codes. Nothing changes before it is confirmed.
#[utoipa::path(post, path = "/account/totp", tag = "account",
    responses((status = 200, body = TotpOffer), (status = 503, description = "`clock-unknown`")))]
pub(crate) async fn begin_totp(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<TotpOffer>, Refused> {
    let offer = api
        .work(move |api| {
            api.unix().ok_or(Code::ClockUnknown)?;
            let mut random = [0; SECRET_BYTES];
            getrandom::fill(&mut random).map_err(|error| fault::of_random(&error))?;
            let secret = TotpSecret::new(random);
            let uri = secret.uri(&caller.account.name, &api.ports.school.name());
            let code = QRBuilder::new(uri.clone()).build();
            let code = code.map_err(|_| Problem::from(Code::Internal))?;
            let offer = TotpOffer {
                secret: secret.to_text(),
                qr_svg: SvgBuilder::default().to_str(&code),
                uri,
            };
            api.offer(caller.account.id, secret);
            Ok(offer)
        })
        .await?;
    Ok(Json(offer))
}

/// Confirms that a phone has the secret; from now on the account asks for its codes.
#[utoipa::path(post, path = "/account/totp/confirm", tag = "account",
    request_body = TotpConfirmation,
    responses(
        (status = 200, body = AccountView),
        (status = 404, description = "`not-found`: nothing was offered, or the box was started anew"),
        (status = 409, description = "`totp-on`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn confirm_totp(
    State(api): State<Api>,
    caller: Caller,
    Input(given): Input<TotpConfirmation>,
) -> Result<Json<AccountView>, Refused> {
    let changed = api
        .work(move |api| {
            let now = api.unix().ok_or(Code::ClockUnknown)?;
            let id = caller.account.id;
            // Whoever finds an open screen must not take over the second step.
            if caller.account.has_totp {
                return Err(Code::TotpOn.into());
            }
            // The program may have been started again since.
            let secret = api.offered(id).ok_or(Code::NotFound)?;
            let step = secret
                .step_of(&given.code, now)
                .ok_or_else(|| wrong("code"))?;
            let totp = Some((secret.as_bytes().to_vec(), step));
            let set = api.store.set_totp(&api.act(&caller), id, totp);
            let account = set.map_err(fault::of_account)?;
            api.forget_offer(id);
            Ok(account)
        })
        .await?;
    Ok(Json(AccountView::of(&changed)))
}

/// Asks for one-time codes no longer. Where they are required they have to be set up again.
#[utoipa::path(delete, path = "/account/totp", tag = "account", request_body = OwnPassword,
    responses((status = 204), (status = 401, description = "`wrong-credentials`")))]
pub(crate) async fn end_totp(
    State(api): State<Api>,
    visitor: Visitor,
    caller: Caller,
    Input(given): Input<OwnPassword>,
) -> Result<StatusCode, Refused> {
    api.prove(move |api| {
        prove(api, &visitor, &caller, &given.password)?;
        let set = api
            .store
            .set_totp(&api.act(&caller), caller.account.id, None);
        set.map_err(fault::of_account)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn wrong(field: &'static str) -> Problem {
    Problem::field(FieldFault::new(
        field,
        "wrong-code",
        "mã không đúng; hãy xem giờ của điện thoại có đúng không rồi thử mã tiếp theo",
        "the code is wrong; check the clock of the phone and try the next one",
    ))
}

/// Proves that whoever sits there knows the password, and not only found an open screen.
///
/// # Errors
/// [`Code::WrongCredentials`]; [`Code::TooManyAttempts`] after too many of these.
pub(crate) fn prove(
    api: &Api,
    visitor: &Visitor,
    caller: &Caller,
    password: &str,
) -> Result<(), Problem> {
    api.attempt(&caller.account.name, visitor.address, || {
        let found = api.ask(|reader| reader.account(caller.account.id))?;
        let (_, secrets) = found.ok_or(Code::SignedOut)?;
        let proved = api.hasher.proves(password, Some(&secrets.password));
        let is_proved = proved.map_err(fault::of_hash)?;
        is_proved
            .then_some(())
            .ok_or_else(|| Problem::from(Code::WrongCredentials))
    })
}
