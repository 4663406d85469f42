//! Silences and aliases.

use super::{buttons, first, night, rows, text};

#[tokio::test]
async fn a_room_is_silenced_by_its_own_labels_and_taken_back() {
    let mut world = night().await;
    let said = world.types("1", "silence 2h new disks").await;
    assert_eq!(said["ran"], "silence 2h service=cms new disks");
    assert!(
        first(&said).starts_with("Silenced until 2026-11-22 05:00 UTC: service=\"cms\"."),
        "{said}"
    );
    let undo = buttons(&said)[0].to_owned();
    let said = world.types_alone("silences").await;
    assert_eq!(first(&said), "1 silence holds now.");
    assert!(rows(&said)[0].contains("service=\"cms\" | new disks | operator"), "{said}");
    let said = world.types_alone("why not Slow").await;
    assert!(first(&said).contains("silence"), "{said}");
    let said = world.types_alone(&undo).await;
    assert_eq!(first(&said), "No longer silenced: service=\"cms\".");
    assert_eq!(first(&world.types_alone("silences").await), "Nothing is silenced now.");
    assert!(first(&world.types_alone("unsilence 5f1c").await).contains("No silence holds now"));
}

#[tokio::test]
async fn an_alias_is_a_line_and_gives_no_right() {
    let mut world = night().await;
    let said = world.types_alone("alias crit = alerts where severity=$1").await;
    assert_eq!(first(&said), "crit now stands for: alerts where severity=$1");
    let said = world.types_alone("crit critical").await;
    assert_eq!(said["ran"], "alerts all | where severity=critical");
    assert!(text(&said).ends_with("Read as: alerts where severity=critical"), "{said}");
    assert_eq!(rows(&said).len(), 1);
    let said = world.types_alone("crit 'x | silence 9h'").await;
    assert_eq!(said["ran"], "alerts all | where severity=\"x | silence 9h\"", "{said}");
    assert_eq!(rows(&world.types_alone("aliases").await).len(), 1);
    world.types_alone("alias a1 = a2").await;
    world.types_alone("alias a2 = a1").await;
    assert!(first(&world.types_alone("a1").await).contains("stand for one another"));
    assert_eq!(
        first(&world.types_alone("unalias crit").await),
        "crit stands for nothing any more."
    );
    assert_eq!(world.types_alone("crit x").await["outcome"], "misunderstood");
}
