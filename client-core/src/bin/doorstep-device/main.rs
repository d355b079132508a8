//! `doorstep-device`: a headless device on the same core as a phone.

mod args;
mod attach;
mod bundle;
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
    match commands::run(&args, zh).map_err(failure::with_commands) {
        Ok(output) => {
            let text = output.text.trim_end();
            if args.json {
                print_line(&output.json.to_string());
            } else if !text.is_empty() {
                print_line(text);
            }
            ExitCode::SUCCESS
        }
        Err(failure) => {
            if args.json {
                print_line(&failure.to_json(zh).to_string());
            } else {
                eprintln!("{}", failure.text(zh));
            }
            ExitCode::FAILURE
        }
    }
}

/// Prints a line; a reader that went away (`| head`) is no failure of ours.
fn print_line(text: &str) {
    use std::io::Write;
    _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn system_is_chinese() -> bool {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    set.is_some_and(|locale| locale.to_ascii_lowercase().starts_with("zh"))
}
