//! The repository's own forms and reports, for tests.

use std::collections::BTreeMap;
use std::path::Path;

use doorstep_forms::{Form, FormPackage};

fn files_below(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            files_below(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// The files of a folder of `schemas/` by relative path.
pub(crate) fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas").join(folder), "", &mut files);
    files
}

/// The newest version of every form of `schemas/forms/`.
pub(crate) fn all_forms() -> Vec<Form> {
    let mut newest: BTreeMap<String, u32> = BTreeMap::new();
    for name in files("forms").keys() {
        let mut parts = name.split('/');
        if let (Some(form), Some(Ok(version))) = (parts.next(), parts.next().map(str::parse::<u32>)) {
            let known = newest.entry(form.to_owned()).or_default();
            *known = version.max(*known);
        }
    }
    let package =
        |(form, version)| FormPackage::from_files(files(&format!("forms/{form}/{version}"))).unwrap();
    newest.into_iter().map(package).map(|package| Form::compile(package).unwrap()).collect()
}

/// Version 1 of a form of `schemas/forms/`.
pub(crate) fn form(id: &str) -> Form {
    Form::compile(FormPackage::from_files(files(&format!("forms/{id}/1"))).unwrap()).unwrap()
}
