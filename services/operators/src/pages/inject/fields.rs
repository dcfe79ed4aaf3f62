//! The fields of a form, made from the JSON Schema of a kind, and the data that is typed into them.

use bevaka_catalogue::EventKind;
use bevaka_web::page::FieldError;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What was typed, by the fields' names.
pub(super) type Typed = BTreeMap<String, String>;

/// A field for a property of the data.
#[derive(Serialize)]
pub(super) struct Field {
    /// Its `id` and name in the page.
    id: String,
    /// What it is called: as the schema titles it, else the property's name.
    label: String,
    required: bool,
    /// `text`, `date`, `number`, `select`, `yes` or `json`.
    input: &'static str,
    options: Vec<String>,
    least: Option<u64>,
    most: Option<u64>,
    pattern: Option<String>,
    value: String,
}

/// The fields of a kind, with what was typed.
pub(super) fn fields(kind: &EventKind, typed: &Typed) -> Vec<Field> {
    properties(kind).map(|(name, schema)| field(kind, name, schema, typed)).collect()
}

fn properties(kind: &EventKind) -> impl Iterator<Item = (&String, &Value)> {
    kind.schema()["properties"].as_object().into_iter().flatten()
}

fn is_required(kind: &EventKind, name: &str) -> bool {
    kind.schema()["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name))
}

fn id(name: &str) -> String {
    format!("data-{name}")
}

fn field(kind: &EventKind, name: &str, schema: &Value, typed: &Typed) -> Field {
    let options: Vec<_> = schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let id = id(name);
    Field {
        value: typed.get(&id).cloned().unwrap_or_default(),
        id,
        label: schema["title"].as_str().unwrap_or(name).to_owned(),
        required: is_required(kind, name),
        input: input(schema, !options.is_empty()),
        options,
        least: schema["minLength"].as_u64(),
        most: schema["maxLength"].as_u64(),
        pattern: schema["pattern"].as_str().map(str::to_owned),
    }
}

fn input(schema: &Value, has_options: bool) -> &'static str {
    match schema["type"].as_str() {
        Some("string") if has_options => "select",
        Some("string") if schema["format"] == "date" => "date",
        Some("string") => "text",
        Some("number" | "integer") => "number",
        Some("boolean") => "yes",
        _ => "json",
    }
}

/// The data that was typed, or what is wrong with which fields (R46).
pub(super) fn data(kind: &EventKind, typed: &Typed) -> Result<Value, Vec<FieldError>> {
    let (mut data, mut faults) = (Map::new(), Vec::new());
    for (name, schema) in properties(kind) {
        let text = typed.get(&id(name)).map_or("", |text| text.trim());
        match value(schema, text) {
            Ok(Some(value)) => drop(data.insert(name.clone(), value)),
            Ok(None) if is_required(kind, name) => {
                faults.push(FieldError::new(id(name), "inject-field-missing").with("field", name));
            }
            Ok(None) => {}
            Err(key) => faults.push(FieldError::new(id(name), key).with("field", name)),
        }
    }
    let data = Value::Object(data);
    if let Some(fault) = kind.check(&data).err().filter(|_| faults.is_empty()) {
        let name = fault.place.split('/').nth(2).unwrap_or_default();
        let known = properties(kind).any(|(property, _)| property == name);
        let field = if known { id(name) } else { "because".to_owned() };
        faults.push(FieldError::new(field, "inject-field-limits").with("problem", fault.to_string()));
    }
    if faults.is_empty() { Ok(data) } else { Err(faults) }
}

/// What a text means to a property; none if nothing was typed.
fn value(schema: &Value, text: &str) -> Result<Option<Value>, &'static str> {
    let has_options = schema["enum"].is_array();
    match input(schema, has_options) {
        "yes" => Ok(Some(Value::Bool(text == "true"))),
        _ if text.is_empty() => Ok(None),
        "number" => {
            serde_json::from_str(text).ok().filter(Value::is_number).map(Some).ok_or("inject-field-number")
        }
        "json" => serde_json::from_str(text).map(Some).map_err(|_| "inject-field-json"),
        _ => Ok(Some(Value::String(text.to_owned()))),
    }
}
