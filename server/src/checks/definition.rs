//! A check as read from its file.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::reports::definition::{Fault, Words};

/// One file of `schemas/rules/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckDefinition {
    /// Always 1.
    pub format: u32,
    /// Name of the check, and key of its flags.
    pub key: String,
    /// The form whose records are looked at and flagged.
    pub form: String,
    /// What is wrong, for a person.
    pub message: Words,
    /// The answer that the flag points at; within `each` inside the row. Empty: the whole record.
    #[serde(default)]
    pub path: String,
    /// Which records are looked at; all when absent.
    #[serde(default, rename = "where")]
    pub filter: Option<String>,
    /// Looks at each open row of this roster.
    #[serde(default)]
    pub each: Option<String>,
    /// Other records that stand beside the one looked at, by name.
    #[serde(default)]
    pub lists: BTreeMap<String, ListDefinition>,
    /// Whether `earlier`, what was approved of the record before, is asked for.
    #[serde(default)]
    pub earlier: bool,
    /// True where something is wrong.
    pub wrong: String,
}

/// Records of a form that belong to the one looked at, because two texts are equal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListDefinition {
    /// Their form.
    pub form: String,
    /// Which of them count.
    #[serde(default, rename = "where")]
    pub filter: Option<String>,
    /// Text, or list of texts, of theirs...
    pub theirs: String,
    /// ... that equals this text of the record looked at.
    pub mine: String,
    /// What is kept of each: the item of the list.
    pub keep: String,
}

impl CheckDefinition {
    /// Reads one file.
    ///
    /// # Errors
    /// The fault, when the file is no check.
    pub fn read(file: &str, text: &str) -> Result<CheckDefinition, Fault> {
        let fault = |pointer: &str, zh: String, en: String| Fault {
            file: file.to_owned(),
            pointer: pointer.to_owned(),
            reason: Words { zh, en },
        };
        let check: CheckDefinition = serde_json::from_str(text).map_err(|error| {
            fault("", format!("不是核对规则：{error}"), format!("this is no check: {error}"))
        })?;
        if check.format != 1 {
            return Err(fault("/format", "只支持格式 1".to_owned(), "only format 1 is known".to_owned()));
        }
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if check.key.is_empty() || check.key.len() > 64 || !check.key.bytes().all(plain) {
            return Err(fault("/key", "名称不合规定".to_owned(), "this is not a usable name".to_owned()));
        }
        if check.message.zh.trim().is_empty() || check.message.en.trim().is_empty() {
            let (zh, en) = ("中英文都须填写", "words in both languages are due");
            return Err(fault("/message", zh.to_owned(), en.to_owned()));
        }
        Ok(check)
    }

    /// Reads several files; faults of all of them, also a key used twice.
    ///
    /// # Errors
    /// Every fault.
    pub fn read_all<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Vec<CheckDefinition>, Vec<Fault>> {
        let (mut checks, mut faults) = (Vec::<CheckDefinition>::new(), Vec::new());
        for (file, text) in files {
            match CheckDefinition::read(file, text) {
                Ok(check) if checks.iter().any(|other| other.key == check.key) => faults.push(Fault {
                    file: file.to_owned(),
                    pointer: "/key".to_owned(),
                    reason: Words {
                        zh: format!("{} 重复", check.key),
                        en: format!("{} is used twice", check.key),
                    },
                }),
                Ok(check) => checks.push(check),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(checks) } else { Err(faults) }
    }
}
