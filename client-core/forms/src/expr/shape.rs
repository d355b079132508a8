//! A nested tree of answers read with the types of its form: what is absent is what the form itself would make of it.
//!
//! Without types nobody can tell a roster without rows from a question without an answer, nor a group of yes-no questions
//! from a multi-select. With them `count` of no rows is 0 in a report as it is in the form.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::row::{row_value, rows};
use super::types::{RecordType, Type};
use super::value::{Missing, Record, Value};

/// Where a form has rosters, multi-selects and groups.
#[derive(Debug, Clone, Default)]
pub struct RowShape {
    /// In name order.
    parts: Vec<(Arc<str>, Part)>,
}

#[derive(Debug, Clone)]
enum Part {
    /// A multi-select.
    Ticks,
    /// A roster; its rows.
    Rows(RowShape),
    /// A group, or a compound answer.
    Group(RowShape),
}

impl RowShape {
    /// The shape of the records of a type ([`crate::Form::doc_type`]); nothing is known of other types.
    pub fn of(ty: &Type) -> RowShape {
        let Type::Record(record) = ty else { return RowShape::default() };
        let parts = record.fields.iter().filter_map(|(name, ty)| Some((name.as_str().into(), part(ty)?)));
        RowShape { parts: parts.collect() }
    }

    /// Only the parts of these names, for trees that hold no others.
    pub fn only(mut self, keep: impl Fn(&str) -> bool) -> RowShape {
        self.parts.retain(|(name, _)| keep(name));
        self
    }

    /// The `doc` of an expression.
    pub fn value(&self, tree: &Map<String, Json>) -> Value {
        let record = Record::default();
        self.fill(&record, tree);
        Value::Record(Rc::new(record))
    }

    fn part(&self, name: &str) -> Option<&Part> {
        let at = self.parts.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(&self.parts[at].1)
    }

    fn fill(&self, record: &Record, map: &Map<String, Json>) {
        for (key, json) in map {
            let value = match self.part(key) {
                Some(part) => part.value(json),
                None => row_value(json),
            };
            record.set(&Arc::from(key.as_str()), value);
        }
        for (name, part) in &self.parts {
            if !map.contains_key(&**name)
                && let Some(value) = part.absent()
            {
                record.set(name, value);
            }
        }
    }

    /// Whether anything in it is not null when it is absent.
    fn holds_lists(&self) -> bool {
        self.parts.iter().any(|(_, part)| match part {
            Part::Ticks | Part::Rows(_) => true,
            Part::Group(shape) => shape.holds_lists(),
        })
    }
}

fn part(ty: &Type) -> Option<Part> {
    match ty {
        Type::Record(record) if record.multi => Some(Part::Ticks),
        Type::Record(_) => Some(Part::Group(RowShape::of(ty))),
        Type::List(item) if is_row(item) => Some(Part::Rows(RowShape::of(item))),
        _ => None,
    }
}

/// Rows of a roster have a template that ends with `*`; a list inside one answer has none.
fn is_row(ty: &Type) -> bool {
    matches!(ty, Type::Record(record) if template_ends_with_row(record))
}

fn template_ends_with_row(record: &RecordType) -> bool {
    record.template.ends_with("/*")
}

impl Part {
    fn value(&self, json: &Json) -> Value {
        if let Some(missing) = Missing::from_json(json) {
            return Value::Missing(missing);
        }
        match (self, json) {
            (Part::Ticks, Json::Object(map)) => {
                let record = Record::multi();
                RowShape::default().fill(&record, map);
                Value::Record(Rc::new(record))
            }
            (Part::Rows(shape), Json::Object(map)) => rows(map, |record, row| shape.fill(record, row)),
            (Part::Group(shape), Json::Object(map)) => shape.value(map),
            (_, other) => row_value(other),
        }
    }

    fn absent(&self) -> Option<Value> {
        match self {
            Part::Ticks => Some(Value::Record(Rc::new(Record::multi()))),
            Part::Rows(_) => Some(Value::List(Rc::default())),
            Part::Group(shape) => shape.holds_lists().then(|| shape.value(&Map::new())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::expr::{Budget, Expr, Scope};
    use crate::{Answers, Form, FormPackage};

    fn form() -> Form {
        let bool = |title: &str| json!({"title": title, "type": "boolean"});
        let row = json!({"title": "行", "type": "object", "x-roster": {}, "additionalProperties": {"type": "object",
            "additionalProperties": false, "properties": {"age": {"title": "龄", "type": "integer"}, "ill": bool("病")}}});
        let ticks = json!({"title": "因", "type": "object", "x-multi": true, "additionalProperties": false,
            "properties": {"a": bool("甲"), "b": bool("乙")}});
        let schema = json!({"title": "表", "type": "object", "additionalProperties": false, "properties": {
            "members": row, "causes": ticks, "poor": bool("贫"), "rich": bool("富"),
            "house": {"title": "房", "type": "object", "x-group": true, "additionalProperties": false,
                "properties": {"own": bool("自有"), "safe": bool("安全")}},
            "farm": {"title": "田", "type": "object", "x-group": true, "additionalProperties": false,
                "properties": {"plots": row}}}});
        let manifest = json!({"id": "small", "version": 1, "kind": "register", "entity": "household",
            "title": {"zh": "表"}, "locales": ["zh"]});
        let files = [("form.json", manifest), ("schema.json", schema)];
        let files = files.map(|(name, json)| (name.to_owned(), json.to_string().into_bytes()));
        Form::compile(FormPackage::from_files(files.into()).unwrap()).unwrap()
    }

    const EXPRESSIONS: [&str; 16] = [
        "size(doc.members)",
        "count(doc.members)",
        "count(doc.members.map(m, m.age))",
        "sum(doc.members.map(m, m.age))",
        "max(doc.members.map(m, m.age))",
        "avg(doc.members.map(m, m.age))",
        "doc.members.exists(m, m.age > 3)",
        "doc.members.all(m, m.ill)",
        "size(doc.farm.plots)",
        "size(doc.causes)",
        "doc.causes.a",
        "'b' in doc.causes",
        "doc.rich",
        "doc.poor == false",
        "doc.house.safe",
        "!doc.house.own",
    ];

    /// What an expression over the tree of a report says, and what the form itself says.
    fn both(form: &Form, answers: &Answers) -> Vec<(String, String, String)> {
        let tree = form.evaluate(answers, &crate::Context::DRAFT).tree;
        let shape = RowShape::of(form.doc_type());
        let doc = shape.value(tree.as_object().unwrap());
        let said = |text: &str| {
            let expr = Expr::parse(text).unwrap();
            let mut scope = Scope::default().with("doc", doc.clone());
            let here = expr.eval(&mut scope, &mut Budget::for_expression()).to_json().to_string();
            (text.to_owned(), here, form.eval_expr(&expr, answers).to_json().to_string())
        };
        EXPRESSIONS.iter().map(|text| said(text)).collect()
    }

    #[test]
    fn reports_read_what_is_absent_as_the_form_does() {
        let form = form();
        let row = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let answers = |pairs: &[(String, Json)]| pairs.iter().cloned().collect::<Answers>();
        let cases = [
            answers(&[]),
            answers(&[("poor".into(), json!(true))]),
            answers(&[("house/own".into(), json!(true)), ("causes/a".into(), json!(true))]),
            answers(&[
                (format!("members/{row}/ill"), json!(true)),
                (format!("farm/plots/{row}/age"), json!(4)),
            ]),
            answers(&[
                (format!("members/{row}/age"), json!(4)),
                (format!("members/{row}/_deleted"), json!(true)),
            ]),
        ];
        for answers in &cases {
            for (text, here, there) in both(&form, answers) {
                assert_eq!(here, there, "{text} over {answers:?}");
            }
        }
        let none: Vec<String> = both(&form, &cases[0]).into_iter().map(|(_, here, _)| here).collect();
        assert_eq!(none[..4], ["\"0\"", "\"0\"", "\"0\"", "\"0\""], "no rows are counted as none");
        assert_eq!(none[4..6], ["null", "null"], "the most of nothing is nothing");
    }
}
