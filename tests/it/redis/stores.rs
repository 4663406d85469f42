//! Who may open what: users, passwords, encryption, prefixes.

use std::process::Command;

use warroom::brain::redis::Options;
use warroom::brain::{Brain, Change, Error};
use warroom::domain::secret::Secret;

use super::open;
use crate::contract::brain::story::{Story, note, one};
use crate::world::redis::{Server, options};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acl_user_without_config_works_with_a_warning() {
    let server = Server::start(&[]);
    let user = ["ACL", "SETUSER", "war", "on", ">se@cret", "~*", "&*", "+@all", "-config"];
    assert_eq!(server.cli(&user), "OK");
    let url = server.url().replace("redis://", "redis://war:se%40cret@");
    let brain = open(&url, &options()).await.unwrap();
    let health = brain.health().await.unwrap();
    assert!(health.warnings.iter().any(|warning| warning.contains("hides its settings")));
    assert!(!format!("{brain:?} {health:?}").contains("cret"));
    let wrong = Options { password: Some(Secret::new("guess")), ..options() };
    let error = open(&url, &wrong).await.unwrap_err();
    assert!(matches!(&error, Error::Unusable(why) if !why.contains("guess")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_prefixes_are_two_brains() {
    let server = Server::start(&[]);
    let (one_brain, other) = (
        open(&server.url(), &options()).await.unwrap(),
        open(&server.url(), &options()).await.unwrap(),
    );
    assert_ne!(one_brain.id(), other.id());
    one_brain.next_number().await.unwrap();
    assert_eq!(other.last_number().await.unwrap().0, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_shards_is_fixed_at_birth() {
    let server = Server::start(&[]);
    let options = Options { shards: 8, ..options() };
    assert_eq!(open(&server.url(), &options).await.unwrap().shards(), 8);
    let later = Options { shards: 64, ..options };
    assert_eq!(open(&server.url(), &later).await.unwrap().shards(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_aof_is_warned_of() {
    let plain = Server::start(&[]);
    let brain = open(&plain.url(), &options()).await.unwrap();
    let warnings = brain.health().await.unwrap().warnings.join("\n");
    assert!(warnings.contains("appendonly is off"), "{warnings}");
    let safe = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let brain = open(&safe.url(), &options()).await.unwrap();
    let warnings = brain.health().await.unwrap().warnings.join("\n");
    assert!(!warnings.contains("append"), "{warnings}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_is_told_that_it_missed_something() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let brain = open(&server.url(), &options()).await.unwrap();
    let mut story = Story::begun(&brain, "cms").await;
    let mut changes = brain.watch();
    server.process.kill9();
    server.restart();
    while changes.recv().await.unwrap() != Change::Lagged {}
    one(&brain, story.next(vec![note("heard")])).await.unwrap();
    while changes.recv().await.unwrap() != Change::Case(story.case, 3) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_redis_is_trusted_by_its_certificate_alone() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (key, cert) = (folder.path().join("key.pem"), folder.path().join("cert.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext"])
        .args(["subjectAltName=DNS:localhost", "-addext", "basicConstraints=CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
        .unwrap();
    assert!(made.status.success());
    let port = crate::world::process::free_port().to_string();
    let (key, cert) = (key.display().to_string(), cert.display().to_string());
    let _server = Server::start(&[
        "--tls-port",
        &port,
        "--tls-cert-file",
        &cert,
        "--tls-key-file",
        &key,
        "--tls-auth-clients",
        "no",
    ]);
    let url = format!("rediss://localhost:{port}");
    let trusted = Some(std::fs::read(&cert).unwrap());
    let brain = open(&url, &Options { trusted, ..options() }).await.unwrap();
    assert_eq!(brain.next_number().await.unwrap().0, 1);
    let error = open(&url, &options()).await.unwrap_err();
    assert!(matches!(error, Error::Away(_) | Error::Unusable(_)), "{error}");
}
