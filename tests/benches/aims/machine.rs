//! What the numbers were measured on.

use std::fs;

use serde_json::{Value as Json, json};

/// Cores the program may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// What the machine is, as far as it says so.
pub(crate) fn describe() -> Json {
    json!({
        "cores": cores(),
        "processor": field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
        "memory_mib": kib("/proc/meminfo", "MemTotal").map(|kib| kib / 1024),
        "system": std::env::consts::OS,
        "build": if cfg!(debug_assertions) { "debug: not comparable" } else { "release" },
    })
}

/// Processes that ran or waited to run in the last minute; on an idle machine about what this program uses itself.
pub(crate) fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Memory of a process: resident now, and the most it ever was, MiB. `None` where the system does not tell.
pub(crate) fn resident_mib(pid: u32) -> Option<(f64, f64)> {
    let file = format!("/proc/{pid}/status");
    let mib = |name: &str| kib(&file, name).map(|kib| kib as f64 / 1024.0);
    Some((mib("VmRSS")?, mib("VmHWM")?))
}

fn kib(file: &str, name: &str) -> Option<u64> {
    field(file, name)?.trim_end_matches("kB").trim().parse().ok()
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.split(':').next().map(str::trim) == Some(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
