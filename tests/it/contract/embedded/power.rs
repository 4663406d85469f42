//! Disks that fail: what was acknowledged stays, and nothing else is promised.

use futures_util::future::join_all;
use warroom::brain::embedded::{Embedded, Options};
use warroom::brain::{At, Brain, Error};

use super::sim::Sim;
use crate::contract::brain::story::{Story, at, claim, fired, note, one, post, whole};

const CUTS: u64 = 150;

fn open(disk: &Sim) -> Result<Embedded, Error> {
    let options = Options { cache_bytes: 1 << 20, ..Options::default() };
    Embedded::open_on(Box::new(disk.clone()), &options)
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Writes until the power goes; gives each case as it was acknowledged last, and as it was sent.
async fn write(brain: &Embedded, dice: &mut Dice) -> Vec<(Option<Story>, Story)> {
    let mut stories: Vec<(Option<Story>, Story)> =
        (0..3).map(|n| (None, Story::of(brain, &format!("group-{n}")))).collect();
    for round in 0..1000 {
        let mut sent = Vec::new();
        for (_, story) in &mut stories {
            let fires = (0..dice.below(6)).map(|n| fired(&format!("{}", n + dice.below(3))));
            let events = fires.collect();
            let mut commit =
                if round == 0 { story.begin(events) } else { story.order(vec![post("x")]) };
            commit.lease = None;
            sent.push(one(brain, commit));
        }
        let answers = join_all(sent).await;
        for (answer, (acknowledged, story)) in answers.iter().zip(&mut stories) {
            if answer.is_ok() {
                *acknowledged = Some(story.clone());
            }
        }
        if answers.iter().any(Result::is_err) {
            return stories;
        }
    }
    panic!("the power was never cut");
}

#[tokio::test]
async fn fault_11_a_power_cut_loses_nothing_that_was_acknowledged() {
    for seed in 1..=CUTS {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let disk = Sim::default();
        let brain = open(&disk).unwrap();
        disk.cut_after(dice.below(120) + 4);
        let stories = write(&brain, &mut dice).await;
        drop(brain);

        let disk = disk.after_power_cut(|bound| dice.below(bound));
        let brain = open(&disk).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let mut posts = 0;
        for (acknowledged, sent) in stories {
            let loaded = whole(&brain, At::Case(sent.case)).await;
            let events = brain.events(sent.case, 1, 1000).await.unwrap();
            posts += events.iter().filter(|e| format!("{e:?}").contains("ordered")).count();
            let known = [acknowledged.as_ref().map(Story::loaded), Some(sent.loaded())];
            assert!(known.contains(&loaded), "seed {seed}: {loaded:?}");
            assert!(sent.events.starts_with(&events), "seed {seed}");
            let version = loaded.map_or(0, |loaded| loaded.incident.head.version);
            assert_eq!(events.len() as u64, version, "seed {seed}");
        }
        // The agenda is as old as the timelines: each event that orders has its effect.
        assert_eq!(
            brain.claim(at(1), 9999, crate::contract::brain::story::lease(9)).await.unwrap().len(),
            posts
        );
        let mut story = Story::of(&brain, "after");
        one(&brain, story.begin(vec![fired("x")])).await.unwrap();
    }
}

#[tokio::test]
async fn fault_08_a_full_disk_refuses_writes_and_recovers_alone() {
    let disk = Sim::default();
    let brain = open(&disk).unwrap();
    let mut story = Story::begun(&brain, "cms").await;
    disk.set_full(true);
    // What fits into the room that the file has is still written.
    let mut kept = story.clone();
    let refused = loop {
        let large = "x".repeat(100_000);
        match one(&brain, story.next(vec![note(&large)])).await {
            Ok(_) => kept = story.clone(),
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, Error::Full(_)), "{refused:?}");
    for _ in 0..3 {
        let again = one(&brain, kept.clone().next(vec![note(&"y".repeat(5_000_000))])).await;
        assert!(matches!(again, Err(Error::Full(_))), "{again:?}");
        assert_eq!(whole(&brain, At::Case(kept.case)).await, Some(kept.loaded()));
        assert_eq!(brain.events(kept.case, 1, 1000).await.unwrap(), kept.events);
    }
    disk.set_full(false);
    one(&brain, kept.order(vec![post("again")])).await.unwrap();
    assert_eq!(whole(&brain, At::Case(kept.case)).await, Some(kept.loaded()));
    assert_eq!(claim(&brain, 1, 9).await.len(), 1);
    drop(brain);
    let brain = open(&disk).unwrap();
    assert_eq!(whole(&brain, At::Case(kept.case)).await, Some(kept.loaded()));
}

#[tokio::test]
async fn fault_09_after_a_failed_fsync_the_file_is_never_trusted() {
    let disk = Sim::default();
    let brain = open(&disk).unwrap();
    let mut story = Story::begun(&brain, "cms").await;
    let acknowledged = story.clone();
    disk.fail_to_sync();
    for _ in 0..3 {
        let answer = one(&brain, story.next(vec![note("x")])).await;
        assert!(matches!(answer, Err(Error::Unusable(_))), "{answer:?}");
        assert!(matches!(brain.next_due().await, Err(Error::Unusable(_))));
        assert!(matches!(brain.health().await, Err(Error::Unusable(_))));
        assert!(matches!(brain.next_number().await, Err(Error::Unusable(_))));
    }
    drop(brain);
    let brain = open(&disk.after_power_cut(|_| 3)).unwrap();
    let loaded = whole(&brain, At::Case(acknowledged.case)).await;
    assert_eq!(loaded, Some(acknowledged.loaded()));
}
