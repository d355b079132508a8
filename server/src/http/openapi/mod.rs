//! The REST API as an OpenAPI 3.1 document, made from the list of routes and the types of their handlers: it cannot say
//! anything else than the server does. `docs/openapi.json` is a copy for readers; a test holds the two together.

mod described;
mod operation;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

pub use described::Described;
pub use operation::Operation;
use operation::Schemas;

use super::api::Access;
use super::router::{Route, routes};
use crate::accounts::role::Role;

/// The document of all routes.
pub fn document() -> Value {
    let mut schemas = schemas();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes() {
        let mut operation = Operation::new(&mut schemas, route.path);
        (route.describe)(&mut operation);
        operation.problem();
        let method = route.method.as_str().to_ascii_lowercase();
        paths.entry(route.path).or_insert_with(|| json!({}))[&method] = operation.finish(known(&route));
    }
    let mut shared = schemas.read.take_definitions(false);
    shared.extend(schemas.written.take_definitions(false));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Doorstep",
            "version": "1",
            "description": "Sign in with POST /api/v1/sessions and send the token as `Authorization: Bearer`. \
                Everybody sees what lies in their areas; what lies elsewhere does not exist (404).",
        },
        "paths": paths,
        "components": {
            "schemas": shared,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "page": {"type": "apiKey", "in": "cookie", "name": "__Host-doorstep"},
            },
        },
    })
}

fn schemas() -> Schemas {
    let settings =
        SchemaSettings::draft2020_12().with(|all| all.definitions_path = "/components/schemas".into());
    Schemas {
        read: settings.clone().for_deserialize().into_generator(),
        written: settings.for_serialize().into_generator(),
    }
}

/// What the list of routes knows of one: its name, where it belongs, and who may use it.
fn known(route: &Route) -> Map<String, Value> {
    let roles: Vec<&str> =
        Role::ALL.iter().filter(|role| route.access.admits(**role)).map(|role| role.name()).collect();
    let security = match route.access {
        Access::Public => json!([]),
        Access::SignedIn | Access::May(_) => json!([{"token": []}, {"page": []}]),
    };
    let (tag, name) = route.handler_name();
    let known = json!({
        "operationId": format!("{tag}_{name}"), "tags": [tag], "security": security, "x-roles": roles,
    });
    known.as_object().cloned().unwrap_or_default()
}

/// Answers the document: `GET /api/v1/openapi.json`.
pub(crate) async fn get() -> axum::Json<Value> {
    axum::Json(document())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_the_same_where_it_is_read_and_where_it_is_written() {
        let mut schemas = schemas();
        for route in routes() {
            (route.describe)(&mut Operation::new(&mut schemas, route.path));
        }
        let (read, written) = (schemas.read.definitions(), schemas.written.definitions());
        let both: Vec<&String> = read.keys().filter(|name| written.contains_key(*name)).collect();
        assert!(!both.is_empty());
        for name in both {
            assert_eq!(read[name], written[name], "rename one of the two: {name}");
        }
    }
}
