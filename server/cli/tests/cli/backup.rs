//! `doorstep backup`, `doorstep restore`, `doorstep bundle import`: beside a running server, and with damaged files.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Served, arg, doorstep, doorstep_stdin};

const AREAS: &str =
    "code,parent,level,name_zh,name_en\n99,,county,示例县,Example\n9911,99,town,青禾镇,Qinghe\n";

struct County {
    folder: TempDir,
}

impl County {
    fn new() -> County {
        let county = County { folder: tempfile::tempdir().expect("folder") };
        let areas = county.path("areas.csv");
        fs::write(&areas, AREAS).expect("areas");
        doorstep(&["area", "import", arg(&areas), "--data", arg(&county.data())]).done();
        county.user("chen", "admin");
        county
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn user(&self, name: &str, role: &str) {
        let data = self.data();
        let words =
            ["user", "add", name, "--role", role, "--area", "99", "--password-stdin", "--data", arg(&data)];
        doorstep_stdin(&words, "long enough\n").done();
    }

    fn back_up(&self, name: &str) -> PathBuf {
        let to = self.path(name);
        doorstep(&["backup", "--to", arg(&to), "--data", arg(&self.data())]).done();
        to
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn manifest(backup: &Path) -> Value {
    serde_json::from_slice(&fs::read(backup.join("manifest.json")).expect("manifest")).expect("JSON")
}

#[test]
fn a_backup_is_taken_beside_a_running_server_and_makes_another_server() {
    let county = County::new();
    let attachments = county.data().join("attachments/ab");
    fs::create_dir_all(&attachments).expect("attachments");
    let digest = "1a79a4d60de6718e8e5b326e338ae533aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    fs::write(attachments.join(digest), "not what the name says").expect("attachment");
    fs::write(attachments.join("upload.part"), "half").expect("upload");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    fs::write(attachments.join(empty), "").expect("attachment");
    let server = Served::start(&county.data());
    let to = county.path("backups/monday");
    let taken = doorstep(&["backup", "--to", arg(&to), "--data", arg(&county.data()), "--json"]).done();
    assert!(taken.err.contains(digest), "{}", taken.err);
    assert_eq!(taken.json()["attachments"], 1);
    assert_eq!(names(&to), ["attachments", "doorstep.sqlite", "manifest.json"]);
    assert_eq!(names(&to.join("attachments/ab")), [empty]);
    assert_eq!(names(&county.path("backups")), ["monday"], "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&to), mode(&to.join("doorstep.sqlite"))), (0o700, 0o600));
    }
    let session = |server: &Served| {
        let body = serde_json::json!({"name": "chen", "password": "long enough"});
        server.request("POST", "/api/v1/sessions", None, Some(&body))
    };
    let (status, signed_in) = session(&server);
    assert_eq!(status, 201, "the server works on: {signed_in}");
    drop(server);

    let again = county.path("again");
    let check = doorstep(&["restore", arg(&to), "--verify", "--lang", "zh"]).done();
    assert!(check.out.contains("完整"), "{}", check.out);
    assert!(!county.path("doorstep-data").exists());
    let restored = doorstep(&["restore", arg(&to), "--data", arg(&again), "--json"]).done().json();
    assert_ne!(restored["new_epoch"], restored["epoch"]);
    assert_eq!(names(&again), ["attachments", "doorstep.sqlite"]);
    let server = Served::start(&again);
    assert_eq!(session(&server).0, 201);
    let token = signed_in["token"].as_str().expect("token");
    assert_eq!(server.request("GET", "/api/v1/areas", Some(token), None).0, 401, "sessions ended");
}

#[test]
fn every_damage_is_named_with_its_file_in_both_languages_and_nothing_is_written() {
    let county = County::new();
    fs::create_dir_all(county.data().join("attachments")).expect("attachments");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    fs::write(county.data().join("attachments").join(empty), "").expect("attachment");
    type Spoil = fn(&Path);
    let cases: [(&str, &str, &str, Spoil); 6] = [
        ("missing", "attachments/", "缺失", |backup| {
            fs::remove_dir_all(backup.join("attachments")).expect("gone")
        }),
        ("extra", "stray.txt", "不属于", |backup| {
            fs::write(backup.join("stray.txt"), "x").expect("written")
        }),
        ("size", "doorstep.sqlite", "字节", |backup| {
            let bytes = fs::read(backup.join("doorstep.sqlite")).expect("read");
            fs::write(backup.join("doorstep.sqlite"), &bytes[..bytes.len() - 1]).expect("cut");
        }),
        ("content", "doorstep.sqlite", "SHA-256", |backup| {
            let mut bytes = fs::read(backup.join("doorstep.sqlite")).expect("read");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(backup.join("doorstep.sqlite"), bytes).expect("altered");
        }),
        ("unreadable", "manifest.json", "无法识别", |backup| {
            fs::write(backup.join("manifest.json"), "{\"format\": 1").expect("cut");
        }),
        ("log", "doorstep.sqlite", "日志链", |backup| {
            let mut manifest = manifest(backup);
            manifest["log"]["head"] = "00".into();
            fs::write(backup.join("manifest.json"), manifest.to_string()).expect("altered");
        }),
    ];
    for (kind, file, chinese, spoil) in cases {
        let backup = county.back_up(kind);
        spoil(&backup);
        let target = county.path("target");
        for words in
            [vec!["restore", arg(&backup), "--verify"], vec!["restore", arg(&backup), "--data", arg(&target)]]
        {
            let ran = doorstep(&[&words[..], &["--json"]].concat());
            let error = &ran.json()["error"];
            assert_eq!((ran.code, error["kind"].as_str()), (1, Some("backup_damaged")), "{error}");
            let fault = &error["faults"][0];
            assert_eq!(fault["kind"], kind, "{error}");
            assert!(fault["file"].as_str().expect("file").starts_with(file), "{error}");
            let ran = doorstep(&[&words[..], &["--lang", "zh"]].concat());
            assert!(ran.err.contains(chinese) && ran.err.contains("处理办法"), "{}", ran.err);
            assert!(!target.exists());
        }
    }
}

#[test]
fn what_stands_there_is_never_written_over_and_what_is_no_backup_is_told() {
    let county = County::new();
    let backup = county.back_up("backup");
    let kind = |words: &[&str]| {
        let ran = doorstep(&[words, &["--json"]].concat());
        assert_eq!(ran.code, 1, "{}", ran.out);
        ran.json()["error"]["kind"].as_str().expect("kind").to_owned()
    };
    let data = county.data();
    assert_eq!(kind(&["backup", "--to", arg(&backup), "--data", arg(&data)]), "folder_not_empty");
    assert_eq!(kind(&["restore", arg(&backup), "--data", arg(&data)]), "folder_not_empty");
    assert_eq!(kind(&["restore", arg(&data), "--verify"]), "not_a_backup");
    let nowhere = county.path("nowhere");
    assert_eq!(kind(&["backup", "--to", arg(&county.path("b")), "--data", arg(&nowhere)]), "no_data");
    assert!(!nowhere.exists() && !county.path("b").exists());
    let mut later = manifest(&backup);
    later["schema_version"] = 1_000.into();
    fs::write(backup.join("manifest.json"), later.to_string()).expect("written");
    assert_eq!(kind(&["restore", arg(&backup), "--verify"]), "backup_newer");
    later["format"] = 2.into();
    fs::write(backup.join("manifest.json"), later.to_string()).expect("written");
    assert_eq!(kind(&["restore", arg(&backup), "--verify"]), "backup_newer");
    assert_eq!(doorstep(&["backup", "--data", arg(&data)]).code, 2, "--to is asked for");
}

#[test]
fn a_file_that_is_no_bundle_is_told_in_both_languages() {
    let county = County::new();
    let file = county.path("holiday.jpg");
    fs::write(&file, "a picture").expect("file");
    for (lang, what, help) in
        [("en", "no bundle", "doorstep-device bundle"), ("zh", "不是离线数据包", "请选择")]
    {
        let data = county.data();
        let words = ["bundle", "import", arg(&file), "--data", arg(&data), "--lang", lang];
        let ran = doorstep(&words);
        assert_eq!(ran.code, 1);
        assert!(
            ran.err.contains(what) && ran.err.contains(help) && ran.err.contains("holiday.jpg"),
            "{}",
            ran.err
        );
    }
    let missing = doorstep(&["bundle", "import", "nowhere", "--data", arg(&county.data()), "--json"]);
    assert_eq!((missing.code, missing.json()["error"]["kind"].as_str()), (1, Some("file_failed")));
}
