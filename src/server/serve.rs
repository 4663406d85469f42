//! Accepts connections, and stops.
//!
//! Out of file descriptors it waits and tries again; it never ends by itself.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::io::{Guarded, Phase, Seat};
use super::limits;

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// Their address, as the socket says.
    pub(super) address: SocketAddr,
    /// What the connection does now.
    pub(super) phase: Arc<Phase>,
}

/// Fires when the server stops, for answers that would never end.
#[derive(Debug, Clone)]
pub(super) struct Stopping(pub(super) CancellationToken);

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self { address: *stream.remote_addr(), phase: stream.io().phase() }
    }
}

/// The listening socket with its cap.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    seats: Arc<Semaphore>,
    open: Arc<AtomicUsize>,
    /// With more connections than this, idle ones are closed early.
    crowded: usize,
    /// When a failed `accept` was last told of.
    warned: Option<Instant>,
}

impl Listener for Door {
    type Io = Guarded;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guarded, SocketAddr) {
        loop {
            // Beyond the cap, clients wait in the kernel's queue and not in our memory.
            let Ok(permit) = self.seats.clone().acquire_owned().await else {
                std::future::pending::<()>().await;
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // An answer is written at once; waiting to fill a packet costs 40 ms.
                    drop(stream.set_nodelay(true));
                    let seat = Seat::take(&self.open, self.crowded);
                    return (Guarded::new(stream, seat, permit), address);
                }
                Err(error) => self.pause(&error).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Door {
    fn new(listener: TcpListener, open_files: usize) -> Self {
        let connections = limits::connections(open_files);
        if connections < limits::CONNECTIONS {
            tracing::warn!(open_files, connections, "few files may be open: raise ulimit -n");
        }
        let seats = Arc::new(Semaphore::new(connections));
        let crowded = limits::crowded(connections);
        Self { listener, seats, open: Arc::default(), crowded, warned: None }
    }

    /// Waits until the next try, unless it was the client who broke off.
    #[expect(
        clippy::disallowed_methods,
        reason = "a pause of the accept loop, nothing waits for it"
    )]
    async fn pause(&mut self, error: &io::Error) {
        let is_the_clients = matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionRefused
        );
        if is_the_clients {
            return;
        }
        if self.warned.is_none_or(|warned| warned.elapsed() > limits::WARN_EVERY) {
            self.warned = Some(Instant::now());
            tracing::warn!(%error, "cannot accept connections: trying again");
        }
        tokio::time::sleep(limits::ACCEPT_PAUSE).await;
    }
}

/// How many files this process may have open; no limit where the system does not say.
fn open_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    soft.and_then(|soft| soft.parse().ok()).unwrap_or(usize::MAX)
}

/// Serves until `stop` fires; then takes nothing new, and gives running requests 7 s.
///
/// # Errors
/// When the listener is of no use.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> io::Result<()> {
    let door = Door::new(listener, open_files());
    let router = router.layer(Extension(Stopping(stop.clone())));
    let service = router.into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(door, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let expired = async {
        stop.cancelled().await;
        #[expect(clippy::disallowed_methods, reason = "the process ends after it")]
        tokio::time::sleep(limits::DRAIN).await;
    };
    tokio::select! {
        served = async { serving.await } => served,
        () = expired => {
            tracing::warn!("some requests did not end in time: they are cut");
            Ok(())
        }
    }
}
