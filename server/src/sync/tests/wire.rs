//! The routes as a phone on the network sees them: enrolment, hello, media types, sizes, problems.

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use doorstep_protocol::hello::{
    Challenge, ChallengeRequest, EnrolRequest, EnrolResponse, HelloRequest, HelloResponse, sign_hello,
};
use doorstep_protocol::pull::{Page, PullRequest};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{DeviceId, Problem, ProblemKind, frame, limits, version};
use ed25519_dalek::SigningKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_bytes::{ByteArray, ByteBuf};
use tower::ServiceExt;

use super::world::{EAST, World};
use crate::accounts::role::Role;
use crate::accounts::secret::{code_digest, code_text};
use crate::app::AppState;
use crate::http::router::router;
use crate::store::accounts::Accounts;

struct Wire {
    world: World,
    router: axum::Router,
}

impl Wire {
    fn new() -> Wire {
        let world = World::new();
        let router = router(AppState::new(world.store().clone()));
        Wire { world, router }
    }

    async fn raw(&self, path: &str, media: &str, token: Option<&str>, body: Vec<u8>) -> (u16, Vec<u8>) {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, media);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(response.headers()[header::CONTENT_TYPE], version::MEDIA_TYPE, "{path} {status}");
        (status, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        message: &impl Serialize,
    ) -> Result<T, ProblemKind> {
        let body = frame::encode(message).unwrap();
        let (status, body) = self.raw(path, version::MEDIA_TYPE, token, body).await;
        if status == 200 {
            return Ok(frame::decode(&body).unwrap());
        }
        let problem: Problem = frame::decode(&body).unwrap();
        assert_eq!(problem.status, status);
        Err(problem.kind().unwrap())
    }

    fn code(&self, user: &str) -> String {
        let code = code_text(self.world.random.bytes());
        let scope = self.world.store().operator_scope();
        let now = AppState::new(self.world.store().clone()).now_ms();
        self.world.store().device_invite(&scope, user, &code_digest(&code).unwrap(), now).unwrap();
        code
    }

    async fn hello(&self, key: &SigningKey, protocols: Vec<u16>) -> Result<HelloResponse, ProblemKind> {
        let device = DeviceId::of_key(key.verifying_key().as_bytes());
        let challenge: Challenge =
            self.post("/sync/v1/challenge", None, &ChallengeRequest { device }).await?;
        let nonce = challenge.nonce;
        let signature = ByteBuf::from(sign_hello(key, &nonce.into_array()));
        let hello = HelloRequest { device, nonce, signature, protocols, now_ms: 0 };
        let answer = self.post("/sync/v1/hello", None, &hello).await?;
        let again: Result<HelloResponse, _> = self.post("/sync/v1/hello", None, &hello).await;
        assert_eq!(again.unwrap_err(), ProblemKind::SignInRequired, "a challenge is good once");
        Ok(answer)
    }
}

fn enrol(key: &SigningKey, code: &str) -> EnrolRequest {
    let public_key = ByteArray::new(*key.verifying_key().as_bytes());
    EnrolRequest { code: code.to_owned(), public_key, name: "phone".to_owned(), person: None }
}

#[tokio::test]
async fn a_phone_enrols_greets_pushes_and_pulls() {
    let wire = Wire::new();
    wire.world.user("li", Role::Enumerator, &[EAST]);
    let key = SigningKey::from_bytes(&[3; 32]);
    let code = wire.code("li");
    let enrolled: EnrolResponse = wire.post("/sync/v1/enrol", None, &enrol(&key, &code)).await.unwrap();
    assert_eq!(enrolled.user.name, "li");
    let again: EnrolResponse = wire.post("/sync/v1/enrol", None, &enrol(&key, &code)).await.unwrap();
    assert_eq!(again, enrolled, "a lost answer costs no code");
    let other = SigningKey::from_bytes(&[4; 32]);
    for code in [code.as_str(), "00000-00000", "x"] {
        let refused: Result<EnrolResponse, _> = wire.post("/sync/v1/enrol", None, &enrol(&other, code)).await;
        assert_eq!(refused.unwrap_err(), ProblemKind::CodeUnusable);
    }
    assert_eq!(wire.hello(&other, vec![1]).await.unwrap_err(), ProblemKind::SignInRequired);
    assert_eq!(wire.hello(&key, vec![9]).await.unwrap_err(), ProblemKind::ProtocolUnsupported);
    let hello = wire.hello(&key, vec![1]).await.unwrap();
    let mut phone = wire.world.phone("li");
    phone.key = key;
    phone.user = hello.user.id;
    let (record, items) = phone.begin(&wire.world, EAST, &[("name", "a")]);
    let envelope = phone.seal(&wire.world, items);
    let token = Some(hello.token.as_str());
    let push = PushRequest { envelopes: vec![envelope] };
    let pushed: PushResponse = wire.post("/sync/v1/push", token, &push).await.unwrap();
    let EnvelopeResult::Recorded { items, .. } = &pushed.results[0] else { panic!("{pushed:?}") };
    assert_eq!(items, &[ItemVerdict::Accepted, ItemVerdict::Accepted]);
    assert_eq!((pushed.watermark, wire.world.answers(record)), (1, phone.answers(record)));
    let pull = PullRequest { cursor: None, page_bytes: 48_000, doubted: Vec::new() };
    let page: Page = wire.post("/sync/v1/pull", token, &pull).await.unwrap();
    assert!(!page.more && page.items.len() == 6, "{:?}", page.items);
    for token in [None, Some("nobody")] {
        let refused: Result<Page, _> = wire.post("/sync/v1/pull", token, &pull).await;
        assert_eq!(refused.unwrap_err(), ProblemKind::SignInRequired);
    }
}

#[tokio::test]
async fn what_is_no_message_of_ours_gets_a_problem_in_cbor() {
    let wire = Wire::new();
    let good = frame::encode(&ChallengeRequest { device: DeviceId::from_bytes([0; 16]) }).unwrap();
    let bomb = frame::compress(&vec![0; limits::INFLATED_BYTES + 1]).unwrap();
    let huge = vec![0; limits::BODY_BYTES + 1];
    let newer = "application/vnd.doorstep.sync.v9+cbor+zstd";
    let cases = [
        ("application/json", good.clone(), ProblemKind::UnsupportedMedia, 415),
        (newer, good, ProblemKind::ProtocolUnsupported, 426),
        (version::MEDIA_TYPE, b"noise".to_vec(), ProblemKind::BadRequest, 400),
        (version::MEDIA_TYPE, frame::encode(&7).unwrap(), ProblemKind::BadRequest, 400),
        (version::MEDIA_TYPE, bomb, ProblemKind::TooLarge, 413),
        (version::MEDIA_TYPE, huge, ProblemKind::TooLarge, 413),
    ];
    for (media, body, kind, expected) in cases {
        let (status, body) = wire.raw("/sync/v1/challenge", media, None, body).await;
        let problem: Problem = frame::decode(&body).unwrap();
        assert_eq!((status, problem.kind()), (expected, Some(kind)));
    }
}

#[tokio::test]
async fn health_tells_nothing_but_that() {
    let wire = Wire::new();
    let request = Request::get("/health").body(Body::empty()).unwrap();
    let response = wire.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let body = to_bytes(response.into_body(), 1_000).await.unwrap();
    let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let keys: Vec<&String> = told.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["status", "version"], "nothing about what the store holds");
}
