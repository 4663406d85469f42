//! Live events: nothing is lost or doubled, whatever becomes of the connection.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::Method;

use super::RULES;
use super::house::{Heard, House, Live, card};

const LINES: u64 = 120;

fn number(heard: &Heard) -> u64 {
    heard.data["n"].as_u64().unwrap()
}

async fn line(house: &House, n: u64) {
    house.running.engine.tell_ops(&format!("id {n}"), format!("line {n}")).await;
}

/// Reads a room through connections that are cut again and again. The browser sends the same address
/// each time, with the id of the last event that it has.
async fn read_through_cuts(house: &House) -> (Vec<(u64, String)>, usize) {
    let (mut seen, mut last, mut cuts) = (Vec::new(), None::<String>, 0);
    while seen.len() < LINES as usize {
        let mut live = house.live("room=ops&from=1", last.as_deref()).await;
        let wanted = (7 + cuts % 5).min(LINES as usize - seen.len());
        for _ in 0..wanted {
            let heard = live.next_of("entry").await;
            seen.push((number(&heard), heard.data["post"]["text"].as_str().unwrap().to_owned()));
            last = heard.id;
        }
        cuts += 1;
    }
    (seen, cuts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_connection_loses_and_doubles_nothing() {
    let house = House::start(RULES).await;
    line(&house, 1).await;
    let writing = async {
        for n in 2..=LINES {
            line(&house, n).await;
            tokio::task::yield_now().await;
        }
    };
    let ((), (seen, cuts)) = tokio::join!(writing, read_through_cuts(&house));
    let wanted: Vec<(u64, String)> = (1..=LINES).map(|n| (n, format!("line {n}"))).collect();
    assert_eq!(seen, wanted);
    assert!(cuts > 8, "{cuts} cuts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_see_the_same() {
    let house = House::start(RULES).await;
    let mut tabs = [house.live("room=ops", None).await, house.live("room=ops&from=1", None).await];
    for n in 1..=20 {
        line(&house, n).await;
    }
    let hear = async |live: &mut Live| {
        let mut numbers = Vec::new();
        while numbers.len() < 20 {
            numbers.push(number(&live.next_of("entry").await));
        }
        numbers
    };
    let [one, two] = &mut tabs;
    let (one, two) = tokio::join!(hear(one), hear(two));
    assert_eq!((&one, one.len()), (&two, 20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_hears_of_incidents_and_of_the_room_that_opens() {
    let house = House::start(RULES).await;
    let mut live = house.live("", None).await;
    house.fire(&[vec![("alertname", "Slow"), ("service", "cms")]]).await;
    let heard = live.next_of("incidents").await;
    assert_eq!(heard.data["number"], 1);
    assert!(heard.data["version"].as_u64().unwrap() >= 2);
    let mut room = house.live("room=1&from=1", None).await;
    let first = room.next_of("entry").await;
    assert_eq!((first.id.as_deref(), number(&first)), (Some("1:1"), 1));
    while card(std::slice::from_ref(&room.next_of("entry").await.data)).is_none() {}
    let none = house.send(Method::GET, "/api/v1/live?room=nowhere", None).await;
    assert_eq!(none.status(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_end_with_the_server() {
    let house = House::start(RULES).await;
    let mut live = house.live("room=ops", None).await;
    house.stop.cancel();
    assert_eq!(live.next().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn there_are_only_so_many_streams_and_a_closed_one_makes_room() {
    let house = House::start(RULES).await;
    let mut open = join_all((0..400).map(|_| house.live("", None))).await;
    let refused = house.send(Method::GET, "/api/v1/live", None).await;
    assert_eq!(refused.status(), 503);
    // Everybody else is still served.
    house.json("/api/v1/rooms").await;
    open.truncate(390);
    let again = crate::world::wait::until("a place is free", super::house::SOON, async || {
        let answer = house.send(Method::GET, "/api/v1/live", None).await;
        (answer.status() == 200).then_some(answer)
    });
    drop(again.await);
    line(&house, 1).await;
    let numbers: BTreeSet<u16> = open.iter().map(Live::status).collect();
    assert_eq!(numbers, BTreeSet::from([200]));
}
