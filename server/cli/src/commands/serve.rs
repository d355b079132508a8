//! `doorstep serve`.

use std::net::SocketAddr;
use std::time::Duration;

use doorstep_server::app::AppState;
use doorstep_server::http::serve::stop_signal;
use doorstep_server::store::SqliteStore;
use doorstep_server::store::accounts::Accounts;
use doorstep_server::{background, http};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Context;
use crate::args;
use crate::catalog::{check_set, report_set};
use crate::output::Failure;

pub(super) fn run(serve: args::Serve, context: &Context) -> Result<(), Failure> {
    if !serve.listen.ip().is_loopback() && !serve.behind_proxy {
        return Err(Failure::new(
            "plain_http",
            "The server speaks plain HTTP and is not offered to other machines without TLS.",
            "服务器使用明文 HTTP，未加 TLS 时不对其他机器开放。",
        )
        .at(format!("--listen {}", serve.listen))
        .help(
            "Listen on 127.0.0.1 behind a proxy that ends TLS, or say --behind-proxy when the proxy is on another machine.",
            "请监听 127.0.0.1 并在前面设置终止 TLS 的代理；代理在其他机器上时请加 --behind-proxy。",
        ));
    }
    log_to_stderr(context);
    let runtime = doorstep_server::runtime::build().map_err(|error| {
        Failure::new("internal", format!("No runtime: {error}."), format!("无法启动运行环境：{error}。"))
    })?;
    runtime.block_on(listen(serve, context))
}

async fn listen(serve: args::Serve, context: &Context) -> Result<(), Failure> {
    let store = context.store()?;
    let listener =
        TcpListener::bind(serve.listen).await.map_err(|error| no_listener(serve.listen, &error))?;
    let address = listener.local_addr().map_err(|error| no_listener(serve.listen, &error))?;
    let url = serve.url.unwrap_or_else(|| format!("http://{address}"));
    store.server_url_set(&url)?;
    let watched = store.clone();
    let state = AppState::new(store).with_reports(report_set()?).with_checks(check_set()?);
    let (stop, stopped) = watch::channel(false);
    let signal = stop_signal().map_err(|error| {
        Failure::new("internal", format!("No signals: {error}."), format!("无法接收信号：{error}。"))
    })?;
    let failing = watched.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = signal => {}
            () = disk_failure(&failing) => {}
        }
        let _ = stop.send(true);
    });
    let reconciling = tokio::spawn(background::reconcile(state.clone(), stopped.clone()));
    let text = context.output.one_of(
        format!("Doorstep listens on {url}. Stop with Ctrl-C."),
        format!("Doorstep 正在监听 {url}，按 Ctrl-C 停止。"),
    );
    context.output.result(&json!({ "url": url, "listen": address.to_string() }), &text);
    http::serve::serve(listener, http::router::router(state), stopped).await;
    let _ = reconciling.await;
    if watched.has_failed() { Err(disk_failed().at(context.data.display().to_string())) } else { Ok(()) }
}

/// How often the server looks whether its disk has failed. Nothing is acknowledged in between.
const LOOK: Duration = Duration::from_millis(100);

/// Resolves when the disk has failed under a commit. After that nobody knows what it holds, and a sync that is tried again
/// says nothing: the process ends, and a new one reads what is there.
async fn disk_failure(store: &SqliteStore) {
    while !store.has_failed() {
        tokio::time::sleep(LOOK).await;
    }
}

fn disk_failed() -> Failure {
    Failure::new(
        "disk_failed",
        "The disk failed while something was made durable. It was not acknowledged, and the server has stopped.",
        "磁盘在写入时出错，该次写入未确认，服务器已停止。",
    )
    .help(
        "Everything acknowledged before is safe. Look at the system's log for the disk, then start the server again.",
        "此前已确认的数据完好。请查看系统日志中的磁盘错误，然后重新启动服务器。",
    )
}

/// The server's own log: standard error, `RUST_LOG` decides how much (warnings and requests by default).
fn log_to_stderr(context: &Context) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber in one process is not ours to replace.
    let _ = if context.output.json { log.json().try_init() } else { log.with_target(false).try_init() };
}

fn no_listener(address: SocketAddr, error: &std::io::Error) -> Failure {
    Failure::new(
        "cannot_listen",
        format!("The address cannot be listened on: {error}."),
        format!("无法监听该地址：{error}。"),
    )
    .at(format!("--listen {address}"))
    .help("Choose another port, or stop the program that holds it.", "请换一个端口，或停止占用该端口的程序。")
}
