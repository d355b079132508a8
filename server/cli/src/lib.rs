//! The binary `doorstep`: the server and every command of its operator.
//!
//! Words: a *command* does one thing to the data folder and ends with a result or a [`output::Failure`]; both exist as
//! text for a person (English or Chinese) and as one JSON value for a script. Exit codes: 0 done, 1 not done, 2 wrong
//! command line.

pub mod args;
pub mod catalog;
pub mod commands;
pub mod demo;
pub mod output;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use doorstep_server::language::Language;

use args::{Cli, Lang};
use commands::Context;
use output::{Output, in_chinese, usage_text, wide_word};

/// Runs one command line (the program's name first) and gives its exit code.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    let cli = match parse(&words) {
        Ok(cli) => cli,
        Err(error) => return wrong_line(&error, &words),
    };
    let language = cli.global.lang.map_or_else(locale_language, language_of);
    let output = Output { json: cli.global.json, language };
    let context = Context::new(cli.global.data.clone(), output);
    match commands::run(cli.command, &context) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            if let Some(remark) = wide_word(&words) {
                output.remark(&remark);
            }
            ExitCode::from(1)
        }
    }
}

fn parse(words: &[OsString]) -> Result<Cli, clap::Error> {
    let tree = match asked_language(words) {
        Language::En => Cli::command(),
        Language::Zh => in_chinese(Cli::command()),
    };
    Cli::from_arg_matches(&tree.try_get_matches_from(words)?)
}

/// `--help` and `--version` end well; anything else is told on standard error, with exit code 2.
fn wrong_line(error: &clap::Error, words: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let language = asked_language(words);
    eprint!("{}", usage_text(error, language));
    if let Some(remark) = wide_word(words) {
        eprintln!("{}", remark.of(language));
    }
    ExitCode::from(2)
}

/// The language of a line before it is parsed: what `--lang` says, wherever it stands.
fn asked_language(words: &[OsString]) -> Language {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let after =
        words.iter().position(|word| *word == "--lang").and_then(|place| words.get(place + 1).copied());
    match after.or_else(|| words.iter().find_map(|word| word.strip_prefix("--lang="))) {
        Some("zh") => Language::Zh,
        Some("en") => Language::En,
        _ => locale_language(),
    }
}

fn language_of(lang: Lang) -> Language {
    match lang {
        Lang::En => Language::En,
        Lang::Zh => Language::Zh,
    }
}

fn locale_language() -> Language {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .map_or(Language::En, |locale| Language::of_locale(&locale))
}
