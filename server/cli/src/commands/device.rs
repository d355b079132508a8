//! `doorstep device invite|list|revoke`.

use doorstep_protocol::DeviceId;
use doorstep_server::accounts::secret::{code_digest, code_text};
use doorstep_server::language::Said;
use doorstep_server::store::accounts::Accounts;
use serde_json::json;

use super::{Context, day_and_time};
use crate::args;
use crate::output::{Failure, table};

/// Where `doorstep serve` listens when it is not told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";

pub(super) fn run(command: args::Device, context: &Context) -> Result<(), Failure> {
    match command {
        args::Device::Invite { user, url } => invite(&user, url, context),
        args::Device::List => list(context),
        args::Device::Revoke { device } => revoke(&device, context),
    }
}

fn invite(user: &str, url: Option<String>, context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    let url = match url {
        Some(url) => url,
        None => match store.server_url()? {
            Some(url) => url,
            None => {
                context.output.remark(&Said::new(
                    format!("note: `doorstep serve` has not run on this folder yet; {DEFAULT_URL} is assumed (see --url)."),
                    format!("提示：该数据目录尚未运行过 doorstep serve，假定地址为 {DEFAULT_URL}（可用 --url 指定）。"),
                ));
                DEFAULT_URL.to_owned()
            }
        },
    };
    let code = code_text(context.random()?);
    let digest = code_digest(&code).ok_or_else(Context::no_random)?;
    let expires_ms = store
        .device_invite(&store.operator_scope(), user, &digest, context.now_ms())
        .map_err(|error| Failure::from(error).at(format!("USER {user}")))?;
    let text = context.output.one_of(
        format!(
            "Code for {user}, once, until {}:\n\n  {code}\n\nOn the phone: doorstep-device enrol {url} {code} --store FILE",
            day_and_time(expires_ms)
        ),
        format!(
            "{user} 的登记码（一次有效，至 {}）：\n\n  {code}\n\n在设备上执行：doorstep-device enrol {url} {code} --store FILE",
            day_and_time(expires_ms)
        ),
    );
    context.output.result(&json!({ "url": url, "code": code, "expires_ms": expires_ms }), &text);
    Ok(())
}

fn list(context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    let devices = store.device_list(&store.operator_scope())?;
    let rows: Vec<Vec<String>> = devices
        .iter()
        .map(|device| {
            vec![
                device.id.to_string(),
                device.user.clone(),
                device.name.clone(),
                day_and_time(device.enrolled_ms),
                device.last_seen_ms.map(day_and_time).unwrap_or_default(),
                device.revoked_ms.map(day_and_time).unwrap_or_default(),
            ]
        })
        .collect();
    let heading = context.output.one_of(
        ["device", "user", "name", "enrolled", "last contact", "revoked"],
        ["设备", "用户", "名称", "登记时间", "最近联系", "停用时间"],
    );
    context.output.result(&json!({ "devices": devices }), &table(&heading, &rows));
    Ok(())
}

fn revoke(device: &str, context: &Context) -> Result<(), Failure> {
    let id: DeviceId = device.parse().map_err(|_| {
        Failure::new(
            "bad_device",
            format!("`{device}` is not a device id."),
            format!("“{device}”不是设备编号。"),
        )
        .at("DEVICE")
        .help("See `doorstep device list`.", "请查看 doorstep device list。")
    })?;
    let store = context.store()?;
    store
        .device_revoke(&store.operator_scope(), id, context.now_ms())
        .map_err(|error| Failure::from(error).at(format!("DEVICE {device}")))?;
    let text = context.output.one_of(format!("{device} revoked."), format!("设备 {device} 已停用。"));
    context.output.result(&json!({ "device": id, "revoked": true }), &text);
    Ok(())
}
