//! Which segments there are, and what each of them holds.
//!
//! It verifies and changes nothing, so that a folder can be read beside its writer.

use std::collections::BTreeMap;

use compact_str::CompactString;
use flate2::read::GzDecoder;

use super::frames::{Frame, Frames, Step};
use super::record::{Span, checked, checksummed, take};
use super::{Disk, Error};

/// What a file is called while it is being written.
pub(super) const DRAFT: &str = ".new";
const RAW: &str = ".log";
const SEALED: &str = ".log.gz";
/// Names our field among the extra fields of a gzip header, RFC 1952, section 2.3.1.1.
const FIELD: [u8; 2] = *b"WR";
/// What the field holds: the last sequence number, the span, their checksum.
const FIELD_BYTES: usize = 8 + 16 + 4;

/// One segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// The first sequence number, which names it.
    pub first: u64,
    /// The last durable sequence number; `first - 1` while it is empty.
    pub last: u64,
    /// Its size on disk.
    pub bytes: u64,
    /// When its entries were received.
    pub span: Span,
    /// Whether it is closed and compressed.
    pub is_sealed: bool,
}

impl Part {
    pub(super) fn name(&self) -> String {
        if self.is_sealed { sealed(self.first) } else { raw(self.first) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.last < self.first
    }
}

/// The name of a segment that is being written, or waits for its compression.
pub(super) fn raw(first: u64) -> String {
    format!("{first:020}{RAW}")
}

/// The name of a compressed segment.
pub(super) fn sealed(first: u64) -> String {
    format!("{first:020}{SEALED}")
}

/// Everything that a folder holds.
#[derive(Default)]
pub(super) struct Found {
    pub parts: Vec<Part>,
    /// The brain that the newest segment names.
    pub brain_id: CompactString,
    /// The last frame of the newest segment, when that is not sealed: the only one that may be in
    /// the system's memory and not on disk.
    pub tail: Option<Frame>,
    /// The newest segment's torn end: its name, where it begins, its length.
    pub torn: Option<(String, u64, u64)>,
    /// Files that a crash left behind and nobody needs.
    pub litter: Vec<String>,
}

/// Looks at all segments: the compressed ones by their field, the others frame by frame.
pub(super) fn look(disk: &dyn Disk) -> Result<Found, Error> {
    let files = disk.list().map_err(|error| Error::io("list the journal's segments", &error))?;
    let mut found = Found::default();
    let mut names = BTreeMap::new();
    for (name, bytes) in files {
        match (number(&name, SEALED), number(&name, RAW)) {
            (Some(first), _) => {
                if names.insert(first, (bytes, true)).is_some() {
                    found.litter.push(raw(first));
                }
            }
            (None, Some(first)) if names.contains_key(&first) => found.litter.push(name),
            (None, Some(first)) => {
                names.insert(first, (bytes, false));
            }
            (None, None) if name.ends_with(DRAFT) => found.litter.push(name),
            (None, None) => {}
        }
    }
    let nexts: Vec<Option<u64>> =
        names.keys().skip(1).map(|first| Some(*first)).chain([None]).collect();
    for ((first, (bytes, is_sealed)), next) in names.into_iter().zip(nexts) {
        let part =
            Part { first, last: first.saturating_sub(1), bytes, span: Span::NONE, is_sealed };
        let part = if is_sealed {
            label(disk, part, next, &mut found)?
        } else {
            verify(disk, part, next, &mut found)?
        };
        found.parts.push(part);
    }
    Ok(found)
}

fn number(name: &str, suffix: &str) -> Option<u64> {
    name.strip_suffix(suffix).filter(|digits| digits.len() == 20)?.parse().ok()
}

/// Reads what a compressed segment's field says. Its content is verified when it is read.
fn label(disk: &dyn Disk, part: Part, next: Option<u64>, found: &mut Found) -> Result<Part, Error> {
    let name = part.name();
    let file = disk.read(&name).map_err(|error| Error::io(format!("open {name}"), &error))?;
    let (last, span) = GzDecoder::new(file)
        .header()
        .and_then(|header| unfold(header.extra()?))
        .filter(|(last, _)| *last >= part.first)
        .ok_or_else(|| Error::damaged(&name, 0, "its gzip header does not say what it holds"))?;
    match next {
        Some(next) if next > last + 1 => {
            return Err(Error::Missing { from: last + 1, to: next - 1 });
        }
        Some(next) if next <= last => {
            return Err(Error::damaged(&name, 0, format!("another segment begins at {next}")));
        }
        Some(_) => {}
        None => {
            let opened = Frames::open(disk, &name, part.first, Some(last + 1));
            let opened = opened.map_err(|error| Error::io(format!("open {name}"), &error))?;
            found.brain_id = opened?.1.brain_id;
        }
    }
    Ok(Part { last, span, ..part })
}

/// Reads a whole segment that is not compressed.
fn verify(
    disk: &dyn Disk,
    mut part: Part,
    next: Option<u64>,
    found: &mut Found,
) -> Result<Part, Error> {
    let name = part.name();
    let opened = Frames::open(disk, &name, part.first, next);
    let opened = opened.map_err(|error| Error::io(format!("open {name}"), &error))?;
    let (mut frames, header) = opened?;
    let mut tail = None;
    loop {
        match frames.step()? {
            Step::Frame(frame) => {
                part.last += u64::from(frame.header.count);
                part.span = part.span.with(frame.header.span);
                tail = Some(frame);
            }
            Step::Torn { bytes } => {
                found.torn = Some((name, frames.offset(), bytes));
                part.bytes = frames.offset();
                break;
            }
            Step::End => break,
        }
    }
    if next.is_none() {
        found.tail = tail;
        found.brain_id = header.brain_id;
    }
    Ok(part)
}

/// The extra field of a compressed segment.
pub(super) fn fold(part: &Part) -> Vec<u8> {
    let body = [part.last.to_le_bytes().to_vec(), part.span.encode()].concat();
    let length = u16::try_from(FIELD_BYTES).unwrap_or(0).to_le_bytes();
    [FIELD.to_vec(), length.to_vec(), checksummed(body)].concat()
}

fn unfold(extra: &[u8]) -> Option<(u64, Span)> {
    let mut rest = extra.strip_prefix(&FIELD)?;
    take::<2>(&mut rest).ok()?;
    let mut body = checked(rest, FIELD_BYTES).ok()?;
    let last = u64::from_le_bytes(take(&mut body).ok()?);
    Some((last, Span::decode(take(&mut body).ok()?, take(&mut body).ok()?)))
}
