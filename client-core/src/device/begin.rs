//! New records.

use std::sync::Arc;

use doorstep_forms::{Answers, Context, Form, SubjectRule, Upgrade};
use doorstep_protocol::envelope::Item;
use doorstep_protocol::pull::{Area, ListRow};
use doorstep_records::{ChangeNote, Heads, Key, Record, RecordId, Value};

use super::Device;
use super::lensed::Under;
use super::write::flat;
use crate::env::{random10, unix_ms};
use crate::error::DeviceError;
use crate::store::documents::With;
use crate::store::records::{RecordRow, state};
use crate::store::{outbox, people, records};

/// Where the heads of the subject's copied answers are kept.
pub(crate) const PRELOAD_HEADS: &str = "_pre/_heads";

/// What a record is begun for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It counts.
    Work,
    /// To practise with the form as it is published: a test, which counts nowhere.
    Practice,
    /// To try a test version (测试版): a test as well.
    TestVersion,
}

/// What was approved of a record, for copies.
pub(crate) struct Approved {
    /// The exact state.
    heads: Heads,
    /// The version it is read under.
    form: Arc<Form>,
    /// Its answers by the paths of that version.
    row: Answers,
    /// Answers to questions that the version has removed.
    kept: Answers,
}

impl Device {
    /// Begins a record: its area and subject are fixed, `_form`, `_subject`, `_date` and the copies of the subject's
    /// approved answers are written.
    ///
    /// Without `area` it lies where its subject lies, else in the person's only village or group.
    ///
    /// # Errors
    /// [`DeviceError::UnknownForm`], [`DeviceError::AreaNeeded`], [`DeviceError::UnknownArea`], the subject errors,
    /// [`DeviceError::UnknownRecord`] for a subject that is not here.
    pub fn new_record(
        &mut self,
        form: &str,
        area: Option<&str>,
        subject: Option<RecordId>,
    ) -> Result<RecordId, DeviceError> {
        let form = self.newest_form(form)?;
        let id = self.mint_record();
        self.begin(id, &form, area, subject, false)
    }

    /// An id for a record to be begun.
    pub fn mint_record(&mut self) -> RecordId {
        RecordId::from_parts(unix_ms(self.now_ms()), random10(self.around.entropy.as_mut()))
    }

    /// Begins a record under an id minted before: done again, for want of an answer to the first time, it changes nothing.
    ///
    /// # Errors
    /// As [`Device::new_record`]; [`DeviceError::UnknownForm`] when this device has no test version of the form.
    pub fn new_record_as(
        &mut self,
        id: RecordId,
        form: &str,
        area: Option<&str>,
        subject: Option<RecordId>,
        purpose: Purpose,
    ) -> Result<(), DeviceError> {
        if records::get(self.store.read(), id)?.is_some() {
            return Ok(());
        }
        let form = match purpose {
            Purpose::TestVersion => self.test_form(form)?,
            Purpose::Work | Purpose::Practice => self.newest_form(form)?,
        };
        self.begin(id, &form, area, subject, purpose != Purpose::Work).map(|_| ())
    }

    fn begin(
        &mut self,
        id: RecordId,
        form: &Arc<Form>,
        area: Option<&str>,
        subject: Option<RecordId>,
        test: bool,
    ) -> Result<RecordId, DeviceError> {
        let subject = self.checked_subject(form, subject)?;
        // What is about a test household is a test as well.
        let test = match subject {
            Some(subject) => test || self.row(subject)?.test,
            None => test,
        };
        let area = self.checked_area(area, subject)?;
        let now_ms = self.now_ms();
        let puts = self.first_answers(form, &area, subject)?;
        let form_id = form.manifest().id.clone();
        let version = form.manifest().version;
        let create = Item::Create {
            record: id,
            form: form_id.clone(),
            form_version: version,
            area: area.clone(),
            subject,
            test,
        };
        let row = ListRow {
            form: form_id,
            form_version: version,
            area,
            subject,
            label: String::new(),
            state: state::DRAFT.to_owned(),
            search: String::new(),
            test,
            unread: false,
        };
        let mut record = Record::new();
        let note = ChangeNote::new(version, now_ms);
        self.commit(id, &mut record, form, &note, &puts, |tx| {
            records::insert_own(tx, id, &row, now_ms)?;
            outbox::enqueue(tx, &create, now_ms)
        })?;
        Ok(id)
    }

    fn checked_subject(
        &self,
        form: &Arc<Form>,
        subject: Option<RecordId>,
    ) -> Result<Option<RecordId>, DeviceError> {
        let id = &form.manifest().id;
        match (form.manifest().subject_rule(), subject) {
            (SubjectRule::None, Some(_)) => Err(DeviceError::SubjectNotAllowed(id.clone())),
            (SubjectRule::Required, None) => Err(DeviceError::SubjectNeeded(id.clone())),
            (_, None) => Ok(None),
            (_, Some(subject)) => {
                let subject = self.canonical(subject)?;
                Ok(Some(self.row(subject)?.id))
            }
        }
    }

    fn checked_area(&self, area: Option<&str>, subject: Option<RecordId>) -> Result<String, DeviceError> {
        let areas = self.areas()?;
        match (area, subject) {
            (Some(code), _) if areas.iter().any(|area| area.code == code && !area.ended) => {
                Ok(code.to_owned())
            }
            (Some(code), _) => {
                Err(DeviceError::UnknownArea { code: code.to_owned(), choices: workplaces(&areas) })
            }
            (None, Some(subject)) => Ok(self.row(subject)?.area),
            (None, None) => only_workplace(&areas),
        }
    }

    fn first_answers(
        &mut self,
        form: &Arc<Form>,
        area: &str,
        subject: Option<RecordId>,
    ) -> Result<Vec<(Key, Value)>, DeviceError> {
        let mut answers = Answers::new();
        answers.insert("_form".into(), form.manifest().id.clone().into());
        answers.insert("_date".into(), self.today().into());
        if let Some(path) = form.manifest().area_path.as_ref().filter(|path| !path.contains('*')) {
            answers.insert(path.clone(), area.into());
        }
        if let Some(subject) = subject {
            answers.insert("_subject".into(), subject.to_string().into());
            if !form.preloads().is_empty()
                && let Some(approved) = self.approved_row(subject)?
            {
                let Approved { heads, form: of, row, kept } = approved;
                answers.extend(form.preload_answers_under(&of, &row, &kept));
                answers.insert(PRELOAD_HEADS.into(), heads.to_string().into());
            }
        }
        Ok(answers
            .iter()
            .filter_map(|(path, json)| Some((Key::parse(path).ok()?, Value::from_json(json)?)))
            .collect())
    }

    /// The approved answers of a record, calculated values included; none if it has none.
    pub(crate) fn approved_row(&mut self, id: RecordId) -> Result<Option<Approved>, DeviceError> {
        let row = self.row(id)?;
        let form = self.copied_under(&row)?;
        let Some((heads, under)) = self.approved_reading(id, &form)? else { return Ok(None) };
        let kept = under.lensed.map(|lensed| lensed.reading.kept).unwrap_or_default();
        let row = form.dataset_row(&form.evaluate(&under.answers, &Context::FULL));
        Ok(Some(Approved { heads, form, row, kept }))
    }

    /// The version under which a record is read for copies of its answers: its own, so that what was calculated then is
    /// what is copied; the newest one here when that is built otherwise, because forms name the places of that one.
    fn copied_under(&self, row: &RecordRow) -> Result<Arc<Form>, DeviceError> {
        let own = self.form_of(&row.form, row.form_version)?;
        if row.test {
            return Ok(own);
        }
        let versions = people::versions(self.store.read(), &row.form)?;
        for (version, _) in versions.iter().rev().filter(|(version, _)| *version > own.manifest().version) {
            // A version this program cannot read changes nothing.
            let Ok(form) = self.form(&row.form, *version) else { continue };
            let rebuilt = self.around.forms.upgrade(&own, &form) == Upgrade::Pinned;
            return Ok(if rebuilt { form } else { own });
        }
        Ok(own)
    }

    /// The stored answers of a record at its last approved heads, read under `form`.
    pub(crate) fn approved_answers(
        &mut self,
        id: RecordId,
        form: &Form,
    ) -> Result<Option<(Heads, Answers)>, DeviceError> {
        let approved = self.approved_reading(id, form)?;
        Ok(approved.map(|(heads, under)| (heads, under.answers)))
    }

    fn approved_reading(&mut self, id: RecordId, form: &Form) -> Result<Option<(Heads, Under)>, DeviceError> {
        let reviews = people::reviews(self.store.read(), id)?;
        let decided = reviews.iter().rev().find(|review| review.decision != state::SENT_BACK);
        let now_ms = self.now_ms();
        let heads = match decided {
            Some(review) if state::is_approved(&review.decision) => Some(review.heads.clone()),
            Some(_) => return Ok(None),
            None => None,
        };
        if heads.is_none() && !state::is_approved(&self.row(id)?.state) {
            return Ok(None);
        }
        let mut record = self.store.open_record(id, With::Accepted, now_ms)?;
        // An approved record whose review is older than this device's first sync: as the server gave it.
        let heads = heads.unwrap_or_else(|| record.heads());
        if !form.has_lens() {
            let under = |values| Under { answers: flat(&values), lensed: None };
            return Ok(record.values_at(&heads).ok().map(|values| (heads, under(values))));
        }
        let answers = record.answers_at(&heads).ok();
        Ok(answers.map(|raw| (heads, super::lensed::read(form, &record, raw))))
    }
}

/// Places people work in: those without places below them, that have not ended.
fn workplaces(areas: &[Area]) -> Vec<Area> {
    let is_parent = |code: &str| areas.iter().any(|area| area.parent.as_deref() == Some(code));
    areas.iter().filter(|area| !area.ended && !is_parent(&area.code)).cloned().collect()
}

/// The person's only place of work: the only village, or the only place without places below it.
fn only_workplace(areas: &[Area]) -> Result<String, DeviceError> {
    let mut leaves = workplaces(areas);
    if leaves.len() == 1 {
        return Ok(leaves.remove(0).code);
    }
    let is_village = |area: &&Area| !area.ended && matches!(area.level.as_str(), "village" | "community");
    let mut villages = areas.iter().filter(is_village);
    match (villages.next(), villages.next()) {
        (Some(village), None) => Ok(village.code.clone()),
        _ => Err(DeviceError::AreaNeeded { choices: leaves }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(code: &str, parent: Option<&str>, level: &str) -> Area {
        Area {
            code: code.into(),
            parent: parent.map(Into::into),
            level: level.into(),
            name_zh: code.into(),
            name_en: code.into(),
            ended: false,
        }
    }

    #[test]
    fn nothing_new_is_begun_in_an_area_that_has_ended() {
        let ended = Area { ended: true, ..area("a", None, "village") };
        let next = area("b", None, "village");
        assert_eq!(only_workplace(&[ended.clone(), next]).unwrap(), "b");
        assert!(
            matches!(only_workplace(&[ended]), Err(DeviceError::AreaNeeded { choices }) if choices.is_empty())
        );
    }

    #[test]
    fn the_default_area_is_the_only_village_or_leaf() {
        let town = area("t", None, "town");
        let (a, b) = (area("a", Some("t"), "village"), area("b", Some("t"), "village"));
        let (g1, g2) = (area("g1", Some("a"), "group"), area("g2", Some("a"), "group"));
        assert_eq!(only_workplace(&[a.clone(), g1.clone(), g2.clone()]).unwrap(), "a");
        assert_eq!(only_workplace(&[a.clone(), g1.clone()]).unwrap(), "g1");
        assert_eq!(only_workplace(std::slice::from_ref(&b)).unwrap(), "b");
        match only_workplace(&[town, a, b, g1, g2]) {
            Err(DeviceError::AreaNeeded { choices }) => {
                assert_eq!(
                    choices.iter().map(|area| area.code.as_str()).collect::<Vec<_>>(),
                    ["b", "g1", "g2"]
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
