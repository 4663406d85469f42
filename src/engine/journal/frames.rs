//! Reads the frames of one segment, and tells a torn tail from damage.

use std::io::{self, Read};

use flate2::read::GzDecoder;

use super::record::{Bad, FORMAT, FRAME_HEADER_BYTES, FrameHeader, HEADER_BYTES, Header};
use super::writer::FRAME_BYTES_MAX;
use super::{Disk, Error};

/// What is read in one go to judge a bad frame: the largest segment, and a frame beyond it.
const REST_BYTES_MAX: u64 = 1 << 30;
/// What a disk writes whole. A page that never reached it reads as zeros.
const SECTOR: usize = 512;

/// A frame that is as it was written.
pub(super) struct Frame {
    pub header: FrameHeader,
    pub payload: Vec<u8>,
}

/// What comes next in a segment.
pub(super) enum Step {
    Frame(Frame),
    /// Everything that belongs to the segment was read.
    End,
    /// The last write never became whole; from here on these bytes are to be cut off.
    Torn {
        bytes: u64,
    },
}

/// The frames of one segment, in order.
pub(super) struct Frames {
    source: Box<dyn Read + Send>,
    name: String,
    /// Where the next frame begins, before compression.
    offset: u64,
    /// The sequence number that the next frame must begin with.
    next: u64,
    /// The first sequence number that belongs to the next segment. `None`: nothing follows, so the
    /// end may be torn.
    until: Option<u64>,
}

impl Frames {
    /// Opens a segment and checks its header.
    pub(super) fn open(
        disk: &dyn Disk,
        name: &str,
        first: u64,
        until: Option<u64>,
    ) -> io::Result<Result<(Self, Header), Error>> {
        let file = disk.read(name)?;
        let is_sealed = name.ends_with(".gz");
        let source = if is_sealed { Box::new(GzDecoder::new(file)) } else { file };
        let mut frames = Self { source, name: name.to_owned(), offset: 0, next: first, until };
        Ok(frames.header(first).map(|header| (frames, header)))
    }

    fn header(&mut self, first: u64) -> Result<Header, Error> {
        let bytes = self.up_to(HEADER_BYTES as u64)?;
        let header = match Header::decode(&bytes) {
            Ok(header) if header.first == first => header,
            Ok(header) => {
                let why = format!("its header says that it begins with entry {}", header.first);
                return Err(self.damaged(why));
            }
            Err(Bad::Newer(version)) => return Err(self.newer(version)),
            Err(Bad::Bytes) => return Err(self.damaged("this is no header of a segment")),
        };
        self.offset = HEADER_BYTES as u64;
        Ok(header)
    }

    /// Where the next frame begins, before compression.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next frame. After anything else than a frame, nothing more may be asked.
    pub(super) fn step(&mut self) -> Result<Step, Error> {
        if self.until.is_some_and(|until| self.next >= until) {
            return Ok(Step::End);
        }
        let head = self.up_to(FRAME_HEADER_BYTES as u64)?;
        if head.len() < FRAME_HEADER_BYTES {
            return self.ends_with(head.len() as u64);
        }
        let header = match FrameHeader::decode(&head) {
            Ok(header) => header,
            Err(Bad::Newer(version)) => return Err(self.newer(version)),
            Err(Bad::Bytes) => return self.judge(head),
        };
        self.check(&header)?;
        let payload = self.up_to(u64::from(header.length))?;
        let bytes = (head.len() + payload.len()) as u64;
        if payload.len() as u64 != u64::from(header.length) {
            return self.ends_with(bytes);
        }
        if crc32fast::hash(&payload) != header.crc {
            return self.judge([head, payload].concat());
        }
        self.offset += bytes;
        self.next += u64::from(header.count);
        Ok(Step::Frame(Frame { header, payload }))
    }

    /// A header with a right checksum can still be of another place or from a broken program.
    fn check(&self, header: &FrameHeader) -> Result<(), Error> {
        let next = header.first.checked_add(u64::from(header.count));
        let fits = next.is_some_and(|next| self.until.is_none_or(|until| next <= until));
        if header.first != self.next || header.count == 0 || !fits {
            let why = format!("expected entry {}, found {}", self.next, header.first);
            return Err(self.damaged(why));
        }
        if u64::from(header.length) > FRAME_BYTES_MAX as u64 {
            return Err(self.damaged("the frame is larger than any that is written"));
        }
        Ok(())
    }

    /// The file ends inside a frame, or between two.
    fn ends_with(&self, bytes: u64) -> Result<Step, Error> {
        match self.until {
            Some(until) => Err(self.damaged(format!(
                "entries {} to {} are missing",
                self.next,
                until.saturating_sub(1)
            ))),
            None if bytes == 0 => Ok(Step::End),
            None => Ok(Step::Torn { bytes }),
        }
    }

    /// A frame is whole in length and wrong in content. That is a tear only when a part of it never
    /// reached the disk, and nothing was written after it.
    fn judge(&mut self, mut seen: Vec<u8>) -> Result<Step, Error> {
        let rest = self.up_to(REST_BYTES_MAX)?;
        seen.extend(rest);
        let behind = seen.get(1..).unwrap_or_default();
        if self.until.is_some() || !has_hole(&seen, self.offset) || FrameHeader::is_in(behind) {
            return Err(self.damaged("the checksum does not match"));
        }
        Ok(Step::Torn { bytes: seen.len() as u64 })
    }

    /// Up to this many bytes; fewer only at the end of the file.
    fn up_to(&mut self, bytes: u64) -> Result<Vec<u8>, Error> {
        let mut buffer = Vec::new();
        match (&mut self.source).take(bytes).read_to_end(&mut buffer) {
            Ok(_) => Ok(buffer),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        match error.kind() {
            // What the decompression answers to bytes that are not its own.
            io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof => self.damaged(error.to_string()),
            _ => Error::io(format!("read {}", self.name), error),
        }
    }

    fn damaged(&self, why: impl Into<String>) -> Error {
        Error::damaged(&self.name, self.offset, why)
    }

    fn newer(&self, version: u8) -> Error {
        Error::Newer { file: self.name.clone(), version, known: FORMAT }
    }
}

/// Whether a sector of these bytes, which lie at `offset` in their file, holds only zeros. No frame
/// does by itself: its header begins and its payload ends with other bytes, and lines hold none.
fn has_hole(bytes: &[u8], offset: u64) -> bool {
    let to_border = SECTOR - usize::try_from(offset % SECTOR as u64).unwrap_or(0);
    let (before, after) = bytes.split_at(to_border.min(bytes.len()));
    std::iter::once(before)
        .chain(after.chunks(SECTOR))
        .any(|sector| !sector.is_empty() && sector.iter().all(|byte| *byte == 0))
}
