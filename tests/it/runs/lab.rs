//! An engine with executors and numbers that the test plays, and a room whose posts it reads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use warroom::adapters::failure::Failure;
use warroom::adapters::ingest::Delivery;
use warroom::adapters::metrics::{Answer, Metrics, Range, Trouble};
use warroom::brain::Brain;
use warroom::domain::access::{Actor, Directory, Grant, Person, Rights, Seed, Subject, Via};
use warroom::domain::alert::{Alert, Report, What};
use warroom::domain::chart::{Point, Series};
use warroom::domain::ids::{EffectId, Number};
use warroom::domain::incident::{Effect, PostKey, Receipt};
use warroom::domain::room::Post;
use warroom::domain::run::{Assignment, Ending, Filled, Known};
use warroom::domain::runbook::Book;
use warroom::domain::secret::Secret;
use warroom::engine::clock::Clock;
use warroom::engine::outside::{Order, Outside};
use warroom::engine::runs::{Equipment, Executors, RunView};
use warroom::engine::sources::Sources;
use warroom::engine::talk::{Origin, Said, Spoken};
use warroom::engine::{Engine, Parts};

use super::clock::Ahead;
use super::texts::{self, RULES};
use crate::world::wait::until;

/// For what the engine does by itself, on a busy machine.
const SOON: Duration = Duration::from_secs(60);

/// How the executor answers when it is given something.
#[derive(Debug, Clone)]
pub(super) enum Mood {
    Does,
    Fails,
    LosesIt,
    Refuses,
}

/// Executors with one ledger: each key is taken once.
#[derive(Debug)]
pub(super) struct Hands {
    pub(super) mood: Mutex<Mood>,
    pub(super) taken: Mutex<Vec<Assignment>>,
    ledger: Mutex<BTreeMap<EffectId, Known>>,
}

impl Executors for Hands {
    fn start<'a>(
        &'a self,
        _: &'a str,
        assignment: &'a Assignment,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        let tail = "the last line".to_owned();
        let outputs = BTreeMap::new();
        let known = match *self.mood.lock().unwrap() {
            Mood::Does => {
                Known::Ended { ending: Ending::Done { summary: "done".into(), outputs, tail } }
            }
            Mood::Fails => Known::Ended { ending: Ending::Failed { why: "exit 1".into(), tail } },
            Mood::LosesIt => Known::Lost { why: String::new() },
            Mood::Refuses => return ready(Err(Failure::missing("no such program"))).boxed(),
        };
        let is_new = self.ledger.lock().unwrap().insert(assignment.key, known.clone()).is_none();
        assert!(is_new, "I5: {} was started twice", assignment.key);
        self.taken.lock().unwrap().push(assignment.clone());
        let answer = match known {
            Known::Lost { .. } => Err(Failure::Unknown { why: "the connection broke".into() }),
            _ => Ok(()),
        };
        ready(answer).boxed()
    }

    fn ask<'a>(&'a self, _: &'a str, key: EffectId) -> BoxFuture<'a, Result<Known, Failure>> {
        let known = self.ledger.lock().unwrap().get(&key).cloned();
        ready(Ok(known.unwrap_or(Known::Nothing))).boxed()
    }

    fn stop<'a>(&'a self, _: &'a str, _: EffectId) -> BoxFuture<'a, Result<(), Failure>> {
        ready(Ok(())).boxed()
    }
}

/// One number for every query.
#[derive(Debug)]
struct Dial(Mutex<f64>);

impl Metrics for Dial {
    fn range<'a>(
        &'a self,
        _: &'a str,
        range: Range,
        _: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>> {
        let point = Point { at: range.to.timestamp_millis(), value: *self.0.lock().unwrap() };
        let series = vec![Series { points: vec![point], ..Series::default() }];
        ready(Ok(Answer { series, ..Answer::default() })).boxed()
    }

    fn instant<'a>(
        &'a self,
        query: &'a str,
        at: DateTime<Utc>,
        most: usize,
    ) -> BoxFuture<'a, Result<Answer, Trouble>> {
        self.range(query, Range { from: at, to: at, step: TimeDelta::seconds(1) }, most)
    }

    fn label_values<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: Range,
    ) -> BoxFuture<'a, Result<Vec<String>, Trouble>> {
        ready(Ok(Vec::new())).boxed()
    }

    fn about(&self) -> BoxFuture<'_, Result<String, Trouble>> {
        ready(Ok("played".to_owned())).boxed()
    }
}

/// The outside: rooms open, and what is said in a run's one message is noted.
#[derive(Debug, Default)]
struct Rooms(Mutex<Vec<Post>>);

impl Outside for Rooms {
    fn perform(&self, order: Order) -> BoxFuture<'_, Result<Receipt, Failure>> {
        if let Effect::Post { key: PostKey::Slot(_), post, .. } = order.effect {
            self.0.lock().unwrap().push(post);
        }
        ready(Ok(Receipt { id: "console:1".into(), at: None })).boxed()
    }
}

/// The engine and what is around it.
pub(super) struct Lab {
    pub(super) engine: Arc<Engine>,
    pub(super) brain: Arc<dyn Brain>,
    pub(super) clock: Arc<Ahead>,
    pub(super) hands: Arc<Hands>,
    dial: Arc<Dial>,
    rooms: Arc<Rooms>,
}

impl Lab {
    /// A lab whose rule starts its runbook in this mode.
    pub(super) async fn start(mode: &str) -> Self {
        let hands = Arc::new(Hands {
            mood: Mutex::new(Mood::Does),
            taken: Mutex::default(),
            ledger: Mutex::default(),
        });
        let rules = RULES.replace("MODE", &mode_of(mode));
        let parts = crate::graphs::parts(Arc::new(Rooms::default()), &rules);
        Self::on(mode, (parts.brain, Arc::default(), hands)).await
    }

    /// Another replica of a lab: one brain, one clock, the same executors.
    pub(super) async fn beside(&self, mode: &str) -> Self {
        Self::on(mode, (self.brain.clone(), self.clock.clone(), self.hands.clone())).await
    }

    async fn on(
        mode: &str,
        (brain, clock, hands): (Arc<dyn Brain>, Arc<Ahead>, Arc<Hands>),
    ) -> Self {
        let (dial, rooms) = (Arc::new(Dial(Mutex::new(1.0))), Arc::new(Rooms::default()));
        let mut sources = Sources { default: Some("dial".into()), ..Sources::default() };
        sources.metrics.insert("dial".into(), dial.clone());
        let rules = RULES.replace("MODE", &mode_of(mode));
        let parts = crate::graphs::parts(rooms.clone(), &rules);
        let parts = Parts { brain: brain.clone(), clock: clock.clone(), ..parts };
        let engine = Engine::with_sources(parts, sources);
        let texts = texts::ALL.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let (book, faults) = Book::parse(&texts, warroom::wiring::KINDS);
        assert!(!faults.has_errors(), "{faults}");
        let executors: Arc<dyn Executors> = hands.clone();
        engine.equip(Equipment {
            book: Arc::new(book),
            executors: Some(executors),
            halt_file: None,
        });
        engine.admit(directory());
        engine.start().await.unwrap();
        Self { engine, brain, clock, hands, dial, rooms }
    }

    pub(super) fn is_healthy(&self, number: f64) {
        *self.dial.0.lock().unwrap() = number;
    }

    pub(super) fn mood(&self, mood: Mood) {
        *self.hands.mood.lock().unwrap() = mood;
    }

    pub(super) async fn alert(&self, service: &str, is_over: bool) {
        let now = self.clock.now();
        let labels = [("alertname".into(), "Slow".into()), ("service".into(), service.into())];
        let alert = Alert {
            labels: labels.into(),
            annotations: Default::default(),
            starts_at: now - TimeDelta::minutes(5),
            is_start_unnamed: false,
            generator_url: Default::default(),
            source: "test".into(),
        };
        let what = if is_over {
            What::Resolved { ended_at: now }
        } else {
            What::Firing { expires_at: None }
        };
        let report = Report { alert: Arc::new(alert), what };
        let delivery = Delivery {
            source: "test".into(),
            reports: vec![report],
            refused: Vec::new(),
            truncated: 0,
            received_at: now,
        };
        self.engine.ingest(delivery).await.unwrap();
    }

    /// What somebody is answered who types this in the incident's room.
    pub(super) async fn types(&self, who: &str, line: &str) -> Said {
        let unknown = Actor { name: who.into(), ..Actor::operator(Via::Chat) };
        let actor = self.engine.directory().actor(who, Via::Chat).unwrap_or(unknown);
        let spoken = Spoken { actor: &actor, room: None, line, origin: Origin::Typed, key: None };
        self.engine.say(spoken).await
    }

    /// Waits until a run is as it should be.
    pub(super) async fn run(&self, number: u64, mut is: impl FnMut(&RunView) -> bool) -> RunView {
        until(&format!("run {number}"), SOON, async || {
            self.engine.run(number).await.ok().filter(|run| is(run))
        })
        .await
    }

    /// Waits until an incident is over.
    pub(super) async fn closed(&self, number: u64) {
        until(&format!("incident {number} is over"), SOON, async || {
            let incident = self.engine.incident(Number(number)).await.ok();
            incident.filter(|it| it.resolved_at.is_some())
        })
        .await;
    }

    /// Waits until the newest message of a run says this.
    pub(super) async fn says(&self, words: &str) -> Post {
        until(words, SOON, async || {
            let all = self.rooms.0.lock().unwrap().clone();
            all.into_iter().rev().find(|post| post.text.contains(words))
        })
        .await
    }

    /// The words of what the executors were given, in their order.
    pub(super) fn given(&self) -> Vec<String> {
        let words = |it: &Assignment| match it.order.with.get("argv") {
            Some(Filled::List(words)) => words.join(" "),
            other => panic!("{other:?}"),
        };
        self.hands.taken.lock().unwrap().iter().map(words).collect()
    }
}

/// `auto`, or what else a rule says of its run.
fn mode_of(mode: &str) -> String {
    if mode.contains('=') { mode.to_owned() } else { format!("mode = {mode:?}") }
}

/// The seed of Ben's authenticator, and of Ana's.
pub(super) const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Ana and Ben may approve, run and stop; Cat and Dan may as well, and have no second factor; Gus has
/// no right at all.
pub(super) fn directory() -> Directory {
    let seed = Seed::read(&Secret::new(SEED)).ok();
    let person = |name: &str| {
        let totp = seed.clone().filter(|_| ["ana", "ben"].contains(&name));
        (name.into(), Person { totp, ..Person::default() })
    };
    let verbs = [
        "run", "approve", "deny", "stop", "undo", "continue", "halt", "resume", "lock", "unlock",
        "deploy", "rollback", "grant", "revoke", "freeze", "unfreeze",
    ];
    let grant = Grant {
        subject: Subject::Team("cms".into()),
        verbs: verbs.map(Into::into).to_vec(),
        resources: vec!["*".into()],
        environments: Vec::new(),
        denies: false,
        until: None,
        origin: "test.toml:1".into(),
    };
    let team = ["ana", "ben", "cat"].map(Into::into).into();
    Directory {
        people: ["ana", "ben", "cat", "dan", "gus"].map(person).into(),
        teams: [("cms".into(), team)].into(),
        rights: Arc::new(Rights { grants: vec![grant] }),
    }
}
