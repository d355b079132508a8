//! `lenses/<n>.json`.
//!
//! ```json
//! {"steps": [
//!   {"op": "add", "at": "house/owner", "value": "own"},
//!   {"op": "remove", "at": "old_question"},
//!   {"op": "convert", "at": "land_mu", "to": "decimal", "factor": "0.1"},
//!   {"op": "map_codes", "at": "cause", "codes": {"traffic": "transport"}}
//! ]}
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::convert::{Convert, To};
use crate::fault::{FaultKind, Faults};
use crate::json::Node;
use crate::limits;

/// One lens file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LensFile {
    pub(crate) steps: Vec<Op>,
}

/// One step, at a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    /// A record that has no answer here reads as having this one.
    Add { at: String, value: Json },
    /// The question is gone; its answers are kept and listed apart.
    Remove { at: String },
    /// Answers are read as another kind, or by another measure.
    Convert { at: String, how: Convert },
    /// Codes are read as other codes.
    MapCodes { at: String, codes: BTreeMap<String, String> },
}

/// A step as written.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Written {
    Add {
        at: String,
        value: Json,
    },
    Remove {
        at: String,
    },
    Convert {
        at: String,
        to: To,
        factor: Option<String>,
        r#true: Option<String>,
        r#false: Option<String>,
        unit: Option<String>,
    },
    MapCodes {
        at: String,
        codes: BTreeMap<String, String>,
    },
}

impl From<Written> for Op {
    fn from(written: Written) -> Op {
        match written {
            Written::Add { at, value } => Op::Add { at, value },
            Written::Remove { at } => Op::Remove { at },
            Written::Convert { at, to, factor, r#true: yes, r#false: no, unit } => {
                Op::Convert { at, how: Convert { to, factor, yes, no, unit } }
            }
            Written::MapCodes { at, codes } => Op::MapCodes { at, codes },
        }
    }
}

impl Op {
    /// The template it is about.
    pub(crate) fn at(&self) -> &str {
        match self {
            Op::Add { at, .. } | Op::Remove { at } | Op::Convert { at, .. } | Op::MapCodes { at, .. } => at,
        }
    }
}

impl LensFile {
    /// How answers at a template are converted.
    pub(crate) fn convert(&self, template: &str) -> Option<&Convert> {
        self.steps.iter().find_map(|step| match step {
            Op::Convert { at, how } if at == template => Some(how),
            _ => None,
        })
    }

    /// How the codes of a template are read.
    pub(crate) fn codes(&self, template: &str) -> Option<&BTreeMap<String, String>> {
        self.steps.iter().find_map(|step| match step {
            Op::MapCodes { at, codes } if at == template => Some(codes),
            _ => None,
        })
    }

    /// Whether the answers at a template, or at something it stands in, are kept apart.
    pub(crate) fn removes(&self, template: &str) -> bool {
        let covers =
            |at: &str| template.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.steps.iter().any(|step| matches!(step, Op::Remove { at } if covers(at)))
    }

    /// Answers that records without one read as having.
    pub(crate) fn adds(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.steps.iter().filter_map(|step| match step {
            Op::Add { at, value } => Some((at.as_str(), value)),
            _ => None,
        })
    }
}

/// The version in a file name: `lenses/12.json` -> 12.
fn version(file: &str) -> Option<u32> {
    let stem = file.strip_prefix("lenses/")?.strip_suffix(".json")?;
    let plain = !stem.starts_with('0') && stem.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| stem.parse().ok())?
}

/// Reads one lens file; faults in its form are listed.
pub(crate) fn parse(file: &str, node: &Node, faults: &mut Faults) -> Option<(u32, LensFile)> {
    let mut wrong = |pointer: String, en: String, zh: String| {
        faults.add(file, pointer, FaultKind::Lens, en, zh);
    };
    let Some(version) = version(file) else {
        let en = "a lens file is named after the version it reads, such as lenses/1.json";
        wrong(String::new(), en.into(), "文件名须为所读版本号，如 lenses/1.json".into());
        return None;
    };
    for (key, _) in node.entries().iter().filter(|(key, _)| !matches!(key.as_str(), "steps" | "$comment")) {
        let at = crate::json::join("", key);
        wrong(
            at,
            format!("{key} has no meaning here; a lens has steps"),
            format!("此处不能使用 {key}，只有 steps"),
        );
    }
    let Some(Node::Array(steps)) = node.get("steps") else {
        wrong("/steps".into(), "a lens is an object with a list of steps".into(), "须有 steps 列表".into());
        return None;
    };
    if steps.len() > limits::LENS_STEPS {
        let most = limits::LENS_STEPS;
        wrong("/steps".into(), format!("at most {most} steps"), format!("最多 {most} 步"));
        return None;
    }
    let mut lens = LensFile::default();
    for (i, step) in steps.iter().enumerate() {
        match serde_json::from_value::<Written>(step.to_json()) {
            Ok(step) => lens.steps.push(step.into()),
            Err(error) => {
                let why: String = error.to_string().chars().take(200).collect();
                wrong(format!("/steps/{i}"), why.clone(), format!("此步写法有误：{why}"));
            }
        }
    }
    Some((version, lens))
}
