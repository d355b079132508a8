//! The one pipeline: project -> structure -> relevance and calculations -> required -> constraints -> codes ->
//! transitions.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use super::Form;
use super::checks::Checks;
use super::nest::Nested;
use super::outcome::{Context, Outcome, Violation};
use super::session::Session;
use super::structure::{put, take};
use crate::expr::parse_date;
use crate::model::{Kind, QId};
use crate::{Answers, limits};

impl Form {
    /// Checks and completes flat answers. Total: any answers give an outcome.
    pub fn evaluate(&self, answers: &Answers, context: &Context<'_>) -> Outcome {
        let mut nested = self.nest(answers);
        let mut session = Session::new(self, &nested);
        let mut violations = self.structure_violations(&mut nested);
        session.settle();
        let faulty: HashSet<String> = violations.iter().map(|v| v.path.clone()).collect();
        let mut checks = Checks {
            session: &mut session,
            mode: context.mode,
            previous: context.previous,
            malformed: &nested.malformed,
            faulty: &faulty,
            out: Vec::new(),
        };
        checks.run();
        let found = checks.out;
        violations.retain(|v| session.is_relevant(&v.path));
        violations.extend(found);
        violations.extend(nested.unknown.keys().map(|path| Violation::keyword(path, "unknown_path", &[])));
        violations.sort();
        violations.dedup();
        violations.truncate(limits::VIOLATIONS);
        self.complete(nested, session, violations)
    }

    /// Structural violations of the answers; leaves the row orders and missing codes out of the tree.
    fn structure_violations(&self, nested: &mut Nested) -> Vec<Violation> {
        let mut tree = std::mem::take(&mut nested.tree);
        let missing: Vec<(String, Json)> = std::mem::take(&mut nested.missing)
            .into_iter()
            .filter_map(|path| take(&mut tree, &path).map(|value| (path, value)))
            .collect();
        self.without_order(&self.model.roots, &mut tree);
        let tree = Json::Object(tree);
        let mut violations = self.structural(&tree);
        for path in &nested.malformed {
            violations.push(Violation::keyword(path, "type", &[("kind", "compound".into())]));
        }
        if nested.reserved.get("_date").is_some_and(|d| d.as_str().and_then(parse_date).is_none()) {
            violations.push(Violation::keyword("_date", "format", &[("format", "date".into())]));
        }
        if let Json::Object(tree) = tree {
            nested.tree = tree;
        }
        for (path, value) in missing {
            put(&mut nested.tree, &path, value);
        }
        violations
    }

    fn without_order(&self, ids: &[QId], map: &mut Map<String, Json>) {
        for id in ids {
            let question = &self.model.questions[*id];
            if question.kind != Kind::Group && !question.kind.is_roster() {
                continue;
            }
            let Some(Json::Object(inner)) = map.get_mut(&*question.key) else { continue };
            if question.kind == Kind::Group {
                self.without_order(&question.children, inner);
                continue;
            }
            for row in inner.values_mut().filter_map(Json::as_object_mut) {
                row.remove("_order");
                self.without_order(&question.children, row);
            }
        }
    }

    /// The outcome: the tree pruned and completed.
    fn complete(&self, nested: Nested, session: Session<'_>, violations: Vec<Violation>) -> Outcome {
        let mut tree = nested.tree;
        for (id, _) in self.model.questions.iter().enumerate().filter(|(_, q)| q.kind.is_roster()) {
            for row in session.rows(id) {
                if let Some(order) = &row.order {
                    put(&mut tree, &format!("{}/_order", row.path), Json::String(order.clone()));
                }
            }
        }
        for path in &session.irrelevant {
            take(&mut tree, path);
        }
        for (path, value) in &session.calculated {
            put(&mut tree, path, value.clone());
        }
        tree.extend(nested.reserved);
        let Session { irrelevant, calculated, mut diagnostics, .. } = session;
        diagnostics.sort();
        diagnostics.dedup();
        Outcome {
            violations,
            calculated,
            irrelevant,
            tree: Json::Object(tree),
            unknown: nested.unknown,
            diagnostics,
        }
    }

    /// The answers as expressions see them, relevance and calculations worked out.
    pub(super) fn settled(&self, answers: &Answers) -> Session<'_> {
        let nested = self.nest(answers);
        let mut session = Session::new(self, &nested);
        session.settle();
        session
    }

    /// The label of a record in lists, by the manifest's `label`; empty when there is none.
    pub fn label(&self, answers: &Answers) -> String {
        let Some(label) = &self.label else { return String::new() };
        let session = self.settled(answers);
        let mut budget = crate::expr::Budget::for_expression();
        let value = label.eval(&mut session.doc_scope(), &mut budget);
        value.as_text().unwrap_or_default().to_string()
    }

    /// The value of another expression (a report's, say) over answers, typed by this form's schema. Check it
    /// first with [`Form::check_expr`].
    pub fn eval_expr(&self, expr: &crate::expr::Expr, answers: &Answers) -> crate::expr::Value {
        let session = self.settled(answers);
        expr.eval(&mut session.doc_scope(), &mut crate::expr::Budget::for_expression())
    }

    /// Checks an expression over `doc` against this form's schema.
    pub fn check_expr(&self, expr: &crate::expr::Expr) -> Result<crate::expr::Type, crate::expr::ExprError> {
        let env = crate::expr::TypeEnv::default().with("doc", self.model.doc_type.clone());
        expr.check(&env).map(|checked| checked.ty)
    }
}
