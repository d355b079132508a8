//! Regular expressions of the linear-time engine, bounded before and after compiling.

use regex::{Regex, RegexBuilder};

use crate::limits;

/// Compiles `text`; the error is the engine's short reason.
pub(crate) fn compile(text: &str) -> Result<Regex, String> {
    if text.len() > limits::PATTERN_BYTES {
        return Err(format!("longer than {} bytes", limits::PATTERN_BYTES));
    }
    RegexBuilder::new(text)
        .size_limit(limits::PATTERN_COMPILED_BYTES)
        .dfa_size_limit(limits::PATTERN_COMPILED_BYTES)
        .nest_limit(50)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "too large when compiled".to_string(),
            other => other.to_string().lines().last().unwrap_or("not a valid pattern").trim().to_string(),
        })
}
