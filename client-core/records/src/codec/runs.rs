//! Run-length columns. A column is a sequence of runs: a positive count and one value, a negative count and
//! that many different values, or zero and a count of nulls. Deltas are runs of differences; booleans are
//! alternating counts, first of false.

use super::leb::{Cursor, Malformed, write_prefixed, write_signed, write_unsigned};

/// A value that a column can hold.
pub(crate) trait Cell<'a>: Copy + PartialEq {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Malformed>;
    fn write(self, out: &mut Vec<u8>);
}

impl<'a> Cell<'a> for u64 {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        cursor.unsigned()
    }

    fn write(self, out: &mut Vec<u8>) {
        write_unsigned(out, self);
    }
}

impl<'a> Cell<'a> for i64 {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        cursor.signed()
    }

    fn write(self, out: &mut Vec<u8>) {
        write_signed(out, self);
    }
}

impl<'a> Cell<'a> for &'a str {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Malformed> {
        let length = cursor.unsigned()?;
        std::str::from_utf8(cursor.take(length)?).map_err(|_| Malformed)
    }

    fn write(self, out: &mut Vec<u8>) {
        write_prefixed(out, self.as_bytes());
    }
}

/// What the next cells of a column are.
#[derive(Debug, Clone, Copy)]
enum Run<T> {
    Same(T),
    Different,
}

/// Reads a column cell by cell; nothing is expanded ahead of the cell asked for. Nulls are refused: no column
/// of the changes we accept has any.
#[derive(Debug)]
pub(crate) struct Runs<'a, T> {
    cursor: Cursor<'a>,
    run: Run<T>,
    left: u64,
}

impl<'a, T: Cell<'a>> Runs<'a, T> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(bytes), run: Run::Different, left: 0 }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.left == 0 && self.cursor.is_empty()
    }

    pub(crate) fn next(&mut self) -> Result<T, Malformed> {
        if self.left == 0 {
            match self.cursor.signed()? {
                0 => return Err(Malformed),
                count if count > 0 => {
                    self.run = Run::Same(T::read(&mut self.cursor)?);
                    self.left = count.unsigned_abs();
                }
                count => {
                    self.run = Run::Different;
                    self.left = count.unsigned_abs();
                }
            }
        }
        self.left -= 1;
        match self.run {
            Run::Same(value) => Ok(value),
            Run::Different => T::read(&mut self.cursor),
        }
    }
}

/// The number of cells in an integer column, from the run lengths alone. Nulls count too. The sum saturates.
pub(crate) fn count_cells(bytes: &[u8]) -> Result<u64, Malformed> {
    let mut cursor = Cursor::new(bytes);
    let mut cells = 0u64;
    while !cursor.is_empty() {
        match cursor.signed()? {
            0 => cells = cells.saturating_add(cursor.unsigned()?),
            count if count > 0 => {
                cursor.unsigned()?;
                cells = cells.saturating_add(count.unsigned_abs());
            }
            count => {
                for _ in 0..count.unsigned_abs() {
                    cursor.unsigned()?;
                }
                cells = cells.saturating_add(count.unsigned_abs());
            }
        }
    }
    Ok(cells)
}

/// Writes a column in the canonical form: a run for two or more equal cells in a row, all between them as one
/// literal run.
pub(crate) fn write_runs<'a, T: Cell<'a>>(out: &mut Vec<u8>, cells: &[T]) {
    let mut literal_from = 0;
    let mut at = 0;
    while at < cells.len() {
        let same = cells[at..].iter().take_while(|cell| **cell == cells[at]).count();
        if same == 1 {
            at += 1;
            continue;
        }
        write_literal(out, &cells[literal_from..at]);
        write_signed(out, same as i64);
        cells[at].write(out);
        at += same;
        literal_from = at;
    }
    write_literal(out, &cells[literal_from..]);
}

fn write_literal<'a, T: Cell<'a>>(out: &mut Vec<u8>, cells: &[T]) {
    if cells.is_empty() {
        return;
    }
    write_signed(out, -(cells.len() as i64));
    for cell in cells {
        cell.write(out);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cells_go_both_ways(cells in proptest::collection::vec(0u64..3, 0..40)) {
            let mut bytes = Vec::new();
            write_runs(&mut bytes, &cells);
            let mut runs = Runs::<u64>::new(&bytes);
            for cell in &cells {
                prop_assert_eq!(runs.next(), Ok(*cell));
            }
            prop_assert!(runs.is_done());
            prop_assert_eq!(runs.next(), Err(Malformed));
            prop_assert_eq!(count_cells(&bytes), Ok(cells.len() as u64));
        }
    }

    #[test]
    fn counting_expands_nothing() {
        let mut bytes = Vec::new();
        write_signed(&mut bytes, i64::MAX);
        write_unsigned(&mut bytes, 1);
        write_signed(&mut bytes, 0);
        write_unsigned(&mut bytes, u64::MAX);
        assert_eq!(count_cells(&bytes), Ok(u64::MAX));
        // A literal run that claims more than there is ends with the bytes.
        let mut bytes = Vec::new();
        write_signed(&mut bytes, i64::MIN);
        write_unsigned(&mut bytes, 1);
        assert_eq!(count_cells(&bytes), Err(Malformed));
    }
}
