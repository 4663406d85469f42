//! What a place says and takes down.

use chrono::{DateTime, TimeDelta, Utc};

use super::place::{Next, Place, READING, key};
use crate::domain::room::{Author, Button, CARD, Entry, Post, Style};

fn entry(id: &str, slot: Option<&str>) -> Entry {
    let at = DateTime::<Utc>::default();
    let slot = slot.map(Into::into);
    Entry { id: id.into(), at, by: Author::Warroom, slot, post: Post::text("x") }
}

#[test]
fn first_posts_overtake_edits_and_edits_coalesce() {
    let mut place = Place::default();
    let card = entry("a", Some(&CARD));
    assert_eq!(place.next("slack", &card), Next::Say);
    place.said(1, &card, "m1".into());
    for number in 2..=4 {
        assert_eq!(place.next("slack", &card), Next::Edit);
        place.pass(number, &card);
    }
    assert_eq!(place.next("slack", &entry("b", None)), Next::Say);
    place.said(5, &entry("b", None), "m2".into());
    assert_eq!(place.backlog(5), 1);
    let (slot, shown) = place.outdated().unwrap();
    assert_eq!((slot.as_str(), shown.wanted), ("card", 4), "only the newest is shown");
    place.edited(&slot, 4, shown.message, DateTime::default());
    assert_eq!((place.outdated(), place.backlog(5)), (None, 0));
}

#[test]
fn what_came_from_there_is_not_said_there_again() {
    let place = Place::default();
    let line = entry(&format!("say/ana/{}/line", key("slack", "Typed/C1/1.2")), None);
    assert_eq!(place.next("slack", &line), Next::Skip);
    assert_eq!(place.next("slack2", &line), Next::Say);
    assert_eq!(place.next("matrix", &line), Next::Say);
    let answer = entry(&format!("say/ana/{}/answer", key("slack", "1.2")), None);
    assert_eq!(place.next("slack", &answer), Next::Say);
    assert_eq!(place.next("slack", &entry("say/ana/7f/line", None)), Next::Say);
}

#[test]
fn a_pick_right_after_an_edit_counts_for_both() {
    let mut place = Place::default();
    let edited: DateTime<Utc> = DateTime::from_timestamp(1_000, 0).unwrap();
    place.said(1, &entry("a", Some(&CARD)), "m1".into());
    place.pass(2, &entry("b", Some(&CARD)));
    place.edited(&CARD, 2, "m1".into(), edited);
    assert_eq!(place.entries_of("m1", edited + TimeDelta::milliseconds(10)), [2, 1]);
    assert_eq!(place.entries_of("m1", edited + READING), [2]);
    assert_eq!(place.entries_of("m9", edited), [0; 0]);
}

#[test]
fn only_so_many_choices_are_remembered() {
    let mut place = Place::default();
    let button = Button { label: "Ack".into(), command: "ack".into(), style: Style::Normal };
    let offering =
        Entry { post: Post { buttons: vec![button], ..Post::text("x") }, ..entry("a", None) };
    for number in 1..=150 {
        place.said(number, &offering, format!("m{number}").into());
    }
    assert_eq!(place.choices.len(), 100);
    assert_eq!(place.entries_of("m150", DateTime::default()), [150]);
    assert!(place.entries_of("m1", DateTime::default()).is_empty());
}
