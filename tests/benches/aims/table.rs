//! The table: what was aimed at, what was measured, against what.

use std::time::Duration;

use serde_json::{Value as Json, json};

/// One line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) aim: String,
    pub(crate) measured: String,
    pub(crate) primitive: String,
    pub(crate) ratio: Option<f64>,
    pub(crate) met: Option<bool>,
}

impl Row {
    pub(crate) fn new(work: impl Into<String>, aim: impl Into<String>, measured: impl Into<String>) -> Row {
        Row { work: work.into(), aim: aim.into(), measured: measured.into(), ..Row::default() }
    }

    /// Against a primitive of the same run: met while the ratio is at most `limit`.
    pub(crate) fn against(mut self, primitive: impl Into<String>, ratio: f64, limit: f64) -> Row {
        self.primitive = primitive.into();
        self.ratio = Some(ratio);
        self.met = Some(ratio <= limit);
        self
    }

    pub(crate) fn met(mut self, met: bool) -> Row {
        self.met = Some(met);
        self
    }

    pub(crate) fn beside(mut self, primitive: impl Into<String>) -> Row {
        self.primitive = primitive.into();
        self
    }

    fn cells(&self) -> [String; 6] {
        [
            self.work.clone(),
            self.aim.clone(),
            self.measured.clone(),
            self.primitive.clone(),
            self.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            self.met.map(|met| if met { "yes" } else { "no" }.to_owned()).unwrap_or_default(),
        ]
    }

    pub(crate) fn json(&self) -> Json {
        json!({
            "work": self.work, "aim": self.aim, "measured": self.measured, "primitive": self.primitive,
            "ratio": self.ratio, "met": self.met,
        })
    }
}

/// The rows as a Markdown table.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| work | aim | measured | primitive in the same run | ratio | met |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for row in rows {
        text.push_str(&format!("| {} |\n", row.cells().join(" | ")));
    }
    text
}

/// The middle one.
pub(crate) fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// `count` in `time`, a second.
pub(crate) fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-9)
}

/// Milliseconds.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How many times longer.
pub(crate) fn ratio(ours: Duration, bare: Duration) -> f64 {
    ours.as_secs_f64() / bare.as_secs_f64().max(1e-9)
}

/// `12345.6` as `12,346`.
pub(crate) fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
