//! Attachments on the wire: files named by their SHA-256, in pieces that go on at any byte.
//!
//! [`HeldRequest`] asks what the server holds of some files; the bytes themselves travel raw, so that a cut body still counts:
//! `POST` [`APPEND`] adds at an offset, `GET` [`FETCH`] with a `Range` reads.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use doorstep_records::RecordId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteArray;
use sha2::{Digest, Sha256};

use crate::ids::IdError;

/// The route of [`HeldRequest`].
pub const HELD: &str = "/sync/v1/attachments/held";
/// The route that takes bytes; [`append_url`] says where they belong.
pub const APPEND: &str = "/sync/v1/attachments/append";
/// The route that gives bytes; [`fetch_url`] says which.
pub const FETCH: &str = "/sync/v1/attachments/fetch";
/// The media type of bytes on their way.
pub const RAW_MEDIA_TYPE: &str = "application/octet-stream";

/// The SHA-256 of a file: its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttachmentHash([u8; 32]);

impl AttachmentHash {
    /// From its bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The name of these bytes.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }
}

impl fmt::Display for AttachmentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for AttachmentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AttachmentHash({self})")
    }
}

impl FromStr for AttachmentHash {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| IdError { kind: "SHA-256", text: text.to_owned() })
    }
}

impl Serialize for AttachmentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for AttachmentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        } else {
            Ok(Self(ByteArray::<32>::deserialize(deserializer)?.into_array()))
        }
    }
}

/// `POST` [`HELD`]: what does the server hold of these files?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRequest {
    /// At most [`crate::limits::ATTACHMENTS_ASKED`].
    pub wanted: Vec<Wanted>,
}

/// A file that a device would send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Its name.
    pub sha256: AttachmentHash,
    /// Its whole size.
    pub bytes: u64,
}

/// The answer to [`HeldRequest`], in the order asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldResponse {
    /// One per file.
    pub held: Vec<Held>,
}

/// What the server holds of a file for this device, on disk. Also the answer to bytes sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The file.
    pub sha256: AttachmentHash,
    /// Bytes from its beginning: the next piece starts here.
    pub bytes: u64,
    /// All of it, its hash checked: nothing is to be sent any more.
    pub complete: bool,
}

/// Route and query of a piece that begins at `offset` of a file of `bytes` bytes.
pub fn append_url(sha256: AttachmentHash, bytes: u64, offset: u64) -> String {
    format!("{APPEND}?sha256={sha256}&bytes={bytes}&offset={offset}")
}

/// Route and query of a file that `record` refers to.
pub fn fetch_url(record: RecordId, sha256: AttachmentHash) -> String {
    format!("{FETCH}?record={record}&sha256={sha256}")
}

/// The kinds of files that are taken, told by their first bytes and never by a name or a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// JPEG picture.
    Jpeg,
    /// PNG picture.
    Png,
    /// WebP picture.
    Webp,
    /// PDF document.
    Pdf,
    /// MPEG-4 audio.
    M4a,
    /// Ogg audio.
    Ogg,
    /// AMR recording.
    Amr,
    /// MPEG-4 video.
    Mp4,
    /// 3GPP recording, of older phones.
    Gpp3,
}

/// The first bytes that [`MediaType::sniff`] looks at.
pub const SNIFFED_BYTES: usize = 16;

impl MediaType {
    /// Every kind.
    pub const ALL: [MediaType; 9] = [
        MediaType::Jpeg,
        MediaType::Png,
        MediaType::Webp,
        MediaType::Pdf,
        MediaType::M4a,
        MediaType::Ogg,
        MediaType::Amr,
        MediaType::Mp4,
        MediaType::Gpp3,
    ];

    /// The IANA name.
    pub const fn name(self) -> &'static str {
        match self {
            MediaType::Jpeg => "image/jpeg",
            MediaType::Png => "image/png",
            MediaType::Webp => "image/webp",
            MediaType::Pdf => "application/pdf",
            MediaType::M4a => "audio/mp4",
            MediaType::Ogg => "audio/ogg",
            MediaType::Amr => "audio/amr",
            MediaType::Mp4 => "video/mp4",
            MediaType::Gpp3 => "video/3gpp",
        }
    }

    /// How names of such files end.
    pub const fn ending(self) -> &'static str {
        match self {
            MediaType::Jpeg => "jpg",
            MediaType::Png => "png",
            MediaType::Webp => "webp",
            MediaType::Pdf => "pdf",
            MediaType::M4a => "m4a",
            MediaType::Ogg => "ogg",
            MediaType::Amr => "amr",
            MediaType::Mp4 => "mp4",
            MediaType::Gpp3 => "3gp",
        }
    }

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<MediaType> {
        MediaType::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of a file by its first [`SNIFFED_BYTES`]; `None` for kinds that are not taken.
    ///
    /// Signatures after the WHATWG MIME Sniffing Standard, section 6; the brands of `ftyp` after ISO/IEC 14496-12.
    pub fn sniff(first: &[u8]) -> Option<MediaType> {
        let at = |from: usize, to: usize| first.get(from..to).unwrap_or_default();
        match first {
            [0xff, 0xd8, 0xff, ..] => Some(MediaType::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(MediaType::Png),
            [b'R', b'I', b'F', b'F', ..] if at(8, 12) == b"WEBP" => Some(MediaType::Webp),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(MediaType::Pdf),
            [b'O', b'g', b'g', b'S', ..] => Some(MediaType::Ogg),
            [b'#', b'!', b'A', b'M', b'R', ..] => Some(MediaType::Amr),
            _ if at(4, 8) == b"ftyp" => match at(8, 12) {
                b"M4A " | b"M4B " => Some(MediaType::M4a),
                [b'3', b'g', ..] => Some(MediaType::Gpp3),
                b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"MSNV" => {
                    Some(MediaType::Mp4)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_back_what_it_prints() {
        let hash = AttachmentHash::of(b"photo");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert!(
            "5F".repeat(32).parse::<AttachmentHash>().is_err() && "5f".parse::<AttachmentHash>().is_err()
        );
    }

    #[test]
    fn kinds_are_told_by_their_first_bytes() {
        let table: [(&[u8], Option<MediaType>); 16] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Some(MediaType::Jpeg)),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some(MediaType::Png)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(MediaType::Webp)),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"%PDF-1.4\n", Some(MediaType::Pdf)),
            (b"OggS\0\x02", Some(MediaType::Ogg)),
            (b"#!AMR\n", Some(MediaType::Amr)),
            (b"\0\0\0\x20ftypM4A \0\0\0\0", Some(MediaType::M4a)),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", Some(MediaType::Mp4)),
            (b"\0\0\0\x20ftyp3gp4\0\0\x02\0", Some(MediaType::Gpp3)),
            (b"\0\0\0\x20ftypheic\0\0\0\0", None),
            (b"<svg onload=alert(1)>", None),
            (b"<!doctype html>", None),
            (b"MZ\x90\0", None),
            (b"PK\x03\x04", None),
            (b"", None),
        ];
        for (first, expected) in table {
            assert_eq!(MediaType::sniff(first), expected, "{first:?}");
        }
        for kind in MediaType::ALL {
            assert_eq!(MediaType::from_name(kind.name()), Some(kind));
        }
    }
}
