//! The commands on a fresh data folder, and beside a running server.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Served, arg, doorstep, doorstep_stdin, repository};
use doorstep_server::source::Machine;
use doorstep_server::store::SqliteStore;
use doorstep_server::store::operations::Operations;
use serde_json::json;

fn with_areas(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let areas = repository("schemas/areas/demo.csv");
    doorstep(&["area", "import", arg(&areas), "--data", arg(&data)]).done();
    data
}

fn add_user(data: &Path, name: &str, role: &str, area: &str) {
    let words =
        ["user", "add", name, "--role", role, "--area", area, "--password-stdin", "--data", arg(data)];
    doorstep_stdin(&words, "correct horse\n").done();
}

#[test]
fn areas_are_imported_once() {
    let folder = tempfile::tempdir().expect("folder");
    let data = with_areas(folder.path());
    let listed = doorstep(&["area", "list", "--json", "--data", arg(&data)]).done().json();
    let count = listed["areas"].as_array().expect("areas").len();
    assert!(count > 30, "{count}");
    assert_eq!(listed["areas"][0]["parent"], json!(null));
    let areas = repository("schemas/areas/demo.csv");
    let again = doorstep(&["area", "import", arg(&areas), "--json", "--data", arg(&data)]).done().json();
    assert_eq!(again, json!({"added": 0, "changed": 0, "unchanged": count}));
    assert!(doorstep(&["area", "list", "--lang", "zh", "--data", arg(&data)]).done().out.contains("青禾镇"));
}

#[cfg(unix)]
#[test]
fn secrets_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let data = with_areas(folder.path());
    let mut files = 0;
    for entry in fs::read_dir(&data).expect("data folder") {
        let entry = entry.expect("entry");
        let mode = entry.metadata().expect("metadata").permissions().mode() & 0o777;
        if entry.metadata().expect("metadata").is_file() {
            assert_eq!(mode & 0o077, 0, "{:?} has {mode:o}", entry.path());
            files += 1;
        }
    }
    assert!(files > 0);
    assert_eq!(fs::metadata(&data).expect("metadata").permissions().mode() & 0o077, 0);
}

#[test]
fn a_form_is_published_once_and_never_changes() {
    let folder = tempfile::tempdir().expect("folder");
    let data = with_areas(folder.path());
    let package = repository("schemas/forms/sample_check/1");
    let words = ["form", "publish", arg(&package), "--json", "--data", arg(&data)];
    let first = doorstep(&words).done().json();
    assert_eq!(
        (&first["form"], &first["version"], &first["already"]),
        (&json!("sample_check"), &json!(1), &json!(false))
    );
    assert_eq!(doorstep(&words).done().json()["already"], json!(true));
    let changed = folder.path().join("changed");
    copy(&package, &changed);
    let manifest = fs::read_to_string(changed.join("form.json")).expect("form.json");
    let other = manifest.replacen("\"version\"", " \"version\"", 1);
    assert_ne!(manifest, other);
    fs::write(changed.join("form.json"), other).expect("write");
    let refused = doorstep(&["form", "publish", arg(&changed), "--json", "--data", arg(&data)]);
    assert_eq!((refused.code, &refused.json()["error"]["kind"]), (1, &json!("conflict")), "{}", refused.out);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("folder");
    for entry in fs::read_dir(from).expect("folder") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copy");
        }
    }
}

#[test]
fn an_invitation_shows_the_last_address_of_the_server() {
    let folder = tempfile::tempdir().expect("folder");
    let data = with_areas(folder.path());
    add_user(&data, "li", "enumerator", "999999100000");
    let words = ["device", "invite", "li", "--json", "--data", arg(&data)];
    let given = doorstep(&[&words[..], &["--url", "https://survey.example"]].concat()).done().json();
    assert_eq!(given["url"], "https://survey.example");
    assert_eq!(given["code"].as_str().map(|code| code.replace('-', "").len()), Some(26));
    let served = Served::start(&data);
    let invited = doorstep(&words).done().json();
    assert_eq!(invited["url"], json!(served.url));
    assert_ne!(invited["code"], given["code"]);
    assert_eq!(served.stop(), Some(0));
    assert_eq!(
        doorstep(&["device", "list", "--json", "--data", arg(&data)]).done().json(),
        json!({"devices": []})
    );
}

#[test]
fn a_running_server_sees_a_new_account_at_once() {
    let folder = tempfile::tempdir().expect("folder");
    let data = with_areas(folder.path());
    add_user(&data, "chen", "admin", "990000000000");
    let served = Served::start(&data);
    let sign_in = |name: &str| {
        let body = json!({"name": name, "password": "correct horse"});
        served.request("POST", "/api/v1/sessions", None, Some(&body))
    };
    let (status, session) = sign_in("chen");
    assert_eq!(status, 201, "{session}");
    let token = session["token"].as_str().expect("token");
    assert_eq!(sign_in("zhao").0, 401);
    add_user(&data, "zhao", "supervisor", "999999100000");
    assert_eq!(sign_in("zhao").0, 201);
    let (_, users) = served.request("GET", "/api/v1/users", Some(token), None);
    let names: Vec<&str> =
        users["users"].as_array().expect("users").iter().filter_map(|user| user["name"].as_str()).collect();
    assert_eq!(names, ["chen", "zhao"]);
    let (status, _) = served.request(
        "POST",
        "/api/v1/users",
        Some(token),
        Some(&json!({"name": "li", "role": "enumerator", "areas": ["999999100000"], "password": "correct horse"})),
    );
    assert_eq!(status, 201);
    let listed = doorstep(&["user", "list", "--json", "--data", arg(&data)]).done().json();
    assert_eq!(listed["users"].as_array().map(Vec::len), Some(3), "the command sees what the server wrote");
    assert_eq!(served.stop(), Some(0));
}

#[test]
fn plain_http_off_loopback_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("data");
    let ran = doorstep(&["serve", "--listen", "0.0.0.0:0", "--data", arg(&data)]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("--behind-proxy"), "{}", ran.err);
}

#[test]
fn the_log_of_a_server_holds_no_passwords_and_tokens() {
    let folder = tempfile::tempdir().expect("folder");
    let data = with_areas(folder.path());
    add_user(&data, "chen", "admin", "990000000000");
    let log = folder.path().join("log");
    let served = Served::start_logging(&data, fs::File::create(&log).expect("log").into());
    let body = json!({"name": "chen", "password": "correct horse"});
    let (_, session) = served.request("POST", "/api/v1/sessions", None, Some(&body));
    let token = session["token"].as_str().expect("token").to_owned();
    let path = "/api/v1/records?text=canary-answer";
    assert_eq!(served.request("GET", path, Some(&token), None).0, 200);
    let invite = json!({"user": "chen"});
    let (_, invited) = served.request("POST", "/api/v1/invites", Some(&token), Some(&invite));
    let code = invited["code"].as_str().expect("code").to_owned();
    assert_eq!(served.stop(), Some(0));
    let log = fs::read_to_string(log).expect("log");
    assert!(log.contains("/api/v1/sessions") && log.contains("request.id"), "the requests are in the log");
    for secret in ["correct horse", token.as_str(), "canary-answer", code.as_str()] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn many_commands_at_once_leave_one_unbroken_log() {
    let folder = tempfile::tempdir().expect("folder");
    let data = with_areas(folder.path());
    let served = Served::start(&data);
    let before = doorstep(&["area", "list", "--json", "--data", arg(&data)]).done().json();
    let before = before["areas"].as_array().map_or(0, Vec::len);
    let children: Vec<_> = (0..8)
        .map(|n| {
            let file = folder.path().join(format!("{n}.csv"));
            fs::write(&file, format!("code,parent,level,name_zh\nnew{n},990000000000,city,新市{n}\n"))
                .expect("file");
            crate::support::command(&["area", "import", arg(&file), "--data", arg(&data)])
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("a command")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    let after = doorstep(&["area", "list", "--json", "--data", arg(&data)]).done().json();
    assert_eq!(after["areas"].as_array().map(Vec::len), Some(before + 8));
    assert_eq!(served.stop(), Some(0));
    let store = SqliteStore::open(&data, &Machine, 0).expect("store");
    assert_eq!(store.log_verify().expect("an unbroken chain"), 9);
}
