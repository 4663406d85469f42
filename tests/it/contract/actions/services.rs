//! Back ends over HTTP: stand-ins that refuse what the vendors refuse, and what the actions make of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;
use warroom::adapters::actions::Action;
use warroom::adapters::actions::github_actions::GithubActions;
use warroom::adapters::actions::http::Http;
use warroom::adapters::actions::jenkins::Jenkins;
use warroom::adapters::actions::recipe::Recipe;
use warroom::adapters::actions::service::{Service, Services};
use warroom::adapters::api::{Api, Options, Proof};
use warroom::domain::run::{Assignment, Ending, Filled};
use warroom::domain::secret::Secret;

use super::lab::{Lab, assignment, text};

/// What a stand-in answers: by method and path with query, and what it was sent.
type Script = fn(&str, &HeaderMap, &[u8], usize) -> Response;

#[derive(Clone)]
struct Stand {
    script: Script,
    calls: Arc<Mutex<Vec<String>>>,
}

struct Back {
    lab: Lab,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Back {
    /// Starts a stand-in, and an executor that calls it `svc`.
    async fn new(script: Script) -> Self {
        let calls = Arc::new(Mutex::default());
        let stand = Stand { script, calls: Arc::clone(&calls) };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(stand);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let url = Url::parse(&format!("http://{address}/base")).unwrap();
        let proof = Proof::Bearer(Secret::new("hunter2-the-secret"));
        let api = Api::new(Options { proof, ..Options::new(url) }).unwrap();
        let mut services = Services::default();
        services.add("svc", Service::new(api));
        let services = Arc::new(services);
        let mut actions: Vec<Arc<dyn Action>> = vec![
            Arc::new(Http::new(services.clone())),
            Arc::new(Jenkins::new(services.clone())),
            Arc::new(GithubActions::new(services.clone())),
        ];
        for recipe in Recipe::all(&services).unwrap() {
            actions.push(Arc::new(recipe));
        }
        Self { lab: Lab::with(TempDir::new().unwrap(), actions), calls }
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// Calls that change something.
    fn changes(&self) -> usize {
        self.calls().iter().filter(|call| !call.starts_with("GET ")).count()
    }
}

async fn answer(
    State(stand): State<Stand>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if headers.get("authorization").is_none_or(|value| value != "Bearer hunter2-the-secret") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let path = uri.to_string();
    let call = format!("{method} {}", path.strip_prefix("/base").unwrap_or(&path));
    let before = {
        let mut calls = stand.calls.lock().unwrap();
        calls.push(call.clone());
        calls.iter().filter(|it| **it == call).count() - 1
    };
    (stand.script)(&call, &headers, &body, before)
}

fn json(value: &Value) -> Response {
    axum::Json(value.clone()).into_response()
}

fn texts(pairs: &[(&str, &str)]) -> Filled {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Filled::Map(pairs.collect::<BTreeMap<_, _>>())
}

fn call(number: u64, path: &str) -> Assignment {
    assignment(number, "http", &[("service", text("svc")), ("path", text(path))])
}

/// The dry run changes nothing, the real one ends well; gives its outputs.
async fn dry_then_done(back: &Back, mut step: Assignment) -> BTreeMap<String, String> {
    step.is_dry = true;
    let ended = back.lab.run(&step).await;
    assert!(matches!(ended, Some(Ending::Done { .. })), "{ended:?}");
    assert_eq!(back.changes(), 0, "{:?}", back.calls());
    step.is_dry = false;
    step.key.event += 1000;
    let ended = back.lab.run(&step).await;
    let Some(Ending::Done { outputs, .. }) = ended else { panic!("{ended:?} {:?}", back.calls()) };
    outputs.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn http_stays_below_its_address() {
    let back = Back::new(|_, _, _, _| json(&json!({ "status": "ok" }))).await;
    let paths = [
        "/../other",
        "//evil.example/",
        "/a/%2e%2e/b",
        "http://evil.example/",
        "@evil",
        "/a/..",
        "/\\evil",
    ];
    for (number, path) in paths.iter().enumerate() {
        let ended = back.lab.run(&call(number as u64 + 1, path)).await;
        assert!(matches!(ended, Some(Ending::Refused { .. })), "{path}: {ended:?}");
    }
    assert_eq!(back.calls(), Vec::<String>::new());
    let outputs = dry_then_done(&back, call(50, "/restart?x=1")).await;
    assert_eq!(
        (outputs["status"].as_str(), back.calls()),
        ("200", vec!["POST /restart?x=1".to_owned()])
    );
    assert!(!back.lab.heard().contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn http_tells_refused_failed_and_unknown_apart() {
    let back = Back::new(|call, _, _, _| match call {
        "POST /no" => (StatusCode::UNPROCESSABLE_ENTITY, "bad hunter2-the-secret").into_response(),
        "POST /bad" => json(&json!({ "status": "degraded" })),
        _ => StatusCode::BAD_GATEWAY.into_response(),
    })
    .await;
    let ended = back.lab.run(&call(1, "/no")).await;
    assert!(matches!(ended, Some(Ending::Refused { .. })), "{ended:?}");
    let mut step = call(2, "/bad");
    step.order.with.insert("success".into(), text("/status"));
    step.order.with.insert("is".into(), text("ok"));
    let ended = back.lab.run(&step).await;
    assert!(matches!(ended, Some(Ending::Failed { .. })), "{ended:?}");
    assert_eq!(back.lab.run(&call(3, "/lost")).await, None, "a 502 may hide a success");
    assert!(!back.lab.heard().contains("hunter2"), "{}", back.lab.heard());
}

#[tokio::test(flavor = "multi_thread")]
async fn jenkins_is_followed_from_the_queue_to_the_end() {
    let back = Back::new(|call, headers, body, before| match call {
        "GET /job/web/job/deploy/api/json?tree=buildable" => json(&json!({ "buildable": true })),
        "POST /job/web/job/deploy/buildWithParameters" => {
            let body = String::from_utf8_lossy(body);
            let is_form = headers["content-type"] == "application/x-www-form-urlencoded";
            assert!(is_form && body.contains("VERSION=1.0+%26x%3D1"), "{body}");
            (StatusCode::CREATED, [("location", "http://elsewhere/queue/item/7/")]).into_response()
        }
        "GET /queue/item/7/api/json" if before == 0 => json(&json!({ "why": "waiting" })),
        "GET /queue/item/7/api/json" => json(&json!({ "executable": { "number": 41 } })),
        "GET /job/web/job/deploy/41/api/json?tree=building,result,url" if before == 0 => {
            json(&json!({ "building": true, "result": null, "url": "http://ci/41/" }))
        }
        "GET /job/web/job/deploy/41/api/json?tree=building,result,url" => {
            json(&json!({ "building": false, "result": "SUCCESS", "url": "http://ci/41/" }))
        }
        "GET /job/web/job/deploy/41/logText/progressiveText?start=0" => {
            ([("x-text-size", "9"), ("x-more-data", "true")], "deployed\n").into_response()
        }
        "GET /job/web/job/deploy/41/logText/progressiveText?start=9" => {
            ([("x-text-size", "9")], "").into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    })
    .await;
    let with = [
        ("service", text("svc")),
        ("job", text("web/deploy")),
        ("parameters", texts(&[("VERSION", "1.0 &x=1")])),
    ];
    let outputs = dry_then_done(&back, assignment(1, "jenkins", &with)).await;
    assert_eq!((outputs["build"].as_str(), outputs["url"].as_str()), ("41", "http://ci/41/"));
    assert_eq!(back.changes(), 1);
    assert!(back.lab.heard().contains("deployed"), "{}", back.lab.heard());
}

#[tokio::test(flavor = "multi_thread")]
async fn github_actions_is_followed_on_new_and_old_servers() {
    // https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
    let back = Back::new(|call, _, body, _| {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        match call {
            "GET /repos/o/r/actions/workflows/d.yml" => json(&json!({ "state": "active" })),
            "POST /repos/o/r/actions/workflows/d.yml/dispatches" => {
                assert_eq!(body["ref"], "main");
                assert!(body["inputs"].as_object().unwrap().values().all(Value::is_string));
                if body["inputs"]["key"].is_null() {
                    return json(&json!({ "workflow_run_id": 9, "run_url": "u", "html_url": "h" }));
                }
                if body.get("return_run_details").is_some() {
                    let why = json!({ "message": "\"return_run_details\" is not a permitted key." });
                    return (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(why)).into_response();
                }
                StatusCode::NO_CONTENT.into_response()
            }
            "GET /repos/o/r/actions/workflows/d.yml/runs?event=workflow_dispatch&per_page=30" => {
                json(&json!({ "workflow_runs": [
                    { "id": 8, "display_title": "somebody else's" },
                    { "id": 9, "display_title": "deploy 1.0000000000000002-1002-0" } ] }))
            }
            "GET /repos/o/r/actions/runs/9" => {
                json(&json!({ "status": "completed", "conclusion": "success", "html_url": "h9" }))
            }
            "GET /repos/o/r/actions/runs/9/jobs" => {
                json(&json!({ "jobs": [{ "name": "ship", "status": "completed", "conclusion": "success" }] }))
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    })
    .await;
    let mut with = vec![
        ("service", text("svc")),
        ("repository", text("o/r")),
        ("workflow", text("d.yml")),
        ("ref", text("main")),
        ("inputs", texts(&[("version", "1.0")])),
    ];
    let outputs = dry_then_done(&back, assignment(1, "github_actions", &with)).await;
    assert_eq!((outputs["run"].as_str(), outputs["url"].as_str()), ("9", "h9"));
    with.push(("marker", text("key")));
    let mut old = assignment(2, "github_actions", &with);
    old.key.event += 1000;
    let ended = back.lab.run(&old).await;
    assert!(matches!(ended, Some(Ending::Done { .. })), "{ended:?} {:?}", back.calls());
}

#[tokio::test(flavor = "multi_thread")]
async fn rundeck_and_argo_cd_are_recipes() {
    let back = Back::new(|call, _, body, before| {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        match call {
            "GET /job/j1/info" => json(&json!({ "id": "j1" })),
            "POST /job/j1/run" => {
                assert_eq!(body, json!({ "options": { "version": "1.0" } }));
                json(&json!({ "id": 5, "status": "running" }))
            }
            "GET /execution/5/state" if before == 0 => json(&json!({ "executionState": "RUNNING" })),
            "GET /execution/5/state" => json(&json!({ "executionState": "SUCCEEDED" })),
            "GET /execution/5/output?offset=0&format=json" => {
                json(&json!({ "offset": "7", "entries": [{ "log": "rolled out" }] }))
            }
            "GET /execution/5/output?offset=7&format=json" => json(&json!({ "offset": "7", "entries": [] })),
            "GET /api/v1/applications/shop" if before == 1 => json(
                &json!({ "metadata": { "name": "shop" }, "operation": {}, "status": { "operationState": { "phase": "Failed" } } }),
            ),
            "GET /api/v1/applications/shop" => json(
                &json!({ "metadata": { "name": "shop" }, "status": { "operationState": { "phase": "Succeeded" } } }),
            ),
            "POST /api/v1/applications/shop/rollback" => {
                assert_eq!(body, json!({ "name": "shop", "id": "3", "prune": false, "dryRun": false }));
                json(&json!({ "metadata": { "name": "shop" } }))
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    })
    .await;
    let with =
        [("service", text("svc")), ("job", text("j1")), ("options", texts(&[("version", "1.0")]))];
    let outputs = dry_then_done(&back, assignment(1, "rundeck", &with)).await;
    assert_eq!(outputs["id"], "5");
    assert!(back.lab.heard().contains("rolled out"));
    back.calls.lock().unwrap().clear();
    let with = [("service", text("svc")), ("application", text("shop")), ("revision", text("3"))];
    let outputs = dry_then_done(&back, assignment(3, "argocd_rollback", &with)).await;
    assert_eq!(outputs["id"], "shop");
}
