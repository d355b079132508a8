//! HTTP by reqwest. Blocking towards the caller; never call it from inside an async task (use a blocking thread).

use std::net::IpAddr;
use std::time::Duration;

use doorstep_protocol::{attachment, limits, version};
use reqwest::header::{ACCEPT, CONTENT_TYPE, RANGE};
use reqwest::{Client, RequestBuilder, Url};
use tokio::runtime::Runtime;

use crate::sync::{Download, Fetched, Reply, Transport, TransportError, Upload};

/// Time to get a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Time for a whole request: a page of 8 kB comes through at 150 bytes a second.
const REQUEST: Duration = Duration::from_secs(60);

/// Time for a piece of a file: a cut at its end costs nothing, what has arrived counts.
const PIECE: Duration = Duration::from_secs(300);

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
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, version::MEDIA_TYPE)
            .header(ACCEPT, version::MEDIA_TYPE)
            .body(body);
        let request = authorised(request, token);
        let fetched = received(request).await?;
        fetched.cut.map_or(Ok(Reply { status: fetched.status, body: fetched.body }), Err)
    }

    async fn send_raw(&self, upload: Upload) -> Result<Reply, TransportError> {
        let request = self
            .client
            .post(self.url(&upload.url))
            .timeout(PIECE)
            .header(CONTENT_TYPE, attachment::RAW_MEDIA_TYPE)
            .header(ACCEPT, version::MEDIA_TYPE)
            .body(upload.body);
        let fetched = received(authorised(request, upload.token.as_deref())).await?;
        fetched.cut.map_or(Ok(Reply { status: fetched.status, body: fetched.body }), Err)
    }

    async fn fetch(&self, download: &Download) -> Result<Fetched, TransportError> {
        let last = download.from.saturating_add(download.max.max(1) - 1);
        let range = format!("bytes={}-{last}", download.from);
        let request = self.client.get(self.url(&download.url)).timeout(PIECE).header(RANGE, range);
        received(authorised(request, download.token.as_deref())).await
    }

    /// A route, with or without a query, at this server.
    fn url(&self, route: &str) -> Url {
        let (path, query) = route.split_once('?').map_or((route, None), |(path, query)| (path, Some(query)));
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }
}

fn authorised(request: RequestBuilder, token: Option<&str>) -> RequestBuilder {
    match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

/// Sends a request and reads its answer as far as it comes.
async fn received(request: RequestBuilder) -> Result<Fetched, TransportError> {
    let mut response = request.send().await.map_err(|error| said(&error))?;
    let status = response.status().as_u16();
    let (mut body, mut cut) = (Vec::new(), None);
    loop {
        match response.chunk().await {
            Ok(None) => break,
            Ok(Some(piece)) if body.len() + piece.len() <= limits::INFLATED_BYTES => {
                body.extend_from_slice(&piece);
            }
            Ok(Some(_)) => return Err(TransportError::TooLarge),
            Err(error) => {
                cut = Some(said(&error));
                break;
            }
        }
    }
    Ok(Fetched { status, body, cut })
}

impl Transport for HttpTransport {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        self.runtime.block_on(self.send(self.url(route), token, body))
    }

    fn upload(&self, upload: Upload) -> Result<Reply, TransportError> {
        self.runtime.block_on(self.send_raw(upload))
    }

    fn download(&self, download: &Download) -> Result<Fetched, TransportError> {
        self.runtime.block_on(self.fetch(download))
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
