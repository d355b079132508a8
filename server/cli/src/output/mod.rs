//! What a command prints: text for a person or one JSON value for a script, in English or Chinese.

mod failure;
mod help;
mod table;
mod usage;
mod wide;

use std::io::Write;

use doorstep_server::language::{Language, Said};
use serde_json::Value;

pub use failure::{Failure, Fault, Told, faults_of};
pub use help::in_chinese;
pub use table::table;
pub use usage::usage_text;
pub use wide::wide_word;

/// How a command speaks.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One JSON value instead of text.
    pub json: bool,
    /// The language of text.
    pub language: Language,
}

impl Output {
    /// The result of a command: `json` for scripts, `text` for people. A reader who is gone is no failure.
    pub fn result(self, json: &Value, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = if self.json {
            writeln!(out, "{json}")
        } else {
            out.write_all(text.trim_end().as_bytes()).and_then(|()| out.write_all(b"\n"))
        };
        let _ = out.flush();
    }

    /// A remark beside the result; never on standard output.
    pub fn remark(self, said: &Said) {
        let _ = writeln!(std::io::stderr().lock(), "{}", said.of(self.language));
    }

    /// A failure: text on standard error, or JSON on standard output where the script reads.
    pub fn failure(self, failure: &Failure) {
        if failure.is_silent() {
            return;
        }
        if self.json {
            self.result(&failure.json(self.language), "");
        } else {
            let _ = write!(std::io::stderr().lock(), "{}", failure.text(self.language));
        }
    }

    /// The English or the Chinese of two.
    pub fn one_of<T>(self, en: T, zh: T) -> T {
        match self.language {
            Language::En => en,
            Language::Zh => zh,
        }
    }
}
