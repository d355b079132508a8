//! `x-attachment` read from the schema.

use std::sync::Arc;

use super::view::View;
use crate::attachment::{ATTACHMENT_TYPES, AttachmentDef};
use crate::expr::{RecordType, Type};
use crate::fault::{FaultKind, Faults};
use crate::json::Node;
use crate::profile::FILE;

/// What expressions see of an attachment.
pub(super) fn type_of(template: &str) -> Type {
    let text = ["sha256", "type", "name"].map(|key| (key.to_string(), Type::Text)).into_iter();
    let fields = text.chain([("bytes".to_string(), Type::Num)]).collect();
    Type::Record(Arc::new(RecordType { template: template.into(), fields, ..RecordType::default() }))
}

pub(super) fn read(view: &View<'_>, faults: &mut Faults) -> Option<AttachmentDef> {
    for keyword in ["properties", "required", "additionalProperties", "items"] {
        if let Some((_, at)) = view.at(keyword) {
            let en = "the inside of an attachment is always the same; leave this out";
            faults.add(FILE, at, FaultKind::Question, en, "附件题的内部结构是固定的，请删去此项");
        }
    }
    let node = view.get("x-attachment")?;
    let mut def = AttachmentDef::default();
    if let Some(types) = node.get("types") {
        let wanted: Vec<&str> = types.items().iter().filter_map(Node::as_str).collect();
        def.types = ATTACHMENT_TYPES.into_iter().filter(|known| wanted.contains(known)).collect();
    }
    if let Some(most) = node.get("max_bytes").and_then(Node::as_u64) {
        def.max_bytes = most.min(def.max_bytes);
    }
    Some(def)
}
