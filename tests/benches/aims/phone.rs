//! Real devices: first sync, nothing new, an edit's weight, opening and searching.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use doorstep_client_core::Device;
use doorstep_client_core::driver::{HttpTransport, surroundings};
use doorstep_client_core::sync::route;
use doorstep_server::store::sqlite::DATABASE_FILE;
use serde_json::json;

use crate::bare;
use crate::hand::Hand;
use crate::server::Server;
use crate::table::{Row, median, ms, rate, ratio, whole};
use crate::town::{FORM, TOWN, Town, name_of};
use crate::wire::{Counted, Relay, Timed};

/// Bytes of a page of the primitive before compression: what the server's largest pages hold.
const PAGE: usize = 4 * 1024 * 1024;

/// A device on this machine's disk, enrolled for a person.
pub(crate) fn enrol(town: &Town, server: &Server, person: &str, file: &Path) -> Result<Device> {
    let transport = HttpTransport::new(&server.url)?;
    let mut device = Device::open(file, surroundings())?;
    device.enrol(&transport, &server.url, &town.code(person)?, "bench")?;
    Ok(device)
}

/// First sync of the whole town: what the server does for it, and the whole of it onto a phone's store.
pub(crate) fn first_sync(town: &Town, server: &Server, rounds: usize) -> Result<(Vec<Row>, PathBuf)> {
    let count = town.households.len();
    let hand = Hand::enrol(&town.door(), &town.code(TOWN)?, 99)?;
    let (mut served, mut whole_times) = (Vec::new(), Vec::new());
    let (mut bare_served, mut bare_whole) = (Vec::new(), Vec::new());
    let (mut bytes, mut bare_bytes) = (0, 0);
    let mut last = PathBuf::new();
    for round in 0..=rounds {
        let pulled = hand.pull_all(&town.door())?;
        served.push(pulled.answering);
        ensure!(pulled.snapshots == count, "{} of {count} records pulled", pulled.snapshots);

        let file = town.folder.join(format!("phone-{count}-{round}.sqlite"));
        let mut device = enrol(town, server, TOWN, &file)?;
        let transport = Counted::new(HttpTransport::new(&server.url)?);
        let start = Instant::now();
        device.sync(&transport)?;
        whole_times.push(start.elapsed());
        let (_, up, down) = transport.take(route::PULL);
        bytes = up + down;
        let listed = device.list()?.len();
        ensure!(listed == count, "{listed} of {count} records on the phone");
        last = file;

        let sent = bare::read_and_send(&town.folder.join(DATABASE_FILE), PAGE)?;
        let received = town.folder.join(format!("bare-phone-{count}-{round}.sqlite"));
        let (time, kept) = bare::receive(&sent.pages, &received)?;
        ensure!(kept == count, "{kept} of {count} records received");
        bare_bytes = sent.bytes;
        bare_served.push(sent.time);
        bare_whole.push(sent.time + time);
    }
    // The first round warms up.
    for times in [&mut served, &mut whole_times, &mut bare_served, &mut bare_whole] {
        times.remove(0);
    }
    let (serve, bare_serve) = (median(&served), median(&bare_served));
    let (all, bare_all) = (median(&whole_times), median(&bare_whole));
    let households = whole(count as f64);
    let rows = vec![
        Row::new(
            format!("first sync of {households} households: the server's part"),
            "<= 2 x primitive",
            format!("{:.2} s, {} households/s", serve.as_secs_f64(), whole(rate(count, serve))),
        )
        .against(
            format!("{:.2} s: read the stored bytes, zstd, send", bare_serve.as_secs_f64()),
            ratio(serve, bare_serve),
            2.0,
        ),
        Row::new(
            format!("first sync of {households} households onto a phone's store, over HTTP"),
            "<= 2 x primitive; > 2,148/s (PouchDB)",
            format!("{:.2} s, {} households/s", all.as_secs_f64(), whole(rate(count, all))),
        )
        .against(
            format!("{:.2} s: read, zstd, send, receive, one row each, fsync a page", bare_all.as_secs_f64()),
            ratio(all, bare_all),
            2.0,
        ),
        Row::new(
            "first sync: bytes of body a household, both ways",
            "<= 650 bytes",
            format!("{} bytes", bytes / count),
        )
        .beside(format!("{} bytes: the stored bytes under zstd", bare_bytes / count))
        .met(bytes / count <= 650),
    ];
    Ok((rows, last))
}

/// A phone that has everything, and what its sync with nothing new takes.
pub(crate) struct Quiet {
    device: Device,
    transport: HttpTransport,
    count: usize,
    requests: u32,
    body: u64,
    wire: u64,
}

/// Syncs a phone until it has everything, and counts one sync more.
pub(crate) fn quiet(town: &Town, server: &Server, file: &Path) -> Result<Quiet> {
    let transport = HttpTransport::new(&server.url)?;
    let mut device = Device::open(file, surroundings())?;
    device.sync(&transport)?;
    let relay = Relay::to(&server.url)?;
    let through = HttpTransport::new(&relay.url)?;
    device.sync(&through)?;
    relay.take();
    let report = device.sync(&through)?;
    let (up, down) = relay.take();
    ensure!(report.page_items == 0, "{} items where nothing is new", report.page_items);
    Ok(Quiet {
        device,
        transport,
        count: town.households.len(),
        requests: report.requests,
        body: report.bytes_up + report.bytes_down,
        wire: up + down,
    })
}

impl Quiet {
    fn sync(&mut self) -> Result<Duration> {
        let start = Instant::now();
        let report = self.device.sync(&self.transport)?;
        let time = start.elapsed();
        ensure!(report.requests == self.requests && report.page_items == 0, "syncs with nothing new differ");
        Ok(time)
    }
}

/// Compares the phones of two servers, turn by turn so that both meet the same machine.
pub(crate) fn quiet_rows(small: &mut Quiet, large: &mut Quiet) -> Result<Vec<Row>> {
    for quiet in [&mut *small, &mut *large] {
        // Its connection may be long gone.
        quiet.device.sync(&quiet.transport)?;
    }
    let (mut small_times, mut large_times) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        small_times.push(small.sync()?);
        large_times.push(large.sync()?);
    }
    let (little, much) = (median(&small_times), median(&large_times));
    let same = ratio(much, little);
    let records = whole(large.count as f64);
    Ok(vec![
        Row::new(
            format!("sync with nothing new, {records} records: time"),
            "independent of the number of records",
            format!("{:.2} ms", ms(much)),
        )
        .against(
            format!("{:.2} ms at {} records", ms(little), whole(small.count as f64)),
            same,
            1.25,
        ),
        Row::new(
            format!("sync with nothing new, {records} records: round trips, bytes of both bodies"),
            "1, <= 400 bytes",
            format!("{}, {} bytes ({} with HTTP/1.1 headers)", large.requests, large.body, large.wire),
        )
        .met(large.requests == 1 && large.body <= 400),
    ])
}

/// What one-field edits weigh in a batch of a hundred, as a phone sends them.
pub(crate) fn edit_weight(town: &Town, server: &Server, whose: &str) -> Result<Row> {
    let file = town.folder.join("editor.sqlite");
    let mut device = enrol(town, server, &name_of(0), &file)?;
    let transport = Counted::new(HttpTransport::new(&server.url)?);
    device.sync(&transport)?;
    let ids: Vec<_> = device.list()?.iter().map(|row| row.id).take(100).collect();
    ensure!(ids.len() == 100, "a village of {} households", ids.len());
    let mut weights = Vec::new();
    for round in 0..3 {
        for (at, id) in ids.iter().enumerate() {
            let phone = format!("138{:08}", at * 7_919 + round * 31);
            device.session(*id)?.answer("phone", &json!(phone))?;
        }
        transport.take(route::PUSH);
        let report = device.sync(&transport)?;
        ensure!(report.verdicts.accepted == 100, "{:?}", report.verdicts);
        let (requests, up, _) = transport.take(route::PUSH);
        ensure!(requests == 1, "{requests} pushes");
        weights.push(up as f64 / 100.0);
    }
    Ok(Row::new(
        format!("one-field edit in a batch of 100, {whose}"),
        "<= 90 bytes",
        format!("{:.0} bytes ({:.0} when the phone edits them again)", weights[0], weights[2]),
    )
    .beside("body of the push / 100: signature, numbers and hashes included")
    .met(weights[0] <= 90.0))
}

/// Opening the store of a phone that has everything, listing it and looking for a name.
pub(crate) fn open_and_search(town: &Town, file: &Path) -> Result<Row> {
    let count = town.households.len();
    let (mut opened, mut listed) = (Vec::new(), Vec::new());
    for _ in 0..=5 {
        let start = Instant::now();
        let device = Device::open(file, surroundings())?;
        opened.push(start.elapsed());
        let rows = device.list()?;
        let found = rows.iter().filter(|row| row.label.contains("王") || row.search.contains("王")).count();
        listed.push(start.elapsed());
        ensure!(rows.len() == count && rows.iter().all(|row| row.form == FORM), "{} rows", rows.len());
        ensure!(found > 0 && found < count, "{found} found");
    }
    let (opened, all) = (median(&opened[1..]), median(&listed[1..]));
    Ok(Row::new(
        format!("phone: open a store of {} households, list and search it", whole(count as f64)),
        "<= 300 ms",
        format!("{:.0} ms (opening {:.0} ms)", ms(all), ms(opened)),
    )
    .met(ms(all) <= 300.0))
}

/// Devices of every village at once: first sync, edits, sync again. The server's memory is looked at afterwards.
pub(crate) fn crowd(town: &Town, server: &Server, devices: usize) -> Result<Row> {
    let idle = server.memory();
    let work = (0..devices).collect();
    let times = Mutex::new(Vec::new());
    let start = Instant::now();
    let pulled = crate::chance::spread(work, devices, |at| {
        let village = at % town.villages;
        let file = town.folder.join(format!("crowd-{devices}-{at}.sqlite"));
        let mut device = enrol(town, server, &name_of(village), &file)?;
        let transport = Timed::new(HttpTransport::new(&server.url)?, &times);
        device.sync(&transport)?;
        let rows = device.list()?;
        for row in rows.iter().skip(at).step_by(rows.len() / 20 + 1) {
            device.session(row.id)?.answer("remark", &json!(format!("phone {at}")))?;
        }
        let report = device.sync(&transport)?;
        ensure!(report.verdicts.quarantined + report.verdicts.refused == 0, "{:?}", report.verdicts);
        Ok(rows.len())
    })?;
    let time = start.elapsed();
    let expected: usize = (0..devices)
        .map(|at| town.households.iter().filter(|household| household.village == at % town.villages).count())
        .sum();
    let pulled: usize = pulled.iter().sum();
    ensure!(pulled == expected, "{pulled} of {expected} records pulled");
    let (idle, (after, peak)) =
        idle.zip(server.memory()).ok_or_else(|| anyhow!("no /proc on this system"))?;
    Ok(Row::new(
        format!(
            "server memory with {} households and {devices} devices syncing at once",
            whole(town.households.len() as f64)
        ),
        "<= 150 MB, flat in records",
        format!(
            "{peak:.0} MB at most, {:.0} MB before, {after:.0} MB after ({} records pulled in {:.1} s; a request {})",
            idle.0,
            whole(pulled as f64),
            time.as_secs_f64(),
            spread_of(times)
        ),
    )
    .met(peak <= 150.0))
}

/// The middle and the slowest hundredth of requests.
fn spread_of(times: Mutex<Vec<Duration>>) -> String {
    let mut times = times.into_inner().unwrap_or_else(PoisonError::into_inner);
    times.sort();
    let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
    format!("{:.0} ms p50, {:.0} ms p99", ms(at(50)), ms(at(99)))
}
