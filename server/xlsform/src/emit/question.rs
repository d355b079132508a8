//! One question, group or repeat as a schema object.

use std::collections::BTreeSet;

use super::json::J;
use super::lists::{many, one};
use super::texts::dotted;
use super::{Emitter, Part, SCHEMA};
use crate::form::{Bounds, Id, Kind};
use crate::report::Subject;
use crate::said::Said;
use crate::table::Field;
use crate::translate::Ty;

impl Emitter<'_, '_, '_> {
    /// The questions inside `parent`, in the order of the workbook.
    pub(super) fn properties(&mut self, parent: Option<Id>, pointer: &str) -> Vec<(String, J)> {
        let ids = self.children.get(&parent).cloned().unwrap_or_default();
        let mut out = Vec::with_capacity(ids.len());
        for id in ids {
            let key = self.form.nodes[id].key.clone();
            let pointer = format!("{pointer}/properties/{key}");
            self.sites.push((SCHEMA.to_owned(), pointer.clone(), (Some(id), Part::Whole)));
            let schema = self.node(id, &pointer);
            out.push((key, schema));
        }
        out
    }

    fn node(&mut self, id: Id, pointer: &str) -> J {
        let node = &self.form.nodes[id];
        let (row, name, kind, other_of) = (node.row, node.name.clone(), node.kind.clone(), node.other_of);
        let key = dotted(&node.template);
        let label = format!("{key}.label");
        let title = if other_of.is_some() {
            Some(self.ours(&label, &Said::new("Specify other", "请说明")))
        } else {
            self.texts(row, Field::Label, &label, &name)
        };
        let mut schema = J::object([("title", J::text(title.unwrap_or(name)))]);
        if let Some(hint) = self.hint(row, &key, other_of.is_some()) {
            schema.put("description", J::text(hint));
        }
        if matches!(kind, Kind::Group | Kind::Repeat) {
            self.groups += 1;
        } else {
            self.questions += 1;
        }
        self.shape(id, &kind, pointer, &mut schema);
        self.rules(id, pointer, &mut schema);
        if other_of.is_none() {
            self.leftovers(row);
        }
        schema
    }

    /// The hint, and below it the guidance.
    fn hint(&mut self, row: usize, key: &str, made: bool) -> Option<String> {
        if made {
            return None;
        }
        let key = format!("{key}.description");
        let hint = self.texts(row, Field::Hint, &key, "");
        let before: Vec<Option<String>> = self.words.iter().map(|words| words.get(&key).cloned()).collect();
        let guidance = self.texts(row, Field::Guidance, &key, "");
        let Some(guidance) = guidance else {
            return hint;
        };
        let Some(hint) = hint else {
            return Some(guidance);
        };
        for (words, hint) in self.words.iter_mut().zip(before) {
            if let (Some(text), Some(hint)) = (words.get_mut(&key), hint) {
                *text = format!("{hint}\n{text}");
            }
        }
        Some(format!("{hint}\n{guidance}"))
    }

    fn shape(&mut self, id: Id, kind: &Kind, pointer: &str, schema: &mut J) {
        let bounds = self.form.nodes[id].bounds.clone();
        let mut put =
            |entries: &[(&str, J)]| entries.iter().for_each(|(key, value)| schema.put(key, value.clone()));
        let string = |format: &str| [("type", J::text("string")), ("format", J::text(format))];
        match kind {
            Kind::Text => put(&[("type", J::text("string"))]),
            Kind::Note => put(&[("type", J::text("string")), ("readOnly", J::bool(true))]),
            Kind::Integer => put(&[("type", J::text("integer"))]),
            Kind::Decimal => put(&string("decimal")),
            // Only yes is an answer.
            Kind::Acknowledge => put(&[("type", J::text("boolean")), ("const", J::bool(true))]),
            Kind::Date => put(&string("date")),
            Kind::DateTime => put(&string("date-time")),
            Kind::Time => put(&string("time")),
            Kind::RowOf { repeat, .. } => {
                let template = self.form.nodes[*repeat].template.clone();
                put(&[("type", J::text("string")), ("x-row-of", J::text(template))]);
            }
            Kind::Point | Kind::Line | Kind::Area | Kind::File => {
                let name = match kind {
                    Kind::Point => "geo_point",
                    Kind::Line => "geo_line",
                    Kind::Area => "geo_area",
                    _ => "attached_file",
                };
                put(&[("$ref", J::text(format!("#/$defs/{name}")))]);
                self.spatial.insert(name);
            }
            Kind::SelectOne(_) | Kind::SelectMany(_) | Kind::Rank(_) => {
                self.choices(id, kind, pointer, schema)
            }
            Kind::Calculate => {}
            Kind::Group => {
                let inside = self.properties(Some(id), pointer);
                schema.put("type", J::text("object"));
                schema.put("x-group", J::bool(true));
                schema.put("additionalProperties", J::bool(false));
                schema.put("properties", J::Object(inside));
            }
            Kind::Repeat => self.roster(id, pointer, schema),
        }
        if let Some(bounds) = bounds {
            bounded(&bounds, schema);
        }
    }

    fn roster(&mut self, id: Id, pointer: &str, schema: &mut J) {
        let inside = self.properties(Some(id), &format!("{pointer}/additionalProperties"));
        let mut row = J::object([("type", J::text("object")), ("additionalProperties", J::bool(false))]);
        if let Some(constraints) = self.constraints.remove(&Some(id)) {
            row.put("x-constraints", J::List(constraints));
        }
        row.put("properties", J::Object(inside));
        schema.put("type", J::text("object"));
        let kind = J::object([("kind", J::text("rows")), ("order", J::text("_order"))]);
        schema.put("x-roster", self.with_row_label(id, kind));
        schema.put("additionalProperties", row);
    }

    /// A row is called by the answer that another question chooses it by.
    fn with_row_label(&self, id: Id, mut roster: J) -> J {
        let chooses = self.form.nodes.iter().filter(|node| !node.lost).find_map(|node| match node.kind {
            Kind::RowOf { repeat, label } if repeat == id => Some(label),
            _ => None,
        });
        if let Some(label) = chooses.filter(|label| !self.form.nodes[*label].lost) {
            let path = self.form.nodes[label].segments.join(".");
            match crate::translate::type_of(self.form, self.calculations, label) {
                Ok(Ty::Text | Ty::Code(_)) => roster.put("label", J::text(format!("row.{path}"))),
                Ok(Ty::Num | Ty::Date) => roster.put("label", J::text(format!("text(row.{path})"))),
                _ => {}
            }
        }
        roster
    }

    fn choices(&mut self, id: Id, kind: &Kind, pointer: &str, schema: &mut J) {
        let (Kind::SelectOne(list) | Kind::SelectMany(list) | Kind::Rank(list)) = kind else {
            return;
        };
        let data = &self.form.lists[*list];
        let reference = |name: String| J::text(format!("#/$defs/{name}"));
        match kind {
            Kind::Rank(_) => {
                self.definitions.insert((*list, false));
                let count = data.choices.len();
                schema.put("type", J::text("array"));
                schema.put("uniqueItems", J::bool(true));
                schema.put("maxItems", J::raw(count.to_string()));
                schema.put("items", J::object([("$ref", reference(one(data)))]));
            }
            Kind::SelectOne(_) if !data.in_file => {
                self.definitions.insert((*list, false));
                schema.put("$ref", reference(one(data)));
            }
            Kind::SelectMany(_) if !data.in_file => {
                self.definitions.insert((*list, true));
                schema.put("$ref", reference(many(data)));
            }
            _ => {
                self.listed.insert(*list);
                if matches!(kind, Kind::SelectMany(_)) {
                    schema.put("type", J::text("object"));
                    schema.put("x-multi", J::bool(true));
                } else {
                    schema.put("type", J::text("string"));
                }
                let mut codes = J::object([("list", J::text(data.key.clone()))]);
                if let Some(filter) = self.choice_filter(id, *list) {
                    let pointer = format!("{pointer}/x-codes/filter");
                    self.sites.push((SCHEMA.to_owned(), pointer, (Some(id), Part::Filter)));
                    codes.put("filter", J::text(filter));
                }
                schema.put("x-codes", codes);
            }
        }
    }

    /// What no rule took: cells that have no meaning at this type of question.
    fn leftovers(&mut self, row: usize) {
        for column in &self.table.columns {
            let at = self.table.at(row, column.index);
            if !self.tracker.is_unspoken(at) {
                continue;
            }
            let (subject, en, zh) = match column.field {
                Field::Appearance => {
                    (Subject::Appearance, "how a question looks is not carried", "题目外观不会导入")
                }
                Field::Parameters => (Subject::Parameter, "a form has no such parameters", "表单没有此参数"),
                Field::Default => (
                    Subject::Default,
                    "a form has no answers that are filled in before anybody answers",
                    "表单没有预先填好的默认答案",
                ),
                Field::Trigger => (
                    Subject::Rule,
                    "calculations are always up to date and need no trigger",
                    "计算结果始终保持最新，无需触发条件",
                ),
                Field::RequiredMessage => (
                    Subject::Text,
                    "a missing answer is told in the words of the program",
                    "缺少答案时使用系统提示语",
                ),
                Field::ConstraintMessage => {
                    (Subject::Text, "there is no constraint to tell of", "没有对应的约束")
                }
                Field::Label | Field::Hint | Field::Guidance => {
                    (Subject::Text, "the text has no place here", "此处没有放置该文字的位置")
                }
                _ => (Subject::Rule, "this has no meaning at this type of question", "此题型不适用该列"),
            };
            self.tracker.lost(at, subject, Said::new(en, zh));
        }
    }

    /// A group whose questions stand elsewhere: its relevance goes with them, its texts do not.
    pub(super) fn dissolved(&mut self, id: Id) {
        let row = self.form.nodes[id].row;
        for column in &self.table.columns {
            let at = self.table.at(row, column.index);
            if column.field == Field::Relevant || !self.tracker.is_unspoken(at) {
                continue;
            }
            let said = Said::new("the group itself is not carried over", "该组本身未导入");
            self.tracker.lost(at, Subject::Nesting, said);
        }
    }
}

fn bounded(bounds: &Bounds, schema: &mut J) {
    schema.put("minimum", J::raw(bounds.least.clone()));
    schema.put("maximum", J::raw(bounds.most.clone()));
    if bounds.multiple {
        schema.put("multipleOf", J::raw(bounds.step.clone()));
    }
}

/// Shapes of places and files, as far as they are used.
pub(super) fn spatial_definitions(used: &BTreeSet<&'static str>) -> Vec<(String, J)> {
    let number = || J::object([("type", J::text("number"))]);
    let count = |number: usize| J::raw(number.to_string());
    let position = || {
        J::object([
            ("type", J::text("array")),
            ("items", number()),
            ("minItems", count(2)),
            ("maxItems", count(3)),
        ])
    };
    let shape = |kind: &str, coordinates: J, accuracy: bool| {
        let mut properties = J::object([("type", J::object([("const", J::text(kind))]))]);
        if accuracy {
            let metres = J::object([("type", J::text("number")), ("minimum", J::raw("0"))]);
            properties.put("accuracy", metres);
        }
        properties.put("coordinates", coordinates);
        J::object([
            ("type", J::text("object")),
            ("additionalProperties", J::bool(false)),
            ("required", J::List(vec![J::text("type"), J::text("coordinates")])),
            ("properties", properties),
        ])
    };
    let many = |least: usize| {
        J::object([("type", J::text("array")), ("items", position()), ("minItems", count(least))])
    };
    used.iter()
        .map(|name| {
            let definition = match *name {
                "geo_point" => shape("Point", position(), true),
                "geo_line" => shape("LineString", many(2), false),
                // The outer ring of a polygon.
                "geo_area" => {
                    shape("Polygon", J::object([("type", J::text("array")), ("items", many(4))]), false)
                }
                _ => J::object([("type", J::text("object")), ("x-attachment", J::bool(true))]),
            };
            ((*name).to_owned(), definition)
        })
        .collect()
}
