//! Relevance, required, calculation, constraint, filter and number of rows: each translated, or reported and left out.

use super::json::J;
use super::texts::dotted;
use super::{Emitter, Part, SCHEMA, Site};
use crate::form::{Id, Kind, ListId};
use crate::names;
use crate::report::{At, Subject};
use crate::said::Said;
use crate::settings::{is_no, is_yes};
use crate::table::Field;
use crate::translate::{Done, Place, Translator, Ty, Why};

impl Emitter<'_, '_, '_> {
    fn translator(&self, place: Place) -> Translator<'_> {
        Translator::new(self.form, self.calculations, place)
    }

    /// Translates, unless the check of forms refused the result in a round before.
    pub(super) fn unless_refused(
        &self,
        site: Site,
        translate: impl FnOnce() -> Result<Done, Why>,
    ) -> Result<Done, Why> {
        match self.refused.get(&site) {
            Some(said) => Err(said.clone()),
            None => translate(),
        }
    }

    /// Marks the cell of an expression, with what its translation means differently.
    pub(super) fn told(&mut self, at: At, done: &Done) {
        self.tracker.carried(at);
        for note in &done.notes {
            self.tracker.changed(at, Subject::Expression, note.clone());
        }
    }

    fn keep(&mut self, pointer: String, site: Site, at: At, done: &Done) {
        self.told(at, done);
        self.expressions += 1;
        self.sites.push((SCHEMA.to_owned(), pointer, site));
        self.reads.entry(site).or_default().extend(&done.reads);
    }

    pub(super) fn rules(&mut self, id: Id, pointer: &str, schema: &mut J) {
        let kind = self.form.nodes[id].kind.clone();
        self.relevance(id, pointer, schema);
        if self.form.nodes[id].other_of.is_some() {
            return;
        }
        let calculated = self.calculation(id, &kind, pointer, schema);
        let fixed = self.read_only(id, &kind, calculated, pointer, schema);
        self.required(id, &kind, calculated || fixed, pointer, schema);
        if kind == Kind::Repeat {
            self.row_count(id);
        }
        if !matches!(kind, Kind::Group | Kind::Repeat) {
            self.constraint(id, pointer, schema);
        }
    }

    /// Its own relevance, and that of the dissolved groups around it.
    fn relevance(&mut self, id: Id, pointer: &str, schema: &mut J) {
        let site = (Some(id), Part::Relevant);
        let mut parts: Vec<String> = Vec::new();
        let pointer = format!("{pointer}/x-relevant");
        let node = &self.form.nodes[id];
        if let Some(select) = node.other_of {
            let text = format!("selected(${{{}}}, 'other')", self.form.nodes[select].name);
            let place = Place { node: Some(id), ..Place::default() };
            if let Ok(done) = self.unless_refused(site, || self.translator(place).condition(&text)) {
                self.sites.push((SCHEMA.to_owned(), pointer.clone(), site));
                self.reads.entry(site).or_default().extend(&done.reads);
                parts.push(done.code);
            }
        }
        let mut from = if node.other_of.is_some() {
            node.outer.filter(|up| self.form.nodes[*up].dissolved)
        } else {
            Some(id)
        };
        while let Some(at) = from {
            if let Some((text, cell)) = self.table.get(self.form.nodes[at].row, Field::Relevant) {
                let place = Place { node: Some(at), ..Place::default() };
                match self.unless_refused(site, || self.translator(place).condition(text)) {
                    Ok(done) => {
                        self.keep(pointer.clone(), site, cell, &done);
                        parts.push(done.code);
                    }
                    Err(why) => self.tracker.lost(cell, Subject::Expression, why),
                }
            }
            from = self.form.nodes[at].outer.filter(|up| self.form.nodes[*up].dissolved);
        }
        match parts.as_slice() {
            [] => {}
            [one] => schema.put("x-relevant", J::text(one.clone())),
            many => {
                let all: Vec<String> = many.iter().rev().map(|part| format!("({part})")).collect();
                schema.put("x-relevant", J::text(all.join(" && ")));
            }
        }
    }

    fn calculation(&mut self, id: Id, kind: &Kind, pointer: &str, schema: &mut J) -> bool {
        let site = (Some(id), Part::Calculate);
        let Some((_, at)) = self.form.nodes[id].calculation.clone() else {
            return false;
        };
        let done = self.unless_refused(site, || Translator::calculation(self.form, self.calculations, id));
        match done {
            Ok(done) => {
                if *kind == Kind::Calculate {
                    calculated_type(&done.ty, schema);
                }
                self.keep(format!("{pointer}/x-calculate"), site, at, &done);
                schema.put("x-calculate", J::text(done.code));
                true
            }
            Err(why) => {
                if *kind == Kind::Calculate {
                    // The question stays, as one that nobody fills.
                    schema.put("type", J::text("string"));
                    schema.put("readOnly", J::bool(true));
                }
                self.tracker.lost(at, Subject::Expression, why);
                false
            }
        }
    }

    /// Read-only questions with a default are that default; true when nobody can fill the question.
    fn read_only(&mut self, id: Id, kind: &Kind, calculated: bool, pointer: &str, schema: &mut J) -> bool {
        let row = self.form.nodes[id].row;
        let never_filled = matches!(kind, Kind::Note | Kind::Calculate);
        let Some((text, at)) = self.table.get(row, Field::ReadOnly) else {
            return never_filled;
        };
        if is_no(text) || (is_yes(text) && (calculated || never_filled)) {
            self.tracker.carried(at);
            return never_filled;
        }
        if !is_yes(text) {
            let said = Said::new("read-only is always or never", "只读只能为始终或从不");
            self.tracker.lost(at, Subject::Rule, said);
            return never_filled;
        }
        if matches!(kind, Kind::Group | Kind::Repeat) {
            let said = Said::new("a group is not read-only itself", "分组本身不能设为只读");
            self.tracker.lost(at, Subject::Rule, said);
            return false;
        }
        self.tracker.carried(at);
        let single = matches!(
            kind,
            Kind::Text
                | Kind::Integer
                | Kind::Decimal
                | Kind::Date
                | Kind::SelectOne(_)
                | Kind::DateTime
                | Kind::Time
        );
        if let Some((default, at)) = self.table.get(row, Field::Default).filter(|_| single) {
            let site = (Some(id), Part::Calculate);
            let place = Place { node: Some(id), ..Place::default() };
            let text = crate::defaults::as_expression(default);
            if let Ok(done) = self.unless_refused(site, || self.translator(place).value_for(&text, kind)) {
                let said = Said::new("the answer is always its default", "答案始终为其默认值");
                self.tracker.changed(at, Subject::Default, said);
                self.keep(format!("{pointer}/x-calculate"), site, at, &done);
                schema.put("x-calculate", J::text(done.code));
                return true;
            }
        }
        schema.put("readOnly", J::bool(true));
        true
    }

    fn required(&mut self, id: Id, kind: &Kind, never_filled: bool, pointer: &str, schema: &mut J) {
        let Some((text, at)) = self.table.get(self.form.nodes[id].row, Field::Required) else {
            return;
        };
        if is_no(text) {
            return self.tracker.carried(at);
        }
        if *kind == Kind::Group || never_filled {
            let said =
                Said::new("nobody fills this, so that it cannot be required", "此项无人填写，不能设为必填");
            return self.tracker.lost(at, Subject::Rule, said);
        }
        if is_yes(text) {
            self.tracker.carried(at);
            return schema.put("x-required", J::bool(true));
        }
        let site = (Some(id), Part::Required);
        let place = Place { node: Some(id), ..Place::default() };
        match self.unless_refused(site, || self.translator(place).condition(text)) {
            Ok(done) => {
                self.keep(format!("{pointer}/x-required"), site, at, &done);
                schema.put("x-required", J::text(done.code));
            }
            Err(why) => self.tracker.lost(at, Subject::Expression, why),
        }
    }

    fn constraint(&mut self, id: Id, pointer: &str, schema: &mut J) {
        let node = &self.form.nodes[id];
        let (row, key) = (node.row, dotted(&node.template));
        let mut list = Vec::new();
        if let Some((text, at)) = self.table.get(row, Field::Constraint) {
            let site = (Some(id), Part::Constraint);
            let place = Place { node: Some(id), constraint: true, ..Place::default() };
            match self.unless_refused(site, || self.translator(place).check(text)) {
                Ok(done) => {
                    self.keep(format!("{pointer}/x-constraints/0/expression"), site, at, &done);
                    let key = format!("{key}.valid.error");
                    let human = match self.texts(row, Field::ConstraintMessage, &key, "") {
                        Some(human) => human,
                        None => self.ours(&key, &not_valid()),
                    };
                    list.push(constraint("valid", done.code, human, None));
                }
                Err(why) => self.tracker.lost(at, Subject::Expression, why),
            }
        }
        if let Some(step) = self.step_constraint(id, &key) {
            list.push(step);
        }
        if !list.is_empty() {
            schema.put("x-constraints", J::List(list));
        }
    }

    /// Steps of a range that do not count from zero.
    fn step_constraint(&mut self, id: Id, key: &str) -> Option<J> {
        let bounds = self.form.nodes[id].bounds.clone()?;
        if bounds.multiple || matches!(bounds.step.as_str(), "" | "1" | "0") {
            return None;
        }
        let (least, step) = (&bounds.least, &bounds.step);
        let least = if least.starts_with('-') { format!("({least})") } else { least.clone() };
        let human = Said::new(
            format!("Steps of {step} from {}", bounds.least),
            format!("自 {} 起每次增加 {step}", bounds.least),
        );
        let human = self.ours(&format!("{key}.step.error"), &human);
        Some(constraint("step", format!("(value - {least}) % {step} == 0"), human, None))
    }

    /// Rows are added by hand; that their number is right is checked.
    fn row_count(&mut self, id: Id) {
        let node = &self.form.nodes[id];
        let Some((text, at)) = self.table.get(node.row, Field::RepeatCount) else {
            return;
        };
        let holder = node.roster;
        let path = node.segments.join("/");
        let list = format!("{}.{}", if holder.is_some() { "row" } else { "doc" }, node.segments.join("."));
        let wanted = format!("{}_count", node.key);
        let site = (Some(id), Part::Count);
        let place = Place { node: Some(id), ..Place::default() };
        let done = self.unless_refused(site, || self.translator(place).value_for(text, &Kind::Integer));
        let done = match done {
            Ok(done) => done,
            Err(why) => return self.tracker.lost(at, Subject::Expression, why),
        };
        let said = Said::new(
            "rows are added by hand; it is checked that there are as many as this says",
            "行由人工添加；仅检查行数是否与此一致",
        );
        self.tracker.changed(at, Subject::Nesting, said);
        let key = names::unique(names::key(&wanted), &mut self.constraint_keys);
        let index = self.constraints.get(&holder).map_or(0, Vec::len);
        let base = match holder {
            None => String::new(),
            Some(roster) => format!("{}/additionalProperties", self.pointer(roster)),
        };
        self.keep(format!("{base}/x-constraints/{index}/expression"), site, at, &done);
        let prefix =
            holder.map_or(String::new(), |roster| format!("{}.", dotted(&self.form.nodes[roster].template)));
        let human = Said::new("The number of rows is not the one given before", "行数与前面填写的数目不符");
        let human = self.ours(&format!("{prefix}{key}.error"), &human);
        // `? :` alone binds less tightly than a comparison of its result.
        let rule =
            constraint(&key, format!("size({list}) == ({})", done.code), human, Some(format!("/{path}")));
        self.constraints.entry(holder).or_default().push(rule);
    }

    /// The JSON pointer of a question.
    fn pointer(&self, id: Id) -> String {
        let mut out = String::new();
        for part in self.form.nodes[id].template.split('/') {
            match part {
                "*" => out.push_str("/additionalProperties"),
                key => out.push_str(&format!("/properties/{key}")),
            }
        }
        out
    }

    pub(super) fn choice_filter(&mut self, id: Id, list: ListId) -> Option<String> {
        let (text, at) = self.table.get(self.form.nodes[id].row, Field::ChoiceFilter)?;
        if is_yes(text) {
            self.tracker.carried(at);
            return None;
        }
        let site = (Some(id), Part::Filter);
        let place = Place { node: Some(id), filter: Some(list), ..Place::default() };
        match self.unless_refused(site, || self.translator(place).filter(text)) {
            Ok(done) => {
                self.told(at, &done);
                self.expressions += 1;
                self.recoded.extend(done.recoded);
                Some(done.code)
            }
            Err(why) => {
                self.tracker.lost(at, Subject::Expression, why);
                None
            }
        }
    }
}

fn constraint(key: &str, expression: String, human: String, location: Option<String>) -> J {
    let mut rule = J::object([("key", J::text(key)), ("severity", J::text("error"))]);
    if let Some(location) = location {
        rule.put("location", J::List(vec![J::text(location)]));
    }
    rule.put("expression", J::text(expression));
    rule.put("human", J::text(human));
    rule
}

fn not_valid() -> Said {
    Said::new("The answer does not meet the rule of this question", "答案不符合本题规则")
}

/// How a calculated answer stands in the record.
fn calculated_type(ty: &Ty, schema: &mut J) {
    match ty {
        Ty::Num => {
            schema.put("type", J::text("string"));
            schema.put("format", J::text("decimal"));
        }
        Ty::Bool => schema.put("type", J::text("boolean")),
        Ty::Date => {
            schema.put("type", J::text("string"));
            schema.put("format", J::text("date"));
        }
        _ => schema.put("type", J::text("string")),
    }
}
