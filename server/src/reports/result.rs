//! What a report says: values rounded as the quoted figure is, the difference, and the records behind each number.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::expr::{Budget, Expr, Record, Scope, Value};
use doorstep_records::RecordId;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::catalog::{Catalog, FormFacts};
use super::definition::*;
use super::engine::{Contribution, Counted, Tally};
use super::plan::Plan;
use super::quoted::{Quoted, QuotedValue};
use super::rows::Places;

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueResult {
    /// Name within the row.
    pub key: String,
    /// Heading, when the row has several values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Words>,
    /// Unit.
    pub unit: Words,
    /// Rounded for display; nothing when it cannot be calculated.
    #[serde(serialize_with = "number")]
    pub value: Option<Decimal>,
    /// Not rounded, for those who calculate on.
    #[serde(serialize_with = "text")]
    pub exact: Option<Decimal>,
    /// As printed in the source that is quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted: Option<String>,
    /// Value less quoted value.
    #[serde(serialize_with = "number", skip_serializing_if = "Option::is_none")]
    pub difference: Option<Decimal>,
    /// The records behind the value, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill: Option<Vec<Behind>>,
}

/// A record behind a value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Behind {
    /// The record.
    pub record: RecordId,
    /// What it gives: a number, or the different values it brings.
    pub gives: Json,
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowResult {
    /// Name within the report.
    pub key: String,
    /// Heading.
    pub label: Words,
    /// What the figure means.
    pub definition: Words,
    /// The quoted figure it reproduces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figure: Option<String>,
    /// Different records counted.
    pub records: u64,
    /// Unresolved conflicts among them.
    pub conflicts: u64,
    /// Its values.
    pub values: Vec<ValueResult>,
}

/// The report again, for one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupResult {
    /// What the rows are grouped by: `area.village`.
    pub by: String,
    /// The group's code.
    pub code: String,
    /// The group's name, if it is an area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Words>,
    /// Its rows, as those of the report.
    pub rows: Vec<RowResult>,
}

/// A report as it stood when it was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportResult {
    /// Name of the report.
    pub id: String,
    /// Title.
    pub title: Words,
    /// Cut-off: approvals up to this instant count, milliseconds since 1970 UTC.
    pub as_of_ms: i64,
    /// Form versions of the records counted, with their code lists.
    pub forms: Vec<FormFacts>,
    /// Different records counted.
    pub records: u64,
    /// Unresolved conflicts among them.
    pub conflicts: u64,
    /// Its rows.
    pub rows: Vec<RowResult>,
    /// The report again for each group.
    pub groups: Vec<GroupResult>,
}

/// What a result is shown with.
pub struct Frame<'a> {
    /// Facts of the form versions.
    pub catalog: &'a Catalog,
    /// Names of the areas.
    pub places: &'a Places,
    /// Quoted figures, for the whole report only.
    pub quoted: &'a Quoted,
    /// Cut-off.
    pub as_of_ms: i64,
    /// Whether the engine kept the drill-down.
    pub drill: bool,
}

impl ReportResult {
    /// The result of a plan that was counted.
    pub fn of(plan: &Plan, counted: &Counted, frame: &Frame<'_>) -> ReportResult {
        let definition = &plan.definition;
        let groups = counted.groups.iter().map(|((position, code), tally)| GroupResult {
            by: definition.by[*position].expr.to_string(),
            code: code.clone(),
            name: frame.places.name(code).cloned(),
            rows: rows(plan, tally, frame, &Quoted::default()),
        });
        let facts = |(form, version): &(String, u32)| frame.catalog.facts(form, *version).cloned();
        ReportResult {
            id: definition.id.clone(),
            title: definition.title.clone(),
            as_of_ms: frame.as_of_ms,
            forms: counted.versions.iter().filter_map(facts).collect(),
            records: counted.whole.all.0,
            conflicts: counted.whole.all.1,
            rows: rows(plan, &counted.whole, frame, frame.quoted),
            groups: groups.collect(),
        }
    }
}

fn rows(plan: &Plan, tally: &Tally, frame: &Frame<'_>, quoted: &Quoted) -> Vec<RowResult> {
    let rows = plan.definition.rows.iter().enumerate();
    rows.map(|(number, row)| {
        let (records, conflicts) = tally.rows[number];
        let exact = exact_values(plan, tally, number);
        let quoted = row.figure.as_deref().map_or(&[][..], |figure| quoted.figure(figure));
        let values = row.values.iter().enumerate().map(|(position, value)| {
            let drill = frame.drill.then(|| behind(tally, &plan.behind[number][position]));
            shown(value, exact[position], quoted.get(position), drill)
        });
        RowResult {
            key: row.key.clone(),
            label: row.label.clone(),
            definition: row.definition.clone(),
            figure: row.figure.clone(),
            records,
            conflicts,
            values: values.collect(),
        }
    })
    .collect()
}

fn shown(
    value: &ValueDefinition,
    exact: Option<Decimal>,
    quoted: Option<&QuotedValue>,
    drill: Option<Vec<Behind>>,
) -> ValueResult {
    let decimals = quoted.and_then(QuotedValue::decimals).or(value.decimals).unwrap_or(0);
    let rounded =
        exact.map(|exact| exact.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero));
    let difference = rounded.zip(quoted.and_then(QuotedValue::number)).map(|(value, quoted)| value - quoted);
    ValueResult {
        key: value.key.clone(),
        label: value.label.clone(),
        unit: value.unit.clone(),
        value: rounded,
        exact,
        quoted: quoted.map(|quoted| quoted.text.clone()),
        difference,
        drill,
    }
}

fn exact_values(plan: &Plan, tally: &Tally, number: usize) -> Vec<Option<Decimal>> {
    let aggregate = |index: usize| tally.totals[index].value(&plan.aggregates[index].counting);
    let row = &plan.definition.rows[number];
    let mut values: Vec<Option<Decimal>> = Vec::with_capacity(row.values.len());
    for (position, value) in row.values.iter().enumerate() {
        let referred = |reference: &Reference| match reference {
            Reference::Measure(name) => aggregate(*plan.measures.get(name)?),
            Reference::Value(name) => *values.get(row.values.iter().position(|v| v.key == *name)?)?,
        };
        let exact = match &value.calculation {
            Calculation::Aggregate(_) => plan.value_aggregates[number][position].and_then(aggregate),
            Calculation::Ratio { numerator, denominator, scale } => referred(numerator)
                .zip(referred(denominator))
                .and_then(|(above, below)| above.checked_mul(*scale)?.checked_div(below)),
            Calculation::Formula(located) => {
                let measures = plan.measures.iter().map(|(name, index)| (name.as_str(), aggregate(*index)));
                let earlier = row.values.iter().map(|v| v.key.as_str()).zip(values.iter().copied());
                formula(&located.expr, earlier, measures, &plan.definition.params)
            }
        };
        values.push(exact);
    }
    values
}

fn formula<'a>(
    expr: &Expr,
    values: impl Iterator<Item = (&'a str, Option<Decimal>)>,
    measures: impl Iterator<Item = (&'a str, Option<Decimal>)>,
    params: &'a BTreeMap<String, Decimal>,
) -> Option<Decimal> {
    let params = params.iter().map(|(name, number)| (name.as_str(), Some(*number)));
    let mut scope = Scope::default()
        .with("values", numbers(values))
        .with("measures", numbers(measures))
        .with("params", numbers(params));
    expr.eval(&mut scope, &mut Budget::for_expression()).as_number()
}

fn numbers<'a>(fields: impl Iterator<Item = (&'a str, Option<Decimal>)>) -> Value {
    let fields = fields.map(|(name, number)| (name, number.map_or(Value::Null, Value::Num)));
    Value::Record(Record::new(fields).into())
}

/// The records behind a value. Behind one aggregate each gives its part; behind several (a formula) each gives 1.
fn behind(tally: &Tally, aggregates: &BTreeSet<usize>) -> Vec<Behind> {
    if let (Some(only), 1) = (aggregates.first(), aggregates.len()) {
        let drill = tally.totals[*only].drill.iter();
        let mut drill: Vec<Behind> = drill.map(|(record, gives)| part(*record, gives)).collect();
        drill.sort_by_key(|behind| behind.record);
        return drill;
    }
    let all = aggregates.iter().flat_map(|index| &tally.totals[*index].drill);
    let records: BTreeSet<RecordId> = all.map(|(record, _)| *record).collect();
    records.into_iter().map(|record| Behind { record, gives: json!(1) }).collect()
}

fn part(record: RecordId, gives: &Contribution) -> Behind {
    let gives = match gives {
        Contribution::Number(number) => to_number(*number),
        Contribution::Values(values) => {
            let values = values.iter().map(|text| serde_json::from_str(text).unwrap_or(Json::Null));
            Json::Array(values.collect())
        }
    };
    Behind { record, gives }
}

/// The figures of several reports as scripts read them, in figure order.
pub fn figures(results: &[ReportResult], quoted: &Quoted, language: &str) -> Vec<Json> {
    let rows = results.iter().flat_map(|result| result.rows.iter());
    let mut found: Vec<(&str, &RowResult)> =
        rows.filter_map(|row| Some((row.figure.as_deref()?, row))).collect();
    found.sort_by_key(|(id, _)| Quoted::order(id));
    found.into_iter().map(|(id, row)| figure(id, row, quoted.figure(id), language)).collect()
}

fn figure(id: &str, row: &RowResult, quoted: &[QuotedValue], language: &str) -> Json {
    let units = |language| row.values.iter().map(move |value| value.unit.in_language(language));
    let printed: Vec<&str> = quoted.iter().map(|value| value.unit.as_str()).collect();
    let unit = if printed.is_empty() { units(language).collect() } else { printed };
    json!({
        "id": id,
        "label": row.label.in_language(language),
        "values": row.values.iter().map(|v| v.value.map_or(Json::Null, to_number)).collect::<Vec<_>>(),
        "unit": one_unit(&unit),
        "units": {"zh": units("zh").collect::<Vec<_>>(), "en": units("en").collect::<Vec<_>>()},
        "definition": row.definition.in_language(language),
        "records": row.records,
        "conflicts": row.conflicts,
        "quoted": quoted.iter().map(quoted_json).collect::<Vec<_>>(),
        "difference": row.values.iter().map(|v| v.difference.map_or(Json::Null, to_number)).collect::<Vec<_>>(),
    })
}

/// Units as a source prints them: one for all values when they share it.
fn one_unit(units: &[&str]) -> String {
    match units.split_first() {
        Some((first, rest)) if rest.iter().all(|unit| unit == first) => (*first).to_owned(),
        _ => units.join(";"),
    }
}

fn quoted_json(value: &QuotedValue) -> Json {
    value.number().map_or_else(|| Json::from(value.text.as_str()), to_number)
}

/// A decimal as the JSON number a person would write: `370`, `57.8`.
pub fn to_number(number: Decimal) -> Json {
    let plain = number.normalize().to_string();
    serde_json::from_str(&plain).unwrap_or(Json::String(plain))
}

fn number<S: serde::Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(to_number).serialize(serializer)
}

fn text<S: serde::Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(|number| number.normalize().to_string()).serialize(serializer)
}
