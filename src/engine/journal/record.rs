//! The bytes of a segment: its header, the headers of its frames, and the lines in them.
//!
//! Pure: it neither reads nor writes files. Every byte is under a checksum. Numbers are little
//! endian. A payload is one line of JSON for each entry, so it never holds a zero byte nor `0xf5`
//! (no such byte exists in UTF-8): what looks like the start of a frame is one.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::BRAIN_ID_BYTES_MAX;
use crate::domain::alert::Report;
use crate::engine::said::Said;

/// The format of headers, frames and lines that this program writes, and the newest it reads.
pub(super) const FORMAT: u8 = 1;
/// The size of a segment's header.
pub(super) const HEADER_BYTES: usize = 128;
/// The size of a frame's header.
pub(super) const FRAME_HEADER_BYTES: usize = 48;

const MAGIC: [u8; 8] = *b"WRJOURNL";
const FRAME_MAGIC: [u8; 4] = [0xf5, b'W', b'R', b'J'];

/// Why bytes are no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    /// The checksum or the shape is wrong.
    Bytes,
    /// The checksum is right and the format is of a later version.
    Newer(u8),
}

/// What a segment says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The brain that the entries were acknowledged for; empty when it was not known.
    pub brain_id: CompactString,
    /// The sequence number of the first entry.
    pub first: u64,
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let id = self.brain_id.as_bytes();
        let id = id.get(..BRAIN_ID_BYTES_MAX).unwrap_or(id);
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend(MAGIC);
        bytes.push(FORMAT);
        bytes.push(u8::try_from(id.len()).unwrap_or(0));
        bytes.extend(id);
        bytes.resize(HEADER_BYTES - 12, 0);
        bytes.extend(self.first.to_le_bytes());
        checksummed(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Bad> {
        let mut rest = checked(bytes, HEADER_BYTES)?;
        if take::<8>(&mut rest)? != MAGIC {
            return Err(Bad::Bytes);
        }
        let [version, length] = take::<2>(&mut rest)?;
        if version > FORMAT {
            return Err(Bad::Newer(version));
        }
        let id = rest.get(..usize::from(length)).ok_or(Bad::Bytes)?;
        let brain_id = CompactString::from_utf8(id).map_err(|_| Bad::Bytes)?;
        let first = rest.last_chunk::<8>().ok_or(Bad::Bytes)?;
        Ok(Self { brain_id, first: u64::from_le_bytes(*first) })
    }
}

/// What a frame says about its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// Bytes of the payload.
    pub length: u32,
    /// Entries in the payload.
    pub count: u32,
    /// The sequence number of the first entry.
    pub first: u64,
    /// The earliest and the latest receipt among the entries.
    pub span: Span,
    /// The payload's checksum.
    pub crc: u32,
}

impl FrameHeader {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FRAME_HEADER_BYTES);
        bytes.extend(FRAME_MAGIC);
        bytes.extend([FORMAT, 0, 0, 0]);
        bytes.extend(self.length.to_le_bytes());
        bytes.extend(self.count.to_le_bytes());
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(self.span.encode());
        bytes.extend(self.crc.to_le_bytes());
        checksummed(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Bad> {
        let mut rest = checked(bytes, FRAME_HEADER_BYTES)?;
        if take::<4>(&mut rest)? != FRAME_MAGIC {
            return Err(Bad::Bytes);
        }
        let [version, ..] = take::<4>(&mut rest)?;
        if version > FORMAT {
            return Err(Bad::Newer(version));
        }
        Ok(Self {
            length: u32::from_le_bytes(take(&mut rest)?),
            count: u32::from_le_bytes(take(&mut rest)?),
            first: u64::from_le_bytes(take(&mut rest)?),
            span: Span::decode(take(&mut rest)?, take(&mut rest)?),
            crc: u32::from_le_bytes(take(&mut rest)?),
        })
    }

    /// Whether any frame's header is somewhere in these bytes.
    pub(super) fn is_in(bytes: &[u8]) -> bool {
        bytes.windows(FRAME_HEADER_BYTES).any(|window| {
            window.starts_with(&FRAME_MAGIC) && Self::decode(window) != Err(Bad::Bytes)
        })
    }
}

/// The earliest and the latest receipt of some entries, in milliseconds since 1970. The wall clock
/// may jump, so a later frame may have an earlier span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub oldest: i64,
    pub newest: i64,
}

impl Span {
    /// The span of nothing.
    pub(super) const NONE: Self = Self { oldest: i64::MAX, newest: i64::MIN };

    pub(super) fn at(time: DateTime<Utc>) -> Self {
        Self { oldest: time.timestamp_millis(), newest: time.timestamp_millis() }
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self { oldest: self.oldest.min(other.oldest), newest: self.newest.max(other.newest) }
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.oldest <= other.newest && other.oldest <= self.newest
    }

    pub(super) fn encode(self) -> Vec<u8> {
        [self.oldest.to_le_bytes(), self.newest.to_le_bytes()].concat()
    }

    pub(super) fn decode(oldest: [u8; 8], newest: [u8; 8]) -> Self {
        Self { oldest: i64::from_le_bytes(oldest), newest: i64::from_le_bytes(newest) }
    }
}

/// What is written of an entry. Its sequence number follows from its place in the frame.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub received_at: DateTime<Utc>,
    pub source: &'a str,
    pub reports: &'a [Report],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<&'a Said>,
}

/// [`Line`], read back.
#[derive(Deserialize)]
pub(super) struct Stored {
    pub received_at: DateTime<Utc>,
    pub source: CompactString,
    pub reports: Vec<Report>,
    #[serde(default)]
    pub said: Option<Said>,
}

/// Puts the checksum of the bytes behind them.
pub(super) fn checksummed(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc32fast::hash(&bytes);
    bytes.extend(crc.to_le_bytes());
    bytes
}

/// Takes the checksum off the end, when it is right and the length is.
pub(super) fn checked(bytes: &[u8], length: usize) -> Result<&[u8], Bad> {
    match bytes.split_last_chunk::<4>() {
        Some((body, crc))
            if bytes.len() == length && u32::from_le_bytes(*crc) == crc32fast::hash(body) =>
        {
            Ok(body)
        }
        _ => Err(Bad::Bytes),
    }
}

/// Takes the next bytes.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], Bad> {
    let (taken, rest) = bytes.split_first_chunk::<N>().ok_or(Bad::Bytes)?;
    *bytes = rest;
    Ok(*taken)
}
