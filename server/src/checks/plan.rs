//! A check with its expressions parsed and typed against the published forms.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep_forms::expr::{Expr, RecordType, RowShape, Type, TypeEnv};

use super::definition::{CheckDefinition, ListDefinition};
use crate::reports::Catalog;
use crate::reports::definition::{Fault, Words};
use crate::reports::rows::LEVELS;

/// A check that can be run.
#[derive(Debug, Clone)]
pub struct CheckPlan {
    /// What was read.
    pub definition: CheckDefinition,
    pub(super) filter: Option<Expr>,
    pub(super) each: Option<Expr>,
    pub(super) lists: BTreeMap<String, ListPlan>,
    pub(super) wrong: Expr,
    /// Where the form has lists.
    pub(super) shape: RowShape,
}

/// The expressions of a list.
#[derive(Debug, Clone)]
pub(super) struct ListPlan {
    pub(super) form: String,
    pub(super) filter: Option<Expr>,
    pub(super) theirs: Expr,
    pub(super) mine: Expr,
    pub(super) keep: Expr,
    pub(super) shape: RowShape,
}

impl CheckPlan {
    /// Checks names and types.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn check(definition: CheckDefinition, catalog: &Catalog) -> Result<CheckPlan, Vec<Fault>> {
        let mut checker = Checker { definition: &definition, catalog, faults: Vec::new() };
        let parts = checker.parts();
        let faults = checker.faults;
        match parts {
            Some((filter, each, lists, wrong)) if faults.is_empty() => {
                let shape = catalog.doc_type(&definition.form).map(RowShape::of).unwrap_or_default();
                Ok(CheckPlan { definition, filter, each, lists, wrong, shape })
            }
            _ => Err(faults),
        }
    }
}

/// Every name that stands beside a record: where it lies, who it is, whom it is about.
fn env(doc: Type) -> TypeEnv {
    let levels = LEVELS.iter().map(|level| ((*level).to_owned(), Type::Text)).collect();
    let area = RecordType { template: "area".to_owned(), fields: levels, ..RecordType::default() };
    TypeEnv::default()
        .with("doc", doc)
        .with("area", Type::Record(Arc::new(area)))
        .with("record", Type::Text)
        .with("subject", Type::Text)
}

type Parts = (Option<Expr>, Option<Expr>, BTreeMap<String, ListPlan>, Expr);

struct Checker<'a> {
    definition: &'a CheckDefinition,
    catalog: &'a Catalog,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn fault(&mut self, pointer: &str, zh: impl Into<String>, en: impl Into<String>) {
        let reason = Words { zh: zh.into(), en: en.into() };
        let file = format!("rules/{}.json", self.definition.key);
        self.faults.push(Fault { file, pointer: pointer.to_owned(), reason });
    }

    fn doc(&mut self, form: &str, pointer: &str) -> Option<Type> {
        let found = self.catalog.doc_type(form).cloned();
        if found.is_none() {
            self.fault(pointer, format!("表单 {form} 未发布"), format!("the form {form} is not published"));
        }
        found
    }

    /// Parses and types an expression; its type.
    fn expression(&mut self, text: &str, pointer: &str, env: &TypeEnv, want: &Type) -> Option<(Expr, Type)> {
        let checked = Expr::parse(text).and_then(|expr| expr.check(env).map(|checked| (expr, checked.ty)));
        match checked {
            Ok((expr, ty)) if ty.fits(want) => Some((expr, ty)),
            Ok((_, ty)) => {
                self.fault(
                    pointer,
                    format!("类型应为 {want}，实为 {ty}"),
                    format!("expected {want}, found {ty}"),
                );
                None
            }
            Err(error) => {
                let zh = format!("{}（第 {} 个字符）", error.reason.zh(), error.position + 1);
                self.fault(pointer, zh, error.to_string());
                None
            }
        }
    }

    fn filter(&mut self, text: Option<&str>, pointer: &str, env: &TypeEnv) -> Option<Expr> {
        text.and_then(|text| self.expression(text, pointer, env, &Type::Bool)).map(|(expr, _)| expr)
    }

    fn parts(&mut self) -> Option<Parts> {
        let definition = self.definition;
        let doc = self.doc(&definition.form, "/form")?;
        let own = env(doc.clone()).with("today", Type::Date);
        let filter = self.filter(definition.filter.as_deref(), "/where", &own);
        let (each, own) = match &definition.each {
            None => (None, own),
            Some(name) => {
                let (expr, list) =
                    self.expression(&format!("doc.{name}"), "/each", &own, &Type::list(Type::Any))?;
                let Type::List(row) = list else { return None };
                (Some(expr), own.with("row", (*row).clone()))
            }
        };
        let mut lists = BTreeMap::new();
        let mut names = own.clone();
        if definition.earlier {
            names = names.with("earlier", Type::list(doc));
        }
        for (name, list) in &definition.lists {
            let (plan, item) = self.list(name, list, &own)?;
            names = names.with(name, Type::list(item));
            lists.insert(name.clone(), plan);
        }
        let (wrong, _) = self.expression(&definition.wrong, "/wrong", &names, &Type::Bool)?;
        Some((filter, each, lists, wrong))
    }

    fn list(&mut self, name: &str, list: &ListDefinition, own: &TypeEnv) -> Option<(ListPlan, Type)> {
        let at = |key: &str| format!("/lists/{name}/{key}");
        let doc = self.doc(&list.form, &at("form"))?;
        let shape = RowShape::of(&doc);
        let theirs = env(doc);
        let filter = self.filter(list.filter.as_deref(), &at("where"), &theirs);
        let (key, ty) = self.expression(&list.theirs, &at("theirs"), &theirs, &Type::Any)?;
        if !ty.fits(&Type::Text) && !ty.fits(&Type::list(Type::Text)) {
            let en = format!("expected text or list of text, found {ty}");
            self.fault(&at("theirs"), format!("应为文本或文本列表，实为 {ty}"), en);
        }
        let (mine, _) = self.expression(&list.mine, &at("mine"), own, &Type::Text)?;
        let (keep, item) = self.expression(&list.keep, &at("keep"), &theirs, &Type::Any)?;
        Some((ListPlan { form: list.form.clone(), filter, theirs: key, mine, keep, shape }, item))
    }
}
