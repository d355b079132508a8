//! Published form versions, compiled once and shared, and the areas that answers may name.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use doorstep_forms::{Form, FormPackage};
use rusqlite::{Connection, OptionalExtension, params};

use crate::reconcile::case::Case;
use crate::reconcile::published::Published;
use crate::reconcile::rulebook::{Library, Rulebook};
use crate::store::StoreError;

const PACKAGE: &str = "SELECT package FROM form_version WHERE form = ?1 AND version = ?2";
const TRIAL: &str = "SELECT hash, package FROM form_trial WHERE form = ?1 AND version = ?2";
const AREA_PATH: &str = "SELECT path FROM area WHERE code = ?1";

type Versions = HashMap<(String, u32), Arc<Published>>;

/// A compiled test version, and the hash of its content.
type Trials = HashMap<(String, u32), (Vec<u8>, Arc<Published>)>;

/// Compiled form versions. A published version never changes, so none is ever dropped or made anew; of a test version
/// the newest content is kept.
#[derive(Default)]
pub(crate) struct FormCache {
    versions: RwLock<Versions>,
    trials: RwLock<Trials>,
}

impl FormCache {
    /// A published version; `None` when there is none.
    pub(crate) fn get(
        &self,
        conn: &Connection,
        form: &str,
        version: u32,
    ) -> Result<Option<Arc<Published>>, StoreError> {
        let key = (form.to_owned(), version);
        if let Some(known) = self.versions.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(Arc::clone(known)));
        }
        let package: Option<Vec<u8>> =
            conn.prepare_cached(PACKAGE)?.query_row(params![form, version], |row| row.get(0)).optional()?;
        let Some(package) = package else { return Ok(None) };
        let published = compiled(&package)?;
        let mut versions = self.versions.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(Arc::clone(versions.entry(key).or_insert(published))))
    }

    /// What a record is read by: the published version, and for a record that is a test also a test version.
    pub(crate) fn of_record(
        &self,
        conn: &Connection,
        form: &str,
        version: u32,
        test: bool,
    ) -> Result<Option<Arc<Published>>, StoreError> {
        match self.get(conn, form, version)? {
            None if test => self.trial(conn, form, version),
            found => Ok(found),
        }
    }

    fn trial(
        &self,
        conn: &Connection,
        form: &str,
        version: u32,
    ) -> Result<Option<Arc<Published>>, StoreError> {
        let found: Option<(Vec<u8>, Vec<u8>)> = conn
            .prepare_cached(TRIAL)?
            .query_row(params![form, version], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((hash, package)) = found else { return Ok(None) };
        let key = (form.to_owned(), version);
        if let Some((known, trial)) = self.trials.read().unwrap_or_else(PoisonError::into_inner).get(&key)
            && *known == hash
        {
            return Ok(Some(Arc::clone(trial)));
        }
        let trial = compiled(&package)?;
        let mut trials = self.trials.write().unwrap_or_else(PoisonError::into_inner);
        trials.insert(key, (hash, Arc::clone(&trial)));
        Ok(Some(trial))
    }

    /// Everything that judging these cases can need.
    pub(crate) fn shelf<'a>(
        &self,
        conn: &Connection,
        cases: impl Iterator<Item = &'a Case>,
    ) -> Result<Shelf, StoreError> {
        let wanted: BTreeSet<(&str, u32, bool)> = cases.flat_map(versions_of).collect();
        let mut shelf = Shelf::default();
        for (form, version, test) in wanted {
            if let Some(published) = self.of_record(conn, form, version, test)? {
                shelf.names_areas |= published.about().area_path.is_some();
                let books = if test { &mut shelf.tests } else { &mut shelf.versions };
                books.insert((form.to_owned(), version), published);
            }
        }
        if shelf.names_areas {
            let mut statement = conn.prepare_cached("SELECT code, path FROM area")?;
            let paths = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            shelf.areas = paths.collect::<Result<_, _>>()?;
        }
        Ok(shelf)
    }
}

fn compiled(package: &[u8]) -> Result<Arc<Published>, StoreError> {
    let damaged = |_| StoreError::Damaged("a published form no longer compiles");
    let form = Form::compile(FormPackage::from_bytes(package).map_err(damaged)?).map_err(damaged)?;
    Ok(Arc::new(Published::new(form)))
}

fn versions_of(case: &Case) -> Vec<(&str, u32, bool)> {
    let form = case.form.as_str();
    let mut versions = vec![(form, case.form_version, case.test)];
    versions.extend(case.submissions.iter().map(|submission| (form, submission.form_version, case.test)));
    if !case.test {
        // A phone may have taken a draft over to any of these.
        let later = case.versions.iter().filter(|version| **version > case.form_version);
        versions.extend(later.map(|version| (form, *version, false)));
    }
    versions.extend(case.merged.iter().flat_map(versions_of));
    versions
}

/// The form versions and areas that judging a batch needs, apart from the database.
#[derive(Default)]
pub(crate) struct Shelf {
    versions: Versions,
    /// What records that are tests are judged by.
    tests: Versions,
    areas: HashMap<String, String>,
    /// Only forms that ask for an area need the tree.
    names_areas: bool,
}

impl Shelf {
    /// A form version with its questions and messages.
    pub(crate) fn published(&self, form: &str, version: u32) -> Option<&Arc<Published>> {
        self.versions.get(&(form.to_owned(), version))
    }
}

/// A shelf as records that are tests see it.
pub(crate) struct TestShelf<'a>(pub(crate) &'a Shelf);

impl Library for TestShelf<'_> {
    fn version(&self, form: &str, version: u32) -> Option<Arc<dyn Rulebook>> {
        let found = self.0.tests.get(&(form.to_owned(), version))?;
        Some(Arc::clone(found) as Arc<dyn Rulebook>)
    }

    fn area_path(&self, code: &str) -> Option<String> {
        self.0.area_path(code)
    }
}

impl Library for Shelf {
    fn version(&self, form: &str, version: u32) -> Option<Arc<dyn Rulebook>> {
        self.published(form, version).map(|published| Arc::clone(published) as Arc<dyn Rulebook>)
    }

    fn area_path(&self, code: &str) -> Option<String> {
        self.areas.get(code).cloned()
    }
}

/// The path of an area.
pub(crate) fn area_path(conn: &Connection, code: &str) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached(AREA_PATH)?.query_row([code], |row| row.get(0)).optional()
}
