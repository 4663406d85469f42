//! What is left when an incident is over: its postmortem, and what the next one like it is told.

use serde_json::Value;

use crate::rooms::house::{House, SOON, card, says};
use crate::world::story::{World, minutes};
use crate::world::wait::until;

/// A room and a ticket for each service.
const RULES: &str = r##"
[[rule]]
name = "slow"
match = 'alertname=~".+"'
group_by = ["service", "env"]
severity = "sev2"
title = "{{ labels.service }} is slow"
room = { name = "inc-{{ number }}" }
ticket = { tracker = "local" }
"##;

fn text(said: &Value) -> &str {
    said["post"]["text"].as_str().unwrap()
}

#[tokio::test]
async fn a_postmortem_tells_times_people_and_rule_and_escapes_labels() {
    // Without room and ticket nothing is sent that the story would have to expect.
    let wishes = |line: &&str| !line.starts_with("room") && !line.starts_with("ticket");
    let rules: Vec<&str> = RULES.lines().filter(wishes).collect();
    let mut world = World::new(&rules.join("\n")).await;
    let alert = "Slow service=<b>cms</b>@channel|[x](y) env=prod";
    world.fire(alert).await;
    world.pass(minutes(3)).await;
    world.types("1", "ack").await;
    world.types("1", "note it was # the _disk_").await;
    world.pass(minutes(9)).await;
    world.clears(alert).await;
    let said = world.types("1", "postmortem").await;
    let told = text(&said);
    assert!(told.starts_with("# Postmortem of incident 1: &lt;b&gt;cms"), "{told}");
    assert!(told.contains("| Time to acknowledge | 3m"), "{told}");
    assert!(told.contains("| Time to resolve | 12m"), "{told}");
    assert!(told.contains("by the rule slow (`rules/story.toml`:2)"), "{told}");
    assert!(told.contains("it was \\# the \\_disk\\_"), "{told}");
    assert!(
        !told.contains("@channel") && !told.contains("<b>") && !told.contains("[x](y)"),
        "{told}"
    );
    assert!(told.contains("## Follow-ups"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postmortem_becomes_a_comment_on_the_ticket_once() {
    let house = House::start(RULES).await;
    let alert = vec![("alertname", "Slow"), ("service", "cms"), ("env", "prod")];
    house.fire(&[alert]).await;
    house.room("1", |entries| card(entries).is_some()).await;
    let ticket = until("the ticket", SOON, async || {
        let tickets = house.json("/api/v1/tickets").await;
        tickets["tickets"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    until("the incident knows its ticket", SOON, async || {
        house.json("/api/v1/incidents/1").await["ticket"].as_str().map(drop)
    })
    .await;
    let line = serde_json::json!({ "line": "postmortem 1 ticket" });
    for _ in 0..2 {
        let (_, said) = house.post("/api/v1/commands", &line).await;
        assert_eq!(said["outcome"], "done", "{said}");
    }
    let path = format!("/api/v1/tickets/{ticket}");
    let shown = house.json(&path).await;
    let comments = shown["comments"].as_array().unwrap();
    let is_it =
        |it: &&Value| it["text"].as_str().unwrap().starts_with("# Postmortem of incident 1");
    assert_eq!(comments.iter().filter(is_it).count(), 1, "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_hears_what_was_alike_and_what_ended_it() {
    let house = House::start(&RULES.replace("severity", "reopen_within = \"0s\"\nseverity")).await;
    let alert = vec![("alertname", "Slow"), ("service", "cms"), ("env", "prod")];
    let other = vec![("alertname", "Slow"), ("service", "cms"), ("env", "dev")];
    let line = |line: &str| serde_json::json!({ "line": line });
    house.fire(std::slice::from_ref(&alert)).await;
    house.room("1", |entries| card(entries).is_some()).await;
    house.post("/api/v1/commands", &line("ack 1")).await;
    house.post("/api/v1/commands", &line("note 1 the disk was full")).await;
    house.clear(&[alert]).await;
    until("it is over", SOON, async || {
        (house.json("/api/v1/incidents/1").await["phase"] == "closed").then_some(())
    })
    .await;
    house.fire(&[other]).await;
    let heard = house.room("2", |entries| says(entries, "Seen before: #1")).await;
    assert!(says(&heard, "it cleared after operator took it; operator noted: the disk was full."));
    let (_, said) = house.post("/api/v1/commands", &line("similar 2")).await;
    assert!(text(&said).starts_with("Like #2, the most alike first:\n#1 on "), "{said}");
    let (_, said) = house.post("/api/v1/commands", &line("similar 1")).await;
    assert!(text(&said).contains("Nothing like #1 happened"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postmortem_is_committed_into_a_configured_folder_once() {
    if !crate::world::process::installed("git") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let git = |words: &[&str]| git(folder.path(), words);
    git(&["init", "--quiet"]);
    git(&["config", "user.name", "warroom"]);
    git(&["config", "user.email", "warroom@example.org"]);
    let config = format!("postmortems = {{ dir = {:?}, git = true }}\n", folder.path());
    let house = House::with(RULES, &config, None).await;
    house.fire(&[vec![("alertname", "Slow"), ("service", "--help"), ("env", "$(x)")]]).await;
    house.room("1", |entries| card(entries).is_some()).await;
    let line = serde_json::json!({ "line": "postmortem 1 folder" });
    let (_, said) = house.post("/api/v1/commands", &line).await;
    assert_eq!(said["outcome"], "done", "{said}");
    assert!(text(&said).contains("00001.md"), "{said}");
    assert_eq!(git(&["log", "--format=%s"]).trim(), "Postmortem of incident 1");
    assert!(git(&["show", "HEAD:00001.md"]).starts_with("# Postmortem of incident 1: --help"));
}

#[expect(clippy::disallowed_methods, reason = "git itself shows what is there")]
fn git(folder: &std::path::Path, words: &[&str]) -> String {
    let output = std::process::Command::new("git").arg("-C").arg(folder).args(words).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
