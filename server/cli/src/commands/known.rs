//! What a command line names must exist. When it does not, the failure says which word it was, and where to look.
//!
//! The store answers "not found" for whatever lies outside the scope; so do these, in the same words.

use doorstep_records::RecordId;
use doorstep_server::areas::Area;
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::areas::Areas;
use doorstep_server::store::forms::Forms;
use doorstep_server::store::publishing::Publishing;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::{Scope, SqliteStore, StoreError};

use crate::output::Failure;

/// Names shown beside a wrong one.
const SHOWN: usize = 12;

/// The areas of the scope, when `code` is one of them. `option` is the word before it, such as `--area`.
pub(super) fn areas(
    store: &SqliteStore,
    scope: &Scope,
    option: &str,
    code: &str,
) -> Result<Vec<Area>, Failure> {
    let areas = store.area_list(scope)?;
    if areas.iter().any(|area| area.code == code) {
        return Ok(areas);
    }
    Err(Failure::new("area_missing", "There is no such area.", "没有该区划。")
        .at(place(option, code))
        .help("`doorstep area list` shows the areas.", "可用 doorstep area list 查看区划。"))
}

/// The same for an option that need not be there.
pub(super) fn area_asked(store: &SqliteStore, scope: &Scope, code: Option<&str>) -> Result<(), Failure> {
    code.map_or(Ok(()), |code| areas(store, scope, "--area", code).map(drop))
}

/// A form that is published, or given to phones as a test version.
pub(super) fn form(store: &SqliteStore, scope: &Scope, option: &str, id: &str) -> Result<(), Failure> {
    if store.test_list(scope)?.iter().any(|test| test.form == id) {
        return Ok(());
    }
    published(store, scope, option, id).map(drop)
}

/// The newest published version of a form.
pub(super) fn published(store: &SqliteStore, scope: &Scope, option: &str, id: &str) -> Result<u32, Failure> {
    let forms = store.form_list(scope)?;
    let newest = forms.iter().filter(|form| form.form == id).map(|form| form.version).max();
    newest.ok_or_else(|| unpublished(forms.into_iter().map(|form| form.form).collect(), place(option, id)))
}

fn unpublished(mut known: Vec<String>, place: String) -> Failure {
    known.sort();
    known.dedup();
    let failure = Failure::new("form_missing", "There is no such form.", "没有该表单。").at(place);
    known.truncate(SHOWN);
    match known.is_empty() {
        true => failure.help(
            "No form is published yet: `doorstep form publish FOLDER`.",
            "尚未发布任何表单：doorstep form publish 文件夹。",
        ),
        false => failure.help(
            format!("Published are {}; `doorstep form list` shows them.", known.join(", ")),
            format!("已发布：{}；可用 doorstep form list 查看。", known.join("、")),
        ),
    }
}

/// An account, open or closed.
pub(super) fn user(store: &SqliteStore, scope: &Scope, option: &str, name: &str) -> Result<(), Failure> {
    match store.user_list(scope)?.iter().any(|user| user.name == name) {
        true => Ok(()),
        false => Err(nobody(place(option, name))),
    }
}

/// There is no account of this name.
pub(super) fn nobody(place: String) -> Failure {
    Failure::new("not_found", "There is no open account of this name.", "没有该名称的有效账号。")
        .at(place)
        .help("`doorstep user list` shows the accounts.", "可用 doorstep user list 查看账号。")
}

/// A record id.
pub(super) fn record_id(option: &str, text: &str) -> Result<RecordId, Failure> {
    text.parse().map_err(|_| {
        Failure::new("bad_record", format!("`{text}` is not a record id."), format!("“{text}”不是记录编号。"))
            .at(option)
            .help("See `doorstep review list`.", "请查看 doorstep review list。")
    })
}

/// The first of some records that does not exist in the scope.
pub(super) fn missing_record(
    store: &SqliteStore,
    scope: &Scope,
    records: &[RecordId],
) -> Result<Option<RecordId>, Failure> {
    for record in records {
        match store.record_get(scope, *record, &At::Now) {
            Ok(_) => {}
            Err(StoreError::NotFound) => return Ok(Some(*record)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// There is no such record.
pub(super) fn no_record(place: impl Into<String>) -> Failure {
    Failure::new("not_found", "There is no such record.", "没有该记录。")
        .at(place)
        .help("`doorstep review list` shows record ids.", "记录编号见 doorstep review list。")
}

/// `--area 99`, or the word alone where no option stands before it.
pub(super) fn place(option: &str, word: &str) -> String {
    if option.is_empty() { word.to_owned() } else { format!("{option} {word}") }
}
