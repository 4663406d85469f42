//! Follows the files of rules, dashboards, runbooks and people: a changed set that is right replaces
//! the old one as a whole; a broken one changes nothing and is said loudly.
//!
//! The folders are read again and compared, not watched: mounted `ConfigMap`s swap symbolic links,
//! which kills inotify watches (kubernetes#112677).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use super::people::{self, Layers};
use super::{authors, folder};
use crate::domain::messages;
use crate::domain::trail::{Record, Verdict};
use crate::engine::Engine;
use crate::engine::clock::{Clock, System};
use crate::engine::written::Reading;
use crate::server::Roster;

/// How often the folders are read.
const EVERY: Duration = Duration::from_secs(2);

/// Files that changed together of which it is asked who changed them: git takes some 10 ms for each.
const AUTHORS_MAX: usize = 20;

/// Files: their names and texts.
pub(super) type Texts = Vec<(String, String)>;

/// Follows what authors write.
pub struct Follower(Vec<Followed>);

/// One set of files.
struct Followed {
    kind: Arc<Kind>,
    /// What was read last; none while it cannot be read.
    known: Option<Texts>,
    /// Whether the ops room was told last that its files are broken.
    is_broken: bool,
}

/// What such a set is.
struct Kind {
    what: &'static str,
    /// What the files' names are below.
    base: PathBuf,
    /// What of them may be shown.
    show: fn(&Texts) -> Texts,
    read: Box<dyn Fn() -> anyhow::Result<Texts> + Send + Sync>,
    take: Box<Take>,
}

/// Takes what was read; gives what to say, or everything that is wrong.
type Take = dyn Fn(&Arc<Engine>, &Texts) -> Result<String, String> + Send + Sync;

impl Follower {
    /// Remembers what the folder of the rules holds now. To be made before the first rules are read:
    /// what changes after that is then seen, however long the start takes.
    #[must_use]
    pub fn new(rules: PathBuf) -> Self {
        Self(vec![Followed::new(Kind {
            what: "rules",
            base: folder::base(&rules),
            show: Texts::clone,
            read: Box::new(move || super::read_rules(&rules)),
            take: Box::new(take_rules),
        })])
    }

    /// Follows the dashboards, too.
    #[must_use]
    pub fn and_dashboards(mut self, dir: PathBuf) -> Self {
        self.0.push(Followed::new(Kind {
            what: "dashboards",
            base: folder::base(&dir),
            show: Texts::clone,
            read: Box::new(move || super::read_dashboards(&dir)),
            take: Box::new(take_dashboards),
        }));
        self
    }

    /// Follows the people, teams and grants of the configuration, and their tokens, which `roster`
    /// gets. Everything else in that file waits for the next start.
    #[must_use]
    pub fn and_people(mut self, layers: Layers, roster: Roster) -> Self {
        let known = layers.known.clone();
        let layers = Arc::new(layers);
        let reader = layers.clone();
        let kind = Kind {
            what: "people",
            base: PathBuf::new(),
            show: people::without_secrets,
            read: Box::new(move || reader.texts()),
            take: Box::new(move |engine, texts| layers.take(engine, &roster, texts)),
        };
        self.0.push(Followed { kind: Arc::new(kind), known, is_broken: false });
        self
    }

    /// Follows the runbooks, too.
    #[must_use]
    pub fn and_runbooks(mut self, dir: PathBuf) -> Self {
        self.0.push(Followed::new(Kind {
            what: "runbooks",
            base: folder::base(&dir),
            show: Texts::clone,
            read: Box::new(move || super::runbooks::runbook_texts(&dir)),
            take: Box::new(take_runbooks),
        }));
        self
    }

    /// Follows for ever. A call of `asked` reads at once, and says what came of it.
    pub async fn follow(mut self, engine: Arc<Engine>, asked: Arc<Notify>) {
        let clock = System::default();
        for followed in &self.0 {
            let texts =
                followed.known.iter().flat_map(|texts| (followed.kind.show)(texts)).collect();
            let reading = Reading { at: clock.now(), texts, ..Reading::default() };
            engine.files_taken(followed.kind.what, reading);
        }
        loop {
            let is_asked = tokio::select! {
                () = clock.sleep(EVERY) => false,
                () = asked.notified() => true,
            };
            for followed in &mut self.0 {
                followed.look(&engine, is_asked).await;
            }
        }
    }
}

impl Followed {
    fn new(kind: Kind) -> Self {
        let known = (kind.read)().ok();
        Self { kind: Arc::new(kind), known, is_broken: false }
    }

    async fn look(&mut self, engine: &Arc<Engine>, is_asked: bool) {
        let kind = self.kind.clone();
        let reader = kind.clone();
        let read = tokio::task::spawn_blocking(move || (reader.read)()).await;
        match read.unwrap_or_else(|error| Err(error.into())) {
            Ok(texts) if self.known.as_ref() == Some(&texts) && !is_asked => {}
            Ok(texts) => {
                let of = record(engine, kind.what, &texts).await;
                let taken = (kind.take)(engine, &texts);
                if let (Err(_), Some(of)) = (&taken, of) {
                    record_broken(engine, kind.what, of).await;
                }
                self.note(&texts, taken.as_ref().err(), engine).await;
                self.say(taken, engine).await;
                self.known = Some(texts);
            }
            // Said once, and again to those who ask.
            Err(error) if self.known.take().is_some() || is_asked => {
                self.say(Err(format!("{error:#}")), engine).await;
            }
            Err(_) => {}
        }
    }

    /// Notes for `config diff` what was taken or refused, and who changed it.
    async fn note(&self, texts: &Texts, wrong: Option<&String>, engine: &Arc<Engine>) {
        let (kind, known) = (self.kind.clone(), self.known.clone().unwrap_or_default());
        let texts = texts.clone();
        let made = tokio::task::spawn_blocking(move || kind.reading(&texts, &known));
        let Ok(mut reading) = made.await else { return };
        reading.at = System::default().now();
        match wrong {
            None => engine.files_taken(self.kind.what, reading),
            Some(why) => engine.files_refused(self.kind.what, reading, why.clone()),
        }
    }

    /// Says what came of it: in the log, on the meters, and in the ops room when it is broken, and
    /// when it no longer is.
    async fn say(&mut self, taken: Result<String, String>, engine: &Arc<Engine>) {
        let what = self.kind.what;
        engine.meters().reloaded(what, taken.is_ok());
        let text = match taken {
            Ok(count) => {
                tracing::info!("the {what} were read again: {count}");
                let was_broken = std::mem::take(&mut self.is_broken);
                was_broken.then(|| messages::files_mended(engine.name(), what, &count))
            }
            Err(wrong) => {
                tracing::error!("the changed {what} are broken; the last good ones stay:\n{wrong}");
                self.is_broken = true;
                Some(messages::files_broken(engine.name(), what, &wrong))
            }
        };
        if let Some(text) = text {
            engine.tell_ops(&engine.new_id(what), text).await;
        }
    }
}

impl Kind {
    /// What may be shown of files, with who changed those that are not as they were.
    fn reading(&self, texts: &Texts, known: &Texts) -> Reading {
        let shown = (self.show)(texts);
        let is_changed = |name: &&String| {
            let old = known.iter().find(|(known, _)| known == *name);
            old != texts.iter().find(|(now, _)| now == *name)
        };
        let changed = shown.iter().map(|(name, _)| name).filter(is_changed).take(AUTHORS_MAX);
        let author =
            |name: &String| Some((name.clone(), authors::of(&self.base.join(Path::new(name)))?));
        let by = changed.filter_map(author).collect();
        Reading { texts: shown.into_iter().collect(), by, ..Reading::default() }
    }
}

/// Writes down that changed files are about to be taken, with a digest of what they say. Files are
/// taken also where that cannot be written: the record follows.
async fn record(engine: &Arc<Engine>, what: &str, texts: &Texts) -> Option<u64> {
    let mut hash = Sha256::new();
    for part in texts.iter().flat_map(|(name, text)| [name, text]) {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hex::encode(hash.finalize());
    let line = format!("reload {what}: {} files, sha256 {digest}", texts.len());
    let by = "whoever can write the files".to_owned();
    let made = Record::by_itself("file", "reload");
    let made = Record { resource: what.into(), line, verdict: Verdict::Allowed, by, ..made };
    engine.trail().write_or_hold(made).await
}

async fn record_broken(engine: &Arc<Engine>, what: &str, of: u64) {
    let by = "the files are broken; the last good ones stay".to_owned();
    let made = Record::by_itself("file", "reload");
    let made = Record { resource: what.into(), by, of: Some(of), ..made };
    engine.trail().write_or_hold(made).await;
}

fn take_rules(engine: &Arc<Engine>, texts: &Texts) -> Result<String, String> {
    let (book, _) = super::read_book(texts).map_err(|wrong| wrong.to_string())?;
    let known = engine.directory();
    let teams = known.teams.keys().cloned().collect();
    let strangers = book.plans.strangers(&known.people.keys().cloned().collect(), &teams);
    if strangers.has_errors() {
        return Err(strangers.to_string());
    }
    let count = match book.rules.len() {
        1 => "its one rule".to_owned(),
        many => format!("all {many} rules"),
    };
    engine.reload(book);
    Ok(count)
}

fn take_runbooks(engine: &Arc<Engine>, texts: &Texts) -> Result<String, String> {
    // The inventory is the configuration's, which is read when the program starts.
    let inventory = engine.equipment().book.inventory().clone();
    let read = super::runbooks::read_runbooks(texts, &inventory);
    let (book, _) = read.map_err(|wrong| wrong.to_string())?;
    let count = format!("{} runbooks", book.names().count());
    engine.take_runbooks(book);
    Ok(count)
}

fn take_dashboards(engine: &Arc<Engine>, texts: &Texts) -> Result<String, String> {
    let (library, _) = super::read_library(texts).map_err(|wrong| wrong.to_string())?;
    let count = format!("{} graphs", library.counts().graphs);
    engine.take_dashboards(library);
    Ok(count)
}
