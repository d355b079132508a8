//! Forms compiled once and shared.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use doorstep_forms::{Form, FormHash, FormPackage, Upgrade};

use super::Device;
use crate::error::DeviceError;
use crate::store::people;

/// Compiled forms by id and version, with the package they came from. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct FormCache(Arc<Mutex<HashMap<(String, u32), Compiled>>>, Upgrades);

/// What becomes of drafts, by the two versions.
type Upgrades = Arc<Mutex<HashMap<(FormHash, FormHash), Upgrade>>>;

#[derive(Debug, Clone)]
struct Compiled {
    package: Vec<u8>,
    form: Arc<Form>,
}

impl FormCache {
    fn get(&self, form: &str, version: u32, package: &[u8]) -> Option<Arc<Form>> {
        let forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = forms.get(&(form.to_owned(), version))?;
        (found.package == package).then(|| found.form.clone())
    }

    /// What becomes of a draft of `old` now that `new` is here.
    pub(super) fn upgrade(&self, old: &Form, new: &Form) -> Upgrade {
        let mut upgrades = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        let decide = || doorstep_forms::upgrade(old, new, &doorstep_forms::compare(old, new));
        upgrades.entry((old.hash(), new.hash())).or_insert_with(decide).clone()
    }

    fn put(&self, form: &str, version: u32, compiled: Compiled) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((form.to_owned(), version), compiled);
    }
}

impl Device {
    /// The forms that take new records, each with its newest version that does. Test versions are apart.
    pub fn forms(&self) -> Result<Vec<(String, u32)>, DeviceError> {
        Ok(people::newest_forms(self.store.read())?)
    }

    /// The test versions (测试版) given to this device: what is filled under them counts nowhere.
    pub fn test_forms(&self) -> Result<Vec<(String, u32)>, DeviceError> {
        Ok(people::test_forms(self.store.read())?)
    }

    /// A form, compiled.
    ///
    /// # Errors
    /// [`DeviceError::UnknownForm`]; [`DeviceError::FormUnusable`] for a package of a newer engine.
    pub fn form(&self, form: &str, version: u32) -> Result<Arc<Form>, DeviceError> {
        let Some(package) = people::form(self.store.read(), form, version)? else {
            let known = self.forms()?.into_iter().map(|(id, _)| id).collect();
            return Err(DeviceError::UnknownForm { form: form.to_owned(), known });
        };
        if let Some(form) = self.around.forms.get(form, version, &package) {
            return Ok(form);
        }
        let compiled = FormPackage::from_bytes(&package).and_then(Form::compile);
        let compiled = Arc::new(compiled.map_err(|faults| {
            for fault in faults.iter().take(3) {
                tracing::error!(form.id = form, form.version = version, ?fault, "form package unusable");
            }
            DeviceError::FormUnusable { form: form.to_owned(), version }
        })?);
        self.around.forms.put(form, version, Compiled { package, form: compiled.clone() });
        Ok(compiled)
    }

    /// The newest version of a form that takes new records.
    ///
    /// # Errors
    /// As [`Device::form`]; [`DeviceError::FormClosed`] when every version is closed to new records.
    pub fn newest_form(&self, form: &str) -> Result<Arc<Form>, DeviceError> {
        let open = people::newest_forms(self.store.read())?;
        match version_in(&open, form) {
            Some(version) => self.form(form, version),
            None if version_in(&people::readable_forms(self.store.read())?, form).is_some() => {
                Err(DeviceError::FormClosed { form: form.to_owned() })
            }
            None => Err(unknown(form, open)),
        }
    }

    /// The test version of a form on this device.
    ///
    /// # Errors
    /// As [`Device::form`].
    pub fn test_form(&self, form: &str) -> Result<Arc<Form>, DeviceError> {
        let tests = people::test_forms(self.store.read())?;
        match version_in(&tests, form) {
            Some(version) => self.form(form, version),
            None => Err(unknown(form, tests)),
        }
    }

    /// The version a record is read and filled under: its own if it is here, else the newest, closed or not.
    pub(crate) fn form_of(&self, form: &str, version: u32) -> Result<Arc<Form>, DeviceError> {
        match self.form(form, version) {
            Err(DeviceError::UnknownForm { .. }) => {
                let known = people::readable_forms(self.store.read())?;
                match version_in(&known, form) {
                    Some(version) => self.form(form, version),
                    None => Err(unknown(form, known)),
                }
            }
            found => found,
        }
    }
}

fn version_in(forms: &[(String, u32)], form: &str) -> Option<u32> {
    forms.iter().find(|(id, _)| id == form).map(|(_, version)| *version)
}

fn unknown(form: &str, known: Vec<(String, u32)>) -> DeviceError {
    DeviceError::UnknownForm { form: form.to_owned(), known: known.into_iter().map(|(id, _)| id).collect() }
}
