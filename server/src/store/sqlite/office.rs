//! Edits from the office: ordinary changes under the editor's own actor, signed by the server.

use doorstep_protocol::push::ItemVerdict;
use doorstep_protocol::{EnvelopeId, Item, ProblemKind};
use doorstep_records::{ActorId, ChangeNote, Heads, Key, LocalChange, Value, WriteError};
use serde_bytes::ByteBuf;

use super::SqliteStore;
use super::review::cases::case_load;
use super::review::lines::line_get;
use crate::accounts::role::Action;
use crate::language::Said;
use crate::reconcile::lensed::read_under;
use crate::reconcile::rulebook::Rulebook;
use crate::source::Entropy;
use crate::store::records::OfficeEdit;
use crate::store::{Scope, StoreError};
use crate::sync::push::push_as_server;

impl SqliteStore {
    /// Writes an edit and answers the heads of the record afterwards.
    pub(super) fn office_edit(
        &self,
        scope: &Scope,
        edit: &OfficeEdit,
        entropy: &dyn Entropy,
    ) -> Result<Heads, StoreError> {
        if !scope.role().may(Action::Review) {
            return Err(StoreError::refused(ProblemKind::NotAllowed));
        }
        // One at a time: two changes of one actor with the same number would be a fork.
        let _turn = self.inner.office.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (change, heads) = self.office_change(scope, edit)?;
        let item = Item::Change { record: edit.record, change: ByteBuf::from(change.bytes) };
        let mut random = [0; 10];
        entropy.fill(&mut random).map_err(|_| StoreError::Damaged("the machine has no randomness"))?;
        let id = EnvelopeId::mint(u64::try_from(edit.at_ms).unwrap_or_default(), random);
        let verdicts = push_as_server(self, scope, id, vec![item], edit.at_ms)?;
        match verdicts.first() {
            Some(ItemVerdict::Accepted | ItemVerdict::Duplicate) => Ok(heads),
            _ => Err(StoreError::refused(ProblemKind::Conflict)),
        }
    }

    fn office_change(&self, scope: &Scope, edit: &OfficeEdit) -> Result<(LocalChange, Heads), StoreError> {
        let loaded = self.read(|conn| {
            let (num, _) = line_get(conn, scope, edit.record)?.ok_or(StoreError::NotFound)?;
            case_load(conn, num)?.ok_or(StoreError::NotFound)
        })?;
        let mut record = loaded.case.open()?;
        if edit.heads.is_empty() || !record.contains_heads(&edit.heads) {
            return Err(StoreError::refused(ProblemKind::NotSeen));
        }
        if let Some((key, _)) = edit.puts.iter().find(|(key, _)| key.as_str().starts_with('_')) {
            let said = Said::new(format!("`{key}` is not an answer."), format!("“{key}”不是可填写的答案。"));
            return Err(StoreError::Refused(ProblemKind::Invalid, Some(said)));
        }
        let version = loaded.case.judging_version(&mut record, &edit.heads);
        let mut note = ChangeNote::new(version, edit.at_ms);
        note.reason = edit.reason.clone();
        let user = scope.user().map_or_else(|| "operator".to_owned(), |user| user.to_string());
        let actor = ActorId::derive(&self.identity().install, &user, edit.record, 0);
        let form = self.read(|conn| self.inner.forms.get(conn, &loaded.case.form, version))?;
        let written = match form.as_ref().and_then(|form| form.lens()) {
            None => record.write_at(&actor, &note, &edit.heads, &edit.puts),
            Some(form) => {
                // An equal value in its own place may still stand against another in a former one.
                let answers =
                    record.answers_at(&edit.heads).map_err(|_| StoreError::refused(ProblemKind::NotSeen))?;
                let reading = read_under(form, &record, &answers);
                let news = |(key, value): &&(Key, Value)| !reading.stands(key.as_str(), &value.to_json());
                let puts: Vec<_> = edit.puts.iter().filter(news).cloned().collect();
                record.write_anyway_at(&actor, &note, &edit.heads, &puts)
            }
        };
        match written {
            Ok(change) => {
                let heads = record.heads();
                Ok((change, heads))
            }
            Err(error) => Err(refused(&error)),
        }
    }
}

fn refused(error: &WriteError) -> StoreError {
    let (kind, en, zh) = match error {
        WriteError::Nothing => (ProblemKind::Invalid, "These answers stand already.", "这些答案已经如此。"),
        WriteError::Value(_) => (ProblemKind::Invalid, "A value cannot be stored.", "有无法保存的值。"),
        WriteError::Note => (ProblemKind::TooLarge, "The reason is too long.", "说明过长。"),
        WriteError::ChangeTooLarge | WriteError::TooManyRows | WriteError::RecordTooLarge => {
            (ProblemKind::TooLarge, "More than one record may hold.", "超出一份记录的上限。")
        }
        WriteError::UnknownHeads(_) => return StoreError::refused(ProblemKind::NotSeen),
        WriteError::Internal => return StoreError::Damaged("a change of our own could not be applied"),
    };
    StoreError::Refused(kind, Some(Said::new(en, zh)))
}
