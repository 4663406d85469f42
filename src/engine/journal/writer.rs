//! The thread that writes: one frame and one fsync for everything that queued meanwhile.
//!
//! **An fsync that failed is never repeated**: the system may have thrown the pages away and call
//! the next one a success. The segment is abandoned, its callers are refused, and what follows goes
//! to a new file.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use chrono::TimeDelta;

use super::catalog::{Part, raw};
use super::error::is_full;
use super::queue::{BATCH_BYTES, Queued, Shared};
use super::record::{FRAME_HEADER_BYTES, FrameHeader, Span};
use super::segment::{Current, Failed};
use super::{Disk, Error, Options, RECORD_BYTES_MAX};

/// The largest payload of a frame: a full batch and one last delivery.
pub(super) const FRAME_BYTES_MAX: usize = BATCH_BYTES + RECORD_BYTES_MAX;
/// A segment is closed when its entries span this time, so that a quiet node's old ones can go.
const SEGMENT_SPAN_MAX: TimeDelta = TimeDelta::days(1);
/// Marks are saved after so many batches even when there is never a pause.
const BATCHES_PER_TICK: u32 = 512;

/// What the writing thread owns.
pub(super) struct Writer {
    pub disk: Arc<dyn Disk>,
    pub shared: Arc<Shared>,
    pub options: Options,
    /// `None`: no segment could be begun; the next entry tries again.
    pub current: Option<Current>,
    /// Tells the sealer that a segment was closed.
    pub sealer: SyncSender<()>,
}

impl Writer {
    /// Writes until the journal is closed and the queue is empty.
    pub(super) fn run(mut self) {
        let mut batches = 0_u32;
        loop {
            let work = self.shared.work();
            if !work.batch.is_empty() {
                self.write(work.batch);
                batches += 1;
            }
            if work.is_tick || work.is_last || batches >= BATCHES_PER_TICK {
                batches = 0;
                self.save_marks();
                self.trim(0);
            }
            if work.is_last {
                return;
            }
        }
    }

    /// Writes one batch and answers everybody who waits for it.
    fn write(&mut self, batch: Vec<Queued>) {
        let answer = self.keep(&batch);
        let mut state = self.shared.lock();
        state.is_full = matches!(answer, Err(Error::Full { .. }));
        let mut answers = Vec::with_capacity(batch.len());
        for (place, entry) in (0_u64..).zip(batch) {
            let answer = answer.clone().map(|first| first + place);
            match (entry.reply, &answer) {
                (Some(reply), _) => answers.push((reply, answer)),
                (None, Ok(sequence)) => state.mark(*sequence, *sequence),
                (None, Err(_)) => state.dropped += 1,
            }
        }
        drop(state);
        for (reply, answer) in answers {
            // Whoever waited has gone away: the entry stays, which is harmless.
            reply.send(answer).ok();
        }
    }

    /// Makes a batch durable and gives the sequence number of its first entry.
    fn keep(&mut self, batch: &[Queued]) -> Result<u64, Error> {
        let (durable, broken) = {
            let state = self.shared.lock();
            (state.durable, state.broken.clone())
        };
        if let Some(why) = broken {
            return Err(Error::Broken { why });
        }
        let first = durable + 1;
        let (frame, span) = encode(first, batch)?;
        self.make_room(frame.len() as u64)?;
        if self.current.is_none() {
            self.begin(first).map_err(|error| self.refuse(&error))?;
        }
        let Some(current) = self.current.as_mut() else { return Err(Error::Closed) };
        match current.append(&frame) {
            Ok(()) => {}
            Err(Failed::Write(error)) if is_full(&error) => {
                return Err(match current.take_back() {
                    Ok(()) => Error::Full { why: error.to_string() },
                    Err(_) => self.abandon(first, &error),
                });
            }
            Err(Failed::Write(error) | Failed::Sync(error)) => {
                return Err(self.abandon(first, &error));
            }
        }
        self.kept(durable + batch.len() as u64, span);
        Ok(first)
    }

    /// Records what has become durable, and closes the segment when it is large or old enough.
    fn kept(&mut self, durable: u64, span: Span) {
        let Some(current) = &self.current else { return };
        let mut state = self.shared.lock();
        state.durable = durable;
        let Some(part) = state.parts.get_mut(&current.first) else { return };
        (part.last, part.bytes, part.span) = (durable, current.length, part.span.with(span));
        let age = part.span.newest.saturating_sub(part.span.oldest);
        let is_done = part.bytes >= self.options.segment_bytes_max
            || age >= SEGMENT_SPAN_MAX.num_milliseconds();
        if is_done {
            state.current = None;
            drop(state);
            self.current = None;
            // When it cannot begin now, the next entry tries again and tells its caller.
            self.begin(durable + 1).ok();
            self.sealer.try_send(()).ok();
        }
    }

    fn begin(&mut self, first: u64) -> io::Result<()> {
        let current = Current::begin(&*self.disk, &self.options.brain_id, first, &[])?;
        let part = Part {
            first,
            last: first - 1,
            bytes: current.length,
            span: Span::NONE,
            is_sealed: false,
        };
        let mut state = self.shared.lock();
        state.parts.insert(first, part);
        state.current = Some(first);
        self.current = Some(current);
        Ok(())
    }

    /// Gives the current segment up. Nothing that was durable in it is touched.
    fn abandon(&mut self, next: u64, error: &io::Error) -> Error {
        let file = self.current.take().map(|current| raw(current.first)).unwrap_or_default();
        self.shared.lock().current = None;
        match self.begin(next) {
            Err(second) if !is_full(&second) => self.refuse(&second),
            Ok(()) | Err(_) => {
                self.sealer.try_send(()).ok();
                Error::Unsynced { file, why: error.to_string() }
            }
        }
    }

    /// Why no segment can be begun: there is no room for now, or the disk is not to be trusted.
    fn refuse(&self, error: &io::Error) -> Error {
        let why = error.to_string();
        if is_full(error) {
            return Error::Full { why };
        }
        self.shared.lock().broken = Some(why.clone());
        Error::Broken { why }
    }

    fn make_room(&self, bytes: u64) -> Result<(), Error> {
        let max = self.options.total_bytes_max;
        if self.shared.lock().bytes() + bytes > max {
            self.trim(bytes);
            if self.shared.lock().bytes() + bytes > max {
                return Err(Error::Full { why: format!("the journal may hold {max} bytes") });
            }
        }
        Ok(())
    }

    /// Removes the oldest segments that are applied and either too old or in the way of `bytes`
    /// more. It stops at the first that must stay, so no gap ever arises.
    fn trim(&self, bytes: u64) {
        while let Some(part) = self.removable(bytes) {
            if self.disk.remove(&part.name()).is_err() {
                return;
            }
            self.shared.lock().parts.remove(&part.first);
        }
    }

    fn removable(&self, bytes: u64) -> Option<Part> {
        let state = self.shared.lock();
        let newest = state.parts.values().map(|part| part.span.newest).max()?;
        let (_, part) = state.parts.first_key_value().filter(|_| state.parts.len() > 1)?;
        let is_old = part.span.newest < newest.saturating_sub(self.options.keep.num_milliseconds());
        let is_in_the_way = state.bytes() + bytes > self.options.total_bytes_max;
        let may_go = part.is_sealed && state.marks.has_all(part.first, part.last);
        (may_go && (is_old || is_in_the_way)).then_some(*part)
    }

    /// A mark that cannot be saved costs a harmless replay, so that is only tried again later.
    fn save_marks(&self) {
        let marks = {
            let mut state = self.shared.lock();
            if !std::mem::take(&mut state.are_marks_new) {
                return;
            }
            state.marks.clone()
        };
        if marks.save(&*self.disk).is_err() {
            self.shared.lock().are_marks_new = true;
        }
    }
}

/// One frame of a batch, and when its entries were received.
fn encode(first: u64, batch: &[Queued]) -> Result<(Vec<u8>, Span), Error> {
    let payload = batch.iter().map(|entry| entry.line.as_slice()).collect::<Vec<_>>().concat();
    let span = batch.iter().fold(Span::NONE, |span, entry| span.with(Span::at(entry.received_at)));
    let too_large = |_| Error::TooLarge { bytes: payload.len(), max: FRAME_BYTES_MAX };
    let header = FrameHeader {
        length: u32::try_from(payload.len()).map_err(too_large)?,
        count: u32::try_from(batch.len()).map_err(too_large)?,
        first,
        span,
        crc: crc32fast::hash(&payload),
    };
    let mut frame = header.encode();
    debug_assert_eq!(frame.len(), FRAME_HEADER_BYTES);
    frame.extend(payload);
    Ok((frame, span))
}
