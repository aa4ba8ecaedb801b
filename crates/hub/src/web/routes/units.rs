//! The tree of units: read by everybody within her part, changed by administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lachan_web::Code;
use lachan_web::serve::{Asked, At, Input, Refused, Version};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{next, rows};
use crate::units::{self, Kind, NewUnit, Rename, Unit, Wanted, Wording};
use crate::web::caller::Caller;
use crate::web::fault;
use crate::web::guard::check_within;
use crate::web::state::Hub;

/// A kind of units.
#[derive(Serialize, ToSchema)]
pub(crate) struct KindView {
    id: String,
    /// A unit stands only below one of a smaller place.
    place: i64,
    /// Whether boxes join such units.
    has_boxes: bool,
    #[serde(flatten)]
    words: KindWords,
}

/// What a kind and the head of such a unit are called.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KindWords {
    name_vi: String,
    name_en: String,
    head_vi: String,
    head_en: String,
}

impl KindView {
    fn of(kind: Kind) -> Self {
        Self {
            id: kind.id,
            place: kind.place,
            has_boxes: kind.has_boxes,
            words: KindWords {
                name_vi: kind.words.name_vi,
                name_en: kind.words.name_en,
                head_vi: kind.words.head_vi,
                head_en: kind.words.head_en,
            },
        }
    }
}

/// All kinds.
#[derive(Serialize, ToSchema)]
pub(crate) struct KindList {
    items: Vec<KindView>,
}

/// A unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UnitView {
    id: String,
    /// The id of its kind.
    kind: String,
    code: String,
    name: String,
    /// Under which unit it stands; `null` for the root.
    parent: Option<String>,
    /// Unix seconds from which it is known.
    made_at: i64,
    /// Unix seconds of its merger.
    ended_at: Option<i64>,
    /// Into which unit it went.
    merged_into: Option<String>,
    version: i64,
}

impl UnitView {
    pub(crate) fn of(unit: &Unit) -> Self {
        Self {
            id: unit.id.clone(),
            kind: unit.kind.clone(),
            code: unit.code.clone(),
            name: unit.name.clone(),
            parent: unit.parent.clone(),
            made_at: unit.made_at,
            ended_at: unit.ended_at,
            merged_into: unit.merged_into.clone(),
            version: unit.version,
        }
    }
}

/// Units.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnitList {
    items: Vec<UnitView>,
    /// What `after` is for the next page.
    next: Option<String>,
}

/// A unit above.
#[derive(Serialize, ToSchema)]
pub(crate) struct AboveView {
    id: String,
    name: String,
    kind: String,
}

/// A unit with those above it, the nearest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnitDetail {
    unit: UnitView,
    above: Vec<AboveView>,
}

/// What a unit was called.
#[derive(Serialize, ToSchema)]
pub(crate) struct NamedView {
    /// Unix seconds.
    from: i64,
    kind: String,
    code: String,
    name: String,
}

/// Under whom it stood.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoodView {
    under: String,
    /// Unix seconds.
    from: i64,
    /// Unix seconds; `null` for now.
    until: Option<i64>,
}

/// What a unit was called and under whom it stood, oldest first; and, where a time was asked for, who was above it then.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnitHistory {
    names: Vec<NamedView>,
    places: Vec<StoodView>,
    above: Vec<AboveView>,
}

/// Which children.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChildrenAsked {
    /// Merged ones, too.
    #[serde(default)]
    merged: bool,
}

/// Which of the units below.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BelowAsked {
    /// Of this kind.
    kind: Option<String>,
    /// Whose name or code has these letters.
    search: Option<String>,
    /// At most so many rows, up to 200.
    limit: Option<u32>,
    /// Only those behind this one: `next` of the page before.
    after: Option<String>,
}

/// At which time.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryAsked {
    /// Unix seconds.
    at: Option<i64>,
}

/// A unit to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitWish {
    kind: String,
    code: String,
    name: String,
}

/// What of a unit is to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitEdit {
    kind: Option<String>,
    code: Option<String>,
    name: Option<String>,
    /// Unix seconds from which it counts; now unless said.
    from: Option<i64>,
}

/// Where a unit goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitTarget {
    /// The other unit's id.
    unit: String,
    /// Unix seconds from which it counts; now unless said.
    from: Option<i64>,
}

fn told(failed: crate::storage::Failed<units::UnitRefusal>) -> Refused {
    fault::of(failed, fault::of_unit).into()
}

/// All kinds of units, the highest first.
#[utoipa::path(get, path = "/kinds", tag = "units", responses((status = 200, body = KindList)))]
pub(crate) async fn kinds(State(hub): State<Hub>) -> Result<Json<KindList>, Refused> {
    let all = units::kinds(&hub.storage)
        .await
        .map_err(fault::of_storage)?;
    let items = all.into_iter().map(KindView::of).collect();
    Ok(Json(KindList { items }))
}

/// Calls a kind and the heads of such units otherwise.
#[utoipa::path(put, path = "/kinds/{kind}", tag = "units", request_body = KindWords,
    params(("kind" = String, Path)),
    responses((status = 204), (status = 422, description = "`bad-field`")))]
pub(crate) async fn change_kind(
    State(hub): State<Hub>,
    caller: Caller,
    At(kind): At<String>,
    Input(words): Input<KindWords>,
) -> Result<StatusCode, Refused> {
    let words = Wording {
        name_vi: words.name_vi,
        name_en: words.name_en,
        head_vi: words.head_vi,
        head_en: words.head_en,
    };
    let act = caller.act(hub.now());
    let done = units::change_kind(&hub.storage, &act, &caller.account.unit, &kind, words).await;
    done.map_err(told)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A unit with those above it, as far as the account's part goes.
#[utoipa::path(get, path = "/units/{unit}", tag = "units", params(("unit" = String, Path)),
    responses((status = 200, body = UnitDetail)))]
pub(crate) async fn one(
    State(hub): State<Hub>,
    caller: Caller,
    At(unit): At<String>,
) -> Result<Json<UnitDetail>, Refused> {
    let found = units::one(&hub.storage, &unit)
        .await
        .map_err(fault::of_storage)?;
    let found = found.ok_or(Code::NotFound)?;
    Ok(Json(UnitDetail {
        unit: UnitView::of(&found),
        above: above(&hub, &caller, &unit, hub.now()).await?,
    }))
}

/// The units above one, the nearest first, up to where the account's part begins; what is beyond is not hers to see.
async fn above(hub: &Hub, caller: &Caller, unit: &str, at: i64) -> Result<Vec<AboveView>, Refused> {
    let all = units::above(&hub.storage, unit, at)
        .await
        .map_err(fault::of_storage)?;
    let own = all.iter().position(|above| above.id == caller.account.unit);
    let within = own.map_or(0, |own| own + 1);
    let above = all
        .into_iter()
        .take(within)
        .filter(|above| above.distance > 0);
    Ok(above
        .map(|above| AboveView {
            id: above.id,
            name: above.name,
            kind: above.kind,
        })
        .collect())
}

/// The children of a unit by name.
#[utoipa::path(get, path = "/units/{unit}/children", tag = "units",
    params(("unit" = String, Path), ChildrenAsked), responses((status = 200, body = UnitList)))]
pub(crate) async fn children(
    State(hub): State<Hub>,
    At(unit): At<String>,
    Asked(asked): Asked<ChildrenAsked>,
) -> Result<Json<UnitList>, Refused> {
    let found = units::children(&hub.storage, &unit, asked.merged).await;
    let found = found.map_err(fault::of_storage)?;
    let items = found.iter().map(UnitView::of).collect();
    Ok(Json(UnitList { items, next: None }))
}

/// Units at and below one, a page at a time.
#[utoipa::path(get, path = "/units/{unit}/below", tag = "units",
    params(("unit" = String, Path), BelowAsked), responses((status = 200, body = UnitList)))]
pub(crate) async fn below(
    State(hub): State<Hub>,
    At(unit): At<String>,
    Asked(asked): Asked<BelowAsked>,
) -> Result<Json<UnitList>, Refused> {
    let limit = rows(asked.limit);
    let wanted = Wanted {
        kind: asked.kind,
        search: asked.search,
        after: asked.after,
        limit,
    };
    let found = units::below(&hub.storage, &unit, &wanted).await;
    let found = found.map_err(fault::of_storage)?;
    Ok(Json(UnitList {
        next: next(&found, limit, |unit| unit.id.clone()),
        items: found.iter().map(UnitView::of).collect(),
    }))
}

/// What a unit was called and under whom it stood.
#[utoipa::path(get, path = "/units/{unit}/history", tag = "units",
    params(("unit" = String, Path), HistoryAsked), responses((status = 200, body = UnitHistory)))]
pub(crate) async fn history(
    State(hub): State<Hub>,
    caller: Caller,
    At(unit): At<String>,
    Asked(asked): Asked<HistoryAsked>,
) -> Result<Json<UnitHistory>, Refused> {
    let (names, places) = units::history(&hub.storage, &unit)
        .await
        .map_err(fault::of_storage)?;
    let names = names.into_iter().map(|named| NamedView {
        from: named.from,
        kind: named.kind,
        code: named.code,
        name: named.name,
    });
    let places = places.into_iter().map(|stood| StoodView {
        under: stood.under,
        from: stood.from,
        until: stood.until,
    });
    Ok(Json(UnitHistory {
        names: names.collect(),
        places: places.collect(),
        above: match asked.at {
            Some(at) => above(&hub, &caller, &unit, at).await?,
            None => Vec::new(),
        },
    }))
}

/// Makes a unit below another one.
#[utoipa::path(post, path = "/units/{unit}/children", tag = "units", request_body = UnitWish,
    params(("unit" = String, Path)),
    responses(
        (status = 201, body = UnitView),
        (status = 409, description = "`code-taken`, `no-such-place`, `unit-ended`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn make(
    State(hub): State<Hub>,
    caller: Caller,
    At(unit): At<String>,
    Input(wish): Input<UnitWish>,
) -> Result<(StatusCode, Json<UnitView>), Refused> {
    let new = NewUnit {
        id: hub.id()?,
        kind: wish.kind,
        code: wish.code,
        name: wish.name,
    };
    let made = units::add(&hub.storage, &caller.act(hub.now()), &unit, new).await;
    let made = made.map_err(told)?;
    Ok((StatusCode::CREATED, Json(UnitView::of(&made))))
}

/// Gives a unit another name, code or kind.
#[utoipa::path(patch, path = "/units/{unit}", tag = "units", request_body = UnitEdit,
    params(("unit" = String, Path), ("If-Match" = String, Header)),
    responses(
        (status = 200, body = UnitView),
        (status = 409, description = "`code-taken`, `no-such-place`, `unit-ended`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 422, description = "`bad-field`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn rename(
    State(hub): State<Hub>,
    caller: Caller,
    At(unit): At<String>,
    Version(version): Version,
    Input(edit): Input<UnitEdit>,
) -> Result<Json<UnitView>, Refused> {
    let change = Rename {
        name: edit.name,
        code: edit.code,
        kind: edit.kind,
    };
    let act = caller.act(hub.now());
    let from = edit.from.unwrap_or(act.at);
    let done = units::rename(&hub.storage, &act, &unit, version, change, from).await;
    Ok(Json(UnitView::of(&done.map_err(told)?)))
}

/// Has a unit stand below another one.
#[utoipa::path(post, path = "/units/{unit}/move", tag = "units", request_body = UnitTarget,
    params(("unit" = String, Path), ("If-Match" = String, Header)),
    responses(
        (status = 200, body = UnitView),
        (status = 403, description = "`out-of-scope`: one of both is outside the account's part"),
        (status = 409, description = "`no-such-place`, `unit-ended`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn relocate(
    State(hub): State<Hub>,
    caller: Caller,
    At(unit): At<String>,
    Version(version): Version,
    Input(target): Input<UnitTarget>,
) -> Result<Json<UnitView>, Refused> {
    check_within(&hub, &caller, &target.unit).await?;
    let act = caller.act(hub.now());
    let from = target.from.unwrap_or(act.at);
    let done = units::relocate(&hub.storage, &act, &unit, version, &target.unit, from).await;
    Ok(Json(UnitView::of(&done.map_err(told)?)))
}

/// Merges a unit into another one of its kind.
#[utoipa::path(post, path = "/units/{unit}/merge", tag = "units", request_body = UnitTarget,
    params(("unit" = String, Path), ("If-Match" = String, Header)),
    responses(
        (status = 200, body = UnitView),
        (status = 403, description = "`out-of-scope`: one of both is outside the account's part"),
        (status = 409, description = "`no-such-place`, `unit-ended`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn merge(
    State(hub): State<Hub>,
    caller: Caller,
    At(unit): At<String>,
    Version(version): Version,
    Input(target): Input<UnitTarget>,
) -> Result<Json<UnitView>, Refused> {
    check_within(&hub, &caller, &target.unit).await?;
    let act = caller.act(hub.now());
    let from = target.from.unwrap_or(act.at);
    let done = units::merge(&hub.storage, &act, &unit, version, &target.unit, from).await;
    Ok(Json(UnitView::of(&done.map_err(told)?)))
}
