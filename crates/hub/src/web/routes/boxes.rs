//! Boxes, the codes by which they join, and what schools ask.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use fast_qr::QRBuilder;
use fast_qr::convert::svg::SvgBuilder;
use lachan_web::serve::{Asked, At, Input, Refused};
use lachan_web::{Code, FieldFault, Problem};
use lachan_wire::ask::Decision;
use lachan_wire::enrol::EnrolCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{next, rows};
use crate::boxes::asks::{self, AskRefusal};
use crate::boxes::codes::{self, CodeRefusal, For, Made};
use crate::boxes::fleet::{self, SILENT_AFTER, Wanted};
use crate::web::caller::Caller;
use crate::web::fault;
use crate::web::state::Hub;
use crate::{boxes, id};

/// A day in seconds.
const DAY: i64 = 86_400;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CodePage {
    /// At most so many rows, up to 200.
    limit: Option<u32>,
    /// Only those behind this one: `next` of the page before.
    after: Option<String>,
}

/// A code as it is known later; the code itself was shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeView {
    id: String,
    unit: String,
    unit_name: String,
    /// Its first four characters.
    public: String,
    /// Unix seconds.
    made_at: i64,
    /// Unix seconds of its end.
    ends_at: i64,
    /// Wrong proofs so far; ten end it.
    tries: i64,
    /// `open`, `used`, `revoked`, `spent` or `ended`.
    state: String,
}

/// Codes.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeList {
    items: Vec<CodeView>,
    /// What `after` is for the next page.
    next: Option<String>,
}

/// For which schools codes are made.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CodesFor {
    /// The unit itself.
    Itself,
    /// Every school below that has neither a box nor a code, 500 at most.
    WithoutBox,
}

/// Codes to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeWish {
    r#for: CodesFor,
    /// How many days they hold: 14 unless said, 90 at most.
    days: Option<u16>,
}

/// A code to be printed, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewCode {
    id: String,
    unit: String,
    unit_name: String,
    /// Five groups of four characters.
    code: String,
    /// What the QR code holds: the hub's address and the code.
    uri: String,
    qr_svg: String,
    /// Unix seconds of its end.
    ends_at: i64,
}

/// Codes to be printed.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewCodes {
    items: Vec<NewCode>,
}

/// Codes of units at and below one.
#[utoipa::path(get, path = "/units/{unit}/codes", tag = "boxes", params(("unit" = String, Path), CodePage),
    responses((status = 200, body = CodeList)))]
pub(crate) async fn codes(
    State(hub): State<Hub>,
    At(unit): At<String>,
    Asked(page): Asked<CodePage>,
) -> Result<Json<CodeList>, Refused> {
    let limit = rows(page.limit);
    let found = codes::list(&hub.storage, &unit, &page.after.unwrap_or_default(), limit).await;
    let found = found.map_err(fault::of_storage)?;
    let now = hub.now();
    let cursor = next(&found, limit, |code| code.id.clone());
    let items = found.into_iter().map(|code| CodeView {
        state: if code.state == "open" && code.ends_at <= now {
            "ended".to_owned()
        } else {
            code.state
        },
        id: code.id,
        unit: code.unit,
        unit_name: code.unit_name,
        public: code.public,
        made_at: code.made_at,
        ends_at: code.ends_at,
        tries: code.tries,
    });
    Ok(Json(CodeList {
        items: items.collect(),
        next: cursor,
    }))
}

/// Makes codes by which boxes join, to be printed.
#[utoipa::path(post, path = "/units/{unit}/codes", tag = "boxes", request_body = CodeWish,
    params(("unit" = String, Path)),
    responses(
        (status = 201, body = NewCodes),
        (status = 409, description = "`no-such-place`: boxes do not join such a unit"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn make_codes(
    State(hub): State<Hub>,
    caller: Caller,
    At(unit): At<String>,
    Input(wish): Input<CodeWish>,
) -> Result<(StatusCode, Json<NewCodes>), Refused> {
    let days = wish.days.map_or(codes::DAYS, i64::from);
    if !(1..=codes::MOST_DAYS).contains(&days) {
        return Err(Problem::field(FieldFault::new(
            "days",
            "out-of-range",
            "mã dùng được từ 1 đến 90 ngày",
            "a code holds for 1 to 90 days",
        ))
        .into());
    }
    let (whom, most) = match wish.r#for {
        CodesFor::Itself => (For::Itself, 1),
        CodesFor::WithoutBox => (For::WithoutBox, codes::MOST_AT_ONCE),
    };
    let mut spare = Vec::with_capacity(most);
    for _ in 0..most {
        let code = EnrolCode::new(id::random().map_err(fault::of_random)?);
        spare.push((hub.id()?, code));
    }
    let act = caller.act(hub.now());
    let ends_at = act.at + days * DAY;
    let made = codes::make(&hub.storage, &act, &unit, &whom, ends_at, spare).await;
    let made =
        made.map_err(|failed| fault::of(failed, |CodeRefusal::Kind| Code::NoSuchPlace.into()))?;
    let items = made.into_iter().map(|made| printed(&hub, made));
    let items = items.collect::<Result<_, Problem>>()?;
    Ok((StatusCode::CREATED, Json(NewCodes { items })))
}

fn printed(hub: &Hub, made: Made) -> Result<NewCode, Problem> {
    let host = hub.settings.hosts.first().map_or("", String::as_str);
    let code = made.code.to_text();
    let uri = format!("lachan-hub://{host}/{code}");
    let qr = QRBuilder::new(uri.clone()).build();
    let qr = qr.map_err(|_| Problem::from(Code::Internal))?;
    Ok(NewCode {
        id: made.id,
        unit: made.unit,
        unit_name: made.unit_name,
        code,
        qr_svg: SvgBuilder::default().to_str(&qr),
        uri,
        ends_at: made.ends_at,
    })
}

/// Takes a code back that nobody used yet.
#[utoipa::path(delete, path = "/units/{unit}/codes/{code}", tag = "boxes",
    params(("unit" = String, Path), ("code" = String, Path)),
    responses((status = 204), (status = 404, description = "`not-found`: there is none, or it was used")))]
pub(crate) async fn revoke_code(
    State(hub): State<Hub>,
    caller: Caller,
    At((unit, code)): At<(String, String)>,
) -> Result<StatusCode, Refused> {
    let act = caller.act(hub.now());
    let revoked = codes::revoke(&hub.storage, &act, &unit, &code).await;
    if revoked.map_err(fault::of_storage)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Code::NotFound.into())
    }
}

/// Which boxes.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoxesAsked {
    /// Only those in trouble.
    #[serde(default)]
    trouble: bool,
    /// Only those that run this program.
    program: Option<String>,
    /// Only those whose school's name or code has these letters.
    search: Option<String>,
    /// At most so many rows, up to 200.
    limit: Option<u32>,
    /// Only those behind this one: `next` of the page before.
    after: Option<String>,
}

/// A box.
#[derive(Serialize, ToSchema)]
pub(crate) struct BoxView {
    id: String,
    unit: String,
    unit_name: String,
    /// Unix seconds.
    enrolled_at: i64,
    /// Unix seconds of its last word.
    seen_at: i64,
    /// Whether nothing was heard of it for longer than a day.
    silent: bool,
    program: String,
    /// The version of the signed snapshot that it enforces; 0 for none.
    snapshot: i64,
    /// Unix seconds at which it verified that there is nothing newer.
    checked_at: Option<i64>,
    /// How much trouble: 0 for none, the more the worse.
    trouble: i64,
    /// What it said last.
    status: Option<Value>,
}

/// Boxes, those in trouble first.
#[derive(Serialize, ToSchema)]
pub(crate) struct BoxList {
    items: Vec<BoxView>,
    /// What `after` is for the next page.
    next: Option<String>,
}

/// Boxes of units at and below one, those in trouble first.
#[utoipa::path(get, path = "/units/{unit}/boxes", tag = "boxes", params(("unit" = String, Path), BoxesAsked),
    responses((status = 200, body = BoxList)))]
pub(crate) async fn list(
    State(hub): State<Hub>,
    At(unit): At<String>,
    Asked(asked): Asked<BoxesAsked>,
) -> Result<Json<BoxList>, Refused> {
    let limit = rows(asked.limit);
    let after = asked.after.as_deref().map(|after| {
        let (rank, box_id) = after.split_once('.').ok_or(Code::BadRequest)?;
        let rank = rank.parse().map_err(|_| Code::BadRequest)?;
        Ok::<_, Code>((rank, box_id.to_owned()))
    });
    let wanted = Wanted {
        in_trouble: asked.trouble,
        program: asked.program,
        search: asked.search,
        after: after.transpose()?,
        limit,
    };
    let now = hub.now();
    let found = fleet::list(&hub.storage, &unit, &wanted, now).await;
    let found = found.map_err(fault::of_storage)?;
    let cursor = next(&found, limit, |one| format!("{}.{}", one.rank, one.box_id));
    let items = found.into_iter().map(|one| BoxView {
        silent: one.seen_at < now - SILENT_AFTER,
        id: one.box_id,
        unit: one.unit,
        unit_name: one.unit_name,
        enrolled_at: one.enrolled_at,
        seen_at: one.seen_at,
        program: one.program,
        snapshot: one.snapshot,
        checked_at: (one.checked_at > 0).then_some(one.checked_at),
        trouble: one.rank,
        status: serde_json::from_str(&one.status).ok(),
    });
    Ok(Json(BoxList {
        items: items.collect(),
        next: cursor,
    }))
}

/// Takes a box off: nothing that it signs counts any more.
#[utoipa::path(delete, path = "/units/{unit}/boxes/{box}", tag = "boxes",
    params(("unit" = String, Path), ("box" = String, Path)),
    responses((status = 204), (status = 404, description = "`not-found`")))]
pub(crate) async fn end(
    State(hub): State<Hub>,
    caller: Caller,
    At((unit, box_id)): At<(String, String)>,
) -> Result<StatusCode, Refused> {
    let act = caller.act(hub.now());
    let ended = boxes::end(&hub.storage, &act, &unit, &box_id).await;
    if !ended.map_err(fault::of_storage)? {
        return Err(Code::NotFound.into());
    }
    hub.forget_box(&box_id);
    hub.streams.end(&box_id);
    Ok(StatusCode::NO_CONTENT)
}

/// Which questions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsksAsked {
    /// Those that were answered, instead of those that wait.
    #[serde(default)]
    answered: bool,
    /// At most so many rows, up to 200.
    limit: Option<u32>,
    /// Only those behind this one: `next` of the page before.
    after: Option<String>,
}

/// A question of a school.
#[derive(Serialize, ToSchema)]
pub(crate) struct AskView {
    id: String,
    unit: String,
    unit_name: String,
    /// `open`, `wrong-block` or `close`.
    what: String,
    /// The site.
    name: String,
    /// For which pupils: the id of a tier.
    tier: String,
    /// `lesson`, `exam`, `school-work`, `wrong-kind`, `changed` or `harmful`.
    reason: String,
    /// Unix seconds.
    asked_at: i64,
    /// `done`, `declined` or `your-own`; `null` while it waits.
    answer: Option<String>,
    /// What was written to the teacher.
    note: String,
    answered_by: String,
}

/// Questions of schools.
#[derive(Serialize, ToSchema)]
pub(crate) struct AskList {
    items: Vec<AskView>,
    /// What `after` is for the next page.
    next: Option<String>,
}

/// What the department decides.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DecisionId {
    /// As asked: it comes with the next list.
    Done,
    /// No.
    Declined,
    /// The school may decide this itself.
    YourOwn,
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerWish {
    decision: DecisionId,
    /// To the teacher, 500 characters at most.
    #[serde(default)]
    note: String,
}

/// What schools at and below a unit ask for.
#[utoipa::path(get, path = "/units/{unit}/asks", tag = "asks", params(("unit" = String, Path), AsksAsked),
    responses((status = 200, body = AskList)))]
pub(crate) async fn asks(
    State(hub): State<Hub>,
    At(unit): At<String>,
    Asked(asked): Asked<AsksAsked>,
) -> Result<Json<AskList>, Refused> {
    let limit = rows(asked.limit);
    let after = asked.after.unwrap_or_default();
    let found = asks::list(&hub.storage, &unit, !asked.answered, &after, limit).await;
    let found = found.map_err(fault::of_storage)?;
    let cursor = next(&found, limit, |one| one.id.clone());
    let items = found.into_iter().map(|one| AskView {
        id: one.id,
        unit: one.unit,
        unit_name: one.unit_name,
        what: one.what,
        name: one.name,
        tier: one.tier,
        reason: one.reason,
        asked_at: one.asked_at,
        answer: (!one.answer.is_empty()).then_some(one.answer),
        note: one.note,
        answered_by: one.answered_by,
    });
    Ok(Json(AskList {
        items: items.collect(),
        next: cursor,
    }))
}

/// Answers a school's question.
#[utoipa::path(post, path = "/units/{unit}/asks/{ask}/answer", tag = "asks", request_body = AnswerWish,
    params(("unit" = String, Path), ("ask" = String, Path)),
    responses(
        (status = 204),
        (status = 404, description = "`not-found`"),
        (status = 409, description = "`answered-already`"),
        (status = 422, description = "`bad-field`"),
    ))]
pub(crate) async fn answer(
    State(hub): State<Hub>,
    caller: Caller,
    At((unit, ask)): At<(String, String)>,
    Input(wish): Input<AnswerWish>,
) -> Result<StatusCode, Refused> {
    let decision = match wish.decision {
        DecisionId::Done => Decision::Done,
        DecisionId::Declined => Decision::Declined,
        DecisionId::YourOwn => Decision::YourOwn,
    };
    let act = caller.act(hub.now());
    let now = hub.millis();
    let done = asks::answer(&hub.storage, &act, (&unit, &ask), decision, &wish.note, now).await;
    let box_id = done.map_err(|failed| fault::of(failed, of_ask))?;
    // This instance's boxes hear of it at once, others' with the next look.
    hub.streams.answered(&box_id);
    Ok(StatusCode::NO_CONTENT)
}

fn of_ask(refusal: AskRefusal) -> Problem {
    match refusal {
        AskRefusal::Answered => Code::AnsweredAlready.into(),
        AskRefusal::Note => Problem::field(FieldFault::new(
            "note",
            "bad-note",
            "lời nhắn có nhiều nhất 500 ký tự",
            "a note has 500 characters at most",
        )),
        AskRefusal::Unknown | AskRefusal::Upload(_) | AskRefusal::TooMany => Code::NotFound.into(),
    }
}
