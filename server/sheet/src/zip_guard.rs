//! Looks at an xlsx archive before any library inflates it.
//!
//! Only the plain shape that spreadsheet programs write is let through: one central directory that ends where the
//! file ends, no ZIP64, no encryption, stored or deflated entries. Declared sizes are summed first; then each entry
//! is inflated into nothing, up to its declared size, so that a directory that lies is found out too.

use std::io::Read;

use crate::limits;

/// Why an archive is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Not what spreadsheet programs write.
    #[error("the xlsx file is damaged or not one that a spreadsheet program wrote: {0}")]
    Damaged(&'static str),
    /// Its entries are encrypted.
    #[error("the archive is encrypted")]
    Encrypted,
    /// More entries than [`limits::ZIP_ENTRIES`].
    #[error("the xlsx file has {0} parts, at most {max}", max = limits::ZIP_ENTRIES)]
    TooManyEntries(usize),
    /// Inflates to more than [`limits::INFLATED_BYTES`].
    #[error("the xlsx file inflates to more than {max} bytes", max = limits::INFLATED_BYTES)]
    Inflates,
    /// A document type declaration.
    #[error("the xlsx file declares a document type, which no spreadsheet needs")]
    Doctype,
}

const END_BYTES: usize = 22;
const ENTRY_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const DOCTYPE: &[u8] = b"<!DOCTYPE";
/// Bytes of the longest name of a cell: `XFD1048576`. Beyond it the reader's own count overflows.
const CELL_BYTES: usize = 10;
/// More than anything that is looked for is long: it may lie across two readings.
const OVERLAP: usize = 32;

struct Entry {
    name: String,
    deflated: bool,
    packed: usize,
    inflated: u64,
    local: usize,
}

/// Checks an archive that starts with a zip signature; gives the names of its entries.
pub fn check(bytes: &[u8]) -> Result<Vec<String>, ArchiveError> {
    let entries = directory(bytes)?;
    let declared: u64 = entries.iter().map(|entry| entry.inflated).sum();
    if declared > limits::INFLATED_BYTES {
        return Err(ArchiveError::Inflates);
    }
    entries.iter().try_for_each(|entry| check_entry(bytes, entry))?;
    Ok(entries.into_iter().map(|entry| entry.name).collect())
}

fn directory(bytes: &[u8]) -> Result<Vec<Entry>, ArchiveError> {
    let bad = ArchiveError::Damaged;
    let end = bytes.len().checked_sub(END_BYTES).ok_or(bad("no directory"))?;
    if !bytes[end..].starts_with(b"PK\x05\x06") {
        return Err(bad("no directory at the end"));
    }
    let count = usize::from(u16_at(bytes, end + 10)?);
    let (size, start) = (u32_at(bytes, end + 12)? as usize, u32_at(bytes, end + 16)? as usize);
    if start.checked_add(size) != Some(end) || u16_at(bytes, end + 8)? as usize != count {
        return Err(bad("the directory does not fit"));
    }
    if count > limits::ZIP_ENTRIES {
        return Err(ArchiveError::TooManyEntries(count));
    }
    let mut entries = Vec::with_capacity(count);
    let mut at = start;
    for _ in 0..count {
        entries.push(entry(bytes, at)?);
        let names = u16_at(bytes, at + 28)? as usize + u16_at(bytes, at + 30)? as usize;
        at += ENTRY_BYTES + names + u16_at(bytes, at + 32)? as usize;
    }
    if at == end { Ok(entries) } else { Err(bad("the directory does not fit")) }
}

fn entry(bytes: &[u8], at: usize) -> Result<Entry, ArchiveError> {
    let bad = ArchiveError::Damaged;
    if bytes.get(at..at + 4) != Some(b"PK\x01\x02") {
        return Err(bad("a directory entry is damaged"));
    }
    if u16_at(bytes, at + 8)? & 1 != 0 {
        return Err(ArchiveError::Encrypted);
    }
    let deflated = match u16_at(bytes, at + 10)? {
        0 => false,
        8 => true,
        _ => return Err(bad("an unknown compression")),
    };
    let (packed, inflated) = (u32_at(bytes, at + 20)?, u32_at(bytes, at + 24)?);
    if packed == u32::MAX || inflated == u32::MAX {
        return Err(ArchiveError::Inflates);
    }
    let local = u32_at(bytes, at + 42)? as usize;
    let name = at + ENTRY_BYTES;
    let name = bytes
        .get(name..name + usize::from(u16_at(bytes, at + 28)?))
        .ok_or(bad("the directory is cut off"))?;
    let name = String::from_utf8_lossy(name).into_owned();
    Ok(Entry { name, deflated, packed: packed as usize, inflated: inflated.into(), local })
}

fn check_entry(bytes: &[u8], entry: &Entry) -> Result<(), ArchiveError> {
    let bad = ArchiveError::Damaged;
    let local = entry.local;
    if bytes.get(local..local + 4) != Some(b"PK\x03\x04") {
        return Err(bad("an entry is damaged"));
    }
    let names = u16_at(bytes, local + 26)? as usize + u16_at(bytes, local + 28)? as usize;
    let data = local + LOCAL_BYTES + names;
    let packed = bytes.get(data..data.saturating_add(entry.packed)).ok_or(bad("an entry is cut off"))?;
    // What a document management system writes beside the workbook has attributes of its own.
    let has_cells = !entry.name.starts_with("customXml/");
    let found = if entry.deflated {
        scan(flate2::read::DeflateDecoder::new(packed), entry.inflated, has_cells)?
    } else {
        scan(packed, entry.inflated, has_cells)?
    };
    match found {
        found if found == entry.inflated => Ok(()),
        found if found > entry.inflated => Err(ArchiveError::Inflates),
        _ => Err(bad("an entry is cut off")),
    }
}

/// Reads up to one byte more than declared, keeping nothing, and looks for a document type and for cells that no sheet has.
fn scan(reader: impl Read, declared: u64, has_cells: bool) -> Result<u64, ArchiveError> {
    let mut reader = reader.take(declared + 1);
    let mut window = vec![0; 64 * 1024];
    let (mut kept, mut total) = (0, 0);
    loop {
        let read = reader
            .read(&mut window[kept..])
            .map_err(|_| ArchiveError::Damaged("an entry does not inflate"))?;
        if read == 0 {
            return Ok(total);
        }
        total += read as u64;
        let filled = kept + read;
        if window[..filled].windows(DOCTYPE.len()).any(|part| part == DOCTYPE) {
            return Err(ArchiveError::Doctype);
        }
        if has_cells && names_no_cell(&window[..filled]) {
            return Err(ArchiveError::Damaged("a cell lies outside of every sheet"));
        }
        kept = filled.min(OVERLAP);
        window.copy_within(filled - kept..filled, 0);
    }
}

/// Whether an attribute `r` or `ref` holds a longer name than any cell has.
fn names_no_cell(part: &[u8]) -> bool {
    let quotes = part.iter().enumerate().filter(|(_, byte)| matches!(byte, b'"' | b'\''));
    quotes.map(|(at, _)| part.split_at(at + 1)).any(|(before, value)| {
        let name = before[..before.len() - 1].trim_ascii_end().strip_suffix(b"=").map(<[u8]>::trim_ascii_end);
        let name = name.and_then(|name| name.rsplit(u8::is_ascii_whitespace).next());
        let mut cells = value
            .split(|byte| matches!(byte, b'"' | b'\''))
            .next()
            .into_iter()
            .flat_map(|value| value.split(|byte| !byte.is_ascii_alphanumeric()));
        // In a formula's text `r` may be compared with any words.
        let in_tag = || before.iter().rfind(|byte| matches!(byte, b'<' | b'>')) != Some(&b'>');
        matches!(name, Some(b"r" | b"ref")) && in_tag() && cells.any(|cell| cell.len() > CELL_BYTES)
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, ArchiveError> {
    let part = bytes.get(at..at + 2).and_then(|part| part.try_into().ok());
    part.map(u16::from_le_bytes).ok_or(ArchiveError::Damaged("the directory is cut off"))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, ArchiveError> {
    let part = bytes.get(at..at + 4).and_then(|part| part.try_into().ok());
    part.map(u32::from_le_bytes).ok_or(ArchiveError::Damaged("the directory is cut off"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// One entry of a made-up archive: name, packed bytes, declared size.
    struct Part {
        name: String,
        packed: Vec<u8>,
        declared: u32,
    }

    fn part(name: &str, content: &[u8]) -> Part {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        let packed = encoder.finish().unwrap();
        Part { name: name.into(), packed, declared: content.len() as u32 }
    }

    fn archive(parts: &[Part]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for part in parts {
            let local = bytes.len() as u32;
            let mut head = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
            head.extend(flate2_crc(&part.packed).to_le_bytes());
            head.extend((part.packed.len() as u32).to_le_bytes());
            head.extend(part.declared.to_le_bytes());
            head.extend((part.name.len() as u16).to_le_bytes());
            head.extend([0, 0]);
            bytes.extend(b"PK\x03\x04");
            bytes.extend(&head);
            bytes.extend(part.name.as_bytes());
            bytes.extend(&part.packed);
            directory.extend(b"PK\x01\x02\x14\0");
            directory.extend(&head);
            directory.extend([0; 10]);
            directory.extend(local.to_le_bytes());
            directory.extend(part.name.as_bytes());
        }
        let start = bytes.len() as u32;
        let size = directory.len() as u32;
        bytes.extend(directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend((parts.len() as u16).to_le_bytes());
        bytes.extend((parts.len() as u16).to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(start.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    fn flate2_crc(packed: &[u8]) -> u32 {
        let mut crc = flate2::CrcReader::new(flate2::read::DeflateDecoder::new(packed));
        std::io::copy(&mut crc, &mut std::io::sink()).ok();
        crc.crc().sum()
    }

    #[test]
    fn an_honest_archive_passes() {
        let names = check(&archive(&[part("a.xml", b"<a/>"), part("b.xml", &[b'x'; 200_000])])).unwrap();
        assert_eq!(names, ["a.xml", "b.xml"]);
    }

    #[test]
    fn a_declared_bomb_is_refused_before_inflating() {
        let mut bomb = part("a.xml", b"<a/>");
        bomb.declared = limits::INFLATED_BYTES as u32 + 1;
        assert!(matches!(check(&archive(&[bomb])), Err(ArchiveError::Inflates)));
    }

    #[test]
    fn a_bomb_that_lies_about_its_size_is_found_out() {
        let mut bomb = part("a.xml", &vec![0; 10_000_000]);
        bomb.declared = 10;
        assert!(matches!(check(&archive(&[bomb])), Err(ArchiveError::Inflates)));
    }

    #[test]
    fn too_many_entries_and_document_types_are_refused() {
        let many: Vec<_> = (0..=limits::ZIP_ENTRIES).map(|i| part(&i.to_string(), b"x")).collect();
        assert!(matches!(check(&archive(&many)), Err(ArchiveError::TooManyEntries(201))));
        let mut content = vec![b' '; 64 * 1024 - 4];
        content.extend(b"<!DOCTYPE x>");
        assert!(matches!(check(&archive(&[part("a.xml", &content)])), Err(ArchiveError::Doctype)));
    }

    #[test]
    fn a_cell_that_no_sheet_has_is_refused() {
        let sheet = |text: &str| check(&archive(&[part("xl/worksheets/sheet1.xml", text.as_bytes())]));
        for sound in [
            r#"<c r="XFD1048576"><v>512345678901234567</v></c>"#,
            r#"<mergeCell ref="XFD1048575:XFD1048576"/>"#,
            r#"<sheet r:id="a-relationship-of-a-long-name12345" name="abcdefghijklmnop"/>"#,
            r#"<f>VLOOKUP("thelongestwordofall",A1)</f>"#,
            r#"<f>IF( r="thelongestwordofall",1,2)</f>"#,
        ] {
            assert!(sheet(sound).is_ok(), "{sound}");
        }
        for wrong in [
            r#"<c r="A99999999990"/>"#,
            "<c\tr = 'ABCDEFGHIJK1'/>",
            r#"<mergeCell ref="A1:AAAAAAAAAAA1"/>"#,
            r#"<row r="12345678901"/>"#,
        ] {
            assert!(matches!(sheet(wrong), Err(ArchiveError::Damaged(_))), "{wrong}");
            // Also where two readings meet.
            for at in [64 * 1024 - 20, 64 * 1024 - 8, 64 * 1024 - 1] {
                assert!(sheet(&format!("{}{wrong}", " ".repeat(at))).is_err(), "{at} {wrong}");
            }
        }
    }

    #[test]
    fn no_cut_and_no_flipped_byte_makes_it_panic() {
        let whole = archive(&[part("a.xml", b"<a>hello</a>")]);
        for length in 0..whole.len() {
            assert!(check(&whole[..length]).is_err());
        }
        for position in 0..whole.len() {
            let mut torn = whole.clone();
            torn[position] ^= 0xFF;
            let _ = check(&torn);
        }
    }
}
