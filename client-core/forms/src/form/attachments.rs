//! Attachments among the answers of a record.

use serde_json::{Map, Value as Json};

use super::Form;
use super::outcome::{Outcome, Violation};
use crate::attachment::Attachment;
use crate::model::{Kind, QId};
use crate::signature::Signature;

impl Form {
    /// Whether some question may hold an attachment.
    pub fn has_attachments(&self) -> bool {
        self.model.roots.iter().any(|id| self.holds_attachments(*id))
    }

    /// The attachments among checked answers, those of signatures included: path and description. Irrelevant answers,
    /// closed rows and copies of another record's answers are not among them.
    pub fn attachments(&self, outcome: &Outcome) -> Vec<(String, Attachment)> {
        let mut found = Vec::new();
        if let Json::Object(tree) = &outcome.tree {
            self.find_attachments(&self.model.roots, tree, "", &mut found);
        }
        found
    }

    fn holds_attachments(&self, id: QId) -> bool {
        let question = &self.model.questions[id];
        match question.kind {
            _ if question.preload.is_some() => false,
            Kind::Attachment | Kind::Signature => true,
            Kind::Group | Kind::Roster | Kind::Yearly => {
                question.children.iter().any(|id| self.holds_attachments(*id))
            }
            _ => false,
        }
    }

    fn find_attachments(
        &self,
        ids: &[QId],
        map: &Map<String, Json>,
        prefix: &str,
        found: &mut Vec<(String, Attachment)>,
    ) {
        for id in ids.iter().filter(|id| self.holds_attachments(**id)) {
            let question = &self.model.questions[*id];
            let Some(value) = map.get(&*question.key) else { continue };
            let path = format!("{prefix}{}", question.key);
            match (question.kind, value.as_object()) {
                (Kind::Group, Some(inner)) => {
                    self.find_attachments(&question.children, inner, &format!("{path}/"), found);
                }
                (Kind::Roster | Kind::Yearly, Some(rows)) => {
                    for (row, inner) in rows.iter().filter_map(|(row, inner)| Some((row, inner.as_object()?)))
                    {
                        self.find_attachments(&question.children, inner, &format!("{path}/{row}/"), found);
                    }
                }
                (Kind::Attachment, _) => found.extend(Attachment::read(value).map(|read| (path, read))),
                (Kind::Signature, _) => {
                    let picture = Signature::read(value).and_then(|signature| signature.attachment);
                    let picture = picture.as_ref().and_then(Attachment::read);
                    found.extend(picture.map(|read| (path, read)));
                }
                _ => {}
            }
        }
    }

    /// What is wrong at `inside` of the attachment at `path`.
    pub(super) fn attachment_violation(&self, path: &str, inside: &str, keyword: &str) -> Violation {
        let def = self.question(path).and_then(|question| question.attachment.as_ref());
        match (inside, keyword, def) {
            ("type", "enum", Some(def)) => {
                let types = [("types", def.types.join(", "))];
                Violation::keyword(path, "attachment_type", &types)
            }
            ("bytes", "maximum", Some(def)) => {
                let limit = [("limit", def.max_bytes.to_string())];
                Violation::keyword(path, "attachment_size", &limit)
            }
            _ => Violation::keyword(path, "attachment_shape", &[]),
        }
    }
}
