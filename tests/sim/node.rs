//! The processes of a run: started, killed, stopped and started again over the same store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use compact_str::CompactString;
use tokio::time::timeout;
use warroom::adapters::ingest::heartbeat;
use warroom::domain::incident::{Policy, RoomPlan, RuleRef, Settings, Timing};
use warroom::domain::noise::inhibition::Inhibitions;
use warroom::domain::rules::Ruleset;
use warroom::engine::{Book, Engine, Options, Parts, Storm};

use crate::brain::SimBrain;
use crate::clock::SimClock;
use crate::outside::SimOutside;
use crate::plan::Plan;
use crate::world::{Life, Shared};

const RULES: &str = include_str!("rules.toml");
const NODE_NAMES: [&str; 2] = ["ann", "bob"];
/// The one heartbeat of the simulated team.
pub(crate) const BEAT: &str = "prometheus";

/// One process.
struct Node {
    life: Arc<Life>,
    engine: Option<Arc<Engine>>,
}

/// All processes.
pub(crate) struct Cluster {
    world: Shared,
    plan: Plan,
    nodes: Vec<Node>,
    has_new_rules: bool,
}

impl Cluster {
    pub(crate) fn new(world: Shared, plan: &Plan) -> Self {
        let node = |name| Node { life: Life::new(name, 0), engine: None };
        let nodes = NODE_NAMES.iter().take(plan.nodes).map(|name| node(*name)).collect();
        Self { world, plan: plan.clone(), nodes, has_new_rules: false }
    }

    /// Starts what does not run. A process that cannot start ends; the next look starts it again.
    pub(crate) async fn revive(&mut self) {
        for at in 0..self.nodes.len() {
            let is_up = self.nodes[at].engine.is_some() && !self.nodes[at].life.is_dead();
            if !is_up {
                self.start(at).await;
            }
        }
    }

    async fn start(&mut self, at: usize) {
        let (name, skew) = (self.nodes[at].life.name, self.nodes[at].life.skew_ms());
        self.nodes[at].life.kill();
        let life = Life::new(name, skew);
        let engine = Engine::new(Parts {
            brain: Arc::new(SimBrain { world: self.world.clone(), life: life.clone() }),
            outside: Arc::new(SimOutside { world: self.world.clone(), life: life.clone() }),
            clock: Arc::new(SimClock { world: self.world.clone(), life: life.clone() }),
            journal: None,
            notes: Default::default(),
            book: book(self.has_new_rules),
            options: options(name, &self.plan),
        });
        self.world.note(format_args!("{name} starts"));
        let is_up = matches!(timeout(Duration::from_secs(8), engine.start()).await, Ok(Ok(())));
        if !is_up {
            life.kill();
        }
        self.nodes[at] = Node { life, engine: is_up.then_some(engine) };
    }

    pub(crate) fn crash(&mut self, at: usize) {
        if let Some(node) = self.nodes.get(at) {
            self.world.note(format_args!("{} is killed", node.life.name));
            self.world.lock().mark("fault_03: a process is killed");
            node.life.kill();
        }
    }

    pub(crate) fn life(&self, at: usize) -> Option<Arc<Life>> {
        self.nodes.get(at).map(|node| node.life.clone())
    }

    /// The engine of this node, or of the other one when it is down.
    pub(crate) fn engine(&self, at: usize) -> Option<Arc<Engine>> {
        let is_up = |node: &&Node| !node.life.is_dead() && node.engine.is_some();
        let wanted = self.nodes.get(at).filter(is_up);
        wanted.or_else(|| self.nodes.iter().find(is_up)).and_then(|node| node.engine.clone())
    }

    pub(crate) fn reload(&mut self, has_new_rules: bool) {
        self.has_new_rules = has_new_rules;
        for node in self.nodes.iter().filter(|node| !node.life.is_dead()) {
            if let Some(engine) = &node.engine {
                engine.reload(book(has_new_rules));
            }
        }
    }

    /// Ends every process, so that nothing is left when the run ends.
    pub(crate) fn end(&mut self) {
        for node in &mut self.nodes {
            node.life.kill();
            node.engine = None;
        }
    }
}

/// The rules; the new ones also want what nobody wanted before.
fn book(has_new_rules: bool) -> Book {
    let mut text = RULES.to_owned();
    if has_new_rules {
        text.push_str("\n[[rule]]\nname = \"latency\"\nmatch = 'alertname=\"Latency\"'\ngroup_by = [\"service\"]\npage = \"cms\"\n");
    }
    let (rules, diagnostics) = Ruleset::parse(&[("rules/sim.toml".to_owned(), text)]);
    assert!(diagnostics.is_empty(), "the simulator's rules are broken: {diagnostics:?}");
    let inhibitions = Inhibitions::new(rules.inhibitions().to_vec());
    Book { rules, inhibitions, ..Book::default() }
}

fn options(name: &str, plan: &Plan) -> Options {
    let keep = |long: TimeDelta| if plan.is_forgetful { TimeDelta::minutes(12) } else { long };
    let settings = Settings {
        keep_closed: keep(TimeDelta::days(90)),
        keep_quiet: keep(TimeDelta::days(90)),
        ..Settings::default()
    };
    let beat = heartbeat::Config {
        name: BEAT.into(),
        every: TimeDelta::minutes(4),
        grace: None,
        labels: Default::default(),
        severity: "critical".into(),
    };
    Options {
        holder: name.into(),
        is_shared: false,
        is_fast: false,
        settings,
        heartbeats: BTreeMap::from([(CompactString::from(BEAT), beat)]),
        storm: Storm {
            incidents: plan.storm,
            window: TimeDelta::minutes(1),
            calm: TimeDelta::minutes(3),
            policy: umbrella(),
        },
        openings: None,
        lease: Duration::from_secs(3),
        poll: Duration::from_secs(2),
    }
}

fn umbrella() -> Policy {
    Policy {
        rule: RuleRef { name: "storm".into(), file: "config.toml".into(), line: 0 },
        also: Vec::new(),
        title: "Many things break at once".to_owned(),
        severity: "sev1".into(),
        labels: Default::default(),
        room: Some(RoomPlan {
            name: "storm-{{ number }}".to_owned(),
            invite: Vec::new(),
            on: Vec::new(),
        }),
        ticket: None,
        graphs: Vec::new(),
        page: Some("cms".into()),
        escalation: None,
        notify: Vec::new(),
        run: None,
        timing: Timing::default(),
        files: Default::default(),
    }
}
