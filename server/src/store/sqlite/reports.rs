//! Places and forms for reports.

use doorstep_forms::{Form, FormPackage};

use super::SqliteStore;
use super::areas::area_rows;
use crate::reports::definition::Words;
use crate::reports::{Catalog, Places};
use crate::store::reports::Reports;
use crate::store::{Scope, StoreError};

const VERSIONS: &str = "SELECT form, package FROM form_version ORDER BY form, version";

impl Reports for SqliteStore {
    fn report_places(&self, scope: &Scope) -> Result<Places, StoreError> {
        self.read(|conn| {
            let mut places = Places::default();
            for (area, path) in area_rows(conn, scope)? {
                let above = || scope.paths().iter().any(|own| own.starts_with(&path));
                if scope.covers(&path) || above() {
                    let name = Words { zh: area.name_zh, en: area.name_en };
                    places.add(&area.code, area.parent.as_deref(), &area.level, name);
                }
            }
            Ok(places)
        })
    }

    fn report_catalog(&self, scope: &Scope) -> Result<Catalog, StoreError> {
        let stored: Vec<(String, Vec<u8>)> = self.read(|conn| {
            let mut statement = conn.prepare_cached(VERSIONS)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        let mut catalog = Catalog::default();
        for (place, (form, package)) in
            stored.iter().enumerate().filter(|(_, (form, _))| scope.covers_form(form))
        {
            let damaged = || StoreError::Damaged("a published form package");
            let package = FormPackage::from_bytes(package).map_err(|_| damaged())?;
            // Only the newest version gives the types of expressions: only it is compiled.
            if stored.get(place + 1).is_some_and(|(next, _)| next == form) {
                catalog.add_package(&package);
            } else {
                catalog.add_form(&Form::compile(package).map_err(|_| damaged())?);
            }
        }
        Ok(catalog)
    }
}
