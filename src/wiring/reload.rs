//! Follows the rule files: a changed set that is right replaces the old one as a whole; a broken
//! one changes nothing and is said loudly.
//!
//! The folder is read again and compared, not watched: mounted `ConfigMap`s swap symbolic links,
//! which kills inotify watches (kubernetes#112677).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::domain::messages;
use crate::engine::Engine;
use crate::engine::clock::{Clock, System};

/// How often the folder is read.
const EVERY: Duration = Duration::from_secs(2);

/// Rule files: their names and texts.
type Texts = Vec<(String, String)>;

/// Follows the rules of one folder.
#[derive(Debug)]
pub struct Follower {
    dir: PathBuf,
    /// What was read last; none while the folder cannot be read.
    known: Option<Texts>,
    /// Whether the ops room was told last that the rules are broken.
    is_broken: bool,
}

impl Follower {
    /// Remembers what the folder holds now. To be made before the first rules are read: what changes
    /// after that is then seen, however long the start takes.
    #[must_use]
    pub fn new(dir: PathBuf) -> Self {
        let known = super::read_rules(&dir).ok();
        Self { dir, known, is_broken: false }
    }

    /// Follows for ever. A call of `asked` reads at once, and says what came of it.
    pub async fn follow(mut self, engine: Arc<Engine>, asked: Arc<Notify>) {
        let clock = System::default();
        loop {
            let is_asked = tokio::select! {
                () = clock.sleep(EVERY) => false,
                () = asked.notified() => true,
            };
            self.look(&engine, is_asked).await;
        }
    }

    async fn look(&mut self, engine: &Arc<Engine>, is_asked: bool) {
        let dir = self.dir.clone();
        let read = tokio::task::spawn_blocking(move || super::read_rules(&dir)).await;
        match read.unwrap_or_else(|error| Err(error.into())) {
            Ok(texts) if self.known.as_ref() == Some(&texts) && !is_asked => {}
            Ok(texts) => {
                self.take(engine, &texts).await;
                self.known = Some(texts);
            }
            // Said once, and again to those who ask.
            Err(error) if self.known.take().is_some() || is_asked => {
                engine.meters().reloaded(false);
                tracing::error!("the last good rules stay: {error:#}");
            }
            Err(_) => {}
        }
    }

    async fn take(&mut self, engine: &Arc<Engine>, texts: &Texts) {
        match super::read_book(texts) {
            Ok((book, _)) => {
                let rules = book.rules.len();
                tracing::info!(rules, "the rules were read again");
                engine.reload(book);
                engine.meters().reloaded(true);
                if std::mem::take(&mut self.is_broken) {
                    let text = messages::rules_mended(engine.name(), rules);
                    engine.tell_ops(&engine.new_id("rules"), text).await;
                }
            }
            Err(wrong) => {
                engine.meters().reloaded(false);
                tracing::error!("the changed rules are broken; the last good ones stay:\n{wrong}");
                self.is_broken = true;
                let text = messages::rules_broken(engine.name(), &wrong.to_string());
                engine.tell_ops(&engine.new_id("rules"), text).await;
            }
        }
    }
}
