//! A folder in memory that an export is written to.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

/// What was written, by file.
#[derive(Clone, Default)]
pub(super) struct Folder(pub(super) Rc<RefCell<BTreeMap<String, Vec<u8>>>>);

pub(super) struct File(pub(super) Folder, pub(super) String);

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.borrow_mut().entry(self.1.clone()).or_default().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
