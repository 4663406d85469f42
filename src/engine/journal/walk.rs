//! Reads entries back, in order, a frame at a time.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use compact_str::CompactString;

use super::catalog::{Found, Part, look, raw, sealed};
use super::frames::{Frame, Frames, Step};
use super::record::{Span, Stored};
use super::{Disk, Entry, Error, Folder};

/// How often a folder is looked at again when its writer changed it during the look.
const LOOKS_MAX: usize = 3;

/// Reads the entries received between two times from a folder that another process may be writing
/// to. It takes no lock and changes nothing; the very last entries may not be seen yet.
pub fn read_folder(dir: &Path, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Walk, Error> {
    let disk = Arc::new(Folder::to_read(dir));
    let found = look_beside(&*disk)?;
    Ok(Walk::new(disk, found.parts, Span::at(from).with(Span::at(to))))
}

/// Which brain the newest deliveries in a folder were acknowledged for; none when there is no
/// journal, or it does not know. It takes no lock and changes nothing.
pub fn brain_of(dir: &Path) -> Result<Option<CompactString>, Error> {
    if !dir.exists() {
        return Ok(None);
    }
    let id = look_beside(&Folder::to_read(dir))?.brain_id;
    Ok(Some(id).filter(|id| !id.is_empty()))
}

/// Looks at a folder that its writer may be changing.
fn look_beside(disk: &dyn Disk) -> Result<Found, Error> {
    let mut found = look(disk);
    for _ in 1..LOOKS_MAX {
        if found.is_ok() {
            break;
        }
        found = look(disk);
    }
    found
}

/// Entries in the order of their sequence numbers. It ends after the first error. It blocks.
pub struct Walk {
    disk: Arc<dyn Disk>,
    parts: VecDeque<Part>,
    /// Only entries received in this span.
    span: Span,
    frames: Option<(String, Frames)>,
    /// The entries of the last frame that were not given yet.
    ready: VecDeque<Entry>,
}

impl Walk {
    pub(super) fn new(disk: Arc<dyn Disk>, parts: Vec<Part>, span: Span) -> Self {
        let wanted = |part: &Part| !part.is_empty() && part.span.meets(span);
        let parts = parts.into_iter().filter(wanted).collect();
        Self { disk, parts, span, frames: None, ready: VecDeque::new() }
    }

    fn advance(&mut self) -> Result<Option<Entry>, Error> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Ok(Some(entry));
            }
            let Some((name, frames)) = &mut self.frames else {
                let Some(part) = self.parts.pop_front() else { return Ok(None) };
                self.frames = open(&*self.disk, part)?;
                continue;
            };
            let offset = frames.offset();
            match frames.step()? {
                Step::Frame(frame) if frame.header.span.meets(self.span) => {
                    let entries = decode(name, offset, &frame)?;
                    let is_wanted = |entry: &Entry| Span::at(entry.received_at).meets(self.span);
                    self.ready = entries.into_iter().filter(is_wanted).collect();
                }
                Step::Frame(_) => {}
                Step::End | Step::Torn { .. } => self.frames = None,
            }
        }
    }
}

impl Iterator for Walk {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance().transpose();
        if let Some(Err(_)) = next {
            self.parts.clear();
            self.frames = None;
        }
        next
    }
}

/// Opens a segment under either name: it may have been compressed since it was listed, or removed
/// because all of it was applied.
fn open(disk: &dyn Disk, part: Part) -> Result<Option<(String, Frames)>, Error> {
    for name in [raw(part.first), sealed(part.first)] {
        match Frames::open(disk, &name, part.first, Some(part.last + 1)) {
            Ok(opened) => return Ok(Some((name, opened?.0))),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io(format!("open {name}"), &error)),
        }
    }
    Ok(None)
}

fn decode(name: &str, offset: u64, frame: &Frame) -> Result<Vec<Entry>, Error> {
    let lines = frame.payload.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut entries = Vec::new();
    for (sequence, line) in (frame.header.first..).zip(lines) {
        let stored: Stored = serde_json::from_slice(line).map_err(|error| {
            Error::damaged(name, offset, format!("entry {sequence} is no delivery: {error}"))
        })?;
        let Stored { received_at, source, reports, said } = stored;
        entries.push(Entry { sequence, received_at, source, reports, said });
    }
    if entries.len() as u64 != u64::from(frame.header.count) {
        return Err(Error::damaged(name, offset, "the frame has another number of entries"));
    }
    Ok(entries)
}
