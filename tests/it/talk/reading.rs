//! What is asked: alerts, incidents, status, why, help.

use super::{first, night, rows, text};

#[tokio::test]
async fn alerts_are_a_table_that_filters_understand() {
    let mut world = night().await;
    world.fire("Disk service=db severity=warning env=prod").await;
    world.phone("cms").rings("#2 db is slow");
    let said = world.types_alone("alerts").await;
    assert_eq!(first(&said), "2 alerts fire, the worst is critical.");
    assert!(rows(&said)[0].starts_with("firing | critical | Slow | cms | cms-1 |"), "{said}");
    let said =
        world.types_alone("alerts where severity<critical | fields service, env, incident").await;
    assert_eq!(rows(&said), ["db | prod | 2"]);
    let said = world.types_alone("alerts | group service | head 5").await;
    assert_eq!((first(&said), rows(&said)), ("2 rows:", vec!["cms | 1".into(), "db | 1".into()]));
    let said = world.types("1", "alerts").await;
    assert_eq!(first(&said), "1 alert of #1 fires, the worst is critical.");
    let said = world.types_alone("alerts | where servise=cms").await;
    assert_eq!(said["outcome"], "misunderstood");
    assert!(first(&said).contains("there is service"), "{said}");
}

#[tokio::test]
async fn incidents_and_status_say_what_is_open() {
    let mut world = night().await;
    let said = world.types_alone("incidents").await;
    assert_eq!(first(&said), "1 incident is open. #1 (sev2): cms is slow.");
    assert!(rows(&said)[0].starts_with("1 | sev2 | untaken | cms is slow |"), "{said}");
    assert_eq!(first(&world.types_alone("incidents mine").await), "No open incident is yours.");
    world.types("1", "ack").await;
    assert_eq!(
        first(&world.types_alone("incidents mine").await),
        "1 open incident is yours. #1 (sev2): cms is slow."
    );
    let said = world.types_alone("status").await;
    assert_eq!(first(&said), "1 incident is open, and it is taken. Which: incidents");
    assert_eq!(first(&world.types_alone("health").await), "warroom is well.");
}

#[tokio::test]
async fn why_names_the_rule_and_why_not_what_is_missing() {
    let mut world = night().await;
    world.fire("Chatty service=cms severity=info").await;
    let said = world.types("1", "why").await;
    assert!(
        first(&said).starts_with(
            "#1 opened by rule all (rules/story.toml:2), one incident for service=cms"
        ),
        "{said}"
    );
    let said = world.types_alone("why not Chatty").await;
    assert_eq!(first(&said), "It did nothing: no rule matches it.");
    let said = world.types_alone("why not Unheard service=db").await;
    assert_eq!(said["outcome"], "misunderstood", "{said}");
    let said = world.types_alone("why not alertname=Unheard service=db").await;
    assert!(first(&said).starts_with("No such alert is known here"), "{said}");
    assert!(text(&said).contains("rule all (rules/story.toml:2) would take it"), "{said}");
}

#[tokio::test]
async fn help_is_for_whoever_asks() {
    let mut world = night().await;
    let said = world.types("1", "help").await;
    assert_eq!(
        (first(&said), &said["private"]),
        ("What you may type here, about #1:", &true.into())
    );
    assert!(said["entry"].is_null());
    assert!(text(&world.types("1", "help ack").await).contains("ack [#12]"));
    let said = world.types_alone("who is on call for cms").await;
    assert!(first(&said).starts_with("Paged for cms: cms."), "{said}");
    let said = world.types_alone("whoami").await;
    assert_eq!(first(&said), "You are operator, by a token.");
    assert!(rows(&world.types_alone("rules").await)[0].starts_with("all | rules/story.toml:2 |"));
}
