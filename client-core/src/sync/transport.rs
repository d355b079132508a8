//! How requests travel: the border between the engine and whatever carries its bytes.

use super::event::{Download, Upload};

/// What came back: any HTTP status, with its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body, as received.
    pub body: Vec<u8>,
}

/// A part of a file that came down, perhaps not to its end: what came is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// HTTP status.
    pub status: u16,
    /// The bytes that came.
    pub body: Vec<u8>,
    /// Why there are no more, when it broke off.
    pub cut: Option<TransportError>,
}

/// Why nothing came back. The server may or may not have done what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The address is not one of a server.
    #[error("`{0}` is not a server address")]
    BadAddress(String),
    /// Plain HTTP to another machine: everyone on the way could read it.
    #[error("`{0}` is not encrypted: plain http is allowed on this machine only")]
    Insecure(String),
    /// No connection.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The connection broke off, or the answer was torn.
    #[error("the connection broke off")]
    Cut,
    /// This connection carries no files.
    #[error("this connection carries no attachments")]
    NoFiles,
    /// The answer is larger than any that a server sends.
    #[error("the answer is too large")]
    TooLarge,
}

impl TransportError {
    /// False when trying again cannot help.
    pub fn is_passing(&self) -> bool {
        !matches!(self, TransportError::BadAddress(_) | TransportError::Insecure(_) | TransportError::NoFiles)
    }
}

/// Carries one request and waits for its answer. The native driver, simulators and tests implement it.
pub trait Transport {
    /// `POST`s `body` (media type [`doorstep_protocol::version::MEDIA_TYPE`]) to a route such as `/sync/v1/pull`, with
    /// `token` as bearer token if given.
    ///
    /// # Errors
    /// [`TransportError`] when no whole answer came.
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError>;

    /// `POST`s raw bytes of a file (media type [`doorstep_protocol::attachment::RAW_MEDIA_TYPE`]). A connection that carries
    /// messages only leaves this as it is: files then wait for another one.
    ///
    /// # Errors
    /// [`TransportError`] when no whole answer came. Bytes that went out may have arrived all the same.
    fn upload(&self, upload: Upload) -> Result<Reply, TransportError> {
        drop(upload);
        Err(TransportError::NoFiles)
    }

    /// `GET`s a part of a file by a `Range`. What came before a cut is given.
    ///
    /// # Errors
    /// [`TransportError`] when not even a status came.
    fn download(&self, download: &Download) -> Result<Fetched, TransportError> {
        let _ = download;
        Err(TransportError::NoFiles)
    }
}

impl<T: Transport + ?Sized> Transport for &T {
    fn post(&self, route: &str, token: Option<&str>, body: Vec<u8>) -> Result<Reply, TransportError> {
        (**self).post(route, token, body)
    }

    fn upload(&self, upload: Upload) -> Result<Reply, TransportError> {
        (**self).upload(upload)
    }

    fn download(&self, download: &Download) -> Result<Fetched, TransportError> {
        (**self).download(download)
    }
}

/// The routes.
pub mod route {
    /// A new device asks to belong to a person.
    pub const ENROL: &str = "/sync/v1/enrol";
    /// A fresh challenge.
    pub const CHALLENGE: &str = "/sync/v1/challenge";
    /// A session for a signed challenge.
    pub const HELLO: &str = "/sync/v1/hello";
    /// Envelopes up.
    pub const PUSH: &str = "/sync/v1/push";
    /// Pages down.
    pub const PULL: &str = "/sync/v1/pull";
    /// What is held of files.
    pub const HELD: &str = doorstep_protocol::attachment::HELD;
}
