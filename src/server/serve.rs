//! Accepts connections, and stops.
//!
//! Out of file descriptors it waits and tries again; it never ends by itself.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
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
                    return (Guarded::new(stream, Seat::take(&self.open), permit), address);
                }
                Err(error) => pause(&error).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a pause of the accept loop, not a wait that matters"
)]
async fn pause(error: &io::Error) {
    let is_the_clients = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    );
    if !is_the_clients {
        tracing::warn!(%error, "cannot accept a connection: trying again");
        tokio::time::sleep(limits::ACCEPT_PAUSE).await;
    }
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
    let seats = Arc::new(Semaphore::new(limits::CONNECTIONS));
    let door = Door { listener, seats, open: Arc::default() };
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
