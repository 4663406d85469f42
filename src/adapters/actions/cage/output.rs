//! What a program prints, as lines: the memory that it takes does not grow with what is printed.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// How much is read at once.
const CHUNK: usize = 16 << 10;
/// Bytes of a line that are passed on; the rest of it is thrown away.
const LINE_BYTES_MAX: usize = 8 << 10;
/// Bytes of output that are kept whole where an action reads them: a playbook's JSON.
pub(super) const KEPT_BYTES_MAX: usize = 4 << 20;

/// A collector of one stream.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    kept: Vec<u8>,
    /// All bytes that came.
    bytes: u64,
}

impl Lines {
    /// Takes bytes, and gives every line that they end.
    fn take(&mut self, chunk: &[u8], keeps: bool, mut each: impl FnMut(&str)) {
        self.bytes += u64::try_from(chunk.len()).unwrap_or_default();
        if keeps {
            let room = KEPT_BYTES_MAX.saturating_sub(self.kept.len());
            self.kept.extend(chunk.iter().take(room));
        }
        let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            let room = LINE_BYTES_MAX.saturating_sub(self.line.len());
            self.line.extend(part.iter().take(room));
            if parts.peek().is_some() {
                self.end(&mut each);
            }
        }
    }

    fn end(&mut self, each: &mut impl FnMut(&str)) {
        each(&String::from_utf8_lossy(&self.line));
        self.line.clear();
    }
}

/// Reads until the stream ends.
pub(super) async fn drain(
    mut from: impl AsyncRead + Unpin,
    lines: &mut Lines,
    keeps: bool,
    mut each: impl FnMut(&str),
) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(count @ 1..) = from.read(&mut chunk).await {
        lines.take(chunk.get(..count).unwrap_or_default(), keeps, &mut each);
    }
}

impl Lines {
    /// Gives the last line, which nothing has ended, and what was kept.
    pub(super) fn finish(mut self, mut each: impl FnMut(&str)) -> (Vec<u8>, u64) {
        if !self.line.is_empty() {
            self.end(&mut each);
        }
        (self.kept, self.bytes)
    }
}

/// How long output may still come after everything has ended: somebody outside may hold the pipe.
pub(super) const DRAIN_MAX: Duration = Duration::from_millis(500);
