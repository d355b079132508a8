//! `x-signature` read from the schema.

use std::sync::Arc;

use super::Model;
use super::view::View;
use crate::expr::{RecordType, Type};
use crate::fault::{FaultKind, Faults};
use crate::json::Node;
use crate::profile::FILE;
use crate::signature::SignatureDef;

/// What expressions see of a signature.
pub(super) fn type_of(template: &str) -> Type {
    let text = ["by", "role"].map(|key| (key.to_string(), Type::Text)).into_iter();
    let others = [("signed_on".to_string(), Type::Date), ("heads".to_string(), Type::list(Type::Text))];
    let fields = text.chain(others).collect();
    Type::Record(Arc::new(RecordType { template: template.into(), fields, ..RecordType::default() }))
}

pub(super) fn read(view: &View<'_>, faults: &mut Faults) -> Option<SignatureDef> {
    for keyword in ["properties", "required", "additionalProperties", "items"] {
        if let Some((_, at)) = view.at(keyword) {
            let en = "the inside of a signature is always the same; leave this out";
            faults.add(FILE, at, FaultKind::Question, en, "签名题的内部结构是固定的，请删去此项");
        }
    }
    let node = view.get("x-signature")?;
    let covers = node.get("covers").map_or(&[][..], Node::items).iter();
    Some(SignatureDef {
        covers: covers.filter_map(Node::as_str).map(String::from).collect(),
        again: node.get("again").and_then(Node::as_bool).unwrap_or(false),
    })
}

/// What a signature covers must exist, outside rosters.
pub(super) fn check(model: &Model, faults: &mut Faults) {
    for question in &model.questions {
        let Some(def) = &question.signature else { continue };
        for (i, template) in def.covers.iter().enumerate() {
            if model.by_template.get(template).is_none_or(|id| model.questions[*id].roster.is_some()) {
                let known =
                    model.questions.iter().filter(|q| q.roster.is_none()).map(|q| q.template.as_str());
                let near = crate::suggest::nearest(template, known);
                let en = format!("{template} is no question{}", crate::suggest::en(near));
                let zh = format!("{template} 不是题目{}", crate::suggest::zh(near));
                let pointer = format!("{}/x-signature/covers/{i}", question.pointer);
                faults.add(FILE, pointer, FaultKind::UnknownList, en, zh);
            }
        }
    }
}
