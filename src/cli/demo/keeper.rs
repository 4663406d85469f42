//! Keeps the shop running, and restarts it: the demo's `systemctl`.

use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

/// The shop's process.
#[derive(Debug)]
pub(super) struct Keeper {
    address: SocketAddr,
    child: Mutex<Child>,
}

impl Keeper {
    /// Starts the shop on a free port.
    pub(super) async fn start() -> anyhow::Result<Self> {
        let (child, address) = open(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        Ok(Self { address, child: Mutex::new(child) })
    }

    /// An address of the shop.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Ends the process and starts a new one in its place; gives the ids of both.
    pub(super) async fn restart(&self) -> anyhow::Result<(u32, u32)> {
        let mut child = self.child.lock().await;
        let old = child.id().unwrap_or_default();
        child.kill().await.context("cannot end the shop")?;
        let (new, _) = open(self.address).await?;
        *child = new;
        Ok((old, child.id().unwrap_or_default()))
    }

    /// Ends the shop.
    pub(super) async fn stop(&self) {
        drop(self.child.lock().await.kill().await);
    }
}

/// Starts the process and waits until it says where it sells.
async fn open(listen: SocketAddr) -> anyhow::Result<(Child, SocketAddr)> {
    let this = std::env::current_exe().context("cannot find this program")?;
    let mut child = Command::new(this)
        .args(["demo-shop", "--listen", &listen.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the shop")?;
    let stdout = child.stdout.take().context("the shop says nothing")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).await?;
    let address = line.trim().parse().context("the shop did not say where it sells")?;
    Ok((child, address))
}
