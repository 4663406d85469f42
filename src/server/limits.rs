//! How much of this process a client may take, however it behaves.
//!
//! Each number is for the whole server unless it says otherwise; what is refused is counted.

use std::time::Duration;

/// Connections at once. HTTP/1 carries one request a connection, so this bounds everything that a
/// connection costs; the usual `ulimit -n` of 1024 leaves room for the brain and the outside.
pub(super) const CONNECTIONS: usize = 768;

/// Files that connections leave to the brain, the journal, the log and calls to the outside, where
/// fewer than the usual 1024 may be open.
pub(super) const OTHER_FILES: usize = 40;

/// Connections at once, however few files may be open: fewer would not be a server.
pub(super) const CONNECTIONS_MIN: usize = 8;

/// How many connections there may be when so many files may be open.
pub(super) fn connections(open_files: usize) -> usize {
    let spare = open_files.saturating_sub(OTHER_FILES).min(open_files / 4 * 3);
    spare.clamp(CONNECTIONS_MIN, CONNECTIONS)
}

/// Above this many of `connections`, idle ones are closed as soon as [`HEAD`] has passed.
pub(super) fn crowded(connections: usize) -> usize {
    connections / 4 * 3
}

/// Requests at once; the next one is answered 503 and not queued.
pub(super) const IN_FLIGHT: usize = 512;

/// Listings of alerts at once: each holds one page of the brain in memory.
pub(super) const LISTINGS: usize = 8;

/// Streams of live events at once, a tab each: they leave connections to everybody else.
pub(super) const VIEWERS: usize = 400;

/// Kibibytes of request bodies in memory at once, inflated ones included: eight of the largest.
pub(super) const BODIES_KIB: u32 = 64 * 1024;

/// Alerts being decided at once, whole deliveries of up to 10 000. A small alert is eighty bytes of
/// a body and, with its decision, some kilobytes of memory; more are answered 503 and sent again.
pub(super) const ALERTS_IN_WORK: usize = 50_000;

/// From the first byte of a request to the end of its headers. A client that drips them is cut.
pub(super) const HEAD: Duration = Duration::from_secs(5);

/// Without a request on an open connection. Prometheus keeps its own for 5 minutes, and a POST into
/// a connection that closes at that moment would be lost, so the server waits longer than that:
/// <https://github.com/prometheus/common/blob/main/config/http_config.go>.
pub(super) const IDLE: Duration = Duration::from_secs(360);

/// Without one byte of the answer being taken by the client.
pub(super) const STALLED: Duration = Duration::from_secs(20);

/// Between two pieces of a body.
pub(super) const BODY_PAUSE: Duration = Duration::from_secs(5);

/// For a whole body. At the largest size this asks for 280 kB/s.
pub(super) const BODY: Duration = Duration::from_secs(30);

/// For requests that run when the server is told to stop; the whole process has 10 s.
pub(super) const DRAIN: Duration = Duration::from_secs(7);

/// After a failed `accept`: out of file descriptors, the next try at once would fail as well.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// One warning of each kind in this time; the counters have the rest.
pub(super) const WARN_EVERY: Duration = Duration::from_secs(10);

/// Bytes of a command's body: a note of several pages.
pub(super) const COMMAND_BYTES: usize = 64 * 1024;

/// Bytes of a silence's body: 64 matchers of 16 KiB would be over a mebibyte; people write ten.
pub(super) const SILENCE_BYTES: usize = 1024 * 1024;

/// Bytes of a form to sign in: a token and a path.
pub(super) const FORM_BYTES: usize = 8 * 1024;

/// Rows of one page, for those who do not say.
pub(super) const PAGE: usize = 100;

/// Rows of one page at most.
pub(super) const PAGE_MAX: usize = 1000;

/// Characters of the name of the person behind a command.
pub(super) const NAME_CHARS: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_everything_else() {
        assert_eq!(connections(1 << 20), CONNECTIONS);
        assert_eq!(connections(1024), CONNECTIONS);
        assert_eq!(connections(256), 192);
        assert_eq!(connections(64), 24);
        assert_eq!(connections(16), CONNECTIONS_MIN);
    }
}
