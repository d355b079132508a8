//! Strings of an xls workbook ([MS-XLS] 2.5.293 to 2.5.296), which may go on in CONTINUE records.

/// One record's data followed by that of its CONTINUE records.
pub(super) struct Parts<'a> {
    parts: Vec<&'a [u8]>,
    part: usize,
    at: usize,
}

impl<'a> Parts<'a> {
    pub(super) fn new(parts: Vec<&'a [u8]>) -> Parts<'a> {
        Parts { parts, part: 0, at: 0 }
    }

    fn u8(&mut self) -> Option<u8> {
        while self.at >= self.parts.get(self.part)?.len() {
            self.part += 1;
            self.at = 0;
        }
        let byte = self.parts[self.part][self.at];
        self.at += 1;
        Some(byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes([self.u8()?, self.u8()?, self.u8()?, self.u8()?]))
    }

    fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            let left = self.parts.get(self.part)?.len() - self.at;
            let step = left.min(count);
            self.at += step;
            count -= step;
            if count > 0 {
                self.part += 1;
                self.at = 0;
            }
        }
        Some(())
    }

    /// A string with a count of 8 bits (names of sheets) or 16 bits (all others).
    pub(super) fn short(&mut self) -> Option<String> {
        let count = usize::from(self.u8()?);
        let flags = self.u8()?;
        self.characters(count, flags)
    }

    /// A string that may carry formats and phonetic marks, which are passed over.
    pub(super) fn rich(&mut self) -> Option<String> {
        let count = usize::from(self.u16()?);
        if count == 0 && self.is_end() {
            return Some(String::new());
        }
        let flags = self.u8()?;
        let runs = if flags & 8 != 0 { usize::from(self.u16()?) } else { 0 };
        let phonetic = if flags & 4 != 0 { self.u32()? as usize } else { 0 };
        let text = self.characters(count, flags)?;
        self.skip(4 * runs)?;
        self.skip(phonetic)?;
        Some(text)
    }

    fn is_end(&self) -> bool {
        self.parts.get(self.part..).unwrap_or_default().iter().map(|part| part.len()).sum::<usize>()
            <= self.at
    }

    /// Where the characters go on in another record, that record starts with new flags.
    fn characters(&mut self, count: usize, flags: u8) -> Option<String> {
        let mut wide = flags & 1 != 0;
        let mut units: Vec<u16> = Vec::new();
        while units.len() < count {
            if self.at >= self.parts.get(self.part)?.len() {
                self.part += 1;
                self.at = 0;
                wide = self.u8()? & 1 != 0;
            }
            let part = &self.parts.get(self.part)?[self.at..];
            let width = if wide { 2 } else { 1 };
            let take = (part.len() / width).min(count - units.len());
            if take == 0 {
                // Half a character at the end of a record: nothing writes that.
                return None;
            }
            let part = &part[..take * width];
            if wide {
                units.extend(part.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])));
            } else {
                units.extend(part.iter().map(|byte| u16::from(*byte)));
            }
            self.at += take * width;
        }
        Some(String::from_utf16_lossy(&units))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_goes_on_in_the_next_record_with_new_flags() {
        // Five characters: two wide, then three narrow after the break.
        let first = [5, 0, 1, 0x37, 0x62, 0xb7, 0x61];
        let second = [0, b'a', b'b', b'c'];
        assert_eq!(Parts::new(vec![&first, &second]).rich().as_deref(), Some("户憷abc"));
        assert_eq!(Parts::new(vec![&first]).rich(), None);
    }

    #[test]
    fn formats_are_passed_over() {
        let bytes = [1, 0, 8, 2, 0, b'x', 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, b'y'];
        let mut parts = Parts::new(vec![&bytes]);
        assert_eq!((parts.rich().as_deref(), parts.rich().as_deref()), (Some("x"), Some("y")));
    }
}
