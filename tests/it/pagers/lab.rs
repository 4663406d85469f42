//! A server with two people, two pagers that hear, and one open incident.

use std::sync::Arc;

use chrono::Utc;
use url::Url;
use warroom::adapters::http;
use warroom::adapters::pagers::Pager;
use warroom::adapters::pagers::webhook::Webhook;
use warroom::adapters::signature::Signed;
use warroom::domain::access::{Directory, Grant, Person, Rights, Subject};
use warroom::domain::secret::Secret;
use warroom::server::{Options, Pagers};

use crate::server::lab as server;

/// The secret of the pager `hook`.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) struct Lab {
    pub(crate) server: server::Lab,
}

/// An incident about a full disk is open and nobody has taken it.
pub(crate) async fn lab() -> Lab {
    let options = Options {
        pagers: pagers(),
        external_url: Some(Url::parse("https://warroom.example.org/").unwrap()),
        ..Options::default()
    };
    let server = server::Lab::with(options).await;
    server.engine.admit(directory());
    let alert = r#"[{"labels": {"alertname": "DiskFull", "instance": "db1"}}]"#;
    let (status, text) = server.post("/api/v2/alerts", alert).await;
    assert_eq!(status, 200, "{text}");
    Lab { server }
}

/// Who has taken the incident.
pub(crate) async fn is_taken_by(lab: &Lab) -> Option<String> {
    let incident = lab.server.json("/api/v1/incidents/1").await;
    incident["acknowledged_by"].as_str().map(str::to_owned)
}

fn pagers() -> Pagers {
    let url = Url::parse("http://127.0.0.1:1/").unwrap();
    let hook = |secret: Option<&str>| -> Arc<dyn Pager> {
        let secret = secret.map(Secret::new);
        let signed = Signed::new(http::client().unwrap(), url.clone(), secret, now);
        Arc::new(Webhook::new(signed))
    };
    Pagers {
        named: [("hook".into(), hook(Some(SECRET))), ("mute".into(), hook(None))].into(),
        people: [(("hook".into(), "+4915112345678".into()), "ana".into())].into(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the pager signs at the real time")]
fn now() -> chrono::DateTime<Utc> {
    Utc::now()
}

fn directory() -> Directory {
    let grant = Grant {
        subject: Subject::Everybody,
        verbs: vec!["*".into()],
        resources: vec!["*".into()],
        until: None,
        environments: Vec::new(),
        denies: false,
        origin: "test".into(),
    };
    Directory {
        people: ["ana", "ben"].map(|name| (name.into(), Person::default())).into(),
        rights: Arc::new(Rights { grants: vec![grant] }),
        ..Directory::default()
    }
}
