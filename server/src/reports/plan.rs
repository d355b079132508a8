//! A definition checked against the published forms, with every aggregate in one list.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::expr::{Expr, RowShape, Type, TypeEnv};

use super::catalog::Catalog;
use super::definition::*;
use super::expressions::{area_type, numbers, roster_row, source_env};
use super::rows::Fields;
use super::valid::valid_of;
use crate::dataset::valid::Valid;

/// An aggregate and the source it belongs to.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) source: String,
    pub(super) counting: Counting,
    pub(super) filter: Option<Expr>,
    pub(super) approx: Option<Expr>,
}

/// A definition that can be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What was read.
    pub definition: Definition,
    /// Measures first, in name order, then the values that are counted, in order.
    pub(super) aggregates: Vec<Planned>,
    pub(super) measures: BTreeMap<String, usize>,
    /// Per row and value: the aggregate that counts it, if it is counted itself.
    pub(super) value_aggregates: Vec<Vec<Option<usize>>>,
    /// Per row and value: the aggregates whose records stand behind it.
    pub(super) behind: Vec<Vec<BTreeSet<usize>>>,
    /// Per row: the aggregates whose records it counts.
    pub(super) row_behind: Vec<BTreeSet<usize>>,
    /// `doc.<roster>` by source name.
    pub(super) rosters: BTreeMap<String, Expr>,
    /// What holds for a date, by source name.
    pub(super) valid: BTreeMap<String, Valid>,
    /// What holds for a date in the records that others are about, by form.
    pub(super) subject_valid: BTreeMap<String, Valid>,
    /// Answers that are looked at, by form.
    pub(super) fields: BTreeMap<String, Fields>,
    /// Where the forms of records and subjects have lists.
    pub(super) shapes: BTreeMap<String, RowShape>,
}

impl Plan {
    /// Checks names and types; every fault is named at once.
    pub fn check(definition: Definition, catalog: &Catalog) -> Result<Plan, Vec<Fault>> {
        let mut checker = Checker {
            definition: &definition,
            catalog,
            faults: Vec::new(),
            fields: BTreeMap::new(),
            valid: BTreeMap::new(),
            subject_valid: BTreeMap::new(),
            shapes: BTreeMap::new(),
        };
        checker.sources();
        let parts = checker.rows();
        checker.by();
        let Checker { faults, fields, valid, subject_valid, shapes, .. } = checker;
        if faults.is_empty() {
            let plan = parts.into_plan(definition, fields, (valid, subject_valid));
            Ok(Plan { shapes, ..plan })
        } else {
            Err(faults)
        }
    }

    /// Forms whose rows the plan counts.
    pub fn forms(&self) -> BTreeSet<&str> {
        self.definition.sources.values().map(|source| source.form.as_str()).collect()
    }

    /// Forms whose rows expressions read as the subject of others.
    pub(super) fn subjects(&self) -> BTreeSet<&str> {
        self.definition.sources.values().filter_map(|source| source.subject.as_deref()).collect()
    }
}

#[derive(Default)]
struct Parts {
    aggregates: Vec<Planned>,
    measures: BTreeMap<String, usize>,
    value_aggregates: Vec<Vec<Option<usize>>>,
    behind: Vec<Vec<BTreeSet<usize>>>,
}

impl Parts {
    fn add(&mut self, aggregate: &Aggregate) -> usize {
        self.aggregates.push(Planned {
            source: aggregate.source.clone(),
            counting: aggregate.counting.clone(),
            filter: aggregate.filter.as_ref().map(|filter| filter.expr.clone()),
            approx: aggregate.approx.as_ref().map(|approx| approx.expr.clone()),
        });
        self.aggregates.len() - 1
    }

    fn into_plan(
        self,
        definition: Definition,
        fields: BTreeMap<String, Fields>,
        (valid, subject_valid): (BTreeMap<String, Valid>, BTreeMap<String, Valid>),
    ) -> Plan {
        let roster = |source: &Source| Expr::parse(&format!("doc.{}", source.each.as_ref()?)).ok();
        let rosters = definition.sources.iter();
        let rosters = rosters.filter_map(|(name, source)| Some((name.clone(), roster(source)?))).collect();
        let union = |row: &Vec<BTreeSet<usize>>| row.iter().flatten().copied().collect();
        let row_behind = self.behind.iter().map(union).collect();
        Plan {
            definition,
            row_behind,
            aggregates: self.aggregates,
            measures: self.measures,
            value_aggregates: self.value_aggregates,
            behind: self.behind,
            rosters,
            valid,
            subject_valid,
            fields,
            shapes: BTreeMap::new(),
        }
    }
}

struct Checker<'a> {
    definition: &'a Definition,
    catalog: &'a Catalog,
    faults: Vec<Fault>,
    fields: BTreeMap<String, Fields>,
    valid: BTreeMap<String, Valid>,
    subject_valid: BTreeMap<String, Valid>,
    shapes: BTreeMap<String, RowShape>,
}

impl Checker<'_> {
    fn fault(&mut self, pointer: &str, zh: impl Into<String>, en: impl Into<String>) {
        let reason = Words { zh: zh.into(), en: en.into() };
        self.faults.push(Fault { file: self.definition.file.clone(), pointer: pointer.to_owned(), reason });
    }

    fn sources(&mut self) {
        for (name, source) in &self.definition.sources {
            let Some(doc) = self.published(&source.form, &format!("{}/form", source.pointer)) else {
                continue;
            };
            if let Some(subject) = &source.subject
                && let Some(of) = self.published(subject, &format!("{}/subject", source.pointer))
            {
                // Whatever the subject is, it is read as it was on the day, and counted by its own source only.
                let valid = Valid::usual(&of, false);
                let fields = self.fields.entry(subject.clone()).or_default();
                valid.fields().for_each(|name| fields.add(name));
                self.subject_valid.insert(subject.clone(), valid);
            }
            if let Some(each) = source.each.as_ref().filter(|each| roster_row(&doc, each).is_none()) {
                let pointer = format!("{}/each", source.pointer);
                self.fault(
                    &pointer,
                    format!("{each} 不是表内列表"),
                    format!("{each} is not a roster of the form"),
                );
            }
            for roster in source.valid.rosters.keys().filter(|name| roster_row(&doc, name).is_none()) {
                let pointer = format!("{}/rosters/{roster}", source.valid.pointer);
                let en = format!("{roster} is not a roster of the form");
                self.fault(&pointer, format!("{roster} 不是表内列表"), en);
            }
            let valid = valid_of(&source.valid, &doc, self.catalog.is_event(&source.form));
            let fields = self.fields.entry(source.form.clone()).or_default();
            valid
                .fields()
                .chain(source.each.as_deref())
                .chain(["event_date", "_date"])
                .for_each(|name| fields.add(name));
            self.valid.insert(name.clone(), valid);
            let env = source_env(doc, None, self.subject_type(source));
            let reads = self.expression(source.filter.as_ref(), &env, &Type::Bool);
            self.looked_at(source, &reads);
        }
    }

    /// The type of a form's records; a form that is not published is a fault.
    fn published(&mut self, form: &str, pointer: &str) -> Option<Type> {
        let doc = self.catalog.doc_type(form).cloned();
        if let Some(doc) = &doc {
            self.shapes.entry(form.to_owned()).or_insert_with(|| RowShape::of(doc));
        } else {
            self.fault(pointer, format!("表单 {form} 未发布"), format!("the form {form} is not published"));
        }
        doc
    }

    fn subject_type(&self, source: &Source) -> Option<Type> {
        source.subject.as_ref().map(|form| self.catalog.doc_type(form).cloned().unwrap_or(Type::Any))
    }

    /// Remembers what an expression reads. `doc` and `subject` are told apart by nobody: too much is read rather than too
    /// little.
    fn looked_at(&mut self, source: &Source, reads: &BTreeSet<String>) {
        for form in std::iter::once(&source.form).chain(&source.subject) {
            let fields = self.fields.entry(form.clone()).or_default();
            reads.iter().filter_map(|read| read.split('/').next()).for_each(|name| fields.add(name));
        }
    }

    /// Checks a type and gives the names read.
    fn expression(&mut self, located: Option<&Located>, env: &TypeEnv, want: &Type) -> BTreeSet<String> {
        let Some(located) = located else { return BTreeSet::new() };
        match located.expr.check(env) {
            Ok(checked) if checked.ty.fits(want) => return checked.reads,
            Ok(checked) => {
                let zh = format!("类型应为 {want}，实为 {}", checked.ty);
                self.fault(&located.pointer, zh, format!("expected {want}, found {}", checked.ty));
            }
            Err(error) => {
                let zh = format!("{}（第 {} 个字符）", error.reason.zh(), error.position + 1);
                self.fault(&located.pointer, zh, error.to_string());
            }
        }
        BTreeSet::new()
    }

    fn aggregate(&mut self, aggregate: &Aggregate) {
        let Some(source) = self.definition.sources.get(&aggregate.source) else {
            let pointer = format!("{}/source", aggregate.pointer);
            let (zh, en) =
                (format!("没有来源 {}", aggregate.source), format!("no source {}", aggregate.source));
            return self.fault(&pointer, zh, en);
        };
        // A fault of the source itself is named there, once.
        let Some(doc) = self.catalog.doc_type(&source.form) else { return };
        let row = source.each.as_ref().map(|each| roster_row(doc, each).unwrap_or(Type::Any));
        let env = source_env(doc.clone(), row, self.subject_type(source));
        let mut reads = self.expression(aggregate.filter.as_ref(), &env, &Type::Bool);
        reads.extend(self.expression(aggregate.approx.as_ref(), &env, &Type::Text));
        let (of, want) = match &aggregate.counting {
            Counting::Count => (None, Type::Any),
            Counting::Sum(of) | Counting::Min(of) | Counting::Max(of) => (Some(of), Type::Num),
            Counting::Distinct(of) => (Some(of), Type::Any),
        };
        reads.extend(self.expression(of, &env, &want));
        self.looked_at(source, &reads);
    }

    fn rows(&mut self) -> Parts {
        let mut parts = Parts::default();
        for (name, measure) in &self.definition.measures {
            self.aggregate(measure);
            let index = parts.add(measure);
            parts.measures.insert(name.clone(), index);
        }
        for row in &self.definition.rows {
            let (mut aggregates, mut behind) = (Vec::new(), Vec::<BTreeSet<usize>>::new());
            for (position, value) in row.values.iter().enumerate() {
                let earlier: Vec<&str> = row.values[..position].iter().map(|v| v.key.as_str()).collect();
                let (own, records) = self.value(value, &earlier, &behind, &mut parts);
                aggregates.push(own);
                behind.push(records);
            }
            parts.value_aggregates.push(aggregates);
            parts.behind.push(behind);
        }
        parts
    }

    /// The aggregate of a value, and the aggregates behind it.
    fn value(
        &mut self,
        value: &ValueDefinition,
        earlier: &[&str],
        behind: &[BTreeSet<usize>],
        parts: &mut Parts,
    ) -> (Option<usize>, BTreeSet<usize>) {
        match &value.calculation {
            Calculation::Aggregate(aggregate) => {
                self.aggregate(aggregate);
                let index = parts.add(aggregate);
                (Some(index), BTreeSet::from([index]))
            }
            Calculation::Ratio { numerator, denominator, .. } => {
                let pointer = &value.pointer;
                self.reference(denominator, &format!("{pointer}/ratio/denominator"), earlier, behind, parts);
                let at = format!("{pointer}/ratio/numerator");
                (None, self.reference(numerator, &at, earlier, behind, parts))
            }
            Calculation::Formula(located) => (None, self.formula(located, earlier, behind, parts)),
        }
    }

    fn formula(
        &mut self,
        located: &Located,
        earlier: &[&str],
        behind: &[BTreeSet<usize>],
        parts: &Parts,
    ) -> BTreeSet<usize> {
        let env = TypeEnv::default()
            .with("values", numbers("values", earlier.iter().copied()))
            .with("measures", numbers("measures", parts.measures.keys().map(String::as_str)))
            .with("params", numbers("params", self.definition.params.keys().map(String::as_str)));
        let reads = self.expression(Some(located), &env, &Type::Num);
        let mut records = BTreeSet::new();
        for read in reads {
            match read.split_once('/') {
                Some(("measures", key)) => records.extend(parts.measures.get(key)),
                Some(("values", key)) => {
                    let position = earlier.iter().position(|name| *name == key);
                    records.extend(position.and_then(|n| behind.get(n)).into_iter().flatten());
                }
                _ => {}
            }
        }
        records
    }

    fn reference(
        &mut self,
        reference: &Reference,
        pointer: &str,
        earlier: &[&str],
        behind: &[BTreeSet<usize>],
        parts: &Parts,
    ) -> BTreeSet<usize> {
        let (found, name) = match reference {
            Reference::Measure(name) => (parts.measures.get(name).map(|n| BTreeSet::from([*n])), name),
            Reference::Value(name) => {
                let position = earlier.iter().position(|key| key == name);
                (position.and_then(|n| behind.get(n).cloned()), name)
            }
        };
        found.unwrap_or_else(|| {
            self.fault(pointer, format!("此处没有 {name}"), format!("there is no {name} here"));
            BTreeSet::new()
        })
    }

    fn by(&mut self) {
        let env = TypeEnv::default().with("area", area_type());
        for located in &self.definition.by {
            self.expression(Some(located), &env, &Type::Text);
        }
    }
}
