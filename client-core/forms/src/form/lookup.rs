//! What imports, exports and reports ask a form about its questions.

use super::Form;
use crate::expr::Type;
use crate::model::{Options, Question};
use crate::package::Texts;

impl Form {
    /// The static type of `doc`, calculated answers included.
    pub fn doc_type(&self) -> &Type {
        &self.model.doc_type
    }

    /// The codes of a select with their titles by locale: written in the schema, or the whole code list,
    /// unfiltered. Empty for other questions.
    pub fn option_labels(&self, question: &Question) -> Vec<(String, Texts)> {
        match &question.options {
            Options::Fixed(options) => options.clone(),
            Options::List { list, .. } => self.list_labels(list),
            Options::None | Options::Rows { .. } => Vec::new(),
        }
    }

    fn list_labels(&self, list: &str) -> Vec<(String, Texts)> {
        let Some(list) = self.package.code_list(list) else { return Vec::new() };
        let locales = &self.manifest().locales;
        let texts = |code: &str| {
            locales.iter().map(|locale| (locale.clone(), list.label(code, locale).to_owned())).collect()
        };
        list.codes().map(|code| (code.to_owned(), texts(code))).collect()
    }
}
