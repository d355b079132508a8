//! The listener: requests in hand are finished when the server stops, and headers have a size.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use doorstep_server::http::serve::serve;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

/// One request on a connection of its own; everything that is answered until it is closed.
async fn ask(address: SocketAddr, head: String) -> String {
    let asked = tokio::task::spawn_blocking(move || {
        let mut stream = std::net::TcpStream::connect(address)?;
        // A server that refuses large headers may close before it has read them all.
        let _ = stream.write_all(head.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    });
    asked.await.expect("joined").expect("connected")
}

#[tokio::test]
async fn a_request_in_hand_is_finished_and_no_new_one_is_taken() {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, wait) = (Arc::clone(&entered), Arc::clone(&release));
    let slow = get(move || async move {
        inside.notify_one();
        wait.notified().await;
        "done"
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let address = listener.local_addr().expect("address");
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(serve(listener, Router::new().route("/slow", slow), stopped));
    let request = tokio::spawn(ask(address, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n".to_owned()));
    entered.notified().await;
    stop.send(true).expect("told");
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.is_finished(), "it waits for the request in hand");
    release.notify_one();
    let answer = request.await.expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    server.await.expect("ended");
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let address = listener.local_addr().expect("address");
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(serve(listener, Router::new().route("/", get(|| async { "ok" })), stopped));
    let head = |bytes: usize| {
        format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-filler: {}\r\n\r\n", "y".repeat(bytes))
    };
    assert!(ask(address, head(1_000)).await.starts_with("HTTP/1.1 200"));
    let refused = ask(address, head(64 * 1024)).await;
    assert!(refused.starts_with("HTTP/1.1 431") || refused.is_empty(), "{refused}");
    stop.send(true).expect("told");
    server.await.expect("ended");
}
