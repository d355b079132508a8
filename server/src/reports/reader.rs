//! Reads a definition out of JSON and collects every fault with its pointer on the way.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_forms::expr::{Expr, parse_decimal};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::definition::*;

type Object = Map<String, Json>;

/// Ways to count over a source.
const AGGREGATES: [&str; 5] = ["count", "sum", "distinct", "min", "max"];
/// Ways to calculate from what was counted.
const CALCULATIONS: [&str; 2] = ["ratio", "formula"];
/// The most decimals a value may show.
const DECIMALS_MAX: u64 = 8;

pub(super) struct Reader {
    file: String,
    pub(super) faults: Vec<Fault>,
}

impl Reader {
    pub(super) fn new(file: &str) -> Reader {
        Reader { file: file.to_owned(), faults: Vec::new() }
    }

    pub(super) fn fault(&mut self, pointer: &str, zh: impl Into<String>, en: impl Into<String>) {
        let reason = Words { zh: zh.into(), en: en.into() };
        self.faults.push(Fault { file: self.file.clone(), pointer: pointer.to_owned(), reason });
    }

    pub(super) fn definition(&mut self, json: &Json) -> Option<Definition> {
        let keys = ["format", "id", "title", "sources", "params", "measures", "rows", "by"];
        let object = self.object(json, "", &keys, &["format", "id", "title", "sources", "rows"])?;
        if object.get("format").is_some_and(|format| format != &Json::from(1)) {
            self.fault("/format", "只支持格式 1", "only format 1 is known");
        }
        let id = self.name(object, "", "id", &|b| b.is_ascii_alphanumeric() || b == b'_');
        let title = self.words(object.get("title"), "/title");
        let sources = self.named(object, "sources", Self::source);
        let params = self.named(object, "params", Self::decimal);
        let measures = self.named(object, "measures", Self::aggregate);
        let rows = self.list(object, "", "rows", Self::row);
        self.unique(rows.iter().map(|row| (row.key.as_str(), row.pointer.as_str())));
        let by = self.list(object, "", "by", Self::expression);
        let file = self.file.clone();
        Some(Definition { file, id: id?, title: title?, sources, params, measures, rows, by })
    }

    fn unique<'a>(&mut self, keys: impl Iterator<Item = (&'a str, &'a str)>) {
        let mut seen = BTreeSet::new();
        for (key, pointer) in keys {
            if !seen.insert(key) {
                self.fault(&format!("{pointer}/key"), format!("{key} 重复"), format!("{key} is used twice"));
            }
        }
    }

    fn source(&mut self, json: &Json, pointer: &str) -> Option<Source> {
        let keys = ["form", "where", "one_per", "each", "subject", "valid"];
        let object = self.object(json, pointer, &keys, &["form"])?;
        let one_per = object.get("one_per");
        if one_per.is_some_and(|value| value != "subject") {
            self.fault(&format!("{pointer}/one_per"), "只能是 subject", "only \"subject\" is known");
        }
        let each = self.optional_key(object, pointer, "each");
        let subject = self.optional_key(object, pointer, "subject");
        let valid = match object.get("valid") {
            Some(valid) => self.valid(valid, &format!("{pointer}/valid")),
            None => Some(ValidDefinition::default()),
        };
        Some(Source {
            pointer: pointer.to_owned(),
            form: self.key(object, pointer, "form")?,
            filter: self.optional_expression(object, pointer, "where")?,
            one_per_subject: one_per.is_some(),
            each: each?,
            subject: subject?,
            valid: valid?,
        })
    }

    fn valid(&mut self, json: &Json, pointer: &str) -> Option<ValidDefinition> {
        let object = self.object(json, pointer, &["date", "years", "rosters"], &[])?;
        let date = self.path_or_null(object, pointer, "date");
        let years = self.path_or_null(object, pointer, "years");
        let mut rosters = BTreeMap::new();
        if let Some(json) = object.get("rosters") {
            let at = format!("{pointer}/rosters");
            let names: Vec<&str> =
                json.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            for (name, period) in self.object(json, &at, &names, &[])? {
                let at = format!("{at}/{}", escape(name));
                let period = if period.is_null() { None } else { Some(self.period(period, &at)?) };
                rosters.insert(name.clone(), period);
            }
        }
        Some(ValidDefinition { pointer: pointer.to_owned(), date: date?, years: years?, rosters })
    }

    fn period(&mut self, json: &Json, pointer: &str) -> Option<Period> {
        let object = self.object(json, pointer, &["from", "to", "active"], &[])?;
        let mut path = |key| self.path_or_null(object, pointer, key).map(Option::flatten);
        Some(Period { from: path("from")?, to: path("to")?, leaves: false, active: path("active")? })
    }

    // Outer: the path is wrong; middle: there is none; inner: null.
    fn path_or_null(&mut self, object: &Object, pointer: &str, key: &str) -> Option<Option<Option<String>>> {
        match object.get(key) {
            None => Some(None),
            Some(Json::Null) => Some(Some(None)),
            Some(_) => {
                let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'/';
                self.name(object, pointer, key, &allowed).map(|path| Some(Some(path)))
            }
        }
    }

    // Outer: the name is wrong; inner: there is none.
    fn optional_key(&mut self, object: &Object, pointer: &str, key: &str) -> Option<Option<String>> {
        if object.contains_key(key) { self.key(object, pointer, key).map(Some) } else { Some(None) }
    }

    fn aggregate(&mut self, json: &Json, pointer: &str) -> Option<Aggregate> {
        let object = self.object(json, pointer, &AGGREGATES, &[])?;
        match object.iter().next() {
            Some((kind, inner)) if object.len() == 1 => self.counting(kind, inner, pointer),
            _ => {
                let (zh, en) = (AGGREGATES.join("、"), AGGREGATES.join(", "));
                self.fault(pointer, format!("须且只能有 {zh} 之一"), format!("exactly one of {en} is due"));
                None
            }
        }
    }

    fn counting(&mut self, kind: &str, json: &Json, pointer: &str) -> Option<Aggregate> {
        let inner = format!("{pointer}/{kind}");
        let (keys, required): (&[_], &[_]) = match kind {
            "count" => (&["source", "where"], &["source"]),
            "distinct" => (&["source", "where", "of"], &["source", "of"]),
            _ => (&["source", "where", "of", "approx"], &["source", "of"]),
        };
        let object = self.object(json, &inner, keys, required)?;
        let of = self.optional_expression(object, &inner, "of");
        let filter = self.optional_expression(object, &inner, "where");
        let approx = self.optional_expression(object, &inner, "approx");
        let source = self.key(object, &inner, "source")?;
        let counting = match (kind, of?) {
            ("count", _) => Counting::Count,
            ("sum", Some(of)) => Counting::Sum(of),
            ("distinct", Some(of)) => Counting::Distinct(of),
            ("min", Some(of)) => Counting::Min(of),
            ("max", Some(of)) => Counting::Max(of),
            _ => return None,
        };
        Some(Aggregate { pointer: inner, source, counting, filter: filter?, approx: approx? })
    }

    fn row(&mut self, json: &Json, pointer: &str) -> Option<RowDefinition> {
        let keys = ["key", "label", "definition", "figure", "values"];
        let object = self.object(json, pointer, &keys, &["key", "label", "definition", "values"])?;
        let values: Vec<ValueDefinition> = self.list(object, pointer, "values", Self::value);
        self.unique(values.iter().map(|value| (value.key.as_str(), value.pointer.as_str())));
        let key = self.key(object, pointer, "key");
        let label = self.words(object.get("label"), &format!("{pointer}/label"));
        let definition = self.words(object.get("definition"), &format!("{pointer}/definition"));
        let figure = object
            .contains_key("figure")
            .then(|| self.name(object, pointer, "figure", &|b| b.is_ascii_graphic()))
            .flatten();
        let (key, label, definition) = (key?, label?, definition?);
        Some(RowDefinition { pointer: pointer.to_owned(), key, label, definition, figure, values })
    }

    fn value(&mut self, json: &Json, pointer: &str) -> Option<ValueDefinition> {
        let keys: Vec<&str> =
            ["key", "label", "unit", "decimals"].into_iter().chain(AGGREGATES).chain(CALCULATIONS).collect();
        let object = self.object(json, pointer, &keys, &["key", "unit"])?;
        let key = self.key(object, pointer, "key");
        let unit = self.words(object.get("unit"), &format!("{pointer}/unit"));
        let label =
            object.get("label").and_then(|label| self.words(Some(label), &format!("{pointer}/label")));
        let decimals = object.get("decimals").map(|json| json.as_u64().filter(|n| *n <= DECIMALS_MAX));
        if decimals == Some(None) {
            let pointer = format!("{pointer}/decimals");
            self.fault(&pointer, "须为 0 到 8 的整数", "a whole number from 0 to 8 is due");
        }
        let calculation = self.calculation(object, pointer);
        Some(ValueDefinition {
            pointer: pointer.to_owned(),
            key: key?,
            label,
            unit: unit?,
            decimals: decimals.flatten().map(|n| n as u32),
            calculation: calculation?,
        })
    }

    fn calculation(&mut self, object: &Object, pointer: &str) -> Option<Calculation> {
        let kinds: Vec<&str> = AGGREGATES.into_iter().chain(CALCULATIONS).collect();
        let mut found = kinds.iter().filter_map(|kind| Some((*kind, object.get(*kind)?)));
        match (found.next(), found.next()) {
            (Some(("ratio", json)), None) => self.ratio(json, &format!("{pointer}/ratio")),
            (Some(("formula", json)), None) => {
                Some(Calculation::Formula(self.expression(json, &format!("{pointer}/formula"))?))
            }
            (Some((kind, json)), None) => Some(Calculation::Aggregate(self.counting(kind, json, pointer)?)),
            _ => {
                let (zh, en) = (kinds.join("、"), kinds.join(", "));
                self.fault(pointer, format!("须且只能有 {zh} 之一"), format!("exactly one of {en} is due"));
                None
            }
        }
    }

    fn ratio(&mut self, json: &Json, pointer: &str) -> Option<Calculation> {
        let required = ["numerator", "denominator"];
        let object = self.object(json, pointer, &["numerator", "denominator", "scale"], &required)?;
        let numerator = self.reference(object, pointer, "numerator");
        let denominator = self.reference(object, pointer, "denominator");
        let scale = match object.get("scale") {
            Some(scale) => self.decimal(scale, &format!("{pointer}/scale")),
            None => Some(Decimal::ONE),
        };
        Some(Calculation::Ratio { numerator: numerator?, denominator: denominator?, scale: scale? })
    }

    fn reference(&mut self, object: &Object, pointer: &str, key: &str) -> Option<Reference> {
        let text = object.get(key)?.as_str().unwrap_or_default();
        match text.split_once('.') {
            Some(("values", name)) if is_key(name) => Some(Reference::Value(name.to_owned())),
            Some(("measures", name)) if is_key(name) => Some(Reference::Measure(name.to_owned())),
            _ => {
                let pointer = format!("{pointer}/{key}");
                self.fault(
                    &pointer,
                    "须为 values.名称 或 measures.名称",
                    "values.<key> or measures.<key> is due",
                );
                None
            }
        }
    }

    // Outer: the expression is wrong; inner: there is none.
    fn optional_expression(&mut self, object: &Object, pointer: &str, key: &str) -> Option<Option<Located>> {
        match object.get(key) {
            Some(json) => self.expression(json, &format!("{pointer}/{key}")).map(Some),
            None => Some(None),
        }
    }

    fn expression(&mut self, json: &Json, pointer: &str) -> Option<Located> {
        let Some(text) = json.as_str() else {
            self.fault(pointer, "须为表达式文本", "an expression in a text is due");
            return None;
        };
        match Expr::parse(text) {
            Ok(expr) => Some(Located { pointer: pointer.to_owned(), expr }),
            Err(error) => {
                let zh = format!("{}（第 {} 个字符）", error.reason.zh(), error.position + 1);
                self.fault(pointer, zh, error.to_string());
                None
            }
        }
    }

    fn decimal(&mut self, json: &Json, pointer: &str) -> Option<Decimal> {
        let number = json.as_str().and_then(parse_decimal);
        if number.is_none() {
            self.fault(pointer, "须为写成文本的小数", "a decimal written as a text is due");
        }
        number
    }

    fn words(&mut self, json: Option<&Json>, pointer: &str) -> Option<Words> {
        let object = self.object(json?, pointer, &["zh", "en"], &["zh", "en"])?;
        let text = |key| object.get(key).and_then(Json::as_str).filter(|text| !text.trim().is_empty());
        match (text("zh"), text("en")) {
            (Some(zh), Some(en)) => Some(Words { zh: zh.to_owned(), en: en.to_owned() }),
            _ => {
                self.fault(pointer, "中英文都须填写", "words in both languages are due");
                None
            }
        }
    }

    fn key(&mut self, object: &Object, pointer: &str, key: &str) -> Option<String> {
        self.name(object, pointer, key, &|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    }

    fn name(&mut self, object: &Object, at: &str, key: &str, allowed: &dyn Fn(u8) -> bool) -> Option<String> {
        let text = object.get(key)?.as_str().unwrap_or_default();
        if text.is_empty() || text.len() > 64 || !text.bytes().all(allowed) {
            self.fault(&format!("{at}/{key}"), "名称不合规定", "this is not a usable name");
            return None;
        }
        Some(text.to_owned())
    }

    fn named<T>(
        &mut self,
        object: &Object,
        key: &str,
        read: impl Fn(&mut Self, &Json, &str) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let Some(json) = object.get(key) else { return BTreeMap::new() };
        let pointer = format!("/{key}");
        let Some(entries) = json.as_object() else {
            self.fault(&pointer, "须为对象", "an object is due");
            return BTreeMap::new();
        };
        let mut named = BTreeMap::new();
        for (name, json) in entries {
            let pointer = format!("{pointer}/{}", escape(name));
            if !is_key(name) {
                self.fault(&pointer, "名称不合规定", "this is not a usable name");
            } else if let Some(value) = read(self, json, &pointer) {
                named.insert(name.clone(), value);
            }
        }
        named
    }

    fn list<T>(
        &mut self,
        object: &Object,
        at: &str,
        key: &str,
        read: impl Fn(&mut Self, &Json, &str) -> Option<T>,
    ) -> Vec<T> {
        let Some(json) = object.get(key) else { return Vec::new() };
        let pointer = format!("{at}/{key}");
        match json.as_array() {
            Some(items) if !items.is_empty() => {
                let items = items.iter().enumerate();
                items.filter_map(|(n, json)| read(self, json, &format!("{pointer}/{n}"))).collect()
            }
            _ => {
                self.fault(&pointer, "须为非空列表", "a list with at least one entry is due");
                Vec::new()
            }
        }
    }

    fn object<'j>(
        &mut self,
        json: &'j Json,
        at: &str,
        keys: &[&str],
        required: &[&str],
    ) -> Option<&'j Object> {
        let Some(object) = json.as_object() else {
            self.fault(at, "须为对象", "an object is due");
            return None;
        };
        for key in object.keys().filter(|key| !keys.contains(&key.as_str())) {
            self.fault(&format!("{at}/{}", escape(key)), "未知的项", "this member is not known here");
        }
        for key in required.iter().filter(|key| !object.contains_key(**key)) {
            self.fault(at, format!("缺少 {key}"), format!("{key} is missing"));
        }
        Some(object)
    }
}

fn is_key(name: &str) -> bool {
    let starts = name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    let rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    starts && name.len() <= 64 && name.bytes().all(rest)
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
