//! What a new or changed scope gained and lost, walked in bounded pages.

use doorstep_protocol::UserId;
use doorstep_protocol::pull::PageItem;
use rusqlite::Connection;

use super::Asker;
use super::basket::Basket;
use super::cursor::{Backfill, Phase};
use super::rows::{self, Seen};
use crate::store::{Scope, StoreError};

/// The scopes a walk compares: the last one told whole, and all since, of which parts may have been told.
struct Past {
    /// What the device surely has.
    whole: Option<Scope>,
    /// What it may have.
    parts: Vec<Scope>,
}

impl Past {
    fn of(asker: &Asker<'_>, from: i64) -> Result<Past, StoreError> {
        let whole = if from == 0 { None } else { (asker.past)(from)? };
        let mut parts = Vec::new();
        for version in from.max(1)..asker.scope.version() {
            parts.extend((asker.past)(version)?);
        }
        Ok(Past { whole, parts })
    }

    fn surely_had(&self, seen: &Seen, user: UserId) -> bool {
        self.whole.as_ref().is_some_and(|scope| seen.is_visible(scope, user))
    }

    fn may_have_had(&self, seen: &Seen, user: UserId) -> bool {
        self.parts.iter().any(|scope| seen.is_visible(scope, user))
    }
}

/// Walks on until the basket is full (then where it stands) or everything is told (then nothing).
pub(super) fn walk(
    conn: &Connection,
    asker: &Asker<'_>,
    mut walk: Backfill,
    basket: &mut Basket,
) -> Result<Option<Backfill>, StoreError> {
    let past = Past::of(asker, walk.from)?;
    loop {
        let (told, next) = match walk.phase {
            Phase::Forms => (forms(conn, asker, &past, &mut walk, basket)?, Some(Phase::Areas)),
            Phase::Areas => (areas(conn, asker, &past, &mut walk, basket)?, Some(Phase::Lost)),
            Phase::Lost => (records(conn, asker, &past, &mut walk, basket)?, Some(Phase::Gained)),
            Phase::Gained => (records(conn, asker, &past, &mut walk, basket)?, None),
        };
        match (told, next) {
            (false, _) => return Ok(Some(walk)),
            (true, None) => return Ok(None),
            (true, Some(phase)) => walk = Backfill { phase, area: 0, record: 0, ..walk },
        }
    }
}

/// True when all form versions of the scope are told.
fn forms(
    conn: &Connection,
    asker: &Asker<'_>,
    past: &Past,
    walk: &mut Backfill,
    basket: &mut Basket,
) -> Result<bool, StoreError> {
    for (place, (form, version)) in rows::form_versions(conn)?.into_iter().enumerate() {
        let place = i64::try_from(place).unwrap_or(i64::MAX);
        let had = past.whole.as_ref().is_some_and(|scope| scope.covers_form(&form));
        if place < walk.area || had || !asker.scope.covers_form(&form) {
            continue;
        }
        if basket.is_full() {
            walk.area = place;
            return Ok(false);
        }
        basket.put(rows::form(conn, &form, version)?);
    }
    Ok(true)
}

/// True when all areas of the scope, and those above them, are told.
fn areas(
    conn: &Connection,
    asker: &Asker<'_>,
    past: &Past,
    walk: &mut Backfill,
    basket: &mut Basket,
) -> Result<bool, StoreError> {
    for (num, path, area) in rows::areas(conn)? {
        let had = past.whole.as_ref().is_some_and(|scope| names(scope, &path));
        if num < walk.area || had || !names(asker.scope, &path) {
            continue;
        }
        if basket.is_full() {
            walk.area = num;
            return Ok(false);
        }
        basket.put(PageItem::Area { area });
    }
    Ok(true)
}

/// True when a scope lies in an area or the area above it: a device names the way down to its own places.
fn names(scope: &Scope, path: &str) -> bool {
    scope.covers(path) || scope.paths().iter().any(|own| own.starts_with(path))
}

/// True when all records of the phase are told. Areas are walked by number, records within them by number.
fn records(
    conn: &Connection,
    asker: &Asker<'_>,
    past: &Past,
    walk: &mut Backfill,
    basket: &mut Basket,
) -> Result<bool, StoreError> {
    if walk.phase == Phase::Lost && past.parts.is_empty() {
        return Ok(true);
    }
    for (num, path, _) in rows::areas(conn)? {
        let concerned = match walk.phase {
            Phase::Lost => past.parts.iter().any(|scope| scope.covers(&path)),
            _ => asker.scope.covers(&path),
        };
        if num < walk.area || !concerned {
            continue;
        }
        if num > walk.area {
            (walk.area, walk.record) = (num, 0);
        }
        if !area_records(conn, asker, past, walk, basket)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn area_records(
    conn: &Connection,
    asker: &Asker<'_>,
    past: &Past,
    walk: &mut Backfill,
    basket: &mut Basket,
) -> Result<bool, StoreError> {
    loop {
        let found = rows::records_of_area(conn, walk.area, walk.record)?;
        if found.is_empty() {
            return Ok(true);
        }
        for seen in found {
            if basket.is_full() {
                return Ok(false);
            }
            walk.record = seen.num;
            let now = seen.is_visible(asker.scope, asker.user);
            match walk.phase {
                Phase::Lost if !now && past.may_have_had(&seen, asker.user) => {
                    basket.put(PageItem::Left { record: seen.id });
                }
                Phase::Gained
                    if now && seen.created_feed <= walk.high && !past.surely_had(&seen, asker.user) =>
                {
                    for item in rows::whole(conn, &seen)? {
                        basket.put(item);
                    }
                }
                _ => {}
            }
        }
    }
}
