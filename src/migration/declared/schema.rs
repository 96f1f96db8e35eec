//! The JSON Schema of migration files, for editors: flat, made from the tables that files are read by.

use serde_json::{Map, Value, json};

use super::condition::KEYS as CONDITION_KEYS;
use super::grammar::{ARGUMENTS, Argument, VERBS};
use super::read::{CASE_KEYS, DOWN_KEYS, STEP_KEYS, TOP_KEYS, VARIABLE_KEYS};

/// The schema, draft-07. Flat on purpose: one wrong key is one message at that key.
pub fn schema() -> Value {
    let mut operation = Map::new();
    for verb in &VERBS {
        operation.insert(verb.name.to_owned(), json!({ "type": "string", "description": verb.about }));
    }
    for argument in &ARGUMENTS {
        operation.insert(argument.name.to_owned(), property(argument));
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A settings migration",
        "type": "object",
        "required": ["schema", "title"],
        "additionalProperties": false,
        "properties": keyed(&TOP_KEYS, &|key| match key {
            "schema" => json!({ "const": 1 }),
            "title" | "why" | "native" | "description" => text(),
            "links" | "needs" => texts(),
            "vars" => json!({ "type": "object", "additionalProperties": { "$ref": "#/definitions/variable" } }),
            "for_each" => json!({
                "type": "object",
                "additionalProperties": { "type": "object", "additionalProperties": { "type": "object" } },
            }),
            "require" | "ensure" => list("condition"),
            "step" => list("step"),
            "case" => list("case"),
            _ => object(&DOWN_KEYS, &|key| if key == "step" { list("step") } else { text() }),
        }),
        "definitions": {
            "variable": object(&VARIABLE_KEYS, &|key| match key {
                "one_of" => texts(),
                "kind" => json!({ "enum": ["string", "integer", "boolean", "path", "url"] }),
                "secret" => flag(),
                "default" => json!({ "type": ["string", "integer", "number", "boolean"] }),
                _ => text(),
            }),
            "step": object(&STEP_KEYS, &|key| match key {
                "edit" | "delete" | "except" => texts(),
                "when" => json!({ "$ref": "#/definitions/condition" }),
                "optional" | "if_present" | "secret" => flag(),
                "if_exists" => json!({ "enum": ["fail", "keep", "replace"] }),
                "do" => list("operation"),
                _ => text(),
            }),
            "operation": { "type": "object", "additionalProperties": false, "properties": operation },
            "condition": object(&CONDITION_KEYS, &|key| match key {
                "files" | "except" => texts(),
                "exists" => flag(),
                "in" => json!({ "type": "array" }),
                "all" | "any" => list("condition"),
                "not" => json!({ "$ref": "#/definitions/condition" }),
                "is" | "is_not" => json!({}),
                _ => text(),
            }),
            "case": object(&CASE_KEYS, &|key| match key {
                "unchanged" => flag(),
                "vars" => json!({ "type": "object" }),
                "eol" => json!({ "enum": ["lf", "crlf"] }),
                _ => text(),
            }),
        },
    })
}

/// What an argument is, and the verbs that take it: which of them stand together is for the program to say.
fn property(argument: &Argument) -> Value {
    let about = match argument.verbs().as_slice() {
        [] => argument.about.to_owned(),
        verbs => format!("{} (with {})", argument.about, verbs.join(", ")),
    };
    match argument.kinds {
        [only] => json!({ "type": only, "description": about }),
        several => json!({ "type": several, "description": about }),
    }
}

fn keyed(keys: &[&str], of: &dyn Fn(&str) -> Value) -> Map<String, Value> {
    keys.iter().map(|key| ((*key).to_owned(), of(key))).collect()
}

fn object(keys: &[&str], of: &dyn Fn(&str) -> Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": keyed(keys, of) })
}

fn list(definition: &str) -> Value {
    json!({ "type": "array", "items": { "$ref": format!("#/definitions/{definition}") } })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn texts() -> Value {
    json!({ "type": ["string", "array"], "items": { "type": "string" } })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}
