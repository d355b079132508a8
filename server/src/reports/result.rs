//! What a report says: values rounded as the quoted figure is, the difference, and the records behind each number.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::expr::{Budget, Expr, Record, Scope, Value};
use doorstep_records::RecordId;
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::catalog::{Catalog, FormFacts};
use super::definition::*;
use super::engine::Counted;
use super::plan::Plan;
use super::qualifier::Qualifier;
use super::quoted::{Quoted, QuotedValue};
use super::rows::Places;
use super::tally::{Contribution, Part, Tally};

/// One value of a row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
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
    #[schemars(with = "Option<f64>")]
    pub value: Option<Decimal>,
    /// Not rounded, for those who calculate on.
    #[serde(serialize_with = "text")]
    #[schemars(with = "Option<String>")]
    pub exact: Option<Decimal>,
    /// How exact it is, from the parts it is made of.
    #[serde(skip_serializing_if = "Qualifier::is_exact")]
    pub qualifier: Qualifier,
    /// As printed in the source that is quoted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quoted: Option<String>,
    /// How exact the quoted value is printed.
    #[serde(skip_serializing_if = "Qualifier::is_exact")]
    pub quoted_qualifier: Qualifier,
    /// Value less quoted value.
    #[serde(serialize_with = "number", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<f64>")]
    pub difference: Option<Decimal>,
    /// The records behind the value, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drill: Option<Vec<Behind>>,
}

/// A record behind a value.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Behind {
    /// The record.
    pub record: RecordId,
    /// What it gives: a number, or the different values it brings.
    pub gives: Json,
    /// How exact that is.
    #[serde(skip_serializing_if = "Qualifier::is_exact")]
    pub qualifier: Qualifier,
}

/// One row of a report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
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
    /// Code of the area counted, when one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// The day that facts hold for, when one was asked for.
    #[serde(serialize_with = "day", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub valid_at: Option<Date>,
    /// Why the quoted source contradicts itself, when it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails: Option<Words>,
    /// Different records counted.
    pub records: u64,
    /// Unresolved conflicts among them.
    pub conflicts: u64,
    /// Its values.
    pub values: Vec<ValueResult>,
}

/// The report again, for one group.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct ReportResult {
    /// Name of the report.
    pub id: String,
    /// Title.
    pub title: Words,
    /// Cut-off: approvals up to this instant count, milliseconds since 1970 UTC.
    pub as_of_ms: i64,
    /// Code of the area counted, when one was asked for; a row that differs says so itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_name: Option<Words>,
    /// The day that facts hold for, when one was asked for.
    #[serde(serialize_with = "day", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub valid_at: Option<Date>,
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
    /// Code of the area counted, when one was asked for.
    pub area: Option<&'a str>,
    /// The day that facts hold for, when one was asked for.
    pub valid_at: Option<Date>,
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
            area: frame.area.map(str::to_owned),
            area_name: frame.area.and_then(|code| frame.places.name(code)).cloned(),
            valid_at: frame.valid_at,
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
        let quoted = row.figure.as_deref().and_then(|figure| quoted.get(figure));
        let printed = quoted.map_or(&[][..], |quoted| quoted.values.as_slice());
        let values = row.values.iter().enumerate().map(|(position, value)| {
            let drill = frame.drill.then(|| behind(tally, &plan.behind[number][position]));
            shown(value, exact[position], printed.get(position), drill)
        });
        RowResult {
            key: row.key.clone(),
            label: row.label.clone(),
            definition: row.definition.clone(),
            figure: row.figure.clone(),
            area: frame.area.map(str::to_owned),
            valid_at: frame.valid_at,
            fails: quoted.and_then(|quoted| quoted.fails.clone()),
            records,
            conflicts,
            values: values.collect(),
        }
    })
    .collect()
}

fn shown(
    value: &ValueDefinition,
    (exact, qualifier): Exact,
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
        qualifier,
        quoted: quoted.map(|quoted| quoted.text.clone()),
        quoted_qualifier: quoted.map(|quoted| quoted.qualifier).unwrap_or_default(),
        difference,
        drill,
    }
}

/// A value that is not rounded, and how exact it is.
type Exact = (Option<Decimal>, Qualifier);

fn exact_values(plan: &Plan, tally: &Tally, number: usize) -> Vec<Exact> {
    let aggregate = |index: usize| {
        let total = &tally.totals[index];
        (total.value(&plan.aggregates[index].counting), total.qualifier)
    };
    let row = &plan.definition.rows[number];
    let mut values: Vec<Exact> = Vec::with_capacity(row.values.len());
    for (position, value) in row.values.iter().enumerate() {
        let referred = |reference: &Reference| match reference {
            Reference::Measure(name) => plan.measures.get(name).map(|index| aggregate(*index)),
            Reference::Value(name) => {
                row.values.iter().position(|v| v.key == *name).and_then(|at| values.get(at)).copied()
            }
        };
        let exact = match &value.calculation {
            Calculation::Aggregate(_) => plan.value_aggregates[number][position].map(aggregate),
            Calculation::Ratio { numerator, denominator, scale } => referred(numerator)
                .zip(referred(denominator))
                .map(|(above, below)| ratio(above, below, *scale)),
            Calculation::Formula(located) => {
                let measures = plan.measures.iter().map(|(name, index)| (name.as_str(), aggregate(*index)));
                let earlier = row.values.iter().map(|v| v.key.as_str()).zip(values.iter().copied());
                Some(formula(&located.expr, &earlier.collect(), &measures.collect(), &plan.definition.params))
            }
        };
        values.push(exact.unwrap_or_default());
    }
    values
}

fn ratio(above: Exact, below: Exact, scale: Decimal) -> Exact {
    let value = above.0.zip(below.0).and_then(|(above, below)| above.checked_mul(scale)?.checked_div(below));
    (value, above.1.with(below.1.turned()))
}

/// Names with their values, in order.
type Named<'a> = Vec<(&'a str, Exact)>;

/// A formula's value. To which side an inexact operand moves it is found by moving that operand a little.
fn formula(
    expr: &Expr,
    values: &Named<'_>,
    measures: &Named<'_>,
    params: &BTreeMap<String, Decimal>,
) -> Exact {
    let params: Named<'_> =
        params.iter().map(|(name, number)| (name.as_str(), (Some(*number), Qualifier::Exact))).collect();
    let eval = |values: &Named<'_>, measures: &Named<'_>| {
        let mut scope = Scope::default()
            .with("values", numbers(values))
            .with("measures", numbers(measures))
            .with("params", numbers(&params));
        expr.eval(&mut scope, &mut Budget::for_expression()).as_number()
    };
    let value = eval(values, measures);
    let moved = |more: Option<Decimal>, qualifier: Qualifier| match (value, more) {
        (Some(value), Some(more)) if more == value => Qualifier::Exact,
        (Some(value), Some(more)) if more < value => qualifier.turned(),
        _ => qualifier,
    };
    let mut all = Qualifier::Exact;
    for (place, (_, (number, qualifier))) in
        values.iter().enumerate().filter(|(_, (_, (_, q)))| !q.is_exact())
    {
        let mut more = values.clone();
        more[place].1.0 = number.map(a_little_more);
        all = all.with(moved(eval(&more, measures), *qualifier));
    }
    for (place, (_, (number, qualifier))) in
        measures.iter().enumerate().filter(|(_, (_, (_, q)))| !q.is_exact())
    {
        let mut more = measures.clone();
        more[place].1.0 = number.map(a_little_more);
        all = all.with(moved(eval(values, &more), *qualifier));
    }
    (value, all)
}

fn a_little_more(number: Decimal) -> Decimal {
    number.checked_add(Decimal::ONE).unwrap_or(number)
}

fn numbers(fields: &Named<'_>) -> Value {
    let fields = fields.iter().map(|(name, (number, _))| (*name, number.map_or(Value::Null, Value::Num)));
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
    records
        .into_iter()
        .map(|record| Behind { record, gives: json!(1), qualifier: Qualifier::Exact })
        .collect()
}

fn part(record: RecordId, part: &Part) -> Behind {
    let gives = match &part.gives {
        Contribution::Number(number) => to_number(*number),
        Contribution::Values(values) => {
            let values = values.iter().map(|text| serde_json::from_str(text).unwrap_or(Json::Null));
            Json::Array(values.collect())
        }
    };
    Behind { record, gives, qualifier: part.qualifier }
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
        "qualifiers": row.values.iter().map(|v| v.qualifier).collect::<Vec<_>>(),
        "area": row.area,
        "valid_at": row.valid_at.map(|day| day.to_string()),
        "check": row.fails.as_ref().map(|reason| format!("FAIL: {}", reason.in_language(language))),
        "quoted": quoted.iter().map(quoted_json).collect::<Vec<_>>(),
        "quoted_qualifiers": quoted.iter().map(|value| value.qualifier).collect::<Vec<_>>(),
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

fn day<S: serde::Serializer>(value: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(|day| day.to_string()).serialize(serializer)
}

fn text<S: serde::Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(|number| number.normalize().to_string()).serialize(serializer)
}
