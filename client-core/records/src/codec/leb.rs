//! LEB128 numbers and a cursor over bytes. A number must be in its shortest form.

/// The bytes are too short, or a number is too long, too large or not in its shortest form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Reads bytes from front to back; never past the end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(crate) fn take(&mut self, length: u64) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(length).map_err(|_| Malformed)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N as u64)?.try_into().map_err(|_| Malformed)
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                // A last byte of zero is a longer form of a shorter number.
                return if byte == 0 && shift > 0 { Err(Malformed) } else { Ok(value) };
            }
        }
        Err(Malformed)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Malformed> {
        let mut value = 0i64;
        let mut before = 0u8;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(Malformed);
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let repeats_sign = (byte == 0 && before & 0x40 == 0) || (byte == 0x7f && before & 0x40 != 0);
                if shift > 0 && repeats_sign {
                    return Err(Malformed);
                }
                if byte & 0x40 != 0 && shift < 57 {
                    value |= -1i64 << (shift + 7);
                }
                return Ok(value);
            }
            before = byte;
        }
        Err(Malformed)
    }
}

pub(crate) fn write_unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

pub(crate) fn write_signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Writes the length and then the bytes.
pub(crate) fn write_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    write_unsigned(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn unsigned_goes_both_ways(value: u64) {
            let mut bytes = Vec::new();
            write_unsigned(&mut bytes, value);
            let mut cursor = Cursor::new(&bytes);
            prop_assert_eq!(cursor.unsigned(), Ok(value));
            prop_assert!(cursor.is_empty());
        }

        #[test]
        fn signed_goes_both_ways(value: i64, shift in 0u32..64) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            write_signed(&mut bytes, value);
            let mut cursor = Cursor::new(&bytes);
            prop_assert_eq!(cursor.signed(), Ok(value));
            prop_assert!(cursor.is_empty());
        }

        #[test]
        fn whatever_reads_is_the_shortest_form(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut cursor = Cursor::new(&bytes);
            if let Ok(value) = cursor.unsigned() {
                let mut again = Vec::new();
                write_unsigned(&mut again, value);
                prop_assert_eq!(&again[..], &bytes[..bytes.len() - cursor.rest().len()]);
            }
            let mut cursor = Cursor::new(&bytes);
            if let Ok(value) = cursor.signed() {
                let mut again = Vec::new();
                write_signed(&mut again, value);
                prop_assert_eq!(&again[..], &bytes[..bytes.len() - cursor.rest().len()]);
            }
        }
    }

    #[test]
    fn longer_forms_and_overflow_are_refused() {
        let unsigned: [&[u8]; 4] = [&[], &[0x80], &[0x81, 0], &[0xff; 11]];
        for bytes in unsigned {
            assert_eq!(Cursor::new(bytes).unsigned(), Err(Malformed), "{bytes:?}");
        }
        let mut too_large = [0xff; 10];
        too_large[9] = 2;
        assert_eq!(Cursor::new(&too_large).unsigned(), Err(Malformed));
        let signed: [&[u8]; 4] = [&[0x80], &[0x81, 0], &[0xff, 0x7f], &[0xff; 11]];
        for bytes in signed {
            assert_eq!(Cursor::new(bytes).signed(), Err(Malformed), "{bytes:?}");
        }
        assert_eq!(Cursor::new(&[1]).take(u64::MAX), Err(Malformed));
    }
}
