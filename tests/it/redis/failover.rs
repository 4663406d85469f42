//! Masters that go, and replicas that do not follow.

use std::time::{Duration, Instant};

use warroom::brain::redis::{Options, Replicas};
use warroom::brain::{At, Brain, Error};

use super::open;
use crate::contract::brain::story::{Story, note, one, whole};
use crate::world::redis::{Server, Trio, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_17_a_write_that_no_replica_has_does_not_count() {
    let master = Server::start(&["--repl-diskless-sync-delay", "0"]);
    let follows = format!("127.0.0.1 {}", master.port);
    let replica = Server::start(&["--replicaof", &follows]);
    let begin = Instant::now();
    while !master.cli(&["INFO", "replication"]).contains("state=online") {
        assert!(begin.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let options = Options { barrier: Duration::from_secs(1), ..options() };
    let brain = open(&master.url(), &options).await.unwrap();
    assert_eq!(brain.health().await.unwrap().replicas, 1);
    let mut story = Story::begun(&brain, "cms").await;
    replica.process.signal("STOP");
    let commit = story.next(vec![note("a")]);
    let error = one(&brain, commit.clone()).await.unwrap_err();
    assert!(matches!(&error, Error::Away(why) if why.contains("barrier not met")), "{error}");
    replica.process.signal("CONT");
    one(&brain, commit).await.unwrap();
    assert_eq!(whole(&brain, At::Case(story.case)).await, Some(story.loaded()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_17_a_barrier_may_be_demanded_where_no_replica_is() {
    let server = Server::start(&[]);
    let options = Options {
        replicas: Replicas::Exactly(1),
        barrier: Duration::from_millis(100),
        ..options()
    };
    let brain = open(&server.url(), &options).await.unwrap();
    let mut story = Story::of(&brain, "cms");
    let error = one(&brain, story.begin(Vec::new())).await.unwrap_err();
    assert!(matches!(&error, Error::Away(why) if why.contains("0 of 1 replicas")), "{error}");
}

/// Everything acknowledged is there afterwards, and nobody had to do anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_22_a_killed_master_is_replaced_without_an_operator() {
    let mut trio = Trio::start();
    let brain = open(&trio.url(), &options()).await.unwrap();
    assert_eq!(brain.health().await.unwrap().replicas, 1);
    let before = brain.position().await.unwrap();
    let mut story = Story::begun(&brain, "cms").await;
    for n in 0..20 {
        one(&brain, story.next(vec![note(&n.to_string())])).await.unwrap();
    }
    trio.servers[0].process.kill9();
    let commit = story.next(vec![note("on the new master")]);
    let begin = Instant::now();
    while let Err(error) = one(&brain, commit.clone()).await {
        assert!(matches!(error, Error::Away(_)), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(15), "{error}");
    }
    println!("writable again after {:?}", begin.elapsed());
    assert_eq!(whole(&brain, At::Case(story.case)).await, Some(story.loaded()));
    assert_eq!(brain.events(story.case, 1, 100).await.unwrap(), story.events);
    let after = brain.position().await.unwrap();
    assert_eq!((after.sequence, after.id), (before.sequence + 22, before.id));
    assert_ne!(after.replid, before.replid);
    assert!(!trio.sentinel(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "brain"]).is_empty());
}
