//! Progress on the screen: one bar a step, on standard error, none when a script reads.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Output;

/// Where steps are shown.
pub struct Stage {
    output: Output,
    steps: AtomicU64,
}

impl Stage {
    /// On standard error, in the language of the output.
    pub fn new(output: Output) -> Stage {
        Stage { output, steps: AtomicU64::new(0) }
    }

    /// Runs a step of about `length` pieces, each told by `progress`.
    pub fn step<T>(
        &self,
        en: impl Into<Cow<'static, str>>,
        zh: impl Into<Cow<'static, str>>,
        length: usize,
        job: impl FnOnce(&(dyn Fn() + Sync)) -> Result<T>,
    ) -> Result<T> {
        let number = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        let bar = ProgressBar::new(length as u64);
        if self.output.json {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) =
            ProgressStyle::with_template("{prefix:>3} {msg:<28} {bar:32} {pos}/{len} {elapsed}")
        {
            bar.set_style(style);
        }
        bar.set_prefix(format!("{number}."));
        bar.set_message(self.output.one_of(en.into(), zh.into()));
        let done = job(&|| bar.inc(1));
        bar.finish();
        done
    }
}
