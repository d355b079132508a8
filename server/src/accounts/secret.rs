//! Secrets that are shown once and stored only as their SHA-256: one-time enrolment codes and session tokens.

use data_encoding::{BASE64URL_NOPAD, Encoding, Specification};
use sha2::{Digest, Sha256};

/// Bytes of a one-time code: 128 bits.
pub const CODE_BYTES: usize = 16;
/// Bytes of a session token: 256 bits.
pub const TOKEN_BYTES: usize = 32;

const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a group between two hyphens.
const GROUP: usize = 5;

/// A one-time code as shown: Crockford base32 in groups, `7ZZZZ-...`. Made from 128 random bits.
pub fn code_text(random: [u8; CODE_BYTES]) -> String {
    let plain = crockford().encode(&random);
    let groups: Vec<&str> =
        plain.as_bytes().chunks(GROUP).filter_map(|g| std::str::from_utf8(g).ok()).collect();
    groups.join("-")
}

/// What is stored of a code, whatever its case and hyphens; O reads as 0, I and L as 1. `None` when the text cannot be a code.
pub fn code_digest(text: &str) -> Option<[u8; 32]> {
    if text.len() > 100 {
        return None;
    }
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let bytes = crockford().decode(plain.as_bytes()).ok()?;
    (bytes.len() == CODE_BYTES).then(|| Sha256::digest(&bytes).into())
}

/// A session token as sent.
pub fn token_text(random: [u8; TOKEN_BYTES]) -> String {
    BASE64URL_NOPAD.encode(&random)
}

/// What is stored of a token. `None` when the text cannot be one.
pub fn token_digest(text: &str) -> Option<[u8; 32]> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    (bytes.len() == TOKEN_BYTES).then(|| Sha256::digest(&bytes).into())
}

fn crockford() -> &'static Encoding {
    static ENCODING: std::sync::OnceLock<Encoding> = std::sync::OnceLock::new();
    ENCODING.get_or_init(|| {
        let mut specification = Specification::new();
        specification.symbols.push_str(ALPHABET);
        // A constant alphabet of 32 different ASCII letters cannot be refused.
        specification.encoding().unwrap_or(data_encoding::BASE32_NOPAD)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_in_any_case_and_grouping() {
        let text = code_text([0xF1; CODE_BYTES]);
        assert_eq!(text.len(), 26 + 5, "{text}");
        assert!(text.chars().all(|c| c == '-' || ALPHABET.contains(c)), "{text}");
        let digest = code_digest(&text).unwrap();
        assert_eq!(code_digest(&text.to_lowercase().replace('-', "")), Some(digest));
        assert_eq!(code_digest(&format!(" {} ", text.replace('-', " "))), Some(digest));
        assert_eq!(code_digest(&text.replace('0', "o").replace('1', "l")), Some(digest));
        assert_ne!(code_digest(&code_text([0xF2; CODE_BYTES])), Some(digest));
    }

    #[test]
    fn what_is_no_code_or_token_has_no_digest() {
        for text in ["", "-", "hello", "UUUUU-UUUUU", &"0".repeat(200), "入户"] {
            assert_eq!(code_digest(text), None, "{text}");
            assert_eq!(token_digest(text), None, "{text}");
        }
        let token = token_text([3; TOKEN_BYTES]);
        assert!(token_digest(&token).is_some());
        assert_eq!(token_digest(&token[1..]), None);
    }
}
