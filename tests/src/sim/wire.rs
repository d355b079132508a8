//! The network between a phone and the server: it loses, doubles, delays, tears and reorders. And the witness, who reads
//! along and remembers what the server acknowledged.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use doorstep_client_core::sync::{Reply, Transport, TransportError, route};
use doorstep_protocol::pull::{Page, PageItem, PullRequest};
use doorstep_protocol::push::{EnvelopeResult, FORK, ItemVerdict, PushRequest, PushResponse};
use doorstep_protocol::{DeviceId, Item, ObjectId, UserId, frame, limits};
use doorstep_records::{ActorId, ChangeHash, RecordId, gate};

use super::Trouble;
use super::chance::Chance;
use super::plant::{self, Plant};
use super::server::Server;
use super::sight::sight;
use super::tally::Tally;
use super::violation::{Check, Violation};

/// How often what happens to a request, in a hundred requests.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Lost before the server saw it.
    pub lost: u32,
    /// Done by the server, the answer lost.
    pub answer_lost: u32,
    /// Delivered twice.
    pub doubled: u32,
    /// The answer cut off in the middle.
    pub torn: u32,
    /// Delivered long after the phone gave up.
    pub late: u32,
    /// Envelopes of one push in another order.
    pub shuffled: u32,
    /// Somebody changes grants while a walk over pages is under way.
    pub meddled: u32,
}

impl Weather {
    /// A bad day in the mountains.
    pub const BAD: Weather =
        Weather { lost: 10, answer_lost: 12, doubled: 8, torn: 5, late: 4, shuffled: 25, meddled: 30 };
    /// A cable.
    pub const FINE: Weather =
        Weather { lost: 0, answer_lost: 0, doubled: 0, torn: 0, late: 0, shuffled: 0, meddled: 0 };
}

/// What the server said it has taken, and what was found wrong on the way.
#[derive(Debug, Default)]
pub struct Witness {
    /// Acknowledged changes, by record.
    pub acked: BTreeMap<RecordId, BTreeMap<ChangeHash, Vec<u8>>>,
    /// Those of them that a server set back has not been given again yet.
    pub lost: BTreeSet<ChangeHash>,
    /// Acknowledged submissions and comments.
    pub said: BTreeMap<ObjectId, RecordId>,
    /// Who signed what was first accepted of an actor.
    pub signers: BTreeMap<ActorId, (UserId, DeviceId)>,
    /// What was found.
    pub found: Vec<Violation>,
    /// How much happened.
    pub tally: Rc<Tally>,
}

impl Witness {
    /// Notes a broken promise.
    pub fn find(&mut self, check: Check, detail: impl Into<String>) {
        self.found.push(Violation::new(check, detail));
    }
}

/// A request that the phone has given up and the network has not.
#[derive(Debug)]
pub struct Late {
    token: Option<String>,
    body: Vec<u8>,
}

/// The way between one phone and the server.
pub struct Wire<'a> {
    server: &'a Server,
    weather: Weather,
    chance: RefCell<Chance>,
    witness: &'a RefCell<Witness>,
    late: &'a RefCell<Vec<Late>>,
    meddle: &'a dyn Fn(&mut Chance) -> Result<(), Trouble>,
    plant: Option<Plant>,
}

impl<'a> Wire<'a> {
    /// A way.
    pub fn new(
        server: &'a Server,
        weather: Weather,
        chance: Chance,
        (witness, late): (&'a RefCell<Witness>, &'a RefCell<Vec<Late>>),
        meddle: &'a dyn Fn(&mut Chance) -> Result<(), Trouble>,
        plant: Option<Plant>,
    ) -> Wire<'a> {
        Wire { server, weather, chance: RefCell::new(chance), witness, late, meddle, plant }
    }

    /// Brings what was delayed.
    pub fn bring_late(&self) {
        let late = std::mem::take(&mut *self.late.borrow_mut());
        for request in late {
            self.bring(route::PUSH, request.token.as_deref(), &request.body);
        }
    }

    fn happened(&self, event: &'static str) {
        self.witness.borrow().tally.add(event);
    }

    fn percent(&self, chance: u32) -> bool {
        self.chance.borrow_mut().percent(chance)
    }

    /// Brings a request to the server and reads along.
    fn bring(&self, route: &str, token: Option<&str>, body: &[u8]) -> Reply {
        if route != route::PUSH && route != route::PULL {
            return self.server.answer(route, token, body);
        }
        let small = small_page(route, body);
        let body = small.as_deref().unwrap_or(body);
        let reply = plant::answer(self.plant, self.server, &self.chance, route, token, body)
            .unwrap_or_else(|| self.server.answer(route, token, body));
        if reply.status == 200
            && let Err(trouble) = self.read_along(route, token, body, &reply)
        {
            self.witness.borrow_mut().find(Check::NothingStuck, format!("the witness stumbled: {trouble}"));
        }
        if reply.status >= 500 && self.server.is_full() {
            self.happened("server full");
        } else if reply.status >= 500 {
            self.witness.borrow_mut().find(Check::NothingStuck, format!("{route} answered {}", reply.status));
        }
        reply
    }

    fn read_along(
        &self,
        route: &str,
        token: Option<&str>,
        body: &[u8],
        reply: &Reply,
    ) -> Result<(), Trouble> {
        let unreadable = |_| Trouble::Unreadable("a message of our own");
        let session = self.server.session(token, self.server.time().now_ms());
        let device = session.map_err(|_| Trouble::Unreadable("session"))?.device;
        let revoked = self.server.is_revoked(device)?;
        if route == route::PUSH {
            let request: PushRequest = frame::decode(body).map_err(unreadable)?;
            let response: PushResponse = frame::decode(&reply.body).map_err(unreadable)?;
            self.witness.borrow_mut().pushed(&request, &response, revoked);
            return Ok(());
        }
        let page: Page = frame::decode(&reply.body).map_err(unreadable)?;
        if revoked {
            self.witness.borrow_mut().find(Check::ScopeKept, "a revoked phone was told something");
        }
        self.pulled(self.server.user_of(device)?, &page)?;
        if page.more {
            self.happened("walks");
            if self.percent(self.weather.meddled) {
                self.happened("regrants mid-walk");
                (self.meddle)(&mut self.chance.borrow_mut())?;
            }
        }
        Ok(())
    }

    /// Nothing in a page lies outside what its reader may know of.
    fn pulled(&self, user: UserId, page: &Page) -> Result<(), Trouble> {
        let sight = sight(self.server.eye()?, user)?;
        let mut witness = self.witness.borrow_mut();
        for item in &page.items {
            let record = match item {
                PageItem::Snapshot { record, .. }
                | PageItem::Changes { record, .. }
                | PageItem::Row { record, .. }
                | PageItem::Review { record, .. }
                | PageItem::Comment { record, .. }
                | PageItem::Alias { record, .. } => record,
                PageItem::Area { area } => {
                    if !sight.areas.contains(&area.code) {
                        witness.find(Check::ScopeKept, format!("area {} was told to {user}", area.code));
                    }
                    continue;
                }
                PageItem::Assignment { assignment } => {
                    if !sight.areas.contains(&assignment.area) {
                        witness.find(
                            Check::ScopeKept,
                            format!("work in {} was told to {user}", assignment.area),
                        );
                    }
                    continue;
                }
                PageItem::Left { .. } | PageItem::Actors { .. } | PageItem::Form { .. } => continue,
            };
            if !sight.records.contains(record) {
                witness.find(Check::ScopeKept, format!("record {record} was told to {user}: {item:.60?}"));
            }
        }
        Ok(())
    }

    /// The same request twice: the log does not grow by the second.
    fn bring_twice(&self, route: &str, token: Option<&str>, body: &[u8]) -> Reply {
        self.happened("twice");
        let first = self.bring(route, token, body);
        let rows = self.server.log_rows();
        let second = self.bring(route, token, body);
        if let (Ok(before), Ok(after)) = (rows, self.server.log_rows())
            && before != after
        {
            let detail = format!("{route} twice: the log grew from {before} to {after} by the second");
            self.witness.borrow_mut().find(Check::RepeatChangesNothing, detail);
        }
        if self.percent(50) && second.status == 200 { second } else { first }
    }

    /// The envelopes of a push arrive in another order.
    fn bring_shuffled(&self, token: Option<&str>, body: &[u8]) -> Option<Reply> {
        let request: PushRequest = frame::decode(body).ok()?;
        let count = request.envelopes.len();
        if count < 2 {
            return None;
        }
        self.happened("shuffled");
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            order.swap(at, self.chance.borrow_mut().below(at + 1));
        }
        let envelopes = order.iter().map(|at| request.envelopes[*at].clone()).collect();
        let reply = self.bring(route::PUSH, token, &frame::encode(&PushRequest { envelopes }).ok()?);
        let Ok(mut response) = frame::decode::<PushResponse>(&reply.body) else { return Some(reply) };
        let mut results: Vec<_> = order.into_iter().zip(response.results).collect();
        results.sort_by_key(|(at, _)| *at);
        response.results = results.into_iter().map(|(_, result)| result).collect();
        Some(Reply { status: reply.status, body: frame::encode(&response).ok()? })
    }
}

impl Transport for Wire<'_> {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        self.happened("requests");
        if self.percent(20) {
            self.bring_late();
        }
        let weather = self.weather;
        if self.percent(weather.lost) {
            self.happened("lost");
            return Err(TransportError::Unreachable("lost".to_owned()));
        }
        if self.percent(weather.answer_lost) {
            self.happened("answers lost");
            self.bring(route, token, &body);
            return Err(TransportError::Cut);
        }
        if route == route::PUSH && self.percent(weather.late) {
            self.happened("late");
            self.late.borrow_mut().push(Late { token: token.map(str::to_owned), body });
            return Err(TransportError::TimedOut);
        }
        if self.percent(weather.doubled) {
            return Ok(self.bring_twice(route, token, &body));
        }
        if route == route::PUSH
            && self.percent(weather.shuffled)
            && let Some(reply) = self.bring_shuffled(token, &body)
        {
            return Ok(reply);
        }
        let mut reply = self.bring(route, token, &body);
        if self.percent(weather.torn) {
            self.happened("torn");
            let keep = self.chance.borrow_mut().below(reply.body.len());
            reply.body.truncate(keep);
        }
        Ok(reply)
    }
}

impl Witness {
    fn pushed(&mut self, request: &PushRequest, response: &PushResponse, revoked: bool) {
        for (signed, result) in request.envelopes.iter().zip(&response.results) {
            let Ok(envelope) = signed.peek() else { continue };
            match result {
                EnvelopeResult::Recorded { items, .. } => {
                    let signer = (envelope.user, envelope.device);
                    for (item, verdict) in envelope.items.iter().zip(items) {
                        self.judged(item, verdict, signer, revoked);
                    }
                }
                EnvelopeResult::Refused { problem, .. } => {
                    self.find(Check::HonestItemTaken, format!("an envelope was refused: {}", problem.name()));
                }
            }
        }
    }

    fn judged(&mut self, item: &Item, verdict: &ItemVerdict, signer: (UserId, DeviceId), revoked: bool) {
        match (verdict, item) {
            (ItemVerdict::Accepted | ItemVerdict::Duplicate, Item::Change { record, change }) => {
                let Ok(facts) = gate::inspect(change) else { return };
                if self.lost.remove(&facts.hash) {
                    self.tally.add("offered again");
                }
                self.signers.entry(facts.actor).or_insert(signer);
                self.acked.entry(*record).or_default().insert(facts.hash, facts.raw);
            }
            (
                ItemVerdict::Accepted | ItemVerdict::Duplicate,
                Item::Submission { id, record, .. } | Item::Comment { id, record, .. },
            ) => {
                self.said.insert(*id, *record);
            }
            (ItemVerdict::Waiting { .. }, _) => self.tally.add("waited"),
            (ItemVerdict::Quarantined { reason }, _) if reason == FORK => self.tally.add("forks"),
            // Somebody else said meanwhile that it is complete.
            (ItemVerdict::Quarantined { reason }, Item::Discard { .. })
                if reason == SUBMITTED || reason == STANDS_FOR_OTHERS => {}
            (ItemVerdict::Quarantined { reason }, _) if revoked && reason == REVOKED => {
                self.tally.add("delivered after revocation");
            }
            (ItemVerdict::Quarantined { reason }, _) => {
                self.find(Check::HonestItemTaken, format!("{reason}: {item:.120?}"));
            }
            (ItemVerdict::Accepted | ItemVerdict::Duplicate, _) => {}
        }
    }
}

/// Why a discard is set aside after a submission.
const SUBMITTED: &str = "already_submitted";
/// Why a discard is set aside after a merge.
const STANDS_FOR_OTHERS: &str = "stands_for_others";
/// Why what a revoked phone delivers is set aside.
const REVOKED: &str = "device_revoked";

/// A pull asks for the smallest pages, so that a walk takes several of them.
fn small_page(route: &str, body: &[u8]) -> Option<Vec<u8>> {
    if route != route::PULL {
        return None;
    }
    let request: PullRequest = frame::decode(body).ok()?;
    frame::encode(&PullRequest { page_bytes: limits::PAGE_BYTES_MIN, ..request }).ok()
}
