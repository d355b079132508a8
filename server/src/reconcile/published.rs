//! A published form version as a rulebook.

use std::collections::BTreeMap;

use doorstep_forms::{Context, Form, FormKind, Mode, Outcome, Severity};
use serde_json::Value;

use super::rulebook::{About, Ask, Assessment, Rulebook};
use crate::review::rule::StandingError;

/// The rules that name a code a version does not know.
const CODE_RULES: [&str; 5] = ["x-codes", "oneOf", "enum", "propertyNames", "additionalProperties"];

/// A compiled form and what reconcile asks of it.
pub struct Published {
    form: Form,
    about: About,
    /// Where the label stands, when its expression is nothing but a path.
    label_path: Option<String>,
}

impl Published {
    /// Readies a compiled form.
    pub fn new(form: Form) -> Published {
        let manifest = form.manifest();
        let about = About {
            is_event: manifest.kind == FormKind::Event,
            auto_approve: manifest.auto_approve,
            confirm: manifest.confirm,
            search: manifest.search.clone(),
            identity: manifest.identity.clone(),
            person: manifest.person.clone(),
            area_path: manifest.area_path.clone(),
            membership: form.membership().cloned(),
        };
        let label_path = manifest.label.as_deref().and_then(plain_path);
        Published { form, about, label_path }
    }

    /// The form itself, for messages and questions.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The whole outcome, for views that show messages and calculated values.
    pub fn outcome(
        &self,
        answers: &BTreeMap<String, Value>,
        previous: Option<&BTreeMap<String, Value>>,
        full: bool,
    ) -> Outcome {
        let mode = if full { Mode::Full } else { Mode::Draft };
        self.form.evaluate(answers, &Context { mode, previous })
    }

    /// The dataset row, with the answers this version does not know: they are kept, and exports show them apart.
    fn row(&self, outcome: &Outcome) -> BTreeMap<String, Value> {
        let mut row = self.form.dataset_row(outcome);
        let unknown =
            outcome.unknown.iter().filter(|(path, value)| !path.starts_with('_') && !value.is_null());
        row.extend(unknown.map(|(path, value)| (path.clone(), value.clone())));
        row
    }

    fn others(&self, outcome: &Outcome) -> Vec<(String, String)> {
        self.form.other_answers(outcome).into_iter().map(|other| (other.path, other.text)).collect()
    }

    /// The files that checked answers describe: path and SHA-256.
    pub fn files(&self, outcome: &Outcome) -> Vec<(String, String)> {
        let files = self.form.attachments(outcome).into_iter();
        files.map(|(path, file)| (path, file.sha256)).collect()
    }

    fn label(&self, answers: &BTreeMap<String, Value>, outcome: &Outcome) -> String {
        let Some(path) = &self.label_path else { return self.form.label(answers) };
        // Its own evaluation would cost as much again as the whole record.
        let found = path.split('/').try_fold(&outcome.tree, |tree, segment| tree.get(segment));
        found.and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// `doc.a.b` -> `a/b`; `None` for any other expression.
fn plain_path(expression: &str) -> Option<String> {
    let path = expression.trim().strip_prefix("doc.")?;
    let plain = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    path.split('.').all(plain).then(|| path.replace('.', "/"))
}

impl Rulebook for Published {
    fn about(&self) -> &About {
        &self.about
    }

    fn lens(&self) -> Option<&Form> {
        Some(&self.form).filter(|form| form.has_lens())
    }

    fn assess(
        &self,
        answers: &BTreeMap<String, Value>,
        previous: Option<&BTreeMap<String, Value>>,
        ask: Ask,
    ) -> Assessment {
        let outcome = self.outcome(answers, previous, ask != Ask::Draft);
        let named = |path: &str, key: &str| StandingError { path: path.to_owned(), key: key.to_owned() };
        let errors = outcome.violations.iter().filter(|violation| violation.severity == Severity::Error);
        let unknown_codes =
            outcome.violations.iter().filter(|violation| CODE_RULES.contains(&violation.key.as_str()));
        let mut assessment = Assessment {
            errors: errors.map(|violation| named(&violation.path, &violation.key)).collect(),
            unknown: outcome.unknown.keys().map(|path| named(path, "")).collect(),
            others: self.others(&outcome),
            files: self.files(&outcome),
            label: self.label(answers, &outcome),
            row: (ask == Ask::Row).then(|| self.row(&outcome)),
        };
        assessment.unknown.extend(unknown_codes.map(|violation| named(&violation.path, &violation.key)));
        assessment
    }
}

#[cfg(test)]
mod tests {
    use doorstep_forms::FormPackage;

    use super::*;

    #[test]
    fn only_a_path_is_looked_up_and_anything_else_is_evaluated() {
        assert_eq!(plain_path("doc.head_name"), Some("head_name".into()));
        assert_eq!(plain_path(" doc.house.grade "), Some("house/grade".into()));
        for expression in
            ["doc.a + doc.b", "head_name", "doc.", "doc.members[0].name", "upper(doc.a)", "doc.a "]
        {
            let is_path = expression == "doc.a ";
            assert_eq!(plain_path(expression).is_some(), is_path, "{expression}");
        }
    }

    /// A form of the project itself, read from its folder.
    fn shipped(form: &str) -> Published {
        let root =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/forms").join(form).join("1");
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                    files.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
        let package = FormPackage::from_files(files).unwrap_or_else(|faults| panic!("{faults:?}"));
        Published::new(Form::compile(package).unwrap_or_else(|faults| panic!("{faults:?}")))
    }

    #[test]
    fn the_label_looked_up_is_the_label_evaluated() {
        for name in ["household_register", "sample_check"] {
            let published = shipped(name);
            let package = std::sync::Arc::clone(published.form().package());
            assert!(published.label_path.is_some() && !package.golden_tests().is_empty());
            let mut named = 0;
            for golden in package.golden_tests() {
                let assessment = published.assess(&golden.answers, golden.previous.as_ref(), Ask::Full);
                assert_eq!(
                    assessment.label,
                    published.form().label(&golden.answers),
                    "{name}: {}",
                    golden.name
                );
                named += usize::from(!assessment.label.is_empty());
            }
            assert!(named > 0, "{name}: some golden record has a name");
        }
    }
}
