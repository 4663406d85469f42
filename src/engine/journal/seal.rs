//! The thread that compresses closed segments.
//!
//! A segment is verified frame by frame while it is compressed; one that is damaged stays as it is.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use flate2::{Compression, GzBuilder};

use super::catalog::{DRAFT, Part, fold, raw, sealed};
use super::frames::{Frames, Step};
use super::queue::Shared;
use super::{Disk, Error, Output};

/// Compresses whatever is closed, each time it is told to look, until the writer has gone.
pub(super) fn run(disk: &dyn Disk, shared: &Arc<Shared>, look: &Receiver<()>) {
    while look.recv().is_ok() {
        for part in closed(shared) {
            if let Err(error) = seal(disk, shared, part) {
                // The segment stays as it is; the next look tries again.
                tracing::warn!(segment = part.name(), %error, "cannot compress a journal segment");
            }
        }
    }
}

fn closed(shared: &Shared) -> Vec<Part> {
    let state = shared.lock();
    let is_closed =
        |part: &&Part| !part.is_sealed && !part.is_empty() && state.current != Some(part.first);
    state.parts.values().filter(is_closed).copied().collect()
}

fn seal(disk: &dyn Disk, shared: &Shared, part: Part) -> Result<(), Error> {
    let (name, draft) = (sealed(part.first), format!("{}{DRAFT}", sealed(part.first)));
    let bytes = match compress(disk, shared, part, &draft) {
        Ok(Some(bytes)) => bytes,
        other => {
            disk.remove(&draft).ok();
            return other.map(|_| ());
        }
    };
    let named = disk.rename(&draft, &name).and_then(|()| disk.sync());
    named.map_err(|error| Error::io(format!("name {name}"), &error))?;
    shared.lock().parts.insert(part.first, Part { bytes, is_sealed: true, ..part });
    disk.remove(&raw(part.first)).map_err(|error| Error::io("remove what was compressed", &error))
}

/// Writes the compressed segment and gives its size; nothing when the journal closes meanwhile.
fn compress(
    disk: &dyn Disk,
    shared: &Shared,
    part: Part,
    draft: &str,
) -> Result<Option<u64>, Error> {
    let failed = |error: io::Error| Error::io(format!("write {draft}"), &error);
    let opened = Frames::open(disk, &part.name(), part.first, Some(part.last + 1));
    let (mut frames, header) = opened.map_err(failed)??;
    let file = Counted { file: disk.create(draft).map_err(failed)?, bytes: 0 };
    let mut gzip = GzBuilder::new().extra(fold(&part)).write(file, Compression::fast());
    gzip.write_all(&header.encode()).map_err(failed)?;
    while let Step::Frame(frame) = frames.step()? {
        gzip.write_all(&frame.header.encode()).map_err(failed)?;
        gzip.write_all(&frame.payload).map_err(failed)?;
        if shared.lock().is_closing {
            return Ok(None);
        }
    }
    let mut counted = gzip.finish().map_err(failed)?;
    counted.file.sync().map_err(failed)?;
    Ok(Some(counted.bytes))
}

/// A file that knows how much was written to it.
struct Counted {
    file: Box<dyn Output>,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
