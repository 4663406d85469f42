use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::alert::Labels;
use crate::domain::ids::{CaseId, EffectId, Number};
use crate::domain::runbook::{Book, Field, Kind, Shape, Values};

const ARGV: Field =
    Field { name: "argv", help: "", shape: Shape::Argv, is_required: true, has_places: true };
const EXEC: Kind = Kind {
    name: "exec",
    help: "",
    plain: Some("argv"),
    fields: &[ARGV],
    outputs: &["number"],
    has_dry_run: true,
    is_repeatable: false,
};
const CASE: CaseId = CaseId { shard: 3, serial: 7 };

const MEND: &str = r#"
name = "mend"
summary = "Mends"
target = "service/{{ service }}"
params.service = { from = "labels.service", pattern = "[a-z-]+" }
approve = { by = [], quorum = 2, expires = "15m" }

[[step]]
name = "build"
exec = ["build", "{{ service }}"]
outputs.number = "[0-9]+"

[[step]]
name = "switch"
exec = ["switch", "{{ steps.build.number }}"]

[[step]]
name = "healthy"
check = { query = "up", is = "> 0", for = "30s", within = "5m" }

[[undo]]
name = "back"
exec = ["back", "{{ service }}"]
"#;

fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn plan_for(text: &str, service: &str) -> Result<Plan, String> {
    let (book, said) = Book::parse(&[("mend.toml".to_owned(), text.to_owned())], &[&EXEC]);
    assert!(!said.has_errors(), "{said}");
    let labels = Labels::from([("service".into(), service.into())]);
    let wish = Wish { typed: &Values::new(), labels: &labels, environment: None };
    Plan::make(book.get("mend").unwrap(), wish)
}

/// A run with everything that it ordered so far.
struct Walk {
    run: Option<Run>,
    now: DateTime<Utc>,
    version: u64,
    facts: Vec<(Fact, DateTime<Utc>)>,
    works: Vec<(EffectId, Work)>,
    told: Vec<Word>,
}

impl Walk {
    fn asked(text: &str, mode: Mode) -> Self {
        let plan = plan_for(text, "shop").unwrap();
        let request = Request {
            number: 7,
            by: "ana".into(),
            is_rule: false,
            mode,
            hash: plan.hash(),
            plan: Arc::new(plan),
            incident: Some(Patient { case: CaseId { shard: 1, serial: 1 }, number: Number(1) }),
            room: None,
        };
        let mut walk = Self {
            run: None,
            now: noon(),
            version: 1,
            facts: Vec::new(),
            works: Vec::new(),
            told: Vec::new(),
        };
        walk.hear(Input::Requested { request: Box::new(request) });
        walk
    }

    fn begun(text: &str) -> Self {
        let mut walk = Self::asked(text, Mode::Auto);
        walk.hear(Input::Claimed { fence: 4 });
        walk
    }

    #[expect(clippy::needless_pass_by_value, reason = "the walk reads like a story")]
    fn hear(&mut self, input: Input) -> Answer {
        let context = Context { now: self.now, case: CASE, next_event: self.version + 1 };
        let decision = decide(self.run.as_ref(), &input, context);
        self.run = decision.run;
        for (place, work) in decision.works.into_iter().enumerate() {
            let index = u16::try_from(place).unwrap();
            self.works.push((EffectId { case: CASE, event: self.version + 1, index }, work));
        }
        self.version += u64::try_from(decision.facts.len()).unwrap();
        self.facts.extend(decision.facts.into_iter().map(|fact| (fact, self.now)));
        self.told.extend(decision.told.into_iter().map(|told| told.word));
        self.now += TimeDelta::seconds(1);
        decision.answer
    }

    fn run(&self) -> &Run {
        self.run.as_ref().unwrap()
    }

    /// The assignments that were handed over, each with the id of its order.
    fn starts(&self) -> Vec<&Assignment> {
        let starts = self.works.iter().filter_map(|(id, work)| {
            let Work::Start { assignment, .. } = work else { return None };
            assert_eq!(*id, assignment.key, "a key is the id of the order that hands it over");
            Some(&**assignment)
        });
        starts.collect()
    }

    fn words(&self, at: usize) -> Vec<String> {
        let argv = self.starts()[at].order.with.get("argv").unwrap();
        let Filled::List(words) = argv else { panic!("{argv:?}") };
        words.clone()
    }

    fn ends(&mut self, ending: Ending) -> Answer {
        let key = self.run().key.unwrap();
        self.hear(Input::Heard { key, known: Known::Ended { ending } })
    }

    fn done(&mut self, outputs: &[(&str, &str)]) -> Answer {
        let outputs =
            outputs.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect();
        self.ends(Ending::Done { summary: "done".into(), outputs, tail: String::new() })
    }

    fn fails(&mut self) -> Answer {
        self.ends(Ending::Failed { why: "exit code 1".into(), tail: "boom".into() })
    }

    fn looks(&mut self, look: Look) -> Answer {
        let step = self.run().step;
        self.hear(Input::Looked { step, look, seen: "1, wanted > 0".into() })
    }

    fn approve(&mut self, by: &str) -> Answer {
        let plan = self.run().request.hash.clone();
        self.hear(Input::Approve { by: by.into(), plan, with_code: false })
    }
}

#[test]
fn a_run_goes_through_its_steps_and_hands_outputs_on() {
    let mut walk = Walk::begun(MEND);
    assert_eq!(walk.words(0), ["build", "shop"]);
    walk.done(&[("number", "42"), ("other", "x")]);
    assert_eq!(walk.words(1), ["switch", "42"]);
    walk.done(&[]);
    walk.looks(Look::TurnedGood);
    walk.looks(Look::Passed);
    assert_eq!(walk.run().phase, Phase::Over(How::Succeeded));
    assert!(walk.works.iter().any(|(_, work)| *work == Work::Release { fence: 4 }));
    assert!(matches!(walk.told.last(), Some(Word::Ended { how: How::Succeeded, .. })));
}

#[test]
fn replaying_the_facts_gives_the_state() {
    let mut walk = Walk::begun(MEND);
    walk.done(&[("number", "42")]);
    walk.fails();
    walk.done(&[]);
    let (first, at) = &walk.facts[0];
    let mut replayed = Run::begin(first, *at).unwrap();
    for (fact, at) in &walk.facts[1..] {
        replayed.evolve(fact, *at);
    }
    assert_eq!(&replayed, walk.run());
    assert_eq!(replayed.phase, Phase::Over(How::Undone));
    let stored = serde_json::to_string(&replayed).unwrap();
    assert_eq!(serde_json::from_str::<Run>(&stored).unwrap(), replayed);
}

#[test]
fn an_output_that_does_not_fit_goes_nowhere() {
    for hostile in ["42; reboot", "", "-rf", "42\n"] {
        let mut walk = Walk::begun(MEND);
        walk.done(&[("number", hostile)]);
        assert_eq!(walk.words(1), ["back", "shop"], "{hostile:?}");
        assert_eq!(walk.run().part, Part::Undo);
    }
}

#[test]
fn a_check_that_fails_takes_the_work_back() {
    let mut walk = Walk::begun(MEND);
    walk.done(&[("number", "42")]);
    walk.done(&[]);
    walk.looks(Look::Failed);
    assert_eq!(walk.words(2), ["back", "shop"]);
    walk.done(&[]);
    assert_eq!(walk.run().phase, Phase::Over(How::Undone));
    let mut walk = Walk::begun(MEND);
    walk.fails();
    walk.fails();
    assert_eq!(walk.run().phase, Phase::Over(How::UndoFailed));
}

#[test]
fn fault_67_a_step_of_unknown_end_waits_for_a_person() {
    let mut walk = Walk::begun(MEND);
    let key = walk.run().key.unwrap();
    walk.hear(Input::Doubted { key, why: "no answer".into() });
    assert_eq!(walk.starts().len(), 1, "its ledger is asked, nothing is repeated");
    walk.hear(Input::Heard { key, known: Known::Lost { why: String::new() } });
    assert_eq!(walk.run().phase, Phase::Stuck);
    for _ in 0..3 {
        walk.hear(Input::Due {});
        walk.hear(Input::Heard { key, known: Known::Lost { why: String::new() } });
    }
    assert_eq!(walk.starts().len(), 1, "I7: never again without a person");
    assert_eq!(walk.hear(Input::Undo { by: "ben".into() }), Answer::Applied);
    assert_eq!(walk.words(1), ["back", "shop"]);
}

#[test]
fn fault_71_nobody_approves_their_own_request() {
    let mut walk = Walk::asked(MEND, Mode::Approve);
    assert_eq!(walk.approve("ana"), Answer::OwnRequest);
    assert!(walk.run().approved_by.is_empty());
}

#[test]
fn fault_74_a_double_click_counts_once_and_late_ones_not_at_all() {
    let mut walk = Walk::asked(MEND, Mode::Approve);
    assert_eq!(walk.approve("ben"), Answer::Counted);
    assert_eq!(walk.approve("ben"), Answer::Already);
    assert_eq!(walk.approve("cat"), Answer::Applied);
    assert_eq!(walk.approve("dan"), Answer::Already);
    let claims = walk.works.iter().filter(|(_, work)| *work == Work::Claim {}).count();
    assert_eq!(claims, 1, "two agree, one start");
    assert_eq!(walk.hear(Input::Deny { by: "eve".into(), why: String::new() }), Answer::NotNow);
    walk.hear(Input::Claimed { fence: 9 });
    let approved: Vec<_> = walk.starts().iter().map(|it| it.approved.clone()).collect();
    assert_eq!(approved, [Some(walk.run().request.hash.clone())]);
}

#[test]
fn fault_73_an_old_question_is_not_answered() {
    let mut walk = Walk::asked(MEND, Mode::Approve);
    walk.now += TimeDelta::minutes(20);
    assert_eq!(walk.approve("ben"), Answer::TooLate);
    walk.hear(Input::Due {});
    assert_eq!(walk.run().phase, Phase::Over(How::Expired));
    assert_eq!(walk.approve("ben"), Answer::Over(How::Expired));
    assert!(walk.starts().is_empty());
}

#[test]
fn an_approval_of_another_plan_is_refused() {
    let mut walk = Walk::asked(MEND, Mode::Approve);
    let plan = plan_for(MEND, "bank").unwrap().hash();
    let input = Input::Approve { by: "ben".into(), plan, with_code: false };
    assert_eq!(walk.hear(input), Answer::OtherPlan);
    assert_ne!(plan_for(MEND, "bank").unwrap().hash(), walk.run().request.hash);
}

#[test]
fn a_question_lapses_when_nobody_needs_an_answer() {
    let mut walk = Walk::asked(MEND, Mode::Approve);
    walk.hear(Input::Unwanted { why: "the alerts have cleared".into() });
    assert_eq!(walk.run().phase, Phase::Over(How::Expired));
    assert_eq!(walk.approve("ben"), Answer::Over(How::Expired));
    let mut under_way = Walk::begun(MEND);
    under_way.hear(Input::Unwanted { why: "the alerts have cleared".into() });
    assert_eq!(under_way.run().phase, Phase::Running, "what runs goes on to its check");
}

#[test]
fn a_stop_ends_a_run_and_starts_nothing_further() {
    let mut walk = Walk::begun(MEND);
    assert_eq!(walk.hear(Input::Stop { by: "ben".into() }), Answer::Applied);
    assert_eq!(walk.hear(Input::Stop { by: "ben".into() }), Answer::Already);
    walk.ends(Ending::Stopped { tail: String::new() });
    assert_eq!(walk.run().phase, Phase::Over(How::Stopped));
    assert_eq!(walk.starts().len(), 1);
}

#[test]
fn a_run_is_taken_back_in_its_time_only() {
    let through = || {
        let mut walk = Walk::begun(MEND);
        walk.done(&[("number", "42")]);
        walk.done(&[]);
        walk.looks(Look::Passed);
        walk
    };
    let mut walk = through();
    assert_eq!(walk.hear(Input::Undo { by: "ben".into() }), Answer::Applied);
    assert_eq!(walk.run().phase, Phase::Claiming, "its target is claimed anew");
    walk.hear(Input::Claimed { fence: 5 });
    assert_eq!(walk.starts().last().unwrap().fence, 5);
    walk.done(&[]);
    assert_eq!(walk.run().phase, Phase::Over(How::Undone));
    let mut late = through();
    late.now += TimeDelta::hours(2);
    assert_eq!(late.hear(Input::Undo { by: "ben".into() }), Answer::TooLate);
}

#[test]
fn a_mode_that_only_watches_starts_nothing() {
    for mode in [Mode::Watch, Mode::Suggest] {
        let mut walk = Walk::asked(MEND, mode);
        assert_eq!(walk.run().phase, Phase::Over(How::Shown));
        walk.hear(Input::Claimed { fence: 1 });
        assert!(walk.starts().is_empty());
        assert!(walk.works.contains(&(walk.works.last().unwrap().0, Work::Release { fence: 1 })));
    }
}

/// Whatever comes in whatever order: no key is handed over twice, nothing starts before a claim or
/// an approval, nothing at all happens behind the end.
#[test]
fn no_order_of_words_starts_anything_twice() {
    let mut dice = 0x9e37_79b9_u64;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    for _ in 0..500 {
        let mode = if roll(2) == 0 { Mode::Auto } else { Mode::Approve };
        let mut walk = Walk::asked(MEND, mode);
        for _ in 0..30 {
            let key = walk.run().key.unwrap_or(EffectId { case: CASE, event: 2, index: 0 });
            let was_over = walk.run().is_over();
            let starts = walk.starts().len();
            let plan = walk.run().request.hash.clone();
            let input = match roll(12) {
                0 => Input::Claimed { fence: roll(9) + 1 },
                1 => Input::Accepted { key },
                2 => Input::Doubted { key, why: "no answer".into() },
                3 => Input::Heard { key, known: Known::Lost { why: String::new() } },
                4 => Input::Heard { key, known: Known::Nothing },
                5 => Input::Heard { key, known: Known::Ended { ending: done("7") } },
                6 => Input::NotStarted { key, why: "refused".into() },
                7 => Input::Looked { step: walk.run().step, look: Look::Passed, seen: "1".into() },
                8 => Input::Approve { by: "ben".into(), plan, with_code: false },
                9 => Input::Approve { by: "cat".into(), plan, with_code: false },
                10 => Input::Due {},
                _ => Input::Stop { by: "ben".into() },
            };
            let is_late = was_over && walk.run().fence.is_some();
            walk.hear(input);
            if is_late {
                assert_eq!(walk.starts().len(), starts, "nothing starts behind the end");
            }
        }
        let keys: BTreeSet<EffectId> = walk.starts().iter().map(|it| it.key).collect();
        assert_eq!(keys.len(), walk.starts().len(), "I5: each key once");
        if mode == Mode::Approve && !walk.starts().is_empty() {
            assert!(walk.run().approved_by.len() >= 2, "I8: no start without its quorum");
        }
        let done: BTreeMap<(Part, u16), usize> =
            walk.starts().iter().fold(BTreeMap::new(), |mut all, it| {
                *all.entry((it.part, it.step)).or_default() += 1;
                all
            });
        assert!(done.values().all(|times| *times == 1), "I7: no step twice: {done:?}");
    }
}

fn done(number: &str) -> Ending {
    let outputs = BTreeMap::from([("number".into(), number.to_owned())]);
    Ending::Done { summary: "done".into(), outputs, tail: String::new() }
}
