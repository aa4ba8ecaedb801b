//! What every API's document tells: its name and base, and that whatever it refuses is a problem.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, ResponseBuilder, ServerBuilder,
};

use crate::PROBLEM_JSON;

/// What the schema of a problem is called.
const PROBLEM: &str = "Problem";

/// Completes the document of routes: its title, what it is, the path it stands below, and the problems that each
/// operation may answer.
#[must_use]
pub fn completed(mut document: OpenApi, title: &str, about: &str, base: &str) -> OpenApi {
    document.info = InfoBuilder::new()
        .title(title)
        .version("1")
        .description(Some(about))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url(base).build()]);
    let components = document.components.get_or_insert_with(Components::new);
    components
        .schemas
        .insert(PROBLEM.to_owned(), RefOr::T(problem()));
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        fails(operation);
    }
    document
}

/// The operations of a path.
fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Whatever an operation may answer beside what it names: the guard in front of all refuses, too.
fn fails(operation: &mut Operation) {
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(PROBLEM)))
        .build();
    let other = ResponseBuilder::new()
        .description("A problem (RFC 9457): who asks, from where, how often, in what form")
        .content(PROBLEM_JSON, body)
        .build();
    let all = &mut operation.responses.responses;
    all.entry("default".to_owned()).or_insert(RefOr::T(other));
}

/// What [`crate::Problem::document`] writes.
fn problem() -> Schema {
    let text = || ObjectBuilder::new().schema_type(Type::String).build();
    let field = ObjectBuilder::new()
        .property("field", text())
        .property("code", text())
        .property("message", text())
        .required("field")
        .required("code")
        .required("message");
    ObjectBuilder::new()
        .description(Some(
            "What is wrong: `code` outlives versions, the rest is for people.",
        ))
        .property("type", text())
        .property("title", text())
        .property("status", ObjectBuilder::new().schema_type(Type::Integer))
        .property("code", text())
        .property("detail", text())
        .property("fields", ArrayBuilder::new().items(field))
        .required("type")
        .required("title")
        .required("status")
        .required("code")
        .into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::{FieldFault, Language, Problem};

    #[test]
    fn a_problem_has_the_members_that_the_document_names() {
        let fault = FieldFault::new("name", "too-long", "dài quá", "too long");
        let problem = Problem::field(fault).with_detail("xem lại", "look again");
        let written = problem.document(Language::English);
        let schema = serde_json::to_value(super::problem()).unwrap();
        let of = |value: &serde_json::Value| {
            let members = value.as_object().unwrap().keys().cloned();
            members.collect::<BTreeSet<_>>()
        };
        assert_eq!(of(&written), of(&schema["properties"]));
        let field = &schema["properties"]["fields"]["items"]["properties"];
        assert_eq!(of(&written["fields"][0]), of(field));
    }
}
