//! The cells of an xls workbook (BIFF8, Excel 97 to 2003).
//!
//! Read by us and not by the library that reads xlsx: it trusts the sizes a file declares, which a hostile file
//! turns into endless loops and allocations that end the program (docs/adr/0015).

use super::cfb::Compound;
use super::strings::Parts;
use super::{Book, Meter, Sheet, date_text, number_text};
use crate::error::ImportError;

mod record {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const EOF: u16 = 0x000A;
    pub(super) const DATE_MODE: u16 = 0x0022;
    pub(super) const FILE_PASS: u16 = 0x002F;
    pub(super) const CONTINUE: u16 = 0x003C;
    pub(super) const BOUND_SHEET: u16 = 0x0085;
    pub(super) const MUL_RK: u16 = 0x00BD;
    pub(super) const R_STRING: u16 = 0x00D6;
    pub(super) const XF: u16 = 0x00E0;
    pub(super) const MERGE_CELLS: u16 = 0x00E5;
    pub(super) const SST: u16 = 0x00FC;
    pub(super) const LABEL_SST: u16 = 0x00FD;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const LABEL: u16 = 0x0204;
    pub(super) const BOOL_ERR: u16 = 0x0205;
    pub(super) const STRING: u16 = 0x0207;
    pub(super) const RK: u16 = 0x027E;
    pub(super) const FORMAT: u16 = 0x041E;
    pub(super) const BOF: u16 = 0x0809;
}

/// Merged regions that are told of.
const MERGED: usize = 1_000;

fn bad(why: &'static str) -> ImportError {
    ImportError::OldBook(why)
}

pub(super) fn read(bytes: &[u8]) -> Result<Book, ImportError> {
    let file = Compound::open(bytes)?;
    if file.has("EncryptedPackage") {
        return Err(ImportError::Password);
    }
    let Some(stream) = file.stream("Workbook")? else {
        return Err(if file.has("Book") { bad("Excel 95 or earlier") } else { ImportError::NotExcel });
    };
    let globals = Globals::read(&stream)?;
    let mut meter = Meter::default();
    let mut book = Book { macros: file.has("_VBA_PROJECT_CUR"), ..Book::default() };
    let mut seen = Vec::new();
    for (position, name) in &globals.sheets {
        // Many names for one place would have it read again and again.
        if seen.contains(position) || seen.len() >= crate::limits::SHEETS {
            continue;
        }
        seen.push(*position);
        let mut sheet = Sheet { name: name.clone(), ..Sheet::default() };
        globals.cells(stream.get(*position..).unwrap_or_default(), &mut sheet, &mut meter)?;
        book.sheets.push(sheet);
    }
    Ok(book)
}

/// Records with the data of those that continue them.
struct Records<'a> {
    bytes: &'a [u8],
}

impl<'a> Records<'a> {
    fn one(&mut self) -> Option<(u16, &'a [u8])> {
        let (head, rest) = self.bytes.split_at_checked(4)?;
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let (data, rest) = rest.split_at_checked(length)?;
        self.bytes = rest;
        Some((u16::from_le_bytes([head[0], head[1]]), data))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = (u16, Vec<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, data) = self.one()?;
        let mut parts = vec![data];
        while self.bytes.starts_with(&record::CONTINUE.to_le_bytes()) {
            let Some((_, more)) = self.one() else { break };
            parts.push(more);
        }
        Some((kind, parts))
    }
}

fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(data.get(at..at + 2)?.try_into().ok()?))
}

fn f64_at(data: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(data.get(at..at + 8)?.try_into().ok()?))
}

#[derive(Default)]
struct Globals {
    sheets: Vec<(usize, String)>,
    strings: Vec<String>,
    /// Whether a cell format shows a date.
    dates: Vec<bool>,
    since_1904: bool,
}

impl Globals {
    fn read(stream: &[u8]) -> Result<Globals, ImportError> {
        let mut out = Globals::default();
        let (mut formats, mut custom) = (Vec::new(), Vec::new());
        let mut text_bytes = 0;
        for (kind, parts) in (Records { bytes: stream }) {
            let data = parts[0];
            match kind {
                record::BOF if u16_at(data, 0) != Some(0x0600) => {
                    return Err(bad("Excel 95 or earlier"));
                }
                record::FILE_PASS => return Err(ImportError::Password),
                record::DATE_MODE => out.since_1904 = u16_at(data, 0) == Some(1),
                record::FORMAT => {
                    let id = u16_at(data, 0).ok_or_else(|| bad("a format"))?;
                    let mut text = Parts::new(vec![data.get(2..).unwrap_or_default()]);
                    custom.push((id, text.rich().is_some_and(|text| shows_date(&text))));
                }
                record::XF => formats.push(u16_at(data, 2).unwrap_or(0)),
                record::BOUND_SHEET => out.bound_sheet(data).ok_or_else(|| bad("the list of sheets"))?,
                record::SST => out.shared(parts, &mut text_bytes)?,
                record::EOF => break,
                _ => {}
            }
        }
        let is_date = |id: &u16| match custom.iter().find(|(known, _)| known == id) {
            Some((_, date)) => *date,
            None => matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58),
        };
        out.dates = formats.iter().map(is_date).collect();
        Ok(out)
    }

    fn bound_sheet(&mut self, data: &[u8]) -> Option<()> {
        let mut parts = Parts::new(vec![data]);
        let (position, kind) = (parts.u32()? as usize, parts.u16()?);
        // 0 in the high byte: a sheet with cells, not a chart or a macro sheet.
        if kind >> 8 == 0 {
            let name = parts.short()?;
            self.sheets.push((position, name));
        }
        Some(())
    }

    fn shared(&mut self, parts: Vec<&[u8]>, text_bytes: &mut usize) -> Result<(), ImportError> {
        let mut parts = Parts::new(parts);
        let count = parts.u32().and_then(|_| parts.u32()).ok_or_else(|| bad("the shared texts"))?;
        for _ in 0..count {
            let text = parts.rich().ok_or_else(|| bad("the shared texts"))?;
            *text_bytes += text.len();
            if *text_bytes > doorstep_sheet::limits::TEXT_BYTES
                || self.strings.len() >= doorstep_sheet::limits::CELLS
            {
                return Err(ImportError::TooManyCells);
            }
            self.strings.push(text);
        }
        Ok(())
    }

    fn cells(&self, stream: &[u8], sheet: &mut Sheet, meter: &mut Meter) -> Result<(), ImportError> {
        let (mut depth, mut pending) = (0, None);
        for (kind, parts) in (Records { bytes: stream }) {
            let data = parts[0];
            match kind {
                // Charts inside a sheet bring cells of their own.
                record::BOF => depth += 1,
                record::EOF if depth <= 1 => return Ok(()),
                record::EOF => depth -= 1,
                _ if depth != 1 => {}
                record::MERGE_CELLS => merged(data, sheet),
                record::STRING => {
                    if let Some(at) = pending.take() {
                        let text = Parts::new(parts).rich().ok_or_else(|| bad("a text"))?;
                        meter.put(sheet, at, &text)?;
                    }
                }
                record::MUL_RK => self.many(data, sheet, meter)?,
                _ => {
                    let Some((at, text)) = self.cell(kind, &parts, &mut pending) else {
                        continue;
                    };
                    if kind == record::FORMULA {
                        sheet.formulas.push(at);
                    }
                    meter.put(sheet, at, &text)?;
                }
            }
        }
        Ok(())
    }

    fn cell(
        &self,
        kind: u16,
        parts: &[&[u8]],
        pending: &mut Option<(usize, usize)>,
    ) -> Option<((usize, usize), String)> {
        let data = parts[0];
        let at = || Some((usize::from(u16_at(data, 0)?) + 1, usize::from(u16_at(data, 2)?)));
        let text = match kind {
            record::NUMBER => self.number(f64_at(data, 6)?, u16_at(data, 4)?),
            record::RK => self.number(rk(data.get(6..10)?)?, u16_at(data, 4)?),
            record::LABEL_SST => {
                let index = u32::from_le_bytes(data.get(6..10)?.try_into().ok()?);
                self.strings.get(index as usize)?.clone()
            }
            record::LABEL | record::R_STRING => {
                let mut all = vec![data.get(6..)?];
                all.extend(&parts[1..]);
                Parts::new(all).rich()?
            }
            record::BOOL_ERR => truth(*data.get(6)?, *data.get(7)? != 0),
            record::FORMULA => {
                let value = data.get(6..14)?;
                *pending = None;
                if value[6..] != [0xFF, 0xFF] {
                    self.number(f64_at(data, 6)?, u16_at(data, 4)?)
                } else {
                    match value[0] {
                        0 => {
                            *pending = at();
                            String::new()
                        }
                        1 => truth(value[2], false),
                        2 => truth(value[2], true),
                        _ => String::new(),
                    }
                }
            }
            _ => return None,
        };
        Some((at()?, text))
    }

    fn many(&self, data: &[u8], sheet: &mut Sheet, meter: &mut Meter) -> Result<(), ImportError> {
        let (Some(row), Some(first)) = (u16_at(data, 0), u16_at(data, 2)) else {
            return Ok(());
        };
        let cells = data.get(4..data.len().saturating_sub(2)).unwrap_or_default().chunks_exact(6);
        for (i, cell) in cells.enumerate() {
            let number = rk(&cell[2..]).map(|n| self.number(n, u16::from_le_bytes([cell[0], cell[1]])));
            let at = (usize::from(row) + 1, usize::from(first) + i);
            meter.put(sheet, at, &number.unwrap_or_default())?;
        }
        Ok(())
    }

    fn number(&self, number: f64, format: u16) -> String {
        if self.dates.get(usize::from(format)) == Some(&true) {
            return date_text(number, self.since_1904);
        }
        number_text(number)
    }
}

/// A number in 30 bits: a whole number, or the upper bits of a float; by 100 when marked.
fn rk(data: &[u8]) -> Option<f64> {
    let raw = u32::from_le_bytes(data.try_into().ok()?);
    let number = if raw & 2 != 0 {
        f64::from(raw as i32 >> 2)
    } else {
        f64::from_bits(u64::from(raw & 0xFFFF_FFFC) << 32)
    };
    Some(if raw & 1 != 0 { number / 100.0 } else { number })
}

fn truth(byte: u8, is_error: bool) -> String {
    let text = match (is_error, byte) {
        (false, 0) => "FALSE",
        (false, _) => "TRUE",
        (true, 0x07) => "#DIV/0!",
        (true, 0x0F) => "#VALUE!",
        (true, 0x17) => "#REF!",
        (true, 0x1D) => "#NAME?",
        (true, 0x24) => "#NUM!",
        (true, 0x2A) => "#N/A",
        (true, _) => "#NULL!",
    };
    text.to_owned()
}

fn merged(data: &[u8], sheet: &mut Sheet) {
    for region in data.get(2..).unwrap_or_default().chunks_exact(8).take(MERGED) {
        let part = |at: usize| usize::from(u16::from_le_bytes([region[at], region[at + 1]]));
        if sheet.merged.len() < MERGED {
            sheet.merged.push([part(0) + 1, part(4), part(2) + 1, part(6)]);
        }
    }
}

/// Whether a number format shows a date or a time: it has a letter of one outside quotes and brackets.
fn shows_date(format: &str) -> bool {
    let (mut quoted, mut bracket, mut escaped) = (false, false, false);
    for c in format.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => bracket = true,
            ']' if !quoted => bracket = false,
            'd' | 'D' | 'y' | 'Y' | 'm' | 'M' | 'h' | 'H' | 's' | 'S' if !quoted && !bracket => {
                return true;
            }
            ';' if !quoted => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_read() {
        assert_eq!(rk(&(5_u32 << 2 | 2).to_le_bytes()), Some(5.0));
        assert_eq!(rk(&((1234_u32 << 2) | 3).to_le_bytes()), Some(12.34));
        assert_eq!(rk(&((-7_i32) << 2 | 2).to_le_bytes()), Some(-7.0));
        assert_eq!(rk(&0x3FF0_0000_u32.to_le_bytes()), Some(1.0));
        assert_eq!(rk(&[]), None);
    }

    #[test]
    fn formats_that_show_dates_are_known() {
        assert!(shows_date("yyyy-mm-dd"));
        assert!(!shows_date("0.00\" days\""));
        assert!(!shows_date("[Red]0"));
        assert!(!shows_date("General"));
    }
}
