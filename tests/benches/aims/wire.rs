//! Counting what goes over the wire: bodies by route, and every byte of a TCP connection.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use doorstep_client_core::sync::{Reply, Transport, TransportError};

/// Counts the bodies that another transport carries.
pub(crate) struct Counted<T> {
    inner: T,
    bodies: Mutex<BTreeMap<String, (usize, usize, usize)>>,
}

impl<T: Transport> Counted<T> {
    pub(crate) fn new(inner: T) -> Counted<T> {
        Counted { inner, bodies: Mutex::default() }
    }

    /// Requests, bytes up and bytes down of a route since the last call.
    pub(crate) fn take(&self, route: &str) -> (usize, usize, usize) {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner).remove(route).unwrap_or_default()
    }
}

impl<T: Transport> Transport for Counted<T> {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        let up = body.len();
        let reply = self.inner.post(route, token, body)?;
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        let count = bodies.entry(route.to_owned()).or_default();
        *count = (count.0 + 1, count.1 + up, count.2 + reply.body.len());
        Ok(reply)
    }
}

/// Times the requests that another transport carries.
pub(crate) struct Timed<'a, T> {
    inner: T,
    times: &'a Mutex<Vec<Duration>>,
}

impl<'a, T: Transport> Timed<'a, T> {
    pub(crate) fn new(inner: T, times: &'a Mutex<Vec<Duration>>) -> Timed<'a, T> {
        Timed { inner, times }
    }
}

impl<T: Transport> Transport for Timed<'_, T> {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        let start = Instant::now();
        let reply = self.inner.post(route, token, body)?;
        self.times.lock().unwrap_or_else(PoisonError::into_inner).push(start.elapsed());
        Ok(reply)
    }
}

/// A relay that counts the bytes of its connections, headers included, both ways.
pub(crate) struct Relay {
    pub(crate) url: String,
    counts: Arc<[AtomicU64; 2]>,
}

impl Relay {
    pub(crate) fn to(url: &str) -> Result<Relay> {
        let target = url.strip_prefix("http://").context("a server without an address")?.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let counts = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
        let shared = Arc::clone(&counts);
        // It ends with the program; a broken connection is its peers' business.
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(&target) {
                    join(caller, server, &shared);
                }
            }
        });
        Ok(Relay { url, counts })
    }

    /// Bytes up and down since the last call.
    pub(crate) fn take(&self) -> (u64, u64) {
        (self.counts[0].swap(0, Ordering::SeqCst), self.counts[1].swap(0, Ordering::SeqCst))
    }
}

fn join(caller: TcpStream, server: TcpStream, counts: &Arc<[AtomicU64; 2]>) {
    let (Ok(caller_out), Ok(server_out)) = (caller.try_clone(), server.try_clone()) else { return };
    for (from, to, place) in [(caller, server_out, 0), (server, caller_out, 1)] {
        let counts = Arc::clone(counts);
        std::thread::spawn(move || relay(from, to, &counts[place]));
    }
}

fn relay(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read) = from.read(&mut buffer) {
        if read == 0 {
            break;
        }
        count.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
