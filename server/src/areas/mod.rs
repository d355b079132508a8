//! Areas: the administrative tree, and what importing a table does to it.

pub mod succession;
pub mod table;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use succession::Succession;
use table::{AreaLine, TableFault};

use crate::language::Said;

/// A place in the administrative tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Area {
    /// Code: letters, digits and `_`; permanent.
    pub code: String,
    /// Code of the parent; none for a root.
    pub parent: Option<String>,
    /// `province`, `city`, `county`, `town`, `village`, `natural_village`, `group`...
    pub level: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// First day it exists, ISO 8601.
    pub valid_from: Option<String>,
    /// Last day it exists, ISO 8601.
    pub valid_to: Option<String>,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Imported {
    /// Areas that are new.
    pub added: usize,
    /// Areas whose names, level or days changed.
    pub changed: usize,
    /// Areas that were there just so.
    pub unchanged: usize,
}

/// What of a table is to be written: new and changed areas, parents first.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// The areas to write.
    pub areas: Vec<Area>,
    /// What the import does.
    pub imported: Imported,
}

/// What the plan looks up about the tree.
pub trait Tree {
    /// The area of a code, wherever it lies.
    fn area(&self, code: &str) -> Option<Area>;
    /// True when an existing area lies where the caller may change the tree.
    fn reaches(&self, code: &str) -> bool;
    /// True when the caller may make roots.
    fn reaches_all(&self) -> bool;
}

/// Plans the import of a CSV file: all its faults, or what is to be written. What lies outside the caller's reach does
/// not exist for the caller.
pub fn plan(bytes: &[u8], tree: &dyn Tree) -> Result<Plan, Vec<TableFault>> {
    let within = |code: &str| tree.area(code).filter(|_| tree.reaches(code));
    let lines = table::read_areas(bytes, &|code| within(code).map(|area| area.parent))?;
    let mut faults = Vec::new();
    let mut plan = Plan { areas: Vec::new(), imported: Imported { added: 0, changed: 0, unchanged: 0 } };
    for line in lines {
        let known = within(&line.code);
        let elsewhere = known.is_none() && tree.area(&line.code).is_some();
        if elsewhere || (line.parent.is_none() && known.is_none() && !tree.reaches_all()) {
            faults.push(outside(&line));
            continue;
        }
        let area = area_of(line);
        match known {
            Some(same) if same == area => plan.imported.unchanged += 1,
            Some(_) => {
                plan.imported.changed += 1;
                plan.areas.push(area);
            }
            None => {
                plan.imported.added += 1;
                plan.areas.push(area);
            }
        }
    }
    if faults.is_empty() { Ok(plan) } else { Err(faults) }
}

fn outside(line: &AreaLine) -> TableFault {
    TableFault {
        line: line.line,
        column: "code".to_owned(),
        said: Said::new(
            format!("`{}` cannot be placed below your areas.", line.code),
            format!("代码“{}”不在您的管辖区划内。", line.code),
        ),
    }
}

fn area_of(line: AreaLine) -> Area {
    Area {
        code: line.code,
        parent: line.parent,
        level: line.level,
        name_zh: line.name_zh,
        name_en: line.name_en,
        valid_from: line.valid_from,
        valid_to: line.valid_to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Small(Vec<Area>, bool);

    impl Tree for Small {
        fn area(&self, code: &str) -> Option<Area> {
            self.0.iter().find(|area| area.code == code).cloned()
        }
        fn reaches(&self, code: &str) -> bool {
            self.1 || code.starts_with("99")
        }
        fn reaches_all(&self) -> bool {
            self.1
        }
    }

    const FILE: &[u8] = "code,parent,level,name_zh\n99,,county,甲县\n9911,99,town,乙镇\n".as_bytes();

    #[test]
    fn importing_twice_changes_nothing() {
        let first = plan(FILE, &Small(Vec::new(), true)).unwrap();
        assert_eq!(first.imported, Imported { added: 2, changed: 0, unchanged: 0 });
        let mut tree = Small(first.areas, true);
        let again = plan(FILE, &tree).unwrap();
        assert_eq!((again.areas.len(), again.imported.unchanged), (0, 2));
        tree.0[1].name_zh = "旧镇".into();
        let renamed = plan(FILE, &tree).unwrap();
        assert_eq!((renamed.areas[0].code.as_str(), renamed.imported.changed), ("9911", 1));
    }

    #[test]
    fn what_lies_outside_does_not_exist_and_cannot_be_made() {
        let tree = Small(plan(FILE, &Small(Vec::new(), true)).unwrap().areas, false);
        let mut far = tree.0[0].clone();
        far.code = "88".into();
        let tree = Small([tree.0, vec![far]].concat(), false);
        for file in [
            "code,parent,level,name_zh\n88,,county,丙县\n",
            "code,parent,level,name_zh\n77,,county,丁县\n",
            "code,parent,level,name_zh\n8811,88,town,戊镇\n",
        ] {
            assert_eq!(plan(file.as_bytes(), &tree).unwrap_err().len(), 1, "{file}");
        }
        assert!(plan("code,parent,level,name_zh\n9912,99,town,己镇\n".as_bytes(), &tree).is_ok());
    }
}
