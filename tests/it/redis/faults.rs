//! A single Redis that is slow, full, read-only, forgetful or asked by many.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use warroom::brain::redis::{Options, Redis};
use warroom::brain::{At, Brain, Error};

use super::open;
use crate::contract::brain::story::{Story, at, lease, note, one, post, whole};
use crate::world::redis::{Server, options};

/// Calls give up quickly, so that tests of what never answers are quick.
fn hasty() -> Options {
    Options {
        deadline: Duration::from_millis(400),
        barrier: Duration::from_millis(200),
        ..options()
    }
}

async fn begun(server: &Server, options: &Options) -> (Redis, Story) {
    let brain = open(&server.url(), options).await.unwrap();
    let story = Story::begun(&brain, "cms").await;
    (brain, story)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_15_a_script_whose_answer_was_lost_is_not_run_twice() {
    let server = Server::start(&[]);
    let (brain, mut story) = begun(&server, &hasty()).await;
    let mut commit = story.order(vec![post("once")]);
    commit.lease = Some(lease(60));
    server.cli(&["CLIENT", "PAUSE", "700", "ALL"]);
    let lost = one(&brain, commit.clone()).await;
    assert!(matches!(lost, Err(Error::Away(_))), "{lost:?}");
    tokio::time::sleep(Duration::from_millis(400)).await;
    let claimed = one(&brain, commit.clone()).await.unwrap().claimed;
    assert_eq!((claimed.len(), claimed[0].attempt), (1, 1));
    assert_eq!(one(&brain, commit).await.unwrap().claimed, claimed);
    assert_eq!(whole(&brain, At::Case(story.case)).await, Some(story.loaded()));
    assert_eq!(brain.events(story.case, 1, 100).await.unwrap(), story.events);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_15_an_entry_whose_answer_was_lost_has_one_number() {
    let server = Server::start(&[]);
    let brain = open(&server.url(), &hasty()).await.unwrap();
    let append = |id: &str| brain.append("room/1".into(), id.into(), b"said".to_vec());
    assert_eq!(append("a").await, Ok(1));
    server.cli(&["SCRIPT", "FLUSH"]);
    assert_eq!(append("b").await, Ok(2));
    server.cli(&["CLIENT", "PAUSE", "700", "ALL"]);
    let lost = append("c").await;
    assert!(matches!(lost, Err(Error::Away(_))), "{lost:?}");
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(append("c").await, Ok(3));
    assert_eq!(append("d").await, Ok(4));
    assert_eq!(brain.read("room/1".into(), 1, 9).await.unwrap().len(), 4);
    brain.discard("room/1".into()).await.unwrap();
    assert_eq!(server.cli(&["KEYS", "*:log:*"]), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_16_a_rolled_back_store_is_seen_by_its_position() {
    let mut server = Server::start(&[]);
    let options = hasty();
    let (brain, mut story) = begun(&server, &options).await;
    server.cli(&["SAVE"]);
    one(&brain, story.next(vec![note("acknowledged, and lost")])).await.unwrap();
    let before = brain.position().await.unwrap();
    server.process.kill9();
    server.restart();
    let brain = open(&server.url(), &options).await.unwrap();
    let after = brain.position().await.unwrap();
    assert_eq!(before.id, after.id);
    assert_eq!(before.sequence, after.sequence + 1);
    assert_ne!(before.replid, after.replid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_19_a_redis_that_evicts_is_refused() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    let error = open(&server.url(), &options()).await.unwrap_err();
    assert!(matches!(&error, Error::Unusable(why) if why.contains("noeviction")), "{error}");
    assert_eq!(server.cli(&["DBSIZE"]), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_19_a_store_that_lost_its_id_to_eviction_is_refused() {
    let server = Server::start(&[]);
    let options = options();
    drop(begun(&server, &options).await);
    server.cli(&["DEL", &format!("{{{}}}:meta", options.prefix)]);
    let error = open(&server.url(), &options).await.unwrap_err();
    assert!(error.to_string().contains("lost its id"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_20_a_redis_that_forgot_everything_is_no_new_store() {
    let server = Server::start(&[]);
    let mut options = options();
    let (brain, _) = begun(&server, &options).await;
    server.cli(&["FLUSHALL"]);
    assert_eq!(brain.position().await.unwrap().id, "");
    options.expect_id = Some(brain.id().to_owned());
    let error = open(&server.url(), &options).await.unwrap_err();
    assert!(error.to_string().contains("forgotten everything"), "{error}");
    options.expect_id = None;
    let other = open(&server.url(), &options).await.unwrap();
    options.expect_id = Some(brain.id().to_owned());
    let error = open(&server.url(), &options).await.unwrap_err();
    assert!(error.to_string().contains(other.id()), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_21_a_slow_redis_costs_a_deadline_and_no_more() {
    let server = Server::start(&[]);
    let (brain, story) = begun(&server, &hasty()).await;
    server.cli(&["CLIENT", "PAUSE", "1200", "ALL"]);
    let begin = Instant::now();
    let calls = join_all((0..200).map(|_| brain.next_due())).await;
    assert!(calls.iter().all(|answer| matches!(answer, Err(Error::Away(_)))));
    assert!(begin.elapsed() < Duration::from_millis(1000), "{:?}", begin.elapsed());
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(whole(&brain, At::Case(story.case)).await, Some(story.loaded()));
    let clients = server.cli(&["INFO", "clients"]);
    let connected = clients.lines().find_map(|line| line.strip_prefix("connected_clients:"));
    assert!(connected.unwrap().trim().parse::<u32>().unwrap() < 10, "{clients}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_22_a_lost_script_cache_is_filled_again() {
    let server = Server::start(&[]);
    let (brain, mut story) = begun(&server, &hasty()).await;
    server.cli(&["SCRIPT", "FLUSH"]);
    let two = vec![story.next(vec![note("a")]), story.next(vec![note("b")])];
    assert!(brain.commit(two).await.iter().all(Result::is_ok));
    assert_eq!(whole(&brain, At::Case(story.case)).await, Some(story.loaded()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_22_a_master_that_became_a_replica_is_not_written_to() {
    let server = Server::start(&[]);
    let (brain, mut story) = begun(&server, &hasty()).await;
    server.cli(&["REPLICAOF", "127.0.0.1", "1"]);
    let commit = story.next(vec![note("a")]);
    let error = one(&brain, commit.clone()).await.unwrap_err();
    assert!(matches!(&error, Error::Away(_)), "{error}");
    server.cli(&["REPLICAOF", "NO", "ONE"]);
    one(&brain, commit).await.unwrap();
    assert_eq!(whole(&brain, At::Case(story.case)).await, Some(story.loaded()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_22_a_full_redis_writes_nothing_and_recovers() {
    let server = Server::start(&[]);
    let (brain, mut story) = begun(&server, &hasty()).await;
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let before = story.loaded();
    let commit = story.next(vec![note("a")]);
    let error = one(&brain, commit.clone()).await.unwrap_err();
    assert!(matches!(&error, Error::Full(_)), "{error}");
    assert_eq!(whole(&brain, At::Case(story.case)).await, Some(before));
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    one(&brain, commit).await.unwrap();
    assert_eq!(whole(&brain, At::Case(story.case)).await, Some(story.loaded()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_22_a_busy_redis_is_waited_for() {
    let server = Server::start(&["--busy-reply-threshold", "20"]);
    let (brain, mut story) = begun(&server, &options()).await;
    let port = server.port;
    let busy = std::thread::spawn(move || {
        crate::world::redis::cli(port, &["EVAL", "while true do end", "0"])
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let commit = story.next(vec![note("a")]);
    let killing = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.cli(&["SCRIPT", "KILL"])
    };
    let (answer, killed) = tokio::join!(one(&brain, commit), killing);
    assert_eq!((answer, killed.as_str()), (Ok(Default::default()), "OK"));
    busy.join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_23_other_products_and_newer_versions_are_refused() {
    let server = Server::start(&[]);
    let options = options();
    let meta = format!("{{{}}}:meta", options.prefix);
    drop(begun(&server, &options).await);
    for (field, value, wanted) in
        [("schema", "99", "newer version"), ("product", "othertool", "belong to othertool")]
    {
        server.cli(&["HSET", &meta, field, value]);
        let error = open(&server.url(), &options).await.unwrap_err();
        assert!(matches!(&error, Error::Unusable(why) if why.contains(wanted)), "{error}");
    }
    server.cli(&["SET", &meta, "x"]);
    let error = open(&server.url(), &options).await.unwrap_err();
    assert!(error.to_string().contains("another key prefix"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_24_of_eight_claimers_one_gets_each_row() {
    let server = Server::start(&[]);
    let options = options();
    let url = server.url();
    let opened = (0..8).map(|_| open(&url, &options));
    let brains: Vec<Arc<Redis>> =
        join_all(opened).await.into_iter().map(|brain| Arc::new(brain.unwrap())).collect();
    for n in 0..60 {
        let mut story = Story::begun(&*brains[0], &format!("group-{n}")).await;
        one(&*brains[0], story.order(vec![post("x"), post("y")])).await.unwrap();
    }
    let claims = brains.iter().map(|brain| brain.claim(at(1), 40, lease(60)));
    let rows: Vec<_> = join_all(claims).await.into_iter().flat_map(Result::unwrap).collect();
    let names: BTreeSet<_> = rows.iter().map(|claimed| claimed.row).collect();
    assert_eq!((rows.len(), names.len()), (120, 120));
}
