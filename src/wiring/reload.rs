//! Follows the rule files: a changed set that is right replaces the old one as a whole; a broken
//! one changes nothing and is said loudly.
//!
//! The folder is read again and compared, not watched: mounted `ConfigMap`s swap symbolic links,
//! which kills inotify watches (kubernetes#112677).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::Engine;
use crate::engine::clock::{Clock, System};

/// How often the folder is read.
const EVERY: Duration = Duration::from_secs(2);

/// Follows the rules of `dir` for ever.
pub async fn follow(engine: Arc<Engine>, dir: PathBuf) {
    let clock = System::default();
    let mut known = super::read_rules(&dir).unwrap_or_default();
    loop {
        clock.sleep(EVERY).await;
        let folder = dir.clone();
        let Ok(Ok(texts)) = tokio::task::spawn_blocking(move || super::read_rules(&folder)).await
        else {
            engine.meters().reloaded(false);
            continue;
        };
        if texts == known {
            continue;
        }
        match super::read_book(&texts) {
            Ok((book, _)) => {
                tracing::info!(rules = book.rules.len(), "the rules were read again");
                engine.reload(book);
                engine.meters().reloaded(true);
            }
            Err(wrong) => {
                engine.meters().reloaded(false);
                tracing::error!("the changed rules are broken; the last good ones stay:\n{wrong}");
            }
        }
        known = texts;
    }
}
