//! The pages of a store's file and, over them, those of its write-ahead log: read as bytes, because SQLite reads no file
//! whose pages contradict each other.

use std::collections::HashMap;

/// Bytes of a page of a store that this program makes on a machine, and in a browser.
const PAGE: usize = 4096;
const BROWSER_PAGE: usize = 8192;
/// Where the head of a file says how large its pages are.
const SIZE_AT: std::ops::Range<usize> = 16..18;
/// Bytes before the pages of a log, and before each of them.
const LOG_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;
/// Where these heads say which life of the log this is.
const LOG_SALT_AT: std::ops::Range<usize> = 16..24;
const FRAME_SALT_AT: std::ops::Range<usize> = 8..16;

/// All pages there are.
pub(in crate::store) struct Pages {
    file: Vec<u8>,
    log: Vec<u8>,
    /// Where the newest version of a page begins in the log.
    newer: HashMap<u32, usize>,
    /// Bytes of a page.
    size: usize,
}

impl Pages {
    /// The pages of a file and of its log, which is empty where there is none.
    pub(in crate::store) fn of(file: Vec<u8>, log: Vec<u8>) -> Pages {
        let size = size_in(&log).unwrap_or_else(|| size_of(&file));
        Pages { newer: newest(&log, size), file, log, size }
    }

    /// Reads a file and its log.
    #[cfg(feature = "native")]
    pub(in crate::store) fn read(file: &std::path::Path, log: &std::path::Path) -> std::io::Result<Pages> {
        let log = match std::fs::read(log) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        Ok(Pages::of(std::fs::read(file)?, log))
    }

    /// Bytes of a page.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// A page, numbered from 1.
    pub(super) fn get(&self, number: u32) -> Option<&[u8]> {
        match self.newer.get(&number) {
            Some(at) => self.log.get(*at..at + self.size),
            None => {
                let at = usize::try_from(number).ok()?.checked_sub(1)?.checked_mul(self.size)?;
                self.file.get(at..at.checked_add(self.size)?)
            }
        }
    }

    /// The numbers of all pages.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        let last = u32::try_from(self.file.len() / self.size).unwrap_or(u32::MAX);
        1..=self.newer.keys().copied().max().unwrap_or(0).max(last)
    }
}

/// The size that the head says; where the head is gone, the one at which pages begin as pages do.
fn size_of(file: &[u8]) -> usize {
    let said = file.get(SIZE_AT).map_or(0, |bytes| usize::from(u16::from_be_bytes([bytes[0], bytes[1]])));
    if [PAGE, BROWSER_PAGE].contains(&said) {
        return said;
    }
    let begins = |at: usize| file.get(at).is_some_and(|kind| matches!(kind, 2 | 5 | 10 | 13));
    let among = |first: usize| (first..file.len()).step_by(BROWSER_PAGE).filter(|at| begins(*at)).count();
    if among(PAGE) * 2 < among(BROWSER_PAGE) { BROWSER_PAGE } else { PAGE }
}

/// The size at which the second frame of a log is one of the same life as its head.
fn size_in(log: &[u8]) -> Option<usize> {
    let salt = log.get(LOG_SALT_AT)?;
    let is_second = |at: usize| log.get(at + FRAME_SALT_AT.start..at + FRAME_SALT_AT.end) == Some(salt);
    [PAGE, BROWSER_PAGE].into_iter().find(|size| is_second(LOG_HEAD + FRAME_HEAD + size))
}

/// Frames of this life of the log; those of an earlier one have another salt.
fn newest(log: &[u8], size: usize) -> HashMap<u32, usize> {
    let mut newer = HashMap::new();
    let Some(salt) = log.get(LOG_SALT_AT) else { return newer };
    for at in (LOG_HEAD..log.len()).step_by(FRAME_HEAD + size) {
        let Some(head) = log.get(at..at + FRAME_HEAD) else { break };
        if head[FRAME_SALT_AT] != *salt || log.len() < at + FRAME_HEAD + size {
            break;
        }
        newer.insert(u32::from_be_bytes([head[0], head[1], head[2], head[3]]), at + FRAME_HEAD);
    }
    newer
}
