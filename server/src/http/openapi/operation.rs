//! One route in the words of OpenAPI.

use axum::http::StatusCode;
use doorstep_protocol::Problem;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The schemas that routes refer to. What is read and what is written may differ: a default need not be given, and is told.
pub(super) struct Schemas {
    pub(super) read: SchemaGenerator,
    pub(super) written: SchemaGenerator,
}

/// One route, as far as it is described.
pub struct Operation<'s> {
    schemas: &'s mut Schemas,
    route: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    responses: Map<String, Value>,
}

impl<'s> Operation<'s> {
    pub(super) fn new(schemas: &'s mut Schemas, route: &'static str) -> Operation<'s> {
        Operation { schemas, route, parameters: Vec::new(), body: None, responses: Map::new() }
    }

    /// What OpenAPI says of it; `known` is what the list of routes knows.
    pub(super) fn finish(self, mut known: Map<String, Value>) -> Value {
        if !self.parameters.is_empty() {
            known.insert("parameters".into(), self.parameters.into());
        }
        if let Some(body) = self.body {
            known.insert("requestBody".into(), body);
        }
        known.insert("responses".into(), self.responses.into());
        known.into()
    }

    pub(super) fn body<T: JsonSchema>(&mut self) {
        let schema = self.schemas.read.subschema_for::<T>();
        self.body = Some(json!({"required": true, "content": {"application/json": {"schema": schema}}}));
    }

    pub(super) fn file(&mut self) {
        self.body = Some(json!({"required": true, "content": {"application/octet-stream": {}}}));
    }

    /// Each property is a parameter.
    pub(super) fn query<T: JsonSchema>(&mut self) {
        let object = T::json_schema(&mut self.schemas.read).to_value();
        let required: Vec<&str> = array(&object["required"]).filter_map(Value::as_str).collect();
        for (name, schema) in object["properties"].as_object().into_iter().flatten() {
            let mut schema = given(schema);
            let says = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let mut parameter = json!({
                "name": name, "in": "query", "required": required.contains(&name.as_str()), "schema": schema,
            });
            if let (Some(says), Some(parameter)) = (says, parameter.as_object_mut()) {
                parameter.insert("description".into(), says);
            }
            self.parameters.push(parameter);
        }
    }

    /// One value for each `{name}` of the route, in order.
    pub(super) fn path<T: JsonSchema>(&mut self) {
        let names = self.route.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let one = self.schemas.read.subschema_for::<T>().to_value();
        let several: Vec<Value> = array(&one["prefixItems"]).cloned().collect();
        let schemas = if several.is_empty() { vec![one] } else { several };
        for (name, schema) in names.zip(schemas) {
            self.parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
        }
    }

    pub(super) fn json<T: JsonSchema>(&mut self, status: StatusCode) {
        let schema = self.schemas.written.subschema_for::<T>();
        self.respond(status, &json!({"application/json": {"schema": schema}}));
    }

    pub(super) fn bytes(&mut self, status: StatusCode, media: &str) {
        self.respond(status, &json!({media: {}}));
    }

    pub(super) fn nothing(&mut self, status: StatusCode) {
        self.respond(status, &json!({}));
    }

    pub(super) fn problem(&mut self) {
        let schema = self.schemas.written.subschema_for::<Problem>();
        let says = "What went wrong, in the language of Accept-Language (RFC 9457).";
        let content = json!({"application/problem+json": {"schema": schema}});
        self.responses.insert("default".into(), json!({"description": says, "content": content}));
    }

    fn respond(&mut self, status: StatusCode, content: &Value) {
        let says = status.canonical_reason().unwrap_or_default();
        self.responses.insert(status.as_str().into(), json!({"description": says, "content": content}));
    }
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A parameter is given or is not: it is never `null`.
fn given(schema: &Value) -> Value {
    let is_null = |one: &Value| *one == json!("null") || *one == json!({"type": "null"});
    let mut schema = schema.clone();
    for key in ["type", "anyOf"] {
        let Some(all) = schema.get_mut(key).and_then(Value::as_array_mut) else { continue };
        all.retain(|one| !is_null(one));
        if let ([only], "type") = (all.as_slice(), key) {
            schema[key] = only.clone();
        }
    }
    match schema["anyOf"].as_array().map(Vec::as_slice) {
        Some([only]) => only.clone(),
        _ => schema,
    }
}
