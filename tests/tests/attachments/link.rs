//! A link that drops: every connection is cut after so many bytes, in the middle of whatever is on its way. It counts the bytes
//! of files that it carried, heads aside.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use doorstep_client_core::driver::HttpTransport;

/// Bytes of both directions after which a connection is cut.
pub(crate) const PIECE: usize = 100_000;

/// What a link has carried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    /// Bytes of files towards the server.
    pub(crate) up: u64,
    /// Bytes of files towards the phone.
    pub(crate) down: u64,
    /// Connections cut.
    pub(crate) cuts: u64,
}

#[derive(Default)]
struct Shared {
    up: AtomicU64,
    down: AtomicU64,
    cuts: AtomicU64,
    /// Cuts that are left before nothing goes through any more.
    lives: AtomicI64,
}

pub(crate) struct Link {
    url: String,
    shared: Arc<Shared>,
}

impl Link {
    /// A link to a server.
    pub(crate) fn to(server: &str, piece: usize) -> Link {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared { lives: AtomicI64::new(i64::MAX), ..Shared::default() });
        let (server, all) = (server.trim_start_matches("http://").to_owned(), Arc::clone(&shared));
        // Ends with the process: a listener is not told that nobody connects any more.
        std::thread::spawn(move || {
            for phone in listener.incoming() {
                let (Ok(phone), Ok(server)) = (phone, TcpStream::connect(&server)) else { return };
                let all = Arc::clone(&all);
                std::thread::spawn(move || carry(&phone, &server, piece, &all));
            }
        });
        Link { url, shared }
    }

    /// The same, dead after so many cuts.
    pub(crate) fn that_ends_after(self, cuts: i64) -> Link {
        self.shared.lives.store(cuts, Ordering::SeqCst);
        self
    }

    pub(crate) fn transport(&self) -> HttpTransport {
        HttpTransport::new(&self.url).unwrap()
    }

    pub(crate) fn counts(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let Shared { up, down, cuts, .. } = &*self.shared;
        Counts { up: read(up), down: read(down), cuts: read(cuts) }
    }
}

/// One connection: two directions, one budget.
fn carry(phone: &TcpStream, server: &TcpStream, piece: usize, all: &Arc<Shared>) {
    if all.lives.load(Ordering::SeqCst) <= 0 {
        return;
    }
    let left = Mutex::new(piece);
    std::thread::scope(|scope| {
        scope.spawn(|| pump(phone, server, &left, |head| head.contains("/attachments/append?"), &all.up));
        pump(server, phone, &left, |head| head.contains("content-disposition: attachment"), &all.down);
        // Towards the phone all is said, or it is cut: what the server has is with the server, and the phone hears of it last.
        let _ = server.shutdown(Shutdown::Both);
        let _ = phone.shutdown(Shutdown::Both);
    });
    if *left.lock().unwrap() == 0 {
        all.cuts.fetch_add(1, Ordering::SeqCst);
        all.lives.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Carries bytes one way until an end or the budget's end.
fn pump(
    mut from: &TcpStream,
    mut to: &TcpStream,
    left: &Mutex<usize>,
    is_file: impl Fn(&str) -> bool,
    count: &AtomicU64,
) {
    let mut meter = Meter::default();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let may = {
            let mut left = left.lock().unwrap();
            let may = read.min(*left);
            *left -= may;
            may
        };
        count.fetch_add(meter.files(&buffer[..may], &is_file), Ordering::SeqCst);
        if to.write_all(&buffer[..may]).is_err() || may < read {
            break;
        }
    }
    // What was carried arrives; nothing follows it.
    let _ = to.shutdown(Shutdown::Write);
}

/// Reads HTTP/1.1 messages one after another, as far as heads and lengths go.
#[derive(Default)]
struct Meter {
    head: Vec<u8>,
    body_left: usize,
    in_file: bool,
}

impl Meter {
    /// How many of these bytes belong to files.
    fn files(&mut self, mut bytes: &[u8], is_file: impl Fn(&str) -> bool) -> u64 {
        let mut counted = 0;
        while !bytes.is_empty() {
            if self.body_left > 0 {
                let body = bytes.len().min(self.body_left);
                counted += if self.in_file { body as u64 } else { 0 };
                self.body_left -= body;
                bytes = &bytes[body..];
                continue;
            }
            self.head.push(bytes[0]);
            bytes = &bytes[1..];
            if self.head.ends_with(b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.head).to_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
                self.body_left = length.map_or(0, |length| length.trim().parse().unwrap());
                self.in_file = is_file(&head);
                self.head.clear();
            }
        }
        counted
    }
}
