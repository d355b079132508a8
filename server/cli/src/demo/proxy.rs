//! A bad network: a proxy on the loopback that cuts requests, half of them before the server hears of them and half
//! after it has committed, when the answer is lost.
//!
//! It speaks just enough HTTP/1.1 to know where a request and an answer end: one exchange per connection.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::seed::Seed;

/// Longest head or body the proxy carries; larger is a fault of the peers and ends the connection.
const MESSAGE_BYTES: usize = 16 * 1024 * 1024;
const SOCKET_TIMEOUT: Duration = Duration::from_secs(60);

/// What the proxy did so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProxyCounts {
    /// Requests that came in.
    pub requests: u64,
    /// Cut before the server heard of them.
    pub cut_before: u64,
    /// Cut after the server had answered: done, but the device does not know.
    pub cut_after: u64,
    /// Bytes from devices.
    pub bytes_up: u64,
    /// Bytes to devices.
    pub bytes_down: u64,
}

#[derive(Default)]
struct Counters {
    requests: AtomicU64,
    cut_before: AtomicU64,
    cut_after: AtomicU64,
    bytes_up: AtomicU64,
    bytes_down: AtomicU64,
}

/// A running proxy; stops when dropped.
pub struct FaultProxy {
    address: SocketAddr,
    counters: Arc<Counters>,
    stopping: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

/// What happens to one request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Pass,
    CutBefore,
    CutAfter,
}

impl FaultProxy {
    /// Listens on a free loopback port before `upstream`. Of every `period` requests the last two are cut, one before
    /// and one after the server's commit; which of the two comes first is drawn from `seed`.
    pub fn start(upstream: SocketAddr, period: u64, seed: u64) -> io::Result<FaultProxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let counters = Arc::new(Counters::default());
        let stopping = Arc::new(AtomicBool::new(false));
        let (counts, stop) = (Arc::clone(&counters), Arc::clone(&stopping));
        let acceptor = std::thread::Builder::new().name("fault-proxy".into()).spawn(move || {
            for connection in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(connection) = connection else { continue };
                let counts = Arc::clone(&counts);
                std::thread::spawn(move || {
                    // A cut or broken connection is what this proxy is for; the device sees it and tries again.
                    let _ = serve(connection, upstream, period, seed, &counts);
                });
            }
        })?;
        Ok(FaultProxy { address, counters, stopping, acceptor: Some(acceptor) })
    }

    /// Where devices should think the server is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What happened so far.
    pub fn counts(&self) -> ProxyCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ProxyCounts {
            requests: read(&self.counters.requests),
            cut_before: read(&self.counters.cut_before),
            cut_after: read(&self.counters.cut_after),
            bytes_up: read(&self.counters.bytes_up),
            bytes_down: read(&self.counters.bytes_down),
        }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor out of `accept`.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn fate(number: u64, period: u64, seed: u64) -> Fate {
    let place = number % period;
    let swapped = Seed::new(seed ^ (number / period)).below(2) == 1;
    match (period - 1 - place, swapped) {
        (0, false) | (1, true) => Fate::CutBefore,
        (0, true) | (1, false) => Fate::CutAfter,
        _ => Fate::Pass,
    }
}

fn serve(
    mut device: TcpStream,
    upstream: SocketAddr,
    period: u64,
    seed: u64,
    counts: &Counters,
) -> io::Result<()> {
    device.set_read_timeout(Some(SOCKET_TIMEOUT))?;
    device.set_nodelay(true)?;
    let Some(request) = read_message(&mut device)? else { return Ok(()) };
    let number = counts.requests.fetch_add(1, Ordering::Relaxed);
    counts.bytes_up.fetch_add(request.len() as u64, Ordering::Relaxed);
    let fate = fate(number, period, seed);
    if fate == Fate::CutBefore {
        counts.cut_before.fetch_add(1, Ordering::Relaxed);
        return device.shutdown(Shutdown::Both);
    }
    let mut server = TcpStream::connect(upstream)?;
    server.set_read_timeout(Some(SOCKET_TIMEOUT))?;
    server.set_nodelay(true)?;
    server.write_all(&request)?;
    let Some(answer) = read_message(&mut server)? else { return device.shutdown(Shutdown::Both) };
    if fate == Fate::CutAfter {
        counts.cut_after.fetch_add(1, Ordering::Relaxed);
        // Half of the answer arrives: the worst kind of cut.
        device.write_all(&answer[..answer.len() / 2])?;
        return device.shutdown(Shutdown::Both);
    }
    counts.bytes_down.fetch_add(answer.len() as u64, Ordering::Relaxed);
    device.write_all(&answer)?;
    device.shutdown(Shutdown::Both)
}

/// Reads one message (head and `content-length` body) and marks it as the last of its connection.
fn read_message(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let read = stream.read(&mut chunk)?;
        if read == 0 || bytes.len() > MESSAGE_BYTES {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk[..read]);
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length = content_length(&head).unwrap_or(0).min(MESSAGE_BYTES);
    while bytes.len() < head_end + 4 + length {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
    let mut message = close_after(&head).into_bytes();
    message.extend_from_slice(&bytes[head_end + 4..head_end + 4 + length]);
    Ok(Some(message))
}

fn content_length(head: &str) -> Option<usize> {
    header(head, "content-length")?.trim().parse().ok()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// The head with `connection: close`: one exchange per connection keeps the proxy honest about what it cut.
fn close_after(head: &str) -> String {
    let mut lines: Vec<&str> = head
        .lines()
        .filter(|line| !line.split(':').next().is_some_and(|key| key.eq_ignore_ascii_case("connection")))
        .collect();
    lines.push("connection: close");
    lines.join("\r\n") + "\r\n\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_every_nine_requests_two_are_cut_one_of_each_kind() {
        for round in 0..50 {
            let fates: Vec<Fate> = (round * 9..round * 9 + 9).map(|number| fate(number, 9, 7)).collect();
            assert_eq!(fates.iter().filter(|fate| **fate == Fate::CutBefore).count(), 1);
            assert_eq!(fates.iter().filter(|fate| **fate == Fate::CutAfter).count(), 1);
        }
    }

    #[test]
    fn heads_are_understood_whatever_their_case() {
        let head = "POST /x HTTP/1.1\r\nContent-Length: 12\r\nConnection: keep-alive";
        assert_eq!(content_length(head), Some(12));
        assert!(close_after(head).ends_with("connection: close\r\n\r\n"));
        assert!(!close_after(head).contains("keep-alive"));
    }
}
