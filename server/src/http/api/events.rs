//! `GET /api/v1/events`: what changes while somebody looks, as server-sent events. An event names records inside the
//! caller's scope and nothing else; what happens elsewhere makes no event.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use doorstep_protocol::problem::ProblemKind;
use hyper::body::Frame;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::access::Caller;
use crate::app::AppState;
use crate::http::answer::Events;
use crate::http::problem::HttpProblem;
use crate::review::model::Place;

/// How often the server looks.
const LOOK: Duration = Duration::from_secs(1);
/// A line is sent at least every so many looks, so that no proxy takes the silence for an end.
const BREATH: u32 = 20;
/// Records named in one event.
const NAMED_MAX: u32 = 200;

/// Becomes true when the server stops; the listener gives it to every request.
#[derive(Clone)]
pub struct Stopping(pub watch::Receiver<bool>);

/// Begins a stream; it ends with the session, with the connection, or with the server.
pub(crate) async fn stream(
    State(state): State<AppState>,
    caller: Caller,
    stopping: Option<Extension<Stopping>>,
    headers: HeaderMap,
) -> Result<Events, HttpProblem> {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/event-stream") {
        return Err(HttpProblem::new(ProblemKind::BadRequest).detail(
            "Ask for it with `Accept: text/event-stream`.",
            "请以 Accept: text/event-stream 请求。",
        ));
    }
    let Some(seat) = state.stream_seat() else { return Err(ProblemKind::Unavailable.into()) };
    let begin = state.read(move |store| store.record_changes(&caller.scope, None, 0)).await?.place;
    let (send, lines) = mpsc::channel(4);
    let watching = Watching { state, token: caller.token, place: begin, send };
    tokio::spawn(async move {
        let _seat = seat;
        watching.run(stopping.map(|Extension(Stopping(stop))| stop)).await;
    });
    let mut response = Response::new(Body::new(Lines(lines)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(Events(response))
}

struct Watching {
    state: AppState,
    token: [u8; 32],
    place: Place,
    send: mpsc::Sender<Bytes>,
}

impl Watching {
    async fn run(mut self, stop: Option<watch::Receiver<bool>>) {
        let stopped = async move {
            match stop {
                Some(mut stop) => drop(stop.wait_for(|stop| *stop).await),
                None => std::future::pending().await,
            }
        };
        tokio::pin!(stopped);
        let (mut looks, mut line) = (0, Some(Bytes::from_static(b"retry: 3000\n\n")));
        loop {
            if let Some(line) = line.take()
                && self.send.send(line).await.is_err()
            {
                return;
            }
            tokio::select! {
                () = &mut stopped => return,
                () = self.send.closed() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            looks += 1;
            // Areas may have been taken from the person, and the session may have ended: each look asks again.
            let Ok(found) = self.look().await else { return };
            line = found.or_else(|| (looks % BREATH == 0).then(|| Bytes::from_static(b":\n\n")));
        }
    }

    /// What to say, when anything was touched.
    async fn look(&mut self) -> Result<Option<Bytes>, HttpProblem> {
        let (token, now_ms, after) = (self.token, self.state.now_ms(), self.place);
        let changes = self
            .state
            .read(move |store| {
                let open = store.session_open(&token, now_ms)?;
                store.record_changes(&open.scope, Some(after), NAMED_MAX)
            })
            .await?;
        self.place = changes.place;
        let told = json!({ "records": changes.records, "more": changes.more });
        Ok((!changes.records.is_empty()).then(|| Bytes::from(format!("event: records\ndata: {told}\n\n"))))
    }
}

/// Lines as a body.
struct Lines(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|line| Some(Ok(Frame::data(line?))))
    }
}
