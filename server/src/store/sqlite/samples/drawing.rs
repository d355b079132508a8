//! Drawing: the base out of the approved register, the rule, one entry of the log.

use std::collections::{BTreeMap, HashMap};

use doorstep_protocol::ProblemKind;
use rusqlite::Connection;
use serde_json::Value;

use super::reading;
use crate::language::Said;
use crate::log::{By, LogEntry, SampleDrawnEntry, StratumEntry, commit};
use crate::samples::draw::{Draw, NotDrawn, Unit, draw};
use crate::samples::model::{
    BaseFilter, DRAWN_MAX, NewSample, REGISTERED, STATUS, SampleView, Strata, UNREGISTERED,
};
use crate::source::Entropy;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::assignments::{invalid, may_assign, text_bounded};
use crate::store::sqlite::reconciles::mint;
use crate::store::sqlite::review::data::row_each;
use crate::store::sqlite::review::library::area_path;
use crate::store::sqlite::review::suspects::village;
use crate::store::{Scope, StoreError};

const KNOWN_FORM: &str = "SELECT EXISTS (SELECT 1 FROM form_version WHERE form = ?1)";

impl SqliteStore {
    pub(super) fn drawn(
        &self,
        scope: &Scope,
        new: &NewSample,
        entropy: &dyn Entropy,
        at_ms: i64,
    ) -> Result<SampleView, StoreError> {
        may_assign(scope)?;
        text_bounded(&new.name)?;
        let as_of_ms = new.as_of_ms.unwrap_or(at_ms);
        if as_of_ms > at_ms {
            return Err(invalid("The register of a day to come is not known.", "不能按尚未到来的时间抽取。"));
        }
        // The instant is fixed: what is approved meanwhile changes nothing, and the writer does not wait for the reading.
        let drawn = self.read(|conn| {
            let base = base(conn, scope, new, as_of_ms)?;
            draw(base, new.asked, new.seed).map_err(|why| not_drawn(why, as_of_ms, at_ms))
        })?;
        let count: usize = drawn.strata.iter().map(|stratum| stratum.drawn.len()).sum();
        if count > DRAWN_MAX {
            let en = format!(
                "{count} households are more than one sample may hold ({DRAWN_MAX}). Draw by county or town."
            );
            let zh = format!("{count} 户超出单次抽取上限 {DRAWN_MAX} 户，请按县或乡镇分别抽取。");
            return Err(StoreError::Refused(ProblemKind::TooLarge, Some(Said::new(en, zh))));
        }
        let id = mint(at_ms, entropy)?;
        let (scope, new) = (scope.clone(), new.clone());
        self.write(move |conn| {
            let by = By::from(&scope);
            let entry = SampleDrawnEntry {
                id,
                name: new.name,
                register: new.register,
                check: new.check,
                area: new.area,
                filter: new.filter,
                by_stratum: new.by,
                asked: new.asked.to_string(),
                seed: new.seed,
                as_of_ms,
                base: u32::try_from(drawn.base).unwrap_or(u32::MAX),
                base_sha256: drawn.base_sha256.to_vec().into(),
                strata: strata(drawn),
                by,
            };
            commit(conn, at_ms, &LogEntry::SampleDrawn(entry))?;
            Ok(reading::sample(conn, &scope, id)?.1)
        })
    }
}

fn strata(drawn: Draw) -> Vec<StratumEntry> {
    let entry = |stratum: crate::samples::draw::DrawnStratum| StratumEntry {
        key: stratum.key,
        base: u32::try_from(stratum.base).unwrap_or(u32::MAX),
        drawn: stratum.drawn,
        reserve: stratum.reserve,
    };
    drawn.strata.into_iter().map(entry).collect()
}

/// The households that may be drawn, each with its stratum.
fn base(conn: &Connection, scope: &Scope, new: &NewSample, as_of_ms: i64) -> Result<Vec<Unit>, StoreError> {
    for form in [&new.register, &new.check] {
        if !conn.query_row(KNOWN_FORM, [form], |row| row.get(0))? || !scope.covers_form(form) {
            let said = Said::new(format!("There is no form `{form}`."), format!("没有表单“{form}”。"));
            return Err(StoreError::Refused(ProblemKind::Invalid, Some(said)));
        }
    }
    let path = area_path(conn, &new.area)?.filter(|path| scope.covers(path)).ok_or(StoreError::NotFound)?;
    let (mut base, mut villages) = (Vec::new(), HashMap::new());
    row_each(conn, &scope.below(&path).as_of(Some(as_of_ms)), &new.register, |row| {
        let damaged = |_| StoreError::Damaged("a row of the dataset");
        let answers: BTreeMap<String, Value> = row.answers().map_err(damaged)?;
        let status = answers.get(STATUS).and_then(Value::as_str).unwrap_or(UNREGISTERED);
        if new.filter == BaseFilter::Registered && !REGISTERED.contains(&status) {
            return Ok::<(), StoreError>(());
        }
        let stratum = match new.by {
            Strata::None => String::new(),
            Strata::Status => status.to_owned(),
            Strata::Village => match villages.get(&row.area) {
                Some(known) => String::clone(known),
                None => {
                    let code = village(conn, &row.area)?;
                    villages.insert(row.area, code.clone());
                    code
                }
            },
        };
        base.push(Unit { record: row.record, stratum });
        Ok(())
    })?;
    Ok(base)
}

fn not_drawn(why: NotDrawn, as_of_ms: i64, at_ms: i64) -> StoreError {
    let (en, zh) = match why {
        NotDrawn::NoBase if as_of_ms < at_ms => (
            "No such household was approved in this area by then.".to_owned(),
            "截至该时间，该区划没有审核通过的此类农户。".to_owned(),
        ),
        NotDrawn::NoBase => (
            "No such household is approved in this area.".to_owned(),
            "该区划没有审核通过的此类农户。".to_owned(),
        ),
        NotDrawn::Nothing { base } => (
            format!("The share of {base} households is less than one. Ask for more."),
            format!("{base} 户按此比例不足一户，请提高比例。"),
        ),
        NotDrawn::TooMany { base } => {
            (format!("There are {base} households only."), format!("符合条件的只有 {base} 户。"))
        }
    };
    StoreError::Refused(ProblemKind::Invalid, Some(Said::new(en, zh)))
}
