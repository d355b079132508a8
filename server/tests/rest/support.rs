//! A small world: one county, two towns, one person of each role in the first, one person and one record in the second.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, header};
use doorstep_protocol::{DeviceId, UserId};
use doorstep_records::{Heads, RecordId};
use doorstep_server::accounts::model::NewUser;
use doorstep_server::accounts::role::Role;
use doorstep_server::accounts::secret::{token_digest, token_text};
use doorstep_server::app::AppState;
use doorstep_server::http::router::router;
use doorstep_server::publish;
use doorstep_server::source::{Clock, Machine};
use doorstep_server::store::SqliteStore;
use doorstep_server::store::accounts::Accounts;
use doorstep_server::store::areas::Areas;
use doorstep_server::store::forms::Forms;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::phone::Phone;

pub(crate) const AREAS: &str = "code,parent,level,name_zh,name_en\n99,,county,示例县,Example\n9911,99,town,近镇,Near\n\
                         9912,99,town,远镇,Far\n";
/// The first moment of the tests, milliseconds since 1970 UTC.
pub(crate) const BEGIN_MS: i64 = 1_780_000_000_000;

/// A clock that only moves when told.
#[derive(Clone)]
pub(crate) struct Told(Arc<AtomicI64>);

impl Clock for Told {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Told {
    pub(crate) fn forward(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

pub(crate) struct World {
    pub(crate) store: SqliteStore,
    pub(crate) router: Router,
    pub(crate) clock: Told,
    /// Submitted in the near town.
    pub(crate) near_record: RecordId,
    /// Submitted in the far town.
    pub(crate) far_record: RecordId,
    /// What was submitted there.
    pub(crate) far_heads: Heads,
    /// A phone of the far town.
    pub(crate) far_device: DeviceId,
    _folder: TempDir,
}

/// A token of a person's session.
pub(crate) type Token = String;

/// A response, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {:?}", self.text))
    }

    /// The kind of a problem, which must be a problem document.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status);
        assert!(body["instance"].as_str().is_some_and(|id| id.starts_with("urn:doorstep:request:")));
        let kind = body["type"].as_str().and_then(|kind| kind.strip_prefix("urn:doorstep:problem:"));
        kind.expect("a kind").to_owned()
    }
}

impl World {
    pub(crate) fn new() -> World {
        let folder = tempfile::tempdir().expect("folder");
        let store = SqliteStore::open(folder.path(), &Machine, BEGIN_MS).expect("store");
        let operator = store.operator_scope();
        store.areas_import(&operator, AREAS.as_bytes(), BEGIN_MS).expect("areas").expect("sound areas");
        let clock = Told(Arc::new(AtomicI64::new(BEGIN_MS)));
        let state = AppState::with_sources(store.clone(), clock.clone(), Machine);
        let form = publish::check(small_form(1)).expect("a sound form");
        store.form_publish(&operator, form.package(), BEGIN_MS).expect("published");
        let mut world = World {
            store,
            router: router(state),
            clock,
            near_record: RecordId::from_bytes([0; 16]),
            far_record: RecordId::from_bytes([0; 16]),
            far_heads: Heads::default(),
            far_device: DeviceId::from_bytes([0; 16]),
            _folder: folder,
        };
        world.add(1, "admin", Role::Admin, "9911");
        world.add(2, "supervisor", Role::Supervisor, "9911");
        world.add(3, "enumerator", Role::Enumerator, "9911");
        world.add(4, "outsider", Role::Enumerator, "9912");
        world.near_record = Phone::enrol(&world, 3, "enumerator").submit(&world, "9911", 3).0;
        let mut far = Phone::enrol(&world, 4, "outsider");
        (world.far_record, world.far_heads) = far.submit(&world, "9912", 4);
        world.far_device = far.device;
        world
    }

    fn add(&self, id: u8, name: &str, role: Role, area: &str) {
        let new = NewUser {
            id: UserId::from_bytes([id; 16]),
            name: name.to_owned(),
            role,
            areas: vec![area.to_owned()],
            password_phc: "no password has this hash".to_owned(),
            at_ms: BEGIN_MS,
        };
        self.store.user_add(&self.store.operator_scope(), &new).expect("user");
    }

    /// A session of the person with this number.
    pub(crate) fn session(&self, user: u8) -> Token {
        let mut random = [user; 32];
        getrandom::fill(&mut random[1..]).expect("randomness");
        let token = token_text(random);
        let digest = token_digest(&token).expect("digest");
        self.store
            .session_begin(UserId::from_bytes([user; 16]), &digest, self.clock.now_ms())
            .expect("session");
        token
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response<Body> = self.router.clone().oneshot(request).await.expect("infallible");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 16 * 1024 * 1024).await.expect("body");
        Answer { status, headers, text: String::from_utf8(bytes.to_vec()).expect("UTF-8") }
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder().method(&method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let sent = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
        let answer = self.send(request.body(sent).expect("request")).await;
        crate::openapi::check(&method, path, body, &answer);
        answer
    }
}

/// A form with one question.
pub(crate) fn small_form(version: u32) -> BTreeMap<String, Vec<u8>> {
    let form = format!(
        r#"{{"id":"small","version":{version},"kind":"register","entity":"household","title":{{"zh":"小表","en":"Small"}}}}"#
    );
    let schema = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"小表","type":"object",
        "additionalProperties":false,"properties":{"persons":{"type":"integer","title":"人数","minimum":1},
        "sign":{"type":"object","title":"签名","x-signature":true},
        "photo":{"type":"object","title":"照片","x-attachment":true}}}"#;
    [
        ("form.json", form.as_str()),
        ("schema.json", schema),
        ("i18n/en.json", r#"{"persons.label":"Persons","sign.label":"Signature","photo.label":"Photo"}"#),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .collect()
}
