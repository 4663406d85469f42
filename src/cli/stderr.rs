//! The way from the log to standard error: a bounded queue, and one thread that writes.
//!
//! It refuses to let work wait for a reader: when nobody takes what is written, lines are dropped
//! and counted.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait: a burst of a busy second, and with [`LINE_MAX`] 8 MiB at the very worst.
const LINES_MAX: usize = 1024;
/// Bytes of one line: labels and error texts are shorter, a longer one is cut.
const LINE_MAX: usize = 8 * 1024;
/// What stands at the end of a line that was cut.
const CUT: &[u8] = b" ... (cut)\n";
/// How long the end of the program waits for its last lines.
const FLUSH: Duration = Duration::from_millis(500);

/// What waits for the writing thread.
enum Job {
    Line(Vec<u8>),
    /// Everything before it is written when the other end is dropped.
    Flush(SyncSender<()>),
}

/// Takes lines and never waits.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    jobs: SyncSender<Job>,
    dropped: Counter,
}

impl Queue {
    /// A queue with its thread. Without one, which needs a machine that is out of threads, every
    /// line counts as dropped.
    pub(super) fn start(sink: impl Write + Send + 'static) -> Self {
        let (jobs, waiting) = sync_channel(LINES_MAX);
        let thread = std::thread::Builder::new().name("log".to_owned());
        drop(thread.spawn(move || write_all(&waiting, sink)));
        Self { jobs, dropped: Counter::default() }
    }

    /// How many lines nobody will read.
    pub(super) fn dropped(&self) -> Counter {
        self.dropped.clone()
    }

    /// Waits a moment until everything is written.
    pub(super) fn flush(&self) {
        let (done, written) = sync_channel(0);
        if self.jobs.try_send(Job::Flush(done)).is_ok() {
            // Written or too late: the program ends either way.
            written.recv_timeout(FLUSH).ok();
        }
    }
}

fn write_all(waiting: &Receiver<Job>, mut sink: impl Write) {
    for job in waiting {
        match job {
            // A log that is closed for good must not end the program.
            Job::Line(line) => drop(sink.write_all(&line)),
            Job::Flush(done) => {
                drop(sink.flush());
                drop(done);
            }
        }
    }
}

/// One line; the subscriber writes each with one call.
#[derive(Debug)]
pub(super) struct Line<'a>(&'a Queue);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = match bytes.split_at_checked(LINE_MAX) {
            None => bytes.to_vec(),
            Some((head, _)) => [head, CUT].concat(),
        };
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.0.jobs.try_send(Job::Line(line))
        {
            self.0.dropped.inc();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks at the first byte for as long as the other end of the channel lives.
    struct Stuck(Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().ok();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_is_gone_costs_lines_and_no_time() {
        let (release, stuck) = sync_channel(0);
        let queue = Queue::start(Stuck(stuck));
        let surplus = 1000;
        for _ in 0..LINES_MAX + surplus {
            queue.make_writer().write_all(b"a line\n").unwrap();
        }
        // The thread holds one line, so one more fits.
        let dropped = usize::try_from(queue.dropped().get()).unwrap();
        assert!((surplus - 1..=surplus).contains(&dropped), "{dropped} dropped");
        drop(release);
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let queue = Queue::start(io::sink());
        assert_eq!(queue.make_writer().write(&vec![b'x'; 1 << 20]).unwrap(), 1 << 20);
        queue.flush();
        assert_eq!(queue.dropped().get(), 0);
    }
}
