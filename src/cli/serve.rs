//! `warroom serve`: takes alerts and answers questions until it is told to stop.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::files::{self, Files};
use super::logging;
use crate::config::Config;
use crate::domain::access::OPERATOR;
use crate::engine::Engine;
use crate::engine::tasks::Tasks;
use crate::server;
use crate::wiring::reload::Follower;
use crate::wiring::{self, Wired};

/// How long effects that are under way may take when the program ends: with the requests that are
/// being answered, less than the 10 s after which supervisors kill.
const PATIENCE: Duration = Duration::from_secs(2);

/// The arguments of `warroom serve`.
#[derive(Debug, Clone, Default, Args)]
pub struct Arguments {
    #[command(flatten)]
    files: Files,
    /// Where Redis has forgotten everything: begin the brain again, and give it what this machine's
    /// journal received during the last day.
    #[arg(long)]
    rebuild: bool,
}

/// Runs until SIGTERM or SIGINT. SIGHUP reads rules, dashboards and people again.
///
/// # Errors
/// When the configuration, the rules, the brain, the journal or the address cannot be used.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let layers = arguments.files.layers();
    let config = arguments.files.config()?;
    let log = logging::start(config.log);
    let mut hangup = signal(SignalKind::hangup())?;
    let mut follower = Follower::new(config.rules_dir.clone())
        .and_dashboards(config.dashboards.dir.clone())
        .and_runbooks(config.runbooks_dir.clone());
    let book = files::book(&config)?;
    tracing::info!(rules = book.rules.len(), brain = %config.brain.url, "starting");
    let wired = wiring::wire(&config, book, arguments.rebuild).await?;
    let (runbooks, _) = wiring::runbooks(&config)?;
    wired.engine.take_runbooks(runbooks);
    if let Some(layers) = layers {
        let roster = wired.server.roster.clone();
        follower = follower.and_people(layers.started_with(&config), roster);
    }
    let stop = CancellationToken::new();
    let running = start(&config, wired, stop.clone()).await?;
    running.engine.meters().with_registry(|registry| log.register(registry));
    announce(&running);
    let asked = Arc::new(Notify::new());
    tokio::select! {
        () = follower.follow(running.engine.clone(), asked.clone()) => {}
        () = pass_on(&mut hangup, &asked) => {}
        result = wait_for_signal() => result?,
    }
    tracing::info!("stopping");
    running.stop(stop).await;
    Ok(ExitCode::SUCCESS)
}

/// A server that runs.
pub struct Running {
    /// Its engine.
    pub engine: Arc<Engine>,
    /// Where it listens.
    pub address: std::net::SocketAddr,
    state: server::State,
    journal: Arc<crate::engine::journal::Journal>,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    /// This machine's executor, and what else goes on beside the engine.
    tasks: Tasks,
    checkpoints: Arc<wiring::Checkpoints>,
}

/// Starts engine and server.
///
/// # Errors
/// When the address is taken or the brain cannot be read.
pub async fn start(
    config: &Config,
    wired: Wired,
    stop: CancellationToken,
) -> anyhow::Result<Running> {
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}: is another warroom running there?"))?;
    let address = listener.local_addr()?;
    let Wired { engine, clock, journal, server } = wired;
    let tasks = Tasks::default();
    super::executor::keep(config, server.executors.clone(), &tasks)?;
    engine.start().await.context("cannot read the brain")?;
    if let Some(canary) = &config.canary {
        engine.keep_canary(canary.every);
    }
    let checkpoints = Arc::new(wiring::Checkpoints::of(config, &engine)?);
    tasks.spawn("checkpoints", checkpoints.clone().keep());
    let state = server::State::new(engine.clone(), clock, server);
    let router = server::router(state.clone());
    let serving = crate::engine::tasks::spawn_root(server::serve(listener, router, stop));
    Ok(Running { engine, address, state, journal, serving, tasks, checkpoints })
}

impl Running {
    /// A link that signs the operator in once, for a browser on this machine; none where the server
    /// listens to others, whose logs such a link must not stand in.
    #[must_use]
    pub fn sign_in_link(&self) -> Option<String> {
        let is_here = self.address.ip().is_loopback();
        let path = is_here.then(|| self.state.sign_in_path(OPERATOR)).flatten()?;
        Some(format!("http://{}{path}", self.address))
    }

    /// Stops taking requests, ends what is under way, and flushes.
    pub async fn stop(self, stop: CancellationToken) {
        stop.cancel();
        match self.serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the server ended badly"),
            Err(error) => tracing::error!(%error, "the server died"),
        }
        self.engine.stop(PATIENCE).await;
        self.tasks.stop().await;
        self.checkpoints.last().await;
        self.journal.close().await;
    }
}

#[expect(clippy::print_stdout, reason = "scripts and tests read the address here")]
fn announce(running: &Running) {
    println!("listening on http://{}", running.address);
    if let Some(link) = running.sign_in_link() {
        println!("open {link} in a browser on this machine (once, within ten minutes)");
    }
    tracing::info!(address = %running.address, "listening");
}

/// Turns every SIGHUP into a word to whoever reads the rules.
async fn pass_on(hangup: &mut Signal, asked: &Notify) {
    loop {
        match hangup.recv().await {
            Some(()) => asked.notify_one(),
            None => std::future::pending().await,
        }
    }
}

pub(super) async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
