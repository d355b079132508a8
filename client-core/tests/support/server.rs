//! The server and the network.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use doorstep_client_core::sync::{Reply, Transport, TransportError, route};
use doorstep_forms::FormPackage;
use doorstep_protocol::hello::{
    Challenge, ChallengeRequest, EnrolRequest, EnrolResponse, HelloRequest, HelloResponse, Person,
    hello_is_signed,
};
use doorstep_protocol::pull::{ActorBinding, Area, ListRow, Page, PageItem, PullRequest};
use doorstep_protocol::push::{EnvelopeResult, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{
    DeviceId, Envelope, EnvelopeId, Epoch, Item, ObjectId, Problem, ProblemKind, UserId, frame, limits,
};
use doorstep_records::gate::{self, Admission, Admitted, ChangeFacts};
use doorstep_records::{ActorId, ChangeHash, RecordId};
use serde::Serialize;
use serde_bytes::{ByteArray, ByteBuf};

use super::Rng;

#[derive(Clone)]
struct Known {
    key: [u8; 32],
    user: Person,
    revoked: bool,
}

#[derive(Clone)]
struct Held {
    row: ListRow,
    saved: Vec<u8>,
}

/// What a page may tell, in feed order.
#[derive(Clone)]
enum Entry {
    Item(Box<PageItem>),
    /// Told to this device only.
    For(DeviceId, Box<PageItem>),
}

#[derive(Clone, Default)]
struct World {
    epoch: u8,
    people: BTreeMap<String, Person>,
    devices: BTreeMap<[u8; 16], Known>,
    challenges: BTreeSet<[u8; 32]>,
    tokens: BTreeMap<String, [u8; 16]>,
    records: BTreeMap<RecordId, Held>,
    envelopes: BTreeMap<[u8; 16], Vec<ItemVerdict>>,
    bodies: BTreeMap<[u8; 16], Vec<u8>>,
    watermarks: BTreeMap<[u8; 16], u64>,
    backed_up: BTreeMap<[u8; 16], u64>,
    waiting: Vec<(RecordId, ChangeFacts, [u8; 16], u32)>,
    bound: BTreeSet<ActorId>,
    feed: Vec<Entry>,
    count: u64,
    quarantined: Vec<String>,
    submissions: Vec<(RecordId, Vec<ChangeHash>)>,
    page_items: usize,
    only_update: bool,
}

/// What the network does to requests, in percent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    pub lost_before: u64,
    pub lost_after: u64,
    pub torn: u64,
    pub doubled: u64,
    pub signed_out: u64,
    pub busy: u64,
}

/// A server and the network before it. Clones share both.
#[derive(Clone)]
pub struct TestServer {
    world: Arc<Mutex<World>>,
    network: Arc<Mutex<(Rng, Faults, Vec<String>)>>,
}

impl TestServer {
    pub fn new(seed: u64, forms: &[&FormPackage]) -> TestServer {
        let mut world = World { epoch: 1, page_items: 5, ..World::default() };
        for form in forms {
            let package = ByteBuf::from(form.to_bytes());
            let item = PageItem::Form {
                form: form.id().to_owned(),
                version: form.version(),
                package,
                closed: false,
                test: false,
            };
            world.feed.push(Entry::Item(Box::new(item)));
        }
        for (code, parent, level) in
            [("t", None, "town"), ("v1", Some("t"), "village"), ("v2", Some("t"), "village")]
        {
            let area = Area {
                code: code.into(),
                parent: parent.map(Into::into),
                level: level.into(),
                name_zh: code.into(),
                name_en: code.into(),
                ended: false,
            };
            world.feed.push(Entry::Item(Box::new(PageItem::Area { area })));
        }
        TestServer {
            world: Arc::new(Mutex::new(world)),
            network: Arc::new(Mutex::new((Rng(seed), Faults::default(), Vec::new()))),
        }
    }

    pub fn set_faults(&self, faults: Faults) {
        self.network.lock().unwrap().1 = faults;
    }

    /// The routes asked since the last call.
    pub fn take_routes(&self) -> Vec<String> {
        std::mem::take(&mut self.network.lock().unwrap().2)
    }

    pub fn tell(&self, item: PageItem) {
        self.world.lock().unwrap().feed.push(Entry::Item(Box::new(item)));
    }

    pub fn tell_one(&self, device: DeviceId, item: PageItem) {
        self.world.lock().unwrap().feed.push(Entry::For(device, Box::new(item)));
    }

    pub fn revoke(&self, device: DeviceId) {
        self.world.lock().unwrap().devices.get_mut(&device.to_bytes()).unwrap().revoked = true;
    }

    pub fn demand_update(&self, on: bool) {
        let mut world = self.world.lock().unwrap();
        world.only_update = on;
        world.tokens.clear();
    }

    pub fn forget_sessions(&self) {
        self.world.lock().unwrap().tokens.clear();
    }

    /// A backup: what it holds will not be offered again.
    pub fn back_up(&self) -> Backup {
        let mut world = self.world.lock().unwrap();
        world.backed_up = world.watermarks.clone();
        Backup(world.clone())
    }

    pub fn restore(&self, backup: &Backup) {
        let mut world = self.world.lock().unwrap();
        let epoch = world.epoch + 1;
        *world = backup.0.clone();
        world.epoch = epoch;
        world.tokens.clear();
    }

    pub fn quarantined(&self) -> Vec<String> {
        self.world.lock().unwrap().quarantined.clone()
    }

    pub fn submissions(&self) -> Vec<(RecordId, Vec<ChangeHash>)> {
        self.world.lock().unwrap().submissions.clone()
    }

    pub fn envelopes(&self) -> usize {
        self.world.lock().unwrap().envelopes.len()
    }

    /// Every value ever put on a key of a record, as the server holds it.
    pub fn values_ever(&self, record: RecordId, key: &str) -> Vec<serde_json::Value> {
        let world = self.world.lock().unwrap();
        let Some(held) = world.records.get(&record) else { return Vec::new() };
        let mut document = doorstep_records::Record::load(&held.saved).unwrap();
        let key = doorstep_records::Key::parse(key).unwrap();
        document.values_ever(&key).iter().map(|entry| entry.value.to_json()).collect()
    }

    fn answer(&self, asked: &str, token: Option<&str>, body: &[u8]) -> Reply {
        let mut world = self.world.lock().unwrap();
        let result = match asked {
            route::ENROL => world.enrol(body),
            route::CHALLENGE => world.challenge(body),
            route::HELLO => world.hello(body),
            route::PUSH => world.session(token).and_then(|device| world.push(device, body)),
            route::PULL => world.session(token).and_then(|device| world.pull(device, body)),
            _ => Err(ProblemKind::NotFound),
        };
        match result {
            Ok(body) => Reply { status: 200, body },
            Err(kind) => {
                Reply { status: kind.status(), body: frame::encode(&Problem::new(kind, "en")).unwrap() }
            }
        }
    }
}

/// A world as it was.
pub struct Backup(World);

impl Transport for TestServer {
    fn post(&self, asked: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        let (before, after, torn, doubled, signed_out, busy) = {
            let mut network = self.network.lock().unwrap();
            network.2.push(asked.to_owned());
            let faults = network.1;
            let rng = &mut network.0;
            (
                rng.percent(faults.lost_before),
                rng.percent(faults.lost_after),
                rng.percent(faults.torn),
                rng.percent(faults.doubled),
                rng.percent(faults.signed_out),
                rng.percent(faults.busy),
            )
        };
        if before {
            return Err(TransportError::Unreachable("lost".into()));
        }
        if busy {
            return Ok(Reply { status: 503, body: b"<html>busy</html>".to_vec() });
        }
        if signed_out {
            self.forget_sessions();
        }
        let mut reply = self.answer(asked, token, &body);
        if doubled {
            reply = self.answer(asked, token, &body);
        }
        if after {
            return Err(TransportError::Cut);
        }
        if torn {
            reply.body.truncate(reply.body.len() / 2);
        }
        Ok(reply)
    }
}

fn ok<T: Serialize>(message: &T) -> Result<Vec<u8>, ProblemKind> {
    Ok(frame::encode(message).unwrap())
}

impl World {
    fn mint(&mut self) -> [u8; 16] {
        self.count += 1;
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&(self.count + (u64::from(self.epoch) << 32)).to_be_bytes());
        bytes
    }

    /// Any code is good: it names the person.
    fn enrol(&mut self, body: &[u8]) -> Result<Vec<u8>, ProblemKind> {
        let request: EnrolRequest = frame::decode(body).map_err(|_| ProblemKind::BadRequest)?;
        if request.code == "used" {
            return Err(ProblemKind::CodeUnusable);
        }
        let id = UserId::from_bytes(self.mint());
        let fresh = Person { id, name: request.code.clone(), role: "enumerator".into() };
        let user = self.people.entry(request.code).or_insert(fresh).clone();
        let device = DeviceId::of_key(&request.public_key);
        let known = Known { key: *request.public_key, user: user.clone(), revoked: false };
        self.devices.insert(device.to_bytes(), known);
        ok(&EnrolResponse { device, user, epoch: Epoch::from_bytes([self.epoch; 16]), bundle_key: None })
    }

    fn challenge(&mut self, body: &[u8]) -> Result<Vec<u8>, ProblemKind> {
        let _: ChallengeRequest = frame::decode(body).map_err(|_| ProblemKind::BadRequest)?;
        let half = self.mint();
        let mut nonce = [7; 32];
        nonce[..16].copy_from_slice(&half);
        self.challenges.insert(nonce);
        ok(&Challenge { nonce: ByteArray::new(nonce) })
    }

    fn hello(&mut self, body: &[u8]) -> Result<Vec<u8>, ProblemKind> {
        let request: HelloRequest = frame::decode(body).map_err(|_| ProblemKind::BadRequest)?;
        if self.only_update {
            return Err(ProblemKind::ProtocolUnsupported);
        }
        let device = request.device.to_bytes();
        let known = self.devices.get(&device).cloned().ok_or(ProblemKind::SignInRequired)?;
        if !self.challenges.remove(&*request.nonce) || !hello_is_signed(&request, &known.key) {
            return Err(ProblemKind::SignInRequired);
        }
        let token = EnvelopeId::from_bytes(self.mint()).to_string();
        self.tokens.insert(token.clone(), device);
        ok(&HelloResponse {
            token,
            token_seconds: limits::SESSION_SECONDS,
            protocol: 1,
            epoch: Epoch::from_bytes([self.epoch; 16]),
            watermark: self.watermarks.get(&device).copied().unwrap_or(0),
            backed_up: self.backed_up.get(&device).copied().unwrap_or(0),
            server_now_ms: request.now_ms + 5_000,
            user: known.user,
            bundle_key: None,
        })
    }

    fn session(&self, token: Option<&str>) -> Result<[u8; 16], ProblemKind> {
        token.and_then(|token| self.tokens.get(token)).copied().ok_or(ProblemKind::SignInRequired)
    }

    fn push(&mut self, device: [u8; 16], body: &[u8]) -> Result<Vec<u8>, ProblemKind> {
        let request: PushRequest = frame::decode(body).map_err(|_| ProblemKind::BadRequest)?;
        assert!(request.envelopes.len() <= limits::ENVELOPES_PER_PUSH);
        let known = self.devices[&device].clone();
        let mut results = Vec::new();
        for signed in &request.envelopes {
            let Ok(envelope) = signed.open(&known.key) else {
                results.push(EnvelopeResult::Refused { id: None, problem: ProblemKind::SignatureInvalid });
                continue;
            };
            let id = envelope.id.to_bytes();
            if self.bodies.get(&id).is_some_and(|body| *body != *signed.body) {
                let problem = ProblemKind::EnvelopeIdReused;
                results.push(EnvelopeResult::Refused { id: Some(envelope.id), problem });
                continue;
            }
            if !self.envelopes.contains_key(&id) {
                self.bodies.insert(id, signed.body.to_vec());
                self.record_envelope(&envelope, &known.user);
            }
            results.push(EnvelopeResult::Recorded { id: envelope.id, items: self.envelopes[&id].clone() });
        }
        let watermark = self.watermarks.get(&device).copied().unwrap_or(0);
        let backed_up = self.backed_up.get(&device).copied().unwrap_or(0);
        ok(&PushResponse { results, watermark, backed_up })
    }

    fn record_envelope(&mut self, envelope: &Envelope, user: &Person) {
        let id = envelope.id.to_bytes();
        self.envelopes.insert(id, vec![ItemVerdict::Accepted; envelope.items.len()]);
        let mark = self.watermarks.entry(envelope.device.to_bytes()).or_insert(0);
        *mark = (*mark).max(envelope.number);
        for (place, item) in envelope.items.iter().enumerate() {
            let verdict = self.judge(item, envelope, user, place as u32);
            if let ItemVerdict::Quarantined { reason } = &verdict {
                self.quarantined.push(reason.clone());
            }
            self.envelopes.get_mut(&id).unwrap()[place] = verdict;
        }
    }

    fn judge(&mut self, item: &Item, envelope: &Envelope, user: &Person, place: u32) -> ItemVerdict {
        let quarantine = |reason: &str| ItemVerdict::Quarantined { reason: reason.to_owned() };
        match item {
            Item::Create { record, form, form_version, area, subject, test } => {
                if self.records.contains_key(record) {
                    return ItemVerdict::Duplicate;
                }
                let row = ListRow {
                    form: form.clone(),
                    form_version: *form_version,
                    area: area.clone(),
                    subject: *subject,
                    label: String::new(),
                    state: "draft".into(),
                    search: String::new(),
                    test: *test,
                    unread: true,
                };
                self.records.insert(*record, Held { row: row.clone(), saved: Vec::new() });
                self.feed.push(Entry::Item(Box::new(PageItem::Row { record: *record, row })));
                ItemVerdict::Accepted
            }
            Item::Change { record, change } => {
                let facts = match gate::inspect(change) {
                    Ok(facts) => facts,
                    Err(error) => return quarantine(error.kind()),
                };
                self.bind(facts.actor, user, envelope.device);
                if !self.records.contains_key(record) {
                    return quarantine("unknown_record");
                }
                let verdict = self.admit(*record, &facts);
                match &verdict {
                    ItemVerdict::Waiting { .. } => {
                        self.waiting.push((*record, facts, envelope.id.to_bytes(), place));
                    }
                    ItemVerdict::Accepted => self.release(*record),
                    _ => {}
                }
                verdict
            }
            Item::Submission { record, heads, .. } => {
                let Some(held) = self.records.get_mut(record) else { return quarantine("unknown_record") };
                let mut document = doorstep_records::Record::load(&held.saved).unwrap();
                if !document.contains_heads(heads) {
                    return ItemVerdict::Waiting { missing: heads.iter().copied().collect() };
                }
                held.row.state = "submitted".into();
                let row = held.row.clone();
                self.submissions.push((*record, heads.iter().copied().collect()));
                self.feed.push(Entry::Item(Box::new(PageItem::Row { record: *record, row })));
                ItemVerdict::Accepted
            }
            Item::Comment { id, record, heads, path, text, at_ms } => {
                self.feed.push(Entry::Item(Box::new(PageItem::Comment {
                    id: *id,
                    record: *record,
                    heads: heads.clone(),
                    path: path.clone(),
                    by: user.name.clone(),
                    text: text.clone(),
                    at_ms: *at_ms,
                })));
                ItemVerdict::Accepted
            }
            Item::Discard { .. } => ItemVerdict::Accepted,
        }
    }

    fn bind(&mut self, actor: ActorId, user: &Person, device: DeviceId) {
        if self.bound.insert(actor) {
            let binding = ActorBinding {
                actor,
                user: user.id,
                name: user.name.clone(),
                role: user.role.clone(),
                post: None,
                device: Some(device),
            };
            self.feed.push(Entry::Item(Box::new(PageItem::Actors { bindings: vec![binding] })));
        }
    }

    fn admit(&mut self, record: RecordId, facts: &ChangeFacts) -> ItemVerdict {
        let held = self.records.get_mut(&record).unwrap();
        let mut admission = Admission::load(Some(&held.saved)).unwrap();
        match admission.admit(facts) {
            Ok(Admitted::Applied) => {
                held.saved = admission.saved().to_vec();
                let changes = vec![ByteBuf::from(facts.raw.clone())];
                self.feed.push(Entry::Item(Box::new(PageItem::Changes { record, row: None, changes })));
                ItemVerdict::Accepted
            }
            Ok(Admitted::Duplicate) => ItemVerdict::Duplicate,
            Ok(Admitted::Waiting { missing }) => ItemVerdict::Waiting { missing },
            Err(error) => ItemVerdict::Quarantined { reason: error.kind().to_owned() },
        }
    }

    fn release(&mut self, record: RecordId) {
        loop {
            let mut freed = false;
            for (at, facts, envelope, place) in std::mem::take(&mut self.waiting) {
                if at != record {
                    self.waiting.push((at, facts, envelope, place));
                    continue;
                }
                match self.admit(at, &facts) {
                    ItemVerdict::Waiting { .. } => self.waiting.push((at, facts, envelope, place)),
                    verdict => {
                        self.envelopes.get_mut(&envelope).unwrap()[place as usize] = verdict;
                        freed = true;
                    }
                }
            }
            if !freed {
                return;
            }
        }
    }

    fn pull(&mut self, device: [u8; 16], body: &[u8]) -> Result<Vec<u8>, ProblemKind> {
        if self.devices[&device].revoked {
            return Err(ProblemKind::DeviceRevoked);
        }
        let request: PullRequest = frame::decode(body).map_err(|_| ProblemKind::BadRequest)?;
        let from = match &request.cursor {
            None => 0,
            Some(cursor) => {
                let bytes: [u8; 9] = cursor.as_slice().try_into().map_err(|_| ProblemKind::BadRequest)?;
                if bytes[0] != self.epoch {
                    return Err(ProblemKind::BadRequest);
                }
                u64::from_be_bytes(bytes[1..].try_into().unwrap()) as usize
            }
        };
        let to = (from + self.page_items).min(self.feed.len());
        let items = self.feed[from..to]
            .iter()
            .filter_map(|entry| match entry {
                Entry::Item(item) => Some((**item).clone()),
                Entry::For(only, item) => (only.to_bytes() == device).then(|| (**item).clone()),
            })
            .collect();
        let mut cursor = vec![self.epoch];
        cursor.extend((to as u64).to_be_bytes());
        ok(&Page {
            cursor: ByteBuf::from(cursor),
            more: to < self.feed.len(),
            epoch: Epoch::from_bytes([self.epoch; 16]),
            items,
        })
    }
}

/// An id for an object that a supervisor makes.
pub fn object(n: u8) -> ObjectId {
    ObjectId::from_bytes([n; 16])
}
