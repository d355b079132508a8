//! `doorstep form test|close|reopen`: test versions (测试版), and whether a version takes new records.

use std::path::Path;

use doorstep_protocol::DeviceId;
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::publishing::Publishing;
use doorstep_server::store::{Scope, SqliteStore, StoreError};
use serde_json::json;

use super::Context;
use super::form::sound;
use super::form_change::scope;
use crate::args;
use crate::output::Failure;

/// Gives a package to chosen phones as a test.
pub(super) fn begin(
    path: &Path,
    devices: &[String],
    user: Option<&str>,
    acting: Option<&str>,
    context: &Context,
) -> Result<(), Failure> {
    let form = sound(path)?;
    let mut chosen = devices.iter().map(|text| device(text)).collect::<Result<Vec<_>, _>>()?;
    let store = context.store()?;
    let scope = scope(&store, acting, context)?;
    if let Some(user) = user {
        chosen.extend(phones_of(&store, &scope, user)?);
    }
    let test = store
        .form_test(&scope, form.package(), &chosen, context.now_ms())
        .map_err(|error| Failure::from(error).at(path.display().to_string()))?;
    let (id, version, count) = (&test.form, test.version, test.devices.len());
    let text = context.output.one_of(
        format!(
            "{id} version {version} goes to {count} phones as a test version at their next sync. What is filled under \
             it is kept and never counted; `doorstep review list --test` shows it."
        ),
        format!(
            "表单 {id} 第 {version} 版作为测试版发给 {count} 台设备，下次同步时送达。用它填写的记录只保留、不统计，可用 \
             doorstep review list --test 查看。"
        ),
    );
    context.output.result(&json!(test), &text);
    Ok(())
}

/// Closes a version to new records, or opens it again.
pub(super) fn open(version: &args::FormVersion, open: bool, context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    let scope = scope(&store, version.acting.as_deref(), context)?;
    let (form, number) = (version.form.as_str(), version.number);
    let changed = store.form_open(&scope, form, number, open, context.now_ms()).map_err(|error| {
        let place = format!("{form}@{number}");
        match error {
            StoreError::NotFound => Failure::new(
                "form_missing",
                format!("There is no version {number} of {form}."),
                format!("没有表单 {form} 第 {number} 版。"),
            )
            .at(place)
            .help("`doorstep form list` shows the versions.", "可用 doorstep form list 查看各版本。"),
            error => Failure::from(error).at(place),
        }
    })?;
    let text = match open {
        false => context.output.one_of(
            format!(
                "{form} version {number} takes no new records; phones hear it at their next sync. Records and drafts of \
                 it stay valid."
            ),
            format!("表单 {form} 第 {number} 版已停止新增记录，设备下次同步时获知；已有记录和草稿仍然有效。"),
        ),
        true => context.output.one_of(
            format!("{form} version {number} takes new records."),
            format!("表单 {form} 第 {number} 版可以新增记录。"),
        ),
    };
    let result = json!({ "form": form, "version": number, "open": open, "changed": changed });
    context.output.result(&result, &text);
    Ok(())
}

fn device(text: &str) -> Result<DeviceId, Failure> {
    text.parse().map_err(|_| {
        Failure::new("bad_option", "This is not a device id.", "这不是设备编号。")
            .at(format!("--device {text}"))
            .help("`doorstep device list` shows the ids.", "可用 doorstep device list 查看设备编号。")
    })
}

/// The phones of a person, revoked ones left out.
fn phones_of(store: &SqliteStore, scope: &Scope, user: &str) -> Result<Vec<DeviceId>, Failure> {
    let listed = store.device_list(scope)?;
    let theirs = listed.into_iter().filter(|view| view.user == user && view.revoked_ms.is_none());
    let ids: Vec<DeviceId> = theirs.map(|view| view.id).collect();
    if ids.is_empty() {
        return Err(Failure::new(
            "no_device",
            format!("{user} has no phone here."),
            format!("{user} 在此没有设备。"),
        )
        .at(format!("--user {user}"))
        .help(
            "`doorstep device list` shows phones and people.",
            "可用 doorstep device list 查看设备和人员。",
        ));
    }
    Ok(ids)
}
