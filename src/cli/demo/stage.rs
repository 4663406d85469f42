//! Sets the stage: starts everything, lets the story play, and clears up.

use std::future::IntoFuture as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chrono::TimeDelta;
use clap::Args;
use reqwest::Client;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::executor::Executor;
use super::keeper::Keeper;
use super::phone;
use super::story::{self, Story};
use super::watch::{self, Scraper, Watch};
use crate::adapters::http;
use crate::cli::{logging, serve};
use crate::config::{Config, Log, LogFormat, LogLevel};
use crate::domain::runbook;
use crate::engine::clock::{Clock, System};
use crate::engine::runs::Equipment;
use crate::engine::tasks::Tasks;
use crate::wiring;

/// The shipped rules that the story needs, built in, so that it plays in any folder.
const RULES: [(&str, &str); 2] = [
    ("rules/40-shop.toml", include_str!("../../../rules/40-shop.toml")),
    ("rules/90-catch-all.toml", include_str!("../../../rules/90-catch-all.toml")),
];
/// The shipped graphs of a service.
const DASHBOARD: (&str, &str) =
    ("10-service.toml", include_str!("../../../dashboards/10-service.toml"));
/// The shipped runbook.
const RUNBOOK: (&str, &str) =
    ("runbooks/restart-service.toml", include_str!("../../../runbooks/restart-service.toml"));
/// The alert of the shop: one checkout in a hundred takes longer than half a second.
const ALERT: &str = "histogram_quantile(0.99, sum by (le) (rate(\
                     http_request_duration_seconds_bucket{service=\"shop\"}[5s]))) > 0.5";
/// How long it must be true: long enough for a person to see it coming.
const HOLD: TimeDelta = TimeDelta::seconds(3);
/// How often the shop is scraped.
const SCRAPE_EVERY: Duration = Duration::from_millis(500);
/// How many people buy at once.
const CUSTOMERS: usize = 8;
/// How long each of them thinks between two checkouts.
const THINK: Duration = Duration::from_millis(150);

/// The arguments of `warroom demo`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// End when the story has ended: with status 0 if it has ended well.
    #[arg(long)]
    once: bool,
    /// The address and port of the console; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,
}

/// Plays the demo.
///
/// # Errors
/// When something does not happen that must.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let _log = logging::start(Log { format: LogFormat::Text, level: LogLevel::Error });
    let scratch = Scratch::new()?;
    let client = http::client()?;
    let keeper = Arc::new(Keeper::start().await?);
    let town = Town::open(&client, keeper.clone()).await?;
    let config = config(&scratch, &arguments, &town.base)?;
    let texts: Vec<_> = RULES.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    let (book, _) = wiring::read_book(&texts)
        .map_err(|wrong| anyhow::anyhow!("the built-in rules are broken:\n{wrong}"))?;
    let wired = wiring::wire(&config, book, false).await?;
    wired.engine.equip(equipment(&town.executor)?);
    let stop = CancellationToken::new();
    let running = serve::start(&config, wired, stop.clone()).await?;
    let base = format!("http://{}", running.address);
    town.executor.report_to(&running.engine);
    town.watch(&client, &keeper, &base)?;
    let door = running.sign_in_link().unwrap_or_else(|| base.clone());
    let story = Story::new(client, base, keeper.clone());
    story::welcome(&door);
    let played = story::play(&story).await;
    if played.is_ok() && !arguments.once {
        story::linger().await;
    }
    town.tasks.stop().await;
    keeper.stop().await;
    running.stop(stop).await;
    played?;
    Ok(ExitCode::SUCCESS)
}

/// The shipped runbook, and who carries it out.
fn equipment(executor: &Executor) -> anyhow::Result<Equipment> {
    let (name, text) = RUNBOOK;
    let texts = [(name.to_owned(), text.to_owned())];
    let (book, wrong) = runbook::Book::parse(&texts, wiring::KINDS);
    anyhow::ensure!(!wrong.has_errors(), "the built-in runbook is broken:\n{wrong}");
    Ok(Equipment {
        book: Arc::new(book),
        executors: Some(Arc::new(executor.clone())),
        halt_file: None,
    })
}

fn config(scratch: &Scratch, arguments: &Arguments, town: &str) -> anyhow::Result<Config> {
    let (dir, listen) = (scratch.0.display(), arguments.listen);
    let dashboards = scratch.0.join("dashboards");
    std::fs::create_dir(&dashboards)?;
    std::fs::write(dashboards.join(DASHBOARD.0), DASHBOARD.1)?;
    let text = format!(
        "[server]\nlisten = \"{listen}\"\n\
         [brain]\nurl = \"file:{dir}/brain\"\n\
         [pagers.phone]\nkind = \"webhook\"\nurl = \"{town}/pages\"\n\
         [metrics.town]\nkind = \"prometheus\"\nurl = \"{town}\"\n\
         [dashboards]\ndir = \"{dir}/dashboards\"\nscrape_interval = \"1s\"\n"
    );
    let (config, _) = Config::parse(Some(("demo.toml", &text)), [], &[])
        .map_err(|wrong| anyhow::anyhow!("the built-in configuration is broken:\n{wrong}"))?;
    Ok(config)
}

/// Everything around warroom: what watches the shop, what restarts it, who buys, who is on call.
struct Town {
    base: String,
    scraper: Scraper,
    executor: Executor,
    tasks: Tasks,
}

impl Town {
    async fn open(client: &Client, keeper: Arc<Keeper>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let scraper = Scraper::new(client.clone());
        let executor = Executor::new(keeper);
        let tasks = Tasks::default();
        let router = watch::serve(scraper.clone()).merge(phone::routes());
        tasks.spawn("the town", async move {
            drop(axum::serve(listener, router).into_future().await);
        });
        Ok(Self { base, scraper, executor, tasks })
    }

    /// Lets customers in, and begins to watch.
    fn watch(&self, client: &Client, keeper: &Keeper, warroom: &str) -> anyhow::Result<()> {
        for _ in 0..CUSTOMERS {
            self.tasks.spawn("a customer", buy(client.clone(), keeper.url("/checkout")));
        }
        let alerts = format!("{warroom}/api/v2/alerts");
        let mut watch = Watch::new(client.clone(), alerts, ALERT, HOLD)?;
        let (scraper, target, clock) =
            (self.scraper.clone(), keeper.url("/metrics"), System::default());
        self.tasks.spawn("the watch", async move {
            loop {
                scraper.scrape(&target, clock.now()).await;
                watch.look(&scraper, clock.now()).await;
                clock.sleep(SCRAPE_EVERY).await;
            }
        });
        Ok(())
    }
}

/// Buys again and again. A shop that is closed for a moment is tried again later.
async fn buy(client: Client, url: String) {
    let clock = System::default();
    loop {
        drop(client.get(&url).send().await);
        clock.sleep(THINK).await;
    }
}

/// A scratch folder that goes when the demo ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let name = format!("warroom-demo-{:032x}", System::default().random());
        let dir = std::env::temp_dir().join(name);
        std::fs::create_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's scratch folder.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
