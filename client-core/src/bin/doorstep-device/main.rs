//! `doorstep-device`: a headless device on the same core as a phone.

mod args;
mod commands;
mod failure;
mod rows;
mod show;
mod words;

use std::process::ExitCode;

use clap::Parser;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    // What goes on inside is for the one who asks: RUST_LOG=debug.
    _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .try_init();
    let zh = match &args.lang {
        Some(lang) => lang == "zh",
        None => system_is_chinese(),
    };
    match commands::run(&args, zh) {
        Ok(output) => {
            if args.json {
                println!("{}", output.json);
            } else if !output.text.is_empty() {
                println!("{}", output.text.trim_end());
            }
            ExitCode::SUCCESS
        }
        Err(failure) => {
            if args.json {
                println!("{}", failure.to_json(zh));
            } else {
                eprintln!("{}", failure.text(zh));
            }
            ExitCode::FAILURE
        }
    }
}

fn system_is_chinese() -> bool {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    set.is_some_and(|locale| locale.to_ascii_lowercase().starts_with("zh"))
}
