//! GitHub and GitLab, as far as tickets go.
//!
//! Shapes and limits: `issues/create`, `issues/update`, `issues/list-for-repo` and
//! `issues/create-comment` of <https://github.com/github/rest-api-description>; `Issues` and `Notes`
//! of <https://docs.gitlab.com/api/issues/>.

use serde_json::{Value, json};

use super::fits;
use super::house::{House, Ticket};
use crate::world::vendor::{Call, Reply};

const TEXT_MAX: usize = 65_536;

pub(super) fn github(house: &House, call: &Call) -> Reply {
    if call.header("authorization") != "Bearer hunter2" || call.header("user-agent").is_empty() {
        return Reply::Json(401, json!({"message": "Bad credentials", "status": "401"}));
    }
    let invalid = || Reply::Json(422, json!({"message": "Validation Failed", "status": "422"}));
    let (parts, body) = (call.parts(), call.json());
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    match (call.method.as_str(), &parts[..]) {
        ("GET", ["repos", "example", "operations"]) => {
            Reply::Json(200, json!({"full_name": "example/operations"}))
        }
        ("GET", ["repos", _, _, "issues"]) => {
            let all = house.tickets();
            let wanted = call.query.get("labels").cloned().unwrap_or_default();
            let found = all.iter().rev().filter(|it| it.labels.contains(&wanted));
            Reply::Json(200, found.map(github_issue).collect())
        }
        ("POST", ["repos", _, _, "issues"]) => {
            let labels = strings(&body["labels"]);
            let is_good = fits(&text("title"), 256)
                && text("body").chars().count() <= TEXT_MAX
                && labels.len() <= 100
                && labels.iter().all(|label| fits(label.trim(), 50));
            if !is_good {
                return invalid();
            }
            house.make((&text("title"), &text("body")), (labels, ""), |key| {
                Reply::Json(201, json!({"number": key.parse::<u64>().unwrap(), "state": "open"}))
            })
        }
        ("GET", ["repos", _, _, "issues", key]) => {
            house.with(key, |ticket| Reply::Json(200, github_issue(ticket)))
        }
        ("PATCH", ["repos", _, _, "issues", key]) => house.with(key, |ticket| {
            match (text("state").as_str(), text("state_reason").as_str()) {
                ("closed", "completed" | "not_planned") => house.set(ticket, false),
                ("open", "reopened") => house.set(ticket, true),
                _ => return invalid(),
            }
            Reply::Json(200, github_issue(ticket))
        }),
        (method, ["repos", _, _, "issues", key, "comments"]) => {
            comments(house, (method, key), (&text("body"), TEXT_MAX))
        }
        _ => Reply::Json(404, json!({"message": "Not Found"})),
    }
}

fn github_issue(ticket: &Ticket) -> Value {
    json!({
        "number": ticket.key.parse::<u64>().unwrap(),
        "title": ticket.title,
        "body": ticket.body,
        "state": if ticket.is_open { "open" } else { "closed" },
        "labels": ticket.labels.iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
        "html_url": format!("https://github.com/example/operations/issues/{}", ticket.key),
    })
}

pub(super) fn gitlab(house: &House, call: &Call) -> Reply {
    if call.header("private-token") != "hunter2" {
        return Reply::Json(401, json!({"message": "401 Unauthorized"}));
    }
    let (parts, body) = (call.parts(), call.json());
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    match (call.method.as_str(), &parts[..]) {
        (_, ["projects", project, ..]) if *project != "example%2Foperations" => {
            Reply::Json(404, json!({"message": "404 Project Not Found"}))
        }
        ("GET", ["projects", _]) => {
            Reply::Json(200, json!({"path_with_namespace": "example/operations"}))
        }
        ("GET", ["projects", _, "issues"]) => {
            let all = house.tickets();
            let wanted = call.query.get("labels").cloned().unwrap_or_default();
            let found = all.iter().rev().filter(|it| it.labels.contains(&wanted));
            Reply::Json(200, found.map(gitlab_issue).collect())
        }
        ("POST", ["projects", _, "issues"]) => {
            if !fits(&text("title"), 255) || !body["labels"].is_string() {
                return Reply::Json(400, json!({"message": {"title": ["is invalid"]}}));
            }
            // A line that begins with a slash is an order of whoever writes it:
            // <https://docs.gitlab.com/user/project/quick_actions/>.
            let is_order = text("description").lines().any(|line| line.trim().starts_with('/'));
            assert!(!is_order, "{}", text("description"));
            let labels = text("labels").split(',').map(str::to_owned).collect();
            house.make((&text("title"), &text("description")), (labels, ""), |key| {
                Reply::Json(201, json!({"id": 900, "iid": key.parse::<u64>().unwrap()}))
            })
        }
        ("GET", ["projects", _, "issues", key]) => {
            house.with(key, |ticket| Reply::Json(200, gitlab_issue(ticket)))
        }
        ("PUT", ["projects", _, "issues", key]) => house.with(key, |ticket| {
            match text("state_event").as_str() {
                "close" => house.set(ticket, false),
                "reopen" => house.set(ticket, true),
                _ => return Reply::Json(400, json!({"error": "state_event is invalid"})),
            }
            Reply::Json(200, gitlab_issue(ticket))
        }),
        (method, ["projects", _, "issues", key, "notes"]) => {
            comments(house, (method, key), (&text("body"), 1_000_000))
        }
        _ => Reply::Json(404, json!({"error": "404 Not Found"})),
    }
}

fn gitlab_issue(ticket: &Ticket) -> Value {
    json!({
        "id": 900,
        "iid": ticket.key.parse::<u64>().unwrap(),
        "title": ticket.title,
        "description": ticket.body,
        "state": if ticket.is_open { "opened" } else { "closed" },
        "labels": ticket.labels,
        "web_url": format!("https://gitlab.com/example/operations/-/issues/{}", ticket.key),
    })
}

fn comments(house: &House, (method, key): (&str, &str), (text, most): (&str, usize)) -> Reply {
    house.with(key, |ticket| match method {
        "GET" => {
            let all = ticket.comments.iter().map(|body| json!({"body": body}));
            Reply::Json(200, all.collect())
        }
        "POST" if fits(text, most) => {
            ticket.comments.push(text.to_owned());
            Reply::Json(201, json!({"id": ticket.comments.len()}))
        }
        _ => Reply::Json(422, json!({"message": "Validation Failed"})),
    })
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().cloned().unwrap_or_default();
    all.iter().map(|one| one.as_str().unwrap_or_default().to_owned()).collect()
}
