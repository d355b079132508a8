//! The pages of a store's file and, over them, those of its write-ahead log: read as bytes, because SQLite reads no file
//! whose pages contradict each other.

use std::collections::HashMap;

/// Bytes of a page of every store this program makes.
const PAGE: usize = 4096;
/// Bytes before the pages of a log, and before each of them.
#[cfg(feature = "native")]
const LOG_HEAD: usize = 32;
#[cfg(feature = "native")]
const FRAME_HEAD: usize = 24;

/// All pages there are.
pub(in crate::store) struct Pages {
    file: Vec<u8>,
    log: Vec<u8>,
    /// Where the newest version of a page begins in the log.
    newer: HashMap<u32, usize>,
}

impl Pages {
    /// The pages of a file that has no log.
    pub(in crate::store) fn of(file: Vec<u8>) -> Pages {
        Pages { file, log: Vec::new(), newer: HashMap::new() }
    }

    /// Reads a file and its log.
    #[cfg(feature = "native")]
    pub(in crate::store) fn read(file: &std::path::Path, log: &std::path::Path) -> std::io::Result<Pages> {
        let log = match std::fs::read(log) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        Ok(Pages { file: std::fs::read(file)?, newer: newest(&log), log })
    }

    /// A page, numbered from 1.
    pub(super) fn get(&self, number: u32) -> Option<&[u8]> {
        match self.newer.get(&number) {
            Some(at) => self.log.get(*at..at + PAGE),
            None => {
                let at = usize::try_from(number).ok()?.checked_sub(1)?.checked_mul(PAGE)?;
                self.file.get(at..at.checked_add(PAGE)?)
            }
        }
    }

    /// The numbers of all pages.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        let last = u32::try_from(self.file.len() / PAGE).unwrap_or(u32::MAX);
        1..=self.newer.keys().copied().max().unwrap_or(0).max(last)
    }
}

/// Frames of this life of the log; those of an earlier one have another salt.
#[cfg(feature = "native")]
fn newest(log: &[u8]) -> HashMap<u32, usize> {
    let mut newer = HashMap::new();
    let Some(salt) = log.get(16..24) else { return newer };
    for at in (LOG_HEAD..log.len()).step_by(FRAME_HEAD + PAGE) {
        let Some(head) = log.get(at..at + FRAME_HEAD) else { break };
        if head[8..16] != *salt || log.len() < at + FRAME_HEAD + PAGE {
            break;
        }
        newer.insert(u32::from_be_bytes([head[0], head[1], head[2], head[3]]), at + FRAME_HEAD);
    }
    newer
}
