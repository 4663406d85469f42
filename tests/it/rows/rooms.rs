//! What is said in a room keeps its order, whatever each call takes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use warroom::domain::ids::Number;
use warroom::domain::incident::{Command, Effect, Receipt, Target};
use warroom::engine::outside::Failure;

use super::lab::{Lab, Played, brain};
use crate::world::wait::pass;

/// An outside whose chat takes each line at the second try only, and slowly; it notes what arrived
/// in the incident's room, in order.
fn reluctant(arrived: &Arc<Mutex<Vec<&'static str>>>) -> Arc<Played> {
    let arrived = arrived.clone();
    Played::new(move |order| {
        let arrived = arrived.clone();
        let is_in_room = match &order.effect {
            Effect::Post { to, .. } => matches!(to, Target::Room(_)),
            effect => effect.kind() == "close_room",
        };
        Box::pin(async move {
            if order.effect.kind() == "post" && order.attempt == 1 {
                let why = "try later".to_owned();
                return Err(Failure::Retry { why, after: None });
            }
            if order.effect.kind() == "post" {
                pass(Duration::from_millis(100)).await;
            }
            if is_in_room {
                arrived.lock().unwrap().push(order.effect.kind());
            }
            Ok(Receipt { id: "room".into(), at: None })
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_word_comes_before_the_archive() {
    let (brain, _folder) = brain();
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let outside = reluctant(&arrived);
    let lab = Lab::start(&brain, &outside).await;
    lab.fire(["cms".to_owned()]).await;
    lab.until("the room is open", async || outside.count("open_room") == 1).await;
    lab.until("the card is there", async || arrived.lock().unwrap().len() == 1).await;
    lab.engine.ask(Number(1), "ana".into(), Command::Resolve).await.unwrap();
    lab.until("the room is closed", async || arrived.lock().unwrap().contains(&"close_room")).await;
    // Longer than another try of a line.
    pass(Duration::from_secs(3)).await;
    let arrived = arrived.lock().unwrap();
    assert_eq!(arrived.last(), Some(&"close_room"), "{arrived:?}");
    assert!(arrived.len() >= 3, "nothing was said at the end: {arrived:?}");
}
