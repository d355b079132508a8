//! One sync, step by step: the device does what is its own, the worker's `fetch` carries the rest.

use doorstep_client_core::sync::{Effect, Engine, Event, Fetched, Reply, SyncReport, TransportError};
use doorstep_client_core::{Device, DeviceError, told};
use wasm_bindgen::prelude::*;

/// What the worker is to do next: `post`, `upload`, `download`, `wait`, or nothing more (`done`).
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug, Default)]
pub struct Step {
    /// What to do.
    pub kind: String,
    /// Route and query at the server.
    pub url: String,
    /// Bearer token.
    pub token: Option<String>,
    /// Body to send.
    pub body: Option<Vec<u8>>,
    /// First byte wanted of a file.
    pub from: f64,
    /// Last byte wanted of a file.
    pub last: f64,
    /// How long to wait, milliseconds.
    pub wait_ms: f64,
    /// What the sync has come to so far, as JSON.
    pub report: String,
}

/// A sync under way.
pub(crate) struct Sync {
    engine: Engine,
}

impl Sync {
    /// Begins a sync.
    pub(crate) fn begin(device: &mut Device) -> Result<(Sync, Step), DeviceError> {
        let mut sync = Sync { engine: device.engine()? };
        let event = device.begin_sync()?;
        let step = sync.go_on(device, event)?;
        Ok((sync, step))
    }

    /// Goes on from an event to the next thing that the worker must do.
    pub(crate) fn go_on(&mut self, device: &mut Device, mut event: Event) -> Result<Step, DeviceError> {
        loop {
            let step = match device.advance(&mut self.engine, event)? {
                Effect::Done(result) => {
                    result?;
                    Step { kind: "done".to_owned(), ..Step::default() }
                }
                Effect::Post(post) => Step {
                    kind: "post".to_owned(),
                    url: post.route.to_owned(),
                    token: post.token,
                    body: Some(post.body),
                    ..Step::default()
                },
                Effect::Upload(upload) => Step {
                    kind: "upload".to_owned(),
                    url: upload.url,
                    token: upload.token,
                    body: Some(upload.body),
                    ..Step::default()
                },
                Effect::Download(download) => Step {
                    kind: "download".to_owned(),
                    url: download.url,
                    token: download.token,
                    from: download.from as f64,
                    last: download.from.saturating_add(download.max.max(1) - 1) as f64,
                    ..Step::default()
                },
                Effect::WaitUntil(until_ms) => Step {
                    kind: "wait".to_owned(),
                    wait_ms: until_ms.saturating_sub(device.now_ms()).max(0) as f64,
                    ..Step::default()
                },
                local => {
                    event = device.perform(&local)?;
                    continue;
                }
            };
            return Ok(Step { report: report(self.engine.report(), device)?, ..step });
        }
    }
}

fn report(report: &SyncReport, device: &Device) -> Result<String, DeviceError> {
    Ok(told::sync(report, &device.standing()?).to_string())
}

/// Why nothing came back, in the worker's words.
fn failed(kind: &str, text: &str) -> TransportError {
    match kind {
        "timed_out" => TransportError::TimedOut,
        "cut" => TransportError::Cut,
        "too_large" => TransportError::TooLarge,
        _ => TransportError::Unreachable(text.to_owned()),
    }
}

/// The answer to a post or an upload.
pub(crate) fn replied(status: u16, body: Vec<u8>) -> Event {
    Event::Reply(Ok(Reply { status, body }))
}

/// The answer to a download, as far as it came.
pub(crate) fn fetched(status: u16, body: Vec<u8>, cut: Option<String>) -> Event {
    Event::Fetched(Ok(Fetched { status, body, cut: cut.map(|kind| failed(&kind, "")) }))
}

/// Nothing came back.
pub(crate) fn not_answered(kind: &str, text: &str) -> Event {
    Event::Reply(Err(failed(kind, text)))
}
