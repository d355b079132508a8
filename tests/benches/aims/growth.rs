//! How the ratios grow with the register: the same work at 1,000, 10,000 and 100,000 households.

use std::path::{Path, PathBuf};

use anyhow::Result;
use doorstep_server::store::operations::Operations;

use crate::server::Server;
use crate::table::{Row, ms, rate, whole};
use crate::town::Town;
use crate::{DEVICES, phone, plot, push, reconcile, say, villages};

/// Households of each town.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
/// Timed rounds; a town of 100,000 takes minutes for one.
const ROUNDS: usize = 3;
/// A crowd as large as a county's on its first morning.
const MANY_DEVICES: usize = 300;

/// What is drawn: a line for each name, a point for each size.
type Lines = Vec<(&'static str, Vec<(f64, f64)>)>;

/// The memory of a server among few devices and among many.
pub(crate) fn crowds(town: &Town, rows: &mut Vec<Row>) -> Result<()> {
    for devices in [DEVICES, MANY_DEVICES] {
        // A fresh process: the most memory it ever had is that of this crowd.
        let server = Server::start(&town.folder)?;
        rows.push(phone::crowd(town, &server, devices)?);
        drop(server);
        reconcile::rest(town)?;
    }
    Ok(())
}

/// Measures every size; `plot` gets the drawing.
pub(crate) fn measure(folder: &Path, plot: Option<&PathBuf>, rows: &mut Vec<Row>) -> Result<()> {
    let mut lines: Lines = Vec::new();
    // The smallest town once more, whose phone goes on asking its server while the others grow.
    let (small, small_server) = synced(&folder.join("small"), SIZES[0])?;
    let (_, file) = phone::first_sync(&small, &small_server, 0)?;
    let mut little = phone::quiet(&small, &small_server, &file)?;
    for count in SIZES {
        say(&format!("a town of {}", whole(count as f64)));
        let rounds = if count < 100_000 { ROUNDS } else { 1 };
        let mut town = Town::found(&folder.join(count.to_string()), villages(count))?;
        let filled = town.fill(count)?;
        rows.push(push::submissions(&filled, crate::average_answers()));
        let at = rows.len();
        crate::reconciled(&mut town, rounds, rows)?;
        let server = Server::start(&town.folder)?;
        let (first, file) = phone::first_sync(&town, &server, rounds)?;
        rows.extend(first);
        for (name, row) in [
            ("push of edits", at),
            ("reconcile", at + 1),
            ("first sync, server", at + 2),
            ("first sync, phone", at + 3),
        ] {
            point(&mut lines, name, count, rows[row].ratio);
        }
        let mut quiet = phone::quiet(&town, &server, &file)?;
        let quiet = phone::quiet_rows(&mut little, &mut quiet)?;
        point(&mut lines, "nothing new", count, quiet[0].ratio);
        rows.extend(quiet);
        drop(server);
        crowds(&town, rows)?;
        rows.push(rebuild(&town)?);
    }
    if let Some(file) = plot {
        std::fs::write(file, plot::svg("ratio to the bare primitive of the same run", &lines))?;
    }
    Ok(())
}

/// Only a sync with nothing new, at every size.
pub(crate) fn quiet(folder: &Path, rows: &mut Vec<Row>) -> Result<()> {
    let (small, small_server) = synced(&folder.join("small"), SIZES[0])?;
    let (_, file) = phone::first_sync(&small, &small_server, 0)?;
    let mut little = phone::quiet(&small, &small_server, &file)?;
    for count in SIZES {
        say(&format!("a quiet town of {}", whole(count as f64)));
        let (town, server) = synced(&folder.join(count.to_string()), count)?;
        let (_, file) = phone::first_sync(&town, &server, 0)?;
        rows.extend(phone::quiet_rows(&mut little, &mut phone::quiet(&town, &server, &file)?)?);
    }
    Ok(())
}

/// A town that is filled and reconciled, and its server.
fn synced(folder: &Path, count: usize) -> Result<(Town, Server)> {
    let mut town = Town::found(folder, villages(count))?;
    town.fill(count)?;
    reconcile::once(&town)?;
    let server = Server::start(&town.folder)?;
    Ok((town, server))
}

fn point(lines: &mut Lines, name: &'static str, count: usize, ratio: Option<f64>) {
    let Some(ratio) = ratio else { return };
    match lines.iter_mut().find(|(known, _)| *known == name) {
        Some((_, points)) => points.push((count as f64, ratio)),
        None => lines.push((name, vec![(count as f64, ratio)])),
    }
}

/// Everything derived, made again from the log and reconciled.
fn rebuild(town: &Town) -> Result<Row> {
    let start = std::time::Instant::now();
    let entries = town.store.rebuild()?;
    let replayed = start.elapsed();
    let reconciled = reconcile::rest(town)?;
    let count = town.households.len();
    Ok(Row::new(
        format!("rebuild of {} records from the log", whole(count as f64)),
        "-",
        format!(
            "{:.1} s: {} entries replayed in {:.1} s, reconciled in {:.1} s; {} records/s",
            ms(replayed + reconciled) / 1e3,
            whole(entries as f64),
            ms(replayed) / 1e3,
            ms(reconciled) / 1e3,
            whole(rate(count, replayed + reconciled)),
        ),
    ))
}
