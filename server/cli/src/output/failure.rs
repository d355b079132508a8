//! A command that did not do what was asked: what, where, what to do, in both languages.

use std::ops::Deref;

use doorstep_server::language::{Language, Said};
use serde_json::{Value, json};

/// Why a command failed, for a person and for a script.
#[derive(Debug, Clone)]
pub struct Failure(Box<Told>);

/// What a failure tells.
#[derive(Debug, Clone)]
pub struct Told {
    /// Stable word for scripts, such as `file_missing`.
    pub kind: &'static str,
    /// What happened.
    pub what: Said,
    /// Where: a file, a record, an option.
    pub place: Option<String>,
    /// What to do now.
    pub help: Option<Said>,
    /// Every wrong place, when there can be many.
    pub faults: Vec<Fault>,
    /// Lines for a person between the places and what to do.
    pub lines: Option<Said>,
    /// What a script can go on with, by name.
    pub members: Vec<(&'static str, Value)>,
}

/// One wrong place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// File, relative to what was given, when there are several.
    pub file: Option<String>,
    /// JSON pointer, `line:column`, path of an answer.
    pub pointer: String,
    /// Stable word for scripts, when the fault has one.
    pub kind: Option<String>,
    /// What is wrong and what to do.
    pub reason: Said,
    /// Line and column in the file.
    pub place: Option<(u32, Option<u32>)>,
    /// The faulty expression, and under it a caret.
    pub excerpt: Option<String>,
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(kind: &'static str, en: impl Into<String>, zh: impl Into<String>) -> Failure {
        let what = Said::new(en, zh);
        Failure(Box::new(Told {
            kind,
            what,
            place: None,
            help: None,
            faults: Vec::new(),
            lines: None,
            members: Vec::new(),
        }))
    }

    /// Tells it in other words.
    pub fn saying(mut self, what: Said) -> Failure {
        self.0.what = what;
        self
    }

    /// The command has told already what failed; only the exit code is left.
    pub fn silent() -> Failure {
        Failure::new("told", "", "")
    }

    /// True when there is nothing more to tell.
    pub fn is_silent(&self) -> bool {
        self.kind == "told"
    }

    /// Adds where it happened.
    pub fn at(mut self, place: impl Into<String>) -> Failure {
        self.0.place = Some(place.into());
        self
    }

    /// Adds what to do.
    pub fn help(mut self, en: impl Into<String>, zh: impl Into<String>) -> Failure {
        self.0.help = Some(Said::new(en, zh));
        self
    }

    /// Adds wrong places.
    pub fn faults(mut self, faults: impl IntoIterator<Item = Fault>) -> Failure {
        self.0.faults.extend(faults);
        self
    }

    /// Adds lines for a person.
    pub fn lines(mut self, lines: Said) -> Failure {
        self.0.lines = Some(lines);
        self
    }

    /// Adds something for a script.
    pub fn member(mut self, name: &'static str, value: Value) -> Failure {
        self.0.members.push((name, value));
        self
    }

    /// For a person.
    pub fn text(&self, language: Language) -> String {
        let (error, place, help) = match language {
            Language::En => ("error: ", "  where: ", "  what to do: "),
            Language::Zh => ("错误：", "  位置：", "  处理办法："),
        };
        let mut text = format!("{error}{}\n", self.what.of(language));
        if let Some(at) = &self.place {
            text.push_str(&format!("{place}{at}\n"));
        }
        for fault in &self.faults {
            text.push_str(&format!("  {}\n", fault.text(language)));
        }
        if let Some(lines) = &self.lines {
            text.push_str(&format!("{}\n", lines.of(language).trim_end()));
        }
        if let Some(said) = &self.help {
            text.push_str(&format!("{help}{}\n", said.of(language)));
        }
        text
    }

    /// For a script: `{"error": {...}}`.
    pub fn json(&self, language: Language) -> Value {
        let mut error = json!({ "kind": self.kind, "message": self.what.of(language) });
        if let Some(place) = &self.place {
            error["where"] = json!(place);
        }
        if let Some(help) = &self.help {
            error["help"] = json!(help.of(language));
        }
        if !self.faults.is_empty() {
            error["faults"] = self.faults.iter().map(|fault| fault.json(language)).collect();
        }
        for (name, value) in &self.members {
            error[*name] = value.clone();
        }
        json!({ "error": error })
    }
}

impl Deref for Failure {
    type Target = Told;
    fn deref(&self) -> &Told {
        &self.0
    }
}

impl Fault {
    /// `file#pointer: reason`.
    pub fn text(&self, language: Language) -> String {
        let colon = if language == Language::Zh { "：" } else { ": " };
        let reason = self.reason.of(language);
        let place = match self.place {
            Some((line, Some(column))) => format!(":{line}:{column}"),
            Some((line, None)) => format!(":{line}"),
            None => String::new(),
        };
        let mut text = match (&self.file, self.pointer.is_empty()) {
            (Some(file), true) => format!("{file}{place}{colon}{reason}"),
            (Some(file), false) => format!("{file}{place}#{}{colon}{reason}", self.pointer),
            (None, true) => reason.to_owned(),
            (None, false) => format!("{}{colon}{reason}", self.pointer),
        };
        for line in self.excerpt.iter().flat_map(|excerpt| excerpt.lines()) {
            text.push_str(&format!("\n      {line}"));
        }
        text
    }

    /// `{"file", "pointer", "kind", "reason", "line", "column", "excerpt"}`.
    pub fn json(&self, language: Language) -> Value {
        let mut fault = json!({ "pointer": self.pointer, "reason": self.reason.of(language) });
        if let Some(file) = &self.file {
            fault["file"] = json!(file);
        }
        if let Some(kind) = &self.kind {
            fault["kind"] = json!(kind);
        }
        if let Some((line, column)) = self.place {
            fault["line"] = json!(line);
            fault["column"] = json!(column);
        }
        if let Some(excerpt) = &self.excerpt {
            fault["excerpt"] = json!(excerpt);
        }
        fault
    }
}

/// `1 fault`, `3 faults`.
pub fn faults_of(count: usize) -> String {
    format!("{count} fault{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_where_and_what_to_do_in_both_languages() {
        let failure = Failure::new("file_missing", "The file does not exist.", "文件不存在。")
            .at("areas.csv")
            .help("Check the path.", "请检查路径。")
            .faults([Fault {
                file: Some("schema.json".into()),
                pointer: "/properties/a".into(),
                kind: None,
                reason: Said::new("Unknown keyword.", "未知关键字。"),
                place: None,
                excerpt: None,
            }]);
        assert_eq!(
            failure.text(Language::En),
            "error: The file does not exist.\n  where: areas.csv\n  schema.json#/properties/a: Unknown keyword.\n  what to do: Check the path.\n"
        );
        assert!(failure.text(Language::Zh).starts_with("错误：文件不存在。\n  位置：areas.csv\n"));
        let json = failure.json(Language::Zh);
        assert_eq!(json["error"]["faults"][0]["pointer"], "/properties/a");
        assert_eq!(json["error"]["message"], "文件不存在。");
    }
}
