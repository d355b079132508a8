//! Sessions of a browser: the token lies in a cookie that no script can read, and a change must show that our own page
//! asked for it: by its `Origin`, and by a word that only a page of ours can have read.

use axum::http::{HeaderMap, HeaderValue, header};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use crate::accounts::model::SESSION_LIFE_MS;
use crate::accounts::secret::token_digest;
use crate::app::AppState;
use crate::http::problem::HttpProblem;
use doorstep_protocol::problem::ProblemKind;

/// The header that carries the page's word with every change.
const PAGE_WORD: &str = "x-doorstep-page";
/// The cookie over TLS: the prefix makes browsers refuse it from any other host, path or plain connection.
const COOKIE: &str = "__Host-doorstep";
/// The cookie on this machine itself, where there is no TLS.
const COOKIE_HERE: &str = "doorstep";

/// The session that a browser's cookie names.
pub(crate) struct BrowserSession {
    /// Digest of its token.
    pub(crate) token: [u8; 32],
    /// What its pages must say with every change.
    pub(crate) word: String,
}

impl BrowserSession {
    /// Of a token as the cookie holds it.
    fn of(text: &str) -> Option<BrowserSession> {
        Some(BrowserSession { token: token_digest(text)?, word: page_word(text) })
    }

    /// The session of a request's cookie.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Option<BrowserSession> {
        if let Some(text) = cookie(headers, COOKIE) {
            return BrowserSession::of(text);
        }
        // Elsewhere than on this machine anybody on the way could have planted a cookie without the prefix.
        let here = host(headers).is_some_and(is_here);
        BrowserSession::of(cookie(headers, COOKIE_HERE).filter(|_| here)?)
    }

    /// True when the request carries the word of this session's pages.
    pub(crate) fn has_word(&self, headers: &HeaderMap) -> bool {
        // Digests are compared, so that the time taken tells nothing about the word.
        let said = headers.get(PAGE_WORD).map(|said| Sha256::digest(said.as_bytes()));
        said == Some(Sha256::digest(self.word.as_bytes()))
    }
}

/// What pages of a session say with every change. It follows from the token, and tells nothing about it.
pub(crate) fn page_word(token: &str) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(format!("doorstep page\n{token}")))
}

/// The `Set-Cookie` of a session that begins.
///
/// # Errors
/// When the browser speaks plain HTTP over a network: the cookie could be read on the way.
pub(crate) fn cookie_begin(headers: &HeaderMap, token: &str) -> Result<HeaderValue, HttpProblem> {
    let life = SESSION_LIFE_MS / 1_000;
    let secure = origin(headers).is_some_and(|origin| origin.starts_with("https://"));
    let text = if secure {
        format!("{COOKIE}={token}; Path=/; Max-Age={life}; Secure; HttpOnly; SameSite=Strict")
    } else if host(headers).is_some_and(is_here) {
        format!("{COOKIE_HERE}={token}; Path=/; Max-Age={life}; HttpOnly; SameSite=Strict")
    } else {
        return Err(HttpProblem::new(ProblemKind::NotAllowed).detail(
            "Passwords are only taken over https. Ask for the https address of this server.",
            "仅可通过 https 登录，请向管理员索取本服务器的 https 地址。",
        ));
    };
    HeaderValue::from_str(&text).map_err(|_| ProblemKind::Internal.into())
}

/// The `Set-Cookie` headers of a session that ends.
pub(crate) fn cookies_end() -> [HeaderValue; 2] {
    [
        HeaderValue::from_static("__Host-doorstep=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"),
        HeaderValue::from_static("doorstep=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"),
    ]
}

/// Refuses a request that no page of this server made.
pub(crate) async fn own_page(state: &AppState, headers: &HeaderMap) -> Result<(), HttpProblem> {
    let Some(origin) = origin(headers) else { return Err(foreign()) };
    let place = origin.split_once("://").map(|(_, place)| place);
    if place.is_some() && place.map(str::to_ascii_lowercase) == host(headers).map(str::to_ascii_lowercase) {
        return Ok(());
    }
    // A proxy may have put another name into `Host`; the operator has said which address people use.
    let url = state.read(|store| store.server_url()).await?;
    let known = url.as_deref().map(|url| url.trim_end_matches('/'));
    if known.is_some_and(|known| known.eq_ignore_ascii_case(origin)) { Ok(()) } else { Err(foreign()) }
}

/// The request was made by another page, or by an old one.
pub(crate) fn foreign() -> HttpProblem {
    HttpProblem::new(ProblemKind::NotAllowed).detail(
        "This was not asked for by an open page of this server. Load the page again.",
        "该操作不是由本系统当前页面发出的，请刷新页面后重试。",
    )
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN)?.to_str().ok()
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST)?.to_str().ok()
}

/// True for an address of this machine itself.
fn is_here(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_does_without_tls() {
        for host in ["localhost", "localhost:80", "LOCALHOST:1", "127.0.0.1:7640", "127.9.9.9", "[::1]:8080"]
        {
            assert!(is_here(host), "{host}");
        }
        for host in
            ["", "example.org", "localhost.example.org:80", "10.0.0.1", "[fe80::1]:80", "127.0.0.1.example"]
        {
            assert!(!is_here(host), "{host}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("xdoorstep=1; a=b;doorstep=two"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-doorstep=three"));
        assert_eq!((cookie(&headers, COOKIE_HERE), cookie(&headers, COOKIE)), (Some("two"), Some("three")));
        assert_eq!(cookie(&headers, "b"), None);
    }

    #[test]
    fn the_word_of_a_page_is_not_its_token() {
        let word = page_word("a token");
        assert_ne!(word, page_word("another token"));
        assert!(word.len() == 43 && !word.contains("token"));
    }
}
