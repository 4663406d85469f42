//! Random operations against a slow and obvious model.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use warroom::brain::{At, Brain, Error, RowId, Rows, Token};
use warroom::domain::ids::{CaseId, GroupKey};
use warroom::domain::incident::{Event, Timer, TimerSet};

use super::Store;
use super::story::{Story, at, fired, lease, note, one, post, print_of, whole};

/// One row of the model's agenda.
#[derive(Debug, Clone)]
struct Row {
    at: DateTime<Utc>,
    token: Option<Token>,
    attempt: u32,
}

/// What the brain should hold.
#[derive(Default)]
struct Model {
    stories: BTreeMap<CaseId, Story>,
    groups: BTreeMap<GroupKey, CaseId>,
    agenda: BTreeMap<RowId, Row>,
    now: i64,
}

/// Small, repeatable, good enough: the seed decides everything.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn pick<T: Clone>(&mut self, from: impl IntoIterator<Item = T>) -> Option<T> {
        let all: Vec<T> = from.into_iter().collect();
        let len = u64::try_from(all.len()).unwrap();
        if len == 0 { None } else { all.get(usize::try_from(self.below(len)).unwrap()).cloned() }
    }
}

pub(crate) async fn random_operations_agree_with_a_simple_model(store: &Store) {
    for seed in [0x9e37_79b9, 0x1234_5678_9abc] {
        let (mut model, mut dice) = (Model::default(), Dice(seed));
        for step in 0..500 {
            let context = format!("seed {seed:x}, step {step}");
            model.now += 1;
            match dice.below(10) {
                0 => model.begin(&*store.brain, &mut dice, seed).await,
                1..=4 => model.go_on(&*store.brain, &mut dice).await,
                5 => model.stale(&*store.brain, &mut dice).await,
                6 | 7 => model.claim(&*store.brain, &mut dice, &context).await,
                8 => model.settle(&*store.brain, &mut dice, &context).await,
                _ => model.give_back(&*store.brain, &mut dice).await,
            }
            model.agree(&*store.brain, &mut dice, &context).await;
        }
        model.end(&*store.brain).await;
    }
}

impl Model {
    async fn begin(&mut self, brain: &dyn Brain, dice: &mut Dice, seed: u64) {
        let group = format!("{seed}-{}", dice.below(12));
        let mut story = Story::of(brain, &group);
        story.now = at(self.now);
        let mut commit = story.begin(vec![fired("first")]);
        let current = self.groups.get(&story.group()).copied();
        commit.replaces = if dice.below(2) == 0 { current } else { None };
        let is_allowed = current.is_none() || commit.replaces == current;
        let answer = one(brain, commit).await;
        if is_allowed {
            assert_eq!(answer, Ok(Default::default()));
            self.groups.insert(story.group(), story.case);
            self.stories.insert(story.case, story);
        } else {
            assert_eq!(answer, Err(Error::Conflict));
        }
    }

    async fn go_on(&mut self, brain: &dyn Brain, dice: &mut Dice) {
        let Some(case) = dice.pick(self.stories.keys().copied()) else { return };
        let mut story = self.stories[&case].clone();
        story.now = at(self.now);
        let mut commit = match dice.below(4) {
            0 => story.order(vec![post("one"), post("two")]),
            1 => story.next(Vec::new()),
            _ => story.next((0..dice.below(5)).map(|_| event(dice)).collect()),
        };
        let timer = dice.pick([Timer::Expiry, Timer::Card]).unwrap();
        let later = at(self.now + i64::try_from(dice.below(40)).unwrap());
        let to = [TimerSet::At(later), TimerSet::Cancel, TimerSet::NoLaterThan(later)];
        // What a set timer does to a lease is the brain's affair: only free timers are set here.
        let row = RowId::Timer(case, timer);
        if self.agenda.get(&row).is_none_or(|row| row.token.is_none()) {
            commit.timers = vec![(timer, dice.pick(to).unwrap())];
        }
        commit.forget = dice.below(20) == 0;
        self.apply(&commit, story);
        assert_eq!(one(brain, commit).await, Ok(Default::default()));
    }

    fn apply(&mut self, commit: &warroom::brain::Commit, story: Story) {
        if commit.forget {
            self.stories.remove(&story.case);
            self.groups.retain(|_, case| *case != story.case);
            self.agenda.retain(|row, _| row.case() != story.case);
            return;
        }
        let free = |at| Row { at, token: None, attempt: 0 };
        for (id, _) in &commit.effects {
            self.agenda.insert(RowId::Effect(*id), free(commit.now));
        }
        for (timer, to) in &commit.timers {
            let id = RowId::Timer(commit.case, *timer);
            match to {
                TimerSet::Cancel => drop(self.agenda.remove(&id)),
                TimerSet::At(at) => drop(self.agenda.insert(id, free(*at))),
                TimerSet::NoLaterThan(at) => {
                    let row = self.agenda.entry(id).or_insert_with(|| free(*at));
                    row.at = row.at.min(*at);
                }
            }
        }
        self.stories.insert(story.case, story);
    }

    async fn stale(&mut self, brain: &dyn Brain, dice: &mut Dice) {
        let Some(mut story) = dice.pick(self.stories.values().cloned()) else { return };
        story.state.head.version -= 1;
        let mut commit = story.order(vec![post("never")]);
        commit.forget = dice.below(2) == 0;
        assert_eq!(one(brain, commit).await, Err(Error::Conflict));
    }

    async fn claim(&mut self, brain: &dyn Brain, dice: &mut Dice, context: &str) {
        let now = at(self.now);
        let until = self.now + 1 + i64::try_from(dice.below(20)).unwrap();
        let claimed = brain.claim(now, 1000, lease(until)).await.unwrap();
        let due: Vec<RowId> =
            self.agenda.iter().filter(|(_, row)| row.at <= now).map(|(id, _)| *id).collect();
        let mut rows: Vec<RowId> = claimed.iter().map(|row| row.row).collect();
        let times: Vec<_> = rows.iter().map(|id| self.agenda[id].at).collect();
        assert!(times.is_sorted(), "{context}: {times:?}");
        rows.sort_unstable();
        assert_eq!(rows, due, "{context}");
        for claimed in claimed {
            let row = self.agenda.get_mut(&claimed.row).unwrap();
            assert!(row.token.is_none_or(|old| old < claimed.token), "{context}");
            assert_eq!(row.attempt + 1, claimed.attempt, "{context}");
            *row = Row { at: at(until), token: Some(claimed.token), attempt: claimed.attempt };
        }
    }

    fn held(&self, dice: &mut Dice) -> Option<(RowId, Token)> {
        dice.pick(self.agenda.iter().filter_map(|(id, row)| Some((*id, row.token?))))
    }

    async fn settle(&mut self, brain: &dyn Brain, dice: &mut Dice, context: &str) {
        let Some((row, token)) = self.held(dice) else { return };
        let mut story = self.stories[&row.case()].clone();
        let mut commit = story.next(vec![note("settled")]);
        if dice.below(4) == 0 {
            commit.settles = Some((row, Token(token.0 + 1_000_000)));
            assert_eq!(one(brain, commit).await, Err(Error::LeaseLost), "{context}");
            return;
        }
        commit.settles = Some((row, token));
        self.agenda.remove(&row);
        self.apply(&commit, story);
        assert_eq!(one(brain, commit).await, Ok(Default::default()), "{context}");
    }

    async fn give_back(&mut self, brain: &dyn Brain, dice: &mut Dice) {
        let Some((id, token)) = self.held(dice) else { return };
        let due = at(self.now + i64::try_from(dice.below(30)).unwrap());
        let row = self.agenda.get_mut(&id).unwrap();
        row.at = due;
        if dice.below(2) == 0 {
            row.token = None;
            assert_eq!(brain.postpone(id, token, due).await, Ok(()));
        } else {
            let lease = warroom::brain::Lease { holder: "me".into(), until: due };
            assert_eq!(brain.renew(id, token, lease).await, Ok(()));
        }
    }

    /// Looks at one case, one group and the agenda.
    async fn agree(&self, brain: &dyn Brain, dice: &mut Dice, context: &str) {
        let next = self.agenda.values().map(|row| row.at).min();
        assert_eq!(brain.next_due().await, Ok(next), "{context}");
        let Some(story) = dice.pick(self.stories.values()) else { return };
        let loaded = whole(brain, At::Case(story.case)).await;
        assert_eq!(loaded, Some(story.loaded()), "{context}");
        let group = whole(brain, At::Group(story.group())).await.map(|loaded| loaded.case);
        assert_eq!(group, self.groups.get(&story.group()).copied(), "{context}");
    }

    async fn end(&self, brain: &dyn Brain) {
        for story in self.stories.values() {
            assert_eq!(brain.events(story.case, 1, 10_000).await.unwrap(), story.events);
        }
        let live = brain.live(None, 10_000).await.unwrap().cases;
        let ours = live.iter().filter(|(case, _)| self.stories.contains_key(case)).count();
        assert_eq!(ours, self.stories.len());
        // The next seed begins with an empty agenda.
        for case in self.stories.keys() {
            let mut story = self.stories[case].clone();
            let mut last = story.next(Vec::new());
            last.forget = true;
            one(brain, last).await.unwrap();
        }
        assert_eq!(brain.next_due().await, Ok(None));
    }
}

fn event(dice: &mut Dice) -> Event {
    let name = format!("alert-{}", dice.below(30));
    match dice.below(4) {
        0 => Event::AlertWentStale { fingerprint: print_of(&name) },
        1 => note(&name),
        _ => fired(&name),
    }
}

/// What a commit does not name keeps its every byte, also where it came by another way.
pub(crate) async fn the_cost_of_a_commit_leaves_other_members_alone(store: &Store) {
    let brain = &*store.brain;
    let mut story = Story::of(brain, "cms");
    let names: Vec<String> = (0..200).map(|n| format!("alert-{n}")).collect();
    one(brain, story.begin(names.iter().map(|name| fired(name)).collect())).await.unwrap();
    // A head whose counts contradict the rows: a brain that counted by itself would correct it.
    let mut odd = story.next(vec![fired("one more")]);
    let mut head = (*odd.head).clone();
    head.counts.firing = 7;
    odd.head = head.into();
    assert_eq!(odd.members.len(), 1);
    one(brain, odd).await.unwrap();
    let wanted = (At::Case(story.case), Rows::Some(vec![print_of("one more")]));
    let loaded = brain.load(vec![wanted]).await.unwrap().remove(0).unwrap();
    assert_eq!(loaded.incident.head.counts.firing, 7);
    assert_eq!(loaded.incident.members.len(), 1);
    let all = whole(brain, At::Case(story.case)).await.unwrap().incident.members;
    assert_eq!(all, story.state.members);
}
