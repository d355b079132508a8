//! Sync over SQLite: the transactions of `crate::sync`.

use doorstep_protocol::hello::{EnrolRequest, EnrolResponse, HelloRequest, HelloResponse};
use doorstep_protocol::pull::{Page, PullRequest};
use doorstep_protocol::push::{PushRequest, PushResponse};
use doorstep_protocol::{DeviceId, ProblemKind};

use super::{SqliteStore, scopes};
use crate::store::StoreError;
use crate::store::sync::{DeviceSession, SyncStore};
use crate::sync::pull::Asker;
use crate::sync::{enrol, hello, pull, push};

impl SyncStore for SqliteStore {
    fn device_enrol(&self, request: &EnrolRequest, now_ms: i64) -> Result<EnrolResponse, StoreError> {
        let (request, epoch) = (request.clone(), self.identity().epoch);
        self.write(move |tx| enrol::enrol(tx, epoch, &request, now_ms))
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
        self.write(move |tx| hello::hello(tx, epoch, &request, &token, now_ms))
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

    fn page_pull(
        &self,
        session: DeviceSession,
        request: &PullRequest,
        nonce: [u8; 24],
        now_ms: i64,
    ) -> Result<Page, StoreError> {
        let identity = self.identity();
        let user = self.read(|conn| match scopes::device(conn, session.device)? {
            Some(device) if !device.revoked && !device.closed => Ok(device.user),
            _ => Err(StoreError::refused(ProblemKind::DeviceRevoked)),
        })?;
        if self.read(|conn| scopes::scope_now(conn, user, now_ms))?.is_none() {
            self.write(move |tx| scopes::scope_refresh(tx, user, now_ms))?;
        }
        self.read(|conn| {
            let scope = scopes::scope_now(conn, user, now_ms)?;
            let scope = scope.ok_or(StoreError::refused(ProblemKind::Unavailable))?;
            let past = |version: i64| Ok(scopes::scopes_between(conn, user, version, version)?.pop());
            let asker = Asker {
                scope: &scope,
                past: &past,
                user,
                epoch: identity.epoch,
                cursor_key: &identity.cursor_secret,
            };
            pull::page(conn, &asker, request, nonce)
        })
    }
}
