//! Static types of the answers, and the check of every expression against them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lists::lists_type;
use super::view::View;
use super::{Constraint, Kind, Model, Options, QId, Question, Required, Rule};
use crate::expr::{Checked, RecordType, Type, TypeEnv};
use crate::fault::{FaultKind, Faults};
use crate::json::join;
use crate::package::{CodeList, Manifest};
use crate::profile::FILE;
use crate::suggest::{self, nearest};

/// Code lists by name.
pub(crate) type CodeLists = BTreeMap<String, Arc<CodeList>>;

/// The type of a compound value's schema.
pub(super) fn plain(view: &View<'_>, template: &str) -> Type {
    match view.str_at("type") {
        Some("integer" | "number") => Type::Num,
        Some("boolean") => Type::Bool,
        Some("array") => Type::list(view.child("items").map_or(Type::Any, |v| plain(&v, template))),
        Some("object") => {
            let field =
                |(name, v): (&str, View<'_>)| (name.to_string(), plain(&v, &format!("{template}/{name}")));
            let fields = view.properties().into_iter().map(field).collect();
            Type::Record(Arc::new(RecordType { template: template.into(), fields, ..RecordType::default() }))
        }
        _ => match view.str_at("format") {
            Some("date") => Type::Date,
            Some("decimal") => Type::Num,
            _ => Type::Text,
        },
    }
}

/// Gives every question its type and checks every expression.
pub(crate) fn check(model: &mut Model, codes: &CodeLists, manifest: &Manifest, faults: &mut Faults) {
    types(model);
    lists(model, codes, faults);
    super::signature::check(model, faults);
    let mut questions = std::mem::take(&mut model.questions);
    let mut constraints = std::mem::take(&mut model.constraints);
    let mut moves = model.moves.take();
    // The checker reads types by id from its own copy; rules are filled in place.
    let checker = Checker {
        types: questions.iter().map(|q| q.ty.clone()).collect(),
        doc: model.doc_type.clone(),
        lists: lists_type(codes),
        codes,
    };
    let rosters: Vec<Option<QId>> = questions.iter().map(|q| q.roster).collect();
    for (id, question) in questions.iter_mut().enumerate() {
        checker.question(id, question, &rosters, faults);
    }
    for constraint in &mut constraints {
        checker.rule(&mut constraint.rule, checker.env(None, &rosters), &Type::Bool, faults);
    }
    if let Some(def) = &mut moves {
        checker.rule(&mut def.to, checker.env(None, &rosters), &Type::Text, faults);
        if let Some((_, on)) = &mut def.dated {
            checker.rule(on, checker.env(None, &rosters), &Type::Date, faults);
        }
    }
    model.questions = questions;
    model.constraints = constraints;
    model.moves = moves;
    super::moves::check_others(model, faults);
    super::membership::check(model, codes, faults);
    conditions(model);
    locations(model, faults);
    hidden(model, faults);
    super::manifest::manifest_refs(model, manifest, faults);
}

/// Notes what may be irrelevant at all, so that evaluation need not ask about the rest.
fn conditions(model: &mut Model) {
    let conditional = |model: &Model, template: &str| {
        let owner = model.owner(template);
        owner.is_some_and(|id| model.lineage(id).any(|id| model.questions[id].relevant.is_some()))
    };
    let any = |model: &Model, base: &str, list: &[Constraint]| -> Vec<bool> {
        let one = |c: &Constraint| c.locations.iter().any(|l| conditional(model, &at(base, l)));
        list.iter().map(one).collect()
    };
    let set = |list: &mut [Constraint], flags: Vec<bool>| {
        list.iter_mut().zip(flags).for_each(|(constraint, flag)| constraint.conditional = flag);
    };
    for id in 0..model.questions.len() {
        let question = &model.questions[id];
        let itself = conditional(model, &question.template);
        let own = any(model, &question.template, &question.constraints);
        let rows = any(model, &format!("{}/*", question.template), &question.row_constraints);
        let question = &mut model.questions[id];
        question.conditional = itself;
        set(&mut question.constraints, own);
        set(&mut question.row_constraints, rows);
    }
    let flags = any(model, "", &model.constraints);
    set(&mut model.constraints, flags);
}

fn types(model: &mut Model) {
    for id in (0..model.questions.len()).rev() {
        let question = &model.questions[id];
        let ty = match question.kind {
            Kind::Text | Kind::SelectOne => Type::Text,
            Kind::Decimal | Kind::Integer => Type::Num,
            Kind::Bool => Type::Bool,
            Kind::Date => Type::Date,
            Kind::SelectMany => ticks(question),
            Kind::Group => Type::Record(Arc::new(record(model, &question.template, &question.children))),
            Kind::Roster | Kind::Yearly => {
                let mut row = record(model, &format!("{}/*", question.template), &question.children);
                row.fields.insert("_id".into(), Type::Text);
                if question.kind == Kind::Yearly {
                    row.fields.insert("_year".into(), Type::Num);
                }
                Type::list(Type::Record(Arc::new(row)))
            }
            Kind::Gps
            | Kind::Compound
            | Kind::Ranking
            | Kind::Quantity
            | Kind::Signature
            | Kind::Attachment => question.ty.clone(),
        };
        model.questions[id].ty = ty;
    }
    let mut doc = record(model, "", &model.roots);
    for name in ["_form", "_subject"] {
        doc.fields.insert(name.into(), Type::Text);
    }
    doc.fields.insert("_date".into(), Type::Date);
    doc.fields.insert("_pre".into(), preloaded(model));
    model.doc_type = Type::Record(Arc::new(doc));
}

fn ticks(question: &Question) -> Type {
    let mut record = RecordType { template: question.template.clone(), multi: true, ..RecordType::default() };
    match &question.options {
        Options::Fixed(codes) => {
            record.fields = codes.iter().map(|(code, _)| (code.clone(), Type::Bool)).collect();
        }
        _ => record.open = Some(Type::Bool),
    }
    Type::Record(Arc::new(record))
}

fn record(model: &Model, template: &str, children: &[QId]) -> RecordType {
    let field = |id: &QId| (model.questions[*id].key.to_string(), model.questions[*id].ty.clone());
    RecordType {
        template: template.into(),
        fields: children.iter().map(field).collect(),
        ..RecordType::default()
    }
}

/// `doc._pre`: a record that nests as the source paths do.
fn preloaded(model: &Model) -> Type {
    let sources: Vec<(Vec<&str>, &Type)> = model
        .questions
        .iter()
        .filter_map(|q| Some((q.preload.as_deref()?.split('/').collect(), &q.ty)))
        .collect();
    nest("_pre", &sources)
}

fn nest(template: &str, sources: &[(Vec<&str>, &Type)]) -> Type {
    let mut fields = BTreeMap::new();
    let heads: BTreeSet<&str> = sources.iter().filter_map(|(path, _)| path.first().copied()).collect();
    for head in heads {
        let below: Vec<_> =
            sources.iter().filter(|(p, _)| p[0] == head).map(|(p, ty)| (p[1..].to_vec(), *ty)).collect();
        let ty = match below.iter().find(|(rest, _)| rest.is_empty()) {
            Some((_, ty)) => (*ty).clone(),
            None => nest(&format!("{template}/{head}"), &below),
        };
        fields.insert(head.to_string(), ty);
    }
    Type::Record(Arc::new(RecordType { template: template.into(), fields, ..RecordType::default() }))
}

/// The record type of a roster's rows.
fn row_type(ty: &Type) -> Type {
    match ty {
        Type::List(row) => (**row).clone(),
        _ => Type::Any,
    }
}

struct Checker<'a> {
    types: Vec<Type>,
    doc: Type,
    lists: Type,
    codes: &'a CodeLists,
}

impl Checker<'_> {
    /// Names for a rule inside the rows of `roster`.
    fn env(&self, roster: Option<QId>, rosters: &[Option<QId>]) -> TypeEnv {
        let env = TypeEnv::default().with("doc", self.doc.clone()).with("codes", self.lists.clone());
        let Some(roster) = roster else { return env };
        let env = env.with("row", row_type(&self.types[roster]));
        match rosters[roster] {
            Some(outer) => env.with("parent", row_type(&self.types[outer])),
            None => env,
        }
    }

    fn rule(&self, rule: &mut Rule, env: TypeEnv, want: &Type, faults: &mut Faults) {
        match rule.expr.check(&env) {
            Ok(Checked { ty, reads }) if ty.fits(want) => rule.reads = reads,
            Ok(Checked { ty, .. }) => {
                let en = format!("expected {want}, but this is {ty}");
                let zh = format!("结果应为 {want}，实为 {ty}");
                faults.whole_expression(FILE, &rule.pointer, &rule.text, en, zh);
            }
            Err(error) => faults.expression(FILE, &rule.pointer, &rule.text, &error),
        }
    }

    fn question(&self, id: QId, question: &mut Question, rosters: &[Option<QId>], faults: &mut Faults) {
        let env = self.env(question.roster, rosters);
        if let Some(rule) = &mut question.relevant {
            self.rule(rule, env.clone(), &Type::Bool, faults);
        }
        if let Required::When(rule) = &mut question.required {
            self.rule(rule, env.clone(), &Type::Bool, faults);
        }
        if let Some(rule) = &mut question.calculate {
            self.rule(rule, env.clone(), &question.ty, faults);
        }
        for constraint in &mut question.constraints {
            let env = env.clone().with("value", question.ty.clone());
            self.rule(&mut constraint.rule, env, &Type::Bool, faults);
        }
        if let Options::List { list, filter: Some(rule) } = &mut question.options
            && let Some(codes) = self.codes.get(list)
        {
            self.rule(rule, env.with("code", codes.record_type(list)), &Type::Bool, faults);
        }
        let rows = self.env(Some(id), rosters);
        for constraint in &mut question.row_constraints {
            self.rule(&mut constraint.rule, rows.clone(), &Type::Bool, faults);
        }
        if let Some(rule) = question.roster_def.as_mut().and_then(|def| def.label.as_mut()) {
            self.rule(rule, rows, &Type::Text, faults);
        }
    }
}

fn lists(model: &Model, codes: &CodeLists, faults: &mut Faults) {
    for question in &model.questions {
        match &question.options {
            Options::List { list, .. } if !codes.contains_key(list) => {
                let near = nearest(list, codes.keys().map(String::as_str));
                let en = format!("there is no codes/{list}.csv{}", suggest::en(near));
                let zh = format!("没有选项表 codes/{list}.csv{}", suggest::zh(near));
                faults.add(FILE, join(&question.pointer, "x-codes"), FaultKind::UnknownList, en, zh);
            }
            Options::Rows { roster } => {
                let target = model.by_template.get(roster).map(|id| &model.questions[*id]);
                if !target.is_some_and(|q| q.kind.is_roster() && q.roster.is_none()) {
                    let rosters = model.questions.iter().filter(|q| q.kind.is_roster() && q.roster.is_none());
                    let near = nearest(roster, rosters.map(|q| q.template.as_str()));
                    let en = format!("{roster} is not a roster of the form{}", suggest::en(near));
                    let zh = format!("{roster} 不是本表的子表{}", suggest::zh(near));
                    faults.add(FILE, join(&question.pointer, "x-row-of"), FaultKind::UnknownList, en, zh);
                }
            }
            _ => {}
        }
        if let (Some(moves), Options::Fixed(codes)) = (&question.transitions, &question.options) {
            let named = moves.iter().flat_map(|(from, to)| std::iter::once(from).chain(to));
            for code in named.filter(|c| !c.is_empty() && !codes.iter().any(|(code, _)| code == *c)) {
                let near = nearest(code, codes.iter().map(|(code, _)| code.as_str()));
                let en = format!("{code} is not a code of this question{}", suggest::en(near));
                let zh = format!("本题没有代码 {code}{}", suggest::zh(near));
                faults.add(FILE, join(&question.pointer, "x-transitions"), FaultKind::Transition, en, zh);
            }
        }
    }
}

pub(super) fn all_constraints(model: &Model) -> impl Iterator<Item = (String, &Constraint)> {
    let roots = model.constraints.iter().map(|c| (String::new(), c));
    let own = model.questions.iter().flat_map(|q| {
        let rows = q.row_constraints.iter().map(|c| (format!("{}/*", q.template), c));
        q.constraints.iter().map(|c| (q.template.clone(), c)).chain(rows)
    });
    roots.chain(own)
}

fn at(base: &str, location: &str) -> String {
    match (base.is_empty(), location.is_empty()) {
        (true, _) => location.to_string(),
        (_, true) => base.to_string(),
        _ => format!("{base}/{location}"),
    }
}

fn locations(model: &Model, faults: &mut Faults) {
    for (base, constraint) in all_constraints(model) {
        for location in &constraint.locations {
            let template = at(&base, location);
            let known = template.is_empty()
                || template.ends_with("/*")
                || model.owner(&template).is_some_and(|id| {
                    let q = &model.questions[id];
                    q.template == template || q.kind == Kind::SelectMany
                });
            if !known {
                let inside = model.questions.iter().filter_map(|q| match base.as_str() {
                    "" => Some(q.template.as_str()),
                    base => q.template.strip_prefix(base)?.strip_prefix('/'),
                });
                let near = nearest(location, inside);
                let en = format!("the location /{location} is no question{}", suggest::en(near));
                let zh = format!("位置 /{location} 不是题目{}", suggest::zh(near));
                let pointer = constraint.rule.pointer.replace("/expression", "/location");
                faults.add(FILE, pointer, FaultKind::Constraint, en, zh);
            }
        }
    }
}

fn is_hidden(model: &Model, id: QId) -> bool {
    model.lineage(id).any(|id| model.questions[id].hidden)
}

/// Whether any of the templates belongs to an answer that is hidden until submission.
pub(super) fn reads_hidden(model: &Model, reads: &BTreeSet<String>) -> bool {
    reads.iter().any(|read| match read.strip_prefix("_pre/") {
        Some(source) => model.questions.iter().enumerate().any(|(id, q)| {
            let below =
                |p: &str| source == p || source.strip_prefix(p).is_some_and(|rest| rest.starts_with('/'));
            q.preload.as_deref().is_some_and(below) && is_hidden(model, id)
        }),
        None => model.owner(read).is_some_and(|id| is_hidden(model, id)),
    })
}

/// Nothing shown before submission may depend on what is hidden until then.
fn hidden(model: &Model, faults: &mut Faults) {
    let mut check = |rule: &Rule| {
        if reads_hidden(model, &rule.reads) {
            let en = "this reads an answer that is hidden until submission";
            faults.add(FILE, &rule.pointer, FaultKind::HiddenLeak, en, "此处引用了上报前不显示的答案");
        }
    };
    for (_, question) in model.questions.iter().enumerate().filter(|(id, _)| !is_hidden(model, *id)) {
        let required = if let Required::When(rule) = &question.required { Some(rule) } else { None };
        let filter =
            if let Options::List { filter, .. } = &question.options { filter.as_ref() } else { None };
        [question.relevant.as_ref(), question.calculate.as_ref(), required, filter]
            .into_iter()
            .flatten()
            .for_each(&mut check);
        let label = question.roster_def.as_ref().and_then(|def| def.label.as_ref());
        label.into_iter().for_each(&mut check);
    }
    for (base, constraint) in all_constraints(model) {
        let shown = |l: &String| !model.owner(&at(&base, l)).is_some_and(|id| is_hidden(model, id));
        if constraint.locations.iter().any(shown) {
            check(&constraint.rule);
        }
    }
}
