//! A compiled form: what callers keep per version and ask again and again.

mod answer;
mod asking;
mod attachments;
mod checks;
mod code_values;
mod convert;
mod evaluate;
mod exclusive;
mod goldens;
mod lookup;
mod messages;
mod moves;
mod nest;
mod outcome;
mod quantity;
mod relevance;
mod session;
mod signatures;
mod structure;
mod words;

use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, Validator};

use crate::expr::{Expr, parse_date, parse_decimal};
use crate::fault::{Fault, FaultKind, Faults};
use crate::lens::{self, Lenses};
use crate::model::{self, Kind, Model, Page, Question, Step};
use crate::package::{FormHash, FormPackage, Manifest};
use crate::{limits, profile};

pub use answer::AnswerError;
pub(crate) use answer::half_width;
pub use asking::{Asked, Choice, PageItem, PageView, Preload};
pub use goldens::GoldenResult;
pub use moves::{Move, OtherAnswer};
pub(crate) use outcome::canonical;
pub use outcome::{Context, Diagnostic, Outcome, Violation};

/// A form ready to check answers. `Send + Sync`; compile once per version and share.
#[derive(Debug)]
pub struct Form {
    pub(crate) package: Arc<FormPackage>,
    pub(crate) model: Model,
    pub(crate) steps: Vec<Step>,
    pub(crate) validator: Validator,
    pub(crate) pages: Vec<Page>,
    pub(crate) label: Option<Expr>,
    /// Source path at the subject, and the question that shows it.
    pub(crate) preloaded: Vec<(String, model::QId)>,
    /// Code lists that expressions read by name, as `codes.<list>`.
    pub(crate) lists_read: Vec<String>,
    pub(crate) lenses: Lenses,
}

impl Form {
    /// Compiles a package: parses and types every expression, orders calculations, compiles the schema.
    pub fn compile(package: impl Into<Arc<FormPackage>>) -> Result<Form, Vec<Fault>> {
        let package = package.into();
        let mut faults = Faults::default();
        let parts = check(&package, &mut faults);
        match parts {
            Some(Parts { model, steps, validator, pages, lenses }) if faults.len() == 0 => {
                let label = package.manifest().label.as_deref().and_then(|l| Expr::parse(l).ok());
                let sources = model.questions.iter().enumerate();
                let preloaded = sources.filter_map(|(id, q)| Some((q.preload.clone()?, id))).collect();
                let lists_read = model::lists_read(&model);
                Ok(Form { preloaded, lists_read, package, model, steps, validator, pages, label, lenses })
            }
            _ => Err(faults.into_list()),
        }
    }

    /// The package this was compiled from.
    pub fn package(&self) -> &Arc<FormPackage> {
        &self.package
    }

    /// `form.json`.
    pub fn manifest(&self) -> &Manifest {
        self.package.manifest()
    }

    /// The content hash that names this version.
    pub fn hash(&self) -> FormHash {
        self.package.hash()
    }

    /// Title of the form in `locale`, else in another.
    pub fn title(&self, locale: &str) -> &str {
        model::text_in(&self.manifest().title, locale)
    }

    /// The questions at the top of the form, in schema order.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.model.roots.iter().map(|id| &self.model.questions[*id])
    }

    /// The questions inside a group, or of a roster's rows, in schema order.
    pub fn children<'a>(&'a self, question: &'a Question) -> impl Iterator<Item = &'a Question> {
        question.children.iter().map(|id| &self.model.questions[*id])
    }

    /// The question of a path (`members/<row>/name`) or template (`members/*/name`); a tick of a multi-select
    /// gives the multi-select.
    pub fn question(&self, path: &str) -> Option<&Question> {
        self.resolve(path).and_then(|(id, _)| self.model.questions.get(id))
    }

    /// All path templates of single answers in schema order, ticks included (`causes/illness`,
    /// `members/*/income`); for exports.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        let mut out = Vec::new();
        for question in &self.model.questions {
            match (&question.kind, &question.options) {
                (Kind::SelectMany, model::Options::Fixed(codes)) => {
                    out.extend(codes.iter().map(|(code, _)| format!("{}/{code}", question.template)));
                }
                (Kind::SelectMany, _) => out.push(format!("{}/*", question.template)),
                (kind, _) if kind.is_container() => {}
                _ => out.push(question.template.clone()),
            }
        }
        out.into_iter()
    }

    /// The question of a concrete path and, for a tick, its code. `None` for unknown paths.
    pub(crate) fn resolve<'a>(&self, path: &'a str) -> Option<(model::QId, Option<&'a str>)> {
        let mut parent = None;
        let mut segments = path.split('/');
        loop {
            let id = self.model.child(parent, segments.next()?)?;
            let question = &self.model.questions[id];
            match question.kind {
                Kind::Group => {}
                Kind::Roster | Kind::Yearly => {
                    if segments.next().is_none() {
                        return Some((id, None));
                    }
                }
                Kind::SelectMany => {
                    let code = segments.next();
                    return segments.next().is_none().then_some((id, code));
                }
                _ => return segments.next().is_none().then_some((id, None)),
            }
            if segments.clone().next().is_none() {
                return Some((id, None));
            }
            parent = Some(id);
        }
    }
}

/// What a check leaves behind when it finds no fault.
pub(crate) struct Parts {
    model: Model,
    steps: Vec<Step>,
    validator: Validator,
    pages: Vec<Page>,
    lenses: Lenses,
}

/// Checks everything beyond single files, and compiles on the way.
pub(crate) fn check(package: &FormPackage, faults: &mut Faults) -> Option<Parts> {
    if !profile::check(&package.schema, faults) {
        return None;
    }
    let manifest = package.manifest();
    for locale in package.translations.keys().filter(|locale| !manifest.locales.contains(locale)) {
        let en = format!("form.json does not name the locale {locale}");
        let zh = format!("form.json 的语言列表中没有 {locale}");
        faults.add(&format!("i18n/{locale}.json"), "", FaultKind::Translation, en, zh);
    }
    let mut model = model::build(&package.schema, manifest, &package.translations, faults);
    model::check_rules(&mut model, &package.codes, manifest, faults);
    let steps = model::order(&model, faults);
    let pages = model::pages(package.ui.as_ref(), &model, manifest, &package.translations, faults);
    let lenses = lens::check(package, &model, faults);
    let profile_ok = !faults.has(|fault| fault.file == profile::FILE);
    if !profile_ok {
        return None;
    }
    let validator = validator(&model, faults)?;
    Some(Parts { model, steps, validator, pages, lenses })
}

fn validator(model: &Model, faults: &mut Faults) -> Option<Validator> {
    let built = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .with_format("decimal", |text: &str| parse_decimal(text).is_some())
        .with_format("date", |text: &str| parse_date(text).is_some())
        .with_pattern_options(PatternOptions::regex().size_limit(limits::PATTERN_COMPILED_BYTES))
        .build(&model.structure);
    match built {
        Ok(validator) => Some(validator),
        Err(error) => {
            let why = error.to_string();
            faults.add(
                profile::FILE,
                "",
                FaultKind::KeywordValue,
                why.clone(),
                format!("模式无法编译：{why}"),
            );
            None
        }
    }
}
