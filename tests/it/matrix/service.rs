//! As an application service of a real Synapse: events are pushed, each is taken once.

#![expect(clippy::disallowed_methods, reason = "the platform is heard beside the test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::put;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use warroom::adapters::chat::matrix::{Answer, Matrix, Options, Service, registration};
use warroom::adapters::chat::platform::{Opening, Platform};
use warroom::domain::room::Post;
use warroom::domain::secret::Secret;

use crate::contract::platform::{Notebook, line, saying};
use crate::world::synapse::Synapse;
use crate::world::wait::until;

type Shared = Arc<(Matrix, AtomicUsize)>;

#[tokio::test(flavor = "multi_thread")]
async fn a_synapse_pushes_each_line_once_also_when_it_is_refused_at_first() {
    let folder = tempfile::TempDir::new().unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let service = Service {
        id: "warroom".to_owned(),
        hs_token: Secret::new("hs-secret"),
        sender: "warroom".to_owned(),
        url: url.parse().unwrap(),
    };
    let nowhere = "http://127.0.0.1:1".parse().unwrap();
    let options = Options {
        service: Some(service.clone()),
        ..Options::new(nowhere, Secret::new("as-secret"))
    };
    let file = folder.path().join("registration.yaml");
    std::fs::write(&file, registration(&options, &service)).unwrap();
    let more = format!("app_service_config_files: [{}]", file.display());
    let Some(synapse) = Synapse::start(&more).await else { return };
    let options = Options { homeserver: synapse.url().parse().unwrap(), ..options };
    let shared: Shared = Arc::new((Matrix::new(options).unwrap(), AtomicUsize::new(0)));
    serve(listener, shared.clone());

    let (notebook, stop) = (Arc::new(Notebook::default()), CancellationToken::new());
    let (ears, token, there) = (notebook.clone(), stop.clone(), shared.clone());
    let task = tokio::spawn(async move { there.0.listen(ears, token).await });
    let ana = synapse.person("ana").await;
    let invite = [ana.id.as_str().into()];
    let opening =
        Opening { marker: "m", is_retry: false, name: "inc-1", topic: "A test", invite: &invite };
    let room = shared.0.open(opening).await.unwrap();
    for number in 0..15 {
        let (key, post) = (format!("60.{number}"), Post::text("not limited"));
        shared.0.say(&room.id, saying(&key, &post)).await.unwrap();
    }
    ana.join(&room.id).await;
    ana.types(&room.id, "status").await;
    until("the line is pushed", Duration::from_secs(40), async || {
        notebook.all().iter().any(|heard| line(heard) == Some("status")).then_some(())
    })
    .await;
    let lines = notebook.all().iter().filter(|heard| line(heard) == Some("status")).count();
    assert_eq!(lines, 1);
    let forged = json!({"events": [{"type": "m.room.message", "room_id": room.id.as_str(),
        "sender": ana.id, "event_id": "$x", "content": {"msgtype": "m.text", "body": "forged"}}]});
    for token in [None, Some(""), Some("as-secret"), Some("hs-secre")] {
        assert_eq!(shared.0.transaction(token, "t", &forged).await, Answer::Stranger);
    }
    stop.cancel();
    task.await.unwrap();
    assert_eq!(shared.0.transaction(Some("hs-secret"), "u", &forged).await, Answer::Later);
}

/// The door of a server that answers the first transaction with an error.
fn serve(listener: tokio::net::TcpListener, shared: Shared) {
    let door = put(
        async |State(shared): State<Shared>,
               Path(id): Path<String>,
               headers: HeaderMap,
               Json(body): Json<Value>| {
            let token = headers.get("authorization").and_then(|it| it.to_str().ok());
            let token = token.and_then(|token| token.strip_prefix("Bearer "));
            let answer = shared.0.transaction(token, &id, &body).await;
            match shared.1.fetch_add(1, Ordering::Relaxed) {
                0 => (StatusCode::BAD_GATEWAY, Json(json!({}))),
                _ if answer == Answer::Taken => (StatusCode::OK, Json(json!({}))),
                _ => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({}))),
            }
        },
    );
    let router = Router::new().route("/_matrix/app/v1/transactions/{id}", door).with_state(shared);
    tokio::spawn(async move { axum::serve(listener, router).await });
}
