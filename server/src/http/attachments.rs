//! The files of attachments over HTTP: bytes up as they come, bytes down from anywhere.
//!
//! What a phone sends is read piece by piece into the store, so that every byte that arrived before a cut is kept. What is read
//! is always a download: its name is made here, its kind is what its first bytes said, and nothing sniffs it.

use std::io::{Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use doorstep_protocol::attachment::RAW_MEDIA_TYPE;
use doorstep_protocol::{AttachmentHash, ProblemKind, frame, limits, version};
use doorstep_records::RecordId;
use hyper::body::{Body as _, Frame, SizeHint};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::extract::Query;
use super::problem::HttpProblem;
use super::sync::bearer;
use crate::app::AppState;
use crate::attachments::model::{Append, Cut, OpenBlob};

/// How long a body may say nothing.
const BODY_IDLE: Duration = Duration::from_secs(60);
/// Pieces on their way between the network and the disk, either way.
const PIECES: usize = 4;
/// Bytes of a piece that is read.
const READ_BYTES: usize = 64 * 1024;

/// Query of `POST /sync/v1/attachments/append`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppendQuery {
    sha256: AttachmentHash,
    bytes: u64,
    offset: u64,
}

/// Query of `GET /sync/v1/attachments/fetch`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FetchQuery {
    record: RecordId,
    sha256: AttachmentHash,
}

/// Takes bytes from a phone.
pub(super) async fn append(
    State(state): State<AppState>,
    Query(query): Query<AppendQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpProblem> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media != Some(RAW_MEDIA_TYPE) {
        return Err(ProblemKind::UnsupportedMedia.into());
    }
    let token = bearer(&headers).ok_or(ProblemKind::SignInRequired)?;
    let now_ms = state.now_ms();
    let session = state.read(move |store| store.device_session(&token, now_ms)).await?;
    let append = Append { sha256: query.sha256, bytes: query.bytes, offset: query.offset };
    let _place = state.upload_place().await;
    let (send, mut receive) = mpsc::channel(PIECES);
    let job = state.write(move |store| {
        let mut pieces = std::iter::from_fn(|| receive.blocking_recv());
        store.attachment_append(session, &append, &mut pieces, now_ms)
    });
    let ((), held) = tokio::join!(feed(body, send), job);
    let answer = frame::encode(&held?).map_err(|_| ProblemKind::Internal)?;
    let media = HeaderValue::from_static(version::MEDIA_TYPE);
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, media)], answer).into_response())
}

/// Hands the body on as it comes. What the store does not want any more is still read to its end, as far as a piece may
/// go: a phone that is writing does not hear an answer.
async fn feed(mut body: Body, send: mpsc::Sender<Result<Vec<u8>, Cut>>) {
    let mut read = 0;
    while read <= limits::ATTACHMENT_PIECE_BYTES {
        let next = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        match tokio::time::timeout(BODY_IDLE, next).await {
            Ok(None) => return,
            Ok(Some(Ok(frame))) => {
                let Ok(piece) = frame.into_data() else { continue };
                read += piece.len();
                // A store that has answered already listens no more.
                let _ = send.send(Ok(piece.into())).await;
            }
            Ok(Some(Err(_))) | Err(_) => {
                let _ = send.send(Err(Cut)).await;
                return;
            }
        }
    }
}

/// Gives bytes to a phone.
pub(super) async fn fetch(
    State(state): State<AppState>,
    Query(query): Query<FetchQuery>,
    headers: HeaderMap,
) -> Result<Response, HttpProblem> {
    let token = bearer(&headers).ok_or(ProblemKind::SignInRequired)?;
    let now_ms = state.now_ms();
    let blob = state
        .read(move |store| {
            let session = store.device_session(&token, now_ms)?;
            store.attachment_fetch(session, query.record, query.sha256, now_ms)
        })
        .await?;
    download(blob, &headers)
}

/// A file, or the part of it that was asked for, as a download.
pub(super) fn download(blob: OpenBlob, headers: &HeaderMap) -> Result<Response, HttpProblem> {
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok()).and_then(range);
    let (from, until) = match asked {
        None => (0, blob.bytes),
        Some((from, last)) => (from, last.map_or(blob.bytes, |last| last.saturating_add(1)).min(blob.bytes)),
    };
    if from >= until {
        return Err(HttpProblem::new(ProblemKind::BadRequest)
            .detail("The range lies outside the file.", "所请求的范围超出文件大小。"));
    }
    let ending = blob.media_type.ending();
    let name = format!("attachment; filename=\"{}.{ending}\"", &blob.sha256.to_string()[..16]);
    let mut response = Response::new(Body::new(Pieces::read(blob.file, from, until - from)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(blob.media_type.name()));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(until - from));
    let mut text = |name, value: String| -> Result<(), HttpProblem> {
        headers.insert(name, HeaderValue::from_str(&value).map_err(|_| ProblemKind::Internal)?);
        Ok(())
    };
    text(header::CONTENT_DISPOSITION, name)?;
    if asked.is_some() {
        text(header::CONTENT_RANGE, format!("bytes {from}-{}/{}", until - 1, blob.bytes))?;
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// `bytes=100-` or `bytes=100-199` (RFC 9110, 14.1.2); anything else is not understood and means the whole.
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    let (from, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let last = match last {
        "" => None,
        last => Some(last.parse().ok()?),
    };
    Some((from.parse().ok()?, last))
}

/// A part of a file as a body: read on a blocking thread, a few pieces ahead.
struct Pieces {
    pieces: mpsc::Receiver<std::io::Result<Bytes>>,
    left: u64,
}

impl Pieces {
    fn read(mut file: std::fs::File, from: u64, len: u64) -> Pieces {
        let (send, pieces) = mpsc::channel(PIECES);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = file.seek(SeekFrom::Start(from)) {
                let _ = send.blocking_send(Err(error));
                return;
            }
            let mut left = len;
            while left > 0 {
                let mut piece = vec![0; READ_BYTES.min(usize::try_from(left).unwrap_or(READ_BYTES))];
                let read = file.read_exact(&mut piece).map(|()| Bytes::from(piece));
                left = read.as_ref().map_or(0, |piece| left - piece.len() as u64);
                // Whoever has hung up wants no more.
                if send.blocking_send(read).is_err() {
                    return;
                }
            }
        });
        Pieces { pieces, left: len }
    }
}

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.pieces.poll_recv(context).map(|piece| match piece? {
            Ok(piece) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Some(Ok(Frame::data(piece)))
            }
            Err(error) => Some(Err(error)),
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_or_mean_the_whole() {
        assert_eq!(range("bytes=0-"), Some((0, None)));
        assert_eq!(range("bytes=100-199"), Some((100, Some(199))));
        for text in ["", "bytes", "bytes=-5", "bytes=a-b", "bytes=1-2,5-6", "lines=1-2"] {
            assert_eq!(range(text), None, "{text}");
        }
    }
}
