//! `doorstep form new | render | editor-schemas`: help for those who write forms.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use doorstep_forms::{FORM_META_SCHEMA, FormPackage, editor_schema};
use doorstep_server::print;
use serde_json::json;

use super::Context;
use super::files::write_file;
use super::form::{fault, sound};
use crate::args::FormKind;
use crate::output::Failure;

/// Writes a small package that passes the check, to be changed by its author.
pub(super) fn new(id: &str, kind: FormKind, out: &Path, context: &Context) -> Result<(), Failure> {
    let files = starter(id, kind);
    // What is written is what the check has seen; a wrong id is told here.
    if let Err(faults) = FormPackage::from_files(files.clone()) {
        return Err(Failure::new(
            "form_faulty",
            "A form of this name cannot be begun.",
            "不能以此名称新建表单。",
        )
        .at(id)
        .help(
            "An id is lower-case letters, digits and _, such as pension_visit.",
            "编号只能用小写字母、数字和下划线，如 pension_visit。",
        )
        .faults(faults.into_iter().map(fault)));
    }
    if out.exists() && fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::new("folder_in_use", "The folder is not empty.", "文件夹不是空的。")
            .at(out.display().to_string())
            .help("Name a new folder.", "请指定新的文件夹。"));
    }
    for (name, content) in &files {
        write_file(&out.join(name), content)?;
    }
    let place = out.display().to_string();
    let text = context.output.one_of(
        format!("A form to begin with is in {place}. Check it with `doorstep form check {place}`; docs/form-format.md explains it."),
        format!("表单样例已写入 {place}。可用 doorstep form check {place} 检查；格式说明见 docs/form-format.md。"),
    );
    let names: Vec<&String> = files.keys().collect();
    context.output.result(&json!({ "form": id, "folder": place, "files": names }), &text);
    Ok(())
}

fn starter(id: &str, kind: FormKind) -> BTreeMap<String, Vec<u8>> {
    let (kind, subject) = match kind {
        FormKind::Register => ("register", "none"),
        FormKind::Event => ("event", "required"),
    };
    let texts = [
        ("form.json", include_str!("starter/form.json")),
        ("schema.json", include_str!("starter/schema.json")),
        ("ui.json", include_str!("starter/ui.json")),
        ("i18n/en.json", include_str!("starter/en.json")),
        ("tests/first.json", include_str!("starter/golden.json")),
    ];
    let filled = |text: &str| {
        text.replace("@ID@", &id.replace(['"', '\\'], "_"))
            .replace("@KIND@", kind)
            .replace("@SUBJECT@", subject)
    };
    texts.into_iter().map(|(name, text)| (name.to_owned(), filled(text).into_bytes())).collect()
}

/// The printable questionnaire of a package folder.
pub(super) fn render(path: &Path, out: &Path, context: &Context) -> Result<(), Failure> {
    let form = sound(path)?;
    super::print::page(&print::questionnaire(&form, context.output.language), Some(out), context)
}

/// The JSON Schemas by which an editor completes and checks form.json and schema.json.
pub(super) fn editor_schemas(out: &Path, context: &Context) -> Result<(), Failure> {
    let schema = serde_json::to_string_pretty(&editor_schema()).unwrap_or_default() + "\n";
    let files = [("form.schema.json", FORM_META_SCHEMA.to_owned()), ("form-schema.schema.json", schema)];
    for (name, content) in &files {
        write_file(&out.join(name), content.as_bytes())?;
    }
    let place = out.display().to_string();
    let text = context.output.one_of(
        format!(
            "Written to {place}: form.schema.json for form.json, form-schema.schema.json for schema.json."
        ),
        format!(
            "已写入 {place}：form.schema.json 用于 form.json，form-schema.schema.json 用于 schema.json。"
        ),
    );
    let names = files.map(|(name, _)| name);
    context.output.result(&json!({ "folder": place, "files": names }), &text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use doorstep_forms::Form;

    use super::*;

    #[test]
    fn both_kinds_pass_the_check_with_their_golden_records() {
        for kind in [FormKind::Register, FormKind::Event] {
            let package = FormPackage::from_files(starter("pension_visit", kind))
                .unwrap_or_else(|faults| panic!("{faults:#?}"));
            let form = Form::compile(package).unwrap_or_else(|faults| panic!("{faults:#?}"));
            let results = form.check_goldens();
            assert!(results.iter().all(|result| result.passed()), "{results:#?}");
        }
        assert!(FormPackage::from_files(starter("Pension visit", FormKind::Event)).is_err());
        assert!(FormPackage::from_files(starter("a\",\"x\":\"", FormKind::Event)).is_err());
    }
}
