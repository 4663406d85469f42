//! Graphs: what somebody asked for, from the question to a chart that is kept.
//!
//! A [`Graphs`] asks the sources, names the lines, and keeps the chart in the brain, where a picture
//! is drawn from whenever somebody looks. The effect that posts a graph is carried out here too,
//! because asking, keeping and waiting are the engine's business; only what is said in the room goes
//! outside.
//! It refuses to wait longer than one deadline for all sources of a graph together, and to draw more
//! pictures at once than it has pens.

mod cache;
mod chart;
mod context;
mod fetch;
mod keep;
mod miss;
mod order;
mod paint;
#[cfg(test)]
mod tests;
mod text;

pub use miss::Miss;
pub use paint::{Format, Painted};

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

use super::Engine;
use super::clock::Clock;
use super::sources::Sources;
use crate::brain::Brain;
use crate::domain::chart::Chart;
use crate::domain::dashboard::{Context, Library, Request, Usual, Wish};
use crate::domain::room::Picture;

/// How long all sources of one graph have together: people in a room wait for it.
pub const DEADLINE: Duration = Duration::from_secs(8);
/// Pictures that are drawn at once: each keeps one core busy.
const PENS: usize = 2;
/// Questions of graphs that are under way at once, whoever asked.
const ASKED_AT_ONCE: usize = 16;

/// What the configuration says about graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whose clock is shown, and how often sources look.
    pub usual: Usual,
    /// How long all sources of one graph have together.
    pub deadline: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { usual: Usual::default(), deadline: DEADLINE }
    }
}

/// Makes graphs.
pub struct Graphs {
    sources: Sources,
    library: ArcSwap<Library>,
    clock: Arc<dyn Clock>,
    options: ArcSwap<Options>,
    /// Where charts are kept; none: they are not.
    brain: Option<Arc<dyn Brain>>,
    asked: Semaphore,
    pens: Semaphore,
    cache: cache::Cache,
    /// The day on which old pictures were deleted last, since 1970.
    tidied_on: AtomicI64,
}

/// A chart that was made, and what is said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Charted {
    /// What it shows.
    pub chart: Chart,
    /// The answer in words, with the line in characters.
    pub text: String,
    /// How it should look, where somebody said so.
    pub wish: Wish,
}

/// A graph that was made and kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The picture, to be posted.
    pub picture: Picture,
    /// The answer in words, with the line in characters.
    pub text: String,
    /// What it shows.
    pub chart: Chart,
}

impl fmt::Debug for Graphs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graphs").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Graphs {
    /// Makes graphs from these sources, without dashboards yet, and keeps none.
    #[must_use]
    pub fn new(sources: Sources, clock: Arc<dyn Clock>) -> Self {
        Self {
            sources,
            library: ArcSwap::default(),
            clock,
            options: ArcSwap::from_pointee(Options::default()),
            brain: None,
            asked: Semaphore::new(ASKED_AT_ONCE),
            pens: Semaphore::new(PENS),
            cache: cache::Cache::default(),
            tidied_on: AtomicI64::new(0),
        }
    }

    /// Keeps charts there.
    #[must_use]
    pub fn keeping(self, brain: Arc<dyn Brain>) -> Self {
        Self { brain: Some(brain), ..self }
    }

    /// Takes new dashboards.
    pub fn reload(&self, library: Library) {
        self.library.store(Arc::new(library));
    }

    /// Takes what the configuration says.
    pub fn set(&self, options: Options) {
        self.options.store(Arc::new(options));
    }

    /// The dashboards as they are now.
    #[must_use]
    pub fn library(&self) -> Arc<Library> {
        self.library.load_full()
    }

    /// Whose clock pictures show where the reader's is not known.
    #[must_use]
    pub fn zone(&self) -> chrono_tz::Tz {
        self.options.load().usual.zone
    }

    /// Whether there is any source to ask.
    #[must_use]
    pub fn has_sources(&self) -> bool {
        !self.sources.metrics.is_empty()
    }

    /// Makes a chart and keeps it.
    ///
    /// # Errors
    /// Why there is none, as a sentence for whoever asked.
    pub async fn draw(&self, request: &Request, context: &Context) -> Result<Drawn, Miss> {
        let Charted { chart, text, .. } = self.chart(request, context).await?;
        let (id, chart) = self.keep(chart).await?;
        let (alt, command) = (chart.alt_text(), chart.command.clone());
        Ok(Drawn { picture: Picture { id, alt, command }, text, chart })
    }
}

impl Engine {
    /// What makes graphs; none where no metrics source is configured.
    #[must_use]
    pub fn graphs(&self) -> Option<&Graphs> {
        Some(&self.graphs).filter(|graphs| graphs.has_sources())
    }

    /// What draws pictures that are kept, whether or not there is a source.
    #[must_use]
    pub fn pictures(&self) -> &Graphs {
        &self.graphs
    }

    /// Takes new dashboards.
    pub fn take_dashboards(&self, library: Library) {
        self.graphs.reload(library);
    }

    /// The dashboards as they are now.
    #[must_use]
    pub fn dashboards(&self) -> Arc<Library> {
        self.graphs.library()
    }
}
