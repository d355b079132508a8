//! Who stands behind the actors of a record.

use doorstep_protocol::{DeviceId, UserId};
use rusqlite::Connection;

use crate::review::model::Author;
use crate::review::view::Authors;
use crate::store::sqlite::rows::{actor, id16};

const ACTORS: &str = "SELECT actor, actor.user, user_name, actor.role, device, post FROM actor \
     LEFT JOIN user ON user.id = actor.user WHERE record = ?1";

/// The people who wrote a record, by actor.
pub(crate) fn author_list(conn: &Connection, num: i64) -> rusqlite::Result<Authors> {
    conn.prepare_cached(ACTORS)?
        .query_map([num], |row| {
            let author = Author {
                user: UserId::from_bytes(id16(row, 1)?),
                name: row.get(2)?,
                role: row.get(3)?,
                device: row.get::<_, Option<[u8; 16]>>(4)?.map(DeviceId::from_bytes),
                post: row.get(5)?,
            };
            Ok((actor(row, 0)?, author))
        })?
        .collect()
}
