//! Code lists as values: what `codes.<list>` means in expressions.

use std::rc::Rc;
use std::sync::Arc;

use super::Form;
use crate::expr::{Record, Value};

impl Form {
    /// A record of the lists that some expression of the form reads; `None` when none does, so that forms without such
    /// rules pay nothing.
    pub(super) fn lists(&self) -> Option<Value> {
        if self.lists_read.is_empty() {
            return None;
        }
        let lists = Record::default();
        for name in &self.lists_read {
            if let Some(list) = self.package.codes.get(name) {
                lists.set(&Arc::from(name.as_str()), Value::List(Rc::new(list.rows())));
            }
        }
        Some(Value::Record(Rc::new(lists)))
    }
}
