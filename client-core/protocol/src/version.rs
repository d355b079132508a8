//! Protocol versions and the media type that names them.

/// The protocol versions this build speaks, newest first.
pub const SUPPORTED: &[u16] = &[1];

/// The media type of every sync request and response body: CBOR under zstd, version 1.
pub const MEDIA_TYPE: &str = "application/vnd.doorstep.sync.v1+cbor+zstd";

/// The newest version both sides speak, or `None`: then the server answers problem `protocol_unsupported` (426).
pub fn negotiate(offered: &[u16]) -> Option<u16> {
    SUPPORTED.iter().copied().find(|version| offered.contains(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_common_version_wins() {
        assert_eq!(negotiate(&[1]), Some(1));
        assert_eq!(negotiate(&[9, 1]), Some(1));
        assert_eq!(negotiate(&[9]), None);
        assert_eq!(negotiate(&[]), None);
    }
}
