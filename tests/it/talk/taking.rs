//! What is done about an incident: ack, lead, sev, note, merge, resolve.

use super::{buttons, first, night, text};

#[tokio::test]
async fn whoever_takes_it_leads_it_until_somebody_says_otherwise() {
    let mut world = night().await;
    let said = world.types("1", "ack").await;
    assert_eq!(first(&said), "#1 is yours, operator. No further pages.");
    assert_eq!((said["ran"].as_str(), said["outcome"].as_str()), (Some("ack 1"), Some("done")));
    assert_eq!(text(&said).lines().last(), Some("ran: ack 1"));
    let said = world.types("1", "lead @ana").await;
    assert_eq!(first(&said), "ana leads #1 now.");
    let incident = world.incident(1).await;
    assert_eq!(
        (&incident["acknowledged_by"], &incident["lead"]),
        (&"operator".into(), &"ana".into())
    );
    let status = world.types("1", "status").await;
    assert_eq!(first(&status), "#1 cms is slow (sev2)");
    assert!(
        text(&status).contains("operator has taken it") && text(&status).contains("ana leads.")
    );
}

#[tokio::test]
async fn a_note_and_a_severity_stand_in_the_timeline() {
    let mut world = night().await;
    assert_eq!(
        first(&world.types("1", "note it's the disks | really").await),
        "Kept in the timeline of #1."
    );
    assert_eq!(first(&world.types("1", "sev 1").await), "#1 is sev1 now.");
    let said = world.types("1", "timeline 3").await;
    let rows = super::rows(&said);
    assert!(
        rows.iter().any(|row| row.contains("operator noted: it's the disks | really")),
        "{rows:?}"
    );
    assert!(rows.iter().any(|row| row.contains("operator set the severity to sev1")), "{rows:?}");
    let said = world.types("1", "catchup").await;
    assert_eq!(first(&said), "#1 cms is slow (sev1)");
    assert!(text(&said).lines().count() <= 9, "{}", text(&said));
    assert!(text(&said).contains("Firing: Slow on cms-1."), "{}", text(&said));
}

#[tokio::test]
async fn an_incident_that_is_over_is_not_taken() {
    let mut world = night().await;
    let said = world.types("1", "resolve").await;
    assert!(first(&said).starts_with("#1 is resolved. 1 alert still fires"), "{said}");
    world.phone("cms").is_told("resolved");
    let said = world.types("1", "ack").await;
    assert_eq!(said["outcome"], "refused");
    assert!(first(&said).contains("nothing was changed"), "{said}");
    let said = world.types_alone("ack 99").await;
    assert_eq!(
        (said["outcome"].as_str(), first(&said)),
        (Some("failed"), "There is no incident #99.")
    );
}

#[tokio::test]
async fn an_incident_is_merged_by_its_number() {
    let mut world = night().await;
    world.fire("Slow service=db severity=critical").await;
    world.phone("cms").rings("#2 db is slow");
    let said = world.types("2", "merge into #1").await;
    assert_eq!(first(&said), "#2 belongs to #1 now, which speaks for both.");
    assert_eq!(world.phase(2).await, "merged");
    world.phone("cms").is_told("merged");
}

#[tokio::test]
async fn a_typo_in_a_changing_command_is_offered_and_not_run() {
    let mut world = night().await;
    let said = world.types_alone("akc 1").await;
    assert_eq!((said["outcome"].as_str(), buttons(&said)), (Some("misunderstood"), vec!["ack 1"]));
    assert_eq!(world.phase(1).await, "triggered");
    let said = world.types_alone("stauts 1").await;
    assert_eq!(said["ran"], "status 1");
    assert!(text(&said).ends_with("Read as: status 1"), "{said}");
    let said = world.types_alone("pager me 1").await;
    assert_eq!(buttons(&said), ["ack 1", "override SCHEDULE @me 1m"]);
    let said = world.types_alone("pager ack 1").await;
    assert_eq!((said["outcome"].as_str(), said["ran"].as_str()), (Some("done"), Some("ack 1")));
}
