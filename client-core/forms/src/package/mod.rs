//! Form packages: the files of one form version.

mod blob;
mod codes;
mod golden;
mod manifest;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use blob::{BadFormHash, FormHash};
pub use codes::CodeList;
pub(crate) use codes::LISTS;
pub use golden::{Expectation, ExpectedViolation, Golden};
pub use manifest::{FORM_META_SCHEMA, FormKind, Manifest, PersonAnswers, SubjectRule, Texts};
pub(crate) use manifest::{is_code, is_name};

use crate::fault::{Fault, FaultKind, Faults};
use crate::json::{self, Node};
use crate::lens::{self, LensFile};
use crate::model::{CodeLists, Translations};
use crate::{form, limits};

/// One immutable form version: its files, read and checked.
#[derive(Debug)]
pub struct FormPackage {
    files: BTreeMap<String, Vec<u8>>,
    hash: FormHash,
    manifest: Manifest,
    pub(crate) schema: Node,
    pub(crate) ui: Option<Node>,
    pub(crate) translations: Translations,
    pub(crate) codes: CodeLists,
    goldens: Vec<Golden>,
    pub(crate) lenses: BTreeMap<u32, LensFile>,
}

impl FormPackage {
    /// Reads and checks a package from its files (name such as `codes/crops.csv` -> content). Every fault is
    /// listed, in the order of files and places; nothing is accepted with a fault.
    pub fn from_files(files: BTreeMap<String, Vec<u8>>) -> Result<FormPackage, Vec<Fault>> {
        let mut faults = Faults::default();
        let package = load(&files, &mut faults);
        if let Some(package) = &package {
            form::check(package, &mut faults);
        }
        faults.find_places(&files);
        finish(package, files, faults)
    }

    /// Reads a package from its transport encoding. Expressions are checked by [`crate::Form::compile`].
    pub fn from_bytes(blob: &[u8]) -> Result<FormPackage, Vec<Fault>> {
        let mut faults = Faults::default();
        let Some(files) = blob::decode(blob, &mut faults) else { return Err(faults.into_list()) };
        let package = load(&files, &mut faults);
        finish(package, files, faults)
    }

    /// The package as one blob. The same files always give the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        blob::encode(&self.files)
    }

    /// The form's id.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The version number.
    pub fn version(&self) -> u32 {
        self.manifest.version
    }

    /// The content hash that names this version.
    pub fn hash(&self) -> FormHash {
        self.hash
    }

    /// Register or event.
    pub fn kind(&self) -> FormKind {
        self.manifest.kind
    }

    /// `form.json`.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The golden records of `tests/*.json`.
    pub fn golden_tests(&self) -> &[Golden] {
        &self.goldens
    }

    /// The files as published.
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// A code list of `codes/*.csv` by name.
    pub fn code_list(&self, name: &str) -> Option<&CodeList> {
        self.codes.get(name).map(Arc::as_ref)
    }
}

fn finish(
    package: Option<FormPackage>,
    files: BTreeMap<String, Vec<u8>>,
    faults: Faults,
) -> Result<FormPackage, Vec<Fault>> {
    let faults = faults.into_list();
    match package {
        Some(package) if faults.is_empty() => Ok(FormPackage { files, ..package }),
        _ => Err(faults),
    }
}

/// Where a file belongs.
enum Role<'a> {
    Manifest,
    Schema,
    Ui,
    Translation(&'a str),
    Codes(&'a str),
    Golden,
    Lens,
}

fn role(name: &str) -> Option<Role<'_>> {
    let inside = |folder: &str, ext: &str| {
        let stem = name.strip_prefix(folder)?.strip_suffix(ext)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        (!stem.is_empty() && stem.len() <= 64 && stem.bytes().all(plain)).then_some(stem)
    };
    match name {
        "form.json" => Some(Role::Manifest),
        "schema.json" => Some(Role::Schema),
        "ui.json" => Some(Role::Ui),
        _ => inside("i18n/", ".json")
            .map(Role::Translation)
            .or_else(|| inside("codes/", ".csv").map(Role::Codes))
            .or_else(|| inside("tests/", ".json").map(|_| Role::Golden))
            .or_else(|| inside("lenses/", ".json").map(|_| Role::Lens)),
    }
}

#[derive(Default)]
struct Parts {
    manifest: Option<Manifest>,
    schema: Option<Node>,
    ui: Option<Node>,
    translations: Translations,
    codes: CodeLists,
    goldens: Vec<Golden>,
    lenses: BTreeMap<u32, LensFile>,
}

impl Parts {
    fn read(&mut self, name: &str, content: &[u8], faults: &mut Faults) {
        let Some(role) = role(name) else {
            let en = "a form package has no such file";
            faults.add(name, "", FaultKind::UnexpectedFile, en, "表单包中不应有此文件");
            return;
        };
        if let Role::Codes(list) = role {
            if let Some(codes) = codes::read(name, content, faults) {
                self.codes.insert(list.to_string(), Arc::new(codes));
            }
            return;
        }
        let limit = if matches!(role, Role::Schema) { limits::SCHEMA_BYTES } else { limits::JSON_BYTES };
        let Some(node) = json::parse(name, content, limit, faults) else { return };
        match role {
            Role::Manifest => self.manifest = manifest::read(&node, faults),
            Role::Schema => self.schema = Some(node),
            Role::Ui => self.ui = Some(node),
            Role::Translation(locale) => {
                self.translations.insert(locale.to_string(), translations(name, &node, faults));
            }
            Role::Golden => self.goldens.extend(golden::read(name, &node, faults)),
            Role::Lens => self.lenses.extend(lens::parse(name, &node, faults)),
            Role::Codes(_) => {}
        }
    }
}

fn translations(file: &str, node: &Node, faults: &mut Faults) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    if !node.is_object() {
        let en = "translations are one object of key and text";
        faults.add(file, "", FaultKind::Translation, en, "译文须为一个键值对象");
    }
    for (key, text) in node.entries() {
        match text.as_str().filter(|t| !t.trim().is_empty()) {
            Some(text) => {
                out.insert(key.clone(), text.to_string());
            }
            None => {
                let at = json::join("", key);
                faults.add(file, at, FaultKind::Translation, "a translation is a text", "译文须为非空文本");
            }
        }
    }
    out
}

/// Reads all files, which the caller keeps; `None` when form.json or schema.json cannot be used.
fn load(files: &BTreeMap<String, Vec<u8>>, faults: &mut Faults) -> Option<FormPackage> {
    let bytes: usize = files.values().map(Vec::len).sum();
    if bytes > limits::PACKAGE_BYTES || files.len() > limits::PACKAGE_FILES {
        let (mib, most) = (limits::PACKAGE_BYTES / 1024 / 1024, limits::PACKAGE_FILES);
        let en = format!("a package has at most {mib} MiB and {most} files");
        faults.add("", "", FaultKind::TooLarge, en, format!("表单包最多 {mib} MiB、{most} 个文件"));
        return None;
    }
    let mut parts = Parts::default();
    for (name, content) in files {
        parts.read(name, content, faults);
    }
    for name in ["form.json", "schema.json"] {
        if !files.contains_key(name) {
            faults.add(name, "", FaultKind::MissingFile, "this file is missing", "缺少此文件");
        }
    }
    if parts.manifest.is_none()
        && let Some(schema) = &parts.schema
    {
        // Faults are listed all at once: what the schema says is looked at without the form's own description too.
        crate::profile::check(schema, faults);
    }
    let hash = FormHash::of(files);
    Some(FormPackage {
        hash,
        manifest: parts.manifest?,
        schema: parts.schema?,
        ui: parts.ui,
        translations: parts.translations,
        codes: parts.codes,
        goldens: parts.goldens,
        lenses: parts.lenses,
        files: BTreeMap::new(),
    })
}
