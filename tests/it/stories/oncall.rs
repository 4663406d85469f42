//! Phones ring by schedules and policies: whose, by what, when, and when no more.

use chrono::TimeDelta;
use warroom::domain::access::{Directory, Person};
use warroom::domain::oncall::{Reach, Way};

use crate::world::story::{Setup, World, minutes};

/// A week of Ana, then Cat and the managers; who takes it has half an hour.
const RULES: &str = r##"
[[rule]]
name     = "disk"
match    = 'alertname="disk_full"'
group_by = ["instance"]
severity = "sev2"
title    = "{{ labels.instance }} runs out of disk"
room     = { name = "inc-{{ number }}", invite = ["oncall:db", "team:web"] }
page     = "db"

[[schedule]]
name = "db"
zone = "Europe/Berlin"
room = "#dbas"
[[schedule.layer]]
people = ["ana"]
[[schedule.layer]]
people = ["eve"]
shadow = true

[[policy]]
name        = "db"
repeat      = 0
stale_after = "30m"
[[policy.step]]
page  = ["oncall:db"]
after = "5m"
[[policy.step]]
page     = ["@ben"]
after    = "5m"
severity = ["sev1"]
[[policy.step]]
page  = ["@cat", "#management"]
after = "10m"
"##;

fn person(ways: &[(&str, i64)]) -> Person {
    let way = |(pager, after): &(&str, i64)| Way {
        pager: (*pager).into(),
        address: "somewhere".into(),
        after: TimeDelta::minutes(*after),
        severity: Vec::new(),
    };
    let reach = Reach { ways: ways.iter().map(way).collect(), ..Reach::default() };
    Person { reach, ..Person::default() }
}

async fn world() -> World {
    let mut setup = Setup::new(RULES);
    setup.directory = Directory {
        people: [
            ("ana".into(), person(&[("push", 0), ("call", 2)])),
            ("ben".into(), person(&[("push", 0)])),
            ("cat".into(), person(&[("push", 0)])),
        ]
        .into(),
        teams: [("web".into(), ["ana".into(), "cat".into()].into())].into(),
        ..Directory::default()
    };
    World::with(setup).await
}

fn opens(world: &World) {
    world.phone("ana/push").rings("step 1, sev2: #1 db1 runs out of disk");
    world.room("inc-1").opens("[@ana @eve @cat]");
    world.room("inc-1").shows("Nobody has taken it yet");
}

#[tokio::test]
async fn push_comes_first_then_the_call_then_the_next_step() {
    let mut world = world().await;
    world.fire("disk_full on db1").await;
    opens(&world);
    world.is_quiet();
    world.pass(minutes(2)).await;
    world.phone("ana/call").rings("step 1");
    world.is_quiet();
    world.pass(minutes(3)).await;
    world.phone("cat/push").rings("step 3, sev2");
    world.room("management").hears("#1 db1 runs out of disk");
    world.is_quiet();
    world.pass(minutes(10)).await;
    world.room("inc-1").hears("nobody has answered");
    world.room("ops").hears("nobody has answered");
    world.room("inc-1").shows("Nobody has answered");
    for phone in ["ana/push", "ben/push", "cat/push"] {
        world.phone(phone).rings("nobody has answered");
    }
    world.pass(minutes(120)).await;
    world.is_quiet();
}

#[tokio::test]
async fn who_takes_it_is_not_called_again_until_that_is_stale() {
    let mut world = world().await;
    world.fire("disk_full on db1").await;
    opens(&world);
    world.pass(minutes(1)).await;
    world.says("ana", "ack", 1).await;
    world.room("inc-1").shows("ana has taken it");
    world.pass(minutes(29)).await;
    world.is_quiet();
    world.pass(minutes(1)).await;
    world.room("inc-1").hears("ana took this a while ago");
    world.room("inc-1").shows("Nobody has taken it yet");
    world.phone("ana/push").rings("step 1");
    world.is_quiet();
    world.says("ana", "ack", 1).await;
    world.room("inc-1").shows("ana has taken it");
    world.pass(minutes(20)).await;
    world.says("ana", "ack", 1).await;
    world.pass(minutes(29)).await;
    world.room("inc-1").shows("ana has taken it");
    world.is_quiet();
}

#[tokio::test]
async fn everybody_who_was_called_hears_of_the_end() {
    let mut world = world().await;
    world.fire("disk_full on db1").await;
    opens(&world);
    world.pass(minutes(5)).await;
    world.transcript();
    world.clears("disk_full on db1").await;
    for phone in ["ana/push", "ana/call", "cat/push"] {
        world.phone(phone).is_told("all alerts have cleared");
    }
    world.transcript();
    world.pass(minutes(60)).await;
    world.is_quiet();
}

#[tokio::test]
async fn whoever_stands_in_is_woken() {
    let mut world = world().await;
    let said = world.types_alone("override db @cat 2h").await;
    let text = said["post"]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("cat is on call in db from Sun 22 Nov 04:00 CET"), "{text}");
    let said = world.types_alone("who is on call").await;
    let text = said["post"]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("db: cat (stands in) until Sun 22 Nov 06:00 CET, then ana"), "{text}");
    world.pass(minutes(1)).await;
    assert_eq!(world.heard("dbas").await.len(), 1, "the hand-off is said once");
    world.fire("disk_full on db1").await;
    world.phone("cat/push").rings("step 1");
    world.transcript();
}

#[tokio::test]
async fn people_can_be_called_by_name_and_the_next_step_at_once() {
    let mut world = world().await;
    world.fire("disk_full on db1").await;
    opens(&world);
    world.types("1", "page @ben").await;
    world.phone("ben/push").rings("#1 db1");
    world.room("inc-1").hears("operator called @ben: ben is paged now");
    world.is_quiet();
    world.types("1", "escalate").await;
    world.phone("cat/push").rings("step 3");
    world.room("management").hears("#1 db1");
    world.pass(minutes(1)).await;
    world.room("inc-1").shows("Nobody has taken it yet");
    world.is_quiet();
    let said = world.types("1", "page @eva").await;
    assert_eq!(said["outcome"], "misunderstood", "{said}");
    world.is_quiet();
}

#[tokio::test]
async fn a_storm_of_incidents_is_not_a_storm_of_pages() {
    let mut world = world().await;
    let names: Vec<String> = (1..=8).map(|host| format!("disk_full on db{host}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    world.fire_all(&names).await;
    let rung = world.transcript();
    assert_eq!(rung.matches("phone ana/push").count(), 3, "{rung}");
    for number in 1..=8 {
        world.says("ana", "ack", number).await;
    }
    world.transcript();
    world.pass(minutes(4)).await;
    let rung = world.transcript();
    assert_eq!(rung.matches("phone ana/push").count(), 1, "{rung}");
    assert!(rung.contains("4 more for you:"), "{rung}");
    world.pass(minutes(20)).await;
    let rung = world.transcript();
    assert_eq!(rung.matches("phone ana/push").count(), 0, "{rung}");
}

#[tokio::test]
async fn a_crash_in_the_night_loses_no_call() {
    let mut world = world().await;
    world.fire("disk_full on db1").await;
    opens(&world);
    world.crash().await;
    world.pass(minutes(2)).await;
    world.phone("ana/call").rings("step 1");
    world.crash().await;
    world.pass(minutes(3)).await;
    world.phone("cat/push").rings("step 3");
    world.transcript();
}
