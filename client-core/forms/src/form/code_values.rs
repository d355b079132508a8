//! Code lists as values: what `codes.<list>` means in expressions.

use std::rc::Rc;
use std::sync::Arc;

use super::Form;
use crate::expr::{Record, Value};

impl Form {
    /// A record of the lists that some expression of the form reads.
    pub(super) fn lists(&self) -> Value {
        let lists = Record::default();
        for name in &self.lists_read {
            if let Some(list) = self.package.codes.get(name) {
                lists.set(&Arc::from(name.as_str()), Value::Table(list.clone()));
            }
        }
        Value::Record(Rc::new(lists))
    }
}
