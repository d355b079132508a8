//! What can be wrong with a form package. All faults are listed at once; a faulty package is not published.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::expr::ExprError;
use crate::limits;
use crate::locate::locate;

/// The text of a faulty expression and the character it goes wrong at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The expression as written.
    pub text: String,
    /// Counted in characters from 0.
    pub position: usize,
}

impl Excerpt {
    /// The line of the expression that goes wrong, and under it a caret. Wide characters take two columns on a terminal.
    pub fn with_caret(&self) -> String {
        let mut start = 0;
        let mut lines = self.text.split('\n');
        let mut line = lines.next().unwrap_or_default();
        for next in lines {
            let end = start + line.chars().count();
            if self.position <= end {
                break;
            }
            (start, line) = (end + 1, next);
        }
        let shown: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let before = line.chars().take(self.position.saturating_sub(start));
        let width: usize = before.map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum();
        format!("{shown}\n{}^", " ".repeat(width))
    }
}

/// One thing wrong with a package, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// File inside the package, such as `schema.json`; empty when the package as a whole is meant.
    pub file: String,
    /// JSON pointer inside the file (`/properties/land`), or `line 7` in a code list.
    pub pointer: String,
    /// What kind of fault; stable.
    pub kind: FaultKind,
    /// Line in the file, from 1; none where the file as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The expression that is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Excerpt>,
    /// One plain sentence in English.
    pub reason_en: String,
    /// The same in Chinese.
    pub reason_zh: String,
}

impl Fault {
    /// A fault at a place of a file, its line and column not looked up.
    pub fn new(
        file: &str,
        pointer: impl Into<String>,
        kind: FaultKind,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) -> Fault {
        Fault {
            file: file.to_string(),
            pointer: pointer.into(),
            kind,
            line: None,
            column: None,
            excerpt: None,
            reason_en: en.into(),
            reason_zh: zh.into(),
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{} [{}] {}", self.file, self.pointer, self.kind.code(), self.reason_en)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $code:literal;)*) => {
        /// The kinds of faults. The codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FaultKind { $($(#[$doc])* $variant),* }

        impl FaultKind {
            /// The stable code, as serialised.
            pub fn code(self) -> &'static str {
                match self { $(FaultKind::$variant => $code),* }
            }
        }
    };
}

kinds! {
    /// A file that has no place in a package.
    UnexpectedFile "unexpected_file";
    /// A file that must be there is not.
    MissingFile "missing_file";
    /// A file, list or string over its limit.
    TooLarge "too_large";
    /// Not UTF-8.
    NotUtf8 "not_utf8";
    /// Starts with a byte order mark.
    ByteOrderMark "byte_order_mark";
    /// Holds a NUL character.
    Nul "nul";
    /// Not JSON, or not CSV.
    Syntax "syntax";
    /// An object with the same key twice.
    DuplicateKey "duplicate_key";
    /// Nested deeper than the limit.
    TooDeep "too_deep";
    /// A keyword outside the profile.
    Keyword "keyword";
    /// A keyword with a value outside the profile.
    KeywordValue "keyword_value";
    /// A reference out of this file.
    RemoteRef "remote_ref";
    /// A reference to nothing.
    UnknownRef "unknown_ref";
    /// References in a circle.
    RefLoop "ref_loop";
    /// More subschemas than the limit, every reference counted as a copy.
    TooManySubschemas "too_many_subschemas";
    /// A pattern that is too long or not of the linear-time engine.
    Pattern "pattern";
    /// A property name or code outside the allowed characters.
    Name "name";
    /// A question whose type cannot be told, or whose keywords contradict each other.
    Question "question";
    /// Rosters nested too deeply.
    NestedRoster "nested_roster";
    /// An expression that cannot be parsed or is of the wrong type.
    Expression "expression";
    /// Calculations or relevances that depend on each other.
    Cycle "cycle";
    /// A constraint with a wrong location or a key used twice.
    Constraint "constraint";
    /// A list in `x-codes`, or a roster in `x-row-of`, that does not exist.
    UnknownList "unknown_list";
    /// A code list with a wrong row.
    CodeList "code_list";
    /// A code in `x-transitions` that the question does not have.
    Transition "transition";
    /// A wrong `x-preload`.
    Preload "preload";
    /// Something shown that reads a hidden answer.
    HiddenLeak "hidden_leak";
    /// A text without translation, or with letters of the wrong language.
    Translation "translation";
    /// `form.json` says something wrong.
    Manifest "manifest";
    /// `ui.json` refers to something wrong.
    Layout "layout";
    /// A golden record that cannot be read.
    Golden "golden";
    /// A wrong `x-from`, or a lens file that says something wrong.
    Lens "lens";
    /// A transport encoding that cannot be read.
    Encoding "encoding";
}

/// Collects faults up to a limit.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(
        &mut self,
        file: &str,
        pointer: impl Into<String>,
        kind: FaultKind,
        en: impl Into<String>,
        zh: impl Into<String>,
    ) {
        if self.list.len() < crate::limits::FAULTS {
            let fault = Fault::new(file, pointer, kind, en, zh);
            if !self.list.contains(&fault) {
                self.list.push(fault);
            }
        }
    }

    /// An expression that cannot be used, with the character it goes wrong at.
    pub(crate) fn expression(&mut self, file: &str, pointer: &str, text: &str, error: &ExprError) {
        let count = self.list.len();
        self.add(file, pointer, FaultKind::Expression, error.to_string(), error.zh());
        if let Some(fault) = self.list.get_mut(count) {
            fault.excerpt = Some(Excerpt { text: text.to_string(), position: error.position });
        }
    }

    /// An expression that is of the wrong type as a whole.
    pub(crate) fn whole_expression(&mut self, file: &str, pointer: &str, text: &str, en: String, zh: String) {
        let count = self.list.len();
        self.add(file, pointer, FaultKind::Expression, en, zh);
        if let Some(fault) = self.list.get_mut(count) {
            fault.excerpt = Some(Excerpt { text: text.to_string(), position: 0 });
        }
    }

    /// Finds line and column of the faults in the files as they were given.
    pub(crate) fn find_places(&mut self, files: &BTreeMap<String, Vec<u8>>) {
        for fault in &mut self.list {
            let Some(content) = files.get(&fault.file).filter(|c| c.len() <= limits::CODES_BYTES) else {
                continue;
            };
            let place = match fault.pointer.strip_prefix("line ") {
                Some(line) => line.parse().ok().map(|line| (line, None)),
                None if fault.pointer.is_empty() => None,
                None => std::str::from_utf8(content)
                    .ok()
                    .and_then(|text| locate(text, &fault.pointer))
                    .map(|(line, column)| (line, Some(column))),
            };
            if let Some((line, column)) = place {
                (fault.line, fault.column) = (Some(line), column);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn has(&self, test: impl Fn(&Fault) -> bool) -> bool {
        self.list.iter().any(test)
    }

    /// The faults sorted by place.
    pub(crate) fn into_list(mut self) -> Vec<Fault> {
        self.list.sort_by(|a, b| (&a.file, &a.pointer, a.kind).cmp(&(&b.file, &b.pointer, b.kind)));
        self.list
    }
}
