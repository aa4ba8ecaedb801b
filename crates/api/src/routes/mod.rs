//! The routes, by what they are about.

#![expect(
    unused_qualifications,
    reason = "what utoipa writes for `params(…)` counts as ours"
)]

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod blocks;
pub(crate) mod certificates;
pub(crate) mod exceptions;
pub(crate) mod group_form;
pub(crate) mod groups;
pub(crate) mod live;
pub(crate) mod machine;
pub(crate) mod overview;
pub(crate) mod passes;
pub(crate) mod policy;
pub(crate) mod reports;
pub(crate) mod requests;
pub(crate) mod safe_search;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod setup_restore;
pub(crate) mod system;
pub(crate) mod tokens;
pub(crate) mod trials;
pub(crate) mod why;

use axum::extract::DefaultBodyLimit;
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
        .routes(routes!(why::ask))
        .routes(routes!(groups::list, groups::make))
        .routes(routes!(groups::change, groups::remove))
        .routes(routes!(groups::check))
        .routes(routes!(tokens::list, tokens::make))
        .routes(routes!(tokens::revoke))
        .routes(routes!(exceptions::list, exceptions::make))
        .routes(routes!(exceptions::end))
        .routes(routes!(policy::tiers))
        .routes(routes!(policy::categories))
        .routes(routes!(policy::services))
        .routes(routes!(policy::switch))
        .routes(routes!(policy::lists))
        .routes(routes!(safe_search::engines))
        .routes(routes!(safe_search::check))
        .routes(routes!(blocks::list))
        .routes(routes!(blocks::name))
        .routes(routes!(passes::list, passes::make))
        .routes(routes!(passes::end))
        .routes(routes!(passes::codes, passes::make_code))
        .routes(routes!(requests::list, requests::make))
        .routes(routes!(requests::answer))
        .routes(routes!(reports::list))
        .routes(routes!(reports::acknowledge))
        .routes(routes!(reports::note))
        .routes(routes!(reports::close))
        .routes(routes!(reports::alerts))
        .routes(routes!(reports::key, reports::set_key))
        .routes(routes!(overview::overview))
        .routes(routes!(live::live))
        .routes(routes!(certificates::list))
        .routes(routes!(certificates::renew))
        .routes(routes!(certificates::put_web, certificates::remove))
        .routes(routes!(certificates::put_dns))
        .routes(routes!(certificates::export))
        .routes(routes!(settings::read))
        .routes(routes!(settings::put_school))
        .routes(routes!(settings::put_network))
        .routes(routes!(settings::put_dns))
        .routes(routes!(settings::put_dhcp))
        .routes(routes!(settings::put_proxy))
        .routes(routes!(settings::put_web))
        .routes(routes!(settings::undo))
        .routes(routes!(settings::confirm))
        .routes(routes!(settings::dismiss))
        .routes(routes!(settings::interfaces))
        .routes(routes!(settings::try_upstreams))
        .merge(long())
        .merge(lists())
        .routes(routes!(system::status))
        .routes(routes!(system::doctor))
        .routes(routes!(system::notice))
        .routes(routes!(machine::state))
        .routes(routes!(machine::back_up))
        .routes(routes!(machine::fetch))
        .routes(routes!(machine::take_in, machine::give_up))
        .routes(routes!(machine::look_into))
        .routes(routes!(machine::restore))
        .routes(routes!(machine::undo))
        .routes(routes!(machine::reset))
        .routes(routes!(setup_restore::take_in))
        .routes(routes!(setup_restore::look_into))
        .routes(routes!(setup_restore::restore))
}

/// Routes that take a whole settings file, whose letters JSON may write in two bytes each.
fn long() -> OpenApiRouter<Api> {
    let most = usize::try_from(2 * lachan_config::MAX_BYTES).unwrap_or(crate::MOST_BODY);
    OpenApiRouter::new()
        .routes(routes!(settings::file::text, settings::file::put_text))
        .routes(routes!(settings::file::check))
        .layer(DefaultBodyLimit::max(most))
}

/// Routes that take a whole list.
fn lists() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(trials::begin, trials::state, trials::end))
        .layer(DefaultBodyLimit::max(trials::MOST_BODY))
}

/// How many rows a page has, by what was asked for.
pub(crate) fn rows(limit: Option<u32>) -> usize {
    let rows = limit.unwrap_or(audit::ROWS).clamp(1, audit::MOST_ROWS);
    usize::try_from(rows).unwrap_or(usize::MAX)
}
