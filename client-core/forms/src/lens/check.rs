//! Lenses and `x-from` against the questions of the form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::former::Formers;
use super::{LensFile, Lenses, Op};
use crate::fault::{FaultKind, Faults};
use crate::json::join;
use crate::model::{Kind, Model, Options, Question};
use crate::package::FormPackage;
use crate::profile::FILE;

/// Checks `x-from` and every lens file; the lenses are good when no fault was added.
pub(crate) fn check(package: &FormPackage, model: &Model, faults: &mut Faults) -> Lenses {
    moved(model, faults);
    for (version, lens) in &package.lenses {
        let mut checker =
            Checker { package, model, file: format!("lenses/{version}.json"), seen: BTreeSet::new(), faults };
        checker.file(*version, lens);
    }
    Lenses { by_version: package.lenses.clone(), formers: Formers::new(model) }
}

fn stars(template: &str) -> usize {
    template.split('/').filter(|part| *part == "*").count()
}

fn moved(model: &Model, faults: &mut Faults) {
    let mut claimed: BTreeMap<&str, &str> = BTreeMap::new();
    for question in &model.questions {
        let pointer = join(&question.pointer, "x-from");
        let mut wrong = |en: String, zh: String| faults.add(FILE, &pointer, FaultKind::Lens, en, zh);
        if !question.from.is_empty() && (question.calculate.is_some() || question.preload.is_some()) {
            let en = "a calculated or copied question has no answers of its own that could have moved";
            wrong(en.into(), "计算题和带出题没有自己的答案，不能写 x-from".into());
        }
        for from in &question.from {
            if from.starts_with('_') {
                wrong(format!("{from} is reserved"), format!("{from} 是保留路径"));
            } else if let Some(id) = standing(model, from) {
                let here = &model.questions[id].template;
                wrong(
                    format!("{from} is not free: the form has {here}; a former key is never used again"),
                    format!("{from} 未空出：表单中有 {here}；旧键不可再用"),
                );
            } else if stars(from) != stars(&question.template) {
                wrong(
                    format!("{from} stands in another number of rosters than {}", question.template),
                    format!("{from} 与 {} 所在子表层数不同", question.template),
                );
            }
            match claimed.insert(from, &question.template) {
                Some(other) if other != question.template => wrong(
                    format!("{from} cannot have become both {other} and {}", question.template),
                    format!("{from} 不能同时变为 {other} 和 {}", question.template),
                ),
                _ => {}
            }
        }
    }
}

/// The question that stands at a former template today, or in whose single answer it would lie.
fn standing(model: &Model, template: &str) -> Option<usize> {
    let id = model.owner(template)?;
    let question = &model.questions[id];
    let inside = question.template != template;
    (!inside || !question.kind.is_container() || question.kind == Kind::SelectMany).then_some(id)
}

struct Checker<'a, 'f> {
    package: &'a FormPackage,
    model: &'a Model,
    file: String,
    seen: BTreeSet<(&'static str, &'a str)>,
    faults: &'f mut Faults,
}

impl<'a> Checker<'a, '_> {
    fn wrong(&mut self, pointer: impl Into<String>, en: impl Into<String>, zh: impl Into<String>) {
        self.faults.add(&self.file, pointer, FaultKind::Lens, en, zh);
    }

    fn file(&mut self, version: u32, lens: &'a LensFile) {
        let own = self.package.version();
        if version >= own {
            let en = format!("a lens reads an earlier version, and this is version {own}");
            self.wrong("", en, format!("只能读取更早的版本，本包为第 {own} 版"));
        }
        for (i, step) in lens.steps.iter().enumerate() {
            self.step(&format!("/steps/{i}"), step);
        }
    }

    fn step(&mut self, at: &str, step: &'a Op) {
        let (name, place) = match step {
            Op::Add { at, .. } => ("add", at),
            Op::Remove { at } => ("remove", at),
            Op::Convert { at, .. } => ("convert", at),
            Op::MapCodes { at, .. } => ("map_codes", at),
        };
        if !self.seen.insert((name, place)) {
            self.wrong(
                at,
                format!("{name} stands here twice for {place}"),
                format!("{place} 的 {name} 重复"),
            );
        }
        let question = self.model.by_template.get(place).map(|id| &self.model.questions[*id]);
        let Some(question) = question else {
            if !matches!(step, Op::Remove { .. }) {
                let en = format!("{place} is no question of this version");
                self.wrong(format!("{at}/at"), en, format!("本版没有题目 {place}"));
            } else if place.starts_with('_') {
                self.wrong(format!("{at}/at"), format!("{place} is reserved"), format!("{place} 是保留路径"));
            }
            return;
        };
        match step {
            Op::Remove { .. } => {
                let en = format!("{place} is a question of this version: it is not removed");
                self.wrong(format!("{at}/at"), en, format!("本版仍有题目 {place}，不能 remove"));
            }
            _ if question.calculate.is_some() || question.preload.is_some() => {
                let en = format!("{place} is calculated or copied: it has no answers of its own");
                self.wrong(format!("{at}/at"), en, format!("{place} 由计算或带出得来，没有自己的答案"));
            }
            Op::Add { value, .. } => self.add(at, question, value),
            Op::Convert { how, .. } => {
                if !how.fits(question.kind) {
                    let en = format!("{place} is not of the kind that this converts to");
                    self.wrong(format!("{at}/to"), en, format!("{place} 的题型与 to 不符"));
                }
                if how.factor().is_none() {
                    let en = "a factor is a decimal as text, not zero";
                    self.wrong(format!("{at}/factor"), en, "factor 须为非零小数文本");
                }
                let unit = question.quantity.as_ref().map(|def| &def.unit);
                if how.unit.as_ref() != unit && how.fits(question.kind) {
                    let (en, zh) = match unit {
                        Some(unit) => (
                            format!("\"unit\" must be that of {place}: {unit}"),
                            format!("unit 须为 {place} 的单位：{unit}"),
                        ),
                        None => ("only a quantity has a unit here".into(), "只有数量题可写 unit".into()),
                    };
                    self.wrong(format!("{at}/unit"), en, zh);
                }
                for (key, code) in [("true", &how.yes), ("false", &how.no)] {
                    if let Some(code) = code.as_ref().filter(|_| question.kind == Kind::SelectOne) {
                        self.code(&format!("{at}/{key}"), question, code);
                    }
                }
            }
            Op::MapCodes { codes, .. } => {
                if !matches!(question.options, Options::Fixed(_) | Options::List { .. }) {
                    self.wrong(
                        format!("{at}/at"),
                        format!("{place} has no codes"),
                        format!("{place} 没有选项代码"),
                    );
                    return;
                }
                for (from, to) in codes {
                    self.code(&join(&format!("{at}/codes"), from), question, to);
                }
            }
        }
    }

    fn code(&mut self, pointer: &str, question: &Question, code: &str) {
        if !knows(self.package, question, code) {
            let en = format!("{code} is not a code of {}", question.template);
            self.wrong(pointer, en, format!("{} 没有代码 {code}", question.template));
        }
    }

    fn add(&mut self, at: &str, question: &Question, value: &Json) {
        use crate::expr::{parse_date, parse_decimal};
        let fits = match (question.kind, value) {
            (Kind::Text, Json::String(_)) | (Kind::Bool, Json::Bool(_)) => true,
            (Kind::Decimal, Json::String(text)) => parse_decimal(text).is_some(),
            (Kind::Integer, Json::Number(n)) => n.as_i64().is_some(),
            (Kind::Date, Json::String(text)) => parse_date(text).is_some(),
            (Kind::SelectOne, Json::String(code)) => knows(self.package, question, code),
            _ => crate::expr::Missing::from_json(value).is_some() && !question.kind.is_container(),
        };
        if !fits {
            let en = format!("this is no answer to {}", question.template);
            self.wrong(format!("{at}/value"), en, format!("此值不是 {} 的答案", question.template));
        }
    }
}

fn knows(package: &FormPackage, question: &Question, code: &str) -> bool {
    match &question.options {
        Options::Fixed(codes) => codes.iter().any(|(known, _)| known == code),
        Options::List { list, .. } => package.codes.get(list).is_some_and(|list| list.contains(code)),
        Options::None | Options::Rows { .. } => false,
    }
}
