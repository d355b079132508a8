//! When a question is asked, in words, for printed forms.

use super::Form;
use crate::expr::Naming;
use crate::model::{QId, Question, text_in};

struct Names<'f> {
    form: &'f Form,
    roster: Option<QId>,
    locale: &'f str,
}

impl Names<'_> {
    /// The template of `doc.a.b`, `row.a`, `parent.a`.
    fn template(&self, base: &str, fields: &[&str]) -> Option<String> {
        let inside = fields.join("/");
        let questions = &self.form.model.questions;
        match base {
            "doc" => Some(inside),
            "row" => Some(format!("{}/*/{inside}", questions[self.roster?].template)),
            "parent" => Some(format!("{}/*/{inside}", questions[questions[self.roster?].roster?].template)),
            _ => None,
        }
    }
}

impl Naming for Names<'_> {
    fn title(&self, base: &str, fields: &[&str]) -> Option<String> {
        let (id, tick) = self.template(base, fields).as_deref().and_then(|t| {
            let (id, tick) = self.form.resolve(t)?;
            Some((id, tick.map(String::from)))
        })?;
        let question = &self.form.model.questions[id];
        let title = text_in(&question.title, self.locale);
        let quote = |text: &str| if self.zh() { format!("“{text}”") } else { format!("\"{text}\"") };
        match tick {
            Some(code) => {
                let label = self.form.option_label(question, &code, self.locale).unwrap_or(code);
                Some(quote(&format!("{title} › {label}")))
            }
            None => Some(quote(title)),
        }
    }

    fn label(&self, base: &str, fields: &[&str], code: &str) -> Option<String> {
        let (id, _) = self.form.resolve(&self.template(base, fields)?)?;
        let label = self.form.option_label(&self.form.model.questions[id], code, self.locale)?;
        Some(if self.zh() { format!("“{label}”") } else { format!("\"{label}\"") })
    }

    fn zh(&self) -> bool {
        self.locale.starts_with("zh")
    }
}

impl Form {
    /// When the question is asked, in words of `locale`; the expression itself where it cannot be said plainly. `None` for
    /// a question that is always asked.
    pub fn relevance_words(&self, question: &Question, locale: &str) -> Option<String> {
        let rule = question.relevant.as_ref()?;
        let names = Names { form: self, roster: question.roster, locale };
        Some(rule.expr.describe(&names).unwrap_or_else(|| rule.text.clone()))
    }
}
