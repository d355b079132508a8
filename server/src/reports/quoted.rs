//! What a printed source says about a figure: only ever compared with what was counted.

use std::collections::BTreeMap;

use doorstep_forms::expr::parse_decimal;
use rust_decimal::Decimal;

/// One quoted value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedValue {
    /// As printed: `57.8`.
    pub text: String,
    /// Its unit as printed.
    pub unit: String,
}

impl QuotedValue {
    /// The number, unless the print masks digits or gives a range.
    pub fn number(&self) -> Option<Decimal> {
        parse_decimal(&self.text)
    }

    /// Decimals of the printed number.
    pub fn decimals(&self) -> Option<u32> {
        self.number()?;
        Some(self.text.split_once('.').map_or(0, |(_, fraction)| fraction.len() as u32))
    }
}

/// Quoted values by figure id, in the figure's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quoted {
    figures: BTreeMap<String, Vec<QuotedValue>>,
}

impl Quoted {
    /// Reads a table with the header `id`, `values`, `unit`, separated by tabs; values and units by `;`.
    pub fn read(text: &str) -> Quoted {
        let mut quoted = Quoted::default();
        for line in text.lines().skip(1) {
            let mut cells = line.split('\t');
            if let (Some(id), Some(values), Some(units)) = (cells.next(), cells.next(), cells.next()) {
                quoted.add(id, values.split(';'), units.split(';'));
            }
        }
        quoted
    }

    /// Adds a figure. A single unit counts for every value.
    pub fn add<'a>(
        &mut self,
        id: &str,
        values: impl IntoIterator<Item = &'a str>,
        units: impl IntoIterator<Item = &'a str>,
    ) {
        let units: Vec<&str> = units.into_iter().collect();
        let unit = |n: usize| units.get(n).or(units.last()).copied().unwrap_or_default().to_owned();
        let values = values.into_iter().enumerate();
        let values = values.map(|(n, text)| QuotedValue { text: text.to_owned(), unit: unit(n) });
        self.figures.insert(id.to_owned(), values.collect());
    }

    /// The values of a figure.
    pub fn figure(&self, id: &str) -> &[QuotedValue] {
        self.figures.get(id).map_or(&[], Vec::as_slice)
    }

    /// Ids in order of their report and number: `P8-9` before `P8-10`.
    pub fn order(id: &str) -> (String, u64) {
        let (report, number) = id.rsplit_once('-').unwrap_or((id, "0"));
        (report.to_owned(), number.parse().unwrap_or(u64::MAX))
    }
}
