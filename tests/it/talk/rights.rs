//! Who may type what, and what never runs.

use warroom::domain::access::{Actor, Via};
use warroom::engine::talk::{Origin, Outcome, Spoken};

use super::night;

fn actor(name: &str) -> Actor {
    Actor { name: name.into(), is_known: true, teams: [].into(), via: Via::Console }
}

#[tokio::test]
async fn without_a_grant_nothing_is_changed_and_everything_may_be_read() {
    let world = night().await;
    let jo = actor("jo");
    let spoken =
        |line| Spoken { actor: &jo, room: Some("1"), line, origin: Origin::Typed, key: None };
    for line in ["ack", "silence 2h", "note x", "alias x = status"] {
        let said = world.engine().say(spoken(line)).await;
        assert_eq!(said.outcome, Outcome::Refused, "{line}");
        assert!(said.post.text.contains("Nothing was done: no grant allows"), "{}", said.post.text);
    }
    assert_eq!(world.engine().say(spoken("status")).await.outcome, Outcome::Done);
    let help = world.engine().say(spoken("help")).await.post.text;
    assert!(help.contains("status") && !help.contains("ack"), "{help}");
    assert_eq!(world.phase(1).await, "triggered");
}

#[tokio::test]
async fn fault_76_a_stranger_with_a_known_name_changes_nothing_and_is_told_why() {
    let world = night().await;
    for name in ["ana", "operator", "everybody"] {
        let stranger = Actor { is_known: false, via: Via::Chat, ..actor(name) };
        let spoken = |line| Spoken {
            actor: &stranger,
            room: Some("1"),
            line,
            origin: Origin::Typed,
            key: None,
        };
        for line in ["ack", "resolve", "silence 2h"] {
            let said = world.engine().say(spoken(line)).await;
            assert_eq!(said.outcome, Outcome::Refused, "{name}: {line}");
            let why = format!("{name:?} is not a person of the configuration");
            assert!(said.post.text.contains(&why), "{}", said.post.text);
        }
    }
    assert_eq!(world.phase(1).await, "triggered");
}

#[tokio::test]
async fn what_nobody_typed_never_runs() {
    let world = night().await;
    let ana = Actor { via: Via::Local, ..actor("ana") };
    for origin in [Origin::Quoted, Origin::Edited, Origin::Bot] {
        let spoken = Spoken { actor: &ana, room: Some("1"), line: "ack", origin, key: None };
        let said = world.engine().say(spoken).await;
        assert_eq!((said.outcome, said.ran.as_str()), (Outcome::Done, ""));
    }
    assert_eq!(world.phase(1).await, "triggered");
    assert_eq!(world.heard("1").await, ["ana: ack", "ana: ack"]);
}
