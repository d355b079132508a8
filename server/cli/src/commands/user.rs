//! `doorstep user add|list`.

use std::io::BufRead;

use doorstep_protocol::UserId;
use doorstep_server::accounts::model::NewUser;
use doorstep_server::accounts::password::{PASSWORD_CHARS_MIN, PasswordError, Passwords};
use doorstep_server::accounts::role::Role;
use doorstep_server::language::Said;
use doorstep_server::store::accounts::Accounts;
use serde_json::json;

use super::Context;
use crate::args;
use crate::output::{Failure, table};

pub(super) fn run(command: args::User, context: &Context) -> Result<(), Failure> {
    match command {
        args::User::Add { name, role, areas, password } => add(name, &role, areas, password, context),
        args::User::Post { name, post } => set_post(&name, post.as_deref(), context),
        args::User::List => list(context),
    }
}

fn add(
    name: String,
    role: &str,
    areas: Vec<String>,
    password: args::PasswordFrom,
    context: &Context,
) -> Result<(), Failure> {
    let role: Role = role.parse().map_err(|_| {
        Failure::new("bad_role", format!("`{role}` is not a role."), format!("“{role}”不是有效角色。"))
            .at("--role")
            .help(
                "Use enumerator, supervisor or admin.",
                "可用：enumerator（调查员）、supervisor（审核员）、admin（管理员）。",
            )
    })?;
    let password = read_password(password)?;
    if password.chars().count() < PASSWORD_CHARS_MIN {
        context.output.remark(&Said::new(
            format!("note: the password is short; {PASSWORD_CHARS_MIN} characters or more are safer."),
            format!("提示：密码较短，建议至少 {PASSWORD_CHARS_MIN} 个字符。"),
        ));
    }
    let store = context.store()?;
    let password_phc = Passwords::default().hash(&password, context.random()?).map_err(bad_password)?;
    let at_ms = context.now_ms();
    let id = UserId::mint(u64::try_from(at_ms).unwrap_or_default(), context.random()?);
    let new = NewUser { id, name, role, areas, password_phc, at_ms };
    let user = store.user_add(&store.operator_scope(), &new)?;
    let areas = user.areas.join(", ");
    let text = context.output.one_of(
        format!("{} added as {} of {areas}.", user.name, user.role),
        format!("已添加{}“{}”，管辖区划：{areas}。", role.name_zh(), user.name),
    );
    context.output.result(&json!(user), &text);
    Ok(())
}

fn set_post(name: &str, post: Option<&str>, context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    store.user_post(&store.operator_scope(), name, post)?;
    let text = match post {
        Some(post) => {
            context.output.one_of(format!("{name} is {post} now."), format!("“{name}”的职务：{post}。"))
        }
        None => context.output.one_of(format!("{name} has no post now."), format!("已取消“{name}”的职务。")),
    };
    context.output.result(&json!({ "name": name, "post": post }), &text);
    Ok(())
}

fn read_password(from: args::PasswordFrom) -> Result<String, Failure> {
    if let Some(password) = from.password {
        return Ok(password);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|_| {
        Failure::new("no_password", "Standard input cannot be read as text.", "标准输入无法按文本读取。")
            .at("--password-stdin")
    })?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn bad_password(error: PasswordError) -> Failure {
    match error {
        PasswordError::Length => {
            Failure::new("bad_password", "The password is empty or too long.", "密码为空或过长。")
                .help("Give a password of 1 to 1024 bytes.", "请提供 1 至 1024 字节的密码。")
        }
        PasswordError::Busy | PasswordError::Hash(_) => {
            Failure::new("internal", "The password could not be hashed.", "密码处理失败。")
                .help("Try again; 64 MiB of free memory are needed.", "请重试；需要 64 MiB 可用内存。")
        }
    }
}

fn list(context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    let users = store.user_list(&store.operator_scope())?;
    let rows: Vec<Vec<String>> = users
        .iter()
        .map(|user| vec![user.name.clone(), user.role.to_owned(), user.areas.join(", "), user.id.to_string()])
        .collect();
    let heading = context.output.one_of(["name", "role", "areas", "id"], ["用户名", "角色", "区划", "编号"]);
    context.output.result(&json!({ "users": users }), &table(&heading, &rows));
    Ok(())
}
