//! Sync as the store sees it: what a device asks, as one transaction each.

use doorstep_protocol::DeviceId;
use doorstep_protocol::hello::{EnrolRequest, EnrolResponse, HelloRequest, HelloResponse};
use doorstep_protocol::pull::{Page, PullRequest};
use doorstep_protocol::push::{PushRequest, PushResponse};

use super::StoreError;
use crate::sync::bundle::BundleReport;

/// A device with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceSession {
    /// The device.
    pub device: DeviceId,
}

/// What a device asks.
pub trait SyncStore {
    /// Binds a new device key to the person who was given a one-time code, which is then used up.
    fn device_enrol(&self, request: &EnrolRequest, now_ms: i64) -> Result<EnrolResponse, StoreError>;

    /// Remembers a challenge for a device; unknown devices get one as well.
    fn challenge_begin(&self, device: DeviceId, nonce: [u8; 32], now_ms: i64) -> Result<(), StoreError>;

    /// Checks the answer to a challenge (good once) and begins a session of one hour under `token`.
    fn device_hello(
        &self,
        request: &HelloRequest,
        token: &str,
        now_ms: i64,
    ) -> Result<HelloResponse, StoreError>;

    /// The device behind a session token.
    fn device_session(&self, token: &str, now_ms: i64) -> Result<DeviceSession, StoreError>;

    /// Judges, records and applies envelopes. The answer leaves after the commit: acked means fsynced.
    fn envelopes_push(
        &self,
        session: DeviceSession,
        request: PushRequest,
        now_ms: i64,
    ) -> Result<PushResponse, StoreError>;

    /// Takes a bundle file that somebody carried: every envelope as if its phone had pushed it. A file that cannot be opened
    /// is refused and changes nothing; an envelope that cannot be taken stands in nobody's way.
    fn bundle_import(&self, file: &[u8], now_ms: i64) -> Result<BundleReport, StoreError>;

    /// The page after the request's cursor, in the scope that the device's user has now. `nonce` must be fresh randomness.
    fn page_pull(
        &self,
        session: DeviceSession,
        request: &PullRequest,
        nonce: [u8; 24],
        now_ms: i64,
    ) -> Result<Page, StoreError>;
}
