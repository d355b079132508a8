//! Outputs of projects as plans give them: one printed quantity, spread over some places.

use serde::Deserialize;
use serde_json::Value;

use super::quantity;
use super::sheet::{Row, shares};
use super::tools::evenly;

/// Unit of the quantity of an output; what it measures is the question beside it.
pub(super) const MEASURE: &str = "measure";

/// An output spread over some villages.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Output {
    pub(super) work: String,
    unit: String,
    #[serde(default)]
    nature: Option<String>,
    #[serde(default = "one")]
    pub(super) villages: usize,
    qty: String,
    #[serde(default)]
    qualifier: Option<String>,
    #[serde(default)]
    places: Option<u64>,
    #[serde(default)]
    rooms: Option<u64>,
    #[serde(default)]
    households: Option<u64>,
    #[serde(default)]
    persons: Option<u64>,
}

fn one() -> usize {
    1
}

/// The rows of all outputs, dealt to so many projects: an output begins one project further than the one before it.
pub(super) fn dealt(outputs: &[Output], projects: usize) -> Vec<Vec<Row<'static>>> {
    let mut dealt: Vec<Vec<Row<'static>>> = vec![Vec::new(); projects];
    for (number, output) in outputs.iter().enumerate() {
        for (step, row) in output.rows().into_iter().enumerate() {
            if let Some(own) = dealt.get_mut((number + step) % projects.max(1)) {
                own.push(row);
            }
        }
    }
    dealt
}

impl Output {
    /// The rows of the roster `outputs`, one for each village, which add up to the whole.
    pub(super) fn rows(&self) -> Vec<Row<'static>> {
        // A number with masked digits cannot be shared: it stands once, as it is printed.
        let parts = shares(&self.qty, self.villages).unwrap_or_else(|| vec![self.qty.clone()]);
        let counts = [
            ("places", self.places),
            ("rooms", self.rooms),
            ("households", self.households),
            ("persons", self.persons),
        ];
        let mut rows: Vec<Row<'static>> = parts
            .into_iter()
            .map(|qty| {
                let mut row: Row<'static> = vec![
                    ("planned_actual", "actual".into()),
                    ("work_type", self.work.as_str().into()),
                    ("qty", self.quantity(qty)),
                    ("unit", self.unit.as_str().into()),
                ];
                row.extend(self.nature.as_deref().map(|nature| ("nature", Value::from(nature))));
                row
            })
            .collect();
        for (key, total) in counts {
            let Some(total) = total else { continue };
            for (row, part) in rows.iter_mut().zip(evenly(total, self.villages as u64)) {
                row.push((key, part.into()));
            }
        }
        rows
    }

    fn quantity(&self, qty: String) -> Value {
        match qty.parse::<rust_decimal::Decimal>() {
            Ok(_) => quantity::qualified(&qty, MEASURE, self.qualifier.as_deref()),
            Err(_) => quantity::masked(&qty, MEASURE),
        }
    }
}
