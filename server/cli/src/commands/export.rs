//! `doorstep export FORM --format csv`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use doorstep_protocol::ProblemKind;
use doorstep_server::export::{ExportError, Options, Written, export_form};
use serde_json::json;

use super::Context;
use crate::args;
use crate::output::{Failure, table};

pub(super) fn run(export: args::Export, context: &Context) -> Result<(), Failure> {
    let args::ExportFormat::Csv = export.format;
    let store = context.settled_store()?;
    let scope = match &export.acting {
        Some(name) => context.acting(&store, Some(name))?,
        None => store.operator_scope(),
    };
    let scope = scope.as_of(export.as_of);
    let options = Options { with_sensitive: export.with_sensitive, valid_at: export.valid_at };
    let Some(folder) = &export.out else {
        let main = format!("{}.csv", export.form);
        let open = |name: &str| Ok(Out::of(name == main));
        let written = export_form(&store, &scope, &export.form, options, open);
        return written.map(drop).map_err(|error| failure(error, &export.form, None));
    };
    let target = Target::of(folder, &export.form);
    fs::create_dir_all(target.folder()).map_err(|error| failure(error.into(), &export.form, Some(folder)))?;
    let open = |name: &str| File::create(target.file(name)).map(BufWriter::new);
    let written = export_form(&store, &scope, &export.form, options, open)
        .map_err(|error| failure(error, &export.form, Some(folder)))?;
    show(&written, &target, context);
    Ok(())
}

/// Where the files go: `--out DIR` takes them under their own names, `--out FILE.csv` takes the records, with the
/// rosters beside it (`FILE.members.csv`).
struct Target<'a> {
    out: &'a Path,
    form: &'a str,
    is_file: bool,
}

impl<'a> Target<'a> {
    fn of(out: &'a Path, form: &'a str) -> Target<'a> {
        let is_file = !out.is_dir() && out.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("csv"));
        Target { out, form, is_file }
    }

    fn folder(&self) -> &Path {
        let parent = || self.out.parent().filter(|parent| !parent.as_os_str().is_empty());
        if self.is_file { parent().unwrap_or(Path::new(".")) } else { self.out }
    }

    fn file(&self, name: &str) -> PathBuf {
        match name.strip_prefix(self.form) {
            Some(rest) if self.is_file => self.out.with_extension(rest.trim_start_matches('.')),
            _ => self.folder().join(name),
        }
    }
}

/// The records go to standard output; rosters have no place there.
enum Out {
    Standard(BufWriter<io::Stdout>),
    Nowhere(io::Sink),
}

impl Out {
    fn of(main: bool) -> Out {
        if main { Out::Standard(BufWriter::new(io::stdout())) } else { Out::Nowhere(io::sink()) }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Out::Standard(out) => out.write(bytes),
            Out::Nowhere(sink) => sink.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Out::Standard(out) => out.flush(),
            Out::Nowhere(sink) => sink.flush(),
        }
    }
}

fn show(written: &[Written], target: &Target<'_>, context: &Context) {
    let path = |file: &Written| target.file(&file.name).display().to_string();
    let files: Vec<_> = written.iter().map(|file| json!({ "file": path(file), "rows": file.rows })).collect();
    let rows: Vec<_> = written.iter().map(|file| vec![path(file), file.rows.to_string()]).collect();
    let heading = context.output.one_of(["file", "rows"], ["文件", "行数"]);
    context.output.result(&json!({ "files": files }), &table(&heading, &rows));
}

fn failure(error: ExportError, form: &str, folder: Option<&Path>) -> Failure {
    match error {
        ExportError::Write(error) => Failure::new(
            "cannot_write",
            format!("The export cannot be written: {error}."),
            format!("无法写入导出文件：{error}。"),
        )
        .at(folder.map_or_else(|| "-".to_owned(), |folder| folder.display().to_string()))
        .help("Check that the folder can be written and has room.", "请检查文件夹的写入权限和剩余空间。"),
        ExportError::Store(error) if error.kind() == ProblemKind::NotFound => {
            Failure::new("form_missing", "There is no such form.", "没有该表单。")
                .at(form)
                .help("`doorstep form list` shows the forms.", "可用 doorstep form list 查看已发布的表单。")
        }
        ExportError::Store(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_file_takes_the_records_and_a_folder_everything() {
        let folder = Target::of(Path::new("out"), "f");
        assert_eq!(folder.file("f.members.csv"), Path::new("out/f.members.csv"));
        let file = Target::of(Path::new("a/register.csv"), "f");
        assert_eq!((file.folder(), file.file("f.csv")), (Path::new("a"), PathBuf::from("a/register.csv")));
        assert_eq!(file.file("f.members.csv"), Path::new("a/register.members.csv"));
        assert_eq!(Target::of(Path::new("x.csv"), "f").folder(), Path::new("."));
    }
}
