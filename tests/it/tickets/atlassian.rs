//! Jira Cloud and Jira Data Center, as far as tickets go.
//!
//! Shapes: <https://developer.atlassian.com/cloud/jira/platform/swagger-v3.v3.json> (`createIssue`,
//! `searchAndReconsileIssuesUsingJqlPost`, `doTransition`), and the same without documents for
//! <https://docs.atlassian.com/software/jira/docs/api/REST/9.12.0/>.

use serde_json::{Value, json};

use super::fits;
use super::house::{House, Ticket};
use crate::world::vendor::{Call, Reply};

const TEXT_MAX: usize = 32_767;

pub(super) fn cloud(house: &House, call: &Call) -> Reply {
    // `printf 'warroom@example.org:hunter2' | base64`
    let ours = "Basic d2Fycm9vbUBleGFtcGxlLm9yZzpodW50ZXIy";
    if call.header("authorization") != ours {
        return Reply::Text(
            401,
            "Client must be authenticated to access this resource.".to_owned(),
        );
    }
    speaks(house, call, &Dialect { version: "3", search: &["search", "jql"], text: document })
}

pub(super) fn server(house: &House, call: &Call) -> Reply {
    if call.header("authorization") != "Bearer hunter2" {
        return Reply::Text(401, "<html>Unauthorized (401)</html>".to_owned());
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    speaks(house, call, &Dialect { version: "2", search: &["search"], text })
}

/// What differs between the two.
struct Dialect {
    version: &'static str,
    search: &'static [&'static str],
    text: fn(&Value) -> Option<String>,
}

/// The text of a document; none when it is not one.
fn document(value: &Value) -> Option<String> {
    let is_document = value["type"] == "doc" && value["version"] == 1;
    let paragraphs = value["content"].as_array().filter(|_| is_document)?;
    let mut lines = Vec::new();
    for paragraph in paragraphs {
        if paragraph["type"] != "paragraph" {
            return None;
        }
        let mut line = String::new();
        for part in paragraph["content"].as_array()? {
            // An empty text is refused: "INVALID_INPUT".
            let text = part["text"].as_str().filter(|text| !text.is_empty())?;
            line.push_str(text);
        }
        lines.push(line);
    }
    Some(lines.join("\n"))
}

fn refuse(what: &str) -> Reply {
    Reply::Json(400, json!({"errorMessages": [], "errors": {what: "is invalid"}}))
}

fn speaks(house: &House, call: &Call, dialect: &Dialect) -> Reply {
    let (parts, body) = (call.parts(), call.json());
    let ["rest", "api", version, rest @ ..] = &parts[..] else {
        return Reply::Text(404, "<html>dead link</html>".to_owned());
    };
    assert_eq!(*version, dialect.version);
    match (call.method.as_str(), rest) {
        ("GET", ["project", "OPS"]) => {
            Reply::Json(200, json!({"key": "OPS", "name": "Operations"}))
        }
        ("POST", ["issue"]) => make(house, &body["fields"], dialect),
        ("POST", search) if search == dialect.search => find(house, &body),
        ("GET", ["issue", key]) => house.with(key, |ticket| Reply::Json(200, issue(ticket))),
        ("GET", ["issue", key, "transitions"]) => {
            house.with(key, |ticket| Reply::Json(200, json!({"transitions": transitions(ticket)})))
        }
        ("POST", ["issue", key, "transitions"]) => house.with(key, |ticket| {
            let given = body["transition"]["id"].as_str().unwrap_or_default();
            let all = transitions(ticket);
            if !all.iter().any(|one| one["id"] == given) {
                return refuse("transition");
            }
            house.set(ticket, given != "41");
            Reply::Text(204, String::new())
        }),
        ("GET", ["issue", key, "comment"]) => house.with(key, |ticket| {
            let one = |text: &String| json!({"id": "1", "body": text});
            let all: Vec<Value> = ticket.comments.iter().map(one).collect();
            Reply::Json(200, json!({"comments": all, "total": all.len()}))
        }),
        ("POST", ["issue", key, "comment"]) => house.with(key, |ticket| {
            match (dialect.text)(&body["body"]).filter(|text| fits(text, TEXT_MAX)) {
                Some(text) => ticket.comments.push(text),
                None => return refuse("comment"),
            }
            Reply::Json(201, json!({"id": "10000"}))
        }),
        _ => Reply::Json(404, json!({"errorMessages": ["not found"]})),
    }
}

fn make(house: &House, fields: &Value, dialect: &Dialect) -> Reply {
    let title = fields["summary"].as_str().unwrap_or_default();
    let body = (dialect.text)(&fields["description"]).filter(|text| fits(text, TEXT_MAX));
    let (Some(body), true) = (body, fits(title, 255) && !title.contains('\n')) else {
        return refuse("summary");
    };
    let labels = fields["labels"].as_array().cloned().unwrap_or_default();
    let labels: Vec<String> =
        labels.iter().map(|label| label.as_str().unwrap_or_default().to_owned()).collect();
    // "The label can't contain spaces."
    let is_label = |label: &String| fits(label, 255) && !label.contains(char::is_whitespace);
    if fields["project"]["key"] != "OPS" || fields["issuetype"]["name"] != "Task" {
        return refuse("project");
    }
    if !labels.iter().all(is_label) {
        return refuse("labels");
    }
    house.make((title, &body), (labels, ""), |key| {
        Reply::Json(201, json!({"id": "10001", "key": key}))
    })
}

fn find(house: &House, body: &Value) -> Reply {
    let jql = body["jql"].as_str().unwrap_or_default();
    let label = jql.split("labels = \"").nth(1).and_then(|rest| rest.strip_suffix('"'));
    let Some(label) = label.filter(|_| jql.starts_with("project = \"OPS\" AND ")) else {
        return refuse("jql");
    };
    let tickets = house.tickets();
    let found = tickets.iter().filter(|it| it.labels.iter().any(|known| known == label));
    let issues: Vec<Value> = found.map(|it| json!({"id": "1", "key": it.key})).collect();
    Reply::Json(200, json!({"issues": issues, "isLast": true}))
}

/// From where it stands: nobody leads where it is already.
fn transitions(ticket: &Ticket) -> Vec<Value> {
    if ticket.is_open {
        vec![json!({"id": "31", "name": "In Progress"}), json!({"id": "41", "name": "Done"})]
    } else {
        vec![json!({"id": "11", "name": "To Do"})]
    }
}

fn issue(ticket: &Ticket) -> Value {
    let (name, key) = if ticket.is_open { ("To Do", "new") } else { ("Done", "done") };
    json!({
        "key": ticket.key,
        "fields": {
            "summary": ticket.title,
            "status": {"name": name, "statusCategory": {"key": key}},
        },
    })
}
