//! What supervisors do: look, approve exactly what they were shown, and sometimes try what they must not.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use doorstep_protocol::{ObjectId, UserId};
use doorstep_records::{Heads, Record, RecordId};
use doorstep_server::review::model::{NewComment, NewReview, RecordFilter, RecordLine};
use doorstep_server::review::rule::{Decision, Refusal, Waiver};
use doorstep_server::store::Scope;
use doorstep_server::store::records::{At, Records};
use doorstep_server::store::reviews::{Decided, Reviews};
use rusqlite::{OptionalExtension, params};

use super::Trouble;
use super::chance::Chance;
use super::plant::Plant;
use super::server::Server;
use super::violation::Check;
use super::wire::Witness;

/// One supervisor, and what they remember of what they were shown.
#[derive(Debug, Clone)]
pub struct Office {
    name: String,
    user: UserId,
    shown: BTreeSet<(RecordId, Heads)>,
    approved: BTreeMap<RecordId, Vec<Heads>>,
    /// What the next approval of a record must hold.
    last: BTreeMap<RecordId, Heads>,
}

/// The document of a record as the server has it.
pub fn document(server: &Server, record: RecordId) -> Result<Option<Record>, Trouble> {
    const DOCUMENT: &str = "SELECT document.bytes FROM document JOIN record ON record.num = document.record WHERE record.id = ?1";
    let bytes: Option<Vec<u8>> =
        server.eye()?.query_row(DOCUMENT, [record.to_bytes()], |row| row.get(0)).optional()?;
    bytes.map(|bytes| Record::load(&bytes).map_err(|_| Trouble::Unreadable("document"))).transpose()
}

impl Office {
    /// A supervisor who has seen nothing yet.
    pub fn new(name: &str, user: UserId) -> Office {
        Office {
            name: name.to_owned(),
            user,
            shown: BTreeSet::new(),
            approved: BTreeMap::new(),
            last: BTreeMap::new(),
        }
    }

    /// The heads that were approved of a record.
    pub fn approved_of(&self, record: RecordId) -> &[Heads] {
        self.approved.get(&record).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many approvals there were.
    pub fn approved(&self) -> usize {
        self.approved.values().map(Vec::len).sum()
    }

    /// One piece of work.
    pub fn work(
        &mut self,
        server: &Server,
        chance: &mut Chance,
        witness: &RefCell<Witness>,
        plant: Option<Plant>,
    ) -> Result<(), Trouble> {
        let scope = server.scope_of(&self.name)?;
        let page = server.store()?.record_list(&scope, &RecordFilter::default(), None, 500)?;
        let Some(line) = chance.pick(&page.records) else { return Ok(()) };
        let record = line.record;
        let heads = match chance.below(10) {
            0..6 => self.look(server, &scope, record, chance)?,
            6..8 => self.remembered(record, chance).unwrap_or(line.heads.clone()),
            // Whatever is there now, looked at or not.
            _ => line.heads.clone(),
        };
        if plant == Some(Plant::ApproveUnseen) {
            server.behind()?.execute(
                "INSERT OR IGNORE INTO served (user, record, heads) VALUES (?1, ?2, ?3)",
                params![self.user.to_bytes(), record.to_bytes(), heads_bytes(&heads)],
            )?;
        }
        match chance.below(10) {
            0..7 => self.approve(server, &scope, &line, heads, chance, witness),
            7..9 => self.other(server, &scope, record, heads, Decision::SendBack, witness),
            // A final refusal of everything would leave nothing to do.
            _ if chance.percent(60) => Ok(()),
            _ if chance.percent(40) => self.other(server, &scope, record, heads, Decision::Reopen, witness),
            _ => self.other(server, &scope, record, heads, Decision::NotAccept, witness),
        }
    }

    fn look(
        &mut self,
        server: &Server,
        scope: &Scope,
        record: RecordId,
        chance: &mut Chance,
    ) -> Result<Heads, Trouble> {
        let at = if chance.percent(70) { At::ToReview } else { At::Now };
        let view = server.store()?.record_get(scope, record, &at)?;
        self.shown.insert((record, view.heads.clone()));
        Ok(view.heads)
    }

    fn remembered(&self, record: RecordId, chance: &mut Chance) -> Option<Heads> {
        let of_it: Vec<Heads> =
            self.shown.iter().filter(|(shown, _)| *shown == record).map(|(_, heads)| heads.clone()).collect();
        chance.pick(&of_it)
    }

    fn decide(
        &self,
        server: &Server,
        scope: &Scope,
        record: RecordId,
        (decision, heads, waivers): (Decision, &Heads, Vec<Waiver>),
    ) -> Result<Decided, Trouble> {
        let at_ms = server.time().now_ms();
        let mint = || ObjectId::mint(at_ms.unsigned_abs(), server.dice().bytes());
        let comments = match decision {
            Decision::SendBack => {
                vec![(mint(), NewComment { path: Some("name".to_owned()), text: "请核实姓名".to_owned() })]
            }
            _ => Vec::new(),
        };
        let review =
            NewReview { id: mint(), decision, heads: heads.clone(), note: None, comments, waivers, at_ms };
        Ok(server.store()?.review_decide(scope, record, &review)?)
    }

    fn other(
        &mut self,
        server: &Server,
        scope: &Scope,
        record: RecordId,
        heads: Heads,
        decision: Decision,
        witness: &RefCell<Witness>,
    ) -> Result<(), Trouble> {
        let tally = &witness.borrow().tally;
        match self.decide(server, scope, record, (decision, &heads, Vec::new()))? {
            Decided::Refused(_) => tally.add("refused"),
            Decided::Taken(_) if decision == Decision::SendBack => tally.add("sent back"),
            // What was approved before may bind nobody now.
            Decided::Taken(_) => drop(self.last.remove(&record)),
        }
        Ok(())
    }

    fn approve(
        &mut self,
        server: &Server,
        scope: &Scope,
        line: &RecordLine,
        heads: Heads,
        chance: &mut Chance,
        witness: &RefCell<Witness>,
    ) -> Result<(), Trouble> {
        let record = line.record;
        let mut waivers = Vec::new();
        for _ in 0..3 {
            let decision = (Decision::Approve, &heads, waivers.clone());
            match self.decide(server, scope, record, decision)? {
                Decided::Taken(_) => {
                    return self.took(server, record, heads, &waivers, witness);
                }
                Decided::Refused(refused) => {
                    witness.borrow().tally.add("refused");
                    let stands = matches!(
                        refused.refusal,
                        Refusal::DifferentAnswers { .. } | Refusal::InvalidAnswers { .. }
                    );
                    if !stands || chance.percent(30) {
                        return Ok(());
                    }
                    let waive = |place: doorstep_server::review::rule::StandingError| Waiver {
                        key: place.key,
                        path: place.path,
                        reason: "户主不在家，以村干部为准".to_owned(),
                    };
                    waivers.extend(refused.refusal.places().into_iter().map(waive));
                }
            }
        }
        Ok(())
    }

    /// An approval stands: it must cover nothing unseen and no unexplained dispute, and never step back.
    fn took(
        &mut self,
        server: &Server,
        record: RecordId,
        heads: Heads,
        waivers: &[Waiver],
        witness: &RefCell<Witness>,
    ) -> Result<(), Trouble> {
        let mut witness = witness.borrow_mut();
        witness.tally.add_many("waivers", waivers.len());
        if !self.shown.contains(&(record, heads.clone())) {
            witness.find(Check::ApprovalSeen, format!("{record} approved at heads nobody was shown"));
        }
        let Some(mut document) = document(server, record)? else {
            witness.find(Check::ApprovalSeen, format!("{record} approved without a document"));
            return Ok(());
        };
        let disputes = document.conflicts_at(&heads).map_err(|_| Trouble::Unreadable("approved heads"))?;
        for dispute in disputes {
            if !waivers.iter().any(|waiver| waiver.path == dispute.key.as_str()) {
                witness.find(
                    Check::ApprovalSeen,
                    format!("{record} approved with a dispute at {}", dispute.key),
                );
            }
        }
        if let Some(last) = self.last.get(&record)
            && !document.descends(&heads, last)
        {
            witness
                .find(Check::ApprovalSeen, format!("{record}: an approval lacks what was approved before"));
        }
        self.last.insert(record, heads.clone());
        self.approved.entry(record).or_default().push(heads);
        Ok(())
    }
}

/// Heads as the server's columns hold them.
pub fn heads_bytes(heads: &Heads) -> Vec<u8> {
    heads.iter().flat_map(|hash| hash.to_bytes()).collect()
}
