//! Imports workbooks and tells what became of each; `--all` lists every entry of the report.
//!
//! `cargo run -p doorstep-xlsform --example look -- [--all] FILE...`
#![allow(clippy::print_stdout)]

use std::path::Path;
use std::time::Instant;

use doorstep_forms::{Form, FormPackage};
use doorstep_xlsform::{Options, import};

fn main() {
    let (flags, files): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word == "--all");
    for file in files {
        let path = Path::new(&file);
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("form");
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => {
                println!("{file}: {error}");
                continue;
            }
        };
        let beside = |name: &str| std::fs::read(path.parent()?.join(name)).ok();
        let start = Instant::now();
        let result = import(&bytes, &Options { name, language: None, files: &beside });
        let took = start.elapsed().as_millis();
        match result {
            Err(error) => println!("{file}: REFUSED {} {error} ({took} ms)", error.kind()),
            Ok(imported) => {
                let report = &imported.report;
                let sound = FormPackage::from_files(imported.files.clone()).and_then(Form::compile).is_ok();
                println!(
                    "{file}: OK sound={sound} {} questions, {} groups, cells {:?}, {:?} ({took} ms)",
                    report.questions, report.groups, report.cells, report.counts
                );
                for entry in report.entries.iter().filter(|_| !flags.is_empty()) {
                    println!(
                        "  {:?} {} {} {} {} [{}]",
                        entry.effect, entry.sheet, entry.row, entry.column, entry.reason.en, entry.value
                    );
                }
            }
        }
    }
}
