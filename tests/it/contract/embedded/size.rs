//! What a commit costs, counted in bytes that reach the disk.

use warroom::brain::embedded::{Embedded, Options};
use warroom::brain::{At, Brain, Rows};
use warroom::domain::incident::Event;

use super::sim::Sim;
use crate::contract::brain::story::{Story, fired, one, print_of, whole};

const MEMBERS: usize = 50_000;

/// The bytes of a hundred commits that change one member each.
async fn hundred(brain: &Embedded, disk: &Sim, story: &mut Story, names: &[String]) -> u64 {
    let before = disk.written();
    for n in 0..100 {
        let name = &names[n * 7919 % names.len()];
        let fingerprint = print_of(name);
        let event = match n % 2 {
            0 => Event::AlertWentStale { fingerprint },
            _ => fired(name),
        };
        // Only the member that changes is handed in, as the engine does it.
        let expected = story.state.head.version;
        let wanted = (At::Case(story.case), Rows::Some(vec![fingerprint]));
        let loaded = brain.load(vec![wanted]).await.unwrap().remove(0).unwrap();
        assert_eq!((loaded.incident.head.version, loaded.incident.members.len()), (expected, 1));
        story.state = loaded.incident;
        one(brain, story.next(vec![event])).await.unwrap();
    }
    disk.written() - before
}

#[tokio::test]
async fn a_commit_costs_the_same_in_a_large_incident() {
    let disk = Sim::default();
    let brain = Embedded::open_on(Box::new(disk.clone()), &Options::default()).unwrap();
    let names: Vec<String> = (0..MEMBERS).map(|n| format!("alert-{n}")).collect();
    let mut small = Story::of(&brain, "small");
    one(&brain, small.begin(names[..5].iter().map(|name| fired(name)).collect())).await.unwrap();
    let mut large = Story::of(&brain, "large");
    let commit = large.begin(vec![fired(&names[0])]);
    one(&brain, commit).await.unwrap();
    for names in names[1..].chunks(5000) {
        // The story's own state stays small; the brain's grows.
        large.state.members.clear();
        let commit = large.next(names.iter().map(|name| fired(name)).collect());
        one(&brain, commit).await.unwrap();
    }
    let few = hundred(&brain, &disk, &mut small, &names[..5]).await;
    let many = hundred(&brain, &disk, &mut large, &names).await;
    // Deeper trees cost a page or two a commit; the members themselves are four megabytes.
    assert!(many < 2 * few, "{few} bytes in a small incident, {many} in a large one");
    let all = whole(&brain, At::Case(large.case)).await.unwrap().incident.members;
    assert_eq!(all.len(), MEMBERS);
}
