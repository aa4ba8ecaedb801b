//! The routes, by what they are about.

#![expect(
    unused_qualifications,
    reason = "what utoipa writes for `params(…)` counts as ours"
)]

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod boxes;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod units;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::state::Hub;

/// Rows of a page unless somebody asks for more, and at most.
const ROWS: u32 = 50;
const MOST_ROWS: u32 = 200;

/// All of them, below the base path.
pub(crate) fn all() -> OpenApiRouter<Hub> {
    OpenApiRouter::new()
        .routes(routes!(session::state, session::sign_in, session::sign_out))
        .routes(routes!(setup::make_first_account))
        .routes(routes!(account::own, account::change_own))
        .routes(routes!(account::change_password))
        .routes(routes!(account::begin_totp, account::end_totp))
        .routes(routes!(account::confirm_totp))
        .routes(routes!(units::kinds))
        .routes(routes!(units::change_kind))
        .routes(routes!(units::one, units::rename))
        .routes(routes!(units::children, units::make))
        .routes(routes!(units::below))
        .routes(routes!(units::history))
        .routes(routes!(units::relocate))
        .routes(routes!(units::merge))
        .routes(routes!(accounts::list, accounts::make))
        .routes(routes!(accounts::change, accounts::remove))
        .routes(routes!(accounts::reset_password))
        .routes(routes!(audit::list))
        .routes(routes!(audit::check))
        .routes(routes!(boxes::codes, boxes::make_codes))
        .routes(routes!(boxes::revoke_code))
        .routes(routes!(boxes::list))
        .routes(routes!(boxes::end))
        .routes(routes!(boxes::asks))
        .routes(routes!(boxes::answer))
}

/// How many rows a page has, by what was asked for.
pub(crate) fn rows(limit: Option<u32>) -> i64 {
    limit.unwrap_or(ROWS).clamp(1, MOST_ROWS).into()
}

/// The cursor of the next page: the last row's, where the page is full.
pub(crate) fn next<T>(rows: &[T], limit: i64, of: impl FnOnce(&T) -> String) -> Option<String> {
    let is_full = i64::try_from(rows.len()).is_ok_and(|found| found >= limit);
    rows.last().filter(|_| is_full).map(of)
}
