//! What a report needs to know of the published forms.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use doorstep_forms::expr::Type;
use doorstep_forms::{Form, FormKind, FormPackage};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A form version that records in a report were filled under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct FormFacts {
    /// Form id.
    pub form: String,
    /// Version.
    pub version: u32,
    /// Content hash of the package, hexadecimal.
    pub hash: String,
    /// Its code lists: name and SHA-256 of the list, hexadecimal.
    pub code_lists: BTreeMap<String, String>,
}

/// The published forms: types of the latest version, facts of every version.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    types: BTreeMap<String, Type>,
    events: BTreeSet<String>,
    facts: BTreeMap<(String, u32), FormFacts>,
}

impl Catalog {
    /// Adds a version; versions of one form in rising order, so that the last one gives the types.
    pub fn add(&mut self, facts: FormFacts, doc: Type) {
        self.types.insert(facts.form.clone(), doc);
        self.facts.insert((facts.form.clone(), facts.version), facts);
    }

    /// Adds a compiled form version, which gives the types of `doc`.
    pub fn add_form(&mut self, form: &Form) {
        if form.manifest().kind == FormKind::Event {
            self.mark_event(&form.manifest().id);
        }
        self.add(facts(form.package()), form.doc_type().clone());
    }

    /// Says that a form is one of events.
    pub fn mark_event(&mut self, form: &str) {
        self.events.insert(form.to_owned());
    }

    /// Adds an older version, of which only the facts matter.
    pub fn add_package(&mut self, package: &FormPackage) {
        let facts = facts(package);
        self.facts.insert((facts.form.clone(), facts.version), facts);
    }

    /// The type of `doc` in the latest version.
    pub fn doc_type(&self, form: &str) -> Option<&Type> {
        self.types.get(form)
    }

    /// True for a form of events: one record for each.
    pub fn is_event(&self, form: &str) -> bool {
        self.events.contains(form)
    }

    /// The facts of a version.
    pub fn facts(&self, form: &str, version: u32) -> Option<&FormFacts> {
        self.facts.get(&(form.to_owned(), version))
    }
}

fn facts(package: &FormPackage) -> FormFacts {
    let list = |(name, bytes): (&String, &Vec<u8>)| {
        let name = name.strip_prefix("codes/")?.strip_suffix(".csv")?;
        Some((name.to_owned(), HEXLOWER.encode(&Sha256::digest(bytes))))
    };
    FormFacts {
        form: package.id().to_owned(),
        version: package.version(),
        hash: package.hash().to_string(),
        code_lists: package.files().iter().filter_map(list).collect(),
    }
}
