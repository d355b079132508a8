//! What one disk and one request at a time allow.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use doorstep_client_core::driver::HttpTransport;

use crate::bare;
use crate::chance::spread;
use crate::hand::Hand;
use crate::server::Server;
use crate::table::{Row, median, ms, rate, whole};
use crate::town::{Town, name_of, submission};

/// The durable append: one row, and a hundred, each with its fsync.
pub(crate) fn append(folder: &Path) -> Result<Row> {
    let conn = bare::database(&folder.join("bare-append.sqlite"))?;
    let payload = [7_u8; 400];
    let time = |rows: usize| -> Result<Duration> {
        let mut times = Vec::new();
        for _ in 0..60 {
            let start = Instant::now();
            bare::commit(&conn, std::iter::repeat_n(payload.as_slice(), rows))?;
            times.push(start.elapsed());
        }
        Ok(median(&times[10..]))
    };
    let (one, hundred) = (time(1)?, time(100)?);
    Ok(Row::new(
        "durable append: SQLite, WAL, synchronous=FULL (the primitive itself)",
        "",
        format!("{:.2} ms for 1 row of 400 bytes, {:.2} ms for 100", ms(one), ms(hundred)),
    ))
}

/// Submissions one a request over HTTP, as the servers compared with were measured.
pub(crate) fn single_submissions(town: &Town, server: &Server, phones: usize, each: usize) -> Result<Row> {
    let mut work = Vec::new();
    for phone in 0..phones {
        let village = phone % town.villages;
        let transport = HttpTransport::new(&server.url)?;
        let mut hand = Hand::enrol(&transport, &town.code(&name_of(village))?, 50_000 + phone as u64)?;
        let mut pushes = Vec::new();
        for at in 0..each {
            let (_, items) = submission(10_000_000 + phone * each + at, village, &hand)?;
            pushes.push(hand.seal(items.to_vec())?);
        }
        work.push((transport, hand, pushes));
    }
    let start = Instant::now();
    spread(work, phones, |(transport, hand, pushes)| {
        pushes.iter().try_for_each(|push| hand.push(&transport, push))
    })?;
    let time = start.elapsed();
    let speed = rate(phones * each, time);
    Ok(Row::new(
        format!("push: one household a request over HTTP, {phones} phones at once, while reconciling"),
        "> 115-347/s (ODK Central)",
        format!("{} submissions/s, each fsynced before its answer", whole(speed)),
    )
    .met(speed > 347.0))
}
