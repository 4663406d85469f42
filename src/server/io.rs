//! A connection that may not waste time.
//!
//! Wraps the socket, so that no state of the HTTP parser can wait for ever: a head that drips, a
//! client that says nothing, a client that never reads. Bodies have deadlines of their own, in
//! `body.rs`.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::limits;

/// What a connection does now.
#[derive(Debug, Default)]
pub(super) struct Phase(AtomicU8);

/// Nothing was asked, or the last question was answered.
const IDLE: u8 = 0;
/// A head has begun and not ended.
const HEAD: u8 = 1;
/// A request is being worked on: the handler's and the body's deadlines count, not ours.
const BUSY: u8 = 2;
/// An answer that has no end is being sent: its pauses are no idleness.
const STREAM: u8 = 3;

impl Phase {
    /// The head is complete, or a piece of the body has come.
    pub(super) fn busy(&self) {
        self.0.store(BUSY, Ordering::Relaxed);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, phase: u8) {
        self.0.store(phase, Ordering::Relaxed);
    }
}

/// An answer without an end on one connection, while it lives.
#[derive(Debug)]
pub(super) struct Streaming(Arc<Phase>);

impl Streaming {
    /// Begins on the connection that has this phase.
    pub(super) fn on(phase: &Arc<Phase>) -> Self {
        phase.set(STREAM);
        Self(phase.clone())
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.0.set(IDLE);
    }
}

/// One of the connections that are open; counted while it lives.
#[derive(Debug)]
pub(super) struct Seat {
    open: Arc<AtomicUsize>,
    /// With more than this open, idle ones go first.
    crowded: usize,
}

impl Seat {
    /// Takes a seat. The count is a hint for crowding; the cap is a semaphore's business.
    pub(super) fn take(open: &Arc<AtomicUsize>, crowded: usize) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self { open: open.clone(), crowded }
    }

    fn is_crowded(&self) -> bool {
        self.open.load(Ordering::Relaxed) > self.crowded
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The socket with its deadlines.
#[derive(Debug)]
pub(super) struct Guarded {
    stream: TcpStream,
    phase: Arc<Phase>,
    seat: Seat,
    /// When the present phase began, or the last byte of an answer was taken.
    since: Instant,
    /// Runs out at some time before or at the deadline: it is set again only when it fires, because
    /// moving a timer at every byte would cost more than parsing the request.
    alarm: Pin<Box<Sleep>>,
    /// Given back when the connection ends.
    _permit: tokio::sync::OwnedSemaphorePermit,
}

impl Guarded {
    /// Guards a connection that was just accepted.
    pub(super) fn new(
        stream: TcpStream,
        seat: Seat,
        permit: tokio::sync::OwnedSemaphorePermit,
    ) -> Self {
        let since = Instant::now();
        let alarm = Box::pin(tokio::time::sleep_until(since + limits::HEAD));
        Self { stream, phase: Arc::default(), seat, since, alarm, _permit: permit }
    }

    /// What the connection does, for the one who serves it.
    pub(super) fn phase(&self) -> Arc<Phase> {
        self.phase.clone()
    }

    fn enter(&mut self, phase: u8) {
        self.phase.set(phase);
        self.since = Instant::now();
    }

    fn patience(&self) -> Option<Duration> {
        match self.phase.get() {
            BUSY | STREAM => None,
            HEAD => Some(limits::HEAD),
            _ if self.seat.is_crowded() => Some(limits::HEAD),
            _ => Some(limits::IDLE),
        }
    }

    /// Ready when `patience` has run out since the phase began.
    fn poll_alarm(&mut self, cx: &mut Context<'_>, patience: Duration) -> Poll<()> {
        loop {
            if self.alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let (now, deadline) = (Instant::now(), self.since + patience);
            if now >= deadline {
                return Poll::Ready(());
            }
            // Crowding may shorten the patience meanwhile, so the alarm never sleeps long.
            self.alarm.as_mut().reset(deadline.min(now + limits::HEAD));
        }
    }

    fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(1..)) = written {
            let next = if self.phase.get() == STREAM { STREAM } else { IDLE };
            self.enter(next);
        }
        written
    }

    fn stalled(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match self.poll_alarm(cx, limits::STALLED) {
            Poll::Ready(()) => Poll::Ready(Err(late("the client does not take the answer"))),
            Poll::Pending => Poll::Pending,
        }
    }
}

fn late(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_ready() {
            if buffer.filled().len() > before && self.phase.get() == IDLE {
                self.enter(HEAD);
            }
            return read;
        }
        let Some(patience) = self.patience() else { return Poll::Pending };
        match self.poll_alarm(cx, patience) {
            Poll::Ready(()) => Poll::Ready(Err(late("the client does not finish its request"))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_pending() { self.stalled(cx) } else { self.wrote(written) }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        if written.is_pending() { self.stalled(cx) } else { self.wrote(written) }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
