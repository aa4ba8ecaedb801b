//! The API's document, which `openapi.json` is a copy of.

use lachan_web::serve::document::completed;
use utoipa::openapi::OpenApi;

use crate::{guard, routes};

/// What the API is, in its document.
const ABOUT: &str = "The box's API. Errors are application/problem+json with a stable `code`; changes need the \
                     header X-Lachan: 1 and come from the box's own pages.";

/// The document of all routes.
#[must_use]
pub fn document() -> OpenApi {
    let (_, document) = routes::all().split_for_parts();
    completed(document, "Lá Chắn", ABOUT, guard::BASE)
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
}
