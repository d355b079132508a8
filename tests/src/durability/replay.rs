//! What a disk may hold after a power cut, made from a trace.
//!
//! What was synced is there. Of what was not, any part may be: each sector of a write, each change of a length is kept or
//! lost on its own, in no order. Names are lost from the end, as file systems keep them in a journal: a name is durable
//! when its folder was synced.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::trace::Event;
use crate::sim::chance::Chance;

/// What stands under a name.
#[derive(Debug, Clone, Copy)]
enum Node {
    Folder,
    File(usize),
}

/// A change of a file that is not on disk for certain.
#[derive(Debug, Clone)]
enum Pending {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Debug, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Pending>,
}

/// A change of a name that is not on disk for certain.
#[derive(Debug, Clone)]
enum Naming {
    Set(PathBuf, Node),
    Move(PathBuf, PathBuf),
    Clear(PathBuf),
}

impl Naming {
    fn folder(&self) -> Option<&Path> {
        match self {
            Naming::Set(path, _) | Naming::Move(_, path) | Naming::Clear(path) => path.parent(),
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Naming::Set(path, node) => {
                names.insert(path.clone(), *node);
            }
            Naming::Move(from, to) => {
                if let Some(node) = names.remove(from) {
                    names.insert(to.clone(), node);
                }
            }
            Naming::Clear(path) => {
                names.remove(path);
            }
        }
    }
}

/// A disk with a cache before it.
#[derive(Debug, Default)]
pub struct Disk {
    files: Vec<File>,
    /// As the running program sees it.
    names: BTreeMap<PathBuf, Node>,
    durable_names: BTreeMap<PathBuf, Node>,
    pending_names: Vec<Naming>,
    /// Acknowledgements so far.
    pub acks: Vec<String>,
}

impl Disk {
    /// A call happens.
    pub fn happen(&mut self, event: &Event) {
        match event {
            Event::Create(path) => {
                let node = Node::File(self.files.len());
                self.files.push(File::default());
                self.name(Naming::Set(path.clone(), node));
            }
            Event::Folder(path) => self.name(Naming::Set(path.clone(), Node::Folder)),
            Event::Rename(from, to) => self.name(Naming::Move(from.clone(), to.clone())),
            Event::Unlink(path) => self.name(Naming::Clear(path.clone())),
            Event::Write(path, at, bytes) => {
                self.pend(path, Pending::Write(*at as usize, bytes.clone()));
            }
            Event::Truncate(path, length) => self.pend(path, Pending::Length(*length as usize)),
            Event::Sync(path) => self.sync(path),
            Event::Ack(text) => self.acks.extend(text.lines().map(str::to_owned)),
            Event::Call => {}
        }
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.pending_names.push(naming);
    }

    fn pend(&mut self, path: &Path, pending: Pending) {
        if let Some(Node::File(file)) = self.names.get(path) {
            self.files[*file].pending.push(pending);
        }
    }

    fn sync(&mut self, path: &Path) {
        if let Some(Node::File(file)) = self.names.get(path) {
            let file = &mut self.files[*file];
            for pending in file.pending.drain(..) {
                pending.apply(&mut file.durable);
            }
            return;
        }
        // A folder: its names, in order. Those of other folders stay in the cache.
        for naming in std::mem::take(&mut self.pending_names) {
            if naming.folder() == Some(path) {
                naming.apply(&mut self.durable_names);
            } else {
                self.pending_names.push(naming);
            }
        }
    }

    /// Writes down in `to` what the folder `root` may hold if the power fails now.
    pub fn crash(&self, root: &Path, to: &Path, chance: &mut Chance) -> Result<()> {
        let mood = Mood::draw(chance);
        let mut names = self.durable_names.clone();
        let kept = match mood {
            Mood::Nothing => 0,
            Mood::Everything => self.pending_names.len(),
            _ => chance.below(self.pending_names.len() + 1),
        };
        for naming in &self.pending_names[..kept] {
            naming.apply(&mut names);
        }
        let made: Vec<&Path> = self.folders_made();
        for (path, node) in &names {
            // A name is reachable only through the names of its folders.
            let lost =
                path.ancestors().skip(1).any(|above| made.contains(&above) && !names.contains_key(above));
            let place = to.join(path.strip_prefix(root).context("a file outside the root")?);
            match node {
                _ if lost => {}
                Node::Folder => std::fs::create_dir_all(place)?,
                Node::File(file) => {
                    std::fs::create_dir_all(place.parent().context("a file without a folder")?)?;
                    std::fs::write(place, self.files[*file].after(mood, chance))?;
                }
            }
        }
        Ok(())
    }

    /// Folders that were made while listening; the others were there before.
    fn folders_made(&self) -> Vec<&Path> {
        self.names
            .iter()
            .filter(|(_, node)| matches!(node, Node::Folder))
            .map(|(path, _)| path.as_path())
            .collect()
    }
}

impl Pending {
    fn apply(self, bytes: &mut Vec<u8>) {
        match self {
            Pending::Write(at, data) => put(bytes, at, &data),
            Pending::Length(length) => bytes.resize(length, 0),
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    if bytes.len() < at + data.len() {
        bytes.resize(at + data.len(), 0);
    }
    bytes[at..at + data.len()].copy_from_slice(data);
}

/// What kind of misfortune it is; the sectors are those of old and of new disks.
#[derive(Debug, Clone, Copy)]
enum Mood {
    Nothing,
    Everything,
    /// Whole calls, so many of a hundred.
    Calls(u32),
    /// Sectors, so many of a hundred.
    Torn {
        sector: usize,
        kept: u32,
    },
    /// Calls in order up to some point, the last one torn.
    Prefix {
        sector: usize,
    },
}

impl Mood {
    fn draw(chance: &mut Chance) -> Mood {
        let sector = if chance.percent(50) { 512 } else { 4096 };
        let kept = [5, 25, 50, 75, 95][chance.below(5)];
        match chance.below(10) {
            0 => Mood::Nothing,
            1 => Mood::Everything,
            2..4 => Mood::Calls(kept),
            4..8 => Mood::Torn { sector, kept },
            _ => Mood::Prefix { sector },
        }
    }
}

impl File {
    fn after(&self, mood: Mood, chance: &mut Chance) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        let last = chance.below(self.pending.len() + 1);
        for (at, pending) in self.pending.iter().enumerate() {
            let (kept, sector) = match mood {
                Mood::Nothing => (0, usize::MAX),
                Mood::Everything => (100, usize::MAX),
                Mood::Calls(kept) => (kept, usize::MAX),
                Mood::Torn { sector, kept } => (kept, sector),
                Mood::Prefix { sector } => match at.cmp(&last) {
                    std::cmp::Ordering::Less => (100, usize::MAX),
                    std::cmp::Ordering::Equal => (50, sector),
                    std::cmp::Ordering::Greater => (0, usize::MAX),
                },
            };
            match pending {
                Pending::Write(from, data) => torn(&mut bytes, *from, data, (kept, sector), chance),
                Pending::Length(length) if chance.percent(kept) => bytes.resize(*length, 0),
                Pending::Length(_) => {}
            }
        }
        bytes
    }
}

fn torn(bytes: &mut Vec<u8>, from: usize, data: &[u8], (kept, sector): (u32, usize), chance: &mut Chance) {
    let mut done = 0;
    while done < data.len() {
        let at = from + done;
        let end = (data.len() - done).min(sector - at % sector);
        if chance.percent(kept) {
            put(bytes, at, &data[done..done + end]);
        }
        done += end;
    }
}

/// Cuts the power `states` times, at moments and with losses drawn from `seed`, and gives what `check` says of each disk:
/// the folder and the acknowledgements that had left.
pub fn power_cuts(
    events: &[Event],
    root: &Path,
    (states, seed): (usize, u64),
    mut check: impl FnMut(&Path, &[String]) -> Result<(), String>,
) -> Result<Vec<String>> {
    let mut chance = Chance::new(seed);
    let mut cuts: Vec<usize> = (0..states).map(|_| chance.below(events.len() + 1)).collect();
    cuts.sort_unstable();
    let (mut disk, mut happened, mut found) = (Disk::default(), 0, Vec::new());
    for (state, cut) in cuts.into_iter().enumerate() {
        for event in &events[happened..cut] {
            disk.happen(event);
        }
        happened = cut;
        let folder = tempfile::tempdir_in(crate::sim::scratch())?;
        disk.crash(root, folder.path(), &mut chance.fork())?;
        if let Err(what) = check(folder.path(), &disk.acks) {
            found.push(format!("state {state}, cut after {cut} of {} calls: {what}", events.len()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn contents(events: &[Event], seeds: u64) -> std::collections::BTreeSet<Option<Vec<u8>>> {
        let mut disk = Disk::default();
        events.iter().for_each(|event| disk.happen(event));
        let one = |seed| {
            let folder = tempfile::tempdir().unwrap();
            disk.crash(Path::new("/d"), folder.path(), &mut Chance::new(seed)).unwrap();
            std::fs::read(folder.path().join("f")).ok()
        };
        (0..seeds).map(one).collect()
    }

    #[test]
    fn what_was_synced_is_there_and_any_part_of_the_rest() {
        let file = PathBuf::from("/d/f");
        let mut events = vec![
            Event::Create(file.clone()),
            Event::Write(file.clone(), 0, vec![1; 1024]),
            Event::Sync(file.clone()),
        ];
        let names = contents(&events, 50);
        assert!(names.contains(&None) && names.len() == 2, "the name is not durable without its folder");
        events.push(Event::Sync("/d".into()));
        assert_eq!(contents(&events, 50).into_iter().collect::<Vec<_>>(), [Some(vec![1; 1024])]);
        events.push(Event::Write(file.clone(), 0, vec![2; 512]));
        events.push(Event::Write(file, 512, vec![3; 512]));
        let seen: std::collections::BTreeSet<(u8, u8)> = contents(&events, 200)
            .into_iter()
            .map(|bytes| bytes.map(|all| (all[0], all[512])).unwrap())
            .collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [(1, 1), (1, 3), (2, 1), (2, 3)]);
    }

    #[test]
    fn a_folder_that_was_not_synced_takes_its_files_along() {
        let mut disk = Disk::default();
        for event in [
            Event::Folder("/d/new".into()),
            Event::Create("/d/new/f".into()),
            Event::Sync("/d/new".into()),
            Event::Sync("/d/new/f".into()),
        ] {
            disk.happen(&event);
        }
        let lost = (0..50).filter(|seed| {
            let folder = tempfile::tempdir().unwrap();
            disk.crash(Path::new("/d"), folder.path(), &mut Chance::new(*seed)).unwrap();
            !folder.path().join("new/f").exists()
        });
        assert!(lost.count() > 0);
    }
}
