//! The compound file that an xls workbook is ([MS-CFB]), as far as one stream of it is needed. Every chain of
//! sectors is bounded by the number of sectors in the file, so that a circle ends.

use crate::error::ImportError;

/// The first bytes of every compound file.
pub(super) const SIGNATURE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

const HEADER_BYTES: usize = 512;
const ENTRY_BYTES: usize = 128;
const MINI_BYTES: usize = 64;
/// Streams shorter than this stand in the mini stream.
const MINI_CUTOFF: usize = 4096;
/// Sector numbers from here on are marks, not sectors.
const MARKS: u32 = 0xFFFF_FFFA;

struct Entry {
    name: String,
    start: u32,
    bytes: usize,
}

/// A compound file with its directory read.
pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector_bytes: usize,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    mini: Vec<u8>,
    entries: Vec<Entry>,
}

fn bad(why: &'static str) -> ImportError {
    ImportError::OldBook(why)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|part| u32::from_le_bytes([part[0], part[1], part[2], part[3]]))
}

impl<'a> Compound<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Compound<'a>, ImportError> {
        let cut = || bad("the header is cut off");
        if bytes.len() < HEADER_BYTES || !bytes.starts_with(SIGNATURE) {
            return Err(cut());
        }
        let sector_bytes = match u16_at(bytes, 30) {
            Some(9) => 512,
            Some(12) => 4096,
            _ => return Err(bad("an unknown sector size")),
        };
        let mut file = Compound {
            bytes,
            sector_bytes,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini: Vec::new(),
            entries: Vec::new(),
        };
        file.fat = file.read_fat().ok_or_else(|| bad("the sector table is damaged"))?;
        let directory = u32_at(bytes, 48).ok_or_else(cut)?;
        let directory = file.chain(directory, usize::MAX).ok_or_else(|| bad("the directory is damaged"))?;
        file.entries = directory.chunks_exact(ENTRY_BYTES).filter_map(entry).collect();
        let root = file.entries.first().ok_or_else(|| bad("no directory"))?;
        let (start, length) = (root.start, root.bytes);
        let mini_fat = u32_at(bytes, 60).ok_or_else(cut)?;
        if mini_fat < MARKS {
            let table = file.chain(mini_fat, usize::MAX).ok_or_else(|| bad("the mini table is damaged"))?;
            file.mini_fat = numbers(&table).collect();
            file.mini = file.chain(start, length).ok_or_else(|| bad("the mini stream is damaged"))?;
        }
        Ok(file)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// The bytes of a stream, if it is there.
    pub(super) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, ImportError> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        let found = if entry.bytes < MINI_CUTOFF {
            self.mini_chain(entry.start, entry.bytes)
        } else {
            self.chain(entry.start, entry.bytes)
        };
        found.map(Some).ok_or_else(|| bad("a stream is damaged"))
    }

    fn sector(&self, id: u32) -> Option<&'a [u8]> {
        let start = (id as usize).checked_add(1)?.checked_mul(self.sector_bytes)?;
        // The last sector of a file may be cut short.
        let end = (start + self.sector_bytes).min(self.bytes.len());
        self.bytes.get(start..end).filter(|sector| !sector.is_empty())
    }

    fn read_fat(&self) -> Option<Vec<u32>> {
        let sectors = self.bytes.len() / self.sector_bytes + 1;
        let mut ids: Vec<u32> = numbers(self.bytes.get(76..HEADER_BYTES)?).collect();
        let mut next = u32_at(self.bytes, 68)?;
        let mut steps = 0;
        while next < MARKS {
            steps += 1;
            if steps > sectors {
                return None;
            }
            let mut part: Vec<u32> = numbers(self.sector(next)?).collect();
            next = part.pop()?;
            ids.extend(part);
        }
        let mut fat = Vec::new();
        for id in ids.into_iter().filter(|id| *id < MARKS).take(sectors) {
            fat.extend(numbers(self.sector(id)?));
        }
        Some(fat)
    }

    fn chain(&self, start: u32, length: usize) -> Option<Vec<u8>> {
        let most = self.bytes.len() / self.sector_bytes + 1;
        follow(start, length, &self.fat, most, |id| self.sector(id))
    }

    fn mini_chain(&self, start: u32, length: usize) -> Option<Vec<u8>> {
        let part = |id: u32| {
            let at = (id as usize).checked_mul(MINI_BYTES)?;
            self.mini.get(at..(at + MINI_BYTES).min(self.mini.len())).filter(|part| !part.is_empty())
        };
        follow(start, length, &self.mini_fat, self.mini.len() / MINI_BYTES + 1, part)
    }
}

fn follow<'b>(
    start: u32,
    length: usize,
    table: &[u32],
    most: usize,
    part: impl Fn(u32) -> Option<&'b [u8]>,
) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut id, mut steps) = (start, 0);
    while id < MARKS && out.len() < length {
        steps += 1;
        if steps > most {
            return None;
        }
        out.extend_from_slice(part(id)?);
        id = *table.get(id as usize)?;
    }
    out.truncate(length);
    Some(out)
}

fn entry(bytes: &[u8]) -> Option<Entry> {
    let length = usize::from(u16_at(bytes, 64)?).min(64);
    let units: Vec<u16> =
        bytes[..length].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    let name = String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned();
    Some(Entry { name, start: u32_at(bytes, 116)?, bytes: u32_at(bytes, 120)? as usize })
}
