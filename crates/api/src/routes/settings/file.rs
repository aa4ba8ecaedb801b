//! The whole file as a text, for everything that has no form.

use axum::Json;
use axum::extract::State;
use lachan_config::Config;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MistakeView, SavedView, file_now, of_mistakes, seen, store};
use crate::caller::{Caller, Visitor};
use crate::state::Api;
use lachan_web::serve::{Input, Refused, Tag};

/// The file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileView {
    /// What a change names in `If-Match`.
    tag: String,
    /// Where it is.
    file: String,
    text: String,
    /// What is wrong with it as it is.
    mistakes: Vec<MistakeView>,
}

/// A text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileText {
    text: String,
}

/// What is wrong with a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileChecked {
    mistakes: Vec<MistakeView>,
    /// How many there are beyond these.
    more: usize,
}

/// The settings file as it is.
#[utoipa::path(get, path = "/settings/text", tag = "settings", responses((status = 200, body = FileView)))]
pub(crate) async fn text(
    State(api): State<Api>,
    visitor: Visitor,
) -> Result<Json<FileView>, Refused> {
    let view = api.work(move |api| {
        let file = file_now(api, visitor.spoken)?;
        let mistakes = match Config::parse(&file.text, &file.path) {
            Ok(_) => Vec::new(),
            Err(mistakes) => MistakeView::all(&mistakes, visitor.spoken),
        };
        Ok(FileView {
            tag: file.tag,
            file: file.path,
            text: file.text,
            mistakes,
        })
    });
    Ok(Json(view.await?))
}

/// Says what is wrong with a text, without saving it.
#[utoipa::path(post, path = "/settings/check", tag = "settings", request_body = FileText,
    responses((status = 200, body = FileChecked)))]
pub(crate) async fn check(
    State(api): State<Api>,
    visitor: Visitor,
    Input(given): Input<FileText>,
) -> Result<Json<FileChecked>, Refused> {
    let checked = api.work(move |_| {
        let checked = match Config::parse(&given.text, "lachan.toml") {
            Ok(_) => FileChecked {
                mistakes: Vec::new(),
                more: 0,
            },
            Err(mistakes) => FileChecked {
                mistakes: MistakeView::all(&mistakes, visitor.spoken),
                more: mistakes.more(),
            },
        };
        Ok(checked)
    });
    Ok(Json(checked.await?))
}

/// Puts a text in the place of the file's.
#[utoipa::path(put, path = "/settings/text", tag = "settings", request_body = FileText,
    params(("If-Match" = String, Header)),
    responses(
        (status = 200, body = SavedView),
        (status = 409, description = "`settings-read-only`, `settings-pending`, `part-refused`"),
        (status = 412, description = "`changed-meanwhile`, with `current`"),
        (status = 422, description = "`bad-field`, with `mistakes`"),
        (status = 428, description = "`if-match-required`"),
    ))]
pub(crate) async fn put_text(
    State(api): State<Api>,
    caller: Caller,
    visitor: Visitor,
    Tag(tag): Tag,
    Input(given): Input<FileText>,
) -> Result<Json<SavedView>, Refused> {
    let saved = api.work(move |api| {
        let language = visitor.spoken;
        let file = seen(api, &tag, language)?;
        let checked = Config::parse(&given.text, &file.path);
        checked.map_err(|mistakes| of_mistakes(&mistakes, language))?;
        store(api, &caller, language, &file, &given.text)
    });
    Ok(Json(saved.await?))
}
