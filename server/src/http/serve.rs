//! Listens, answers, and stops gracefully: no new connections, requests in hand are finished, then the end.
//!
//! `axum::serve` sets no deadline for request headers, so a caller who sends one byte a minute would hold a connection
//! for ever; this loop drives hyper itself and sets one.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

use super::api::Stopping;

/// The time a caller has for the headers of a request.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of the headers of a request (hyper's buffer never grows beyond it).
pub const HEADER_BYTES: usize = 16 * 1024;
/// Connections at the same time; more wait in the kernel's queue.
pub const CONNECTIONS: usize = 4_096;
/// The time requests in hand get when the server stops.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves until `stop` is true, then finishes what is in hand (at most [`STOP_TIMEOUT`]).
pub async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, caller, place)) = accepted else { continue };
        let router = router.clone();
        let stop = stop.clone();
        connections.spawn(async move {
            connection(stream, caller, router, stop).await;
            drop(place);
        });
    }
    drop(listener);
    let finish = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_TIMEOUT, finish).await.is_err() {
        tracing::warn!(connections = connections.len(), "connections cut at the end of the stop time");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, caller)) => Some((stream, caller, place)),
        Err(error) => {
            // Out of file descriptors, or a caller gone already: neither ends the server.
            tracing::warn!(error.kind = ?error.kind(), "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn connection(stream: TcpStream, caller: SocketAddr, router: Router, mut stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    // Streams of events never end by themselves: they are told.
    let told = Stopping(stop.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, stopping) = (router.clone(), told.clone());
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(caller));
            request.extensions_mut().insert(stopping);
            router.oneshot(request).await.map_err(|never: Infallible| match never {})
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(HEADER_BYTES);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error.kind = %error, "connection ended");
                }
                return;
            }
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Listens for SIGINT (Ctrl-C) and SIGTERM from now on; the future resolves on the first. Call it before telling
/// anybody that the server is ready: until then a signal ends the process at once.
///
/// # Errors
/// When the system gives no signals.
#[cfg(unix)]
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Listens for Ctrl-C; the future resolves on it.
///
/// # Errors
/// None here; elsewhere when the system gives no signals.
#[cfg(not(unix))]
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
