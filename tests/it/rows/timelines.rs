//! An incident with a timeline that nobody could read.

use std::time::Instant;

use warroom::brain::{Found, IndexChange, Key};
use warroom::domain::ids::Number;
use warroom::domain::incident::{Command, Phase};

use super::lab::{Lab, Played, brain};
use crate::contract::brain::story::{Story, note, one, opened};

const EVENTS: u64 = 200_000;
/// Events of one commit while the timeline is written.
const CHUNK: usize = 2000;
/// Events of one command with everything that follows from it.
const ROWS_MAX: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_83_a_very_long_timeline_is_taken_and_closed_like_a_short_one() {
    let (brain, _folder) = brain();
    assert_eq!(brain.next_number().await.unwrap(), Number(1));
    let mut story = Story::of(&*brain, "long");
    let mut first = story.begin(vec![opened(1)]);
    first.index =
        vec![IndexChange::Put(Key::Number(Number(1)), Found { case: story.case, member: None })];
    one(&*brain, first).await.unwrap();
    while story.state.head.version < EVENTS {
        let commit = story.next(vec![note("and on it goes"); CHUNK]);
        story.events.clear();
        one(&*brain, commit).await.unwrap();
    }
    let outside = Played::willing("fine");
    let lab = Lab::start(&brain, &outside).await;
    let written = async || brain_version(&lab).await;

    let (before, begin) = (written().await, Instant::now());
    lab.engine.ask(Number(1), "ana".into(), Command::Acknowledge).await.unwrap();
    let acknowledged = begin.elapsed();
    lab.engine.ask(Number(1), "ana".into(), Command::Resolve).await.unwrap();
    let took = begin.elapsed();
    println!("{before} events: acknowledged in {acknowledged:?}, resolved in {took:?}");
    assert!(
        written().await - before <= ROWS_MAX,
        "a command wrote {} events",
        written().await - before
    );
    let phase = lab.engine.incident(Number(1)).await.unwrap().phase;
    assert!(matches!(phase, Phase::Resolved | Phase::Closed), "{phase:?}");

    let page = lab.engine.timeline(Number(1), 1, usize::MAX).await.unwrap();
    assert_eq!(page.len(), 1000, "a page of the timeline has a limit");
    let end = lab.engine.timeline(Number(1), before + 1, usize::MAX).await.unwrap();
    assert!(end.iter().all(|stored| stored.number > before) && !end.is_empty());
}

async fn brain_version(lab: &Lab) -> u64 {
    lab.engine.incident(Number(1)).await.unwrap().events
}
