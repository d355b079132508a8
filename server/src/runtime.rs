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
        libc::mallopt(libc::M_MMAP_THRESHOLD, OWN_PAGES);
    }
}

/// What is at least so large, bytes, goes back to the system as soon as it is let go. glibc raises this by itself with the
/// largest piece that was ever freed, up to 32 MB, and then keeps what pages of a sync were built in.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const OWN_PAGES: libc::c_int = 256 * 1024;

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn few_arenas() {}
