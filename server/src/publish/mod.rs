//! Publishing a form version: every fault of the package, its own golden records, and its place in the line of versions.
//!
//! Invariant: a faulty package is never stored, and a published version never changes.

pub mod dry_run;
pub mod read;
pub mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use doorstep_forms::{Context, Fault, FaultKind, Form, FormHash, FormPackage, Golden, Severity};

/// A published version as the store knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Version number.
    pub version: u32,
    /// Content hash.
    pub hash: FormHash,
}

/// What publishing a package would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It becomes a new version.
    New,
    /// The same content is published already: nothing happens.
    Already,
}

/// Why a sound package cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The version is published with other content.
    #[error("version {0} is published with other content")]
    Taken(u32),
    /// A later version is published.
    #[error("version {0} is published already; the next is {next}", next = .0 + 1)]
    Older(u32),
}

/// Checks a package whole: files, schema, expressions, translations, and that its golden records come out as they say.
pub fn check(files: BTreeMap<String, Vec<u8>>) -> Result<Form, Vec<Fault>> {
    let package = FormPackage::from_files(files)?;
    let form = Form::compile(package)?;
    let faults: Vec<Fault> =
        form.package().golden_tests().iter().filter_map(|golden| golden_fault(&form, golden)).collect();
    if faults.is_empty() { Ok(form) } else { Err(faults) }
}

/// Where a package stands among the published versions of its form.
pub fn place(version: u32, hash: FormHash, published: &[Published]) -> Result<Step, PublishError> {
    if let Some(same) = published.iter().find(|other| other.version == version) {
        return if same.hash == hash { Ok(Step::Already) } else { Err(PublishError::Taken(same.version)) };
    }
    match published.iter().map(|other| other.version).max() {
        Some(latest) if latest > version => Err(PublishError::Older(latest)),
        _ => Ok(Step::New),
    }
}

fn golden_fault(form: &Form, golden: &Golden) -> Option<Fault> {
    let context = Context { mode: golden.mode, previous: golden.previous.as_ref() };
    let outcome = form.evaluate(&golden.answers, &context);
    let mut found: Vec<(String, String, Severity)> = outcome
        .violations
        .iter()
        .map(|violation| (violation.path.clone(), violation.key.clone(), violation.severity))
        .collect();
    let mut expected: Vec<(String, String, Severity)> = golden
        .expect
        .violations
        .iter()
        .map(|violation| (violation.path.clone(), violation.key.clone(), violation.severity))
        .collect();
    found.sort();
    expected.sort();
    let difference = found
        .iter()
        .find(|violation| !expected.contains(violation))
        .map(|(path, key, _)| {
            (format!("unexpected `{key}` at `{path}`"), format!("“{path}”处出现意外的“{key}”"))
        })
        .or_else(|| {
            expected.iter().find(|violation| !found.contains(violation)).map(|(path, key, _)| {
                (format!("`{key}` is missing at `{path}`"), format!("“{path}”处缺少“{key}”"))
            })
        })
        .or_else(|| {
            golden.expect.calculated.iter().find_map(|(path, value)| {
                // null = absent, as in the format.
                let is = outcome.calculated.get(path).unwrap_or(&serde_json::Value::Null);
                (is != value).then(|| {
                    (
                        format!("`{path}` is {is} instead of {value}"),
                        format!("“{path}”计算得 {is}，应为 {value}"),
                    )
                })
            })
        })?;
    Some(Fault::new(
        "tests",
        golden.name.clone(),
        FaultKind::Golden,
        format!("The golden record comes out otherwise: {}.", difference.0),
        format!("样例记录的结果不符：{}。", difference.1),
    ))
}

#[cfg(test)]
mod place_tests {
    use super::*;

    const SCHEMA: &str = r#"{
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "小表", "type": "object",
      "additionalProperties": false, "properties": { "persons": { "type": "integer", "title": "人数", "minimum": 1 } },
      "x-constraints": []
    }"#;

    fn files(version: u32, maximum: &str, golden: &str) -> BTreeMap<String, Vec<u8>> {
        let form = format!(
            r#"{{"id":"small","version":{version},"engine":1,"kind":"register","entity":"household","title":{{"zh":"小表","en":"Small"}}}}"#
        );
        let schema = SCHEMA.replace("\"minimum\": 1", &format!("\"minimum\": 1{maximum}"));
        [
            ("form.json", form.as_str()),
            ("schema.json", schema.as_str()),
            ("i18n/en.json", r#"{"persons.label":"Persons"}"#),
            ("tests/one.json", golden),
        ]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
        .collect()
    }

    const FINE: &str = r#"{"name":"fine","answers":{"persons":3},"expect":{"violations":[]}}"#;

    #[test]
    fn a_golden_record_that_comes_out_otherwise_is_a_fault() {
        assert!(check(files(1, "", FINE)).is_ok(), "{:?}", check(files(1, "", FINE)).err());
        for (golden, word) in [
            (r#"{"name":"low","answers":{"persons":0},"expect":{"violations":[]}}"#, "unexpected `minimum`"),
            (
                r#"{"name":"none","answers":{"persons":2},"expect":{"violations":[{"path":"persons","key":"minimum","severity":"error"}]}}"#,
                "`minimum` is missing",
            ),
            (
                r#"{"name":"sum","answers":{"persons":2},"expect":{"calculated":{"total":2}}}"#,
                "`total` is nothing",
            ),
        ] {
            let faults = check(files(1, "", golden)).unwrap_err();
            assert_eq!(faults[0].kind, FaultKind::Golden);
            assert!(faults[0].reason_en.contains(word), "{}", faults[0].reason_en);
        }
    }

    #[test]
    fn a_published_version_never_changes() {
        let package = |version, maximum| {
            let form = check(files(version, maximum, FINE)).unwrap_or_else(|faults| panic!("{faults:?}"));
            std::sync::Arc::clone(form.package())
        };
        let (one, other, two) = (package(1, ""), package(1, ",\"maximum\":9"), package(2, ""));
        let published = [Published { version: 1, hash: one.hash() }];
        assert_eq!(place(1, one.hash(), &[]), Ok(Step::New));
        assert_eq!(place(1, one.hash(), &published), Ok(Step::Already));
        assert_eq!(place(1, other.hash(), &published), Err(PublishError::Taken(1)));
        assert_eq!(place(2, two.hash(), &published), Ok(Step::New));
        assert_eq!(
            place(1, one.hash(), &[Published { version: 2, hash: two.hash() }]),
            Err(PublishError::Older(2))
        );
    }
}
