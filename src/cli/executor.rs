//! `warroom executor`: the process that runs what runbooks say; `warroom halt`: its local stop switch.
//!
//! Alone it connects to a server elsewhere; as a child of `warroom serve` it is told everything over
//! the socket that is its input, and ends when that closes.

use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{ExitCode, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use super::files::Files;
use super::{logging, serve};
use crate::adapters::http;
use crate::config::Config;
use crate::engine::clock::System;
use crate::engine::tasks::Tasks;
use crate::executor::line::{Mouth, read_line, serve_socket, write_line};
use crate::executor::protocol::Said;
use crate::executor::remote::Remote;
use crate::executor::{Halt, Seats};
use crate::wiring::executor::{LOCAL, Setup, build, folder, setup};
use crate::wiring::read;

/// The word that makes an executor the child of a server.
const CHILD: &str = "--child";
/// How often a server's own executor is started again when it dies, and how soon.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(2);

/// The arguments of `warroom executor`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// Take everything from the socket that is the input: `warroom serve` starts it like this.
    #[arg(long, hide = true)]
    child: bool,
}

/// Runs until SIGTERM, SIGINT, or the end of the server that started it.
///
/// # Errors
/// When the configuration or the ledger cannot be used, or the server does not want it.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if arguments.child {
        return child().await;
    }
    let config = arguments.files.config()?;
    drop(logging::start(config.log));
    let Some((own, setup)) = config.executor.as_ref().zip(setup(&config)?) else {
        bail!("[executor] is not configured: this machine may run nothing");
    };
    let Some(server) = own.server.clone() else {
        bail!("executor.server is missing: `warroom serve` starts this machine's executor itself");
    };
    let token = read(own.token.as_ref())?.context("executor.token is missing")?;
    let (mouth, words) = Mouth::new();
    let executor = build(setup, Arc::new(mouth.clone()))?;
    let clock = Arc::new(System::default());
    let name = own.name.clone();
    let remote = Remote { client: http::client()?, server, name, token, clock };
    announce(&format!("executor {} for {}", remote.name, remote.server));
    let stop = CancellationToken::new();
    let served = tokio::select! {
        served = remote.serve(&executor, (mouth, words), stop.clone()) => served,
        ended = serve::wait_for_signal() => { ended?; Ok(()) }
    };
    executor.close().await;
    served?;
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "scripts and tests read here that it runs")]
fn announce(line: &str) {
    println!("{line}");
}

async fn child() -> anyhow::Result<ExitCode> {
    let socket =
        std::os::unix::net::UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    let (from, to) = UnixStream::from_std(socket)?.into_split();
    let mut from = BufReader::new(from);
    let setup: Setup = read_line(&mut from).await.context("the server has told nothing")?;
    let (mouth, words) = Mouth::new();
    let executor = build(setup, Arc::new(mouth.clone()))?;
    tokio::select! {
        () = serve_socket(&executor, from, to, (mouth, words)) => {}
        ended = serve::wait_for_signal() => ended?,
    }
    executor.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Keeps this machine's own executor running below a server, if there is to be one.
///
/// # Errors
/// When a secret cannot be read.
pub(super) fn keep(config: &Config, seats: Option<Seats>, tasks: &Tasks) -> anyhow::Result<()> {
    let is_own = config.executor.as_ref().is_some_and(|own| own.server.is_none());
    let Some((seats, setup)) = seats.filter(|_| is_own).zip(setup(config)?) else { return Ok(()) };
    tasks.spawn("executor", async move {
        let clock = System::default();
        loop {
            if let Err(error) = one(&setup, &seats).await {
                tracing::error!(error = format!("{error:#}"), "this machine's executor has ended");
            }
            crate::engine::clock::Clock::sleep(&clock, AGAIN).await;
        }
    });
    Ok(())
}

/// One child, from its start to its end.
async fn one(setup: &Setup, seats: &Seats) -> anyhow::Result<()> {
    let (_child, socket) = start()?;
    let (from, mut to) = socket.into_split();
    let mut from = BufReader::new(from);
    write_line(&mut to, setup).await.context("cannot tell it what it may do")?;
    let seat = seats.hub.seat(LOCAL).context("it has no seat")?;
    let calling = async {
        loop {
            for asked in seat.next(AGAIN).await {
                if write_line(&mut to, &asked).await.is_none() {
                    return;
                }
            }
        }
    };
    let hearing = async {
        while let Some(said) = read_line::<Said>(&mut from).await {
            if let Err(failure) = seat.hear(said, &*seats.hears).await {
                tracing::warn!(%failure, "a report of the executor was not taken; it will be asked for");
            }
        }
    };
    tokio::select! {
        () = calling => {}
        () = hearing => {}
    }
    bail!("its socket is closed; it is started again")
}

fn start() -> anyhow::Result<(Child, UnixStream)> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let child = Command::new("/proc/self/exe")
        .args(["executor", CHILD])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        // A group of its own: what the terminal sends to the server is the server's to pass on.
        .process_group(0)
        .spawn()
        .context("cannot start this machine's executor")?;
    Ok((child, UnixStream::from_std(ours)?))
}

/// The arguments of `warroom halt`.
#[derive(Debug, Clone, Default, Args)]
pub struct HaltArguments {
    #[command(flatten)]
    files: Files,
    /// End the halt.
    #[arg(long)]
    end: bool,
    /// Why: whoever asks for a run reads it.
    reason: Vec<String>,
}

/// Stops this machine's executor from running anything, with no server and no network.
///
/// # Errors
/// When the switch cannot be set.
#[expect(clippy::print_stdout, reason = "a command tells the person who called it")]
pub fn halt(arguments: &HaltArguments) -> anyhow::Result<ExitCode> {
    let config = arguments.files.config()?;
    let folder = folder(&config);
    let halt = Halt::in_folder(&folder);
    if arguments.end {
        let was = halt.end().with_context(|| format!("cannot remove {}", halt.file().display()))?;
        println!(
            "{}",
            if was { "the halt has ended: runs may start here again" } else { "there was no halt" }
        );
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::create_dir_all(&folder)
        .and_then(|()| halt.set(&arguments.reason.join(" ")))
        .with_context(|| format!("cannot write {}", halt.file().display()))?;
    println!("halted: nothing starts on this machine, and what runs is stopped within seconds");
    println!("end it with: warroom halt --end");
    Ok(ExitCode::SUCCESS)
}
