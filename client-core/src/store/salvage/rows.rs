//! Rows found in pages one by one, by the file format of SQLite (<https://www.sqlite.org/fileformat2.html>, 1.6 and 2.1):
//! whatever leads to a page may be broken. Rows of pages that are no longer in use come out as well.

use super::pages::Pages;

/// The first page begins with the head of the file.
const FILE_HEAD: usize = 100;
/// No row of ours is larger.
const ROW_BYTES: u64 = 8 * 1024 * 1024;

/// A value in a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
    /// What no row of ours holds.
    Other,
}

/// A row of a table or of an index.
#[derive(Debug)]
pub(super) struct Row {
    /// Its number, in a table that numbers its rows.
    pub(super) number: Option<i64>,
    pub(super) cells: Vec<Cell>,
}

/// Every row that can be read, page after page.
pub(super) fn all(pages: &Pages) -> impl Iterator<Item = Row> {
    pages.numbers().flat_map(move |number| of_page(pages, number))
}

fn of_page(pages: &Pages, number: u32) -> Vec<Row> {
    let Some(page) = pages.get(number) else { return Vec::new() };
    let head = if number == 1 { FILE_HEAD } else { 0 };
    let kind = page[head];
    // Rows lie in leaves, and in the branches of what has no row numbers.
    let head_bytes = match kind {
        2 => 12,
        10 | 13 => 8,
        _ => return Vec::new(),
    };
    let count = usize::from(u16::from_be_bytes([page[head + 3], page[head + 4]]));
    let places = page[head + head_bytes..].chunks_exact(2).take(count);
    places.filter_map(|at| row(pages, page, kind, usize::from(u16::from_be_bytes([at[0], at[1]])))).collect()
}

fn row(pages: &Pages, page: &[u8], kind: u8, mut at: usize) -> Option<Row> {
    if kind == 2 {
        at += 4;
    }
    let length = varint(page, &mut at)?;
    let number = if kind == 13 { Some(varint(page, &mut at)? as i64) } else { None };
    let payload = payload(pages, page, (kind, at), length)?;
    Some(Row { number, cells: cells(&payload)? })
}

/// The bytes of a row: those in its page, and those in the chain of further pages.
fn payload(pages: &Pages, page: &[u8], (kind, at): (u8, usize), length: u64) -> Option<Vec<u8>> {
    if length > ROW_BYTES {
        return None;
    }
    let length = usize::try_from(length).ok()?;
    let usable = pages.size();
    let here = bytes_in_page(kind, length, usable);
    let mut payload = page.get(at..at + here)?.to_vec();
    if here == length {
        return Some(payload);
    }
    let mut next = number_at(page, at + here)?;
    while payload.len() < length {
        let page = pages.get(next)?;
        let more = (length - payload.len()).min(usable - 4);
        payload.extend_from_slice(page.get(4..4 + more)?);
        next = number_at(page, 0)?;
    }
    Some(payload)
}

fn bytes_in_page(kind: u8, length: usize, usable: usize) -> usize {
    let most = if kind == 13 { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
    if length <= most {
        return length;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let fitting = least + (length - least) % (usable - 4);
    if fitting <= most { fitting } else { least }
}

fn number_at(page: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(page.get(at..at + 4)?.try_into().ok()?))
}

fn cells(payload: &[u8]) -> Option<Vec<Cell>> {
    let mut at = 0;
    let head = usize::try_from(varint(payload, &mut at)?).ok()?;
    let (mut body, mut cells) = (head, Vec::new());
    while at < head {
        let kind = varint(payload, &mut at)?;
        let length = match kind {
            0..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            8..=11 => 0,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        let bytes = payload.get(body..body.checked_add(length)?)?;
        body += length;
        cells.push(match kind {
            0 => Cell::Null,
            1..=6 => Cell::Int(integer(bytes)),
            8 => Cell::Int(0),
            9 => Cell::Int(1),
            7 | 10 | 11 => Cell::Other,
            even if even % 2 == 0 => Cell::Blob(bytes.to_vec()),
            _ => Cell::Text(String::from_utf8(bytes.to_vec()).ok()?),
        });
    }
    Some(cells)
}

fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|byte| *byte >= 0x80) { -1 } else { 0 };
    bytes.iter().fold(sign, |number, byte| (number << 8) | i64::from(*byte))
}

/// Seven bits a byte, the high bit says that more follow; the ninth byte counts whole.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0;
    for place in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if place == 8 {
            return Some((value << 8) | u64::from(byte));
        }
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
