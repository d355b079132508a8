//! Wrong input to every command: what, where, what to do, in both languages; nothing is changed.

use std::fs;

use crate::support::{arg, doorstep, repository};

const AREAS: &str =
    "code,parent,level,name_zh,name_en\n99,,county,示例县,Example\n9911,99,town,青禾镇,Qinghe\n";

#[test]
fn a_missing_file_is_told_in_both_languages() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("data");
    for (lang, what, help) in [("en", "does not exist", "Check the path"), ("zh", "不存在", "请检查路径")]
    {
        for command in [["area", "import"], ["form", "check"], ["form", "publish"]] {
            let ran =
                doorstep(&[&command[..], &["nowhere/x", "--data", arg(&data), "--lang", lang]].concat());
            assert_eq!(ran.code, 1, "{command:?}");
            assert!(
                ran.err.contains(what) && ran.err.contains("nowhere/x") && ran.err.contains(help),
                "{}",
                ran.err
            );
            assert_eq!(ran.out, "");
        }
    }
}

#[test]
fn a_wrong_command_line_ends_with_two() {
    for (lang, word) in [("en", "unexpected argument"), ("zh", "未知的参数")] {
        let ran = doorstep(&["area", "list", "--colour", "--lang", lang]);
        assert_eq!(ran.code, 2);
        assert!(ran.err.contains(word), "{}", ran.err);
    }
    let help = doorstep(&["review", "--help", "--lang", "zh"]).done().out;
    assert!(help.contains("退回给调查员修改"), "{help}");
    assert_eq!(doorstep(&["--version"]).done().out.split(' ').next(), Some("doorstep"));
}

#[test]
fn a_broken_form_package_names_every_fault_and_publishes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("data");
    let package = folder.path().join("package");
    fs::create_dir(&package).expect("package");
    fs::write(
        package.join("form.json"),
        r#"{"id":"Bad Name","version":1,"kind":"register","entity":"x","title":{"zh":"表","en":"Form"}}"#,
    )
    .expect("form.json");
    fs::write(
        package.join("schema.json"),
        r#"{"title":"表","type":"object","additionalProperties":false,"properties":{"a":{"anyOf":[]},"b":{"type":"integer","title":"乙","x-relevant":"doc.c ><"}}}"#,
    )
    .expect("schema.json");
    fs::write(package.join("virus.exe"), "x").expect("extra");
    for command in ["check", "publish"] {
        let words = ["form", command, arg(&package), "--data", arg(&data)];
        let ran = doorstep(&[&words[..], &["--json"]].concat());
        assert_eq!(ran.code, 1);
        let failure = ran.json();
        let faults = failure["error"]["faults"].as_array().expect("faults").clone();
        assert!(faults.len() >= 3, "{failure}");
        for fault in &faults {
            assert!(
                fault["reason"].is_string() && fault["pointer"].is_string() && fault["kind"].is_string(),
                "{fault}"
            );
        }
        assert!(faults.iter().any(|fault| fault["file"] == "virus.exe"), "{failure}");
        let zh = doorstep(&[&words[..], &["--lang", "zh"]].concat());
        assert!(zh.err.contains("处错误，未发布任何内容") && zh.err.contains("virus.exe"), "{}", zh.err);
    }
    let listed = doorstep(&["form", "list", "--json", "--data", arg(&data)]).done().json();
    assert_eq!(listed["forms"].as_array().map(Vec::len), Some(0));
}

#[test]
fn bad_area_rows_are_named_and_nothing_is_imported() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("data");
    let file = folder.path().join("areas.csv");
    fs::write(&file, format!("{AREAS}9911,99,town,又一镇,\nx!,99,town,镇,\n77,nowhere,town,镇,\n"))
        .expect("file");
    let ran = doorstep(&["area", "import", arg(&file), "--data", arg(&data), "--json"]);
    assert_eq!(ran.code, 1);
    let failure = ran.json();
    let places: Vec<&str> = failure["error"]["faults"]
        .as_array()
        .expect("faults")
        .iter()
        .filter_map(|fault| fault["pointer"].as_str())
        .collect();
    assert_eq!(places, ["5:code", "4:code", "6:parent"]);
    let zh = doorstep(&["area", "import", arg(&file), "--data", arg(&data), "--lang", "zh"]);
    assert!(zh.err.contains("已在第 3 行出现"), "{}", zh.err);
    let listed = doorstep(&["area", "list", "--json", "--data", arg(&data)]).done().json();
    assert_eq!(listed["areas"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_bad_role_area_name_or_device_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("data");
    let file = folder.path().join("areas.csv");
    fs::write(&file, AREAS).expect("file");
    doorstep(&["area", "import", arg(&file), "--data", arg(&data)]).done();
    let cases: [(&[&str], &str, &str); 6] = [
        (&["user", "add", "li", "--role", "king", "--area", "99", "--password", "p"], "enumerator", "调查员"),
        (&["user", "add", "li", "--role", "admin", "--area", "12", "--password", "p"], "`12`", "“12”"),
        (&["user", "add", "li", "--role", "supervisor", "--password", "p"], "--area", "--area"),
        (&["user", "add", " ", "--role", "admin", "--area", "99", "--password", "p"], "name", "用户名"),
        (&["device", "invite", "nobody"], "nobody", "nobody"),
        (&["device", "revoke", "xyz"], "xyz", "xyz"),
    ];
    for (words, en, zh) in cases {
        for (lang, word) in [("en", en), ("zh", zh)] {
            let ran = doorstep(&[words, &["--data", arg(&data), "--lang", lang]].concat());
            assert_eq!(ran.code, 1, "{words:?}");
            assert!(ran.err.contains(word), "{words:?}: {}", ran.err);
        }
    }
    let listed = doorstep(&["user", "list", "--json", "--data", arg(&data)]).done().json();
    assert_eq!(listed["users"].as_array().map(Vec::len), Some(0));
}

#[test]
fn the_forms_of_the_repository_are_sound() {
    for form in ["household_register", "sample_check"] {
        let path = repository(&format!("schemas/forms/{form}/1"));
        let ran = doorstep(&["form", "check", arg(&path), "--json"]).done().json();
        assert_eq!((ran["ok"].as_bool(), ran["form"].as_str()), (Some(true), Some(form)));
    }
}

#[test]
fn a_data_folder_that_is_none_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("file");
    fs::write(&file, "x").expect("file");
    let garbage = folder.path().join("garbage");
    fs::create_dir(&garbage).expect("folder");
    fs::write(garbage.join("doorstep.sqlite"), vec![0x5A; 8192]).expect("file");
    for (data, en, zh) in [(&file, "made or written", "无法创建"), (&garbage, "cannot be opened", "无法打开")]
    {
        for (lang, word) in [("en", en), ("zh", zh)] {
            let ran = doorstep(&["area", "list", "--data", arg(data), "--lang", lang]);
            assert_eq!(ran.code, 1);
            assert!(ran.err.contains(word) && ran.err.contains(arg(data)), "{}", ran.err);
        }
    }
    assert_eq!(
        fs::read(garbage.join("doorstep.sqlite")).expect("kept"),
        vec![0x5A; 8192],
        "nothing is overwritten"
    );
}
