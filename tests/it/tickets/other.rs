//! Redmine, Request Tracker and Zendesk, as far as tickets go.
//!
//! Shapes: <https://www.redmine.org/projects/redmine/wiki/Rest_Issues>,
//! <https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html> (which also runs for real, see `real_rt`),
//! <https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/>.

use serde_json::{Value, json};

use super::fits;
use super::house::{House, Ticket};
use crate::world::vendor::{Call, Reply};

fn number(ticket: &Ticket) -> u64 {
    ticket.key.parse().unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

pub(super) fn redmine(house: &House, call: &Call) -> Reply {
    if call.header("x-redmine-api-key") != "hunter2" {
        return Reply::Text(401, String::new());
    }
    let (parts, body) = (call.parts(), call.json()["issue"].clone());
    match (call.method.as_str(), &parts[..]) {
        ("GET", ["projects", "operations.json"]) => {
            Reply::Json(200, json!({"project": {"id": 1, "name": "Operations"}}))
        }
        ("GET", ["issues.json"]) => {
            // Without a status only open ones are listed.
            assert_eq!(call.query.get("status_id").map(String::as_str), Some("*"));
            let all: Vec<Value> = house.tickets().iter().rev().map(redmine_issue).collect();
            Reply::Json(200, json!({"issues": all, "total_count": all.len()}))
        }
        ("POST", ["issues.json"]) => {
            let title = text(&body, "subject");
            if !fits(title, 255) || body["project_id"] != "operations" {
                let errors = ["Subject is too long (maximum is 255 characters)"];
                return Reply::Json(422, json!({"errors": errors}));
            }
            house.make((title, text(&body, "description")), (Vec::new(), ""), |key| {
                Reply::Json(201, json!({"issue": {"id": key.parse::<u64>().unwrap()}}))
            })
        }
        (method, ["issues", file]) => {
            let key = file.strip_suffix(".json").unwrap_or_default();
            house.with(key, |ticket| {
                if method == "GET" {
                    return Reply::Json(200, json!({"issue": redmine_issue(ticket)}));
                }
                if let Some(notes) = body["notes"].as_str() {
                    ticket.comments.push(notes.to_owned());
                }
                if let Some(status) = body["status_id"].as_str() {
                    house.set(ticket, status != "5");
                }
                Reply::Text(204, String::new())
            })
        }
        _ => Reply::Text(404, String::new()),
    }
}

fn redmine_issue(ticket: &Ticket) -> Value {
    let (id, name) = if ticket.is_open { (1, "New") } else { (5, "Closed") };
    let note = |text: &String| json!({"id": 1, "notes": text});
    json!({
        "id": number(ticket),
        "subject": ticket.title,
        "description": ticket.body,
        "status": {"id": id, "name": name},
        "journals": ticket.comments.iter().map(note).collect::<Vec<_>>(),
    })
}

pub(super) fn request_tracker(house: &House, call: &Call) -> Reply {
    if call.header("authorization") != "token hunter2" {
        return Reply::Json(401, json!({"message": "Unauthorized"}));
    }
    let (parts, body) = (call.parts(), call.json());
    let ["REST", "2.0", rest @ ..] = &parts[..] else { return Reply::Text(404, String::new()) };
    match (call.method.as_str(), rest) {
        ("GET", ["queue", "General"]) => Reply::Json(200, json!({"Name": "General"})),
        ("GET", ["tickets"]) => {
            let query = call.query.get("query").cloned().unwrap_or_default();
            let wanted = query.split("RefersTo = \"").nth(1).unwrap().trim_end_matches('"');
            let tickets = house.tickets();
            let found = tickets.iter().filter(|it| it.marker == wanted);
            let items: Vec<Value> =
                found.map(|it| json!({"id": it.key, "type": "ticket"})).collect();
            Reply::Json(200, json!({"items": items, "total": items.len()}))
        }
        ("POST", ["ticket"]) => {
            let title = text(&body, "Subject");
            if !fits(title, 200) || body["Queue"] != "General" || title.contains('\n') {
                return Reply::Json(422, json!({"message": "Could not create ticket."}));
            }
            let marker = text(&body, "RefersTo");
            house.make((title, text(&body, "Content")), (Vec::new(), marker), |key| {
                Reply::Json(201, json!({"id": key, "type": "ticket"}))
            })
        }
        ("GET", ["ticket", key]) => house.with(key, |ticket| {
            let status = if ticket.is_open { "open" } else { "resolved" };
            Reply::Json(
                200,
                json!({"id": number(ticket), "Subject": ticket.title, "Status": status}),
            )
        }),
        ("PUT", ["ticket", key]) => house.with(key, |ticket| {
            house.set(ticket, body["Status"] != "resolved");
            Reply::Json(200, json!([format!("Ticket {key}: Status changed")]))
        }),
        ("POST", ["ticket", key, "comment"]) => house.with(key, |ticket| {
            ticket.comments.push(text(&body, "Content").to_owned());
            Reply::Json(201, json!(["Comments added"]))
        }),
        _ => Reply::Json(404, json!({"message": "Not Found"})),
    }
}

pub(super) fn zendesk(house: &House, call: &Call) -> Reply {
    // `printf 'warroom@example.org/token:hunter2' | base64`
    if call.header("authorization") != "Basic d2Fycm9vbUBleGFtcGxlLm9yZy90b2tlbjpodW50ZXIy" {
        return Reply::Json(401, json!({"error": "Couldn't authenticate you"}));
    }
    let (parts, ticket) = (call.parts(), call.json()["ticket"].clone());
    let ["api", "v2", rest @ ..] = &parts[..] else { return Reply::Text(404, String::new()) };
    match (call.method.as_str(), rest) {
        ("GET", ["users", "me.json"]) => Reply::Json(200, json!({"user": {"name": "warroom"}})),
        ("GET", ["tickets.json"]) => {
            let wanted = call.query.get("external_id").cloned().unwrap_or_default();
            let tickets = house.tickets();
            let found = tickets.iter().filter(|it| it.marker == wanted).map(zendesk_ticket);
            Reply::Json(200, json!({"tickets": found.collect::<Vec<_>>(), "next_page": null}))
        }
        ("POST", ["tickets.json"]) => {
            let body = text(&ticket["comment"], "body");
            let marker = text(&ticket, "external_id");
            if body.is_empty() || call.header("idempotency-key") != marker {
                return Reply::Json(422, json!({"error": "RecordInvalid"}));
            }
            house.make((text(&ticket, "subject"), body), (Vec::new(), marker), |key| {
                Reply::Json(201, json!({"ticket": {"id": key.parse::<u64>().unwrap()}}))
            })
        }
        ("GET", ["tickets", key, "comments.json"]) => house.with(key, |ticket| {
            let one = |text: &String| json!({"id": 1, "plain_body": text, "public": false});
            let all: Vec<Value> = ticket.comments.iter().map(one).collect();
            Reply::Json(200, json!({"comments": all}))
        }),
        (method, ["tickets", file]) => {
            let key = file.strip_suffix(".json").unwrap_or_default();
            house.with(key, |known| {
                if method == "PUT" {
                    if let Some(said) = ticket["comment"]["body"].as_str() {
                        known.comments.push(said.to_owned());
                    }
                    if let Some(status) = ticket["status"].as_str() {
                        house.set(known, status != "solved");
                    }
                }
                Reply::Json(200, json!({"ticket": zendesk_ticket(known)}))
            })
        }
        _ => Reply::Json(404, json!({"error": "RecordNotFound"})),
    }
}

fn zendesk_ticket(ticket: &Ticket) -> Value {
    json!({
        "id": number(ticket),
        "subject": ticket.title,
        "status": if ticket.is_open { "open" } else { "solved" },
        "external_id": ticket.marker,
    })
}
