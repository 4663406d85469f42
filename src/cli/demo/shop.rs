//! The shop of the demo: a small service in a process of its own, with a bug.
//!
//! `POST /promotion` turns a promotion on whose cache is never emptied: each checkout makes the next
//! one slower. A restart empties it. The shop tells the truth about itself at `/metrics`, and ends
//! when the demo that started it does.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use clap::Args;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use crate::engine::clock::{Clock, System};

/// What an ordinary checkout takes.
const USUAL: Duration = Duration::from_millis(25);
/// What each forgotten cart adds to every later checkout.
const FOR_EACH_CART: Duration = Duration::from_millis(6);
/// Nobody waits longer: the shop gives up.
const LONGEST: Duration = Duration::from_millis(1400);
/// The buckets of the shop's histogram, in seconds.
const BUCKETS: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5];

/// The arguments of `warroom demo-shop`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Where it sells.
    #[arg(long)]
    listen: std::net::SocketAddr,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    service: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    service: &'static str,
    code: u16,
}

struct Shop {
    clock: System,
    promotion: AtomicBool,
    carts: AtomicU32,
    took: Family<Of, Histogram, fn() -> Histogram>,
    answered: Family<Answered, Counter>,
    registry: Registry,
}

/// Sells until the demo ends.
///
/// # Errors
/// When the address is taken.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(arguments.listen).await?;
    announce(&listener)?;
    let router = Router::new()
        .route("/checkout", get(checkout))
        .route("/promotion", post(promote))
        .route("/metrics", get(metrics))
        .with_state(Arc::new(Shop::open()));
    axum::serve(listener, router).with_graceful_shutdown(orphaned()).await?;
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the demo reads the address here")]
fn announce(listener: &TcpListener) -> anyhow::Result<()> {
    println!("{}", listener.local_addr()?);
    Ok(())
}

/// Waits until nobody holds the other end of the standard input: the demo is gone.
async fn orphaned() {
    let read = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    drop(tokio::task::spawn_blocking(read).await);
}

impl Shop {
    fn open() -> Self {
        let mut registry = Registry::default();
        let took: Family<Of, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let answered = Family::<Answered, Counter>::default();
        let help = "How long requests took";
        registry.register("http_request_duration_seconds", help, took.clone());
        registry.register("http_requests", "Requests by status", answered.clone());
        let (promotion, carts) = (AtomicBool::new(false), AtomicU32::new(0));
        Self { clock: System::default(), promotion, carts, took, answered, registry }
    }
}

async fn checkout(State(shop): State<Arc<Shop>>) -> StatusCode {
    let carts = if shop.promotion.load(Ordering::Relaxed) {
        shop.carts.fetch_add(1, Ordering::Relaxed)
    } else {
        0
    };
    // Not two checkouts take the same time.
    let luck = u32::try_from(shop.clock.random() % 20).unwrap_or_default();
    let wished = USUAL + Duration::from_millis(1) * luck + FOR_EACH_CART * carts;
    let took = wished.min(LONGEST);
    shop.clock.sleep(took).await;
    let status = if wished > LONGEST { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    shop.took.get_or_create(&Of { service: "shop" }).observe(took.as_secs_f64());
    let code = status.as_u16();
    shop.answered.get_or_create(&Answered { service: "shop", code }).inc();
    status
}

async fn promote(State(shop): State<Arc<Shop>>) -> StatusCode {
    shop.promotion.store(true, Ordering::Relaxed);
    StatusCode::NO_CONTENT
}

async fn metrics(State(shop): State<Arc<Shop>>) -> Result<String, StatusCode> {
    let mut text = String::new();
    encode(&mut text, &shop.registry).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(text)
}
