//! Schemas that are derived, made plain for TOML: nothing is null there, and a hover text is one line.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// The schema of a shape.
pub(super) fn of<T: JsonSchema>() -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    plain(&mut schema);
    schema
}

fn plain(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            without_null(map);
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            // Formats such as `uint8` are schemars' own, and are said to be unknown by some editors.
            map.remove("format");
            map.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What may be left out is not there in TOML; it is never null.
fn without_null(map: &mut Map<String, Value>) {
    let null = Value::from("null");
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|it| *it != null);
        if let [one] = types.as_slice() {
            let one = one.clone();
            map.insert("type".to_owned(), one);
        }
    }
    let Some(Value::Array(options)) = map.get_mut("anyOf") else { return };
    options.retain(|option| option.get("type") != Some(&null));
    if let [one] = options.as_slice() {
        let one = one.clone();
        // Beside a reference nothing else counts in this dialect: it stands in a list of its own.
        map.remove("anyOf");
        map.insert("allOf".to_owned(), Value::Array(vec![one]));
    }
}
