//! The threads of a server, and how the C library deals memory out to them.

use std::io;

use tokio::runtime::Runtime;

/// A runtime for a server. Call it before anything else starts threads.
///
/// # Errors
/// What the system says when it gives no threads.
pub fn build() -> io::Result<Runtime> {
    few_arenas();
    Runtime::new()
}

/// As many heaps as cores. glibc gives threads heaps of their own, eight for each core, and pages of a sync are built on
/// whichever thread is free: each of those heaps would grow to the size of the largest pages and keep it. Measured with 50
/// devices on 2 cores: 74 MB instead of 139 (docs/performance.md).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "mallopt has no safe form")]
fn few_arenas() {
    let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
    let cores = i32::try_from(cores).unwrap_or(i32::MAX);
    // SAFETY: mallopt only sets a number of the allocator, under its own lock; it may be called at any time.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, cores);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn few_arenas() {}
