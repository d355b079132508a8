//! Sync over SQLite: the transactions of `crate::sync`.

use doorstep_protocol::DeviceId;
use doorstep_protocol::hello::{EnrolRequest, EnrolResponse, HelloRequest, HelloResponse};
use doorstep_protocol::pull::{Page, PullRequest};
use doorstep_protocol::push::{PushRequest, PushResponse};

use super::SqliteStore;
use crate::store::StoreError;
use crate::store::sync::{DeviceSession, SyncStore};
use crate::sync::bundle::{self, BundleReport};
use crate::sync::{enrol, hello, pull, push};

impl SyncStore for SqliteStore {
    fn device_enrol(&self, request: &EnrolRequest, now_ms: i64) -> Result<EnrolResponse, StoreError> {
        let (request, epoch) = (request.clone(), self.identity().epoch);
        let answer = self.write(move |tx| enrol::enrol(tx, epoch, &request, now_ms))?;
        Ok(EnrolResponse { bundle_key: self.identity().bundle_key(), ..answer })
    }

    fn challenge_begin(&self, device: DeviceId, nonce: [u8; 32], now_ms: i64) -> Result<(), StoreError> {
        self.write(move |tx| hello::challenge(tx, device, &nonce, now_ms))
    }

    fn device_hello(
        &self,
        request: &HelloRequest,
        token: &str,
        now_ms: i64,
    ) -> Result<HelloResponse, StoreError> {
        let (request, token, epoch) = (request.clone(), token.to_owned(), self.identity().epoch);
        let answer = self.write(move |tx| hello::hello(tx, epoch, &request, &token, now_ms))?;
        Ok(HelloResponse { bundle_key: self.identity().bundle_key(), ..answer })
    }

    fn device_session(&self, token: &str, now_ms: i64) -> Result<DeviceSession, StoreError> {
        self.read(|conn| hello::session(conn, token, now_ms))
    }

    fn envelopes_push(
        &self,
        session: DeviceSession,
        request: PushRequest,
        now_ms: i64,
    ) -> Result<PushResponse, StoreError> {
        push::push(self, session, request, now_ms)
    }

    fn bundle_import(&self, file: &[u8], now_ms: i64) -> Result<BundleReport, StoreError> {
        bundle::import(self, file, now_ms)
    }

    fn page_pull(
        &self,
        session: DeviceSession,
        request: &PullRequest,
        nonce: [u8; 24],
        now_ms: i64,
    ) -> Result<Page, StoreError> {
        pull::page(self, session, request, nonce, now_ms)
    }
}
