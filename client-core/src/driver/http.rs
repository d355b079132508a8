//! HTTP by reqwest. Blocking towards the caller; never call it from inside an async task (use a blocking thread).

use std::net::IpAddr;
use std::time::Duration;

use doorstep_protocol::{limits, version};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Url};
use tokio::runtime::Runtime;

use crate::sync::{Reply, Transport, TransportError};

/// Time to get a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Time for a whole request: a page of 8 kB comes through at 150 bytes a second.
const REQUEST: Duration = Duration::from_secs(60);

/// A connection that was idle longer is not used again: the server closes it after ten seconds, and a request on a closed
/// connection looks cut.
const IDLE: Duration = Duration::from_secs(5);

/// A server reached over HTTP(S).
pub struct HttpTransport {
    base: Url,
    client: Client,
    runtime: Runtime,
}

/// Chooses the cryptography of TLS for the whole program. To be called before any HTTP client is made.
pub fn ready_tls() {
    // Another part of the program may have installed it already: then there is nothing to do.
    _ = rustls::crypto::ring::default_provider().install_default();
}

impl std::fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpTransport").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl HttpTransport {
    /// A server by its address, such as `https://survey.example`. Plain `http` is allowed to this machine only.
    ///
    /// # Errors
    /// [`TransportError::BadAddress`], [`TransportError::Insecure`].
    pub fn new(address: &str) -> Result<HttpTransport, TransportError> {
        let base = server_address(address)?;
        ready_tls();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| TransportError::Unreachable(error.to_string()))?;
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| TransportError::Unreachable(error.to_string()))?;
        Ok(HttpTransport { base, client, runtime })
    }

    async fn send(&self, url: Url, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, version::MEDIA_TYPE)
            .header(ACCEPT, version::MEDIA_TYPE)
            .body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let mut response = request.send().await.map_err(|error| said(&error))?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| said(&error))? {
            if body.len() + piece.len() > limits::INFLATED_BYTES {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&piece);
        }
        Ok(Reply { status, body })
    }
}

impl Transport for HttpTransport {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        let path = format!("{}{route}", self.base.path().trim_end_matches('/'));
        let mut url = self.base.clone();
        url.set_path(&path);
        self.runtime.block_on(self.send(url, token, body))
    }
}

/// Reads a server's address; plain HTTP only to this machine.
fn server_address(address: &str) -> Result<Url, TransportError> {
    let bad = || TransportError::BadAddress(address.to_owned());
    let url = Url::parse(address.trim()).map_err(|_| bad())?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(bad)?;
    let address_part = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = match address_part.parse::<IpAddr>() {
        Ok(ip) => ip.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        "http" => Err(TransportError::Insecure(address.to_owned())),
        _ => Err(bad()),
    }
}

fn said(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::TimedOut;
    }
    if error.is_connect() {
        return TransportError::Unreachable(root(error));
    }
    TransportError::Cut
}

/// The innermost cause: the outer ones only say that a request failed.
fn root(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for address in
            ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9/", "https://survey.example/x"]
        {
            assert!(server_address(address).is_ok(), "{address}");
        }
        for address in ["http://10.0.0.1", "http://survey.example", "http://localhost.example"] {
            assert!(matches!(server_address(address), Err(TransportError::Insecure(_))), "{address}");
        }
        for address in ["survey", "ftp://127.0.0.1", "", "http://"] {
            assert!(matches!(server_address(address), Err(TransportError::BadAddress(_))), "{address}");
        }
    }

    #[test]
    fn nobody_listening_is_unreachable() {
        let transport = HttpTransport::new("http://127.0.0.1:1").unwrap();
        assert!(matches!(transport.post("/x", None, Vec::new()), Err(TransportError::Unreachable(_))));
    }
}
