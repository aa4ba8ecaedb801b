//! A list before it is enabled: what it would close, and how many devices it would have hit since somebody
//! began to count. Never which names anybody asked for.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lachan_store::Change;
use lachan_web::{Code, FieldFault, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::fault;
use crate::ports::{TrialCount, TrialEffect, TrialFault, TrialWish};
use crate::state::Api;
use lachan_web::serve::{Input, Refused};

/// The longest list, in bytes: some 150,000 names.
const MOST_TEXT: usize = 4 << 20;
/// The longest request: each line's end takes two bytes in JSON, and so may letters beyond ASCII.
pub(crate) const MOST_BODY: usize = MOST_TEXT + (2 << 20);
/// The longest name that people give a list, in characters.
const MOST_LABEL: usize = 80;

/// A list to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialForm {
    /// What to call it: the file's name, say.
    label: String,
    /// The category's id.
    category: String,
    /// `hosts`, `domains`, `adblock`, `rpz`, `dnsmasq`, `unbound` or `addresses`.
    format: String,
    /// The list, as it stands in its file.
    text: String,
    /// Whether it is counted from now on how many devices it would have hit.
    counts: bool,
}

/// What is on trial.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrialState {
    /// The count that is under way; `null` when there is none.
    count: Option<TrialCount>,
}

/// What a list that was tried would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrialView {
    effect: TrialEffect,
    /// The count that is under way; `null` when there is none.
    count: Option<TrialCount>,
}

/// Looks at a list before it is enabled: what is new in it, what of well-known names it would close for which
/// tier, and what it would have no effect on. Nothing of the filter changes. With `counts` it is counted from
/// now on, for a day and in memory only, how many of its entries enough devices would have been hit by.
#[utoipa::path(post, path = "/lists/trial", tag = "policy", request_body = TrialForm,
    responses(
        (status = 200, body = TrialView),
        (status = 413, description = "`too-long`"),
        (status = 422, description = "`bad-field`: `category`, `format`, `text` or `label`"),
        (status = 503, description = "`busy`: another list is looked at"),
    ))]
pub(crate) async fn begin(
    State(api): State<Api>,
    caller: Caller,
    Input(form): Input<TrialForm>,
) -> Result<Json<TrialView>, Refused> {
    let view = api.work(move |api| {
        let wish = form.checked()?;
        let effect = api.ports.trials.try_list(&wish).map_err(of_trial)?;
        let count = api.ports.trials.count();
        if wish.counts {
            let what = json!({ "category": wish.category, "entries": effect.entries });
            note(api, &caller, &wish.label, Some(what));
        }
        Ok(TrialView { effect, count })
    });
    Ok(Json(view.await?))
}

/// How the count stands. Entries that fewer devices asked for than the school's least number are told of in no
/// way.
#[utoipa::path(get, path = "/lists/trial", tag = "policy", responses((status = 200, body = TrialState)))]
pub(crate) async fn state(State(api): State<Api>) -> Result<Json<TrialState>, Refused> {
    let count = api.work(|api| Ok(api.ports.trials.count())).await?;
    Ok(Json(TrialState { count }))
}

/// Ends the count, and forgets it.
#[utoipa::path(delete, path = "/lists/trial", tag = "policy",
    responses((status = 204), (status = 404, description = "`not-found`: nothing is counted")))]
pub(crate) async fn end(State(api): State<Api>, caller: Caller) -> Result<StatusCode, Refused> {
    api.work(move |api| {
        let label = api.ports.trials.count().map(|count| count.label);
        if !api.ports.trials.end() {
            return Err(Code::NotFound.into());
        }
        note(api, &caller, &label.unwrap_or_default(), None);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// That devices are counted, and that they are no longer, stands in the log of changes.
fn note(api: &Api, caller: &Caller, label: &str, begun: Option<Value>) {
    let act = api.act(caller);
    let noted = api.store.note(&act, Change::TryList, label, None, begun);
    if let Err(error) = noted {
        fault::log(&error);
    }
}

impl TrialForm {
    fn checked(self) -> Result<TrialWish, Problem> {
        let label = self.label.trim();
        let is_shown = |character: char| !character.is_control();
        if label.is_empty() || label.chars().count() > MOST_LABEL || !label.chars().all(is_shown) {
            return Err(Problem::field(FieldFault::new(
                "label",
                "bad-name",
                format!("tên gọi của danh sách có từ 1 đến {MOST_LABEL} ký tự"),
                format!("the list's name has 1 to {MOST_LABEL} characters"),
            )));
        }
        if self.text.len() > MOST_TEXT {
            return Err(Code::TooLong.into());
        }
        Ok(TrialWish {
            label: label.to_owned(),
            category: self.category,
            format: self.format,
            text: self.text,
            counts: self.counts,
        })
    }
}

fn of_trial(fault: TrialFault) -> Problem {
    let field =
        |field, code, vi: String, en: String| Problem::field(FieldFault::new(field, code, vi, en));
    match fault {
        TrialFault::Category => field(
            "category",
            "unknown-category",
            "không có nhóm nội dung này".to_owned(),
            "there is no such category".to_owned(),
        ),
        TrialFault::Format => field(
            "format",
            "unknown-format",
            "không có định dạng danh sách này".to_owned(),
            "there is no such list format".to_owned(),
        ),
        TrialFault::Empty => field(
            "text",
            "nothing-usable",
            "không có dòng nào dùng được; hãy xem lại định dạng".to_owned(),
            "no line of it can be used; look again at the format".to_owned(),
        ),
        TrialFault::TooMany(most) => field(
            "text",
            "too-many",
            format!("danh sách có hơn {most} tên, nhiều quá để đếm; hãy xem mà không đếm"),
            format!(
                "the list has more than {most} names, too many to count; look at it without a count"
            ),
        ),
        TrialFault::Busy => Problem::from(Code::Busy).retry_after(5),
        TrialFault::Failed => Code::Internal.into(),
    }
}
