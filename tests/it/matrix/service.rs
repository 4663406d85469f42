//! As an application service of a real Synapse: events are pushed, each is taken once.

#![expect(clippy::disallowed_methods, reason = "the platform is heard beside the test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::put;
use serde_json::json;
use warroom::adapters::chat::matrix::{Matrix, Options, Service, registration};
use warroom::adapters::chat::platform::{Call, Opening, Platform};
use warroom::domain::room::Post;
use warroom::domain::secret::Secret;

use crate::contract::platform::{Notebook, line, saying};
use crate::world::synapse::Synapse;
use crate::world::wait::until;

type Shared = Arc<(Matrix, AtomicUsize, Notebook)>;

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
    let matrix = Matrix::new(options).unwrap();
    let shared: Shared = Arc::new((matrix, AtomicUsize::new(0), Notebook::default()));
    serve(listener, shared.clone());
    let notebook = &shared.2;
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
    assert_eq!(lines_of(notebook, "status"), 1);
    let forged = json!({"events": [{"type": "m.room.message", "room_id": room.id.as_str(),
        "sender": ana.id, "event_id": "$x", "content": {"msgtype": "m.text", "body": "forged"}}]});
    let forged = forged.to_string();
    for token in [None, Some("Bearer "), Some("Bearer as-secret"), Some("Bearer hs-secre")] {
        let path = "transactions/t";
        assert_eq!(put_at(&shared, path, token, forged.as_bytes()).await, 403, "{token:?}");
    }
    assert_eq!(lines_of(notebook, "forged"), 0);
    assert_eq!(put_at(&shared, "transactions/u", Some("Bearer hs-secret"), b"{").await, 400);
}

fn lines_of(notebook: &Notebook, text: &str) -> usize {
    notebook.all().iter().filter(|heard| line(heard) == Some(text)).count()
}

/// What the platform answers to a transaction.
async fn put_at(shared: &Shared, path: &str, token: Option<&str>, body: &[u8]) -> u16 {
    let token = token.map(ToOwned::to_owned);
    let header = move |name: &str| token.clone().filter(|_| name == "authorization");
    let call = Call { method: "PUT", path, query: "", header: &header, body };
    shared.0.hook(call, &shared.2).await.status
}

/// The door of a server that answers the first transaction with an error.
fn serve(listener: tokio::net::TcpListener, shared: Shared) {
    let door = put(
        async |State(shared): State<Shared>,
               Path(id): Path<String>,
               headers: HeaderMap,
               body: Bytes| {
            let token = headers.get("authorization").and_then(|it| it.to_str().ok());
            let status = put_at(&shared, &format!("transactions/{id}"), token, &body).await;
            match shared.1.fetch_add(1, Ordering::Relaxed) {
                0 => (StatusCode::BAD_GATEWAY, "{}"),
                _ => (StatusCode::from_u16(status).unwrap(), "{}"),
            }
        },
    );
    let router = Router::new().route("/_matrix/app/v1/transactions/{id}", door).with_state(shared);
    tokio::spawn(async move { axum::serve(listener, router).await });
}
