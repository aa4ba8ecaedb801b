//! The types as a JSON schema, which `schema.json` is a copy of.

use utoipa::OpenApi;

use crate::{ask, enrol, fleet, statistics};

#[derive(OpenApi)]
#[openapi(components(schemas(
    enrol::EnrolRequest,
    enrol::EnrolAnswer,
    fleet::FleetReport,
    ask::Ask,
    ask::Asked,
    ask::AnswersWanted,
    ask::Answers,
    statistics::DayReport,
)))]
struct Types;

/// The schemas of all types by name.
///
/// # Errors
/// They cannot be written, which a test excludes.
pub fn schema() -> Result<serde_json::Value, serde_json::Error> {
    let document = serde_json::to_value(Types::openapi())?;
    Ok(document["components"]["schemas"].clone())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use serde_json::Value;

    use super::*;

    /// With `LACHAN_WRITE_SCHEMA=1` the copy is written anew.
    #[test]
    fn the_committed_schema_is_that_of_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.json");
        let mut text = serde_json::to_string_pretty(&schema().unwrap()).unwrap();
        text.push('\n');
        if std::env::var_os("LACHAN_WRITE_SCHEMA").is_some() {
            fs::write(path, &text).unwrap();
        }
        let committed = fs::read_to_string(path).unwrap_or_default();
        assert!(
            committed == text,
            "crates/wire/schema.json is not that of the types; run \
             LACHAN_WRITE_SCHEMA=1 cargo test -p lachan-wire schema"
        );
    }

    /// Every field that a box may send in reports, questions and looks, written by hand: whoever adds one argues here why it
    /// cannot hold a person's or a device's identity.
    const FIELDS: &[&str] = &[
        // How the box fares.
        "FleetReport.v",
        "FleetReport.program",
        "FleetReport.up-hours",
        "FleetReport.clock-trusted",
        "FleetReport.snapshot",
        "FleetReport.checked-hours-ago",
        "FleetReport.lists[].id",
        "FleetReport.lists[].version",
        "FleetReport.refused",
        "FleetReport.self-test.passed",
        "FleetReport.self-test.failed",
        "FleetReport.self-test.hours-ago",
        "FleetReport.disk-free-percent",
        "FleetReport.temperature",
        // A question: a site, never who asked.
        "Ask.v",
        "Ask.what",
        "Ask.name",
        "Ask.tier",
        "Ask.reason",
        "AnswersWanted.v",
        "AnswersWanted.after",
        // A day: noisy counts of many devices, and what noise they have. No hour, no group, no name as text.
        "DayReport.schema",
        "DayReport.day",
        "DayReport.privacy.epsilon",
        "DayReport.privacy.delta",
        "DayReport.privacy.devices-scale",
        "DayReport.privacy.attempts-scale",
        "DayReport.privacy.names-scale",
        "DayReport.privacy.threshold",
        "DayReport.privacy.names-threshold",
        "DayReport.privacy.rounded-to",
        "DayReport.privacy.attempts-of-a-device",
        "DayReport.cells[].tier",
        "DayReport.cells[].category",
        "DayReport.cells[].channel",
        "DayReport.cells[].devices",
        "DayReport.cells[].attempts",
        "DayReport.cells[].draws",
        "DayReport.name-key",
        "DayReport.names[].name",
        "DayReport.names[].devices",
    ];

    /// What a box sends without asking anybody: these types and all that they hold.
    const SENT: [&str; 4] = ["FleetReport", "Ask", "AnswersWanted", "DayReport"];

    /// The leaves below a schema, each with the schema of its value.
    fn leaves(all: &Value, path: &str, schema: &Value, found: &mut Vec<(String, Value)>) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap();
            return leaves(all, path, &all[name], found);
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            // `null` or a value.
            let value = choices
                .iter()
                .find(|choice| choice["type"] != "null")
                .unwrap();
            return leaves(all, path, value, found);
        }
        if let Some(fields) = schema["properties"].as_object() {
            assert_eq!(
                schema["additionalProperties"], false,
                "{path} takes unknown fields"
            );
            for (name, field) in fields {
                leaves(all, &format!("{path}.{name}"), field, found);
            }
        } else if schema["items"].is_object() {
            leaves(all, &format!("{path}[]"), &schema["items"], found);
        } else {
            found.push((path.to_owned(), schema.clone()));
        }
    }

    fn sent() -> Vec<(String, Value)> {
        let all = schema().unwrap();
        let mut found = Vec::new();
        for name in SENT {
            leaves(&all, name, &all[name], &mut found);
        }
        found
    }

    #[test]
    fn a_box_sends_these_fields_and_no_other() {
        let found: BTreeSet<_> = sent().into_iter().map(|(path, _)| path).collect();
        let known: BTreeSet<_> = FIELDS.iter().map(|field| (*field).to_owned()).collect();
        assert_eq!(found, known);
    }

    #[test]
    fn no_field_holds_free_text() {
        for (path, schema) in sent() {
            let kinds = match &schema["type"] {
                Value::Array(kinds) => kinds.clone(),
                kind => vec![kind.clone()],
            };
            let is_text = kinds.iter().any(|kind| kind == "string");
            let is_closed = schema["enum"].is_array() || schema["pattern"].is_string();
            assert!(!is_text || is_closed, "{path}: {schema}");
            let is_known = kinds.iter().all(|kind| {
                ["string", "integer", "number", "boolean", "null"]
                    .iter()
                    .any(|known| kind == known)
            });
            assert!(is_known, "{path}: {schema}");
        }
    }
}
