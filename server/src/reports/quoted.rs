//! What a printed source says about a figure: only ever compared with what was counted.

use std::collections::BTreeMap;

use doorstep_forms::expr::parse_decimal;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::definition::Words;
use super::qualifier::Qualifier;

/// One quoted value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedValue {
    /// As printed: `57.8`.
    pub text: String,
    /// Its unit as printed.
    pub unit: String,
    /// How exact it is printed.
    pub qualifier: Qualifier,
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

/// One quoted figure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotedFigure {
    /// Its values in order.
    pub values: Vec<QuotedValue>,
    /// Code of the area it speaks of.
    pub area: Option<String>,
    /// The day it speaks of.
    pub valid_at: Option<Date>,
    /// Why the source contradicts itself, when it does.
    pub fails: Option<Words>,
}

/// Quoted figures by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quoted {
    figures: BTreeMap<String, QuotedFigure>,
}

impl Quoted {
    /// Reads a table whose first line names its columns, separated by tabs: `id`, `values`, `unit`, and if given
    /// `qualifier`, `area`, `valid_at`, `check`, `check_zh`. Values, units and qualifiers are separated by `;`.
    pub fn read(text: &str) -> Quoted {
        let mut quoted = Quoted::default();
        quoted.add_table(text);
        quoted
    }

    /// Reads several tables.
    pub fn read_all<'a>(texts: impl IntoIterator<Item = &'a str>) -> Quoted {
        let mut quoted = Quoted::default();
        texts.into_iter().for_each(|text| quoted.add_table(text));
        quoted
    }

    fn add_table(&mut self, text: &str) {
        let mut lines = text.lines();
        let heading: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
        for line in lines {
            let cells: Vec<&str> = line.split('\t').collect();
            let cell = |name: &str| {
                let place = heading.iter().position(|column| *column == name)?;
                cells.get(place).copied().filter(|text| !text.is_empty())
            };
            if let Some(id) = cell("id") {
                self.figures.insert(id.to_owned(), figure(&cell));
            }
        }
    }

    /// What is quoted of a figure.
    pub fn get(&self, id: &str) -> Option<&QuotedFigure> {
        self.figures.get(id)
    }

    /// The values of a figure.
    pub fn figure(&self, id: &str) -> &[QuotedValue] {
        self.figures.get(id).map_or(&[], |figure| figure.values.as_slice())
    }

    /// Every figure, in order of report and number.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &QuotedFigure)> {
        let mut figures: Vec<_> = self.figures.iter().map(|(id, figure)| (id.as_str(), figure)).collect();
        figures.sort_by_key(|(id, _)| Quoted::order(id));
        figures.into_iter()
    }

    /// Ids in order of their report and number: `P8-9` before `P8-10`.
    pub fn order(id: &str) -> (String, u64) {
        let (report, number) = id.rsplit_once('-').unwrap_or((id, "0"));
        (report.to_owned(), number.parse().unwrap_or(u64::MAX))
    }
}

/// A single unit or qualifier counts for every value.
fn figure<'a>(cell: &dyn Fn(&str) -> Option<&'a str>) -> QuotedFigure {
    let list = |name| -> Vec<&str> { cell(name).map(|text| text.split(';').collect()).unwrap_or_default() };
    let (units, qualifiers) = (list("unit"), list("qualifier"));
    let nth = |list: &[&'a str], n: usize| list.get(n).or(list.last()).copied().unwrap_or_default();
    let values = list("values").into_iter().enumerate().map(|(n, text)| QuotedValue {
        text: text.to_owned(),
        unit: nth(&units, n).to_owned(),
        qualifier: Qualifier::of(nth(&qualifiers, n)).unwrap_or_default(),
    });
    let reason = cell("check").and_then(|check| check.strip_prefix("FAIL:")).map(str::trim);
    QuotedFigure {
        values: values.collect(),
        area: cell("area").map(str::to_owned),
        valid_at: cell("valid_at").and_then(|day| day.parse().ok()),
        fails: reason.map(|en| Words { zh: cell("check_zh").unwrap_or(en).to_owned(), en: en.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_their_names() {
        let old = Quoted::read("id\tvalues\tunit\nP8-31\t370;57.8\t户;%\n");
        assert_eq!(old.figure("P8-31")[1].unit, "%");
        assert_eq!((&old.get("P8-31").unwrap().area, old.get("P8-30")), (&None, None));
        let new = Quoted::read(
            "area\tid\tvalues\tunit\tqualifier\tvalid_at\tcheck\tcheck_zh\n\
             9901\tP1-39\t474\t万元\tover\t2015-12-31\tFAIL: 494.98 is due\t应为494.98\n\
             \tP9-16\t4;20\t只\tabout;over\n",
        );
        let figure = new.get("P1-39").unwrap();
        assert_eq!((figure.area.as_deref(), figure.values[0].qualifier), (Some("9901"), Qualifier::Over));
        assert_eq!(figure.valid_at, Some(jiff::civil::date(2015, 12, 31)));
        let fails = figure.fails.as_ref().unwrap();
        assert_eq!((fails.en.as_str(), fails.zh.as_str()), ("494.98 is due", "应为494.98"));
        let sheep = new.get("P9-16").unwrap();
        let qualifiers: Vec<Qualifier> = sheep.values.iter().map(|value| value.qualifier).collect();
        assert_eq!((qualifiers.as_slice(), &sheep.area), (&[Qualifier::About, Qualifier::Over][..], &None));
        assert_eq!(sheep.values[1].unit, "只");
    }
}
