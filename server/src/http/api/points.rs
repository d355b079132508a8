//! `/api/v1/points/{form}`: where the approved records of an area are, for the small map beside a position.

use axum::extract::State;
use doorstep_forms::{Form, Kind};
use doorstep_protocol::problem::ProblemKind;
use doorstep_records::RecordId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::Caller;
use super::dataset::newest;
use crate::app::AppState;
use crate::areas::Area;
use crate::dataset::model::{DatasetRow, PAGE_ROWS_MAX};
use crate::http::extract::{Path, Query};
use crate::http::problem::HttpProblem;
use crate::store::{Scope, Store, StoreError};

/// Points of one answer: as many as a small map can show.
const POINTS_MAX: usize = 2_000;

/// Query of `GET /points/{form}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PointsQuery {
    area: String,
}

/// Answer to `GET /points/{form}`.
#[derive(Default, Serialize, JsonSchema)]
pub(crate) struct Points {
    points: Vec<Point>,
    /// There are more than are named.
    more: bool,
}

/// Where a record is.
#[derive(Serialize, JsonSchema)]
struct Point {
    record: RecordId,
    latitude: f64,
    longitude: f64,
}

/// The points at or below an area.
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Path(form): Path<String>,
    Query(query): Query<PointsQuery>,
) -> Result<axum::Json<Points>, HttpProblem> {
    let found = state
        .read(move |store| {
            let Some(path) = path_of(&store.area_list(&caller.scope)?, &caller.scope, &query.area) else {
                return Ok(None);
            };
            points(store, &caller.scope.below(&path), &form).map(Some)
        })
        .await?;
    Ok(axum::Json(found.ok_or(ProblemKind::NotFound)?))
}

/// The path of an area of the scope: the granted area above it, then the codes down to it.
fn path_of(areas: &[Area], scope: &Scope, code: &str) -> Option<String> {
    let find = |code: &str| areas.iter().find(|area| area.code == code);
    let mut at = find(code)?;
    let mut below = String::new();
    while let Some(parent) = at.parent.as_deref().and_then(find) {
        below = format!("{}/{below}", at.code);
        at = parent;
    }
    let granted = scope
        .paths()
        .iter()
        .find(|path| path.trim_end_matches('/').rsplit('/').next() == Some(at.code.as_str()))?;
    Some(format!("{granted}{below}"))
}

fn points(store: &dyn Store, scope: &Scope, form: &str) -> Result<Points, StoreError> {
    let mut found = Points::default();
    let Some(version) = newest(store, scope, form)? else { return Ok(found) };
    let places = places(&version);
    if places.is_empty() {
        return Ok(found);
    }
    let mut after = None;
    loop {
        let page = store.dataset_list(scope, form, after, PAGE_ROWS_MAX)?;
        for row in &page.rows {
            let Some(point) = point(row, &places) else { continue };
            if found.points.len() == POINTS_MAX {
                found.more = true;
                return Ok(found);
            }
            found.points.push(point);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

/// The questions for a position that stand once in a record.
fn places(form: &Form) -> Vec<String> {
    let of = |question: &doorstep_forms::Question| question.template().to_owned();
    form.questions().filter(|q| q.kind() == Kind::Gps && !q.template().contains('*')).map(of).collect()
}

fn point(row: &DatasetRow, places: &[String]) -> Option<Point> {
    let answers = row.answers().ok()?;
    let held = places.iter().find_map(|path| answers.get(path))?;
    let read: Value = match held {
        Value::String(text) => serde_json::from_str(text).ok()?,
        other => other.clone(),
    };
    let at = |place: usize| read.get("coordinates")?.get(place)?.as_f64();
    Some(Point { record: row.record, longitude: at(0)?, latitude: at(1)? })
}

#[cfg(test)]
mod tests {
    use doorstep_protocol::UserId;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_point_is_read_from_the_register_s_text_and_nothing_else_is_one() {
        let row = |json: Value| DatasetRow {
            record: RecordId::from_parts(1, [1; 10]),
            form: "small".into(),
            form_version: 1,
            area: "9911".into(),
            subject: None,
            heads: doorstep_records::Heads::default(),
            approved_ms: 1,
            conflicts: 0,
            author: UserId::from_bytes([1; 16]),
            device: None,
            json: json.to_string(),
        };
        let places = ["place".to_owned()];
        let held = row(json!({"place": r#"{"coordinates":[104.2,28.1],"type":"Point"}"#}));
        let found = point(&held, &places).map(|point| (point.latitude, point.longitude));
        assert_eq!(found, Some((28.1, 104.2)));
        for other in [json!({}), json!({"place": "28,104"}), json!({"place": {"missing": "dk"}})] {
            assert!(point(&row(other.clone()), &places).is_none(), "{other}");
        }
    }
}
