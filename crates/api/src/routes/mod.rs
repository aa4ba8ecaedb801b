//! The routes, by what they are about.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod session;
pub(crate) mod setup;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::Api;

/// All of them, below the base path.
pub(crate) fn all() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(session::state, session::sign_in, session::sign_out))
        .routes(routes!(setup::make_first_account))
        .routes(routes!(account::own, account::change_own))
        .routes(routes!(account::change_password))
        .routes(routes!(account::begin_totp, account::end_totp))
        .routes(routes!(account::confirm_totp))
        .routes(routes!(accounts::list, accounts::make))
        .routes(routes!(accounts::change, accounts::remove))
        .routes(routes!(accounts::reset_password))
        .routes(routes!(audit::list))
}
