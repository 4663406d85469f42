//! A wire that can be cut and mended: a TCP proxy between the browser and the server.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The wire; cut when dropped.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    is_whole: Arc<watch::Sender<bool>>,
}

impl Wire {
    /// A wire to a server.
    #[expect(clippy::disallowed_methods, reason = "the wire runs beside the test")]
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let is_whole = Arc::new(watch::Sender::new(true));
        let state = is_whole.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let whole = state.subscribe();
                if *whole.borrow() {
                    tokio::spawn(carry(near, server, whole));
                }
            }
        });
        Self { address, is_whole }
    }

    /// Breaks every connection, and refuses new ones.
    pub(crate) fn cut(&self) {
        self.is_whole.send_replace(false);
    }

    /// Lets new connections through.
    pub(crate) fn mend(&self) {
        self.is_whole.send_replace(true);
    }
}

async fn carry(mut near: TcpStream, server: SocketAddr, mut whole: watch::Receiver<bool>) {
    let Ok(mut far) = TcpStream::connect(server).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        _ = whole.wait_for(|is_whole| !is_whole) => {}
    }
}
