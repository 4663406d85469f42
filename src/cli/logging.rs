//! The log: text for people, JSON for programs, always to standard error, and never in the way of
//! work.

use std::io::IsTerminal as _;

use prometheus_client::registry::Registry;
use tracing_subscriber::EnvFilter;

use super::stderr::Queue;
use crate::config::{Log, LogFormat, LogLevel};

/// The log of this process. Its end waits a moment for the last lines.
#[derive(Debug)]
pub struct Logging(Queue);

impl Logging {
    /// Shows how many lines were dropped because nobody read them.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Lines of the log that nobody took in time";
        registry.register("log_lines_dropped", help, self.0.dropped());
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// Starts the log. `RUST_LOG` wins over the configuration. A second call changes nothing.
#[must_use]
pub fn start(log: Log) -> Logging {
    let level = match log.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(format!("warn,warroom={level}")));
    let queue = Queue::start(std::io::stderr());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(queue.clone());
    let started = match log.format {
        LogFormat::Text => {
            let is_terminal = std::io::stderr().is_terminal();
            builder.with_target(false).with_ansi(is_terminal).try_init()
        }
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // A second start (in tests) keeps the first log.
    if started.is_ok() {
        std::panic::set_hook(Box::new(report_panic));
    }
    Logging(queue)
}

/// The usual hook writes to standard error itself, and would wait for its reader.
fn report_panic(panic: &std::panic::PanicHookInfo<'_>) {
    tracing::error!("{panic}");
}
