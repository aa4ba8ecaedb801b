//! The API's document, which `openapi.json` is a copy of.

use lachan_web::PROBLEM_JSON;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, ResponseBuilder, ServerBuilder,
};

use crate::{guard, routes};

/// What the schema of a problem is called.
const PROBLEM: &str = "Problem";

/// The document of all routes.
#[must_use]
pub fn document() -> OpenApi {
    let (_, mut document) = routes::all().split_for_parts();
    document.info = InfoBuilder::new()
        .title("Lá Chắn")
        .version("1")
        .description(Some(
            "The box's API. Errors are application/problem+json with a stable `code`; changes need the \
             header X-Lachan: 1 and come from the box's own pages.",
        ))
        .build();
    document.servers = Some(vec![ServerBuilder::new().url(guard::BASE).build()]);
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

/// What [`lachan_web::Problem::document`] writes.
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

    use super::*;
    use crate::access;

    #[test]
    fn every_route_has_its_line_in_the_table_of_access_and_no_other_is_there() {
        let document = serde_json::to_value(document()).unwrap();
        let mut served = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                served.insert((method.to_uppercase(), path.clone()));
            }
        }
        let known: BTreeSet<_> = access::all()
            .map(|(method, path)| (method.to_owned(), path.to_owned()))
            .collect();
        assert_eq!(served, known);
    }

    #[test]
    fn every_operation_says_what_its_problems_look_like() {
        let document = serde_json::to_value(document()).unwrap();
        let wanted = "/content/application~1problem+json/schema/$ref";
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let problem = operation["responses"]["default"].pointer(wanted);
                let problem = problem.and_then(|to| to.as_str());
                assert_eq!(
                    problem,
                    Some("#/components/schemas/Problem"),
                    "{method} {path}"
                );
            }
        }
    }

    #[test]
    fn a_problem_has_the_members_that_the_document_names() {
        let fault = lachan_web::FieldFault::new("name", "too-long", "dài quá", "too long");
        let problem = lachan_web::Problem::field(fault).with_detail("xem lại", "look again");
        let written = problem.document(lachan_web::Language::English);
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
