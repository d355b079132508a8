//! The documents name what exists: every command line parses, every command and every route is named, every folder of the
//! house stands in its plan.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use doorstep::args::Cli;
use doorstep_server::http::router::routes;

use crate::support::repository;

/// Every page for people: its path and its text.
fn pages() -> Vec<(PathBuf, String)> {
    let mut files =
        vec![repository("README.md"), repository("README.zh-CN.md"), repository("schemas/README.md")];
    for folder in ["docs", "docs/adr", "client-core/protocol"] {
        let entries = fs::read_dir(repository(folder)).expect("a folder");
        files.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    files.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("a page"))).collect()
}

/// The words of a command line as a shell reads them; a `#` begins a remark, brackets say that something may be left out.
fn words(line: &str) -> Vec<String> {
    let line = line.split_once(" #").map_or(line, |(before, _)| before);
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), None);
    for sign in line.chars() {
        match (quoted, sign) {
            (Some(quote), _) if sign == quote => quoted = None,
            (None, '\'' | '"') => quoted = Some(sign),
            (None, '[' | ']') => {}
            (None, ' ') => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
            _ => word.push(sign),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    // Where a number is due.
    words.into_iter().map(|word| if word == "VERSION" { "1".to_owned() } else { word }).collect()
}

/// Lines of code blocks that begin with the program, and what stands between backticks in a sentence.
fn lines(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut whole, mut named, mut code) = (Vec::new(), Vec::new(), false);
    for line in text.lines() {
        match line.starts_with("```") {
            true => code = !code,
            false if code => whole.extend(Some(line.trim()).filter(|line| line.starts_with("doorstep "))),
            false => {
                named.extend(line.split('`').skip(1).step_by(2).filter(|part| part.starts_with("doorstep ")))
            }
        }
    }
    (whole, named)
}

#[test]
fn every_command_line_in_the_documents_is_understood() {
    let mut seen = 0;
    for (path, text) in pages() {
        let (whole, named) = lines(&text);
        for line in whole {
            seen += 1;
            if let Err(error) = Cli::try_parse_from(words(line)) {
                panic!("{}: {line}\n{error}", path.display());
            }
        }
        for line in named {
            seen += 1;
            let Err(error) = Cli::try_parse_from(words(line)) else { continue };
            // A sentence may name a command without what it needs.
            let unfinished = matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument
                    | ErrorKind::DisplayHelp
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                    | ErrorKind::MissingSubcommand
            );
            assert!(unfinished, "{}: {line}\n{error}", path.display());
        }
    }
    assert!(seen > 60, "{seen} lines");
}

/// `area import`, `area list`, ... of the whole tree.
fn commands(of: &clap::Command, before: &str, found: &mut BTreeSet<String>) {
    for command in of.get_subcommands().filter(|command| command.get_name() != "help") {
        let name = format!("{before} {}", command.get_name());
        if command.has_subcommands() {
            commands(command, &name, found);
        } else {
            found.insert(name);
        }
    }
}

#[test]
fn operations_names_every_command_and_every_route() {
    let page = fs::read_to_string(repository("docs/operations.md")).expect("docs/operations.md");
    let mut all = BTreeSet::new();
    commands(&Cli::command(), "doorstep", &mut all);
    let missing: Vec<&String> = all.iter().filter(|name| !page.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let told = |line: &String| page.contains(line.as_str());
    let routes = routes().into_iter().map(|route| format!("`{} {}`", route.method, route.path));
    let missing: Vec<String> = routes.filter(|line| !told(line)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_page_of_docs_is_in_the_tables_of_the_readmes_and_every_folder_in_the_plan() {
    let english = fs::read_to_string(repository("README.md")).expect("README.md");
    let chinese = fs::read_to_string(repository("README.zh-CN.md")).expect("README.zh-CN.md");
    for entry in fs::read_dir(repository("docs")).expect("docs") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        let link = format!("(docs/{name})");
        if name.ends_with(".svg") {
            let shown = |page: &str| page.contains(&format!("({name})"));
            assert!(
                fs::read_to_string(repository("docs/performance.md")).is_ok_and(|page| shown(&page)),
                "{name}"
            );
            continue;
        }
        assert!(english.contains(&link) && chinese.contains(&link), "{link} in both readmes");
    }
    let plan = fs::read_to_string(repository("docs/ARCHITECTURE.md")).expect("docs/ARCHITECTURE.md");
    let manifest = fs::read_to_string(repository("Cargo.toml")).expect("Cargo.toml");
    let members = manifest.split_once("members = [").and_then(|(_, rest)| rest.split_once(']'));
    let members = members.expect("members").0.split('"').skip(1).step_by(2);
    for member in members.filter(|member| !member.contains('*')) {
        assert!(plan.contains(&format!("`{member}`")), "{member} in docs/ARCHITECTURE.md");
    }
    let source = fs::read_dir(repository("server/src")).expect("server/src");
    for entry in source.map(|entry| entry.expect("an entry")).filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name().into_string().expect("a name");
        assert!(plan.contains(&format!("`{name}`")), "server/src/{name} in docs/ARCHITECTURE.md");
    }
}
