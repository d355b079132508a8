//! Ids and answers as JSON Schema, for the description of the REST API: what `Serialize` writes, in words.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{ChangeHash, Heads, RecordId, RowId, Value};

/// Ids as text of one pattern: `id_schemas! { RowId "^...$" "A row."; }`.
#[macro_export]
macro_rules! id_schemas {
    ($($id:ident $pattern:tt $says:literal;)*) => {$(
        impl schemars::JsonSchema for $id {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($id).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": $pattern, "description": $says})
            }
        }
    )*};
}

id_schemas! {
    RecordId "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" "A record: a UUIDv7.";
    RowId "^[0-9A-HJKMNP-TV-Z]{26}$" "A row of a roster.";
    ChangeHash "^[0-9a-f]{64}$" "A change: its SHA-256.";
}

impl JsonSchema for Heads {
    fn schema_name() -> Cow<'static, str> {
        "Heads".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let change = generator.subschema_for::<ChangeHash>();
        json_schema!({"type": "array", "items": change, "description": "An exact state of a record."})
    }
}

impl JsonSchema for Value {
    fn schema_name() -> Cow<'static, str> {
        "Answer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An answer: a text, a whole number, yes or no, cleared, or missing with the reason.",
            "oneOf": [
                {"type": ["string", "integer", "boolean", "null"]},
                {
                    "type": "object",
                    "properties": {"missing": {"enum": ["dk", "refused", "na"]}},
                    "required": ["missing"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
